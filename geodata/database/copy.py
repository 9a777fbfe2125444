"""Binary COPY of shapes and columns: the fast way into PostGIS, many times faster than row inserts.

`copy_columns` encodes whole columns at once and carries all that a file brings; `copy_rows` is for few.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from itertools import chain, repeat
from typing import Any

import numpy as np
import psycopg
import shapely
from psycopg import sql

#: Column of a table -> PostgreSQL type of the binary COPY; all others are text. Geometry travels as EWKB.
TYPES: dict[str, str] = {
    "dataset_id": "int8",
    "area_m2": "float8",
    "official_area_m2": "float8",
    "width_m": "float8",
    "origin_x": "float8",
    "origin_y": "float8",
    "cell_m": "float8",
    "width": "int4",
    "height": "int4",
    "pitches": "int4",
    "row_number": "int4",
    "attributes": "jsonb",
    "raw": "jsonb",
    "valid_from": "date",
    "valid_to": "date",
    "ref_date": "date",
    "nis_date": "date",
    "lease_until": "date",
    "german_speaking": "bool",
    "heights": "bytea",
    "geom": "bytea",
    "geom_3857": "bytea",
}

#: Rows encoded at a time: the next part is prepared while this one is on its way.
CHUNK = 20_000

Part = Mapping[str, Sequence[Any]]

_NULL = b"\xff\xff\xff\xff"
_SIGNATURE = b"PGCOPY\n\xff\r\n\x00" + struct.pack(">ii", 0, 0)
_EPOCH = date(2000, 1, 1).toordinal()
_LENGTHS = [struct.pack(">i", size) for size in range(65_536)]


def ewkb(geometry: Any, srid: int) -> Any:
    """Shapes as EWKB with their SRID, an object array of bytes."""
    return shapely.to_wkb(shapely.set_srid(geometry, srid), include_srid=True)


def copy_rows(
    connection: psycopg.Connection[Any], table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> int:
    """COPY rows into a table; returns their number.

    Parameters
    ----------
    connection : in a transaction; nothing is committed here.
    table, columns : target; the order of `columns` is that of each row.
    rows : values as Python objects, shapes as EWKB bytes.
    """
    count = 0
    with connection.cursor() as cursor, cursor.copy(_statement(table, columns)) as copy:
        copy.set_types([TYPES.get(name, "text") for name in columns])
        for row in rows:
            copy.write_row(row)
            count += 1
    return count


def copy_columns(
    connection: psycopg.Connection[Any],
    table: str,
    columns: Sequence[str],
    rows: int,
    part: Callable[[int, int], Part],
    *,
    chunk: int = CHUNK,
) -> int:
    """COPY columns into a table, part by part; returns the number of rows.

    Parameters
    ----------
    connection : in a transaction; nothing is committed here.
    table, columns : target.
    rows : number of rows in all.
    part : gives the values of rows `start` to `stop` by column: numbers, dates, texts, shapes as EWKB bytes,
        jsonb as UTF-8 bytes; None is NULL. Called in another thread, one part ahead of the sending.
    """
    encoders = [_ENCODERS[TYPES.get(name, "text")] for name in columns]
    head = struct.pack(">h", len(columns))

    def encode(start: int) -> bytes:
        values = part(start, min(start + chunk, rows))
        fields = [encoder(values[name]) for name, encoder in zip(columns, encoders, strict=True)]
        return b"".join(chain.from_iterable(zip(repeat(head), *fields)))

    with connection.cursor() as cursor, cursor.copy(_statement(table, columns)) as copy:
        copy.write(_SIGNATURE)
        for block in _ahead(encode, range(0, rows, chunk)):
            copy.write(block)
        copy.write(b"\xff\xff")
    return rows


def _statement(table: str, columns: Sequence[str]) -> sql.Composed:
    return sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )


def _ahead(work: Callable[[int], bytes], starts: Iterable[int]) -> Iterator[bytes]:
    """Results in order, the next one being made while the last is used."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        waiting = None
        for start in starts:
            following = pool.submit(work, start)
            if waiting is not None:
                yield waiting.result()
            waiting = following
        if waiting is not None:
            yield waiting.result()


def _fixed(code: str, plain: Callable[[Any], Any] = lambda value: value) -> Callable[[Sequence[Any]], list[bytes]]:
    """Encoder of a type of fixed size; `plain` brings a value to what `struct` packs."""
    pack = struct.Struct(">i" + code).pack
    size = struct.calcsize(">" + code)

    def encode(values: Sequence[Any]) -> list[bytes]:
        return [_NULL if value is None else pack(size, plain(value)) for value in values]

    return encode


def _floats(values: Sequence[Any]) -> list[bytes]:
    """Numbers as float8; an array without gaps is encoded as a whole."""
    if isinstance(values, np.ndarray) and values.dtype.kind == "f":
        packed = np.empty(len(values), dtype=[("size", ">i4"), ("value", ">f8")])
        packed["size"], packed["value"] = 8, values
        whole = packed.tobytes()
        return [whole[at : at + 12] for at in range(0, len(whole), 12)]
    return _fixed("d", float)(values)


def _texts(values: Sequence[Any]) -> list[bytes]:
    return _bytes([None if value is None else value.encode("utf-8") for value in values])


def _bytes(values: Sequence[Any]) -> list[bytes]:
    return [
        _NULL
        if value is None
        else (_LENGTHS[len(value)] if len(value) < 65_536 else struct.pack(">i", len(value))) + value
        for value in values
    ]


def _jsonb(values: Sequence[Any]) -> list[bytes]:
    # The leading 1 is the version of the jsonb format.
    return _bytes([None if value is None else b"\x01" + value for value in values])


_ENCODERS: dict[str, Callable[[Sequence[Any]], list[bytes]]] = {
    "int8": _fixed("q", int),
    "int4": _fixed("i", int),
    "float8": _floats,
    "bool": _fixed("?", bool),
    "date": _fixed("i", lambda day: day.toordinal() - _EPOCH),
    "text": _texts,
    "bytea": _bytes,
    "jsonb": _jsonb,
}
