"""Versions of a dataset: what changed is listed exactly, one before is kept, and a rollback is a change of mark."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ingest_samples import Connection, Count, Write, capakey, grb, square

from geodata.errors import NotFoundError, UsageError
from geodata.ingest import IngestReport, ingest
from geodata.ingest.rows import REGISTER
from geodata.ingest.versions import current, previous, restore, touched


def parcels(write: Write, numbers: list[int], moved: tuple[int, ...] = (), name: str = "p.gpkg") -> Path:
    """Parcels by number, each in its place; those of `moved` are half a metre larger."""
    shapes = [square(173_000 + 30 * (at % 100), 170_000 + 30 * (at // 100), 20.5 if at in moved else 20) for at in numbers]  # fmt: skip
    fields = grb([capakey(at) for at in numbers]) | {"CANU": [f"{at}A" for at in numbers]}
    return write(name, fields, shapes)


def key_of(database: Connection, report: IngestReport) -> str:
    row = database.execute("SELECT key FROM dataset WHERE id = %s", [report.dataset]).fetchone()
    assert row is not None
    return str(row[0])


def test_the_list_of_changes_is_exact(database: Connection, write: Write) -> None:
    first = ingest(database, parcels(write, list(range(50))), "parcels")
    assert touched(database, first.dataset) is None
    second = ingest(database, parcels(write, [*range(1, 50), 60], moved=(7, 9)), "parcels")
    assert touched(database, second.dataset) == [capakey(at) for at in (0, 7, 9, 60)]
    rows = database.execute(
        "SELECT feature, change, ST_Area(ST_Envelope(place)) FROM dataset_change ORDER BY 1"
    ).fetchall()
    assert rows == [
        (capakey(0), "removed", 400), (capakey(7), "changed", 420.25), (capakey(9), "changed", 420.25),
        (capakey(60), "added", 400),
    ]  # fmt: skip


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_changes_of_any_two_versions(database: Connection, write: Write, data: st.DataObject) -> None:
    """Whatever is taken away, added and moved is listed, and nothing else, also where the order is another."""
    before = data.draw(st.lists(st.integers(0, 40), min_size=30, unique=True))
    after = data.draw(st.lists(st.integers(0, 40), min_size=30, unique=True))
    moved = tuple(data.draw(st.lists(st.sampled_from(after), max_size=4, unique=True)))
    database.execute("TRUNCATE run_result, run, measurement, batch, dataset, nis_change CASCADE")
    database.commit()
    ingest(database, parcels(write, before), "parcels")
    report = ingest(database, parcels(write, after, moved), "parcels")
    expected = {*before} ^ {*after} | {*moved}
    changes = len({*before} - {*after}) + len({*after} - {*before}) + 2 * len({*moved} & {*before})
    found = touched(database, report.dataset) if not report.already_loaded else []
    if changes <= 0.5 * (len(before) + len(after)):
        assert found == sorted(capakey(at) for at in expected)
    else:
        assert found is None


def test_the_same_rows_in_another_file_are_no_change(database: Connection, write: Write) -> None:
    first = ingest(database, parcels(write, list(range(20))), "parcels")
    second = ingest(database, parcels(write, list(reversed(range(20)))), "parcels")
    assert second.version == first.version + 1 and touched(database, second.dataset) == []


def test_parcels_near_a_change_of_a_layer(database: Connection, municipalities: Path, write: Write) -> None:
    ingest(database, parcels(write, list(range(100))), "parcels")
    layer = "overstromingsgevoelige_gebieden_fluviaal"
    areas = [square(173_000 + 300 * at, 169_990, 25) for at in range(8)]

    def flood(shapes: list[shapely.Polygon]) -> IngestReport:
        fields = {"gridcode": [3] * len(shapes), "id": list(range(len(shapes)))}
        return ingest(database, write("flood.gpkg", fields, shapes, layer=layer), "flood", covers="24062")

    flood(areas)
    changed = flood([*areas[:4], square(areas[4].bounds[0] + 30, 169_990, 25), *areas[5:]])
    # The area moved by a parcel: both the one it left and the one it came to are touched.
    assert touched(database, changed.dataset) == [capakey(40), capakey(41)]
    assert touched(database, changed.dataset, within_m=15) == [capakey(at) for at in (39, 40, 41, 42)]
    row = database.execute("SELECT feature, change FROM dataset_change WHERE dataset_id = %s", [changed.dataset])
    assert row.fetchall() == [("4", "changed")]


def test_one_version_before_is_kept_and_comes_back_at_once(database: Connection, write: Write, count: Count) -> None:
    reports = [ingest(database, parcels(write, list(range(20 + at))), "parcels") for at in range(4)]
    key = key_of(database, reports[-1])
    kept = database.execute("SELECT version, current FROM dataset ORDER BY version").fetchall()
    assert kept == [(3, False), (4, True)] and count("parcel") == 22 + 23
    before = previous(database, key)
    assert before is not None and (before.version, before.rows) == (3, 22)
    assert restore(database, key) == before and (current(database, key) or before).dataset == before.dataset
    live = "SELECT count(*) FROM parcel p JOIN dataset d ON d.id = p.dataset_id AND d.current"
    assert database.execute(live).fetchone() == (22,)
    # A second call takes the first one back.
    assert restore(database, key).version == 4
    assert database.execute(live).fetchone() == (23,)
    # After a rollback the next version takes the place of the one that counts, and the one rolled back goes.
    restore(database, key)
    database.commit()
    fifth = ingest(database, parcels(write, list(range(30))), "parcels")
    assert (fifth.version, previous(database, key)) == (5, before)
    assert database.execute("SELECT version FROM dataset ORDER BY 1").fetchall() == [(3,), (5,)]


def test_nothing_to_bring_back(database: Connection, write: Write) -> None:
    report = ingest(database, parcels(write, [1, 2]), "parcels")
    key = key_of(database, report)
    assert previous(database, key) is None and current(database, "nothing") is None
    with pytest.raises(NotFoundError, match="No earlier version"):
        restore(database, key)


def test_a_parcel_never_comes_back_into_two_datasets(database: Connection, write: Write) -> None:
    ingest(database, parcels(write, [1, 2, 3]), "parcels")
    second = ingest(database, parcels(write, [1, 2]), "parcels")
    other = ingest(database, parcels(write, [3], name="other.gpkg"), "parcels")
    with pytest.raises(UsageError, match=f"1 parcels of that version are held by dataset {other.dataset}"):
        restore(database, key_of(database, second))


def test_what_a_result_rests_on_stays(database: Connection, write: Write) -> None:
    first = ingest(database, parcels(write, [1, 2, 3]), "parcels")
    database.execute(
        """INSERT INTO batch (nis, datasets, digest, parcels, common, current)
           VALUES ('24062', jsonb_build_object('parcels', jsonb_build_array(%s::bigint)), 'x', 3, '{}', true)""",
        [first.dataset],
    )
    for at in range(3):
        ingest(database, parcels(write, [1, 2, 3, 4 + at]), "parcels")
    assert database.execute("SELECT version FROM dataset ORDER BY 1").fetchall() == [(1,), (3,), (4,)]


def test_a_parcel_a_run_rests_on_cannot_be_removed(demo_connection: Connection) -> None:
    row = demo_connection.execute("SELECT parcel_id FROM run_result LIMIT 1").fetchone()
    assert row is not None
    import psycopg

    with pytest.raises(psycopg.errors.ForeignKeyViolation, match="a run rests on parcel"):
        demo_connection.execute("DELETE FROM parcel WHERE id = %s", [row[0]])
    demo_connection.rollback()


def test_a_whole_register_has_a_table_of_its_own(
    database: Connection, parcels_file: Callable[..., Path], count: Count
) -> None:
    """The same rows, keys and indexes as in the shared table; it goes as a whole."""
    tables = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relname ~ '^parcel_[0-9]+$'"
    ours: list[IngestReport] = []
    told: list[tuple[int, int]] = []
    for at in range(3):
        ours.append(ingest(database, parcels_file(REGISTER + at), "parcels", rows=lambda *done: told.append(done)))
    assert count("parcel") == 2 * REGISTER + 3
    names = {row[0] for row in database.execute(tables)}
    mine = {f"parcel_{report.dataset}" for report in ours}
    assert names & mine == {f"parcel_{report.dataset}" for report in ours[1:]}
    assert touched(database, ours[2].dataset) == [capakey(REGISTER + 2)]
    indexes = {
        table: [
            row[0]
            for row in database.execute(
                "SELECT regexp_replace(indexdef, '.* USING ', '') FROM pg_indexes WHERE tablename = %s ORDER BY 1",
                [table],
            )
        ]
        for table in ("parcel_shared", f"parcel_{ours[2].dataset}")
    }
    assert len(set(map(tuple, indexes.values()))) == 1
    assert told[0] == (0, REGISTER) and told[-1] == (REGISTER + 2, REGISTER + 2) and len(told) > 6
    row = database.execute("SELECT count(DISTINCT id), bool_and(fingerprint IS NOT NULL) FROM parcel").fetchone()
    assert row == (2 * REGISTER + 3, True)
    restored = restore(database, key_of(database, ours[2]))
    assert restored.rows == REGISTER + 1


def test_the_copy_for_tiles_is_within_millimetres() -> None:
    from geodata.ingest.crs import to_tiles
    from geodata.ingest.landing_shapes import TileGrid

    rng = np.random.default_rng(2012)
    points = rng.uniform((20_000, 20_000), (299_000, 250_000), (20_000, 2))
    there = np.column_stack(to_tiles().transform(points[:, 0], points[:, 1]))
    grid = TileGrid(20_000, 20_000, 299_000, 250_000)
    assert np.abs(grid(points) - there).max() < 0.003
