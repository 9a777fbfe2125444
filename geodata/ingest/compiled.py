"""Compiled loops over bytes that come in columns: checksums of byte strings, and shapes on the wire from their WKB.

Everything here works on little-endian WKB of polygons in two dimensions, as `read` lets through. A row that is
anything else is told by `False`, and the caller takes the way over the geometry library.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from geodata.measure.jit import njit

_STEP, _FIRST, _SECOND = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_POLYGON, _MULTIPOLYGON = 3, 6
#: Bytes of a shape before what follows its type, and of a point.
_HEAD, _POINT = 5, 16


@njit
def mixed(value: Any) -> Any:
    """A number of 64 bits spread evenly over all (the end of splitmix64)."""
    value = (value ^ (value >> np.uint64(30))) * _FIRST
    value = (value ^ (value >> np.uint64(27))) * _SECOND
    return value ^ (value >> np.uint64(31))


@njit
def checksums(data: Any, ends: Any, seed: Any, out: Any) -> None:
    """Checksum of each byte string, joined with what stands in `out` already.

    Parameters
    ----------
    data : bytes, uint8.
    ends : n + 1 offsets into `data`.
    seed : uint64; tells columns apart.
    out : uint64, shape (n,).
    """
    for row in range(len(ends) - 1):
        total = mixed(out[row] + seed + np.uint64(ends[row + 1] - ends[row]) * _STEP)
        at, stop = ends[row], ends[row + 1]
        word, shift, place = np.uint64(0), np.uint64(0), np.uint64(1)
        while at + 8 <= stop:
            word = np.uint64(0)
            for byte in range(8):
                word |= np.uint64(data[at + byte]) << np.uint64(8 * byte)
            total += mixed(word + place * _STEP)
            place += np.uint64(1)
            at += 8
        word = np.uint64(0)
        while at < stop:
            word |= np.uint64(data[at]) << shift
            shift += np.uint64(8)
            at += 1
        out[row] = mixed(total + mixed(word + place * _STEP))


@njit
def number_checksums(values: Any, seed: Any, out: Any) -> None:
    """Checksum of each number of 64 bits, joined with what stands in `out` already."""
    for row in range(len(values)):
        out[row] = mixed(out[row] + seed + mixed(values[row] + _STEP))


@njit
def _count(data: Any, at: Any) -> Any:
    """A number of four bytes."""
    return (
        np.int64(data[at]) | np.int64(data[at + 1]) << 8 | np.int64(data[at + 2]) << 16 | np.int64(data[at + 3]) << 24
    )


@njit
def wire_sizes(data: Any, starts: Any, sizes: Any, ends: Any) -> Any:
    """Offsets of the shapes as EWKB of multipolygons into `ends`, shape (n + 1,); False where one is none."""
    ends[0] = 0
    for row in range(len(starts)):
        if sizes[row] < _HEAD + 4 or data[starts[row]] != 1:
            return False
        kind = _count(data, starts[row] + 1)
        if kind != _POLYGON and kind != _MULTIPOLYGON:
            return False
        # Four bytes of SRID, and a polygon alone becomes the only part of several.
        ends[row + 1] = ends[row] + sizes[row] + 4 + (9 if kind == _POLYGON else 0)
    return True


@njit
def to_wire(data: Any, starts: Any, sizes: Any, ends: Any, grid: Any, cells: Any, stored: Any, tiled: Any) -> Any:
    """Shapes as EWKB in EPSG:31370 and EPSG:3857; False where the bytes are no polygon.

    Parameters
    ----------
    data, starts, sizes : WKB of each row.
    ends : from `wire_sizes`.
    grid, cells : first column and row, cell size, points across and up; by cell corner, step east, step north, twist.
    stored, tiled : uint8, filled; their first nine bytes hold the head of a shape.
    """
    head, other = stored[:9].copy(), tiled[:9].copy()
    raw = np.empty(_POINT, dtype=np.uint8)
    xy = raw.view(np.float64)
    for row in range(len(starts)):
        start, stop, to = starts[row], starts[row] + sizes[row], ends[row]
        for byte in range(9):
            stored[to + byte] = head[byte]
            tiled[to + byte] = other[byte]
        to += 9
        at, parts = start + _HEAD, np.int64(1)
        if _count(data, start + 1) == _POLYGON:
            for byte in range(9):
                stored[to + byte] = data[start + byte - 4] if byte >= 4 else np.uint8(1 if byte == 0 else 0)
            to += 9
        else:
            parts = _count(data, at)
        for byte in range(stop - at):
            stored[to + byte] = data[at + byte]
        # All is copied, then the points of the copy are moved.
        for byte in range(ends[row] + 9, ends[row + 1]):
            tiled[byte] = stored[byte]
        at = ends[row] + 13
        for _ in range(parts):
            if at + 9 > ends[row + 1] or _count(tiled, at + 1) != _POLYGON:
                return False
            rings = _count(tiled, at + _HEAD)
            at += _HEAD + 4
            for _ in range(rings):
                if at + 4 > ends[row + 1]:
                    return False
                points = _count(tiled, at)
                at += 4
                if points < 0 or at + _POINT * points > ends[row + 1]:
                    return False
                _move(tiled, at, at + _POINT * points, grid, cells, raw, xy)
                at += _POINT * points
        if at != ends[row + 1]:
            return False
    return True


@njit
def _move(data: Any, start: Any, stop: Any, grid: Any, cells: Any, raw: Any, xy: Any) -> None:
    """Move points, as bytes, to where the grid has them; `raw` and `xy` are the same 16 bytes.

    Coordinates in a file are aligned to nothing, so that each point is read and written by way of these.
    """
    for at in range(start, stop, _POINT):
        for byte in range(_POINT):
            raw[byte] = data[at + byte]
        across, up = xy[0] / grid[2], xy[1] / grid[2]
        column: Any = min(max(np.int64(np.floor(across) - grid[0]), 0), np.int64(grid[3]) - 2)
        row: Any = min(max(np.int64(np.floor(up) - grid[1]), 0), np.int64(grid[4]) - 2)
        cell = row * (np.int64(grid[3]) - 1) + column
        east, north = across - np.floor(across), up - np.floor(up)
        xy[0] = cells[cell, 0] + east * cells[cell, 2] + north * (cells[cell, 4] + east * cells[cell, 6])
        xy[1] = cells[cell, 1] + east * cells[cell, 3] + north * (cells[cell, 5] + east * cells[cell, 7])
        for byte in range(_POINT):
            data[at + byte] = raw[byte]
