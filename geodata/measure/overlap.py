"""Overlap shares: how much of each parcel lies under each class of a layer.

A parcel is first tested against the prepared feature; only parcels on a border are cut. Features of one class that
overlap each other count once. GEOS releases the interpreter lock, so chunks run in threads.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import shapely
from numpy.typing import NDArray

from geodata.measure.inputs import GeometryArray, Layer
from geodata.measure.table import FloatArray

_CHUNK = 4096


def in_threads(
    work: Callable[[GeometryArray, GeometryArray], GeometryArray], first: GeometryArray, second: GeometryArray
) -> GeometryArray:
    """Apply a vectorised two-array function in chunks on all cores; returns the joined result."""
    if len(first) <= _CHUNK:
        return work(first, second)
    bounds = range(0, len(first), _CHUNK)
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        parts = pool.map(lambda at: work(first[at : at + _CHUNK], second[at : at + _CHUNK]), bounds)
        return np.concatenate(list(parts))


def pairs_of(
    parcels: GeometryArray, features: GeometryArray
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Pairs that touch: (parcel index, feature index, parcel wholly inside the feature), each of shape (k,)."""
    if not len(parcels) or not len(features):
        empty = np.empty(0, dtype=np.int64)
        return empty, empty, np.empty(0, dtype=bool)
    tree = shapely.STRtree(parcels)
    feature, parcel = tree.query(features, predicate="intersects")
    shapely.prepare(features)
    inside = shapely.contains_properly(features[feature], parcels[parcel])
    return parcel, feature, inside


def cut(parcels: GeometryArray, layer: Layer) -> tuple[NDArray[np.int64], NDArray[np.int64], GeometryArray]:
    """Pieces of parcels under features: (parcel index, feature index, piece), precedence applied."""
    parcel, feature, inside = pairs_of(parcels, layer.geometry)
    pieces = parcels[parcel].copy()
    border = np.flatnonzero(~inside)
    pieces[border] = in_threads(
        lambda a, b: shapely.intersection(a, b), parcels[parcel[border]], layer.geometry[feature[border]]
    )
    if layer.precedence is not None and len(pieces):
        pieces = _apply_precedence(parcel, layer.precedence[feature], pieces)
    return parcel, feature, pieces


def _apply_precedence(parcel: NDArray[np.int64], precedence: NDArray[np.int64], pieces: GeometryArray) -> GeometryArray:
    """Take from each piece what pieces of higher precedence on the same parcel cover."""
    out = pieces.copy()
    levels = sorted(set(precedence.tolist()), reverse=True)
    if len(levels) < 2:
        return out
    over: dict[int, shapely.Geometry] = {}
    for level in levels:
        rows = np.flatnonzero(precedence == level)
        for row in rows[np.isin(parcel[rows], list(over))]:
            out[row] = shapely.difference(out[row], over[int(parcel[row])])
        for index in np.unique(parcel[rows]):
            mine = out[rows[parcel[rows] == index]]
            before = over.get(int(index))
            over[int(index)] = shapely.union_all([*mine, *([before] if before is not None else [])])
    return out


def shares(parcels: GeometryArray, layer: Layer, areas: FloatArray) -> dict[str, FloatArray]:
    """Share of each parcel under each class.

    Parameters
    ----------
    parcels : polygons, EPSG:31370, shape (n,).
    layer : features with classes.
    areas : area of the parcels, square metres, shape (n,).

    Returns
    -------
    class -> share 0..1, shape (n,); a class that touches no parcel is absent.
    """
    parcel, feature, pieces = cut(parcels, layer)
    out: dict[str, FloatArray] = {}
    classes = layer.classes[feature]
    for name in sorted(set(classes.tolist())):
        rows = np.flatnonzero(classes == name)
        covered = covered_area(parcel[rows], pieces[rows], len(parcels))
        out[name] = np.clip(covered / areas, 0.0, 1.0)
    return out


def covered_area(parcel: NDArray[np.int64], pieces: GeometryArray, n: int) -> FloatArray:
    """Area of the union of the pieces on each parcel, square metres, shape (n,)."""
    total = np.bincount(parcel, weights=shapely.area(pieces), minlength=n).astype(float)
    order = np.argsort(parcel, kind="stable")
    index, start, count = np.unique(parcel[order], return_index=True, return_counts=True)
    for at, first, several in zip(index, start, count, strict=True):
        if several > 1:
            total[at] = shapely.area(shapely.union_all(pieces[order[first : first + several]]))
    return total
