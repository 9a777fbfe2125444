"""Roles: the reader is made with its grants, is made again after a restore, and a server that refuses is served all the same."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import psycopg
import pytest
from fastapi.testclient import TestClient
from psycopg.conninfo import make_conninfo

from api.app import create_app
from api.doctor import examine
from api.i18n import translator
from geodata.database import engine, roles
from geodata.database.engine import conninfo
from geodata.database.pools import pool
from geodata.settings import Settings

OWNER, PASSING = "plain_owner", "plain"


@pytest.fixture
def modest(home: Any, demo_settings: Settings) -> Iterator[Settings]:
    """A database whose owner may make no roles, on a server that has none of ours."""
    server = make_conninfo(conninfo(demo_settings), dbname="postgres")
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"DROP DATABASE IF EXISTS {PASSING}".encode())
        with suppress(psycopg.errors.DuplicateObject):
            admin.execute(f"CREATE ROLE {OWNER} LOGIN".encode())
        admin.execute(f"CREATE DATABASE {PASSING} OWNER {OWNER} TEMPLATE template0".encode())
        with psycopg.connect(make_conninfo(server, dbname=PASSING), autocommit=True) as inside:
            inside.execute("CREATE EXTENSION postgis")
            inside.execute(f"ALTER SCHEMA public OWNER TO {OWNER}".encode())
        engine._ready.discard(make_conninfo(server, dbname=PASSING, user=OWNER))
        yield Settings(home=home, demo=False, database_url=make_conninfo(server, dbname=PASSING, user=OWNER))
        admin.execute(f"DROP DATABASE {PASSING} WITH (FORCE)".encode())
        admin.execute(f"DROP ROLE {OWNER}".encode())
    engine._ready.clear()


def test_a_server_that_refuses_roles_is_served_in_read_only_transactions(modest: Settings) -> None:
    with TestClient(create_app(modest)) as client:
        told = client.get("/readyz").json()
    assert told["guard"] == "read-only transactions" and told["status"] == "ok"
    with pool(modest) as connections, connections.connection() as connection:
        assert connection.execute("SELECT current_user").fetchone() == (OWNER,)
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            connection.execute("DELETE FROM run")


def test_doctor_says_what_such_a_server_lacks(modest: Settings) -> None:
    conninfo(modest)
    found = {one.id: one for one in examine(modest, translator("fr"), now=dt.datetime.now(dt.UTC))}
    assert found["guard"].state == "warning" and found["guard"].facts == {"guard": "read-only transactions"}
    assert f"GRANT {roles.READER} TO {OWNER};" in (found["guard"].remedy or "")
    assert found["published"].state == "warning" and "standplaats db grants" in (found["published"].remedy or "")
    assert found["guard"].text.startswith("Le service lit")


def test_what_the_administrator_is_told_is_enough(modest: Settings, demo_settings: Settings) -> None:
    conninfo(modest)
    with psycopg.connect(conninfo(demo_settings), autocommit=True) as admin:
        admin.execute(f"GRANT {roles.READER} TO {OWNER}".encode())
    engine._ready.clear()
    with TestClient(create_app(modest)) as client:
        assert client.get("/readyz").json()["guard"] == "role"


def test_the_reader_reads_tables_made_later(demo_settings: Settings) -> None:
    with engine.connect(demo_settings) as connection:
        connection.execute("CREATE TABLE made_later AS SELECT 1 AS one")
        connection.execute(b"SET LOCAL ROLE standplaats_read")
        assert connection.execute("SELECT one FROM made_later").fetchone() == (1,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("INSERT INTO made_later VALUES (2)")
        connection.rollback()


def test_grants_that_were_lost_come_back(demo_settings: Settings) -> None:
    target = conninfo(demo_settings)
    with psycopg.connect(target, autocommit=True) as owner:
        revision = str(engine.revision(target))
        assert roles.ensure(owner, revision)
        owner.execute("REVOKE SELECT ON run FROM standplaats_read")
        owner.execute("DELETE FROM meta WHERE key = 'roles'")
        assert roles.ensure(owner, revision)
        assert owner.execute("SELECT has_table_privilege('standplaats_read', 'run', 'SELECT')").fetchone() == (True,)
