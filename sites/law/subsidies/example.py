"""What a subsidy rule answers to a worked example: one cost line, on one day, under this rule alone."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from pydantic import ValidationError

from sites.law.subsidies.amounts import count_lines
from sites.law.subsidies.money import text
from sites.law.subsidies.project import CostLine, Project
from sites.law.subsidies.rule import COST_TYPES, SubsidyRule

Answer = dict[str, str | float | int | bool | None]


def answer_subsidy(rule: SubsidyRule, given: dict[str, str | float | int | bool], as_of: date) -> Answer:
    """Answers of a subsidy rule; keys of `given` that it reads are taken out.

    Raises
    ------
    ValueError
        When the given project is impossible.
    """
    values = rule.values
    answer: Answer = {"availability": values.availability, "regime": values.regime}
    flat = values.flat
    answer["flat"] = text(flat.amount) if flat is not None and rule.in_force(as_of) else None
    cost_type = given.pop("cost_type", None)
    if cost_type is None:
        return answer
    if cost_type not in COST_TYPES:
        raise ValueError(f"{cost_type!r} is no cost type; use one of {', '.join(COST_TYPES)}")
    lines = None
    try:
        project = Project(
            region=rule.region if rule.region != "elsewhere" else "flanders",
            site_type=values.site_types[0],
            pitches=_whole(given.pop("pitches", None)),
            costs=(CostLine(type=cost_type, amount=_money(given.pop("amount", 0))),),
            valuation=_money(given.pop("valuation")) if "valuation" in given else None,
        )
    except ValidationError as error:
        raise ValueError(error.errors()[0]["msg"]) from error
    if rule.in_force(as_of):
        lines = count_lines(project, [rule], refused=False, silent=False)
    line = lines[0] if lines else None
    answer["rate"] = float(line.rate) if line is not None and line.rate is not None else None
    answer["cap"] = text(line.cap) if line is not None else None
    answer["low"] = text(line.subsidy.low) if line is not None else None
    answer["high"] = text(line.subsidy.high) if line is not None else None
    return answer


def _money(value: object) -> Decimal:
    return Decimal(str(value))


def _whole(value: object) -> int | None:
    return None if value is None else int(str(value))
