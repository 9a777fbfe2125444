"""Rules of the Flemish planning code that can be computed, and the clock of the Walloon temporary area.

Contract: pure functions of facts and a day; three values, and what is not given is unknown (None). Each answer names
the rule of the pack it rests on; before the first day of that rule the answer is None. The tool advises: a route that
is open is a route that may be tried, with its risk.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from sites.law.kinds import DefinitionRule, PermitRule
from sites.law.outcome import find_rule

FlemishPlan = Literal["gewestplan", "bpa", "rup"]

MOVABLE = "flanders.permit.movable-dwelling"
ROAD = "flanders.permit.equipped-road"
VULNERABLE = "flanders.definition.vulnerable-areas"
PLAN_ON_THE_WAY = "flanders.permit.plan-on-the-way"
GENERAL_INTEREST = "flanders.permit.general-interest-departure"
FACILITIES = "flanders.permit.community-facility-zones"
TYPE_RULES = "flanders.permit.type-rules"
TEMPORARY_AREA = "wallonia.permit.temporary-area"

#: Rules that these functions read by id.
RULES = (
    MOVABLE, ROAD, VULNERABLE, PLAN_ON_THE_WAY, GENERAL_INTEREST, FACILITIES, TYPE_RULES, TEMPORARY_AREA,
)  # fmt: skip

#: Days after sending on which the municipality is reminded.
ALERT_DAYS = (20, 28)

# One harmonised class holds land that is on the list of vulnerable areas and land that is not: its label decides.
_BY_LABEL = {
    "agrarische gebieden met ecologisch belang": True,
    "valleigebieden (of 'agrarische gebieden met landschappelijke waarde')": True,
    "landschappelijk waardevolle agrarische gebieden": False,
}
_MIXED_CLASSES = ("agriculture_landscape", "water", "unrecognised")


def permit_needed(
    as_of: date, *, lived_in: bool | None, habitual: bool | None, licensed_recreation: bool
) -> bool | None:
    """Is a permit owed for using land for movable installations (VCRO 4.2.1, 5° c)?

    Parameters
    ----------
    lived_in : the installations can be used for living, as caravans can.
    habitual : the land is used so habitually, or is laid out for it.
    licensed_recreation : camping on a licensed or exempt recreation site, which is excepted.
    """
    if find_rule(MOVABLE, as_of) is None:
        return None
    if licensed_recreation or lived_in is False or habitual is False:
        return False
    return None if lived_in is None or habitual is None else True


def equipped_road(as_of: date, *, buildings: bool, paved: bool | None, electricity: bool | None) -> bool | None:
    """Does a parcel lie at a sufficiently equipped road (VCRO 4.3.5)? True where no building is planned.

    The road exists, is paved with durable materials and has an electricity network; no width is given.
    """
    if find_rule(ROAD, as_of) is None:
        return None
    if not buildings:
        return True
    if paved is False or electricity is False:
        return False
    return True if paved and electricity else None


def spatially_vulnerable(
    as_of: date, *, zoning_class: str, label: str = "", ven: bool | None, dunes: bool | None
) -> bool | None:
    """Is land spatially vulnerable (VCRO 1.1.2, 10°)?

    Parameters
    ----------
    zoning_class : harmonised class.
    label : normalised label of the zone, for classes that hold both kinds of land.
    ven : in the Flemish ecological network; None = not known.
    dunes : protected dune or agricultural land important for dunes; None = not known.
    """
    rule = find_rule(VULNERABLE, as_of)
    if not isinstance(rule, DefinitionRule):
        return None
    listed = _BY_LABEL.get(label)
    if zoning_class in rule.values.zoning_classes or listed or ven or dunes:
        return True
    if None in (ven, dunes) or (listed is None and zoning_class in _MIXED_CLASSES):
        return None
    return False


@dataclass(frozen=True)
class Plan:
    """A plan that covers a place: kind and day of adoption (None = not known)."""

    kind: FlemishPlan
    adopted: date | None = None


def prevailing_plan(plans: Sequence[Plan], *, all_levels_known: bool) -> Plan | None:
    """The plan that decides the destination: the newest RUP, else the newest BPA, else the gewestplan (VCRO 7.4.4).

    None where a level is not known, where there is no plan, or where several of the winning kind cannot be put in
    order because a day is missing or shared.
    """
    if not all_levels_known:
        return None
    for kind in ("rup", "bpa", "gewestplan"):
        found = [one for one in plans if one.kind == kind]
        days = [one.adopted for one in found if one.adopted is not None]
        if len(found) == 1:
            return found[0]
        if found:
            newest = max(days) if len(days) == len(found) else None
            winners = [one for one in found if one.adopted == newest]
            return winners[0] if newest is not None and len(winners) == 1 else None
    return None


@dataclass(frozen=True)
class Route:
    """A route around the destination of a plan: open, closed or not known (None), by which rule and article."""

    rule: str
    article: str
    open: bool | None


def routes(
    as_of: date,
    *,
    plan: FlemishPlan,
    zoning_class: str,
    general_interest: bool | None,
    small: bool | None,
    inquiry_done: bool | None,
    fits_type_rules: bool | None,
) -> tuple[Route, ...]:
    """Routes of VCRO 4.4.7 to 4.4.9 for a project in a zone.

    Parameters
    ----------
    general_interest : the site is a designated act of general interest (whether caravan sites are was not found).
    small : the government counts the act as small.
    inquiry_done : results of the public inquiry on a new plan that fits are known.
    fits_type_rules : the request fits the type rules of the equivalent category.
    """
    older = plan in ("gewestplan", "bpa")
    in_facilities = plan == "gewestplan" and zoning_class == "public_utility"
    asked = (
        (PLAN_ON_THE_WAY, _both(general_interest, inquiry_done)),
        (GENERAL_INTEREST, _both(general_interest, small)),
        (FACILITIES, general_interest if in_facilities else False),
        (TYPE_RULES, fits_type_rules if older else False),
    )
    found = []
    for rule_id, answer in asked:
        rule = find_rule(rule_id, as_of)
        if isinstance(rule, PermitRule):
            found.append(Route(rule_id, rule.articles[0], answer))
    return tuple(found)


def _both(first: bool | None, second: bool | None) -> bool | None:
    if first is False or second is False:
        return False
    return True if first and second else None


@dataclass(frozen=True)
class TemporaryArea:
    """The clock of a request for a temporary area (CWASS 149/10).

    Attributes
    ----------
    state : requested, decided or granted_by_silence; not_owed where the municipality runs the area itself.
    decision_due : last day of the decision; None where none is owed.
    alerts : days on which the municipality is reminded.
    notify_by : last day on which the owner tells the municipality of an arrival; None where none is planned.
    report_due : end of the next month in which the municipality reports what is available.
    """

    state: Literal["requested", "decided", "granted_by_silence", "not_owed"]
    decision_due: date | None
    alerts: tuple[date, ...]
    notify_by: date | None
    report_due: date


def temporary_area(
    as_of: date, *, sent: date, decided: date | None = None, run_by_municipality: bool, arrival: date | None = None
) -> TemporaryArea | None:
    """Where a request for the yearly authorisation stands on a day; None before the rule (1 August 2019).

    A decision after the last day comes too late: silence has granted by then.
    """
    rule = find_rule(TEMPORARY_AREA, sent)
    if not isinstance(rule, PermitRule) or rule.values.decision_days is None:
        return None
    due = sent + timedelta(days=rule.values.decision_days)
    notify = arrival - timedelta(days=int(rule.values.facts["notice_days"])) if arrival else None
    report = date(as_of.year + (as_of.month > int(rule.values.facts["report_month"])), 1, 31)
    if run_by_municipality:
        return TemporaryArea("not_owed", None, (), notify, report)
    in_time = decided is not None and decided <= min(due, as_of)
    state: Literal["requested", "decided", "granted_by_silence"] = (
        "decided" if in_time else "granted_by_silence" if as_of > due else "requested"
    )
    return TemporaryArea(state, due, tuple(sent + timedelta(days=one) for one in ALERT_DAYS), notify, report)
