"""Coordinate systems of the OGC interface: what is asked for comes to EPSG:31370, what is stored leaves in what was asked.

Contract: every datum change is the pinned operation of `geodata.ingest.crs`; nothing is transformed inside PostGIS. Boxes
and shapes of a request are cut to Belgium and its waters first, where the operations hold: nothing lies elsewhere.
"""

from __future__ import annotations

import math
from threading import Lock
from typing import Any

import numpy as np
import shapely
from pyproj.enums import TransformDirection

from geodata.errors import UsageError
from geodata.ingest.crs import EXTENTS, STORAGE, operation_to_storage

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
LAMBERT_72 = "http://www.opengis.net/def/crs/EPSG/0/31370"
LAMBERT_2008 = "http://www.opengis.net/def/crs/EPSG/0/3812"
#: Address of a system -> its code and the decimals that leave: metres to the millimetre, degrees to about a centimetre.
SYSTEMS: dict[str, tuple[str, int]] = {
    CRS84: ("EPSG:4326", 7),
    LAMBERT_72: (STORAGE, 3),
    LAMBERT_2008: ("EPSG:3812", 3),
}
#: Straight edges of a box are curves in another system: so many pieces each.
_PIECES = 32
#: A box may reach a little over the border of what was ever loaded.
_MARGIN = 0.02
#: One operation is one object, and requests come in threads.
_one_at_a_time = Lock()


def system(address: str | None) -> str:
    """The system a request names, CRS84 where it names none.

    Raises
    ------
    UsageError
        For a system that is not offered.
    """
    chosen = address or CRS84
    if chosen not in SYSTEMS:
        raise UsageError(f"{chosen[:120]} is not offered here.", f"Systems: {', '.join(SYSTEMS)}.")
    return chosen


def box_of(text: str, address: str) -> Any:
    """A box as an area of EPSG:31370, empty where it lies outside Belgium.

    Parameters
    ----------
    text : four numbers, or six with heights, separated by commas; west may lie east of east, across the date line.
    address : system of the numbers.

    Raises
    ------
    UsageError
        When it is no box.
    """
    try:
        numbers = [float(one) for one in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) not in (4, 6) or not all(map(math.isfinite, numbers)):
        raise UsageError("bbox is no box.", "Give west,south,east,north.")
    west, south = numbers[:2]
    east, north = numbers[2:] if len(numbers) == 4 else numbers[3:5]
    if south > north or (west > east and address != CRS84):
        raise UsageError("bbox is no box.", "Give west,south,east,north.")
    if west > east:
        area = shapely.union(shapely.box(west, south, 180, north), shapely.box(-180, south, east, north))
    else:
        area = shapely.box(west, south, east, north)
    return to_storage(area, address)


def to_storage(shape: Any, address: str) -> Any:
    """A shape of a request in EPSG:31370, cut to Belgium and its waters."""
    code, _ = SYSTEMS[address]
    west, south, east, north = EXTENTS[code]
    aside, up = (east - west) * _MARGIN, (north - south) * _MARGIN
    frame = shapely.box(west - aside, south - up, east + aside, north + up)
    if not shapely.is_valid(shape):
        raise UsageError("The shape of the request crosses itself.", "Correct it and ask again.")
    kept = shapely.intersection(shape, frame)
    if kept.is_empty:
        return kept
    if code == STORAGE:
        return kept
    longest = max(np.ptp(shapely.get_coordinates(kept), axis=0).max() / _PIECES, 1e-9)
    return _moved(shapely.segmentize(kept, longest), code, TransformDirection.FORWARD, None)


def from_storage(shapes: Any, address: str) -> Any:
    """Stored shapes, array or one, in the system asked for, rounded to its decimals."""
    code, decimals = SYSTEMS[address]
    if code == STORAGE:
        return shapely.transform(shapes, lambda xy: np.round(xy, decimals))
    return _moved(shapes, code, TransformDirection.INVERSE, decimals)


def _moved(shapes: Any, code: str, direction: TransformDirection, decimals: int | None) -> Any:
    operation = operation_to_storage(code).transformer
    assert operation is not None  # the system of storage was handled before

    def move(xy: Any) -> Any:
        with _one_at_a_time:
            moved = np.column_stack(operation.transform(xy[:, 0], xy[:, 1], direction=direction))
        return moved if decimals is None else np.round(moved, decimals)

    return shapely.transform(shapes, move)
