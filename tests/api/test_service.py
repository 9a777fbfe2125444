"""The service over HTTP: health, lists, the dashed key, problems, honest tiles, the anonymous view."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import geopandas as gpd
import mapbox_vector_tile
import psycopg
import pytest
import shapely
from fastapi.testclient import TestClient

from api.app import create_app
from api.commands.serve import check_address
from api.i18n import translator
from api.problem_kinds import KINDS
from api.problems import SENTENCES
from api.told import TEMPLATES, tell
from geodata.database.engine import connect, failure
from geodata.database.migrations import versions
from geodata.errors import UsageError
from geodata.ingest import ingest
from geodata.ingest.reasons import REASONS
from geodata.settings import Language, Settings
from geodata.territory import NOTICE


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
    newest = sorted(one.name[:4] for one in Path(versions.__path__[0]).glob("[0-9]*.py"))[-1]
    assert client.get("/readyz").json()["schema"] == newest


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
        ("/api/v1/candidates?municipality=99001&owner=nonsense", 400),
        ("/api/v1/candidates?municipality=99001&type=castle", 400),
        ("/api/v1/parcels/99001A0001-00A000?type=castle", 400),
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


def test_answers_of_demo_data_say_so_in_the_language_asked_for(client: TestClient) -> None:
    item = client.get("/api/v1/candidates?municipality=99001&limit=1").json()["items"][0]
    for path in ("/api/v1/municipalities?", "/api/v1/candidates?municipality=99001", f"/api/v1/parcels/{item['id']}?"):
        assert client.get(f"{path}&lang=fr").json()["notice"] == NOTICE["fr"]


def test_the_explanation_stands_at_the_top(client: TestClient) -> None:
    item = client.get("/api/v1/candidates?municipality=99001&limit=1").json()["items"][0]
    told = client.get(f"/api/v1/parcels/{item['id']}").json()
    wanted = {"id", "capakeys", "verdict", "so_far", "run", "as_of", "data_date", "constraints", "conditions", "criteria",
              "score", "text"}  # fmt: skip
    assert wanted <= told.keys()


def test_problems_speak_the_language_asked_for(client: TestClient) -> None:
    french = client.get("/api/v1/candidates?municipality=x&lang=fr").json()
    assert french["title"] == "La demande n'est pas correcte" and french["remedy"] == "Corrigez et redemandez."
    dutch = client.get("/api/v1/nowhere", headers={"Accept-Language": "nl-BE,nl;q=0.9"})
    assert dutch.json()["title"] == "Dit adres bestaat niet" and dutch.headers["content-language"] == "nl"
    assert dutch.json()["type"] == "/problems/no-address"
    unknown = client.get("/api/v1/candidates?municipality=99001&lang=xx").json()
    assert unknown["status"] == 400 and unknown["title"] == "The request is off"


@pytest.mark.parametrize("language", ["nl", "fr", "de"])
@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/candidates?municipality=24062",
        "/api/v1/candidates?municipality=99001&run=rnothing",
        "/api/v1/candidates?municipality=99001&owner=nonsense",
        "/api/v1/candidates?municipality=99001&verdict=authorised",
        "/api/v1/candidates?municipality=99001&token=garbage",
        "/api/v1/parcels/nonsense",
        "/api/v1/parcels/99999Z0001-00X000",
    ],
)
def test_problems_that_name_a_value_are_translated_too(client: TestClient, language: Language, path: str) -> None:
    """The floors below raise in English; a sentence that changed there would show here."""
    separator = "&" if "?" in path else "?"
    ours = client.get(f"{path}{separator}lang={language}").json()
    english = client.get(f"{path}{separator}lang=en").json()
    assert (ours["type"], ours["status"]) == (english["type"], english["status"])
    for key in ("title", "detail", "remedy"):
        assert ours[key] != english[key], ours[key]


@pytest.mark.parametrize("language", ["nl", "fr", "de"])
@pytest.mark.parametrize("template", TEMPLATES)
def test_a_sentence_with_values_keeps_them(language: Language, template: str) -> None:
    values = {name: f"{{{name}}}-7" for _, name, _, _ in Formatter().parse(template) if name}
    told = tell(translator(language), template.format(**values))
    assert told != template.format(**values)
    assert all(value in told for value in values.values())


@pytest.mark.parametrize("language", ["nl", "fr", "de"])
def test_every_fixed_sentence_is_translated(language: Language) -> None:
    translate = translator(language)
    kinds = {text for one in KINDS.values() for text in (one.title, one.meaning, one.remedy)}
    fixed = kinds | set(SENTENCES.values()) | set(REASONS.values())
    lost = (psycopg.OperationalError(), psycopg.errors.DiskFull())
    told = [text for error in map(failure, lost) for text in (error.message, error.remedy) if text]
    assert {text for text in (*fixed, *told) if translate(text) == text} == set()


def test_one_row_per_municipality(settings: Settings, tmp_path: Path) -> None:
    """A second file of boundaries, here one without names, doubles no row; without any name the code is shown."""

    def boundaries(name: str, fields: dict[str, list[object]], codes: int) -> Path:
        path = tmp_path / name
        shapes = [shapely.box(170_000 + 10_000 * at, 160_000, 180_000 + 10_000 * at, 170_000) for at in range(codes)]
        frame = gpd.GeoDataFrame(fields, geometry=gpd.GeoSeries(shapes, crs="EPSG:31370"))
        frame.to_file(path, driver="GPKG", engine="pyogrio")
        return path

    named: dict[str, list[object]] = {"NISCODE": ["24062"], "NAAM": ["Leuven"], "TERRID": [1], "NUMAC": ["x"]}
    nameless: dict[str, list[object]] = {
        "AdMuKey": ["24062", "24086"], "NameDUT": [None, None], "NameFRE": [None, None], "AdReKey": ["02000", "02000"],
    }  # fmt: skip
    keys = ["24062A0001/00A000", "24086A0001/00A000"]
    parcels = tmp_path / "parcels.gpkg"
    gpd.GeoDataFrame(
        {"CAPAKEY": keys, "CANU": ["1", "2"], "NISCODE": ["24062", "24086"], "FISCDATUM": ["2025-01-01"] * 2},
        geometry=gpd.GeoSeries(
            [shapely.box(x, 165_000, x + 20, 165_020) for x in (175_000, 185_000)], crs="EPSG:31370"
        ),
    ).to_file(parcels, driver="GPKG", engine="pyogrio")
    with connect(settings) as connection:
        ingest(connection, boundaries("Refgem.gpkg", named, 1), "municipalities")
        ingest(connection, boundaries("other.gpkg", nameless, 2), "municipalities")
        ingest(connection, parcels, "parcels")
    with TestClient(create_app(settings)) as opened:
        found = opened.get("/api/v1/municipalities").json()
    assert [(one["nis"], one["name"]["fr"], one["parcels"]) for one in found["items"]] == [
        ("24062", "Leuven", 1),
        ("24086", "24086", 1),
    ]
    assert "notice" not in found


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
