"""Plan HP and ZHV: worked cases by hand, and what no combination of inputs may ever say."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sites.law import find_rule
from sites.law.habitat_permanent import (
    HP_FLAGS,
    ZHV_FLAGS,
    ZHV_NORMS,
    HpFlag,
    ZhvFlag,
    ZhvSite,
    ZhvStatus,
    alt_dwelling_hint,
    art22bis_case,
    art44_case,
    flood_conflict,
    free_for_another_site,
    hp_flag,
    hp_route,
    zhv_check,
    zhv_flag,
)
from sites.law.model import LANGUAGES

TODAY = date(2026, 11, 25)
PHASES = ("phase1", "phase2", "phase_unknown")
DAYS = st.dates(date(1983, 1, 1), date(2030, 12, 31))
HP = st.sampled_from(HP_FLAGS)
ZHV = st.sampled_from(ZHV_FLAGS)
FLOOD = st.none() | st.sampled_from(["none", "very_low", "low", "medium", "high", "A", "something new"])
MAYBE = st.none() | st.booleans()


@pytest.mark.parametrize(
    ("perimeters", "covered", "expected"),
    [
        ([], True, "none"),
        ([], False, "unknown"),
        (["phase1"], False, "phase1"),
        (["phase2"], True, "phase2"),
        (["phase_unknown"], True, "phase_unknown"),
        (["phase2", "phase1"], True, "phase1"),
        (["phase2", "phase_unknown"], True, "phase_unknown"),
        (["phase 3"], True, "phase_unknown"),
    ],
)
def test_hp_flag(perimeters: list[str], covered: bool, expected: str) -> None:
    assert hp_flag(perimeters, covered=covered) == expected


@pytest.mark.parametrize(
    ("as_of", "affect", "listed", "complete", "expected"),
    [
        (TODAY, "H03", None, False, "converted"),
        (TODAY, " h03 ", "retained", True, "converted"),
        (TODAY, "L01", "retained", True, "retained"),
        (TODAY, None, "refused", False, "refused"),
        (TODAY, "L01", "candidate", True, "candidate"),
        (TODAY, "L01", None, True, "none"),
        (TODAY, "L01", None, False, "unknown"),
        (TODAY, None, None, True, "unknown"),
        (date(2017, 12, 16), "H03", "retained", True, "none"),
        (date(2017, 12, 17), "H03", None, True, "converted"),
    ],
)
def test_zhv_flag(as_of: date, affect: str | None, listed: ZhvStatus | None, complete: bool, expected: str) -> None:
    assert zhv_flag(as_of, affect=affect, listed=listed, complete=complete) == expected


@pytest.mark.parametrize(
    ("hp", "flood", "expected"),
    [
        ("phase1", "none", True), ("phase1", None, True), ("phase2", "medium", True), ("none", "high", True),
        ("phase2", "low", False), ("phase2", "very_low", False), ("none", "none", False),
        ("phase2", None, None), ("phase_unknown", "none", None), ("unknown", "low", None), ("phase2", "extreme", None),
    ],
)  # fmt: skip
def test_flood_conflict(hp: HpFlag, flood: str | None, expected: bool | None) -> None:
    assert flood_conflict(hp, flood) is expected


@given(perimeters=st.lists(st.sampled_from([*PHASES, "other"]), min_size=1), covered=st.booleans(), zhv=ZHV)
def test_no_input_offers_an_hp_parcel_as_free_land(perimeters: list[str], covered: bool, zhv: ZhvFlag) -> None:
    flag = hp_flag(perimeters, covered=covered)
    assert flag in PHASES
    assert free_for_another_site(flag, zhv) is False


@given(
    as_of=st.dates(date(2017, 12, 17), date(2030, 12, 31)),
    affect=st.none() | st.sampled_from(["H01", "H03", "L01"]),
    listed=st.sampled_from(["candidate", "retained", "converted", "refused"]),
    complete=st.booleans(),
    hp=HP,
)
def test_no_input_offers_a_listed_site_as_free_land(
    as_of: date, affect: str | None, listed: ZhvStatus, complete: bool, hp: HpFlag
) -> None:
    flag = zhv_flag(as_of, affect=affect, listed=listed, complete=complete)
    assert free_for_another_site(hp, flag) is False


@given(hp=HP, zhv=ZHV)
def test_free_land_is_known_to_be_neither(hp: HpFlag, zhv: ZhvFlag) -> None:
    free = free_for_another_site(hp, zhv)
    assert (free is True) == (hp == "none" and zhv == "none")
    if "unknown" in (hp, zhv):
        assert free is not True


@given(hp=HP, zhv=ZHV, as_of=st.dates(date(2017, 12, 17), date(2030, 12, 31)))
@settings(deadline=None)
def test_every_inhabited_site_is_told_its_route(hp: HpFlag, zhv: ZhvFlag, as_of: date) -> None:
    rule = hp_route(hp, zhv, as_of)
    assert (rule is not None) == (free_for_another_site(hp, zhv) is False)
    if rule is not None:
        assert set(rule.values.text) == set(LANGUAGES)
        assert "people live here" in rule.values.text["en"]
        assert ("rehousing" in rule.values.text["en"]) == (zhv != "converted" and hp != "phase2")


def test_the_route_of_each_phase() -> None:
    ids = {hp: rule.id for hp in PHASES if (rule := hp_route(hp, "none", TODAY))}  # type: ignore[arg-type]
    assert ids == {
        "phase1": "wallonia.definition.hp-phase-1",
        "phase2": "wallonia.definition.hp-phase-2",
        "phase_unknown": "wallonia.definition.hp-phase-unknown",
    }
    converted = hp_route("phase2", "converted", TODAY)
    assert converted is not None and converted.id == "wallonia.definition.hp-converted"
    assert hp_route("phase1", "none", date(2011, 4, 27)) is None


@given(hp=HP, flood=FLOOD, as_of=DAYS)
@settings(deadline=None)
def test_the_hint_is_for_phase_2_on_dry_ground_only(hp: HpFlag, flood: str | None, as_of: date) -> None:
    hint = alt_dwelling_hint(hp, flood, as_of)
    expected = hp == "phase2" and flood in ("none", "very_low", "low") and as_of >= date(2017, 12, 17)
    assert (hint is not None) == expected
    if hint is not None:
        assert "not a right" in hint["en"] and "geen recht" in hint["nl"]


@pytest.mark.parametrize(
    ("as_of", "hp", "travellers", "designated", "case"),
    [
        (date(2012, 6, 30), "phase1", True, True, "none"),
        (date(2012, 7, 1), "phase1", None, None, "a"),
        (date(2013, 1, 1), "none", True, None, "b"),
        (date(2017, 7, 27), "none", True, False, "b"),
        (date(2017, 7, 28), "none", True, False, "none"),
        (date(2017, 7, 28), "none", True, True, "c"),
        (date(2016, 1, 1), "none", False, True, "c"),
        (date(2016, 1, 1), "none", False, None, "unknown"),
        (date(2016, 1, 1), "none", None, True, "unknown"),
        (date(2016, 1, 1), "none", False, False, "none"),
        (date(2016, 1, 1), "unknown", True, True, "unknown"),
        (TODAY, "phase_unknown", False, False, "a"),
        (TODAY, "none", None, None, "unknown"),
    ],
)
def test_article_22bis(as_of: date, hp: HpFlag, travellers: bool | None, designated: bool | None, case: str) -> None:
    assert art22bis_case(as_of, hp=hp, for_travellers=travellers, designated=designated).case == case


@given(as_of=DAYS, hp=HP, travellers=MAYBE, designated=MAYBE)
def test_article_22bis_keeps_its_dates_and_is_never_open(
    as_of: date, hp: HpFlag, travellers: bool | None, designated: bool | None
) -> None:
    found = art22bis_case(as_of, hp=hp, for_travellers=travellers, designated=designated)
    assert found.open_for_applications is False
    if found.case == "b":
        assert date(2012, 7, 1) <= as_of < date(2017, 7, 28)
    if as_of < date(2012, 7, 1):
        assert (found.case, found.status) == ("none", "before_the_article")
    assert (found.status == "executing_order_unknown") == (as_of >= date(2017, 7, 28))


@pytest.mark.parametrize(
    ("as_of", "use", "case", "repealed", "successor"),
    [
        (date(1999, 2, 28), "family", "none", False, None),
        (date(2016, 1, 1), "family", "family", False, None),
        (date(2017, 7, 27), "reception", "reception", False, None),
        (date(2017, 7, 27), None, "unknown", False, None),
        (date(2017, 7, 28), "reception", "none", True, "art. 29 §2"),
        (date(2018, 1, 1), None, "none", True, "art. 29 §2"),
    ],
)
def test_article_44(as_of: date, use: str | None, case: str, repealed: bool, successor: str | None) -> None:
    found = art44_case(as_of, use)  # type: ignore[arg-type]
    assert (found.case, found.repealed, found.successor) == (case, repealed, successor)


GOOD = ZhvSite(
    smallest_parcel_m2=200, parcels_per_ha=15, largest_floor_m2=60, green_share=0.15, tourism_share=0.02,
    sol_present=True, roads_public=True,
)  # fmt: skip


def states(site: ZhvSite, as_of: date = TODAY) -> dict[str, str]:
    return {name: check.state for name, check in zhv_check(site, as_of).items()}


def test_zhv_check_at_the_limits() -> None:
    assert states(GOOD) == dict.fromkeys(ZHV_NORMS, "met")
    bad = ZhvSite(199.9, 35.1, 60.1, 0.149, 0.021, sol_present=False, roads_public=False)
    assert states(bad) == dict.fromkeys(ZHV_NORMS, "not_met")
    assert states(ZhvSite(parcels_per_ha=14.9))["parcels_per_ha"] == "not_met"
    assert states(ZhvSite(parcels_per_ha=35))["parcels_per_ha"] == "met"
    assert states(ZhvSite()) == dict.fromkeys(ZHV_NORMS, "unknown")
    assert states(GOOD, date(2017, 12, 16)) == dict.fromkeys(ZHV_NORMS, "unknown")


def test_every_check_names_a_norm_of_the_pack() -> None:
    for check in zhv_check(GOOD, TODAY).values():
        rule = find_rule(check.norm, TODAY)
        assert rule is not None and rule.articles == ["D.II.25bis"]


@given(
    st.builds(
        ZhvSite,
        *[st.none() | st.floats(0, 500)] * 3,
        *[st.none() | st.floats(0, 1)] * 2,
        sol_present=MAYBE,
        roads_public=MAYBE,
    ),
    DAYS,
)
@settings(deadline=None)
def test_a_parameter_is_unknown_only_without_figure_or_norm(site: ZhvSite, as_of: date) -> None:
    for name, check in zhv_check(site, as_of).items():
        missing = getattr(site, name) is None or as_of < date(2017, 12, 17)
        assert (check.state == "unknown") == missing
