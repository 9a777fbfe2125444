"""Subsidies: worked cases of the three regions against figures worked out by hand from the acts' own words."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from geodata.errors import UsageError
from sites.law import Project, evaluate, evaluate_many, regimes
from sites.law.model import LANGUAGES, LAW_REGIONS
from sites.law.subsidies.conditions import ConditionState
from sites.law.subsidies.document import estimate_document
from sites.law.subsidies.rule import COST_TYPES, INITIATORS
from sites.law.subsidies.wording import words

TODAY = date(2026, 11, 23)


def project(region: str, **given: Any) -> Project:
    """A project; `costs` as a mapping."""
    costs = [{"type": name, "amount": str(amount)} for name, amount in given.pop("costs", {}).items()]
    return Project.model_validate({"region": region, "site_type": "residential", "costs": costs, **given})


def ask(region: str, as_of: str, **given: Any) -> dict[str, Any]:
    """The estimate document in English."""
    found = evaluate(project(region, **given), date.fromisoformat(as_of))
    return estimate_document(found, "en", checked_against=TODAY)


def line(found: dict[str, Any], kind: str) -> dict[str, Any]:
    """The cost line of a type."""
    chosen: dict[str, Any] = next(one for one in found["cost_lines"] if one["type"] == kind)
    return chosen


def states(found: dict[str, Any], about: str | None = None) -> dict[str, str]:
    """Condition -> state."""
    return {one["id"]: one["state"] for one in found["conditions"] if about in (None, one["about"])}


def statuses(found: dict[str, Any]) -> dict[str, str]:
    """Regime -> status."""
    return {one["id"]: one["status"] for one in found["regimes"]}


# --- Flanders -----------------------------------------------------------------------------------------------------


def test_the_90_percent_rule_of_the_strategy_covers_all_four_kinds_of_cost() -> None:
    costs = {"acquisition": 250000, "layout": 600000, "extension": 100000, "renovation": 50000}
    found = ask("flanders", "2012-03-06", pitches=12, costs=costs, initiator="municipality")
    assert statuses(found) == {"VL-2000": "open"}
    for kind, amount in costs.items():
        one = line(found, kind)
        assert one["rate"] == 0.9 and one["cap"] is None and one["not_known"] == ["cap"], kind
        assert one["subsidy"] == {"low": f"{amount * 0.9:.2f}", "high": f"{amount * 0.9:.2f}"}, kind
    assert found["total"] == {"low": "900000.00", "high": "900000.00"}
    assert states(found) == {"initiator": "met", "cap": "unknown"}
    assert found["verdict"] == "yes"
    # The provinces' share is told with its source, and never counted.
    rule = next(one for one in found["regimes"] if one["id"] == "VL-2000")
    (flag,) = rule["flags"]
    assert (flag["low"], flag["high"]) == ("0", "0.1") or (flag["low"], flag["high"]) == ("0", "0.10")
    assert flag["source"].startswith("http") and flag["text"] in found["text"]


def test_a_file_of_2017_meets_the_cap_per_pitch_then_general_costs_then_open_vat() -> None:
    found = ask("flanders", "2017-06-01", pitches=12, costs={"layout": 1000000})
    one = line(found, "layout")
    assert one["cap"] == "660000.00"  # 12 x 55 000
    assert one["subsidy"] == {"low": "660000.00", "high": "798600.00"}  # with 21 % VAT on the net cap
    assert found["surcharge"] == {"low": "46200.00", "high": "55902.00"}  # 7 % of each end
    assert found["total"] == {"low": "706200.00", "high": "854502.00"}
    assert any("VAT" in one for one in found["assumptions"])


def test_renovation_of_the_same_day_is_paid_at_90_percent() -> None:
    found = ask("flanders", "2017-06-01", pitches=12, costs={"renovation": 100000})
    assert line(found, "renovation")["rate"] == 0.9
    assert line(found, "renovation")["subsidy"] == {"low": "90000.00", "high": "108900.00"}


@pytest.mark.parametrize(
    ("valuation", "low", "high", "open_ends"),
    [
        (None, "0.00", "250000.00", ["valuation"]),
        ("200000", "200000.00", "200000.00", []),
        ("300000", "250000.00", "250000.00", []),
    ],
)
def test_acquisition_counts_up_to_its_valuation(
    valuation: str | None, low: str, high: str, open_ends: list[str]
) -> None:
    found = ask("flanders", "2017-06-01", costs={"acquisition": 250000}, valuation=valuation)
    one = line(found, "acquisition")
    assert one["subsidy"] == {"low": low, "high": high} and one["not_known"] == open_ends
    assert states(found, "amount") == dict.fromkeys(open_ends, "unknown")
    assert found["surcharge"] == {"low": "0.00", "high": "0.00"}


def test_a_file_lodged_after_the_stop_of_2024_is_closed_and_one_approved_before_carries_on() -> None:
    new = ask("flanders", "2024-02-01", pitches=12, costs={"layout": 1000000})
    assert new["verdict"] == "no" and statuses(new) == {"VL-2024": "stopped"}
    assert new["total"] == {"low": "0.00", "high": "0.00"}
    assert any("vlaanderen.be" in one["url"] for one in new["regimes"][0]["citations"])
    assert states(new) == {"regime_open": "not_met"}
    kept = ask("flanders", "2024-02-01", pitches=12, costs={"layout": 1000000}, approved_in_principle="2023-10-01")
    assert statuses(kept) == {"VL-2021": "carried_on", "VL-2024": "stopped"}
    assert kept["total"] == {"low": "706200.00", "high": "854502.00"} and kept["verdict"] != "no"
    late = ask("flanders", "2024-02-01", pitches=12, costs={"layout": 1000000}, approved_in_principle="2024-01-01")
    assert late["verdict"] == "no"


def test_a_file_approved_under_the_90_percent_rule_keeps_it_after_the_stop() -> None:
    found = ask("flanders", "2024-02-01", costs={"layout": 100000}, approved_in_principle="2014-05-01")
    assert statuses(found) == {"VL-2000": "carried_on", "VL-2024": "stopped"}
    assert found["total"] == {"low": "90000.00", "high": "90000.00"} and "inferred" in found["text"]


def test_without_the_number_of_pitches_the_cap_is_known_from_below_only() -> None:
    found = ask("flanders", "2017-06-01", costs={"layout": 1000000})
    assert line(found, "layout")["subsidy"] == {"low": "55000.00", "high": "1210000.00"}
    assert states(found, "amount") == {"pitches": "unknown"}


def test_the_cap_binds_its_lines_together_to_the_cent() -> None:
    found = ask(
        "flanders", "2017-06-01", pitches=1, costs={"layout": 30000, "extension": 30000, "renovation": "33333.33"}
    )
    lows = [Decimal(one["subsidy"]["low"]) for one in found["cost_lines"]]
    assert sum(lows) == Decimal("55000.00")
    assert abs(lows[0] - lows[1]) <= Decimal("0.01")


def test_a_rate_nobody_found_gives_no_amount() -> None:
    found = ask("flanders", "1990-01-01", costs={"acquisition": 100000, "layout": 100000})
    assert line(found, "acquisition")["subsidy"] == {"low": None, "high": None}
    assert line(found, "layout")["subsidy"]["high"] == "60000.00"
    assert found["total"] == {"low": None, "high": None}
    assert states(found, "amount") == {"rate": "unknown", "cap": "unknown"}


def test_an_initiator_of_2000_is_none_in_2017() -> None:
    """The Flemish Community Commission stands in the list of 2000 and not in that of 2015."""
    assert states(ask("flanders", "2012-03-06", initiator="vgc"))["initiator"] == "met"
    assert states(ask("flanders", "2017-06-01", initiator="vgc"))["initiator"] == "not_met"


# --- Wallonia -----------------------------------------------------------------------------------------------------

RECEPTION = {"site_type": "transit", "caravans": 16, "initiator": "municipality"}


def test_the_call_of_2019_pays_all_up_to_half_a_million() -> None:
    found = ask("wallonia", "2019-09-15", costs={"layout": 700000}, **RECEPTION)
    one = line(found, "layout")
    assert (one["regime"], one["rate"], one["cap"]) == ("W-CALL19", 1.0, "500000.00")
    assert one["subsidy"] == {"low": "500000.00", "high": "500000.00"}
    call = next(one for one in found["regimes"] if one["id"] == "W-CALL19")
    assert call["completion_months"] == 36 and call["status"] == "open"


def test_a_candidacy_after_the_call_is_closed_and_one_lodged_in_time_carries_on() -> None:
    late = ask("wallonia", "2019-10-01", costs={"layout": 700000}, **RECEPTION)
    assert late["verdict"] == "no" and late["total"] == {"low": "0.00", "high": "0.00"}
    assert states(late)["call_open"] == "not_met"
    assert "30 September 2019" in late["text"]
    assert ask("wallonia", "2019-10-01", **RECEPTION)["verdict"] == "no"
    kept = ask("wallonia", "2019-10-01", costs={"layout": 700000}, lodged="2019-09-20", **RECEPTION)
    assert statuses(kept)["W-CALL19"] == "carried_on"
    assert line(kept, "layout")["subsidy"]["high"] == "500000.00" and kept["verdict"] != "no"


def test_today_a_reception_area_may_hope_for_a_call_and_counts_on_a_yearly_amount() -> None:
    found = ask("wallonia", "2026-11-23", costs={"layout": 700000}, **RECEPTION)
    assert found["verdict"] == "unknown" and states(found)["call_open"] == "unknown"
    assert line(found, "layout")["subsidy"] == {"low": None, "high": None} and found["total"]["high"] is None
    assert found["yearly"] == [{"regime": "W-RUN30", "amount": "30000.00", "per": "year"}]
    running = {one["id"] for one in found["conditions"] if one["regime"] == "W-RUN30" and one["state"] == "unknown"}
    assert running, "the yearly amount has conditions still to be shown"
    assert "no open call was found" in found["text"]


def test_fewer_than_fifteen_caravans_are_no_reception_area() -> None:
    found = ask("wallonia", "2026-11-23", costs={"layout": 700000}, site_type="transit", caravans=12)
    assert found["verdict"] == "no" and found["yearly"] == []
    assert "not_met" in {one["state"] for one in found["conditions"] if "15" in one["title"]}


@pytest.mark.parametrize(
    ("as_of", "case", "verdict"),
    [
        ("2013-06-01", "22bis-a", "unknown"), ("2013-06-01", "22bis-b", "unknown"), ("2013-06-01", "22bis-c", "unknown"),
        ("2016-06-01", "22bis-b", "unknown"), ("2017-07-27", "22bis-b", "unknown"), ("2017-07-28", "22bis-b", "no"),
        ("2026-11-23", "22bis-a", "unknown"), ("2026-11-23", "22bis-b", "no"), ("2026-11-23", "22bis-c", "unknown"),
    ],
)  # fmt: skip
def test_article_22bis_is_never_open_and_never_has_an_amount(as_of: str, case: str, verdict: str) -> None:
    found = ask("wallonia", as_of, case=case, site_type="family", initiator="household", costs={"layout": 1000})
    assert found["verdict"] == verdict
    assert "open" not in statuses(found).values()
    assert found["total"]["high"] in (None, "0.00")
    assert all(one["id"].startswith("W-22BIS") for one in found["regimes"])


def test_article_44_ends_on_28_july_2017_and_its_successor_is_named() -> None:
    before = ask("wallonia", "2016-01-01", case="44-reception", site_type="transit", costs={"equipment": 100000})
    assert statuses(before) == {"W-A44-05": "open"}
    assert line(before, "equipment")["rate"] is None and before["total"]["high"] is None
    assert before["verdict"] == "unknown"
    after = ask("wallonia", "2018-01-01", case="44-reception", site_type="transit", costs={"equipment": 100000})
    assert after["verdict"] == "no" and statuses(after) == {"W-A44-05": "closed"}
    assert "28 July 2017" in after["text"] and "W-A29-17" in after["text"]
    kept = ask(
        "wallonia", "2018-01-01", case="44-reception", site_type="transit", costs={"equipment": 1}, lodged="2017-05-01"
    )
    assert statuses(kept) == {"W-A44-05": "carried_on"}


# --- Brussels and the German-speaking Community -------------------------------------------------------------------


def test_in_brussels_a_household_is_excluded_and_for_a_public_body_no_scheme_was_found() -> None:
    household = ask("brussels", "2026-11-23", initiator="household", costs={"acquisition": 1000})
    assert household["verdict"] == "no" and "excluded" in statuses(household).values()
    assert "191" in household["conditions"][0]["citation"]
    public = ask("brussels", "2026-11-23", initiator="municipality", costs={"acquisition": 1000})
    assert public["verdict"] == "unknown" and public["total"]["high"] is None
    assert "none_found" in statuses(public).values()


def test_in_the_german_speaking_community_its_own_law_makes_the_answer_unknown() -> None:
    found = ask("german-speaking-community", "2026-11-23", site_type="transit", caravans=16, costs={"layout": 1000})
    assert found["verdict"] == "unknown" and "other_law" in statuses(found).values()
    assert found["total"]["high"] is None and found["yearly"] == []
    assert any(one["id"].startswith("W-A29-17") for one in (*found["regimes"], *found["also"]))
    assert "W-A29-17" in found["text"]


def test_before_2020_the_nine_municipalities_are_told_whose_law_held() -> None:
    found = ask("german-speaking-community", "2018-01-01", site_type="transit", costs={"layout": 1000})
    assert found["verdict"] == "unknown" and statuses(found) == {"DG-BEFORE": "other_law"}
    assert "Walloon housing law held there" in found["text"] and "no scheme was found" not in found["text"]


def test_without_a_case_article_44_is_told_and_never_refused() -> None:
    """A file of 2012 for a family site: which case it is was not said, so nothing is counted and nothing denied."""
    found = ask("wallonia", "2012-03-06", site_type="family", costs={"equipment": 100000}, initiator="municipality")
    assert found["verdict"] == "unknown" and statuses(found)["W-A44-05"] == "open"
    assert states(found)["case"] == "unknown" and found["total"] == {"low": None, "high": None}
    transit = ask("wallonia", "2012-03-06", site_type="transit", costs={"equipment": 100000})
    assert line(transit, "equipment")["regime"] == "W-A44-05" and transit["total"]["high"] is None


@pytest.mark.parametrize("kind", ["equipment", "renovation"])
def test_a_cost_that_a_call_still_has_to_name_is_not_refused(kind: str) -> None:
    found = ask("wallonia", "2026-11-23", costs={kind: 10000}, **RECEPTION)
    assert found["verdict"] == "unknown" and found["total"]["high"] is None
    assert states(found)["cost_eligible"] == "unknown"


def test_equipment_may_count_as_layout_in_flanders() -> None:
    found = ask("flanders", "2017-06-01", pitches=12, costs={"equipment": 10000}, initiator="municipality")
    assert found["verdict"] == "unknown" and line(found, "equipment")["not_known"] == ["cost_eligible"]


def test_a_file_keeps_the_regime_of_its_first_approval() -> None:
    found = ask("flanders", "2020-01-01", approved_in_principle="2017-10-01", approved_finally="2018-03-01")
    assert statuses(found) == {"VL-2016": "carried_on"}


def test_a_disputed_start_is_told() -> None:
    assert any("27 January 2016" in one for one in ask("flanders", "2016-01-15")["assumptions"])
    assert not any("27 January 2016" in one for one in ask("flanders", "2016-01-27")["assumptions"])


def test_what_is_not_for_this_applicant_is_refused() -> None:
    found = ask("wallonia", "2013-06-01", case="22bis-a", site_type="family", initiator="municipality")
    assert found["verdict"] == "no" and states(found)["initiator"] == "not_met"


def test_a_register_answers_as_each_file_would_alone() -> None:
    asked = [(project("flanders", pitches=n + 1, costs={"layout": 70000 * n}), date(2010 + n, 1, 1)) for n in range(14)]
    assert evaluate_many(asked) == [evaluate(one, day) for one, day in asked]


# --- refusals and words -------------------------------------------------------------------------------------------


def test_a_file_cannot_be_lodged_after_the_day_that_is_asked_for() -> None:
    with pytest.raises(UsageError, match="lodged on 2024-02-02"):
        evaluate(project("flanders", lodged="2024-02-02"), date(2024, 2, 1))


def test_a_fact_that_is_no_condition_is_refused_with_the_conditions_there_are() -> None:
    with pytest.raises(UsageError, match="no condition") as caught:
        evaluate(project("flanders", facts={"nice_view": True}), date(2017, 6, 1))
    assert "healthy_surroundings" in str(caught.value)


def test_stated_facts_decide() -> None:
    asked = project("flanders", initiator="municipality", pitches=12, costs={"layout": 1000})
    open_ends = [one.id for one in evaluate(asked, date(2017, 6, 1)).conditions if one.state == "unknown"]
    told = asked.model_copy(update={"facts": dict.fromkeys(open_ends, True)})
    assert evaluate(told, date(2017, 6, 1)).verdict == "yes"
    refused = asked.model_copy(update={"facts": {open_ends[0]: False}})
    assert evaluate(refused, date(2017, 6, 1)).verdict == "no"


def test_each_name_the_evaluator_uses_has_its_words() -> None:
    known = words()
    assert set(known["cost_types"]) == set(COST_TYPES) and set(known["initiators"]) == set(INITIATORS)
    asked = [
        (project(region, site_type=site_type, pitches=12, costs={name: 1000 for name in COST_TYPES}), day)
        for region in LAW_REGIONS
        for site_type in ("residential", "transit", "family")
        for day in (date(1990, 1, 1), date(2012, 3, 6), date(2017, 6, 1), date(2019, 10, 1), TODAY)
    ]
    for found in evaluate_many(asked):
        texts = {language: estimate_document(found, language)["text"] for language in LANGUAGES}
        assert len(set(texts.values())) == len(LANGUAGES)
        assert not any("{" in text or "None" in text for text in texts.values())


def test_an_estimate_never_says_that_something_is_permitted() -> None:
    words_of_permits = (
        "authorised",
        "permitted",
        "toegelaten",
        "vergund",
        "autorisé",
        "permis ",
        "genehmigt wird",
        "zugelassen",
    )
    said = " ".join(text for group in words().values() for one in group.values() for text in one.values())
    assert not [one for one in words_of_permits if one in said]


def test_regimes_are_listed_oldest_first_and_by_day() -> None:
    listed = regimes("flanders")
    assert [one.valid_from for one in listed] == sorted(one.valid_from for one in listed if one.valid_from)
    assert [one.values.regime for one in regimes("flanders", date(2012, 3, 6))] == ["VL-2000"]


def test_a_condition_without_a_source_of_its_own_takes_that_of_its_regime() -> None:
    found = evaluate(project("flanders"), date(2012, 3, 6))
    (initiator,) = [one for one in found.conditions if one.id == "initiator"]
    assert isinstance(initiator, ConditionState) and initiator.url is None
    assert estimate_document(found, "en")["conditions"][0]["url"] == initiator.rule.sources[0].url
