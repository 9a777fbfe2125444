"""Slope of parcels from a height grid in EPSG:31370 (metres): mean, steepest cell, and how much of the parcel is known.

Slope of a cell, in degrees, by Horn (1981) from its eight neighbours, west to east and south to north, those beside the
cell counting double. A cell is unknown where it or one of the eight has no height, so also along the edge of the grid:
read one cell more than the parcels need. The mean is weighted by the exact share of each cell inside the parcel; the
steepest is the highest slope of the cells of which the parcel holds more than a millionth. A parcel of which less than
`MIN_KNOWN` lies on known cells is unknown (NaN), in the mean and in the steepest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geodata.measure.chunks import in_chunks
from geodata.measure.flat import FlatPolygons, Floats, positions
from geodata.measure.inputs import HeightGrid
from geodata.measure.jit import HAVE_NUMBA, njit

#: At least this share of a parcel must lie on known cells; our choice.
MIN_KNOWN = 0.95
_TOUCHED = 1e-6


@dataclass(frozen=True, eq=False)
class Slope:
    """Slope of n parcels.

    Attributes
    ----------
    mean, steepest : degrees; NaN = unknown.
    known : share of the parcel on cells with a slope, 0..1; NaN for a parcel without area.
    """

    mean: Floats
    steepest: Floats
    known: Floats


def slope(
    polygons: FlatPolygons,
    grid: HeightGrid | None,
    index: Any = None,
    *,
    min_known: float = MIN_KNOWN,
    workers: int | None = None,
) -> Slope:
    """Mean and steepest slope of each parcel.

    Parameters
    ----------
    polygons : valid polygons, EPSG:31370, metres.
    grid : heights; None where none is loaded: all unknown.
    index : which parcels (integers or a mask), in this order; all where None. Equal to the same rows of a full run.
    min_known : share of a parcel that must be known, 0..1.
    workers : threads; the number of processors where None.
    """
    chosen = positions(len(polygons), index)
    sums = np.zeros((len(chosen), 2))
    steepest = np.full(len(chosen), -1.0)
    if grid is not None and HAVE_NUMBA:
        heights = np.ascontiguousarray(grid.heights, dtype=np.float32).view(np.ndarray).view()
        heights.flags.writeable = False
        given = (polygons.xy, polygons.rings, polygons.parts, polygons.features)
        place = (heights, float(grid.west), float(grid.north), float(grid.cell_m))
        in_chunks(lambda a, b: _slopes(*given, chosen[a:b], *place, sums[a:b], steepest[a:b]), len(chosen), workers)
    elif grid is not None:
        _by_extract(polygons.take(chosen), grid, sums, steepest)
    area = polygons.areas[chosen]
    with np.errstate(divide="ignore", invalid="ignore"):
        known = np.where(area > 0, np.minimum(sums[:, 1] / area, 1.0), np.nan)
        enough = (known >= min_known) & (sums[:, 1] > 0)
        mean = np.where(enough, sums[:, 0] / sums[:, 1], np.nan)
    return Slope(mean, np.where(enough & (steepest >= 0), steepest, np.nan), known)


def cell_slopes(grid: HeightGrid) -> Floats:
    """Slope of every cell by Horn, degrees; NaN where unknown; same shape as the heights."""
    z = grid.heights.astype(np.float64)
    out = np.full(z.shape, np.nan)
    if min(z.shape) < 3:
        return out
    a, b, c = z[:-2, :-2], z[:-2, 1:-1], z[:-2, 2:]
    d, e, f = z[1:-1, :-2], z[1:-1, 1:-1], z[1:-1, 2:]
    g, h, i = z[2:, :-2], z[2:, 1:-1], z[2:, 2:]
    east = ((c + 2 * f + i) - (a + 2 * d + g)) / (8 * grid.cell_m)
    north = ((a + 2 * b + c) - (g + 2 * h + i)) / (8 * grid.cell_m)
    out[1:-1, 1:-1] = np.where(np.isnan(e), np.nan, np.degrees(np.arctan(np.hypot(east, north))))
    return out


def class_shares(
    polygons: FlatPolygons, codes: NDArray[Any], classes: ArrayLike, *, west: float, north: float, cell_m: float
) -> Floats:
    """Share of each parcel under each class of a raster, by exactextract, shape (n, classes).

    Parameters
    ----------
    codes : class of each cell, shape (rows, columns), north up; what is not in `classes` counts for none.
    classes : codes wanted, each once.
    west, north : outer edge of the first cell, EPSG:31370; `cell_m` is its side in metres.

    Returns
    -------
    share of the whole parcel, also of what lies off the raster; NaN for a parcel without area.
    """
    wanted = np.asarray(classes)
    out = np.zeros((len(polygons), len(wanted)))
    for row, values, coverage in _cells(polygons, np.asarray(codes, dtype=np.float64), west, north, cell_m):
        for k, code in enumerate(wanted):
            out[row, k] = coverage[values == code].sum() * cell_m**2
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(polygons.areas[:, None] > 0, np.clip(out / polygons.areas[:, None], 0.0, 1.0), np.nan)


def _by_extract(polygons: FlatPolygons, grid: HeightGrid, sums: Floats, steepest: Floats) -> None:
    """Fill the sums by exactextract, where numba is absent."""
    for row, values, coverage in _cells(polygons, cell_slopes(grid), grid.west, grid.north, grid.cell_m):
        there = ~np.isnan(values)
        sums[row] = (values * coverage)[there].sum() * grid.cell_m**2, coverage[there].sum() * grid.cell_m**2
        steepest[row] = values[there & (coverage > _TOUCHED)].max(initial=-1.0)


def _cells(polygons: FlatPolygons, values: Floats, west: float, north: float, cell_m: float) -> Any:
    """Row, values of cells and share of each cell, for every parcel with an area that touches the raster."""
    # Only needed here, and slow to load: every command would wait for them.
    import geopandas
    from exactextract import exact_extract
    from exactextract.raster import NumPyRasterSource
    from pyproj import CRS

    rows, columns = values.shape
    full = np.flatnonzero(polygons.areas > 0)
    if not len(full) or not rows or not columns:
        return
    crs = CRS.from_epsg(31370).to_wkt()
    raster = NumPyRasterSource(
        values, west, north - rows * cell_m, west + columns * cell_m, north, nodata=np.nan, srs_wkt=crs
    )
    frame = geopandas.GeoDataFrame({"row": full}, geometry=polygons.take(full).to_shapely(), crs=crs)
    found = exact_extract(
        raster,
        frame,
        ["values(default_value=NaN)", "coverage(default_value=NaN)"],
        include_cols=["row"],
        output="pandas",
    )
    for row, cells, coverage in zip(found["row"], found.iloc[:, 1], found.iloc[:, 2], strict=True):
        yield int(row), np.asarray(cells, dtype=np.float64), np.asarray(coverage, dtype=np.float64)


@njit(error_model="numpy")
def _slopes(
    xy: Any,
    rings: Any,
    parts: Any,
    features: Any,
    chosen: Any,
    heights: Any,
    west: Any,
    north: Any,
    cell: Any,
    sums: Any,
    steepest: Any,
) -> None:
    """Add slope times square metres and square metres of the chosen parcels, and find the steepest cell."""
    rows, columns = heights.shape
    room = 4096
    buffer = np.zeros(room)
    for k in range(len(chosen)):
        p = chosen[k]
        for part in range(features[p], features[p + 1]):
            x0 = y0 = np.inf
            x1 = y1 = -np.inf
            for v in range(rings[parts[part]], rings[parts[part] + 1]):
                x, y = (xy[v, 0] - west) / cell, (north - xy[v, 1]) / cell
                x0, y0, x1, y1 = min(x0, x), min(y0, y), max(x1, x), max(y1, y)
            c0, c1 = max(0, int(np.floor(x0))), min(columns, int(np.floor(x1)) + 1)
            r0, r1 = max(0, int(np.floor(y0))), min(rows, int(np.floor(y1)) + 1)
            if c0 >= c1 or r0 >= r1:
                continue
            wide, tall = c1 - c0 + 1, r1 - r0
            if wide * tall > room:
                room = 2 * wide * tall
                buffer = np.zeros(room)
            for r in range(parts[part], parts[part + 1]):
                for v in range(rings[r], rings[r + 1] - 1):
                    _draw(
                        (xy[v, 0] - west) / cell - c0,
                        (north - xy[v, 1]) / cell - r0,
                        (xy[v + 1, 0] - west) / cell - c0,
                        (north - xy[v + 1, 1]) / cell - r0,
                        wide,
                        tall,
                        buffer,
                    )
            for row in range(tall):
                inside = 0.0
                for column in range(wide):
                    inside += buffer[row * wide + column]
                    buffer[row * wide + column] = 0.0
                    if column == wide - 1 or not inside > 1e-12:
                        continue
                    degrees = _horn(heights, r0 + row, c0 + column, cell)
                    if np.isnan(degrees):
                        continue
                    share = min(inside, 1.0)
                    sums[k, 0] += degrees * share * cell * cell
                    sums[k, 1] += share * cell * cell
                    if share > _TOUCHED:
                        steepest[k] = max(steepest[k], degrees)


@njit(error_model="numpy")
def _draw(ax: Any, ay: Any, bx: Any, by: Any, wide: Any, tall: Any, buffer: Any) -> None:
    """Add an edge to the buffer: the sum along a row up to a cell is the share of that cell inside the rings.

    What lies left of the buffer counts as its left border, what lies right of it counts in the last column.
    """
    if ay == by:
        return
    sign = 1.0
    if ay > by:
        ax, ay, bx, by, sign = bx, by, ax, ay, -1.0
    slant = (bx - ax) / (by - ay)
    for row in range(max(0, int(np.floor(ay))), min(tall - 1, int(np.floor(by))) + 1):
        top, bottom = max(ay, float(row)), min(by, row + 1.0)
        if not top < bottom:
            continue
        xa, xb = ax + (top - ay) * slant, ax + (bottom - ay) * slant
        left, right = min(xa, xb), max(xa, xb)
        height = sign * (bottom - top)
        width = right - left
        # Per column: the part of the edge in it, and how far right of the edge the column reaches.
        first = min(max(int(np.floor(left)), 0), wide - 1)
        last = min(max(int(np.floor(right)), 0), wide - 1)
        if first == last:
            if first == wide - 1:
                continue
            middle = _clamped(left, right) - first
            buffer[row * wide + first] += height * (1.0 - middle)
            buffer[row * wide + first + 1] += height * middle
            continue
        for column in range(first, last + 1):
            begin = left if column == first else float(column)
            end = right if column == last else column + 1.0
            part = height * (end - begin) / width
            if column == wide - 1:
                continue
            middle = _clamped(begin, end) if column == 0 else 0.5 * (begin + end) - column
            buffer[row * wide + column] += part * (1.0 - middle)
            buffer[row * wide + column + 1] += part * middle


@njit(error_model="numpy")
def _clamped(begin: Any, end: Any) -> Any:
    """Mean of max(x, 0) over begin..end."""
    if end <= 0.0:
        return 0.0
    if begin >= 0.0:
        return 0.5 * (begin + end)
    return 0.5 * end * end / (end - begin)


@njit(error_model="numpy")
def _horn(heights: Any, row: Any, column: Any, cell: Any) -> Any:
    """Slope of a cell, degrees; NaN where it or a neighbour is unknown."""
    if row < 1 or column < 1 or row >= heights.shape[0] - 1 or column >= heights.shape[1] - 1:
        return np.nan
    a, b, c = float(heights[row - 1, column - 1]), float(heights[row - 1, column]), float(heights[row - 1, column + 1])
    d, f = float(heights[row, column - 1]), float(heights[row, column + 1])
    g, h, i = float(heights[row + 1, column - 1]), float(heights[row + 1, column]), float(heights[row + 1, column + 1])
    east = ((c + 2.0 * f + i) - (a + 2.0 * d + g)) / (8.0 * cell)
    north = ((a + 2.0 * b + c) - (g + 2.0 * h + i)) / (8.0 * cell)
    if np.isnan(heights[row, column]):
        return np.nan
    return np.degrees(np.arctan(np.sqrt(east * east + north * north)))
