"""Read parcels and layers of a municipality from PostGIS into the arrays that `measure` works on."""

from __future__ import annotations

import zlib
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import shapely
from psycopg import sql
from psycopg.rows import dict_row
from shapely.geometry.base import BaseGeometry

from geodata.errors import NotFoundError
from geodata.measure.flat import FlatPolygons
from geodata.measure.inputs import Coverage, GeometryArray, HeightGrid, Layer, Layers, Parcels
from geodata.measure.jit import HAVE_NUMBA
from geodata.measure.measure import HORIZON_M
from geodata.measure.prepared import PRECEDENCE, prepared_layer, united
from geodata.measure.specs import NAMED_PARTS, LayerSpec, Region, layer_specs
from geodata.measure.table import KNOWN_USE
from geodata.measure.tiles import TiledLayer

Box = tuple[float, float, float, float]
Connection = psycopg.Connection[Any]
#: Heights are read this far around the parcels, metres.
_ROUND_M = 100.0
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


def datasets_reaching(connection: Connection, nis: str) -> set[int]:
    """Current datasets that may say something of the parcels of a municipality.

    One without a declared coverage may; of a day before the newest of them nothing is known.
    """
    rows = connection.execute(
        """SELECT d.id FROM dataset d WHERE d.current AND (d.coverage IS NULL OR d.coverage_nis @> ARRAY[%(nis)s]
               OR EXISTS (SELECT FROM parcel p JOIN dataset e ON e.id = p.dataset_id AND e.current
                          WHERE p.nis = %(nis)s AND ST_Intersects(p.geom, d.coverage)))""",
        {"nis": nis},
    ).fetchall()
    return {row[0] for row in rows}


def read_parcels(connection: Connection, nis: str, capakeys: list[str] | None = None) -> Parcels:
    """Current parcels of a municipality, in the order of their keys.

    Parameters
    ----------
    capakeys : only these; they may be none. None = all.

    Raises
    ------
    NotFoundError
        When none is loaded.
    """
    rows = connection.execute(
        """SELECT p.id, p.capakey, p.nis, p.nis_how = 'border', ST_AsBinary(p.geom), o.owner_class
           FROM parcel p JOIN dataset d ON d.id = p.dataset_id AND d.current
           LEFT JOIN LATERAL (
               SELECT w.owner_class FROM ownership w JOIN dataset e ON e.id = w.dataset_id AND e.current
               WHERE w.capakey = p.capakey AND w.owner_class <> 'unknown' ORDER BY e.id DESC LIMIT 1) o ON true
           WHERE p.nis = %s AND (%s::text[] IS NULL OR p.capakey = ANY(%s)) ORDER BY p.capakey""",
        [nis, capakeys, capakeys],
        binary=True,
    ).fetchall()
    if not rows and capakeys is None:
        raise NotFoundError(
            f"No parcels of municipality {nis} are loaded.", "Load them: standplaats ingest FILE --as parcels."
        )
    columns = list(zip(*rows, strict=True)) or [()] * 6
    return Parcels(
        parcel_id=np.array(columns[0], dtype=np.int64),
        capakey=np.array(columns[1], dtype=object),
        nis=np.array(columns[2], dtype=object),
        border=np.array(columns[3], dtype=bool),
        geometry=shapely.from_wkb(np.array(columns[4], dtype=object)),
        owner_class=np.array(columns[5], dtype=object),
    )


def read_layers(
    connection: Connection,
    region: Region,
    parcels: Parcels,
    *,
    reaching: set[int] | None = None,
    cache: Path | None = None,
) -> Layers:
    """All layers of the region around the parcels; a source that is not loaded is named in its layer.

    Parameters
    ----------
    reaching : datasets that may say something of the municipality, for the date of a layer; None = they are found
        from the municipalities of the parcels.
    cache : folder of prepared arrays (`geodata.measure.prepared`); None = layers are read around the parcels only.
    """
    if reaching is None:
        reaching = {one for nis in set(parcels.nis.tolist()) for one in datasets_reaching(connection, nis)}
    west, south, east, north = shapely.total_bounds(parcels.geometry) if len(parcels) else (0.0,) * 4
    near: Box = (west - HORIZON_M, south - HORIZON_M, east + HORIZON_M, north + HORIZON_M)
    datasets = _current_datasets(connection)
    items: dict[str, Layer] = {}
    terrain: HeightGrid | None = None
    terrain_ids: tuple[int, ...] = ()
    for spec in layer_specs(region):
        mine = [row for row in datasets if row["kind"] in spec.kinds]
        if spec.table == "dem_tile":
            terrain = _read_terrain(connection, [row["id"] for row in mine], _wider((west, south, east, north)))
            terrain_ids = tuple(row["id"] for row in mine)
        else:
            items[spec.id] = _read_layer(connection, spec, mine, near, reaching, cache)
    built, taken = (None, None) if cache is None else _occupied(items, cache)
    return Layers(items, terrain, terrain_ids, built, taken)


def _occupied(items: dict[str, Layer], cache: Path) -> tuple[TiledLayer | None, TiledLayer | None]:
    """What buildings cover, and what buildings or land in use cover."""
    parts: list[tuple[str, FlatPolygons]] = []
    buildings, land_use = items["buildings"].prepared, items["land_use"].prepared
    if buildings is not None:
        parts.append((buildings.key, buildings.shapes.polygons))
    used = [] if land_use is None else [(f"{land_use.key} {KNOWN_USE}", land_use.of_classes(KNOWN_USE))]
    return united("built", parts, cache), united("taken", [*parts, *used], cache)


def _current_datasets(connection: Connection) -> list[dict[str, Any]]:
    with connection.cursor(row_factory=dict_row, binary=True) as cursor:
        return cursor.execute(
            """SELECT id, kind, source, accuracy_m, generalised, coverage_nis, coverage_accuracy_m,
                      ST_AsBinary(coverage) AS coverage, source_date, least(fetched, loaded_at) AS fetched
               FROM dataset WHERE current ORDER BY id"""
        ).fetchall()


def _read_layer(
    connection: Connection,
    spec: LayerSpec,
    datasets: list[dict[str, Any]],
    near: Box,
    reaching: set[int],
    cache: Path | None,
) -> Layer:
    # A generalised source may say where a thing is, never how much of a parcel it covers.
    usable = [row for row in datasets if not row["generalised"]]
    ids = [row["id"] for row in usable]
    loaded = {name for row in usable for name in (row["kind"], row["source"])}
    missing = tuple(group[0] for group in spec.groups if not loaded.intersection(group))
    common: dict[str, Any] = {
        "coverage": _coverage(spec.groups, usable),
        "missing": missing,
        "parts": _parts(spec, usable, loaded),
        "datasets": tuple(ids),
        "accuracy_m": max((row["accuracy_m"] or 0.0 for row in usable), default=0.0),
        "dated": max((_date_of(row) for row in usable if row["id"] in reaching), default=None),
    }
    if spec.table == "ownership" or not ids:
        return Layer(spec.id, **common)
    if cache is not None and HAVE_NUMBA and spec.table in ("zone", "constraint_area", "building"):
        common["prepared"] = prepared_layer(connection, spec, ids, cache)
        if spec.id not in _NEEDED_AS_FEATURES:
            return Layer(spec.id, **common)
    geometry, classes, precedence = _features(connection, spec, ids, near)
    return Layer(spec.id, geometry, classes, precedence, **common)


#: Polygon layers whose single features count: distances are measured from them, or points are laid on them.
_NEEDED_AS_FEATURES = ("buildings", "nuisance", "seveso")


def _date_of(dataset: dict[str, Any]) -> date:
    """Date stated by the source, else the day the file was fetched, as the clock here shows it."""
    stated: date | None = dataset["source_date"]
    return stated or dataset["fetched"].astimezone().date()


def _features(
    connection: Connection, spec: LayerSpec, ids: list[int], near: Box
) -> tuple[GeometryArray, np.ndarray[Any, Any], np.ndarray[Any, Any] | None]:
    """Features near the parcels: geometry, class, and precedence where plans replace each other."""
    filters = [
        sql.SQL("dataset_id = ANY(%(ids)s)"),
        sql.SQL("geom && ST_MakeEnvelope({}, 31370)").format(
            sql.SQL(", ").join(sql.Literal(float(value)) for value in near)
        ),
    ]
    if spec.where:
        column = "theme" if spec.table == "constraint_area" else "service"
        filters.append(sql.SQL("{} = ANY(%(where)s)").format(sql.Identifier(column)))
    precedence = f"CASE plan_kind {_PRECEDENCE} ELSE 0 END" if spec.table == "zone" else "0"
    query = sql.SQL(
        "SELECT ST_AsBinary(geom), coalesce({column}::text, 'not_stated'), {precedence} FROM {table} WHERE {where}"
    ).format(
        column=sql.Identifier(spec.class_column),
        precedence=sql.SQL(precedence),
        table=sql.Identifier(spec.table),
        where=sql.SQL(" AND ").join(filters),
    )
    rows = connection.execute(query, {"ids": ids, "where": list(spec.where)}, binary=True).fetchall()
    if len(ids) > 1:  # datasets of neighbours both hold what lies in the margin between them; it is there once
        rows = list(dict.fromkeys(rows))
    geometry = shapely.from_wkb(np.array([row[0] for row in rows], dtype=object))
    classes = np.array([row[1] for row in rows], dtype=object)
    ranks = np.array([row[2] for row in rows], dtype=np.int64)
    return geometry, classes, ranks if spec.table == "zone" else None


def _parts(spec: LayerSpec, datasets: list[dict[str, Any]], loaded: set[str]) -> dict[str, Coverage | None]:
    """Coverage of each plan of a layer whose plans have a name of their own; None = not loaded."""
    if spec.id not in NAMED_PARTS or not spec.needs:
        return {}
    return {group[0]: _coverage((group,), datasets) if loaded.intersection(group) else None for group in spec.needs}


def _coverage(groups: tuple[tuple[str, ...], ...], datasets: list[dict[str, Any]]) -> Coverage:
    """What all needed sources cover together: the union within a group, the intersection of the groups."""
    area: BaseGeometry | None = None
    named: frozenset[str] | None = None
    accuracy = 0.0
    for group in groups:
        rows = [
            row for row in datasets if {row["kind"], row["source"]}.intersection(group) and row["coverage"] is not None
        ]
        if not rows:
            return Coverage()
        union = shapely.union_all(shapely.from_wkb([row["coverage"] for row in rows]))
        codes = frozenset(code for row in rows for code in row["coverage_nis"] or ())
        area = union if area is None else shapely.intersection(area, union)
        named = codes if named is None else named & codes
        accuracy = max(accuracy, *(row["coverage_accuracy_m"] for row in rows))
    return Coverage(area, named or frozenset(), accuracy)


def _wider(box: Box) -> Box:
    """A box with room for the cells around the outermost parcels: the slope of a cell needs its neighbours."""
    west, south, east, north = box
    return west - _ROUND_M, south - _ROUND_M, east + _ROUND_M, north + _ROUND_M


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
