"""Road at the access, and schools by language: what is counted, what is told, and what is not known."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from tables import one_good

from api.i18n import translator
from geodata.measure.kernels.roads import ROAD_CLASSES
from sites.suitability import Profile, assess, explain, load_profile, profiles
from sites.suitability.basis import Basis
from sites.suitability.titles import ROADS, WITHHELD

TODAY = date(2026, 11, 26)
KINDS = ("residential", "transit", "family", "temporary", "gathering")


def told(
    region: str, name: str, *, kind: str = "residential", language: Any = "en", law_region: str | None = None,
    basis: Basis | None = None, **changes: Any,
) -> dict[str, Any]:  # fmt: skip
    """One criterion of an explanation."""
    found = assess(one_good(**changes), load_profile(region, kind), as_of=TODAY, law_region=law_region)
    more = {} if basis is None else {"basis": basis}
    document = explain(found, 0, translate=translator(language), run="r", data_date=TODAY, **more)
    one: dict[str, Any] = next(one for one in document["criteria"] if one["id"] == name)
    return one


class Closed:
    """Datasets of which nothing may be passed on."""

    def ids(self, layers: Any) -> list[int]:
        return []

    def stale(self, layers: Any) -> bool | None:
        return None

    def told(self, layers: Any) -> bool:
        return False


@pytest.mark.parametrize(
    ("width", "low", "high"), [(2.5, 0.0, 0.0), (3.1, 0.0, 0.0), (4.0, 0.4, 0.4), (7.0, 1.0, 1.0), (float("nan"), 0.0, 1.0)]
)  # fmt: skip
def test_a_width_counts_and_one_that_no_source_states_is_open(width: float, low: float, high: float) -> None:
    value = told("flanders", "road_width", access_width_m=width)["value"]
    assert value == {"low": pytest.approx(low), "high": pytest.approx(high)}


def test_classes_of_road() -> None:
    values = [told("flanders", "road_class", access_class=name)["value"] for name in ("secondary", "local", "track")]
    assert [one["low"] for one in values] == [1.0, 0.7, 0.1] and all(one["low"] == one["high"] for one in values)
    assert told("flanders", "road_class", access_class=None)["value"] == {"low": 0.0, "high": 1.0}
    assert set(ROADS) == set(ROAD_CLASSES)
    for profile in profiles():
        (one,) = (one for one in profile.criteria if one.id == "road_class")
        assert set(one.values) == set(ROAD_CLASSES) - {"path", "unknown"}, "what vehicles may use"


@pytest.mark.parametrize("region", ["flanders", "wallonia", "brussels"])
def test_who_comes_with_caravans_often_weighs_the_road_more(region: str) -> None:
    weights = {kind: load_profile(region, kind).weights for kind in KINDS}
    for name in ("road_width", "road_class"):
        for kind in ("transit", "gathering"):
            assert weights[kind][name] > weights["residential"][name]


@pytest.mark.parametrize(
    ("language", "words", "road"),
    [
        ("nl", "de weg aan de toegang is 4,5 m breed", "Lokale weg"),
        ("fr", "la voirie à l'accès a une largeur de 4,5 m", "Voirie locale"),
        ("de", "die Straße am Zugang ist 4,5 m breit", "Ortsstraße"),
        ("en", "the road at the access is 4.5 m wide", "Local road"),
    ],
)
def test_the_road_in_words(language: str, words: str, road: str) -> None:
    given: dict[str, Any] = {"access_width_m": 4.5, "access_class": "local", "language": language}
    assert told("flanders", "road_width", **given)["sentence"] == words
    assert told("flanders", "road_class", **given)["sentence"] == road


def test_what_may_not_be_passed_on_is_not_told_of_the_road() -> None:
    for name in ("road_width", "road_class"):
        one = told("flanders", name, basis=Closed(), access_width_m=4.5, access_class="local")
        assert one["sentence"] == WITHHELD and one["measured"] is None
        assert one["value"]["low"] == one["value"]["high"] > 0, "the value stays"


def measures(profile: Profile) -> list[str]:
    return next((one.measures for one in profile.criteria if one.id == "school"), [])


def test_which_schools_count_in_each_region() -> None:
    wanted = {
        "flanders": ["reach:school_nl"], "wallonia": ["reach:school_fr"], "brussels": ["reach:school_nl", "reach:school_fr"],
    }  # fmt: skip
    for profile in profiles():
        assert measures(profile) in (wanted[profile.region], [])
        if profile.site_type in ("residential", "transit", "family"):
            assert measures(profile)


#: Schools near by; none in German is known.
NEAR_NL: dict[str, Any] = {
    "reach": {
        "school": (400.0, 400.0), "school_nl": (400.0, 400.0), "school_fr": (900.0, 900.0), "school_de": (0.0, float("inf")),
    }
}  # fmt: skip


def test_in_brussels_the_nearer_of_both_counts_and_both_are_told() -> None:
    one = told("brussels", "school", **NEAR_NL)
    assert one["measured"] == 400.0 and one["value"]["low"] == one["value"]["high"]
    assert (
        one["sentence"] == "Dutch-language school: 400 m along the roads; French-language school: 900 m along the roads"
    )
    # The list of one community that is not loaded leaves the nearest open.
    open_ = told("brussels", "school", reach={**NEAR_NL["reach"], "school_fr": (0.0, float("inf"))})
    assert open_["measured"] is None and open_["value"]["low"] < open_["value"]["high"] == 1.0
    assert "French-language school: not known" in open_["sentence"]


def test_elsewhere_a_school_of_another_language_is_told_and_does_not_count() -> None:
    one = told("wallonia", "school", **NEAR_NL)
    assert one["measured"] == 900.0
    assert "Dutch-language school: 400 m along the roads" in one["sentence"]


def test_the_german_speaking_community_counts_its_own_schools() -> None:
    ways = {"school": (300.0, 300.0), "school_fr": (300.0, 300.0), "school_de": (1000.0, 1000.0)}
    assert told("wallonia", "school", reach=ways)["measured"] == 300.0
    assert told("wallonia", "school", law_region="german-speaking-community", reach=ways)["measured"] == 1000.0


def test_a_school_of_no_stated_language_is_told_as_such() -> None:
    ways = {
        "school": (300.0, 300.0),
        "school_nl": (300.0, 700.0),
        "school_fr": (300.0, 900.0),
        "school_de": (300.0, float("inf")),
    }
    one = told("flanders", "school", reach=ways)
    assert one["sentence"].startswith(
        "school, language not known: 300 m along the roads; Dutch-language school: between 300 m and 700 m"
    )
    assert one["value"]["low"] < one["value"]["high"]


def test_far_schools_of_a_list_that_ends_before_are_told_as_at_most() -> None:
    ways = {**NEAR_NL["reach"], "school_fr": (0.0, 3000.0)}
    assert (
        "French-language school: at most 3,000 m along the roads" in told("flanders", "school", reach=ways)["sentence"]
    )
