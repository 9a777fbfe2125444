"""The ground a layout is drawn on: parts of the remainder, where it is entered, and straight frames to draw in.

Contract: pure, EPSG:31370 metres. A frame is the part turned so that the way in goes up (+y); all that is drawn in it is
parallel to its axes. `Frame.spans` tells where a strip lies wholly inside: the part of the strip outside is cut out, and
what its pieces cover along the strip is taken away, which is exact.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Polygon
from shapely.geometry.base import BaseGeometry

Span = tuple[float, float]
Axis = Literal["x", "y"]
Floats = NDArray[np.float64]

#: Pieces smaller than this are rounding of the overlay, square metres.
_SLIVER = 1e-4
#: Strips are taken in by this, metres: an edge that lies on the border by rounding is inside.
_HAIR = 5e-7
#: Corners beyond which an outline is made plainer before strips are cut from it.
_MANY_CORNERS = 40
#: How far from its own edge a road keeps, metres.
_ROAD_MARGIN = 0.2
#: Least part of the way in that goes straight into the ground: cosine of the angle to the border.
_STRAIGHT = 0.5


@dataclass(frozen=True)
class Entry:
    """Where the road comes in: a point on the border, and the direction into the ground (unit vector)."""

    x: float
    y: float
    inward: tuple[float, float]


@dataclass(frozen=True)
class Frame:
    """A part of the remainder turned by `turn` radians about `origin`; the way in goes up.

    Attributes
    ----------
    part : the part itself.
    ground : where the way in may lie: the part, a hand off its border.
    inner : where pitches and all other roads may lie: the part less the green edge.
    """

    turn: float
    origin: tuple[float, float]
    part: Polygon
    ground: BaseGeometry
    inner: BaseGeometry
    _kept: dict[Any, list[list[Span]]] = field(default_factory=dict, repr=False, compare=False)

    def spans(self, axis: Axis, low: Sequence[float], high: Sequence[float], *, road: bool = False) -> list[list[Span]]:
        """For each strip low..high across `axis`: the stretches along it that lie wholly inside, in order."""
        key = (axis, tuple(low), tuple(high), road)
        if key not in self._kept:
            self._kept[key] = spans(self.ground if road else self.inner, axis, low, high)
        return self._kept[key]

    def to_frame(self, x: float, y: float) -> tuple[float, float]:
        """A point of the ground in the frame."""
        dx, dy = x - self.origin[0], y - self.origin[1]
        cos, sin = math.cos(self.turn), math.sin(self.turn)
        return cos * dx - sin * dy, sin * dx + cos * dy

    def to_ground(self, shapes: Any) -> Any:
        """Shapes of the frame (an array, or one) back on the ground."""
        cos, sin = math.cos(self.turn), math.sin(self.turn)

        def back(points: Floats) -> Floats:
            x, y = points[:, 0], points[:, 1]
            return np.column_stack([cos * x + sin * y + self.origin[0], -sin * x + cos * y + self.origin[1]])

        return shapely.transform(shapes, back)


def spans(shape: BaseGeometry, axis: Axis, low: Sequence[float], high: Sequence[float]) -> list[list[Span]]:
    """For each strip low..high across `axis`: the stretches along it that lie wholly inside the shape."""
    count = len(low)
    if count == 0 or shape.is_empty:
        return [[] for _ in range(count)]
    x0, y0, x1, y1 = shape.bounds
    lows, highs = np.asarray(low) + _HAIR, np.asarray(high) - _HAIR
    if axis == "x":
        strips = shapely.box(np.full(count, x0 - 1), lows, np.full(count, x1 + 1), highs)
        first, last, a, b = x0 - 1, x1 + 1, 0, 2
    else:
        strips = shapely.box(lows, np.full(count, y0 - 1), highs, np.full(count, y1 + 1))
        first, last, a, b = y0 - 1, y1 + 1, 1, 3
    pieces, of_strip = shapely.get_parts(shapely.difference(strips, shape), return_index=True)
    real = shapely.area(pieces) > _SLIVER
    bounds, of_strip = shapely.bounds(pieces[real]), of_strip[real]
    taken: list[list[Span]] = [[] for _ in range(count)]
    for strip, piece in zip(of_strip.tolist(), bounds.tolist(), strict=True):
        taken[strip].append((piece[a], piece[b]))
    return [_left(first, last, sorted(one)) for one in taken]


def _left(first: float, last: float, taken: list[Span]) -> list[Span]:
    out: list[Span] = []
    at = first
    for start, end in taken:
        if start > at + 1e-9:
            out.append((at, start))
        at = max(at, end)
    if last > at + 1e-9:
        out.append((at, last))
    return out


def parts_of(remainder: BaseGeometry) -> list[Polygon]:
    """Polygons of a remainder, largest first; lines and points are no ground."""
    if not remainder.is_valid:
        remainder = shapely.make_valid(remainder)
    flat = shapely.get_parts(shapely.force_2d(remainder))
    polygons = [one for shape in flat for one in shapely.get_parts(shape) if one.geom_type == "Polygon"]
    polygons = [one for one in polygons if one.area > _SLIVER]
    return sorted(polygons, key=lambda one: (-one.area, one.bounds))


def frames_of(part: Polygon, entry: Entry, green_edge: float) -> list[Frame]:
    """Frames along the edges of the least rectangle around the part and along its longest edges."""
    origin = (round(part.centroid.x, 3), round(part.centroid.y, 3))
    out = []
    for direction in _directions(part):
        for quarter in range(4):
            up = direction + quarter * math.pi / 2
            if math.cos(up) * entry.inward[0] + math.sin(up) * entry.inward[1] >= _STRAIGHT:
                out.append(_frame(part, origin, math.pi / 2 - up, green_edge))
    return out


def _frame(part: Polygon, origin: tuple[float, float], turn: float, green_edge: float) -> Frame:
    cos, sin = math.cos(turn), math.sin(turn)

    def turned(points: Floats) -> Floats:
        x, y = points[:, 0] - origin[0], points[:, 1] - origin[1]
        return np.column_stack([cos * x - sin * y, sin * x + cos * y])

    here = shapely.transform(part, turned)
    return Frame(turn, origin, here, _within(here, _ROAD_MARGIN), _within(here, green_edge))


def _within(part: Polygon, margin: float) -> BaseGeometry:
    """The part less a margin; a plainer outline stays inside that."""
    if shapely.get_num_coordinates(part) <= _MANY_CORNERS:
        return part.buffer(-margin, join_style="mitre")
    plain = part.buffer(-margin - 0.15, join_style="mitre").simplify(0.15)
    return plain if plain.is_valid else part.buffer(-margin, join_style="mitre")


def _directions(part: Polygon) -> list[float]:
    """Directions modulo a quarter turn, radians, that differ by more than two degrees."""
    box = shapely.minimum_rotated_rectangle(part)
    outlines = [(box, 1)] if box.geom_type == "Polygon" else []
    outlines.append((part.simplify(0.5), 3))
    found: list[float] = []
    for shape, most in outlines:
        for angle in _longest(shape, most):
            turned = angle % (math.pi / 2)
            if all(min(abs(turned - one), math.pi / 2 - abs(turned - one)) > math.radians(2) for one in found):
                found.append(turned)
    return found


def _edges(shape: Polygon) -> tuple[Floats, Floats]:
    points = shapely.get_coordinates(shapely.get_exterior_ring(shape))
    return points[:-1], np.diff(points, axis=0)


def _longest(shape: Polygon, most: int) -> list[float]:
    _, steps = _edges(shape)
    lengths = np.hypot(steps[:, 0], steps[:, 1])
    order = np.argsort(-np.round(lengths, 6), kind="stable")[:most]
    return [math.atan2(steps[at, 1], steps[at, 0]) for at in order.tolist() if lengths[at] > 0]


def entries_of(part: Polygon, access: BaseGeometry | None, road_width: float) -> list[Entry]:
    """Where a part may be entered.

    Parameters
    ----------
    access : a point (the nearest place of the border), a line (places along what of it the part touches), or None (the
        middle of its longest edges).
    """
    border = shapely.get_exterior_ring(part)
    if access is None:
        starts, steps = _edges(part.simplify(0.5))
        lengths = np.hypot(steps[:, 0], steps[:, 1])
        chosen = np.argsort(-np.round(lengths, 6), kind="stable")[:3]
        return _unique(_entry(part, border, starts[at] + steps[at] / 2) for at in chosen.tolist())
    if access.geom_type in ("Point", "MultiPoint"):
        points = [shapely.get_coordinates(shapely.shortest_line(border, one))[0] for one in shapely.get_parts(access)]
        return _unique(_entry(part, border, point) for point in points)
    touched = shapely.line_merge(shapely.intersection(border, access.buffer(1.0)))
    lines = [one for one in shapely.get_parts(touched) if one.geom_type == "LineString" and one.length >= road_width]
    lines = sorted(lines, key=lambda one: -round(one.length, 3))[:3]
    if not lines:
        return entries_of(part, shapely.get_point(shapely.shortest_line(border, access), 0), road_width)
    places = [(line, share) for share in (0.5, 0.25, 0.75) for line in lines][:5]
    places += [(lines[0], min(0.5, (road_width / 2 + 0.5) / lines[0].length))]
    return _unique(
        _entry(part, border, shapely.get_coordinates(line.interpolate(share, normalized=True))[0])
        for line, share in places
    )


def entries_beside(part: Polygon, access: BaseGeometry, metres: float) -> list[Entry]:
    """Ways in on both sides of the place nearest to a point, so far along the border."""
    border = shapely.get_exterior_ring(part)
    at = border.project(shapely.get_point(shapely.shortest_line(border, access), 0))
    places = [border.interpolate((at + step) % border.length) for step in (-metres, metres)]
    return _unique(_entry(part, border, shapely.get_coordinates(place)[0]) for place in places)


def _unique(entries: Iterable[Entry]) -> list[Entry]:
    out: list[Entry] = []
    for one in entries:
        if all(math.hypot(one.x - other.x, one.y - other.y) > 1.0 for other in out):
            out.append(one)
    return out


def _entry(part: Polygon, border: BaseGeometry, point: Floats) -> Entry:
    """The way in at a place of the border, across the edge it lies on."""
    at = border.project(shapely.Point(point))
    before, after = (border.interpolate((at + step) % border.length) for step in (-1.0, 1.0))
    dx, dy = after.x - before.x, after.y - before.y
    length = math.hypot(dx, dy) or 1.0
    nx, ny = -dy / length, dx / length
    here = border.interpolate(at)
    ahead = [
        part.intersection(shapely.LineString([(here.x, here.y), (here.x + s * 20 * nx, here.y + s * 20 * ny)])).length
        for s in (1, -1)
    ]
    sign = 1.0 if ahead[0] >= ahead[1] else -1.0
    return Entry(here.x, here.y, (sign * nx, sign * ny))
