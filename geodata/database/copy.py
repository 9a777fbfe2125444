"""Binary COPY of shapes and columns: the fast way into PostGIS, several times faster than row inserts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import psycopg
import shapely
from psycopg import sql

#: Column of a table -> PostgreSQL type of the binary COPY. Geometry travels as EWKB, which is what its input reads.
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
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    count = 0
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types([TYPES.get(name, "text") for name in columns])
        for row in rows:
            copy.write_row(row)
            count += 1
    return count
