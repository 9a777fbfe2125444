"""The catalogue of sources and what is loaded of it."""

from __future__ import annotations

from pydantic import Field

from api.answers.base import Answer, Box, Dataset, Geometry, Grade, Listed, Moment, Names, Nis, Notice, Row, Stale


class Service(Answer):
    """Service."""

    protocol: str = Field(description="Protocol.", examples=["wfs"])
    endpoint: str = Field(description="Address of the service.", examples=["https://geo.api.vlaanderen.be/RVV/wfs"])
    layer: str | None = Field(description="Layer that is missing.", examples=["7"])


class LoadedDataset(Answer):
    """A dataset that is loaded."""

    dataset: Dataset
    kind: str = Field(description="Kind.", examples=["osm"])
    source: str = Field(description="Where it comes from.", examples=["pad"])
    version: int = Field(description="Version.", examples=[1])
    rows: int = Field(description="Rows that landed.", examples=[0])
    date: str | None = Field(description="Date, as precisely as the source gives it.", examples=["2026-01-01"])
    source_date: str | None = Field(description="Date of the source.", examples=["2026-01-01"])
    fetched: Moment
    checked: str | None = Field(description="Checked.")
    age_days: int = Field(description="Age, days.", examples=[0])
    stale: Stale
    municipalities: list[Nis] = Field(description="Municipalities.")
    absence_counts: bool = Field(description="Does what it leaves out count as not there?")
    covered: list[Nis] | None = Field(None, description="Municipalities it declares to cover.")
    covers_parts: bool | None = Field(None, description="Does it cover a part of a municipality only?")
    coverage: Geometry | None = Field(None)


class CatalogueSource(Row):
    """A source, with the areas its datasets cover."""

    id: str = Field(description="Identifier.", examples=["pds"])
    kind: str = Field(description="Kind.", examples=["dem"])
    kind_title: str = Field(description="Whose figure, in words.", examples=["Owner"])
    title: str = Field(description="In the language of the answer.", examples=["GRB water"])
    provider: str = Field(description="Provider.", examples=["SPW"])
    provider_text: str = Field(description="Provider, in the language of the answer.", examples=["SPW"])
    licence: str = Field(description="Licence.", examples=["CC0"])
    licence_text: str = Field(description="Licence, in the language of the answer.", examples=["CC0"])
    redistributable: bool = Field(description="May its rows be passed on?")
    region: str = Field(description="Region whose law or data it is.", examples=["belgium"])
    region_title: str = Field(description="Region, in the language of the answer.", examples=["Belgium"])
    grade: Grade
    own_field_names: bool = Field(description="Are the names of its fields ours, because the real ones were not found?")
    cadence: str | None = Field(description="How often it changes; null = not stated.", examples=["daily"])
    cadence_text: str | None = Field(description="The same, in the language of the answer.", examples=["daily"])
    feeds: list[str] = Field(description="Layers it feeds.")
    caveats: list[str] = Field(description="What to mind.")
    declared_coverage: str | None = Field(description="Area it declares to cover.", examples=["belgium"])
    part_of: str | None = Field(description="Entry it is part of.", examples=["osm"])
    fetchable: bool = Field(description="Can it be fetched?")
    services: list[Service] = Field(description="Services that offer it.")
    loaded: bool = Field(description="Is it loaded?")
    state: str = Field(description="State.", examples=["loaded"])
    datasets: list[LoadedDataset] = Field(description="Datasets.")
    attempts: list[str] = Field(description="Attempts to fetch it.")
    notice: Notice | None = Field(None)


class Sources(Listed):
    """The catalogue."""

    items: list[CatalogueSource] = Field(description="The items.")


class SourcesStatusItem(Answer):
    """Sources status item."""

    municipality: Nis
    layer: str = Field(description="Layer that is missing.", examples=["dem"])
    one_of: list[str] = Field(description="Any of these would do.")
    needed: bool = Field(description="Does a verdict need it?")
    state: str = Field(description="State.", examples=["loaded"])
    absence: str = Field(description="Does what is left out count, or is it unknown?", examples=["counts"])
    datasets: list[LoadedDataset] = Field(description="Datasets.")
    sources: list[str] = Field(description="Datasets the answer rests on.")
    who_has_it: list[str] = Field(description="Who has it.")
    fetchable: bool = Field(description="Can it be fetched?")
    last_attempt: str | None = Field(description="Last attempt to fetch it.")
    title: str = Field(description="In the language of the answer.", examples=["Owner"])
    silent: bool = Field(description="Loaded, and what it leaves out stays unknown.")
    source_titles: dict[str, str] = Field(description="Titles of sources.")
    fetch: str | None = Field(description="What to fetch.", examples=["osm"])


class SourcesStatus(Answer):
    """What municipalities have of what they need."""

    count: int = Field(description="How many there are.", examples=[49])
    items: list[SourcesStatusItem] = Field(description="The items.")
    notice: Notice | None = Field(None)


class SourcesMunicipality(Answer):
    """Sources municipality."""

    nis: Nis
    name: Names
    region: str = Field(description="Region whose law or data it is.", examples=["flanders"])
    bbox: Box | None
    datasets: int = Field(description="Datasets.", examples=[32])
    kinds: list[str] = Field(description="Kinds of data.")


class SourcesMunicipalities(Answer):
    """Municipalities whose boundaries are loaded."""

    count: int = Field(description="How many there are.", examples=[3])
    items: list[SourcesMunicipality] = Field(description="The items.")
    notice: Notice | None = Field(None)


class CoverageFeatureProperty(Answer):
    """Coverage feature property."""

    datasets: list[Dataset] = Field(description="Datasets.")
    sources: list[str] = Field(description="Datasets the answer rests on.")
    whole: bool = Field(description="Is the area whole municipalities?")
    municipalities: list[Nis] = Field(description="Municipalities.")


class CoverageFeature(Answer):
    """Coverage feature."""

    type: str = Field(description="Type.", examples=["Feature"])
    geometry: Geometry | None
    properties: CoverageFeatureProperty = Field(description="Properties.")


class Coverage(Answer):
    """Areas that datasets declare to cover."""

    type: str = Field(description="Type.", examples=["FeatureCollection"])
    count: int = Field(description="How many there are.", examples=[6])
    features: list[CoverageFeature] = Field(description="GeoJSON features.")
    notice: Notice | None = Field(None)
