"""Lists of candidates: parcels, groups of parcels, drawn areas, and what stands in the way."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from api.answers.base import (
    Answer,
    Box,
    Capakey,
    Day,
    Geometry,
    Interval,
    LawRegion,
    Listed,
    Metres,
    Nis,
    Notice,
    Place,
    Ranks,
    Row,
    RunId,
    RunInfo,
    Sentence,
    Share,
    SiteType,
    SoFar,
    Source,
    SquareMetres,
    Stale,
    Verdict,
    Weight,
    WholeInterval,
)
from api.answers.explanation import Explanation


class Distance(Answer):
    """Way as the crow flies to the nearest service, metres."""

    low: float = Field(description="Lowest value.", examples=[73.7])
    high: float = Field(description="Highest value; null = no upper end is known.", examples=[73.7])
    stale: Stale


class Candidate(Row):
    """A candidate."""

    id: str = Field(description="Identifier.", examples=["99104G0011-00X019"])
    capakeys: list[Capakey] = Field(description="CAPAKEYs; empty for a drawn area.")
    source: str = Field(description="Where it comes from.", examples=["parcel"])
    municipality: Nis
    area_m2: SquareMetres
    usable_area_m2: SquareMetres | None = Field(description="Usable area, m²; null = not known.")
    pitches: WholeInterval | None
    verdict: Verdict
    so_far: SoFar
    conditions: list[str] = Field(description="What someone can release, or what is owed.")
    score: Interval
    rank: int | None = Field(
        description="Place in the list; null for incompatible, and for an anonymous visitor of a draft.", examples=[1]
    )
    rank_interval: Ranks | None
    published_rank: int | None = Field(
        description="Rank of the published result; it stands beside every other.", examples=[1]
    )
    unknown: list[str] = Field(description="What is not known: layers.")
    place: str | None = Field(
        description="Street and number nearest by, or the place in words; null = none known.", examples=["Zeelaan 119"]
    )
    centre: Place | None
    bbox: Box | None
    zoning: str | None = Field(description="Destination of the land.", examples=["residential"])
    owner_class: str | None = Field(description="Class of owner; null = not known.", examples=["private"])
    owner_told: bool = Field(description="May the class of owner be told?")
    distances: dict[str, Distance] = Field(description="Nearest services, m, as intervals.")
    stale: list[str] = Field(description="Layers that rest on a stale source.")
    unknown_titles: list[str] = Field(description="Titles of the layers that are not known.")
    zoning_title: str | None = Field(
        description="Destination in words, in the language of the answer.", examples=["residential zone"]
    )
    owner_title: str = Field(description="Class of owner, in the language of the answer.", examples=["Private"])
    stale_titles: list[str] = Field(description="Titles of the layers that rest on a stale source.")
    run: RunId
    total_ranked: int = Field(description="How many that result ranks.", examples=[963])
    geometry: Geometry | None = Field(None, description="Only where `fields` names it, and in GeoJSON.")


class Candidates(Listed):
    """A page of ranked candidates."""

    run: str = Field(description="The result; of several municipalities several, separated by commas.")
    items: list[Candidate] = Field(description="The items.")
    runs: list[RunInfo] = Field(description="The results the list is of.")
    total_ranked: int = Field(description="How many are ranked.", examples=[963])
    excluded: int = Field(description="Incompatible parcels, not ranked.", examples=[19136])
    run_info: RunInfo
    weights: dict[str, float] | None = Field(
        None, description="Weights that differ from the published ones.", examples=[{"school": 90.0}]
    )
    findings: list[Any] | None = Field(None, description="What each finding did: entered, disputed, agrees, excluded.")


class ParcelGroup(Row):
    """A group of neighbouring parcels."""

    id: str = Field(description="Identifier.", examples=["99301B0017-00L010+99301B0017-00M011"])
    capakeys: list[Capakey] = Field(description="CAPAKEYs; empty for a drawn area.")
    source: str = Field(description="Where it comes from.", examples=["assembly"])
    municipality: Nis
    municipalities: list[Nis] = Field(description="Municipalities.")
    area_m2: SquareMetres
    usable_area_m2: SquareMetres | None = Field(description="Usable area, m²; null = not known.")
    usable_area: Interval
    pitches: WholeInterval | None
    verdict: Verdict
    so_far: SoFar
    conditions: list[str] = Field(description="What someone can release, or what is owed.")
    score: Interval
    rank: int | None = Field(
        description="Place in the list; null for incompatible, and for an anonymous visitor of a draft.", examples=[49]
    )
    rank_interval: Ranks | None = Field(description="Best and worst place; null where not drawn.")
    unknown: list[str] = Field(description="What is not known: layers.")
    owners: WholeInterval
    owner_classes: list[str | None] = Field(description="Class of owner of each parcel; null = not known.")
    owner_told: bool = Field(description="May the class of owner be told?")
    frontage: int = Field(description="Parcels of the group that lie along a road.", examples=[2])
    compactness: float = Field(description="4 pi area / perimeter squared, 0..1.", examples=[0.751])
    width_m: Metres
    front: int = Field(
        description="Front of the trade-off between score, size and owners it is on; 1 = none is better in all.",
        examples=[1],
    )
    variants: int = Field(description="Groups nearly the same that were left out.", examples=[0])
    bbox: Box | None
    centre: Place | None
    geometry: Geometry | None
    stale: list[str] = Field(description="Layers that rest on a stale source.")
    unknown_titles: list[str] = Field(description="Titles of the layers that are not known.")
    stale_titles: list[str] = Field(description="Titles of the layers that rest on a stale source.")
    owner_title: str = Field(description="Class of owner, in the language of the answer.", examples=["Private"])


class Assemblies(Listed):
    """Groups of neighbouring parcels, the best first."""

    run: RunId
    items: list[ParcelGroup] = Field(description="The items.")
    found: int = Field(description="Groups that were found.", examples=[64])
    wanted_area_m2: float = Field(description="Area asked for, m².", examples=[1000.0])
    run_info: RunInfo


class Municipality(Answer):
    """A municipality."""

    nis: Nis
    share: Share


class OnParcel(Answer):
    """A parcel an area lies on."""

    capakey: Capakey
    share: Share


class Crs(Answer):
    """Coordinate system a drawing came in."""

    declared: str = Field(description="As declared.", examples=["EPSG:4326"])
    used: str = Field(description="As used.", examples=["EPSG:4326"])
    how: str = Field(description="How that is known.", examples=["declared"])
    accuracy_m: float = Field(description="Accuracy of the transformation, m.", examples=[1.0])


class Area(Answer):
    """A drawn area, judged."""

    id: str = Field(description="Identifier.", examples=["drawn-1"])
    name: str = Field(description="Name.", examples=["1"])
    capakeys: list[str] = Field(description="CAPAKEYs; empty for a drawn area.")
    source: str = Field(description="Where it comes from.", examples=["drawn"])
    municipality: Nis
    municipalities: list[Municipality] = Field(description="Municipalities.")
    on_parcels: list[OnParcel] = Field(description="Parcels it lies on, with the share of its area.")
    crs: Crs = Field(description="Coordinate system it came in.")
    area_m2: SquareMetres
    usable_area_m2: SquareMetres | None = Field(description="Usable area, m²; null = not known.")
    pitches: WholeInterval | None
    verdict: Verdict
    so_far: SoFar
    conditions: list[str] = Field(description="What someone can release, or what is owed.")
    score: Interval
    rank: int | None = Field(
        description="Place in the list; null for incompatible, and for an anonymous visitor of a draft."
    )
    rank_interval: Ranks | None = Field(description="Best and worst place; null where not drawn.")
    unknown: list[str] = Field(description="What is not known: layers.")
    owner_class: str | None = Field(description="Class of owner; null = not known.")
    owner_told: bool = Field(description="May the class of owner be told?")
    bbox: Box | None
    geometry: Geometry | None
    law_region: LawRegion
    profile: str = Field(description="Set of criteria with its version.", examples=["flanders-transit 4"])
    data_date: Day = Field(description="Newest date of the data.")
    stale: list[str] = Field(description="Layers that rest on a stale source.")
    sources: list[Source] = Field(description="Datasets the answer rests on.")
    explanation: Explanation = Field(description="The same explanation once more, as one document.")
    unknown_titles: list[str] = Field(description="Titles of the layers that are not known.")
    stale_titles: list[str] = Field(description="Titles of the layers that rest on a stale source.")
    owner_title: str = Field(description="Class of owner, in the language of the answer.", examples=["Not known"])


class Areas(Answer):
    """Drawn areas, judged."""

    run: Any
    count: int = Field(description="How many there are.", examples=[1])
    items: list[Area] = Field(description="The items.")
    next: str | None = Field(description="Token of the page that follows; null on the last one.")
    site_type: SiteType
    as_of: Day = Field(description="Day whose law applies.")
    rule_pack: str = Field(description="Version of the rules.", examples=["2026.11.2+9c8c6c945ef3"])
    notice: Notice | None = Field(None)


class WaitingFor(Answer):
    """A layer that candidates wait for."""

    layer: str = Field(description="Layer that is missing.", examples=["nuisance"])
    title: str = Field(description="In the language of the answer.", examples=["Nuisances"])
    count: int = Field(description="How many there are.", examples=[1])


class FewerPitches(Answer):
    """What fewer pitches would give."""

    pitches: int | None = Field(description="Pitches, lowest and highest estimate.", examples=[29])
    compatible: int = Field(description="Compatible ones.", examples=[40])


class Extension(Answer):
    """A parcel beside an open site."""

    capakey: Capakey
    site: str = Field(description="Site of the inventory.", examples=["demo-5"])


class Adjoining(Answer):
    """A municipality beside it."""

    municipality: Nis
    name: str = Field(description="Name.", examples=["Hautemer (fictief)"])
    compatible: int = Field(description="Compatible ones.", examples=[37])


class Obstacle(Answer):
    """A constraint that rules out parcels."""

    constraint: str = Field(description="Constraint.", examples=["flood"])
    title: str = Field(description="In the language of the answer.", examples=["Flooding"])
    fails: int = Field(description="Parcels it rules out.", examples=[14])
    area_m2: SquareMetres
    alone: int = Field(description="Parcels it alone rules out.", examples=[0])
    then: dict[str, int] = Field(description="What these would be without it, by verdict.")
    liftable: bool = Field(description="Can someone lift it?")


class NearMisses(Answer):
    """What stands in the way of more candidates, and what would help."""

    run: RunId
    few: bool = Field(description="Are fewer than three compatible?")
    compatible: int = Field(description="Compatible ones.", examples=[37])
    on_condition: int = Field(description="Of these, on a condition.", examples=[0])
    unknown_compatible_so_far: int = Field(description="Unknown ones that are compatible so far.", examples=[1])
    waiting_for: list[WaitingFor] = Field(description="Layers they wait for.")
    needs_derogation: int = Field(description="Ones that need a derogation.", examples=[0])
    fewer_pitches: list[FewerPitches] = Field(description="How many there would be with fewer pitches.")
    other_owners: int = Field(description="How many there would be with any owner.", examples=[0])
    assemblies: int | None = Field(description="Groups of parcels with the room; null = not looked for.", examples=[16])
    extensions: list[Extension] = Field(description="Parcels beside an open site.")
    adjoining: list[Adjoining] = Field(description="Municipalities beside it that are scored.")
    obstacles: list[Obstacle] = Field(description="What rules out most.")
    sentences: list[str] = Field(description="The same in sentences, in the language of the answer.")


class Agreement(Answer):
    """How far another way of ranking agrees."""

    title: str = Field(description="In the language of the answer.", examples=["distance to the ideal (TOPSIS)"])
    kendall: float = Field(description="Kendall's tau, -1..1.", examples=[0.8999])


class Move(Answer):
    """Ranks by other ways of ranking."""

    topsis: int | None = Field(None, description="Rank by TOPSIS.", examples=[0])
    careful: int | None = Field(None, description="Rank by the lowest score.", examples=[0])
    hopeful: int | None = Field(None, description="Rank by the highest score.", examples=[0])


class RobustnessItem(Answer):
    """How sure the rank of one candidate is."""

    capakey: Capakey
    rank: int | None = Field(
        description="Place in the list; null for incompatible, and for an anonymous visitor of a draft.", examples=[1]
    )
    rank_interval: Ranks | None
    first: float = Field(description="First.", examples=[0.0])
    top: float = Field(description="Share of the draws among the first ten, 0..1.", examples=[1.0])
    among: float | None = Field(description="Share of the draws among the first `among_of`, 0..1.", examples=[1.0])
    moves: Move = Field(description="Rank by other ways of ranking.")


class Robustness(Answer):
    """How sure ranks are."""

    run: RunId
    run_info: RunInfo
    draws: int = Field(description="Number of random draws.", examples=[1000])
    seed: int = Field(description="Seed of the draws.", examples=[2012])
    top_of: int = Field(description="The first so many counted in `top`.", examples=[10])
    among_of: int | None = Field(description="The first so many counted in `among`.", examples=[10])
    text: Sentence
    agreement: dict[str, Agreement] = Field(description="How far other ways of ranking agree, Kendall's tau, -1..1.")
    count: int = Field(description="How many there are.", examples=[20])
    items: list[RobustnessItem] = Field(description="The items.")


class WinsWeight(Answer):
    """A weight, published and changed."""

    criterion: str = Field(description="Criterion.", examples=["stop"])
    title: str = Field(description="In the language of the answer.", examples=["Owner"])
    published: float = Field(description="Published.", examples=[0.1379])
    weight: Weight


class Wins(Answer):
    """Weights under which a candidate would be first."""

    run: RunId
    capakey: Capakey
    rank: int | None = Field(
        description="Place in the list; null for incompatible, and for an anonymous visitor of a draft.", examples=[1]
    )
    text: Sentence
    within: bool = Field(description="Can it be first at all? Or how many lie within.")
    change: float = Field(description="How far the weights move, sum of the differences.", examples=[0.0])
    weights: list[WinsWeight] = Field(description="Weights.")


class FacetCount(Answer):
    """A choice of a filter and what it would leave."""

    value: str = Field(description="The choice.", examples=["compatible"])
    count: int = Field(description="Candidates it would leave.", examples=[567])


class Facets(Answer):
    """How many candidates each choice of a filter would leave."""

    run: str = Field(description="Results, separated by commas.", examples=["r183dcd1a7fd374e5"])
    count: int = Field(description="Candidates of the list.", examples=[607])
    facets: dict[str, list[FacetCount] | None] = Field(description="By filter; null where it may not be told.")
    ranks: dict[str, list[int | None] | None] = Field(
        description="By result, the published ranks of all that is listed; null of more than 20 000."
    )
    notice: Notice | None = Field(None)
