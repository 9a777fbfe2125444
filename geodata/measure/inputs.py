"""Inputs of a measurement: parcels and layers as arrays, with what each layer declares to cover."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geodata.measure.flat import FlatPolygons
from geodata.measure.shapes import Prepared
from geodata.measure.table import FloatArray, ObjectArray
from geodata.measure.tiles import TiledLayer

GeometryArray = NDArray[Any]

#: A part of a parcel smaller than this share is within drawing accuracy of the border.
COVER_TOLERANCE = 0.01


@dataclass(frozen=True)
class Parcels:
    """n parcels.

    Attributes
    ----------
    parcel_id, capakey, nis : keys, each of length n.
    border : True where the municipality was found near a generalised border and may be wrong.
    geometry : polygons, EPSG:31370, valid.
    owner_class : class of owner (str) or None, where an owner list covers the parcel.
    """

    parcel_id: NDArray[np.int64]
    capakey: ObjectArray
    nis: ObjectArray
    border: NDArray[np.bool_]
    geometry: GeometryArray
    owner_class: ObjectArray

    def __len__(self) -> int:
        return len(self.parcel_id)

    @cached_property
    def flat(self) -> FlatPolygons:
        """The polygons as flat arrays."""
        return FlatPolygons.from_shapely(self.geometry)


@dataclass(frozen=True)
class Coverage:
    """The area in which absence of a feature means that there is none.

    Attributes
    ----------
    area : declared area, EPSG:31370; None = nothing was declared, so absence is unknown.
    nis : municipalities declared whole; a parcel known to lie in one is covered, whatever the drawn border.
    accuracy_m : how far the drawn border may be off (generalised boundaries).
    """

    area: BaseGeometry | None = None
    nis: frozenset[str] = frozenset()
    accuracy_m: float = 0.0

    def share(self, parcels: Parcels) -> FloatArray:
        """Share of each parcel inside the coverage, 0..1, shape (n,)."""
        if self.area is None:
            return np.zeros(len(parcels))
        inside = self.area.buffer(-self.accuracy_m) if self.accuracy_m > 0 else self.area
        shapely.prepare(inside)
        shares: FloatArray = shapely.contains_properly(inside, parcels.geometry).astype(float)
        rest = np.flatnonzero((shares == 0) & shapely.intersects(inside, parcels.geometry))
        if len(rest):
            part = shapely.area(shapely.intersection(parcels.geometry[rest], inside))
            shares[rest] = np.clip(part / shapely.area(parcels.geometry[rest]), 0.0, 1.0)
        named = np.isin(parcels.nis.astype(str), list(self.nis)) & ~parcels.border
        shares[named] = 1.0
        return shares

    def distance_to_edge(self, parcels: Parcels) -> FloatArray:
        """Metres from each parcel to the edge of the coverage, 0 outside it; shape (n,)."""
        if self.area is None:
            return np.zeros(len(parcels))
        edge = shapely.boundary(self.area)
        shapely.prepare(edge)
        distance = shapely.distance(parcels.geometry, edge) - self.accuracy_m
        inside = shapely.intersects(self.area, parcels.geometry)
        return np.where(inside, np.maximum(distance, 0.0), 0.0)


@dataclass(frozen=True)
class Layer:
    """One layer: m features with a class each.

    Attributes
    ----------
    id : name of the layer in a `MeasurementTable`.
    geometry : features, EPSG:31370, valid, shape (m,).
    classes : class per feature, shape (m,).
    precedence : where features overlap, only those of the highest precedence count (a plan that replaces
        another); None = all count. Shape (m,).
    prepared : all features of the datasets as arrays, where overlaps are computed from them; else `geometry` is used.
    coverage : declared coverage of all its sources together.
    missing : sources (ingest kinds) that are not loaded; a layer with any is unknown everywhere.
    parts : where a layer is made of several plans, the coverage of each by its name, so that an answer can say
        which one is missing; None = not loaded.
    datasets : ids of the dataset versions.
    accuracy_m : accuracy of the least accurate coordinate operation.
    dated : date of its newest dataset near the parcels; of an earlier day the layer says nothing. None = not known.
    """

    id: str
    geometry: GeometryArray = field(default_factory=lambda: np.empty(0, dtype=object))
    classes: ObjectArray = field(default_factory=lambda: np.empty(0, dtype=object))
    precedence: NDArray[np.int64] | None = None
    prepared: Prepared | None = None
    coverage: Coverage = field(default_factory=Coverage)
    missing: tuple[str, ...] = ()
    parts: dict[str, Coverage | None] = field(default_factory=dict)
    datasets: tuple[int, ...] = ()
    accuracy_m: float = 0.0
    dated: date | None = None

    def covered(self, parcels: Parcels) -> FloatArray:
        """Share of each parcel on which the layer can be trusted, 0..1."""
        return np.zeros(len(parcels)) if self.missing else self.coverage.share(parcels)

    def each_part(self) -> Iterator[Layer]:
        """The parts as layers without features, called "layer:part"."""
        for name, coverage in self.parts.items():
            part = f"{self.id}:{name}"
            yield Layer(part, missing=(name,)) if coverage is None else Layer(part, coverage=coverage)

    def reasons(self, covered: FloatArray) -> ObjectArray:
        """Reason code per parcel, None where the layer is known."""
        out = np.full(len(covered), None, dtype=object)
        out[covered < 1.0 - COVER_TOLERANCE] = "partly_covered"
        out[covered <= 0.0] = "outside_coverage"
        if self.coverage.area is None:
            out[:] = "no_coverage_declared"
        if self.missing:
            out[:] = "not_loaded"
        return out


@dataclass(frozen=True)
class HeightGrid:
    """A block of terrain heights.

    Attributes
    ----------
    heights : metres, shape (rows, columns), north up; NaN = no data.
    west, north : outer edge of the first cell, EPSG:31370.
    cell_m : cell size, metres.
    """

    heights: NDArray[np.float32]
    west: float
    north: float
    cell_m: float


@dataclass(frozen=True)
class Layers:
    """All layers of one measurement, by id, and the terrain where there is one.

    Attributes
    ----------
    built, taken : what stands under buildings, and under buildings or a known use, as one class each; None = to be found
        from the features.
    """

    items: dict[str, Layer]
    terrain: HeightGrid | None = None
    terrain_datasets: tuple[int, ...] = ()
    built: TiledLayer | None = None
    taken: TiledLayer | None = None

    def __getitem__(self, layer_id: str) -> Layer:
        return self.items.get(layer_id) or Layer(layer_id, missing=(layer_id,))
