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
import pandas as pd
import psycopg
import shapely

from geodata.database.engine import failure
from geodata.errors import DatabaseError, InputError, UsageError
from geodata.ingest.builders import build, main_layer
from geodata.ingest.coverage import Around, resolve_coverage
from geodata.ingest.crs import (
    ChosenCrs,
    Operation,
    choose_crs,
    known_crs,
    operation_to_storage,
    outside_belgium,
    swap_axes,
    transform,
)
from geodata.ingest.dem import BLOCK_COLUMNS, read_terrain
from geodata.ingest.formats import checksum, file_format, own_folder, unpack, unreadable
from geodata.ingest.load import already_loaded, check_replaced, land
from geodata.ingest.mapping import TARGETS
from geodata.ingest.ownership import read_ownership
from geodata.ingest.ownership_columns import choose_layer
from geodata.ingest.ownership_match import parcel_datasets
from geodata.ingest.parcels import check_parcels
from geodata.ingest.places import (
    boundary_datasets,
    build_municipalities,
    ensure_nis_changes,
    german_speaking,
    territory,
)
from geodata.ingest.read import RawLayer, read_layers, read_tables_beside
from geodata.ingest.report import IngestReport, Refusals
from geodata.ingest.request import Landing, Request
from geodata.ingest.rows import Counted
from geodata.ingest.sandbox import make_ready
from geodata.ingest.table import VALID, Work, check_geometry, check_required, parse_day
from geodata.ingest.versions import prune_before
from geodata.sources.catalogue import KINDS, Source, recognise

Connection = psycopg.Connection[Any]
Step = Callable[[str], None]

#: Kinds whose rows depend on the municipalities loaded, not only on the file.
_PLACED = ("parcels", "schools")
#: Kinds that say nothing by absence, so that a missing declaration is not worth a remark.
_NO_ABSENCE = ("municipalities", "parcels", "sites", "ownership")
_DATE_FIELDS = ("fiscdatum", "versdatum", "upddate", "lastupddts", "millesime", "source_date", "valid_from")


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
            report = _ingest(connection, replaced(request, parts=tuple(parts)), step, rows)
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


def _ingest(connection: Connection, request: Request, step: Step, rows: Counted | None) -> IngestReport:
    step("reading")
    with ThreadPoolExecutor(1) as beside:
        # The reader works in a process of its own: the checksum is made meanwhile.
        digest = beside.submit(checksum, [request.path])
        raster = file_format(request.parts[0]) == "geotiff" if request.parts[0].suffix.lower() != ".dbf" else False
        layers = [] if raster else read_layers(request.parts, request.layer)
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
        return earlier
    check_replaced(connection, landing)
    if raster:
        return _land_terrain(connection, landing, refusals, rows)
    step("checking")
    read, left = _rows_read(layers, source, request.path.name), _layers_left(layers, source, request)
    tables, chosen, operation = _checked(connection, landing, layers, refusals)
    refusals.notes += left
    step("loading")
    landing = replaced(
        landing,
        read=read,
        chosen=chosen,
        operation=operation,
        source_date=_source_date(tables, layers),
        declared=declared.without(refusals.holes, territory(connection)) if refusals.holes else declared,
    )
    # What was read is not needed while it lands, and may be half of the memory.
    del layers
    return land(connection, landing, tables, refusals, rows)


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
    return len(main_layer(layers, source, file).rows)


def _checked(
    connection: Connection, landing: Landing, layers: list[RawLayer], refusals: Refusals
) -> tuple[list[Work], ChosenCrs | None, Operation | None]:
    """Tables in EPSG:31370 with only usable rows, and how their coordinates were read; `layers` lose their rows."""
    request, source = landing.request, landing.source
    file = request.path.name
    if source.reader == "ownership":
        read = read_ownership(connection, layers[0], dict(request.mapping), request.crs, refusals, file)
        return [read.work], read.chosen, read.operation
    if source.reader == "municipalities":
        pairs = build_municipalities(layers, source, file)
        tables, crs = [work for _, work in pairs], next((layer.crs for layer, _ in pairs), None)
    else:
        tables = build(request.kind, layers, source, refusals, file)
        crs = next((one.crs for one in layers if one.geometry is not None), None)
    # What was read may be a third of the memory, and only its dates are needed now.
    layers[:] = [replaced(one, rows=_dated(one.rows)) for one in layers]
    chosen: ChosenCrs | None = None
    operation: Operation | None = None
    checked = []
    for work in tables:
        if work.geometry is not None:
            chosen = _choose(crs, work, layers, source, request)
            operation = operation_to_storage(chosen.used)
            if chosen.swapped or operation.transformer is not None:
                # Was found out in another system.
                work.columns.pop(VALID, None)
            shapes = swap_axes(work.geometry) if chosen.swapped else work.geometry
            work.geometry = transform(shapes, operation.transformer)
            work = check_geometry(work, _dimension(request.kind, work.table), refusals, outside_belgium)
        work = check_required(work, refusals)
        if work.table == "parcel":
            work = check_parcels(connection, work, landing.key, request.replace, file, refusals, request.within)
        if work.table == "service_point" and source.reader == "osm" and len(work):
            german = german_speaking(connection, work.geometry)
            work.columns["language"] = np.array(["de" if one else None for one in german], dtype=object)
        checked.append(work)
    if landing.declared.area is None and request.kind not in _NO_ABSENCE:
        refusals.notes.append("no coverage declared (--covers): where nothing is drawn stays unknown")
    return checked, chosen, operation


def _choose(crs: str | None, work: Work, layers: list[RawLayer], source: Source, request: Request) -> ChosenCrs:
    """CRS of a table; where coordinates come as numbers in columns, the catalogue says which they are."""
    geometry: Any = work.geometry
    present = geometry[~shapely.is_missing(geometry) & ~shapely.is_empty(geometry)]
    from_columns = all(one.geometry is None for one in layers)
    chosen = choose_crs(crs or (source.native_crs if from_columns else None), present, request.crs, request.path.name)
    if from_columns and chosen.how == "declared":
        chosen = replaced(chosen, declared=None, how="stated by the catalogue for this source")
    return chosen


def _dimension(kind: str, table: str) -> str:
    """Kind of shape a table takes; one OSM file fills several tables, nuisances with any shape."""
    by_table = {"service_point": "point", "road": "line", "building": "polygon"}
    return by_table.get(table) or TARGETS.get(kind, ("", "any"))[1]


def _dated(rows: pd.DataFrame) -> pd.DataFrame:
    """The usual date fields of a layer."""
    return rows[[name for name in rows.columns if str(name).lower() in _DATE_FIELDS]]


def _source_date(tables: list[Work], layers: list[RawLayer]) -> date | None:
    """Newest date the rows carry, or that of the usual date fields."""
    days: list[date]
    for work in tables:
        days = [day for day in work.columns.get("ref_date", ()) if day is not None]
        if days:
            return max(days)
    for layer in layers:
        for name in layer.rows.columns:
            if str(name).lower() in _DATE_FIELDS:
                days = [day for day in map(parse_day, layer.rows[name].unique()) if day is not None]
                if days:
                    return max(days)
    return None


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
