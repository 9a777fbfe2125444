"""Rows of a file as they may land: in EPSG:31370, valid or refused, with what the database must say of them.

Contract: one step of `geodata.ingest.run`, before anything is written. What cannot be used goes to the refusals.
"""

from __future__ import annotations

from dataclasses import replace as replaced
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import psycopg
import shapely

from geodata.ingest.builders import build
from geodata.ingest.crs import (
    ChosenCrs,
    Operation,
    choose_crs,
    operation_to_storage,
    outside_belgium,
    swap_axes,
    transform,
)
from geodata.ingest.mapping import TARGETS
from geodata.ingest.ownership import read_ownership
from geodata.ingest.parcels import check_parcels
from geodata.ingest.places import build_municipalities, german_speaking
from geodata.ingest.read import RawLayer
from geodata.ingest.report import Refusals
from geodata.ingest.request import Landing, Request
from geodata.ingest.table import VALID, Work, check_geometry, check_required, nothing, parse_day
from geodata.sources.catalogue import Source

Connection = psycopg.Connection[Any]

#: Kinds that say nothing by absence, so that a missing declaration is not worth a remark.
_NO_ABSENCE = ("municipalities", "parcels", "sites", "ownership")
#: Of a list of owners that may not be passed on.
_NOT_TOLD = (
    "no class of owner of this list is told, and none counts: the score would tell it. Where the municipality lets the"
    " classes be told, load it with --source owner-list-open"
)
_DATE_FIELDS = ("fiscdatum", "versdatum", "upddate", "lastupddts", "millesime", "source_date", "valid_from")


def checked(
    connection: Connection,
    landing: Landing,
    layers: list[RawLayer],
    refusals: Refusals,
    as_before: ChosenCrs | None = None,
) -> tuple[list[Work], ChosenCrs | None, Operation | None]:
    """Tables in EPSG:31370 with only usable rows, and how their coordinates were read; `layers` lose their rows.

    `as_before` is how they were read in the version whose rows were recognised: nearly all rows are its.
    """
    request, source = landing.request, landing.source
    file = request.path.name
    if source.reader == "ownership":
        read = read_ownership(connection, layers[0], dict(request.mapping), request.crs, refusals, file)
        if not source.redistributable:
            refusals.notes.append(_NOT_TOLD)
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
    done = []
    for work in tables:
        if work.geometry is not None:
            chosen = as_before or _choose(crs, work, layers, source, request)
            operation = operation_to_storage(chosen.used)
            if chosen.swapped or operation.transformer is not None:
                # Was found out in another system.
                work.columns.pop(VALID, None)
                work.wkb = None
            shapes = swap_axes(work.geometry) if chosen.swapped else work.geometry
            work.geometry = transform(shapes, operation.transformer)
            work = check_geometry(work, _dimension(request.kind, work.table), refusals, outside_belgium)
        work = check_required(work, refusals)
        if work.table == "parcel":
            work = check_parcels(connection, work, landing.key, request.replace, file, refusals, request.within)
        if work.table == "service_point" and source.reader == "osm" and len(work):
            german = german_speaking(connection, work.geometry)
            work.columns["language"] = np.array(["de" if one else None for one in german], dtype=object)
        done.append(work)
    if landing.declared.area is None and request.kind not in _NO_ABSENCE:
        refusals.notes.append("no coverage declared (--covers): where nothing is drawn stays unknown")
    return done, chosen, operation


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


def source_date(tables: list[Work], layers: list[RawLayer], newest: date | None = None) -> date | None:
    """Newest date the rows carry, or that of the usual date fields; `newest` is that of rows that were recognised."""
    days: list[date]
    for work in tables:
        days = [day for day in pd.unique(work.columns.get("ref_date", nothing(0))) if day is not None]
        days += [] if newest is None else [newest]
        if days:
            return max(days)
    for layer in layers:
        for name in layer.rows.columns:
            if str(name).lower() in _DATE_FIELDS:
                days = [day for day in map(parse_day, layer.rows[name].unique()) if day is not None]
                if days:
                    return max(days)
    return None
