"""Layers read from PostGIS once per dataset version, as arrays on disk that are mapped into memory.

Contract: the folder of a layer is named after all that decides its content (dataset versions, rows wanted, recipe), so
that nothing in it is ever out of date; it appears whole or not at all, and may be deleted at any time. Polygons are kept
twice: as they are, for distances, and dissolved per class and cut into tiles, for overlaps. Without a folder the arrays
stay in memory.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import uuid
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
from psycopg import sql

from geodata.errors import InputError
from geodata.measure.copied import Connection, Query, read_flat, read_paths, read_points
from geodata.measure.flat import FlatPolygons, open_arrays, save_arrays
from geodata.measure.shapes import Ints, Prepared, Shapes
from geodata.measure.specs import LayerSpec
from geodata.measure.tiles import TiledLayer, prepare

#: Raised whenever the same rows would give other arrays.
RECIPE = 1
#: Plans that replace others where they overlap: the newest RUP over the BPA over the gewestplan (VCRO 7.4.4); PAD over
#: RRUZ over PPAS over PRAS. The order of plans is a reading, grade C.
PRECEDENCE = {"rup": 20, "bpa": 10, "pad": 30, "rruz": 20, "ppas": 10}


def prepared_layer(connection: Connection, spec: LayerSpec, datasets: list[int], cache: Path | None) -> Prepared:
    """A layer from its folder, or read from the database and kept there.

    Parameters
    ----------
    datasets : versions whose rows make up the layer.
    cache : folder of prepared arrays; None = keep nothing.
    """
    key = layer_key(connection, spec, datasets)
    folder = None if cache is None else cache / f"{spec.id}-{key}"
    if folder is not None and folder.is_dir():
        try:
            return _open(folder, key)
        except InputError:
            shutil.rmtree(folder, ignore_errors=True)
    made = _read(connection, spec, datasets, key)
    if folder is not None:
        _save(folder, made)
        _forget(folder)
        return _open(folder, key)
    return made


def united(name: str, parts: Sequence[tuple[str, FlatPolygons]], cache: Path | None) -> TiledLayer:
    """Polygons of several layers as one class: what any of them covers.

    Parameters
    ----------
    name : what it is, for the folder.
    parts : what decides the polygons of each part, and the polygons.
    """
    key = hashlib.sha256(json.dumps([RECIPE, *(told for told, _ in parts)]).encode()).hexdigest()[:20]
    folder = None if cache is None else cache / f"{name}-{key}"
    if folder is not None and folder.is_dir():
        try:
            return TiledLayer.open(folder)
        except InputError:
            shutil.rmtree(folder, ignore_errors=True)
    polygons = FlatPolygons.concatenate(one for _, one in parts)
    made = prepare(polygons, np.zeros(len(polygons), dtype=np.int64), 1)
    if folder is not None:
        made.save(folder)
        _forget(folder)
    return made


def layer_key(connection: Connection, spec: LayerSpec, datasets: list[int]) -> str:
    """Short name of all that decides the arrays of a layer."""
    rows = connection.execute(
        "SELECT id, key, version, sha256, loaded_at FROM dataset WHERE id = ANY(%s) ORDER BY id", [datasets]
    ).fetchall()
    told = [RECIPE, spec.id, spec.table, spec.class_column, spec.where, PRECEDENCE, rows]
    return hashlib.sha256(json.dumps(told, default=str).encode()).hexdigest()[:20]


def _read(connection: Connection, spec: LayerSpec, datasets: list[int], key: str) -> Prepared:
    where: list[Query] = [sql.SQL("dataset_id = ANY(%(ids)s)")]
    if spec.where:
        column = "theme" if spec.table == "constraint_area" else "service"
        where.append(sql.SQL("{} = ANY(%(where)s)").format(sql.Identifier(column)))
    named: Query = sql.SQL("coalesce({}::text, 'not_stated')").format(sql.Identifier(spec.class_column))
    if spec.class_column == "id":  # every feature is one of a kind only
        named = sql.SQL("'any'")
    rows = sql.SQL("FROM {} WHERE {}").format(sql.Identifier(spec.table), sql.SQL(" AND ").join(where))
    values: dict[str, Any] = {"ids": datasets, "where": list(spec.where)}
    found = connection.execute(sql.SQL("SELECT DISTINCT {} {} ORDER BY 1").format(named, rows), values).fetchall()
    values["classes"] = [row[0] for row in found]
    number = sql.SQL("array_position(%(classes)s::text[], {})::bigint - 1").format(named)
    shapes, precedence = _shapes(connection, spec, number, rows, values)
    tiled = prepare(shapes.polygons, shapes.polygon_class, max(len(found), 1), precedence=precedence)
    return Prepared(key, tuple(values["classes"]), shapes, tiled)


def _shapes(
    connection: Connection, spec: LayerSpec, number: Query, rows: Query, values: dict[str, Any]
) -> tuple[Shapes, Ints | None]:
    """Shapes of each kind. Datasets of neighbours both hold what lies in the margin between them: it is there once."""
    once = sql.SQL("DISTINCT") if len(values["ids"]) > 1 else sql.SQL("")
    level: Query = sql.SQL("0::bigint")
    several = spec.table == "zone"
    if several:
        cases = sql.SQL(" ").join(
            sql.SQL("WHEN {} THEN {}").format(sql.Literal(kind), sql.Literal(rank)) for kind, rank in PRECEDENCE.items()
        )
        level = sql.SQL("(CASE plan_kind {} ELSE 0 END)::bigint").format(cases)

    def query(columns: sql.Composed, dimension: int) -> sql.Composed:
        return sql.SQL("SELECT {} {} {} AND ST_Dimension(geom) = {} AND NOT ST_IsEmpty(geom)").format(
            once, columns, rows, sql.Literal(dimension)
        )

    areas = sql.SQL("{} AS class, {} AS level, ST_CollectionExtract(geom, 3) AS geom").format(number, level)
    numbers, polygons = read_flat(connection, query(areas, 2), values, numbers=2)
    lines = sql.SQL("{} AS class, (ST_Dump(ST_CollectionExtract(geom, 2))).geom AS geom").format(number)
    path_numbers, paths, ends = read_paths(connection, query(lines, 1), values)
    dots = sql.SQL("{} AS class, (ST_DumpPoints(geom)).geom AS geom").format(number)
    places = sql.SQL("SELECT class, ST_X(geom), ST_Y(geom) FROM ({}) dumped").format(query(dots, 0))
    point_class, points = read_points(connection, places, values)
    shapes = Shapes(polygons, numbers[:, 0].copy(), paths, ends, path_numbers[:, 0].copy(), points, point_class)
    return shapes, numbers[:, 1].copy() if several else None


_ARRAYS = tuple(one.name for one in fields(Shapes) if one.name != "polygons")


def _save(folder: Path, made: Prepared) -> None:
    beside = folder.with_name(f"{folder.name}.{uuid.uuid4().hex[:8]}.new")
    made.shapes.polygons.save(beside / "polygons")
    made.tiled.save(beside / "tiled")
    save_arrays(beside / "shapes", {name: getattr(made.shapes, name) for name in _ARRAYS})
    (beside / "classes.json").write_text(json.dumps(made.classes), encoding="utf-8")
    try:
        beside.rename(folder)
    except OSError:  # another process was first: its arrays are the same
        shutil.rmtree(beside, ignore_errors=True)


def _open(folder: Path, key: str) -> Prepared:
    try:
        classes = tuple(json.loads((folder / "classes.json").read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise InputError("prepared arrays cannot be read.", "Delete the folder.", file=folder) from error
    polygons = FlatPolygons.open(folder / "polygons")
    arrays: dict[str, Any] = open_arrays(folder / "shapes", _ARRAYS)
    return Prepared(key, classes, Shapes(polygons=polygons, **arrays), TiledLayer.open(folder / "tiled"))


def _forget(folder: Path) -> None:
    """Earlier versions of a layer go, the newest apart: three regions have one each, and one may still be read."""
    name = folder.name.rpartition("-")[0]
    kept = sorted(
        (one for one in folder.parent.glob(f"{name}-*") if one.is_dir() and not one.name.endswith(".new")),
        key=lambda one: one.stat().st_mtime,
    )
    for old in kept[:-6]:
        shutil.rmtree(old, ignore_errors=True)
