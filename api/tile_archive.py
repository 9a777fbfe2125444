"""Tiles of one layer as one PMTiles file (version 3), for use without a server.

Contract: the file holds the very tiles the service gives, gzip, and appears whole or not at all. Tiles outside the loaded
municipalities, and empty ones, are left out; what each tile leaves out it says itself.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer
from pyproj import Transformer

from api.provenance import attribution_line
from api.tile_facts import layer_values
from api.tile_layers import TILE_LAYERS
from api.tiles import RUN, RunFacts, fields, made, question, run_facts, tile_basis
from api.whole_file import whole_file
from geodata.errors import NotFoundError, UsageError
from geodata.ingest.crs import HALF_WORLD
from sites.law.model import SiteType

Connection = psycopg.Connection[Any]

#: Farther in, a whole country would be millions of tiles.
MOST_ZOOM = 16


@dataclass(frozen=True)
class Wish:
    """What a file is to hold: a layer, its zooms, and the run, day and type of site its features are of."""

    layer: str
    first: int
    last: int
    run: str | None = None
    as_of: date | None = None
    site_type: SiteType = "residential"


@dataclass(frozen=True)
class Built:
    """What was written: tiles, and features that they leave out, summed over all zooms."""

    tiles: int
    left_out: int


def build(
    connection: Connection, wish: Wish, output: Path, *, today: date, progress: Callable[[int, int], None] | None = None
) -> Built:
    """Write a PMTiles file; an existing one is replaced at the end.

    Parameters
    ----------
    connection : read only.
    progress : is told how many tiles of how many were looked at.

    Raises
    ------
    UsageError
        When the zooms are out of range, or the layer needs a run and none is named.
    NotFoundError
        When there is no such layer or run, or nothing to put into the file.
    """
    if wish.layer not in TILE_LAYERS:
        raise NotFoundError(f"There is no tile layer {wish.layer}.", f"Layers: {', '.join(TILE_LAYERS)}.")
    if not 0 <= wish.first <= wish.last <= MOST_ZOOM:
        raise UsageError(f"Zooms go from 0 to {MOST_ZOOM}, the lower one first.")
    spec = TILE_LAYERS[wish.layer]
    run: RunFacts | None = None
    if spec.needs_run:
        if wish.run is None:
            raise UsageError("This layer needs a run.", "Name one: --run.")
        run = run_facts(connection.execute(RUN, [wish.run]).fetchone(), wish.run, public=False)
    box = _extent(connection)
    wanted = sorted(_tiles(box, wish.first, wish.last), key=lambda one: zxy_to_tileid(*one))
    values = layer_values(connection, wish.layer, wish.site_type, wish.as_of or today)
    sources = tile_basis(connection, wish.layer, today).sources("en")
    tiles = left = 0
    with whole_file(output) as file:
        writer = Writer(file)
        for at, (zoom, column, row) in enumerate(wanted):
            body, out = _body(connection, wish.layer, (zoom, column, row), run, values)
            if body:
                writer.write_tile(zxy_to_tileid(zoom, column, row), body)
                tiles, left = tiles + 1, left + out
            if progress is not None:
                progress(at + 1, len(wanted))
        if not tiles:
            raise NotFoundError("There is nothing to put into the file.", "Load or score a municipality first.")
        writer.finalize(
            _header(box),
            _metadata(wish, run, fields(connection, wish.layer, run, values), attribution_line(sources)),
        )
    return Built(tiles, left)


def _body(
    connection: Connection, layer: str, at: tuple[int, int, int], run: RunFacts | None, values: dict[str, Any]
) -> tuple[bytes, int]:
    asked, bound, zipped = question(layer, at, run, values)
    found = made(connection.execute(asked, bound, binary=True).fetchone(), zipped)
    return (found.body if found.zipped or not found.body else gzip.compress(found.body, 6, mtime=0)), found.left_out


def _extent(connection: Connection) -> tuple[float, float, float, float]:
    """Box of the loaded municipalities, EPSG:3857."""
    row = connection.execute(
        """SELECT ST_XMin(e), ST_YMin(e), ST_XMax(e), ST_YMax(e) FROM (
               SELECT ST_Extent(m.geom_3857) AS e FROM municipality m
               JOIN dataset d ON d.id = m.dataset_id AND d.current WHERE m.valid_to IS NULL) q"""
    ).fetchone()
    if row is None or row[0] is None:
        raise NotFoundError("There is nothing to put into the file.", "Load or score a municipality first.")
    return row[0], row[1], row[2], row[3]


def _tiles(box: tuple[float, float, float, float], first: int, last: int) -> Iterator[tuple[int, int, int]]:
    west, south, east, north = box
    for zoom in range(first, last + 1):
        width = 2 * HALF_WORLD / 2**zoom
        for column in range(int((west + HALF_WORLD) // width), int((east + HALF_WORLD) // width) + 1):
            for row in range(int((HALF_WORLD - north) // width), int((HALF_WORLD - south) // width) + 1):
                yield zoom, column, row


def _header(box: tuple[float, float, float, float]) -> dict[str, Any]:
    to_lonlat = Transformer.from_crs("EPSG:3857", "EPSG:4326", always_xy=True)
    west, south, east, north = (round(one * 1e7) for one in to_lonlat.transform_bounds(*box))
    return {
        "tile_type": TileType.MVT, "tile_compression": Compression.GZIP,
        "min_lon_e7": west, "min_lat_e7": south, "max_lon_e7": east, "max_lat_e7": north,
        "center_zoom": 0, "center_lon_e7": (west + east) // 2, "center_lat_e7": (south + north) // 2,
    }  # fmt: skip


#: Attributes of the layers that stand for features.
TOTALS = {
    "kind": "String", "nis": "String", "compatible": "Number", "needs_derogation": "Number", "unknown": "Number",
    "incompatible": "Number", "best": "Number", "area": "Number",
}  # fmt: skip
LEFT_OUT = {"layer": "String", "count": "Number", "at_least": "Boolean"}


def _metadata(wish: Wish, run: RunFacts | None, attributes: dict[str, str], attribution: str | None) -> dict[str, Any]:
    """What readers of the format show; `vector_layers` lists the layers, totals and omissions included."""
    layers = {wish.layer: attributes, **({"totals": TOTALS} if run is not None else {}), "left_out": LEFT_OUT}
    told: dict[str, Any] = {
        "name": wish.layer,
        "format": "pbf",
        "attribution": attribution or "",
        "vector_layers": [
            {"id": name, "fields": held, "minzoom": wish.first, "maxzoom": wish.last} for name, held in layers.items()
        ],
    }
    if run is not None:
        told |= {"run": run.id, "criteria": [one for one, _ in run.criteria]}
    if TILE_LAYERS[wish.layer].asks_day:
        told["site_type"] = wish.site_type
    return told
