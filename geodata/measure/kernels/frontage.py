"""Road frontage: metres of a parcel's border that lie within a stated reach of a road line or a road surface.

All rings count, those of holes too. The places within reach of a straight piece of road are a strip with round ends,
which is convex, so each edge of a parcel has at most one stretch in it; the stretches of all pieces are joined before
they are added, so nothing counts twice. The figure is exact for the reach given. It says that a road is that near, not
that one may drive from it onto the parcel, nor that no other land lies between. EPSG:31370, metres.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from geodata.measure.chunks import in_chunks
from geodata.measure.flat import FlatPolygons, Floats, positions, ring_offsets
from geodata.measure.jit import njit
from geodata.measure.kernels.segments import Segments, distances

#: Metres from the axis of a road; our choice: half a carriageway of two lanes, with verge and footpath.
LINE_REACH = 10.0
#: Metres from the edge of a drawn road surface; our choice: a verge, and how far two drawings may be apart.
SURFACE_REACH = 2.0

_FAN = 8
_OPEN = 128


def line_frontage(
    polygons: FlatPolygons,
    roads: Segments,
    index: Any = None,
    *,
    reach: float = LINE_REACH,
    workers: int | None = None,
) -> Floats:
    """Metres of border within reach of a road line, shape (parcels chosen,).

    Parameters
    ----------
    polygons : valid polygons, EPSG:31370, metres.
    roads : `Segments.of_lines`.
    index : which parcels (integers or a mask), in this order; all where None. Equal to the same rows of a full run.
    reach : metres, 0 or more.
    workers : threads; the number of processors where None.

    Returns
    -------
    metres; NaN for an empty parcel. 0 means that no line given is near: whether the layer covers the place is the
    caller's to know.

    Raises
    ------
    ValueError : the reach is below 0 or no number.
    """
    return _along(polygons, roads, index, reach, workers)[0]


def surface_frontage(
    polygons: FlatPolygons,
    roads: Segments,
    index: Any = None,
    *,
    reach: float = SURFACE_REACH,
    workers: int | None = None,
) -> Floats:
    """Metres of border on a road surface or within reach of one, shape (parcels chosen,).

    Parameters
    ----------
    roads : `Segments.of_polygons` of the surfaces.
    polygons, index, reach, workers and what is returned and raised : as in `line_frontage`.
    """
    metres, owner, place, length = _along(polygons, roads, index, reach, workers)
    if len(roads) and len(owner):
        # A stretch out of reach of every edge of a surface is wholly on one or wholly off: one point tells which.
        each = np.arange(len(place) + 1, dtype=np.int64)
        on = distances(FlatPolygons(place, each, each, each), roads, workers=workers) == 0.0
        metres += np.bincount(owner[on], weights=length[on], minlength=len(metres))
    return metres


def _along(
    polygons: FlatPolygons, roads: Segments, index: Any, reach: float, workers: int | None
) -> tuple[Floats, Any, Floats, Floats]:
    """Metres near an edge of a road, and the stretches that are near none: parcel, a point of it, metres."""
    if not 0.0 <= reach < np.inf:
        raise ValueError(f"A reach of {reach} m: it is 0 or more.")
    chosen = positions(len(polygons), index)
    metres = np.full(len(chosen), np.nan)
    apart = roads.widest > 0.0
    given = (polygons.xy, polygons.rings, ring_offsets(polygons), polygons.bounds)
    tree = (roads.ends, roads.boxes, roads.levels)
    found: dict[int, Floats] = {}

    def work(first: int, last: int) -> None:
        found[first] = _frontages(*given, chosen[first:last], *tree, reach, apart, metres[first:last])

    in_chunks(work, len(chosen), workers, 8192)
    rows = [np.concatenate([rest[:, :1] + first, rest[:, 1:]], axis=1) for first, rest in sorted(found.items())]
    rest = np.concatenate(rows) if rows else np.empty((0, 4))
    return metres, rest[:, 0].astype(np.int64), np.ascontiguousarray(rest[:, 1:3]), rest[:, 3]


@njit
def _kept(rest: Any, count: Any, parcel: Any, x: Any, y: Any, metres: Any) -> Any:
    """One more stretch near no road; the list grows where it must."""
    if count == len(rest):
        wider = np.empty((2 * count, 4))
        wider[:count] = rest
        rest = wider
    rest[count, 0], rest[count, 1], rest[count, 2], rest[count, 3] = parcel, x, y, metres
    return count + 1, rest


@njit(error_model="numpy")
def _frontages(
    xy: Any,
    rings: Any,
    starts: Any,
    bounds: Any,
    chosen: Any,
    ends: Any,
    boxes: Any,
    levels: Any,
    reach: Any,
    apart: Any,
    metres: Any,
) -> Any:
    """Fill metres; returns rows of parcel, x, y, metres for stretches near no road, where they are asked for."""
    near, spans = np.empty((64, 4)), np.empty((64, 2))
    rest = np.empty((256, 4))
    count = 0
    for k in range(len(chosen)):
        p = chosen[k]
        if starts[p] == starts[p + 1]:
            continue
        # From the first corner, so that squares are of small numbers.
        ox, oy = xy[rings[starts[p]], 0], xy[rings[starts[p]], 1]
        n, near = _gather(bounds[p], reach, ox, oy, ends, boxes, levels, near)
        if n > len(spans):
            spans = np.empty((len(near), 2))
        total = 0.0
        for r in range(starts[p], starts[p + 1]):
            free, fx, fy = 0.0, 0.0, 0.0
            for v in range(rings[r], rings[r + 1] - 1):
                ax, ay = xy[v, 0] - ox, xy[v, 1] - oy
                dx, dy = xy[v + 1, 0] - xy[v, 0], xy[v + 1, 1] - xy[v, 1]
                length = np.sqrt(dx * dx + dy * dy)
                if length == 0.0:
                    continue
                m = _spans(ax, ay, dx, dy, near, n, reach, spans)
                at = 0.0
                for s in range(m + 1):
                    upto = spans[s, 0] if s < m else 1.0
                    if apart and upto > at:
                        free += (upto - at) * length
                        fx, fy = xy[v, 0] + 0.5 * (at + upto) * dx, xy[v, 1] + 0.5 * (at + upto) * dy
                    if s < m:
                        total += (spans[s, 1] - spans[s, 0]) * length
                        at = spans[s, 1]
                    last = s == m and v + 2 == rings[r + 1]
                    if apart and free > 0.0 and (s < m or last):
                        count, rest = _kept(rest, count, k, fx, fy, free)
                        free = 0.0
            if apart and free > 0.0:
                count, rest = _kept(rest, count, k, fx, fy, free)
        metres[k] = total
    return rest[:count].copy()


@njit(error_model="numpy")
def _gather(box: Any, reach: Any, ox: Any, oy: Any, ends: Any, boxes: Any, levels: Any, near: Any) -> Any:
    """Segments whose box is within reach of a parcel's box, from its first corner; returns how many, and the room."""
    n = 0
    if not len(ends):
        return n, near
    x0, y0, x1, y1 = box[0] - reach, box[1] - reach, box[2] + reach, box[3] + reach
    stack = np.empty((_OPEN, 2), np.int64)
    stack[0, 0], stack[0, 1] = len(levels) - 2, 0
    size = 1
    while size > 0:
        size -= 1
        level, node = stack[size, 0], stack[size, 1]
        if level == 0:
            for s in range(node * _FAN, min((node + 1) * _FAN, len(ends))):
                ax, ay, bx, by = ends[s, 0], ends[s, 1], ends[s, 2], ends[s, 3]
                if max(ax, bx) < x0 or min(ax, bx) > x1 or max(ay, by) < y0 or min(ay, by) > y1:
                    continue
                if n == len(near):
                    wider = np.empty((2 * n, 4))
                    wider[:n] = near
                    near = wider
                near[n, 0], near[n, 1], near[n, 2], near[n, 3] = ax - ox, ay - oy, bx - ox, by - oy
                n += 1
            continue
        below = levels[level - 1]
        for child in range(node * _FAN, min((node + 1) * _FAN, levels[level] - below)):
            b = below + child
            if boxes[b, 2] >= x0 and boxes[b, 0] <= x1 and boxes[b, 3] >= y0 and boxes[b, 1] <= y1:
                stack[size, 0], stack[size, 1] = level - 1, child
                size += 1
    return n, near


@njit(error_model="numpy")
def _spans(ax: Any, ay: Any, dx: Any, dy: Any, near: Any, n: Any, reach: Any, spans: Any) -> Any:
    """Stretches of an edge within reach of the segments, joined and in order, as parts of it; returns how many."""
    m = 0
    x0, y0, x1, y1 = min(ax, ax + dx), min(ay, ay + dy), max(ax, ax + dx), max(ay, ay + dy)
    for s in range(n):
        px, py, qx, qy = near[s, 0], near[s, 1], near[s, 2], near[s, 3]
        if max(px, qx) < x0 - reach or min(px, qx) > x1 + reach or max(py, qy) < y0 - reach or min(py, qy) > y1 + reach:
            continue
        low, high = _strip(ax, ay, dx, dy, px, py, qx, qy, reach)
        low, high = max(low, 0.0), min(high, 1.0)
        if not low < high:
            continue
        i = m
        while i > 0 and spans[i - 1, 0] > low:
            spans[i, 0], spans[i, 1] = spans[i - 1, 0], spans[i - 1, 1]
            i -= 1
        spans[i, 0], spans[i, 1] = low, high
        m += 1
    kept = 0
    for i in range(m):
        if kept > 0 and spans[i, 0] <= spans[kept - 1, 1]:
            spans[kept - 1, 1] = max(spans[kept - 1, 1], spans[i, 1])
        else:
            spans[kept, 0], spans[kept, 1] = spans[i, 0], spans[i, 1]
            kept += 1
    return kept


@njit(error_model="numpy")
def _strip(ax: Any, ay: Any, dx: Any, dy: Any, px: Any, py: Any, qx: Any, qy: Any, reach: Any) -> Any:
    """First and last place on the line a + t d within reach of the segment p-q; inf, -inf where there is none."""
    low, high = np.inf, -np.inf
    a = dx * dx + dy * dy
    for end in range(2):
        ex, ey = (ax - px, ay - py) if end == 0 else (ax - qx, ay - qy)
        # Square distance of the line first: it is a difference of small numbers.
        cross = (dx * ey - dy * ex) ** 2 / a
        if cross <= reach * reach:
            middle, half = -(dx * ex + dy * ey) / a, np.sqrt((reach * reach - cross) / a)
            low, high = min(low, middle - half), max(high, middle + half)
    ux, uy = qx - px, qy - py
    length = np.sqrt(ux * ux + uy * uy)
    if length > 0.0:
        # The rectangle between both ends: along 0..length, across -reach..reach.
        first, last = -np.inf, np.inf
        for side in range(2):
            if side == 0:
                at, step = ((ax - px) * ux + (ay - py) * uy) / length, (dx * ux + dy * uy) / length
                least, most = 0.0, length
            else:
                at, step = ((ay - py) * ux - (ax - px) * uy) / length, (dy * ux - dx * uy) / length
                least, most = -reach, reach
            if step == 0.0:
                if at < least or at > most:
                    first = np.inf
            else:
                t0, t1 = (least - at) / step, (most - at) / step
                first, last = max(first, min(t0, t1)), min(last, max(t0, t1))
        if first <= last:
            low, high = min(low, first), max(high, last)
    return low, high
