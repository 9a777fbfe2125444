"""Distances from the border of a parcel to points, lines and polygons, and what lies within a radius.

All are exact: metres between the parcel with its inside and the nearest of the features, 0 where they touch. Points are
searched from the centre of the parcel in a k-d tree; as many are taken as are needed to know that no other can be
nearer to the border. Lines and polygons go through the tree of `geodata.measure.kernels.segments`. Without numba
everything goes through `shapely`, which is also the oracle of the tests (`by_shapely`, `within_by_shapely`).

These are raw distances. How far they can be trusted depends on the coverage of the layer, which only the caller knows
(`geodata.measure.nearest.distance_interval`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from geodata.measure.chunks import in_chunks
from geodata.measure.flat import FlatPolygons, Floats, Ints, flat_lines, positions
from geodata.measure.jit import HAVE_NUMBA, njit
from geodata.measure.kernels.segments import (
    Segments,
    corners_of,
    distances,
    inside,
    load,
    to_edge,
)

#: How many points are looked at first; the few parcels for which they do not decide take more.
_FIRST = 4
#: Points that one thread holds at a time.
_HELD = 1 << 18
#: Cells of a grid of points along a radius.
_FINE = 5
#: A grid has at most so many cells per point.
_CELLS = 4


def to_points(
    parcels: FlatPolygons,
    points: Floats | cKDTree,
    index: Any = None,
    *,
    beyond_m: float | None = None,
    workers: int | None = None,
) -> Floats:
    """Metres from the border of each parcel to the nearest point.

    Parameters
    ----------
    parcels : valid polygons, EPSG:31370.
    points : shape (m, 2), EPSG:31370, or a tree of them that is used several times.
    index : which parcels (integers or a mask), in this order; all where None.
    beyond_m : leave out points inside the parcel or at most so far from its border; None = all count.
    workers : threads; the number of processors where None.

    Returns
    -------
    metres, 0 inside or on the border, inf without a point that counts, NaN for an empty parcel.
    """
    tree = points if isinstance(points, cKDTree) else cKDTree(np.asarray(points, dtype=np.float64).reshape(-1, 2))
    own = -1.0 if beyond_m is None else float(beyond_m)
    chosen = positions(len(parcels), index)
    out = np.full(len(chosen), np.inf)
    if not HAVE_NUMBA:
        shapes = parcels.take(chosen).to_shapely()
        return by_shapely(shapes, shapely.points(tree.data), beyond_m=beyond_m)
    xy, rings, parts, features, _ = corners_of(parcels)
    places = np.ascontiguousarray(tree.data).view()
    places.flags.writeable = False

    def work(first: int, last: int) -> None:
        mine = chosen[first:last]
        box = parcels.bounds[mine]
        centre = 0.5 * (box[:, :2] + box[:, 2:])
        radius = 0.5 * np.hypot(box[:, 2] - box[:, 0], box[:, 3] - box[:, 1])
        empty = np.isnan(radius)
        out[first:last][empty] = np.nan
        left, take = np.flatnonzero(~empty), _FIRST
        while len(left) and tree.n:
            take = min(take, tree.n)
            unsure = []
            for at in range(0, len(left), max(1, _HELD // take)):
                rows = left[at : at + max(1, _HELD // take)]
                away, which = tree.query(centre[rows], k=[*range(1, take + 1)])
                sure = np.zeros(len(rows), dtype=bool)
                metres = np.empty(len(rows))
                _nearest_of(xy, rings, parts, features, mine[rows], places, away, which, radius[rows], own, metres, sure)  # fmt: skip
                out[first + rows] = metres
                unsure.append(rows[~sure])
            left = np.concatenate(unsure) if take < tree.n else left[:0]
            take *= 4

    in_chunks(work, len(chosen), workers)
    return out


def to_lines(
    parcels: FlatPolygons, lines: NDArray[Any] | Segments, index: Any = None, *, workers: int | None = None
) -> Floats:
    """Metres from the border of each parcel to the nearest line; parameters and result are those of `to_points`.

    Lines are shapely lines and multilines, or `Segments` made of them, which are then searched several times.
    """
    if HAVE_NUMBA:
        if not isinstance(lines, Segments):
            xy, offsets, _ = flat_lines(lines)
            lines = Segments.of_lines(xy, offsets)
        return distances(parcels, lines, index, workers=workers)
    shapes = shapely.linestrings(lines.ends.reshape(-1, 2, 2)) if isinstance(lines, Segments) else lines
    return by_shapely(parcels.take(positions(len(parcels), index)).to_shapely(), shapes)


def to_polygons(
    parcels: FlatPolygons,
    polygons: FlatPolygons,
    index: Any = None,
    *,
    borders: Segments | None = None,
    workers: int | None = None,
) -> Floats:
    """Metres from the border of each parcel to the nearest polygon, 0 where they touch or one holds the other.

    Parameters
    ----------
    polygons : valid polygons, which may overlap each other.
    borders : `Segments.of_polygons(polygons)`, where they are used several times.

    The others and the result are those of `to_points`.
    """
    if HAVE_NUMBA:
        return distances(parcels, borders or Segments.of_polygons(polygons), index, workers=workers)
    return by_shapely(parcels.take(positions(len(parcels), index)).to_shapely(), polygons.to_shapely())


def by_shapely(parcels: NDArray[Any], features: NDArray[Any], *, beyond_m: float | None = None) -> Floats:
    """The same distances between shapely geometries of any kind, from `STRtree`."""
    out = np.full(len(parcels), np.inf)
    empty = shapely.is_empty(parcels) | shapely.is_missing(parcels)
    out[empty] = np.nan
    features = features[~shapely.is_empty(features)]
    rows = np.flatnonzero(~empty)
    if not len(features) or not len(rows):
        return out
    tree = shapely.STRtree(features)
    if beyond_m is None:
        (row, _), metres = tree.query_nearest(parcels[rows], return_distance=True, all_matches=False)
        out[rows[row]] = metres
        return out
    west, south, east, north = shapely.total_bounds(np.concatenate([parcels[rows], features]))
    # Nothing is farther apart than this, so the last round sees every pair.
    farthest = float(np.hypot(east - west, north - south)) + beyond_m
    reach = min(farthest, beyond_m + 60.0)
    while len(rows):
        row, feature = tree.query(parcels[rows], predicate="dwithin", distance=reach)
        metres = shapely.distance(parcels[rows[row]], features[feature])
        other = metres > beyond_m
        np.minimum.at(out, rows[row[other]], metres[other])
        rows = rows[np.isinf(out[rows])] if reach < farthest else rows[:0]
        reach = min(farthest, 4.0 * reach)
    return out


@dataclass(frozen=True, eq=False)
class PointGrid:
    """Points with an amount each, sorted by the cells of a grid.

    Attributes
    ----------
    xy, amounts : points and what each counts for, in order of their cells, shapes (m, 2) and (m,).
    starts : offsets of the cells into them, shape (columns * rows + 1,).
    totals : sum of the amounts of each cell, shape (columns * rows,).
    frame : west, south, side of a cell, columns, rows.
    """

    xy: Floats
    amounts: Floats
    starts: Ints
    totals: Floats
    frame: Floats

    def __post_init__(self) -> None:
        # As those of a file: a kernel is compiled once for both.
        for name in ("xy", "amounts", "starts", "totals", "frame"):
            array = np.ascontiguousarray(getattr(self, name)).view(np.ndarray).view()
            array.flags.writeable = False
            object.__setattr__(self, name, array)

    @classmethod
    def of(cls, points: Floats, radius_m: float, amounts: Floats | None = None) -> PointGrid:
        """A grid for searches of about this radius; without amounts each point counts for one."""
        xy = np.asarray(points, dtype=np.float64).reshape(-1, 2)
        weight = np.ones(len(xy)) if amounts is None else np.asarray(amounts, dtype=np.float64)
        if not len(xy):
            return cls(xy, weight, np.zeros(2, dtype=np.int64), np.zeros(1), np.array([0.0, 0.0, 1.0, 1.0, 1.0]))
        low, wide = xy.min(axis=0), np.maximum(np.ptp(xy, axis=0), 1e-3)
        side = max(radius_m / _FINE, float(np.sqrt(wide.prod() / (_CELLS * len(xy)))), float(wide.max()) / 30_000, 1e-3)
        columns, rows = (int(one) for one in np.floor(wide / side) + 1)
        cell = np.minimum((xy - low) // side, [columns - 1, rows - 1]).astype(np.int64)
        number = cell[:, 1] * columns + cell[:, 0]
        order = np.argsort(number, kind="stable")
        starts = np.zeros(columns * rows + 1, dtype=np.int64)
        np.cumsum(np.bincount(number, minlength=columns * rows), out=starts[1:])
        totals = np.bincount(number, weights=weight, minlength=columns * rows).astype(np.float64)
        frame = np.array([low[0], low[1], side, float(columns), float(rows)])
        return cls(xy[order], weight[order], starts, totals, frame)


def within(
    parcels: FlatPolygons,
    points: Floats | PointGrid,
    radius_m: float,
    amounts: Floats | None = None,
    index: Any = None,
    *,
    workers: int | None = None,
) -> tuple[Ints, Floats]:
    """How many points lie within a radius of the border of each parcel or inside it, and the sum of their amounts.

    Parameters
    ----------
    parcels : valid polygons, EPSG:31370.
    points : shape (m, 2), EPSG:31370, or a `PointGrid` that holds the amounts already.
    radius_m : metres, 0 or more; a point at exactly this distance counts.
    amounts : such as pitches or places of each point, shape (m,); each counts for one where None.
    index : which parcels (integers or a mask), in this order; all where None.

    Returns
    -------
    counts and sums, each of the length of `index`; 0 for an empty parcel.

    Raises
    ------
    ValueError : a negative radius.
    """
    if not radius_m >= 0.0:
        raise ValueError(f"A radius of {radius_m} m.")
    grid = points if isinstance(points, PointGrid) else PointGrid.of(points, radius_m, amounts)
    chosen = positions(len(parcels), index)
    counts, sums = np.zeros(len(chosen), dtype=np.int64), np.zeros(len(chosen))
    if not HAVE_NUMBA:
        shapes = parcels.take(chosen).to_shapely()
        return within_by_shapely(shapes, grid.xy, radius_m, grid.amounts)
    xy, rings, parts, features, _ = corners_of(parcels)

    def work(first: int, last: int) -> None:
        _within(
            xy, rings, parts, features, chosen[first:last], grid.xy, grid.amounts, grid.starts, grid.totals, grid.frame,
            float(radius_m), counts[first:last], sums[first:last],
        )  # fmt: skip

    in_chunks(work, len(chosen), workers)
    return counts, sums


def within_by_shapely(
    parcels: NDArray[Any], points: Floats, radius_m: float, amounts: Floats | None = None
) -> tuple[Ints, Floats]:
    """The same counts and sums for shapely polygons, from `STRtree`."""
    weight = np.ones(len(points)) if amounts is None else amounts
    if not len(points):
        return np.zeros(len(parcels), dtype=np.int64), np.zeros(len(parcels))
    tree = shapely.STRtree(shapely.points(points))
    row, point = tree.query(parcels, predicate="dwithin", distance=radius_m)
    counts = np.bincount(row, minlength=len(parcels)).astype(np.int64)
    return counts, np.bincount(row, weight[point], minlength=len(parcels)).astype(np.float64)


@njit(error_model="numpy")
def _nearest_of(
    xy: Any,
    rings: Any,
    parts: Any,
    features: Any,
    chosen: Any,
    places: Any,
    away: Any,
    which: Any,
    radius: Any,
    own: Any,
    metres: Any,
    sure: Any,
) -> None:
    """Nearest of some points, sorted by their distance from the centre, and whether no other can be nearer."""
    edges, frame = np.empty((64, 4)), np.empty(6)
    some = which.shape[1]
    for k in range(len(chosen)):
        n, edges = load(xy, rings, parts, features, chosen[k], edges, frame)
        best = np.inf
        for i in range(some):
            # No point of the parcel is farther from its centre than `radius`.
            if (away[k, i] - radius[k]) * (1.0 - 1e-9) > best:
                sure[k] = True
                break
            point = which[k, i]
            d = np.sqrt(_squared(edges, n, frame, places[point, 0] - frame[0], places[point, 1] - frame[1]))
            if own < d < best:
                best = d
            if best == 0.0:
                sure[k] = True
                break
        if not sure[k]:
            sure[k] = (away[k, some - 1] - radius[k]) * (1.0 - 1e-9) > best
        metres[k] = best


@njit(error_model="numpy")
def _squared(edges: Any, n: Any, frame: Any, x: Any, y: Any) -> Any:
    """Square metres from a parcel to a point, both relative to the parcel; 0 inside."""
    if inside(edges, n, frame, x, y):
        return 0.0
    best = np.inf
    for e in range(n):
        d, _ = to_edge(x, y, edges[e, 0], edges[e, 1], edges[e, 2], edges[e, 3])
        best = min(best, d)
    return best


@njit(error_model="numpy")
def _is_near(edges: Any, n: Any, frame: Any, x: Any, y: Any, radius: Any, out_of: Any, sure_in: Any) -> Any:
    """Is a point within the radius of a parcel? Only what its box leaves open is measured."""
    dx, dy = max(0.0, max(x - frame[4], frame[2] - x)), max(0.0, max(y - frame[5], frame[3] - y))
    if dx * dx + dy * dy > out_of * out_of:
        return False
    return x * x + y * y < sure_in * sure_in or np.sqrt(_squared(edges, n, frame, x, y)) <= radius


@njit(error_model="numpy")
def _within(
    xy: Any,
    rings: Any,
    parts: Any,
    features: Any,
    chosen: Any,
    places: Any,
    amounts: Any,
    starts: Any,
    totals: Any,
    grid: Any,
    radius: Any,
    counts: Any,
    sums: Any,
) -> None:
    """Fill counts and sums (zeros) for the chosen parcels."""
    edges, frame = np.empty((64, 4)), np.empty(6)
    side, columns, rows = grid[2], int(grid[3]), int(grid[4])
    # Cells nearly at the radius are looked at point by point: rounding decides nothing here.
    out_of, sure_in = radius * (1.0 + 1e-9) + 1e-6, max(0.0, radius * (1.0 - 1e-9) - 1e-6)
    for k in range(len(chosen)):
        n, edges = load(xy, rings, parts, features, chosen[k], edges, frame)
        if n == 0:
            continue
        # Everything from here on is relative to the parcel's first corner.
        west, south = grid[0] - frame[0], grid[1] - frame[1]
        c0 = min(max(int(np.floor((frame[2] - out_of - west) / side)) - 1, 0), columns)
        c1 = max(min(int(np.floor((frame[4] + out_of - west) / side)) + 1, columns - 1), -1)
        r0 = min(max(int(np.floor((frame[3] - out_of - south) / side)) - 1, 0), rows)
        r1 = max(min(int(np.floor((frame[5] + out_of - south) / side)) + 1, rows - 1), -1)
        for row in range(r0, r1 + 1):
            y0, y1 = south + row * side, south + (row + 1) * side
            # The first corner is at 0, 0: what is near it is near the parcel. Cells that are so whole stand in a row.
            far, sure0, sure1 = max(abs(y0), abs(y1)), 0, -1
            if far < sure_in:
                half = np.sqrt(sure_in * sure_in - far * far)
                sure0 = max(int(np.ceil((-half - west) / side)), c0)
                sure1 = min(int(np.floor((half - west) / side)) - 1, c1)
            if sure0 <= sure1:
                counts[k] += starts[row * columns + sure1 + 1] - starts[row * columns + sure0]
                for cell in range(row * columns + sure0, row * columns + sure1 + 1):
                    sums[k] += totals[cell]
            for column in range(c0, c1 + 1):
                if sure0 <= column <= sure1:
                    continue
                cell = row * columns + column
                if starts[cell] == starts[cell + 1]:
                    continue
                x0, x1 = west + column * side, west + (column + 1) * side
                dx, dy = max(0.0, max(x0 - frame[4], frame[2] - x1)), max(0.0, max(y0 - frame[5], frame[3] - y1))
                if dx * dx + dy * dy > out_of * out_of:
                    continue
                for i in range(starts[cell], starts[cell + 1]):
                    if _is_near(
                        edges, n, frame, places[i, 0] - frame[0], places[i, 1] - frame[1], radius, out_of, sure_in
                    ):
                        counts[k] += 1
                        sums[k] += amounts[i]
