"""Write the pages that follow from the code: commands, criteria, methodology, sources, HTTP interface, schemas.

    make docs

`pages()` gives each page as text; a test compares it with the file, so that no page falls behind.
"""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from api.app import create_app
from api.cli import app
from geodata.settings import Settings
from geodata.sources.catalogue import catalogue
from sites.law.schema import schema_text

DOCS = Path(__file__).resolve().parent
_NOTE = "This page is written by `make docs`; change the code or the data, not the page."


def pages() -> dict[str, str]:
    """Text of each page by its path below `docs`."""
    described = create_app(Settings(database_url="postgresql://nowhere/none", home=DOCS / "nowhere")).openapi()
    return {
        "commands.md": commands(),
        "settings.md": settings(),
        "criteria.md": criteria(),
        "methodology.md": methodology(),
        "sources.md": sources(),
        "measurements.md": measurements(),
        "openapi.json": json.dumps(described, indent=1, ensure_ascii=False) + "\n",
        "schema/rule.schema.json": schema_text(),
    }


def commands() -> str:
    """Every command with its options."""
    group: Any = typer.main.get_command(app)
    lines = ["# Commands", "", _NOTE, "", "Exit code 0: done; 1: failed; 2: called wrongly."]
    for name, command in _leaves(group, ()):
        lines += ["", f"## standplaats {' '.join(name)}", "", (command.help or "").strip(), ""]
        rows = []
        for parameter in command.params:
            if parameter.name == "help":
                continue
            word = " ".join(f"`{one}`" for one in (*parameter.opts, *parameter.secondary_opts))
            if parameter.param_type_name == "argument":
                word = f"`{(parameter.name or '').upper()}`"
            help_text = getattr(parameter, "help", None) or ""
            rows.append(f"| {word} | {_cell(help_text)} | {'required' if parameter.required else ''} |")
        if rows:
            lines += ["| option | meaning | |", "|---|---|---|", *rows]
    return "\n".join(lines) + "\n"


def _leaves(group: Any, prefix: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, command in sorted(group.commands.items()):
        if hasattr(command, "commands"):
            yield from _leaves(command, (*prefix, name))
        else:
            yield (*prefix, name), command


def settings() -> str:
    """Every setting with its meaning and default."""
    lines = ["# Settings", "", _NOTE, "", "Environment variables; each starts with `STANDPLAATS_`.", ""]
    lines += ["| variable | meaning | default |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = "user data directory" if name == "home" else field.default
        shown = "empty" if default is None or default == "" else str(default).lower() if default is False else default
        lines.append(f"| `STANDPLAATS_{name.upper()}` | {_cell(field.description or '')} | {shown} |")
    return "\n".join(lines) + "\n"


def criteria() -> str:
    """Every published set of criteria: thresholds, value functions, weights, and whose they are."""
    text: str = _beside("criteria").page(_NOTE)
    return text


def methodology() -> str:
    """How answers come about: prose of methodology.in.md, with tables made from the rules."""
    text = (DOCS / "methodology.in.md").read_text(encoding="utf-8")
    for name, table in {"note": _NOTE, **_tables()}.items():
        assert f"{{{{{name}}}}}" in text, name
        text = text.replace(f"{{{{{name}}}}}", table.strip())
    return text


def measurements() -> str:
    """What is stored of each parcel."""
    text: str = _beside("measurements").page(_NOTE)
    return text


def _tables() -> dict[str, str]:
    tables: dict[str, str] = _beside("methodology").tables()
    return tables


def _beside(name: str) -> Any:
    """A module beside this file, which is no package."""
    spec = importlib.util.spec_from_file_location(f"{name}_page", DOCS / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def sources() -> str:
    """The catalogue of sources."""
    lines = ["# Sources", "", _NOTE, ""]
    lines += [
        "Field grade: V seen in a real file, others as in the file of the catalogue; `own names` means that the real",
        "field names were not found and ours are used.",
        "",
        "| source | kind | region | provider | licence | grade | |",
        "|---|---|---|---|---|---|---|",
    ]
    for one in catalogue().values():
        own = "own names" if one.synthetic_fields else ""
        row = (f"{one.title['en']}<br>`{one.id}`", one.kind, one.region, one.provider, one.licence, one.grade, own)
        lines.append(f"| {' | '.join(_cell(part) for part in row)} |")
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


if __name__ == "__main__":
    for name, text in pages().items():
        path = DOCS / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        sys.stdout.write(f"docs/{name}\n")
