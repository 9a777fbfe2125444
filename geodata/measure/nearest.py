"""Nearest distances, with the honesty of coverage: certain only up to the edge of what a layer covers."""

from __future__ import annotations

import numpy as np
import shapely

from geodata.measure.inputs import Coverage, GeometryArray, Parcels
from geodata.measure.table import FloatArray, Interval


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


def distance_interval(
    parcels: Parcels, features: GeometryArray, coverage: Coverage, *, loaded: bool, horizon_m: float
) -> Interval:
    """Interval of the nearest distance.

    Parameters
    ----------
    coverage : area in which all features are known.
    loaded : False when the source is not loaded at all.
    horizon_m : how far around the parcels features were read; beyond it nothing is known.
    """
    if not loaded:
        return Interval(np.zeros(len(parcels)), np.full(len(parcels), np.inf))
    found = nearest_distance(parcels.geometry, features)
    edge = np.minimum(coverage.distance_to_edge(parcels), horizon_m)
    certain = found <= edge
    return Interval(np.where(certain, found, edge), found)
