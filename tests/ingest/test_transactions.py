"""One transaction per version: twice is once, a failure or a killed process leaves the old version intact."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from ingest_samples import Connection, Count, Write, capakey, grb, square

from geodata.database.engine import connect, conninfo
from geodata.errors import DatabaseError, InputError
from geodata.ingest import IngestReport, ingest
from geodata.settings import Settings


def state(database: Connection) -> list[Any]:
    """Datasets and parcels as they stand."""
    database.rollback()
    datasets = database.execute("SELECT id, version, current, rows_loaded FROM dataset ORDER BY id").fetchall()
    parcels = database.execute("SELECT dataset_id, count(*), max(id) FROM parcel GROUP BY 1 ORDER BY 1").fetchall()
    return [datasets, parcels]


def test_twice_is_once(database: Connection, municipalities: Path, parcels_file: Callable[..., Path]) -> None:
    path = parcels_file(5)
    first = ingest(database, path, "parcels", covers="24062,24086")
    before = state(database)
    second = ingest(database, path, "parcels", covers=" 24086, 24062")
    assert state(database) == before
    assert second.already_loaded and not first.already_loaded
    ours, theirs = first.as_dict(), second.as_dict()
    for changing in ("seconds", "notes", "already_loaded"):
        ours.pop(changing), theirs.pop(changing)
    assert ours == theirs
    assert ingest(database, municipalities, "municipalities").already_loaded


def test_a_changed_file_becomes_the_next_version(database: Connection, parcels_file: Callable[..., Path]) -> None:
    first = ingest(database, parcels_file(3), "parcels")
    parcels_file(3).unlink()
    second = ingest(database, parcels_file(4), "parcels")
    assert (first.version, second.version) == (1, 2)
    rows = database.execute("SELECT id, current, rows_loaded FROM dataset ORDER BY id").fetchall()
    assert rows == [(first.dataset, False, 3), (second.dataset, True, 4)]


def test_other_boundaries_give_another_version(
    database: Connection, parcels_file: Callable[..., Path], write: Write
) -> None:
    path = write("parcels.gpkg", grb([capakey(1)], nis=None), [square(175_000, 170_000)])
    first = ingest(database, path, "parcels")
    assert "1 parcels lie in no loaded municipality" in " ".join(first.notes)
    fields = {"AdMuKey": ["24062"], "NameDUT": ["Leuven"], "NameFRE": ["Louvain"], "AdReKey": ["02000"]}
    ingest(database, write("borders.gpkg", fields, [square(170_000, 165_000, 10_000)]), "municipalities")
    second = ingest(database, path, "parcels")
    assert not second.already_loaded
    row = database.execute("SELECT nis, nis_how FROM parcel WHERE dataset_id = %s", [second.dataset]).fetchone()
    assert row == ("24062", "boundary")


def test_a_failing_load_keeps_the_old_version(database: Connection, parcels_file: Callable[..., Path]) -> None:
    ingest(database, parcels_file(3), "parcels")
    before = state(database)
    path = parcels_file(3)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(InputError):
        ingest(database, path, "parcels")
    assert state(database) == before


def test_an_error_of_the_database_is_told_and_undone(
    database: Connection, parcels_file: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest(database, parcels_file(3), "parcels")
    before = state(database)
    monkeypatch.setattr("geodata.ingest.rows.column_values", lambda name, column, start, stop: [None] * (stop - start))
    with pytest.raises(InputError, match="the database refused a row"):
        ingest(database, parcels_file(5, "other.gpkg", first=50), "parcels")
    assert state(database) == before


def test_a_lost_connection_is_told_and_undone(
    settings: Settings, database: Connection, parcels_file: Callable[..., Path]
) -> None:
    ingest(database, parcels_file(3), "parcels")
    before = state(database)
    with connect(settings) as victim:

        def cut(step: str) -> None:
            if step == "loading":
                database.execute("SELECT pg_terminate_backend(%s)", [victim.info.backend_pid])

        with pytest.raises(DatabaseError, match="nothing of this step was kept"):
            ingest(victim, parcels_file(5, "other.gpkg", first=50), "parcels", progress=cut)
    assert state(database) == before


def test_a_full_disk_is_told_as_such(database: Connection, parcels_file: Callable[..., Path]) -> None:
    """The server reports a full disk by this code, here raised in the middle of the COPY."""
    ingest(database, parcels_file(3), "parcels")
    before = state(database)
    database.execute(
        """CREATE FUNCTION disk_full() RETURNS trigger LANGUAGE plpgsql AS $$
           BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$;
           CREATE TRIGGER disk_full BEFORE INSERT ON parcel FOR EACH ROW EXECUTE FUNCTION disk_full()"""
    )
    database.commit()
    try:
        with pytest.raises(DatabaseError) as caught:
            ingest(database, parcels_file(5, "other.gpkg", first=50), "parcels")
    finally:
        database.rollback()
        database.execute("DROP FUNCTION disk_full CASCADE")
        database.commit()
    assert "The disk of the database is full" in caught.value.message
    assert "STANDPLAATS_HOME" in (caught.value.remedy or "")
    assert state(database) == before


def _at_once(settings: Settings, paths: list[Path]) -> list[IngestReport | Exception]:
    results: list[IngestReport | Exception] = []
    barrier = threading.Barrier(len(paths))

    def work(path: Path) -> None:
        with psycopg.connect(conninfo(settings)) as connection:
            barrier.wait()
            try:
                results.append(ingest(connection, path, "parcels"))
            except InputError as error:
                results.append(error)

    threads = [threading.Thread(target=work, args=[path]) for path in paths]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_two_at_once_load_one_version(
    settings: Settings, database: Connection, parcels_file: Callable[..., Path], count: Count
) -> None:
    path = parcels_file(2_000)
    reports = [one for one in _at_once(settings, [path, path, path]) if isinstance(one, IngestReport)]
    assert sorted(one.already_loaded for one in reports) == [False, True, True]
    assert (count("dataset"), count("parcel")) == (1, 2_000)


def test_two_files_at_once_never_hold_the_same_parcel(
    settings: Settings, database: Connection, parcels_file: Callable[..., Path], count: Count
) -> None:
    results = _at_once(settings, [parcels_file(500, "a.gpkg"), parcels_file(500, "b.gpkg")])
    assert sum(isinstance(one, InputError) for one in results) == 1
    assert (count("dataset"), count("parcel")) == (1, 500)
