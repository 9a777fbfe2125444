"""What the people of a place know of a source: said on the command line, kept with its reason, refused where it cannot be."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from geodata.errors import InputError
from geodata.settings import Settings
from geodata.sources.catalogue import catalogue
from geodata.sources.known import read_known


@pytest.fixture
def say(settings: Settings, program: Callable[..., str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    monkeypatch.setattr(Settings, "sources_folder", tmp_path / "sources")
    return program


def test_said_once_and_shown_again(say: Any, tmp_path: Path) -> None:
    say("sources", "complete", "osm", "-m", "24062", "--why", "walked every street")
    say("sources", "complete", "osm", "-m", "21004", "--why", "compared with the register")
    say("sources", "complete", "osm", "-m", "24062", "--why", "walked every street twice")
    shown = json.loads(say("sources", "complete", "osm", "--json"))
    assert [(one["nis"], one["why"]) for one in shown["complete"]] == [
        ("21004", "compared with the register"), ("24062", "walked every street twice"),
    ]  # fmt: skip
    say(
        "sources", "control-point", "sol", "185000", "130000", "--expects", "7", "--field", "ID", "--why", "seen on map"
    )
    told = say("sources", "control-point", "sol", "--lang", "nl")
    assert "ID = 7" in told and "seen on map" in told
    known = read_known(tmp_path / "sources")
    source = known.with_points(catalogue()["sol"])
    assert [(one.x, one.y, one.field, one.expects) for one in source.control_points] == [(185000, 130000, "ID", "7")]
    assert catalogue()["sol"].control_points == [], "the catalogue itself is never changed"
    assert known.complete_in(catalogue()["osm"], ("24062", "11002")) == ("24062",)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("complete", "sol", "-m", "24062", "--why", "I think so"), "nobody can declare it complete"),
        (("complete", "osm", "-m", "24062"), "A reason is needed"),
        (("complete", "osm", "-m", "99999", "--why", "x"), "No municipality of today"),
        (("complete", "osm", "-m", "46013", "--why", "x"), "Use 46030"),
        (("complete", "nothing", "-m", "24062", "--why", "x"), "no source nothing"),
        (("complete", "owner-list", "-m", "24062", "--why", "x"), "cannot be fetched"),
        (("control-point", "sol", "4.35", "50.85", "--why", "x"), "not in Belgium"),
        (("control-point", "sol", "185000", "130000"), "A reason is needed"),
        (("control-point", "sol", "185000", "--why", "x"), "two numbers"),
    ],
)
def test_what_cannot_be_said(say: Any, words: tuple[str, ...], told: str, tmp_path: Path) -> None:
    code = 1 if "No municipality" in told or "Use" in told else 2
    assert told in " ".join(say("sources", *words, code=code).split())
    assert not (tmp_path / "sources" / "known.json").exists(), "nothing half-written remains"


def test_a_file_changed_by_hand_is_named(tmp_path: Path) -> None:
    (tmp_path / "known.json").write_text('{"complete": {"osm": [{"nis": 1}]}}')
    with pytest.raises(InputError, match=r"known\.json"):
        read_known(tmp_path)
