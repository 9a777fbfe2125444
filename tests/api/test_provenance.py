"""What may not be passed on is in no answer, tile or file, and its verdict is told; every answer names its sources."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import mapbox_vector_tile
import pytest
import shapely
from fastapi.testclient import TestClient

from api.app import create_app
from api.dependencies import database
from api.i18n import translator
from api.mapfile import LEAFLET, write_map
from api.mapplace import read_place
from api.tile_layers import TILE_LAYERS
from api.views import candidates_view, parcel_view
from geodata.database.engine import connect
from geodata.ingest import ingest
from geodata.measure.store import measure_municipality
from geodata.settings import LANGUAGES, Settings
from geodata.sources.catalogue import Source, catalogue
from geodata.sources.sharing import OSM_ATTRIBUTION
from sites.candidates.explanation import explained_shapes
from sites.candidates.query import VERDICTS, CandidateQuery
from sites.candidates.runs import find_run
from sites.candidates.scoring import create_run
from sites.suitability.titles import WITHHELD

NIS, KEY = "92094", "92094A0001/00A000"
WEST, SOUTH = 185_000.0, 128_000.0
CLOSED = [one for one in catalogue().values() if not one.redistributable and one.loads]
ALL = CandidateQuery(verdicts=VERDICTS)
#: Shapes of closed sources: an area over the first parcel with corners of its own, a point on it.
CORNER, FAR = (184_989.37, 127_988.73), (185_120.47, 128_119.83)
POINT = (185_031.37, 128_047.73)


def marker(source: Source) -> str:
    """Text that stands in every free field of a made-up dataset; a list of owners has none but a date."""
    if source.kind == "ownership":
        return "2031-05-17"
    return f"zz{source.id}zz"


def made_up(source: Source, folder: Path) -> Path:
    """One row of a source in its raw fields, on the parcels."""
    if source.kind == "ownership":
        path = folder / "owners.csv"
        path.write_text(f"CAPAKEY;owner_class;evidence;lease_until\n{KEY};church_fabric;municipal_list;2031-05-17\n")
        return path
    names = [*source.recognise.fields, *(raw[0] for raw in source.fields.values()), *source.extra]
    row: dict[str, Any] = {name: marker(source) for name in dict.fromkeys(names)}
    for column, mapping in source.values.items():
        row[source.fields[column][0]] = next(iter(mapping))
    shape: Any = shapely.box(*CORNER, *FAR)
    if source.kind in ("addresses", "stops"):
        shape = shapely.Point(POINT)
    if source.kind == "stops":
        place = gpd.GeoSeries([shape], crs=31370).to_crs(4326).iloc[0]
        row |= {"stop_lat": place.y, "stop_lon": place.x}
    row.pop("departures_weekday", None)
    if "fid" in row:
        row["fid"] = 7
    path = folder / f"{source.recognise.file or source.id}.gpkg"
    frame = gpd.GeoDataFrame([row], geometry=gpd.GeoSeries([shape], crs=31370))
    options = {"FID": "row"} if "fid" in row else {}
    frame.to_file(path, layer=source.recognise.layer or source.id, driver="GPKG", engine="pyogrio", **options)
    return path


def base_data(connection: Any, folder: Path) -> None:
    """A municipality of one square with four parcels."""
    place = folder / "places.gpkg"
    fields = {"AdMuKey": [NIS], "NameDUT": ["Namen"], "NameFRE": ["Namur"], "AdReKey": ["03000"]}
    square = shapely.box(WEST - 500, SOUTH - 500, WEST + 500, SOUTH + 500)
    gpd.GeoDataFrame(fields, geometry=gpd.GeoSeries([square], crs=31370)).to_file(place, driver="GPKG")
    ingest(connection, place, "municipalities")
    parcels = folder / "parcels.gpkg"
    keys = [f"92094A000{at}/00A000" for at in range(1, 5)]
    rows = {"CAPAKEY": keys, "RADICAL": [1] * 4, "EXPOSANT": ["A"] * 4, "PUISSANCE": [0] * 4}
    shapes = [shapely.box(WEST + 100 * at, SOUTH, WEST + 100 * at + 100, SOUTH + 100) for at in range(4)]
    gpd.GeoDataFrame(rows, geometry=gpd.GeoSeries(shapes, crs=31370)).to_file(parcels, driver="GPKG")
    ingest(connection, parcels, "parcels")


@dataclass(frozen=True)
class Given:
    """All that the service gave out: texts by address, decoded tiles by layer, and what was loaded.

    `undrawn`: list, parcel and shapes, had the plan of parcels been closed as well.
    """

    texts: dict[str, str]
    tiles: dict[str, dict[str, Any]]
    loaded: set[str]
    parcel: dict[str, Any]
    candidates: dict[str, Any]
    undrawn: tuple[dict[str, Any], dict[str, Any], dict[str, Any]]


def tile_of(layer: str) -> str:
    place = gpd.GeoSeries([shapely.Point(POINT)], crs=31370).to_crs(4326).iloc[0]
    x = int((place.x + 180) / 360 * 2**15)
    y = int((1 - math.asinh(math.tan(math.radians(place.y))) / math.pi) / 2 * 2**15)
    return f"/tiles/{layer}/15/{x}/{y}.mvt"


@pytest.fixture(scope="module")
def given(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Given:
    """One row of every closed source loaded, measured and scored, and everything asked."""
    settings, folder = Settings(home=home, demo=False, database_url=None, lang="en"), tmp_path_factory.mktemp("closed")
    today = date.today()
    with connect(settings) as connection:
        connection.execute("TRUNCATE run_result, run, measurement, batch, dataset, nis_change CASCADE")
        connection.commit()
        base_data(connection, folder)
        for source in CLOSED:
            covers = None if source.kind == "ownership" else NIS
            ingest(connection, made_up(source, folder), source.kind, source=source.id, covers=covers)
        loaded = {row[0] for row in connection.execute("SELECT source FROM dataset WHERE current")}
        measure_municipality(connection, NIS)
        run = create_run(connection, [NIS], "residential", today, today=today)
        translate = translator("en")
        found = candidates_view(connection, run, ALL, translate)
        told = parcel_view(connection, KEY, run, translate)
        keys = [item["capakeys"][0] for item in found["items"]]
        drawing = folder / "map.html"
        if LEAFLET.is_dir():
            shapes = explained_shapes(connection, run, keys, translate, today=today)
            place = read_place(connection, NIS, "en", with_ground=True, today=today)
            write_map(drawing, found, shapes, place, translate)
        connection.execute("UPDATE dataset SET redistributable = false WHERE kind = 'parcels'")
        first = candidates_view(connection, run, ALL, translate)
        key = first["items"][0]["capakeys"][0]
        undrawn = (
            first,
            parcel_view(connection, key, run, translate),
            explained_shapes(connection, run, [key], translate),
        )
        connection.rollback()
    texts = {"map": drawing.read_text()} if drawing.exists() else {}
    tiles = {}
    with TestClient(create_app(settings)) as client:
        listed = [
            f"/api/v1/candidates?municipality={NIS}&verdict=compatible,needs_derogation,unknown,incompatible",
            f"/api/v1/parcels/{KEY.replace('/', '-')}", "/api/v1/municipalities", "/api/v1/sites",
            f"/api/v1/subsidies/eligibility?parcel={KEY.replace('/', '-')}", "/api/v1/sources/municipalities",
            f"/api/v1/sources/status?municipality={NIS}", "/api/v1/sources/coverage",
            *(f"/tiles/{layer}.json" for layer in TILE_LAYERS),
        ]  # fmt: skip
        for address in listed:
            answer = client.get(address)
            assert answer.status_code == 200, (address, answer.text)
            texts[address] = answer.text
        for layer in TILE_LAYERS:
            answer = client.get(f"{tile_of(layer)}?run={run.id}")
            assert answer.status_code == 200
            tiles[layer] = mapbox_vector_tile.decode(answer.content) if answer.content else {}
        refused = client.get(f"/api/v1/candidates?municipality={NIS}&owner=church_fabric")
        assert refused.status_code == 400 and "owner" in refused.json()["detail"]
    return Given(texts, tiles, loaded, told, found, undrawn)


@pytest.mark.parametrize("source", [one.id for one in CLOSED])
def test_no_raw_value_of_a_closed_source_leaves(given: Given, source: str) -> None:
    assert source in given.loaded
    word = marker(catalogue()[source])
    assert [where for where, text in given.texts.items() if word in text] == []
    assert all(word not in json.dumps(tile) for tile in given.tiles.values())


def test_no_shape_of_a_closed_source_leaves(given: Given) -> None:
    places = gpd.GeoSeries([shapely.Point(one) for one in (CORNER, FAR, POINT)], crs=31370).to_crs(4326)
    for place in places:
        for where, text in given.texts.items():
            assert f"{place.x:.5f}"[:-1] not in text, where
    # Only the boundary, with what the law says of all of it, and the parcels may be drawn.
    assert all("name" not in one["properties"] for one in given.tiles["cases"]["cases"]["features"])
    drawn = {layer for layer, tile in given.tiles.items() if tile.get(layer, {}).get("features")}
    assert drawn <= {"parcels", "candidates", "municipalities", "eligibility", "cases"} and "parcels" in drawn


def test_owner_and_class_are_withheld_and_the_verdict_is_told(given: Given) -> None:
    item = next(one for one in given.candidates["items"] if one["capakeys"] == [KEY])
    assert item["verdict"] and item["owner_class"] is None and WITHHELD in item["owner_title"] and item["place"] is None
    features = given.tiles["parcels"]["parcels"]["features"]
    assert {one["properties"].get("owner") for one in features} == {None}
    owner = next(one for one in given.parcel["criteria"] if one["id"] == "owner")
    # As if nothing were known of the owner: a value, or a score that holds it, would tell the class.
    assert WITHHELD in owner["sentence"] and (owner["value"]["low"], owner["value"]["high"]) == (0.0, 1.0)
    soil = next(one for one in given.parcel["constraints"] if one["id"] == "soil")
    assert soil["state"] != "unknown" and WITHHELD in soil["sentence"] and "survey" not in soil["sentence"]
    assert soil["dataset"] and all("church" not in text.lower() for text in given.texts.values())


def test_a_parcel_plan_that_may_not_be_passed_on(given: Given) -> None:
    """Key, verdict and measured figures are told; no shape and no place."""
    found, told, shapes = given.undrawn
    key = found["items"][0]["capakeys"][0]
    for one in (found["items"][0], told):
        assert one["verdict"] and one["area_m2"] > 0 and one["bbox"] is None and one["centre"] is None
    assert told["geometry"] is None and told["official_area_m2"] is None
    assert shapes[key]["geometry"] is None and shapes[key]["text"]


def asked(settings: Settings, statement: str, address: str) -> Any:
    """What an address answers while the database is as a statement leaves it; then it is as before."""
    with TestClient(create_app(settings)) as client, connect(settings) as connection:
        connection.execute(statement.encode())
        client.app.dependency_overrides[database] = lambda: connection  # type: ignore[attr-defined]
        answer = client.get(address)
        connection.rollback()
    assert answer.status_code == 200
    return answer.json()


FIELDS = {"dataset", "source", "version", "date", "licence", "licence_text", "attribution", "age_days", "stale"}


@pytest.mark.parametrize(
    "address",
    [
        "/api/v1/candidates?municipality=99001&limit=2",
        "/api/v1/municipalities",
        "/tiles/zones.json",
        "/tiles/base.json",
    ],
)
def test_answers_name_each_source_once(demo_settings: Settings, address: str) -> None:
    found = asked(demo_settings, "SELECT 1", address)["sources"]
    assert found and all(one.keys() >= FIELDS for one in found)
    assert len({one["dataset"] for one in found}) == len(found)


def parcel_address(settings: Settings) -> str:
    with connect(settings) as connection:
        run = find_run(connection, territory=["99001"], site_type="residential")
        item = candidates_view(connection, run, CandidateQuery(limit=1), translator("en"))["items"][0]
    return f"/api/v1/parcels/{item['id']}"


def test_figures_point_to_sources_of_the_answer(demo_settings: Settings) -> None:
    told = asked(demo_settings, "SELECT 1", parcel_address(demo_settings))
    known = {one["dataset"] for one in told["sources"]}
    figures = [*told["constraints"], *told["criteria"]]
    assert all(set(one["dataset"]) <= known for one in figures)
    assert all(one["dataset"] for one in figures)


STALE = "UPDATE dataset SET fetched = now() - interval '40 days' WHERE source IN ('osm', 'osm-shops')"


@pytest.mark.parametrize(
    ("lang", "word"), [("nl", "vernieuwd"), ("fr", "renouvel"), ("de", "erneuert"), ("en", "renewed")]
)
def test_a_stale_source_flags_its_figures(demo_settings: Settings, lang: str, word: str) -> None:
    told = asked(demo_settings, STALE, f"{parcel_address(demo_settings)}?lang={lang}")
    old = {one["dataset"] for one in told["sources"] if one["stale"]}
    assert {one["source"] for one in told["sources"] if one["stale"]} >= {"osm"}
    for one in (*told["constraints"], *told["criteria"]):
        assert (one["stale"] is True) == bool(old & set(one["dataset"])), one["id"]
    assert word in told["text"]
    fresh = asked(demo_settings, STALE.replace("40 days", "0 days"), f"{parcel_address(demo_settings)}?lang={lang}")
    assert word not in fresh["text"]
    listed = asked(demo_settings, STALE, f"/api/v1/candidates?municipality=99001&limit=1&lang={lang}")
    assert "land_use" in listed["items"][0]["stale"] and listed["items"][0]["stale_titles"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_command_line_names_sources(demo_settings: Settings, program: Callable[..., str], lang: str) -> None:
    listed = program("candidates", "--demo", "-m", "99001", "--limit", 1, "--lang", lang)
    key = parcel_address(demo_settings).rsplit("/", 1)[1]
    explained = program("explain", key, "--demo", "--lang", lang)
    for text in (listed, explained):
        assert OSM_ATTRIBUTION in text and "ODbL 1.0" in text and "Modellicentie" in text


def test_the_map_file_names_sources(demo_settings: Settings, program: Callable[..., str], tmp_path: Path) -> None:
    if not LEAFLET.is_dir():
        pytest.skip("the page is not built")
    program("map", "--demo", "-m", "99001", "-o", tmp_path / "map.html")
    text = (tmp_path / "map.html").read_text(encoding="utf-8")
    assert OSM_ATTRIBUTION in text and "sp-sources" in text
