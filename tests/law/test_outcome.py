"""Evaluation of zones: the published table, the dates, the German-speaking area, and what never happens."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, timedelta
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata.sources.zoning_labels import UNRECOGNISED, zoning_classes
from sites.law import ZoningRule, is_stale, region_of_law, rules, zoning_outcome
from sites.law.model import LANGUAGES, LAW_REGIONS, SITE_TYPES, STATES

TODAY = date(2026, 11, 23)
SHORT = {"p": "pass", "c": "conditional", "d": "derogation", "f": "fail", "u": "unknown"}

# residential, transit, family, temporary, gathering
FLANDERS = {
    "residential": "pppcu", "residential_rural": "pppcu", "residential_heritage": "ccccu",
    "residential_park": "ccccu", "residential_recreation": "ccccu", "residential_expansion": "ccccu",
    "residential_reserve": "ccccu", "caravan": "ccccu", "public_utility": "ccfcu",
    "recreation": "dducu", "recreation_day": "dducu", "recreation_stay": "dducu",
    "industry": "fdfcu", "sme": "fdfcu", "retail": "fdfcu", "infrastructure": "fufcu",
    "agriculture": "fffcu", "agriculture_landscape": "fffcu",
    "forest": "fffff", "green": "fffff", "park": "fffff", "nature": "fffff", "nature_reserve": "fffff",
    "buffer": "fffff", "industry_heavy": "fffff", "extraction": "fffff", "landfill": "fffff",
    "water": "fffff",
}  # fmt: skip
WALLONIA = {
    "residential": "pcpcu", "residential_rural": "pcpcu", "residential_light": "cfcff",
    "public_utility": "fcfcu", "recreation": "ccccu", "reserve": "ccccu", "reserve_economic": "fffuu",
    "industry": "fufcu", "sme": "fufcu", "retail": "fufcu", "agriculture": "fffcu",
    "forest": "fffff", "green": "fffff", "nature": "fffff", "nature_reserve": "fffff", "park": "fffff",
    "extraction": "fffff", "industry_heavy": "fffff", "landfill": "fffff", "water": "fffff",
}  # fmt: skip
BRUSSELS = {
    "residential": "pcpcu", "mixed": "ucucu", "service": "ucucu", "public_utility": "ucucu",
    "green": "fffff", "park": "fffff", "forest": "fffff", "nature": "fffff", "nature_reserve": "fffff",
}  # fmt: skip
TABLES: dict[str, dict[str, str]] = {
    "flanders": FLANDERS,
    "wallonia": WALLONIA,
    "brussels": BRUSSELS,
    "german-speaking-community": {},
}


def state(region: str, site_type: str, zoning_class: str, as_of: date = TODAY) -> str:
    return zoning_outcome(region, site_type=site_type, zoning_class=zoning_class, as_of=as_of).state


@pytest.mark.parametrize("region", LAW_REGIONS)
@pytest.mark.parametrize("zoning_class", zoning_classes())
def test_the_published_table(region: str, zoning_class: str) -> None:
    letters = TABLES[region].get(zoning_class, "uuuuu")
    assert [state(region, site_type, zoning_class) for site_type in SITE_TYPES] == [SHORT[one] for one in letters]


def test_a_public_transit_site_in_brussels_is_never_pass() -> None:
    for zoning_class in zoning_classes():
        outcome = zoning_outcome("brussels", site_type="transit", zoning_class=zoning_class, as_of=TODAY)
        assert outcome.state != "pass"
        assert outcome.grade == "C"


def test_derogation_and_conditional_say_what_is_owed() -> None:
    for region in LAW_REGIONS:
        for zoning_class in zoning_classes():
            for site_type in SITE_TYPES:
                outcome = zoning_outcome(region, site_type=site_type, zoning_class=zoning_class, as_of=TODAY)
                owed = outcome.state in ("conditional", "derogation")
                assert bool(outcome.conditions) == owed
                assert (outcome.who_could_answer is not None) == (outcome.state == "unknown")
                if outcome.state == "derogation":
                    assert any(one.article for one in outcome.conditions)
                for one in outcome.conditions:
                    for language in LANGUAGES:
                        words = one.words(language)
                        assert list(words) == ["what", "who_decides", "article", "lead_time", "risk"]
                        assert words["what"]


def test_general_interest_in_recreation_zones_is_a_high_risk() -> None:
    outcome = zoning_outcome("flanders", site_type="residential", zoning_class="recreation", as_of=TODAY)
    assert [(one.risk, (one.article or "")[:10]) for one in outcome.conditions] == [("high", "VCRO 4.4.7")]


def test_a_temporary_area_in_wallonia_is_granted_by_silence() -> None:
    outcome = zoning_outcome("wallonia", site_type="temporary", zoning_class="agriculture", as_of=TODAY)
    words = outcome.conditions[0].words("en")
    assert (words["article"], words["lead_time"]) == (
        "CWASS 149/10",
        "30 days; without a decision it is granted",
    )


@pytest.mark.parametrize(
    ("region", "zoning_class", "site_type", "first"),
    [
        ("flanders", "residential", "residential", date(1972, 12, 28)),
        ("flanders", "public_utility", "transit", date(2009, 9, 1)),
        ("flanders", "recreation", "residential", date(2009, 9, 1)),
        ("wallonia", "residential", "residential", date(2017, 6, 1)),
        ("wallonia", "residential_light", "family", date(2017, 12, 17)),
        ("wallonia", "agriculture", "temporary", date(2019, 8, 1)),
        ("brussels", "residential", "transit", date(2001, 6, 29)),
        ("brussels", "residential", "residential", date(2012, 3, 24)),
        ("brussels", "mixed", "temporary", date(2022, 4, 30)),
    ],
)
def test_unknown_before_the_act(region: str, zoning_class: str, site_type: str, first: date) -> None:
    assert state(region, site_type, zoning_class, first) != "unknown"
    before = zoning_outcome(region, site_type=site_type, zoning_class=zoning_class, as_of=first - timedelta(days=1))
    assert before.state == "unknown"
    assert before.who_could_answer is not None
    assert before.reason["en"] == "No rule was found for this date."


def test_residential_reserve_changed_in_2023() -> None:
    ask = partial(zoning_outcome, "flanders", site_type="residential", zoning_class="residential_expansion")
    old, new = ask(as_of=date(2023, 7, 6)), ask(as_of=date(2023, 7, 7))
    assert "5.1.1" in (old.conditions[0].article or "")
    assert new.conditions[0].article == "VCRO 5.6.11"
    assert "municipal council" in new.conditions[0].who_decides["en"]


def test_german_speaking_municipalities_get_no_walloon_answer() -> None:
    assert region_of_law("wallonia", german_speaking=True) == "german-speaking-community"
    assert region_of_law("flanders", german_speaking=True) == "flanders"
    outcome = zoning_outcome(
        "wallonia", site_type="residential", zoning_class="residential", as_of=TODAY, german_speaking=True
    )
    assert (outcome.state, outcome.region) == ("unknown", "german-speaking-community")
    assert outcome.who_could_answer is not None
    assert "Ministerium" in outcome.who_could_answer["de"]


def test_a_zone_that_is_not_recognised_is_unknown() -> None:
    for zoning_class in (UNRECOGNISED, "", "villa"):
        outcome = zoning_outcome("flanders", site_type="transit", zoning_class=zoning_class, as_of=TODAY)
        assert (outcome.state, outcome.rule, outcome.grade) == ("unknown", None, None)
        assert "not recognised" in outcome.reason["en"]


def test_an_old_check_is_shown() -> None:
    ask = partial(zoning_outcome, "flanders", site_type="transit", zoning_class="forest")
    assert not ask(as_of=date(2027, 5, 23)).checked_stale
    assert ask(as_of=date(2027, 5, 24)).checked_stale
    assert not ask(as_of=date(2012, 3, 6)).checked_stale
    assert ask(as_of=date(2012, 3, 6), as_of_checked=date(2028, 1, 1)).checked_stale
    ended = next(rule for rule in rules() if rule.valid_to is not None)
    assert not is_stale(ended, date(2040, 1, 1))


def test_other_rules_can_be_read_instead() -> None:
    forest = [rule for rule in rules() if isinstance(rule, ZoningRule) and "forest" in rule.values.zoning_classes]
    ask = partial(zoning_outcome, "flanders", site_type="transit", as_of=TODAY, among=forest)
    assert ask(zoning_class="forest").state == "fail"
    assert ask(zoning_class="residential").state == "unknown"


@given(
    region=st.sampled_from(LAW_REGIONS),
    zoning_class=st.sampled_from([*zoning_classes(), UNRECOGNISED]) | st.text(max_size=12),
    site_type=st.sampled_from(SITE_TYPES),
    as_of=st.dates(date(1950, 1, 1), date(2060, 1, 1)),
    german_speaking=st.booleans(),
)
def test_any_question_has_one_of_five_answers(
    region: str, zoning_class: str, site_type: str, as_of: date, german_speaking: bool
) -> None:
    outcome = zoning_outcome(
        region, site_type=site_type, zoning_class=zoning_class, as_of=as_of, german_speaking=german_speaking
    )
    assert outcome.state in STATES
    assert set(outcome.reason) == set(LANGUAGES)
    if outcome.state != "unknown":
        assert outcome.rule is not None
        assert outcome.grade in ("A", "B", "C", "U")
        assert outcome.rule.valid_from is not None
        assert outcome.rule.valid_from <= as_of
        assert outcome.rule.valid_to is None or as_of <= outcome.rule.valid_to


def test_law_needs_no_database_and_no_web() -> None:
    """Rules are read and evaluated without any part that talks to a database or a network."""
    script = "import sys, sites.law; sites.law.pack_version(); sites.law.rules(); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert not {"psycopg", "sqlalchemy", "fastapi", "starlette", "uvicorn", "httpx", "requests"} & set(loaded)
