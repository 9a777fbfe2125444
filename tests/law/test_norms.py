"""Norms and planning rules: every figure by hand, whose it is, whether it is law on that day, and its dates."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from sites.law import DefinitionRule, NormRule, PermitRule, find_rule, rules
from sites.law.model import LANGUAGES

TODAY = date(2026, 11, 25)

# rule, comparison, figure or (low, high), unit, whose, law here today, first day
NORMS = [
    ("flanders.norm.pitch-area-residential", "between", (150, 250), "m2", "official", False, "2016-01-01"),
    ("flanders.norm.pitch-area-transit", "between", (100, 200), "m2", "official", False, "2016-01-01"),
    ("flanders.norm.pitches-per-site", "between", (10, 15), "pitches", "official", False, None),
    ("flanders.norm.pitches-per-transit-site", "between", (10, 25), "pitches", "our_choice", False, None),
    ("flanders.norm.motorway-distance", "more_than", 100, "m", "our_choice", False, None),
    ("flanders.norm.flood-classes", "class", None, None, "our_choice", False, "2023-01-01"),
    ("flanders.norm.equipment-residential", "none", None, None, "official", False, "2016-01-01"),
    ("flanders.norm.equipment-transit", "none", None, None, "official", False, "2016-01-01"),
    ("flanders.norm.location", "none", None, None, "official", False, "2016-01-01"),
    ("flanders.norm.stay-transit", "at_most", 21, "days", "official", False, None),
    ("flanders.norm.fire-spacing", "none", None, None, "official", False, None),
    ("flanders.norm.fire-extinguisher", "at_least", 1, "extinguishers", "official", False, None),
    ("flanders.norm.camp-site-fire-post", "at_most", 100, "pitches", "our_choice", False, None),
    ("flanders.norm.camp-site-gas", "at_most", 4, "bottles", "our_choice", False, None),
    ("wallonia.norm.reception-area", "at_least", 15, "caravans", "official", True, "2022-05-28"),
    ("wallonia.norm.house-rules", "none", None, None, "official", True, "2019-08-01"),
    ("wallonia.norm.call-norms", "none", None, None, "official", True, "2022-05-28"),
    ("wallonia.norm.karst-distance", "at_least", 50, "m", "official", False, None),
    ("wallonia.norm.flood-classes", "class", None, None, "our_choice", False, None),
    ("wallonia.norm.plan-hp", "class", None, None, "our_choice", False, None),
    ("wallonia.norm.stay-transit", "at_most", 31, "days", "our_choice", False, None),
    ("wallonia.norm.pitch-area-practice", "between", (187, 200), "m2", "our_choice", False, None),
    ("wallonia.norm.reception-area-size", "at_least", 2800, "m2", "our_choice", False, None),
    ("wallonia.norm.zhv-parcel-area", "at_least", 200, "m2", "official", True, "2017-12-17"),
    ("wallonia.norm.zhv-density", "between", (15, 35), "parcels/ha", "official", True, "2017-12-17"),
    ("wallonia.norm.zhv-floor-area", "at_most", 60, "m2", "official", True, "2017-12-17"),
    ("wallonia.norm.zhv-green", "at_least", 0.15, "share", "official", True, "2017-12-17"),
    ("wallonia.norm.zhv-tourism", "at_most", 0.02, "share", "official", True, "2017-12-17"),
    ("wallonia.norm.zhv-sol", "none", None, None, "official", True, "2017-12-17"),
    ("wallonia.norm.zhv-roads", "none", None, None, "official", True, "2017-12-17"),
    ("wallonia.norm.light-dwelling", "at_least", 3, "traits", "official", True, "2019-09-01"),
    ("wallonia.norm.light-volume", "at_least", 18, "m3", "official", True, "2020-12-03"),
    ("wallonia.norm.light-area", "at_least", 8, "m2", "official", True, "2020-12-03"),
    ("wallonia.norm.light-equipment", "none", None, None, "official", True, "2020-12-03"),
    ("brussels.norm.transit-site-area", "at_least", 2000, "m2", "official", False, None),
    ("brussels.norm.flood-classes", "class", None, None, "our_choice", False, None),
    ("brussels.norm.site-norms", "none", None, None, "official", True, "2012-03-24"),
    ("brussels.norm.stay-transit", "at_most", 21, "days", "official", False, None),
    ("elsewhere.norm.fr-place-area", "at_least", 75, "m2", "foreign_norm", False, None),
    ("elsewhere.norm.fr-pitch-area", "at_least", 150, "m2", "foreign_norm", False, None),
    ("elsewhere.norm.fr-sanitary", "none", None, None, "foreign_norm", False, None),
    ("elsewhere.norm.fr-accessible-blocks", "at_least", 0.2, "share", "foreign_norm", False, None),
    ("elsewhere.norm.fr-parking", "at_least", 2, "vehicles", "foreign_norm", False, None),
    ("elsewhere.norm.fr-grand-passage-area", "at_least", 40_000, "m2", "foreign_norm", False, None),
    ("elsewhere.norm.fr-provisional-places", "at_most", 200, "places", "foreign_norm", False, None),
    ("elsewhere.norm.gb-caravan-spacing", "at_least", 6, "m", "foreign_norm", False, None),
    ("elsewhere.norm.gb-boundary-distance", "at_least", 3, "m", "foreign_norm", False, None),
    ("elsewhere.norm.gb-road-distance", "between", (2, 50), "m", "foreign_norm", False, None),
    ("elsewhere.norm.gb-awning-distance", "at_least", 3, "m", "foreign_norm", False, None),
    ("elsewhere.norm.gb-ramp-distance", "at_least", 4.5, "m", "foreign_norm", False, None),
    ("elsewhere.norm.gb-touring-density", "at_most", 75, "units/ha", "foreign_norm", False, None),
    ("elsewhere.norm.gb-pitches-per-site", "at_most", 15, "pitches", "foreign_norm", False, None),
    ("elsewhere.norm.ie-bays-per-site", "between", (5, 15), "bays", "foreign_norm", False, None),
    ("elsewhere.norm.nl-caravan-spacing", "at_least", 5, "m", "foreign_norm", False, None),
    ("elsewhere.norm.nl-occupancy", "at_least", 6, "m2", "foreign_norm", False, None),
    ("elsewhere.norm.nl-fire-resistance", "at_least", 30, "minutes", "foreign_norm", False, None),
]

# permit or route, duty (None: a route), first day, decision days, silence, longest days
PERMITS = [
    ("flanders.permit.movable-dwelling", True, "2009-09-01", None, None, None),
    ("flanders.permit.constructions", True, "2009-09-01", None, None, None),
    ("flanders.permit.equipped-road", True, "2009-09-01", None, None, None),
    ("flanders.permit.good-spatial-ordering", True, "2009-09-01", None, None, None),
    ("flanders.permit.sector-norms", True, "2009-09-01", None, None, None),
    ("flanders.permit.limited-departure", None, "2009-09-01", None, None, None),
    ("flanders.permit.plan-on-the-way", None, "2009-09-01", None, None, None),
    ("flanders.permit.general-interest-departure", None, "2009-09-01", None, None, None),
    ("flanders.permit.community-facility-zones", None, "2009-09-01", None, None, None),
    ("flanders.permit.type-rules", None, "2009-09-01", None, None, None),
    ("flanders.permit.stopping-place", False, "2009-09-01", None, None, 90),
    ("flanders.permit.trailer-on-the-road", True, "1975-12-01", None, None, 1),
    ("wallonia.permit.temporary-area", True, "2019-08-01", 30, "granted", None),
    ("wallonia.permit.mobile-installations", True, "2017-06-01", None, None, None),
    ("wallonia.permit.light-dwelling-letting", True, "2019-09-01", None, None, None),
    ("wallonia.permit.major-risk", None, "2017-06-01", None, None, None),
    ("wallonia.permit.grand-passage", None, "2011-09-29", None, None, None),
    ("brussels.permit.mobile-installations", True, "2012-03-24", None, None, None),
    ("brussels.permit.limited-duration", None, "2022-04-30", None, None, None),
]


def day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


@pytest.mark.parametrize("row", NORMS, ids=lambda row: row[0])
def test_figure_owner_force_and_first_day(row: tuple[object, ...]) -> None:
    rule_id, comparison, figure, unit, kind, binding, first = row
    rule = find_rule(str(rule_id), TODAY)
    assert isinstance(rule, NormRule)
    values = rule.values
    low, high = figure if isinstance(figure, tuple) else (None, None)
    value = None if isinstance(figure, tuple) else figure
    assert (values.comparison, values.value, values.low, values.high) == (comparison, value, low, high)
    assert (values.unit, values.threshold_kind, values.binding) == (unit, kind, binding)
    assert rule.valid_from == day(first)  # type: ignore[arg-type]
    assert (values.threshold_kind == "foreign_norm") == (rule.region == "elsewhere")
    assert set(values.quantity) == set(LANGUAGES)


def test_the_tables_hold_every_norm_and_permit_of_the_pack() -> None:
    today = [rule for rule in rules() if rule.in_force(TODAY)]
    assert {rule.id for rule in today if isinstance(rule, NormRule)} == {row[0] for row in NORMS}
    assert {rule.id for rule in today if isinstance(rule, PermitRule)} == {row[0] for row in PERMITS}


@pytest.mark.parametrize("row", PERMITS, ids=lambda row: row[0])
def test_permits_and_routes(row: tuple[object, ...]) -> None:
    rule_id, required, first, days, silence, longest = row
    rule = find_rule(str(rule_id), TODAY)
    assert isinstance(rule, PermitRule)
    values = rule.values
    assert (values.required, values.decision_days, values.silence, values.max_days) == (
        required,
        days,
        silence,
        longest,
    )
    assert rule.valid_from == day(str(first))
    before = find_rule(str(rule_id), date.fromisoformat(str(first)) - timedelta(days=1))
    assert before is None or before.valid_to is not None, "an older version has ended"


@pytest.mark.parametrize(
    ("rule_id", "measured", "met"),
    [
        ("wallonia.norm.reception-area", 15, True),
        ("wallonia.norm.reception-area", 14, False),
        ("flanders.norm.pitch-area-residential", 250, True),
        ("flanders.norm.pitch-area-residential", 251, False),
        ("flanders.norm.pitch-area-transit", 99, False),
        ("elsewhere.norm.nl-caravan-spacing", 5, True),
        ("elsewhere.norm.gb-caravan-spacing", 5, False),
        ("flanders.norm.motorway-distance", 100, False),
        ("wallonia.norm.light-dwelling", 2, False),
        ("wallonia.norm.light-volume", 18, True),
        ("brussels.norm.transit-site-area", 1999, False),
        ("wallonia.norm.house-rules", 5, None),
    ],
)
def test_a_measure_against_a_norm(rule_id: str, measured: float, met: bool | None) -> None:
    rule = find_rule(rule_id, TODAY)
    assert isinstance(rule, NormRule)
    assert rule.met(measured) is met


@pytest.mark.parametrize(
    ("as_of", "opening"),
    [
        (date(2019, 7, 31), None),
        (date(2019, 8, 1), "March-October"),
        (date(2022, 5, 27), "March-October"),
        (date(2022, 5, 28), "all year"),
        (TODAY, "all year"),
    ],
)
def test_opening_of_a_reception_area_by_day(as_of: date, opening: str | None) -> None:
    rule = find_rule("wallonia.norm.reception-area", as_of)
    assert (rule.values.facts["open"] if rule else None) == opening


@pytest.mark.parametrize(
    ("as_of", "article"),
    [
        (date(2006, 10, 2), "84 §1, 13° b"),
        (date(2012, 3, 6), "84 §1, 13° b"),
        (date(2017, 5, 31), "84 §1, 13° b"),
        (date(2017, 6, 1), "D.IV.4 (item 15° b, to be verified)"),
    ],
)
def test_walloon_permit_for_mobile_dwellings_by_day(as_of: date, article: str) -> None:
    rule = find_rule("wallonia.permit.mobile-installations", as_of)
    assert isinstance(rule, PermitRule) and rule.articles == [article]
    assert "limited in time" not in rule.values.text["en"], "read on a secondary page only: a note"
    assert any("limited in time" in note for note in rule.notes)


def test_the_older_walloon_permit_is_dated_by_the_minister_s_answer() -> None:
    assert find_rule("wallonia.permit.mobile-installations", date(2006, 10, 1)) is None
    rule = find_rule("wallonia.permit.mobile-installations", date(2006, 10, 2))
    assert rule is not None and rule.grade == "C" and "Not later than" in rule.notes[0]


DEFINITIONS = [
    ("flanders.definition.caravan", "2004-03-01", "C", "2, 33°"),
    ("flanders.definition.residential-site", "1998-01-01", "C", None),
    ("flanders.definition.transit-site", "1998-01-01", "C", None),
    ("flanders.definition.temporary-area", "2009-09-01", "A", None),
    ("flanders.definition.private-site", "2009-09-01", "A", None),
    ("flanders.definition.pitch", "2014-01-01", "A", None),
    ("flanders.definition.service-building", "2014-01-01", "A", None),
    ("flanders.definition.annex", "2014-01-01", "A", None),
    ("flanders.definition.fixation", "2014-01-01", "A", None),
    ("flanders.definition.public-site", "2017-01-01", "A", None),
]


@pytest.mark.parametrize(("rule_id", "first", "grade", "article"), DEFINITIONS)
def test_flemish_words_have_a_first_day_and_hold_since(
    rule_id: str, first: str, grade: str, article: str | None
) -> None:
    start = date.fromisoformat(first)
    assert find_rule(rule_id, start - timedelta(days=1)) is None
    rule = find_rule(rule_id, start)
    assert isinstance(rule, DefinitionRule)
    assert (rule.grade, rule.articles) == (grade, [article] if article else [])
    for as_of in (date(2014, 6, 28), date(2014, 6, 29), TODAY):
        assert as_of < start or find_rule(rule_id, as_of) is not None, "no gap between versions"


def test_the_year_in_which_the_caravan_was_recognised_is_disputed() -> None:
    rule = find_rule("flanders.definition.caravan", date(2012, 3, 6))
    assert rule is not None
    assert [one.date.year for one in rule.entry_into_force] == [2001, 2004]
    assert rule.contradictions


def test_brussels_permits_of_limited_duration_by_day() -> None:
    for as_of, act in ((date(2022, 4, 29), "29 January 2004"), (date(2022, 4, 30), "17 March 2022")):
        rule = find_rule("brussels.permit.limited-duration", as_of)
        assert rule is not None and act in rule.act


def test_the_flemish_road_authority_rule_has_ended() -> None:
    assert find_rule("flanders.norm.road-authority", date(2014, 1, 1)) is None
    rule = find_rule("flanders.norm.road-authority", date(2013, 12, 31))
    assert isinstance(rule, NormRule) and rule.values.binding and rule.met(30) is False


def test_the_temporary_area_of_wallonia_in_full() -> None:
    rule = find_rule("wallonia.permit.temporary-area", TODAY)
    assert isinstance(rule, PermitRule)
    assert rule.values.facts == {"notice_days": 15, "report_month": 1, "years_valid": 1, "grounds_of_refusal": 4}
    for ground in ("public order", "tranquillity", "health", "cleanliness"):
        assert ground in rule.values.text["en"]


def test_vulnerable_areas_are_the_official_list() -> None:
    rule = find_rule("flanders.definition.vulnerable-areas", TODAY)
    assert rule is not None
    assert len([term for term in rule.values.terms if not term.startswith(("RUP", "VEN", "protected"))]) == 12
    assert not any("landscape" in term for term in rule.values.terms)


def test_a_figure_nobody_found_is_said_to_be_missing() -> None:
    for rule_id, fact in (
        ("flanders.norm.fire-spacing", "distance"),
        ("flanders.norm.fire-spacing", "road_width"),
        ("wallonia.norm.call-norms", "figures"),
        ("brussels.norm.site-norms", "figures"),
        ("flanders.permit.type-rules", "caravan_category"),
    ):
        rule = find_rule(rule_id, TODAY)
        assert isinstance(rule, NormRule | PermitRule)
        assert rule.values.facts[fact] == "not found"
