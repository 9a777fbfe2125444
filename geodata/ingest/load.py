"""Land a dataset version: the dataset row, its rows, its quarantine, and the switch of what is current."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import psycopg
import shapely
from psycopg.types.json import Jsonb

from geodata.database.copy import copy_rows, ewkb
from geodata.errors import UsageError
from geodata.ingest.builders import TABLE_COLUMNS
from geodata.ingest.crs import ChosenCrs, Operation, to_tiles, transform
from geodata.ingest.places import Declared
from geodata.ingest.report import IngestReport, Refusals
from geodata.ingest.table import Work, text
from geodata.sources.catalogue import Source

if TYPE_CHECKING:
    from geodata.ingest.run import Request

Connection = psycopg.Connection[Any]

_DEM_COLUMNS = ("origin_x", "origin_y", "cell_m", "width", "height", "heights")
#: Columns that keep their own type; all others are text.
_TYPED = ("valid_from", "valid_to", "ref_date", "nis_date", "lease_until", "area_m2", "official_area_m2", "width_m",
          "pitches", "german_speaking", *_DEM_COLUMNS)  # fmt: skip


@dataclass(frozen=True)
class Landing:
    """All that is known of a dataset version before its rows land."""

    request: Request
    source: Source
    sha256: str
    declared: Declared
    read: int = 0
    chosen: ChosenCrs | None = None
    operation: Operation | None = None
    source_date: date | None = None

    @property
    def key(self) -> str:
        """What a newer version replaces: the same kind and source with the same scope.

        The scope is the declared coverage, else the file: two municipalities' parcels are two datasets.
        """
        scope = self.request.covers or self.request.path.name
        return f"{self.request.kind}/{self.source.id}/{scope}"


def already_loaded(connection: Connection, landing: Landing) -> IngestReport | None:
    """The report of the current version when it came from the very same file and declaration; else None."""
    connection.execute("SELECT pg_advisory_xact_lock(hashtext('ingest'), hashtext(%s))", [landing.key])
    row = connection.execute(
        """SELECT id, version, rows_read, rows_loaded, rows_repaired, rows_refused, reasons, crs_declared, crs_used,
                  crs_how, accuracy_m, attributes -> 'notes'
           FROM dataset WHERE key = %s AND current AND sha256 = %s AND coverage_text IS NOT DISTINCT FROM %s
             AND attributes ->> 'layer' IS NOT DISTINCT FROM %s AND attributes ->> 'crs' IS NOT DISTINCT FROM %s""",
        [landing.key, landing.sha256, landing.declared.text, landing.request.layer, landing.request.crs],
    ).fetchone()
    if row is None:
        return None
    return IngestReport(
        row[0], landing.request.kind, landing.source.id, landing.source.title["en"], row[1], *row[2:6], row[6],
        *row[7:11], landing.declared.text, True, 0.0, [*(row[11] or []), "already loaded: nothing was changed"],
    )  # fmt: skip


def land(connection: Connection, landing: Landing, tables: list[Work], refusals: Refusals) -> IngestReport:
    """Write one dataset version inside the open transaction and make it the current one."""
    loaded = sum(len(work) for work in tables)
    repaired = sum(refusals.repaired.values())
    dataset, version = _dataset(connection, landing, loaded, repaired, refusals)
    for work in tables:
        _copy(connection, work, dataset)
    raw = ((dataset, row, reason, detail, Jsonb(values)) for row, reason, detail, values in refusals.rows)
    copy_rows(connection, "quarantine", ("dataset_id", "row_number", "reason", "detail", "raw"), raw)
    _switch(connection, landing, dataset)
    chosen, operation = landing.chosen, landing.operation
    return IngestReport(
        dataset, landing.request.kind, landing.source.id, landing.source.title["en"], version, landing.read, loaded,
        repaired, len(refusals.rows), refusals.reasons,
        chosen.declared if chosen else None, chosen.used if chosen else None, chosen.how if chosen else None,
        operation.accuracy_m if operation else None, landing.declared.text, False, 0.0, refusals.notes,
    )  # fmt: skip


def _dataset(
    connection: Connection, landing: Landing, loaded: int, repaired: int, refusals: Refusals
) -> tuple[int, int]:
    request, source, declared = landing.request, landing.source, landing.declared
    chosen, operation = landing.chosen, landing.operation
    area = None
    if declared.area is not None:
        parts = shapely.get_parts(declared.area)
        area = ewkb(shapely.multipolygons(parts[shapely.get_dimensions(parts) == 2]), 31370)
    values = {
        "kind": request.kind, "source": source.id, "key": landing.key, "title": Jsonb(source.title),
        "provider": source.provider, "licence": source.licence, "redistributable": source.redistributable,
        "region": source.region, "fetched": datetime.fromtimestamp(request.path.stat().st_mtime, UTC),
        "source_date": landing.source_date, "sha256": landing.sha256, "file_name": request.path.name,
        "rows_read": landing.read, "rows_loaded": loaded, "rows_repaired": repaired,
        "rows_refused": len(refusals.rows), "reasons": Jsonb(refusals.reasons),
        "crs_declared": chosen.declared if chosen else None, "crs_used": chosen.used if chosen else None,
        "crs_how": chosen.how if chosen else None, "transformation": operation.description if operation else None,
        "accuracy_m": operation.accuracy_m if operation else None, "coverage": area,
        "coverage_nis": list(declared.nis) if declared.nis else None, "coverage_text": declared.text,
        "coverage_accuracy_m": declared.accuracy_m, "generalised": source.generalised,
        "fictional": request.fictional,
        "attributes": Jsonb({"notes": refusals.notes, "layer": request.layer, "crs": request.crs}),
    }  # fmt: skip
    names = ", ".join(values)
    places = ", ".join("%(coverage)s::geometry" if name == "coverage" else f"%({name})s" for name in values)
    row = connection.execute(
        f"""INSERT INTO dataset ({names}, version) SELECT {places}, coalesce(max(version), 0) + 1
            FROM dataset WHERE key = %(key)s RETURNING id, version""",  # names are constants of this module
        values,
    ).fetchone()
    if row is None:
        raise UsageError("The dataset was not written.")
    return int(row[0]), int(row[1])


def _copy(connection: Connection, work: Work, dataset: int) -> None:
    """COPY one table with both copies of its geometry."""
    names = _DEM_COLUMNS if work.table == "dem_tile" else TABLE_COLUMNS[work.table]
    n = len(work)
    columns: list[Any] = [_values(name, work.columns.get(name), n) for name in names]
    header = ["dataset_id", *names]
    if work.geometry is not None:
        columns += [ewkb(work.geometry, 31370), ewkb(transform(work.geometry, to_tiles()), 3857)]
        header += ["geom", "geom_3857"]

    def rows() -> Iterator[tuple[Any, ...]]:
        for values in zip(*columns, strict=True):
            yield (dataset, *values)

    copy_rows(connection, work.table, header, rows())


def _values(name: str, values: Any, n: int) -> Any:
    if values is None:
        return [Jsonb({})] * n if name == "attributes" else [None] * n
    if name == "attributes":
        return [Jsonb(value or {}) for value in values]
    if name in _TYPED:
        return [value.item() if isinstance(value, np.generic) else value for value in values]
    return [text(value) if not isinstance(value, str) else value for value in values]


def _switch(connection: Connection, landing: Landing, dataset: int) -> None:
    """Make the new version current; what it replaces stays, no longer current."""
    replace = landing.request.replace
    if replace is not None:
        row = connection.execute("SELECT kind FROM dataset WHERE id = %s AND current", [replace]).fetchone()
        if row is None or row[0] != landing.request.kind:
            raise UsageError(
                f"Dataset {replace} is no current dataset of {landing.request.kind}. Nothing was loaded.",
                "Look the number up with standplaats db psql: SELECT id, kind, file_name FROM dataset WHERE current.",
            )
    connection.execute(
        "UPDATE dataset SET current = false WHERE current AND (key = %s OR id = %s)", [landing.key, replace]
    )
    connection.execute("UPDATE dataset SET current = true WHERE id = %s", [dataset])


