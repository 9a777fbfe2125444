"""Roads and the pitches along them, in a frame: straight lanes that form a tree, with pitches on both sides.

Contract: pure numbers, metres. `u` runs along a lane, `v` across it. A lane hangs on its parent, which it crosses at a
right angle; pitches are placed from there outward, so that a lane ends at its last pitch. A dead end longer than the
free length gets a turning arm beside its last pitch.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sites.candidates.layout.ground import Axis, Span

Box = tuple[float, float, float, float]
#: Side of a lane: below its strip, or above it.
BELOW, ABOVE = 0, 1
_EPS = 1e-9


@dataclass(frozen=True)
class Size:
    """One pitch and the road it stands on.

    Attributes
    ----------
    width, depth : along the road and away from it, metres.
    widest : a pitch may be made wider up to this, to fill a row; equal to `width` where it may not.
    road : width of the road.
    free, arm : longest dead end without a turning arm, and length of that arm.
    """

    width: float
    depth: float
    widest: float
    road: float
    free: float
    arm: float


@dataclass(frozen=True)
class Lane:
    """A straight road.

    Attributes
    ----------
    axis : along which it runs.
    v : lower edge of its strip, across.
    origin : stretch along it where it hangs on its parent, or comes in.
    parent : number of the parent among the lanes of a plan; -1 for the way in.
    room : stretches along it where pitches may stand, below and above; outside what the parent takes.
    """

    axis: Axis
    v: float
    origin: Span
    parent: int
    room: tuple[tuple[Span, ...], tuple[Span, ...]]


@dataclass(frozen=True)
class Slot:
    """A pitch in a frame: the lane it stands on and on which side of it, its stretch along the lane, its way to the entry."""

    lane: int
    side: int
    start: float
    end: float
    way: float


def clip(spans: Iterable[Span], low: float, high: float) -> list[Span]:
    """Stretches within low..high."""
    out = ((max(a, low), min(b, high)) for a, b in spans)
    return [(a, b) for a, b in out if b - a > _EPS]


def cut(spans: Iterable[Span], low: float, high: float) -> list[Span]:
    """Stretches outside low..high."""
    out: list[Span] = []
    for a, b in spans:
        if a < low:
            out.append((a, min(b, low)))
        if b > high:
            out.append((max(a, high), b))
    return [(a, b) for a, b in out if b - a > _EPS]


def room_for(spans: Iterable[Span], width: float) -> int:
    """How many pitches of a width fit on stretches."""
    return sum(int((b - a + _EPS) / width) for a, b in spans)


def with_turning(room: Sequence[Sequence[Span]], origin: Span, size: Size) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    """Room for pitches once the turning arms of long dead ends are kept free, where they cost least."""
    sides = [list(room[BELOW]), list(room[ABOVE])]
    for ahead in (True, False):
        best: tuple[int, int, list[Span]] | None = None
        for side in (BELOW, ABOVE):
            outer = _outermost(sides[side], origin, ahead, size.road)
            if outer is None or not _long(sides, origin, ahead, size):
                continue
            a, b = sides[side][outer]
            less = list(sides[side])
            less[outer] = (a, b - size.road) if ahead else (a + size.road, b)
            less = [(c, d) for c, d in less if d - c > _EPS]
            lost = room_for(sides[side], size.width) - room_for(less, size.width)
            if best is None or lost < best[0]:
                best = (lost, side, less)
        if best is not None:
            sides[best[1]] = best[2]
    return tuple(sides[BELOW]), tuple(sides[ABOVE])


def estimate(room: Sequence[Sequence[Span]], origin: Span, size: Size) -> int:
    """How many pitches fit beside a lane once its turning arms are kept free: quicker than `with_turning`."""
    width, road, count = size.width, size.road, 0
    back = ahead = 0.0
    lost_back: list[int] = []
    lost_ahead: list[int] = []
    for spans in room:
        first: Span | None = None
        last: Span | None = None
        for a, b in spans:
            length = b - a + _EPS
            fitting = int(length / width)
            count += fitting
            if fitting:
                back, ahead = max(back, origin[0] - a), max(ahead, b - origin[1])
            if length >= road:
                first, last = first or (a, b), (a, b)
        for outer, lost, on_side in (
            (first, lost_back, first is not None and first[0] < origin[0]),
            (last, lost_ahead, last is not None and last[1] > origin[1]),
        ):
            if outer is not None and on_side:
                length = outer[1] - outer[0] + _EPS
                lost.append(int(length / width) - int((length - road) / width))
    count -= min(lost_back, default=0) if back > size.free else 0
    return count - (min(lost_ahead, default=0) if ahead > size.free else 0)


def _long(sides: Sequence[Sequence[Span]], origin: Span, ahead: bool, size: Size) -> bool:
    fitting = [(a, b) for spans in sides for a, b in spans if b - a + _EPS >= size.width]
    if not fitting:
        return False
    return (max(b for _, b in fitting) - origin[1] if ahead else origin[0] - min(a for a, _ in fitting)) > size.free


def _outermost(spans: Sequence[Span], origin: Span, ahead: bool, least: float) -> int | None:
    on_side = [
        at for at, (a, b) in enumerate(spans) if b - a + _EPS >= least and (b > origin[1] if ahead else a < origin[0])
    ]
    if not on_side:
        return None
    return max(on_side, key=lambda at: spans[at][1]) if ahead else min(on_side, key=lambda at: spans[at][0])


def place(lanes: Sequence[Lane], number: int, size: Size) -> list[Slot]:
    """Pitches along one lane, from its origin outward."""
    lane = lanes[number]
    out = []
    for side, spans in enumerate(with_turning(lane.room, lane.origin, size)):
        for a, b in spans:
            count = room_for([(a, b)], size.width)
            if not count:
                continue
            width = min((b - a) / count, size.widest)
            # From the end nearest the origin, so that the lane can stop at the last pitch.
            backward = abs(b - lane.origin[0]) < abs(a - lane.origin[1])
            for k in range(count):
                start = b - (k + 1) * width if backward else a + k * width
                out.append(
                    Slot(number, side, start, start + width, way_to(lanes, number, start + width / 2, size.road))
                )
    return out


def way_to(lanes: Sequence[Lane], number: int, u: float, road: float) -> float:
    """Metres along the lanes from the entry to a place on one of them."""
    way = 0.0
    while number >= 0:
        lane = lanes[number]
        way += abs(u - (lane.origin[0] + lane.origin[1]) / 2)
        number, u = lane.parent, lane.v + road / 2
    return way


def slot_box(lane: Lane, slot: Slot, size: Size) -> Box:
    """Corners of a pitch in the frame: x0, y0, x1, y1."""
    low, high = (
        (lane.v - size.depth, lane.v) if slot.side == BELOW else (lane.v + size.road, lane.v + size.road + size.depth)
    )
    return _box(lane.axis, slot.start, slot.end, low, high)


def _box(axis: Axis, start: float, end: float, low: float, high: float) -> Box:
    return (start, low, end, high) if axis == "x" else (low, start, high, end)


def roads(lanes: Sequence[Lane], slots: Sequence[Slot], size: Size) -> tuple[list[Box], int]:
    """Roads that these pitches need, in the frame, and how many long dead ends are left without a turning arm."""
    needed = {slot.lane for slot in slots}
    for number in sorted(needed, reverse=True):
        parent = lanes[number].parent
        while parent >= 0:
            needed.add(parent)
            parent = lanes[parent].parent
    boxes: list[Box] = []
    without = 0
    for number in sorted(needed):
        lane = lanes[number]
        mine = [slot for slot in slots if slot.lane == number]
        children = [lanes[other] for other in needed if lanes[other].parent == number]
        start = min([lane.origin[0], *(one.start for one in mine), *(one.v for one in children)])
        end = max([lane.origin[1], *(one.end for one in mine), *(one.v + size.road for one in children)])
        for ahead in (True, False):
            reach = end - lane.origin[1] if ahead else lane.origin[0] - start
            crossed = any(
                (one.v + size.road >= end - size.free) if ahead else (one.v <= start + size.free) for one in children
            )
            if reach <= size.free + _EPS or crossed:
                continue
            arm = _arm(lane, mine, ahead, end if ahead else start, size)
            if arm is None:
                without += 1
                continue
            boxes.append(arm[0])
            start, end = (start, max(end, arm[1])) if ahead else (min(start, arm[1]), end)
        boxes.append(_box(lane.axis, start, end, lane.v, lane.v + size.road))
    return boxes, without


def _arm(lane: Lane, mine: Sequence[Slot], ahead: bool, end: float, size: Size) -> tuple[Box, float] | None:
    """A turning arm beside the last pitch of one side, and how far along the lane it reaches.

    `end` is where the lane ends without it. The arm lies within the free length of that end.
    """
    found: list[tuple[float, int, float, float]] = []
    for side in (BELOW, ABOVE):
        here = [slot for slot in mine if slot.side == side]
        if ahead:
            last = max([lane.origin[1], *(one.end for one in here)])
            starts = [max(a, last) for a, b in lane.room[side] if b - max(a, last) + _EPS >= size.road]
        else:
            last = min([lane.origin[0], *(one.start for one in here)])
            starts = [min(b, last) - size.road for a, b in lane.room[side] if min(b, last) - a + _EPS >= size.road]
        for low in starts:
            edge = low + size.road if ahead else low
            found.append((round(abs(edge - end), 6), side, low, edge))
    if not found or min(found)[0] > size.free:
        return None
    _, side, low, edge = min(found)
    arm = min(size.arm, size.depth)
    bottom, top = (lane.v - arm, lane.v) if side == BELOW else (lane.v + size.road, lane.v + size.road + arm)
    return _box(lane.axis, low, low + size.road, bottom, top), edge


def kept(lanes: Sequence[Lane], slots: Sequence[Slot], wanted: int) -> list[Slot]:
    """The pitches nearest to the entry, so many as are wanted."""
    order = sorted(slots, key=lambda one: (round(one.way, 3), one.lane, one.side, one.start))
    return order[:wanted]
