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
from geodata.ingest.as_read import DifferentError, Known, Recognised, compiled_here
from geodata.ingest.cutting import cut_large
from geodata.ingest.landing_shapes import Raw, Shapes, row_checksums
from geodata.ingest.mapping import TABLE_COLUMNS
from geodata.ingest.table import AS_READ, PLACE, REPAIRED, TOLD, Work, texts
from geodata.ingest.takeover import Compared, carry_over
from geodata.ingest.vectors import Column, text_array

Connection = psycopg.Connection[Any]
#: Called with the rows that have landed and the rows there are in all.
Counted = Callable[[int, int], None]
#: Called with the name of each step.
Step = Callable[[str], None]

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
    connection: Connection,
    work: Work,
    dataset: int,
    counted: Counted | None = None,
    recognised: Recognised | None = None,
    step: Step | None = None,
) -> Compared | None:
    """COPY one table of a dataset version inside the open transaction.

    `recognised` are rows of the version before that belong to this one, too, and are not in `work`.
    """
    carried = 0 if recognised is None else len(recognised.sums)
    if work.table != "parcel" or len(work) + carried < REGISTER:
        if carried:
            raise DifferentError
        work = cut_large(work)
        _Rows(work, dataset).copy(connection, work.table, counted)
        return None
    # Where rows were recognised, theirs stand in it already.
    table = open_register(connection, dataset) if recognised is None else register_table(dataset)
    rows = _Rows(work, dataset, len(work) + carried, register=True)
    compared = None
    if recognised is not None:
        compared = carry_over(connection, table, recognised, rows.checksums)
    rows.copy(connection, table, counted, frozen=True)
    if step is not None:
        step("indexing")
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
               ALTER TABLE {table} ALTER COLUMN geom_3857 SET STATISTICS 0, ALTER COLUMN attributes SET STATISTICS 0;
               COMMENT ON TABLE {table} IS 'Parcels of one dataset version, part of parcel.'"""
        ).format(table=sql.Identifier(name), dataset=sql.Literal(dataset), numbers=numbers)
    )
    return name


def start_carrying(connection: Connection, known: Known) -> int:
    """A table for the parcels of a dataset to come, with all rows that may be recognised; returns its number.

    Meant for while the file is read, which takes as long: what turns out to be gone is taken out by `carry_over`.
    """
    row = connection.execute("SELECT nextval(pg_get_serial_sequence('dataset', 'id'))").fetchone()
    dataset = int(row[0]) if row else 0
    table = open_register(connection, dataset)
    names = sql.SQL(", ").join(
        map(sql.Identifier, (*TABLE_COLUMNS["parcel"], "fingerprint", AS_READ, "geom", "geom_3857"))
    )
    connection.execute(
        sql.SQL(
            """INSERT INTO {} (dataset_id, {}) SELECT %s, {} FROM parcel WHERE dataset_id = %s AND as_read IS NOT NULL"""
        ).format(sql.Identifier(table), names, names),
        [dataset, known.dataset],
    )
    return dataset


def close_register(connection: Connection, dataset: int) -> None:
    """Index the table and make it part of `parcel`; readers of other datasets go on meanwhile."""
    name = register_table(dataset)
    parts = {"table": sql.Identifier(name)} | {
        part: sql.Identifier(f"{name}_{part}") for part in ("pk", "key", "nis", "geom")
    }
    connection.execute(
        sql.SQL(
            """ALTER TABLE {table} ADD CONSTRAINT {pk} PRIMARY KEY (id, dataset_id);
               ALTER TABLE {table} ADD CONSTRAINT {key} UNIQUE (capakey, dataset_id);
               CREATE INDEX {nis} ON {table} (nis);
               CREATE INDEX {geom} ON {table} USING gist (geom);
               ANALYZE {table};
               ALTER TABLE parcel ATTACH PARTITION {table} FOR VALUES IN ({dataset});
               ALTER TABLE {table} DROP CONSTRAINT of_one_dataset"""
        ).format(dataset=sql.Literal(dataset), **parts)
    )


class _Rows:
    """Rows of one table on their way: their columns, both shapes and their checksums, part by part.

    `total` is the number of rows of the version where some have landed already.
    """

    def __init__(self, work: Work, dataset: int, total: int | None = None, *, register: bool = False) -> None:
        self.register = register and compiled_here()
        self.work, self.dataset, self.total = work, dataset, len(work) if total is None else total
        self.names = TABLE_COLUMNS[work.table]
        self.marked = work.table in FINGERPRINTED
        self.shapes: Shapes | None = None
        if work.geometry is not None:
            self.shapes = Shapes(work.geometry, _raw(work) if self.register else None, register=self.register)
        marks = (*(("fingerprint",) if self.marked else ()), *((AS_READ,) if register else ()))
        self.header = ["dataset_id", *self.names, *marks, *(("geom", "geom_3857") if self.shapes else ())]

    def copy(self, connection: Connection, table: str, counted: Counted | None, *, frozen: bool = False) -> None:
        """COPY all rows."""
        landed = self.total - len(self.work)

        def part(start: int, stop: int) -> Part:
            if counted is not None:
                counted(landed + start, self.total)
            return self._part(start, stop)

        copy_columns(connection, table, self.header, len(self.work), part, frozen=frozen)
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
        landed = self.shapes.part(start, stop, last=True) if self.shapes else None
        if self.marked:
            values["fingerprint"] = self._checksums(values, landed.checksum if landed else None, stop - start)
        if landed is not None:
            values["geom"], values["geom_3857"] = landed.geom, landed.geom_3857
        if AS_READ in self.header:
            values[AS_READ] = self._as_read(start, stop)
        values["dataset_id"] = np.full(stop - start, self.dataset)
        return values

    def _columns(self, start: int, stop: int) -> dict[str, Any]:
        return {name: column_values(name, self.work.columns.get(name), start, stop) for name in self.names}

    def _checksums(self, values: Part, shapes: NDArray[np.uint64] | None, rows: int) -> NDArray[np.int64]:
        pieces = [piece for name in self.names for piece in field(TYPES.get(name, "text"), values[name])]
        return row_checksums(pieces, shapes, rows, register=self.register)

    def _as_read(self, start: int, stop: int) -> Any:
        """Checksum of each row as it stands in the file, None where the report says something of it."""
        columns = self.work.columns
        if AS_READ not in columns:
            return [None] * (stop - start)
        if not columns[TOLD][start:stop].any():
            return columns[AS_READ][start:stop]
        values = columns[AS_READ][start:stop].astype(object)
        values[columns[TOLD][start:stop]] = None
        return values


def _raw(work: Work) -> Raw | None:
    """The shapes as they stand in the file where they are still the same."""
    if work.wkb is None:
        return None
    return Raw(work.wkb, work.columns[PLACE], work.columns.get(REPAIRED, np.zeros(len(work), dtype=bool)))


def column_values(name: str, column: Any, start: int, stop: int) -> Any:
    """Values of rows `start` to `stop` of a column, as its COPY takes them."""
    if column is None:
        return [b"{}" if name == "attributes" else None] * (stop - start)
    values = column[start:stop]
    if isinstance(values, Column):
        return values.array
    if name == "attributes" or (isinstance(values, np.ndarray) and values.dtype.kind == "f"):
        return values
    if name in _TYPED:
        return values
    whole = text_array(values)
    return texts(values) if whole is None else whole
