"""Shapes on their way into the database: EWKB in both systems and a checksum, a whole part at a time.

Shapes of one ring, line or point, which nearly all are, are put together from their coordinates without taking them
apart one by one; the others go through the geometry library.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from geodata.database.wire import Joined, constant, join, strings
from geodata.ingest.as_read import Bytes, bytes_of
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
        self.column, self.row = int(west // GRID_M), int(south // GRID_M)
        self.across = int(east // GRID_M) - self.column + 2
        self.up = int(north // GRID_M) - self.row + 2
        x, y = np.meshgrid(self.column + np.arange(self.across), self.row + np.arange(self.up))
        known = np.stack(to_tiles().transform(GRID_M * x, GRID_M * y), axis=-1)
        self.cells = _cells(known[:-1, :-1], known[:-1, 1:], known[1:, :-1], known[1:, 1:]).reshape(-1, 8)

    def __call__(self, xy: NDArray[np.float64]) -> NDArray[np.float64]:
        """Coordinates in EPSG:3857, shape (n, 2)."""
        place = xy / GRID_M
        at = np.floor(place).astype(np.int64)
        column = np.clip(at[:, 0] - self.column, 0, self.across - 2)
        row = np.clip(at[:, 1] - self.row, 0, self.up - 2)
        return _between(place, at, self.cells[row * (self.across - 1) + column])


def few_on_grid(xy: NDArray[np.float64]) -> NDArray[np.float64]:
    """What `TileGrid` gives, to the last bit, where only few cells of a wide area are asked for."""
    place = xy / GRID_M
    at = np.floor(place).astype(np.int64)
    asked, which = np.unique(at, axis=0, return_inverse=True)
    known = [
        np.column_stack(to_tiles().transform(GRID_M * (asked[:, 0] + east), GRID_M * (asked[:, 1] + north)))
        for east, north in ((0, 0), (1, 0), (0, 1), (1, 1))
    ]
    return _between(place, at, _cells(*known)[which.reshape(-1)])


def _cells(a: Any, b: Any, c: Any, d: Any) -> NDArray[np.float64]:
    """Cells by their corners, from the south-west: corner, step east, step north, twist; each x and y."""
    found: NDArray[np.float64] = np.concatenate([a, b - a, c - a, a + d - b - c], axis=-1)
    return found


def _between(place: NDArray[np.float64], at: NDArray[np.int64], cell: NDArray[np.float64]) -> NDArray[np.float64]:
    east, north = (place[:, 0] - at[:, 0])[:, None], (place[:, 1] - at[:, 1])[:, None]
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

    def __init__(self, geometry: GeometryArray, raw: Raw | None = None, *, register: bool = False) -> None:
        self.geometry = geometry
        corners = int(shapely.get_num_coordinates(geometry).sum())
        self.grid: TileGrid | None = None
        if corners:
            bounds = shapely.total_bounds(geometry)
            # Few corners over a wide area: the operation itself is quicker.
            cells = (bounds[2] - bounds[0]) / GRID_M * (bounds[3] - bounds[1]) / GRID_M
            if cells < corners / 8:
                self.grid = TileGrid(*bounds)
        self.raw, self.register = raw, register

    def checksum(self, start: int, stop: int) -> NDArray[np.uint64]:
        """Checksums of rows `start` to `stop`."""
        if self.register:
            return self.part(start, stop).checksum
        found: NDArray[np.uint64] = pd.util.hash_array(shapely.to_wkb(self.geometry[start:stop]), categorize=False)
        return found

    def part(self, start: int, stop: int, *, last: bool = False) -> Landed:
        """Rows `start` to `stop`; `last`: nobody asks for them again, so that their shapes can be let go."""
        landed = self.raw.part(start, stop, self.grid) if self.raw and self.grid else None
        if landed is not None:
            if last:
                self.geometry[start:stop] = None
            return landed
        landed = self._drawn(start, stop)
        if not self.register:
            return landed
        # The same checksum, whichever way a shape went.
        return replace(landed, checksum=_sums(join(landed.geom.pieces)))

    def _moved(self, xy: NDArray[np.float64]) -> NDArray[np.float64]:
        """Corners in EPSG:3857. Of a register all on the grid: one shared with a row of before stays shared."""
        if self.grid is not None:
            return self.grid(xy)
        return few_on_grid(xy) if self.register else np.column_stack(to_tiles().transform(xy[:, 0], xy[:, 1]))

    def _drawn(self, start: int, stop: int) -> Landed:
        shapes = self.geometry[start:stop]
        wkb = shapely.to_wkb(shapes)
        kinds = shapely.get_type_id(shapes)
        checksum: NDArray[np.uint64] = pd.util.hash_array(wkb, categorize=False)
        xy, row = shapely.get_coordinates(shapes, return_index=True)
        counts = np.bincount(row, minlength=len(shapes)).astype(np.int64)
        moved = self._moved(xy)
        kind = int(kinds[0]) if len(kinds) and (kinds == kinds[0]).all() else -1
        sizes = np.fromiter(map(len, wkb), dtype=np.int64, count=len(wkb))
        if kind in _BEFORE and (sizes == 16 * counts + _ahead(kind)).all():
            ends = np.concatenate([[0], np.cumsum(counts)]) * 16
            stored, tiled = (_simple(kind, srid, counts, at, ends) for srid, at in ((STORED, xy), (TILED, moved)))
            return Landed(stored, tiled, checksum)
        there = shapely.to_wkb(shapely.set_coordinates(shapes.copy(), moved))
        return Landed(_any(wkb, kinds, STORED), _any(there, kinds, TILED), checksum)


@dataclass(frozen=True)
class Raw:
    """Polygons of a register as they stand in its file.

    Attributes
    ----------
    wkb : shapes of the file.
    at : place of each row in `wkb`, shape (n,).
    repaired : rows whose shape is another by now, shape (n,).
    """

    wkb: Bytes
    at: NDArray[np.int64]
    repaired: NDArray[np.bool_]

    def part(self, start: int, stop: int, grid: TileGrid) -> Landed | None:
        """Rows `start` to `stop` in compiled code; None where one of them is repaired or no plain polygon."""
        from geodata.ingest.compiled import to_wire, wire_sizes

        if self.repaired[start:stop].any():
            return None
        at = self.at[start:stop]
        if not len(at):
            return None
        data, begins, sizes = self.wkb.take(at)
        ends = np.zeros(len(at) + 1, dtype=np.int64)
        if not wire_sizes(data, begins, sizes, ends):
            return None
        stored, tiled = np.empty(int(ends[-1]), dtype=np.uint8), np.empty(int(ends[-1]), dtype=np.uint8)
        for out, srid in ((stored, STORED), (tiled, TILED)):
            out[: len(_head(6, srid))] = np.frombuffer(_head(6, srid), dtype=np.uint8)
        place = np.array([grid.column, grid.row, GRID_M, grid.across, grid.up], dtype=np.float64)
        if not to_wire(data, begins, sizes, ends, place, grid.cells, stored, tiled):
            return None
        first, second = strings(stored, ends), strings(tiled, ends)
        return Landed(Joined([first], np.diff(ends)), Joined([second], np.diff(ends)), _sums(first))


def _sums(texts: Any) -> NDArray[np.uint64]:
    """Checksum of each byte string, in compiled code."""
    from geodata.ingest.compiled import checksums

    data, ends = bytes_of(texts)
    out: NDArray[np.uint64] = np.zeros(len(texts), dtype=np.uint64)
    checksums(data, ends, np.uint64(0), out)
    return out


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


def row_checksums(
    pieces: list[Any], shapes: NDArray[np.uint64] | None, rows: int, *, register: bool = False
) -> NDArray[np.int64]:
    """Checksum of each row: of its columns on the wire and of its shape; the same for the same in every version.

    `register`: in compiled code, which starts slowly; the checksum is another one.
    """
    whole: NDArray[np.uint64] = np.zeros(rows, dtype=np.uint64)
    if rows:
        joined = join([*pieces, strings(np.empty(0, dtype=np.uint8), np.zeros(rows + 1, dtype=np.int64))])
        plain = not register
        whole = pd.util.hash_array(joined.to_numpy(zero_copy_only=False), categorize=False) if plain else _sums(joined)
    if shapes is not None:
        whole = whole * np.uint64(0x9E3779B97F4A7C15) + shapes
    return whole.view(np.int64)
