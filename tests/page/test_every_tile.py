"""Every tile of the demo decodes, and over all tiles of a zoom each layer holds the whole table, or says how much it leaves out.

Some zooms in every run of the tests; all from 8 to 16 with `--full`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import mapbox_vector_tile
import numpy as np
import psycopg
import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.tile_facts import layer_values
from api.tile_layers import TILE_LAYERS
from geodata.ingest.crs import HALF_WORLD
from geodata.settings import Settings
from geodata.sources.sharing import shared
from sites.candidates.run_tiles import FROM_ZOOM

OFTEN = (8, 11, 13, 14)
ZOOMS = [zoom if zoom in OFTEN else pytest.param(zoom, marks=pytest.mark.full) for zoom in range(8, 17)]
PLAIN = [name for name, spec in TILE_LAYERS.items() if not spec.needs_run]


@pytest.fixture(scope="module")
def client(demo_settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(demo_settings)) as opened:
        yield opened


@pytest.fixture(scope="module")
def run(client: TestClient) -> str:
    found: str = client.get("/api/v1/candidates?municipality=99002&limit=1").json()["run"]
    return found


def touched(boxes: np.ndarray, zoom: int) -> list[list[tuple[int, int]]]:
    """Tiles that each box (west, south, east, north in EPSG:3857) touches."""
    width = 2 * HALF_WORLD / 2**zoom
    west, south, east, north = np.floor(
        np.stack(
            [boxes[:, 0] + HALF_WORLD, HALF_WORLD - boxes[:, 1], boxes[:, 2] + HALF_WORLD, HALF_WORLD - boxes[:, 3]]
        )
        / width
    ).astype(int)
    return [
        [(x, y) for x in range(west[at], east[at] + 1) for y in range(north[at], south[at] + 1)]
        for at in range(len(boxes))
    ]


class Zoom:
    """All tiles of a layer at a zoom that anything touches, decoded."""

    def __init__(self, client: TestClient, layer: str, zoom: int, tiles: set[tuple[int, int]], query: str = "") -> None:
        self.ids: set[int] = set()
        self.totals: dict[int, dict[str, Any]] = {}
        self.left_out: dict[tuple[int, int], int] = {}
        for x, y in sorted(tiles):
            answer = client.get(f"/tiles/{layer}/{zoom}/{x}/{y}.mvt{query}")
            assert answer.status_code == 200, answer.text
            decoded: dict[str, Any] = mapbox_vector_tile.decode(answer.content)
            assert decoded.keys() <= {layer, "left_out", "totals"}
            for one in decoded.get(layer, {"features": []})["features"]:
                assert one["geometry"]["coordinates"]
                self.ids.add(one["id"])
            for one in decoded.get("totals", {"features": []})["features"]:
                self.totals[one["id"]] = one["properties"]
            said = [one["properties"] for one in decoded.get("left_out", {"features": []})["features"]]
            assert len(said) <= 1 and all(one["layer"] == layer and "at_least" not in one for one in said)
            self.left_out[x, y] = said[0]["count"] if said else 0
            assert answer.headers["x-left-out"] == str(self.left_out[x, y])


_BOX = "ST_XMin(f.geom_3857), ST_YMin(f.geom_3857), ST_XMax(f.geom_3857), ST_YMax(f.geom_3857)"


def table(connection: psycopg.Connection[Any], layer: str, zoom: int) -> list[Any]:
    """Of each feature of the table of a layer: id, is it shown at the zoom, box."""
    spec = TILE_LAYERS[layer]
    return connection.execute(
        f"""SELECT f.id, ({spec.condition(zoom)}), {_BOX} FROM {spec.table} f
            JOIN dataset d ON d.id = f.dataset_id AND d.current AND {shared("d")} WHERE ({spec.where})""".encode(),
        layer_values(connection, layer, "residential", date.today()),
    ).fetchall()


@pytest.mark.parametrize("zoom", ZOOMS)
@pytest.mark.parametrize("layer", PLAIN)
def test_a_zoom_holds_the_table_or_says_what_it_leaves_out(
    client: TestClient, demo_connection: psycopg.Connection[Any], layer: str, zoom: int
) -> None:
    rows = table(demo_connection, layer, zoom)
    assert rows
    places = touched(np.array([row[2:] for row in rows]), zoom)
    found = Zoom(client, layer, zoom, {one for tiles in places for one in tiles})
    assert found.ids == {row[0] for row in rows if row[1]}
    left: dict[tuple[int, int], int] = dict.fromkeys(found.left_out, 0)
    for row, tiles in zip(rows, places, strict=True):
        for one in tiles if not row[1] else ():
            left[one] += 1
    assert found.left_out == left


@pytest.mark.parametrize("zoom", ZOOMS)
def test_parcels_of_a_run(client: TestClient, demo_connection: psycopg.Connection[Any], run: str, zoom: int) -> None:
    rows = demo_connection.execute(
        f"""SELECT f.id, {_BOX} FROM parcel f
            WHERE f.dataset_id = ANY(ARRAY(SELECT jsonb_array_elements(datasets -> 'parcels')::int FROM run WHERE id = %s))""".encode(),
        [run],
    ).fetchall()
    places = touched(np.array([row[1:] for row in rows]), zoom)
    found = Zoom(client, "parcels", zoom, {one for tiles in places for one in tiles}, f"?run={run}")
    if zoom >= FROM_ZOOM["parcels"]:
        assert found.ids == {row[0] for row in rows} and not sum(found.left_out.values())
        return
    _sums_to(found, demo_connection, run)
    judged = demo_connection.execute("SELECT count(*) FROM run_result WHERE run_id = %s", [run]).fetchone()
    assert sum(found.left_out.values()) == (judged or (0,))[0]


@pytest.mark.parametrize("zoom", ZOOMS)
def test_candidates_of_a_run(client: TestClient, demo_connection: psycopg.Connection[Any], run: str, zoom: int) -> None:
    rows = demo_connection.execute(
        f"SELECT f.number, {_BOX} FROM run_candidate f WHERE f.run_id = %s".encode(), [run]
    ).fetchall()
    assert rows
    if zoom >= FROM_ZOOM["candidates"]:
        places = touched(np.array([row[1:] for row in rows]), zoom)
        found = Zoom(client, "candidates", zoom, {one for tiles in places for one in tiles}, f"?run={run}")
        assert found.ids == {row[0] for row in rows} and not sum(found.left_out.values())
        return
    tiles = demo_connection.execute(
        "SELECT x, y FROM run_tile WHERE run_id = %s AND layer = 'candidates' AND z = %s", [run, zoom]
    ).fetchall()
    found = Zoom(client, "candidates", zoom, {(x, y) for x, y in tiles}, f"?run={run}")
    _sums_to(found, demo_connection, run)
    assert sum(found.left_out.values()) == len(rows)


def _sums_to(found: Zoom, connection: psycopg.Connection[Any], run: str) -> None:
    """Totals of a zoom sum to the run, whatever tiles they lie across."""
    verdicts = ("compatible", "needs_derogation", "unknown", "incompatible")
    counted = dict(connection.execute("SELECT verdict, count(*) FROM run_result WHERE run_id = %s GROUP BY 1", [run]))
    summed = {verdict: sum(one[verdict] for one in found.totals.values()) for verdict in verdicts}
    assert summed == {verdict: counted.get(verdict, 0) for verdict in verdicts}
