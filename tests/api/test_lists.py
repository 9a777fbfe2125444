"""Lists of the API: every row once, filters against PostGIS, forms that hold the same, and what may not leave stays in."""

from __future__ import annotations

import csv
import io
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pyarrow as pa
import pyogrio
import pytest
import shapely
from fastapi.testclient import TestClient

from api.answers.lists import ParcelRow, ScoreRow, ZoneRow
from api.app import create_app
from api.i18n import translator
from api.lists import filters
from api.lists.columns import columns_of
from api.lists.forms import MEDIA, PLACED, PLAIN, form_of
from api.problems import NotAcceptableError
from geodata.database.counting import count_rows
from geodata.database.engine import connect
from geodata.settings import LANGUAGES, Settings
from sites.candidates.runs import find_run, publish_run
from sites.suitability import Message

Connection = psycopg.Connection[Any]


@pytest.fixture(scope="module")
def client(demo_settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(demo_settings)) as client:
        yield client


@pytest.fixture(scope="module")
def run(demo_settings: Settings) -> str:
    with connect(demo_settings) as connection:
        return find_run(connection, territory=["99001"], site_type="residential").id


def whole(client: TestClient, address: str, limit: int) -> list[dict[str, Any]]:
    """All rows of a list, page by page."""
    out: list[dict[str, Any]] = []
    token = ""
    for _ in range(200):
        page = client.get(f"{address}{'&' if '?' in address else '?'}limit={limit}{token}").json()
        out += page["items"]
        assert len(page["items"]) <= limit
        if page["next"] is None:
            assert page["count_kind"] == "exact" and page["count"] == len(out)
            return out
        token = f"&token={page['next']}"
    raise AssertionError("the pages do not end")


def test_parcels_of_all_pages_are_the_table(client: TestClient, demo_connection: Connection) -> None:
    rows = demo_connection.execute(
        "SELECT p.capakey FROM parcel p JOIN dataset d ON d.id = p.dataset_id AND d.current AND p.nis = '99001'"
    ).fetchall()
    listed = [one["capakey"] for one in whole(client, "/api/v1/parcels?municipality=99001", 97)]
    assert sorted(listed) == sorted(row[0] for row in rows) and len(set(listed)) == len(listed) > 500
    assert listed == sorted(listed)


def test_zones_of_all_pages_are_the_table(client: TestClient, demo_connection: Connection) -> None:
    rows = demo_connection.execute(
        "SELECT z.id FROM zone z JOIN dataset d ON d.id = z.dataset_id AND d.current WHERE z.plan_kind = 'pras' ORDER BY z.id"
    ).fetchall()
    listed = whole(client, "/api/v1/zones?plan=pras", 10)
    assert [int(one["id"]) for one in listed] == [row[0] for row in rows] and len(rows) > 10


def test_filters_keep_what_postgis_keeps(client: TestClient, demo_connection: Connection) -> None:
    box = demo_connection.execute(
        """SELECT ST_XMin(b), ST_YMin(b), ST_XMax(b), ST_YMax(b) FROM (
               SELECT ST_Transform(ST_Expand(ST_PointOnSurface(geom_3857), 300), 4326) AS b FROM parcel
               WHERE nis = '99001' ORDER BY capakey OFFSET 200 LIMIT 1) one"""
    ).fetchone()
    assert box is not None
    text = ",".join(f"{one:.6f}" for one in box)
    inside = """ST_Intersects(f.geom_3857, ST_Transform(ST_MakeEnvelope(%s, %s, %s, %s, 4326), 3857))"""
    for table, more in (("parcels", "&min_area=400&max_area=3000"), ("zones", "")):
        name, area = ("parcel", "AND f.area_m2 BETWEEN 400 AND 3000") if table == "parcels" else ("zone", "")
        key = "f.capakey" if table == "parcels" else "f.id::text"
        rows = demo_connection.execute(
            f"SELECT {key} FROM {name} f JOIN dataset d ON d.id = f.dataset_id AND d.current WHERE {inside} {area}".encode(),
            [round(one, 6) for one in box],
        ).fetchall()
        listed = {one.get("capakey", one["id"]) for one in whole(client, f"/api/v1/{table}?bbox={text}{more}", 50)}
        # Two transformations of the corner: a shape that only touches the border may fall on either side.
        assert len(listed ^ {row[0] for row in rows}) <= 2 and listed, table
    zones = demo_connection.execute(
        """SELECT DISTINCT p.capakey FROM parcel p JOIN dataset d ON d.id = p.dataset_id AND d.current
           JOIN zone z ON ST_Relate(p.geom, z.geom, '2********') JOIN dataset e ON e.id = z.dataset_id AND e.current
           WHERE p.nis = '99002' AND z.zoning_class = 'residential'"""
    ).fetchall()
    page = client.get("/api/v1/parcels?municipality=99002&class=residential&limit=10000").json()
    assert {one["capakey"] for one in page["items"]} == {row[0] for row in zones} and zones


def test_scores_are_the_results_and_those_ruled_out_come_last(
    client: TestClient, demo_connection: Connection, run: str
) -> None:
    rows = demo_connection.execute(
        """SELECT p.capakey, r.verdict, r.score_low FROM run_result r JOIN parcel p ON p.id = r.parcel_id
           WHERE r.run_id = %s ORDER BY r.rank NULLS LAST, r.parcel_id""",
        [run],
    ).fetchall()
    listed = whole(client, f"/api/v1/runs/{run}/scores", 111)
    assert [(one["capakey"], one["verdict"], one["score"]["low"]) for one in listed] == rows
    ranked = [one for one in listed if one["rank"] is not None]
    assert [one["rank"] for one in ranked] == list(range(1, len(ranked) + 1)) and len(ranked) < len(listed)
    weights = client.get(f"/api/v1/runs/{run}/scores?limit=1").json()["weights"]
    for one in ranked:
        for end in ("low", "high"):
            assert sum(weights[name] * value[end] for name, value in one["values"].items()) == pytest.approx(
                one["score"][end], abs=1e-4
            )
    only = client.get(f"/api/v1/runs/{run}/scores?verdict=incompatible&limit=500").json()
    assert {one["verdict"] for one in only["items"]} == {"incompatible"} and only["next"] is not None


def test_candidates_that_are_ruled_out_are_listed_to_the_last(client: TestClient) -> None:
    address = "/api/v1/candidates?municipality=99001&verdict=incompatible,unknown&limit=300"
    keys, token, count = [], "", 0
    while True:
        page = client.get(address + token).json()
        keys += [one["id"] for one in page["items"]]
        count = page["count"]
        if page["next"] is None:
            break
        token = f"&token={page['next']}"
    assert len(set(keys)) == len(keys) == count > 600


def test_explanations_of_a_result_are_those_of_its_parcels(client: TestClient, run: str) -> None:
    page = client.get(f"/api/v1/runs/{run}/explanations?limit=4").json()
    assert [one["id"] for one in page["items"]] == [
        one["id"] for one in client.get(f"/api/v1/runs/{run}/scores?limit=4").json()["items"]
    ]
    for one in page["items"]:
        alone = client.get(f"/api/v1/parcels/{one['id']}?run={run}").json()["explanation"]
        assert one["text"] == alone["text"] and one["constraints"] == alone["constraints"]


@pytest.mark.parametrize(
    ("accept", "offered", "form"),
    [
        ("", PLACED, "json"),
        ("*/*", PLACED, "json"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", PLACED, "json"),
        ("application/geo+json", PLACED, "geojson"),
        ("application/geo+json;q=0.5, text/csv", PLACED, "csv"),
        ("application/*;q=0.2, application/geopackage+sqlite3;q=0.9", PLACED, "gpkg"),
        ("application/json;q=0, application/*", PLACED, "geojson"),
        ("application/json;q=0, */*", PLAIN, "csv"),
        ("Application/JSON ; Q=1", PLACED, "json"),
        ("text/csv;q=nan, application/json;q=0.1", PLACED, "json"),
        ("application/vnd.apache.arrow.stream", PLAIN, "arrow"),
    ],
)
def test_the_most_wanted_form_that_is_made(accept: str, offered: Any, form: str) -> None:
    assert form_of(accept, None, offered) == form


@pytest.mark.parametrize(
    "accept", ["image/png", "application/json;q=0", "text/html", "*/*;q=0", "application/json;q=7"]
)
def test_no_form_that_is_asked_for(client: TestClient, accept: str) -> None:
    with pytest.raises(NotAcceptableError):
        form_of(accept, None, PLACED)
    answer = client.get("/api/v1/parcels", headers={"Accept": accept})
    assert answer.status_code == 406 and answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "/problems/not-acceptable" and "geojson" in answer.json()["remedy"]


def test_a_list_without_places_makes_no_map(client: TestClient) -> None:
    assert client.get("/api/v1/runs?f=gpkg").status_code == 406
    assert client.get("/api/v1/runs?f=csv").status_code == 200


@pytest.mark.parametrize(
    "address", ["/api/v1/parcels?municipality=99001", "/api/v1/zones?plan=pras", "/api/v1/runs/{run}/scores?"]
)
def test_every_form_holds_the_same_rows_with_their_sources(
    client: TestClient, address: str, run: str, tmp_path: Path
) -> None:
    address = address.format(run=run) + "&limit=10"
    plain = client.get(address).json()
    ids = [one["id"] for one in plain["items"]]
    before = set(os.listdir(tempfile.gettempdir()))
    made = {media: client.get(f"{address}&f={form}") for form, media in MEDIA.items()}
    assert set(os.listdir(tempfile.gettempdir())) - before == set(), "nothing is left behind"
    for media, answer in made.items():
        assert answer.headers["content-type"].partition(";")[0] == media
        assert answer.headers["x-count"] == str(plain["count"]) and 'rel="next"' in answer.headers["link"]
    shapes = made[MEDIA["geojson"]].json()
    assert [one["id"] for one in shapes["features"]] == ids
    assert shapes["sources"] == plain["sources"] and shapes["attribution"]
    rows = list(csv.DictReader(io.StringIO(made[MEDIA["csv"]].content.decode("utf-8-sig"))))
    assert [one["id"] for one in rows] == ids and rows[0]["attribution"] == shapes["attribution"]
    assert rows[0]["notice"] == plain["notice"] and rows[0]["list_count"] == str(plain["count"])
    path = tmp_path / "list.gpkg"
    path.write_bytes(made[MEDIA["gpkg"]].content)
    layers = [name for name, _ in pyogrio.list_layers(path)]
    frame = pyogrio.read_dataframe(path, layer=layers[0])
    assert list(frame["id"]) == ids and frame.crs.to_epsg() == 31370
    assert layers[1:] == ["sources", "read_me"]
    assert list(pyogrio.read_dataframe(path, layer="sources")["licence"]) == [
        one["licence_text"] for one in plain["sources"]
    ]
    table = pa.ipc.open_stream(made[MEDIA["arrow"]].content).read_all()
    assert table["id"].to_pylist() == ids
    assert json.loads(table.schema.metadata[b"standplaats"])["sources"] == plain["sources"]
    # The same ground in every form: to the centimetre of lon/lat.
    drawn = shapely.from_wkb(table["geometry"].to_pylist())
    for one, other, feature in zip(drawn, frame.geometry, shapes["features"], strict=True):
        assert one.equals(other) or one.symmetric_difference(other).area < 1e-6
        centre = shapely.from_geojson(json.dumps(feature["geometry"])).centroid
        west, south, east, north = next(item["bbox"] for item in plain["items"] if item["id"] == feature["id"])
        assert west - 1e-6 <= centre.x <= east + 1e-6 and south - 1e-6 <= centre.y <= north + 1e-6


def test_columns_of_a_table_are_those_of_its_model_whatever_a_page_holds(client: TestClient) -> None:
    empty = client.get("/api/v1/parcels?municipality=99001&min_area=9e9&f=csv").content.decode("utf-8-sig").splitlines()
    assert len(empty) == 1 and empty[0].split(",")[:3] == ["id", "capakey", "municipality"]
    for form in MEDIA:
        assert client.get(f"/api/v1/zones?class=forest&bbox=0,0,1,1&f={form}").status_code == 200, form
    for model in (ParcelRow, ZoneRow, ScoreRow):
        names = [one.name for one in columns_of(model)]
        assert len(set(names)) == len(names) and {"lon", "lat"} <= set(names) and "geometry" not in names


def test_fields_that_are_asked_for(client: TestClient) -> None:
    page = client.get("/api/v1/zones?fields=class,geometry&limit=3").json()
    assert all(
        list(one) == ["class", "geometry"] and one["geometry"]["type"] == "MultiPolygon" for one in page["items"]
    )
    assert "geometry" not in client.get("/api/v1/zones?limit=1").json()["items"][0]
    first = client.get("/api/v1/zones?fields=class&limit=1&f=geojson").json()["features"][0]
    assert first["properties"].keys() == {"class"} and first["id"]
    assert (
        client.get("/api/v1/zones?fields=class,label&f=csv")
        .text.splitlines()[0]
        .startswith("\ufeffclass,label,attribution")
    )
    refused = client.get("/api/v1/zones?fields=class,owner")
    assert refused.status_code == 400 and refused.json()["detail"] == "owner is no field of zones."


def test_a_reader_who_has_it_gets_nothing_again(client: TestClient, demo_settings: Settings, run: str) -> None:
    address = f"/api/v1/runs/{run}/scores?limit=5"
    first = client.get(address)
    assert first.headers["last-modified"].endswith("GMT")
    again = client.get(address, headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304 and again.content == b"" and again.headers["etag"] == first.headers["etag"]
    for other in (f"{address}&lang=nl", f"{address}&f=csv", f"{address}&verdict=unknown"):
        assert client.get(other, headers={"If-None-Match": first.headers["etag"]}).status_code == 200, other
    with connect(demo_settings) as connection:
        publish_run(connection, run)
        try:
            after = client.get(address, headers={"If-None-Match": first.headers["etag"]})
            assert after.status_code == 200 and after.json()["run_info"]["published"]
        finally:
            publish_run(connection, run, published=False)


@contextmanager
def closed(settings: Settings, kind: str) -> Iterator[None]:
    """Datasets of a kind may not be passed on."""
    with connect(settings) as connection:
        ids = [row[0] for row in connection.execute("SELECT id FROM dataset WHERE kind LIKE %s", [kind]).fetchall()]
        text = "UPDATE dataset SET fictional = %s, redistributable = %s WHERE id = ANY(%s)"
        # Demo data are nobody's, and a trigger keeps them marked so.
        connection.execute("ALTER TABLE dataset DISABLE TRIGGER USER")
        connection.execute(text, [False, False, ids])
        connection.commit()
        try:
            yield
        finally:
            connection.execute(text, [True, kind != "ownership", ids])
            connection.execute("ALTER TABLE dataset ENABLE TRIGGER USER")
            connection.commit()


@pytest.mark.parametrize("form", list(MEDIA))
def test_what_may_not_be_passed_on_is_in_no_form(
    client: TestClient, demo_settings: Settings, run: str, form: str
) -> None:
    box = ",".join(
        str(one) for one in client.get("/api/v1/parcels?municipality=99001&limit=1").json()["items"][0]["bbox"]
    )
    with closed(demo_settings, "parcels"):
        listed = client.get(f"/api/v1/parcels?municipality=99001&f={form}")
        assert listed.status_code == 200 and listed.headers["x-count"] == "0"
        scored = client.get(f"/api/v1/runs/{run}/scores?limit=5&f={form}")
        assert scored.status_code == 200 and scored.headers["x-count"] != "0"
        _no_place(scored, form)
        # A box would tell where they lie.
        assert client.get(f"/api/v1/runs/{run}/scores?bbox={box}&f={form}").headers["x-count"] == "0"
    with closed(demo_settings, "zoning-%"):
        assert client.get(f"/api/v1/zones?f={form}").headers["x-count"] == "0"
        inside = client.get(f"/api/v1/parcels?municipality=99001&class=residential&f={form}")
        assert inside.headers["x-count"] == "0", "parcels of a class would tell the class"


def _no_place(answer: Any, form: str) -> None:
    if form == "json":
        assert all(one["bbox"] is None and one["centre"] is None for one in answer.json()["items"])
    elif form == "geojson":
        assert all(one["geometry"] is None and one["properties"]["centre"] is None for one in answer.json()["features"])
    elif form == "csv":
        assert {one["lon"] for one in csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))} == {""}
    elif form == "arrow":
        table = pa.ipc.open_stream(answer.content).read_all()
        assert table["geometry"].null_count == table["lon"].null_count == len(table) == 5
    else:
        with tempfile.NamedTemporaryFile(suffix=".gpkg") as file:
            file.write(answer.content)
            file.flush()
            assert pyogrio.read_dataframe(file.name, layer="scores").geometry.isna().all()


def test_a_result_that_would_tell_owners_tells_nothing(client: TestClient, demo_settings: Settings, run: str) -> None:
    assert client.get(f"/api/v1/runs/{run}/scores?limit=1").json()["items"][0]["values"]["owner"]
    with closed(demo_settings, "ownership"):
        for name in ("scores", "explanations"):
            assert client.get(f"/api/v1/runs/{run}/{name}?limit=1").status_code == 404
        listed = next(one for one in client.get("/api/v1/runs").json()["items"] if one["id"] == run)
        assert listed["counts"] is None


def test_drafts_are_not_for_everyone(demo_settings: Settings, run: str) -> None:
    with TestClient(create_app(demo_settings, public=True)) as visitor:
        assert visitor.get("/api/v1/runs").json()["count"] == 0
        assert visitor.get("/api/v1/parcels?limit=1").status_code == 200
        for name in ("scores", "explanations"):
            assert visitor.get(f"/api/v1/runs/{run}/{name}").status_code == 403
        with connect(demo_settings) as connection:
            publish_run(connection, run)
            try:
                assert [one["id"] for one in visitor.get("/api/v1/runs").json()["items"]] == [run]
                assert visitor.get(f"/api/v1/runs/{run}/scores?limit=1").status_code == 200
            finally:
                publish_run(connection, run, published=False)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_filters_are_told_in_words(client: TestClient, lang: str) -> None:
    asked = "municipality=99001&class=residential,agriculture&min_area=1000&max_area=2500.5&bbox=2.1,51,3,52"
    told = client.get(f"/api/v1/parcels?{asked}&lang={lang}&limit=1").json()["filters"]
    assert len(told) == 5 and any("2500.5 m²" in one for one in told) and any("99001" in one for one in told)
    if lang == "nl":
        assert "bestemming: woongebied, agrarisch gebied" in told and "minstens 1000 m²" in told
    for sentence in filters.SENTENCES:
        if lang != "en" and sentence not in ("status: {list}", "region: {list}"):
            assert translator(lang)(sentence) != sentence, sentence


def test_a_count_above_the_limit_is_an_estimate_and_says_so(demo_connection: Connection) -> None:
    source = "FROM parcel f WHERE f.dataset_id = ANY(ARRAY(SELECT id FROM dataset WHERE current))"
    exact = count_rows(demo_connection, source, {})
    assert exact.kind == "exact" and exact.number > 1000
    estimated = count_rows(demo_connection, source, {}, exact_up_to=100)
    assert estimated.kind == "estimated" and estimated.number > 100
    assert count_rows(demo_connection, source, {}, exact_up_to=exact.number) == exact
    assert count_rows(demo_connection, f"{source} AND f.nis = 'none'", {}).number == 0


@pytest.mark.parametrize(
    "query",
    ["min_area=inf", "min_area=nan", "max_area=-inf", "bbox=1,2,3", "bbox=a,b,c,d", "bbox=nan,0,1,1", "class=castle", "limit=0",
     "limit=10001", "class=residential", "municipality=1", "f=xml"],
)  # fmt: skip
def test_what_cannot_be_asked(client: TestClient, query: str) -> None:
    answer = client.get(f"/api/v1/parcels?{query}")
    assert answer.status_code == 400, answer.text
    assert answer.json()["type"] == "/problems/bad-request" and answer.json()["remedy"]


def test_a_message_with_several_values_is_put_in_words() -> None:
    told = translator("nl").render(Message(filters.VERDICT, {"list": filters.verdict_words(["compatible", "unknown"])}))
    assert told == "oordeel: verenigbaar, niet bekend"
