"""Fixtures of the whole suite: a real private cluster, the demo territory loaded once, real files where present."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import psycopg
import pytest

from api import logs
from api.cli import main
from api.commands.demo import load_territory, score_territory
from geodata.database.cluster import Cluster
from geodata.database.engine import connect
from geodata.settings import Settings

ROOT = Path(__file__).resolve().parent.parent

# No test asserts a time: on a busy machine an example takes as long as it takes. The same tree gives the same answer every
# time; `--full` draws other examples in every run.
hypothesis.settings.register_profile(
    "house", deadline=None, derandomize=not os.environ.get("STANDPLAATS_TEST_FULL"), print_blob=True
)
hypothesis.settings.load_profile("house")

# As `serve` does it: what a command prints and what the service logs never mix.
logs.configure()

#: A small territory that still holds every phenomenon.
SCALE = 0.05


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long matrices run only with `./standplaats test --full`."""
    if os.environ.get("STANDPLAATS_TEST_FULL"):
        return
    skip = pytest.mark.skip(reason="long matrix: run ./standplaats test --full")
    for item in items:
        if item.get_closest_marker("full"):
            item.add_marker(skip)


def pytest_report_header() -> list[str]:
    """Versions of all that decides an answer, so that every log tells what ran."""
    import numpy
    import pyogrio
    import pyproj
    import shapely

    return [
        f"numpy {numpy.__version__}, shapely {shapely.__version__} (GEOS {shapely.geos_version_string}), "
        f"pyproj {pyproj.__version__} (PROJ {pyproj.proj_version_str}), pyogrio {pyogrio.__version__} "
        f"(GDAL {pyogrio.__gdal_version_string__})"
    ]


@pytest.fixture(scope="session")
def home() -> Iterator[Path]:
    """Data folder of a private cluster for this session; stopped and removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix="sp-"))
    folder.chmod(0o755)
    yield folder
    Cluster(folder).stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def demo_settings(home: Path) -> Settings:
    """The demo database with a small territory loaded, measured and scored by the ordinary commands."""
    settings = Settings(home=home, demo=True, database_url=None, lang="en")
    load_territory(settings, scale=SCALE)
    score_territory(settings)
    return settings


@pytest.fixture
def program(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Call the program as `standplaats WORDS` on the session's data folder, expect an exit code, return what it says.

    That is standard output, or standard error where it is to fail.
    """
    monkeypatch.setenv("STANDPLAATS_HOME", str(home))
    for name in ("STANDPLAATS_DEMO", "STANDPLAATS_DATABASE_URL", "STANDPLAATS_LANG"):
        monkeypatch.delenv(name, raising=False)

    def call(*words: object, code: int = 0) -> str:
        monkeypatch.setattr("sys.argv", ["standplaats", *map(str, words)])
        try:
            main()
            ended = 0
        except SystemExit as stop:
            ended = int(stop.code or 0)
        shown = capsys.readouterr()
        assert ended == code, shown.err
        return shown.out if code == 0 else shown.err

    return call


@pytest.fixture
def demo_connection(demo_settings: Settings) -> Iterator[psycopg.Connection[Any]]:
    """A connection to the demo database; whatever the test changes is rolled back."""
    with connect(demo_settings) as connection:
        yield connection
        connection.rollback()


@pytest.fixture
def settings(home: Path) -> Iterator[Settings]:
    """The real database of the session's cluster, emptied before the test."""
    chosen = Settings(home=home, demo=False, database_url=None, lang="en")
    with connect(chosen) as connection:
        connection.execute("TRUNCATE run_result, run, measurement, batch, dataset, nis_change CASCADE")
        connection.commit()
    yield chosen


@pytest.fixture
def database(settings: Settings) -> Iterator[psycopg.Connection[Any]]:
    """A connection to the emptied real database."""
    with connect(settings) as connection:
        yield connection
        connection.rollback()


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder with real Belgian files; tests that need it are skipped where it is absent."""
    given = os.environ.get("STANDPLAATS_DATA_ROOT")
    folder = Path(given) if given else ROOT.parent / "shared" / "data" / "real"
    if not (folder / "SOURCES.md").is_file():
        pytest.skip(f"real sample files are absent: set STANDPLAATS_DATA_ROOT (looked in {folder.name})")
    return folder
