"""`ingest`: one file, one kind, one transaction. It lands whole or not at all; twice is the same as once."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace as replaced
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import shapely

from geodata.database.engine import failure
from geodata.errors import DatabaseError, InputError, UsageError
from geodata.ingest.builders import build, main_layer
from geodata.ingest.coverage import resolve_coverage
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
from geodata.ingest.dem import read_terrain
from geodata.ingest.formats import checksum, file_format, unpack
from geodata.ingest.load import already_loaded, check_replaced, land
from geodata.ingest.mapping import TARGETS
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
from geodata.ingest.table import Work, check_geometry, check_required, parse_day
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
    progress: Step | None = None,
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
    progress : called with each step.

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
    if kind not in KINDS:
        raise UsageError(f"{kind} is no kind of data.", f"Kinds: {', '.join(KINDS)}.")
    if crs is not None:
        known_crs(crs)
    path = Path(path)
    request = Request(path, kind, covers, layer, crs, replace, source)
    step = progress or (lambda _: None)
    started = time.perf_counter()
    try:
        with tempfile.TemporaryDirectory(prefix="standplaats-ingest-") as folder:
            parts = [path]
            if file_format(path) == "zip":
                step("unpacking")
                parts = unpack(path, Path(folder))
            report = _ingest(connection, replaced(request, parts=tuple(parts)), step)
        connection.commit()
    except BaseException as error:
        with suppress(psycopg.Error):
            connection.rollback()
        if isinstance(error, psycopg.Error):
            raise _of_database(error, path) from error
        raise
    return replaced(report, seconds=round(time.perf_counter() - started, 2))


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


def _ingest(connection: Connection, request: Request, step: Step) -> IngestReport:
    digest = checksum([request.path])
    raster = file_format(request.parts[0]) == "geotiff" if request.parts[0].suffix.lower() != ".dbf" else False
    step("reading")
    layers = [] if raster else read_layers(request.parts, request.layer)
    source, layers = _recognised(request, layers, raster)
    refusals = Refusals()
    if request.kind == "municipalities":
        ensure_nis_changes(connection)
    declared = resolve_coverage(connection, request.covers)
    placed = request.covers is not None or request.kind in _PLACED
    landing = Landing(request, source, digest, declared, boundary_datasets(connection) if placed else [])
    earlier = already_loaded(connection, landing)
    if earlier is not None:
        return earlier
    check_replaced(connection, landing)
    if raster:
        return _land_terrain(connection, landing, refusals)
    step("checking")
    tables, chosen, operation = _checked(connection, landing, layers, refusals)
    refusals.notes += _layers_left(layers, source, request)
    step("loading")
    landing = replaced(
        landing,
        read=_rows_read(layers, source, request.path.name),
        chosen=chosen,
        operation=operation,
        source_date=_source_date(tables, layers),
        declared=declared.without(refusals.holes, territory(connection)) if refusals.holes else declared,
    )
    return land(connection, landing, tables, refusals)


def _recognised(request: Request, layers: list[RawLayer], raster: bool) -> tuple[Source, list[RawLayer]]:
    """The source of the layer that is recognised, and the layers with the tables that belong to it."""
    name = request.path.name
    if raster:
        return recognise(request.kind, [], layer="", file=name, raster=True, source=request.source), []
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
    """Tables in EPSG:31370 with only usable rows, and how their coordinates were read."""
    request, source = landing.request, landing.source
    file = request.path.name
    if source.reader == "municipalities":
        pairs = build_municipalities(layers, source, file)
        tables, crs = [work for _, work in pairs], next((layer.crs for layer, _ in pairs), None)
    else:
        tables = build(request.kind, layers, source, refusals, file)
        crs = next((one.crs for one in layers if one.geometry is not None), None)
    chosen: ChosenCrs | None = None
    operation: Operation | None = None
    checked = []
    for work in tables:
        if work.geometry is not None:
            chosen = _choose(crs, work, layers, source, request)
            operation = operation_to_storage(chosen.used)
            shapes = swap_axes(work.geometry) if chosen.swapped else work.geometry
            work.geometry = transform(shapes, operation.transformer)
            work = check_geometry(work, _dimension(request.kind, work.table), refusals, outside_belgium)
        work = check_required(work, refusals)
        if work.table == "parcel":
            work = check_parcels(connection, work, landing.key, request.replace, file, refusals)
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


def _land_terrain(connection: Connection, landing: Landing, refusals: Refusals) -> IngestReport:
    terrain = read_terrain(landing.request.parts[0], landing.request.crs)
    if not terrain.blocks:
        raise InputError("the raster holds no height.", "Check its nodata value.", file=landing.request.path)
    refusals.notes.append(f"{terrain.known} of {terrain.cells} cells have a height")
    if landing.declared.area is None:
        refusals.notes.append("no coverage declared (--covers): heights count where there are any")
    columns = {
        name: np.array([block[at] for block in terrain.blocks], dtype=object)
        for at, name in enumerate(("origin_x", "origin_y", "cell_m", "width", "height", "heights"))
    }
    work = Work("dem_tile", columns, None, np.arange(1, len(terrain.blocks) + 1))
    chosen = ChosenCrs(terrain.crs_declared, "EPSG:31370", terrain.crs_how)
    landing = replaced(landing, read=len(work), chosen=chosen, operation=operation_to_storage("EPSG:31370"))
    return land(connection, landing, [work], refusals)
