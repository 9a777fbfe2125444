"""The catalogue of sources as data: how each Belgian source is recognised and what its fields mean.

One entry per source in `catalogue_data/*.yaml`. A file is recognised by its fields (case-insensitive), layer
and name; formats are recognised elsewhere and never named by the user.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib import resources
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

from geodata.errors import InputError, UsageError

KINDS = (
    "municipalities",
    "parcels",
    "zoning-gewestplan",
    "zoning-rup",
    "zoning-pds",
    "zoning-pras",
    "plan-rules",
    "plan-hp",
    "flood",
    "nature",
    "seveso",
    "soil",
    "noise",
    "buildings",
    "addresses",
    "roads",
    "schools",
    "health",
    "shops",
    "stops",
    "ownership",
    "dem",
    "sites",
    "osm",
)

#: Kinds an OpenStreetMap file may be read as, beside `osm` itself.
OSM_KINDS = ("health", "shops", "stops", "schools", "roads", "buildings")

Text = dict[Literal["nl", "fr", "de", "en"], str]


class Recognition(BaseModel):
    """What a file of the source looks like."""

    model_config = ConfigDict(extra="forbid")

    fields: list[str] = Field(default_factory=list, description="Fields that must all be there.")
    geometry_only: bool = Field(False, description="The file has shapes and no fields at all.")
    raster: bool = Field(False, description="The file is a raster.")
    layer: str | None = Field(None, description="Part of the layer's name, without case.")
    file: str | None = Field(None, description="Part of the file's name, without case.")


class Service(BaseModel):
    """Where a source is fetched from; nothing is fetched by the ingestion itself."""

    model_config = ConfigDict(extra="forbid")

    endpoint: str
    protocol: Literal["wfs", "ogc-api", "arcgis-rest", "wms", "wcs", "gtfs", "file"]
    layer: str | None = None
    paging: Literal["startIndex", "next-link", "resultOffset", "until-empty", "none"] = "none"
    page_size: int | None = Field(None, ge=1)
    order_by: str | None = Field(None, description="Field that keeps pages apart.")
    axis_order: Literal["xy", "latlon"] = "xy"
    ask_crs: str | None = Field(None, description="CRS to ask for.")
    output_format: str | None = None


class ControlPoint(BaseModel):
    """A place where the source is known to have a feature: an empty answer there means the source failed."""

    model_config = ConfigDict(extra="forbid")

    x: float
    y: float
    expects: str


class Source(BaseModel):
    """One catalogue entry."""

    model_config = ConfigDict(extra="forbid")

    id: str
    kind: str
    title: Text
    provider: str
    licence: str
    redistributable: bool
    region: Literal["flanders", "wallonia", "brussels", "belgium"]
    grade: str
    recognise: Recognition
    fields: dict[str, list[str]] = Field(default_factory=dict, description="Canonical column -> raw names.")
    values: dict[str, dict[str, str]] = Field(default_factory=dict, description="Canonical column -> value map.")
    constants: dict[str, Any] = Field(default_factory=dict, description="Canonical column -> value of all rows.")
    keep: dict[str, list[str]] = Field(default_factory=dict, description="Raw field -> values that are kept.")
    extra: list[str] = Field(default_factory=list, description="Further raw fields that are kept as they are.")
    reader: Literal["plain", "municipalities", "osm", "school-list", "road-register", "dem", "ownership"] = "plain"
    generalised: bool = False
    native_crs: str | None = None
    synthetic_fields: bool = Field(False, description="Field names are ours: the real ones were not found.")
    caveats: list[str] = Field(default_factory=list)
    feeds: list[str] = Field(default_factory=list, description="Layers of a measurement it is for.")
    cadence: str | None = None
    services: list[Service] = Field(default_factory=list)
    declared_coverage: str | None = Field(None, description="What the provider says it covers, as --covers takes it.")
    control_points: list[ControlPoint] = Field(default_factory=list)

    def matches(self, fields: Iterable[str], layer: str, file: str, raster: bool) -> bool:
        """Does a file look like this source?"""
        wanted, have = self.recognise, {name.lower() for name in fields}
        if wanted.raster or raster:
            return wanted.raster and raster
        if wanted.geometry_only:
            return not have
        return (
            all(name.lower() in have for name in wanted.fields)
            and (wanted.layer is None or wanted.layer.lower() in layer.lower())
            and (wanted.file is None or wanted.file.lower() in file.lower())
        )


@cache
def catalogue() -> dict[str, Source]:
    """All entries by id.

    Raises
    ------
    UsageError
        When two entries share an id, or one names a kind that does not exist.
    """
    found: dict[str, Source] = {}
    for part in ("belgium", "flanders", "wallonia", "brussels"):
        text = (resources.files("geodata.sources") / "catalogue_data" / f"{part}.yaml").read_text(encoding="utf-8")
        for entry in yaml.safe_load(text):
            source = Source.model_validate(entry)
            if source.id in found or source.kind not in KINDS:
                raise UsageError(f"Catalogue entry {source.id} is doubled or names no kind.")
            found[source.id] = source
    return found


def recognise(
    kind: str,
    fields: Iterable[str],
    *,
    layer: str,
    file: str,
    raster: bool = False,
    source: str | None = None,
) -> Source:
    """The catalogue entry a file belongs to; the one that asks for most fields wins.

    Raises
    ------
    UsageError
        When the kind or the named source does not exist.
    InputError
        When the file is of another kind, or of none that is known.
    """
    if kind not in KINDS:
        raise UsageError(f"{kind} is no kind of data.", f"Kinds: {', '.join(KINDS)}.")
    names = list(fields)
    if source is not None:
        return _named(source, kind)
    fitting = [one for one in catalogue().values() if one.matches(names, layer, file, raster)]
    # OpenStreetMap carries many kinds in one file.
    if any(one.reader == "osm" for one in fitting) and kind in OSM_KINDS:
        return catalogue()["osm"].model_copy(update={"kind": kind})
    fitting.sort(key=lambda one: -_weight(one))
    mine = [one for one in fitting if one.kind == kind]
    if mine:
        return mine[0]
    shown = ", ".join(names[:8]) or "no fields"
    if fitting:
        other = fitting[0]
        raise InputError(
            f"this looks like {other.kind} ({other.title['en']}), not {kind}.",
            f"Use --as {other.kind}, or name the source with --source.",
            file=file,
        )
    known = ", ".join(one.id for one in catalogue().values() if one.kind == kind) or "none yet"
    raise InputError(
        f"this is no known source of {kind}; its fields are: {shown}.",
        f"Known sources: {known}. Name one with --source.",
        file=file,
    )


def _named(source: str, kind: str) -> Source:
    found = catalogue().get(source)
    if found is None:
        raise UsageError(f"The catalogue has no source {source}.", f"Sources: {', '.join(catalogue())}.")
    if found.reader == "osm" and kind in OSM_KINDS:
        return found.model_copy(update={"kind": kind})
    if found.kind != kind:
        raise UsageError(f"Source {source} gives {found.kind}, not {kind}.", f"Use --as {found.kind}.")
    return found


def _weight(source: Source) -> int:
    """How closely an entry describes a file: a layer or file name says more than any number of fields."""
    wanted = source.recognise
    return len(wanted.fields) + 100 * (wanted.layer is not None) + 100 * (wanted.file is not None)
