"""A drawn area laid out over HTTP: as the command line does it, one at a time, with the refusals of drawn areas."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
import shapely
from fastapi.testclient import TestClient

from api.app import create_app
from geodata.settings import Settings


@pytest.fixture(scope="module")
def client(demo_settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(demo_settings)) as found:
        yield found


@pytest.fixture
def field(demo_connection: psycopg.Connection[Any]) -> dict[str, Any]:
    """A square of 80 m on the best candidate of 99001, lon/lat."""
    row = demo_connection.execute(
        """SELECT ST_AsText(ST_Transform(ST_Expand(ST_PointOnSurface(p.geom), 40), 4326)) FROM run_result r
           JOIN parcel p ON p.id = r.parcel_id WHERE p.nis = '99001' AND r.rank = 1 LIMIT 1"""
    ).fetchone()
    assert row
    return dict(shapely.geometry.mapping(shapely.from_wkt(row[0])))


def test_an_area_is_laid_out_and_its_pitches_lie_in_it(client: TestClient, field: dict[str, Any]) -> None:
    answer = client.post("/api/v1/areas/layout?pitches=2&lang=en", json=field)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["source"] == "drawn" and told["run"] is None and told["wanted"] == 2
    assert told["pitches"]["high"] >= told["pitches"]["low"]
    outline = shapely.from_geojson(json.dumps(field)).buffer(1e-6)
    pitches = [one for one in told["features"]["features"] if one["properties"]["kind"] == "pitch"]
    assert len(pitches) == next(one["pitches"] for one in told["drawings"] if one["variant"] == told["drawn"])
    assert all(shapely.geometry.shape(one["geometry"]).within(outline) for one in pitches)


def test_two_areas_are_not_laid_out_at_once(client: TestClient, field: dict[str, Any]) -> None:
    one = {"type": "Feature", "properties": {}, "geometry": field}
    answer = client.post("/api/v1/areas/layout?lang=en", json={"type": "FeatureCollection", "features": [one, one]})
    assert answer.status_code == 400 and "one at a time" in answer.json()["remedy"]


def test_an_area_where_nothing_is_loaded_is_refused(client: TestClient) -> None:
    far = {"type": "Polygon", "coordinates": [[[4.0, 50.0], [4.001, 50.0], [4.001, 50.001], [4.0, 50.0]]]}
    assert client.post("/api/v1/areas/layout?lang=en", json=far).status_code == 422
