"""Overlap shares of parcels and layers: from prepared arrays where there are some, else from the features of the layer."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import shapely
from numpy.typing import NDArray

from geodata.measure.flat import FlatPolygons
from geodata.measure.inputs import GeometryArray, Layer
from geodata.measure.kernels import overlap as kernel
from geodata.measure.table import FloatArray

#: A share below this, or above one less this, is the rounding of a common border: nothing, or all.
DUST = 1e-9


def shares(parcels: FlatPolygons, layer: Layer) -> dict[str, FloatArray]:
    """Share of each parcel under each class; features of a class that overlap count once, precedence applied.

    Parameters
    ----------
    parcels : n polygons, EPSG:31370.
    layer : features with classes.

    Returns
    -------
    class -> share 0..1, shape (n,); a class that touches no parcel is absent.
    """
    if layer.prepared is not None:
        names, found = layer.prepared.classes, kernel.shares(parcels, layer.prepared.tiled)
    else:
        polygons, feature = areas_of(layer.geometry)
        classes, number = np.unique(layer.classes.astype(str)[feature], return_inverse=True)
        level = None if layer.precedence is None else layer.precedence[feature]
        kinds = number.astype(np.int64)
        names = tuple(classes.tolist())
        found = kernel.shares_of(parcels, polygons, kinds, len(names), precedence=level)
    whole = without_dust(found)
    return {name: whole[:, at].copy() for at, name in enumerate(names) if (whole[:, at] > 0).any()}


def share_under(parcels: FlatPolygons, layers: Collection[tuple[Layer, Collection[str] | None]]) -> FloatArray:
    """Share of each parcel under any feature of several layers, each with the classes that count (None = all)."""
    several = []
    for layer, wanted in layers:
        chosen = slice(None) if wanted is None else np.isin(layer.classes.astype(str), list(wanted))
        several.append(areas_of(layer.geometry[chosen])[0])
    polygons = FlatPolygons.concatenate(several)
    kinds = np.zeros(len(polygons), dtype=np.int64)
    return without_dust(kernel.shares_of(parcels, polygons, kinds, 1)[:, 0])


def without_dust(share: FloatArray) -> FloatArray:
    """Shares without the rounding of common borders."""
    whole: FloatArray = np.where(share < DUST, 0.0, np.where(share > 1.0 - DUST, 1.0, share))
    return whole


def areas_of(geometry: GeometryArray) -> tuple[FlatPolygons, NDArray[np.int64]]:
    """The polygons among features, those within collections too, and the feature each is of."""
    parts, feature = shapely.get_parts(geometry, return_index=True)
    inner, of = shapely.get_parts(parts, return_index=True)
    feature = feature[of]
    areas = (shapely.get_dimensions(inner) == 2) & ~shapely.is_empty(inner)
    return FlatPolygons.from_shapely(inner[areas]), feature[areas].astype(np.int64)


def points_inside(parcels: GeometryArray, points: GeometryArray) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs of a parcel and a point in it or on its border: (parcel index, point index), each of shape (k,)."""
    if not len(parcels) or not len(points):
        empty = np.empty(0, dtype=np.int64)
        return empty, empty
    point, parcel = shapely.STRtree(parcels).query(points, predicate="intersects")
    return parcel, point
