"""Tables, migrations and the wall between demo and real data."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
import sqlalchemy
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from geodata.database import engine
from geodata.database.cluster import Cluster
from geodata.database.tables import metadata
from geodata.errors import DatabaseError
from geodata.settings import Settings


@pytest.fixture
def target(settings: Settings) -> Any:
    """An empty database of its own in the session's cluster."""
    engine.conninfo(settings)
    cluster = Cluster(settings.home)
    with psycopg.connect(cluster.conninfo("postgres"), autocommit=True) as connection:
        connection.execute("CREATE DATABASE schema_test TEMPLATE template0")
    address = cluster.conninfo("schema_test")
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("CREATE EXTENSION postgis")
    yield address
    with psycopg.connect(cluster.conninfo("postgres"), autocommit=True) as connection:
        connection.execute("DROP DATABASE schema_test WITH (FORCE)")


def _objects(address: str) -> set[str]:
    """Tables, functions and types that are ours."""
    with psycopg.connect(address) as connection:
        rows = connection.execute(
            """SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
               WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p', 'v', 'S')
                 AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
               UNION ALL
               SELECT p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
               WHERE n.nspname = 'public'
                 AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')"""
        ).fetchall()
    return {row[0] for row in rows}


def test_up_down_and_up_again(target: str) -> None:
    engine.migrate(target)
    made = _objects(target)
    assert {"parcel", "dataset", "run_result", "measurement"} <= made
    engine.migrate(target, "base")
    assert _objects(target) == {"alembic_version"}
    assert engine.revision(target) is None
    engine.migrate(target)
    assert _objects(target) == made


def test_the_tables_in_the_code_are_the_tables_in_the_database(target: str) -> None:
    engine.migrate(target)
    bind = sqlalchemy.create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(target))
    with bind.connect() as connection:
        ours = set(metadata.tables)

        def include(item: Any, name: str | None, kind: str, reflected: bool, other: Any) -> bool:
            table = item.name if kind == "table" else getattr(getattr(item, "table", None), "name", None)
            return table in ours

        context = MigrationContext.configure(connection, opts={"include_object": include, "compare_type": True})
        differences = compare_metadata(context, metadata)
    bind.dispose()
    assert differences == []


def test_every_table_and_column_is_explained(target: str) -> None:
    engine.migrate(target)
    with psycopg.connect(target) as connection:
        rows = connection.execute(
            """SELECT c.relname, a.attname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
               JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum >= 0 AND NOT a.attisdropped
               WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND c.relname = ANY(%s)
                 AND col_description(c.oid, a.attnum) IS NULL AND a.attnum > 0
               UNION ALL
               SELECT c.relname, '' FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
               WHERE n.nspname = 'public' AND c.relname = ANY(%s) AND obj_description(c.oid) IS NULL""",
            [list(metadata.tables), list(metadata.tables)],
        ).fetchall()
    assert rows == []


def test_shapes_are_indexed_and_kept_in_both_systems(target: str) -> None:
    engine.migrate(target)
    with psycopg.connect(target) as connection:
        columns = connection.execute(
            "SELECT f_table_name, f_geometry_column, srid FROM geometry_columns WHERE f_table_schema = 'public'"
        ).fetchall()
        indexed = {
            row[0]
            for row in connection.execute(
                "SELECT tablename || ' ' || regexp_replace(indexdef, '.*\\((.*)\\).*', '\\1') FROM pg_indexes "
                "WHERE indexdef LIKE '%USING gist%'"
            )
        }
    by_table: dict[str, set[int]] = {}
    for table, column, srid in columns:
        by_table.setdefault(table, set()).add(srid)
        # Parcels are looked up in EPSG:31370 alone.
        found = ("geom",) if table.startswith("parcel") else ("geom", "geom_3857")
        if column in found:
            assert f"{table} {column}" in indexed, (table, column)
    assert by_table["parcel"] == {31370, 3857}


def test_demo_and_real_never_share_a_database(settings: Settings, demo_settings: Settings) -> None:
    swapped = engine.conninfo(settings)
    with psycopg.connect(swapped) as connection:
        row = connection.execute("SELECT value FROM meta WHERE key = 'territory'").fetchone()
        assert row == ("real",)
    with psycopg.connect(engine.conninfo(demo_settings)) as connection:
        row = connection.execute("SELECT value FROM meta WHERE key = 'territory'").fetchone()
        assert row == ("demo",)
        fictional = connection.execute("SELECT bool_and(fictional) FROM dataset").fetchone()
        assert fictional == (True,)
    demo_address = engine.conninfo(demo_settings)
    engine._ready.discard(demo_address)
    try:
        with pytest.raises(DatabaseError, match="never meet"):
            engine._prepare(demo_address, "real")
    finally:
        engine._ready.add(demo_address)


def test_a_fictional_dataset_cannot_enter_the_real_database(settings: Settings, demo_settings: Settings) -> None:
    insert = (
        "INSERT INTO dataset (kind, source, key, title, provider, licence, redistributable, fetched, sha256, "
        "file_name, fictional) VALUES ('x', 'x', 'x', '{}', 'x', 'x', false, now(), 'x', 'x', %s)"
    )
    for chosen, wrong in ((settings, True), (demo_settings, False)):
        with engine.connect(chosen) as connection:
            with pytest.raises(psycopg.errors.CheckViolation, match="never share"):
                connection.execute(insert, [wrong])
            connection.rollback()


def test_a_database_of_another_program_is_refused(target: str) -> None:
    with psycopg.connect(target, autocommit=True) as connection:
        connection.execute("CREATE TABLE customers (id int)")
    with pytest.raises(DatabaseError, match="another program"):
        engine._prepare(target, "real")


def test_a_newer_schema_is_refused(target: str) -> None:
    engine.migrate(target)
    with psycopg.connect(target, autocommit=True) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999_from_the_future'")
    with pytest.raises(DatabaseError, match="newer than this program"):
        engine.migrate(target)


@pytest.mark.parametrize("address", ["not an address", "postgresql://nobody@127.0.0.1:1/none"])
def test_an_address_that_does_not_work_is_explained(address: str) -> None:
    with pytest.raises(DatabaseError) as caught:
        engine.conninfo(Settings(database_url=address))
    assert "STANDPLAATS_DATABASE_URL" in caught.value.message + (caught.value.remedy or "")


def test_a_password_never_shows() -> None:
    with pytest.raises(DatabaseError) as caught:
        engine.conninfo(Settings(database_url="postgresql://me:secret-word@127.0.0.1:1/none"))
    assert "secret-word" not in str(caught.value)
