"""Shapes on their way into the database: EWKB in both systems and a checksum, a whole part at a time.

Shapes of one ring, line or point, which nearly all are, are put together from their coordinates without taking them
apart one by one; the others go through the geometry library.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from geodata.database.wire import Joined, constant, join, strings
from geodata.ingest.crs import to_tiles
from geodata.measure.inputs import GeometryArray

STORED, TILED = 31370, 3857
#: Distance between the known points of `TileGrid`, metres; between them it is off by less than 3 mm.
GRID_M = 250.0
#: Type of shape of the geometry library -> of WKB, where a ring is none of its own.
_WKB = (1, 2, 2, 3, 4, 5, 6, 7)
_SRID_FLAG = 0x20000000
_POINT, _ONE = 0, struct.pack("<I", 1)
#: Type of shape -> WKB between its type and its number of points, where it has one part and one ring.
_BEFORE = {
    _POINT: b"",
    1: b"",
    3: _ONE,
    5: _ONE + struct.pack("<BI", 1, 2),
    6: _ONE + struct.pack("<BI", 1, 3) + _ONE,
}


class TileGrid:
    """EPSG:31370 to EPSG:3857 between known points of the pinned operation.

    Only for the copy that tiles are cut from, which is never measured: a transformation of every corner takes longer
    than all the rest of a load. Every point of the plane has one answer, so that shared borders stay shared.
    """

    def __init__(self, west: float, south: float, east: float, north: float) -> None:
        self.west, self.south = np.floor(west / GRID_M) * GRID_M, np.floor(south / GRID_M) * GRID_M
        self.across = int((east - self.west) // GRID_M) + 2
        self.up = int((north - self.south) // GRID_M) + 2
        x, y = np.meshgrid(
            self.west + GRID_M * np.arange(self.across), self.south + GRID_M * np.arange(self.up)
        )  # fmt: skip
        known = np.stack(to_tiles().transform(x, y), axis=-1)
        a, b, c, d = known[:-1, :-1], known[:-1, 1:], known[1:, :-1], known[1:, 1:]
        # By cell: corner, step east, step north, twist; each x and y.
        self.cells = np.concatenate([a, b - a, c - a, a + d - b - c], axis=-1).reshape(-1, 8)

    def __call__(self, xy: NDArray[np.float64]) -> NDArray[np.float64]:
        """Coordinates in EPSG:3857, shape (n, 2)."""
        across, up = (xy[:, 0] - self.west) / GRID_M, (xy[:, 1] - self.south) / GRID_M
        column = np.clip(across.astype(np.int64), 0, self.across - 2)
        row = np.clip(up.astype(np.int64), 0, self.up - 2)
        cell = self.cells[row * (self.across - 1) + column]
        east, north = (across - column)[:, None], (up - row)[:, None]
        moved: NDArray[np.float64] = cell[:, 0:2] + east * cell[:, 2:4] + north * (cell[:, 4:6] + east * cell[:, 6:8])
        return moved


@dataclass(frozen=True)
class Landed:
    """One part of the shapes of a table: both copies on the wire and a checksum of each shape."""

    geom: Joined
    geom_3857: Joined
    checksum: NDArray[np.uint64]


class Shapes:
    """Shapes of one table, EPSG:31370, encoded part by part."""

    def __init__(self, geometry: GeometryArray) -> None:
        self.geometry = geometry
        corners = int(shapely.get_num_coordinates(geometry).sum())
        self.grid: TileGrid | None = None
        if corners:
            bounds = shapely.total_bounds(geometry)
            # Few corners over a wide area: the operation itself is quicker.
            cells = (bounds[2] - bounds[0]) / GRID_M * (bounds[3] - bounds[1]) / GRID_M
            if cells < corners / 8:
                self.grid = TileGrid(*bounds)

    def checksum(self, start: int, stop: int) -> NDArray[np.uint64]:
        """Checksums of rows `start` to `stop`."""
        found: NDArray[np.uint64] = pd.util.hash_array(shapely.to_wkb(self.geometry[start:stop]), categorize=False)
        return found

    def part(self, start: int, stop: int) -> Landed:
        """Rows `start` to `stop`."""
        shapes = self.geometry[start:stop]
        wkb = shapely.to_wkb(shapes)
        kinds = shapely.get_type_id(shapes)
        checksum: NDArray[np.uint64] = pd.util.hash_array(wkb, categorize=False)
        xy, row = shapely.get_coordinates(shapes, return_index=True)
        counts = np.bincount(row, minlength=len(shapes)).astype(np.int64)
        moved = self.grid(xy) if self.grid else np.column_stack(to_tiles().transform(xy[:, 0], xy[:, 1]))
        kind = int(kinds[0]) if len(kinds) and (kinds == kinds[0]).all() else -1
        sizes = np.fromiter(map(len, wkb), dtype=np.int64, count=len(wkb))
        if kind in _BEFORE and (sizes == 16 * counts + _ahead(kind)).all():
            ends = np.concatenate([[0], np.cumsum(counts)]) * 16
            stored, tiled = (_simple(kind, srid, counts, at, ends) for srid, at in ((STORED, xy), (TILED, moved)))
            return Landed(stored, tiled, checksum)
        there = shapely.to_wkb(shapely.set_coordinates(shapes.copy(), moved))
        return Landed(_any(wkb, kinds, STORED), _any(there, kinds, TILED), checksum)


def _ahead(kind: int) -> int:
    """Bytes of WKB before the coordinates of a shape of one part and one ring."""
    return 5 + len(_BEFORE[kind]) + 4 * (kind != _POINT)


def _simple(
    kind: int, srid: int, counts: NDArray[np.int64], xy: NDArray[np.float64], ends: NDArray[np.int64]
) -> Joined:
    """Shapes of one part and one ring from their coordinates."""
    pieces = [constant(_head(kind, srid) + _BEFORE[kind])]
    if kind != _POINT:
        pieces.append(strings(counts.astype("<u4"), np.arange(0, 4 * len(counts) + 1, 4, dtype=np.int64)))
    pieces.append(strings(np.ascontiguousarray(xy), ends))
    return Joined(pieces, np.diff(ends) + _ahead(kind) + 4)


def _any(wkb: Any, kinds: NDArray[np.int32], srid: int) -> Joined:
    """Shapes of any kind: the five bytes at the front of their WKB become nine."""
    heads = [_head(kind, srid) for kind in range(8)]
    whole = [heads[kind] + one[5:] for kind, one in zip(kinds, wkb, strict=True)]
    sizes = np.fromiter(map(len, whole), dtype=np.int64, count=len(whole))
    return Joined([pa.array(whole, type=pa.large_binary())], sizes)


def _head(kind: int, srid: int) -> bytes:
    return struct.pack("<BII", 1, _WKB[kind] | _SRID_FLAG, srid)


def row_checksums(pieces: list[Any], shapes: NDArray[np.uint64] | None, rows: int) -> NDArray[np.int64]:
    """Checksum of each row: of its columns on the wire and of its shape; the same for the same in every version."""
    whole: NDArray[np.uint64] = np.zeros(rows, dtype=np.uint64)
    if rows:
        joined = join([*pieces, strings(np.empty(0, dtype=np.uint8), np.zeros(rows + 1, dtype=np.int64))])
        whole = pd.util.hash_array(joined.to_numpy(zero_copy_only=False), categorize=False)
    if shapes is not None:
        whole = whole * np.uint64(0x9E3779B97F4A7C15) + shapes
    return whole.view(np.int64)
