"""Binary COPY of shapes and columns: the fast way into PostGIS, many times faster than row inserts.

`copy_columns` encodes whole columns at once and carries all that a file brings; `copy_rows` is for few.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import shapely
from psycopg import sql

from geodata.database.wire import encode

#: Column of a table -> PostgreSQL type of the binary COPY; all others are text. Geometry travels as EWKB.
TYPES: dict[str, str] = {
    "dataset_id": "int8",
    "fingerprint": "int8",
    "as_read": "int8",
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
    "lease": "bool",
    "owners": "int4",
    "public_share": "float8",
    "batch_id": "int8",
    "parcel_id": "int8",
    "perimeter_m": "float8",
    "compactness": "float8",
    "built_share": "float8",
    "slope_deg": "float8",
    "slope_max_deg": "float8",
    "unbuilt_m2": "float8",
    "dwellings": "int4",
    "shares": "jsonb",
    "covered": "jsonb",
    "unknown": "jsonb",
    "distance_low_mm": "int4[]",
    "distance_high_mm": "int4[]",
    "reach_low_mm": "int4[]",
    "reach_high_mm": "int4[]",
    "drive_low_ms": "int4",
    "drive_high_ms": "int4",
    "count_low": "int4[]",
    "count_high": "int4[]",
    "access_x": "float8",
    "access_y": "float8",
    "frontage_m": "float8",
    "access_width_m": "float8",
    "vertices": "int4",
    "parts": "int4",
    "heights": "bytea",
    "geom": "bytea",
    "geom_3857": "bytea",
}

#: Rows encoded at a time: the next part is prepared while this one is on its way.
CHUNK = 20_000

Part = Mapping[str, Any]

_SIGNATURE = b"PGCOPY\n\xff\r\n\x00" + struct.pack(">ii", 0, 0)
_WRITE = 1 << 20


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
    frozen: bool = False,
) -> int:
    """COPY columns into a table, part by part; returns the number of rows.

    Parameters
    ----------
    connection : in a transaction; nothing is committed here.
    table, columns : target.
    rows : number of rows in all.
    part : gives the values of rows `start` to `stop` by column: numbers, dates, texts, shapes as EWKB bytes,
        jsonb as UTF-8 bytes, or what `wire` made of them; None is NULL, and NaN in an array of floats. Called in another thread, one part ahead
        of the sending.
    frozen : the table was made in this transaction: its rows need no second look at whether they are committed.
    """
    types = [TYPES.get(name, "text") for name in columns]

    def encode_part(start: int) -> Any:
        values = part(start, min(start + chunk, rows))
        return encode([(kind, values[name]) for kind, name in zip(types, columns, strict=True)])

    with connection.cursor() as cursor, cursor.copy(_statement(table, columns, frozen)) as copy:
        copy.write(_SIGNATURE)
        for block in _ahead(encode_part, range(0, rows, chunk)):
            whole = memoryview(block)
            for at in range(0, len(whole), _WRITE):
                copy.write(whole[at : at + _WRITE])
        copy.write(b"\xff\xff")
    return rows


def _statement(table: str, columns: Sequence[str], frozen: bool = False) -> sql.Composed:
    return sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY{})").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns)), sql.SQL(", FREEZE" if frozen else "")
    )


def _ahead(work: Callable[[int], Any], starts: Iterable[int]) -> Iterator[Any]:
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
