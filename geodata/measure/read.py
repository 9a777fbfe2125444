"""Read parcels and layers of a municipality from PostGIS into the arrays that `measure` works on."""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import shapely
from psycopg import sql

from geodata.errors import NotFoundError
from geodata.measure.copied import read_named
from geodata.measure.datasets import Dataset, coverage_of, current_datasets, reaching
from geodata.measure.flat import FlatPolygons
from geodata.measure.inputs import Coverage, GeometryArray, HeightGrid, Layer, Layers, Parcels
from geodata.measure.jit import HAVE_NUMBA
from geodata.measure.measure import DISTANCES, HORIZON_M
from geodata.measure.prepared import (
    PRECEDENCE,
    class_of,
    is_prepared,
    parameters_of,
    prepared_layer,
    rows_of,
    stated_value,
    united,
)
from geodata.measure.specs import NAMED_PARTS, LayerSpec, Region, layer_specs
from geodata.measure.table import KNOWN_USE, FloatArray
from geodata.measure.tiles import TiledLayer

Box = tuple[float, float, float, float]
Connection = psycopg.Connection[Any]
#: Heights are read this far around the parcels, metres.
_ROUND_M = 100.0
#: Classes of owner, those of `geodata.ingest.owner_names` (a test compares); unknown ones tell nothing.
_OWNERS = (
    "municipality", "cpas_ocmw", "church_fabric", "autonomous_municipal_company", "province", "region", "community",
    "federal", "housing_company", "intermunicipal", "water_manager", "rail_manager", "other_public", "private",
)  # fmt: skip
_PRECEDENCE = " ".join(f"WHEN '{kind}' THEN {rank}" for kind, rank in PRECEDENCE.items())


def region_of(connection: Connection, nis: str) -> Region:
    """Region whose layers and law hold in a municipality.

    Raises
    ------
    NotFoundError
        When no current municipality has this code; names the successor of an old code.
    """
    row = connection.execute(
        """SELECT m.region FROM municipality m JOIN dataset d ON d.id = m.dataset_id AND d.current
           WHERE m.nis = %s AND m.valid_to IS NULL LIMIT 1""",
        [nis],
    ).fetchone()
    if row is not None:
        region: Region = row[0]
        return region
    change = connection.execute(
        "SELECT new_nis, new_name, valid_from FROM nis_change WHERE old_nis = %s ORDER BY valid_from DESC LIMIT 1",
        [nis],
    ).fetchone()
    if change is not None:
        raise NotFoundError(
            f"NIS code {nis} is no longer valid: since {change[2]} it is {change[0]} {change[1]}.",
            f"Use {change[0]}.",
        )
    raise NotFoundError(
        f"No municipality with NIS code {nis} is loaded.",
        "Load boundaries first: standplaats ingest FILE --as municipalities.",
    )


def read_parcels(
    connection: Connection, nis: str, capakeys: list[str] | None = None, *, datasets: Sequence[Dataset] | None = None
) -> Parcels:
    """Current parcels of a municipality, in the order of their keys.

    Parameters
    ----------
    capakeys : only these; they may be none. None = all.
    datasets : the current ones, where they are known already.

    Raises
    ------
    NotFoundError
        When none is loaded.
    """
    current = current_datasets(connection) if datasets is None else datasets
    owners = [one.id for one in current if one.kind == "ownership"]
    values = {
        "nis": nis, "keys": capakeys, "classes": list(_OWNERS), "owners": owners,
        "parcels": [one.id for one in current if one.kind == "parcels"],
    }  # fmt: skip
    owner: sql.Composable = sql.SQL("0::bigint")
    joined: sql.Composable = sql.SQL("")
    if owners:
        owner = sql.SQL("coalesce(array_position(%(classes)s::text[], o.owner_class), 0)::bigint")
        joined = sql.SQL(
            """LEFT JOIN LATERAL (SELECT w.owner_class FROM ownership w WHERE w.capakey = p.capakey
                   AND w.dataset_id = ANY(%(owners)s::bigint[]) AND w.owner_class <> 'unknown'
                   ORDER BY w.dataset_id DESC LIMIT 1) o ON true"""
        )
    chosen = sql.SQL("" if capakeys is None else "AND p.capakey = ANY(%(keys)s)")
    query = sql.SQL(
        """SELECT p.id, (p.nis_how = 'border')::int::bigint AS border, {owner} AS owner, p.capakey, p.geom
           FROM parcel p {joined}
           WHERE p.nis = %(nis)s AND p.dataset_id = ANY(%(parcels)s::bigint[]) {chosen}
           ORDER BY p.capakey COLLATE "C", p.id"""
    ).format(owner=owner, joined=joined, chosen=chosen)
    numbers, keys, shapes = read_named(connection, query, values, ("id", "border", "owner"), "capakey")
    if not len(numbers) and capakeys is None:
        raise NotFoundError(
            f"No parcels of municipality {nis} are loaded.", "Load them: standplaats ingest FILE --as parcels."
        )
    return Parcels(
        parcel_id=numbers[:, 0].copy(),
        capakey=keys,
        nis=np.full(len(numbers), nis, dtype=object),
        border=numbers[:, 1] == 1,
        shapes=shapes,
        owner_class=np.array([None, *_OWNERS], dtype=object)[numbers[:, 2]],
    )


def read_layers(
    connection: Connection,
    region: Region,
    parcels: Parcels,
    *,
    near: set[int] | None = None,
    datasets: Sequence[Dataset] | None = None,
    cache: Path | None = None,
    few: bool = False,
) -> Layers:
    """All layers of the region around the parcels; a source that is not loaded is named in its layer.

    Parameters
    ----------
    near : datasets that may say something of the municipality, for the date of a layer; None = they are found
        from the municipalities of the parcels.
    datasets : the current ones, where they are known already.
    cache : folder of prepared arrays (`geodata.measure.prepared`); None = layers are read around the parcels only.
    few : a layer whose shares only are measured, and that is not prepared, is read around the parcels, too.
    """
    current = current_datasets(connection) if datasets is None else datasets
    if near is None:
        near = {one for nis in set(parcels.nis.tolist()) for one in reaching(connection, nis, current)}
    box: Box = (0.0,) * 4
    if len(parcels):
        west, south = np.nanmin(parcels.flat.bounds[:, :2], axis=0).tolist()
        east, north = np.nanmax(parcels.flat.bounds[:, 2:], axis=0).tolist()
        box = (west, south, east, north)
    items: dict[str, Layer] = {}
    terrain: HeightGrid | None = None
    terrain_ids: tuple[int, ...] = ()
    for spec in layer_specs(region):
        mine = [one for one in current if spec.takes(one.kind, one.source)]
        if spec.table == "dem_tile":
            terrain = _read_terrain(connection, [one.id for one in mine], _wider(box, _ROUND_M))
            terrain_ids = tuple(one.id for one in mine)
        else:
            aside = few and spec.id in _SHARES_ONLY and not (cache and is_prepared(spec, _usable(mine), cache))
            around, folder = (_wider(box, 1.0), None) if aside else (_wider(box, HORIZON_M), cache)
            items[spec.id] = _read_layer(connection, spec, mine, around, near, folder)
    built, taken = (None, None) if cache is None or not HAVE_NUMBA else _occupied(items, cache)
    return Layers(items, terrain, terrain_ids, built, taken)


def _occupied(items: dict[str, Layer], cache: Path) -> tuple[TiledLayer | None, TiledLayer | None]:
    """What buildings cover, and what buildings or land in use cover."""
    parts: list[tuple[str, Callable[[], FlatPolygons]]] = []
    buildings, land_use = items["buildings"].prepared, items["land_use"].prepared
    if buildings is not None:
        polygons = buildings.shapes.polygons
        parts.append((buildings.key, lambda: polygons))
    used = [] if land_use is None else [(f"{land_use.key} {KNOWN_USE}", partial(land_use.of_classes, KNOWN_USE))]
    return united("built", parts, cache), united("taken", [*parts, *used], cache)


def prepare_layer(connection: Connection, spec: LayerSpec, cache: Path) -> None:
    """Make the arrays of a layer and its search trees, where they are not there yet."""
    mine = [one for one in current_datasets(connection) if spec.takes(one.kind, one.source)]
    layer = _read_layer(connection, spec, mine, (0.0,) * 4, set(), cache)
    if layer.prepared is None:
        return
    for of, classes in DISTANCES.values():
        if of == spec.id:
            layer.prepared.finder(classes)


#: Layers of which nothing but shares is measured.
_SHARES_ONLY = (
    "zoning", "plan_rules", "flood", "nature", "soil", "plan_hp", "competing_plans", "sewer", "noise", "undeveloped",
)  # fmt: skip


def _usable(datasets: Sequence[Dataset]) -> list[Dataset]:
    """Those whose shapes are true to scale."""
    return [one for one in datasets if not one.generalised]


def cover_of(connection: Connection, spec: LayerSpec, datasets: Sequence[Dataset], parcels: Parcels) -> FloatArray:
    """Share of each parcel on which a layer can be trusted, 0..1."""
    usable = [one for one in _usable(datasets) if spec.takes(one.kind, one.source)]
    loaded = {name for one in usable for name in (one.kind, one.source)}
    if any(not loaded.intersection(group) for group in spec.groups):
        return np.zeros(len(parcels))
    return coverage_of(connection, spec.groups, usable).share(parcels)


def _read_layer(
    connection: Connection,
    spec: LayerSpec,
    datasets: Sequence[Dataset],
    box: Box,
    near: set[int],
    cache: Path | None,
) -> Layer:
    # A generalised source may say where a thing is, never how much of a parcel it covers.
    usable = _usable(datasets)
    ids = [one.id for one in usable]
    loaded = {name for one in usable for name in (one.kind, one.source)}
    missing = tuple(group[0] for group in spec.groups if not loaded.intersection(group))
    parts: dict[str, Coverage | None] = {}
    if spec.id in NAMED_PARTS and spec.needs:
        for group in spec.needs:
            parts[group[0]] = coverage_of(connection, (group,), usable) if loaded.intersection(group) else None
    common: dict[str, Any] = {
        "coverage": coverage_of(connection, spec.groups, usable),
        "missing": missing,
        "parts": parts,
        "datasets": tuple(ids),
        "accuracy_m": max((one.accuracy_m or 0.0 for one in usable), default=0.0),
        "dated": max((one.day for one in usable if one.id in near), default=None),
    }
    if spec.table == "ownership" or not ids:
        return Layer(spec.id, **common)
    if cache is not None and HAVE_NUMBA:
        return Layer(spec.id, prepared=prepared_layer(connection, spec, usable, cache), **common)
    geometry, classes, precedence, values = _features(connection, spec, ids, box)
    return Layer(spec.id, geometry, classes, precedence, values, **common)


def _features(
    connection: Connection, spec: LayerSpec, ids: list[int], near: Box
) -> tuple[GeometryArray, np.ndarray[Any, Any], np.ndarray[Any, Any] | None, np.ndarray[Any, Any] | None]:
    """Features near the parcels: geometry, class, precedence where plans replace each other, and stated number."""
    box = sql.SQL("geom && ST_MakeEnvelope({}, 31370)").format(
        sql.SQL(", ").join(sql.Literal(float(value)) for value in near)
    )
    precedence = f"CASE plan_kind {_PRECEDENCE} ELSE 0 END" if spec.table == "zone" else "0"
    query = sql.SQL(
        "SELECT ST_AsBinary(geom), {named}, {precedence}, nullif({value}, 'NaN') FROM {table} WHERE {where}"
    ).format(
        named=class_of(spec),
        precedence=sql.SQL(precedence),
        value=stated_value(spec),
        table=sql.Identifier(spec.table),
        where=sql.SQL(" AND ").join([box, *rows_of(spec)]),
    )
    rows = connection.execute(query, parameters_of(spec, ids), binary=True).fetchall()
    if len(ids) > 1:  # datasets of neighbours both hold what lies in the margin between them; it is there once
        rows = list(dict.fromkeys(rows))
        if spec.table == "road":  # a road is one road whichever register states its width
            rows.sort(key=lambda row: -math.inf if row[3] is None else row[3])
            rows = list({row[:3]: row for row in rows}.values())
    geometry = shapely.from_wkb(np.array([row[0] for row in rows], dtype=object))
    classes = np.array([row[1] for row in rows], dtype=object)
    ranks = np.array([row[2] for row in rows], dtype=np.int64)
    values = np.array([row[3] for row in rows], dtype=np.float64) if spec.value else None
    return geometry, classes, ranks if spec.table == "zone" else None, values


def _wider(box: Box, by: float) -> Box:
    """A box with room around the outermost parcels: the slope of a cell needs its neighbours."""
    west, south, east, north = box
    return west - by, south - by, east + by, north + by


def _read_terrain(connection: Connection, ids: list[int], box: Box) -> HeightGrid | None:
    """Height blocks under the parcels, joined into one grid; None when there are none."""
    west, south, east, north = box
    rows = connection.execute(
        """SELECT origin_x, origin_y, cell_m, width, height, heights FROM dem_tile
           WHERE dataset_id = ANY(%s) AND origin_x < %s AND origin_x + width * cell_m > %s
             AND origin_y > %s AND origin_y - height * cell_m < %s ORDER BY cell_m, dataset_id""",
        [ids, east, west, south, north],
        binary=True,
    ).fetchall()
    if not rows:
        return None
    cell = rows[0][2]
    # Grids of another cell size are another source; the finest one counts.
    rows = [row for row in rows if row[2] == cell]
    left, top = min(row[0] for row in rows), max(row[1] for row in rows)
    right = max(row[0] + row[3] * cell for row in rows)
    bottom = min(row[1] - row[4] * cell for row in rows)
    grid = np.full((round((top - bottom) / cell), round((right - left) / cell)), np.nan, dtype=np.float32)
    for x, y, _, width, height, packed in rows:
        block = np.frombuffer(zlib.decompress(packed), dtype=np.float32).reshape(height, width)
        row_at, column_at = round((top - y) / cell), round((x - left) / cell)
        target = grid[row_at : row_at + height, column_at : column_at + width]
        np.copyto(target, block, where=~np.isnan(block))
    return HeightGrid(grid, left, top, cell)


def data_date(connection: Connection, ids: list[int]) -> date:
    """Newest date of the datasets: the stated date, else the day the file was fetched, as the clock here shows it.

    Raises
    ------
    NotFoundError
        When none of them is loaded.
    """
    query = "SELECT source_date, fetched FROM dataset WHERE id = ANY(%s)"
    rows = connection.execute(query, [ids]).fetchall()
    if not rows:
        raise NotFoundError("None of these datasets is loaded.")
    days: list[date] = [stated or fetched.astimezone().date() for stated, fetched in rows]
    return max(days)
