"""Plans drawn as geometry on the ground, with their area balance.

Contract: pure. What is drawn covers the remainder once: pitches, roads, plots of service buildings, green edge, and the
rest. Caravans and the service buildings of single pitches lie on pitches and are no part of the balance.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import shapely
from shapely import Polygon
from shapely.geometry.base import BaseGeometry

from sites.candidates.layout.lanes import BELOW, Box, Lane, Slot, roads, slot_box
from sites.candidates.layout.model import Drawing, Feature, Kind, Variant
from sites.candidates.layout.norm import LayoutNorm
from sites.candidates.layout.plans import Plan

#: Service building on a pitch, and the largest collective one, metres; see `data/layout_choices.yaml`.
_OWN, _COLLECTIVE, _AROUND = (2.4, 5.0), (8.0, 6.0), 1.5


@dataclass(frozen=True)
class Laid:
    """A plan with the plots that are kept, nearest to the entry first.

    Attributes
    ----------
    part : number of the part it lies on.
    service : so many of the plots, the first, are those of service buildings.
    """

    part: int
    plan: Plan
    slots: tuple[Slot, ...]
    service: int


def service_plots(pitches: int, norm: LayoutNorm) -> int:
    """Plots of collective service buildings that so many pitches need; none where each pitch has its own."""
    return 0 if norm.own_building or not pitches else math.ceil(pitches / norm.service.high)


def pitches_of(plots: int, norm: LayoutNorm) -> int:
    """Pitches among so many plots, once the plots of service buildings are taken off."""
    pitches = plots
    while pitches and pitches + service_plots(pitches, norm) > plots:
        pitches -= 1
    return pitches


def draw(variant: Variant, laid: Sequence[Laid], parts: Sequence[Polygon], norm: LayoutNorm, spacing: float) -> Drawing:
    """The drawing of plans of several parts; a part without a plan is rest."""
    features: list[Feature] = []
    entries: list[BaseGeometry] = []
    unturned, number = 0, 0
    for at, part in enumerate(parts):
        mine = next((one for one in laid if one.part == at and one.slots), None)
        if mine is None:
            features.append(Feature("rest", part, {"area_m2": part.area, "reached": False}))
            continue
        found, left = _on_part(mine, part, norm, spacing, number)
        features += found
        number += sum(one.kind == "pitch" for one in found)
        unturned += left
        entries.append(shapely.Point(mine.plan.entry.x, mine.plan.entry.y))
    areas = [one.geometry.area for one in features if one.kind == "pitch"]
    return Drawing(
        variant,
        len(areas),
        (min(areas), max(areas)) if areas else None,
        spacing,
        tuple(features),
        tuple(entries),
        _balance(features),
        unturned,
    )


def _balance(features: Sequence[Feature]) -> dict[str, float]:
    names: dict[Kind, str] = {
        "pitch": "pitches", "road": "roads", "service_plot": "service", "green_edge": "green", "rest": "rest"
    }  # fmt: skip
    out = dict.fromkeys(names.values(), 0.0)
    for one in features:
        if one.kind in names:
            out[names[one.kind]] += one.geometry.area
    return out


def _on_part(laid: Laid, part: Polygon, norm: LayoutNorm, spacing: float, number: int) -> tuple[list[Feature], int]:
    """What is drawn on one part, and its dead ends without a turning arm."""
    plan = laid.plan
    frame, lanes, size = plan.frame, plan.lanes, plan.size
    boxes, unturned = roads(lanes, laid.slots, size)
    road = _road(plan, boxes)
    out: list[Feature] = []
    plots: list[Polygon] = []
    for at, slot in enumerate(laid.slots):
        box = slot_box(lanes[slot.lane], slot, size)
        plot = shapely.box(*box)
        plots.append(plot)
        if at < laid.service:
            out.append(_feature("service_plot", plot, plan))
            out.append(_feature("service_building", shapely.box(*_collective(lanes[slot.lane], slot, box)), plan))
            continue
        number += 1
        out.append(_feature("pitch", plot, plan, number=number))
        caravan, building = _on_pitch(lanes[slot.lane], slot, box, norm, spacing)
        out.append(_feature("caravan", caravan, plan, pitch=number))
        if norm.own_building:
            out.append(_feature("service_building", building, plan, pitch=number))
    used = shapely.union_all([road, *plots])
    edge = shapely.difference(shapely.difference(frame.part, frame.inner), used)
    rest = shapely.difference(shapely.intersection(frame.part, frame.inner), used)
    ground: list[Feature] = [_feature("road", road, plan)]
    for kind, shape in (("green_edge", edge), ("rest", rest)):
        pieces = [one for one in shapely.get_parts(shape) if one.geom_type == "Polygon"]
        if pieces:
            ground.append(_feature(kind, shapely.multipolygons(pieces), plan))
    return ground + out, unturned


def _feature(kind: Any, shape: BaseGeometry, plan: Plan, **properties: Any) -> Feature:
    return Feature(kind, plan.frame.to_ground(shape), {**properties, "area_m2": round(shape.area, 2)})


def _road(plan: Plan, boxes: Sequence[Box]) -> BaseGeometry:
    """Roads and the way in from the border, as one shape in the frame."""
    x0, x1, foot = plan.way_in
    ex, ey = plan.frame.to_frame(plan.entry.x, plan.entry.y)
    strip = shapely.box(x0, min(ey, foot) - 4 * (x1 - x0), x1, foot)
    pieces = [one for one in shapely.get_parts(shapely.intersection(plan.frame.part, strip)) if one.area > 0]
    joined = [one for one in pieces if one.bounds[3] >= foot - 1e-9 and one.distance(shapely.Point(ex, ey)) < 0.5]
    lanes = shapely.intersection(shapely.union_all(shapely.box(*zip(*boxes, strict=True))), plan.frame.part)
    return shapely.union_all([*joined, lanes])


def _corners(lane: Lane, slot: Slot, box: Box, u: tuple[float, float], away: tuple[float, float]) -> Box:
    """A rectangle on a pitch: from..to along the road from the pitch's start, from..to away from the road."""
    x0, y0, x1, y1 = box
    if lane.axis == "x":
        low, high = (y1 - away[1], y1 - away[0]) if slot.side == BELOW else (y0 + away[0], y0 + away[1])
        return x0 + u[0], low, x0 + u[1], high
    low, high = (x1 - away[1], x1 - away[0]) if slot.side == BELOW else (x0 + away[0], x0 + away[1])
    return low, y0 + u[0], high, y0 + u[1]


def _on_pitch(lane: Lane, slot: Slot, box: Box, norm: LayoutNorm, spacing: float) -> tuple[Polygon, Polygon]:
    """The caravan and the service building on a pitch.

    The caravan keeps half the distance to the edges of its pitch, so that no two come nearer than the whole of it.
    """
    half, front = spacing / 2, norm.road_distance.high
    caravan = _corners(
        lane, slot, box, (half, half + norm.stand_width.high), (front, front + norm.stand_length.high)
    )  # fmt: skip
    along = slot.end - slot.start
    depth = (box[3] - box[1]) if lane.axis == "x" else (box[2] - box[0])
    building = _corners(lane, slot, box, (along - _OWN[0], along), (depth - _OWN[1], depth))
    return shapely.box(*caravan), shapely.box(*building)


def _collective(lane: Lane, slot: Slot, box: Box) -> Box:
    """A service building in the middle of its plot."""
    along = slot.end - slot.start
    depth = (box[3] - box[1]) if lane.axis == "x" else (box[2] - box[0])
    wide, deep = min(_COLLECTIVE[0], along - 2 * _AROUND), min(_COLLECTIVE[1], depth - 2 * _AROUND)
    return _corners(
        lane, slot, box, ((along - wide) / 2, (along + wide) / 2), ((depth - deep) / 2, (depth + deep) / 2)
    )  # fmt: skip
