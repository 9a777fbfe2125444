"""A drawn area, such as what a dataset declares to cover, asked for many parcels at once. Pure.

Contract: where all parcels lie far from its border one question about their common box answers for all of them; only
parcels on the border are cut. Without numba `shapely` answers (`share_by_shapely`, `to_edge_by_shapely`), which is also
the oracle of the tests.
"""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geodata.measure.flat import FlatPolygons, Floats
from geodata.measure.kernels.overlap import shares
from geodata.measure.kernels.segments import Segments, distances
from geodata.measure.tiles import prepare, tiles_of

#: A share below this is the rounding of a common border.
_DUST = 1e-9


class Area:
    """Polygons, EPSG:31370, with a search tree over their border."""

    def __init__(self, shape: BaseGeometry) -> None:
        self.shape = shape

    @cached_property
    def polygons(self) -> FlatPolygons:
        """Its polygons; lines and points cover nothing."""
        parts = shapely.get_parts(shapely.get_parts(np.array([self.shape], dtype=object)))
        return FlatPolygons.from_shapely(parts[(shapely.get_dimensions(parts) == 2) & ~shapely.is_empty(parts)])

    @cached_property
    def _ground(self) -> Segments:
        return Segments.of_polygons(self.polygons)

    @cached_property
    def _border(self) -> Segments:
        tree = self._ground
        return Segments(tree.ends, tree.origin, tree.boxes, tree.levels)

    def share(self, parcels: FlatPolygons) -> Floats:
        """Share of each parcel inside, 0..1, shape (n,)."""
        metres, inside = self.placed(parcels, enough_m=0.0)
        out: Floats = inside.astype(float)
        rest = np.flatnonzero(metres == 0.0)
        if len(rest):
            some = parcels.take(rest)
            tiles = tiles_of(some.bounds)
            here = prepare(self.polygons, np.zeros(len(self.polygons), dtype=np.int64), 1, tiles=tiles)
            part = shares(some, here)[:, 0]
            out[rest] = np.where(part > _DUST, np.where(part > 1.0 - _DUST, 1.0, part), 0.0)
        return out

    def placed(self, parcels: FlatPolygons, *, enough_m: float = np.inf) -> tuple[Floats, NDArray[np.bool_]]:
        """Metres from each parcel to the border, 0 across it, and whether it lies inside or touches it.

        Parameters
        ----------
        enough_m : where all are farther from the border than this, the distance of their common box is told instead.
        """
        n = len(parcels)
        if not n or not len(self._ground):
            return np.full(n, np.inf), np.zeros(n, dtype=bool)
        box = _box_of(parcels)
        away = float(distances(box, self._border)[0])
        if not away > 0.0:
            return distances(parcels, self._border), distances(parcels, self._ground) == 0.0
        inside = np.full(n, distances(box, self._ground)[0] == 0.0)
        if away >= enough_m or not inside[0]:
            return np.full(n, away), inside
        return distances(parcels, self._border), inside

    def touches(self, parcels: FlatPolygons) -> bool:
        """Does any parcel lie inside or touch it?"""
        _, inside = self.placed(parcels, enough_m=0.0)
        return bool(inside.any())


@lru_cache(maxsize=512)
def area_of(wkb: bytes) -> Area:
    """The area of a drawn shape; equal shapes share one."""
    return Area(shapely.from_wkb(wkb))


def share_by_shapely(area: BaseGeometry, parcels: NDArray[Any]) -> Floats:
    """Share of shapely parcels inside an area."""
    shapely.prepare(area)
    found: Floats = shapely.contains_properly(area, parcels).astype(float)
    rest = np.flatnonzero((found == 0) & shapely.intersects(area, parcels))
    if len(rest):
        part = shapely.area(shapely.intersection(parcels[rest], area))
        found[rest] = np.clip(part / shapely.area(parcels[rest]), 0.0, 1.0)
    return found


def to_edge_by_shapely(area: BaseGeometry, parcels: NDArray[Any]) -> Floats:
    """Metres from shapely parcels to the border of an area, 0 outside it."""
    edge = shapely.boundary(area)
    shapely.prepare(edge)
    metres: Floats = np.where(shapely.intersects(area, parcels), shapely.distance(parcels, edge), 0.0)
    return metres


def _box_of(parcels: FlatPolygons) -> FlatPolygons:
    """The box around all parcels as one polygon."""
    west, south = np.nanmin(parcels.bounds[:, :2], axis=0)
    east, north = np.nanmax(parcels.bounds[:, 2:], axis=0)
    corners = np.array([[west, south], [east, south], [east, north], [west, north], [west, south]])
    return FlatPolygons(corners, np.array([0, 5]), np.array([0, 1]), np.array([0, 1]))
