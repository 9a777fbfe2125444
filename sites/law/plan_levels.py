"""Levels of plans: which plan can overrule or tighten which, per region and day.

Contract: pure; the levels stand in the rules `<region>.definition.plan-levels`. Zoning of a place is known only where
every level is loaded and covers it: a level that overrules may say anything, one that adds may say no. The layers in
`geodata/measure/specs.py` carry the same names.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from sites.law.kinds import DefinitionRule, PlanLevel
from sites.law.model import LawRegion
from sites.law.outcome import find_rule


def plan_levels(region: LawRegion, as_of: date) -> tuple[PlanLevel, ...]:
    """Levels of a region, highest first; empty where no order is known (before the act, German-speaking Community)."""
    if region == "german-speaking-community":
        return ()
    rule = find_rule(f"{region}.definition.plan-levels", as_of)
    return tuple(rule.values.levels) if isinstance(rule, DefinitionRule) else ()


def missing_levels(region: LawRegion, as_of: date, loaded: Collection[str]) -> tuple[PlanLevel, ...]:
    """Levels that are not among those loaded for a place: while there is one, zoning there is unknown."""
    return tuple(level for level in plan_levels(region, as_of) if level.id not in loaded)


def closes_for_good(region: LawRegion, as_of: date, loaded: Collection[str]) -> bool:
    """May a destination that rules a site out be believed, although a level is missing?

    Yes where only levels are missing that add rules: they make a plan stricter and never open what it closes.
    """
    levels = plan_levels(region, as_of)
    return bool(levels) and all(level.role == "adds" for level in levels if level.id not in loaded)
