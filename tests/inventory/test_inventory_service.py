"""`/api/v1/sites` and its neighbours: GeoJSON, filters, a page under every fact, demo sites marked as fictional."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import shapely
from fastapi.testclient import TestClient
from private_places import STREETS, named

from api.app import create_app
from geodata.settings import Settings
from sites.law.model import LANGUAGES


@pytest.fixture(scope="module")
def client(demo_settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(demo_settings, public=True)) as opened:
        yield opened


def get(client: TestClient, path: str) -> Any:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


def facts_of(value: Any) -> Iterator[dict[str, Any]]:
    """Everything in an answer that carries a grade."""
    if isinstance(value, dict):
        if "grade" in value:
            yield value
        for one in value.values():
            yield from facts_of(one)
    elif isinstance(value, list):
        for one in value:
            yield from facts_of(one)


def test_real_sites_in_the_demo_and_fictional_ones_marked(client: TestClient) -> None:
    found = get(client, "/api/v1/sites?lang=nl")
    assert found["type"] == "FeatureCollection" and found["count"] == len(found["features"]) == 52
    by_id = {one["id"]: one for one in found["features"]}
    fictional = {one["id"] for one in found["features"] if one["properties"]["fictional"]}
    assert fictional == {f"demo-{at}" for at in range(1, 6)}
    assert by_id["demo-1"]["properties"]["facts"]["status"][0]["source"] is None
    genk = by_id["vl-genk-horensberg"]["properties"]
    assert genk["texts"]["site_type"] == "residentieel woonwagenterrein"
    assert genk["facts"]["pitches"][0] | {"note": None} == {
        "low": 51, "high": 51, "unit": "pitch", "about": False, "together_with": [], "text": "51 standplaatsen",
        "note": None, "source": "https://www.genk.be/woonwagenterrein-standplaats",
        "sources": ["https://www.genk.be/woonwagenterrein-standplaats"], "source_text": None, "date": "undated",
        "grade": "A",
    }  # fmt: skip


def test_every_fact_of_a_real_site_names_its_page(client: TestClient) -> None:
    features = [one for one in get(client, "/api/v1/sites")["features"] if not one["properties"]["fictional"]]
    facts = list(facts_of(features)) + list(facts_of(get(client, "/api/v1/inventory/series")))
    assert len(facts) > 400
    for fact in facts:
        assert re.match(r"https?://", fact["source"]) and fact["date"] and fact["text"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_private_plot_in_answers(client: TestClient, lang: str) -> None:
    paths = (
        "sites",
        "inventory/series",
        "law/rules",
        "law/at?municipality=24001&as_of=2026-11-23",
        "subsidies/regimes",
    )
    for path in paths:
        told = get(client, f"/api/v1/{path}{'&' if '?' in path else '?'}lang={lang}")
        assert named(json.dumps(told, ensure_ascii=False), STREETS) == [], path


def test_geojson_is_valid(client: TestClient) -> None:
    for one in get(client, "/api/v1/sites")["features"]:
        assert set(one) == {"type", "id", "geometry", "properties"}
        if one["geometry"] is not None:
            assert shapely.from_geojson(json.dumps(one["geometry"])).geom_type == "Point"
        else:
            assert one["properties"]["precision"] in ("municipality", "none")


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("region=german-speaking-community", {"dg-lontzen-tivoli"}),
        ("region=brussels&status=closed", {"br-brussel-haren"}),
        ("status=unknown", {"dg-lontzen-tivoli"}),
        ("municipality=99001", {"demo-1", "demo-2"}),
        ("municipality=61003,51004", {"wa-amay-la-graviere", "wa-amay-n684", "wa-ath-la-bilhee"}),
        ("region=brussels&year=2012", {"br-brussel-haren"}),
        ("region=brussels&year=2012&status=closed", set()),
        ("region=wallonia&type=transit&status=dropped", {"wa-charleroi-gosselies", "wa-mons-jemappes"}),
    ],
)
def test_filters(client: TestClient, query: str, ids: set[str]) -> None:
    found = get(client, f"/api/v1/sites?{query}")
    known = {one["id"] for one in found["features"] if not one["properties"]["fictional"] or "99" in query}
    assert known == ids


@pytest.mark.parametrize("query", ["region=x", "type=castle", "status=somewhat", "year=12", "municipality=1"])
def test_odd_questions_are_refused(client: TestClient, query: str) -> None:
    answer = client.get(f"/api/v1/sites?{query}")
    assert answer.status_code == 400 and answer.headers["content-type"] == "application/problem+json"


def test_one_site(client: TestClient) -> None:
    found = get(client, "/api/v1/sites/vl-kortrijk-ringlaan?lang=fr")
    assert found["geometry"]["type"] == "Point" and found["properties"]["status"] == "open"
    assert (found["properties"]["precision"], found["properties"]["known_to"]) == ("section", "address")
    assert found["properties"]["facts"]["position"][0]["source_text"].startswith("IGN, AdminVector")
    assert [one["low"] for one in found["properties"]["facts"]["pitches"]] == [20, 20, 10]
    assert found["properties"]["facts"]["position"][0]["text"].startswith("Heule")
    assert client.get("/api/v1/sites/nowhere").status_code == 404


def test_series(client: TestClient) -> None:
    found = get(client, "/api/v1/inventory/series?lang=de")
    for name in ("hp_series", "hp_sites", "hp_municipalities", "totals", "need", "municipality_notes"):
        assert found[name]["count"] == len(found[name]["items"]) > 0
    assert all(one["geometry"] is None for one in found["hp_sites"]["items"])
    genk = next(one for one in found["municipality_notes"]["items"] if one["nis"] == "71016")
    assert genk["text"] == "Privat oder unklar, nicht gezeigt."
    need = next(one for one in found["need"]["items"] if one["measure"] == "travellers")
    assert (need["low"], need["high"], need["level"], need["region"]) == (15000, 20000, "country", "belgium")
