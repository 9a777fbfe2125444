"""Vector tiles from the stored EPSG:3857 copy, honest about what a tile leaves out; one statement each.

A tile that leaves features out carries a layer `left_out` with points: {layer, count, at_least (the count is a lower
bound)}. A shape too small for the grid of a tile is drawn as its smallest square or line, so that none is lost unsaid.
Sources that may not be redistributed never enter a tile, nor does a class of owner that comes from one, nor the values of
the criteria where a score and the other values would give that class away. What a run shows is fixed with the run: its
parcels are those of the dataset versions it rests on, its totals for low zooms are bytes made with it.
"""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from threading import Lock
from typing import Any

import psycopg
from pyproj.enums import TransformDirection

from api.problems import NotPublishedError
from api.tile_layers import TILE_LAYERS, TileLayer
from geodata.database.left_out import left_out
from geodata.errors import NotFoundError, UsageError
from geodata.ingest.crs import EXTENTS, HALF_WORLD, STORAGE, to_tiles
from geodata.sources.sharing import Basis, basis, datasets_in, shared
from sites.candidates.run_tiles import FROM_ZOOM
from sites.candidates.withheld import tells

MAX_ZOOM = 22
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


@cache
def _land() -> tuple[float, float, float, float]:
    """Box of Belgium and its waters in EPSG:3857, with a margin: west, south, east, north."""
    west, south, east, north = to_tiles().transform_bounds(*EXTENTS[STORAGE])
    return west - 1_000, south - 1_000, east + 1_000, north + 1_000


def place_of(zoom: int, column: int, row: int) -> dict[str, float]:
    """A box in EPSG:31370 that holds all of a tile that lies in Belgium; an empty one where nothing does.

    Shapes are found by it, for their index is in EPSG:31370; which of them the tile holds is decided in EPSG:3857.
    """
    width = 2 * HALF_WORLD / 2**zoom
    left, top = column * width - HALF_WORLD, HALF_WORLD - row * width
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


@dataclass(frozen=True)
class RunFacts:
    """What a tile has to know of a run; nothing of it ever changes but `published`.

    Attributes
    ----------
    criteria : criteria with their weights, in the order of the stored values.
    """

    id: str
    published: bool
    criteria: tuple[tuple[str, float], ...]
    parcels: tuple[int, ...]
    ownership: tuple[int, ...]
    groups_found: int | None


#: The run as it is, in one row.
RUN = f"""SELECT id, published, profile -> 'criteria', datasets -> 'parcels', datasets -> 'ownership', groups_found
    FROM run WHERE id = %s AND NOT {tells("run")}""".encode()


def run_facts(row: Any, run: str, public: bool) -> RunFacts:
    """Facts of a run from a row of `RUN`.

    Raises
    ------
    NotFoundError
        When there is no such run.
    NotPublishedError
        In the public view, when the municipality has not released it.
    """
    if row is None:
        raise NotFoundError(f"There is no result {run}.", "List them: standplaats runs list.")
    name, published, criteria, parcels, ownership, groups = row
    if public and not published:
        raise NotPublishedError(
            "The municipality has not published this list.",
            "Ranked lists are drafts until the municipality publishes them; single parcels can be looked up.",
        )
    total = sum(one["weight"] for one in criteria)
    return RunFacts(
        name, published, tuple((one["id"], one["weight"] / total) for one in criteria),
        tuple(parcels or ()), tuple(ownership or ()), groups,
    )  # fmt: skip


@dataclass(frozen=True)
class Tile:
    """One tile: Mapbox vector tile bytes, gzip or plain, and how many features it leaves out."""

    body: bytes
    left_out: int
    zipped: bool = False

    @property
    def plain(self) -> bytes:
        """The bytes, unzipped."""
        return gzip.decompress(self.body) if self.zipped else self.body


#: Features counted at most of what a tile leaves out.
COUNTED = 10_000
#: A shape in the grid of a tile; one that vanishes there is drawn as the smallest the grid can hold.
_DRAWN = """coalesce(ST_AsMVTGeom(f.geom_3857, t.box, 4096, 64, true),
    CASE WHEN ST_Intersects(f.geom_3857, t.box) THEN (
        SELECT ST_AsMVTGeom(CASE ST_Dimension(f.geom_3857) WHEN 1 THEN ST_MakeLine(p, ST_Translate(p, t.cell, 0))
            ELSE ST_Expand(p, t.cell) END, t.box, 4096, 64, true)
        FROM ST_PointOnSurface(ST_Intersection(f.geom_3857, t.box)) p) END)"""
_BOX = f"""(SELECT ST_TileEnvelope(%(zoom)s, %(column)s, %(row)s) AS box,
    2 * {HALF_WORLD} / 2 ^ %(zoom)s / 4096 AS cell)"""
_LEFT_OUT = left_out(
    "%(layer)s", "least(n, %(counted)s)", f"n CROSS JOIN {_BOX} t WHERE n > 0",
    ", CASE WHEN n > %(counted)s THEN true END AS at_least",
)  # fmt: skip
_PLACED = """f.geom && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 31370) AND f.geom_3857 && t.box"""
_OWNERS = f"""CROSS JOIN (SELECT coalesce(bool_and({shared("d")}), true) AS told FROM dataset d
    WHERE d.id = ANY(%(ownership)s)) o"""


def _source(name: str, spec: TileLayer, run: RunFacts | None) -> str:
    """FROM and WHERE of all features of a layer in a tile."""
    if name == "candidates":
        return f"""FROM run_candidate f CROSS JOIN {_BOX} t {_OWNERS}
            WHERE f.run_id = %(run)s AND f.geom_3857 && t.box AND NOT EXISTS (
                SELECT FROM dataset d WHERE d.id = ANY(f.dataset_ids) AND NOT {shared("d")})"""
    results, versions = "", "d.current"
    if spec.needs_run:
        versions = "d.id = ANY(%(parcels)s)" if run is not None else "d.current"
        results = f"""{_OWNERS} LEFT JOIN run_result r ON r.run_id = %(run)s AND r.parcel_id = f.id
        LEFT JOIN measurement m ON m.batch_id = r.batch_id AND m.parcel_id = r.parcel_id"""
    return f"""FROM {spec.table} f JOIN dataset d ON d.id = f.dataset_id AND {versions} AND {shared("d")}
        CROSS JOIN {_BOX} t {results} WHERE {_PLACED} AND ({spec.where})"""


def _values(run: RunFacts) -> str:
    """Attributes v0, v1, ... and, where not certain, h0, h1, ...: values of the criteria in ten-thousandths."""
    return "".join(
        f", f.value_low[{at + 1}] AS v{at}, nullif(f.value_high[{at + 1}], f.value_low[{at + 1}]) AS h{at}"
        for at in range(len(run.criteria))
    )


def statement(
    name: str,
    zoom: int,
    column: int,
    row: int,
    run: RunFacts | None,
    values: Mapping[str, Any],
    *,
    only_names: bool = False,
) -> tuple[bytes, dict[str, Any]]:
    """SQL of a tile that is drawn when it is asked for, with its values; gives its bytes and the count of what it leaves out.

    Only constants of the code are put into the text; every value of the address is bound.

    Parameters
    ----------
    name, zoom, column, row : address, checked by `check_address`.
    run : run whose results colour parcels; None leaves them uncoloured, and there are no candidates.
    values : further values the layer asks for.
    only_names : no rows, only the attributes with their types.
    """
    spec = TILE_LAYERS[name]
    bound = {"zoom": zoom, "column": column, "row": row, "layer": name, "counted": COUNTED, **values}
    bound |= place_of(zoom, column, row)
    attributes = spec.attributes
    if spec.needs_run:
        bound |= {"run": run.id if run else None, "ownership": list(run.ownership) if run else []}
        bound |= {"parcels": list(run.parcels) if run else []}
    if name == "candidates" and run is not None:
        attributes += _values(run)
    condition, source = spec.condition(zoom), _source(name, spec, run)
    if only_names:
        return f"SELECT {attributes} {source} LIMIT 0".encode(), bound
    own = "f.number" if name == "candidates" else "f.id"
    # Shapes that do not meet the tile are NULL, which ST_AsMVT passes over; asking for them first would cut each one twice.
    shown = f"""SELECT ST_AsMVT(m, %(layer)s, 4096, 'geom', 'id') FROM (
        SELECT {own} AS id, {attributes}, {_DRAWN} AS geom {source} AND ({condition})) m"""
    if condition == "true":
        return f"SELECT ({shown}), 0".encode(), bound
    drawn = "NULL::bytea" if condition == "false" else f"({shown})"
    return (
        f"""WITH n AS (SELECT count(*)::int AS n FROM (
            SELECT 1 {source} AND NOT ({condition}) LIMIT %(counted)s + 1) q)
        SELECT coalesce({drawn}, '') || coalesce(({_LEFT_OUT}), ''), least(n, %(counted)s) FROM n""".encode(),
        bound,
    )


#: Numbers of the types of PostgreSQL that a tile holds as numbers.
_NUMBERS = (20, 21, 23, 700, 701)


def fields(
    connection: psycopg.Connection[Any], name: str, run: RunFacts | None, values: Mapping[str, Any]
) -> dict[str, str]:
    """Attributes of a layer with their types, as TileJSON has them: Number, Boolean or String."""
    described = connection.execute(*statement(name, 0, 0, 0, run, values, only_names=True)).description or ()
    kinds = {one.name: one.type_code for one in described}
    return {one: "Number" if kind in _NUMBERS else "Boolean" if kind == 16 else "String" for one, kind in kinds.items()}


#: Totals, made with the run.
_PREBUILT = b"SELECT body, left_out FROM run_tile WHERE run_id = %s AND layer = %s AND z = %s AND x = %s AND y = %s"


async def tile(
    connection: psycopg.AsyncConnection[Any],
    name: str,
    zoom: int,
    column: int,
    row: int,
    run: RunFacts | None,
    values: Mapping[str, Any],
) -> Tile:
    """One tile; see `statement`."""
    asked, bound, zipped = question(name, (zoom, column, row), run, values)
    return made(await (await connection.execute(asked, bound, binary=True)).fetchone(), zipped)


def question(
    name: str, at: tuple[int, int, int], run: RunFacts | None, values: Mapping[str, Any]
) -> tuple[bytes, Any, bool]:
    """What is asked of the database for a tile: SQL, its values, and whether its bytes come compressed."""
    if run is not None and at[0] < FROM_ZOOM.get(name, 0):
        return _PREBUILT, [run.id, name, *at], True
    return *statement(name, *at, run, values), False


def made(row: Any, zipped: bool) -> Tile:
    """The tile of an answer; an empty one where there is none."""
    return Tile(bytes(row[0]), int(row[1]), zipped) if row is not None and row[0] is not None else Tile(b"", 0)


def tile_basis(connection: psycopg.Connection[Any], layer: str, today: date) -> Basis:
    """The datasets whose features a layer shows."""
    found = [one for table, where in TILE_LAYERS[layer].rests_on for one in datasets_in(connection, table, where)]
    return basis(connection, {layer: found}, today)
