"""Runs of the demo held against the independent checker: 0 differences, and the checker does see a difference."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from checker import compare, ground, stored
from checker.published import criteria_set
from checker.stored import Parcel
from checker.whole import whole
from geodata.database.engine import connect
from geodata.settings import Settings
from sites.candidates.scoring import create_run

Connection = psycopg.Connection[Any]
PLACES = [(nis, site_type) for nis in ("99001", "99002", "99003") for site_type in ("residential", "transit")]
#: The day of the run, and days on which other rules held and the maps of today say nothing.
OTHER_DAYS = (date(2013, 1, 1), date(2027, 1, 1))


@pytest.fixture(scope="module")
def client(demo_settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(demo_settings)) as opened:
        yield opened


def current(connection: Connection, nis: str, site_type: str) -> str:
    row = connection.execute(
        """SELECT id FROM run WHERE territory = %s AND site_type = %s AND current_since IS NOT NULL
           ORDER BY current_since DESC LIMIT 1""",
        [[nis], site_type],
    ).fetchone()
    assert row is not None
    found: str = row[0]
    return found


def differences(
    connection: Connection, client: TestClient, run_id: str, number: int, seed: int
) -> tuple[int, list[str]]:
    """Parcels that were checked, and all that differs."""
    run, out = stored.read_run(connection, run_id), []
    parcels = stored.sample(connection, run, number, seed)
    for parcel in parcels:
        found = whole(run, parcel)
        out += compare.with_result(parcel, found)
        answer = client.get(f"/api/v1/parcels/{parcel.key.replace('/', '-')}", params={"run": run_id, "lang": "en"})
        assert answer.status_code == 200, answer.text
        out += compare.with_explanation(parcel, found, run, answer.json()["explanation"])
    return len(parcels), out


@pytest.mark.parametrize(("nis", "site_type"), PLACES)
def test_verdicts_scores_and_explanations(
    demo_connection: Connection, client: TestClient, nis: str, site_type: str
) -> None:
    """25 parcels of each of the six runs."""
    looked_at, found = differences(demo_connection, client, current(demo_connection, nis, site_type), 25, seed=6)
    assert found == [] and looked_at == 25


@pytest.mark.full
@pytest.mark.parametrize(("nis", "site_type"), PLACES)
def test_a_thousand_of_them(demo_connection: Connection, client: TestClient, nis: str, site_type: str) -> None:
    looked_at, found = differences(demo_connection, client, current(demo_connection, nis, site_type), 170, seed=2012)
    assert found == [] and looked_at == 170


@pytest.mark.parametrize("day", OTHER_DAYS, ids=str)
def test_the_law_of_another_day(demo_settings: Settings, client: TestClient, day: date) -> None:
    with connect(demo_settings) as connection:
        runs = [create_run(connection, [nis], "residential", day, today=date.today()) for nis in ("99001", "99002")]
        for run in runs:
            looked_at, found = differences(connection, client, run.id, 10, seed=3)
            assert found == [] and looked_at == 10


@pytest.mark.parametrize(("nis", "site_type"), PLACES)
def test_the_set_that_was_used_is_the_one_that_is_published(
    demo_connection: Connection, nis: str, site_type: str
) -> None:
    """Key by key as the YAML has it; what the YAML leaves out is nothing, or a default that changes no outcome."""
    run = stored.read_run(demo_connection, current(demo_connection, nis, site_type))
    published = json.loads(json.dumps(criteria_set(run["profile_id"]), default=str))
    assert run["profile_version"] == published["version"]
    for section in ("constraints", "criteria"):
        used = {one["id"]: one for one in run["profile"][section]}
        assert list(used) == [one["id"] for one in published[section]]
        for entry in published[section]:
            for key, value in entry.items():
                if key != "use":
                    same = used[entry["id"]][key]
                    assert _told(same) == _told(value), (entry["id"], key)


def _told(value: Any) -> Any:
    """Without keys that only say nothing, numbers as numbers."""
    if isinstance(value, dict):
        return {key: _told(one) for key, one in value.items() if one is not None}
    if isinstance(value, list):
        return [_told(one) for one in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


@pytest.mark.parametrize(("nis", "site_type"), PLACES)
def test_ranks_of_a_whole_run(demo_connection: Connection, nis: str, site_type: str) -> None:
    """By verdict group, then by the middle of the score, then by key; an incompatible parcel has no rank."""
    rows = demo_connection.execute(
        """SELECT r.rank, r.rank_low, r.rank_high, r.verdict, r.so_far, (r.score_low + r.score_high) / 2, p.capakey
           FROM run_result r JOIN parcel p ON p.id = r.parcel_id WHERE run_id = %s""",
        [current(demo_connection, nis, site_type)],
    ).fetchall()
    groups = ["compatible", "needs_derogation", "unknown compatible", "unknown needs_derogation"]

    def group(row: Any) -> str:
        return f"unknown {row[4]}" if row[3] == "unknown" else row[3]

    listed = sorted(
        (row for row in rows if group(row) in groups), key=lambda row: (groups.index(group(row)), -row[5], row[6])
    )
    assert [row[0] for row in listed] == list(range(1, len(listed) + 1))
    assert all(row[1] <= row[0] <= row[2] for row in listed)
    assert {row[0] for row in rows if group(row) not in groups} <= {None}
    assert {row[3] for row in rows if group(row) not in groups} <= {"incompatible"}


@pytest.mark.parametrize(("nis", "site_type"), PLACES)
def test_the_land_that_is_left(demo_connection: Connection, nis: str, site_type: str) -> None:
    """By PostGIS, for twelve parcels of each run: to a hundredth of a square metre, or a millionth of the parcel."""
    run = stored.read_run(demo_connection, current(demo_connection, nis, site_type))
    off = []
    for parcel in stored.sample(demo_connection, run, 12, seed=9):
        low, high = parcel.result["left_low_m2"], parcel.result["left_high_m2"]
        assert low == high
        drawn = ground.left(demo_connection, run, parcel.result["parcel_id"])
        if abs(drawn - high) > max(0.01, parcel.area * 1e-6):
            off.append(f"{parcel.key}: stored {high}, drawn {drawn}")
    assert off == []


def test_the_checker_sees_what_is_wrong(demo_connection: Connection, client: TestClient) -> None:
    """A stored row, a threshold, a told figure and a told sentence that are changed by a little are all found."""
    run = stored.read_run(demo_connection, current(demo_connection, "99001", "residential"))
    parcel = next(one for one in stored.sample(demo_connection, run, 20, seed=1) if one.result["rank"])
    found = whole(run, parcel)
    told = client.get(
        f"/api/v1/parcels/{parcel.key.replace('/', '-')}", params={"run": run["id"], "lang": "en"}
    ).json()["explanation"]
    assert compare.with_result(parcel, found) == [] == compare.with_explanation(parcel, found, run, told)

    def row(**changed: Any) -> Parcel:
        return replace(parcel, result={**parcel.result, **changed})

    assert compare.with_result(row(score_low=parcel.result["score_low"] + 1e-6), found)
    assert compare.with_result(row(verdict="incompatible"), found)
    assert compare.with_result(row(conditions=[*parcel.result["conditions"], "flood"]), found)
    near = replace(parcel, distances={**parcel.distances, "sewage_plant": (99.0, 99.0)})
    assert [one for one in compare.with_result(near, whole(run, near)) if "verdict" in one]
    for wrong in (
        ("Score 0.", "Score 0.1"),
        ("What adds most: ", "What adds most: Noise 0.900, "),
        ("What costs most", "What"),
    ):
        other_words = told["text"].replace(*wrong)
        assert other_words != told["text"]
        assert compare.with_explanation(parcel, found, run, {**told, "text": other_words}), wrong
    other = json.loads(json.dumps(told))
    other["criteria"][0]["contribution"]["low"] += 1e-6
    assert len(compare.with_explanation(parcel, found, run, other)) == 2
    silent = {**told, "conditions": told["conditions"][1:]}
    assert compare.with_explanation(parcel, found, run, silent)


def test_the_checker_shares_no_code_with_what_it_checks() -> None:
    """Its own modules import nothing of the program; only this file does, to make runs and to ask the service."""
    folder = Path(__file__).parent
    for path in sorted(folder.glob("*.py")):
        if path.name == Path(__file__).name:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                assert name.partition(".")[0] not in ("sites", "geodata", "api", "numpy"), (path.name, name)
