"""The conditions of regimes against a project: met, not met or not known, each with where it was read.

Contract: pure. What is not stated is not known, never met.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from geodata.errors import UsageError
from sites.law.model import Text
from sites.law.subsidies.amounts import Line, coverage
from sites.law.subsidies.project import Project
from sites.law.subsidies.rule import Requirement, SubsidyRule
from sites.law.subsidies.standing import SILENT, RegimeState

Met = Literal["met", "not_met", "unknown"]


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


def conditions_of(
    rule: SubsidyRule, project: Project, as_of: date, among: Sequence[SubsidyRule]
) -> Iterator[ConditionState]:
    """Conditions of a regime that applies."""
    values, cited = rule.values, citation(rule)
    if values.availability == "call_only" and not _call_kept(rule, project, as_of, among):
        yield ConditionState("call_open", "not_met" if values.calls else "unknown", rule, None, cited)
    if values.cases and project.case is None:
        yield ConditionState("case", "unknown", rule, None, cited)
    if any(coverage(rule, cost.type) == "perhaps" for cost in project.costs):
        yield ConditionState("cost_eligible", "unknown", rule, None, cited)
    yield ConditionState("initiator", _initiator(rule, project), rule, None, cited)
    for one in values.requirements:
        if (one.valid_from or date.min) <= as_of <= (one.valid_to or date.max):
            state = _met(one, project)
            yield ConditionState(one.id, state, rule, one.text, _cited(rule, one.article), url=one.source)


def of_refusing(found: Sequence[RegimeState], project: Project) -> Iterator[ConditionState]:
    """Where no regime applies: the regime that refuses, or the one that leaves it open."""
    for one in found:
        cited = citation(one.rule)
        if one.status not in SILENT:
            yield ConditionState("regime_open", "not_met", one.rule, None, cited)
            continue
        yield ConditionState("regime_known", "unknown", one.rule, None, cited)
        if _initiator(one.rule, project) == "not_met":
            yield ConditionState("initiator", "not_met", one.rule, None, cited)


def of_amounts(lines: Sequence[Line], told: Sequence[ConditionState]) -> list[ConditionState]:
    """What leaves an amount open: a cap, a valuation, a rate or a number of pitches nobody gave or found."""
    known = {(one.id, one.rule.id) for one in told}
    found: dict[tuple[str, str], ConditionState] = {}
    for line in lines:
        for name in line.open:
            if line.rule is not None and (name, line.rule.id) not in known:
                state = ConditionState(name, "unknown", line.rule, None, citation(line.rule), "amount")
                found.setdefault((name, line.rule.id), state)
    return list(found.values())


def check_facts(project: Project, conditions: Sequence[ConditionState]) -> None:
    """Refuse a stated fact that is no condition of the regimes that apply.

    Raises
    ------
    UsageError
        Naming the conditions there are.
    """
    known = {one.id for one in conditions}
    strange = sorted(set(project.facts) - known)
    if strange and known:
        raise UsageError(
            f"{strange[0]} is no condition of the regimes that apply.", f"Conditions: {', '.join(sorted(known))}."
        )


def citation(rule: SubsidyRule) -> str:
    """Act and articles of a regime."""
    return _cited(rule, ", ".join(rule.articles))


def _cited(rule: SubsidyRule, article: str | None) -> str:
    if not article:
        return rule.act
    return article if "art." in article else f"{rule.act}, art. {article}"


def _call_kept(rule: SubsidyRule, project: Project, as_of: date, among: Sequence[SubsidyRule]) -> bool:
    """Is a call held under this text open on the day, or kept by the file?"""
    calls = [one for one in among if one.id in rule.values.calls]
    return any(one.in_force(as_of) or one.carries_on(project.dates, as_of) for one in calls)


def _initiator(rule: SubsidyRule, project: Project) -> Met:
    known = rule.values.beneficiaries
    if known is None or project.initiator is None:
        return "unknown"
    return "met" if project.initiator in known else "not_met"


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
