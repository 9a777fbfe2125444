"""Tiles over a whole zoom against the tables they are cut from, values to score with, totals, and what stays out."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import mapbox_vector_tile
import psycopg
import pytest
from fastapi.testclient import TestClient
from pmtiles.reader import MmapSource, Reader, all_tiles

from api.app import create_app
from api.tile_archive import _extent, _tiles
from api.tile_layers import TILE_LAYERS
from geodata.database.engine import connect
from geodata.settings import Settings
from sites.candidates.runs import Run, find_run, publish_run
from sites.suitability.compact import SCALE, TOLERANCE

NIS = "99001"


@pytest.fixture(scope="module")
def client(demo_settings: Settings) -> Iterator[TestClient]:
    """The whole service on the demo."""
    with TestClient(create_app(demo_settings)) as opened:
        yield opened


@pytest.fixture(scope="module")
def run(demo_settings: Settings) -> Run:
    """The current result of the Flemish municipality."""
    with connect(demo_settings) as connection:
        return find_run(connection, territory=[NIS], site_type="residential")


def zoom_of(
    client: TestClient, connection: psycopg.Connection[Any], layer: str, zoom: int, query: str = ""
) -> dict[str, dict[Any, dict[str, Any]]]:
    """Everything the tiles of a zoom hold: MVT layer -> id -> attributes; `left_out` sums the counts."""
    out: dict[str, dict[Any, dict[str, Any]]] = {}
    left = 0
    for z, x, y in _tiles(_extent(connection), zoom, zoom):
        answer = client.get(f"/tiles/{layer}/{z}/{x}/{y}.mvt{query}")
        assert answer.status_code == 200, answer.text
        decoded: dict[str, Any] = mapbox_vector_tile.decode(answer.content)
        said = sum(one["properties"]["count"] for one in decoded.pop("left_out", {"features": []})["features"])
        assert said == int(answer.headers["x-left-out"])
        left += said
        for name, found in decoded.items():
            out.setdefault(name, {}).update({one["id"]: one["properties"] for one in found["features"]})
    out["left_out"] = {"sum": {"count": left}}
    return out


def ids(connection: psycopg.Connection[Any], query: str, *values: Any) -> set[int]:
    return {row[0] for row in connection.execute(query.encode(), values).fetchall()}


@pytest.mark.parametrize("zoom", [13, 14, 16])
def test_the_parcels_of_a_zoom_are_those_of_the_run(
    client: TestClient, demo_connection: psycopg.Connection[Any], run: Run, zoom: int
) -> None:
    found = zoom_of(client, demo_connection, "parcels", zoom, f"?run={run.id}")
    parcels = "SELECT id FROM parcel WHERE dataset_id = ANY(%s)"
    assert set(found["parcels"]) == ids(demo_connection, parcels, run.datasets["parcels"])
    stored = demo_connection.execute("SELECT parcel_id, verdict FROM run_result WHERE run_id = %s", [run.id]).fetchall()
    assert {key: one["verdict"] for key, one in found["parcels"].items() if "verdict" in one} == dict(stored)


@pytest.mark.parametrize("zoom", [10, 13, 15])
def test_the_candidates_of_a_zoom_are_all_that_is_not_ruled_out_and_the_groups(
    client: TestClient, demo_connection: psycopg.Connection[Any], run: Run, zoom: int
) -> None:
    found = zoom_of(client, demo_connection, "candidates", zoom, f"?run={run.id}")["candidates"]
    keys = {one["capakey"] for one in found.values() if one["source"] == "parcel"}
    listed = demo_connection.execute(
        """SELECT p.capakey FROM run_result r JOIN parcel p ON p.id = r.parcel_id
           WHERE r.run_id = %s AND r.verdict <> 'incompatible'""",
        [run.id],
    ).fetchall()
    assert keys == {row[0] for row in listed} and keys
    groups = {one["candidate"]: one for one in found.values() if one["source"] == "assembly"}
    asked = client.get(f"/api/v1/assemblies?municipality={NIS}&limit=100").json()
    assert {one["id"] for one in asked["items"]} <= set(groups) and groups
    for one in asked["items"]:
        assert groups[one["id"]]["score_low"] == pytest.approx(one["score"]["low"], abs=1e-12)
        assert groups[one["id"]]["verdict"] == one["verdict"]


def test_a_score_made_from_the_values_is_the_score(
    client: TestClient, demo_connection: psycopg.Connection[Any], run: Run
) -> None:
    told = client.get(f"/tiles/candidates.json?run={run.id}").json()
    assert told["scale"] == SCALE and [one["id"] for one in told["criteria"]] == [
        one["id"] for one in run.profile["criteria"]
    ]
    found = zoom_of(client, demo_connection, "candidates", 13, f"?run={run.id}")["candidates"]
    open_ended = 0
    for one in found.values():
        low = sum(each["weight"] * one[each["low"]] for each in told["criteria"]) / SCALE
        high = sum(each["weight"] * one.get(each["high"], one[each["low"]]) for each in told["criteria"]) / SCALE
        assert low == pytest.approx(one["score_low"], abs=TOLERANCE)
        assert high == pytest.approx(one["score_high"], abs=TOLERANCE)
        open_ended += high > low
    assert open_ended


@pytest.mark.parametrize("zoom", [6, 8, 12])
def test_totals_sum_to_the_run(
    client: TestClient, demo_connection: psycopg.Connection[Any], run: Run, zoom: int
) -> None:
    found = zoom_of(client, demo_connection, "parcels", zoom, f"?run={run.id}")
    for verdict in ("compatible", "needs_derogation", "unknown", "incompatible"):
        assert sum(one[verdict] for one in found["totals"].values()) == run.counts.get(verdict, 0)
    assert {one["kind"] for one in found["totals"].values()} == {"municipality" if zoom < 8 else "hexagon"}
    best = demo_connection.execute(
        "SELECT max((score_low + score_high) / 2) FROM run_result WHERE run_id = %s AND verdict <> 'incompatible'",
        [run.id],
    ).fetchone()
    assert best is not None
    assert max(one.get("best", 0) for one in found["totals"].values()) == pytest.approx(best[0])
    assert found["left_out"]["sum"]["count"] == sum(run.counts.values())


@pytest.mark.parametrize("layer", [name for name, one in TILE_LAYERS.items() if not one.needs_run])
def test_other_layers_hold_what_may_be_shown_or_say_how_many_they_leave_out(
    client: TestClient, demo_connection: psycopg.Connection[Any], layer: str
) -> None:
    spec = TILE_LAYERS[layer]
    for zoom in (8, 11, 14):
        found = zoom_of(client, demo_connection, layer, zoom)
        if layer in ("cases", "eligibility", "municipalities"):
            assert found[layer] and not found["left_out"]["sum"]["count"]
            continue
        wanted = ids(
            demo_connection,
            f"""SELECT f.id FROM {spec.table} f JOIN dataset d ON d.id = f.dataset_id AND d.current
                WHERE ({spec.where}) AND ({spec.condition(zoom)})
                AND EXISTS (SELECT FROM municipality m WHERE ST_Intersects(m.geom, f.geom))""",
        )
        shown = set(found.get(layer, {}))
        if layer != "sites":
            assert wanted <= shown, (zoom, len(wanted - shown))
        everything = demo_connection.execute(
            f"""SELECT count(*) FROM {spec.table} f JOIN dataset d ON d.id = f.dataset_id AND d.current
                WHERE ({spec.where})""".encode()
        ).fetchone()
        assert everything is not None
        # A feature on a seam is counted in each of its tiles.
        if found["left_out"]["sum"]["count"] < 10_000:
            assert len(shown) + found["left_out"]["sum"]["count"] >= len(wanted)


def test_eligibility_and_cases_are_of_their_day(client: TestClient, demo_connection: psycopg.Connection[Any]) -> None:
    early = zoom_of(client, demo_connection, "cases", 9, "?as_of=2017-07-27&type=family")["cases"].values()
    late = zoom_of(client, demo_connection, "cases", 9, "?as_of=2017-07-28&type=family")["cases"].values()
    assert {(one["title"], one["case"]) for one in early if one["article"] == "44"} == {("art. 44", "family")}
    assert all(one["historic"] for one in early)
    assert {(one["title"], one["case"]) for one in late if one["article"] == "44"} == {("art. 29 §2", "successor")}
    assert not any(one["historic"] for one in late)
    assert "b" in {one["case"] for one in early} and "b" not in {one["case"] for one in late}
    standing = zoom_of(client, demo_connection, "eligibility", 9, "?as_of=2015-01-01")["eligibility"].values()
    asked = client.get(f"/api/v1/subsidies/eligibility?municipality={NIS}&type=residential&as_of=2015-01-01").json()
    mine = next(one for one in standing if one["nis"] == NIS)
    assert mine["standing"] == asked["items"][0]["standing"]
    assert mine["boundaries"] == "of today" and mine["as_of"] == "2015-01-01"


def test_what_may_not_be_passed_on_stays_out(demo_settings: Settings, client: TestClient, run: Run) -> None:
    """Owners first: a result that counts them is told no more; then the parcels themselves."""
    with connect(demo_settings) as connection:
        address = next(
            f"/tiles/candidates/10/{x}/{y}.mvt?run={run.id}" for _, x, y in _tiles(_extent(connection), 10, 10)
            if mapbox_vector_tile.decode(client.get(f"/tiles/candidates/10/{x}/{y}.mvt?run={run.id}").content)
        )  # fmt: skip

        def attributes() -> list[dict[str, Any]]:
            decoded: dict[str, Any] = mapbox_vector_tile.decode(client.get(address).content)
            return [one["properties"] for one in decoded.get("candidates", {"features": []})["features"]]

        assert any("owner" in one for one in attributes()) and all("v0" in one for one in attributes())
        for kind, ids_ in (("ownership", run.datasets["ownership"]), ("parcels", run.datasets["parcels"])):
            # Demo data are nobody's, and a trigger keeps them marked so.
            connection.execute("ALTER TABLE dataset DISABLE TRIGGER USER")
            connection.execute(
                "UPDATE dataset SET fictional = false, redistributable = false WHERE id = ANY(%s)", [ids_]
            )
            connection.commit()
            try:
                if kind == "parcels":
                    assert attributes() == []
                else:
                    assert client.get(address).status_code == 404
            finally:
                connection.execute(
                    "UPDATE dataset SET fictional = true, redistributable = %s WHERE id = ANY(%s)",
                    [kind == "parcels", ids_],
                )
                connection.execute("ALTER TABLE dataset ENABLE TRIGGER USER")
                connection.commit()


def test_a_visitor_sees_no_draft_and_no_total_of_one(demo_settings: Settings, run: Run) -> None:
    with TestClient(create_app(demo_settings, public=True)) as visitor, connect(demo_settings) as connection:
        addresses = [f"/tiles/parcels/6/{x}/{y}.mvt?run={run.id}" for _, x, y in _tiles(_extent(connection), 6, 6)]
        addresses += [
            f"/tiles/candidates/10/{x}/{y}.mvt?run={run.id}" for _, x, y in _tiles(_extent(connection), 10, 10)
        ]
        addresses.append(f"/tiles/candidates.json?run={run.id}")
        assert {visitor.get(one).status_code for one in addresses} == {403}
        publish_run(connection, run.id)
        try:
            assert {visitor.get(one).status_code for one in addresses} == {200}
        finally:
            publish_run(connection, run.id, published=False)


def test_encoding_and_validator(client: TestClient, demo_connection: psycopg.Connection[Any], run: Run) -> None:
    _, x, y = next(_tiles(_extent(demo_connection), 12, 12))
    for address in (f"/tiles/parcels/12/{x}/{y}.mvt?run={run.id}", "/tiles/zones/6/32/21.mvt"):
        zipped = client.get(address, headers={"accept-encoding": "gzip"})
        plain = client.get(address, headers={"accept-encoding": "identity"})
        assert "content-encoding" not in plain.headers
        assert zipped.content == plain.content
        mapbox_vector_tile.decode(plain.content)
        etag = plain.headers["etag"]
        assert zipped.headers["etag"] == etag
        for known in (etag, f'"other", {etag}', "*"):
            again = client.get(address, headers={"if-none-match": known})
            assert again.status_code == 304 and not again.content
        assert client.get(address, headers={"if-none-match": '"other"'}).status_code == 200
        assert ("immutable" in plain.headers["cache-control"]) == ("run=" in address)


def test_a_file_of_tiles_is_read_by_others(program: Callable[..., str], run: Run, tmp_path: Path) -> None:
    file = tmp_path / "candidates.pmtiles"
    told = program("tiles", "build", "--demo", "--run", run.id, "--zoom", "8-11", "-o", file)
    assert "candidates.pmtiles" in told and [one.name for one in tmp_path.iterdir()] == [file.name]
    with file.open("rb") as opened:
        reader = Reader(MmapSource(opened))
        assert reader.metadata()["run"] == run.id
        held = {zxy: mapbox_vector_tile.decode(gzip.decompress(body)) for zxy, body in all_tiles(MmapSource(opened))}
    keys = {
        one["properties"].get("capakey") for zxy, layers in held.items() if zxy[0] == 11
        for one in layers["candidates"]["features"]
    } - {None}  # fmt: skip
    assert len(keys) == sum(count for verdict, count in run.counts.items() if verdict != "incompatible")
    assert {zxy[0] for zxy in held} == {8, 9, 10, 11}
    # In a process of its own: this program opens files with few drivers.
    said = subprocess.run(
        [sys.executable, "-c", _READ, str(file)],
        check=True,
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"]},
    )
    assert keys == set(json.loads(said.stdout))


_READ = """
import json, sys, pyogrio
rows = pyogrio.read_dataframe(sys.argv[1], layer="candidates", read_geometry=False)
print(json.dumps(sorted(set(rows["capakey"].dropna()))))
"""


def test_a_file_that_cannot_be_made_leaves_nothing(program: Callable[..., str], tmp_path: Path) -> None:
    file = tmp_path / "old.pmtiles"
    file.write_bytes(b"kept")
    program("tiles", "build", "--demo", "--run", "rnone", "-o", file, code=1)
    program("tiles", "build", "--demo", "--layer", "nothing", "-o", file, code=1)
    program("tiles", "build", "--demo", "-o", file, code=2)
    program("tiles", "build", "--demo", "--layer", "zones", "--zoom", "9-3", "-o", file, code=2)
    assert file.read_bytes() == b"kept" and len(list(tmp_path.iterdir())) == 1
