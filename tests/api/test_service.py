"""The service over HTTP: health, lists, the dashed key, problems, honest tiles, the anonymous view."""

from __future__ import annotations

from collections.abc import Iterator

import mapbox_vector_tile
import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.commands.serve import check_address
from geodata.errors import UsageError
from geodata.settings import Settings


@pytest.fixture(scope="module")
def client(demo_settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(demo_settings)) as opened:
        yield opened


@pytest.fixture(scope="module")
def visitor(demo_settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(demo_settings, public=True)) as opened:
        yield opened


def test_health_touches_the_database(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json()["schema"] == "0002"


def test_municipalities_and_candidates(client: TestClient) -> None:
    found = client.get("/api/v1/municipalities").json()
    assert [one["nis"] for one in found["items"]] == ["99001", "99002", "99003"]
    listed = client.get("/api/v1/candidates?municipality=99001&type=residential&limit=3").json()
    assert len(listed["items"]) == 3 and listed["items"][0]["rank"] == 1


def test_parcel_by_its_dashed_key(client: TestClient) -> None:
    item = client.get("/api/v1/candidates?municipality=99001&limit=1").json()["items"][0]
    told = client.get(f"/api/v1/parcels/{item['id']}?lang=nl").json()
    assert told["capakey"] == item["capakeys"][0]
    assert told["explanation"]["constraints"] and told["geometry"]["type"] == "MultiPolygon"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/v1/candidates?municipality=24062", 404),
        ("/api/v1/candidates?municipality=x", 400),
        ("/api/v1/candidates?municipality=99001&token=garbage", 400),
        ("/api/v1/parcels/nonsense", 400),
        ("/tiles/nothing/1/0/0.mvt", 404),
        ("/tiles/zones/1/9/9.mvt", 400),
    ],
)
def test_problems_say_what_to_do(client: TestClient, path: str, status: int) -> None:
    answer = client.get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.json()["detail"] and answer.json()["remedy"] is not None) or status == 400


def test_tiles_hold_parcels_and_say_what_they_leave_out(client: TestClient) -> None:
    item = client.get("/api/v1/candidates?municipality=99001&limit=1").json()
    lon, lat = item["items"][0]["centre"]
    import math

    def tile(zoom: int) -> dict[str, dict[str, list[dict[str, object]]]]:
        x = int((lon + 180) / 360 * 2**zoom)
        y = int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * 2**zoom)
        answer = client.get(f"/tiles/parcels/{zoom}/{x}/{y}.mvt?run={item['run']}")
        decoded: dict[str, dict[str, list[dict[str, object]]]] = mapbox_vector_tile.decode(answer.content)
        return decoded

    near = tile(15)["parcels"]["features"]
    assert item["items"][0]["capakeys"][0] in {one["properties"]["capakey"] for one in near}  # type: ignore[index]
    far = tile(11)
    assert "parcels" not in far and far["left_out"]["features"][0]["properties"]["count"] > 100  # type: ignore[index,operator]


def test_a_visitor_sees_no_draft_but_may_ask_about_a_parcel(client: TestClient, visitor: TestClient) -> None:
    item = client.get("/api/v1/candidates?municipality=99001&limit=1").json()["items"][0]
    assert visitor.get("/api/v1/candidates?municipality=99001").status_code == 403
    told = visitor.get(f"/api/v1/parcels/{item['id']}").json()
    assert told["rank"] is None and told["explanation"]["verdict"]


def test_only_loopback_without_public() -> None:
    check_address("127.0.0.1", public=False)
    check_address("0.0.0.0", public=True)
    with pytest.raises(UsageError):
        check_address("0.0.0.0", public=False)
