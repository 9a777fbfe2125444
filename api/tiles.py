"""Vector tiles from the stored EPSG:3857 copy, honest about what a tile leaves out.

A tile that leaves features out carries a layer `left_out` with one point: {layer, count}. Sources that may not be
redistributed never enter a tile, nor does a class of owner that comes from one. Only an address that names a run is immutable; without it, a redirect.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from threading import Lock
from typing import Any

import psycopg
from pyproj.enums import TransformDirection

from api.tile_layers import TILE_LAYERS, TileLayer
from geodata.errors import NotFoundError, UsageError
from geodata.ingest.crs import EXTENTS, STORAGE, to_tiles
from geodata.sources.sharing import Basis, all_shared, basis, datasets_in, shared

MAX_ZOOM = 22
#: Half the width of the world in EPSG:3857, metres.
_HALF_WORLD = 20_037_508.342789244
#: Of the width of a tile, and metres: a tile is no box in EPSG:31370, and the copy of a shape is off by millimetres.
_MARGIN, _MARGIN_M = 0.05, 10.0
#: The operation between the two systems is one object, and requests come in threads.
_one_at_a_time = Lock()


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
        WHERE f.geom && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 31370)
            AND f.geom_3857 && t.box AND ({spec.where})"""


@cache
def _land() -> tuple[float, float, float, float]:
    """Box of Belgium and its waters in EPSG:3857, with a margin: west, south, east, north."""
    west, south, east, north = to_tiles().transform_bounds(*EXTENTS[STORAGE])
    return west - 1_000, south - 1_000, east + 1_000, north + 1_000


def place_of(zoom: int, column: int, row: int) -> dict[str, float]:
    """A box in EPSG:31370 that holds all of a tile that lies in Belgium; an empty one where nothing does.

    Shapes are found by it, for their index is in EPSG:31370; which of them the tile holds is decided in EPSG:3857.
    """
    width = 2 * _HALF_WORLD / 2**zoom
    left, top = column * width - _HALF_WORLD, _HALF_WORLD - row * width
    with _one_at_a_time:
        land = _land()
    west, south = max(left, land[0]), max(top - width, land[1])
    east, north = min(left + width, land[2]), min(top, land[3])
    if west > east or south > north:
        return dict.fromkeys(("west", "south", "east", "north"), -1e9)
    with _one_at_a_time:
        box = to_tiles().transform_bounds(west, south, east, north, direction=TransformDirection.INVERSE)
    margin = _MARGIN * max(east - west, north - south) + _MARGIN_M
    return {"west": box[0] - margin, "south": box[1] - margin, "east": box[2] + margin, "north": box[3] + margin}


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
    values: dict[str, Any] = {"zoom": zoom, "column": column, "row": row, "run": run, "layer": layer}
    values |= place_of(zoom, column, row)
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
