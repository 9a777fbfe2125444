"""Nearest distances, with the honesty of coverage: certain only up to the edge of what a layer covers."""

from __future__ import annotations

import numpy as np
import shapely

from geodata.measure.flat import FlatPolygons
from geodata.measure.inputs import Coverage, GeometryArray, Parcels
from geodata.measure.kernels import nearest
from geodata.measure.kernels.segments import distances
from geodata.measure.shapes import Finder
from geodata.measure.table import FloatArray, Interval


def nearest_distance(parcels: FlatPolygons, features: GeometryArray | Finder) -> FloatArray:
    """Metres from each parcel's border to the nearest feature, 0 inside or touching, inf without features.

    Parameters
    ----------
    parcels : n polygons, EPSG:31370.
    features : points, lines or polygons, mixed as they come, EPSG:31370, shape (m,), or search trees over them.
    """
    out = np.full(len(parcels), np.inf)
    if isinstance(features, Finder):
        for tree in (features.dots, features.lines, features.areas):
            if len(tree):
                np.minimum(out, distances(parcels, tree), out=out)
        return out
    parts = shapely.get_parts(features)
    parts = parts[~shapely.is_empty(parts)]
    while (several := shapely.get_type_id(parts) > 3).any():  # collections within collections
        parts = np.concatenate([parts[~several], shapely.get_parts(parts[several])])
    dimension = shapely.get_dimensions(parts)
    points, lines, areas = (parts[dimension == kind] for kind in (0, 1, 2))
    if len(points):
        np.minimum(out, nearest.to_points(parcels, shapely.get_coordinates(points)), out=out)
    if len(lines):
        np.minimum(out, nearest.to_lines(parcels, lines), out=out)
    if len(areas):
        np.minimum(out, nearest.to_polygons(parcels, FlatPolygons.from_shapely(areas)), out=out)
    return out


def nearest_beside(parcels: FlatPolygons, features: GeometryArray | Finder, *, own_m: float) -> FloatArray:
    """Metres to the nearest feature that is not the parcel's own, inf without one.

    Parameters
    ----------
    parcels : n polygons, EPSG:31370.
    features : points, EPSG:31370, shape (m,), or a search tree over them.
    own_m : features inside the parcel or at most this far from its border are its own.
    """
    if isinstance(features, Finder):
        return nearest.to_points(parcels, features.tree, beyond_m=own_m)
    if not len(features):
        return np.full(len(parcels), np.inf)
    found: FloatArray = nearest.to_points(parcels, shapely.get_coordinates(features), beyond_m=own_m)
    return found


def distance_interval(
    parcels: Parcels,
    features: GeometryArray | Finder,
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
    horizon_m : a distance is told as certain up to here only: so far around the parcels features were read.
    own_m : leave out features inside the parcel or within this of its border; None = all count.
    """
    if not loaded:
        return Interval(np.zeros(len(parcels)), np.full(len(parcels), np.inf))
    found = (
        nearest_distance(parcels.flat, features)
        if own_m is None
        else nearest_beside(parcels.flat, features, own_m=own_m)
    )
    edge = np.minimum(coverage.distance_to_edge(parcels, enough_m=horizon_m), horizon_m)
    certain = found <= edge
    return Interval(np.where(certain, found, edge), found)
