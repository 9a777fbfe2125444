"""What must hold of every drawing, checked on its geometry alone.

Contract: pure; reads only the finished shapes, not how they were made. Distances in metres, areas in square metres.
"""

from __future__ import annotations

from collections.abc import Sequence

import shapely
from shapely.geometry.base import BaseGeometry

from sites.candidates.layout.model import BALANCE, Drawing
from sites.candidates.layout.norm import LayoutNorm

#: Rounding that counts for nothing: metres, and square metres.
LENGTH, AREA = 1e-6, 1e-6
#: Least frontage of a pitch on the road, metres: a towed caravan passes.
_FRONTAGE = 3.0
#: The road comes within this of the way in, metres.
_AT_ENTRY = 0.5


def faults(drawing: Drawing, remainder: BaseGeometry, norm: LayoutNorm) -> list[str]:
    """Rules the drawing breaks, by name; empty where it is sound."""
    pitches, caravans = drawing.of("pitch"), drawing.of("caravan")
    road, plots = drawing.of("road"), drawing.of("service_plot")
    found = []
    if abs(sum(drawing.balance[name] for name in BALANCE) - remainder.area) > AREA:
        found.append("balance")
    if not pitches:
        return found
    ground = remainder.buffer(LENGTH)
    if not all(ground.covers(one) for one in [*pitches, *road, *plots]):
        found.append("outside")
    if _overlap([*pitches, *road, *plots]):
        found.append("overlap")
    low, high = norm.pitch_area.low, norm.pitch_area.high
    if any(not low - AREA <= one.area <= high + AREA for one in pitches):
        found.append("pitch_area")
    if len(caravans) != len(pitches) or not all(
        pitch.buffer(LENGTH).covers(caravan) for pitch, caravan in zip(pitches, caravans, strict=True)
    ):
        found.append("caravan_off_pitch")
    if _nearest(caravans) < max(drawing.spacing_m, norm.spacing.low) - LENGTH:
        found.append("spacing")
    border = remainder.boundary
    if any(border.distance(one) < norm.green_edge.low - LENGTH for one in [*pitches, *plots]):
        found.append("green_edge")
    roads = shapely.union_all(road)
    if any(roads.distance(one) < norm.road_distance.low - LENGTH for one in caravans):
        found.append("road_distance")
    if any(_frontage(one, roads) < _FRONTAGE for one in [*pitches, *plots]):
        found.append("not_on_road")
    if any(min((one.distance(entry) for entry in drawing.entries), default=1e9) > _AT_ENTRY for one in _pieces(roads)):
        found.append("road_not_reached")
    return found


def _pieces(roads: BaseGeometry) -> list[BaseGeometry]:
    """Connected pieces of the roads; a touch within the rounding connects."""
    return list(shapely.get_parts(roads.buffer(LENGTH, join_style="mitre")))


def _frontage(pitch: BaseGeometry, roads: BaseGeometry) -> float:
    """Metres of a pitch's border along the road."""
    return float(shapely.intersection(pitch.boundary, roads.buffer(1e-4)).length)


def _overlap(shapes: Sequence[BaseGeometry]) -> bool:
    tree = shapely.STRtree(shapes)
    first, second = tree.query(shapes, predicate="intersects")
    pairs = first < second
    areas = shapely.area(shapely.intersection(tree.geometries[first[pairs]], tree.geometries[second[pairs]]))
    return bool((areas > AREA).any())


def _nearest(shapes: Sequence[BaseGeometry]) -> float:
    """Least distance between two of the shapes; infinite where there are fewer."""
    tree = shapely.STRtree(shapes)
    first, second = tree.query(shapes, predicate="dwithin", distance=25.0)
    pairs = first < second
    if not pairs.any():
        return float("inf")
    return float(shapely.distance(tree.geometries[first[pairs]], tree.geometries[second[pairs]]).min())
