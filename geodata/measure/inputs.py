"""Inputs of a measurement: parcels and layers as arrays, with what each layer declares to cover."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property, partial
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geodata.measure.areas import Area, area_of, share_by_shapely, to_edge_by_shapely
from geodata.measure.flat import FlatPolygons
from geodata.measure.jit import HAVE_NUMBA
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
    shapes : polygons, EPSG:31370, valid: shapely's, or flat arrays of them.
    owner_class : class of owner (str) or None, where an owner list covers the parcel.
    """

    parcel_id: NDArray[np.int64]
    capakey: ObjectArray
    nis: ObjectArray
    border: NDArray[np.bool_]
    shapes: GeometryArray | FlatPolygons
    owner_class: ObjectArray

    def __len__(self) -> int:
        return len(self.parcel_id)

    @cached_property
    def flat(self) -> FlatPolygons:
        """The polygons as flat arrays."""
        return self.shapes if isinstance(self.shapes, FlatPolygons) else FlatPolygons.from_shapely(self.shapes)

    @cached_property
    def geometry(self) -> GeometryArray:
        """The polygons as shapely has them; made when they are asked for, which kernels never do."""
        return self.shapes.to_shapely() if isinstance(self.shapes, FlatPolygons) else self.shapes

    @cached_property
    def municipalities(self) -> dict[str, NDArray[np.bool_]]:
        """Municipality -> which parcels surely lie in it: those not near a generalised border."""
        names = set(self.nis.tolist())
        return {str(name): np.asarray(self.nis == name, dtype=bool) & ~self.border for name in names}

    @cached_property
    def known(self) -> dict[Any, Any]:
        """Answers that several layers share, such as those about one coverage area."""
        return {}

    def between(self, start: int, stop: int) -> Parcels:
        """Parcels start up to stop (not included)."""
        at = slice(start, stop)
        return Parcels(
            self.parcel_id[at],
            self.capakey[at],
            self.nis[at],
            self.border[at],
            self.flat.between(start, stop),
            self.owner_class[at],
        )


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

    @cached_property
    def drawn(self) -> Area | None:
        """The area, ready to be asked."""
        return None if self.area is None else area_of(shapely.to_wkb(self.area))

    @cached_property
    def sure(self) -> Area | None:
        """The part of the area that is inside it however far its border is off."""
        if self.area is None or not self.accuracy_m > 0:
            return self.drawn
        return area_of(shapely.to_wkb(self.area.buffer(-self.accuracy_m)))

    def share(self, parcels: Parcels) -> FloatArray:
        """Share of each parcel inside the coverage, 0..1, shape (n,)."""
        if self.area is None or self.sure is None:
            return np.zeros(len(parcels))
        named = np.zeros(len(parcels), dtype=bool)
        for nis, mine in parcels.municipalities.items():
            if nis in self.nis:
                named |= mine
        if named.all():
            return np.ones(len(parcels))
        if not HAVE_NUMBA:
            shares = share_by_shapely(self.sure.shape, parcels.geometry)
        else:
            shares = _once(parcels, ("share", self.sure), self.sure.share).copy()
        shares[named] = 1.0
        return shares

    def distance_to_edge(self, parcels: Parcels, *, enough_m: float = np.inf) -> FloatArray:
        """Metres from each parcel to the edge of the coverage, 0 outside it; shape (n,).

        Parameters
        ----------
        enough_m : where all are farther than this, it does not matter by how much.
        """
        if self.area is None or self.drawn is None:
            return np.zeros(len(parcels))
        if not HAVE_NUMBA:
            return np.maximum(to_edge_by_shapely(self.area, parcels.geometry) - self.accuracy_m, 0.0)
        enough = enough_m + self.accuracy_m
        asked = partial(self.drawn.placed, enough_m=enough)
        metres, inside = _once(parcels, ("edge", self.drawn, enough), asked)
        return np.where(inside, np.maximum(metres - self.accuracy_m, 0.0), 0.0)


def _once(parcels: Parcels, question: tuple[Any, ...], ask: Callable[[FlatPolygons], Any]) -> Any:
    """An answer about the parcels that several layers need."""
    if question not in parcels.known:
        parcels.known[question] = ask(parcels.flat)
    return parcels.known[question]


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
    values : a number that the source states of each feature (`LayerSpec.value`), NaN = not stated; None = none is asked
        for. Shape (m,).
    prepared : all features of the datasets as arrays; `geometry` and `classes` are empty then.
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
    values: FloatArray | None = None
    prepared: Prepared | None = None
    coverage: Coverage = field(default_factory=Coverage)
    missing: tuple[str, ...] = ()
    parts: dict[str, Coverage | None] = field(default_factory=dict)
    datasets: tuple[int, ...] = ()
    accuracy_m: float = 0.0
    dated: date | None = None

    @cached_property
    def class_names(self) -> frozenset[str]:
        """Classes of its features."""
        return frozenset(self.classes.astype(str).tolist() if self.prepared is None else self.prepared.classes)

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
