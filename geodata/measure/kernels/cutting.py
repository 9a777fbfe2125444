"""Edges of polygons cut into square tiles, without building a geometry.

A polygon under a tile is stored as the edges that bound it from above (top) and from below (bottom) within the tile:
its area is the sum over top edges of the area between edge and tile base, less the same sum over bottom edges. So
vertical edges vanish, edges on the base of the tile vanish, and what lies above the tile leaves one horizontal edge on
the tile's top border. Coordinates are metres from the lower left corner of the tile, which keeps their rounding at
1e-13 m instead of 3e-11 m.

A point on the border of two rows belongs to the upper row. Where an edge crosses a row border is computed by one
function in the frame of the column, so that the parts of an edge and the coverage of the border meet to the last bit.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from geodata.measure.jit import njit


@njit(error_model="numpy")
def cut(
    xy: Any,
    rings: Any,
    starts: Any,
    first: Any,
    last: Any,
    grid: Any,
    size: Any,
    wanted: Any,
    cursor: Any,
    fill: Any,
    edges: Any,
    owners: Any,
) -> None:
    """Cut polygons first..last into tiles: count the edges per tile, or write them.

    Parameters
    ----------
    xy, rings, starts : coordinates, offsets of rings, offsets of polygons into `rings`.
    grid : column and row of the first tile, columns, rows; int64, shape (4,).
    size : side of a tile, metres.
    wanted : whether a tile is to be filled, uint8, shape (tiles,).
    cursor : per tile, what was counted or where to write next; int64, shape (tiles,), changed.
    fill : write (True) or only count (False).
    edges, owners : left x, left y, right x, right y, shape (m, 4); polygon * 2 + (1 where top), shape (m,).
    """
    room = 64
    line, x_at, from_v, step = (
        np.empty(room, np.int64),
        np.empty(room),
        np.empty(room, np.int64),
        np.empty(room, np.int64),
    )
    for polygon in range(first, last):
        crossings = np.int64(0)
        for r in range(starts[polygon], starts[polygon + 1]):
            for v in range(rings[r], rings[r + 1] - 1):
                ax, ay, bx, by = xy[v, 0], xy[v, 1], xy[v + 1, 0], xy[v + 1, 1]
                if bx > ax:
                    _cut_edge(ax, ay, bx, by, polygon * 2, grid, size, wanted, cursor, fill, edges, owners)
                elif bx < ax:
                    _cut_edge(bx, by, ax, ay, polygon * 2 + 1, grid, size, wanted, cursor, fill, edges, owners)
                low = max(_tile_of(min(ay, by), size), grid[1]) + 1
                high = min(_tile_of(max(ay, by), size), grid[1] + grid[3])
                for k in range(low, high + 1):
                    if crossings == room:
                        room *= 2
                        line, from_v, step = longer(line, room), longer(from_v, room), longer(step, room)
                        x_at = longer_floats(x_at, room)
                    line[crossings], from_v[crossings] = k, v
                    x_at[crossings] = crossing(ax, ay, bx, by, 0.0, k * size)
                    # Walking a ring counter-clockwise, the inside lies to the right of an edge that goes down.
                    step[crossings] = 1 if by < ay else -1
                    crossings += 1
        if crossings:
            order = sorted_by(line, x_at, crossings)
            _cover_borders(
                xy, line, x_at, from_v, step, order, polygon, grid, size, wanted, cursor, fill, edges, owners
            )


@njit(error_model="numpy")
def crossing(ax: Any, ay: Any, bx: Any, by: Any, origin: Any, y: Any) -> Any:
    """Where the edge crosses height y: metres from `origin`, never outside the edge.

    The end with the smaller x leads, so that an edge walked in either direction gives the same figure.
    """
    if bx < ax or (bx == ax and by < ay):
        ax, ay, bx, by = bx, by, ax, ay
    left, right = ax - origin, bx - origin
    return min(max(left + (y - ay) * (bx - ax) / (by - ay), left), right)


@njit(error_model="numpy")
def _tile_of(value: Any, size: Any) -> Any:
    """Number of the column or row; a border belongs to the higher one."""
    k = math.floor(value / size)
    if value < k * size:
        return k - 1
    return k + 1 if value >= (k + 1) * size else k


@njit(error_model="numpy")
def _put(
    tile: Any,
    x0: Any,
    y0: Any,
    x1: Any,
    y1: Any,
    owner: Any,
    wanted: Any,
    cursor: Any,
    fill: Any,
    edges: Any,
    owners: Any,
) -> None:
    """Count or write one edge."""
    if wanted[tile] == 0 or not x0 < x1:
        return
    at = cursor[tile]
    cursor[tile] = at + 1
    if fill:
        edges[at, 0], edges[at, 1], edges[at, 2], edges[at, 3] = x0, y0, x1, y1
        owners[at] = owner


@njit(error_model="numpy")
def _cut_edge(
    ax: Any,
    ay: Any,
    bx: Any,
    by: Any,
    owner: Any,
    grid: Any,
    size: Any,
    wanted: Any,
    cursor: Any,
    fill: Any,
    edges: Any,
    owners: Any,
) -> None:
    """The parts of an edge (ax < bx) in every tile it passes."""
    slope = (by - ay) / (bx - ax)
    r0 = max(_tile_of(min(ay, by), size), grid[1])
    r1 = min(_tile_of(max(ay, by), size), grid[1] + grid[3] - 1)
    c_first = max(_tile_of(ax, size), grid[0])
    c_last = min(_tile_of(bx, size), grid[0] + grid[2] - 1)
    for r in range(r0, r1 + 1):
        oy = r * size
        # Heights at which the part of this row begins and ends, seen from left to right.
        enter, leave = (oy, oy + size) if by > ay else (oy + size, oy)
        enters = (ay < enter) != (by < enter)
        leaves = (ay < leave) != (by < leave)
        c0, c1 = c_first, c_last
        if enters:
            c0 = max(c0, _tile_of(crossing(ax, ay, bx, by, 0.0, enter), size) - 1)
        if leaves:
            c1 = min(c1, _tile_of(crossing(ax, ay, bx, by, 0.0, leave), size) + 1)
        for c in range(c0, c1 + 1):
            ox = c * size
            x0 = crossing(ax, ay, bx, by, ox, enter) if enters else ax - ox
            x1 = crossing(ax, ay, bx, by, ox, leave) if leaves else bx - ox
            x0, x1 = max(x0, 0.0), min(x1, size)
            if not x0 < x1:
                continue
            y0 = min(max((ay - oy) + (x0 - (ax - ox)) * slope, 0.0), size)
            y1 = (by - oy) if x1 == bx - ox else (ay - oy) + (x1 - (ax - ox)) * slope
            y1 = min(max(y1, 0.0), size)
            if y0 > 0.0 or y1 > 0.0:
                tile = (r - grid[1]) * grid[2] + c - grid[0]
                _put(tile, x0, y0, x1, y1, owner, wanted, cursor, fill, edges, owners)


@njit(error_model="numpy")
def _cover_borders(
    xy: Any,
    line: Any,
    x_at: Any,
    from_v: Any,
    step: Any,
    order: Any,
    polygon: Any,
    grid: Any,
    size: Any,
    wanted: Any,
    cursor: Any,
    fill: Any,
    edges: Any,
    owners: Any,
) -> None:
    """Horizontal edges on the top border of tiles, where the polygon goes on above them.

    Between two neighbouring crossings the border is covered as often as the running sum says. Crossings in a wrong
    order (they differ by less than rounding) give a negative part, so the total is right in any order.
    """
    inside = 0
    for k in range(len(order) - 1):
        here, there = order[k], order[k + 1]
        inside += step[here]
        if line[here] != line[there]:
            inside = 0
        row = line[here] - 1
        if inside == 0 or row < grid[1] or row >= grid[1] + grid[3]:
            continue
        y = line[here] * size
        v, w = from_v[here], from_v[there]
        c0 = max(_tile_of(x_at[here], size) - 1, grid[0])
        c1 = min(_tile_of(x_at[there], size) + 1, grid[0] + grid[2] - 1)
        for c in range(c0, c1 + 1):
            x0 = crossing(xy[v, 0], xy[v, 1], xy[v + 1, 0], xy[v + 1, 1], c * size, y)
            x1 = crossing(xy[w, 0], xy[w, 1], xy[w + 1, 0], xy[w + 1, 1], c * size, y)
            x0, x1 = min(max(x0, 0.0), size), min(max(x1, 0.0), size)
            tops = inside
            if x0 > x1:
                x0, x1, tops = x1, x0, -inside
            owner = polygon * 2 + (1 if tops > 0 else 0)
            tile = (row - grid[1]) * grid[2] + c - grid[0]
            for _ in range(abs(tops)):
                _put(tile, x0, size, x1, size, owner, wanted, cursor, fill, edges, owners)


@njit
def longer(array: Any, room: Any) -> Any:
    """The integers with room for more. (Loops, because a copy of a slice takes a second to compile.)"""
    out = np.empty(room, np.int64)
    for i in range(len(array)):
        out[i] = array[i]
    return out


@njit
def longer_floats(array: Any, room: Any) -> Any:
    """The numbers with room for more."""
    out = np.empty(room)
    for i in range(len(array)):
        out[i] = array[i]
    return out


@njit
def longer_rows(array: Any, room: Any) -> Any:
    """The rows of four with room for more."""
    out = np.empty((room, 4))
    for i in range(len(array)):
        for j in range(4):
            out[i, j] = array[i, j]
    return out


@njit
def sorted_by(first: Any, second: Any, n: Any) -> Any:
    """Order of the first n items by (first, second); int64, shape (n,)."""
    order = np.arange(n)
    gap = 1
    while gap < n // 3:
        gap = 3 * gap + 1
    while gap:
        for i in range(gap, n):
            item = order[i]
            a, b = first[item], second[item]
            j = i
            while j >= gap:
                other = order[j - gap]
                if first[other] < a or (first[other] == a and second[other] <= b):
                    break
                order[j] = other
                j -= gap
            order[j] = item
        gap //= 3
    return order
