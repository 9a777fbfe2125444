"""Largest circle and largest rectangle inside parcels, by branch and bound: a value found and a value never exceeded.

A box of possible centres (and of angles) is dropped as soon as nothing in it can be better than what was found by more
than the tolerance. What bounds a box: for a fixed edge the reach of a shape (radius, or half width) up to that edge is
a convex function of its centre, so its maximum over a box lies on a corner of the box; the reach up to two edges is at
most the mean of both, which is exact between parallel sides. Turning a rectangle by at most phi costs it at most the
factor cos(phi) + ratio * sin(phi). Holes are edges like any other, parts are searched together: the shape lies inside
one part because parts touch only in points. Coordinates are EPSG:31370, metres.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from geodata.measure.chunks import in_chunks
from geodata.measure.flat import FlatPolygons, Floats, positions, ring_offsets
from geodata.measure.jit import njit

#: Largest gap between the width found and the width never exceeded, metres.
TOLERANCE = 0.25
#: The same for rectangles, whose search is longer.
RECTANGLE_TOLERANCE = 1.0
#: Length of the rectangle as a multiple of its width; our choice: a pitch with its access is about twice as deep as wide.
RATIO = 2.0
#: Boxes opened per parcel before the search stops with the gap it has.
MOST_BOXES = 20_000
_CHUNK = 2048


@dataclass(frozen=True, eq=False)
class Inscribed:
    """The largest shape inside each of n parcels.

    Attributes
    ----------
    width : diameter of the circle or shorter side of the rectangle that was found and fits, metres; 0 where the parcel
        has no inside, NaN where it is empty.
    at_most : no such shape in the parcel is wider, metres; `at_most - width` is within the tolerance, except where the
        search ended at its largest number of boxes.
    centre : where the shape lies, EPSG:31370, shape (n, 2); NaN where there is none.
    angle : direction of the longer side, degrees counter-clockwise from the east, 0..180; 0 for a circle.
    """

    width: Floats
    at_most: Floats
    centre: Floats
    angle: Floats


def circles(
    polygons: FlatPolygons,
    index: Any = None,
    *,
    tolerance: float = TOLERANCE,
    most: int = MOST_BOXES,
    workers: int | None = None,
) -> Inscribed:
    """The largest circle inside each parcel.

    Parameters
    ----------
    polygons : valid polygons, EPSG:31370, metres.
    index : which parcels (integers or a mask), in this order; all where None. Equal to the same rows of a full run.
    tolerance : metres of diameter, above 0.
    most : boxes opened per parcel at most.
    workers : threads; the number of processors where None.

    Raises
    ------
    ValueError : the tolerance is not above 0.
    """
    return _each(polygons, index, 0.0, tolerance, most, workers)


def rectangles(
    polygons: FlatPolygons,
    index: Any = None,
    *,
    ratio: float = RATIO,
    tolerance: float = RECTANGLE_TOLERANCE,
    most: int = MOST_BOXES,
    workers: int | None = None,
) -> Inscribed:
    """The largest rectangle of a given shape inside each parcel, at any place and in any direction.

    Parameters
    ----------
    ratio : length as a multiple of the width, 1 or more. The shape is fixed so that the width has an error bound: of
        the rectangle of largest area only the area has one, its width may jump between two places.
    polygons, index, tolerance, most, workers : as in `circles`; the tolerance is in metres of width.

    Raises
    ------
    ValueError : the ratio is below 1 or the tolerance is not above 0.
    """
    if not 1.0 <= ratio < np.inf:
        raise ValueError(f"A rectangle {ratio} times as long as wide: the ratio is 1 or more.")
    return _each(polygons, index, float(ratio), tolerance, most, workers)


def _each(
    polygons: FlatPolygons, index: Any, ratio: float, tolerance: float, most: int, workers: int | None
) -> Inscribed:
    if not tolerance > 0.0:
        raise ValueError(f"A tolerance of {tolerance} m: it is above 0.")
    chosen = positions(len(polygons), index)
    found = np.full((len(chosen), 5), np.nan)
    given = (polygons.xy, polygons.rings, ring_offsets(polygons), polygons.areas)

    def work(first: int, last: int) -> None:
        _search(*given, chosen[first:last], ratio, 0.5 * tolerance, most, found[first:last])

    in_chunks(work, len(chosen), workers, _CHUNK)
    return Inscribed(2.0 * found[:, 0], 2.0 * found[:, 1], found[:, 2:4], np.degrees(found[:, 4]) % 180.0)


@njit(error_model="numpy")
def _roots(edges: Any, n: Any, frame: Any, ratio: Any, tolerance: Any, best: Any, heap: Any, each: Any) -> Any:
    """Open squares over the box of the parcel, so that a long one does not begin with one empty square."""
    wide, tall = frame[2] - frame[0], frame[3] - frame[1]
    half = 0.5 * max(min(wide, tall), max(wide, tall) / 16.0)
    columns, rows = max(1, int(np.ceil(0.5 * wide / half))), max(1, int(np.ceil(0.5 * tall / half)))
    turns = 1 if ratio == 0.0 else (2 if ratio == 1.0 else 4)
    phi = 0.0 if ratio == 0.0 else np.pi / 8.0
    size = 0
    for i in range(columns):
        for j in range(rows):
            for turn in range(turns):
                x, y = frame[0] + (2 * i + 1) * half, frame[1] + (2 * j + 1) * half
                angle = (2 * turn + 1) * phi
                size, heap = _open(edges, n, x, y, half, angle, phi, 0, ratio, tolerance, best, heap, size, each)
    return size, heap


@njit(error_model="numpy")
def _halve(edges: Any, n: Any, ratio: Any, tolerance: Any, best: Any, heap: Any, size: Any, each: Any) -> Any:
    """Open the parts of the most promising box: its two halves of angle, or its four quarters of place."""
    x, y, h, theta, f = heap[0, 1], heap[0, 2], heap[0, 3], heap[0, 4], heap[0, 5]
    first = int(heap[0, 6])
    size = _drop(heap, size)
    if f < 0.0:
        # Negative: the angle is what to halve.
        part = -0.5 * f
        for side in (-1.0, 1.0):
            angle = theta + side * part
            size, heap = _open(edges, n, x, y, h, angle, part, first, ratio, tolerance, best, heap, size, each)
    else:
        for quarter in range(4):
            u, v = x + 0.5 * h * (2 * (quarter & 1) - 1), y + 0.5 * h * ((quarter & 2) - 1)
            size, heap = _open(edges, n, u, v, 0.5 * h, theta, f, first, ratio, tolerance, best, heap, size, each)
    return size, heap


@njit(error_model="numpy")
def _search(
    xy: Any, rings: Any, starts: Any, areas: Any, chosen: Any, ratio: Any, tolerance: Any, most: Any, out: Any
) -> None:
    """Fill `out` (half width, bound of it, x, y, angle) for the chosen parcels; ratio 0 is a circle."""
    edges, each, frame = np.empty((64, 5)), np.empty(64), np.empty(4)
    heap = np.empty((256, 7))
    best = np.empty(5)
    for k in range(len(chosen)):
        p = chosen[k]
        if starts[p] == starts[p + 1]:
            continue
        if not areas[p] > 0.0:
            out[k, 0] = out[k, 1] = 0.0
            continue
        begin = rings[starts[p]]
        room = rings[starts[p + 1]] - begin
        if room > len(edges):
            edges, each = np.empty((2 * room, 5)), np.empty(2 * room)
        n = _edges(xy, rings, starts[p], starts[p + 1], edges, frame)
        best[:] = 0.0
        best[2] = np.nan
        best[3] = np.nan
        if ratio > 0.0:
            _guess(edges, n, frame, ratio, best, each)
        size, heap = _roots(edges, n, frame, ratio, tolerance, best, heap, each)
        opened = 0
        while size > 0 and heap[0, 0] > best[0] + tolerance and opened < most:
            opened += 1
            size, heap = _halve(edges, n, ratio, tolerance, best, heap, size, each)
        bound = max(best[0], best[1])
        if size > 0:
            bound = max(bound, heap[0, 0])
        out[k, 0], out[k, 1], out[k, 4] = best[0], bound, best[4]
        out[k, 2], out[k, 3] = best[2] + xy[begin, 0], best[3] + xy[begin, 1]


@njit(error_model="numpy")
def _edges(xy: Any, rings: Any, first: Any, last: Any, edges: Any, frame: Any) -> Any:
    """Edges of a parcel from its first corner: x, y, dx, dy, one over its square length; returns how many."""
    ox, oy = xy[rings[first], 0], xy[rings[first], 1]
    n = 0
    x0 = y0 = x1 = y1 = 0.0
    for r in range(first, last):
        for v in range(rings[r], rings[r + 1] - 1):
            x, y = xy[v, 0] - ox, xy[v, 1] - oy
            x0, y0, x1, y1 = min(x0, x), min(y0, y), max(x1, x), max(y1, y)
            dx, dy = xy[v + 1, 0] - ox - x, xy[v + 1, 1] - oy - y
            if dx == 0.0 and dy == 0.0:
                continue
            edges[n, 0], edges[n, 1], edges[n, 2], edges[n, 3] = x, y, dx, dy
            edges[n, 4] = 1.0 / (dx * dx + dy * dy)
            n += 1
    frame[0], frame[1], frame[2], frame[3] = x0, y0, x1, y1
    return n


@njit(error_model="numpy")
def _reach(edges: Any, e: Any, x: Any, y: Any, c: Any, s: Any, ratio: Any) -> Any:
    """Half width at which a shape around x, y touches edge e; `c`, `s` are the cosine and sine of its direction."""
    px, py, dx, dy = edges[e, 0] - x, edges[e, 1] - y, edges[e, 2], edges[e, 3]
    if ratio == 0.0:
        t = min(1.0, max(0.0, -(px * dx + py * dy) * edges[e, 4]))
        qx, qy = px + t * dx, py + t * dy
        return np.sqrt(qx * qx + qy * qy)
    # In the frame of the rectangle, its length divided by the ratio: the largest of two coordinates.
    u, v = (px * c + py * s) / ratio, py * c - px * s
    du, dv = (dx * c + dy * s) / ratio, dy * c - dx * s
    # The edge is touched by a corner of the square: u = v where it falls, u = -v where it rises.
    t = (v - u) / (du - dv) if du * dv < 0.0 else -(u + v) / (du + dv)
    t = min(1.0, max(0.0, t))
    return max(abs(u + t * du), abs(v + t * dv))


@njit(error_model="numpy")
def _fit(edges: Any, n: Any, x: Any, y: Any, c: Any, s: Any, ratio: Any, first: Any, enough: Any, each: Any) -> Any:
    """Half width of the largest shape around x, y, and the edge it touches; minus the reach where x, y is outside.

    Looks at edge `first` first, and ends with what it has once that is not above `enough`; `each` gets the reach of all.
    """
    least, nearest = _reach(edges, first, x, y, c, s, ratio), first
    if least <= enough:
        return least, nearest
    odd = False
    for e in range(n):
        d = _reach(edges, e, x, y, c, s, ratio)
        each[e] = d
        if d < least:
            least, nearest = d, e
            if d <= enough:
                return least, nearest
        y0 = edges[e, 1]
        y1 = y0 + edges[e, 3]
        if (y0 > y) != (y1 > y) and x < edges[e, 0] + (y - y0) / edges[e, 3] * edges[e, 2]:
            odd = not odd
    return (least if odd else -least), nearest


@njit(error_model="numpy")
def _guess(edges: Any, n: Any, frame: Any, ratio: Any, best: Any, each: Any) -> None:
    """Begin with a rectangle along each longer edge, around a few places."""
    around = 0.0
    for e in range(n):
        around += np.sqrt(1.0 / edges[e, 4])
    for e in range(n):
        length = np.sqrt(1.0 / edges[e, 4])
        if length < around / 24.0:
            continue
        c, s = edges[e, 2] / length, edges[e, 3] / length
        x, y = 0.5 * (frame[0] + frame[2]), 0.5 * (frame[1] + frame[3])
        f, _ = _fit(edges, n, x, y, c, s, ratio, e, best[0], each)
        if f > best[0]:
            best[0], best[2], best[3], best[4] = f, x, y, np.arctan2(s, c)


@njit(error_model="numpy")
def _open(
    edges: Any,
    n: Any,
    x: Any,
    y: Any,
    h: Any,
    theta: Any,
    phi: Any,
    first: Any,
    ratio: Any,
    tolerance: Any,
    best: Any,
    heap: Any,
    size: Any,
    each: Any,
) -> Any:
    """Try the middle of a box, and keep the box where something better may lie in it.

    Row of the heap: bound, x, y, half side, angle, and half range of angles, negative where the angle is to be halved.
    `best[1]` is the highest bound of what was dropped.
    """
    c, s = np.cos(theta), np.sin(theta)
    turned = 1.0 if ratio == 0.0 else np.cos(phi) + ratio * np.sin(phi)
    shift = h * (1.4142135623730951 if ratio == 0.0 else abs(c) + abs(s))
    # Not above the best either: what ends early is no shape that was looked at on all sides.
    enough = min(best[0], (best[0] + tolerance) / turned - shift)
    f, nearest = _fit(edges, n, x, y, c, s, ratio, first, enough, each)
    if f > best[0]:
        best[0], best[2], best[3], best[4] = f, x, y, theta
    straight = f + shift
    limit = best[0] + tolerance
    if straight * turned > limit and f > -shift:
        straight = _ceiling(edges, n, x, y, h, c, s, ratio, nearest, straight, limit / turned, each)
    bound = straight * turned
    if bound <= limit:
        best[1] = max(best[1], bound)
        return size, heap
    if size == len(heap):
        wider = np.empty((2 * size, 7))
        wider[:size] = heap
        heap = wider
    kept = -phi if ratio > 0.0 and straight * (turned - 1.0) > straight - f else phi
    # Sift up.
    i = size
    while i > 0 and heap[(i - 1) // 2, 0] < bound:
        heap[i] = heap[(i - 1) // 2]
        i = (i - 1) // 2
    heap[i, 0], heap[i, 1], heap[i, 2], heap[i, 3], heap[i, 4], heap[i, 5] = bound, x, y, h, theta, kept
    heap[i, 6] = nearest
    return size + 1, heap


@njit(error_model="numpy")
def _ceiling(
    edges: Any,
    n: Any,
    x: Any,
    y: Any,
    h: Any,
    c: Any,
    s: Any,
    ratio: Any,
    nearest: Any,
    bound: Any,
    enough: Any,
    each: Any,
) -> Any:
    """Bound of the half width in a box for a fixed direction, from pairs of edges; stops when it is low enough."""
    a0 = _reach(edges, nearest, x - h, y - h, c, s, ratio)
    a1 = _reach(edges, nearest, x + h, y - h, c, s, ratio)
    a2 = _reach(edges, nearest, x - h, y + h, c, s, ratio)
    a3 = _reach(edges, nearest, x + h, y + h, c, s, ratio)
    bound = min(bound, max(max(a0, a1), max(a2, a3)))
    for e in range(n):
        if bound <= enough:
            break
        if e == nearest or 0.5 * (each[nearest] + each[e]) >= bound:
            continue
        worst = 0.5 * (a0 + _reach(edges, e, x - h, y - h, c, s, ratio))
        if worst < bound:
            worst = max(worst, 0.5 * (a1 + _reach(edges, e, x + h, y - h, c, s, ratio)))
        if worst < bound:
            worst = max(worst, 0.5 * (a2 + _reach(edges, e, x - h, y + h, c, s, ratio)))
        if worst < bound:
            worst = max(worst, 0.5 * (a3 + _reach(edges, e, x + h, y + h, c, s, ratio)))
        bound = min(bound, worst)
    return bound


@njit(error_model="numpy")
def _drop(heap: Any, size: Any) -> Any:
    """Take the first row off the heap; returns its new size."""
    size -= 1
    key = heap[size, 0]
    i = 0
    while True:
        child = 2 * i + 1
        if child >= size:
            break
        if child + 1 < size and heap[child + 1, 0] > heap[child, 0]:
            child += 1
        if heap[child, 0] <= key:
            break
        heap[i] = heap[child]
        i = child
    heap[i] = heap[size]
    return size
