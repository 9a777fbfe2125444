"""Land a dataset version: the dataset row, its rows, its quarantine, and the switch of what is current."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Any

import psycopg
import shapely
from psycopg.types.json import Jsonb

from geodata.database.copy import copy_rows, ewkb
from geodata.errors import DatabaseError, InputError, UsageError
from geodata.ingest.as_read import Known, Recognised
from geodata.ingest.changes import record_changes
from geodata.ingest.crs import ChosenCrs
from geodata.ingest.report import IngestReport, Refusals
from geodata.ingest.request import Landing
from geodata.ingest.rows import Counted, Step, copy_rows_of
from geodata.ingest.table import REPAIRED, Work
from geodata.ingest.takeover import Compared

Connection = psycopg.Connection[Any]


def already_loaded(connection: Connection, landing: Landing) -> IngestReport | None:
    """The report of the current version when nothing would change; else None. Takes the dataset's lock."""
    connection.execute("SELECT pg_advisory_xact_lock(hashtext('ingest'), hashtext(%s))", [landing.key])
    row = connection.execute(
        """SELECT id, version, rows_read, rows_loaded, rows_repaired, rows_refused, reasons, crs_declared,
                  crs_used, crs_how, accuracy_m, attributes -> 'notes', attributes -> 'examples'
           FROM dataset WHERE key = %s AND current AND sha256 = %s AND coverage_text IS NOT DISTINCT FROM %s
             AND attributes -> 'identity' = %s""",
        [landing.key, landing.sha256, landing.declared.text, Jsonb(landing.identity)],
    ).fetchone()
    if row is None:
        return None
    return IngestReport(
        dataset=row[0],
        kind=landing.request.kind,
        source=landing.source.id,
        title=landing.source.title["en"],
        version=row[1],
        read=row[2],
        loaded=row[3],
        repaired=row[4],
        refused=row[5],
        reasons=row[6],
        crs_declared=row[7],
        crs_used=row[8],
        crs_how=row[9],
        accuracy_m=row[10],
        covers=landing.declared.text,
        already_loaded=True,
        seconds=0.0,
        notes=[*(row[11] or []), "already loaded: nothing was changed"],
        examples=row[12] or {},
    )


def land(
    connection: Connection,
    landing: Landing,
    tables: list[Work],
    refusals: Refusals,
    counted: Counted | None = None,
    recognised: Recognised | None = None,
    number: int | None = None,
    step: Step | None = None,
) -> IngestReport:
    """Write one dataset version inside the open transaction and make it the current one.

    `recognised` are rows of the version before that belong to this one, too, beside those of `tables`; they stand in
    the table of the dataset `number` already.

    Raises
    ------
    InputError
        When every row was refused: an empty version must not take the place of a good one.
    """
    loaded = sum(len(work) for work in tables) + (0 if recognised is None else len(recognised.sums))
    if not loaded and refusals.rows:
        raise _all_refused(landing, refusals)
    # Only now: a repaired row that is refused for another reason has not landed.
    refusals.repaired = [
        int(row) for work in tables if REPAIRED in work.columns for row in work.row[work.columns[REPAIRED]]
    ]
    repaired = len(refusals.repaired)
    dataset, version = _dataset(connection, landing, loaded, repaired, refusals, number)
    compared: dict[str, Compared] = {}
    for work in tables:
        found = copy_rows_of(connection, work, dataset, counted, recognised, step)
        if found is not None:
            compared[work.table] = found
    raw = ((dataset, row, reason, detail, Jsonb(values)) for row, reason, detail, values in refusals.rows)
    copy_rows(connection, "quarantine", ("dataset_id", "row_number", "reason", "detail", "raw"), raw)
    replaced = _switch(connection, landing, dataset)
    record_changes(connection, dataset, replaced, [work.table for work in tables], compared)
    chosen, operation = landing.chosen, landing.operation
    return IngestReport(
        dataset=dataset,
        kind=landing.request.kind,
        source=landing.source.id,
        title=landing.source.title["en"],
        version=version,
        read=landing.read,
        loaded=loaded,
        repaired=repaired,
        refused=len(refusals.rows),
        reasons=refusals.reasons,
        crs_declared=chosen.declared if chosen else None,
        crs_used=chosen.used if chosen else None,
        crs_how=chosen.how if chosen else None,
        accuracy_m=operation.accuracy_m if operation else None,
        covers=landing.declared.text,
        already_loaded=False,
        seconds=0.0,
        notes=refusals.notes,
        examples=refusals.examples,
    )


def _all_refused(landing: Landing, refusals: Refusals) -> InputError:
    counts = Counter((reason, detail) for _, reason, detail, _ in refusals.rows).most_common(3)
    shown = "; ".join(f"{count} {reason}: {detail}" for (reason, detail), count in counts)
    return InputError(
        f"all {len(refusals.rows)} rows were refused, so nothing was loaded ({shown}).",
        "What was loaded before is still there.",
        file=landing.request.path,
    )


def _dataset(
    connection: Connection, landing: Landing, loaded: int, repaired: int, refusals: Refusals, number: int | None
) -> tuple[int, int]:
    request, source, declared = landing.request, landing.source, landing.declared
    chosen, operation = landing.chosen, landing.operation
    values = {
        "kind": request.kind, "source": source.id, "key": landing.key, "title": Jsonb(source.title),
        "provider": source.provider, "licence": source.licence, "redistributable": source.redistributable,
        "region": source.region, "fetched": datetime.fromtimestamp(request.path.stat().st_mtime, UTC),
        "source_date": landing.source_date, "sha256": landing.sha256, "file_name": request.path.name,
        "rows_read": landing.read, "rows_loaded": loaded, "rows_repaired": repaired,
        "rows_refused": len(refusals.rows), "reasons": Jsonb(refusals.reasons),
        "crs_declared": chosen.declared if chosen else None, "crs_used": chosen.used if chosen else None,
        "crs_how": chosen.how if chosen else None,
        "transformation": operation.description if operation else None,
        "accuracy_m": operation.accuracy_m if operation else None, "coverage": _area(landing),
        "coverage_nis": list(declared.nis) if declared.nis else None, "coverage_text": declared.text,
        "coverage_accuracy_m": declared.accuracy_m, "generalised": source.generalised,
        "attributes": Jsonb(
            {"notes": refusals.notes, "examples": refusals.examples, "identity": landing.identity}
        ),
    }  # fmt: skip
    if number is not None:
        values["id"] = number
    names = ", ".join(values)
    places = ", ".join("%(coverage)s::geometry" if name == "coverage" else f"%({name})s" for name in values)
    row = connection.execute(
        f"""INSERT INTO dataset ({names}, version, fictional)
            SELECT {places}, coalesce(max(version), 0) + 1, (SELECT value = 'demo' FROM meta WHERE key = 'territory')
            FROM dataset WHERE key = %(key)s RETURNING id, version""",  # names are constants of this module
        values,
    ).fetchone()
    if row is None:
        raise DatabaseError("The dataset was not written.", "Run the same command again.")
    return int(row[0]), int(row[1])


def _area(landing: Landing) -> Any:
    """Declared coverage as one MultiPolygon, None when nothing was declared or nothing is left of it."""
    if landing.declared.area is None:
        return None
    parts = shapely.get_parts(landing.declared.area)
    polygons = parts[shapely.get_dimensions(parts) == 2]
    return ewkb(shapely.multipolygons(polygons), 31370) if len(polygons) else None


def check_replaced(connection: Connection, landing: Landing) -> None:
    """Fail early when the dataset to be replaced is none of this kind, or no longer current.

    Raises
    ------
    UsageError
        Naming the dataset.
    """
    replace = landing.request.replace
    if replace is None:
        return
    row = connection.execute("SELECT kind FROM dataset WHERE id = %s AND current", [replace]).fetchone()
    if row is None or row[0] != landing.request.kind:
        raise UsageError(
            f"Dataset {replace} is no current dataset of {landing.request.kind}. Nothing was loaded.",
            "Look it up with standplaats db psql: SELECT id, kind, file_name FROM dataset WHERE current.",
        )


def stands_for(connection: Connection, landing: Landing, known: Known) -> ChosenCrs | None:
    """How the coordinates of a version were read, where its rows mean the same in this one; else None.

    So they do where it is the version whose place this one takes, and all that decides the rows beside the file is
    the same.
    """
    if _before(connection, landing) != known.dataset:
        return None
    row = connection.execute(
        """SELECT crs_declared, crs_used, crs_how FROM dataset WHERE id = %s AND attributes -> 'identity' = %s
           AND crs_how IN ('declared', 'given with --crs')""",
        [known.dataset, Jsonb(landing.identity)],
    ).fetchone()
    return None if row is None else ChosenCrs(*row)


def _before(connection: Connection, landing: Landing) -> int | None:
    """The current version whose place the new one will take; its key is locked."""
    row = connection.execute(
        "SELECT id FROM dataset WHERE current AND (key = %s OR id = %s) ORDER BY key = %s DESC, id DESC LIMIT 1",
        [landing.key, landing.request.replace, landing.key],
    ).fetchone()
    return None if row is None else int(row[0])


def _switch(connection: Connection, landing: Landing, dataset: int) -> int | None:
    """Make the new version current; what it takes the place of stays, no longer current, and is returned."""
    rows = connection.execute(
        "UPDATE dataset SET current = false WHERE current AND (key = %s OR id = %s) RETURNING key = %s, id",
        [landing.key, landing.request.replace, landing.key],
    ).fetchall()
    replaced = max(rows)[1] if rows else None
    connection.execute("UPDATE dataset SET current = true, previous_id = %s WHERE id = %s", [replaced, dataset])
    return replaced
