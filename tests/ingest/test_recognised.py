"""Rows that stand in the version before, byte for byte, are not looked at again: nothing else may differ by that."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ingest_samples import Connection, Write, capakey, grb, square

from geodata.ingest import IngestReport, ingest
from geodata.ingest.as_read import Bytes, row_sums
from geodata.ingest.landing_shapes import Raw, Shapes, TileGrid, few_on_grid
from geodata.ingest.read import _Rows
from geodata.ingest.versions import touched

_CONTENT = """SELECT capakey, nis, nis_how, canu, area_m2, official_area_m2, ref_date, attributes, fingerprint, as_read,
                  ST_AsBinary(geom), ST_SRID(geom), ST_AsBinary(geom_3857), ST_SRID(geom_3857)
              FROM parcel WHERE dataset_id = %s ORDER BY capakey"""
#: Columns of the report that are those of one load.
_OWN = ("dataset", "version", "seconds", "already_loaded")


@pytest.fixture(autouse=True)
def small_registers(database: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten parcels are a register; tables that other tests left are gone."""
    emptied(database)
    monkeypatch.setattr("geodata.ingest.rows.REGISTER", 10)
    monkeypatch.setattr("geodata.ingest.run.REGISTER", 10)


@pytest.fixture
def shapes_made(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Numbers of shapes that were made of what was read, one for each part of a file of parcels."""
    made: list[int] = []
    ours = _Rows._shapes

    def counting(self: _Rows, wkb: Any) -> Any:
        made.append(len(wkb))
        return ours(self, wkb)

    monkeypatch.setattr(_Rows, "_shapes", counting)
    return made


def lots(write: Write, numbers: list[int], change: Callable[[dict[str, Any], list[Any]], None] | None = None) -> Path:
    """Parcels by number, each in its place, after `change` of their fields and shapes."""
    shapes: list[Any] = [square(173_000 + 30 * (at % 100), 170_000 + 30 * (at // 100)) for at in numbers]
    fields = grb([capakey(at) for at in numbers]) | {"CANU": [f"{at}A" for at in numbers]}
    if change is not None:
        change(fields, shapes)
    return write("lots.gpkg", fields, shapes)


def alone(database: Connection, path: Path) -> tuple[IngestReport, list[Any]]:
    """Report and rows of a file loaded where nothing was before; all is taken away again."""
    emptied(database)
    report = ingest(database, path, "parcels")
    rows = database.execute(_CONTENT, [report.dataset]).fetchall()
    emptied(database)
    return report, rows


def emptied(database: Connection) -> None:
    database.execute(
        """DELETE FROM parcel; TRUNCATE run_result, run, measurement, batch, nis_change CASCADE;
           DELETE FROM dataset WHERE kind = 'parcels'"""
    )
    for table in orphans(database):
        database.execute(f"DROP TABLE {table}".encode())
    database.commit()


def same(ours: IngestReport, theirs: IngestReport) -> bool:
    return all(value == theirs.as_dict()[key] for key, value in ours.as_dict().items() if key not in _OWN)


def orphans(database: Connection) -> list[str]:
    """Tables of registers that belong to no dataset."""
    rows = database.execute(
        """SELECT relname FROM pg_class WHERE relkind = 'r' AND relname ~ '^parcel_[0-9]+$'
           AND NOT EXISTS (SELECT FROM dataset WHERE 'parcel_' || id = relname)"""
    ).fetchall()
    return [row[0] for row in rows]


def moved(fields: dict[str, Any], shapes: list[Any]) -> None:
    shapes[3], shapes[17] = square(173_500, 171_000, 12), square(173_600, 171_000, 13)


def told(fields: dict[str, Any], shapes: list[Any]) -> None:
    """Rows of which the report says something: repaired, narrow, an old code, a code far away, none, refused ones."""
    x, y = 174_000.0, 171_000.0
    shapes[0] = shapely.Polygon([(x, y), (x + 20, y + 20), (x + 20, y), (x, y + 20)])
    shapes[1] = shapely.box(x, y + 50, x + 90, y + 50.05)
    shapes[2] = None
    shapes[3] = shapely.box(4e6, 3e6, 4e6 + 1, 3e6 + 1)
    fields["NISCODE"][4], fields["NISCODE"][5], fields["NISCODE"][6] = "24086", "99999", None
    fields["CAPAKEY"][7] = "no key"
    fields["CAPAKEY"][8] = fields["CAPAKEY"][9]


def both(fields: dict[str, Any], shapes: list[Any]) -> None:
    told(fields, shapes)
    shapes[20] = square(173_500, 171_000, 12)


@pytest.mark.parametrize(
    ("before", "after", "made"),
    [(None, moved, 2), (None, None, 1), (told, both, 10), (moved, None, 2)],
    ids=["moved", "one more", "told", "moved back"],
)
def test_a_version_is_what_it_would_be_alone(
    database: Connection, municipalities: Path, write: Write, shapes_made: list[int], before: Any, after: Any, made: int
) -> None:
    numbers = list(range(40)) + ([50] if after is None and before is None else [])
    expected, rows = alone(database, lots(write, numbers, after))
    ingest(database, lots(write, list(range(40)), before), "parcels")
    shapes_made.clear()
    report = ingest(database, lots(write, numbers, after), "parcels")
    assert database.execute(_CONTENT, [report.dataset]).fetchall() == rows
    assert same(report, expected)
    # Only what differs, and what the report speaks of, is made into shapes.
    assert sum(shapes_made) == made
    assert orphans(database) == []


def test_the_list_of_changes_is_the_same(database: Connection, municipalities: Path, write: Write) -> None:
    ingest(database, lots(write, list(range(40)), told), "parcels")
    report = ingest(database, lots(write, [*range(39), 60], both), "parcels")
    assert touched(database, report.dataset) == [capakey(at) for at in (20, 39, 60)]
    row = database.execute("SELECT count(*), count(DISTINCT id) FROM parcel WHERE dataset_id = %s", [report.dataset])
    assert row.fetchone() == (report.loaded, report.loaded)


def test_a_new_row_with_the_key_of_an_unchanged_one(database: Connection, municipalities: Path, write: Write) -> None:
    """Which of the two is refused is for all rows together to tell: then all are read."""

    def twice(fields: dict[str, Any], shapes: list[Any]) -> None:
        fields["CAPAKEY"][0] = fields["CAPAKEY"][20]

    expected, rows = alone(database, lots(write, list(range(40)), twice))
    assert expected.reasons == {"duplicate_capakey": 1}
    ingest(database, lots(write, list(range(40))), "parcels")
    report = ingest(database, lots(write, list(range(40)), twice), "parcels")
    assert same(report, expected) and database.execute(_CONTENT, [report.dataset]).fetchall() == rows
    assert orphans(database) == []


def test_a_row_that_stands_in_the_file_twice(database: Connection, municipalities: Path, write: Write) -> None:
    def twice(fields: dict[str, Any], shapes: list[Any]) -> None:
        for values in fields.values():
            values[0] = values[20]
        shapes[0] = shapes[20]

    expected, rows = alone(database, lots(write, list(range(40)), twice))
    assert expected.reasons == {"duplicate_row": 1}
    ingest(database, lots(write, list(range(40))), "parcels")
    report = ingest(database, lots(write, list(range(40)), twice), "parcels")
    assert same(report, expected) and database.execute(_CONTENT, [report.dataset]).fetchall() == rows


def test_other_boundaries_are_asked_again(
    database: Connection, write: Write, shapes_made: list[int], municipalities: Path
) -> None:
    first = ingest(database, lots(write, list(range(40))), "parcels")
    database.execute("UPDATE dataset SET current = false WHERE kind = 'municipalities'")
    database.commit()
    shapes_made.clear()
    second = ingest(database, lots(write, list(range(40)), moved), "parcels")
    # A code that no loaded municipality has: what a row meant before means nothing now.
    assert sum(shapes_made) == 42 and second.version == first.version + 1 and orphans(database) == []


def test_the_same_file_again_leaves_nothing(database: Connection, municipalities: Path, write: Write) -> None:
    path = lots(write, list(range(40)))
    first = ingest(database, path, "parcels")
    again = ingest(database, path, "parcels")
    assert again.already_loaded and again.dataset == first.dataset and orphans(database) == []


_CELLS = st.one_of(
    st.none(), st.tuples(st.integers(-(2**40), 2**40), st.sampled_from(["", "a", "é", "ab"]), st.floats(-1e6, 1e6))
)


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(_CELLS, min_size=1, max_size=30), cut=st.integers(0, 30))
def test_checksums_tell_rows_apart_and_nothing_else(rows: list[Any], cut: int) -> None:
    def batch(given: list[Any]) -> Any:
        columns = [[one and one[at] for one in given] for at in range(3)]
        kinds = (pa.int64(), pa.string(), pa.float64())
        arrays = [pa.array(values, type=kind) for values, kind in zip(columns, kinds, strict=True)]
        return pa.record_batch(arrays, ["a", "b", "c"])

    names = ["a", "b", "c"]
    whole = row_sums(batch(rows), names)
    parts = [row_sums(batch(one), names) for one in (rows[:cut], rows[cut:]) if one]
    sliced = [row_sums(one, names) for one in (batch(rows).slice(0, cut), batch(rows).slice(cut)) if len(one)]
    assert (np.concatenate(parts) == whole).all() and (np.concatenate(sliced) == whole).all()
    # Minus zero is another number in the file.
    told = [None if one is None else (*one[:2], one[2].hex()) for one in rows]
    assert len(set(whole.tolist())) == len(set(told))
    assert not set(whole.tolist()) & set(row_sums(batch(rows), ["a", "c", "b"]).tolist())


@st.composite
def areas(draw: st.DrawFn) -> Any:
    """A polygon with or without a hole, alone or as one of several."""
    x, y = draw(st.integers(20_000, 20_900)), draw(st.integers(20_000, 20_900))
    size = draw(st.integers(3, 60))
    outer = shapely.box(x, y, x + size, y + size).exterior
    holes = [shapely.box(x + 1, y + 1, x + 2, y + 2).exterior] if draw(st.booleans()) else []
    one = shapely.Polygon(outer, holes)
    if draw(st.booleans()):
        return one
    more = [shapely.box(x + 100 * at, y, x + 100 * at + 5, y + 7) for at in range(1, draw(st.integers(1, 3)))]
    return shapely.MultiPolygon([one, *more])


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(drawn=st.lists(areas(), min_size=60, max_size=80), cuts=st.lists(st.integers(0, 80), max_size=3))
def test_shapes_as_they_stand_land_as_drawn_ones(drawn: list[Any], cuts: list[int]) -> None:
    """Compiled or by the geometry library, the bytes on the wire and the checksums are the same."""
    shapes = np.array(drawn, dtype=object)
    several = np.array([one if one.geom_type == "MultiPolygon" else shapely.MultiPolygon([one]) for one in drawn])
    edges = [0, *sorted(min(one, len(drawn)) for one in cuts), len(drawn)]
    arrays = [pa.array(list(shapely.to_wkb(shapes[start:stop])), type=pa.binary()) for start, stop in pairwise(edges)]
    raw = Raw(Bytes.of(arrays), np.arange(len(drawn)), np.zeros(len(drawn), dtype=bool))
    ours, theirs = Shapes(several.copy(), raw, register=True), Shapes(several.copy(), register=True)
    theirs.grid = ours.grid
    assert ours.grid is not None
    stop = len(drawn) - 5
    for landed, other in ((raw.part(3, stop, ours.grid), theirs.part(3, stop)),):
        assert landed is not None
        assert (landed.checksum == other.checksum).all()
        for mine, its in ((landed.geom, other.geom), (landed.geom_3857, other.geom_3857)):
            found, expected = (shapely.from_wkb(_bytes(one)) for one in (mine, its))
            assert (shapely.get_srid(found) == shapely.get_srid(expected)).all()
            assert shapely.equals_exact(found, expected, 1e-6).all()


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_every_grid_gives_a_point_the_same_place(seed: int) -> None:
    """A corner that is shared with a parcel of an earlier version stays shared."""
    points = np.random.default_rng(seed).uniform((50_000, 30_000), (60_000, 40_000), (200, 2)).round(3)
    whole, part = TileGrid(0, 18_000, 90_000, 90_000), TileGrid(*points.min(axis=0), *points.max(axis=0))
    assert (whole(points) == part(points)).all() and (whole(points) == few_on_grid(points)).all()


def _bytes(column: Any) -> Any:
    from geodata.database.wire import join

    return np.array(join(column.pieces).to_pylist(), dtype=object)
