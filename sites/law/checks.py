"""What a rule pack must satisfy beyond its format: one answer per zone and day, known classes, true examples.

Contract: pure; every check raises `RuleError` naming the file and the rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import combinations

from geodata.errors import RuleError
from geodata.sources.zoning_labels import zoning_classes
from sites.law.kinds import DefinitionRule, NormRule, PermitRule, ZoningRule
from sites.law.model import SITE_TYPES, STATES, Example, Rule, SiteType
from sites.law.subsidies.example import answer_subsidy
from sites.law.subsidies.rule import SubsidyRule

#: A rule with the file it stands in.
Placed = tuple[str, Rule]
Answer = dict[str, str | float | int | bool | None]


def check_pack(placed: Sequence[Placed]) -> None:
    """All checks of a pack.

    Raises
    ------
    RuleError
        On the first rule that fails, with what to do.
    """
    for file, rule in placed:
        _check_classes(file, rule)
        _check_status(file, rule)
        _check_start(file, rule)
        for number, example in enumerate(rule.examples, start=1):
            _check_example(file, rule, number, example)
    _check_overlaps(placed)
    _check_regimes([(file, rule) for file, rule in placed if isinstance(rule, SubsidyRule)])


def _refuse(file: str, rule: Rule, message: str, remedy: str) -> RuleError:
    return RuleError(f"{file}, rule {rule.id}: {message}", remedy)


def _check_classes(file: str, rule: Rule) -> None:
    if not isinstance(rule, ZoningRule | DefinitionRule):
        return
    unknown = [name for name in rule.values.zoning_classes if name not in zoning_classes()]
    if unknown:
        raise _refuse(
            file,
            rule,
            f"zoning class {unknown[0]!r} is not in the harmonised list.",
            "Use a class of geodata/sources/zoning_labels.yaml, or add it there first.",
        )


def _check_status(file: str, rule: Rule) -> None:
    """Drafts stand in a folder of their own, so that no public answer can rest on one."""
    in_drafts = file.startswith("scenarios/")
    if (rule.status == "scenario") != in_drafts:
        raise _refuse(
            file,
            rule,
            f"status {rule.status} in the wrong folder.",
            "Rules with status scenario stand in scenarios/, all others outside it.",
        )


def _check_start(file: str, rule: Rule) -> None:
    """Where sources disagree on the first day, the rule says which of their dates it uses."""
    dates = [one.date for one in rule.entry_into_force]
    if dates and rule.valid_from not in dates:
        raise _refuse(
            file,
            rule,
            f"valid_from {rule.valid_from} is none of the dates of entry_into_force.",
            "List the date that is used among the alternatives, with its source.",
        )


def _check_regimes(placed: Sequence[tuple[str, SubsidyRule]]) -> None:
    """A short name stands for one regime, and a regime that is named exists."""
    named: dict[str, str] = {}
    ids = {rule.id for _, rule in placed}
    for file, rule in placed:
        other = named.setdefault(rule.values.regime, rule.id)
        if other != rule.id:
            raise _refuse(
                file,
                rule,
                f"the short name {rule.values.regime} stands for rule {other} already.",
                "Give each regime a short name of its own.",
            )
        for wanted in (*rule.values.calls, *([rule.values.successor] if rule.values.successor else [])):
            if wanted not in ids and rule.status == "in_force":
                raise _refuse(
                    file, rule, f"it names {wanted}, which is no regime of the pack.", "Correct the name, or add it."
                )


def _check_overlaps(placed: Iterable[Placed]) -> None:
    for (file, one), (other_file, other) in combinations(placed, 2):
        if one.status != other.status or not _overlap(one, other):
            continue
        if one.id == other.id:
            raise _refuse(
                file,
                one,
                f"two versions hold on the same day (the other is in {other_file}).",
                "End the earlier version with valid_to the day before the later one starts.",
            )
        if isinstance(one, ZoningRule) and isinstance(other, ZoningRule) and one.region == other.region:
            shared = set(one.values.zoning_classes) & set(other.values.zoning_classes)
            if shared:
                raise _refuse(
                    file,
                    one,
                    f"class {min(shared)} has another answer on the same day in rule {other.id}.",
                    "A class has one rule per region and day: split the dates or the classes.",
                )


def _overlap(one: Rule, other: Rule) -> bool:
    first = max(one.valid_from or date.min, other.valid_from or date.min)
    return first <= min(one.valid_to or date.max, other.valid_to or date.max)


def _check_example(file: str, rule: Rule, number: int, example: Example) -> None:
    try:
        answer = answer_example(rule, example)
    except ValueError as error:
        raise _refuse(file, rule, f"example {number}: {error}.", "Correct the example.") from error
    for key, expected in example.expect.items():
        if key not in answer:
            raise _refuse(
                file,
                rule,
                f"example {number} expects {key!r}, which this kind of rule does not answer.",
                f"Use one of {', '.join(sorted(answer))}.",
            )
        if answer[key] != expected:
            raise _refuse(
                file,
                rule,
                f"example {number} expects {key} = {expected!r} on {example.as_of}, but the rule says {answer[key]!r}.",
                "Correct the rule or the example; both must say the same.",
            )


def answer_example(rule: Rule, example: Example) -> Answer:
    """What a rule answers to the `given` of an example on its day.

    Raises
    ------
    ValueError
        When `given` does not fit the kind of rule.
    """
    as_of, given = example.as_of, dict(example.given)
    answer: Answer = {"in_force": rule.in_force(as_of)}
    site_type = _site_type(given.pop("site_type", None))
    if isinstance(rule, ZoningRule):
        zoning_class = given.pop("zoning_class", None)
        if site_type is None or zoning_class not in rule.values.zoning_classes:
            raise ValueError("given needs a site_type and a zoning_class of this rule")
        owed = rule.owed(site_type, as_of)
        answer |= {"state": rule.state(site_type, as_of), "conditions": len(owed)}
        answer |= {"article": owed[0].article if owed else None}
    elif isinstance(rule, NormRule):
        answer |= _answer_norm(rule, site_type, given, as_of)
    elif isinstance(rule, PermitRule):
        values = rule.values
        applies = rule.in_force(as_of) and (site_type is None or site_type in values.site_types)
        answer |= {"applies": applies, "required": values.required if applies else None}
        answer |= {"decision_days": values.decision_days, "silence": values.silence}
        answer |= {"max_days": values.max_days}
        answer |= values.facts
    elif isinstance(rule, SubsidyRule):
        answer |= answer_subsidy(rule, given, as_of)
    elif isinstance(rule, DefinitionRule):
        zoning_class = given.pop("zoning_class", None)
        answer |= {"contains": rule.in_force(as_of) and zoning_class in rule.values.zoning_classes}
        answer |= {"first": rule.values.terms[0] if rule.values.terms else None}
    if given:
        raise ValueError(f"given has {', '.join(sorted(given))}, which this kind of rule does not read")
    return answer


def _answer_norm(
    rule: NormRule, site_type: SiteType | None, given: dict[str, str | float | int | bool], as_of: date
) -> Answer:
    values, holds = rule.values, rule.in_force(as_of)
    measured, level = given.pop("measured", None), given.pop("class", None)
    answer: Answer = {"value": values.value if holds else None, "low": values.low, "high": values.high}
    if measured is not None:
        if isinstance(measured, str | bool):
            raise ValueError("measured is a number")
        answer["met"] = rule.met(measured) if holds else None
    if level is not None:
        if site_type is None:
            raise ValueError("a class needs a site_type")
        answer["state"] = rule.level(site_type, str(level)) if holds else "unknown"
        assert answer["state"] in STATES
    return answer | values.facts


def _site_type(name: object) -> SiteType | None:
    found = next((known for known in SITE_TYPES if known == name), None)
    if name is not None and found is None:
        raise ValueError(f"{name!r} is no site type")
    return found
