"""`start` against the protocol server: from nothing to ranked candidates in each region, and what faults do.

All contents are synthetic, in the fields of the real services; see `made_up`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest
import shapely
from made_up import PLACES, MadeUp
from protocol_server import ProtocolServer
from real_services import demo_world, serve_region, terrain

from geodata.settings import Settings
from geodata.sources.catalogue import catalogue
from geodata.sources.known import is_whole, say_complete, say_point
from geodata.sources.wanted import needs

REGIONS = ("flanders", "wallonia", "brussels")
#: Needs for which the catalogue names no service: they are asked for by hand, and `start` says of whom.
NO_SERVICE: dict[str, set[tuple[str, ...]]] = {
    region: {need.group for need in needs(region) if need.needed and not need.fetchable and not need.by_hand}  # type: ignore[arg-type]
    for region in REGIONS
}
#: Of so many parcels one is there, to keep the tests short: a service that answers at points is asked for each.
EVERY = {"flanders": 8, "wallonia": 2, "brussels": 8}


@pytest.fixture
def server() -> Iterator[ProtocolServer]:
    with ProtocolServer() as started:
        yield started


@pytest.fixture
def call(
    settings: Settings,
    program: Callable[..., str],
    server: ProtocolServer,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Callable[..., dict[str, Any]]:
    """A command with `--json`, where the protocol server stands in for every host and nothing was fetched before."""
    monkeypatch.setenv("STANDPLAATS_SOURCES_BASE_URL", server.base)
    monkeypatch.setenv("STANDPLAATS_SOURCES_RATE", "10000")
    monkeypatch.setenv("STANDPLAATS_SOURCES_TIMEOUT", "20")
    monkeypatch.setattr("geodata.sources.clients.politeness.FIRST_PAUSE", 0.0, raising=False)
    monkeypatch.setattr(Settings, "sources_folder", tmp_path / "sources")

    def run(*words: str, code: int = 0) -> dict[str, Any]:
        shown = program(*words, "--json", code=code)
        found: dict[str, Any] = json.loads(shown) if code == 0 else {}
        return found

    return run


@pytest.mark.parametrize("region", REGIONS)
def test_from_nothing_to_ranked_candidates(
    region: str,
    call: Any,
    server: ProtocolServer,
    demo_connection: psycopg.Connection[Any],
    program: Any,
    tmp_path: Path,
) -> None:
    made_up, nis = MadeUp(demo_connection, EVERY[region]), PLACES[region][1]
    server.add(*serve_region(made_up, region, tmp_path))
    vouch(made_up, region, program, tmp_path / "sources")
    told = call("start", "-m", nis, "--no-serve")
    assert {one["source"]: one["reason"] for one in told["sources"] if one["state"] != "loaded"} == {}
    assert {tuple(one["one_of"]) for one in told["missing"]} == NO_SERVICE[region], "only what nobody serves is missing"
    assert all(one["who_has_it"] for one in told["missing"])
    assert {one["site_type"] for one in told["runs"]} == {"residential", "transit"}
    listed = json.loads(program("candidates", "-m", nis, "--json", "--limit", "5"))["items"]
    assert len(listed) == 5 and [one["rank"] for one in listed] == sorted(one["rank"] for one in listed)
    # What nobody serves comes from its owner as a file; then nothing is missing.
    for group in sorted(NO_SERVICE[region]):
        known = [one for need in needs(region) if need.group == group for one in need.known]  # type: ignore[arg-type]
        source = catalogue()["terrain-tiff"] if group == ("dem",) else known[0]
        path = terrain(demo_world(), tmp_path) if source.kind == "dem" else made_up.file(source, region, tmp_path)
        program("ingest", path, "--as", source.kind, "--source", source.id, "--covers", nis)
    again = call("start", "-m", nis, "--no-serve")
    assert again["silent"] == [], "of every measured layer, what it leaves out is not there"
    assert again["missing"] == [] and {one["state"] for one in again["sources"]} == {"present"}
    assert sum(one["counts"].get("unknown", 0) for one in again["runs"]) < sum(
        sum(one["counts"].values()) for one in again["runs"]
    )


def vouch(made_up: MadeUp, region: str, program: Any, folder: Path) -> None:
    """Say what is known in the municipality: a place where each service that only says what is there has something,
    and that the files of no stated reach leave nothing out."""
    nis, today = PLACES[region][1], date(2026, 11, 25)
    program("sources", "complete", "osm", "-m", nis, "--why", "made up whole")
    for need in needs(region):  # type: ignore[arg-type]
        for source in need.fetchable:
            if source.declared_coverage is None and (is_whole(source) or source.answers == "features"):
                say_complete(folder, source, nis, "made up whole", today)
            elif source.answers != "features" and not is_whole(source):
                inside = shapely.point_on_surface(made_up.frame(source, region).geometry.to_numpy()[:1])
                place = shapely.get_coordinates(inside)[0]
                say_point(folder, source, (float(place[0]), float(place[1])), "*", "made up there", today, field=None)


FAULTS = {"seveso-wallonia": "http500", "bdes-steps": "hang", "natura2000-wallonia": "unclosed", "pds": "html"}
CAUSES = {
    "seveso-wallonia": "server",
    "bdes-steps": "timeout",
    "natura2000-wallonia": "truncated",
    "pds": "wrong_content",
}


def test_faults_harm_nothing_else(
    call: Any,
    server: ProtocolServer,
    database: psycopg.Connection[Any],
    demo_connection: psycopg.Connection[Any],
    program: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    nis, made_up = PLACES["wallonia"][1], MadeUp(demo_connection, 8)
    server.add(*serve_region(made_up, "wallonia", tmp_path))
    vouch(made_up, "wallonia", program, tmp_path / "sources")
    address = {
        name: catalogue()[name].services[0].endpoint.removesuffix("/query") for name in ("lot", "plan-hp", *FAULTS)
    }
    # Empty, and its control point is dead: the place stays unknown. The error of SPW: read through /identify.
    server.fault(address["lot"], "empty")
    server.fault(address["plan-hp"], "spw")
    first = call("start", "-m", nis, "--no-serve")
    assert any(one.path.endswith("PLANHP/MapServer/identify") for one in server.asked)
    states = {one["source"]: one["state"] for one in first["sources"]}
    assert states["lot"] == "empty_suspicious" and states["plan-hp"] == "loaded"
    assert {state for name, state in states.items() if name != "lot"} == {"loaded"}
    assert ["lot"] in [one["one_of"] for one in first["missing"]]
    unknown = [
        {layer for layer, code in {**common, **own}.items() if code}
        for common, own in database.execute(
            "SELECT b.common -> 'unknown', m.unknown FROM measurement m JOIN batch b ON b.id = m.batch_id"
        ).fetchall()
    ]
    assert unknown and all("plan_rules:lot" in one and "plan_rules:sol" not in one for one in unknown)

    monkeypatch.setenv("STANDPLAATS_SOURCES_TIMEOUT", "1")
    before = current(database)
    for name, what in FAULTS.items():
        server.fault(address[name], what)
    second = call("start", "-m", nis, "--no-serve", "--refresh")
    told = {one["source"]: one for one in second["sources"]}
    assert {name: told[name]["cause"] for name in FAULTS} == CAUSES
    assert all((told[name]["state"], told[name]["kept"]) == ("failed", before[name]) for name in FAULTS)
    rest = {one["state"] for name, one in told.items() if name not in {*FAULTS, "lot"}}
    assert rest <= {"loaded", "unchanged"}, "nothing else is harmed"
    after = current(database)
    assert {name: after[name] for name in FAULTS} == {name: before[name] for name in FAULTS}
    assert set(after) == set(before)
    # The same versions, the same result: those who planned with it find it as it was.
    assert [one["counts"] for one in second["runs"]] == [one["counts"] for one in first["runs"]]
    shown = program("start", "-m", nis, "--no-serve")
    assert "previous version kept" in " ".join(shown.split())

    server.heal()
    third = call("start", "-m", nis, "--no-serve", "--refresh")
    assert {one["state"] for one in third["sources"]} <= {"loaded", "unchanged"}
    assert ["lot"] not in [one["one_of"] for one in third["missing"]]


def current(connection: psycopg.Connection[Any]) -> dict[str, int]:
    """Dataset that counts of each source."""
    connection.rollback()
    return dict(connection.execute("SELECT source, id FROM dataset WHERE current").fetchall())


def test_carried_to_a_machine_without_internet_and_updated(
    call: Any,
    server: ProtocolServer,
    settings: Settings,
    demo_connection: Any,
    database: Any,
    program: Any,
    tmp_path: Path,
) -> None:
    region, nis = "brussels", PLACES["brussels"][1]
    server.add(*serve_region(MadeUp(demo_connection, 8), region, tmp_path))
    names = "urbis-municipalities,urbis-parcels,pras,flood-brussels,urbis-roads"
    call("sources", "fetch", "-m", nis, "--source", names)
    call("sources", "bundle", "-o", str(tmp_path / "carried.zip"), "--restricted")
    database.execute("TRUNCATE dataset CASCADE")
    database.commit()
    asked = len(server.asked)
    for path in ("records", "landing", "payloads"):
        (tmp_path / "sources" / path).rename(tmp_path / f"gone-{path}")
    # Nothing is here: nothing can be scored.
    call("start", "-m", nis, "--no-serve", "--offline", code=1)
    assert call("sources", "unbundle", str(tmp_path / "carried.zip"))["files"] == 5
    told = call("start", "-m", nis, "--no-serve", "--offline", "--type", "transit")
    assert len(server.asked) == asked, "nobody was asked"
    assert {one["source"] for one in told["sources"] if one["state"] == "loaded"} == set(names.split(","))
    assert [one["site_type"] for one in told["runs"]] == ["transit"]

    done = call("update")
    assert {one["state"] for one in done["sources"]} <= {"unchanged", "loaded"} and done["failed"] == []
    assert [one["territory"] for one in done["runs"]] == [[nis]]
    server.fault(catalogue()["pras"].services[0].endpoint, "http500")
    before = current(database)
    program("update", code=1)
    assert current(database) == before


def test_a_start_asks_for_a_municipality_of_today(call: Any, program: Any) -> None:
    assert "Which municipality" in program("start", "--no-serve", code=2)
    assert "no longer valid" in program("start", "-m", "46013", "--no-serve", code=1)
    assert "never loaded into the demo" in demo_start(program)


def demo_start(program: Any) -> str:
    """What `start` says when the demo database is selected."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STANDPLAATS_DEMO", "1")
        return str(program("start", "-m", "24062", "--no-serve", code=2))
