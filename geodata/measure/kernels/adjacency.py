"""Shared borders of parcels as a compiled kernel: pairs from a grid of boxes, then edge against edge.

The border of a parcel is shared with another where it lies within a tolerance of the other's border; of the two lengths
(mine along yours, yours along mine) the smaller one counts. Each pair of boxes that meet is looked at in one cell of the
grid only, the one that holds the lower left corner of what both cover, so that no list of pairs is made first and the
answer does not depend on the threads. Coordinates are EPSG:31370, metres, relative to a corner of the parcel at hand.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from geodata.measure.chunks import in_chunks
from geodata.measure.flat import FlatPolygons, Floats, Ints, offsets_of, ring_offsets
from geodata.measure.jit import njit
from geodata.measure.kernels.frontage import _spans

#: Most cells of the grid: what is finer would cost more to fill than it saves.
_CELLS = 1 << 22
#: Cells of one chunk.
_CHUNK = 8192


def shared_borders(
    polygons: FlatPolygons, tolerance: float, least: float, workers: int | None = None
) -> tuple[Ints, Ints, Floats]:
    """Pairs of parcels that share a border: lower number, higher number, metres; in the order of the numbers.

    Parameters
    ----------
    polygons : valid polygons, EPSG:31370, metres; an empty one has no neighbour.
    tolerance : metres between two borders that count as one.
    least : metres of shared border from which a pair is given.
    workers : threads; the number of processors where None.
    """
    nothing = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), np.empty(0)
    full = np.flatnonzero(~np.isnan(polygons.bounds[:, 0]))
    if len(full) < 2:
        return nothing
    half = tolerance / 2.0 + 1e-9
    boxes = polygons.bounds + np.array([-half, -half, half, half])
    corner, side, shape = _grid(boxes[full])
    ends, members = _filled(boxes, full, corner, side, shape)
    found: dict[int, Floats] = {}
    given = (polygons.xy, polygons.rings, ring_offsets(polygons), boxes, ends, members)

    def work(first: int, last: int) -> None:
        found[first] = _pairs(*given, corner, side, shape, first, last, tolerance, least)

    in_chunks(work, int(shape[0] * shape[1]), workers, _CHUNK)
    rows = np.concatenate([found[at] for at in sorted(found)]) if found else np.empty((0, 3))
    rows = rows[np.lexsort((rows[:, 1], rows[:, 0]))]
    return rows[:, 0].astype(np.int64), rows[:, 1].astype(np.int64), np.ascontiguousarray(rows[:, 2])


def _grid(boxes: Floats) -> tuple[Floats, float, Ints]:
    """Corner, side of a cell in metres, and columns and rows of a grid over the boxes."""
    corner, far = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
    span = np.maximum(far - corner, 1.0)
    typical = float(np.median((boxes[:, 2:] - boxes[:, :2]).max(axis=1)))
    side = max(typical, float(np.sqrt(span[0] * span[1] / _CELLS)), float(span.max() / _CELLS))
    return corner, side, np.floor(span / side).astype(np.int64) + 1


def _filled(boxes: Floats, full: Ints, corner: Floats, side: float, shape: Ints) -> tuple[Ints, Ints]:
    """Parcels of each cell: offsets by cell, and their numbers."""
    count = np.zeros(int(shape[0] * shape[1]), dtype=np.int64)
    _count(boxes, full, corner, side, shape, count)
    ends = offsets_of(count)
    members = np.empty(int(ends[-1]), dtype=np.int64)
    _fill(boxes, full, corner, side, shape, ends[:-1].copy(), members)
    return ends, members


@njit
def _cell(at: Any, corner: Any, side: Any, most: Any) -> Any:
    """Column or row of a coordinate."""
    return min(max(np.int64(np.floor((at - corner) / side)), np.int64(0)), most - 1)


@njit
def _count(boxes: Any, full: Any, corner: Any, side: Any, shape: Any, count: Any) -> None:
    """Parcels by cell."""
    for p in full:
        for column in range(
            _cell(boxes[p, 0], corner[0], side, shape[0]), _cell(boxes[p, 2], corner[0], side, shape[0]) + 1
        ):
            for row in range(
                _cell(boxes[p, 1], corner[1], side, shape[1]), _cell(boxes[p, 3], corner[1], side, shape[1]) + 1
            ):
                count[row * shape[0] + column] += 1


@njit
def _fill(boxes: Any, full: Any, corner: Any, side: Any, shape: Any, free: Any, members: Any) -> None:
    """Write what `_count` counted; `free` is the next place of each cell."""
    for p in full:
        for column in range(
            _cell(boxes[p, 0], corner[0], side, shape[0]), _cell(boxes[p, 2], corner[0], side, shape[0]) + 1
        ):
            for row in range(
                _cell(boxes[p, 1], corner[1], side, shape[1]), _cell(boxes[p, 3], corner[1], side, shape[1]) + 1
            ):
                cell = row * shape[0] + column
                members[free[cell]] = p
                free[cell] += 1


@njit(error_model="numpy")
def _pairs(
    xy: Any,
    rings: Any,
    starts: Any,
    boxes: Any,
    ends: Any,
    members: Any,
    corner: Any,
    side: Any,
    shape: Any,
    first: Any,
    last: Any,
    tolerance: Any,
    least: Any,
) -> Any:
    """Pairs of the cells first..last: lower number, higher number, metres."""
    out, count = np.empty((256, 3)), 0
    near, spans = np.empty((64, 4)), np.empty((64, 2))
    for cell in range(first, last):
        for a in range(ends[cell], ends[cell + 1] - 1):
            i = members[a]
            for b in range(a + 1, ends[cell + 1]):
                j = members[b]
                x, y = max(boxes[i, 0], boxes[j, 0]), max(boxes[i, 1], boxes[j, 1])
                if x > min(boxes[i, 2], boxes[j, 2]) or y > min(boxes[i, 3], boxes[j, 3]):
                    continue
                if _cell(y, corner[1], side, shape[1]) * shape[0] + _cell(x, corner[0], side, shape[0]) != cell:
                    continue
                mine, near, spans = _along(xy, rings, starts, boxes, i, j, tolerance, near, spans)
                if mine < least:
                    continue
                yours, near, spans = _along(xy, rings, starts, boxes, j, i, tolerance, near, spans)
                if yours < least:
                    continue
                if count == len(out):
                    wider = np.empty((2 * count, 3))
                    wider[:count] = out
                    out = wider
                out[count, 0], out[count, 1], out[count, 2] = min(i, j), max(i, j), min(mine, yours)
                count += 1
    return out[:count].copy()


@njit(error_model="numpy")
def _along(xy: Any, rings: Any, starts: Any, boxes: Any, i: Any, j: Any, tolerance: Any, near: Any, spans: Any) -> Any:
    """Metres of the border of i within the tolerance of the border of j, and the room for its edges."""
    # Only what lies where the boxes meet can be near: a box is wider by half the tolerance on every side.
    x0, y0 = max(boxes[i, 0], boxes[j, 0]) - tolerance, max(boxes[i, 1], boxes[j, 1]) - tolerance
    x1, y1 = min(boxes[i, 2], boxes[j, 2]) + tolerance, min(boxes[i, 3], boxes[j, 3]) + tolerance
    begin = rings[starts[i]]
    ox, oy = xy[begin, 0], xy[begin, 1]
    n = 0
    for r in range(starts[j], starts[j + 1]):
        for v in range(rings[r], rings[r + 1] - 1):
            ax, ay, bx, by = xy[v, 0], xy[v, 1], xy[v + 1, 0], xy[v + 1, 1]
            if max(ax, bx) < x0 or min(ax, bx) > x1 or max(ay, by) < y0 or min(ay, by) > y1:
                continue
            if n == len(near):
                wider = np.empty((2 * n, 4))
                wider[:n] = near
                near = wider
            near[n, 0], near[n, 1], near[n, 2], near[n, 3] = ax - ox, ay - oy, bx - ox, by - oy
            n += 1
    if n > len(spans):
        spans = np.empty((len(near), 2))
    total = 0.0
    if n == 0:
        return total, near, spans
    for r in range(starts[i], starts[i + 1]):
        for v in range(rings[r], rings[r + 1] - 1):
            ax, ay, bx, by = xy[v, 0], xy[v, 1], xy[v + 1, 0], xy[v + 1, 1]
            if max(ax, bx) < x0 or min(ax, bx) > x1 or max(ay, by) < y0 or min(ay, by) > y1:
                continue
            dx, dy = bx - ax, by - ay
            length = np.sqrt(dx * dx + dy * dy)
            if length == 0.0:
                continue
            for s in range(_spans(ax - ox, ay - oy, dx, dy, near, n, tolerance, spans)):
                total += (spans[s, 1] - spans[s, 0]) * length
    return total, near, spans
