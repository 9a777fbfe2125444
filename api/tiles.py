"""Vector tiles from the stored EPSG:3857 copy, honest about what a tile leaves out.

A tile that leaves features out carries a layer `left_out` with one point: {layer, count}. Sources that may not be
redistributed never enter a tile, nor does a class of owner that comes from one. Only an address that names a run is immutable; without it, a redirect.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import psycopg

from api.tile_layers import TILE_LAYERS, TileLayer
from geodata.errors import NotFoundError, UsageError
from geodata.sources.sharing import Basis, all_shared, basis, datasets_in, shared

MAX_ZOOM = 22


def check_address(layer: str, zoom: int, column: int, row: int) -> TileLayer:
    """The tile layer, when the address is one.

    Raises
    ------
    NotFoundError
        For a layer that does not exist.
    UsageError
        For a tile outside the world.
    """
    if layer not in TILE_LAYERS:
        raise NotFoundError(f"There is no tile layer {layer}.", f"Layers: {', '.join(TILE_LAYERS)}.")
    if not 0 <= zoom <= MAX_ZOOM or not 0 <= column < 2**zoom or not 0 <= row < 2**zoom:
        raise UsageError(f"Tile {zoom}/{column}/{row} does not exist.")
    return TILE_LAYERS[layer]


def _source(spec: TileLayer) -> str:
    """FROM and WHERE of all features of a layer in a tile, with the run where one is needed."""
    run = ""
    if spec.needs_run:
        join = "JOIN" if "r." in spec.where else "LEFT JOIN"
        run = f"""{join} run_result r ON r.run_id = %(run)s AND r.parcel_id = f.id
        LEFT JOIN measurement m ON m.batch_id = r.batch_id AND m.parcel_id = r.parcel_id"""
    return f"""FROM {spec.table} f
        JOIN dataset d ON d.id = f.dataset_id AND d.current AND {shared("d")}
        CROSS JOIN (SELECT ST_TileEnvelope(%(zoom)s, %(column)s, %(row)s) AS box) t
        {run}
        WHERE f.geom_3857 && t.box AND ({spec.where})"""


def tile(
    connection: psycopg.Connection[Any], layer: str, zoom: int, column: int, row: int, run: str | None
) -> tuple[bytes, int]:
    """One tile as Mapbox vector tile bytes, and how many features it leaves out.

    Parameters
    ----------
    connection : read only.
    layer, zoom, column, row : address, checked by `check_address`.
    run : run whose results colour parcels; None leaves them uncoloured.
    """
    spec = TILE_LAYERS[layer]
    values = {"zoom": zoom, "column": column, "row": row, "run": run, "layer": layer}
    values["owners"] = spec.needs_run and _owners_told(connection, run)
    condition = spec.condition(zoom)
    # Only the constants of `tile_layers` are put into the text; every value of the address is bound.
    shown = connection.execute(
        f"""SELECT ST_AsMVT(m, %(layer)s, 4096, 'geom', 'id') FROM (
                SELECT f.id, {spec.attributes}, ST_AsMVTGeom(f.geom_3857, t.box, 4096, 64, true) AS geom
                {_source(spec)} AND ({condition})) m WHERE m.geom IS NOT NULL""".encode(),
        values,
        binary=True,
    ).fetchone()
    body = bytes(shown[0]) if shown and shown[0] else b""
    if condition == "true":
        return body, 0
    counted = connection.execute(f"SELECT count(*) {_source(spec)} AND NOT ({condition})".encode(), values).fetchone()
    left_out = int(counted[0]) if counted else 0
    if left_out:
        note = connection.execute(
            """SELECT ST_AsMVT(m, 'left_out', 4096, 'geom') FROM (
                   SELECT %(layer)s::text AS layer, %(count)s::int AS count, ST_AsMVTGeom(
                       ST_Centroid(ST_TileEnvelope(%(zoom)s, %(column)s, %(row)s)),
                       ST_TileEnvelope(%(zoom)s, %(column)s, %(row)s)) AS geom) m""",
            {**values, "count": left_out},
            binary=True,
        ).fetchone()
        body += bytes(note[0]) if note else b""
    return body, left_out


def tile_basis(connection: psycopg.Connection[Any], layer: str, today: date) -> Basis:
    """The datasets whose features a layer shows."""
    spec = TILE_LAYERS[layer]
    where = "true" if spec.needs_run else spec.where
    return basis(connection, {layer: datasets_in(connection, spec.table, where)}, today)


def _owners_told(connection: psycopg.Connection[Any], run: str | None) -> bool:
    """May the class of owner stand on the parcels of a run?"""
    row = connection.execute("SELECT datasets -> 'ownership' FROM run WHERE id = %s", [run]).fetchone()
    return row is None or all_shared(connection, row[0] or ())
