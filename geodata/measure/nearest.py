"""Nearest distances, with the honesty of coverage: certain only up to the edge of what a layer covers."""

from __future__ import annotations

import numpy as np
import shapely

from geodata.measure.inputs import Coverage, GeometryArray, Parcels
from geodata.measure.table import FloatArray, Interval

#: Where the search for a neighbour starts; it widens until one is found.
_FIRST_REACH_M = 60.0


def nearest_distance(parcels: GeometryArray, features: GeometryArray) -> FloatArray:
    """Metres from each parcel's border to the nearest feature, 0 inside or touching, inf without features.

    Parameters
    ----------
    parcels : polygons, EPSG:31370, shape (n,).
    features : points, lines or polygons, EPSG:31370, shape (m,).
    """
    out = np.full(len(parcels), np.inf)
    if not len(features) or not len(parcels):
        return out
    tree = shapely.STRtree(features)
    (row, _), distance = tree.query_nearest(parcels, return_distance=True, all_matches=False)
    out[row] = distance
    return out


def nearest_beside(
    parcels: GeometryArray, features: GeometryArray, *, own_m: float, horizon_m: float = np.inf
) -> FloatArray:
    """Metres to the nearest feature that is not the parcel's own, inf without one.

    Parameters
    ----------
    parcels : polygons, EPSG:31370, shape (n,).
    features : points, EPSG:31370, shape (m,).
    own_m : features inside the parcel or at most this far from its border are its own.
    horizon_m : how far to look.
    """
    out = nearest_distance(parcels, features)
    left = np.flatnonzero(out <= own_m)
    if not len(left):
        return out
    tree = shapely.STRtree(features)
    west, south, east, north = shapely.total_bounds(np.concatenate([parcels[left], features]))
    # Beyond both of these there is nothing left to find.
    farthest = min(horizon_m, float(np.hypot(east - west, north - south)) + own_m)
    reach = _FIRST_REACH_M
    out[left] = np.inf
    while len(left):
        row, feature = tree.query(parcels[left], predicate="dwithin", distance=min(reach, farthest))
        distance = shapely.distance(parcels[left[row]], features[feature])
        other = distance > own_m
        np.minimum.at(out, left[row[other]], distance[other])
        left = left[np.isinf(out[left])] if reach < farthest else left[:0]
        reach *= 4
    return out


def distance_interval(
    parcels: Parcels,
    features: GeometryArray,
    coverage: Coverage,
    *,
    loaded: bool,
    horizon_m: float,
    own_m: float | None = None,
) -> Interval:
    """Interval of the nearest distance.

    Parameters
    ----------
    coverage : area in which all features are known.
    loaded : False when the source is not loaded at all.
    horizon_m : how far around the parcels features were read; beyond it nothing is known.
    own_m : leave out features inside the parcel or within this of its border; None = all count.
    """
    if not loaded:
        return Interval(np.zeros(len(parcels)), np.full(len(parcels), np.inf))
    found = (
        nearest_distance(parcels.geometry, features)
        if own_m is None
        else nearest_beside(parcels.geometry, features, own_m=own_m, horizon_m=horizon_m)
    )
    edge = np.minimum(coverage.distance_to_edge(parcels), horizon_m)
    certain = found <= edge
    return Interval(np.where(certain, found, edge), found)
