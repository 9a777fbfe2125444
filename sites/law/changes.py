"""What another rule pack would change: rule by rule, and in answers already given.

Contract: pure functions of two sets of rules. A version of a rule is known by its id and first day; where a rule has
one version on both sides, these two are compared even if the first day moved.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from geodata.errors import UsageError
from sites.law.kinds import NormRule, ZoningRule
from sites.law.model import Rule
from sites.law.outcome import Outcome, zoning_outcome
from sites.law.subsidies.evaluate import Assessment, evaluate
from sites.law.subsidies.project import Project

What = Literal["new", "changed", "ended", "removed"]


@dataclass(frozen=True)
class FieldChange:
    """One field, by its path such as `values.rates.layout`; None = not there."""

    field: str
    old: Any
    new: Any


@dataclass(frozen=True)
class RuleChange:
    """What happens to one version of a rule: new, changed, ended (it gets a last day) or removed."""

    rule: Rule
    what: What
    fields: tuple[FieldChange, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The same as the interfaces print it."""
        return {
            "rule": self.rule.id,
            "what": self.what,
            "valid_from": self.rule.valid_from.isoformat() if self.rule.valid_from else None,
            "valid_to": self.rule.valid_to.isoformat() if self.rule.valid_to else None,
            "fields": [{"field": one.field, "old": one.old, "new": one.new} for one in self.fields],
        }


@dataclass(frozen=True)
class ZoneChange:
    """A zoning class whose answer differs on a day."""

    zoning_class: str
    old: Outcome
    new: Outcome

    def as_dict(self) -> dict[str, Any]:
        """States and rules, before and after."""
        return {
            "zoning_class": self.zoning_class,
            "old": {"state": self.old.state, "rule": self.old.rule.id if self.old.rule else None},
            "new": {"state": self.new.state, "rule": self.new.rule.id if self.new.rule else None},
        }


@dataclass(frozen=True)
class AssessmentChange:
    """A subsidy file whose assessment differs.

    Attributes
    ----------
    index : place in the list that was given.
    old, new : None where the project no longer fits the regimes (a stated fact names no condition).
    what : what differs: verdict, regimes, conditions, lines, surcharge, total, yearly.
    """

    index: int
    project: Project
    as_of: date
    old: Assessment | None
    new: Assessment | None
    what: tuple[str, ...]


def rule_changes(old: Sequence[Rule], new: Sequence[Rule]) -> list[RuleChange]:
    """Rules that are new, changed field by field, ended or removed, in order of their ids."""
    found: list[RuleChange] = []
    for rule_id in sorted({rule.id for rule in (*old, *new)}):
        before = {rule.valid_from: rule for rule in old if rule.id == rule_id}
        after = {rule.valid_from: rule for rule in new if rule.id == rule_id}
        if len(before) == len(after) == 1:
            (one,), (other,) = before.values(), after.values()
            pairs: list[tuple[Rule | None, Rule | None]] = [(one, other)]
        else:
            days = sorted({*before, *after}, key=lambda day: day or date.min)
            pairs = [(before.get(day), after.get(day)) for day in days]
        found += [change for pair in pairs if (change := _compare(*pair)) is not None]
    return found


def _compare(old: Rule | None, new: Rule | None) -> RuleChange | None:
    if old is None or new is None:
        whole = new or old
        assert whole is not None
        return RuleChange(whole, "new" if old is None else "removed")
    before, after = _flat(old.model_dump(mode="json")), _flat(new.model_dump(mode="json"))
    fields = tuple(
        FieldChange(name, before.get(name), after.get(name))
        for name in dict.fromkeys((*before, *after))
        if before.get(name) != after.get(name)
    )
    if not fields:
        return None
    ended = old.valid_to is None and new.valid_to is not None
    return RuleChange(new, "ended" if ended else "changed", fields)


def _flat(value: Any, path: str = "") -> dict[str, Any]:
    """Leaves of nested data by their dotted path."""
    if isinstance(value, dict) and value:
        parts = value.items()
    elif isinstance(value, list) and value:
        parts = {str(at): one for at, one in enumerate(value)}.items()
    else:
        return {path: None if value in ({}, []) else value}
    return {name: leaf for key, one in parts for name, leaf in _flat(one, f"{path}.{key}" if path else key).items()}


def changed_zones(
    old: Sequence[Rule], new: Sequence[Rule], *, region: str, site_type: str, as_of: date
) -> list[ZoneChange]:
    """Zoning classes whose state, rule version or conditions differ for a type of site on a day."""
    classes = sorted(
        {name for rule in (*old, *new) if isinstance(rule, ZoningRule) for name in rule.values.zoning_classes}
    )
    found = []
    for name in classes:
        before, after = (
            zoning_outcome(region, site_type=site_type, zoning_class=name, as_of=as_of, among=rules)
            for rules in (old, new)
        )
        if (before.state, before.conditions, _at(before.rule)) != (after.state, after.conditions, _at(after.rule)):
            found.append(ZoneChange(name, before, after))
    return found


def _at(rule: Rule | None) -> tuple[str, date | None] | None:
    return (rule.id, rule.valid_from) if rule is not None else None


def changed_norms(old: Sequence[Rule], new: Sequence[Rule], *, region: str, site_type: str, as_of: date) -> list[str]:
    """Ids of norms of a region and type of site whose figures differ on a day."""

    def norms(rules: Sequence[Rule]) -> dict[str, NormRule]:
        return {
            rule.id: rule
            for rule in rules
            if isinstance(rule, NormRule)
            and rule.region == region
            and site_type in rule.values.site_types
            and rule.in_force(as_of)
        }

    before, after = norms(old), norms(new)
    return sorted(name for name in {*before, *after} if _values(before.get(name)) != _values(after.get(name)))


def changed_rules(old: Sequence[Rule], new: Sequence[Rule], ids: Iterable[str], as_of: date) -> list[str]:
    """Which of these rules say something else on a day: other values, no longer in force, or not there."""

    def version(rules: Sequence[Rule], rule_id: str) -> Rule | None:
        return next((rule for rule in rules if rule.id == rule_id and rule.in_force(as_of)), None)

    return sorted(rule_id for rule_id in set(ids) if _values(version(old, rule_id)) != _values(version(new, rule_id)))


def _values(rule: Rule | None) -> Any:
    return rule.values if rule is not None else None


def changed_assessments(
    old: Sequence[Rule], new: Sequence[Rule], cases: Iterable[tuple[Project, date]]
) -> list[AssessmentChange]:
    """Subsidy files that would be assessed otherwise, each for its own day.

    Parameters
    ----------
    old, new : rules of the two packs.
    cases : (project, day whose law applies).
    """
    found = []
    for index, (project, as_of) in enumerate(cases):
        before, after = _assess(project, as_of, old), _assess(project, as_of, new)
        if before is None or after is None:
            what: tuple[str, ...] = () if before is after else ("facts",)
        else:
            one, other = _answer(before), _answer(after)
            what = tuple(name for name in one if one[name] != other[name])
        if what:
            found.append(AssessmentChange(index, project, as_of, before, after, what))
    return found


def _assess(project: Project, as_of: date, rules: Sequence[Rule]) -> Assessment | None:
    try:
        return evaluate(project, as_of, among=rules)
    except UsageError:
        return None


def _answer(found: Assessment) -> dict[str, Any]:
    """What counts of an assessment, without the texts around it."""
    return {
        "verdict": found.verdict,
        "regimes": [(one.rule.id, one.status) for one in found.regimes],
        "conditions": [(one.rule.id, one.id, one.state) for one in found.conditions],
        "lines": [(one.rule.id if one.rule else None, one.rate, one.cap, one.subsidy) for one in found.lines],
        "surcharge": found.surcharge,
        "total": found.total,
        "yearly": [(one.rule.id, one.amount) for one in found.yearly],
    }
