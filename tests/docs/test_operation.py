"""Every command and setting in `docs/operation.md` is one of the program."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest
import typer.main

from api.cli import app
from geodata.settings import Settings

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "operation.md").read_text(encoding="utf-8")
COMMANDS = sorted(
    {
        words
        for line in PAGE.splitlines()
        if line.startswith("    ")
        for words in re.findall(r"(?:standplaats|run --rm service) ((?:doctor|db|update|serve|sources)\b.*)$", line)
    }
)


def test_the_page_has_commands() -> None:
    assert len(COMMANDS) >= 8


@pytest.mark.parametrize("words", COMMANDS)
def test_a_command_is_one(words: str) -> None:
    """Parsed as the program would, without running it: an unknown command, option or value ends here."""
    group, given = typer.main.get_command(app), shlex.split(words)
    context = click.Context(group)
    while hasattr(group, "commands"):
        name = given.pop(0)
        found = group.get_command(context, name)
        assert found is not None, words
        group = found
        context = click.Context(found, parent=context)
    group.parse_args(context, given)


def test_settings_are_ours() -> None:
    named = set(re.findall(r"STANDPLAATS_([A-Z_]+[A-Z])", PAGE))
    assert len(named) > 8
    assert {name.lower() for name in named} <= set(Settings.model_fields)
