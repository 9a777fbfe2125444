"""Layout of stored parcels: what is cut away, where they are entered, and the same answer from every way in."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pyogrio
import pytest
import shapely
from fastapi.testclient import TestClient

from api.app import create_app
from geodata.errors import NotFoundError
from geodata.settings import Settings
from sites.candidates.layout import layout, layout_norm
from sites.candidates.layout.check import faults
from sites.candidates.layouts import land_of
from sites.candidates.lonlat import geojson
from sites.candidates.runs import find_run

Connection = psycopg.Connection[Any]

_FIRST = """SELECT p.capakey FROM run_result r JOIN parcel p ON p.id = r.parcel_id
            WHERE r.run_id = %s AND r.rank IS NOT NULL AND r.usable_m2 > 3000 ORDER BY r.rank, p.capakey LIMIT %s"""
_BUILT = """
SELECT p.capakey FROM run_result r JOIN parcel p ON p.id = r.parcel_id
WHERE r.run_id = %s AND p.area_m2 > 300 AND EXISTS (SELECT 1 FROM building b JOIN dataset d ON d.id = b.dataset_id
    AND d.current WHERE ST_Area(ST_Intersection(b.geom, p.geom)) > 20) ORDER BY p.capakey LIMIT 3"""


@pytest.fixture(scope="module")
def client(demo_settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(demo_settings)) as opened:
        yield opened


def first_keys(connection: Connection, nis: str, site_type: str, count: int) -> list[str]:
    run = find_run(connection, territory=[nis], site_type=site_type)
    return [row[0] for row in connection.execute(_FIRST, [run.id, count])]


@pytest.mark.parametrize("nis", ["99001", "99002", "99003"])
@pytest.mark.parametrize("site_type", ["residential", "transit"])
def test_first_candidates_can_be_laid_out(demo_connection: Connection, nis: str, site_type: Any) -> None:
    run = find_run(demo_connection, territory=[nis], site_type=site_type)
    for key in first_keys(demo_connection, nis, site_type, 3):
        land = land_of(demo_connection, [key], site_type, run.as_of, run)
        found = layout(land.remainder, land.access, layout_norm(land.region, site_type, run.as_of))
        assert found.high > 0 and land.access is not None
        assert all(faults(one, land.remainder, found.norm) == [] for one in found.drawings)


def test_buildings_are_cut_away(demo_connection: Connection) -> None:
    run = find_run(demo_connection, territory=["99001"], site_type="residential")
    keys = [row[0] for row in demo_connection.execute(_BUILT, [run.id])]
    assert keys
    for key in keys:
        land = land_of(demo_connection, [key], "residential", run.as_of)
        assert land.cut_m2["buildings"] > 20 and land.remainder.area < land.area_m2


def test_what_rules_a_site_out_is_cut_away(demo_connection: Connection) -> None:
    run = find_run(demo_connection, territory=["99001"], site_type="residential")
    row = demo_connection.execute(
        """SELECT p.capakey, ST_Area(ST_Intersection(p.geom, a.geom)) FROM constraint_area a
           JOIN dataset d ON d.id = a.dataset_id AND d.current
           JOIN parcel p ON ST_Intersects(p.geom, a.geom) JOIN run_result r ON r.parcel_id = p.id AND r.run_id = %s
           WHERE a.theme = 'nature' AND ST_Area(ST_Intersection(p.geom, a.geom)) > 50
           ORDER BY p.capakey LIMIT 1""",
        [run.id],
    ).fetchone()
    assert row is not None
    land = land_of(demo_connection, [row[0]], "residential", run.as_of, run)
    assert land.cut_m2["nature"] >= row[1] - 1e-3


def test_neighbours_are_laid_out_together(demo_connection: Connection) -> None:
    pair = demo_connection.execute(
        """SELECT a.capakey, b.capakey FROM parcel a JOIN parcel b ON a.dataset_id = b.dataset_id AND a.id < b.id
           AND ST_Length(ST_Intersection(a.geom, b.geom)) > 20 AND a.nis = b.nis AND a.nis = '99001'
           JOIN dataset d ON d.id = a.dataset_id AND d.current
           WHERE a.area_m2 > 1500 AND b.area_m2 > 1500 ORDER BY 1, 2 LIMIT 1"""
    ).fetchone()
    assert pair is not None
    day = date.today()
    both = land_of(demo_connection, list(pair), "residential", day)
    assert (both.source, both.capakeys) == ("assembly", tuple(pair))
    alone = [land_of(demo_connection, [key], "residential", day) for key in pair]
    assert both.area_m2 == pytest.approx(sum(one.area_m2 for one in alone), rel=0.01)
    assert shapely.union(alone[0].remainder, alone[1].remainder).difference(both.remainder).area < 1.0


def test_a_parcel_that_is_not_there_is_not_found(demo_connection: Connection) -> None:
    run = find_run(demo_connection, territory=["99001"], site_type="residential")
    with pytest.raises(NotFoundError, match="not part of this result"):
        land_of(demo_connection, ["24062A0001/00A000"], "residential", run.as_of, run)
    with pytest.raises(NotFoundError, match="not loaded"):
        land_of(demo_connection, ["24062A0001/00A000"], "residential", run.as_of)


def test_command_and_service_give_the_same_answer(
    demo_connection: Connection, client: TestClient, program: Callable[..., str]
) -> None:
    key = first_keys(demo_connection, "99001", "residential", 1)[0]
    asked = {"parcels": key.replace("/", "-"), "pitches": 6, "lang": "fr", "land": "100000", "running": "20000"}
    told = json.loads(
        program("layout", key, "--demo", "--pitches", 6, "--lang", "fr", "--land", 100000, "--running", 20000, "--json")
    )
    served = client.get("/api/v1/layout", params=asked)
    assert served.status_code == 200, served.text
    assert served.json() == told
    assert told["pitches"]["low"] <= told["pitches"]["high"]
    assert sum(told["drawings"][2]["balance_m2"].values()) == pytest.approx(told["remainder_m2"], abs=1e-6)
    assert told["cost"]["caveat"] == "Ordre de grandeur, pas un budget."
    assert (told["cost"]["land"], told["cost"]["soil"]) == ("100000.00", None)
    assert (
        len([one for one in told["features"]["features"] if one["properties"]["kind"] == "pitch"])
        == told["drawings"][2]["pitches"]
    )


def test_the_law_of_another_day(demo_connection: Connection, client: TestClient) -> None:
    key = first_keys(demo_connection, "99001", "residential", 1)[0].replace("/", "-")
    told = client.get("/api/v1/layout", params={"parcels": key, "as_of": "2020-06-01"}).json()
    assert told["as_of"] == "2020-06-01"
    assert [one["regimes"][0]["id"] for one in told["cost"]["cases"][0]["estimates"]] == ["VL-2017", "VL-2017"]
    before = client.get("/api/v1/layout", params={"parcels": key, "as_of": "2012-03-06"}).json()
    area = next(one for one in before["norm"] if one["id"] == "pitch_area")
    assert area["owner"] == "our_choice" and area["note"]


def test_a_dxf_holds_outlines_by_layer(
    demo_connection: Connection, program: Callable[..., str], tmp_path: Path
) -> None:
    key = first_keys(demo_connection, "99001", "residential", 1)[0]
    told = json.loads(program("layout", key, "--demo", "--out", tmp_path / "site.dxf", "--json"))
    frame = pyogrio.read_dataframe(tmp_path / "site.dxf")
    assert (frame["Layer"] == "tight-pitch").sum() == told["pitches"]["high"]
    assert {"generous-road", "tight-green_edge"} <= set(frame["Layer"])
    assert "Use one of" in program("layout", key, "--demo", "--out", tmp_path / "site.txt", code=2)


@pytest.mark.parametrize("name", ["site.gpkg", "site.geojson"])
def test_a_layout_is_written_and_read_by_another_program(
    demo_connection: Connection, program: Callable[..., str], tmp_path: Path, name: str
) -> None:
    key = first_keys(demo_connection, "99003", "transit", 1)[0]
    told = program("layout", key, "--demo", "--type", "transit", "--out", tmp_path / name)
    assert f"Wrote {name}" in told and "Order of magnitude, not a budget." in told
    frame = pyogrio.read_dataframe(tmp_path / name)
    assert set(frame["variant"]) == {"generous", "tight"}
    pitches = frame[(frame["kind"] == "pitch") & (frame["variant"] == "tight")]
    assert sorted(pitches["number"]) == list(range(1, len(pitches) + 1))
    assert frame.crs.to_epsg() == (31370 if name.endswith("gpkg") else 4326)


def test_a_drawn_area_is_laid_out(demo_connection: Connection, program: Callable[..., str], tmp_path: Path) -> None:
    key = first_keys(demo_connection, "99002", "residential", 1)[0]
    land = land_of(demo_connection, [key], "residential", date.today())
    file = tmp_path / "area.geojson"
    file.write_text(json.dumps(geojson(land.remainder.buffer(-1.0))), encoding="utf-8")
    told = json.loads(program("layout", "--area", file, "--demo", "--json"))
    assert (told["source"], told["municipality"], told["run"]) == ("drawn", "99002", None)
    assert told["area_m2"] < land.area_m2 and told["pitches"]["high"] > 0


@pytest.mark.parametrize(
    ("words", "code"),
    [((), 2), (("x",), 2), (("99101A0001/00A000", "--area", "a.geojson"), 2), (("24062A0001/00A000",), 1)],
)
def test_what_cannot_be_laid_out_is_told(
    demo_settings: Settings, program: Callable[..., str], words: tuple[str, ...], code: int
) -> None:
    assert "Error" in program("layout", *words, "--demo", code=code)


def test_an_anonymous_visitor_gets_published_results_only(demo_connection: Connection, demo_settings: Settings) -> None:
    key = first_keys(demo_connection, "99001", "transit", 1)[0].replace("/", "-")
    run = find_run(demo_connection, territory=["99001"], site_type="transit")
    assert not run.published
    with TestClient(create_app(demo_settings, public=True)) as visitor:
        answer = visitor.get("/api/v1/layout", params={"parcels": key, "site_type": "transit"})
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "asked",
    [{"pitches": 0}, {"site_type": "gathering"}, {"as_of": "soon"}, {"land": "-1"}, {"land": "many"}, {"parcels": "x"}],
)
def test_a_request_that_does_not_fit_is_refused(client: TestClient, asked: dict[str, Any]) -> None:
    answer = client.get("/api/v1/layout", params={"parcels": "99101A0001-00A000", **asked})
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == "application/problem+json"
