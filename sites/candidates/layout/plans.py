"""Plans: a way in, a spine, rows across it, and pitches on both sides; which of many holds most pitches.

Contract: pure and deterministic. Every entry, frame, place of the spine and width of a pitch gives a plan; the rows of a
plan are the best set that does not overlap (weighted interval scheduling over their places). Metres, in the frame.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import shapely

from sites.candidates.layout.ground import Entry, Frame, Span, frames_of, spans
from sites.candidates.layout.lanes import (
    ABOVE,
    BELOW,
    Lane,
    Size,
    Slot,
    clip,
    cut,
    estimate,
    place,
    roads,
    room_for,
    slot_box,
    with_turning,
)

#: Places tried for a row from each side: about one every metre and a half, and no more than these.
_STEP, _MOST_PLACES = 1.5, 90
#: A row costs a little, so that of two plans with the same pitches the one with less road wins.
_ROW_COST = 0.01
#: Plans drawn out in full, best estimate first.
_DRAWN = 16
#: How far the straight way in may start from the border, in widths of the road.
_APPROACH = 2.0


@dataclass(frozen=True)
class Plan:
    """Lanes and pitches in a frame.

    Attributes
    ----------
    way_in : strip from the border to the first lane: low and high edge across, and where the lane starts.
    """

    frame: Frame
    entry: Entry
    size: Size
    lanes: tuple[Lane, ...]
    slots: tuple[Slot, ...]
    way_in: tuple[float, float, float]


@dataclass(frozen=True)
class _Start:
    """The lanes that bring the road to the foot of the spine, and the spine's strip."""

    lanes: tuple[Lane, ...]
    spine: float
    foot: float
    top: float
    way_in: tuple[float, float, float]


@dataclass(frozen=True)
class _Row:
    """A place for a row: what it takes of the height, its lane, how many pitches it adds."""

    low: float
    high: float
    v: float
    count: int
    room: tuple[tuple[Span, ...], tuple[Span, ...]]


@dataclass(frozen=True)
class _Draft:
    """A plan before its pitches are placed, with an estimate of them."""

    estimate: float
    frame: Frame
    entry: Entry
    size: Size
    start: _Start
    rows: tuple[_Row, ...]


def plans(part: shapely.Polygon, entries: Sequence[Entry], sizes: Sequence[Size], green_edge: float) -> list[Plan]:
    """The best plans of a part, most pitches first; ties: less road, then the order of trying."""
    drafts: list[_Draft] = []
    kept: dict[float, Frame] = {}
    for entry in entries:
        for frame in frames_of(part, entry, green_edge):
            # Entries share the frame of a direction, and with it the strips cut from it.
            shared = kept.setdefault(round(frame.turn, 9), frame)
            for size in sizes:
                drafts.extend(_drafts(shared, entry, size))
    drafts.sort(key=lambda one: -one.estimate)
    made = [plan for one in drafts[:_DRAWN] if (plan := _drawn(one)).slots]
    return sorted(made, key=lambda one: (-len(one.slots), round(road_area(one), 3)))


def road_area(plan: Plan) -> float:
    """Area of the roads of a plan, square metres; where strips cross they count twice."""
    return sum((x1 - x0) * (y1 - y0) for x0, y0, x1, y1 in roads(plan.lanes, plan.slots, plan.size)[0])


def _drafts(frame: Frame, entry: Entry, size: Size) -> Iterator[_Draft]:
    if frame.inner.is_empty:
        return
    places = _row_places(frame, size)
    for start in _starts(frame, entry, size):
        lane = _draft_lane(frame, size, start)
        along = room_for(lane[BELOW], size.width) + room_for(lane[ABOVE], size.width)
        yield _Draft(along, frame, entry, size, start, ())
        rows = _best_rows(_rows(frame, size, start, places))
        if rows:
            yield _Draft(sum(one.count for one in rows) - _ROW_COST * len(rows), frame, entry, size, start, tuple(rows))


def _starts(frame: Frame, entry: Entry, size: Size) -> Iterator[_Start]:
    """Ways to the foot of a spine: straight in, or along a first lane to where the spine serves more."""
    ex, ey = frame.to_frame(entry.x, entry.y)
    road = size.road
    for x in (ex - road / 2, ex - road, ex):
        (wide,) = frame.spans("y", [x], [x + road], road=True)
        gate = next(((a, b) for a, b in wide if a - ey <= _APPROACH * road and b > ey + road), None)
        (found,) = frame.spans("y", [x], [x + road])
        near = ey + 2 * _APPROACH * road
        reach = next(((a, b) for a, b in found if gate and gate[0] <= a <= near and a + road <= b <= gate[1]), None)
        if reach is None:
            continue
        foot, top = reach
        way_in = (x, x + road, foot)
        yield _Start((), x, foot, top, way_in)
        yield from _aside(frame, size, x, foot, top, way_in)
        return


def _aside(
    frame: Frame, size: Size, x: float, foot: float, top: float, way_in: tuple[float, float, float]
) -> Iterator[_Start]:
    """A spine that stands aside of the way in, reached along a first lane across."""
    road, depth = size.road, size.depth
    left, low, right, _ = frame.inner.bounds
    v = max(foot, low)
    (across,) = frame.spans("x", [v], [v + road])
    reach = next(((a, b) for a, b in across if a <= x + 1e-6 and x + road <= b + 1e-6), None)
    if reach is None or v + road > top:
        return
    stub = Lane("y", x, (foot, foot), -1, ((), ()))
    tried = [x]
    for spine in ((left + right - road) / 2, left + depth, right - depth - road, left, right - road):
        if any(abs(spine - other) < road for other in tried) or not reach[0] <= spine <= reach[1] - road:
            continue
        tried.append(spine)
        (found,) = frame.spans("y", [spine], [spine + road])
        up = next(((a, b) for a, b in found if a <= v + 1e-6 and b > v + 2 * road), None)
        if up is not None:
            first = Lane("x", v, (x, x + road), 0, ((), ()))
            yield _Start((stub, first), spine, v + road, up[1], way_in)


def _spine(start: _Start, room: tuple[tuple[Span, ...], tuple[Span, ...]]) -> Lane:
    origin = (start.foot - (start.way_in[1] - start.way_in[0]), start.foot) if start.lanes else (start.foot, start.foot)
    return Lane("y", start.spine, origin, len(start.lanes) - 1, room)


def _draft_lane(frame: Frame, size: Size, start: _Start) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    """Room along a spine without rows."""
    s, road, depth = start.spine, size.road, size.depth
    left, right = frame.spans("y", [s - depth, s + road], [s, s + road + depth])
    sides = (tuple(clip(left, start.foot, start.top)), tuple(clip(right, start.foot, start.top)))
    return with_turning(sides, (start.foot, start.foot), size)


@dataclass(frozen=True)
class _Places:
    """Strips at every place tried for a row."""

    v: list[float]
    road: list[list[Span]]
    below: list[list[Span]]
    above: list[list[Span]]


def _row_places(frame: Frame, size: Size) -> _Places:
    _, low, _, high = frame.inner.bounds
    road, depth = size.road, size.depth
    step = max(_STEP, (high - low) / _MOST_PLACES)
    count = max(0, int((high - low - road) / step) + 1)
    ups = [low + depth + k * step for k in range(count)]
    downs = [high - depth - road - k * step for k in range(count)]
    ends = [low, high - road]
    v = sorted({round(one, 3) for one in (*ups, *downs, *ends) if low <= one <= high - road + 1e-6})
    return _Places(
        v,
        frame.spans("x", v, [one + road for one in v]),
        frame.spans("x", [one - depth for one in v], v),
        frame.spans("x", [one + road for one in v], [one + road + depth for one in v]),
    )


def _rows(frame: Frame, size: Size, start: _Start, places: _Places) -> Iterator[_Row]:
    """Rows that can hang on a spine; a first lane across may be one itself."""
    road, depth, s = size.road, size.depth, start.spine
    lowest = start.foot
    if start.lanes:
        lowest += depth
        yield from _first_row(frame, size, start)
    for v, along, below, above in zip(places.v, places.road, places.below, places.above, strict=True):
        if v < lowest - 1e-6 or v + road > start.top + 1e-6:
            continue
        reach = next(((a, b) for a, b in along if a <= s + 1e-6 and s + road <= b + 1e-6), None)
        if reach is None:
            continue
        under = tuple(cut(clip(below, *reach), s, s + road))
        over = tuple(cut(clip(above, *reach), s, s + road))
        for room in ((under, over), (under, ()), ((), over)):
            count = estimate(room, (s, s + road), size)
            if count > 0:
                yield _Row(v - depth if room[0] else v, v + road + depth if room[1] else v + road, v, count, room)
            if not (under and over):
                break


def _first_row(frame: Frame, size: Size, start: _Start) -> Iterator[_Row]:
    """The first lane with pitches above it, on both sides of the spine."""
    first, road, s = start.lanes[-1], size.road, start.spine
    (along,) = frame.spans("x", [first.v], [first.v + road])
    (above,) = frame.spans("x", [first.v + road], [first.v + road + size.depth])
    reach = next((a, b) for a, b in along if a <= s + 1e-6 and s + road <= b + 1e-6)
    room: tuple[tuple[Span, ...], tuple[Span, ...]] = ((), tuple(cut(clip(above, *reach), s, s + road)))
    count = estimate(room, _between(first.origin, s, road), size)
    if count > 0:
        yield _Row(first.v, first.v + road + size.depth, first.v, count, room)


def _between(origin: Span, s: float, road: float) -> Span:
    """The stretch of a first lane from the way in to the spine."""
    return min(origin[0], s), max(origin[1], s + road)


def _best_rows(rows: Iterable[_Row]) -> list[_Row]:
    """The rows that together hold most pitches and do not overlap."""
    order = sorted(rows, key=lambda one: (one.high, one.low, one.v))
    ends = [one.high for one in order]
    best: list[float] = [0.0]
    taken: list[bool] = []
    for at, row in enumerate(order):
        before = bisect_right(ends, row.low + 1e-9, 0, at)
        with_it = best[before] + row.count - _ROW_COST
        taken.append(with_it > best[at] + 1e-12)
        best.append(max(with_it, best[at]))
    out: list[_Row] = []
    at = len(order)
    while at:
        if taken[at - 1]:
            out.append(order[at - 1])
            at = bisect_right(ends, order[at - 1].low + 1e-9, 0, at - 1)
        else:
            at -= 1
    return sorted(out, key=lambda one: one.v)


def _drawn(draft: _Draft) -> Plan:
    """A draft with its pitches: along the rows, then along what is left free of the spine and the first lane."""
    start, size, frame = draft.start, draft.size, draft.frame
    s, road = start.spine, size.road
    lanes = [*start.lanes]
    spine = len(lanes)
    top = max(draft.rows[-1].v + road, start.foot) if draft.rows else start.top
    lanes.append(_spine(start, ((), ())))
    rows = draft.rows
    if rows and start.lanes and rows[0].v == start.lanes[-1].v:
        first, rows = start.lanes[-1], rows[1:]
        lanes[spine - 1] = Lane(first.axis, first.v, first.origin, first.parent, draft.rows[0].room)
    for at, row in enumerate(rows):
        room = row.room
        if at == len(rows) - 1 and room[ABOVE]:
            # The spine ends here: a pitch may stand opposite.
            room = (room[BELOW], _opposite(frame, size, row, s))
        lanes.append(Lane("x", row.v, (s, s + road), spine, room))
    served = [*range(spine + 1, len(lanes))] + ([spine - 1] if len(rows) < len(draft.rows) else [])
    slots = [slot for number in served for slot in place(lanes, number, size)]
    for number in range(spine, -1, -1):
        lane = lanes[number]
        if (number == 0 and start.lanes) or number in served:
            continue
        limits = (start.foot, top) if number == spine else _between(lane.origin, s, road)
        room = _free_room(frame, size, lanes, slots, lane, limits, spine, top, start)
        lanes[number] = Lane(lane.axis, lane.v, lane.origin, lane.parent, room)
        slots.extend(place(lanes, number, size))
    return Plan(frame, draft.entry, size, tuple(lanes), tuple(slots), start.way_in)


def _opposite(frame: Frame, size: Size, row: _Row, s: float) -> tuple[Span, ...]:
    """Room above the last row, also opposite the spine."""
    (above,) = frame.spans("x", [row.v + size.road], [row.v + size.road + size.depth])
    (along,) = frame.spans("x", [row.v], [row.v + size.road])
    reach = next((a, b) for a, b in along if a <= s + 1e-6 and s + size.road <= b + 1e-6)
    return tuple(clip(above, *reach))


def _free_room(
    frame: Frame,
    size: Size,
    lanes: Sequence[Lane],
    slots: Sequence[Slot],
    lane: Lane,
    limits: Span,
    spine: int,
    top: float,
    start: _Start,
) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    """Room beside a lane that rows, pitches and other lanes leave."""
    road, depth = size.road, size.depth
    used = [shapely.box(*slot_box(lanes[slot.lane], slot, size)) for slot in slots]
    # A turning arm of a row may take the place beside its last pitch.
    used += [shapely.box(*one) for one in roads(lanes, slots, size)[0]]
    x0, x1, foot = start.way_in
    used.append(shapely.box(x0, foot - 10 * road, x1, foot + road if start.lanes else foot))
    used.append(shapely.box(start.spine, start.foot, start.spine + road, top))
    if start.lanes:
        first = lanes[1]
        a, b = _between(first.origin, start.spine, road)
        used.append(shapely.box(a, first.v, b, first.v + road))
    free = shapely.difference(frame.inner, shapely.union_all(used))
    low, high = ([lane.v - depth, lane.v + road], [lane.v, lane.v + road + depth])
    below, above = spans(free, lane.axis, low, high)
    return tuple(clip(below, *limits)), tuple(clip(above, *limits))
