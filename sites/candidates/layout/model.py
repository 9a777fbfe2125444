"""What a layout is: drawings with their area balance, the interval of pitches, the figures it was drawn by.

Contract: geometry is EPSG:31370, metres and square metres; `Layout.features` gives lon/lat. Texts are messages, which the
top floor translates.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from shapely.geometry.base import BaseGeometry

from sites.candidates.layout.norm import LayoutNorm
from sites.suitability.messages import Message

Kind = Literal["road", "pitch", "caravan", "service_plot", "service_building", "green_edge", "rest"]
KINDS: tuple[Kind, ...] = ("green_edge", "rest", "road", "pitch", "service_plot", "caravan", "service_building")
#: Parts of the area balance; they sum to the remainder.
BALANCE = ("pitches", "roads", "service", "green", "rest")
Variant = Literal["generous", "tight", "wanted"]


@dataclass(frozen=True)
class Feature:
    """One thing drawn: its kind, its shape, and what there is to say of it (number, area_m2)."""

    kind: Kind
    geometry: BaseGeometry
    properties: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Drawing:
    """One way to lay the ground out.

    Attributes
    ----------
    pitches : how many.
    pitch_area_m2 : least and largest pitch drawn; None without pitches.
    spacing_m : least distance kept between caravans.
    entries : where the road comes in, points.
    balance : square metres of pitches, roads, service, green, rest; sums to the remainder.
    unturned : long dead ends without room for a turning arm.
    """

    variant: Variant
    pitches: int
    pitch_area_m2: tuple[float, float] | None
    spacing_m: float
    features: tuple[Feature, ...]
    entries: tuple[BaseGeometry, ...]
    balance: Mapping[str, float]
    unturned: int = 0

    def of(self, kind: Kind) -> list[BaseGeometry]:
        """Shapes of one kind."""
        return [one.geometry for one in self.features if one.kind == kind]


@dataclass(frozen=True)
class Layout:
    """How many pitches fit, and how.

    Attributes
    ----------
    low, high : pitches with the largest pitch and distance of the norm, and with the least.
    drawings : the two of them, generous and tight; after them the one for the pitches wanted.
    drawn : the drawing to show first: that for the pitches wanted, else the generous one, else the tight one.
    area_m2 : area of the remainder.
    reason : why nothing fits; None where something does.
    """

    norm: LayoutNorm
    area_m2: float
    low: int
    high: int
    wanted: int | None
    drawings: tuple[Drawing, ...]
    drawn: Drawing
    notes: tuple[Message, ...]
    reason: Message | None

    def features(self, variant: Variant | None = None) -> dict[str, Any]:
        """A drawing as a GeoJSON feature collection in lon/lat; the one to show first where none is named."""
        chosen = self.drawn if variant is None else next(one for one in self.drawings if one.variant == variant)
        return {"type": "FeatureCollection", "features": list(geojson(chosen))}


def geojson(drawing: Drawing) -> Iterator[dict[str, Any]]:
    """Features of a drawing as GeoJSON, lon/lat to about a centimetre."""
    # Only here: the pinned operations come with the whole of ingestion, and a layout is drawn without it.
    from sites.candidates.lonlat import geojson as as_geojson

    for one in drawing.features:
        if not one.geometry.is_empty:
            told = {"kind": one.kind, "variant": drawing.variant, **one.properties}
            yield {"type": "Feature", "geometry": as_geojson(one.geometry), "properties": told}
