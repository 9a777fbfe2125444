"""What the lists of the API answer: rows of what is loaded, results and what they hold, each a page at a time."""

from __future__ import annotations

from pydantic import Field

from api.answers.base import (
    Answer,
    Box,
    Capakey,
    Dataset,
    Day,
    Geometry,
    Id,
    Interval,
    Nis,
    Place,
    Row,
    Rows,
    RunId,
    RunInfo,
    SiteType,
    SoFar,
    SquareMetres,
    Url,
    Verdict,
    WholeInterval,
)
from api.answers.explanation import Explanation


class ParcelRow(Row):
    """A parcel as its source has it."""

    id: Id
    capakey: Capakey
    municipality: Nis | None
    canu: str | None = Field(description="Parcel number as printed.", examples=["12 A"])
    area_m2: SquareMetres
    official_area_m2: SquareMetres | None = Field(description="Area in the register, m²; null where none is given.")
    ref_date: Day | None = Field(description="Date of the parcel state.")
    dataset: Dataset
    centre: Place
    bbox: Box
    geometry: Geometry | None = Field(None, description="Shape; only where `fields` names it, and in GeoJSON.")


class ZoneRow(Row):
    """A zone of a plan."""

    id: str = Field(description="Number of the zone, of this version of its plan.", examples=["37"])
    class_: str = Field(alias="class", description="Harmonised class.", examples=["residential"])
    class_title: str = Field(description="Class in the language of the answer.", examples=["residential zone"])
    plan_kind: str = Field(description="gewestplan, rup, bpa, pds or pras.", examples=["gewestplan"])
    plan_id: str | None = Field(description="Identifier of the plan.", examples=["RUP_1"])
    code: str | None = Field(description="Code of the zone in its source.", examples=["0100"])
    label: str | None = Field(description="Label of the zone in its source.", examples=["woongebieden"])
    name: str | None = Field(description="Name of the plan.", examples=["Kleine Heide"])
    link: Url | None = Field(description="Official sheet.")
    area_m2: SquareMetres
    dataset: Dataset
    centre: Place
    bbox: Box
    geometry: Geometry | None = Field(None, description="Shape; only where `fields` names it, and in GeoJSON.")


class ResultRow(Row):
    """A result: one scoring of a territory with everything pinned."""

    id: RunId
    territory: list[Nis] = Field(description="Municipalities ranked together.")
    region: str = Field(description="Whose law.", examples=["flanders"])
    site_type: SiteType
    profile: str = Field(description="Set of criteria with its version.", examples=["flanders-residential 4"])
    rule_pack: str = Field(description="Version of the rules.", examples=["2026.11.2+9c8c6c945ef3"])
    as_of: Day = Field(description="Day whose law was applied.")
    data_date: Day = Field(description="Newest date of the data.")
    counts: dict[str, int] | None = Field(
        description="Parcels by verdict; null of a result that counts what may not be told by now.",
        examples=[{"compatible": 567, "unknown": 40}],
    )
    published: bool = Field(description="Released by the municipality.")
    what_if: bool = Field(description="Asked for another day than its own; never the current result.")
    seed: int = Field(description="Seed of every random draw.", examples=[2012])


class OfRun(Answer):
    """Which result the rows are of."""

    run: RunId
    run_info: RunInfo


class ScoreRow(Row):
    """Verdict, score and values of a parcel in a result."""

    id: Id
    capakey: Capakey
    municipality: Nis | None
    area_m2: SquareMetres
    usable_area_m2: SquareMetres | None = Field(description="Usable area, m²; null = not known.")
    pitches: WholeInterval
    verdict: Verdict
    so_far: SoFar
    score: Interval
    rank: int | None = Field(description="Place in the list; null where it is ruled out.", examples=[1])
    rank_interval: WholeInterval | None = Field(
        description="Best and worst place in nine draws of ten; of over 100 000 ranked, only for the first 1 000."
    )
    first_share: float | None = Field(
        description="Share of the draws in which it ranks first, 0..1; null = not drawn.", examples=[0.12]
    )
    top_share: float | None = Field(
        description="Share of the draws in which it is among the first ten, of over 100 000 ranked among the first 1 000, 0..1; null = not drawn.",
        examples=[0.8],
    )
    conditions: list[str] = Field(description="Constraints that are conditional or need a derogation.")
    unknown: list[str] = Field(description="Layers that are missing.")
    values: dict[str, Interval] | None = Field(description="Value of each criterion, 0..1; null where it is ruled out.")
    centre: Place | None = Field(description="Lon, lat; null where the plan may not be passed on.")
    bbox: Box | None = Field(description="West, south, east, north; null where the plan may not be passed on.")
    geometry: Geometry | None = Field(None, description="Shape; only where `fields` names it, and in GeoJSON.")


class Scores(Rows[ScoreRow], OfRun):
    """Scores of a result."""

    weights: dict[str, float] = Field(
        description="Weight of each criterion; together they are 1.", examples=[{"school": 0.12}]
    )


class Explanations(Rows[Explanation], OfRun):
    """Explanations of a result."""
