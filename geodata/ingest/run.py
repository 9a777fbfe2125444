"""`ingest`: one file, one kind, one transaction. It lands whole or not at all; twice is the same as once."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace as replaced
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
from psycopg import sql

from geodata.database.engine import failure
from geodata.errors import DatabaseError, InputError, UsageError
from geodata.ingest.as_read import DifferentError, Recognised, known_rows
from geodata.ingest.builders import main_layer
from geodata.ingest.checked import checked, source_date
from geodata.ingest.coverage import Around, resolve_coverage
from geodata.ingest.crs import (
    ChosenCrs,
    known_crs,
    operation_to_storage,
)
from geodata.ingest.dem import BLOCK_COLUMNS, read_terrain
from geodata.ingest.formats import checksum, file_format, own_folder, unpack, unreadable
from geodata.ingest.load import already_loaded, check_replaced, land, stands_for
from geodata.ingest.ownership_columns import choose_layer
from geodata.ingest.ownership_match import parcel_datasets
from geodata.ingest.places import (
    boundary_datasets,
    ensure_nis_changes,
    territory,
)
from geodata.ingest.read import RawLayer, read_layers, read_tables_beside
from geodata.ingest.report import IngestReport, Refusals
from geodata.ingest.request import Landing, Request
from geodata.ingest.rows import REGISTER, Counted, register_table, start_carrying
from geodata.ingest.sandbox import make_ready
from geodata.ingest.table import Work
from geodata.ingest.versions import prune_before
from geodata.sources.catalogue import KINDS, Source, catalogue, recognise

Connection = psycopg.Connection[Any]
Step = Callable[[str], None]

#: Kinds whose rows depend on the municipalities loaded, not only on the file.
_PLACED = ("parcels", "schools")


def ingest(
    connection: Connection,
    path: Path,
    kind: str,
    *,
    covers: str | None = None,
    layer: str | None = None,
    crs: str | None = None,
    replace: int | None = None,
    source: str | None = None,
    within: tuple[str, ...] = (),
    around: tuple[float, float, float, float] | None = None,
    mapping: Mapping[str, str] | None = None,
    progress: Step | None = None,
    rows: Counted | None = None,
) -> IngestReport:
    """Read, check, harmonise and load one file.

    Parameters
    ----------
    connection : on the selected database; committed at the end, rolled back on any error.
    path : file, or a zip that holds one (or several shapefiles, of which one is recognised).
    kind : ingest kind, such as `parcels`; the format is recognised.
    covers : area in which absence means none: NIS codes, region, or a file. None = absence stays unknown.
    layer : one layer of a file that holds several.
    crs : CRS to read the coordinates in, when the file is wrong about it.
    replace : dataset whose place this one takes, when it is of another source.
    source : catalogue entry, when recognition fails.
    within : of parcels, keep those of these municipalities: a box asked for holds strips of the neighbours.
    around : box that was asked for, EPSG:31370: the region of the source is covered in it, beside `covers`.
    mapping : column -> meaning of an owner list, before what is recognised.
    progress : called with each step.
    rows : called with the rows that have landed and the rows there are in all, many times while they land.

    Returns
    -------
    `IngestReport` with the rows read, loaded, repaired and refused, with reasons.

    Raises
    ------
    UsageError
        For an unknown kind, source or coordinate system.
    InputError
        For a file that cannot be used; names file, row and field where one is to blame.
    NotFoundError
        When the declared coverage is not loaded.
    DatabaseError
        When the connection is lost or the disk is full; the transaction is undone then.
    """
    named = tuple((mapping or {}).items())
    request = Request(
        Path(path), kind, covers, layer, crs, replace, source, within=within, around=around, mapping=named
    )
    _check(request)
    started = time.perf_counter()
    with _no_collection():
        report = _in_one(connection, request, progress or (lambda _: None), rows)
        prune_before(connection, report.dataset)
    return replaced(report, seconds=round(time.perf_counter() - started, 2))


def _check(request: Request) -> None:
    """Refuse what cannot be asked for before anything is opened."""
    if request.kind not in KINDS:
        raise UsageError(f"{request.kind} is no kind of data.", f"Kinds: {', '.join(KINDS)}.")
    if request.crs is not None:
        known_crs(request.crs)
    if request.mapping and request.kind != "ownership":
        raise UsageError("--map names columns of owner lists only.", "Use it with --as ownership.")


@contextmanager
def _no_collection() -> Iterator[None]:
    """Without the search for reference cycles: with millions of objects it takes a tenth of a load and finds none."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _in_one(connection: Connection, request: Request, step: Step, rows: Counted | None) -> IngestReport:
    """The load in one transaction: committed, or rolled back with an error that says what it means."""
    path = request.path
    try:
        with ExitStack() as opened:
            parts = [path]
            if path.suffix.lower() == ".gpkg":
                # It starts while the file is checked.
                make_ready()
            if file_format(path) == "zip":
                step("unpacking")
                parts = unpack(path, opened.enter_context(own_folder()))
            request = replaced(request, parts=tuple(parts))
            try:
                report = _ingest(connection, request, step, rows, recognising=True)
            except (DifferentError, psycopg.errors.UniqueViolation):
                # Rows that were recognised do not go together with the others: all are read.
                connection.rollback()
                report = _ingest(connection, request, step, rows, recognising=False)
        connection.commit()
    except BaseException as error:
        with suppress(psycopg.Error):
            connection.rollback()
        if isinstance(error, psycopg.Error):
            raise _of_database(error, path) from error
        if isinstance(error, OSError):
            raise unreadable(path, error) from error
        raise
    return report


def _of_database(error: psycopg.Error, path: Path) -> DatabaseError | InputError:
    """What a database error means to the one who loads a file."""
    if isinstance(error, psycopg.DataError | psycopg.IntegrityError):
        told = error.diag.message_primary or "no reason given"
        column = error.diag.column_name
        return InputError(
            f"the database refused a row ({told}); nothing was loaded.",
            "Report this file.",
            file=path,
            field=column,
        )
    return failure(error)


def _ingest(
    connection: Connection, request: Request, step: Step, rows: Counted | None, *, recognising: bool
) -> IngestReport:
    step("reading")
    parcels = request.kind == "parcels"
    known = None
    if parcels and recognising:
        known = known_rows(connection, request.path.name, request.covers, request.replace)
    with ThreadPoolExecutor(3) as beside:
        beside.submit(catalogue)
        # The reader works in a process of its own: the checksum is made meanwhile, and the server copies what it knows.
        digest = beside.submit(checksum, [request.path])
        started = None if known is None else beside.submit(start_carrying, connection, known)
        raster = file_format(request.parts[0]) == "geotiff" if request.parts[0].suffix.lower() != ".dbf" else False
        layers = [] if raster else read_layers(
            request.parts, request.layer, register=REGISTER if parcels else None, known=known
        )  # fmt: skip
    number = None if started is None else started.result()
    source, layers = _recognised(request, layers, raster)
    refusals = Refusals()
    if request.kind == "municipalities":
        ensure_nis_changes(connection)
    around = None
    if request.around is not None and source.declared_coverage is not None:
        around = Around(request.around, source.declared_coverage)
    declared = resolve_coverage(connection, request.covers, around)
    placed = request.covers is not None or request.kind in _PLACED
    boundaries = boundary_datasets(connection) if placed else []
    if request.kind == "ownership":
        boundaries += parcel_datasets(connection)
    landing = Landing(request, source, digest.result(), declared, boundaries)
    earlier = already_loaded(connection, landing)
    if earlier is not None:
        # With what the server has copied.
        connection.rollback()
        return earlier
    check_replaced(connection, landing)
    recognised, as_before = _recognised_rows(connection, landing, layers)
    if number is not None and recognised is None:
        connection.execute(sql.SQL("DROP TABLE {}").format(sql.Identifier(register_table(number))))
        number = None
    if raster:
        return _land_terrain(connection, landing, refusals, rows)
    step("checking")
    read, left = _rows_read(layers, source, request.path.name), _layers_left(layers, source, request)
    tables, chosen, operation = checked(connection, landing, layers, refusals, as_before)
    refusals.notes += left
    step("loading")
    landing = replaced(
        landing,
        read=read,
        chosen=chosen,
        operation=operation,
        source_date=source_date(tables, layers, _newest(connection, recognised)),
        declared=declared.without(refusals.holes, territory(connection)) if refusals.holes else declared,
    )
    # What was read is not needed while it lands, and may be half of the memory.
    del layers
    return land(connection, landing, tables, refusals, rows, recognised, number, step)


def _recognised_rows(
    connection: Connection, landing: Landing, layers: list[RawLayer]
) -> tuple[Recognised | None, ChosenCrs | None]:
    """Rows of the version before that stand in the file, and how its coordinates were read.

    Raises
    ------
    DifferentError
        When that version is not the one whose place this one takes, or its rows would mean something else by now.
    """
    found = next((one.recognised for one in layers if one.recognised is not None), None)
    if found is None or not len(found.sums):
        return None, None
    as_before = stands_for(connection, landing, found.known)
    if as_before is None:
        raise DifferentError
    return found, as_before


def _newest(connection: Connection, recognised: Recognised | None) -> date | None:
    """Newest date of rows that were recognised.

    Raises
    ------
    DifferentError
        When they have none: only all rows together tell the date then.
    """
    if recognised is None:
        return None
    row = connection.execute(
        """SELECT max(ref_date) FROM parcel
           WHERE dataset_id = %s AND as_read IS NOT NULL AND NOT coalesce(as_read = ANY(%s::bigint[]), false)""",
        [recognised.known.dataset, recognised.gone.tolist()],
    ).fetchone()
    if row is None or row[0] is None:
        raise DifferentError
    newest: date = row[0]
    return newest


def _recognised(request: Request, layers: list[RawLayer], raster: bool) -> tuple[Source, list[RawLayer]]:
    """The source of the layer that is recognised, and the layers with the tables that belong to it."""
    name = request.path.name
    if raster:
        return recognise(request.kind, [], layer="", file=name, raster=True, source=request.source), []
    if request.kind == "ownership":
        # Headers of a municipality's own list are its own: the columns decide, and none is quoted.
        source = recognise(request.kind, [], layer="", file=name, source=request.source or "owner-list")
        return source, [choose_layer(layers, dict(request.mapping), name)]
    problem: InputError | None = None
    for layer in layers:
        try:
            source = recognise(request.kind, layer.rows.columns, layer=layer.name, file=name, source=request.source)
        except InputError as error:
            problem = problem or error
            continue
        first = request.parts[0]
        if source.reader == "road-register" and len(request.parts) == 1 and first.suffix.lower() == ".shp":
            layers = [*layers, *read_tables_beside(first)]
        return source, layers
    raise problem or InputError("the file holds no layer.", "Check the export.", file=name)


def _layers_left(layers: list[RawLayer], source: Source, request: Request) -> list[str]:
    """A remark for each further layer the same source would fit: only one of them is read."""
    if request.layer is not None or source.reader in ("osm", "municipalities"):
        return []
    file = request.path.name
    main = main_layer(layers, source, file)
    left = [
        one
        for one in layers
        if one is not main and one.geometry is not None and len(one.rows)
        and source.matches(one.rows.columns, one.name, file, raster=False)
    ]  # fmt: skip
    return [f"also holds layer {one.name} ({len(one.rows)} rows): --layer {one.name} loads it" for one in left]


def _rows_read(layers: list[RawLayer], source: Source, file: str) -> int:
    if source.reader == "osm":
        return sum(len(layer.rows) for layer in layers)
    if source.reader == "municipalities":
        fitting = [one for one in layers if source.matches(one.rows.columns, one.name, file, raster=False)]
        return sum(len(one.rows) for one in fitting)
    return main_layer(layers, source, file).read


def _land_terrain(connection: Connection, landing: Landing, refusals: Refusals, rows: Counted | None) -> IngestReport:
    terrain = read_terrain(landing.request.parts[0], landing.request.crs)
    if not terrain.blocks:
        raise InputError("the raster holds no height.", "Check its nodata value.", file=landing.request.path)
    refusals.notes.append(f"{terrain.known} of {terrain.cells} cells have a height")
    if landing.declared.area is None:
        refusals.notes.append("no coverage declared (--covers): heights count where there are any")
    columns = {
        name: np.array([block[at] for block in terrain.blocks], dtype=object) for at, name in enumerate(BLOCK_COLUMNS)
    }
    work = Work("dem_tile", columns, None, np.arange(1, len(terrain.blocks) + 1))
    chosen = ChosenCrs(terrain.crs_declared, "EPSG:31370", terrain.crs_how)
    landing = replaced(landing, read=len(work), chosen=chosen, operation=operation_to_storage("EPSG:31370"))
    return land(connection, landing, [work], refusals, rows)
