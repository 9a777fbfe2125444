"""Tiles of parcels: what the filters of the page need is in them, and a visitor gets them uncoloured."""

from __future__ import annotations

import math
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import mapbox_vector_tile
import numpy as np
import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.routes import tiles as routes
from api.tile_facts import supply_and_need
from api.tiles import MAX_ZOOM, place_of
from geodata.database.engine import connect
from geodata.ingest.crs import to_tiles
from geodata.settings import Settings

ZOOM = 15


@pytest.fixture(scope="module")
def client(demo_settings: Settings) -> Iterator[TestClient]:
    """The whole service on the demo."""
    with TestClient(create_app(demo_settings)) as opened:
        yield opened


@pytest.fixture(scope="module")
def visitor(demo_settings: Settings) -> Iterator[TestClient]:
    """The anonymous view of the same demo."""
    with TestClient(create_app(demo_settings, public=True)) as opened:
        yield opened


@pytest.fixture(scope="module")
def best(client: TestClient) -> dict[str, Any]:
    """The first candidate, with its run."""
    found = client.get("/api/v1/candidates?municipality=99001&limit=1").json()
    return {**found["items"][0], "run": found["run"]}


def tile_of(best: dict[str, Any], layer: str) -> str:
    """Address of the tile in which a candidate lies."""
    lon, lat = best["centre"]
    x = int((lon + 180) / 360 * 2**ZOOM)
    y = int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * 2**ZOOM)
    return f"/tiles/{layer}/{ZOOM}/{x}/{y}.mvt"


def features(content: bytes, layer: str) -> dict[str, dict[str, Any]]:
    """CAPAKEY -> attributes of single parcels."""
    decoded: dict[str, Any] = mapbox_vector_tile.decode(content)
    found = [one["properties"] for one in decoded[layer]["features"]]
    return {one["capakey"]: one for one in found if "capakey" in one}


@pytest.mark.parametrize("layer", ["candidates", "parcels"])
def test_owner_pitches_and_area_are_those_of_the_list(client: TestClient, best: dict[str, Any], layer: str) -> None:
    answer = client.get(f"{tile_of(best, layer)}?run={best['run']}")
    found = features(answer.content, layer)[best["capakeys"][0]]
    assert found["owner"] == best["owner_class"]
    assert (found["pitches_low"], found["pitches_high"]) == (best["pitches"]["low"], best["pitches"]["high"])
    assert found["area"] == math.floor(best["area_m2"])


def test_a_visitor_gets_parcels_without_colour(visitor: TestClient, best: dict[str, Any]) -> None:
    redirect = visitor.get(f"{tile_of(best, 'parcels')}?municipality=99001&type=residential", follow_redirects=False)
    assert redirect.status_code == 307 and redirect.headers["location"].endswith("run=none")
    answer = visitor.get(redirect.headers["location"])
    found = features(answer.content, "parcels")[best["capakeys"][0]]
    assert not {"verdict", "score", "rank", "owner", "pitches_high"} & found.keys()
    assert visitor.get(f"{tile_of(best, 'parcels')}?run={best['run']}").status_code == 403


def test_the_index_finds_all_that_lies_in_a_tile(demo_settings: Settings) -> None:
    """Shapes are looked up in EPSG:31370, and a tile is none the poorer for it at any zoom."""
    rows = np.random.default_rng(2012).uniform((0, 18_000), (300_000, 262_000), (4_000, 2))
    x, y = to_tiles().transform(rows[:, 0], rows[:, 1])
    half = math.pi * 6_378_137
    for zoom in range(MAX_ZOOM + 1):
        width = 2 * half / 2**zoom
        columns, lines = ((x + half) // width).astype(int), ((half - y) // width).astype(int)
        for at in range(0, len(rows), 400):
            box = place_of(zoom, int(columns[at]), int(lines[at]))
            inside = rows[(columns == columns[at]) & (lines == lines[at])]
            assert (inside >= (box["west"], box["south"])).all() and (inside <= (box["east"], box["north"])).all()
    # Nothing lies elsewhere in the world.
    assert place_of(5, 0, 0)["east"] < -1e8


def test_tiles_hold_what_the_copy_says(client: TestClient, best: dict[str, Any], demo_settings: Settings) -> None:
    address = tile_of(best, "parcels")
    x, y = map(int, address.removesuffix(".mvt").split("/")[-2:])
    found = features(client.get(f"{address}?run={best['run']}").content, "parcels")
    with connect(demo_settings) as connection:
        expected = connection.execute(
            """SELECT p.capakey FROM parcel p JOIN dataset d ON d.id = p.dataset_id AND d.current
               CROSS JOIN (SELECT ST_TileEnvelope(%s, %s, %s) AS box) t
               WHERE p.geom_3857 && t.box AND ST_AsMVTGeom(p.geom_3857, t.box, 4096, 64, true) IS NOT NULL""",
            [ZOOM, x, y],
        ).fetchall()
    assert sorted(found) == sorted(row[0] for row in expected) and found


def test_supply_is_reckoned_once_for_each_state_of_the_sites(
    demo_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    reckoned: list[dict[str, Any]] = []

    def reckon(connection: Any) -> dict[str, Any]:
        reckoned.append(supply_and_need(connection))
        return reckoned[-1]

    monkeypatch.setattr(routes, "supply_and_need", reckon)
    address = "/tiles/municipalities/8/129/85.mvt"
    # A service of its own has reckoned nothing yet.
    with TestClient(create_app(demo_settings)) as client:
        with ThreadPoolExecutor(8) as planners:
            bodies = {answer.content for answer in planners.map(lambda _: client.get(address), range(16))}
        assert len(reckoned) == 1 and len(bodies) == 1
        assert b"supply_residential_low" in bodies.pop()
        with connect(demo_settings) as connection:
            # Whatever touches the list of sites makes another state.
            connection.execute("UPDATE dataset SET title = title WHERE kind = 'sites'")
            connection.commit()
        assert client.get(address).status_code == 200
    assert len(reckoned) == 2
