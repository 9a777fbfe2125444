"""Malformed and hostile files: a clear refusal or only the good rows, never a crash, a trace or half a dataset."""

from __future__ import annotations

import socket
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import shapely
from hostile_files import CORPUS, GOOD, Case, Landed, gml, parcels, text
from ingest_samples import Connection, Count

from geodata.errors import InputError
from geodata.ingest import ingest, sandbox


@pytest.fixture
def no_traces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for temporary files of its own, which must be empty at the end."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    assert list(folder.iterdir()) == []


def test_the_corpus_is_as_large_as_promised() -> None:
    names = [case.name for case in CORPUS]
    assert len(set(names)) == len(names) >= 40


@pytest.mark.parametrize("case", CORPUS, ids=[case.name for case in CORPUS])
def test_hostile_file(database: Connection, count: Count, tmp_path: Path, no_traces: Path, case: Case) -> None:
    folder = tmp_path / "given"
    folder.mkdir()
    path = case.make(folder)
    before = sorted(one.name for one in folder.iterdir()) if folder.exists() else []
    if isinstance(case.said, Landed):
        report = ingest(database, path, case.kind)
        assert (report.loaded, report.reasons) == (case.said.rows, case.said.reasons)
        row = database.execute("SELECT count(*), bool_and(ST_IsValid(geom)), max(ST_Area(geom)) FROM parcel").fetchone()
        assert row is not None and row[:2] == (case.said.rows, True) and 0 < row[2] < 1e6
    else:
        with pytest.raises(InputError, match=case.said) as caught:
            ingest(database, path, case.kind)
        assert path.name in caught.value.message and caught.value.remedy
        assert (count("dataset"), count("parcel"), count("dem_tile")) == (0, 0, 0)
    # Nothing is written beside the file either.
    assert sorted(one.name for one in folder.iterdir()) == before


def test_curves_are_drawn_out(database: Connection, tmp_path: Path) -> None:
    circle = next(case for case in CORPUS if case.name == "curves")
    ingest(database, circle.make(tmp_path), "parcels")
    row = database.execute("SELECT area_m2, ST_NDims(geom) FROM parcel").fetchone()
    assert row is not None and row[0] == pytest.approx(np.pi * 100, rel=0.01) and row[1] == 2


def test_nobody_is_called(database: Connection, tmp_path: Path) -> None:
    """A schema on a server is not fetched: the server hears nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        heard: list[object] = []
        threading.Thread(target=lambda: heard.append(server.accept()), daemon=True).start()
        address = f"http://127.0.0.1:{server.getsockname()[1]}"
        attributes = f'xsi:schemaLocation="http://ogr.maptools.org/ {address}/schema.xsd"'
        path = text("parcels.gml", gml(attributes=attributes))(tmp_path)
        assert ingest(database, path, "parcels").loaded == 1
        assert heard == []


def test_an_unreadable_file(database: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Root may read everything, so the system's answer is given in its place."""
    path = parcels(tmp_path, GOOD[:3])

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(InputError, match=r"parcels.gpkg: the file cannot be read \(Permission denied\)"):
        ingest(database, path, "parcels")


def test_two_million_corners(database: Connection, tmp_path: Path) -> None:
    """One area with more corners than a whole layer lands in pieces that an index can tell apart."""
    n = 2_000_000
    angle = np.linspace(0, 2 * np.pi, n, endpoint=False)
    radius = 4_000 + 300 * np.sin(40 * angle) + 2 * np.sin(5_000 * angle)
    star = shapely.Polygon(np.column_stack([170_000 + radius * np.cos(angle), 170_000 + radius * np.sin(angle)]))
    import geopandas as gpd

    path = tmp_path / "flood.gpkg"
    frame = gpd.GeoDataFrame({"gridcode": [3], "id": [1]}, geometry=gpd.GeoSeries([star], crs="EPSG:31370"))
    frame.to_file(path, layer="overstromingsgevoelige_gebieden_fluviaal", driver="GPKG", engine="pyogrio")
    report = ingest(database, path, "flood")
    assert (report.read, report.loaded, report.refused) == (1, 1, 0)
    row = database.execute(
        "SELECT count(*), max(ST_NPoints(geom)), sum(ST_Area(geom)), count(DISTINCT feature_id) FROM constraint_area"
    ).fetchone()
    assert row is not None
    assert row[0] > 100 and row[1] <= 4_096 and row[3] == 1
    assert row[2] == pytest.approx(star.area, rel=1e-9)


_STAND_IN = """
import os, signal, sys, time
sys.stdin.buffer.readline()
{what}
"""


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("os.kill(os.getpid(), signal.SIGSEGV)", r"the file makes its reader crash \(SIGSEGV\)"),
        ("os.abort()", r"the file makes its reader crash \(SIGABRT\)"),
        ("sys.exit(3)", r"the file makes its reader crash \(code 3\)"),
        ("signal.alarm(1); time.sleep(60)", "reading it took longer than"),
        ("os.write(1, b'no json' + bytes([10])); time.sleep(60)", "the file makes its reader crash"),
    ],
)
def test_a_reader_that_fails_is_a_message(
    database: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str, said: str
) -> None:
    path = parcels(tmp_path, GOOD[:3])
    script = tmp_path / "a" / "b" / "reader.py"
    script.parent.mkdir(parents=True)
    script.write_text(_STAND_IN.format(what=what))
    sandbox.close_all()
    with monkeypatch.context() as changed:
        changed.setattr(sandbox, "_SCRIPT", script)
        with pytest.raises(InputError, match=said) as caught:
            ingest(database, path, "parcels")
        assert "parcels.gpkg" in caught.value.message and caught.value.remedy
    # The next file gets a reader that works.
    assert ingest(database, path, "parcels").loaded == 3


def test_a_reader_without_memory_is_a_message(
    database: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = parcels(tmp_path, GOOD, "parcels.geojson")
    sandbox.close_all()
    with monkeypatch.context() as changed:
        changed.setattr(sandbox, "MEMORY", 200 * 1024**2)
        with pytest.raises(InputError, match=r"memory|crash") as caught:
            ingest(database, path, "parcels")
        assert "parcels.geojson" in caught.value.message
    assert ingest(database, path, "parcels").loaded == 300


def test_a_reader_is_kept_and_does_not_outlive_its_use(tmp_path: Path) -> None:
    sandbox.close_all()
    path = parcels(tmp_path, GOOD[:3])
    first = sandbox.ask(path, "layers")
    waiting = list(sandbox._idle)
    assert first["layers"] == ["parcels"] and len(waiting) == 1
    sandbox.ask(path, "layers")
    assert sandbox._idle == waiting and waiting[0].process.poll() is None
    sandbox.close_all()
    assert waiting[0].process.poll() is not None
