"""Subsidies whatever is asked: no answer gives more than its costs, and every region answers on every day."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from hypothesis import example, given, settings
from hypothesis import strategies as st

from sites.law import Assessment, CostLine, Project, evaluate, evaluate_many
from sites.law.model import LAW_REGIONS, SITE_TYPES
from sites.law.subsidies.document import estimate_document
from sites.law.subsidies.rule import CASES, COST_TYPES, INITIATORS

DAYS = st.dates(date(1983, 1, 1), date(2030, 12, 31))
EUROS = st.decimals(0, 5_000_000, places=2, allow_nan=False, allow_infinity=False)
PROJECTS = st.builds(
    Project,
    region=st.just("flanders"),
    site_type=st.sampled_from(SITE_TYPES),
    pitches=st.none() | st.integers(1, 60),
    caravans=st.none() | st.integers(1, 60),
    initiator=st.none() | st.sampled_from(INITIATORS),
    costs=st.lists(st.builds(CostLine, type=st.sampled_from(COST_TYPES), amount=EUROS), max_size=6).map(tuple),
    valuation=st.none() | EUROS,
)
_CENT = Decimal("0.01")


def _rounded(amount: Decimal) -> Decimal:
    return amount.quantize(_CENT, rounding=ROUND_HALF_UP)


def within_bounds(found: Assessment) -> None:
    """No line above its costs plus VAT where that is open, no surcharge above its rate on both, no flat aid above itself."""
    most = Decimal("0.00")
    for one in found.lines:
        low, high = one.subsidy.low, one.subsidy.high
        if low is None or high is None:
            continue
        assert Decimal(0) <= low <= high
        vat, extra = Decimal(0), Decimal(0)
        bound = one.cost.amount
        if one.rule is not None:
            values = one.rule.values
            if values.flat is not None and values.flat.cost_type == one.cost.type:
                bound = values.flat.amount
            if values.vat_open is not None and one.cost.type in values.vat_cost_types:
                vat = values.vat_open
            if values.surcharge is not None and one.cost.type in values.surcharge.cost_types:
                extra = values.surcharge.rate
        assert high <= _rounded(bound * (1 + vat)) and low <= bound
        most += _rounded(bound * (1 + vat)) + extra * _rounded(bound * (1 + vat))
    if found.total.low is not None and found.total.high is not None:
        assert found.total.low <= found.total.high <= _rounded(most)
    for yearly in found.yearly:
        assert yearly.rule.values.flat is not None and yearly.amount == yearly.rule.values.flat.amount


@settings(max_examples=400, deadline=None)
@given(
    project=PROJECTS,
    region=st.sampled_from(LAW_REGIONS),
    as_of=DAYS,
    case=st.none() | st.sampled_from(CASES),
    back=st.integers(0, 4000),
)
@example(
    project=Project(region="flanders", site_type="residential", costs=(CostLine(type="layout", amount=Decimal("0.01")),) * 3, pitches=1),
    region="flanders", as_of=date(2017, 6, 1), case=None, back=0,
)  # fmt: skip
def test_no_question_gives_more_than_its_costs(
    project: Project, region: str, as_of: date, case: str | None, back: int
) -> None:
    fits = region == "wallonia" and (case, project.site_type) not in (
        ("44-family", "transit"),
        ("44-reception", "family"),
    )
    given = project.model_dump() | {"region": region, "case": case if fits else None}
    given |= {"lodged": as_of - timedelta(back), "approved_in_principle": as_of - timedelta(back // 2)}
    found = evaluate(Project.model_validate(given), as_of)
    within_bounds(found)
    document = estimate_document(found, "de")
    assert {
        "region",
        "as_of",
        "verdict",
        "regimes",
        "cost_lines",
        "surcharge",
        "total",
        "conditions",
        "assumptions",
        "text",
    } <= document.keys()
    assert document["verdict"] in ("yes", "no", "unknown")
    for one in document["conditions"]:
        assert one["citation"] and one["url"].startswith("http")


@settings(max_examples=200, deadline=None)
@given(
    prices=st.lists(EUROS, min_size=1, max_size=5),
    valuation=EUROS,
    as_of=st.dates(date(2016, 1, 1), date(2023, 12, 31)),
)
def test_several_acquisitions_share_one_valuation(prices: list[Decimal], valuation: Decimal, as_of: date) -> None:
    costs = tuple(CostLine(type="acquisition", amount=one) for one in prices)
    found = evaluate(Project(region="flanders", site_type="residential", costs=costs, valuation=valuation), as_of)
    assert found.total.low == found.total.high == min(sum(prices), valuation)


@given(costs=st.lists(EUROS, min_size=1, max_size=5))
def test_several_running_costs_share_one_flat_amount(costs: list[Decimal]) -> None:
    lines = tuple(CostLine(type="running", amount=one) for one in costs)
    asked = Project(region="wallonia", site_type="transit", caravans=16, initiator="municipality", costs=lines)
    found = evaluate(asked, date(2026, 11, 23))
    assert found.total.high == Decimal("30000.00") and found.total.low == min(sum(costs), Decimal("30000.00"))


def test_every_region_answers_on_every_day() -> None:
    costs = tuple(CostLine(type=name, amount=Decimal(123456)) for name in COST_TYPES)
    first, last = date(1983, 1, 1), date(2030, 12, 31)
    days = [first + timedelta(at) for at in range((last - first).days + 1)]
    for region in LAW_REGIONS:
        for site_type in SITE_TYPES[:2]:
            asked = Project(
                region=region, site_type=site_type, pitches=12, caravans=16, initiator="municipality", costs=costs
            )  # fmt: skip
            for found in evaluate_many((asked, day) for day in days):
                within_bounds(found)
