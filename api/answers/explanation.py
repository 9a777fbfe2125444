"""Why a place is or is not a candidate: one parcel, a group of parcels, a comparison."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from api.answers.base import (
    Answer,
    Box,
    Capakey,
    Dataset,
    Day,
    Geometry,
    Grade,
    Interval,
    Nis,
    Notice,
    Place,
    Ranks,
    Row,
    RuleId,
    RunId,
    RunInfo,
    Sentence,
    Share,
    SiteType,
    SoFar,
    Source,
    SquareMetres,
    Stale,
    Url,
    Verdict,
    Weight,
    WholeInterval,
)


class Constraint(Answer):
    """A hard condition with its state."""

    id: str = Field(description="Identifier.", examples=["soil"])
    state: str = Field(description="State.", examples=["fail"])
    measured: float | None = Field(
        description="What was measured, in the unit of the constraint or criterion; null = not known.", examples=[0.0]
    )
    threshold: float | None = Field(description="The limit it is held against, in the same unit.", examples=[0.3])
    rule: RuleId | None
    rule_title: str | None = Field(
        description="Title of the rule, in the language of the answer.", examples=["Flood hazard (Brussels)"]
    )
    rule_url: Url | None
    rule_checked_on: Day | None
    rule_checked_stale: bool = Field(description="Was the rule last checked more than six months ago?")
    rule_gone: str | None = Field(description="Day since when the rule no longer holds; null = it holds.")
    dataset: list[Dataset] = Field(description="Datasets it rests on; see `sources`.")
    stale: Stale
    title: str = Field(description="In the language of the answer.", examples=["Soil"])
    sentence: Sentence
    rule_articles: list[str] = Field(description="Articles of the rule.")
    rule_grade: Grade | None


class Condition(Answer):
    """What someone can release, or what is owed."""

    what: str = Field(description="What it is about, in the language of the answer.", examples=["A soil survey."])
    who_decides: str = Field(description="Who decides, in the language of the answer.", examples=["the municipality"])
    article: str | None = Field(description="Article of the law; null = not known.", examples=["VCRO 5.6.11"])
    lead_time: str | None = Field(
        description="How long it takes; null = not found.", examples=["30 days; without a decision it is granted"]
    )
    risk: str | None = Field(
        description="How likely it is refused: low, medium, high; null = not known.", examples=["low"]
    )


class NextStep(Answer):
    """A permit or step that follows."""

    rule: RuleId
    grade: Grade
    decision_days: int | None = Field(description="Days within which is decided; null = not found.")
    max_days: int | None = Field(description="Longest stay, days; null = none found.")
    what: str = Field(description="What it is about, in the language of the answer.")
    url: Url
    article: str | None = Field(description="Article of the law; null = not known.", examples=["149/10"])


class Criterion(Answer):
    """A soft criterion: what was measured, its value, its weight, what it contributes to the score."""

    id: str = Field(description="Identifier.", examples=["stop"])
    measured: float | None = Field(
        description="What was measured, in the unit of the constraint or criterion; null = not known.", examples=[0.0]
    )
    unit: str = Field(description="Unit of the figures beside it.", examples=["m"])
    value: Interval
    weight: Weight
    contribution: Interval
    title: str = Field(description="In the language of the answer.", examples=["Owner"])
    sentence: Sentence
    dataset: list[Dataset] = Field(description="Datasets it rests on; see `sources`.")
    stale: Stale


class Unknown(Answer):
    """A layer that is not known."""

    layer: str = Field(description="Layer that is missing.", examples=["zoning:law"])
    title: str = Field(description="In the language of the answer.", examples=["Whether the plan allows a site"])
    reason: str = Field(description="Why it is not known: a code.", examples=["law_open"])
    date: str | None = Field(description="Date, as precisely as the source gives it.")
    who: str | None = Field(description="Who could answer.", examples=["the municipality or urban.brussels"])
    ingest: list[str] = Field(description="Kinds of file that would answer it.")


class SiteHere(Answer):
    """A public site on the land."""

    id: str = Field(description="Identifier.", examples=["demo-2"])
    name: str = Field(description="Name.", examples=["Terrain des Dunes (fictif)"])
    site_type: SiteType
    status: str = Field(description="Status.", examples=["closed"])
    pitches: int | None = Field(description="Pitches, lowest and highest estimate.", examples=[8])
    pitch_unit: str | None = Field(description="pitch, caravan, place or household: not one unit.", examples=["pitch"])
    source_url: str | None = Field(description="Page of the source.")
    source_date: str | None = Field(description="Date of the source.", examples=["2026"])
    grade: Grade
    precision: str = Field(description="How precisely the place is known.", examples=["parcel"])
    sentence: Sentence


class Zoning(Answer):
    """A zone on the parcel."""

    class_: str = Field(alias="class", description="Harmonised zoning class.", examples=["residential"])
    share: Share
    title: str = Field(description="In the language of the answer.", examples=["residential zone"])


class Explained(Answer):
    """What every explanation says, of whatever land."""

    id: str = Field(description="Identifier.", examples=["99104G0011-00X019"])
    capakeys: list[Capakey] = Field(description="CAPAKEYs; empty for a drawn area.")
    verdict: Verdict
    so_far: SoFar
    as_of: Day = Field(description="Day whose law applies.")
    data_date: Day = Field(description="Newest date of the data.")
    constraints: list[Constraint] = Field(description="Hard conditions with their state.")
    conditions: list[Condition] = Field(description="What someone can release, or what is owed.")
    next_steps: list[NextStep] = Field(description="Permits and steps that follow, by the law of the day.")
    criteria: list[Criterion] = Field(description="Soft criteria with their value, weight and contribution.")
    score: Interval
    unknown: list[Unknown] = Field(description="What is not known: layers.")
    sites: list[SiteHere] = Field(description="Public sites that stand here.")
    text: Sentence


class Explanation(Explained, Row):
    """An explanation as one document."""

    run: str | None = Field(description="Result it is from; null of a drawn area.", examples=["r183dcd1a7fd374e5"])


class PlanSheet(Answer):
    """The official sheet of a plan on a parcel."""

    title: str = Field(description="Name of the plan, or its label.", examples=["Kleine Heide"])
    plan: str | None = Field(description="Identifier of the plan.", examples=["RUP_24062_214"])
    kind: str = Field(description="Kind of plan.", examples=["rup"])
    url: Url


class Parcel(Explained):
    """One parcel with its explanation."""

    run: RunId
    capakey: Capakey
    municipality: Nis
    area_m2: SquareMetres
    official_area_m2: SquareMetres | None = Field(
        description="Area in the register, m²; null where the source gives none."
    )
    ref_date: Day | None
    centre: Place | None
    bbox: Box | None
    geometry: Geometry | None
    owner_class: str | None = Field(description="Class of owner; null = not known.", examples=["private"])
    owner_told: bool = Field(description="May the class of owner be told?")
    plan_sheets: list[PlanSheet] = Field(description="Official sheets of the plans, largest part first.")
    zoning: list[Zoning] | None = Field(description="Destination of the land.")
    rank: int | None = Field(
        description="Place in the list; null for incompatible, and for an anonymous visitor of a draft.", examples=[1]
    )
    rank_interval: Ranks | None
    total_ranked: int = Field(description="How many are ranked.", examples=[963])
    pitches: WholeInterval | None
    usable_area_m2: SquareMetres | None = Field(description="Usable area, m²; null = not known.")
    rule_pack: str = Field(description="Version of the rules.", examples=["2026.11.2+9c8c6c945ef3"])
    rule_pack_in_use: str = Field(description="Version of the rules in use today.", examples=["2026.11.2+9c8c6c945ef3"])
    stale: list[str] = Field(description="Layers that rest on a stale source.")
    sources: list[Source] = Field(description="Datasets the answer rests on.")
    explanation: Explanation = Field(description="The same explanation once more, as one document.")
    owner_title: str = Field(description="Class of owner, in the language of the answer.", examples=["Private"])
    stale_titles: list[str] = Field(description="Titles of the layers that rest on a stale source.")
    notice: Notice | None = Field(None)


class Assembly(Explained):
    """A group of parcels, explained."""

    run: RunId
    source: str = Field(description="Where it comes from.", examples=["assembly"])
    sources: list[Source] = Field(description="Datasets the answer rests on.")
    notice: Notice | None = Field(None)


class Line(Answer):
    """One line of a comparison, a value per column."""

    kind: str = Field(description="Kind.", examples=["figure"])
    id: str = Field(description="Identifier.", examples=["stop"])
    title: str = Field(description="In the language of the answer.", examples=["m²"])
    values: list[Any] = Field(description="Values, in the order of the columns or by name.")
    texts: list[str] = Field(description="The same in words, in the language of the answer.")
    differs: bool = Field(description="Do the columns differ here?")


class Comparison(Answer):
    """Parcels side by side."""

    run: RunId
    run_info: RunInfo
    runs: list[RunId] = Field(description="Results the parcels are told by, each once.")
    names: list[str] = Field(description="What is compared: CAPAKEYs, then drawn areas.", examples=[["drawn-1"]])
    capakeys: list[Capakey] = Field(description="CAPAKEYs; empty for a drawn area.")
    count: int = Field(description="How many there are.", examples=[3])
    lines: list[Line] = Field(description="Lines of the comparison.")
    items: list[Parcel] = Field(description="Each explained in full.")
    notice: Notice | None = Field(None)
