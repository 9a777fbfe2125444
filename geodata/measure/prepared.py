"""Layers read from PostGIS once per dataset version, as arrays on disk that are mapped into memory.

Contract: the folder of a layer is named after all that decides its content (dataset versions, rows wanted, recipe), so
that nothing in it is ever out of date; it appears whole or not at all, and may be deleted at any time. Polygons are kept
twice: as they are, for distances, and dissolved per class and cut into tiles, for overlaps. Without a folder the arrays
stay in memory.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import shutil
import uuid
from collections.abc import Callable, Sequence
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from psycopg import sql

from geodata.errors import InputError
from geodata.measure.copied import Connection, Query, read_flat, read_paths, read_points
from geodata.measure.datasets import Dataset
from geodata.measure.flat import FlatPolygons, open_arrays, save_arrays
from geodata.measure.kernels.standing import standing_points
from geodata.measure.shapes import Ints, Prepared, Shapes
from geodata.measure.specs import UNSTATED, LayerSpec
from geodata.measure.tiles import TiledLayer, prepare

Content = TypeVar("Content")

#: Raised whenever the same rows would give other arrays.
RECIPE = 3
#: Plans that replace others where they overlap: the newest RUP over the BPA over the gewestplan (VCRO 7.4.4); PAD over
#: RRUZ over PPAS over PRAS. The order of plans is a reading, grade C.
PRECEDENCE = {"rup": 20, "bpa": 10, "pad": 30, "rruz": 20, "ppas": 10}


def prepared_layer(
    connection: Connection, spec: LayerSpec, datasets: Sequence[Dataset], cache: Path | None
) -> Prepared:
    """A layer from its folder, or read from the database and kept there.

    Parameters
    ----------
    datasets : versions whose rows make up the layer.
    cache : folder of prepared arrays; None = keep nothing.
    """
    key = layer_key(spec, datasets)
    ids = [one.id for one in datasets]
    if cache is None:
        return _read(connection, spec, ids, key)
    folder = cache / f"{spec.id}-{key}"

    def make() -> None:
        _save(folder, _read(connection, spec, ids, key))

    return kept_folder(folder, partial(_open, key=key), make)


def is_prepared(spec: LayerSpec, datasets: Sequence[Dataset], cache: Path) -> bool:
    """Are the arrays of a layer there?"""
    return (cache / f"{spec.id}-{layer_key(spec, datasets)}").is_dir()


def united(name: str, parts: Sequence[tuple[str, Callable[[], FlatPolygons]]], cache: Path) -> TiledLayer:
    """Polygons of several layers as one class: what any of them covers.

    Parameters
    ----------
    name : what it is, for the folder.
    parts : what decides the polygons of each part, and the polygons.
    """
    key = hashlib.sha256(json.dumps([RECIPE, *(told for told, _ in parts)]).encode()).hexdigest()[:20]
    folder = cache / f"{name}-{key}"

    def make() -> None:
        polygons = FlatPolygons.concatenate(one() for _, one in parts)
        prepare(polygons, np.zeros(len(polygons), dtype=np.int64), 1).save(folder)

    return kept_folder(folder, TiledLayer.open, make)


def kept_folder(folder: Path, read: Callable[[Path], Content], make: Callable[[], None]) -> Content:
    """What a folder holds; it is made where it is missing or damaged, by one process while others wait for it."""
    known: Content | None = _opened.get(folder)
    if known is not None and folder.is_dir():
        return known
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / f"{folder.name.rpartition('-')[0]}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        found = _read_or_make(folder, read, make)
    if len(_opened) > _MOST_OPEN:
        _opened.clear()
    _opened[folder] = found
    return found


def _read_or_make(folder: Path, read: Callable[[Path], Content], make: Callable[[], None]) -> Content:
    if folder.is_dir():
        try:
            return read(folder)
        except InputError:
            shutil.rmtree(folder, ignore_errors=True)
    make()
    _forget(folder)
    return read(folder)


#: Layers this process has open.
_opened: dict[Path, Any] = {}
_MOST_OPEN = 200


def layer_key(spec: LayerSpec, datasets: Sequence[Dataset]) -> str:
    """Short name of all that decides the arrays of a layer."""
    rows = [(one.id, one.key, one.version, one.sha256, one.loaded_at.timestamp()) for one in datasets]
    asked = [spec.id, spec.table, spec.class_column, spec.where, spec.value, spec.language]
    told = [RECIPE, *asked, PRECEDENCE, rows]
    return hashlib.sha256(json.dumps(told, default=str).encode()).hexdigest()[:20]


def _read(connection: Connection, spec: LayerSpec, datasets: list[int], key: str) -> Prepared:
    named = sql.SQL("'any'") if spec.class_column == "id" else class_of(spec)  # every feature is one of a kind only
    rows = sql.SQL("FROM {} WHERE {}").format(sql.Identifier(spec.table), sql.SQL(" AND ").join(rows_of(spec)))
    values = parameters_of(spec, datasets)
    found = connection.execute(sql.SQL("SELECT DISTINCT {} {} ORDER BY 1").format(named, rows), values).fetchall()
    values["classes"] = [row[0] for row in found]
    number = sql.SQL("array_position(%(classes)s::text[], {})::bigint - 1").format(named)
    shapes, precedence = _shapes(connection, spec, number, rows, values)
    tiled = prepare(shapes.polygons, shapes.polygon_class, max(len(found), 1), precedence=precedence)
    return Prepared(key, tuple(values["classes"]), shapes, tiled)


def rows_of(spec: LayerSpec) -> list[Query]:
    """Conditions on the rows of a layer, with the values of `parameters_of`."""
    out: list[Query] = [sql.SQL("dataset_id = ANY(%(ids)s)")]
    if spec.where:
        column = "theme" if spec.table == "constraint_area" else "service"
        out.append(sql.SQL("{} = ANY(%(where)s)").format(sql.Identifier(column)))
    if spec.language:
        out.append(sql.SQL("coalesce(language, %(language)s) = %(language)s"))
    return out


def parameters_of(spec: LayerSpec, datasets: Sequence[int]) -> dict[str, Any]:
    """Values of `rows_of`."""
    return {"ids": list(datasets), "where": list(spec.where), "language": spec.language}


def class_of(spec: LayerSpec) -> Query:
    """Class of a row as text; of a layer of one language also whether that is stated (`UNSTATED`)."""
    named: Query = sql.SQL("coalesce({}::text, 'not_stated')").format(sql.Identifier(spec.class_column))
    if not spec.language:
        return named
    return sql.SQL("{} || CASE WHEN language IS NULL THEN {} ELSE '' END").format(named, sql.Literal(UNSTATED))


def _shapes(
    connection: Connection, spec: LayerSpec, number: Query, rows: Query, values: dict[str, Any]
) -> tuple[Shapes, Ints | None]:
    """Shapes of each kind. Datasets of neighbours both hold what lies in the margin between them: it is there once."""
    once = sql.SQL("DISTINCT") if len(values["ids"]) > 1 else sql.SQL("")
    level, several = level_of(spec), spec.table == "zone"

    def query(columns: sql.Composed, dimension: int) -> sql.Composed:
        return sql.SQL("SELECT {} {} {} AND ST_Dimension(geom) = {} AND NOT ST_IsEmpty(geom)").format(
            once, columns, rows, sql.Literal(dimension)
        )

    there = _KINDS.get(spec.table, (0, 1, 2))
    numbers, polygons = np.empty((0, 2), np.int64), FlatPolygons.concatenate([])
    if 2 in there:
        areas = sql.SQL("{} AS class, {} AS level, ST_CollectionExtract(geom, 3) AS geom").format(number, level)
        numbers, polygons = read_flat(connection, query(areas, 2), values, numbers=2)
    path_numbers, paths, ends = np.empty((0, 2), np.int64), np.empty((0, 2)), np.zeros(1, np.int64)
    if 1 in there:
        # Whole millimetres: only whole numbers are read beside a line.
        lines = sql.SQL(
            "{} AS class, coalesce(round(1000 * nullif({}, 'NaN')), -1)::bigint AS value, (ST_Dump(ST_CollectionExtract(geom, 2))).geom AS geom"
        ).format(number, stated_value(spec))
        found = query(lines, 1)
        if len(values["ids"]) > 1:  # one road in the registers of neighbours: whoever states its width is believed
            found = sql.SQL("SELECT class, max(value), geom FROM ({}) q GROUP BY class, geom").format(found)
        path_numbers, paths, ends = read_paths(connection, found, values, numbers=2)
    point_class, points, stated = np.empty(0, np.int64), np.empty((0, 2)), np.empty(0)
    if 0 in there:
        dots = sql.SQL("{} AS class, {} AS value, (ST_DumpPoints(geom)).geom AS geom").format(
            number, stated_value(spec)
        )
        places = sql.SQL("SELECT class, ST_X(geom), ST_Y(geom), value FROM ({}) dumped").format(query(dots, 0))
        point_class, points, stated = read_points(connection, places, values)
    # Buildings are counted on the parcel on which they stand.
    standing = standing_points(polygons) if spec.table == "building" else np.empty((0, 2))
    path_value = np.where(path_numbers[:, 1] < 0, np.nan, path_numbers[:, 1] / 1000.0)
    shapes = Shapes(
        polygons, numbers[:, 0].copy(), paths, ends, path_numbers[:, 0].copy(), path_value, points, point_class, stated,
        standing,
    )  # fmt: skip
    return shapes, numbers[:, 1].copy() if several else None


def level_of(spec: LayerSpec) -> Query:
    """Level of a plan among those that replace each other; 0 for everything else."""
    if spec.table != "zone":
        return sql.SQL("0::bigint")
    cases = sql.SQL(" ").join(
        sql.SQL("WHEN {} THEN {}").format(sql.Literal(kind), sql.Literal(rank)) for kind, rank in PRECEDENCE.items()
    )
    return sql.SQL("(CASE plan_kind {} ELSE 0 END)::bigint").format(cases)


def stated_value(spec: LayerSpec) -> Query:
    """A number of a feature, of roads a column, else among its other fields; NaN where it is not stated or no number."""
    if not spec.value:
        return sql.SQL("'NaN'::float8")
    if spec.table == "road":
        return sql.SQL("coalesce({}, 'NaN')::float8").format(sql.Identifier(spec.value))
    told = sql.SQL("attributes ->> {}").format(sql.Literal(spec.value))
    return sql.SQL("CASE WHEN {told} ~ '^[0-9]+([.][0-9]+)?$' THEN ({told})::float8 ELSE 'NaN'::float8 END").format(
        told=told
    )


#: Dimensions of the shapes that a table holds, where its type says so.
_KINDS = {"zone": (2,), "building": (2,), "road": (1,), "address": (0,), "service_point": (0,)}


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
    return Prepared(key, classes, Shapes(polygons=polygons, **arrays), TiledLayer.open(folder / "tiled"), folder)


#: Versions of a layer that are kept: three regions have one each, and land is taken away differently for each type of site.
_KEPT = 24


def _forget(folder: Path) -> None:
    """Earlier versions of a layer go, the newest apart: one may still be read."""
    name = folder.name.rpartition("-")[0]
    kept = sorted(
        (one for one in folder.parent.glob(f"{name}-*") if one.is_dir() and not one.name.endswith(".new")),
        key=lambda one: one.stat().st_mtime,
    )
    for old in kept[:-_KEPT]:
        shutil.rmtree(old, ignore_errors=True)
