"""Straight segments in a packed tree, and the one nearest to a parcel or a point.

Lines and borders of polygons are cut into their straight segments, sorted along a Z-order curve and boxed eight by
eight, level upon level. The search goes down the nearest boxes first and never leaves out a box that could hold
something as near as what was found, so that the answer is the smallest over all segments and does not depend on the
order of the parcels or on how they are split over threads. Coordinates are EPSG:31370, metres; distances are computed
relative to the first corner of the parcel.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from geodata.errors import InputError
from geodata.measure.chunks import in_chunks
from geodata.measure.flat import FlatPolygons, Floats, Ints, positions
from geodata.measure.jit import njit

#: Children of a box.
_FAN = 8
#: Boxes a search may have open: seven per level and one, for more levels than memory has room for.
_OPEN = 128
#: A box is left out only when it is farther than the best by more than rounding.
_SLACK = 1.0 - 1e-9


@dataclass(frozen=True, eq=False)
class Segments:
    """s straight segments with a tree over them.

    Attributes
    ----------
    ends : x0, y0, x1, y1 of each segment in tree order, shape (s, 4).
    origin : number of each segment in the order they were given, shape (s,).
    boxes : minx, miny, maxx, maxy of the nodes, level upon level, the lowest first, shape (b, 4).
    levels : offsets of the levels into `boxes`, shape (l + 1,).
    widest : metres; a place inside a polygon of the layer is never farther from its border. 0 for lines and points.
    """

    ends: Floats
    origin: Ints
    boxes: Floats
    levels: Ints
    widest: float = 0.0

    def __post_init__(self) -> None:
        # As those of a file: a kernel is compiled once for both.
        for name in ("ends", "origin", "boxes", "levels"):
            array = np.ascontiguousarray(getattr(self, name)).view(np.ndarray).view()
            array.flags.writeable = False
            object.__setattr__(self, name, array)

    def __len__(self) -> int:
        return len(self.ends)

    @classmethod
    def of(cls, ends: Floats, *, widest: float = 0.0) -> Segments:
        """Segments given as x0, y0, x1, y1, shape (s, 4); a point is a segment of no length."""
        given = np.ascontiguousarray(ends, dtype=np.float64).reshape(-1, 4)
        if not np.isfinite(given).all():
            bad = int(np.flatnonzero(~np.isfinite(given).all(axis=1))[0])
            raise InputError(
                "A segment has a coordinate that is no number.",
                "Leave the feature out, or repair it when it is ingested.",
                file="segments",
                row=bad + 1,
            )
        order = z_order(0.5 * (given[:, :2] + given[:, 2:]))
        sorted_ends = given[order]
        boxes = np.concatenate(
            [np.minimum(sorted_ends[:, :2], sorted_ends[:, 2:]), np.maximum(sorted_ends[:, :2], sorted_ends[:, 2:])],
            axis=1,
        )
        levels = [0]
        stacked: list[Floats] = []
        while len(boxes) > 1 or (len(boxes) and not stacked):
            starts = np.arange(0, len(boxes), _FAN)
            boxes = np.concatenate(
                [np.minimum.reduceat(boxes[:, :2], starts), np.maximum.reduceat(boxes[:, 2:], starts)], axis=1
            )
            stacked.append(boxes)
            levels.append(levels[-1] + len(boxes))
        every = np.concatenate(stacked) if stacked else np.empty((0, 4))
        return cls(sorted_ends, order, np.ascontiguousarray(every), np.array(levels, dtype=np.int64), widest)

    @classmethod
    def of_polygons(cls, polygons: FlatPolygons) -> Segments:
        """The borders of polygons; what lies inside one of them is at distance 0 from the layer."""
        first = _inner(polygons.rings)
        if not len(first):
            return cls.of(np.empty((0, 4)))
        sides = polygons.bounds[:, 2:] - polygons.bounds[:, :2]
        widest = float(np.nanmax(sides.min(axis=1))) / 2.0
        return cls.of(np.concatenate([polygons.xy[first], polygons.xy[first + 1]], axis=1), widest=widest)

    @classmethod
    def of_lines(cls, xy: Floats, offsets: Ints) -> Segments:
        """Lines given as coordinates, shape (v, 2), and offsets into them, shape (lines + 1,)."""
        first = _inner(offsets)
        return cls.of(np.concatenate([xy[first], xy[first + 1]], axis=1))


def closest(
    polygons: FlatPolygons | Floats, segments: Segments, index: Any = None, *, workers: int | None = None
) -> tuple[Floats, Ints, Floats]:
    """The segment nearest to each parcel or point, and the place on it.

    Parameters
    ----------
    polygons : parcels, or points of shape (n, 2).
    segments : what is searched.
    index : which parcels (integers or a mask); all where None.
    workers : threads; the number of processors where None.

    Returns
    -------
    metres from the border (0 where the segment enters the parcel), the number of the segment as given, and the place
    on it as a part 0..1 of its length; each of the length of `index`. Without segments: inf, -1, 0. Of segments
    equally near the one whose ends come first by their coordinates, and of its places the first.
    """
    return _search(polygons, segments, index, workers, False)


def distances(polygons: FlatPolygons, segments: Segments, index: Any = None, *, workers: int | None = None) -> Floats:
    """Metres from the border of each parcel to the nearest segment, 0 where it enters the parcel or the parcel lies
    inside a polygon of the layer, inf without segments. Parameters are those of `closest`.
    """
    return _search(polygons, segments, index, workers, True)[0]


def corners_of(polygons: FlatPolygons | Floats) -> tuple[Floats, Ints, Ints, Ints, bool]:
    """What the kernels read of parcels or points: coordinates, three offsets, and whether they have an inside."""
    if isinstance(polygons, FlatPolygons):
        return polygons.xy, polygons.rings, polygons.parts, polygons.features, True
    xy = np.ascontiguousarray(polygons, dtype=np.float64).reshape(-1, 2).view()
    each = np.arange(len(xy) + 1, dtype=np.int64)
    for array in (xy, each):
        array.flags.writeable = False
    return xy, each, each, each, False


def z_order(xy: Floats) -> Ints:
    """Order of points along a Z-order curve; points of one place keep their order."""
    if not len(xy):
        return np.empty(0, dtype=np.int64)
    low = xy.min(axis=0)
    scale = 0xFFFFFFFF / max(float((xy.max(axis=0) - low).max()), 1e-9)
    key = np.zeros(len(xy), dtype=np.uint64)
    for axis in (0, 1):
        bits = np.clip((xy[:, axis] - low[axis]) * scale, 0, 0xFFFFFFFF).astype(np.uint64)
        for shift, mask in ((16, 0x0000FFFF0000FFFF), (8, 0x00FF00FF00FF00FF), (4, 0x0F0F0F0F0F0F0F0F), (2, 0x3333333333333333), (1, 0x5555555555555555)):  # fmt: skip
            bits = (bits | (bits << np.uint64(shift))) & np.uint64(mask)
        key |= bits << np.uint64(axis)
    return np.argsort(key, kind="stable").astype(np.int64)


def _inner(offsets: Ints) -> Ints:
    """Positions that begin a segment: all but the last of each run."""
    begins = np.ones(int(offsets[-1]), dtype=bool)
    begins[offsets[1:][np.diff(offsets) > 0] - 1] = False
    return np.flatnonzero(begins)


def _search(
    polygons: FlatPolygons | Floats, segments: Segments, index: Any, workers: int | None, only_metres: bool
) -> tuple[Floats, Ints, Floats]:
    xy, rings, parts, features, area = corners_of(polygons)
    chosen = positions(len(features) - 1, index)
    metres, which, place = np.full(len(chosen), np.inf), np.full(len(chosen), -1, dtype=np.int64), np.zeros(len(chosen))
    if not len(segments):
        return metres, which, place

    def work(first: int, last: int) -> None:
        _closest_of_all(
            xy, rings, parts, features, area, chosen[first:last], segments.ends, segments.boxes, segments.levels,
            segments.widest, only_metres, metres[first:last], which[first:last], place[first:last],
        )  # fmt: skip

    in_chunks(work, len(chosen), workers)
    found = which >= 0
    which[found] = segments.origin[which[found]]
    return metres, which, place


@njit(error_model="numpy")
def _closest_of_all(
    xy: Any,
    rings: Any,
    parts: Any,
    features: Any,
    area: Any,
    chosen: Any,
    ends: Any,
    boxes: Any,
    levels: Any,
    widest: Any,
    only_metres: Any,
    metres: Any,
    which: Any,
    place: Any,
) -> None:
    """Fill metres, which (tree order) and place for the chosen parcels."""
    edges, frame = np.empty((64, 4)), np.empty(6)
    stack, reach = np.empty((_OPEN, 2), np.int64), np.empty(_OPEN)
    guess = 0
    for k in range(len(chosen)):
        p = chosen[k]
        n, edges = load(xy, rings, parts, features, p, edges, frame)
        if n == 0:
            metres[k] = np.nan
            continue
        best, found, at = _descend(edges, n, frame, area, ends, boxes, levels, only_metres, guess, stack, reach)
        if area and widest > 0.0 and 0.0 < best <= widest * widest * (1.0 + 1e-9):
            for part in range(features[p], features[p + 1]):
                v = rings[parts[part]]
                if _winding(xy[v, 0], xy[v, 1], ends, boxes, levels, stack) > 0:
                    best = 0.0
                    break
        metres[k], which[k], place[k] = np.sqrt(best), found, at
        guess = found


@njit(error_model="numpy")
def load(xy: Any, rings: Any, parts: Any, features: Any, p: Any, edges: Any, frame: Any) -> Any:
    """Edges of a parcel relative to its first corner, and its frame: origin, then minx, miny, maxx, maxy.

    Returns how many edges there are (one of no length for a point, 0 for an empty parcel), and the room for them.
    """
    first, last = parts[features[p]], parts[features[p + 1]]
    begin, end = rings[first], rings[last]
    if begin == end:
        return 0, edges
    if end - begin > len(edges):
        edges = np.empty((2 * (end - begin), 4))
    ox, oy = xy[begin, 0], xy[begin, 1]
    x0 = y0 = x1 = y1 = 0.0
    n = 0
    for r in range(first, last):
        for v in range(rings[r], rings[r + 1]):
            x, y = xy[v, 0] - ox, xy[v, 1] - oy
            x0, y0, x1, y1 = min(x0, x), min(y0, y), max(x1, x), max(y1, y)
            if v + 1 < rings[r + 1]:
                edges[n, 0], edges[n, 1], edges[n, 2], edges[n, 3] = x, y, xy[v + 1, 0] - ox, xy[v + 1, 1] - oy
                n += 1
            elif rings[r + 1] - rings[r] == 1:
                edges[n, 0], edges[n, 1], edges[n, 2], edges[n, 3] = x, y, x, y
                n += 1
    frame[0], frame[1], frame[2], frame[3], frame[4], frame[5] = ox, oy, x0, y0, x1, y1
    return n, edges


@njit(error_model="numpy")
def _descend(
    edges: Any,
    n: Any,
    frame: Any,
    area: Any,
    ends: Any,
    boxes: Any,
    levels: Any,
    only_metres: Any,
    guess: Any,
    stack: Any,
    reach: Any,
) -> Any:
    """Square metres of the nearest segment, its number in tree order, and the place on it; starts from a guess."""
    ox, oy = frame[0], frame[1]
    best, at = _to_segment(edges, n, frame, area, ends, guess, np.inf)
    found = guess
    top = len(levels) - 2
    stack[0, 0], stack[0, 1], reach[0] = top, 0, 0.0
    open_boxes = 1
    while open_boxes > 0:
        open_boxes -= 1
        if reach[open_boxes] * _SLACK > best:
            continue
        level, node = stack[open_boxes, 0], stack[open_boxes, 1]
        if level == 0:
            for s in range(node * _FAN, min((node + 1) * _FAN, len(ends))):
                ax, ay, bx, by = ends[s, 0] - ox, ends[s, 1] - oy, ends[s, 2] - ox, ends[s, 3] - oy
                apart = _apart(frame, min(ax, bx), min(ay, by), max(ax, bx), max(ay, by))
                if apart * _SLACK > best:
                    continue
                d, t = _to_segment(edges, n, frame, area, ends, s, best)
                if d < best or (d == best and (_before(ends, s, found) or (s == found and t < at))):
                    best, found, at = d, s, t
                    if only_metres and best == 0.0:
                        return best, found, at
            continue
        # Nearest child on top: it is opened first.
        below = levels[level - 1]
        start = open_boxes
        for child in range(node * _FAN, min((node + 1) * _FAN, levels[level] - below)):
            b = below + child
            apart = _apart(frame, boxes[b, 0] - ox, boxes[b, 1] - oy, boxes[b, 2] - ox, boxes[b, 3] - oy)
            if apart * _SLACK > best:
                continue
            i = open_boxes
            while i > start and reach[i - 1] < apart:
                reach[i], stack[i, 0], stack[i, 1] = reach[i - 1], stack[i - 1, 0], stack[i - 1, 1]
                i -= 1
            reach[i], stack[i, 0], stack[i, 1] = apart, level - 1, child
            open_boxes += 1
    return best, found, at


@njit(error_model="numpy")
def _before(ends: Any, s: Any, other: Any) -> Any:
    """Whether of two segments equally near s is the one that is taken: the same whatever else the tree holds."""
    for at in range(4):
        if ends[s, at] != ends[other, at]:
            return ends[s, at] < ends[other, at]
    return s < other


@njit(error_model="numpy")
def _apart(frame: Any, x0: Any, y0: Any, x1: Any, y1: Any) -> Any:
    """Square metres between the frame of a parcel and a box, both relative to the parcel."""
    dx = max(0.0, max(x0 - frame[4], frame[2] - x1))
    dy = max(0.0, max(y0 - frame[5], frame[3] - y1))
    return dx * dx + dy * dy


@njit(error_model="numpy")
def _to_segment(edges: Any, n: Any, frame: Any, area: Any, ends: Any, s: Any, limit: Any) -> Any:
    """Square metres from a parcel to segment s and the first place on it that is so near; exact up to `limit`."""
    ax, ay = ends[s, 0] - frame[0], ends[s, 1] - frame[1]
    bx, by = ends[s, 2] - frame[0], ends[s, 3] - frame[1]
    if area and inside(edges, n, frame, ax, ay):
        return 0.0, 0.0
    best, at = np.inf, 0.0
    if ax == bx and ay == by:
        for e in range(n):
            best = min(best, to_edge(ax, ay, edges[e, 0], edges[e, 1], edges[e, 2], edges[e, 3])[0])
        return best, at
    x0, y0, x1, y1 = min(ax, bx), min(ay, by), max(ax, bx), max(ay, by)
    for e in range(n):
        px, py, qx, qy = edges[e, 0], edges[e, 1], edges[e, 2], edges[e, 3]
        dx = max(0.0, max(min(px, qx) - x1, x0 - max(px, qx)))
        dy = max(0.0, max(min(py, qy) - y1, y0 - max(py, qy)))
        if (dx * dx + dy * dy) * _SLACK > min(limit, best):
            continue
        d, t = _pair(px, py, qx, qy, ax, ay, bx, by)
        if d < best or (d == best and t < at):
            best, at = d, t
    return best, at


@njit(error_model="numpy")
def _pair(px: Any, py: Any, qx: Any, qy: Any, ax: Any, ay: Any, bx: Any, by: Any) -> Any:
    """Square metres between segments p-q and a-b, and the first place on a-b that is so near."""
    ux, uy, vx, vy = bx - ax, by - ay, qx - px, qy - py
    side_p, side_q = ux * (py - ay) - uy * (px - ax), ux * (qy - ay) - uy * (qx - ax)
    side_a, side_b = vx * (ay - py) - vy * (ax - px), vx * (by - py) - vy * (bx - px)
    if ((side_p > 0.0 and side_q < 0.0) or (side_p < 0.0 and side_q > 0.0)) and (
        (side_a > 0.0 and side_b < 0.0) or (side_a < 0.0 and side_b > 0.0)
    ):
        return 0.0, side_a / (side_a - side_b)
    best, _ = to_edge(ax, ay, px, py, qx, qy)
    at = 0.0
    for corner in range(3):
        if corner == 0:
            d, t = to_edge(px, py, ax, ay, bx, by)
        elif corner == 1:
            d, t = to_edge(qx, qy, ax, ay, bx, by)
        else:
            d, _ = to_edge(bx, by, px, py, qx, qy)
            t = 1.0
        if d < best or (d == best and t < at):
            best, at = d, t
    return best, at


@njit(error_model="numpy")
def to_edge(x: Any, y: Any, px: Any, py: Any, qx: Any, qy: Any) -> Any:
    """Square metres from a point to a segment, and the place on the segment."""
    vx, vy = qx - px, qy - py
    length = vx * vx + vy * vy
    t = 0.0
    if length > 0.0:
        t = min(1.0, max(0.0, ((x - px) * vx + (y - py) * vy) / length))
    # From the nearer end, so that the end itself comes out exactly.
    if t > 0.5:
        dx, dy = x - qx + (1.0 - t) * vx, y - qy + (1.0 - t) * vy
    else:
        dx, dy = x - px - t * vx, y - py - t * vy
    return dx * dx + dy * dy, t


@njit(error_model="numpy")
def inside(edges: Any, n: Any, frame: Any, x: Any, y: Any) -> Any:
    """Whether a point, relative to the parcel, lies inside it; on its border either answer may come."""
    if x < frame[2] or x > frame[4] or y < frame[3] or y > frame[5]:
        return False
    odd = False
    for e in range(n):
        y0, y1 = edges[e, 1], edges[e, 3]
        if (y0 > y) != (y1 > y) and x < edges[e, 0] + (y - y0) / (y1 - y0) * (edges[e, 2] - edges[e, 0]):
            odd = not odd
    return odd


@njit(error_model="numpy")
def _winding(x: Any, y: Any, ends: Any, boxes: Any, levels: Any, stack: Any) -> Any:
    """How many polygons of the layer hold a point: borders crossed by a ray to the north, by their direction."""
    count = 0
    stack[0, 0], stack[0, 1] = len(levels) - 2, 0
    open_boxes = 1
    while open_boxes > 0:
        open_boxes -= 1
        level, node = stack[open_boxes, 0], stack[open_boxes, 1]
        b = levels[level] + node
        if boxes[b, 0] > x or boxes[b, 2] < x or boxes[b, 3] < y:
            continue
        if level > 0:
            for child in range(node * _FAN, min((node + 1) * _FAN, levels[level] - levels[level - 1])):
                stack[open_boxes, 0], stack[open_boxes, 1] = level - 1, child
                open_boxes += 1
            continue
        for s in range(node * _FAN, min((node + 1) * _FAN, len(ends))):
            ax, ay, bx, by = ends[s, 0] - x, ends[s, 1] - y, ends[s, 2] - x, ends[s, 3] - y
            if (ax > 0.0) == (bx > 0.0):
                continue
            # Counter-clockwise rings run westward above what they hold.
            if ay - ax * (by - ay) / (bx - ax) > 0.0:
                count += 1 if ax > 0.0 else -1
    return count
