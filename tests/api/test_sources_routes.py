"""Sources over HTTP and on the command line: the catalogue, what is loaded, where it reaches, who has the rest."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import shapely
from babel.messages.pofile import read_po
from fastapi.testclient import TestClient

from api.app import create_app
from api.dependencies import database
from api.fetching import NEEDS, STATES, margin_m, smallest_m2
from api.i18n import LOCALES
from api.source_words import KIND_TITLES, REGION_TITLES
from geodata.database.engine import connect
from geodata.settings import Settings
from geodata.sources.catalogue import KINDS, catalogue
from geodata.sources.loaded import stale_after
from geodata.sources.records import Record, Records
from geodata.sources.wanted import needs
from sites.suitability import profiles


@pytest.fixture(scope="module")
def client(demo_settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(demo_settings, public=True)) as opened:
        yield opened


def test_the_catalogue_with_what_is_loaded(client: TestClient) -> None:
    found = client.get("/api/v1/sources?lang=fr").json()
    assert found["count"] == len(found["items"]) == len(catalogue()) and found["notice"]
    by_id = {one["id"]: one for one in found["items"]}
    parcels = by_id["grb-adp"]
    assert parcels["licence"] and parcels["title"] == catalogue()["grb-adp"].title["fr"] and parcels["fetchable"]
    assert parcels["loaded"] and len(parcels["datasets"]) == 1
    dataset = parcels["datasets"][0]
    assert dataset["municipalities"] == ["99001"] and dataset["date"] == "2026-01-01" and dataset["rows"] > 0
    assert parcels["state"] == "loaded" and dataset["covered"] == ["99001"] and "coverage" not in dataset
    assert parcels["kind_title"] == "Parcelles" and parcels["region_title"] == "Flandre"
    assert not by_id["picc" if by_id["picc"]["datasets"] == [] else "grb-topo"]["loaded"]


@pytest.fixture
def inside(demo_settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(demo_settings)) as opened:
        yield opened


def test_one_source_with_the_area_it_covers(client: TestClient) -> None:
    found = client.get("/api/v1/sources/grb-adp?lang=de").json()
    assert found["title"] == catalogue()["grb-adp"].title["de"] and found["notice"]
    west, south, east, north = shapely.from_geojson(json.dumps(found["datasets"][0]["coverage"])).bounds
    assert 2.0 < west < east < 6.5 and 49.4 < south < north < 51.9
    lost = client.get("/api/v1/sources/nothing?lang=fr")
    assert lost.status_code == 404 and lost.headers["content-type"] == "application/problem+json"
    assert "nothing" in lost.json()["detail"] and not lost.json()["detail"].startswith("The catalogue")
    assert not {"status", "coverage", "municipalities"} & set(catalogue())


def test_coverage_is_geojson_with_each_area_once(client: TestClient) -> None:
    found = client.get("/api/v1/sources/coverage").json()
    assert found["type"] == "FeatureCollection" and found["count"] == len(found["features"]) > 0
    areas = [json.dumps(one["geometry"]) for one in found["features"]]
    assert len(set(areas)) == len(areas)
    assert all(shapely.is_valid(shapely.from_geojson(one)) for one in areas)
    mine = client.get("/api/v1/sources/coverage?source=grb-adp").json()["features"]
    assert len(mine) == 1 and mine[0]["properties"]["sources"] == ["grb-adp"]
    assert mine[0]["properties"]["municipalities"] == ["99001"] and mine[0]["properties"]["whole"]
    assert client.get("/api/v1/sources/coverage?source=nothing").status_code == 404


def test_municipalities_with_how_much_is_loaded(client: TestClient) -> None:
    found = {one["nis"]: one for one in client.get("/api/v1/sources/municipalities").json()["items"]}
    assert set(found) == {"99001", "99002", "99003"}
    for one in found.values():
        assert one["datasets"] >= len(one["kinds"]) > 10 and "municipalities" not in one["kinds"]
        assert one["bbox"][0] < one["bbox"][2] and set(one["name"]) == {"nl", "fr", "de", "en"}


def test_loaded_or_not_parts_the_catalogue(client: TestClient) -> None:
    loaded, rest = (client.get(f"/api/v1/sources?loaded={flag}").json()["items"] for flag in ("true", "false"))
    assert loaded and rest and len(loaded) + len(rest) == len(catalogue())
    assert all(one["datasets"] for one in loaded) and not any(one["datasets"] for one in rest)
    assert {one["state"] for one in rest} <= {"never_asked", "by_hand", "only_known"}
    assert client.get("/api/v1/sources?loaded=perhaps").status_code == 400


def test_the_catalogue_can_be_narrowed(client: TestClient) -> None:
    assert {one["region"] for one in client.get("/api/v1/sources?region=brussels").json()["items"]} == {"brussels"}
    assert {one["kind"] for one in client.get("/api/v1/sources?kind=flood").json()["items"]} == {"flood"}
    here = client.get("/api/v1/sources?municipality=99002").json()["items"]
    assert any(one["loaded"] for one in here)
    assert all("99002" in found["municipalities"] for one in here for found in one["datasets"])
    states: dict[str, set[str]] = {one["region"]: set() for one in here}
    for one in here:
        states[one["region"]].add(one["state"])
    assert states["flanders"] == states["brussels"] == {"elsewhere"} and "elsewhere" not in states["wallonia"]
    assert client.get("/api/v1/sources?municipality=99999").status_code == 404
    for wrong in ("region=moon", "kind=percelen"):
        assert client.get(f"/api/v1/sources?{wrong}").status_code == 400


@pytest.mark.parametrize(("nis", "region"), [("99001", "flanders"), ("99002", "wallonia"), ("99003", "brussels")])
def test_the_demo_lacks_nothing(client: TestClient, nis: str, region: Any) -> None:
    found = client.get(f"/api/v1/sources/status?municipality={nis}").json()
    states = {(one["layer"], tuple(one["one_of"])): one["state"] for one in found["items"] if one["needed"]}
    assert set(states) == {(need.layer, need.group) for need in needs(region) if need.needed}
    assert set(states.values()) == {"loaded"}, {name: state for name, state in states.items() if state != "loaded"}
    assert all(one["who_has_it"] for one in found["items"])


def changed(demo_settings: Settings, client: TestClient, statement: str, values: list[Any], address: str) -> Any:
    """What an address answers while the database is as a statement leaves it; then it is as before."""
    kept = client.app.dependency_overrides  # type: ignore[attr-defined]
    with connect(demo_settings) as connection:
        connection.execute(statement.encode(), values)
        kept[database] = lambda: connection
        try:
            return client.get(address).json()
        finally:
            kept.clear()
            connection.rollback()


@pytest.mark.parametrize(
    ("change", "state"),
    [
        ("rows_loaded = 0", "empty_checked"),
        ("rows_loaded = 0, coverage = NULL, coverage_nis = NULL", "empty_suspicious"),
        ("coverage = NULL, coverage_nis = NULL", "no_coverage"),
        ("""coverage = NULL, coverage_nis = NULL, attributes = '{"asked": ["99001"]}'""", "loaded_silent"),
        ("coverage_nis = NULL", "loaded_partly"),
        ("version = 1", "loaded"),
    ],
)
def test_what_is_unknown_is_never_told_as_nothing(
    demo_settings: Settings, client: TestClient, change: str, state: str
) -> None:
    statement = f"UPDATE dataset SET {change} WHERE source = %s AND current"
    found = changed(demo_settings, client, statement, ["grb-buildings"], "/api/v1/sources?kind=buildings")
    assert {one["id"]: one["state"] for one in found["items"]}["grb-buildings"] == state


def test_an_area_of_parts_is_drawn_as_squares_and_never_in_public(
    demo_settings: Settings, client: TestClient, inside: TestClient
) -> None:
    statement = """UPDATE dataset SET coverage_nis = NULL, coverage = (SELECT ST_Multi(ST_Union(p.geom)) FROM
                   (SELECT geom FROM parcel WHERE nis = '99001' ORDER BY capakey LIMIT 5) p)
                   WHERE source = %s AND current"""
    address = "/api/v1/sources/coverage?source=grb-buildings"
    shown = changed(demo_settings, inside, statement, ["grb-buildings"], address)["features"]
    assert len(shown) == 1 and not shown[0]["properties"]["whole"]
    with connect(demo_settings) as connection:
        row = connection.execute(
            """SELECT ST_AsGeoJSON(ST_Transform(ST_Union(p.geom), 4326)), max(p.area_m2) FROM
               (SELECT geom, area_m2 FROM parcel WHERE nis = '99001' ORDER BY capakey LIMIT 5) p"""
        ).fetchone()
    assert row is not None
    drawn, real = shapely.from_geojson(json.dumps(shown[0]["geometry"])), shapely.from_geojson(row[0])
    # 500 m is about 0.007 degrees of longitude: no corner of a parcel can be read from a square.
    assert drawn.buffer(0.002).covers(real)
    assert all(one.bounds[2] - one.bounds[0] > 0.006 for one in shapely.get_parts(drawn))
    assert changed(demo_settings, client, statement, ["grb-buildings"], address)["features"] == []


@pytest.mark.parametrize("public", [True, False])
def test_the_public_view_does_not_tell_why_an_attempt_failed(settings: Settings, public: bool) -> None:
    records = Records(settings.sources_folder)
    records.keep(
        Record("grb-buildings", "24062", "failed", datetime.now(UTC), "proxy.inside said no", "Ask Jo", "server")
    )
    try:
        with TestClient(create_app(settings, public=public)) as opened:
            source = opened.get("/api/v1/sources/grb-buildings")
            listed = opened.get("/api/v1/sources?municipality=24062&kind=buildings")
            status = opened.get("/api/v1/sources/status?municipality=24062")
    finally:
        shutil.rmtree(records.folder / "records" / "grb-buildings")
    attempt = source.json()["attempts"][0]
    assert source.json()["state"] == "failed" and attempt["cause"] == "server" and attempt["area"] == "24062"
    for answer in (source, listed, status):
        assert answer.status_code == 200
        assert ("proxy.inside" in answer.text) is ("Ask Jo" in answer.text) is not public, answer.url
    buildings = next(one for one in status.json()["items"] if one["layer"] == "buildings")
    assert buildings["state"] == "failed" and buildings["fetch"] == "grb-buildings" and buildings["title"]


def test_every_kind_has_a_name() -> None:
    assert set(KIND_TITLES) == set(KINDS)


@pytest.mark.parametrize("lang", ["nl", "fr", "de"])
def test_words_of_the_catalogue_are_told_in_every_language(lang: str) -> None:
    with (LOCALES / f"{lang}.po").open("rb") as stream:
        known = {str(one.id) for one in read_po(stream) if one.string}
    sources = catalogue().values()
    # Names of licences that are the same in every language.
    names = {"CC BY", "CC BY 4.0", "CC0", "MIT", "EUPL-1.2", "ODbL 1.0"}
    wanted = {
        *KIND_TITLES.values(),
        *REGION_TITLES.values(),
        *(one.licence for one in sources),
        *(one.cadence for one in sources if one.cadence),
    }
    assert wanted - names - known == set()


def test_status_of_a_place_that_is_not_loaded(client: TestClient) -> None:
    found = client.get("/api/v1/sources/status?municipality=24062").json()["items"]
    assert {one["state"] for one in found if one["needed"]} <= {"missing", "by_hand", "no_coverage"}
    assert client.get("/api/v1/sources/status?municipality=99999").status_code == 404


def test_commands(demo_settings: Settings, program: Callable[..., str]) -> None:
    listed = json.loads(program("sources", "list", "--demo", "--json", "--region", "wallonia"))
    assert listed["count"] == sum(one.region == "wallonia" for one in catalogue().values())
    assert all("coverage" not in found for one in listed["items"] for found in one["datasets"])
    assert "CC BY 4.0" in program("sources", "list", "--demo")
    status = json.loads(program("sources", "status", "--demo", "--json"))
    assert {one["municipality"] for one in status["items"]} == {"99001", "99002", "99003"}
    assert status["missing"] == [] and len(status["loaded"]) > 20
    assert "Er ontbreekt niets" in program("sources", "status", "--demo", "--lang", "nl", "-m", "99003")
    assert "is the first" in program("sources", "diff", "parcels/grb-adp", "--demo")
    assert "no earlier version" in program("sources", "rollback", "parcels/grb-adp", "--demo", code=1)
    assert "no source nothing" in program("sources", "fetch", "-m", "24062", "--source", "nothing", code=2)
    assert "cannot be fetched" in program("sources", "fetch", "-m", "24062", "--source", "owner-list", code=2)


def test_the_margin_is_the_largest_breakpoint() -> None:
    points = [
        x for one in profiles() for criterion in one.criteria if criterion.unit == "m" for x, _ in criterion.points
    ]
    assert margin_m() >= max(points) >= 1000
    assert 0 < smallest_m2() < 10_000


@pytest.mark.parametrize("lang", ["nl", "fr", "de"])
def test_states_and_needs_are_told_in_every_language(lang: str) -> None:
    with (LOCALES / f"{lang}.po").open("rb") as stream:
        known = {str(one.id) for one in read_po(stream) if one.string}
    assert {*STATES.values(), *NEEDS.values()} - known == set()


@pytest.mark.parametrize(
    ("cadence", "days"),
    [("daily", 14), ("daily to weekly; FISCDATUM is the yearly fiscal state", 14), ("state of 1 January, yearly", 430),
     ("monthly", 92), ("now and then", None), (None, None)],
)  # fmt: skip
def test_a_source_is_stale_after_a_few_rounds_of_its_own(cadence: str | None, days: int | None) -> None:
    assert stale_after(cadence) == days
