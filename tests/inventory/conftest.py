"""Fixtures of the inventory tests: an empty real database, the command line as a user calls it, Excel where it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from api.cli import main
from geodata.settings import Settings

Run = Callable[..., str]


@pytest.fixture
def empty(database: psycopg.Connection[Any]) -> psycopg.Connection[Any]:
    """A connection to the real database without any import."""
    database.execute("TRUNCATE inventory_record, inventory_private_total, inventory_import")
    database.commit()
    return database


@pytest.fixture
def run(settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Call the program as `standplaats WORDS`, expect an exit code, return what it printed."""
    monkeypatch.setenv("STANDPLAATS_HOME", str(settings.home))
    monkeypatch.delenv("STANDPLAATS_DEMO", raising=False)

    def call(*words: str, code: int = 0) -> str:
        monkeypatch.setattr("sys.argv", ["standplaats", *words])
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
def excel() -> Any:
    """The Excel library."""
    return pytest.importorskip("openpyxl", reason="openpyxl is not installed: Excel files are not tested")
