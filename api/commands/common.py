"""Shared pieces of the commands: settings with `--demo`, JSON or table output, readable dates.

What a command prints of demo data says so: tables once on standard error, JSON under the key `notice`. Headings of
tables come in the language of the call.
"""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Literal, TypeVar

import typer
from pydantic import BaseModel, ValidationError
from rich.console import Console
from rich.table import Table

from api.i18n import Translator, translator
from api.provenance import attribution_line, source_lines
from api.told import tell
from geodata.errors import UsageError
from geodata.settings import LANGUAGES, Language, Settings
from geodata.territory import NOTICE
from sites.law.model import LAW_REGIONS

#: Wide when the output goes to a file or another program, which cuts nothing off.
out = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 240)
err = Console(stderr=True, highlight=False, soft_wrap=True)

Demo = Annotated[bool, typer.Option("--demo", help="Use the fictional demo database.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Municipality = Annotated[
    str | None, typer.Option("--municipality", "-m", help="NIS code; several separated by commas.")
]
Regions = Annotated[
    str | None, typer.Option("--region", help=f"Regions, separated by commas: {', '.join(LAW_REGIONS)}.")
]
SiteType = Annotated[
    Literal["residential", "transit", "family", "temporary", "gathering"],
    typer.Option("--type", "--site-type", "-t", help="Type of site."),
]
AsOf = Annotated[str | None, typer.Option("--as-of", help="Day whose law applies, YYYY-MM-DD; today if left out.")]
Lang = Annotated[str | None, typer.Option("--lang", help="nl, fr, de or en.")]


@dataclass
class _Call:
    """What every output of the running command needs: its language, and whether its data is invented."""

    language: Language = "en"
    fictional: bool = False
    told: bool = False
    #: The command answers with real facts too, of which it would be false to say that they are invented.
    mixed: bool = False


_call = _Call()
#: Groups of commands whose answers hold real sites or real law, in the demo as elsewhere.
_MIXED = ("inventory", "law", "need", "safeguards", "subsidy")


def begin(command: str | None) -> None:
    """A new call of the program, with the command or group it runs."""
    _call.mixed = command in _MIXED


def settings_for(demo: bool | None = None, **overrides: Any) -> Settings:
    """Settings of this call: the environment, and what the command line adds.

    Parameters
    ----------
    demo : `--demo` of a command that reads or writes data; None for commands that do not.

    Raises
    ------
    UsageError
        When a setting has a value it cannot have.
    """
    given = {name: value for name, value in overrides.items() if value is not None}
    if demo:
        given["demo"] = True
    try:
        made = Settings(**given)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][-1])
        if name == "lang":
            raise UsageError(f"{first['input']} is no language.", f"Languages: {', '.join(LANGUAGES)}.") from None
        raise UsageError(f"{first['input']} is no value of the setting {name}.", f"{first['msg']}.") from None
    fictional = demo is not None and made.demo and not _call.mixed
    _call.language, _call.fictional, _call.told = made.lang, fictional, False
    return made


def say(text: str) -> str:
    """A sentence in the language of the call; English where no translation is known."""
    return tell(translator(_call.language), text)


def notice() -> None:
    """Say on standard error, once per call, that the data is fictional."""
    if _call.fictional and not _call.told:
        err.print(NOTICE[_call.language], markup=False)
        _call.told = True


def table(*names: str) -> Table:
    """A table whose cells fold on a narrow screen: a figure that is cut off is a wrong figure.

    The headings are given in English and shown in the language of the call.
    """
    notice()
    made = Table(show_edge=False)
    for name in names:
        made.add_column(say(name), overflow="fold")
    return made


def print_json(value: Any) -> None:
    """JSON on standard output, dates as ISO; a document of demo data says that it is."""
    if _call.fictional and isinstance(value, dict):
        value = {**value, "notice": NOTICE[_call.language]}
    json.dump(value, sys.stdout, ensure_ascii=False, indent=2, default=_plain)
    sys.stdout.write("\n")


def print_sources(sources: list[dict[str, Any]], translate: Translator) -> None:
    """The sources behind what was printed, and the line that has to stand with what is made of it."""
    if not sources:
        return
    out.print(translate("Sources:"), markup=False)
    for line in source_lines(sources, translate):
        out.print(f"  {line}", markup=False)
    named = attribution_line(sources)
    if named:
        out.print(translate("To be named with it: {names}").format(names=named), markup=False)


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


def words(text: str | None, allowed: tuple[str, ...], what: str) -> list[str]:
    """Words of an option that takes several, separated by commas.

    Raises
    ------
    UsageError
        When one of them is not among those allowed; names them.
    """
    given = [part.strip() for part in (text or "").split(",") if part.strip()]
    for one in given:
        if one not in allowed:
            raise UsageError(f"{one} is no {what}.", f"Use: {', '.join(allowed)}.")
    return given


Entry = TypeVar("Entry", bound=BaseModel)


def entered(model: type[Entry], what: str, when: str, /, **values: Any) -> Entry:
    """What someone enters on the command line, dated and checked.

    Parameters
    ----------
    what, when : what an error calls it, and its day, such as "the range" and "the day of the survey".
    values : its fields, with its `date`.

    Raises
    ------
    UsageError
        When a value breaks a rule; names it.
    """
    if values["date"] > date.today():
        raise UsageError(f"{values['date']} lies ahead.", f"Give {when}.")
    try:
        return model(**values)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"]) or what
        said = first["msg"].removeprefix("Value error, ")
        raise UsageError(f"{name}: {said}.", "Mend it; nothing was written.") from None
