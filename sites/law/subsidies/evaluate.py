"""What a project can count on, on a day: which regimes apply, how much per cost line, which conditions are open.

Contract: pure functions of the project, the day and the rule pack; Decimal throughout; nothing asks for today's date.
A regime applies when it is in force on the day, or when the file keeps it (dates of lodging or approval). Regimes are
never added up: each cost line is counted under one of them, and no rule on accumulation was found.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from geodata.errors import UsageError
from sites.law.loader import per_pack, rules
from sites.law.model import Rule, Text
from sites.law.subsidies.amounts import Line, Yearly, count_lines, surcharge_of, yearly_of
from sites.law.subsidies.money import UNKNOWN, ZERO, Euros, total
from sites.law.subsidies.project import Project
from sites.law.subsidies.rule import SHOWN_ONLY, Requirement, SubsidyRule

Verdict = Literal["yes", "no", "unknown"]
Met = Literal["met", "not_met", "unknown"]
Status = Literal[
    "open", "carried_on", "closed", "not_yet", "stopped", "excluded", "none_found", "no_order", "other_law", "shown"
]
#: Statuses of regimes that neither give nor refuse an amount.
SILENT: tuple[Status, ...] = ("none_found", "no_order", "other_law")


@dataclass(frozen=True)
class ConditionState:
    """One condition of a regime and whether this project meets it.

    `about` tells what hangs on it: the right to the aid, or only its amount. `url` is where it was read; the first
    source of the regime where the condition has none of its own.
    """

    id: str
    state: Met
    rule: SubsidyRule
    text: Text | None
    citation: str
    about: Literal["eligibility", "amount"] = "eligibility"
    url: str | None = None


@dataclass(frozen=True)
class RegimeState:
    """One regime of the region and what it is to this file on that day."""

    rule: SubsidyRule
    status: Status


@dataclass(frozen=True)
class Assessment:
    """What `evaluate` found; texts of it are made by `sites.law.subsidies.wording`.

    Attributes
    ----------
    verdict : yes (every condition met), no (closed, excluded or a condition not met), else unknown.
    regimes : regimes that apply or decide, first the one that counts.
    others : regimes of the region that only inform: past, drafts, enabling acts.
    lines : cost lines with their subsidy, in the order given.
    yearly : flat yearly aid, apart from the one-off amounts.
    successors : id of an ended regime -> the regime that came after it.
    assumptions : what the figures take for granted, with the regime it is about.
    """

    project: Project
    as_of: date
    verdict: Verdict
    regimes: tuple[RegimeState, ...]
    others: tuple[RegimeState, ...]
    lines: tuple[Line, ...]
    surcharge: Euros
    total: Euros
    yearly: tuple[Yearly, ...]
    conditions: tuple[ConditionState, ...]
    successors: dict[str, SubsidyRule] = field(default_factory=dict)
    assumptions: tuple[tuple[str, SubsidyRule | None], ...] = field(default=())


def evaluate(project: Project, as_of: date, *, among: Sequence[Rule] | None = None) -> Assessment:
    """Assess one project.

    Parameters
    ----------
    project : what is planned; what is not given makes conditions unknown.
    as_of : day whose law applies.
    among : rules to read instead of the installed pack.

    Raises
    ------
    UsageError
        When a date of the file lies after `as_of`, or a fact names no condition of the regimes.
    """
    _check_dates(project, as_of)
    found = _of_region(project.region) if among is None else _pick(among, project.region)
    states = [RegimeState(rule, status_of(rule, project, as_of)) for rule in found if _concerns(rule, project)]
    deciding = _deciding(states)
    applying = [one for one in deciding if one.status in ("open", "carried_on")]
    conditions = [one for state in applying for one in _conditions(state.rule, project, as_of, found)]
    _check_facts(project, conditions)
    closed = tuple(one for one in states if one not in deciding)
    verdict = _verdict(project, deciding, applying, conditions)
    refused = {one.rule.id for one in conditions if one.state == "not_met"}
    counting = [one.rule for one in applying if one.rule.id not in refused]
    lines = count_lines(project, counting, refused=verdict == "no", silent=not deciding or _is_silent(deciding))
    surcharge = surcharge_of(lines)
    return Assessment(
        project=project,
        as_of=as_of,
        verdict=verdict,
        regimes=tuple(deciding),
        others=closed,
        lines=tuple(lines),
        surcharge=surcharge,
        total=total([*(line.subsidy for line in lines), surcharge])
        if lines
        else (UNKNOWN if verdict != "no" else ZERO),
        yearly=tuple(yearly_of(project, counting)),
        conditions=tuple([*_of_regimes(deciding, applying), *conditions, *_amount_conditions(lines)]),
        successors={one.rule.id: after for one in states if (after := _successor(one.rule, found)) is not None},
        assumptions=tuple(_assumptions(lines, applying)),
    )


def evaluate_many(projects: Iterable[tuple[Project, date]], *, among: Sequence[Rule] | None = None) -> list[Assessment]:
    """Assess a register: one assessment per (project, day), in order."""
    return [evaluate(project, as_of, among=among) for project, as_of in projects]


def regimes(region: str | None, as_of: date | None = None, *, among: Sequence[Rule] | None = None) -> list[SubsidyRule]:
    """Regimes of a region (None = all), oldest first; with `as_of`, those in force on that day."""
    found = [
        rule
        for rule in (rules() if among is None else among)
        if isinstance(rule, SubsidyRule) and (region is None or rule.region == region)
    ]
    found = [rule for rule in found if as_of is None or rule.in_force(as_of)]
    return sorted(found, key=lambda rule: (rule.region, rule.valid_from or date.min))


@per_pack
def _of_region(region: str) -> tuple[SubsidyRule, ...]:
    return _pick(rules(), region)


def _pick(among: Sequence[Rule], region: str) -> tuple[SubsidyRule, ...]:
    return tuple(rule for rule in among if isinstance(rule, SubsidyRule) and rule.region == region)


def _check_dates(project: Project, as_of: date) -> None:
    for name, day in project.dates.items():
        if day is not None and day > as_of:
            raise UsageError(
                f"The file was {name.replace('_', ' ')} on {day}, after the day that is asked for ({as_of}).",
                "Give a later --as-of, or leave the date out.",
            )


def _check_facts(project: Project, conditions: Sequence[ConditionState]) -> None:
    known = {one.id for one in conditions}
    strange = sorted(set(project.facts) - known)
    if strange and known:
        raise UsageError(
            f"{strange[0]} is no condition of the regimes that apply.", f"Conditions: {', '.join(sorted(known))}."
        )


def _concerns(rule: SubsidyRule, project: Project) -> bool:
    """Is the regime about this type of site, and about the case that is asked for?"""
    values = rule.values
    if project.site_type not in values.site_types:
        return False
    return project.case in values.cases if project.case is not None else not values.cases


def status_of(rule: SubsidyRule, project: Project, as_of: date) -> Status:
    """What a regime is to a file on a day."""
    values = rule.values
    if values.availability in SHOWN_ONLY:
        return "shown"
    if rule.valid_from is not None and as_of < rule.valid_from:
        return "not_yet"
    if not rule.in_force(as_of):
        return "carried_on" if rule.carries_on(project.dates, as_of) else "closed"
    if values.availability == "excluded":
        mine = values.beneficiaries is None or project.initiator in values.beneficiaries
        return "excluded" if mine else "shown"
    if values.availability == "stopped":
        return "stopped"
    if values.availability in ("none_found", "no_order", "other_law"):
        return values.availability
    return "open"


def _deciding(states: Sequence[RegimeState]) -> list[RegimeState]:
    """Regimes on which the answer rests: kept ones first, then open ones, then those that close or refuse."""
    kept = [one for one in states if one.status == "carried_on"]
    opened = [one for one in states if one.status == "open"]
    ending = [one for one in states if one.status in ("stopped", "excluded", *SILENT)]
    if kept:
        # A file keeps its own regime: what replaced it says nothing about this file.
        opened = [one for one in opened if one.rule.values.availability != "standing" or one.rule.values.flat]
    found = [*kept, *opened, *ending]
    if found:
        return found
    past = [one for one in states if one.status == "closed"]
    return past[-1:] if past else []


def _is_silent(deciding: Sequence[RegimeState]) -> bool:
    """Does nothing that decides know an amount or a refusal?"""
    return all(one.status in SILENT for one in deciding)


def _conditions(rule: SubsidyRule, project: Project, as_of: date, among: Sequence[SubsidyRule]) -> list[ConditionState]:
    values, found = rule.values, []
    cited = citation(rule)
    if values.availability == "call_only" and not _call_kept(rule, project, as_of, among):
        state: Met = "not_met" if values.calls else "unknown"
        found.append(ConditionState("call_open", state, rule, None, cited))
    known = values.beneficiaries
    initiator: Met = "unknown"
    if known is not None and project.initiator is not None:
        initiator = "met" if project.initiator in known else "not_met"
    found.append(ConditionState("initiator", initiator, rule, None, cited))
    for one in values.requirements:
        if one.valid_from is not None and as_of < one.valid_from:
            continue
        found.append(
            ConditionState(one.id, _met(one, project), rule, one.text, _cited(rule, one.article), url=one.source)
        )
    return found


def _call_kept(rule: SubsidyRule, project: Project, as_of: date, among: Sequence[SubsidyRule]) -> bool:
    """Is a call held under this text open on the day, or kept by the file?"""
    calls = [one for one in among if one.id in rule.values.calls]
    return any(one.in_force(as_of) or one.carries_on(project.dates, as_of) for one in calls)


def _met(requirement: Requirement, project: Project) -> Met:
    if requirement.id in project.facts:
        return "met" if project.facts[requirement.id] else "not_met"
    test = requirement.test
    if test is None:
        return "unknown"
    value = getattr(project, test.field)
    if value is None:
        return "unknown"
    if test.at_least is not None:
        return "met" if int(value) >= test.at_least else "not_met"
    return "met" if value in test.one_of else "not_met"


def _verdict(
    project: Project,
    deciding: Sequence[RegimeState],
    applying: Sequence[RegimeState],
    conditions: Sequence[ConditionState],
) -> Verdict:
    if not applying:
        return "unknown" if not deciding or _is_silent(deciding) else "no"
    asked = {cost.type for cost in project.costs}
    # A yearly aid for running a site says nothing about the costs of building one.
    asking = [one for one in applying if asked & set(one.rule.values.covered) or (not asked and one.rule.values.rates)]
    asking = asking or ([] if asked else list(applying))
    states: dict[str, set[Met]] = {}
    for one in conditions:
        states.setdefault(one.rule.id, set()).add(one.state)
    answers = [states.get(one.rule.id, set()) for one in asking]
    if any(found <= {"met"} for found in answers):
        return "yes"
    return "no" if all("not_met" in found for found in answers) else "unknown"


def _of_regimes(deciding: Sequence[RegimeState], applying: Sequence[RegimeState]) -> list[ConditionState]:
    """Where no regime applies: the regime that refuses, or the one that leaves it open."""
    if applying:
        return []
    return [
        ConditionState("regime_known", "unknown", one.rule, None, citation(one.rule))
        if one.status in SILENT
        else ConditionState("regime_open", "not_met", one.rule, None, citation(one.rule))
        for one in deciding
    ]


def _successor(rule: SubsidyRule, among: Sequence[SubsidyRule]) -> SubsidyRule | None:
    return next((one for one in among if one.id == rule.values.successor), None)


def _amount_conditions(lines: Sequence[Line]) -> list[ConditionState]:
    """What leaves an amount open: a cap, a valuation, a rate or a number of pitches nobody gave or found."""
    found: dict[tuple[str, str], ConditionState] = {}
    for line in lines:
        for name in line.open:
            if line.rule is not None:
                state = ConditionState(name, "unknown", line.rule, None, citation(line.rule), "amount")
                found.setdefault((name, line.rule.id), state)
    return list(found.values())


def _assumptions(lines: Sequence[Line], applying: Sequence[RegimeState]) -> list[tuple[str, SubsidyRule | None]]:
    """Names of what the figures take for granted; worded by `sites.law.subsidies.wording`."""
    found: list[tuple[str, SubsidyRule | None]] = []
    counted = {line.rule.id: line.rule for line in lines if line.rule is not None}
    for rule in counted.values():
        values = rule.values
        if values.vat_open is not None:
            found.append(("vat_open", rule))
        elif any(rate for rate in values.rates.values()):
            found.append(("vat_not_found", rule))
        if values.rates_are_ceilings:
            found.append(("ceiling", rule))
        if sum("capped" in line.notes for line in lines if line.rule is not None and line.rule.id == rule.id) > 1:
            found.append(("cap_shared", rule))
    if counted and len({one.rule.id for one in applying}) > 1:
        found.append(("no_accumulation", None))
    return found


def citation(rule: SubsidyRule) -> str:
    """Act and articles of a regime."""
    return _cited(rule, ", ".join(rule.articles))


def _cited(rule: SubsidyRule, article: str | None) -> str:
    if not article:
        return rule.act
    return article if "art." in article else f"{rule.act}, art. {article}"
