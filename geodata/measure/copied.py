"""Shapes out of PostGIS straight into flat arrays: binary COPY, no geometry object on the way.

Contract: a query gives whole numbers, for some readers a text, and then one shape per row; they come back as arrays in
the order of the query. Rings are turned as `FlatPolygons` wants them. Z and M are not expected: the tables have none.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

import numpy as np
import psycopg
import pyarrow as pa
import shapely
from numpy.typing import NDArray
from psycopg import sql

from geodata.errors import DatabaseError
from geodata.measure.flat import FlatPolygons, offsets_of
from geodata.measure.jit import HAVE_NUMBA, njit

Connection = psycopg.Connection[Any]
Query = sql.SQL | sql.Composed

#: Bytes before the first row when there is no extension: signature, flags, length of the extension.
_HEAD = 19
_LINE, _POLYGON, _MULTI = 2, 3, 6


def read_flat(
    connection: Connection, query: Query, parameters: dict[str, Any], numbers: int = 1
) -> tuple[NDArray[np.int64], FlatPolygons]:
    """Rows of a query as numbers and polygons.

    Parameters
    ----------
    query : gives `numbers` columns of type bigint, none NULL, then `geom`, EPSG:31370.

    Returns
    -------
    Numbers, shape (n, numbers), and n polygons.

    Raises
    ------
    DatabaseError
        When a row is not of that form.
    """
    if not HAVE_NUMBA:
        return _slowly(connection, query, parameters, numbers)
    return _parsed(_copied(connection, query, parameters), _HEAD, numbers)


def read_named(
    connection: Connection, query: Query, parameters: dict[str, Any], numbers: tuple[str, ...], text: str
) -> tuple[NDArray[np.int64], NDArray[Any], FlatPolygons]:
    """Rows of a query as numbers (n, k), texts (object array) and polygons, sent as three values and not row by row.

    Parameters
    ----------
    query : gives columns of type bigint called `numbers`, a text called `text`, none NULL, and `geom`, EPSG:31370.
        Of all rows together not more than a gigabyte.
    """
    sent = sql.SQL(" || ").join(sql.SQL("int8send({})").format(sql.Identifier(name)) for name in numbers)
    whole = sql.SQL(
        """SELECT string_agg({sent} || int8send(octet_length({text})), ''::bytea), string_agg({text}, ''),
                  string_agg(ST_AsBinary(geom, 'NDR'), ''::bytea) FROM ({query}) q"""
    ).format(sent=sent, text=sql.Identifier(text), query=query)
    (row,) = connection.execute(whole, parameters, binary=True).fetchall()
    table = np.frombuffer(row[0] or b"", dtype=">i8").reshape(-1, len(numbers) + 1).astype(np.int64)
    ends = offsets_of(table[:, -1])
    letters = (row[1] or "").encode()
    texts = pa.Array.from_buffers(pa.large_string(), len(table), [None, pa.py_buffer(ends), pa.py_buffer(letters)])
    data = np.frombuffer(row[2] or b"", dtype=np.uint8)
    _, polygons = _parsed(data, 0, -1) if HAVE_NUMBA else _split(data)
    return table[:, :-1], texts.to_numpy(zero_copy_only=False), polygons


def _parsed(data: NDArray[np.uint8], head: int, numbers: int) -> tuple[NDArray[np.int64], FlatPolygons]:
    """Numbers and polygons of rows of COPY, or polygons one after the other where `numbers` is -1."""
    counted = _count(data, head, numbers)
    if counted[0] < 0:
        raise DatabaseError(
            f"Row {-counted[0]} of a layer is no polygon.", "Check the database: standplaats db status."
        )
    rows, parts, rings, points = (int(one) for one in counted)
    found = np.empty((rows, max(numbers, 0)), dtype=np.int64)
    xy = np.empty((points, 2))
    part_of, ring_of, point_of = (np.zeros(count + 1, dtype=np.int64) for count in (rows, parts, rings))
    _fill(data, head, numbers, found, xy.view(np.uint8).reshape(-1), part_of, ring_of, point_of)
    _turn(xy, point_of, ring_of)
    return found, FlatPolygons(xy, point_of, ring_of, part_of)


def _split(data: NDArray[np.uint8]) -> tuple[None, FlatPolygons]:
    """Polygons one after the other, without compiled code: a collection has the same bytes after its head."""
    return None, FlatPolygons.from_shapely(shapely.from_wkb(list(_each(data.tobytes()))))


def _each(data: bytes) -> Iterator[bytes]:
    """WKB of each polygon of several that follow each other."""
    at = 0
    while at < len(data):
        begin = at
        kind, several = struct.unpack_from("<II", data, at + 1)
        starts = range(several) if kind == _MULTI else range(1)
        at += 9 if kind == _MULTI else 0
        for _ in starts:
            (rings,) = struct.unpack_from("<I", data, at + 5)
            at += 9
            for _ in range(rings):
                (points,) = struct.unpack_from("<I", data, at)
                at += 4 + 16 * points
        yield data[begin:at]


def read_paths(
    connection: Connection, query: Query, parameters: dict[str, Any], numbers: int = 1
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]:
    """Rows of a query that gives numbers and then one LINESTRING: numbers, coordinates (v, 2), offsets (n + 1,).

    Raises
    ------
    DatabaseError
        When a row is not of that form.
    """
    if not HAVE_NUMBA:
        return _paths_slowly(connection, query, parameters, numbers)
    data = _copied(connection, query, parameters)
    rows, points = (int(one) for one in _count_paths(data, _HEAD, numbers))
    if rows < 0:
        raise DatabaseError(f"Row {-rows} of a layer is no line.", "Check the database: standplaats db status.")
    found, xy, ends = np.empty((rows, numbers), np.int64), np.empty((points, 2)), np.zeros(rows + 1, np.int64)
    _fill_paths(data, _HEAD, numbers, found, xy.view(np.uint8).reshape(-1), ends)
    return found, xy, ends


def read_points(
    connection: Connection, query: Query, parameters: dict[str, Any]
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Rows of a query that gives a bigint and three double precisions (x, y, a value), none NULL.

    Returns
    -------
    Numbers (n,), places (n, 2), values (n,).
    """
    data = _copied(connection, query, parameters)[_HEAD:-2]
    rows = data.view(_POINT)
    places = np.stack([rows["x"], rows["y"]], axis=1).astype(np.float64)
    return rows["number"].astype(np.int64), places, rows["value"].astype(np.float64)


#: A row of a number, two coordinates and a value on the wire, each field after its length.
_POINT = np.dtype([
    ("fields", ">i2"), ("l1", ">i4"), ("number", ">i8"), ("l2", ">i4"), ("x", ">f8"), ("l3", ">i4"), ("y", ">f8"),
    ("l4", ">i4"), ("value", ">f8"),
])  # fmt: skip


def _copied(connection: Connection, query: Query, parameters: dict[str, Any]) -> NDArray[np.uint8]:
    statement = sql.SQL("COPY ({}) TO STDOUT (FORMAT BINARY)").format(query)
    with connection.cursor() as cursor, cursor.copy(statement, parameters) as copy:
        blocks = list(copy)
    return np.frombuffer(b"".join(blocks), dtype=np.uint8)


def _slowly(
    connection: Connection, query: Query, parameters: dict[str, Any], numbers: int
) -> tuple[NDArray[np.int64], FlatPolygons]:
    rows = connection.execute(
        sql.SQL("SELECT q.*, ST_AsBinary(q.geom) FROM ({}) q").format(query), parameters
    ).fetchall()
    found = np.array([row[:numbers] for row in rows], dtype=np.int64).reshape(len(rows), numbers)
    return found, FlatPolygons.from_shapely(shapely.from_wkb(np.array([bytes(row[-1]) for row in rows], dtype=object)))


def _paths_slowly(
    connection: Connection, query: Query, parameters: dict[str, Any], numbers: int
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]:
    rows = connection.execute(
        sql.SQL("SELECT q.*, ST_AsBinary(q.geom) FROM ({}) q").format(query), parameters
    ).fetchall()
    shapes = shapely.from_wkb(np.array([bytes(row[-1]) for row in rows], dtype=object))
    found = np.array([row[:numbers] for row in rows], dtype=np.int64).reshape(len(rows), numbers)
    ends = np.concatenate([[0], np.cumsum(shapely.get_num_coordinates(shapes))]).astype(np.int64)
    return found, shapely.get_coordinates(shapes), ends


@njit
def _big(data: Any, at: Any, size: Any) -> Any:
    """A whole number of COPY: big-endian, signed."""
    value = np.int64(0)
    for k in range(size):
        value = (value << 8) | np.int64(data[at + k])
    limit = np.int64(1) << (8 * size - 1)
    if size < 8 and value >= limit:
        value -= limit << 1
    return value


@njit
def _little(data: Any, at: Any) -> Any:
    """An unsigned number of four bytes of EWKB, little-endian."""
    return (
        np.int64(data[at])
        | (np.int64(data[at + 1]) << 8)
        | (np.int64(data[at + 2]) << 16)
        | (np.int64(data[at + 3]) << 24)
    )


@njit
def _start(data: Any, at: Any) -> Any:
    """Type of a geometry and where its content begins; type 0 where it is not little-endian or has Z or M."""
    kind = _little(data, at + 1)
    if data[at] != 1 or kind & 0xC0000000:
        return np.int64(0), at
    return kind & 0xFF, at + 5 + (4 if kind & 0x20000000 else 0)


@njit
def _count(data: Any, at: Any, numbers: Any) -> Any:
    """Rows, parts, rings and points; minus the row in the first place where one is no polygon."""
    out = np.zeros(4, dtype=np.int64)
    while at < len(data) and (numbers < 0 or _big(data, at, 2) >= 0):
        out[0] += 1
        if numbers >= 0:
            at += 2 + 12 * numbers
            size = _big(data, at, 4)
            at += 4
            if size < 9:
                out[0] = -out[0]
                return out
        kind, at = _start(data, at)
        several = np.int64(1)
        if kind == _MULTI:
            several = _little(data, at)
            at += 4
        elif kind != _POLYGON:
            out[0] = -out[0]
            return out
        for _ in range(several):
            if kind == _MULTI:
                _, at = _start(data, at)
            rings = _little(data, at)
            at += 4
            out[1] += 1
            out[2] += rings
            for _ in range(rings):
                points = _little(data, at)
                out[3] += points
                at += 4 + 16 * points
    return out


@njit
def _fill(data: Any, at: Any, numbers: Any, found: Any, xy: Any, part_of: Any, ring_of: Any, point_of: Any) -> None:
    """Write what `_count` counted; `xy` as bytes."""
    row, part, ring, point = np.int64(0), np.int64(0), np.int64(0), np.int64(0)
    while row < len(part_of) - 1:
        if numbers >= 0:
            at += 2
            for k in range(numbers):
                found[row, k] = _big(data, at + 4, 8)
                at += 12
            at += 4
        kind, at = _start(data, at)
        several = np.int64(1)
        if kind == _MULTI:
            several = _little(data, at)
            at += 4
        for _ in range(several):
            if kind == _MULTI:
                _, at = _start(data, at)
            rings = _little(data, at)
            at += 4
            for _ in range(rings):
                points = _little(data, at)
                at += 4
                # Byte by byte: assigning slices would be compiled with all that can be said when it fails.
                for k in range(16 * points):
                    xy[16 * point + k] = data[at + k]
                at += 16 * points
                point += points
                ring += 1
                point_of[ring] = point
            part += 1
            ring_of[part] = ring
        row += 1
        part_of[row] = part


@njit
def _turn(xy: Any, point_of: Any, ring_of: Any) -> None:
    """Exteriors counter-clockwise, holes clockwise."""
    for part in range(len(ring_of) - 1):
        for ring in range(ring_of[part], ring_of[part + 1]):
            first, last = point_of[ring], point_of[ring + 1]
            ox, oy = xy[first, 0], xy[first, 1]
            twice = 0.0
            for v in range(first, last - 1):
                twice += (xy[v, 0] - ox) * (xy[v + 1, 1] - oy) - (xy[v + 1, 0] - ox) * (xy[v, 1] - oy)
            outer = ring == ring_of[part]
            if (outer and twice < 0.0) or (not outer and twice > 0.0):
                i, j = first, last - 1
                while i < j:
                    for axis in range(2):
                        xy[i, axis], xy[j, axis] = xy[j, axis], xy[i, axis]
                    i += 1
                    j -= 1


@njit
def _count_paths(data: Any, at: Any, numbers: Any) -> Any:
    """Rows and points; minus the row where one is no line."""
    out = np.zeros(2, dtype=np.int64)
    while _big(data, at, 2) >= 0:
        out[0] += 1
        at += 2 + 12 * numbers
        size = _big(data, at, 4)
        at += 4
        kind = np.int64(0)
        here = at
        if size >= 9:
            kind, here = _start(data, at)
        if kind != _LINE:
            out[0] = -out[0]
            return out
        out[1] += _little(data, here)
        at += size
    return out


@njit
def _fill_paths(data: Any, at: Any, numbers: Any, found: Any, xy: Any, ends: Any) -> None:
    """Write what `_count_paths` counted; `xy` as bytes."""
    row, point = np.int64(0), np.int64(0)
    while _big(data, at, 2) >= 0:
        at += 2
        for k in range(numbers):
            found[row, k] = _big(data, at + 4, 8)
            at += 12
        size = _big(data, at, 4)
        at += 4
        _, here = _start(data, at)
        points = _little(data, here)
        here += 4
        for k in range(16 * points):
            xy[16 * point + k] = data[here + k]
        point += points
        row += 1
        ends[row] = point
        at += size
