"""COPY the rows of a version: both copies of their shapes, a checksum each; a whole register into a table of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import psycopg
from numpy.typing import NDArray
from psycopg import sql

from geodata.database.copy import CHUNK, TYPES, Part, copy_columns
from geodata.database.wire import field
from geodata.ingest.cutting import cut_large
from geodata.ingest.landing_shapes import Shapes, row_checksums
from geodata.ingest.mapping import TABLE_COLUMNS
from geodata.ingest.table import Work, texts
from geodata.ingest.takeover import Compared, take_over
from geodata.ingest.vectors import text_array

Connection = psycopg.Connection[Any]
#: Called with the rows that have landed and the rows there are in all.
Counted = Callable[[int, int], None]

#: Columns that keep their own type; all others are text.
_TYPED = {
    "valid_from", "valid_to", "ref_date", "nis_date", "lease_until", "area_m2", "official_area_m2", "width_m",
    "pitches", "german_speaking", "lease", "owners", "public_share", *TABLE_COLUMNS["dem_tile"],
}  # fmt: skip
#: Tables whose rows carry a checksum.
FINGERPRINTED = (
    "parcel", "zone", "constraint_area", "building", "address", "service_point", "road", "ownership", "site",
)  # fmt: skip
#: From this many parcels on, a dataset gets a table of its own: indexing it at once is several times faster.
REGISTER = 50_000


def copy_rows_of(
    connection: Connection, work: Work, dataset: int, counted: Counted | None = None, before: int | None = None
) -> Compared | None:
    """COPY one table of a dataset version inside the open transaction.

    `before` is the version whose place it takes: of a register only what differs from it travels, and both are
    compared on the way.
    """
    if work.table != "parcel" or len(work) < REGISTER:
        work = cut_large(work)
        _Rows(work, dataset).copy(connection, work.table, counted)
        return None
    table = open_register(connection, dataset)
    rows = _Rows(work, dataset)
    compared = None
    if before is not None:
        names = rows.header[1:]
        found = take_over(connection, table, names, before, dataset, len(work), rows.checksums)
        if found is not None:
            travelling, compared = found
            rows = rows.only(travelling)
    rows.copy(connection, table, counted)
    close_register(connection, dataset)
    return compared


def register_table(dataset: int) -> str:
    """Name of the table of a whole register."""
    return f"parcel_{dataset}"


def open_register(connection: Connection, dataset: int) -> str:
    """A table without indexes for the parcels of one dataset; nobody else sees it before the commit."""
    name = register_table(dataset)
    row = connection.execute("SELECT pg_get_serial_sequence('parcel', 'id')").fetchone()
    numbers = sql.Literal("" if row is None else row[0])
    connection.execute(
        sql.SQL(
            """CREATE TABLE {table} (LIKE parcel INCLUDING DEFAULTS INCLUDING COMMENTS,
                   CONSTRAINT of_one_dataset CHECK (dataset_id = {dataset}));
               ALTER TABLE {table} ALTER COLUMN id SET DEFAULT nextval({numbers});
               COMMENT ON TABLE {table} IS 'Parcels of one dataset version, part of parcel.'"""
        ).format(table=sql.Identifier(name), dataset=sql.Literal(dataset), numbers=numbers)
    )
    return name


def close_register(connection: Connection, dataset: int) -> None:
    """Index the table and make it part of `parcel`; readers of other datasets go on meanwhile."""
    name = register_table(dataset)
    parts = {"table": sql.Identifier(name)} | {
        part: sql.Identifier(f"{name}_{part}") for part in ("pk", "key", "nis", "geom", "geom_3857")
    }
    connection.execute(
        sql.SQL(
            """ALTER TABLE {table} ADD CONSTRAINT {pk} PRIMARY KEY (id, dataset_id);
               ALTER TABLE {table} ADD CONSTRAINT {key} UNIQUE (capakey, dataset_id);
               CREATE INDEX {nis} ON {table} (nis);
               CREATE INDEX {geom} ON {table} USING gist (geom);
               CREATE INDEX {geom_3857} ON {table} USING gist (geom_3857);
               ANALYZE {table};
               ALTER TABLE parcel ATTACH PARTITION {table} FOR VALUES IN ({dataset});
               ALTER TABLE {table} DROP CONSTRAINT of_one_dataset"""
        ).format(dataset=sql.Literal(dataset), **parts)
    )


class _Rows:
    """Rows of one table on their way: their columns, both shapes and their checksums, part by part.

    `total` is the number of rows of the version where some have landed already.
    """

    def __init__(self, work: Work, dataset: int, total: int | None = None) -> None:
        self.work, self.dataset, self.total = work, dataset, len(work) if total is None else total
        self.names = TABLE_COLUMNS[work.table]
        self.marked = work.table in FINGERPRINTED
        self.shapes = Shapes(work.geometry) if work.geometry is not None else None
        marks = ("fingerprint",) if self.marked else ()
        self.header = ["dataset_id", *self.names, *marks, *(("geom", "geom_3857") if self.shapes else ())]

    def only(self, which: NDArray[np.bool_]) -> _Rows:
        """The rows that have still to travel; the others have landed."""
        rest = _Rows(self.work.keep(which), self.dataset, self.total)
        if rest.shapes is not None and self.shapes is not None:
            # A corner that is shared with a row that has landed stays shared.
            rest.shapes.grid = self.shapes.grid
        return rest

    def copy(self, connection: Connection, table: str, counted: Counted | None) -> None:
        """COPY all rows."""
        landed = self.total - len(self.work)

        def part(start: int, stop: int) -> Part:
            if counted is not None:
                counted(landed + start, self.total)
            return self._part(start, stop)

        copy_columns(connection, table, self.header, len(self.work), part)
        if counted is not None:
            counted(self.total, self.total)

    def checksums(self) -> NDArray[np.int64]:
        """The checksum of each row, shape (n,)."""
        parts = []
        for start in range(0, len(self.work), CHUNK):
            stop = min(start + CHUNK, len(self.work))
            shapes = self.shapes.checksum(start, stop) if self.shapes else None
            parts.append(self._checksums(self._columns(start, stop), shapes, stop - start))
        return np.concatenate(parts) if parts else np.empty(0, dtype=np.int64)

    def _part(self, start: int, stop: int) -> Part:
        values = self._columns(start, stop)
        landed = self.shapes.part(start, stop) if self.shapes else None
        if self.marked:
            values["fingerprint"] = self._checksums(values, landed.checksum if landed else None, stop - start)
        if landed is not None:
            values["geom"], values["geom_3857"] = landed.geom, landed.geom_3857
        values["dataset_id"] = np.full(stop - start, self.dataset)
        return values

    def _columns(self, start: int, stop: int) -> dict[str, Any]:
        return {name: column_values(name, self.work.columns.get(name), start, stop) for name in self.names}

    def _checksums(self, values: Part, shapes: NDArray[np.uint64] | None, rows: int) -> NDArray[np.int64]:
        pieces = [piece for name in self.names for piece in field(TYPES.get(name, "text"), values[name])]
        return row_checksums(pieces, shapes, rows)


def column_values(name: str, column: Any, start: int, stop: int) -> Any:
    """Values of rows `start` to `stop` of a column, as its COPY takes them."""
    if column is None:
        return [b"{}" if name == "attributes" else None] * (stop - start)
    values = column[start:stop]
    if name == "attributes" or (isinstance(values, np.ndarray) and values.dtype.kind == "f"):
        return values
    if name in _TYPED:
        return values
    whole = text_array(values)
    return texts(values) if whole is None else whole
