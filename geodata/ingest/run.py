"""`ingest`: one file, one kind, one transaction. It lands whole or not at all, and twice is the same as once."""

from __future__ import annotations

import hashlib
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace as replaced
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import psycopg
import shapely

from geodata.errors import InputError, UsageError
from geodata.ingest.builders import TARGETS, build
from geodata.ingest.crs import ChosenCrs, Operation, choose_crs, operation_to_storage, outside_belgium, swap_axes, transform
from geodata.ingest.dem import read_terrain
from geodata.ingest.formats import RawLayer, checksum_parts, file_format, read_layers, unpack
from geodata.ingest.load import Landing, already_loaded, land
from geodata.ingest.places import (
    Declared,
    assign_municipalities,
    build_municipalities,
    ensure_nis_changes,
    resolve_coverage,
)
from geodata.ingest.report import IngestReport, Refusals
from geodata.ingest.table import Work, check_geometry, parse_day, require, text
from geodata.sources.catalogue import KINDS, Source, recognise

Connection = psycopg.Connection[Any]

_CAPAKEY = r"^\d{5}[A-Z]\d{4}/\d{2}[A-Z_]\d{3}$"


@dataclass(frozen=True)
class Request:
    """What was asked for; see `ingest`."""

    path: Path
    kind: str
    covers: str | None = None
    layer: str | None = None
    crs: str | None = None
    replace: int | None = None
    source: str | None = None
    fictional: bool = False


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
    fictional: bool = False,
    progress: Callable[[str], None] | None = None,
) -> IngestReport:
    """Read, check, harmonise and load one file.

    Parameters
    ----------
    connection : on the selected database; committed at the end, rolled back on any error.
    path : file, or a zip that holds one.
    kind : ingest kind, such as `parcels`; the format is recognised.
    covers : area in which absence means none: NIS codes, region, or a file. None = absence stays unknown.
    layer : one layer of a file that holds several.
    crs : CRS to read the coordinates in, when the file is wrong about it.
    replace : dataset whose place this one takes, when it is of another source.
    source : catalogue entry, when recognition fails.
    fictional : demo data.
    progress : called with each step.

    Returns
    -------
    `IngestReport` with the rows read, loaded, repaired and refused, with reasons.

    Raises
    ------
    UsageError
        For an unknown kind or source.
    InputError
        For a file that cannot be used; names file, row and field where one is to blame.
    NotFoundError
        When the declared coverage is not loaded.
    """
    if kind not in KINDS:
        raise UsageError(f"{kind} is no kind of data.", f"Kinds: {', '.join(KINDS)}.")
    request = Request(Path(path), kind, covers, layer, crs, replace, source, fictional)
    step = progress or (lambda _: None)
    started = time.perf_counter()
    try:
        with tempfile.TemporaryDirectory(prefix="standplaats-ingest-") as folder:
            if file_format(request.path) == "zip":
                step("unpacking")
                request = replaced(request, path=unpack(request.path, Path(folder)))
            report = _ingest(connection, request, step)
        connection.commit()
    except BaseException:
        connection.rollback()
        raise
    return replaced(report, seconds=round(time.perf_counter() - started, 2))


def _ingest(connection: Connection, request: Request, step: Callable[[str], None]) -> IngestReport:
    digest = checksum(request.path)
    raster = file_format(request.path) == "geotiff"
    step("reading")
    layers = [] if raster else read_layers(request.path, request.layer)
    source = _recognise(request, layers, raster)
    refusals = Refusals()
    if request.kind == "municipalities":
        ensure_nis_changes(connection)
    declared = resolve_coverage(connection, request.covers)
    landing = Landing(request, source, digest, declared)
    earlier = already_loaded(connection, landing)
    if earlier is not None:
        return earlier
    if raster:
        return _land_terrain(connection, landing, refusals)
    step("checking")
    tables, chosen, operation = _checked(connection, request, source, layers, declared, refusals)
    read = _rows_read(layers, source, request.path.name)
    step("loading")
    landing = replaced(landing, read=read, chosen=chosen, operation=operation, source_date=_source_date(tables, layers))
    return land(connection, landing, tables, refusals)


def _recognise(request: Request, layers: list[RawLayer], raster: bool) -> Source:
    """The source of the layer that is recognised; the error of the first one otherwise."""
    name = request.path.name
    if raster:
        return recognise(request.kind, [], layer="", file=name, raster=True, source=request.source)
    problem: InputError | None = None
    for layer in layers:
        try:
            return recognise(
                request.kind, layer.rows.columns, layer=layer.name, file=name, source=request.source
            )
        except InputError as error:
            problem = problem or error
    raise problem or InputError("the file holds no layer.", "Check the export.", file=name)


def _rows_read(layers: list[RawLayer], source: Source, file: str) -> int:
    if source.reader == "osm":
        return sum(len(layer.rows) for layer in layers)
    fitting = [one for one in layers if source.matches(one.rows.columns, one.name, file, raster=False)] or layers[:1]
    return sum(len(one.rows) for one in (fitting if source.reader == "municipalities" else fitting[:1]))


def _checked(
    connection: Connection,
    request: Request,
    source: Source,
    layers: list[RawLayer],
    declared: Declared,
    refusals: Refusals,
) -> tuple[list[Work], ChosenCrs | None, Operation | None]:
    """Tables in EPSG:31370 with only usable rows, and how their coordinates were read."""
    file = request.path.name
    if source.reader == "municipalities":
        pairs = build_municipalities(layers, source, file)
        tables, crs = [work for _, work in pairs], next((layer.crs for layer, _ in pairs), None)
    else:
        tables = build(request.kind, layers, source, refusals, file)
        crs = next((one.crs for one in layers if one.geometry is not None), source.native_crs)
    chosen: ChosenCrs | None = None
    operation: Operation | None = None
    checked = []
    for work in tables:
        if work.geometry is not None:
            chosen = choose_crs(crs, _present(work.geometry), request.crs, file)
            operation = operation_to_storage(chosen.used)
            shapes = swap_axes(work.geometry) if chosen.swapped else work.geometry
            work.geometry = transform(shapes, operation.transformer)
            kind = TARGETS.get(request.kind, ("", "any"))[1]
            kind = {"service_point": "point", "constraint_area": "any", "road": "line"}.get(work.table, kind)
            work = check_geometry(work, kind, refusals, outside_belgium)
        if work.table == "parcel":
            work = _parcels(connection, work, request, refusals)
        checked.append(work)
    if declared.area is None and request.kind not in ("municipalities", "parcels", "sites", "ownership"):
        refusals.notes.append("no coverage declared (--covers): where nothing is drawn stays unknown")
    return checked, chosen, operation


def _present(geometry: Any) -> Any:
    return geometry[~shapely.is_missing(geometry) & ~shapely.is_empty(geometry)]


def _parcels(connection: Connection, work: Work, request: Request, refusals: Refusals) -> Work:
    """Keys, areas and municipality of parcels."""
    file = request.path.name
    require(work, "capakey", file)
    columns = work.columns
    keys = [(text(value) or "").upper().replace("-", "/") for value in columns["capakey"]]
    columns["capakey"] = np.array(keys, dtype=object)
    valid = pd.Series(keys, dtype=str).str.match(_CAPAKEY).to_numpy(dtype=bool)
    work = work.refuse(~valid, "invalid_capakey", "a CAPAKEY looks like 24434F0211/00W006", refusals)
    repeated = pd.Series(work.columns["capakey"]).duplicated().to_numpy()
    work = work.refuse(repeated, "duplicate_capakey", "the key stands in the file before", refusals)
    elsewhere = connection.execute(
        """SELECT p.capakey FROM parcel p JOIN dataset d ON d.id = p.dataset_id AND d.current
           WHERE p.capakey = ANY(%s) AND d.id IS DISTINCT FROM %s
             AND NOT (d.source = %s AND d.coverage_text IS NOT DISTINCT FROM %s)""",
        [list(work.columns["capakey"]), request.replace, request.source or "", request.covers],
    ).fetchall()
    # The same source and scope replaces itself; `land` settles that by the dataset key.
    taken = {row[0] for row in elsewhere} - _own_keys(connection, request)
    clash = np.isin(work.columns["capakey"].astype(str), list(taken))
    work = work.refuse(
        clash, "capakey_in_other_dataset", "the parcel is in another current dataset; --replace ID takes its place", refusals
    )
    assign_municipalities(connection, work, refusals)
    n = len(work)
    work.columns["area_m2"] = shapely.area(work.geometry)
    official = pd.to_numeric(pd.Series(work.columns.get("official_area_m2", np.full(n, None))), errors="coerce")
    work.columns["official_area_m2"] = np.array([None if np.isnan(one) else float(one) for one in official], dtype=object)
    work.columns["ref_date"] = np.array(
        [parse_day(value) for value in work.columns.get("ref_date", np.full(n, None))], dtype=object
    )
    work.columns["canu"] = np.array([text(value) for value in work.columns.get("canu", np.full(n, None))], dtype=object)
    return work


def _own_keys(connection: Connection, request: Request) -> set[str]:
    """Keys of the dataset version this file would replace anyway."""
    rows = connection.execute(
        """SELECT p.capakey FROM parcel p JOIN dataset d ON d.id = p.dataset_id AND d.current
           WHERE d.kind = 'parcels' AND d.file_name = %s AND d.coverage_text IS NOT DISTINCT FROM %s""",
        [request.path.name, request.covers],
    ).fetchall()
    return {row[0] for row in rows}


def _source_date(tables: list[Work], layers: list[RawLayer]) -> Any:
    """Newest date the rows carry, or that of the usual date fields."""
    for work in tables:
        days = [day for day in work.columns.get("ref_date", ()) if day is not None]
        if days:
            return max(days)
    names = ("fiscdatum", "versdatum", "upddate", "lastupddts", "millesime", "source_date")
    for layer in layers:
        for name in layer.rows.columns:
            if str(name).lower() in names:
                days = [day for day in map(parse_day, layer.rows[name].unique()) if day is not None]
                if days:
                    return max(days)
    return None


def _land_terrain(connection: Connection, landing: Landing, refusals: Refusals) -> IngestReport:
    terrain = read_terrain(landing.request.path, landing.request.crs)
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


def checksum(path: Path) -> str:
    """sha256 over the file, or over all parts of a shapefile."""
    digest = hashlib.sha256()
    for part in checksum_parts(path):
        with part.open("rb") as stream:
            while chunk := stream.read(1 << 20):
                digest.update(chunk)
    return digest.hexdigest()
