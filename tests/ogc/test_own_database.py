"""On a database of one's own: an account that may not make roles is told what to ask for, and takes the role on once it may."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress

import psycopg
import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from geodata.database.cluster import Cluster
from geodata.database.published import ROLE
from geodata.settings import Settings


@pytest.fixture
def own(demo_settings: Settings) -> Iterator[Settings]:
    """A database that belongs to an account without rights on the server."""
    cluster = Cluster(demo_settings.home)
    with psycopg.connect(cluster.conninfo("postgres"), autocommit=True) as connection:
        connection.execute("CREATE ROLE limited LOGIN")
        connection.execute("CREATE DATABASE own OWNER limited TEMPLATE template0")
    with psycopg.connect(cluster.conninfo("own"), autocommit=True) as connection:
        connection.execute("CREATE EXTENSION postgis")
    yield Settings(
        home=demo_settings.home, database_url=f"postgresql://limited@/own?host={cluster.socket_folder()}", lang="en"
    )
    with psycopg.connect(cluster.conninfo("postgres"), autocommit=True) as connection:
        connection.execute("DROP DATABASE own WITH (FORCE)")
        connection.execute(f"REVOKE {ROLE} FROM limited".encode())
        connection.execute("DROP ROLE limited")


def test_the_role_is_asked_for_and_taken_on(
    own: Settings, program: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    address = "/ogc/collections/sites/items"
    with TestClient(create_app(own)) as client:
        assert client.get(address).status_code == 503
        assert client.get("/ogc").status_code == 200
        assert client.get("/ogc/collections/zones/items").json()["numberMatched"] == 0
    monkeypatch.setattr("api.commands.db.settings_for", lambda demo=False: own)
    told = [line for line in program("db", "grants").splitlines() if line.endswith(";")]
    assert told[0] == f"CREATE ROLE {ROLE} NOLOGIN;"
    with psycopg.connect(Cluster(own.home).conninfo("own"), autocommit=True) as connection:
        # The server of the tests may have the role already, for its other databases.
        with suppress(psycopg.errors.DuplicateObject):
            connection.execute(told[0].encode())
        for line in told[1:]:
            connection.execute(line.encode())
    with TestClient(create_app(own)) as client:
        listed = client.get(address)
        assert listed.status_code == 200 and listed.json()["numberMatched"] > 0
        pool = client.app.state.ogc_small.state.pool

        async def who() -> str:
            async with pool.acquire() as connection:
                return str(await connection.fetchval("SELECT current_user"))

        assert client.portal is not None and client.portal.call(who) == ROLE
