"""Noise, sewers, registers of undeveloped land and other plans: what is measured of them counts, what is missing widens."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from tables import one_good

from api.i18n import translator
from geodata.measure.specs import layer_specs
from geodata.sources.catalogue import catalogue
from sites.suitability import Profile, assess, explain, load_profile, profiles
from sites.suitability.model import ClassShare
from sites.suitability.states import NAMES
from sites.suitability.titles import CLASSES

TODAY = date(2026, 11, 26)


def value(profile: Profile, name: str, **changes: Any) -> tuple[float, float]:
    found = assess(one_good(**changes), profile, as_of=TODAY)
    (one,) = (one for one in found.criteria if one.criterion.id == name)
    return float(one.low[0]), float(one.high[0])


@pytest.mark.parametrize(
    ("region", "name", "layer", "word", "worth"),
    [
        ("flanders", "noise", "noise", "lden_60", 0.6),
        ("flanders", "noise", "noise", "lden_50", 1.0),
        ("wallonia", "noise", "noise", "lden_55", 0.6),
        ("wallonia", "noise", "noise", "lden_below_55", 1.0),
        ("brussels", "noise", "noise", "lden_75", 0.6),
        ("brussels", "noise", "noise", "lnight_70", 1.0),
        ("flanders", "undeveloped", "undeveloped", "registered", 0.4),
        ("wallonia", "undeveloped", "undeveloped", "not_built", 0.4),
        ("wallonia", "sewer", "sewer", "collective", 0.4),
        ("wallonia", "sewer", "sewer", "individual", 0.0),
    ],
)
def test_a_share_counts_and_a_missing_layer_only_widens(
    region: str, name: str, layer: str, word: str, worth: float
) -> None:
    profile = load_profile(region, "residential")
    assert value(profile, name, shares={layer: {word: 0.4}}) == pytest.approx((worth, worth))
    gone: dict[str, Any] = {"covered": {layer: 0.0}, "unknown": {layer: "not_loaded"}}
    assert value(profile, name, **gone) == (0.0, 1.0)
    assert assess(one_good(**gone), profile, as_of=TODAY).verdict[0] == "compatible"


def test_bands_of_several_maps_may_overlap_or_not() -> None:
    profile = load_profile("flanders", "residential")
    low, high = value(profile, "noise", shares={"noise": {"lden_55": 0.5, "lden_65": 0.3}})
    assert (low, high) == pytest.approx((0.2, 0.5))


def test_a_band_that_is_not_stated_is_neither_quiet_nor_loud() -> None:
    """As of the Brussels map, whose field was not found."""
    profile = load_profile("brussels", "residential")
    assert value(profile, "noise", shares={"noise": {"not_stated": 1.0}}) == (0.0, 1.0)
    assert value(profile, "noise", shares={"noise": {"not_stated": 0.3, "lden_60": 0.2}}) == pytest.approx((0.5, 0.8))


@pytest.mark.parametrize("kind", ["residential", "transit", "family", "temporary", "gathering"])
def test_another_plan_must_be_read_and_a_missing_map_is_not_known(kind: str) -> None:
    profile = load_profile("wallonia", kind)

    def state(**changes: Any) -> str:
        found = assess(one_good(**changes), profile, as_of=TODAY)
        return next(NAMES[one.state[0]] for one in found.constraints if one.constraint.id == "competing_plans")

    assert state() == "pass"
    assert state(shares={"competing_plans": {"sar": 0.4}}) == "conditional"
    assert state(covered={"competing_plans": 0.0}, unknown={"competing_plans": "not_loaded"}) == "unknown"


@pytest.mark.parametrize(("language", "words"), [("nl", "Lees de reservatie"), ("fr", "Lire la réservation")])
def test_what_is_owed_for_another_plan_is_told(language: str, words: str) -> None:
    table = one_good(shares={"competing_plans": {"infrastructure_reserve": 1.0}})
    found = assess(table, load_profile("wallonia", "residential"), as_of=TODAY)
    document = explain(found, 0, translate=translator(language), run="r", data_date=TODAY)  # type: ignore[arg-type]
    assert words in str(document["conditions"])


def test_every_class_that_a_source_gives_is_judged_and_has_a_name() -> None:
    (judged,) = (one for one in load_profile("wallonia", "transit").constraints if one.id == "competing_plans")
    assert isinstance(judged, ClassShare)
    given = set()
    for source in catalogue().values():
        if source.constants.get("theme") in ("plan_overlay", "brownfield"):
            given |= (
                {source.constants["class"]} if "class" in source.constants else set(source.values["class"].values())
            )
    assert given == set(judged.classes) and given <= set(CLASSES)


def test_a_set_counts_only_layers_that_its_region_has() -> None:
    for profile in profiles():
        layers = {spec.id for spec in layer_specs(profile.region)}
        measured = [
            name.split(":")[1] for one in profile.criteria for name in one.measures if name.startswith("share:")
        ]
        assert set(measured) <= layers, profile.id
        assert {one.layer for one in profile.constraints if isinstance(one, ClassShare)} <= layers
