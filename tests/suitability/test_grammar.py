"""The grammar of constraints: where, exempt, regional and local rules, tolerances, and what is left open."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from tables import by_chance, large, one_good

from api.i18n import translator
from geodata.measure.table import KNOWN_USE, Interval, MeasurementTable
from sites.suitability import Profile, assess, explain, load_profile, profiles
from sites.suitability.constraints import evaluate_constraint
from sites.suitability.exclusions import exclusion_set
from sites.suitability.kinds import STRICTNESS, ClassShare
from sites.suitability.results import ConstraintResult, Context
from sites.suitability.states import NAMES

TODAY = date(2026, 11, 26)
EVERY = pytest.mark.parametrize("profile", profiles(), ids=lambda one: one.id)
OURS = {"kind": "our_choice", "date": "2026-11-26"}
REASON = dict.fromkeys(("nl", "fr", "de", "en"), "a dike was built")
SOURCE = "wallonia.norm.flood-classes"


def rule(**changes: Any) -> ClassShare:
    """A constraint on flooding."""
    told: dict[str, Any] = {
        "kind": "share", "id": "flood", "layer": "flood", "classes": {"low": "conditional", "high": "fail"},
        "tolerance": {"value": 0.01, "unit": "share", **OURS},
    }  # fmt: skip
    return ClassShare.model_validate(told | changes)


def judged(constraint: ClassShare, table: MeasurementTable, region: str = "wallonia") -> ConstraintResult:
    return evaluate_constraint(constraint, table, Context("residential", TODAY, region, table.unbuilt_m2))


def state(constraint: ClassShare, region: str = "wallonia", **changes: Any) -> tuple[str, Any]:
    """State of one parcel of 6 000 m2, and what decided."""
    found = judged(constraint, one_good(**changes), region)
    return NAMES[found.state[0]], found.why[0]


WHERE = {"layer": "land_use", "classes": ["park"]}


@pytest.mark.parametrize(
    ("flood", "park", "expected"),
    [
        (0.3, 1.0, ("fail", "high")),  # all of the parcel is such land
        (0.3, 0.0, ("pass", None)),  # none of it is
        (0.8, 0.5, ("fail", "high")),  # 0.8 and 0.5 share at least 0.3
        (0.3, 0.5, ("unknown", "overlap")),  # they share nothing, or up to 0.3
        (0.005, 1.0, ("pass", "high")),
    ],
)
def test_only_where_another_layer_says(flood: float, park: float, expected: tuple[str, Any]) -> None:
    shares = {"flood": {"high": flood}, "land_use": {"park": park}}
    found = state(rule(where=WHERE), shares=shares)
    assert found[0] == expected[0] and (expected[1] in (None, "high") or found[1] == expected[1])


def test_a_layer_that_says_where_and_is_lost_leaves_it_open() -> None:
    lost = {"covered": {"land_use": 0.0}, "unknown": {"land_use": "not_loaded"}}
    for constraint in (rule(where=WHERE), rule(exempt=[{**WHERE, "reason": REASON, "source": SOURCE}])):
        assert state(constraint, shares={"flood": {"high": 0.5}}, **lost) == ("unknown", "overlap")
        assert state(constraint, shares={"flood": {"high": 0.0}}, **lost)[0] == "pass"


@pytest.mark.parametrize(
    ("flood", "park", "expected"),
    [
        (0.3, 1.0, ("pass", "exempt")),  # beats fail
        (0.3, 0.0, ("fail", "high")),
        (0.8, 0.5, ("fail", "high")),  # at least 0.3 of it is not exempt
        (0.3, 0.5, ("unknown", "overlap")),
    ],
)
def test_an_exemption_beats_fail_as_far_as_it_surely_reaches(
    flood: float, park: float, expected: tuple[str, Any]
) -> None:
    exempt = rule(exempt=[{**WHERE, "reason": REASON, "source": SOURCE}])
    assert state(exempt, shares={"flood": {"high": flood}, "land_use": {"park": park}}) == expected


def test_an_exemption_is_told_with_reason_and_source() -> None:
    base = load_profile("wallonia", "residential")
    exempt = rule(exempt=[{**WHERE, "reason": REASON, "source": SOURCE}])
    profile = base.model_copy(
        update={"constraints": [exempt if one.id == "flood" else one for one in base.constraints]}
    )
    found = assess(one_good(shares={"flood": {"high": 0.3}, "land_use": {"park": 1.0}}), profile, as_of=TODAY)
    told = explain(found, 0, translate=translator("en"), run="r", data_date=TODAY)
    sentence = next(one["sentence"] for one in told["constraints"] if one["id"] == "flood")
    assert sentence == f"30% of the parcel: high hazard; it does not count here: a dike was built ({SOURCE})"
    half = assess(one_good(shares={"flood": {"high": 0.3}, "land_use": {"park": 0.5}}), profile, as_of=TODAY)
    told = explain(half, 0, translate=translator("de"), run="r", data_date=TODAY)
    assert "nicht gemessen" in next(one["sentence"] for one in told["constraints"] if one["id"] == "flood")


@pytest.mark.parametrize("missing", ["reason", "source"])
def test_an_exemption_without_reason_or_source_is_refused(missing: str) -> None:
    told = {**WHERE, "reason": REASON, "source": SOURCE}
    del told[missing]
    with pytest.raises(ValidationError, match=missing):
        rule(exempt=[told])


def scoped(scope: str, classes: dict[str, str], **place: Any) -> dict[str, Any]:
    return {"scope": scope, "classes": classes, "reason": REASON, "source": SOURCE, **place}


def test_local_over_regional_over_general() -> None:
    regional = scoped("regional", {"low": "pass"}, region="wallonia")
    local = scoped("local", {"low": "fail"}, nis=["99001"])
    shares = {"flood": {"low": 0.4}}
    assert state(rule(), shares=shares)[0] == "conditional"
    assert state(rule(scoped=[regional]), shares=shares)[0] == "pass"
    assert state(rule(scoped=[regional]), region="flanders", shares=shares)[0] == "conditional"
    for both in ([regional, local], [local, regional]):
        assert state(rule(scoped=both), shares=shares)[0] == "fail"
    table = replace(one_good(shares=shares), nis=np.array(["99002"], dtype=object))
    assert NAMES[judged(rule(scoped=[regional, local]), table).state[0]] == "pass"


@pytest.mark.parametrize(
    "rules",
    [
        [scoped("local", {"high": "conditional"}, nis=["99001"])],
        [scoped("local", {"never seen": "pass"}, nis=["99001"])],
        [
            scoped("regional", {"low": "fail"}, region="wallonia"),
            scoped("local", {"low": "conditional"}, nis=["99001"]),
        ],
    ],
)
def test_a_local_rule_is_never_milder(rules: list[dict[str, Any]]) -> None:
    with pytest.raises(ValidationError, match="stricter, never milder"):
        rule(scoped=rules)


@pytest.mark.parametrize("place", [{"scope": "local"}, {"scope": "regional", "nis": ["99001"]}])
def test_a_rule_of_a_place_names_it(place: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="names its region"):
        rule(scoped=[scoped(**{"classes": {"high": "fail"}, **place})])


@given(seed=st.integers(0, 2**32 - 1), data=st.data())
@settings(max_examples=60, deadline=None)
def test_a_local_rule_never_makes_a_parcel_milder(seed: int, data: st.DataObject) -> None:
    classes = {name: data.draw(st.sampled_from(list(STRICTNESS))) for name in ("low", "medium", "high")}
    local = {name: data.draw(st.sampled_from(list(STRICTNESS))) for name in ("low", "high")}
    try:
        strict = rule(classes=classes, scoped=[scoped("local", local, nis=["99001"])])
    except ValidationError:
        return
    table = by_chance(seed)
    before, after = judged(rule(classes=classes), table).state, judged(strict, table).state
    order = np.array([STRICTNESS[name] for name in NAMES])  # type: ignore[index]
    assert (order[after] >= order[before]).all()


@pytest.mark.parametrize(
    ("area", "flood", "expected"),
    [
        (6000.0, 0.009, "pass"),  # under 1 %
        (6000.0, 0.011, "fail"),
        (500.0, 0.019, "pass"),  # under 10 m2
        (500.0, 0.021, "fail"),
        (8.0, 0.6, "fail"),  # a scrap of land is no way around a rule
    ],
)
def test_a_sliver_does_not_veto(area: float, flood: float, expected: str) -> None:
    small = rule(tolerance_area={"value": 10, "unit": "m2", **OURS})
    assert state(small, area_m2=area, shares={"flood": {"high": flood}})[0] == expected


@given(area=st.floats(0.5, 60.0))
@settings(deadline=None)
def test_a_small_parcel_outside_the_map_is_unknown(area: float) -> None:
    small = rule(tolerance_area={"value": 10, "unit": "m2", **OURS})
    assert state(small, area_m2=area, covered={"flood": 0.0}, unknown={"flood": "not_loaded"})[0] == "unknown"


def test_soil_not_loaded_is_unknown_and_without_survey_a_step() -> None:
    soil = next(one for one in load_profile("flanders", "residential").constraints if one.id == "soil")
    assert isinstance(soil, ClassShare)
    assert state(soil, shares={"soil": {"clean": 0.0}}) == ("conditional", "absent")
    lost = {"covered": {"soil": 0.0}, "unknown": {"soil": "not_loaded"}, "shares": {"soil": {"clean": 0.0}}}
    assert state(soil, **lost)[0] == "unknown"


def test_a_derogation_by_class_needs_one() -> None:
    assert state(rule(classes={"high": "derogation"}), shares={"flood": {"high": 0.5}}) == ("derogation", "high")


@EVERY
def test_each_result_names_rule_and_dataset_versions(profile: Profile) -> None:
    table = large()
    numbers = {layer: [at] for at, layer in enumerate(table.covered, start=1)}
    found = assess(replace(table, datasets=numbers), profile, as_of=TODAY)
    for one in found.constraints:
        assert set(one.datasets) == {numbers[layer][0] for layer in one.layers if layer in numbers}
        assert one.datasets
    by_id = {one.constraint.id: one for one in found.constraints}
    assert by_id["zoning"].rule(0) == f"{profile.region}.zoning.residential"
    assert by_id["flood"].rule(0) == f"{profile.region}.norm.flood-classes"
    assert by_id["slope"].rule(0) is None
    told = explain(found, 0, translate=translator("en"), run="r", data_date=TODAY)
    assert all(one["dataset"] for one in told["constraints"])


@EVERY
def test_land_that_fails_is_cut_out(profile: Profile) -> None:
    found = exclusion_set(profile, TODAY)
    assert set(found["land_use"]) == set(KNOWN_USE)
    assert {"natura2000", "reserve"} <= set(found["nature"]) and "site" in found["seveso"]
    assert ("plan_hp" in found) == (profile.region == "wallonia")
    assert ("D" if profile.region == "flanders" else "high") in found["flood"]
    assert "forest" in found["zoning"] and "residential" not in found["zoning"]
    assert found == exclusion_set(profile, TODAY)


def test_what_the_law_says_elsewhere_or_on_another_day_is_cut_out_there() -> None:
    profile = load_profile("wallonia", "residential")
    assert "zoning" not in exclusion_set(profile, TODAY, "german-speaking-community")
    assert "zoning" not in exclusion_set(profile, date(1990, 1, 1))


def test_what_counts_somewhere_only_is_not_cut_out() -> None:
    base = load_profile("wallonia", "residential")

    def cut(constraint: ClassShare) -> tuple[str, ...]:
        several = [constraint if one.id == "flood" else one for one in base.constraints]
        return exclusion_set(base.model_copy(update={"constraints": several}), TODAY).get("flood", ())

    assert cut(rule()) == ("high",)
    assert cut(rule(where=WHERE)) == () == cut(rule(exempt=[{**WHERE, "reason": REASON, "source": SOURCE}]))
    assert cut(rule(scoped=[scoped("regional", {"high": "pass"}, region="wallonia")])) == ()


def usable(given_m2: Any, **changes: Any) -> tuple[float, str, tuple[int, int]]:
    profile = load_profile("flanders", "residential")
    given_m2 = Interval(*(np.array([one]) for one in given_m2)) if isinstance(given_m2, tuple) else np.array([given_m2])
    found = assess(one_good(**changes), profile, as_of=TODAY, usable_m2=given_m2)
    state = next(NAMES[one.state[0]] for one in found.constraints if one.constraint.id == "usable_area")
    return float(found.usable_m2[0]), state, (int(found.pitches_low[0]), int(found.pitches_high[0]))


def test_the_buildable_remainder_is_the_usable_area() -> None:
    assert usable(3000.0) == (3000.0, "pass", (7, 13))
    assert usable(900.0)[1] == "fail"
    # One dwelling keeps its garden; the remainder is never more than what is unbuilt.
    assert usable(4000.0, dwellings=1.0)[0] == 1500.0
    assert usable(9000.0)[0] == 6000.0
    between = usable((800.0, 3000.0))
    assert np.isnan(between[0]) and between[1:] == ("unknown", (2, 13))
    assert usable((1200.0, 3000.0))[1] == "pass" and usable((100.0, 900.0))[1] == "fail"
    assert usable(np.nan)[1] == "unknown" and usable(np.nan, area_m2=900.0, unbuilt_m2=np.nan)[1] == "fail"
    assert usable(3000.0, dwellings=np.nan, unbuilt_m2=np.nan)[1] == "unknown"


@EVERY
@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=20, deadline=None)
def test_less_usable_area_is_never_better(profile: Profile, seed: int) -> None:
    rng, table = np.random.default_rng(seed), by_chance(seed)
    low = table.area_m2 * rng.random(len(table))
    high = np.where(rng.random(len(table)) < 0.5, low, np.minimum(low * 2, table.area_m2))
    whole = assess(table, profile, as_of=TODAY)
    less = assess(table, profile, as_of=TODAY, usable_m2=Interval(low, high))
    assert (less.score_high <= whole.score_high + 1e-12).all() and (less.pitches_high <= whole.pitches_high).all()
    assert (less.score_low <= less.score_high + 1e-12).all()
    for at in range(len(table)):
        parts = less.contributions(at)
        assert sum(part[2] for part in parts) == pytest.approx(less.score_low[at], abs=1e-9)
        assert sum(part[3] for part in parts) == pytest.approx(less.score_high[at], abs=1e-9)


@EVERY
@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=20, deadline=None)
def test_a_way_is_never_shorter_than_the_straight_line(profile: Profile, seed: int) -> None:
    """Without the network, the value lies between nothing and that of the straight line."""
    table = replace(by_chance(seed), reach={}, minutes={})
    for one in assess(table, profile, as_of=TODAY).criteria:
        if one.criterion.id not in ("school", "shop", "stop"):
            continue
        points = np.array(one.criterion.points)
        names = [name.removeprefix("reach:") for name in one.criterion.measures]
        straight = np.min([table.distances[name].low for name in names], axis=0)
        assert (one.low == points[-1, 1]).all()
        assert np.allclose(one.high, np.interp(straight, points[:, 0], points[:, 1]))


def test_an_open_usable_area_names_the_map_that_is_missing() -> None:
    lost = {"covered": {"flood": 0.0}, "unknown": {"flood": "not_loaded"}}
    found = assess(
        one_good(**lost), load_profile("flanders", "residential"), as_of=TODAY,
        usable_m2=Interval(np.array([0.0]), np.array([6000.0])),
    )  # fmt: skip
    told = explain(found, 0, translate=translator("en"), run="r", data_date=TODAY)
    sentence = next(one["sentence"] for one in told["constraints"] if one["id"] == "usable_area")
    assert sentence == "not known: Flood hazard" and next(iter(found.rows())).unknown == ["flood"]
