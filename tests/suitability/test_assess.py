"""Verdict, score and rank: what must hold for every table, checked against slow and plain second opinions."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tables import COUNTS, FURTHER, LAYERS, WAYS, by_chance, large, one_good

from geodata.measure.table import Interval, MeasurementTable
from sites.suitability import Assessment, Profile, assess, profiles
from sites.suitability.dated import DATED
from sites.suitability.score import GROUPS, ranks
from sites.suitability.states import NAMES, verdict

TODAY = date(2026, 11, 24)
EVERY = pytest.mark.parametrize("profile", profiles(), ids=lambda one: one.id)
SEEDS = st.integers(0, 2**32 - 1)
BUILDABLE = {"compatible", "needs_derogation"}


def judged(table: MeasurementTable, profile: Profile) -> Assessment:
    return assess(table, profile, as_of=TODAY)


@EVERY
@given(seed=SEEDS)
@settings(max_examples=25, deadline=None)
def test_contributions_sum_to_the_score_between_nought_and_one(profile: Profile, seed: int) -> None:
    found = judged(by_chance(seed), profile)
    for at in range(len(found)):
        parts = found.contributions(at)
        assert sum(part[1] for part in parts) == pytest.approx(1.0)
        assert sum(part[2] for part in parts) == pytest.approx(found.score_low[at], abs=1e-12)
        assert sum(part[3] for part in parts) == pytest.approx(found.score_high[at], abs=1e-12)
    assert (found.score_low >= -1e-12).all() and (found.score_high <= 1 + 1e-12).all()
    assert (found.score_low <= found.score_high + 1e-12).all()


@EVERY
@given(seed=SEEDS)
@settings(max_examples=25, deadline=None)
def test_verdicts_follow_the_ladder(profile: Profile, seed: int) -> None:
    found = judged(by_chance(seed), profile)
    for at in range(len(found)):
        states = [NAMES[one.state[at]] for one in found.constraints]
        if "fail" in states:
            expected = "incompatible"
        elif "unknown" in states:
            expected = "unknown"
        else:
            expected = "needs_derogation" if "derogation" in states else "compatible"
        assert found.verdict[at] == expected
        if expected != "unknown":
            assert found.so_far[at] == expected
        assert (found.rank[at] == 0) == (expected == "incompatible")


def test_every_combination_of_states() -> None:
    five = np.arange(5, dtype=np.int8)
    first, second = (grid.ravel() for grid in np.meshgrid(five, five))
    for a, b, found in zip(first, second, verdict([first, second]), strict=True):
        pair = {NAMES[a], NAMES[b]}
        order = (("fail", "incompatible"), ("unknown", "unknown"), ("derogation", "needs_derogation"))
        assert found == next((word for state, word in order if state in pair), "compatible")


@given(seed=SEEDS)
@settings(max_examples=40, deadline=None)
def test_ranks_against_counting_one_by_one(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = 25
    groups = [GROUPS[at] for at in rng.integers(0, len(GROUPS), n)]
    found = np.array([one[0] for one in groups], dtype=object)
    known = np.array([one[1] for one in groups], dtype=object)
    low = np.round(rng.random(n), 1)
    high = np.minimum(low + np.round(rng.random(n) * (rng.random(n) < 0.5), 1), 1.0)
    keys = np.array([f"k{at:02d}" for at in range(n)], dtype=object)
    rank, best, worst = ranks(found, known, low, high, keys)
    assert sorted(rank) == list(range(1, n + 1))
    for i in range(n):
        ahead = sum(GROUPS.index(groups[j]) < GROUPS.index(groups[i]) for j in range(n))
        same = [j for j in range(n) if groups[j] == groups[i] and j != i]
        surely = sum(low[j] > high[i] for j in same)
        possibly = sum(high[j] >= low[i] for j in same)
        assert best[i] == min(ahead + surely + 1, rank[i])
        assert worst[i] == max(ahead + possibly + 1, rank[i])
        assert best[i] <= rank[i] <= worst[i]


@EVERY
@given(seed=SEEDS, layer=st.sampled_from(["zoning", "buildings", "land_use", "flood", "nature", "seveso", "soil", "dem",
                                          "roads", "addresses", "nuisance"]))  # fmt: skip
@settings(max_examples=40, deadline=None)
def test_losing_a_layer_never_leads_to_a_yes(profile: Profile, seed: int, layer: str) -> None:
    before = by_chance(seed)
    was, now = judged(before, profile), judged(without(before, layer), profile)
    for old, new in zip(was.verdict, now.verdict, strict=True):
        assert new not in BUILDABLE or old in BUILDABLE
    assert set(now.verdict) <= {"unknown", "incompatible"}


@EVERY
@given(seed=SEEDS, layer=st.sampled_from(["zoning", "plan_rules", "land_use", "flood", "nature", "seveso", "soil", "plan_hp", "competing_plans"]),
       kept=st.floats(0.0, 1.0), slightly=st.booleans())  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_losing_part_of_the_coverage_never_leads_to_a_yes(
    profile: Profile, seed: int, layer: str, kept: float, slightly: bool
) -> None:
    """What lay on the part that is lost is lost with it, be it a thousandth or all."""
    before = replace(by_chance(seed), accuracy_m={})
    kept = 1.0 - (1.0 - kept) / 50 if slightly else kept
    after = replace(
        before,
        covered={**before.covered, layer: before.covered[layer] * kept},
        shares={**before.shares, layer: {name: part * kept for name, part in before.shares[layer].items()}},
    )
    was, now = judged(before, profile), judged(after, profile)
    for old, new, state in zip(was.verdict, now.verdict, was.so_far, strict=True):
        assert new not in BUILDABLE or old in BUILDABLE, state
        assert new != "compatible" or old == "compatible"


def without(table: MeasurementTable, layer: str) -> MeasurementTable:
    """The same parcels with one layer not loaded."""
    from geodata.measure.measure import DISTANCES

    n = len(table)
    nothing, anything = np.zeros(n), np.full(n, np.inf)
    lost = {name for name, (of, _) in DISTANCES.items() if of == layer}
    nan = np.full(n, np.nan)
    return replace(
        table,
        shares={name: ({} if name == layer else classes) for name, classes in table.shares.items()},
        covered={**table.covered, layer: nothing},
        distances={name: Interval(nothing, anything) if name in lost else one for name, one in table.distances.items()},
        reach={
            name: Interval(nothing, anything) if layer in (WAYS[name], "roads") else one
            for name, one in table.reach.items()
        },
        minutes={} if layer == "roads" else table.minutes,
        counts={
            name: Interval(nothing, anything) if layer == COUNTS[name] else one for name, one in table.counts.items()
        },
        frontage_m=nan if layer == "roads" else table.frontage_m,
        access_width_m=nan if layer == "roads" else table.access_width_m,
        access_class=np.full(n, None, dtype=object) if layer == "roads" else table.access_class,
        unknown={**table.unknown, layer: np.full(n, "not_loaded", dtype=object)},
        built_share=nan if layer == "buildings" else table.built_share,
        dwellings=nan if layer == "buildings" else table.dwellings,
        unbuilt_m2=nan if layer in ("buildings", "land_use") else table.unbuilt_m2,
        slope_deg=nan if layer == "dem" else table.slope_deg,
    )


def dated(table: MeasurementTable, rng: np.random.Generator) -> MeasurementTable:
    """The same measurements with a date for every layer and parcel, around `TODAY`; of some nothing is known."""
    days = np.datetime64(TODAY, "D") + rng.integers(-300, 300, (len((*LAYERS, *FURTHER)), len(table)))
    days[rng.random(days.shape) < 0.05] = np.datetime64("NaT")
    return replace(table, dates=dict(zip((*LAYERS, *FURTHER), days, strict=True)))


@EVERY
@given(seed=SEEDS, earlier=st.integers(0, 20_000))
@settings(max_examples=40, deadline=None)
def test_an_earlier_day_than_the_maps_never_leads_to_a_yes(profile: Profile, seed: int, earlier: int) -> None:
    rng = np.random.default_rng(seed)
    table = dated(by_chance(seed), rng)
    day = TODAY - timedelta(days=earlier)
    now = assess(table, profile, as_of=day)
    undated = assess(replace(table, dates={}), profile, as_of=day)
    asked = {getattr(one, "layer", "zoning") for one in profile.constraints}
    needed = [name for name in DATED if name in asked]
    too_young = np.any([table.dates[name] > np.datetime64(day, "D") for name in needed], axis=0)
    for at in range(len(table)):
        # What is later than the day asked for leaves the verdict open, whatever the map shows.
        assert not (too_young[at] and now.verdict[at] in BUILDABLE)
        if now.verdict[at] in BUILDABLE:
            assert undated.verdict[at] == now.verdict[at]
        if not too_young[at]:
            assert now.verdict[at] == undated.verdict[at]
    # Nuisances not known of that day widen the score; the day asked for moves no end of it inwards.
    assert (now.score_low <= undated.score_low + 1e-12).all() and (now.score_high >= undated.score_high - 1e-12).all()


@EVERY
def test_of_a_day_before_every_map_all_dated_layers_are_unknown(profile: Profile) -> None:
    days = {name: np.full(1, "2026-11-24", dtype="datetime64[D]") for name in (*LAYERS, *FURTHER)}
    table = replace(faultless(profile), dates=days)
    assert assess(table, profile, as_of=date(2026, 11, 24)).so_far[0] == "compatible"
    early = assess(table, profile, as_of=date(2026, 11, 23))
    states = {one.constraint.id: NAMES[one.state[0]] for one in early.constraints}
    hazards = {"zoning", "flood", "nature", "seveso", "soil", "sewage_plant", "waste_site", "motorway", "railway"}
    assert {states[name] for name in hazards} == {"unknown"}
    assert early.verdict[0] == "unknown"
    # Buildings, roads and heights stay those of the data.
    assert {states["occupation"], states["slope"], states["isolation"]} == {"pass"}


@EVERY
@given(seed=SEEDS)
@settings(max_examples=25, deadline=None)
def test_knowing_less_widens_the_score_and_moves_no_end_inwards(profile: Profile, seed: int) -> None:
    table = by_chance(seed)
    was = judged(table, profile)
    rng = np.random.default_rng(seed)
    field = str(rng.choice(["distances", "reach", "minutes", "counts"]))
    given = getattr(table, field)
    name = str(rng.choice(list(given)))
    n = len(table)
    blurred = replace(table, **{field: {**given, name: Interval(np.zeros(n), np.full(n, np.inf))}})
    now = judged(blurred, profile)
    assert (now.score_low <= was.score_low + 1e-12).all()
    assert (now.score_high >= was.score_high - 1e-12).all()


@EVERY
@given(seed=SEEDS, closer=st.floats(0.0, 1.0))
@settings(max_examples=25, deadline=None)
def test_nearer_to_services_is_never_worse(profile: Profile, seed: int, closer: float) -> None:
    table = by_chance(seed)
    services = (
        "school",
        "school_nl",
        "school_fr",
        "school_de",
        "gp",
        "pharmacy",
        "shop",
        "stop",
        "address",
        "main_road",
    )
    near = {
        name: Interval(one.low * closer, one.high * closer if closer > 0 else np.zeros_like(one.high))
        if name in services
        else one
        for name, one in table.distances.items()
    }
    shorter = {
        field: {name: Interval(one.low * closer, one.high * closer if closer > 0 else np.zeros(len(table)))
                for name, one in given.items()}
        for field, given in (("reach", table.reach), ("minutes", table.minutes))
    }  # fmt: skip
    was, now = judged(table, profile), judged(replace(table, distances=near, **shorter), profile)
    assert (now.score_low >= was.score_low - 1e-12).all()
    for old, new in zip(was.verdict, now.verdict, strict=True):
        assert old not in BUILDABLE or new in BUILDABLE


def faultless(profile: Profile, **changes: Any) -> MeasurementTable:
    """A parcel against which nothing speaks, large enough for this type of site."""
    return large(**changes) if profile.site_type == "gathering" else one_good(**changes)


@EVERY
def test_a_parcel_without_a_fault_is_compatible(profile: Profile) -> None:
    found = judged(faultless(profile), profile)
    # No rule says whether the plan allows a large gathering; nothing else may be open.
    assert found.verdict[0] == ("unknown" if profile.site_type == "gathering" else "compatible")
    assert found.so_far[0] == "compatible"
    # 50 m to the axis of a road is a step to take; public zones add the act of a public body.
    assert set(found.open_conditions(0)) <= {"road_access", "zoning"}


#: What is changed on a faultless parcel, the constraint it concerns, and the state that follows.
CASES = [
    ({"built_share": 0.3}, "occupation", "pass"),
    ({"built_share": 0.31}, "occupation", "fail"),
    ({"built_share": np.nan}, "occupation", "unknown"),
    ({"shares": {"land_use": {"cemetery": 0.31}}}, "occupation", "fail"),
    ({"shares": {"land_use": {"cemetery": 0.29}}}, "occupation", "pass"),
    ({"shares": {"land_use": {"inhabited": 1.0}}}, "occupation", "fail"),
    ({"shares": {"land_use": {"car_park": 0.8}}}, "occupation", "conditional"),
    ({"dwellings": 1.0}, "occupation", "fail"),
    ({"dwellings": 1.0, "area_m2": 20000.0, "unbuilt_m2": 19800.0}, "occupation", "conditional"),
    (
        {"dwellings": 1.0, "area_m2": 20000.0, "unbuilt_m2": np.nan, "covered": {"land_use": 0.0}},
        "occupation",
        "unknown",
    ),
    ({"dwellings": 2.0, "area_m2": 16000.0, "unbuilt_m2": 15000.0}, "occupation", "fail"),
    ({"unbuilt_m2": 999.0}, "usable_area", "fail"),
    ({"unbuilt_m2": np.nan}, "usable_area", "unknown"),
    ({"unbuilt_m2": np.nan, "area_m2": 999.0}, "usable_area", "fail"),
    ({"shares": {"nature": {"natura2000": 0.009}}}, "nature", "pass"),
    ({"shares": {"nature": {"natura2000": 0.011}}}, "nature", "fail"),
    ({"shares": {"nature": {"natura2000": 0.011}}, "accuracy_m": {"nature": 1.0}}, "nature", "conditional"),
    ({"shares": {"nature": {"something_new": 0.5}}}, "nature", "unknown"),
    ({"covered": {"nature": 0.98}}, "nature", "unknown"),
    ({"shares": {"soil": {"clean": 0.0}}}, "soil", "conditional"),
    ({"covered": {"soil": 0.0}, "unknown": {"soil": "not_loaded"}, "shares": {"soil": {}}}, "soil", "unknown"),
    ({"distances": {"sewage_plant": (99.0, 99.0)}}, "sewage_plant", "fail"),
    ({"distances": {"sewage_plant": (101.0, 101.0)}}, "sewage_plant", "conditional"),
    ({"distances": {"sewage_plant": (301.0, 301.0)}}, "sewage_plant", "pass"),
    ({"distances": {"sewage_plant": (50.0, 400.0)}}, "sewage_plant", "unknown"),
    ({"distances": {"address": (501.0, 501.0)}}, "isolation", "fail"),
    ({"distances": {"address": (300.0, 300.0)}}, "isolation", "conditional"),
    ({"distances": {"address": (200.0, 600.0)}}, "isolation", "unknown"),
    ({"slope_deg": 10.1}, "slope", "fail"),
    ({"slope_deg": 4.1}, "slope", "conditional"),
    ({"slope_deg": np.nan}, "slope", "unknown"),
    ({"shares": {"zoning": {"residential": 0.995, "nature": 0.005}}}, "zoning", "as before"),
    ({"shares": {"zoning": {"residential": 0.9, "nature": 0.1}}}, "zoning", "fail"),
    ({"shares": {"zoning": {"residential": 0.9, "unrecognised": 0.1}}}, "zoning", "unknown"),
    ({"shares": {"zoning": {"residential": 0.9}}}, "zoning", "unknown"),
    ({"covered": {"zoning": 0.5}}, "zoning", "unknown"),
]


@pytest.mark.parametrize(("change", "constraint", "expected"), CASES)
def test_worked_examples_of_the_flemish_residential_set(
    change: dict[str, object], constraint: str, expected: str
) -> None:
    profile = next(one for one in profiles() if one.id == "flanders-residential")

    def state(table: MeasurementTable) -> str:
        found = judged(table, profile)
        return next(NAMES[one.state[0]] for one in found.constraints if one.constraint.id == constraint)

    wanted = state(one_good()) if expected == "as before" else expected
    assert state(one_good(**change)) == wanted


@EVERY
@given(metres=st.floats(0, 10_000))
@settings(max_examples=60, deadline=None)
def test_value_functions_against_a_plain_line_through_the_points(profile: Profile, metres: float) -> None:
    criterion = next(one for one in profile.criteria if one.id == "utilities")
    points = criterion.points
    if metres <= points[0][0]:
        expected = points[0][1]
    elif metres >= points[-1][0]:
        expected = points[-1][1]
    else:
        (x0, y0), (x1, y1) = next(
            (a, b) for a, b in itertools.pairwise(points) if a[0] <= metres <= b[0] and a[0] < b[0]
        )
        expected = y0 + (y1 - y0) * (metres - x0) / (x1 - x0)
    found = judged(one_good(distances={"address": (metres, metres)}), profile)
    value = next(one for one in found.criteria if one.criterion.id == "utilities")
    assert value.low[0] == pytest.approx(expected, abs=1e-9)
    assert value.high[0] == pytest.approx(expected, abs=1e-9)
