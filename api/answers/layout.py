"""How many pitches fit, how they could lie, and what that may cost."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from api.answers.base import (
    Answer,
    Capakey,
    Day,
    Euros,
    Geometry,
    Grade,
    Interval,
    Metres,
    MoneyInterval,
    Nis,
    Notice,
    RuleId,
    Sentence,
    SiteType,
    SquareMetres,
    Url,
    WholeInterval,
)
from api.answers.subsidies import Estimate


class Drawing(Answer):
    """Drawing."""

    variant: str = Field(description="generous, tight or wanted.", examples=["tight"])
    pitches: int | None = Field(description="Pitches, lowest and highest estimate.", examples=[6])
    pitch_area_m2: Interval | None = Field(description="Lowest and highest, m²; null = none fits.")
    spacing_m: Metres
    balance_m2: dict[str, float] = Field(description="Areas by use, m².")


class RuleBehind(Answer):
    """Every version of one rule."""

    rule: RuleId
    title: str = Field(description="In the language of the answer.", examples=["Area for 15 caravans"])
    act: str = Field(description="Act.", examples=["Designs of Namur and Mons"])
    url: Url
    grade: Grade
    binding: bool = Field(description="Is it binding?")
    figure: bool = Field(description="Does the rule state this figure?")
    quantity: str | None = Field(None, description="What is limited.", examples=["area of the land"])
    unit: str | None = Field(None, description="Unit of the figures beside it.", examples=["m2"])
    low: int | None = Field(None, description="Lowest value.", examples=[10])
    high: int | None = Field(None, description="Highest value; null = no upper end is known.", examples=[25])
    owner: str | None = Field(
        None, description="Whose figure: official, foreign_norm or our_choice.", examples=["official"]
    )
    measured: Interval | None = Field(None)
    met: bool | None = Field(None, description="Is it met? null = not known.")
    owner_title: str | None = Field(
        None, description="Class of owner, in the language of the answer.", examples=["law here"]
    )


class Norm(Answer):
    """Norm."""

    id: str = Field(description="Identifier.", examples=["spacing"])
    title: str = Field(description="In the language of the answer.", examples=["green edge"])
    low: float = Field(description="Lowest value.", examples=[2.0])
    high: float = Field(description="Highest value; null = no upper end is known.", examples=[2.0])
    unit: str = Field(description="Unit of the figures beside it.", examples=["m"])
    owner: str = Field(description="Whose figure: official, foreign_norm or our_choice.", examples=["official"])
    binding: bool = Field(description="Is it binding?")
    note: str | None = Field(
        description="Note, in the language of the answer.", examples=["Our choice: 2.4 by 5 metres; no size was found."]
    )
    rules: list[RuleBehind] = Field(description="Rules it rests on.")
    owner_title: str = Field(description="Class of owner, in the language of the answer.", examples=["our choice"])


class Property(Answer):
    """Property."""

    kind: str = Field(description="Kind.", examples=["road"])
    variant: str = Field(description="generous, tight or wanted.", examples=["wanted"])
    area_m2: SquareMetres
    number: int | None = Field(None, description="Number.", examples=[1])
    pitch: int | None = Field(None, description="Number of the pitch.", examples=[1])
    reached: bool | None = Field(None, description="Of a rest: does a road of the drawing reach it?")


class DrawnFeature(Answer):
    """Drawn feature."""

    type: str = Field(description="Type.", examples=["Feature"])
    geometry: Geometry | None
    properties: Property = Field(description="Properties.")


class Feature(Answer):
    """Feature."""

    type: str = Field(description="Type.", examples=["FeatureCollection"])
    features: list[DrawnFeature] = Field(description="GeoJSON features.")


class PerPitch(Answer):
    """Per pitch."""

    without_vat: MoneyInterval
    with_vat: MoneyInterval


class VatRate(Answer):
    """Vat rate."""

    value: Euros
    grade: Grade
    source: str = Field(description="Where it comes from.")
    supports: str = Field(description="What the page says.")


class Construction(Answer):
    """Construction."""

    without_vat: MoneyInterval
    with_vat: MoneyInterval


class Case(Answer):
    """Case."""

    pitches: int | None = Field(description="Pitches, lowest and highest estimate.", examples=[6])
    construction: Construction = Field(description="Construction, euros.")
    without_subsidy: MoneyInterval
    subsidy: MoneyInterval
    with_subsidy: MoneyInterval
    estimates: list[Estimate] = Field(description="Subsidy estimates.")


class WorkSource(Answer):
    """Work source."""

    url: Url
    supports: str = Field(description="What the page says.", examples=["20 to 30 caravans."])


class Work(Answer):
    """Work."""

    id: str = Field(description="Identifier.", examples=["mons"])
    place: str | None = Field(
        description="Street and number nearest by, or the place in words; null = none known.",
        examples=["Mons, Jemappes"],
    )
    works: str = Field(description="Kind of works.", examples=["new"])
    outcome: str = Field(description="What became of it.", examples=["built"])
    total: MoneyInterval
    places: WholeInterval
    unit: str = Field(description="Unit of the figures beside it.", examples=["pitches"])
    per_place: MoneyInterval
    price_year: int | None = Field(description="Year of the price.", examples=[2022])
    vat: Any = Field(description="With VAT? null = not stated.")
    scope: str = Field(
        description="What it covers.", examples=["estimate of the project; what it covers was not found"]
    )
    grade: Grade
    sources: list[WorkSource] = Field(description="Datasets the answer rests on.")


class Cost(Answer):
    """Cost."""

    caveat: str = Field(description="What the figures are not.", examples=["Order of magnitude, not a budget."])
    region: str = Field(description="Region whose law or data it is.", examples=["flanders"])
    site_type: SiteType
    as_of: Day = Field(description="Day whose law applies.")
    per_pitch: PerPitch = Field(description="Per pitch.")
    vat_rate: VatRate = Field(description="Rate of VAT.")
    cases: list[Case] = Field(description="Cases.")
    land: Euros | None
    soil: Euros | None
    connections: Any = Field(description="Connections, euros; null = not counted.")
    without_subsidy: MoneyInterval
    with_subsidy: MoneyInterval
    running: Any = Field(description="Running costs of a year, euros; null = not counted.")
    basis: list[Work] = Field(description="Works the figures come from.")
    not_counted: list[Work] = Field(description="Works that are not counted, and why in their scope.")
    notes: list[str] = Field(description="Notes, in the language of the answer.")


class Layout(Answer):
    """Pitches that fit, drawings, and cost as an order of magnitude."""

    capakeys: list[Capakey] = Field(description="CAPAKEYs; empty for a drawn area.")
    source: str = Field(description="Where it comes from.", examples=["parcel"])
    municipality: Nis
    region: str = Field(description="Region whose law or data it is.", examples=["flanders"])
    site_type: SiteType
    as_of: Day = Field(description="Day whose law applies.")
    data_date: Day | None = Field(description="Newest date of the data.")
    run: str | None = Field(description="Result it is from; null of a drawn area.", examples=["r183dcd1a7fd374e5"])
    area_m2: SquareMetres
    remainder_m2: SquareMetres
    cut_m2: dict[str, Any] = Field(description="Land taken away, m², by reason.")
    pitches: WholeInterval | None
    wanted: int | None = Field(description="Pitches asked for; null = none.", examples=[6])
    drawn: str = Field(description="Which drawing `features` holds.", examples=["wanted"])
    drawings: list[Drawing] = Field(description="Drawings, with their areas.")
    norm: list[Norm] = Field(description="Figures of the drawing, and whose they are.")
    site_norms: list[RuleBehind] = Field(description="Norms for the whole site.")
    equipment: list[RuleBehind] = Field(description="Equipment.")
    reason: str | None = Field(description="Why it is not known: a code.")
    notes: list[str] = Field(description="Notes, in the language of the answer.")
    text: Sentence
    features: Feature = Field(description="GeoJSON features.")
    cost: Cost = Field(description="Cost, an order of magnitude.")
    notice: Notice | None = Field(None)
