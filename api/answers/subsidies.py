"""Subsidy regimes, estimates, and who could count on which."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from api.answers.base import (
    Answer,
    Capakey,
    Dataset,
    Day,
    Euros,
    Grade,
    Listed,
    MoneyInterval,
    Nis,
    Row,
    RuleId,
    Sentence,
    SiteType,
    Source,
    Url,
)


class Cap(Answer):
    """Cap."""

    kind: str = Field(description="Kind.", examples=["per_pitch"])
    cost_types: list[str] = Field(description="Types of cost.")
    amount: Euros | None


class Surcharge(Answer):
    """Surcharge."""

    rate: float = Field(description="Rate, 0..1; null = not found.", examples=[0.07])
    cost_types: list[str] = Field(description="Types of cost.")
    what: str = Field(description="What it is about, in the language of the answer.", examples=["general costs"])


class Flat(Answer):
    """Flat."""

    amount: Euros
    per: str = Field(description="Per what.", examples=["year"])


class Beneficiary(Answer):
    """Beneficiary."""

    id: str = Field(description="Identifier.", examples=["vgc"])
    title: str = Field(description="In the language of the answer.", examples=["province"])


class Deadline(Answer):
    """Deadline."""

    what: str = Field(
        description="What it is about, in the language of the answer.",
        examples=["Report by 31 March of the following year."],
    )
    source: str = Field(
        description="Where it comes from.", examples=["https://cmgv.be/gens-du-voyage-l-aire-a-du-retard/"]
    )


class Flag(Answer):
    """Flag."""

    id: str = Field(description="Identifier.", examples=["drafted_share"])
    unit: str = Field(description="Unit of the figures beside it.", examples=["eur"])
    low: str = Field(description="Lowest value.", examples=["0"])
    high: str = Field(description="Highest value; null = no upper end is known.", examples=["0.9"])
    text: Sentence
    source: str = Field(
        description="Where it comes from.", examples=["http://cohesionsociale.wallonie.be/actions/PHPaides"]
    )
    grade: Grade


class Citation(Answer):
    """Citation."""

    text: Sentence
    url: Url
    grade: Grade


class Regime(Row):
    """A subsidy scheme."""

    id: str = Field(description="Identifier.", examples=["W-D22"])
    rule: RuleId
    title: str = Field(description="In the language of the answer.", examples=["End of the subsidy for caravan sites"])
    region: str = Field(description="Region whose law or data it is.", examples=["flanders"])
    availability: str = Field(description="How the aid can be had.", examples=["call"])
    site_types: list[str] = Field(description="Types of site.")
    valid_from: Day
    valid_to: Day | None
    grade: Grade
    checked_on: Day
    checked_stale: bool = Field(description="Was it last checked more than six months ago?")
    rates: dict[str, float | None] = Field(description="Rate by type of cost, 0..1; null = not found.")
    rates_are_ceilings: bool = Field(description="Are the rates ceilings?")
    caps: list[Cap] | None = Field(description="Caps; null = not found.")
    surcharge: Surcharge | None = Field(description="Surcharge.")
    flat: Flat | None = Field(description="Flat amount.")
    envelope: Euros | None
    beneficiaries: list[Beneficiary] | None = Field(description="Who may apply; null = not found.")
    completion_months: int | None = Field(
        description="Months within which the works end; null = none found.", examples=[36]
    )
    deadlines: list[Deadline] = Field(description="Deadlines.")
    carries_on: str | None = Field(description="Which files it carries on for after its end.")
    flags: list[Flag] = Field(description="Figures that are reported and not confirmed.")
    successor: str | None = Field(description="Rule that followed it.", examples=["wallonia.subsidy.w-d22"])
    citations: list[Citation] = Field(description="Sentences it rests on, with their pages.")
    say: str = Field(description="In a sentence of the language of the answer.")
    status: str | None = Field(None, description="Status.", examples=["open"])
    status_title: str | None = Field(
        None, description="Status in words, in the language of the answer.", examples=["closed"]
    )


class CostLine(Answer):
    """One cost with what it could bring."""

    type: str = Field(description="Type.", examples=["layout"])
    title: str = Field(description="In the language of the answer.", examples=["layout"])
    cost: Euros
    eligible: Euros | None
    rate: float | None = Field(description="Rate, 0..1; null = not found.", examples=[0.9])
    cap: Any = Field(description="Cap, euros; null = not found.")
    subsidy: MoneyInterval
    regime: str | None = Field(description="Scheme.", examples=["VL-2000"])
    not_known: list[str] = Field(description="What is not known.")
    notes: list[str] = Field(description="Notes, in the language of the answer.")


class Yearly(Answer):
    """Yearly."""

    regime: str = Field(description="Scheme.", examples=["W-CONV"])
    amount: Euros
    per: str = Field(description="Per what.", examples=["year"])


class EstimateCondition(Answer):
    """What someone can release, or what is owed."""

    id: str = Field(description="Identifier.", examples=["cap"])
    state: str = Field(description="State.", examples=["met"])
    title: str = Field(description="In the language of the answer.", examples=["The cap is known."])
    regime: str = Field(description="Scheme.", examples=["W-D22"])
    about: str = Field(description="What it bears on; or whether the figure is about so much.", examples=["amount"])
    citation: str = Field(description="Article or page it rests on.", examples=["No act found"])
    url: Url


class Estimate(Answer):
    """What a project could count on by the law of a day."""

    region: str = Field(description="Region whose law or data it is.", examples=["flanders"])
    as_of: Day = Field(description="Day whose law applies.")
    rule_pack: str = Field(description="Version of the rules.", examples=["2026.11.2+9c8c6c945ef3"])
    verdict: Literal["yes", "no", "unknown"] = Field(description="Is there a subsidy?", examples=["yes"])
    regimes: list[Regime] = Field(description="Schemes.")
    cost_lines: list[CostLine] = Field(description="Costs with what they could bring.")
    surcharge: MoneyInterval
    total: MoneyInterval
    yearly: list[Yearly] = Field(description="Amounts by the year.")
    conditions: list[EstimateCondition] = Field(description="What someone can release, or what is owed.")
    assumptions: list[str] = Field(description="What was assumed, in the language of the answer.")
    also: list[Regime] = Field(description="Schemes that do not answer, and why.")
    text: Sentence


class Regimes(Listed):
    """Subsidy schemes, oldest first."""

    as_of: Day | None = Field(description="Day whose law applies.")
    items: list[Regime] = Field(description="The items.")


class EligibilityItemRegime(Answer):
    """A subsidy scheme."""

    id: str = Field(description="Identifier.", examples=["B-NONE"])
    rule: RuleId
    title: str = Field(description="In the language of the answer.", examples=["End of the subsidy for caravan sites"])
    standing: str = Field(description="open, carried_on, closed or unknown.", examples=["open"])
    standing_title: str = Field(description="The same in words, in the language of the answer.", examples=["closed"])
    url: Url


class EligibilityItem(Answer):
    """Eligibility item."""

    nis: Nis
    name: str | None = Field(None, description="Name.", examples=["Luik"])
    site_type: SiteType
    region: str = Field(description="Region whose law or data it is.", examples=["flanders"])
    cases: list[str] = Field(description="Cases.")
    standing: str = Field(description="open, carried_on, closed or unknown.", examples=["open"])
    standing_title: str = Field(description="The same in words, in the language of the answer.", examples=["unknown"])
    regimes: list[EligibilityItemRegime] = Field(description="Schemes.")
    capakey: Capakey | None = Field(None)
    hp: str | None = Field(None, description="HP site it lies in: its phase, none or unknown.", examples=["none"])
    dataset: list[Dataset] | None = Field(None, description="Datasets it rests on; see `sources`.")
    stale: Any | None = Field(None, description="Layers that rest on a stale source.")
    cases_not_known: list[str] | None = Field(None, description="Cases for which it is not known.")
    site: str | None = Field(None, description="Site of the inventory.", examples=["br-brussel-haren"])


class Eligibility(Answer):
    """Which schemes were open on a day, by place."""

    as_of: Day = Field(description="Day whose law applies.")
    boundaries: str = Field(description="Of which day the boundaries are.", examples=["of today"])
    rule_pack: str = Field(description="Version of the rules.", examples=["2026.11.2+9c8c6c945ef3"])
    count: int = Field(description="How many there are.", examples=[1])
    items: list[EligibilityItem] = Field(description="The items.")
    sources: list[Source] = Field(description="Datasets the answer rests on.")
