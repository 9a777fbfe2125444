"""The law of a place on a day: what a zone means for a type of site.

Contract: pure functions of their arguments and of the installed rule pack. Five states; what no rule
answers on that day is `unknown`, with a reason and who could answer. Nothing here asks for today's date.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from geodata.errors import NotFoundError, UsageError
from sites.law.kinds import ZoningRule
from sites.law.loader import pack, per_pack, rules
from sites.law.model import LAW_REGIONS, SITE_TYPES, Condition, Grade, LawRegion, Rule, SiteType, State, Text

#: An open-ended rule that was last checked longer ago than this is shown with the date of that check.
STALE_AFTER_MONTHS = 6


@dataclass(frozen=True)
class Outcome:
    """What the law says.

    Attributes
    ----------
    state : pass, conditional, derogation, fail or unknown.
    rule : the rule that answers; None where no rule holds on that day.
    conditions : what is owed, where the state is conditional or derogation.
    who_could_answer : who can tell, where the state is unknown; else None.
    checked_stale : the rule is open-ended and its last check is more than six months old.
    reason : why, in the four languages.
    grade : grade of the outcome; None where no rule answers.
    region : whose law was read.
    """

    state: State
    rule: Rule | None
    conditions: tuple[Condition, ...]
    who_could_answer: Text | None
    checked_stale: bool
    reason: Text
    grade: Grade | None
    region: LawRegion


def region_of_law(region: str, *, german_speaking: bool = False) -> LawRegion:
    """Whose law holds: the nine German-speaking municipalities do not follow the Walloon code.

    Raises
    ------
    UsageError
        When the region is not one of the four.
    """
    for known in LAW_REGIONS:
        if region == known:
            return "german-speaking-community" if german_speaking and known == "wallonia" else known
    raise UsageError(f"Unknown region: {region}.", f"Use one of {', '.join(LAW_REGIONS)}.")


def zoning_outcome(
    region: str,
    *,
    site_type: str,
    zoning_class: str,
    as_of: date,
    german_speaking: bool = False,
    as_of_checked: date | None = None,
    among: Sequence[Rule] | None = None,
) -> Outcome:
    """What a zone means for a type of site on a day.

    Parameters
    ----------
    region : "flanders", "wallonia", "brussels" or "german-speaking-community".
    site_type : "residential", "transit", "family", "temporary" or "gathering".
    zoning_class : harmonised class; any other word (such as "unrecognised") gives unknown.
    as_of : day whose law applies.
    german_speaking : the municipality is one of the nine German-speaking ones.
    as_of_checked : day against which the age of the last check is judged; `as_of` if None.
    among : rules to read instead of the installed pack.

    Raises
    ------
    UsageError
        When the region or site type is unknown.
    """
    wanted = _site_type(site_type)
    law_region = region_of_law(region, german_speaking=german_speaking)
    candidates = (
        _by_class().get((law_region, zoning_class), ()) if among is None else _pick(among, law_region, zoning_class)
    )
    for rule in candidates:
        if rule.in_force(as_of):
            return _from_rule(rule, wanted, law_region, as_of, as_of_checked or as_of)
    reason = "no_rule_on_date" if candidates else "no_rule_for_class"
    return Outcome(
        state="unknown",
        rule=None,
        conditions=(),
        who_could_answer=pack().who_could_answer[law_region],
        checked_stale=False,
        reason=pack().reasons[reason],
        grade=None,
        region=law_region,
    )


def find_rule(rule_id: str, as_of: date, *, among: Sequence[Rule] | None = None) -> Rule | None:
    """Version of a rule that holds on a day; None where it holds on other days only.

    Raises
    ------
    NotFoundError
        When the pack has no rule of that id at all.
    """
    versions = [rule for rule in (rules() if among is None else among) if rule.id == rule_id]
    if not versions:
        raise NotFoundError(f"The rule pack has no rule {rule_id}.", "List them: standplaats law show.")
    return next((rule for rule in versions if rule.in_force(as_of)), None)


def is_stale(rule: Rule, day: date) -> bool:
    """Is an open-ended rule's last check more than six months before that day?"""
    return rule.valid_to is None and day > _months_later(rule.checked_on, STALE_AFTER_MONTHS)


def _from_rule(rule: ZoningRule, site_type: SiteType, region: LawRegion, as_of: date, as_of_checked: date) -> Outcome:
    state = rule.state(site_type, as_of)
    too_early = state == "unknown" and rule.values.outcomes[site_type] != "unknown"
    return Outcome(
        state=state,
        rule=rule,
        conditions=rule.owed(site_type, as_of),
        who_could_answer=rule.values.who_could_answer if state == "unknown" else None,
        checked_stale=is_stale(rule, as_of_checked),
        reason=pack().reasons["no_rule_on_date"] if too_early else rule.reason(site_type),
        grade=rule.grade_of(site_type),
        region=region,
    )


@per_pack
def _by_class() -> dict[tuple[str, str], tuple[ZoningRule, ...]]:
    index: dict[tuple[str, str], tuple[ZoningRule, ...]] = {}
    for rule in rules():
        if isinstance(rule, ZoningRule):
            for zoning_class in rule.values.zoning_classes:
                key = (rule.region, zoning_class)
                index[key] = (*index.get(key, ()), rule)
    return index


def _pick(among: Sequence[Rule], region: str, zoning_class: str) -> tuple[ZoningRule, ...]:
    return tuple(
        rule
        for rule in among
        if isinstance(rule, ZoningRule) and rule.region == region and zoning_class in rule.values.zoning_classes
    )


def _site_type(name: str) -> SiteType:
    for known in SITE_TYPES:
        if name == known:
            return known
    raise UsageError(f"Unknown type of site: {name}.", f"Use one of {', '.join(SITE_TYPES)}.")


def _months_later(day: date, months: int) -> date:
    year, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + year, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))
