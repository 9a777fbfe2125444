"""Cut large areas into pieces that an index can tell apart.

A flood area of a whole valley has a hundred thousand corners and a box as large as a province: every parcel in the box
would be compared with all of them. The pieces together are the area; where two pieces meet, or two areas of one class
lie over each other, a measurement counts the place once.
"""

from __future__ import annotations

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geodata.ingest.table import Work

#: Corners of the largest shape that is kept whole, and of a piece.
LARGEST = 4_096
#: Tables whose shapes may be cut: areas of layers. A parcel, building or municipality is one thing.
CUT = ("zone", "constraint_area")
#: Pieces are not made smaller than this, metres, however many corners they have.
_SMALLEST_M = 20.0


def cut_large(work: Work) -> Work:
    """The same rows with every large area in several rows that share all their columns."""
    if work.table not in CUT or work.geometry is None:
        return work
    large = (shapely.get_num_coordinates(work.geometry) > LARGEST) & (shapely.get_dimensions(work.geometry) == 2)
    if not large.any():
        return work
    rows: list[int] = []
    shapes: list[BaseGeometry] = []
    for row, shape in enumerate(work.geometry):
        pieces = pieces_of(shape) if large[row] else [shape]
        rows += [row] * len(pieces)
        shapes += pieces
    at = np.array(rows, dtype=np.int64)
    columns = {name: values[at] for name, values in work.columns.items()}
    return Work(work.table, columns, np.array(shapes, dtype=object), work.row[at])


def pieces_of(area: BaseGeometry, largest: int = LARGEST) -> list[BaseGeometry]:
    """Multipolygons of at most `largest` corners that together are the area, cut along lines of whole metres."""
    done: list[BaseGeometry] = []
    waiting = [one for one in shapely.get_parts(area) if not shapely.is_empty(one)]
    # Small parts of one area stay together: one row each would be as bad as one row for all.
    small = [one for one in waiting if shapely.get_num_coordinates(one) <= largest]
    waiting = [one for one in waiting if shapely.get_num_coordinates(one) > largest]
    done += _together(small, largest)
    while waiting:
        one = waiting.pop()
        for half in _halves(one):
            whole = shapely.get_num_coordinates(half) <= largest or _extent(half) <= _SMALLEST_M
            (done if whole else waiting).append(half)
    return [one if one.geom_type == "MultiPolygon" else shapely.multipolygons([one]) for one in done]


def _together(parts: list[BaseGeometry], largest: int) -> list[BaseGeometry]:
    """Parts that lie near each other, as multipolygons of at most `largest` corners."""
    if not parts:
        return []
    shapes = np.array(parts, dtype=object)
    centres = shapely.get_coordinates(shapely.centroid(shapes))
    order = np.lexsort((centres[:, 0], np.floor(centres[:, 1] / 1_000)))
    groups, total = np.zeros(len(shapes), dtype=np.int64), 0
    at = 0
    for place in order:
        corners = int(shapely.get_num_coordinates(shapes[place]))
        if total and total + corners > largest:
            at, total = at + 1, 0
        groups[place], total = at, total + corners
    return [shapely.multipolygons(shapes[groups == one]) for one in range(at + 1)]


def _extent(area: BaseGeometry) -> float:
    west, south, east, north = area.bounds
    return float(max(east - west, north - south))


def _halves(area: BaseGeometry) -> list[BaseGeometry]:
    """The polygons on both sides of the middle of the longer side."""
    west, south, east, north = area.bounds
    if east - west >= north - south:
        middle = _whole((west + east) / 2, west, east)
        boxes = shapely.box(west, south, middle, north), shapely.box(middle, south, east, north)
    else:
        middle = _whole((south + north) / 2, south, north)
        boxes = shapely.box(west, south, east, middle), shapely.box(west, middle, east, north)
    found = []
    for box in boxes:
        # Quick, but may leave a ring that touches itself; then the exact way.
        half = shapely.clip_by_rect(area, *box.bounds)
        if not shapely.is_valid(half):
            half = shapely.intersection(area, box)
        parts = shapely.get_parts(half)
        found += [one for one in shapely.get_parts(parts) if one.geom_type == "Polygon" and not one.is_empty]
    return found


def _whole(middle: float, low: float, high: float) -> float:
    """The middle as a whole metre where that lies between both ends."""
    whole = float(round(middle))
    return whole if low < whole < high else middle
