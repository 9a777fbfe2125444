"""Tiles of parcels: what the filters of the page need is in them, and a visitor gets them uncoloured."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import mapbox_vector_tile
import pytest
from fastapi.testclient import TestClient

from api.app import create_app
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
    """CAPAKEY -> attributes."""
    decoded: dict[str, Any] = mapbox_vector_tile.decode(content)
    return {one["properties"]["capakey"]: one["properties"] for one in decoded[layer]["features"]}


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
