"""Overlap shares from flat arrays: the exact area of each parcel under each class, without building a geometry.

area(A and B) is the sum over edges i of A and j of B of sign_i * sign_j * the area below both edges over their common
x-range, measured from a common base; sign is + for an edge with the inside below it and - for one with the inside above
it. Holes and parts need nothing of their own, shared edges and touching corners are no special case, and rounding never
turns into a wrong topology. B is a piece of a prepared layer (`geodata.measure.tiles`), A the part of the parcel in its
tile. An edge of B that passes wholly above the parcel counts with the parcel's area at once.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from geodata.measure.chunks import in_chunks
from geodata.measure.flat import FlatPolygons, Floats, Ints, positions, ring_offsets
from geodata.measure.jit import HAVE_NUMBA, njit
from geodata.measure.kernels import oracle
from geodata.measure.tiles import SIZE, TiledLayer, prepare


def shares(
    parcels: FlatPolygons, layer: TiledLayer, index: Any = None, *, workers: int | None = None, clip: bool = True
) -> Floats:
    """Share of each parcel under each class of a prepared layer.

    Parameters
    ----------
    parcels : valid polygons, EPSG:31370, metres.
    layer : what `prepare` made.
    index : which parcels (integers or a mask), in this order; all where None. Equal to the same rows of a full run.
    workers : threads; the number of processors where None.
    clip : keep shares within 0..1 (rounding may leave 1 + 1e-15).

    Returns
    -------
    share, shape (parcels chosen, layer.classes); NaN for a parcel without area. A share says nothing about whether the
    layer covers the parcel: the caller knows its coverage.
    """
    chosen = positions(len(parcels), index)
    out = np.zeros((len(chosen), layer.classes))
    if not len(chosen):
        return out
    given = (parcels.xy, parcels.rings, ring_offsets(parcels), parcels.bounds, parcels.areas)
    tiled = (layer.grid, layer.size, layer.tiles, layer.piece_class, layer.pieces, layer.boxes, layer.edges)

    def work(first: int, last: int) -> None:
        _shares(*given, chosen[first:last], *tiled, out[first:last])

    in_chunks(work, len(chosen), workers)
    return np.clip(out, 0.0, 1.0, out=out) if clip else out


def shares_of(
    parcels: FlatPolygons,
    polygons: FlatPolygons,
    kinds: Ints,
    classes: int | None = None,
    *,
    precedence: Ints | None = None,
    size: float = SIZE,
    workers: int | None = None,
) -> Floats:
    """Share of each parcel under each class of polygons that are used once; without numba the way over shapely.

    Parameters are those of `geodata.measure.tiles.prepare`; the result is that of `shares`.
    """
    count = classes if classes is not None else int(kinds.max(initial=-1)) + 1
    if not HAVE_NUMBA:
        return oracle.shares(parcels, polygons, kinds, count, precedence=precedence, workers=workers)
    layer = prepare(polygons, kinds, count, precedence=precedence, size=size, workers=workers)
    return shares(parcels, layer, workers=workers)


@njit(error_model="numpy")
def _shares(
    xy: Any,
    rings: Any,
    starts: Any,
    bounds: Any,
    areas: Any,
    chosen: Any,
    grid: Any,
    size: Any,
    tiles: Any,
    piece_class: Any,
    pieces: Any,
    boxes: Any,
    edges: Any,
    out: Any,
) -> None:
    """Fill `out` (zeros) for the chosen parcels."""
    room = 64
    parcel = np.empty((room, 6))
    for k in range(len(chosen)):
        p = chosen[k]
        if not areas[p] > 0.0:
            out[k, :] = np.nan
            continue
        count = 0
        for r in range(starts[p], starts[p + 1]):
            count += rings[r + 1] - rings[r] - 1
        if count > room:
            room = 2 * count
            parcel = np.empty((room, 6))
        c0 = int(np.floor(bounds[p, 0] / size)) - grid[0]
        r0 = int(np.floor(bounds[p, 1] / size)) - grid[1]
        c1 = int(np.floor(bounds[p, 2] / size)) - grid[0]
        r1 = int(np.floor(bounds[p, 3] / size)) - grid[1]
        whole = areas[p] if c0 == c1 and r0 == r1 else -1.0
        for row in range(max(r0, 0), min(r1, grid[3] - 1) + 1):
            for column in range(max(c0, 0), min(c1, grid[2] - 1) + 1):
                t = row * grid[2] + column
                if tiles[t] == tiles[t + 1]:
                    continue
                ox, oy = (grid[0] + column) * size, (grid[1] + row) * size
                base = max(bounds[p, 1] - oy, 0.0)
                n = _load(xy, rings, starts[p], starts[p + 1], ox, oy + base, size, parcel)
                box_x0, box_x1 = max(bounds[p, 0] - ox, 0.0), min(bounds[p, 2] - ox, size)
                top = bounds[p, 3] - oy
                full = whole
                for piece in range(tiles[t], tiles[t + 1]):
                    if (
                        boxes[piece, 0] >= box_x1
                        or boxes[piece, 2] <= box_x0
                        or boxes[piece, 1] >= top
                        or boxes[piece, 3] <= base
                    ):
                        continue
                    if full < 0.0:
                        full = _part(parcel, n, box_x0, box_x1)
                    a, b, c = pieces[2 * piece], pieces[2 * piece + 1], pieces[2 * piece + 2]
                    covered = _below(parcel, n, box_x0, box_x1, base, top, full, edges, a, b)
                    covered -= _below(parcel, n, box_x0, box_x1, base, top, full, edges, b, c)
                    out[k, piece_class[piece]] += covered / areas[p]


@njit(error_model="numpy")
def _load(xy: Any, rings: Any, first: Any, last: Any, ox: Any, oy: Any, size: Any, parcel: Any) -> Any:
    """Edges of a parcel that matter in a tile: left x, left y, right x, right y, slope, sign; returns how many."""
    n = 0
    for r in range(first, last):
        for v in range(rings[r], rings[r + 1] - 1):
            ax, ay = xy[v, 0] - ox, xy[v, 1] - oy
            bx, by = xy[v + 1, 0] - ox, xy[v + 1, 1] - oy
            if ax == bx or (ay <= 0.0 and by <= 0.0):
                continue
            sign = -1.0
            if ax > bx:
                ax, ay, bx, by, sign = bx, by, ax, ay, 1.0
            if bx <= 0.0 or ax >= size:
                continue
            parcel[n, 0], parcel[n, 1], parcel[n, 2], parcel[n, 3] = ax, ay, bx, by
            parcel[n, 4], parcel[n, 5] = (by - ay) / (bx - ax), sign
            n += 1
    return n


@njit(error_model="numpy")
def _part(parcel: Any, n: Any, x0: Any, x1: Any) -> Any:
    """Area of the parcel above the base between two x."""
    total = 0.0
    for i in range(n):
        xa, xb = max(parcel[i, 0], x0), min(parcel[i, 2], x1)
        if xa < xb:
            ya = parcel[i, 1] + (xa - parcel[i, 0]) * parcel[i, 4]
            yb = parcel[i, 1] + (xb - parcel[i, 0]) * parcel[i, 4]
            total += parcel[i, 5] * _above_base(ya, yb, xb - xa)
    return total


@njit(error_model="numpy")
def _above_base(a: Any, b: Any, width: Any) -> Any:
    """Area between a segment and the base, where the segment is above it."""
    if a >= 0.0 and b >= 0.0:
        return 0.5 * (a + b) * width
    if a <= 0.0 and b <= 0.0:
        return 0.0
    high, low = max(a, b), min(a, b)
    return 0.5 * high * high / (high - low) * width


@njit(error_model="numpy")
def _below(
    parcel: Any, n: Any, x0: Any, x1: Any, base: Any, top: Any, full: Any, edges: Any, first: Any, last: Any
) -> Any:
    """Area of the parcel below the edges first..last (sorted by left x), metres above the base."""
    total = 0.0
    for e in range(first, last):
        bx0, bx1 = edges[e, 0], edges[e, 2]
        if bx0 >= x1:
            break
        by0, by1 = edges[e, 1], edges[e, 3]
        if bx1 <= x0 or (by0 <= base and by1 <= base):
            continue
        if by0 >= top and by1 >= top:
            if bx0 <= x0 and bx1 >= x1:
                total += full
            else:
                total += _part(parcel, n, bx0, bx1)
            continue
        slope = (by1 - by0) / (bx1 - bx0)
        for i in range(n):
            xa, xb = max(parcel[i, 0], bx0), min(parcel[i, 2], bx1)
            if xa < xb:
                u0 = parcel[i, 1] + (xa - parcel[i, 0]) * parcel[i, 4]
                u1 = parcel[i, 1] + (xb - parcel[i, 0]) * parcel[i, 4]
                v0 = by0 - base + (xa - bx0) * slope
                v1 = by0 - base + (xb - bx0) * slope
                total += parcel[i, 5] * _lower(u0, u1, v0, v1, xb - xa)
    return total


@njit(error_model="numpy")
def _lower(u0: Any, u1: Any, v0: Any, v1: Any, width: Any) -> Any:
    """Area between the lower of two segments and the base, where it is above it."""
    d0, d1 = u0 - v0, u1 - v1
    if d0 <= 0.0 and d1 <= 0.0:
        return _above_base(u0, u1, width)
    if d0 >= 0.0 and d1 >= 0.0:
        return _above_base(v0, v1, width)
    part = d0 / (d0 - d1)
    y = u0 + part * (u1 - u0)
    if d0 < 0.0:
        return _above_base(u0, y, part * width) + _above_base(y, v1, (1.0 - part) * width)
    return _above_base(v0, y, part * width) + _above_base(y, u1, (1.0 - part) * width)
