"""Computable rules of the Flemish planning code and the clock of the Walloon temporary area, case by case."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sites.law.planning_code import (
    Plan,
    equipped_road,
    permit_needed,
    prevailing_plan,
    routes,
    spatially_vulnerable,
    temporary_area,
)

TODAY = date(2026, 11, 25)
BEFORE = date(2009, 8, 31)
MAYBE = st.none() | st.booleans()


@pytest.mark.parametrize(
    ("lived_in", "habitual", "recreation", "expected"),
    [
        (True, True, False, True), (True, True, True, False), (False, True, False, False), (True, False, False, False),
        (None, True, False, None), (True, None, False, None), (None, False, False, False),
    ],
)  # fmt: skip
def test_permit_duty(lived_in: bool | None, habitual: bool | None, recreation: bool, expected: bool | None) -> None:
    asked = {"lived_in": lived_in, "habitual": habitual, "licensed_recreation": recreation}
    assert permit_needed(TODAY, **asked) is expected  # type: ignore[arg-type]
    assert permit_needed(BEFORE, **asked) is None  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("buildings", "paved", "electricity", "expected"),
    [
        (True, True, True, True), (True, False, None, False), (True, None, False, False), (True, True, None, None),
        (True, None, None, None), (False, False, False, True),
    ],
)  # fmt: skip
def test_equipped_road(buildings: bool, paved: bool | None, electricity: bool | None, expected: bool | None) -> None:
    assert equipped_road(TODAY, buildings=buildings, paved=paved, electricity=electricity) is expected
    assert equipped_road(BEFORE, buildings=buildings, paved=paved, electricity=electricity) is None


@pytest.mark.parametrize(
    ("zoning_class", "label", "ven", "dunes", "expected"),
    [
        ("forest", "bosgebieden", None, None, True),
        ("park", "", False, False, True),
        ("agriculture", "agrarische gebieden", False, False, False),
        ("agriculture", "agrarische gebieden", True, None, True),
        ("agriculture", "agrarische gebieden", False, True, True),
        ("agriculture", "agrarische gebieden", None, False, None),
        ("agriculture_landscape", "landschappelijk waardevolle agrarische gebieden", False, False, False),
        ("agriculture_landscape", "agrarische gebieden met ecologisch belang", False, False, True),
        ("agriculture_landscape", "", False, False, None),
        ("water", "bestaande waterwegen", False, False, None),
        ("unrecognised", "", False, False, None),
        ("residential", "woongebieden", False, False, False),
    ],
)
def test_spatially_vulnerable(
    zoning_class: str, label: str, ven: bool | None, dunes: bool | None, expected: bool | None
) -> None:
    assert spatially_vulnerable(TODAY, zoning_class=zoning_class, label=label, ven=ven, dunes=dunes) is expected
    assert spatially_vulnerable(BEFORE, zoning_class=zoning_class, label=label, ven=ven, dunes=dunes) is None


OLD, NEW = date(2005, 1, 1), date(2017, 1, 1)


@pytest.mark.parametrize(
    ("plans", "winner"),
    [
        ([Plan("gewestplan", OLD)], 0),
        ([Plan("gewestplan", NEW), Plan("bpa", OLD)], 1),
        ([Plan("bpa", NEW), Plan("rup", OLD), Plan("gewestplan")], 1),
        ([Plan("rup", OLD), Plan("rup", NEW)], 1),
        ([Plan("rup"), Plan("bpa", NEW)], 0),
        ([Plan("rup"), Plan("rup", NEW)], None),
        ([Plan("rup", NEW), Plan("rup", NEW)], None),
        ([], None),
    ],
)
def test_prevailing_plan(plans: list[Plan], winner: int | None) -> None:
    expected = None if winner is None else plans[winner]
    assert prevailing_plan(plans, all_levels_known=True) == expected
    assert prevailing_plan(list(reversed(plans)), all_levels_known=True) == expected
    assert prevailing_plan(plans, all_levels_known=False) is None


def open_routes(plan: str, zoning_class: str, **facts: bool | None) -> dict[str, bool | None]:
    given = {"general_interest": None, "small": None, "inquiry_done": None, "fits_type_rules": None} | facts
    found = routes(TODAY, plan=plan, zoning_class=zoning_class, **given)  # type: ignore[arg-type]
    return {one.article.split("VCRO ")[1].rstrip(")"): one.open for one in found}


def test_routes_around_a_plan() -> None:
    assert open_routes("gewestplan", "recreation") == {
        "4.4.7 §1": None, "4.4.7 §2": None, "4.4.8": False, "4.4.9": None,
    }  # fmt: skip
    assert open_routes("gewestplan", "public_utility", general_interest=True)["4.4.8"] is True
    assert open_routes("gewestplan", "public_utility")["4.4.8"] is None
    assert open_routes("rup", "public_utility", general_interest=True)["4.4.8"] is False
    assert open_routes("rup", "recreation", fits_type_rules=True)["4.4.9"] is False
    assert open_routes("bpa", "recreation", fits_type_rules=True)["4.4.9"] is True
    assert open_routes("rup", "recreation", general_interest=True, small=True)["4.4.7 §2"] is True
    assert open_routes("rup", "recreation", general_interest=False, small=True)["4.4.7 §2"] is False
    assert open_routes("rup", "recreation", general_interest=True, inquiry_done=True)["4.4.7 §1"] is True
    nothing = {"general_interest": True, "small": True, "inquiry_done": True, "fits_type_rules": True}
    assert routes(BEFORE, plan="gewestplan", zoning_class="public_utility", **nothing) == ()


@given(MAYBE, MAYBE, MAYBE, MAYBE, st.sampled_from(["gewestplan", "bpa", "rup"]))
@settings(deadline=None)
def test_a_route_is_never_open_on_what_is_not_known(
    general: bool | None, small: bool | None, inquiry: bool | None, types: bool | None, plan: str
) -> None:
    found = open_routes(
        plan, "public_utility", general_interest=general, small=small, inquiry_done=inquiry, fits_type_rules=types
    )
    if general is not True:
        assert {found["4.4.7 §1"], found["4.4.7 §2"], found["4.4.8"]}.isdisjoint({True})


SENT = date(2026, 3, 1)


@pytest.mark.parametrize(
    ("as_of", "decided", "state"),
    [
        (date(2026, 3, 2), None, "requested"),
        (date(2026, 3, 31), None, "requested"),
        (date(2026, 4, 1), None, "granted_by_silence"),
        (date(2026, 4, 1), date(2026, 3, 31), "decided"),
        (date(2026, 4, 5), date(2026, 4, 1), "granted_by_silence"),
        (date(2026, 3, 10), date(2026, 3, 20), "requested"),
    ],
)
def test_silence_grants_a_temporary_area(as_of: date, decided: date | None, state: str) -> None:
    found = temporary_area(as_of, sent=SENT, decided=decided, run_by_municipality=False, arrival=date(2026, 5, 20))
    assert found is not None
    assert (found.state, found.decision_due) == (state, date(2026, 3, 31))
    assert found.alerts == (date(2026, 3, 21), date(2026, 3, 29))
    assert found.notify_by == date(2026, 5, 5)
    assert found.report_due == date(2027, 1, 31)


def test_a_municipality_asks_nobody_and_still_reports() -> None:
    found = temporary_area(date(2026, 1, 15), sent=SENT, run_by_municipality=True)
    assert found is not None
    assert (found.state, found.decision_due, found.alerts) == ("not_owed", None, ())
    assert found.report_due == date(2026, 1, 31)
    assert temporary_area(SENT, sent=date(2019, 7, 31), run_by_municipality=False) is None


@given(sent=st.dates(date(2019, 8, 1), date(2030, 1, 1)), after=st.integers(0, 90))
@settings(deadline=None)
def test_the_clock_only_runs_forward(sent: date, after: int) -> None:
    found = temporary_area(sent + timedelta(days=after), sent=sent, run_by_municipality=False)
    assert found is not None
    assert (found.state == "granted_by_silence") == (after > 30)
