"""The five states of a constraint, and the verdict they add up to (rule 1 of the design)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sites.law.model import State

States = NDArray[np.int8]

NAMES: tuple[State, ...] = ("pass", "conditional", "derogation", "fail", "unknown")
PASS, CONDITIONAL, DEROGATION, FAIL, UNKNOWN = (np.int8(at) for at in range(5))
CODE = {name: np.int8(at) for at, name in enumerate(NAMES)}

COMPATIBLE, NEEDS_DEROGATION, INCOMPATIBLE, NOT_KNOWN = "compatible", "needs_derogation", "incompatible", "unknown"


def verdict(states: Sequence[States]) -> NDArray[Any]:
    """Verdict per parcel, first that holds: any fail, any unknown, any derogation, else compatible."""
    table = np.stack(states)
    return np.select(
        [(table == FAIL).any(0), (table == UNKNOWN).any(0), (table == DEROGATION).any(0)],
        [INCOMPATIBLE, NOT_KNOWN, NEEDS_DEROGATION],
        COMPATIBLE,
    ).astype(object)


def so_far(states: Sequence[States]) -> NDArray[Any]:
    """Verdict on what is known: unknown states count as passed."""
    return verdict([np.where(state == UNKNOWN, PASS, state).astype(np.int8) for state in states])
