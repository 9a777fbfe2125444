"""Which regimes were open, carried on, closed or unknown on a day, for any place and type of site.

Contract: pure; asks for no project. A place is a region of law and the cases that hold there (those of articles 22bis
and 44 of the Walloon housing code). Regimes that only inform are left out, and those that had not begun.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from sites.law.model import LawRegion, Rule, SiteType
from sites.law.subsidies.evaluate import regimes
from sites.law.subsidies.project import Project
from sites.law.subsidies.rule import SHOWN_ONLY, Case, SubsidyRule
from sites.law.subsidies.standing import status_of

Standing = Literal["open", "carried_on", "closed", "unknown"]
#: From the strongest answer to the weakest: one open regime makes a place open.
STANDINGS: tuple[Standing, ...] = ("open", "carried_on", "unknown", "closed")


@dataclass(frozen=True)
class Eligibility:
    """One regime and how it stood: open to new files, carried on for files approved in its time, closed, unknown."""

    rule: SubsidyRule
    standing: Standing


def eligibility(
    region: LawRegion,
    site_type: SiteType,
    as_of: date,
    *,
    cases: Collection[Case] | None = None,
    among: Sequence[Rule] | None = None,
) -> list[Eligibility]:
    """Regimes for a type of site in a region on a day, oldest first.

    Parameters
    ----------
    cases : cases that hold at the place; regimes bound to a case are listed for these alone. None = not known: all.
    among : rules to read instead of the installed pack.
    """
    empty = Project(region=region, site_type=site_type)
    listed = regimes(region, among=among)
    found = []
    for rule in listed:
        values = rule.values
        if values.availability in SHOWN_ONLY or (rule.valid_from is not None and as_of < rule.valid_from):
            continue
        if site_type in values.site_types and (cases is None or not values.cases or set(values.cases) & set(cases)):
            found.append(Eligibility(rule, _standing(rule, empty, as_of, listed)))
    return found


def overall(found: Sequence[Eligibility]) -> Standing:
    """How a place stands as a whole; unknown where no regime is known at all."""
    standings = {one.standing for one in found}
    return next((one for one in STANDINGS if one in standings), "unknown")


def _standing(rule: SubsidyRule, empty: Project, as_of: date, among: Sequence[SubsidyRule]) -> Standing:
    values = rule.values
    if rule.in_force(as_of) and values.availability in ("none_found", "no_order", "other_law"):
        return "unknown"
    status = status_of(rule, empty, as_of)
    if status == "open" and values.availability == "call_only":
        # The text alone opens nothing: a call does. Where no call is known at all, nobody can tell.
        calls = [one for one in among if one.id in values.calls]
        return "open" if any(one.in_force(as_of) for one in calls) else "closed" if calls else "unknown"
    if status == "open":
        return "open"
    return "carried_on" if status == "closed" and values.carry_on is not None else "closed"
