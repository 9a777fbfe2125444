"""What a site may cost its municipality: an order of magnitude, first without subsidy, then with that of the day.

Contract: pure; money is Decimal, euros. Construction comes from what sites cost as reported (`data/unit_costs.yaml`),
least to most per pitch, prices of their year and not indexed. Where no source says whether VAT is in an amount, it counts
both ways: the low end as if it were, the high end as if it were not. Land, soil and connections stand apart and are None
where the user entered none. A subsidy of which the amount is not known lowers no figure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from geodata.errors import UsageError
from sites.candidates.layout.norm import LAID_OUT
from sites.law import Assessment, CostLine, Project, evaluate
from sites.law.model import Grade, LawModel, LawRegion, SiteType, Source, Text, Words
from sites.law.subsidies.document import estimate_document
from sites.law.subsidies.money import UNKNOWN, Euros, text
from sites.law.subsidies.project import Euros as Amount
from sites.law.subsidies.rule import Initiator, Share
from sites.suitability.messages import Message, Translate

#: Years of running costs that are added up.
YEARS = 10
#: Printed with every figure.
CAVEAT = Message("Order of magnitude, not a budget.")


class UnitCost(LawModel):
    """What one site cost, or would have cost.

    Attributes
    ----------
    total, places : least and most, as reported.
    price_year : None where no source gives it.
    vat : excluded or included; None where no source says.
    counted : whether estimates rest on it; works that are no layout are shown only.
    """

    id: Words
    place: Words
    site_type: Literal["residential", "transit"]
    works: Literal["new", "rebuild", "renovation", "unknown"]
    outcome: Literal["built", "planned", "dropped", "refused"]
    total: tuple[Decimal, Decimal]
    places: tuple[Annotated[int, Field(ge=1)], Annotated[int, Field(ge=1)]]
    unit: Words
    price_year: int | None
    vat: Literal["excluded", "included"] | None
    counted: bool
    scope: Text
    grade: Grade
    sources: list[Source] = Field(min_length=1)

    @model_validator(mode="after")
    def _in_order(self) -> UnitCost:
        if self.total[0] > self.total[1] or self.places[0] > self.places[1]:
            raise ValueError("least comes before most")
        if self.counted and self.works not in ("new", "rebuild"):
            raise ValueError("an estimate rests on layout works only")
        return self

    def per_place(self) -> tuple[Decimal, Decimal]:
        """Euros per place as printed: least total by most places, most total by least places."""
        return self.total[0] / self.places[1], self.total[1] / self.places[0]

    def without_vat(self, rate: Decimal) -> tuple[Decimal, Decimal]:
        """Euros per place without VAT; wide where no source says whether it is in."""
        low, high = self.per_place()
        return (
            low if self.vat == "excluded" else low / (1 + rate),
            high / (1 + rate) if self.vat == "included" else high,
        )


class VatRate(LawModel):
    """The rate used, and where it is from."""

    value: Share
    grade: Grade
    source: Words
    supports: Words


class UnitCosts(LawModel):
    """The file of unit costs."""

    checked_on: date
    vat_rate: VatRate
    items: list[UnitCost] = Field(min_length=1)


@cache
def unit_costs() -> UnitCosts:
    """What sites cost, as reported."""
    told = files("sites.candidates").joinpath("data", "unit_costs.yaml").read_text(encoding="utf-8")
    return UnitCosts.model_validate(yaml.safe_load(told))


class Entered(BaseModel):
    """What the user knows and the tool does not; euros as the municipality pays them, None = not entered.

    `valuation` is the official valuation of the land, `running` the running costs of one year.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    land: Amount | None = None
    soil: Amount | None = None
    connections: Amount | None = None
    valuation: Amount | None = None
    running: Amount | None = None


@dataclass(frozen=True)
class Case:
    """Costs of one number of pitches.

    Attributes
    ----------
    construction : without VAT; `with_vat` the same with VAT. Not known where no site of this type was reported.
    without_subsidy : net cost to the municipality: construction with VAT and what was entered.
    subsidy : what the rules of the day give; not known where they name no amount.
    with_subsidy : net cost after it; its low end is not known where the subsidy is not.
    assessed : the subsidy of the cheapest and of the dearest construction.
    """

    pitches: int
    construction: Euros
    with_vat: Euros
    without_subsidy: Euros
    subsidy: Euros
    with_subsidy: Euros
    assessed: tuple[Assessment, Assessment] | None


@dataclass(frozen=True)
class CostEstimate:
    """Costs for the least and the most pitches of a layout.

    Attributes
    ----------
    per_pitch : construction of one pitch without VAT; `per_pitch_with_vat` with it.
    without_subsidy, with_subsidy : over all cases, the least and the most.
    basis : the reported sites the figures rest on; `others` are shown only.
    """

    region: LawRegion
    site_type: SiteType
    as_of: date
    per_pitch: Euros
    per_pitch_with_vat: Euros
    cases: tuple[Case, ...]
    without_subsidy: Euros
    with_subsidy: Euros
    entered: Entered
    basis: tuple[UnitCost, ...]
    others: tuple[UnitCost, ...]


def estimate_cost(
    region: LawRegion,
    site_type: SiteType,
    pitches: Sequence[int],
    as_of: date,
    *,
    initiator: Initiator | None = "municipality",
    entered: Entered | None = None,
) -> CostEstimate:
    """Order of magnitude of the cost of a site.

    Parameters
    ----------
    pitches : numbers of pitches to cost, such as the least and the most of a layout; zeros are left out.
    as_of : day whose subsidy rules apply.
    initiator : who applies for the subsidy; None = not known.

    Raises
    ------
    UsageError
        When the type of site is none that is laid out.
    """
    if site_type not in LAID_OUT:
        raise UsageError(f"A site of type {site_type} has no unit cost.", f"Use one of {', '.join(LAID_OUT)}.")
    entered = entered or Entered()
    told = unit_costs()
    # A stopping place is not built like a site: no cost of one was found.
    size = LAID_OUT[site_type] if site_type != "temporary" else None
    mine = [one for one in told.items if one.site_type == size]
    basis = tuple(one for one in mine if one.counted)
    rate = told.vat_rate.value
    per_pitch = _range([one.without_vat(rate) for one in basis])
    cases = tuple(
        _case(count, per_pitch, region, site_type, as_of, initiator, entered, rate)
        for count in sorted({one for one in pitches if one > 0})
    )
    return CostEstimate(
        region=region,
        site_type=site_type,
        as_of=as_of,
        per_pitch=per_pitch,
        per_pitch_with_vat=_times(per_pitch, 1 + rate),
        cases=cases,
        without_subsidy=_hull([one.without_subsidy for one in cases]),
        with_subsidy=_hull([one.with_subsidy for one in cases]),
        entered=entered,
        basis=basis,
        others=tuple(one for one in mine if not one.counted),
    )


def _case(
    pitches: int,
    per_pitch: Euros,
    region: LawRegion,
    site_type: SiteType,
    as_of: date,
    initiator: Initiator | None,
    entered: Entered,
    rate: Decimal,
) -> Case:
    construction = _times(per_pitch, Decimal(pitches))
    with_vat = _times(construction, 1 + rate)
    if construction.low is None or construction.high is None or with_vat.low is None or with_vat.high is None:
        return Case(pitches, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, None)
    apart = sum((one for one in (entered.land, entered.soil, entered.connections) if one is not None), Decimal(0))
    without = Euros(with_vat.low + apart, with_vat.high + apart)
    cheap, dear = (
        evaluate(_project(region, site_type, pitches, amount, initiator, entered), as_of)
        for amount in (construction.low, construction.high)
    )
    subsidy = UNKNOWN
    if cheap.total.low is not None and dear.total.high is not None:
        subsidy = Euros(cheap.total.low, dear.total.high)
    return Case(
        pitches, construction, with_vat, without, subsidy, _after(without, cheap, dear), (cheap, dear)
    )  # fmt: skip


def _project(
    region: LawRegion,
    site_type: SiteType,
    pitches: int,
    construction: Decimal,
    initiator: Initiator | None,
    entered: Entered,
) -> Project:
    lines = [CostLine(type="layout", amount=construction.quantize(Decimal("0.01")))]
    if entered.land is not None:
        lines.append(CostLine(type="acquisition", amount=entered.land))
    return Project(
        region=region,
        site_type=site_type,
        pitches=pitches,
        initiator=initiator,
        costs=tuple(lines),
        valuation=entered.valuation if entered.land is not None else None,
    )


def _after(without: Euros, cheap: Assessment, dear: Assessment) -> Euros:
    """Net cost once the subsidy is taken off; a subsidy that is not certain may also be nothing."""
    if without.low is None or without.high is None:
        return UNKNOWN
    low = None if cheap.total.high is None else max(Decimal(0), without.low - cheap.total.high)
    sure = dear.verdict == "yes" and dear.total.low is not None
    high = max(Decimal(0), without.high - (dear.total.low or Decimal(0))) if sure else without.high
    return Euros(low, high)


def _range(amounts: Sequence[tuple[Decimal, Decimal]]) -> Euros:
    if not amounts:
        return UNKNOWN
    return Euros(min(low for low, _ in amounts), max(high for _, high in amounts))


def _hull(amounts: Sequence[Euros]) -> Euros:
    lows, highs = [one.low for one in amounts], [one.high for one in amounts]
    known_lows, known_highs = [one for one in lows if one is not None], [one for one in highs if one is not None]
    return Euros(
        min(known_lows) if lows and len(known_lows) == len(lows) else None,
        max(known_highs) if highs and len(known_highs) == len(highs) else None,
    )


def _times(amount: Euros, factor: Decimal) -> Euros:
    if amount.low is None or amount.high is None:
        return UNKNOWN
    return Euros(amount.low * factor, amount.high * factor)


def cost_document(estimate: CostEstimate, translate: Translate) -> dict[str, Any]:
    """The estimate as JSON: money as decimal strings, intervals low and high, null where not known or not entered."""
    entered = estimate.entered
    return {
        "caveat": translate.render(CAVEAT),
        "region": estimate.region,
        "site_type": estimate.site_type,
        "as_of": estimate.as_of.isoformat(),
        "per_pitch": {
            "without_vat": estimate.per_pitch.as_dict(),
            "with_vat": estimate.per_pitch_with_vat.as_dict(),
        },
        "vat_rate": unit_costs().vat_rate.model_dump(mode="json"),
        "cases": [_case_document(one, translate) for one in estimate.cases],
        "land": text(entered.land),
        "soil": text(entered.soil),
        "connections": text(entered.connections),
        "without_subsidy": estimate.without_subsidy.as_dict(),
        "with_subsidy": estimate.with_subsidy.as_dict(),
        "running": _running(estimate),
        "basis": [_unit_document(one, translate) for one in estimate.basis],
        "not_counted": [_unit_document(one, translate) for one in estimate.others],
        "notes": [translate.render(one) for one in _notes(estimate)],
    }


def _case_document(case: Case, translate: Translate) -> dict[str, Any]:
    language: Any = translate.language
    return {
        "pitches": case.pitches,
        "construction": {"without_vat": case.construction.as_dict(), "with_vat": case.with_vat.as_dict()},
        "without_subsidy": case.without_subsidy.as_dict(),
        "subsidy": case.subsidy.as_dict(),
        "with_subsidy": case.with_subsidy.as_dict(),
        "estimates": [estimate_document(one, language) for one in case.assessed] if case.assessed else [],
    }


def _running(estimate: CostEstimate) -> dict[str, Any] | None:
    """Ten years of running costs, before and after yearly aid that lasts or does not; None where none were entered."""
    yearly = estimate.entered.running
    if yearly is None:
        return None
    assessed = next((one.assessed for one in reversed(estimate.cases) if one.assessed), None)
    aid = [(one.rule.values.regime, one.amount) for one in assessed[1].yearly] if assessed else []
    total = yearly * YEARS
    most = sum((amount for _, amount in aid if amount is not None), Decimal(0)) * YEARS
    return {
        "per_year": text(yearly),
        "years": YEARS,
        "total": text(total),
        "yearly_aid": [{"regime": name, "amount": text(amount)} for name, amount in aid],
        "after_aid": Euros(max(Decimal(0), total - most), total).as_dict(),
    }


#: Words for an outcome, where the name alone would be read as something else.
_OUTCOMES = {"refused": "permit refused"}


def _unit_document(cost: UnitCost, translate: Translate) -> dict[str, Any]:
    low, high = cost.per_place()
    language: Any = translate.language
    return {
        "id": cost.id,
        "place": cost.place,
        "works": translate.render(Message(cost.works)),
        "outcome": translate.render(Message(_OUTCOMES.get(cost.outcome, cost.outcome))),
        "total": Euros(*cost.total).as_dict(),
        "places": {"low": cost.places[0], "high": cost.places[1]},
        "unit": translate.render(Message(cost.unit)),
        "per_place": Euros(low, high).as_dict(),
        "price_year": cost.price_year,
        "vat": cost.vat,
        "scope": cost.scope[language],
        "grade": cost.grade,
        "sources": [one.model_dump(mode="json", exclude_none=True) for one in cost.sources],
    }


def _notes(estimate: CostEstimate) -> list[Message]:
    """What a reader has to know of the figures."""
    out = []
    if estimate.basis:
        out += [
            Message("Prices of their year, not indexed; whether VAT is in them was mostly not found, so it counts both ways."),
            Message("Reported sites counted per caravan or dwelling are taken as one pitch each."),
        ]  # fmt: skip
    else:
        out.append(Message("No cost of a site of this type was found."))
    entered = estimate.entered
    names = {"land": entered.land, "soil": entered.soil, "connections": entered.connections}
    missing = [name for name, amount in names.items() if amount is None]
    if missing:
        out.append(Message("Not entered, so not counted: land, soil or connections that stand empty above."))
    if any(one.with_subsidy.low is None and one.without_subsidy.low is not None for one in estimate.cases):
        out.append(Message("The amount of a subsidy is not known: the net cost with it has no lower end."))
    return out
