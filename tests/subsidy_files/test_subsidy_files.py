"""Subsidy files: kept as answered, only ever added to, and read by the law of their own dates."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from geodata.database.engine import connect
from geodata.errors import NotFoundError, UsageError
from geodata.settings import Settings
from sites.law import CostLine, Project, evaluate
from sites.law.model import LANGUAGES
from sites.subsidy_files import NewFile, add_entry, day_of_file, find_file, list_files, open_file, stored_projects

RENOVATION = Project(
    region="flanders",
    site_type="residential",
    pitches=12,
    initiator="municipality",
    costs=(CostLine(type="renovation", amount=Decimal("100000.00")),),
    approved_in_principle=date(2017, 6, 1),
)


@pytest.fixture
def connection(settings: Settings) -> Iterator[psycopg.Connection[Any]]:
    with connect(settings) as found:
        yield found
        found.rollback()


def test_a_file_keeps_the_answer_of_its_own_day(connection: psycopg.Connection[Any]) -> None:
    day = day_of_file(RENOVATION, None, date(2026, 11, 23))
    assert day == date(2017, 6, 1)
    made = open_file(connection, NewFile("Renovatie Noordzee", RENOVATION, nis="24062", documents=["Raming"]), day)
    again = find_file(connection, made.id)
    assert again == made and again.as_of == day
    assert again.verdict == evaluate(RENOVATION, day).verdict
    assert set(again.assessment) == set(LANGUAGES)
    assert again.assessment["nl"]["cost_lines"][0]["subsidy"] == {"low": "90000.00", "high": "108900.00"}
    assert [one.text for one in again.documents] == ["Raming"] and again.notes == []
    assert (made.id, RENOVATION, day) in stored_projects(connection)


@pytest.mark.parametrize(
    ("dates", "as_of", "expected"),
    [
        ({}, None, date(2026, 11, 23)),
        ({"lodged": date(2016, 5, 1)}, None, date(2016, 5, 1)),
        ({"lodged": date(2016, 5, 1), "approved_finally": date(2018, 1, 2)}, None, date(2018, 1, 2)),
        ({"lodged": date(2016, 5, 1)}, date(2020, 1, 1), date(2020, 1, 1)),
    ],
)
def test_the_day_of_a_file_is_its_latest_date(dates: dict[str, date], as_of: date | None, expected: date) -> None:
    asked = Project(region="flanders", site_type="residential", **dates)
    assert day_of_file(asked, as_of, date(2026, 11, 23)) == expected


def test_entries_are_added_in_order_and_nothing_is_changed_even_by_sql(connection: psycopg.Connection[Any]) -> None:
    made = open_file(connection, NewFile("Inrichting", RENOVATION), date(2017, 6, 1))
    add_entry(connection, made.id, kind="note", text="  Raming   gevraagd ")
    found = add_entry(connection, made.id, kind="document", text="Advies lokaal woonoverleg")
    assert [(one.kind, one.text) for one in found.entries] == [
        ("note", "Raming gevraagd"),
        ("document", "Advies lokaal woonoverleg"),
    ]
    for statement in (
        "UPDATE subsidy_file SET verdict = 'yes'",
        "DELETE FROM subsidy_file",
        "TRUNCATE subsidy_file CASCADE",
        "UPDATE subsidy_file_entry SET text = 'x'",
        "DELETE FROM subsidy_file_entry",
        "TRUNCATE subsidy_file_entry",
    ):
        with pytest.raises(psycopg.errors.CheckViolation, match="keeps its rows"):
            connection.execute(statement)
        connection.rollback()
    assert find_file(connection, made.id) == found


@pytest.mark.parametrize("who", ["household", "private", "mediation_body", "other_legal_person", None])
def test_only_public_bodies_have_files(connection: psycopg.Connection[Any], who: str | None) -> None:
    before = len(list_files(connection))
    asked = RENOVATION.model_copy(update={"initiator": who})
    with pytest.raises(UsageError, match="public body"):
        open_file(connection, NewFile("x", asked), date(2017, 6, 1))
    assert len(list_files(connection)) == before


@pytest.mark.parametrize(("title", "document"), [("  ", "Raming"), ("Titel", " "), ("x" * 2001, "Raming")])
def test_a_refused_file_leaves_nothing_behind(connection: psycopg.Connection[Any], title: str, document: str) -> None:
    before = len(list_files(connection))
    with pytest.raises(UsageError, match=r"empty|characters"):
        open_file(connection, NewFile(title, RENOVATION, documents=[document]), date(2017, 6, 1))
    connection.rollback()
    assert len(list_files(connection)) == before


def test_a_file_that_is_not_there_is_said(connection: psycopg.Connection[Any]) -> None:
    with pytest.raises(NotFoundError, match="no subsidy file 987654"):
        add_entry(connection, 987654, kind="note", text="x")


# --- as a user would ----------------------------------------------------------------------------------------------


@pytest.fixture
def run(settings: Settings, program: Callable[..., str]) -> Callable[..., str]:
    """Call the program where the real database is empty."""
    return program


def test_the_commands_open_note_show_and_list_a_file(run: Any, settings: Settings) -> None:
    made = json.loads(
        run(
            "files", "new", "--title", "Doortrekkersterrein Haven", "--initiator", "municipality", "--municipality",
            "24062", "--type", "residential", "--pitches", "12", "--cost", "layout=1000000", "--lodged", "2017-03-01",
            "--approved-in-principle", "2017-06-01", "--document", "Raming", "--json",
        )
    )  # fmt: skip
    assert made["as_of"] == "2017-06-01" and made["region"] == "flanders"
    assert made["subsidy_total"] == {"low": "706200.00", "high": "854502.00"} and made["costs_total"] == "1000000.00"
    number = str(made["id"])
    assert "note added" in run("files", "note", number, "Advies gevraagd")
    assert "document added" in run("files", "note", number, "--document", "Advies")
    shown = json.loads(run("files", "show", number, "--lang", "fr", "--json"))
    assert [one["text"] for one in shown["documents"]] == ["Raming", "Advies"]
    assert [one["text"] for one in shown["notes"]] == ["Advies gevraagd"]
    assert "Selon les règles du 1er juin 2017" in shown["assessment"]["text"]
    listed = json.loads(run("files", "list", "--region", "flanders", "--json"))
    assert listed["count"] == len(listed["items"]) and listed["items"][0]["id"] == made["id"]
    assert json.loads(run("files", "list", "--region", "brussels", "--json"))["count"] == 0
    plain = run("files", "list")
    assert "Doortrekkersterrein Haven" in plain and "706200.00" in plain and "VL-2016" in plain


def test_files_are_served_inside_and_not_to_the_public(settings: Settings, run: Any) -> None:
    run("files", "new", "--title", "Ath", "--initiator", "municipality", "--region", "wallonia", "--type", "transit")
    with TestClient(create_app(settings)) as client:
        listed = client.get("/api/v1/files", params={"region": "wallonia", "lang": "fr"}).json()
        assert listed["items"][0]["title"] == "Ath" and listed["items"][0]["verdict_title"] == "inconnu"
        one = client.get(f"/api/v1/files/{listed['items'][0]['id']}").json()
        assert one["assessment"]["region"] == "wallonia"
        assert client.get("/api/v1/files/999999").status_code == 404
    with TestClient(create_app(settings, public=True)) as client:
        for address in ("/api/v1/files", f"/api/v1/files/{one['id']}"):
            refused = client.get(address)
            assert refused.status_code == 403 and refused.json()["remedy"]
