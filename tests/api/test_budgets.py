"""Every class of query has its own time: what takes longer is stopped, told apart from a failure, and nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.budgets import class_of
from api.problem_kinds import KINDS
from geodata.database.engine import conninfo
from geodata.settings import Settings

BUDGETS = {"tile": 201, "list": 202, "detail": 203, "compute": 204, "export": 205}
#: Class -> addresses that read one of the tables below.
ASKED = {
    "tile": ["/tiles/roads/14/8300/5450.mvt", "/tiles/parcels/14/8300/5450.mvt?run=none"],
    "list": [
        "/api/v1/municipalities",
        "/api/v1/candidates?municipality=99001",
        "/ogc/collections/parcels/items",
        "/ogc/collections/municipalities/items",
    ],
    "detail": ["/api/v1/parcels/99001A0001-00A000"],
    "compute": ["/api/v1/near-misses?municipality=99001", "/api/v1/layout?parcels=99001A0001-00A000"],
    "export": ["/api/v1/exports?municipality=99001", "/api/v1/notes?municipality=99001"],
}
TABLES = "road, municipality, parcel, run"


@pytest.fixture(scope="module")
def client(demo_settings: Settings) -> Iterator[TestClient]:
    short = demo_settings.model_copy(update={f"budget_{name}": budget for name, budget in BUDGETS.items()})
    with TestClient(create_app(short)) as opened:
        yield opened


@pytest.fixture
def held(demo_settings: Settings) -> Iterator[psycopg.Connection[object]]:
    """Someone holds the tables: whatever reads them waits."""
    with psycopg.connect(conninfo(demo_settings)) as holder:
        holder.execute(f"LOCK TABLE {TABLES} IN ACCESS EXCLUSIVE MODE".encode())
        yield holder
        holder.rollback()


@pytest.mark.parametrize("kind", BUDGETS)
def test_what_takes_longer_than_its_budget_is_a_problem(
    client: TestClient, held: psycopg.Connection[object], kind: str
) -> None:
    for path in ASKED[kind]:
        answer = client.get(path)
        assert answer.status_code == 503, path
        told = answer.json()
        assert told["type"] == "/problems/too-slow" and told["title"] == KINDS["too-slow"].title
        assert f"{BUDGETS[kind]} ms" in told["detail"] and told["remedy"], path
        assert int(answer.headers["retry-after"]) >= 1
        assert not {"pg_", "statement", "SELECT"} & set(answer.text.split())
    held.rollback()
    for path in ASKED[kind]:
        assert client.get(path).status_code in (200, 404), path


def test_no_budget_is_longer_than_the_longest_statement(demo_settings: Settings) -> None:
    settings = demo_settings.model_copy(update={"statement_timeout": 0.25})
    with TestClient(create_app(settings)) as client, psycopg.connect(conninfo(demo_settings)) as holder:
        holder.execute(b"LOCK TABLE run IN ACCESS EXCLUSIVE MODE")
        assert "250 ms" in client.get("/api/v1/exports?municipality=99001").json()["detail"]


@pytest.mark.parametrize(
    ("path", "method", "kind"),
    [
        ("/tiles/{layer}/{z}/{x}/{y}.mvt", "GET", "tile"),
        ("/tiles/{layer}.json", "GET", "detail"),
        ("/api/v1/candidates", "GET", "list"),
        ("/api/v1/candidates", "POST", "compute"),
        ("/api/v1/sources/{source_id}", "GET", "detail"),
        ("/ogc/collections/{collectionId}/items", "GET", "list"),
    ],
)
def test_the_class_follows_from_the_route(path: str, method: str, kind: str) -> None:
    assert class_of(path, method) == kind
