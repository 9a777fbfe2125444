"""Shared pieces of the commands: settings with `--demo`, JSON or table output, readable dates."""

from __future__ import annotations

import json
import re
import sys
from datetime import date, datetime
from typing import Annotated, Any, Literal

import typer
from rich.console import Console
from rich.table import Table

from geodata.errors import UsageError
from geodata.settings import Settings

#: Wide when the output goes to a file or another program, which cuts nothing off.
out = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 240)
err = Console(stderr=True, highlight=False, soft_wrap=True)

Demo = Annotated[bool, typer.Option("--demo", help="Use the fictional demo database.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Municipality = Annotated[
    str | None, typer.Option("--municipality", "-m", help="NIS code; several separated by commas.")
]
SiteType = Annotated[Literal["residential", "transit"], typer.Option("--type", "-t", help="Type of site.")]
AsOf = Annotated[str | None, typer.Option("--as-of", help="Day whose law applies, YYYY-MM-DD; today if left out.")]
Lang = Annotated[str | None, typer.Option("--lang", help="nl, fr, de or en.")]


def table(*names: str) -> Table:
    """A table whose cells fold on a narrow screen: a figure that is cut off is a wrong figure."""
    made = Table(show_edge=False)
    for name in names:
        made.add_column(name, overflow="fold")
    return made


def settings_for(demo: bool = False, **overrides: Any) -> Settings:
    """Settings of this call: the environment, and what the command line adds."""
    given = {name: value for name, value in overrides.items() if value is not None}
    if demo:
        given["demo"] = True
    return Settings(**given)


def print_json(value: Any) -> None:
    """JSON on standard output, dates as ISO."""
    json.dump(value, sys.stdout, ensure_ascii=False, indent=2, default=_plain)
    sys.stdout.write("\n")


def _plain(value: Any) -> Any:
    if isinstance(value, date | datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no JSON form")


def day(text: str | None) -> date:
    """A day of the command line; today where none is given.

    Raises
    ------
    UsageError
        When the text is no day.
    """
    if text is None:
        return date.today()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{text} is no day.", "Write it as YYYY-MM-DD, such as 2026-11-23.") from None


def nis_codes(text: str | None) -> list[str]:
    """NIS codes of `--municipality`.

    Raises
    ------
    UsageError
        When one of them is not five digits.
    """
    codes = [part.strip() for part in (text or "").split(",") if part.strip()]
    for code in codes:
        if not re.fullmatch(r"\d{5}", code):
            raise UsageError(f"{code} is no NIS code.", "A NIS code has five digits, such as 24062 for Leuven.")
    return list(dict.fromkeys(codes))
