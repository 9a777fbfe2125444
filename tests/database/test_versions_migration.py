"""A database with data goes through the migration of versions, there and back, and loses nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from geodata.database import engine
from geodata.database.cluster import Cluster

_DATA = """
INSERT INTO meta VALUES ('territory', 'real');
INSERT INTO dataset (kind, source, key, title, provider, licence, redistributable, fetched, sha256, file_name, current)
VALUES ('parcels', 'grb-adp', 'k', '{}', 'x', 'x', true, now(), 'x', 'x', true);
INSERT INTO parcel (dataset_id, capakey, nis, nis_how, area_m2, geom, geom_3857)
SELECT 1, '24062A000' || n || '/00A000', '24062', 'attribute', 1,
       ST_Multi(ST_MakeEnvelope(n, 0, n + 1, 1, 31370)), ST_Multi(ST_MakeEnvelope(n, 0, n + 1, 1, 3857))
FROM generate_series(1, 5) n;
INSERT INTO batch (nis, datasets, digest, parcels, current) VALUES ('24062', '{}', 'x', 5, true);
INSERT INTO measurement (batch_id, parcel_id, area_m2, perimeter_m, compactness, shares, covered, distances, unknown)
SELECT 1, id, 1, 4, 0.7, '{}', '{}', '{}', '{}' FROM parcel;
"""


@pytest.fixture
def target(home: Path) -> Iterator[str]:
    cluster = Cluster(home)
    cluster.ensure_running()
    with psycopg.connect(cluster.conninfo("postgres"), autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS versions_test WITH (FORCE)")
        connection.execute("CREATE DATABASE versions_test TEMPLATE template0")
    address = cluster.conninfo("versions_test")
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("CREATE EXTENSION postgis")
    yield address
    with psycopg.connect(cluster.conninfo("postgres"), autocommit=True) as connection:
        connection.execute("DROP DATABASE versions_test WITH (FORCE)")


def parcels(address: str) -> list[tuple[object, ...]]:
    with psycopg.connect(address) as connection:
        return connection.execute(
            """SELECT p.id, p.dataset_id, p.capakey, ST_AsText(p.geom), m.area_m2
               FROM parcel p JOIN measurement m ON m.parcel_id = p.id ORDER BY 1"""
        ).fetchall()


def test_parcels_survive_in_both_directions(target: str) -> None:
    engine.migrate(target, "0005")
    with psycopg.connect(target) as connection:
        connection.execute(_DATA.encode())
    before = parcels(target)
    assert len(before) == 5
    engine.migrate(target)
    assert parcels(target) == before
    with psycopg.connect(target) as connection:
        # New rows go on where the old ones ended, and measurements go with their parcel.
        connection.execute(
            """INSERT INTO parcel (dataset_id, capakey, nis_how, area_m2, geom, geom_3857)
               SELECT 1, '24062A0006/00A000', 'attribute', 1, geom, geom_3857 FROM parcel WHERE id = 1"""
        )
        assert connection.execute("SELECT max(id) FROM parcel").fetchone() == (6,)
        connection.execute("DELETE FROM parcel WHERE id = 2")
        assert connection.execute("SELECT count(*) FROM measurement").fetchone() == (4,)
        connection.rollback()
        connection.execute("DELETE FROM dataset")
        assert connection.execute("SELECT count(*) FROM measurement").fetchone() == (0,)
        connection.rollback()
    engine.migrate(target, "0005")
    assert parcels(target) == before
    with psycopg.connect(target) as connection, pytest.raises(psycopg.errors.ForeignKeyViolation):
        connection.execute("UPDATE measurement SET parcel_id = 99 WHERE parcel_id = 1")
