"""`standplaats ingest`: report, JSON, exit codes; the demo database is another one."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
import typer
from ingest_samples import Write, capakey, grb, square
from rich.console import Console
from typer.testing import CliRunner

from api.commands.ingest import ingest_command
from geodata.errors import InputError, NotFoundError
from geodata.settings import Settings

app = typer.Typer()
app.command("ingest")(ingest_command)


@pytest.fixture
def run(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Run the command on the test's cluster; returns what it prints."""
    monkeypatch.setenv("STANDPLAATS_HOME", str(settings.home))

    def call(*arguments: str) -> str:
        result = CliRunner().invoke(app, list(arguments), catch_exceptions=False, standalone_mode=False)
        return result.stdout

    return call


def test_json_report(run: Callable[..., str], parcels_file: Callable[..., Path]) -> None:
    path = str(parcels_file(3))
    first = json.loads(run(path, "--as", "parcels", "--json"))
    assert (first["read"], first["loaded"], first["refused"]) == (3, 3, 0)
    assert first["crs"]["how"] == "declared" and first["source"] == "grb-adp" and first["covers"] is None
    second = json.loads(run(path, "--as", "parcels", "--json"))
    assert second["already_loaded"] and second["dataset"] == first["dataset"]


def test_readable_report(run: Callable[..., str], parcels_file: Callable[..., Path]) -> None:
    shown = run(str(parcels_file(3)), "--as", "parcels")
    assert "read 3, loaded 3, repaired 0, refused 0" in shown and "CRS EPSG:31370 (declared)" in shown


def test_the_bar_counts_rows_on_a_terminal_only(
    run: Callable[..., str], parcels_file: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "api.commands.ingest.err"
    with StringIO() as quiet, StringIO() as lively:
        monkeypatch.setattr(name, Console(file=quiet, width=100))
        shown = run(str(parcels_file(3)), "--as", "parcels", "--lang", "nl")
        assert quiet.getvalue() == "" and re.search(r"s, \d+ rijen/s\n", shown)
        monkeypatch.setattr(name, Console(file=lively, width=100, force_terminal=True))
        path = parcels_file(4)
        again = run(str(path), "--as", "parcels", "--lang", "nl")
        assert "4/4 rijen" in lively.getvalue() and path.name in lively.getvalue()
        assert "4/4" not in again


def test_reasons_are_sentences_with_rows_to_look_up(run: Callable[..., str], write: Write) -> None:
    keys = ["nonsense", *(capakey(at) for at in range(1, 4)), capakey(3)]
    path = str(write("p.gpkg", grb(keys), [square(173_000 + 20 * at, 170_000) for at in range(5)]))
    shown = run(path, "--as", "parcels", "--lang", "nl")
    assert "gelezen 5, geladen 3, hersteld 0, geweigerd 2" in shown
    assert "1 × de sleutel is geen CAPAKEY (rijen 1) [invalid_capakey]" in shown
    assert "1 × de sleutel staat eerder in het bestand (rijen 5) [duplicate_capakey]" in shown
    dataset = json.loads(run(path, "--as", "parcels", "--json"))
    assert dataset["examples"] == {"duplicate_capakey": [5], "invalid_capakey": [1]}
    assert dataset["reasons"] == {"duplicate_capakey": 1, "invalid_capakey": 1}
    listed = run("--show-refused", str(dataset["dataset"]), "--lang", "en")
    assert "NONSENSE" in listed and "the key is no CAPAKEY" in listed
    document = json.loads(run("--show-refused", str(dataset["dataset"]), "--json", "--lang", "en"))
    assert document["count"] == 2
    assert [(one["row"], one["reason"]) for one in document["items"]] == [
        (1, "invalid_capakey"),
        (5, "duplicate_capakey"),
    ]


def test_nothing_refused(run: Callable[..., str], parcels_file: Callable[..., Path]) -> None:
    dataset = json.loads(run(str(parcels_file(2)), "--as", "parcels", "--json"))["dataset"]
    assert "No row was refused." in run("--show-refused", str(dataset), "--lang", "en")
    with pytest.raises(NotFoundError, match="no dataset 987654"):
        run("--show-refused", "987654")


def test_help_lists_the_kinds(run: Callable[..., str]) -> None:
    shown = run("--help")
    assert "zoning-gewestplan" in shown and "ownership" in shown


def test_errors_reach_the_top(run: Callable[..., str], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no such file"):
        run(str(tmp_path / "nowhere.gpkg"), "--as", "parcels")
