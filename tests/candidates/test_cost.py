"""Costs: unit costs as data, intervals by hand, net cost without and then with the subsidy of the day."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from api.i18n import translator
from geodata.errors import UsageError
from geodata.settings import LANGUAGES
from sites.candidates.cost import Entered, UnitCost, cost_document, estimate_cost, unit_costs

WITH_SUBSIDY, STOPPED = date(2020, 6, 1), date(2026, 6, 1)


def euros(text: str) -> Decimal:
    return Decimal(text)


def test_unit_costs_say_everything_that_is_known() -> None:
    told = unit_costs()
    ids = [one.id for one in told.items]
    assert len(ids) == len(set(ids))
    assert {one.site_type for one in told.items if one.counted} == {"residential", "transit"}
    for one in told.items:
        assert all(re.match(r"https?://", source.url) and source.supports for source in one.sources)
        assert one.price_year is None or 2000 <= one.price_year <= told.checked_on.year
        assert one.counted == (one.works in ("new", "rebuild"))


def test_an_amount_per_place_is_least_by_most_and_most_by_least() -> None:
    one = next(cost for cost in unit_costs().items if cost.id == "charleroi")
    # 519 000 euros for 20 to 40 caravans.
    assert one.per_place() == (euros("12975"), euros("25950"))
    # VAT of 21 % may be in it: then 12 975 / 1.21 is without.
    low, high = one.without_vat(euros("0.21"))
    assert (round(low, 2), high) == (euros("10723.14"), euros("25950"))


@pytest.mark.parametrize(
    ("vat", "low", "high"), [("excluded", "121", "121"), ("included", "100", "100"), (None, "100", "121")]
)
def test_vat_counts_as_told_and_both_ways_where_nobody_tells(vat: Any, low: str, high: str) -> None:
    given = unit_costs().items[0].model_dump(mode="python") | {"total": ("121", "121"), "places": (1, 1), "vat": vat}
    assert UnitCost.model_validate(given).without_vat(euros("0.21")) == (euros(low), euros(high))


def test_a_unit_cost_that_makes_no_sense_is_refused() -> None:
    given = unit_costs().items[0].model_dump(mode="python")
    for wrong in (
        {"total": ("2", "1")},
        {"places": (3, 2)},
        {"works": "renovation"},
        {"sources": []},
        {"places": (0, 2)},
    ):
        with pytest.raises(ValidationError):
            UnitCost.model_validate(given | wrong)


def test_twelve_residential_pitches_in_flanders_by_hand() -> None:
    found = estimate_cost("flanders", "residential", [12], WITH_SUBSIDY)
    # Heykavel 330 000 / 6 = 55 000 and Mortsel 2 100 000 / 26 = 80 769.23; VAT may be in or not.
    assert found.per_pitch.as_dict() == {"low": "45454.55", "high": "80769.23"}
    assert found.per_pitch_with_vat.as_dict() == {"low": "55000.00", "high": "97730.77"}
    (case,) = found.cases
    assert case.without_subsidy.as_dict() == {"low": "660000.00", "high": "1172769.23"}
    # VL-2017: 100 % up to 12 x 55 000, and 7 % on top. Cheap: 545 454.55 + 38 181.82 without VAT. Dear: capped at
    # 660 000, with VAT 798 600, and 55 902 on top.
    assert case.subsidy.as_dict() == {"low": "583636.37", "high": "854502.00"}
    # Cheap: the subsidy may cover all. Dear: conditions are still to be shown, so it may also be nothing.
    assert case.with_subsidy.as_dict() == {"low": "0.00", "high": "1172769.23"}
    assert case.assessed is not None and case.assessed[0].verdict == "unknown"


def test_after_the_stop_the_net_cost_is_the_whole_cost() -> None:
    (case,) = estimate_cost("flanders", "residential", [12], STOPPED).cases
    assert case.subsidy.as_dict() == {"low": "0.00", "high": "0.00"}
    assert case.with_subsidy == case.without_subsidy


def test_the_walloon_call_of_2019_by_hand() -> None:
    (case,) = estimate_cost("wallonia", "transit", [20], date(2019, 8, 1)).cases
    # Least 10 723.14 without VAT, most 40 479.875 a pitch; 100 % of at most 500 000 a project.
    assert case.construction.as_dict() == {"low": "214462.81", "high": "809597.50"}
    assert case.subsidy.as_dict() == {"low": "214462.81", "high": "500000.00"}
    assert case.with_subsidy.as_dict() == {"low": "45037.19", "high": "979612.98"}


def test_an_unknown_subsidy_lowers_nothing() -> None:
    found = estimate_cost("brussels", "transit", [20], STOPPED)
    (case,) = found.cases
    assert case.subsidy.as_dict() == {"low": None, "high": None}
    assert case.with_subsidy.as_dict() == {"low": None, "high": case.without_subsidy.as_dict()["high"]}
    assert found.with_subsidy.low is None


def test_land_soil_and_connections_stand_apart_and_are_null_if_not_entered() -> None:
    bare = cost_document(estimate_cost("flanders", "residential", [10], STOPPED), translator("en"))
    assert (bare["land"], bare["soil"], bare["connections"], bare["running"]) == (None, None, None, None)
    entered = Entered(land=euros("200000"), soil=euros("50000.50"), connections=euros("30000"))
    more = cost_document(estimate_cost("flanders", "residential", [10], STOPPED, entered=entered), translator("en"))
    assert (more["land"], more["soil"], more["connections"]) == ("200000.00", "50000.50", "30000.00")
    for end in ("low", "high"):
        assert euros(more["without_subsidy"][end]) - euros(bare["without_subsidy"][end]) == euros("280000.50")
    assert any("Not entered" in note for note in bare["notes"]) and not any(
        "Not entered" in note for note in more["notes"]
    )


def test_land_is_subsidised_as_acquisition_when_it_is_entered() -> None:
    entered = Entered(land=euros("200000"), valuation=euros("180000"))
    (case,) = estimate_cost("flanders", "residential", [12], WITH_SUBSIDY, entered=entered).cases
    # The price counts up to the valuation.
    assert case.subsidy.low == euros("583636.37") + euros("180000")


def test_ten_years_of_running_costs_with_and_without_yearly_aid() -> None:
    entered = Entered(running=euros("45000"))
    told = cost_document(estimate_cost("wallonia", "transit", [20], STOPPED, entered=entered), translator("fr"))
    running = told["running"]
    assert (running["per_year"], running["years"], running["total"]) == ("45000.00", 10, "450000.00")
    assert running["yearly_aid"] == [{"regime": "W-RUN30", "amount": "30000.00"}]
    assert running["after_aid"] == {"low": "150000.00", "high": "450000.00"}


def test_the_range_over_several_numbers_of_pitches() -> None:
    found = estimate_cost("flanders", "residential", [16, 0, 9, 16], STOPPED)
    assert [one.pitches for one in found.cases] == [9, 16]
    assert found.without_subsidy.low == found.cases[0].without_subsidy.low
    assert found.without_subsidy.high == found.cases[1].without_subsidy.high


def test_a_type_without_reported_costs_is_not_known() -> None:
    found = estimate_cost("flanders", "temporary", [10], WITH_SUBSIDY)
    assert found.cases[0].without_subsidy.as_dict() == {"low": None, "high": None}
    assert found.basis == ()
    with pytest.raises(UsageError, match="no unit cost"):
        estimate_cost("flanders", "gathering", [10], WITH_SUBSIDY)


def test_it_is_called_an_order_of_magnitude_in_every_language() -> None:
    found = estimate_cost("wallonia", "transit", [20], STOPPED)
    told = {language: cost_document(found, translator(language)) for language in LANGUAGES}
    assert [told[language]["caveat"] for language in ("nl", "fr", "de", "en")] == [
        "Grootteorde, geen begroting.",
        "Ordre de grandeur, pas un budget.",
        "Größenordnung, kein Budget.",
        "Order of magnitude, not a budget.",
    ]
    for other in ("nl", "fr", "de"):
        assert all(mine != english for mine, english in zip(told[other]["notes"], told["en"]["notes"], strict=True))
        for mine, english in zip(told[other]["basis"], told["en"]["basis"], strict=True):
            assert mine["outcome"] != english["outcome"] and mine["scope"] != english["scope"]
