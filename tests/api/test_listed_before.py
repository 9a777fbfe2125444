"""Lists that were there before they had pages and forms: candidates, groups, sites and others; and what every list refuses."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.lists.forms import MEDIA
from geodata.settings import Settings


@pytest.fixture(scope="module")
def client(demo_settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(demo_settings)) as client:
        yield client


@pytest.mark.parametrize("number", ["inf", "nan", "-inf", "1e400"])
def test_a_number_that_is_none_is_refused_everywhere(client: TestClient, number: str) -> None:
    for address in (
        f"candidates?municipality=99001&min_area={number}",
        f"near-misses?municipality=99001&min_area={number}",
        f"exports?municipality=99001&min_area={number}",
        f"assemblies?municipality=99001&area={number}",
        f"parcels?max_area={number}",
        f"subsidies/estimate?region=flanders&valuation={number}",
    ):
        assert client.get(f"/api/v1/{address}").status_code == 400, address
    body = f'{{"weights": {{"school": {number.replace("nan", "NaN").replace("inf", "Infinity")}}}}}'
    sent = client.post(
        "/api/v1/candidates?municipality=99001", content=body, headers={"Content-Type": "application/json"}
    )
    assert sent.status_code == 400


def test_head_tells_of_a_list_without_its_rows(client: TestClient) -> None:
    told, whole = client.head("/api/v1/parcels?limit=5"), client.get("/api/v1/parcels?limit=5")
    assert told.status_code == 200 and told.content == b""
    for name in ("etag", "x-count", "link", "last-modified"):
        assert told.headers[name] == whole.headers[name]


@pytest.mark.parametrize(
    ("address", "kinds"),
    [
        ("/api/v1/candidates?municipality=99001&limit=4", {"json", "geojson", "csv", "gpkg", "arrow"}),
        ("/api/v1/assemblies?municipality=99003&limit=4", {"json", "geojson", "csv", "gpkg", "arrow"}),
        ("/api/v1/municipalities", {"json", "geojson", "csv", "gpkg", "arrow"}),
        ("/api/v1/sites?limit=9", {"json", "geojson", "csv", "gpkg", "arrow"}),
        ("/api/v1/need?region=flanders", {"json", "csv", "arrow"}),
        ("/api/v1/subsidies/regimes", {"json", "csv", "arrow"}),
        ("/api/v1/sources?loaded=true", {"json", "csv", "arrow"}),
    ],
)
def test_the_lists_of_before_come_in_forms_and_pages(client: TestClient, address: str, kinds: set[str]) -> None:
    for form in MEDIA:
        answer = client.get(f"{address}{'&' if '?' in address else '?'}f={form}")
        assert answer.status_code == (200 if form in kinds else 406), (form, answer.text[:200])
    first = client.get(address)
    assert client.get(address, headers={"If-None-Match": first.headers["etag"]}).status_code == 304
    one = client.get(
        f"{address.partition('limit=')[0].rstrip('?&')}{'&' if '?' in address.partition('limit=')[0].rstrip('?&') else '?'}limit=1"
    )
    assert one.headers["x-count-kind"] == "exact" and len(one.json().get("items", one.json().get("features"))) == 1


def test_candidates_in_a_box_are_those_that_touch_it(client: TestClient) -> None:
    whole = client.get("/api/v1/candidates?municipality=99001&limit=500").json()["items"]
    west, south, east, north = whole[0]["bbox"]
    inside = client.get(f"/api/v1/candidates?municipality=99001&bbox={west},{south},{east},{north}").json()
    touching = {
        one["id"] for one in whole
        if one["bbox"][0] <= east and one["bbox"][2] >= west and one["bbox"][1] <= north and one["bbox"][3] >= south
    }  # fmt: skip
    found = {one["id"] for one in inside["items"]}
    assert whole[0]["id"] in found and found <= touching and inside["count"] == len(found) < len(whole)
    assert any("degrees" in one for one in inside["filters"])
