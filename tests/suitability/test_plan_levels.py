"""A plan level that is not loaded leaves the verdict unknown and is named; inhabited HP land is told its route."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from tables import large

from api.i18n import translator
from geodata.measure import Coverage, Layer, Layers, Parcels, measure
from geodata.measure.specs import layer_specs
from sites.suitability import Assessment, Profile, assess, explain, profiles
from sites.suitability.states import NAMES
from sites.suitability.titles import LAYERS

TODAY = date(2026, 11, 25)
LANGUAGES = ("nl", "fr", "de", "en")
EVERY = pytest.mark.parametrize("profile", profiles(), ids=lambda one: one.id)
WALLOON = pytest.mark.parametrize(
    "profile", [one for one in profiles() if one.region == "wallonia"], ids=lambda one: one.id
)


def plans(profile: Profile, layer: str) -> list[str]:
    """Levels that make up a layer in the region."""
    spec = next((one for one in layer_specs(profile.region) if one.id == layer), None)
    return [group[0] for group in spec.groups] if spec else []


def missing(layer: str, plan: str, *, loaded: list[str]) -> dict[str, Any]:
    """Changes to a faultless parcel: one plan of a layer is not loaded."""
    keys = {f"{layer}:{one}": 1.0 for one in loaded} | {f"{layer}:{plan}": 0.0, layer: 0.0}
    return {
        "covered": keys,
        "unknown": {key: None if share else "not_loaded" for key, share in keys.items()},
        "shares": {layer: {}},
    }


def state(found: Assessment, name: str) -> str:
    return next(NAMES[one.state[0]] for one in found.constraints if one.constraint.id == name)


def told(found: Assessment, language: str = "en") -> dict[str, Any]:
    return explain(found, 0, translate=translator(language), run="r", data_date=TODAY)  # type: ignore[arg-type]


@EVERY
@pytest.mark.parametrize("layer", ["zoning", "plan_rules"])
def test_a_missing_level_is_unknown_and_named(profile: Profile, layer: str) -> None:
    levels = plans(profile, layer)
    for plan in levels if len(levels) > 1 or layer == "plan_rules" else []:
        found = assess(large(**missing(layer, plan, loaded=levels)), profile, as_of=TODAY)
        assert state(found, layer) == "unknown"
        assert found.verdict[0] == "unknown"
        assert f"{layer}:{plan}" in next(iter(found.rows())).unknown
        assert not any(f"{layer}:{other}" in next(iter(found.rows())).unknown for other in levels if other != plan)
        for language in LANGUAGES:
            document = told(found, language)
            named = translator(language)(LAYERS[f"{layer}:{plan}"])  # type: ignore[arg-type]
            assert named in document["text"]
            sentence = next(one["sentence"] for one in document["constraints"] if one["id"] == layer)
            assert named in sentence
            assert [one["who"] for one in document["unknown"] if one["layer"] == f"{layer}:{plan}"] != [""]


def test_measuring_without_a_plan_names_it() -> None:
    """From layers to words: the BPA is not loaded, the regional RUPs end beside the parcel."""
    square = shapely.box(0, 0, 100, 100)
    parcels = Parcels(
        np.array([1]), np.array(["99101A0001/00A000"], dtype=object), np.array(["99001"], dtype=object),
        np.array([False]), np.array([square], dtype=object), np.array([None], dtype=object),
    )  # fmt: skip
    here, elsewhere = Coverage(square.buffer(50)), Coverage(shapely.box(900, 900, 950, 950))
    zoning = Layer(
        "zoning",
        np.array([square], dtype=object),
        np.array(["residential"], dtype=object),
        np.array([0]),
        missing=("bpa",),
        parts={"zoning-gewestplan": here, "rup-municipal": here, "rup-regional": elsewhere, "bpa": None},
    )
    table = measure(parcels, Layers({"zoning": zoning}))
    assert {name: table.unknown[name][0] for name in table.unknown if name.startswith("zoning")} == {
        "zoning": "not_loaded",
        "zoning:zoning-gewestplan": None,
        "zoning:rup-municipal": None,
        "zoning:rup-regional": "outside_coverage",
        "zoning:bpa": "not_loaded",
    }
    profile = next(one for one in profiles() if one.id == "flanders-residential")
    found = assess(table, profile, as_of=TODAY)
    assert state(found, "zoning") == "unknown"
    sentence = next(one["sentence"] for one in told(found)["constraints"] if one["id"] == "zoning")
    assert sentence == "not known: Zoning plans, Implementation plans of the Region (RUP), Older local plans (BPA)"


@pytest.mark.parametrize("region", ["flanders", "wallonia"])
def test_what_the_plan_closes_stays_closed_while_a_tightening_level_is_missing(region: str) -> None:
    profile = next(one for one in profiles() if one.region == region)
    changes = missing("plan_rules", plans(profile, "plan_rules")[0], loaded=plans(profile, "plan_rules"))
    changes["shares"]["zoning"] = {"residential": 0.0, "forest": 1.0}
    found = assess(large(**changes), profile, as_of=TODAY)
    assert (state(found, "zoning"), state(found, "plan_rules")) == ("fail", "unknown")
    assert found.verdict[0] == "incompatible"


def test_a_plan_that_lies_here_must_be_read() -> None:
    profile = next(one for one in profiles() if one.id == "wallonia-residential")
    found = assess(large(shares={"plan_rules": {"sol": 0.4}}), profile, as_of=TODAY)
    assert state(found, "plan_rules") == "conditional"
    document = told(found)
    assert "local orientation scheme (SOL)" in str(document["constraints"])
    assert any(one["what"].startswith("Read the plan") for one in document["conditions"])


def test_a_never_seen_zone_is_unknown() -> None:
    for profile in profiles():
        found = assess(large(shares={"zoning": {"residential": 0.0, "unrecognised": 1.0}}), profile, as_of=TODAY)
        assert state(found, "zoning") == "unknown" and found.verdict[0] == "unknown"


@WALLOON
def test_zoning_in_the_german_speaking_community_is_unknown(profile: Profile) -> None:
    for zoning_class in ("residential", "public_utility", "forest", "recreation"):
        shares = {"zoning": {"residential": 0.0, zoning_class: 1.0}}
        found = assess(large(shares=shares), profile, as_of=TODAY, law_region="german-speaking-community")
        assert state(found, "zoning") == "unknown" and found.verdict[0] == "unknown"
        assert "Community" in told(found)["constraints"][2]["sentence"]


@WALLOON
@pytest.mark.parametrize(
    ("phase", "english", "german"),
    [
        ("phase1", "rehousing", "Umsiedlung"),
        ("phase2", "habitat-vert zone (ZHV)", "Grünwohngebiet (ZHV)"),
        ("phase_unknown", "phase is not known", "Phase ist nicht bekannt"),
    ],
)
def test_an_hp_parcel_is_told_its_route(profile: Profile, phase: str, english: str, german: str) -> None:
    found = assess(large(shares={"plan_hp": {phase: 1.0}}), profile, as_of=TODAY)
    assert state(found, "plan_hp") == "fail" and found.verdict[0] == "incompatible"
    assert "people live here" in told(found)["text"] and english in told(found)["text"]
    assert german in told(found, "de")["text"]
    assert "hier wonen mensen" in told(found, "nl")["text"]
    assert "des personnes y habitent" in told(found, "fr")["text"]


@WALLOON
def test_a_habitat_vert_zone_is_inhabited_whatever_the_perimeters_say(profile: Profile) -> None:
    green = {"zoning": {"residential": 0.0, "residential_light": 1.0}}
    found = assess(large(shares=green), profile, as_of=TODAY)
    assert state(found, "plan_hp") == "fail" and found.verdict[0] == "incompatible"
    assert "its own rules for light dwellings" in told(found)["text"]
    lost = assess(large(shares=green, covered={"plan_hp": 0.0}, unknown={"plan_hp": "not_loaded"}), profile,
                  as_of=TODAY)  # fmt: skip
    assert state(lost, "plan_hp") == "fail"


def test_another_community_is_not_told_the_walloon_route() -> None:
    profile = next(one for one in profiles() if one.region == "wallonia")
    found = assess(
        large(shares={"plan_hp": {"phase2": 1.0}}), profile, as_of=TODAY, law_region="german-speaking-community"
    )
    assert found.verdict[0] == "incompatible" and "people live here" not in told(found)["text"]


@WALLOON
@given(
    phase=st.sampled_from(["phase1", "phase2", "phase_unknown"]),
    zone=st.sampled_from(["residential", "residential_light", "recreation", "public_utility", "unrecognised"]),
    loaded=st.booleans(),
    area=st.floats(3000, 60_000),
    owner=st.sampled_from([None, "municipality", "private"]),
    as_of=st.dates(date(2011, 4, 28), date(2030, 12, 31)),
)
@settings(max_examples=60, deadline=None)
def test_no_hp_parcel_is_ever_a_candidate(
    profile: Profile, phase: str, zone: str, loaded: bool, area: float, owner: str | None, as_of: date
) -> None:
    changes: dict[str, Any] = {
        "shares": {"plan_hp": {phase: 1.0}, "zoning": {"residential": 0.0, zone: 1.0}},
        "area_m2": area, "unbuilt_m2": area, "owner_class": owner,
    }  # fmt: skip
    if not loaded:
        changes |= {"covered": {"soil": 0.0}, "unknown": {"soil": "not_loaded"}}
    found = assess(large(**changes), profile, as_of=as_of)
    assert found.verdict[0] == "incompatible" and found.rank[0] == 0
