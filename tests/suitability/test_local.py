"""Sets of criteria of a municipality: what they may change, what is refused, and that none is ever milder."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from tables import by_chance, large

from geodata.errors import RuleError
from geodata.measure.table import Interval
from sites.suitability import Profile, assess, load_profile, profiles
from sites.suitability.kinds import STRICTNESS, ClassShare, Threshold
from sites.suitability.local import LocalProfile, differences, local_profile, resolve_local
from sites.suitability.states import NAMES
from sites.suitability.stricter import milder_field

TODAY = date(2026, 11, 26)
BASE = load_profile("flanders", "residential")
WALLOON = load_profile("wallonia", "transit")
METRE = {"value": 5.0, "unit": "m", "kind": "our_choice", "date": "2026-11-26"}


def made(*changes: dict[str, Any], base: Profile = BASE, **more: Any) -> LocalProfile:
    """A local set with these changes."""
    told = {
        "id": "halle", "base": base.id, "base_version": base.version, "nis": ["99001"], "who": "municipal_planner",
        "why": "The council asked for it.", "date": "2026-11-26", "changes": list(changes),
    }  # fmt: skip
    return local_profile(told | more)


def test_a_set_with_weights_and_a_stricter_limit() -> None:
    changes = (
        {"kind": "weight", "criterion": "school", "weight": 40},
        {"kind": "threshold", "constraint": "sewage_plant", "field": "fail_below", "value": 200},
        {"kind": "class", "constraint": "flood", "name": "C", "state": "fail"},
        {"kind": "drop", "id": "frontage"},
        {
            "kind": "add_constraint",
            "constraint": {"kind": "owner", "classes": {"private": "fail"}, "owner": "our_choice"},
        },
    )
    found = resolve_local(BASE, made(*changes), 4)
    assert (found.id, found.version, found.base) == ("halle", "4", f"{BASE.id} {BASE.version}")
    assert "frontage" not in found.weights and found.weights["school"] > BASE.weights["school"]
    told = {one["place"]: (one["before"], one["after"]) for one in differences(BASE, found)}
    assert told["constraints.sewage_plant.fail_below"] == (100.0, 200.0)
    assert told["constraints.flood.classes.C"] == ("conditional", "fail")
    assert told["criteria.school.weight"] == (16.0, 40.0)
    assert told["criteria.frontage"][1] is None and told["constraints.public_land"][0] is None
    # The published set is what it was.
    assert differences(BASE, load_profile("flanders", "residential")) == []
    private = assess(large(owner_class="private"), found, as_of=TODAY)
    nobody = assess(large(owner_class=None), found, as_of=TODAY)
    assert (private.verdict[0], nobody.verdict[0]) == ("incompatible", "unknown")


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"kind": "drop", "id": "isolation"}, "isolation cannot be dropped"),
    ({"kind": "drop", "id": "occupation"}, "occupation cannot be dropped"),
    ({"kind": "drop", "id": "plan_hp"}, "plan_hp cannot be dropped"),
    ({"kind": "threshold", "constraint": "isolation", "field": "fail_above", "value": 501}, "isolation, fail_above: milder"),
    ({"kind": "threshold", "constraint": "sewage_plant", "field": "fail_below", "value": 99}, "fail_below: milder"),
    ({"kind": "threshold", "constraint": "railway", "field": "conditional_below", "value": 0}, "conditional_below: milder"),
    ({"kind": "threshold", "constraint": "occupation", "field": "max_built_share", "value": 0.4}, "max_built_share: milder"),
    ({"kind": "threshold", "constraint": "occupation", "field": "garden", "value": 100}, "garden: milder"),
    ({"kind": "threshold", "constraint": "flood", "field": "tolerance", "value": 0.5}, "flood, tolerance: milder"),
    ({"kind": "threshold", "constraint": "nature", "field": "tolerance_area", "value": 500}, "tolerance_area: milder"),
    ({"kind": "threshold", "constraint": "usable_area", "field": "minimum", "value": 10}, "minimum: milder"),
    ({"kind": "threshold", "constraint": "zoning", "field": "sliver_share", "value": 0.9}, "sliver_share: milder"),
    ({"kind": "threshold", "constraint": "slope", "field": "fail_above", "value": 40}, "slope, fail_above: milder"),
    ({"kind": "class", "constraint": "flood", "name": "high", "state": "pass"}, "flood, classes.high: milder"),
    ({"kind": "class", "constraint": "flood", "name": "never seen", "state": "pass"}, "classes.never seen: milder"),
    ({"kind": "class", "constraint": "plan_hp", "name": "phase2", "state": "conditional"}, "inhabited land is never"),
    ({"kind": "class", "constraint": "slope", "name": "flat", "state": "fail"}, "has no classes"),
    ({"kind": "threshold", "constraint": "slope", "field": "steep", "value": 1}, "no threshold steep"),
    ({"kind": "weight", "criterion": "castle", "weight": 1}, "has no castle"),
    ({"kind": "weight", "criterion": "school", "weight": 0}, "greater than 0"),
    ({"kind": "function", "criterion": "school", "points": [[100, 0], [900, 1]]}, "must not reward distance"),
    ({"kind": "function", "criterion": "utilities", "points": [[0, 0], [900, 1]]}, "must not reward distance"),
    ({"kind": "function", "criterion": "main_road", "points": [[0, 0], [30, 1]]}, "must not reward distance"),
    ({"kind": "function", "criterion": "surroundings", "points": [[0, 1], [5, 0]]}, "must not reward a lack"),
    ({"kind": "function", "criterion": "smell", "points": [[0, 0], [5000, 1]]}, "published buffer, 300 m, and no farther"),
    ({"kind": "add_criterion", "criterion": {"id": "departures", "measures": ["counts:departures_500m"], "unit": "count",
      "points": [[0, 1], [9, 0]], "weight": 5, "kind": "our_choice", "date": "2026-11-26"}}, "must not reward a lack"),
    ({"kind": "add_criterion", "criterion": {"id": "departures", "measures": ["counts:trains"], "unit": "count",
      "points": [[0, 0], [9, 1]], "weight": 5, "kind": "our_choice", "date": "2026-11-26"}}, "nothing measures counts:trains"),
    ({"kind": "add_constraint", "constraint": {"kind": "distance", "id": "seveso_site", "to": "address",
      "layer": "addresses", "fail_below": METRE}}, "must not keep sites away from dwellings"),
    ({"kind": "add_constraint", "constraint": {"kind": "distance", "id": "moat", "to": "seveso_site", "layer": "seveso",
      "fail_below": METRE}}, "no title for moat"),
    ({"kind": "add_constraint", "constraint": {"kind": "slope", "conditional_above": {**METRE, "unit": "degrees"},
      "fail_above": {**METRE, "unit": "degrees"}}}, "share an id"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "told"), REFUSED)
def test_what_is_refused_is_named_with_what_may_be_done(change: dict[str, Any], told: str) -> None:
    with pytest.raises(RuleError) as caught:
        resolve_local(WALLOON, made(change, base=WALLOON))
    assert told in caught.value.message and caught.value.remedy


def test_a_buffer_of_ones_own_does_not_lengthen_the_published_one() -> None:
    wider = {"kind": "threshold", "constraint": "sewage_plant", "field": "conditional_below", "value": 4000}
    waste = {"kind": "threshold", "constraint": "waste_site", "field": "conditional_below", "value": 4000}
    longer = {"kind": "function", "criterion": "smell", "points": [[100, 0], [4000, 1]]}
    with pytest.raises(RuleError, match="published buffer, 300 m"):
        resolve_local(BASE, made(wider, waste, longer))
    assert resolve_local(BASE, made(wider, waste)).base


def test_another_version_of_the_base_is_refused() -> None:
    with pytest.raises(RuleError, match="made from flanders-residential 1, but what is published"):
        resolve_local(BASE, made({"kind": "weight", "criterion": "school", "weight": 2}, base_version="1"))


@pytest.mark.parametrize(
    "field", [{"who": "A. Person"}, {"why": "ask a.person@example.be"}, {"nis": []}, {"id": "Two Words"}]
)
def test_who_why_and_where_are_owed(field: dict[str, Any]) -> None:
    with pytest.raises(RuleError, match=next(iter(field))):
        made({"kind": "weight", "criterion": "school", "weight": 2}, **field)


def test_spread_is_off_and_never_counts_against_an_extension() -> None:
    assert not any(one.spread for profile in profiles() for one in profile.criteria)
    told = BASE.model_dump()
    spread = {"id": "spread", "measures": ["spread:site"], "unit": "m", "points": [(0.0, 0.0), (3000.0, 1.0)],
              "weight": 10.0, "kind": "our_choice", "date": TODAY}  # fmt: skip
    with pytest.raises(ValueError, match="spread is off"):
        Profile.model_validate({**told, "criteria": [*told["criteria"], spread]})
    local = resolve_local(BASE, made({"kind": "spread", "full_m": 3000, "weight": 50}))

    def value(low: float, high: float) -> tuple[float, float]:
        found = assess(large(distances={"site": (low, high)}), local, as_of=TODAY)
        one = next(one for one in found.criteria if one.criterion.id == "spread")
        return float(one.low[0]), float(one.high[0])

    assert value(0, 0) == value(50, 50) == (1.0, 1.0)
    assert value(1500, 1500) == (0.5, 0.5) and value(9000, 9000) == (1.0, 1.0)
    # Where nobody knows whether a site lies beside it, it may extend one.
    assert value(20, 60) == (0.0, 1.0) and value(600, 900) == pytest.approx((0.2, 0.3))
    nothing = next(one for one in assess(large(), local, as_of=TODAY).criteria if one.criterion.id == "spread")
    assert (nothing.low[0], nothing.high[0]) == (0.0, 1.0)


def _thresholds(profile: Profile) -> list[tuple[str, str, float]]:
    return [
        (one.id, name, getattr(one, name).value)
        for one in profile.constraints
        for name in type(one).model_fields
        if isinstance(getattr(one, name), Threshold)
    ]


def _changes(profile: Profile) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Changes in every direction, most of them milder."""
    limits = st.sampled_from(_thresholds(profile)).flatmap(
        lambda one: st.floats(0.0, 3.0).map(
            lambda factor: {"kind": "threshold", "constraint": one[0], "field": one[1], "value": one[2] * factor}
        )
    )
    shares = [one for one in profile.constraints if isinstance(one, ClassShare)]
    classes = st.sampled_from(shares).flatmap(
        lambda one: st.builds(
            lambda name, state: {"kind": "class", "constraint": one.id, "name": name, "state": state},
            st.sampled_from([*one.classes, "something_new"]),
            st.sampled_from(list(STRICTNESS)),
        )
    )
    weights = st.builds(
        lambda name, weight: {"kind": "weight", "criterion": name, "weight": weight},
        st.sampled_from([one.id for one in profile.criteria]),
        st.floats(0.001, 1e6),
    )
    return st.lists(st.one_of(limits, classes, weights), min_size=1, max_size=2)


@pytest.mark.parametrize("profile", [BASE, WALLOON, load_profile("wallonia", "gathering")], ids=lambda one: one.id)
@given(data=st.data(), seed=st.integers(0, 2**32 - 1))
@settings(max_examples=120, deadline=None)
def test_no_local_set_is_milder_anywhere(profile: Profile, data: st.DataObject, seed: int) -> None:
    try:
        local = resolve_local(profile, made(*data.draw(_changes(profile)), base=profile))
    except RuleError:
        return
    table = by_chance(seed)
    was, now = assess(table, profile, as_of=TODAY), assess(table, local, as_of=TODAY)
    after = {one.constraint.id: one.state for one in now.constraints}
    strict = np.array([STRICTNESS[name] for name in NAMES])  # type: ignore[index]
    passed, unknown = NAMES.index("pass"), NAMES.index("unknown")
    for one in was.constraints:
        state = after[one.constraint.id]
        # Between 150 and 500 m it is open whether 300 m are kept; that 600 m are not is certain, and owes a step.
        milder = np.where(one.state == unknown, state == passed, strict[state] < strict[one.state])
        assert not milder.any(), one.constraint.id


@pytest.mark.parametrize("profile", profiles(), ids=lambda one: one.id)
@given(seed=st.integers(0, 2**32 - 1), data=st.data())
@settings(max_examples=15, deadline=None)
def test_no_weights_move_a_verdict(profile: Profile, seed: int, data: st.DataObject) -> None:
    weights = {one.id: data.draw(st.floats(1e-6, 1e9), label=one.id) for one in profile.criteria}
    changes = [{"kind": "weight", "criterion": name, "weight": weight} for name, weight in weights.items()]
    table = by_chance(seed)
    was = assess(table, profile, as_of=TODAY)
    now = assess(table, resolve_local(profile, made(*changes, base=profile)), as_of=TODAY)
    assert list(now.verdict) == list(was.verdict) and list(now.so_far) == list(was.so_far)
    failed = np.any([one.state == NAMES.index("fail") for one in now.constraints], axis=0)
    assert (now.rank[failed] == 0).all() and (now.verdict[failed] == "incompatible").all()


@pytest.mark.parametrize("profile", profiles(), ids=lambda one: one.id)
@given(seed=st.integers(0, 2**32 - 1), strangers=st.integers(0, 2**32 - 1))
@settings(max_examples=15, deadline=None)
def test_other_parcels_never_change_a_score(profile: Profile, seed: int, strangers: int) -> None:
    """Value functions are fixed: what else is in the list counts for ranks only."""
    rng = np.random.default_rng(strangers)
    table = by_chance(seed)
    some = np.sort(rng.choice(len(table), size=int(rng.integers(1, len(table))), replace=False))
    whole = assess(table, profile, as_of=TODAY)
    for at in some.tolist():
        alone = assess(table.part(at, at + 1), profile, as_of=TODAY)
        assert (alone.score_low[0], alone.score_high[0]) == (whole.score_low[at], whole.score_high[at])
        assert (alone.verdict[0], alone.so_far[0]) == (whole.verdict[at], whole.so_far[at])


def test_an_interval_of_the_spread_never_turns() -> None:
    """Lower ends lie below upper ends for every pair of bounds."""
    local = resolve_local(BASE, made({"kind": "spread", "full_m": 500, "weight": 1}))
    low = np.linspace(0, 900, 40)
    table = by_chance(3, 40)
    table.distances["site"] = Interval(low, low + np.tile([0.0, 30.0, 300.0, np.inf], 10))
    one = next(one for one in assess(table, local, as_of=TODAY).criteria if one.criterion.id == "spread")
    assert (one.low <= one.high).all()


def test_the_example_of_the_page_is_accepted() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "criteria.md").read_text(encoding="utf-8")
    told = yaml.safe_load(page.partition("```yaml\n")[2].partition("```")[0])
    found = resolve_local(BASE, local_profile(told))
    assert found.base == f"{BASE.id} {BASE.version}" and len(differences(BASE, found)) >= 5


def test_classes_that_mean_the_same_stay_together() -> None:
    """Their shares are summed: 0.6 % of one and 0.6 % of another are over a limit of 1 %, apart neither is."""
    before = ClassShare(
        kind="share", id="soil", layer="soil", classes={"a": "conditional", "b": "conditional", "c": "pass"},
        tolerance=Threshold(value=0.01, unit="share", kind="our_choice", date=date(2026, 1, 1)),
    )  # fmt: skip
    apart = before.model_copy(update={"classes": {"a": "derogation", "b": "conditional", "c": "pass"}})
    together = before.model_copy(update={"classes": {"a": "fail", "b": "fail", "c": "conditional"}})
    assert "those that meant the same" in str(milder_field(before, apart)) and milder_field(before, together) is None
