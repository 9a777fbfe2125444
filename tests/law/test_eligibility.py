"""How places stood under the subsidy regimes on a day: open, carried on, closed or unknown."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sites.law.model import LAW_REGIONS, SITE_TYPES, LawRegion, SiteType
from sites.law.subsidies.eligibility import STANDINGS, Standing, eligibility, overall
from sites.law.subsidies.evaluate import regimes
from sites.law.subsidies.rule import SHOWN_ONLY, Case


def standings(region: LawRegion, site_type: SiteType, as_of: str, *cases: Case) -> dict[str, Standing]:
    """Regime -> how it stood."""
    found = eligibility(region, site_type, date.fromisoformat(as_of), cases=cases)
    return {one.rule.values.regime: one.standing for one in found}


def whole(region: LawRegion, site_type: SiteType, as_of: str, *cases: Case) -> Standing:
    """How the place stood."""
    return overall(eligibility(region, site_type, date.fromisoformat(as_of), cases=cases))


def test_flanders_is_open_until_2023_and_carries_on_after() -> None:
    assert whole("flanders", "residential", "2012-03-06") == "open"
    assert standings("flanders", "residential", "2012-03-06")["VL-2000"] == "open"
    after = standings("flanders", "residential", "2024-01-01")
    assert after["VL-2021"] == "carried_on" and after["VL-2024"] == "closed" and after["VL-1983"] == "closed"
    assert whole("flanders", "residential", "2024-01-01") == "carried_on"
    assert "VL-2014" not in after


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [("1990-01-01", "open"), ("2019-09-15", "open"), ("2021-01-01", "open"), ("2026-11-23", "open")],
)
def test_wallonia_has_open_aid_for_reception_areas(as_of: str, expected: Standing) -> None:
    assert whole("wallonia", "transit", as_of) == expected


def test_a_text_that_works_through_calls_is_open_only_while_a_call_is() -> None:
    assert standings("wallonia", "transit", "2019-09-15")["W-D19"] == "open"
    assert standings("wallonia", "transit", "2019-10-01")["W-D19"] == "closed"
    assert standings("wallonia", "transit", "2026-11-23")["W-D22"] == "unknown"
    assert standings("wallonia", "transit", "2019-10-01")["W-CALL19"] == "carried_on"


def test_a_regime_bound_to_a_case_is_listed_for_that_case_alone() -> None:
    assert "W-A44-05" not in standings("wallonia", "transit", "2016-01-01")
    assert standings("wallonia", "transit", "2016-01-01", "44-reception")["W-A44-05"] == "open"
    assert standings("wallonia", "transit", "2018-01-01", "44-reception")["W-A44-05"] == "carried_on"
    assert standings("wallonia", "family", "2026-11-23", "22bis-a")["W-22BIS-17"] == "unknown"


@pytest.mark.parametrize("region", ["brussels", "german-speaking-community"])
def test_where_no_scheme_is_known_the_answer_is_unknown(region: LawRegion) -> None:
    assert whole(region, "residential", "2026-11-23") == "unknown"


@given(
    region=st.sampled_from(LAW_REGIONS),
    site_type=st.sampled_from(SITE_TYPES),
    as_of=st.dates(date(1980, 1, 1), date(2031, 1, 1)),
)
def test_nothing_is_listed_before_it_began_or_merely_to_inform(
    region: LawRegion, site_type: SiteType, as_of: date
) -> None:
    found = eligibility(region, site_type, as_of)
    assert overall(found) in STANDINGS
    for one in found:
        assert one.rule.valid_from is not None and one.rule.valid_from <= as_of
        assert one.rule.values.availability not in SHOWN_ONLY
        if one.standing == "open":
            assert one.rule.in_force(as_of)
    known = {rule.id for rule in regimes(region)}
    assert {one.rule.id for one in found} <= known
