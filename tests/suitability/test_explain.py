"""What an explanation says: houses, limits, old checks, laws that were not found, sites on the parcel."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tables import FURTHER, LAYERS, one_good

from api.i18n import translator
from geodata.measure.table import MeasurementTable
from geodata.settings import LANGUAGES
from geodata.sources.zoning_labels import zoning_classes
from sites.law import find_rule, is_stale
from sites.suitability import assess, explain, load_profile, profiles

TODAY = date(2026, 11, 24)


def told(
    table: MeasurementTable,
    *,
    region: str = "flanders",
    as_of: date = TODAY,
    language: Any = "en",
    law_region: str | None = None,
    **more: Any,
) -> dict[str, Any]:
    """The explanation of one parcel."""
    found = assess(table, load_profile(region, "residential"), as_of=as_of, law_region=law_region)
    return explain(found, 0, translate=translator(language), run="r1", data_date=TODAY, **more)


def constraint(found: dict[str, Any], name: str) -> dict[str, Any]:
    """One constraint of an explanation."""
    one: dict[str, Any] = next(one for one in found["constraints"] if one["id"] == name)
    return one


FARM = {"dwellings": 1.0, "built_share": 0.177, "area_m2": 20000.0, "unbuilt_m2": 16460.0}


def test_a_house_on_the_parcel_is_told_with_the_land_kept_for_it() -> None:
    found = told(one_good(**FARM))
    sentence = (
        "1 main building stands here, 17.7% is built up; the part kept for it, 2,500 m², is not counted as usable"
    )
    assert found["verdict"] == "compatible"
    assert constraint(found, "occupation")["state"] == "conditional"
    assert constraint(found, "occupation")["sentence"] == sentence
    assert f"{sentence}." in found["text"]
    step = next(one for one in found["conditions"] if "house" in one["what"])
    assert step["who_decides"] == "the owner and the municipality"


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("nl", "1 hoofdgebouw, 17,7% is bebouwd"),
        ("fr", "1 bâtiment principal se trouve ici, 17,7% est bâti"),
        ("de", "1 Hauptgebäude, 17,7% ist bebaut"),
    ],
)
def test_a_house_is_told_in_the_other_languages(language: str, words: str) -> None:
    sentence = constraint(told(one_good(**FARM), language=language), "occupation")["sentence"]
    assert words in sentence


def test_what_is_built_without_a_house_and_what_is_free() -> None:
    shed = constraint(told(one_good(built_share=0.05, unbuilt_m2=5700.0)), "occupation")
    assert (shed["state"], shed["sentence"]) == ("pass", "5% is built up; that part is not counted as usable")
    free = constraint(told(one_good()), "occupation")
    assert (free["state"], free["sentence"]) == ("pass", "no use is known that stands in the way")


def test_a_car_park_with_a_house_owes_both_steps() -> None:
    changes = {"dwellings": 2.0, "area_m2": 40000.0, "unbuilt_m2": 39000.0}
    found = told(one_good(**changes, shares={"land_use": {"car_park": 0.6}}))
    assert constraint(found, "occupation")["sentence"] == (
        "60% of the parcel is in use: car park; "
        "2 main buildings stand here; the part kept for them, 5,000 m², is not counted as usable"
    )
    assert len([one for one in found["conditions"] if one["who_decides"] == "the owner and the municipality"]) == 2


@given(houses=st.integers(0, 3), built=st.floats(0, 0.3), area=st.floats(2000, 60000))
def test_inhabited_land_is_never_said_to_be_free(houses: int, built: float, area: float) -> None:
    table = one_good(dwellings=float(houses), built_share=built, area_m2=area, unbuilt_m2=area * (1 - built))
    occupation = constraint(told(table), "occupation")
    assert (occupation["state"] == "pass") == (houses == 0)
    if houses or built >= 0.0005:
        assert "no use is known" not in occupation["sentence"]


def test_a_least_and_a_most_are_told_apart() -> None:
    found = told(one_good(distances={"sewage_plant": (250.0, 250.0), "road": (30.0, 30.0)}))
    assert constraint(found, "sewage_plant")["sentence"] == "250 m; the limit: at least 300 m"
    assert constraint(found, "road_access")["sentence"].startswith("30 m; the limit: at most 20 m")


@pytest.mark.parametrize("profile", profiles(), ids=lambda one: one.id)
def test_every_distance_says_which_side_of_the_limit_counts(profile: Any) -> None:
    found = explain(assess(one_good(), profile, as_of=TODAY), 0, translate=translator("en"), run="r1", data_date=TODAY)
    for one in profile.constraints:
        if one.kind == "distance":
            side = "at least" if one.fail_below or one.conditional_below else "at most"
            assert f"the limit: {side}" in constraint(found, one.id)["sentence"]


def test_a_rule_checked_long_ago_says_when() -> None:
    rule = find_rule("flanders.norm.flood-classes", TODAY)
    assert rule is not None and rule.valid_to is None and not is_stale(rule, TODAY)
    wet = one_good(shares={"flood": {"C": 0.4}})
    fresh = constraint(told(wet), "flood")
    assert not fresh["rule_checked_stale"] and "last checked" not in fresh["sentence"]
    late = date(TODAY.year + 1, 11, 24)
    # Read late, or asked for a late day: either makes the check old.
    for found in (told(wet, today=late), told(wet, as_of=late)):
        flood = constraint(found, "flood")
        assert flood["rule_checked_stale"] and flood["rule_checked_on"] == rule.checked_on.isoformat()
        assert flood["sentence"].endswith(f"; rule last checked on {rule.checked_on.isoformat()}")
    zoning = constraint(told(wet, today=late), "zoning")
    assert "rule last checked on" in zoning["sentence"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_old_check_is_told_in_every_language(language: Any) -> None:
    found = told(one_good(), language=language, today=date(2028, 1, 1))
    stale = [one for one in found["constraints"] if one["rule_checked_stale"]]
    assert {"zoning", "flood"} <= {one["id"] for one in stale}
    words = {"nl": "laatst nagekeken op", "fr": "dernière fois le", "de": "zuletzt geprüft am", "en": "last checked on"}
    assert all(words[language] in one["sentence"] for one in stale)


def test_a_plan_whose_law_was_not_found_is_not_called_a_missing_map() -> None:
    found = told(one_good(), as_of=date(1900, 1, 1))
    zoning = constraint(found, "zoning")
    assert (found["verdict"], zoning["state"]) == ("unknown", "unknown")
    assert "No rule was found for this date; who could answer: the municipality" in zoning["sentence"]
    assert "Zoning plans" not in found["text"]
    assert "It is not known whether the plan allows a site here. Who could answer: the municipality" in found["text"]
    asked = next(one for one in found["unknown"] if one["layer"] == "zoning:law")
    assert asked["reason"] == "law_open" and asked["who"].startswith("the municipality")


def test_a_map_and_a_law_that_are_missing_are_both_told() -> None:
    table = one_good(
        shares={"zoning": {"residential": 0.2, "unrecognised": 0.2}},
        covered={"zoning": 0.4},
        unknown={"zoning": "partly_covered"},
    )
    found = told(table)
    assert "Not known yet: Zoning plans." in found["text"]
    assert "It is not known whether the plan allows a site here." in found["text"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_map_of_a_later_day_is_told_with_its_date(language: Any) -> None:
    days = {name: np.full(1, "2026-10-01", dtype="datetime64[D]") for name in (*LAYERS, *FURTHER)}
    found = told(replace(one_good(), dates=days), as_of=date(1990, 1, 1), language=language)
    words = {"nl": "de geladen kaart", "fr": "la carte chargée", "de": "die geladene Karte", "en": "the map loaded"}
    flood = constraint(found, "flood")
    assert (found["verdict"], flood["state"]) == ("unknown", "unknown")
    assert words[language] in flood["sentence"] and "2026-10-01" in flood["sentence"]
    assert words[language] in found["text"] and "1990-01-01" in found["text"]
    layer = next(one for one in found["unknown"] if one["layer"] == "flood")
    assert (layer["reason"], layer["date"]) == ("later_date", "2026-10-01")


SITES = [
    {"id": "s1", "name": "Kaai", "site_type": "transit", "status": "planned"},
    {"id": "s2", "name": "Dok", "site_type": "residential", "status": "closed"},
]


@pytest.mark.parametrize(
    ("language", "planned", "closed"),
    [
        ("nl", "gepland (doortrekkersterrein): Kaai", "gesloten terrein (residentieel woonwagenterrein): Dok"),
        ("fr", "prévu ici (terrain de passage) : Kaai", "fermé se trouve ici (terrain résidentiel) : Dok"),
        ("de", "geplant (Durchreisegelände): Kaai", "geschlossenes Gelände (Wohnwagengelände (dauerhaft)): Dok"),
        ("en", "A planned transit site lies here: Kaai.", "A closed residential site lies here: Dok."),
    ],
)
def test_a_planned_or_closed_site_on_the_parcel_is_told(language: str, planned: str, closed: str) -> None:
    found = told(one_good(), language=language, sites=SITES)
    assert planned in found["text"] and closed in found["text"]
    assert [(one["id"], one["status"]) for one in found["sites"]] == [("s1", "planned"), ("s2", "closed")]
    assert planned in found["sites"][0]["sentence"]
    assert told(one_good(), language=language)["sites"] == []


class _Withheld:
    """Datasets of which nothing may be told."""

    def ids(self, layers: Any) -> list[int]:
        return [1]

    def stale(self, layers: Any) -> bool | None:
        return None

    def told(self, layers: Any) -> bool:
        return False


@pytest.mark.parametrize("region", ["flanders", "wallonia", "brussels"])
def test_zones_that_may_not_be_told_cannot_be_told_apart(region: str) -> None:
    """Two classes with the same states: no rule, condition, article or answerer says which it is."""
    seen: dict[tuple[str, ...], dict[str, Any]] = {}
    compared, differed = 0, 0
    for name in zoning_classes():
        table = one_good(shares={"zoning": {name: 1.0}})
        hidden = told(table, region=region, basis=_Withheld())
        first = seen.setdefault(tuple(one["state"] for one in hidden["constraints"]), hidden)
        assert hidden == first, name
        compared += hidden is not first
        differed += told(table, region=region) != hidden
    assert compared and differed
