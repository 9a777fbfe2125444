"""What lies around a parcel: numbers within a radius of its border, and how much of the border is along a road.

Contract: pure, as `measure`. A number is certain where the whole radius lies inside what its layer covers; elsewhere what was
found is the lower end and there is no upper end. A stop of which the departures are not stated leaves no upper end either.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import shapely

from geodata.measure.flat import flat_lines
from geodata.measure.inputs import Layer, Layers, Parcels
from geodata.measure.kernels.frontage import LINE_REACH, line_frontage
from geodata.measure.kernels.nearest import PointGrid, within
from geodata.measure.kernels.segments import Segments
from geodata.measure.table import FloatArray, Interval, ObjectArray
from geodata.missing import is_none


@dataclass(frozen=True)
class Count:
    """What is counted.

    Attributes
    ----------
    radius_m : from the border of the parcel; a point at exactly this distance counts.
    own_m : what lies on the parcel or so near to its border is its own and does not count; None = all counts.
    valued : the number each place states is summed, else each place counts for one.
    """

    layer: str
    radius_m: float
    own_m: float | None = None
    valued: bool = False


#: Numbers by name. The radii are our choice: no Belgian source gives any for caravan sites.
COUNTS: dict[str, Count] = {
    "addresses_100m": Count("addresses", 100.0, own_m=1.0),
    "addresses_250m": Count("addresses", 250.0, own_m=1.0),
    "shops_1000m": Count("shops", 1000.0),
    "departures_500m": Count("stops", 500.0, valued=True),
}
#: Roads along which a parcel can have its entrance: no motorway, no track.
FRONTAGE = ("main", "secondary", "local", "service")

_GRID = tuple(one.name for one in fields(PointGrid))


def counts(parcels: Parcels, layers: Layers) -> dict[str, Interval]:
    """Numbers of `COUNTS`, shape (n,) each."""
    return {name: _count(parcels, layers[one.layer], one) for name, one in COUNTS.items()}


def _count(parcels: Parcels, layer: Layer, wanted: Count) -> Interval:
    n = len(parcels)
    if layer.missing:
        return Interval(np.zeros(n), np.full(n, np.inf))
    found = _sum(parcels, layer, wanted, wanted.radius_m, stated=True)
    if wanted.own_m is not None:
        found = found - _sum(parcels, layer, wanted, wanted.own_m, stated=True)
    whole = layer.coverage.distance_to_edge(parcels, enough_m=wanted.radius_m) >= wanted.radius_m
    if wanted.valued:
        whole &= _sum(parcels, layer, wanted, wanted.radius_m, stated=False) == 0
    return Interval(found, np.where(whole, found, np.inf))


def _sum(parcels: Parcels, layer: Layer, wanted: Count, radius_m: float, *, stated: bool) -> FloatArray:
    """Sum of what is stated within a radius, or number of the places that state nothing."""

    def make() -> dict[str, Any]:
        points, values = _places(layer)
        amounts = np.ones(len(points))
        if wanted.valued:
            there = np.isnan(values) != stated
            points, amounts = points[there], values[there] if stated else amounts[there]
        grid = PointGrid.of(points, radius_m, amounts)
        return {name: getattr(grid, name) for name in _GRID}

    if layer.prepared is None:
        grid = PointGrid(**make())
    else:
        told = f"within {radius_m} {wanted.valued} {stated}"
        grid = layer.prepared.kept(told, list(_GRID), make, lambda arrays: PointGrid(**arrays))
    return within(parcels.flat, grid, radius_m)[1]


def _places(layer: Layer) -> tuple[FloatArray, FloatArray]:
    """Places of a layer, shape (k, 2), and what each states, NaN = nothing, shape (k,)."""
    if layer.prepared is not None:
        points, values = layer.prepared.points_of(()), layer.prepared.shapes.point_value
    else:
        points, feature = shapely.get_coordinates(layer.geometry, return_index=True)
        values = np.empty(0) if layer.values is None else layer.values[feature]
    return points, values if len(values) else np.full(len(points), np.nan)


def frontage(parcels: Parcels, roads: Layer) -> FloatArray:
    """Metres of border within reach of a road line, shape (n,); NaN where not all roads near are known."""
    if roads.missing:
        return np.full(len(parcels), np.nan)
    if roads.prepared is not None:
        lines = roads.prepared.finder(FRONTAGE).lines
    else:
        xy, offsets, _ = flat_lines(roads.geometry[np.isin(roads.classes.astype(str), FRONTAGE)])
        lines = Segments.of_lines(xy, offsets)
    metres = line_frontage(parcels.flat, lines)
    known = roads.coverage.distance_to_edge(parcels, enough_m=LINE_REACH) >= LINE_REACH
    return np.where(known, metres, np.nan)


def frontage_reasons(along: FloatArray, roads: ObjectArray) -> ObjectArray:
    """Why a frontage is not known, None where it is; shape (n,).

    Parameters
    ----------
    along : metres, NaN = unknown.
    roads : why the roads are not known on the parcel: a frontage also needs those just beyond its border.
    """
    out = np.full(len(along), None, dtype=object)
    unknown = np.isnan(along)
    out[unknown] = np.where(is_none(roads), "near_edge", roads)[unknown]
    return out
