"""`standplaats doctor` and `/readyz` on the real cluster: a sound installation, and each way it can be off."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from fastapi.testclient import TestClient

from api import doctor
from api.app import create_app
from api.i18n import translator
from geodata.database.engine import connect, own_revision
from geodata.settings import Settings


@pytest.fixture(autouse=True)
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A page that is built, wherever the tests run."""
    (tmp_path / "index.html").write_text("<!doctype html>", encoding="utf-8")
    monkeypatch.setattr(doctor, "STATIC", tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=100 * 2**30))
    return tmp_path


def examined(settings: Settings, *, ahead: dt.timedelta = dt.timedelta(0)) -> dict[str, doctor.Finding]:
    found = doctor.examine(settings, translator("en"), now=dt.datetime.now(dt.UTC) + ahead)
    return {one.id: one for one in found}


@contextmanager
def schema(settings: Settings, revision: str) -> Iterator[None]:
    """The demo database says that it has another schema."""
    try:
        with connect(settings) as connection:
            connection.execute("UPDATE alembic_version SET version_num = %s", [revision])
            connection.commit()
        yield
    finally:
        with connect(settings) as connection:
            connection.execute("UPDATE alembic_version SET version_num = %s", [own_revision()])
            connection.commit()


def test_a_sound_installation(demo_settings: Settings, program: Callable[..., str]) -> None:
    with TestClient(create_app(demo_settings)):
        pass  # makes the role of what is published
    told = json.loads(program("doctor", "--demo", "--json"))
    states = {one["id"]: one["state"] for one in told["items"]}
    assert told["ok"] is True and told["count"] == len(states) == 10
    assert states == dict.fromkeys(states, "ok"), told
    assert all(one["remedy"] is None for one in told["items"])


def test_nothing_is_changed(demo_settings: Settings, home: Path) -> None:
    """Another home has no cluster, and has none afterwards."""
    elsewhere = demo_settings.model_copy(update={"home": home / "elsewhere"})
    found = examined(elsewhere)
    assert found["database"].state == "failed" and found["database"].remedy == "Run: standplaats db start."
    assert "schema" not in found and found["disk"].state == "ok"
    assert not (home / "elsewhere").exists()


def test_more_connections_than_the_server_allows(demo_settings: Settings) -> None:
    found = examined(demo_settings.model_copy(update={"workers": 64}))["connections"]
    assert found.state == "failed" and found.facts["wanted"] == 64 * (8 + 4 + 4)
    few = examined(demo_settings.model_copy(update={"workers": 4}))["connections"]
    assert few.state == "ok" and few.facts["wanted"] + few.facts["beside"] <= few.facts["allowed"]


@pytest.mark.parametrize(
    ("revision", "remedy"), [("0001", "Run: standplaats db migrate."), ("9999", "Update Standplaats.")]
)
def test_a_schema_of_another_program(demo_settings: Settings, revision: str, remedy: str) -> None:
    with TestClient(create_app(demo_settings)) as client, schema(demo_settings, revision):
        answer = client.get("/readyz")
        assert answer.status_code == 503
        told = answer.json()
        assert told["type"] == "/problems/database-unavailable" and told["remedy"] == remedy
        assert revision in told["detail"] and own_revision() in told["detail"]
        assert client.get("/readyz?lang=de").json()["detail"].startswith(f"Die Datenbank hat Schema {revision}")
        assert client.get("/healthz").status_code == 200
        found = examined(demo_settings)
        assert found["schema"].state == "failed" and found["schema"].remedy == remedy
        assert "sources" not in found and found["connections"].state == "ok"
    with TestClient(create_app(demo_settings)) as client:
        assert client.get("/readyz").status_code == 200


def test_clocks_apart_and_data_of_tomorrow(demo_settings: Settings) -> None:
    ahead, behind = dt.timedelta(hours=1), dt.timedelta(days=-400)
    assert examined(demo_settings)["clock"].state == "ok"
    found = examined(demo_settings, ahead=ahead)
    assert found["clock"].state == "failed" and 3500 < found["clock"].facts["seconds_apart"] < 3700
    assert examined(demo_settings, ahead=behind)["sources"].state == "failed"


def test_sources_grow_old(demo_settings: Settings) -> None:
    found = examined(demo_settings, ahead=dt.timedelta(days=2000))["sources"]
    assert found.state == "warning" and found.facts["stale"]
    assert found.remedy is not None and "standplaats update" in found.remedy


def test_an_empty_database_is_told(settings: Settings) -> None:
    found = examined(settings)["sources"]
    assert found.state == "warning" and found.facts == {"loaded": 0, "stale": []}


@pytest.mark.parametrize(("free", "state"), [(2**29, "failed"), (2 * 2**30, "warning"), (6 * 2**30, "ok")])
def test_space(demo_settings: Settings, monkeypatch: pytest.MonkeyPatch, free: int, state: str) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
    assert examined(demo_settings)["disk"].state == state


def test_a_page_that_is_not_built(demo_settings: Settings, built: Path) -> None:
    (built / "index.html").unlink()
    assert examined(demo_settings)["page"].state == "failed"


@pytest.mark.parametrize(
    ("language", "words"), [("nl", "niet in orde"), ("fr", "pas en ordre"), ("de", "nicht in Ordnung")]
)
def test_people_read_it_in_their_language(
    demo_settings: Settings, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], language: str,
    words: str,
) -> None:  # fmt: skip
    from api.cli import main

    monkeypatch.setenv("STANDPLAATS_HOME", str(home))
    monkeypatch.setattr("sys.argv", ["standplaats", "doctor", "--demo", "--workers", "64", "--lang", language])
    with pytest.raises(SystemExit) as stop:
        main()
    shown = capsys.readouterr().out
    assert stop.value.code == 1
    lines = [line for line in shown.splitlines() if line.startswith(words)]
    assert len(lines) == 1 and "1024" in lines[0], shown
