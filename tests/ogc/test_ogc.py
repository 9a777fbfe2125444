"""What never leaves by `/ogc`, what is refused, and what its role may not do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import mapbox_vector_tile
import morecantile
import psycopg
import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.i18n import translator
from api.ogc import items, small
from api.ogc.collections import COLLECTIONS
from geodata.database.engine import conninfo
from geodata.database.published import ROLE, VIEWS, write_down_closed
from geodata.settings import Language, Settings


@pytest.fixture(scope="module")
def client(demo_settings: Settings, published_run: str) -> Iterator[TestClient]:
    with TestClient(create_app(demo_settings)) as opened:
        yield opened


@pytest.fixture
def role(client: TestClient, demo_settings: Settings) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(conninfo(demo_settings), user=ROLE, autocommit=True) as connection:
        yield connection


def test_the_schema_holds_exactly_the_views_of_the_list(demo_connection: psycopg.Connection[Any]) -> None:
    rows = demo_connection.execute(
        """SELECT c.relname, c.relkind FROM pg_class c WHERE c.relnamespace = 'published'::regnamespace
           UNION ALL SELECT p.proname, 'f' FROM pg_proc p WHERE p.pronamespace = 'published'::regnamespace"""
    ).fetchall()
    assert sorted(rows) == [(view, b"v" if isinstance(rows[0][1], bytes) else "v") for view in VIEWS]
    assert {one.view for one in COLLECTIONS.values()} <= set(VIEWS)


def test_fields_of_the_list_are_columns_of_the_views(demo_connection: psycopg.Connection[Any]) -> None:
    for one in COLLECTIONS.values():
        columns = demo_connection.execute(f"SELECT * FROM published.{one.view} LIMIT 0".encode()).description
        assert set(one.fields) <= {column.name for column in columns or ()}, one.id


def test_the_role_reads_the_views_and_nothing_else(role: psycopg.Connection[Any]) -> None:
    for view in VIEWS:
        role.execute(f"SELECT 1 FROM published.{view} LIMIT 1".encode())
    tables = role.execute(
        """SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
           WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'published') AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
             AND has_table_privilege(c.oid, 'SELECT')
             AND c.relname NOT IN ('spatial_ref_sys', 'geometry_columns', 'geography_columns')"""
    ).fetchall()
    assert tables == []
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        role.execute("SELECT 1 FROM public.run")
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        role.execute("CREATE TABLE public.mine (id int)")
    role.execute("SET default_transaction_read_only = off")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        role.execute("CREATE TABLE public.mine (id int)")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        role.execute("SET ROLE standplaats")


def test_drafts_and_closed_sources_never_appear(
    client: TestClient, demo_connection: psycopg.Connection[Any], published_run: str
) -> None:
    found = client.get("/ogc/collections/candidates/items?limit=1000").json()["features"]
    assert {one["properties"]["run"] for one in found} == {published_run}
    draft = demo_connection.execute("SELECT id FROM run WHERE NOT published LIMIT 1").fetchone()
    assert draft is not None
    assert client.get(f"/ogc/collections/candidates/items?run={draft[0]}").json()["numberMatched"] == 0
    assert client.get(f"/ogc/collections/candidates/items/{draft[0]}.1").status_code == 404
    # Invented data pass; the same rows of a real source that may not be passed on do not.
    demo_connection.execute("ALTER TABLE dataset DISABLE TRIGGER dataset_is_of_this_territory")
    demo_connection.execute("UPDATE dataset SET fictional = false")
    write_down_closed(demo_connection)
    sources = {row[0] for row in demo_connection.execute("SELECT DISTINCT source FROM published.constraint_area")}
    assert "alea-inond" in sources
    assert not sources & {"brownfields-sar", "karst-constraint-0", "sewer-pash", "undeveloped-parcels-flanders"}
    demo_connection.execute("UPDATE dataset SET redistributable = false WHERE kind = 'parcels'")
    assert demo_connection.execute("SELECT count(*) FROM published.parcel").fetchone() == (0,)
    # A result that counts owners whose list may not be passed on is none to give out; one that leaves them out is.
    assert demo_connection.execute("SELECT count(*) FROM published.candidate").fetchone() == (0,)
    demo_connection.execute("UPDATE run SET withheld = '{ownership}'")
    left = demo_connection.execute("SELECT count(*), count(geom) FROM published.candidate").fetchone()
    assert left is not None and left[0] > 0 and left[1] == 0
    # Without the list of the catalogue nothing is given out.
    demo_connection.execute("DELETE FROM meta WHERE key = 'closed_sources'")
    assert demo_connection.execute("SELECT count(*) FROM published.dataset").fetchone() == (0,)


def test_private_and_inhabited_places_have_no_shape(demo_connection: psycopg.Connection[Any]) -> None:
    inhabited = demo_connection.execute("SELECT count(*) FROM constraint_area WHERE class = 'inhabited'").fetchone()
    assert inhabited is not None and inhabited[0] > 0
    told = demo_connection.execute(
        "SELECT count(*) FROM published.constraint_area WHERE class = 'inhabited'"
    ).fetchone()
    assert told == (0,)
    demo_connection.execute("UPDATE inventory_site SET site_type = 'family' WHERE site_id = 'demo-1'")
    assert demo_connection.execute("SELECT count(*) FROM published.site WHERE site_id = 'demo-1'").fetchone() == (0,)


@pytest.mark.parametrize("name", COLLECTIONS)
@pytest.mark.parametrize(
    "asked",
    [
        "filter=pg_sleep(5) = 1",
        "filter=nis = pg_read_file('/etc/passwd')",
        "filter=nothing = 1",
        "filter=1 = 1; DROP TABLE run",
        "filter=" + "(" * 1500 + "a = 1" + ")" * 1500,
        "filter=" + "NOT " * 900 + "nis = '1'",
        "filter={\"op\":\"x\"}&filter-lang=cql2-json",
        "filter=S_INTERSECTS(geom, POLYGON((0 0, 1 1, 0 1, 1 0, 0 0)))",
        "filter=nis = 5",
        "bbox=1,2,3",
        "bbox=1,2,3,nan",
        "bbox=5,52,6,51",
        "crs=http://www.opengis.net/def/crs/EPSG/0/2154",
        "datetime=yesterday",
        "no-such-parameter=1",
        "limit=0",
        "f=csv",
        "properties=nothing",
        "nis=%00&region=%00&name=%00&capakey=%00",
    ],
)  # fmt: skip
def test_garbage_is_refused_with_a_problem(client: TestClient, name: str, asked: str) -> None:
    if "nis" in asked and "nis" not in COLLECTIONS[name].fields:
        asked = "filter=nis = '99001'"
    answer = client.get(f"/ogc/collections/{name}/items?{asked}")
    assert answer.status_code == 400, answer.text[:200]
    assert answer.headers["content-type"] == "application/problem+json"
    assert "grammar" not in answer.text and "psycopg" not in answer.text


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("sites/items?offset=99999999999999999999", 400),
        ("sites/items?sortby=nothing", 400),
        ("sites/items?pitches_low=abc", 400),
        ("municipalities/items?german_speaking=x", 400),
        ("hp-sites/items/abc", 404),
        ("hp-sites/items/99999999999999999999", 404),
        ("sites/items/nowhere", 404),
        ("sites/items/demo-1?simplify=nan", 400),
        ("zones/items/99999999999999999999999", 404),
        ("candidates/items/nothing", 404),
        ("zones/tiles/WebMercatorQuad/99/1/1", 404),
        ("zones/tiles/WebMercatorQuad/3/100/1", 404),
        ("zones/tiles/WebMercatorQuad/9/1/1?filter=pg_sleep(1)=1", 400),
        ("zones/tiles/WebMercatorQuad/9/1/1?sortby=x", 400),
        ("parcels/tiles", 404),
        ("nothing/items", 404),
    ],
)
def test_what_is_not_there_and_what_does_not_fit(client: TestClient, address: str, status: int) -> None:
    answer = client.get(f"/ogc/collections/{address}")
    assert answer.status_code == status, answer.text[:200]
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_token_belongs_to_its_list(client: TestClient) -> None:
    first = client.get("/ogc/collections/parcels/items?limit=2").json()
    following = next(one["href"] for one in first["links"] if one["rel"] == "next")
    second = client.get(following).json()
    assert second["numberMatched"] == first["numberMatched"]
    assert not {one["id"] for one in first["features"]} & {one["id"] for one in second["features"]}
    for wrong in (following + "&nis=99001", following[:-3], following.replace("parcels", "zones")):
        assert client.get(wrong).status_code == 400


def test_a_count_above_the_threshold_is_left_out(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(items, "COUNTED", 3)
    listed = client.get("/ogc/collections/parcels/items?limit=2").json()
    assert "numberMatched" not in listed and listed["numberReturned"] == 2
    following = next(one["href"] for one in listed["links"] if one["rel"] == "next")
    assert "numberMatched" not in client.get(following).json()


def test_a_count_that_takes_too_long_is_left_out(
    demo_connection: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(items, "COUNT_MILLISECONDS", 20)
    slow = "(SELECT count(*) FROM published.parcel a, published.parcel b) > 0"
    assert items._count(demo_connection, COLLECTIONS["parcels"], slow, {}) is None
    # The connection goes on, with the time it had.
    assert demo_connection.execute("SELECT current_setting('statement_timeout')").fetchone() == ("0",)


def test_a_box_of_the_world_holds_all_and_one_elsewhere_nothing(client: TestClient) -> None:
    for name in COLLECTIONS:
        items = f"/ogc/collections/{name}/items?limit=1"
        whole = client.get(items).json()["numberMatched"]
        assert client.get(f"{items}&bbox=-180,-90,180,90").json()["numberMatched"] == whole, name
        assert client.get(f"{items}&bbox=20,40,21,41").json()["numberMatched"] == 0, name


def test_behind_a_prefix_links_lead_back(demo_settings: Settings, published_run: str) -> None:
    with TestClient(create_app(demo_settings), root_path="/plan") as client:
        for name in COLLECTIONS:
            listed = client.get(f"/plan/ogc/collections/{name}/items?limit=1").json()
            for one in [*client.get("/plan/ogc").json()["links"], *listed["links"]]:
                assert one["href"].startswith("http://testserver/plan/ogc") or one["href"].endswith("/plan/dcat"), one


def test_a_tile_that_is_not_whole_says_so(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    west, south, _, _ = client.get("/ogc/collections/zones").json()["extent"]["spatial"]["bbox"][0]
    at = morecantile.tms.get("WebMercatorQuad").tile(west + 0.01, south + 0.01, 9)
    address = f"/ogc/collections/zones/tiles/WebMercatorQuad/{at.z}/{at.x}/{at.y}"
    whole = mapbox_vector_tile.decode(client.get(address).content)
    assert set(whole) == {"zone"} and len(whole["zone"]["features"]) > 10
    monkeypatch.setattr(small, "TILE_FEATURES", 10)
    monkeypatch.setattr(small.tipg.collections.mvt_settings, "max_features_per_tile", 10)
    part = mapbox_vector_tile.decode(client.get(address).content)
    (note,) = part["left_out"]["features"]
    assert len(part["zone"]["features"]) + note["properties"]["count"] >= len(whole["zone"]["features"])


def test_without_its_role_the_small_collections_say_what_to_do(client: TestClient) -> None:
    state = client.app.state.ogc_small.state
    kept, state.pool = state.pool, None
    try:
        answer = client.get("/ogc/collections/sites/items?lang=en")
        assert answer.status_code == 503 and "db grants" in answer.json()["remedy"]
        assert client.get("/ogc/collections/parcels/items?limit=1").status_code == 200
    finally:
        state.pool = kept


@pytest.mark.parametrize("language", ["nl", "fr", "de"])
def test_titles_and_descriptions_are_translated(language: Language) -> None:
    translate = translator(language)
    for one in COLLECTIONS.values():
        for text in (one.title, one.description):
            assert translate(text) != text, text


def test_texts_come_in_the_language_asked_for(client: TestClient) -> None:
    told = {
        lang: client.get(f"/ogc/collections/zones?lang={lang}").json()["title"] for lang in ("en", "nl", "fr", "de")
    }
    assert len(set(told.values())) == 4


@pytest.mark.parametrize(
    "path",
    [
        "/ogc",
        "/ogc/collections",
        "/ogc/collections/parcels/items?limit=3",
        "/ogc/collections/municipalities/items",
        "/ogc/collections/sites/tiles/WebMercatorQuad/8/130/85",
    ],
)
def test_who_has_an_answer_does_not_get_it_again(client: TestClient, path: str) -> None:
    got = client.get(path)
    etag = got.headers["etag"]
    again = client.get(path, headers={"If-None-Match": f'"other", {etag}'})
    assert again.status_code == 304 and again.content == b"" and again.headers["etag"] == etag
    assert client.head(path).headers["etag"] == etag
    other = client.get(path, headers={"If-None-Match": '"other"'})
    assert other.status_code == 200 and len(other.content) == len(got.content)


def test_another_page_has_another_validator(client: TestClient) -> None:
    first, second = (client.get(f"/ogc/collections/parcels/items?limit={limit}") for limit in (2, 3))
    assert first.headers["etag"] != second.headers["etag"]
    assert "etag" not in client.get("/ogc/collections/nothing/items").headers
