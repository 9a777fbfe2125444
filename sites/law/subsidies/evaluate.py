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
from sites.law.model import Rule
from sites.law.subsidies.amounts import Line, Yearly, count_lines, coverage, surcharge_of, yearly_of
from sites.law.subsidies.conditions import ConditionState, Met, check_facts, conditions_of, of_amounts, of_refusing
from sites.law.subsidies.money import UNKNOWN, ZERO, Euros, total
from sites.law.subsidies.project import Project
from sites.law.subsidies.rule import SubsidyRule
from sites.law.subsidies.standing import RegimeState, concerns, deciding, is_silent, status_of, successor

Verdict = Literal["yes", "no", "unknown"]
Assumption = tuple[str, SubsidyRule | None]


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
    assumptions: tuple[Assumption, ...] = field(default=())

    @property
    def applying(self) -> list[RegimeState]:
        """Regimes that are open to the file, or that it keeps."""
        return [one for one in self.regimes if one.status in ("open", "carried_on")]


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
    states = [RegimeState(rule, status_of(rule, project, as_of)) for rule in found if concerns(rule, project)]
    decisive = deciding(states, project, as_of)
    applying = [one for one in decisive if one.status in ("open", "carried_on")]
    conditions = [one for state in applying for one in conditions_of(state.rule, project, as_of, found)]
    check_facts(project, conditions)
    if not applying:
        conditions = list(of_refusing(decisive, project))
    verdict = _verdict(project, decisive, applying, conditions)
    refused = {one.rule.id for one in conditions if one.state == "not_met"}
    counting = [one.rule for one in applying if one.rule.id not in refused]
    lines = count_lines(project, counting, refused=verdict == "no", silent=not decisive or is_silent(decisive))
    surcharge = surcharge_of(lines)
    nothing = ZERO if verdict == "no" else UNKNOWN
    return Assessment(
        project=project,
        as_of=as_of,
        verdict=verdict,
        regimes=tuple(decisive),
        others=tuple(one for one in states if one not in decisive),
        lines=tuple(lines),
        surcharge=surcharge,
        total=total([*(line.subsidy for line in lines), surcharge]) if lines else nothing,
        yearly=tuple(yearly_of(project, counting)),
        conditions=tuple([*conditions, *of_amounts(lines, conditions)]),
        successors={one.rule.id: after for one in states if (after := successor(one.rule, found)) is not None},
        assumptions=tuple(_assumptions(lines, applying, as_of)),
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


def _verdict(
    project: Project,
    decisive: Sequence[RegimeState],
    applying: Sequence[RegimeState],
    conditions: Sequence[ConditionState],
) -> Verdict:
    states: dict[str, set[Met]] = {one.rule.id: set() for one in decisive}
    for one in conditions:
        states[one.rule.id].add(one.state)
    if not applying:
        # Someone refuses, or whatever is known is not for this applicant.
        refuses = not is_silent(decisive) or (bool(decisive) and all("not_met" in found for found in states.values()))
        return "no" if refuses else "unknown"
    asked = {cost.type for cost in project.costs}
    # A yearly aid for running a site says nothing about the costs of building one.
    asking = [
        one
        for one in applying
        if any(coverage(one.rule, kind) != "no" for kind in asked) or (not asked and one.rule.values.rates)
    ]
    asking = asking or ([] if asked else list(applying))
    answers = [states[one.rule.id] for one in asking]
    if any(found <= {"met"} for found in answers):
        return "yes"
    return "no" if all("not_met" in found for found in answers) else "unknown"


def _assumptions(lines: Sequence[Line], applying: Sequence[RegimeState], as_of: date) -> list[Assumption]:
    """Names of what the answer takes for granted; worded by `sites.law.subsidies.wording`."""
    found: list[Assumption] = []
    for state in applying:
        starts = [one.date for one in state.rule.entry_into_force]
        if starts and min(starts) <= as_of < max(starts):
            found.append(("start_disputed", state.rule))
        if state.rule.contradictions:
            found.append(("sources_disagree", state.rule))
    counted = {line.rule.id: line.rule for line in lines if line.rule is not None}
    for rule in counted.values():
        values, mine = rule.values, [line for line in lines if line.rule is not None and line.rule.id == rule.id]
        if values.vat_open is not None and any(line.cost.type in values.vat_cost_types for line in mine):
            found.append(("vat_open", rule))
        elif values.vat_open is None and any(line.rate for line in mine):
            found.append(("vat_not_found", rule))
        if values.rates_are_ceilings:
            found.append(("ceiling", rule))
        if sum("capped" in line.notes for line in mine) > 1:
            found.append(("cap_shared", rule))
    if counted and len({one.rule.id for one in applying}) > 1:
        found.append(("no_accumulation", None))
    return found
