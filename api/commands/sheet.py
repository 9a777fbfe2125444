"""`standplaats sheet` and `standplaats note`: an A4 page per candidate, two pages per municipality, as HTML for print."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.commands.common import Demo, Lang, SiteType, nis_codes, notice, out, settings_for
from api.dependencies import capakey_of
from api.documents import note_html, sheets_html
from api.i18n import translator
from geodata.database.engine import connect
from geodata.errors import UsageError
from sites.candidates.explanation import municipality_of
from sites.candidates.runs import find_run
from sites.inventory.sheet import write_bytes

Output = Annotated[Path, typer.Option("--out", "-o", help="File to write: .html.")]
RunOption = Annotated[str | None, typer.Option("--run", help="Result; the newest if left out.")]
Pitches = Annotated[int | None, typer.Option(min=1, max=1000, help="Pitches wanted.")]


def sheet_command(
    parcels: Annotated[list[str], typer.Argument(help="CAPAKEYs, with / or -; those of a group joined by +.")],
    output: Output,
    type: SiteType = "residential",
    run: RunOption = None,
    pitches: Pitches = None,
    lang: Lang = None,
    demo: Demo = False,
) -> None:
    """Write one A4 page per candidate: verdict, map, conditions with their rules, what is owed and not known."""
    _html(output)
    settings = settings_for(demo, lang=lang)
    translate = translator(settings.lang)
    candidates = [[capakey_of(one) for one in text.split("+")] for text in parcels]
    with connect(settings) as connection:
        territory = None if run else sorted({municipality_of(connection, key) for keys in candidates for key in keys})
        chosen = find_run(connection, run_id=run, territory=territory, site_type=type)
        told = sheets_html(connection, chosen, candidates, translate, pitches=pitches)
    write_bytes(output, told.encode())
    notice()
    out.print(translate("Wrote {file}: {count} sheets.").format(file=output.name, count=len(candidates)), markup=False)


def note_command(
    municipality: Annotated[str, typer.Option("--municipality", "-m", help="NIS code.")],
    output: Output,
    type: SiteType = "residential",
    run: RunOption = None,
    pitches: Pitches = None,
    lang: Lang = None,
    demo: Demo = False,
) -> None:
    """Write a note of two pages for the council: question, short list, need, law, money, what to decide."""
    _html(output)
    settings = settings_for(demo, lang=lang)
    translate = translator(settings.lang)
    codes = nis_codes(municipality)
    if len(codes) != 1:
        raise UsageError("A note is about one municipality.", "Give one NIS code.")
    with connect(settings) as connection:
        chosen = find_run(connection, run_id=run, territory=codes, site_type=type)
        if codes[0] not in chosen.territory:
            raise UsageError(f"Result {chosen.id} is not about {codes[0]}.", "Name a municipality of the result.")
        told = note_html(connection, chosen, codes[0], translate, pitches=pitches)
    write_bytes(output, told.encode())
    notice()
    out.print(translate("Wrote {file}.").format(file=output.name), markup=False)


def _html(path: Path) -> None:
    if path.suffix.lower() not in (".html", ".htm"):
        raise UsageError(f"{path.name}: this kind of file is not written.", "Use .html, and print it from a browser.")
