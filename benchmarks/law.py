"""A register of synthetic projects, evaluated in one call."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sites.law import Project, evaluate_many
from sites.law.model import LAW_REGIONS
from sites.law.subsidies.document import estimate_document
from sites.law.subsidies.rule import COST_TYPES, INITIATORS

SEED = 2012
FIRST, DAYS = date(1983, 1, 1), 48 * 365


def candidates(count: int = 10_000) -> dict[str, Callable[[], int]]:
    """Name -> work: evaluate the register, evaluate and write each answer, only read the projects."""
    given = _register(count)
    projects = [(Project.model_validate(raw), day) for raw, day in given]

    def evaluated() -> int:
        return len(evaluate_many(projects))

    def written() -> int:
        return len([estimate_document(found, "nl") for found in evaluate_many(projects)])

    def read() -> int:
        return len([Project.model_validate(raw) for raw, _ in given])

    return {"evaluated in one call": evaluated, "evaluated and written out": written, "projects only read": read}


def _register(count: int) -> list[tuple[dict[str, Any], date]]:
    rng = random.Random(SEED)
    return [
        (
            {
                "region": rng.choice(LAW_REGIONS),
                "site_type": rng.choice(("residential", "transit")),
                "pitches": rng.randint(4, 40),
                "caravans": rng.randint(4, 40),
                "initiator": rng.choice(INITIATORS),
                "costs": [
                    {"type": kind, "amount": Decimal(rng.randint(1_000, 2_000_000))}
                    for kind in rng.sample(COST_TYPES, rng.randint(1, 4))
                ],
            },
            FIRST + timedelta(rng.randrange(DAYS)),
        )
        for _ in range(count)
    ]
