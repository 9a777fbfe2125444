"""Connections of the service: they only read, give up in time, wait in turn, and come back before the answer goes out."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.app import create_app
from api.dependencies import AsyncDatabase, Database
from geodata.settings import Settings


def ask(connection: Database, statement: str) -> dict[str, Any]:
    try:
        row = connection.execute(statement.encode()).fetchone()
    except psycopg.Error as error:
        return {"error": type(error).__name__}
    return {"row": [str(one) for one in row or ()]}


async def ask_in_the_loop(connection: AsyncDatabase, statement: str) -> dict[str, Any]:
    try:
        row = await (await connection.execute(statement.encode())).fetchone()
    except psycopg.Error as error:
        return {"error": type(error).__name__}
    return {"row": [str(one) for one in row or ()]}


def with_routes(app: FastAPI, **routes: Callable[..., Any]) -> FastAPI:
    """The app with further addresses, before the page, which takes every address that is left."""
    for path, handler in routes.items():
        app.add_api_route(f"/{path}", handler)
        app.router.routes.insert(0, app.router.routes.pop())
    return app


@pytest.fixture(scope="module")
def client(demo_settings: Settings) -> Iterator[TestClient]:
    short = demo_settings.model_copy(
        update={"connections": 2, "async_connections": 2, "connection_wait": 20, "statement_timeout": 0.3}
    )
    with TestClient(with_routes(create_app(short), sync=ask, loop=ask_in_the_loop)) as opened:
        yield opened


@pytest.mark.parametrize("way", ["sync", "loop"])
@pytest.mark.parametrize("statement", ["DELETE FROM run", "CREATE TABLE more (id int)", "UPDATE meta SET value = 'x'"])
def test_nothing_is_written(client: TestClient, way: str, statement: str) -> None:
    assert client.get(f"/{way}", params={"statement": statement}).json() == {"error": "ReadOnlySqlTransaction"}
    # Nor where a transaction asks to write: the role may not.
    many = f"SET TRANSACTION READ WRITE; {statement}"
    assert client.get(f"/{way}", params={"statement": many}).json() == {"error": "InsufficientPrivilege"}


@pytest.mark.parametrize("way", ["sync", "loop"])
def test_everything_can_be_read(client: TestClient, demo_connection: psycopg.Connection[Any], way: str) -> None:
    tables = demo_connection.execute(
        "SELECT oid::regclass::text FROM pg_class WHERE relkind IN ('r', 'v', 'm', 'p') AND relnamespace = 'public'::regnamespace"
    ).fetchall()
    assert len(tables) > 30
    for (table,) in tables:
        answer = client.get(f"/{way}", params={"statement": f"SELECT count(*) FROM {table} LIMIT 1"}).json()
        assert "row" in answer, (table, answer)


@pytest.mark.parametrize("way", ["sync", "loop"])
def test_a_statement_that_takes_too_long_is_stopped(client: TestClient, way: str) -> None:
    assert client.get(f"/{way}?statement=SELECT pg_sleep(60)").json() == {"error": "QueryCanceled"}
    # The connection is whole again, and a handler may ask for another time of its own that ends with its request.
    longer = "SELECT set_config('statement_timeout', '9s', true)"
    assert client.get(f"/{way}", params={"statement": longer}).json() == {"row": ["9s"]}
    assert client.get(f"/{way}?statement=SHOW statement_timeout").json() == {"row": ["300ms"]}


@pytest.mark.parametrize("way", ["sync", "loop"])
def test_a_transaction_left_open_ends(client: TestClient, way: str) -> None:
    shown = client.get(f"/{way}?statement=SHOW idle_in_transaction_session_timeout").json()
    assert shown == {"row": ["1min"]}


@pytest.mark.parametrize("way", ["sync", "loop"])
def test_more_requests_than_connections_wait_in_turn(client: TestClient, way: str) -> None:
    def sleep(_: int) -> int:
        return client.get(f"/{way}?statement=SELECT pg_sleep(0.02)").status_code

    with ThreadPoolExecutor(12) as planners:
        assert set(planners.map(sleep, range(24))) == {200}


def test_none_free_in_time_is_a_problem_and_nothing_is_lost(demo_settings: Settings) -> None:
    few = demo_settings.model_copy(update={"connections": 1, "connection_wait": 0.2})

    def held(connection: Database) -> int:
        time.sleep(1)
        return 1

    with TestClient(with_routes(create_app(few), held=held)) as client, ThreadPoolExecutor(3) as planners:
        answers = list(planners.map(lambda _: client.get("/held"), range(3)))
        assert sorted(one.status_code for one in answers) == [200, 503, 503]
        refused = next(one for one in answers if one.status_code == 503)
        assert refused.json()["type"] == "/problems/busy"
        assert int(refused.headers["retry-after"]) >= 1
        assert client.get("/api/v1/municipalities").status_code == 200


def test_a_connection_is_back_before_the_answer_is_sent(demo_settings: Settings) -> None:
    from starlette.responses import StreamingResponse

    app = create_app(demo_settings.model_copy(update={"connections": 1}))
    seen: list[int] = []

    def slow(connection: Database) -> StreamingResponse:
        def parts() -> Iterator[bytes]:
            seen.append(app.state.pool.get_stats()["pool_available"])
            yield b"x"

        return StreamingResponse(parts())

    with TestClient(with_routes(app, slow=slow)) as client:
        assert client.get("/slow").content == b"x"
    assert seen == [1]
