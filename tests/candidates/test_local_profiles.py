"""Local sets of criteria in the database: versions that stay, and the commands."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml

from geodata.database.engine import connect
from geodata.errors import NotFoundError, RuleError, UsageError
from geodata.settings import Settings
from sites.candidates.local_profiles import (
    add_profile,
    changes_of,
    find_profile,
    list_versions,
    profile_for,
)
from sites.suitability import load_profile
from sites.suitability.local import LocalProfile, local_profile

BASE = load_profile("flanders", "residential")


def asked(weight: float = 30, **more: Any) -> dict[str, Any]:
    """A local set as it is written in a file."""
    told = {
        "id": "one-place", "base": BASE.id, "base_version": BASE.version, "nis": ["99001"], "who": "municipal_planner",
        "why": "Schools count most here.", "date": "2026-11-26",
        "changes": [
            {"kind": "weight", "criterion": "school", "weight": weight},
            {"kind": "threshold", "constraint": "railway", "field": "conditional_below", "value": 90},
        ],
    }  # fmt: skip
    return told | more


def made(**more: Any) -> LocalProfile:
    return local_profile(asked(**more))


@pytest.fixture
def empty(demo_settings: Settings) -> Iterator[psycopg.Connection[Any]]:
    """The demo database, with no local set before and after."""
    with connect(demo_settings) as connection:
        _clear(connection)
        yield connection
        connection.rollback()
        _clear(connection)


def _clear(connection: psycopg.Connection[Any]) -> None:
    """What only the owner of a test database may do."""
    connection.execute("ALTER TABLE local_profile DISABLE TRIGGER USER")
    connection.execute("DELETE FROM local_profile")
    connection.execute("ALTER TABLE local_profile ENABLE TRIGGER USER")
    connection.commit()


def test_every_version_stays(empty: psycopg.Connection[Any]) -> None:
    first, second = add_profile(empty, made()), add_profile(empty, made(weight=50))
    assert [(one.profile_id, one.version) for one in list_versions(empty)] == [("one-place", 1), ("one-place", 2)]
    assert first.profile.weights["school"] < second.profile.weights["school"]
    assert find_profile(empty, "one-place", 1).profile == first.profile
    assert profile_for(empty, "one-place").version == "2" and profile_for(empty, BASE.id) == BASE
    places = {one["place"] for one in changes_of(first)}
    assert places == {"criteria.school.weight", "constraints.railway.conditional_below"}
    assert load_profile("flanders", "residential") == BASE


@pytest.mark.parametrize(
    "statement", ["UPDATE local_profile SET why = 'x'", "DELETE FROM local_profile", "TRUNCATE local_profile"]
)
def test_no_statement_changes_what_is_stored(empty: psycopg.Connection[Any], statement: str) -> None:
    add_profile(empty, made())
    with pytest.raises(psycopg.errors.CheckViolation, match="keeps its rows"):
        empty.execute(statement.encode())
    empty.rollback()
    assert len(list_versions(empty)) == 1


def test_what_is_not_stored(empty: psycopg.Connection[Any]) -> None:
    add_profile(empty, made())
    refused: list[tuple[dict[str, Any], type[Exception], str]] = [
        ({}, UsageError, "says the same"),
        ({"weight": 3, "nis": ["99002"]}, UsageError, "is the set of 99001"),
        ({"id": BASE.id}, UsageError, "is a published set"),
        ({"base": "flanders-castle"}, NotFoundError, "no published set of criteria flanders-castle"),
        ({"changes": [{"kind": "drop", "id": "flood"}]}, RuleError, "flood cannot be dropped"),
    ]
    for more, kind, told in refused:
        with pytest.raises(kind, match=told):
            add_profile(empty, made(**more))
    assert len(list_versions(empty)) == 1
    with pytest.raises(NotFoundError, match="one-place version 7"):
        find_profile(empty, "one-place", 7)


def test_commands(
    empty: psycopg.Connection[Any], demo_settings: Settings, program: Callable[..., str], tmp_path: Path
) -> None:
    file = tmp_path / "set.yaml"
    file.write_text(yaml.safe_dump(asked()), encoding="utf-8")
    assert "one-place version 1, made from flanders-residential" in program("profiles", "add", str(file), "--demo")
    listed = json.loads(program("profiles", "list", "--demo", "--json"))
    assert listed["count"] == 16 and listed["items"][-1]["id"] == "one-place"
    shown = json.loads(program("profiles", "show", "one-place", "--demo", "--json"))
    assert shown["base"] == f"{BASE.id} {BASE.version}"
    assert "School" in program("profiles", "show", BASE.id, "--demo")
    assert "Schule" in program("profiles", "show", "one-place", "--demo", "--lang", "de")
    differs = json.loads(program("profiles", "diff", "one-place", "--demo", "--json"))
    assert {one["place"]: one["after"] for one in differs["items"]}["criteria.school.weight"] == 30
    assert "90" in program("profiles", "diff", "one-place", "--demo")
    file.write_text(yaml.safe_dump(asked(changes=[{"kind": "drop", "id": "isolation"}])), encoding="utf-8")
    assert "isolation cannot be dropped" in program("profiles", "add", str(file), "--demo", code=1)
