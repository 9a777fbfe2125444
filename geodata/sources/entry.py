"""What one entry of the catalogue of sources holds, and what makes it fit to be used.

Contract: pure models. An entry that names an unknown protocol, pages in a way its protocol does not know, maps one
raw field twice, gives away what may not be given away, or claims a coverage that is no area is refused when it is
read, never when it is fetched.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

KINDS = (
    "municipalities", "parcels", "zoning-gewestplan", "zoning-rup", "zoning-pds", "zoning-pras", "plan-rules", "plan-hp",
    "flood", "nature", "seveso", "soil", "noise", "buildings", "addresses", "roads", "schools", "health", "shops", "stops",
    "ownership", "dem", "sites", "osm",
    # Layers that no criterion reads yet: they are loaded, shown and exported, and no verdict depends on them.
    "plan-overlays", "campings", "flood-advice", "signal-areas", "flood-history", "runoff", "habitat", "forest", "karst",
    "rockfall", "catchment", "heritage", "pre-emption", "brownfields", "undeveloped-land", "sewer", "slag-heaps",
    "sectors", "population", "base-map",
)  # fmt: skip

Text = dict[Literal["nl", "fr", "de", "en"], str]
Region = Literal["flanders", "wallonia", "brussels", "belgium"]
#: V seen in a real file, C in public code that calls the service, D on a provider's page, S notes of others, NF not found.
Grade = Literal["V", "C", "D", "S", "NF"]
Protocol = Literal["wfs", "ogc-api", "arcgis-rest", "wms", "wcs", "atom", "gtfs", "file"]
Paging = Literal["startIndex", "next-link", "resultOffset", "until-empty", "none"]
Reader = Literal["plain", "municipalities", "osm", "school-list", "road-register", "dem", "ownership", "none"]

#: How each protocol can be paged; `none` for a raster asked point by point or a file taken whole.
_PAGING: dict[str, tuple[str, ...]] = {
    "wfs": ("startIndex", "until-empty"),
    "ogc-api": ("next-link",),
    "arcgis-rest": ("resultOffset", "none"),
    "wms": ("none",),
    "wcs": ("none",),
    "atom": ("none",),
    "gtfs": ("none",),
    "file": ("none",),
}
_GEOGRAPHIC = ("EPSG:4258", "EPSG:4326")
#: Words of a licence that forbid passing the data on, or leave open whether one may.
_CLOSED_LICENCE = re.compile(r"\bCPU\b|not stated|not found|not read|unclear", re.IGNORECASE)
_BELGIUM_31370 = (15_000.0, 15_000.0, 300_000.0, 250_000.0)


class Recognition(BaseModel):
    """What a file of the source looks like."""

    model_config = ConfigDict(extra="forbid")

    fields: list[str] = Field(default_factory=list, description="Fields that must all be there.")
    geometry_only: bool = Field(False, description="The file has shapes and no fields at all.")
    raster: bool = Field(False, description="The file is a raster.")
    layer: str | None = Field(None, description="Part of the layer's name, without case.")
    file: str | None = Field(None, description="Part of the file's name, without case.")

    @property
    def weight(self) -> int:
        """How closely a file is described: a layer or file name says more than any number of fields."""
        return len(self.fields) + 100 * (self.layer is not None) + 100 * (self.file is not None)


class Service(BaseModel):
    """Where a source is fetched from; nothing is fetched by the ingestion itself."""

    model_config = ConfigDict(extra="forbid")

    endpoint: str = Field(description="Address; `{part}` in it stands for one of `parts`.")
    protocol: Protocol
    layer: str | None = Field(None, description="Layer or collection; of a list of files, a pattern of their names.")
    paging: Paging = "none"
    page_size: int | None = Field(None, ge=1)
    order_by: str | None = Field(None, description="Field that keeps pages apart.")
    axis_order: Literal["xy", "latlon"] = "xy"
    ask_crs: str | None = Field(None, pattern=r"^EPSG:\d{4,5}$", description="CRS to ask for.")
    output_format: str | None = None
    parts: dict[str, str] = Field(default_factory=dict, description="Beginning of a NIS code -> text for `{part}`.")

    @model_validator(mode="after")
    def _fits(self) -> Service:
        if not re.match(r"^https?://[\w.-]+/\S*$", self.endpoint):
            raise ValueError(f"endpoint {self.endpoint} is no http or https address")
        if self.paging not in _PAGING[self.protocol]:
            raise ValueError(f"{self.protocol} is not paged by {self.paging}")
        if self.protocol in ("wfs", "ogc-api", "arcgis-rest", "wms", "wcs") and not self.layer:
            raise ValueError(f"a service of protocol {self.protocol} names its layer")
        if self.paging == "resultOffset" and not self.order_by:
            raise ValueError("pages by resultOffset need order_by, or they overlap")
        if self.axis_order == "latlon" and self.ask_crs not in _GEOGRAPHIC:
            raise ValueError(f"latitude first is only for {' and '.join(_GEOGRAPHIC)}")
        if ("{part}" in self.endpoint) != bool(self.parts):
            raise ValueError("an endpoint with {part} lists its parts, and only such a one")
        return self

    @property
    def sampled(self) -> bool:
        """Is it asked point by point, so that no answer may also mean that nothing answers?"""
        return self.protocol == "wms" or (self.protocol == "arcgis-rest" and self.paging == "none")

    def for_municipalities(self, nis: Iterable[str]) -> tuple[Service, ...]:
        """The services to ask for some municipalities: itself, or one per part (a file per province)."""
        if not self.parts:
            return (self,)
        wanted = dict.fromkeys(text for code in nis for start, text in self.parts.items() if code.startswith(start))
        filled = (self.endpoint.replace("{part}", text) for text in wanted)
        return tuple(self.model_copy(update={"endpoint": one, "parts": {}}) for one in filled)


class ControlPoint(BaseModel):
    """A place where the source is known to have a feature: an empty answer there means the source failed."""

    model_config = ConfigDict(extra="forbid")

    x: float = Field(description="Metres, EPSG:31370.")
    y: float
    field: str | None = Field(None, description="Raw field that holds the value; None = any field may.")
    expects: str = Field(description="Value known at that place.")

    @model_validator(mode="after")
    def _in_belgium(self) -> ControlPoint:
        west, south, east, north = _BELGIUM_31370
        if not (west < self.x < east and south < self.y < north):
            raise ValueError(f"control point {self.x}, {self.y} does not lie in Belgium")
        return self


class Source(BaseModel):
    """One catalogue entry."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    kind: str
    title: Text
    provider: str = Field(min_length=2)
    licence: str = Field(min_length=2)
    redistributable: bool
    region: Region
    grade: Grade
    recognise: Recognition
    answers: Literal["features", "presence", "samples"] = Field(
        "features", description="Features with known fields, shapes whose fields nobody described, or values at points."
    )
    fields: dict[str, list[str]] = Field(default_factory=dict, description="Canonical column -> raw names.")
    values: dict[str, dict[str, str]] = Field(default_factory=dict, description="Canonical column -> value map.")
    constants: dict[str, Any] = Field(default_factory=dict, description="Canonical column -> value of all rows.")
    keep: dict[str, list[str]] = Field(default_factory=dict, description="Raw field -> values that are kept.")
    extra: list[str] = Field(default_factory=list, description="Further raw fields that are kept as they are.")
    counts: list[str] = Field(default_factory=list, description="Of `extra`, counts of persons: under 10 is left out.")
    reader: Reader = Field("plain", description="`none`: known, but no table takes it yet.")
    part_of: str | None = Field(None, description="Entry in whose files this one is found.")
    generalised: bool = False
    native_crs: str | None = Field(None, pattern=r"^EPSG:\d{4,5}$")
    synthetic_fields: bool = Field(False, description="Field names are ours: the real ones were not found.")
    caveats: list[str] = Field(default_factory=list)
    feeds: list[str] = Field(default_factory=list, description="Layers of a measurement it is for.")
    cadence: str | None = None
    services: list[Service] = Field(default_factory=list)
    declared_coverage: Region | None = Field(
        None, description="What the provider says it covers, as --covers takes it."
    )
    control_points: list[ControlPoint] = Field(default_factory=list)

    @property
    def loads(self) -> bool:
        """Can a file of it be loaded, or is it only known?"""
        return self.reader != "none"

    def matches(self, fields: Iterable[str], layer: str, file: str, raster: bool) -> bool:
        """Does a file look like this source?"""
        wanted, have = self.recognise, {name.lower() for name in fields}
        named = (wanted.layer is None or wanted.layer.lower() in layer.lower()) and (
            wanted.file is None or wanted.file.lower() in file.lower()
        )
        if not self.loads or self.part_of is not None:
            return False
        if wanted.raster or raster:
            return wanted.raster and raster and named
        if wanted.geometry_only:
            return not have
        return all(name.lower() in have for name in wanted.fields) and named

    @field_validator("kind")
    @classmethod
    def _known_kind(cls, kind: str) -> str:
        if kind not in KINDS:
            raise ValueError(f"{kind} is no kind of data")
        return kind

    @field_validator("title")
    @classmethod
    def _four_languages(cls, title: Text) -> Text:
        if set(title) != {"nl", "fr", "de", "en"} or not all(text.strip() for text in title.values()):
            raise ValueError("a title is given in nl, fr, de and en")
        return title

    @model_validator(mode="after")
    def _recognisable(self) -> Source:
        wanted = self.recognise
        if self.part_of is None and self.loads and not (wanted.fields or wanted.geometry_only or wanted.raster):
            raise ValueError("nothing tells a file of it from another: name fields, geometry_only or raster")
        if self.synthetic_fields and self.grade == "V":
            raise ValueError("field names of ours were never seen in a real file: grade V does not go with them")
        if self.grade == "NF" and self.services:
            raise ValueError("an endpoint was found, so the grade is not NF")
        return self

    @model_validator(mode="after")
    def _mapped_once(self) -> Source:
        """Names count without case: one raw name never stands twice in a list, nor one raw value in a map."""
        lists = {"recognise": self.recognise.fields, "extra": self.extra, **self.fields}
        lists |= {f"values of {name}": list(mapping) for name, mapping in self.values.items()}
        for where, names in lists.items():
            twice = [name for name, n in Counter(one.casefold() for one in names).items() if n > 1]
            if twice:
                raise ValueError(f"{where} names {twice[0]} twice; names are read without case")
        for what, held, whole in (
            ("values", set(self.values), set(self.fields)),
            ("counts", set(self.counts), set(self.extra)),
        ):
            if held - whole:
                raise ValueError(f"{what} names {sorted(held - whole)[0]}, which is no field here")
        both = set(self.fields) & set(self.constants)
        if both:
            raise ValueError(f"{sorted(both)[0]} is a field and a constant at once")
        return self

    @model_validator(mode="after")
    def _passed_on_only_if_allowed(self) -> Source:
        if self.redistributable and _CLOSED_LICENCE.search(self.licence):
            raise ValueError(f"a licence of {self.licence!r} does not allow passing the data on")
        return self

    @model_validator(mode="after")
    def _absence_can_be_checked(self) -> Source:
        """Where absence may be a failure, a known place shows which it is, or the entry says that none is known."""
        if self.declared_coverage not in (None, self.region):
            raise ValueError(f"a source of {self.region} does not cover {self.declared_coverage}")
        sampled = any(service.sampled for service in self.services)
        if sampled and self.answers != "samples":
            raise ValueError("a service that is asked point by point answers with samples")
        doubtful = self.answers != "features" and self.services and not self.control_points
        if doubtful and not any("control point" in caveat.lower() for caveat in self.caveats):
            raise ValueError("it has no control point, and no caveat says so")
        return self
