"""Sets of criteria as data: what the loader refuses, and what every published set holds."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from geodata.errors import RuleError, UsageError
from sites.law import rules
from sites.suitability import Profile, load_profile, profiles
from sites.suitability.loader import _read, resolve
from sites.suitability.model import Threshold
from sites.suitability.titles import CONSTRAINTS, CRITERIA


@pytest.fixture
def raw() -> dict[str, Any]:
    return copy.deepcopy(_read("flanders_residential.yaml"))


@pytest.fixture
def common() -> dict[str, Any]:
    return copy.deepcopy(_read("common.yaml"))


def thresholds(item: Any) -> list[Threshold]:
    """All thresholds inside a model."""
    if isinstance(item, Threshold):
        return [item]
    if isinstance(item, list):
        return [one for part in item for one in thresholds(part)]
    fields = getattr(type(item), "model_fields", {})
    return [one for name in fields for one in thresholds(getattr(item, name))]


@pytest.mark.parametrize("profile", profiles(), ids=lambda one: one.id)
def test_every_threshold_says_whose_it_is(profile: Profile) -> None:
    found = thresholds(profile)
    assert len(found) > 15
    known = {rule.id for rule in rules()}
    for one in found:
        assert one.date
        if one.kind != "our_choice":
            assert one.source and ("://" in one.source or one.source in known), one
    for constraint in profile.constraints:
        assert getattr(constraint, "rule", None) in known | {None}
    assert {one.id for one in profile.constraints} <= set(CONSTRAINTS)
    assert {one.id for one in profile.criteria} <= set(CRITERIA)


@pytest.mark.parametrize("profile", profiles(), ids=lambda one: one.id)
def test_safeguards_are_in_every_set(profile: Profile) -> None:
    ids = {one.id for one in profile.constraints}
    assert {
        "occupation",
        "flood",
        "nature",
        "seveso",
        "soil",
        "isolation",
        "sewage_plant",
        "waste_site",
        "zoning",
    } <= ids
    assert ("plan_hp" in ids) == (profile.region == "wallonia")


def test_a_set_that_does_not_exist() -> None:
    with pytest.raises(UsageError, match="no set of criteria for castle in flanders"):
        load_profile("flanders", "castle")


def _drop(section: str, name: str) -> Any:
    def change(raw: dict[str, Any], common: dict[str, Any]) -> None:
        raw[section] = [one for one in raw[section] if one.get("id", one.get("use")) != name]

    return change


def _set(path: tuple[str, ...], value: Any) -> Any:
    def change(raw: dict[str, Any], common: dict[str, Any]) -> None:
        target = common
        for key in path[:-1]:
            target = target[key]
        target[path[-1]] = value

    return change


_METRE = {"value": 1, "unit": "m", "kind": "our_choice", "date": "2026-11-24"}


def _unknown_part(raw: dict[str, Any], common: dict[str, Any]) -> None:
    raw["criteria"].append({"use": "castle", "weight": 3})


def _twice(raw: dict[str, Any], common: dict[str, Any]) -> None:
    raw["criteria"].append(raw["criteria"][0])


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (_unknown_part, "no shared part castle"),
        (_twice, "share an id"),
        (_drop("constraints", "occupation"), "has the constraint occupation"),
        (_drop("constraints", "flood"), "has the constraint flood"),
        (_set(("criteria", "school_flanders", "points"), [[300, 1.0], [200, 0.5]]), "breakpoints must rise"),
        (_set(("criteria", "school_flanders", "points"), [[300, 0.0], [800, 1.0]]), "must not reward distance"),
        (_set(("criteria", "school_flanders", "points"), [[300, 0.0], [800, 1.0], [900, 0.0]]), "does not turn"),
        (_set(("criteria", "school_flanders", "points"), [[300, 1.5], [800, 0.0]]), "between 0 and 1"),
        (_set(("criteria", "school_flanders", "kind"), "custom"), "criteria"),
        (_set(("constraints", "slope", "fail_above", "kind"), "official"), "needs its source"),
        (_set(("constraints", "slope", "fail_above", "unit"), "miles"), "unit"),
        (_set(("constraints", "isolation", "fail_below"), _METRE), "one side"),
        (_set(("constraints", "slope", "surprise"), 1), "surprise"),
    ],
)
def test_what_the_loader_refuses(raw: dict[str, Any], common: dict[str, Any], change: Any, told: str) -> None:
    change(raw, common)
    with pytest.raises(RuleError, match=told) as caught:
        resolve(raw, common, "test.yaml")
    assert "test.yaml" in str(caught.value.message)


def test_a_key_that_stands_twice_is_refused() -> None:
    import yaml

    from sites.suitability.loader import _Loader

    with pytest.raises(RuleError, match="stands twice"):
        yaml.load("id: a\nid: b\n", Loader=_Loader)
