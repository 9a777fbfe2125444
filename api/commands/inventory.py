"""`standplaats inventory`: existing public sites of Belgium: list, show, import, export, yearly return."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import typer

from api.commands.common import (
    AsJson,
    Demo,
    Lang,
    Municipality,
    Regions,
    nis_codes,
    out,
    print_json,
    settings_for,
    table,
    words,
)
from geodata.database.engine import connect
from geodata.errors import UsageError
from geodata.settings import Language
from sites.inventory import (
    Preview,
    Wanted,
    all_sites,
    export,
    feature,
    find_site,
    read_list,
    read_return,
    write_return,
)
from sites.inventory.model import FACTS, STATUSES
from sites.inventory.text import word
from sites.law.model import LAW_REGIONS, SITE_TYPES

app = typer.Typer(no_args_is_help=True, help="Existing public sites: list, show, import, export, return.")

Type = Annotated[str | None, typer.Option("--type", "-t", help=f"Types: {', '.join(SITE_TYPES)}.")]
Status = Annotated[str | None, typer.Option(help=f"Statuses: {', '.join(STATUSES)}.")]
Year = Annotated[int | None, typer.Option(min=1900, max=2100, help="Status at the end of that year.")]
PreviewOnly = Annotated[bool, typer.Option("--preview", help="Say what would change, save nothing.")]


def wanted(
    region: str | None, municipality: str | None, types: str | None, status: str | None, year: int | None
) -> Wanted:
    """The filter of the command line.

    Raises
    ------
    UsageError
        When a word is none of those allowed.
    """
    return Wanted(
        regions=words(region, LAW_REGIONS, "region") or None,
        municipalities=nis_codes(municipality) or None,
        types=words(types, SITE_TYPES, "type of site") or None,
        statuses=words(status, STATUSES, "status") or None,
        year=year,
    )


@app.command("list")
def list_command(
    region: Regions = None,
    municipality: Municipality = None,
    type: Type = None,
    status: Status = None,
    year: Year = None,
    lang: Lang = None,
    demo: Demo = False,
    json: AsJson = False,
) -> None:
    """List public sites, whatever their status. Private plots are not in it; whole addresses of sources: show, --json."""
    settings = settings_for(demo, lang=lang)
    chosen = wanted(region, municipality, type, status, year)
    with connect(settings) as connection:
        found = [feature(one, settings.lang, year) for one in all_sites(connection, chosen)]
    if json:
        items = [{**one["properties"], "geometry": one["geometry"]} for one in found]
        print_json({"count": len(items), "items": items})
        return
    say = _Say(settings.lang)
    shown = table(
        say("id"), f"{say('municipality')}, {say('name')}", say("type"), say("pitches"), say("status"),
        f"{say('source')}, {say('grade')}",
    )  # fmt: skip
    for one in found:
        line = one["properties"]
        fact = next(
            (f for f in reversed(line["facts"]["status"]) if f["date"] == line["status_date"]),
            line["facts"]["status"][-1],
        )
        # Figures that disagree stand side by side, the same figure of two pages stands once.
        pitches = "; ".join(dict.fromkeys(f["text"] for f in line["facts"]["pitches"]))
        shown.add_row(
            line["id"], f"{line['municipality'] or say('not_found')}, {line['name']}", line["texts"]["site_type"],
            pitches or say("not_found"), f"{line['texts']['status']}, {say.day(line['status_date'])}",
            f"{_host(fact)}, {fact['grade']}",
        )  # fmt: skip
    out.print(shown)
    out.print(say("counted", count=len(found)))


def _host(fact: dict[str, Any]) -> str:
    """The site of a page, short enough for a table; without a page what the fact is from."""
    if fact["source"] is None:
        return str(fact["source_text"] or "")
    return (urlsplit(fact["source"]).hostname or "").removeprefix("www.")


class _Say:
    """Messages in one language."""

    def __init__(self, language: Language) -> None:
        self.language: Language = language

    def __call__(self, code: str, **values: Any) -> str:
        return word("message", code, self.language).format(**values)

    def day(self, text: str | None) -> str:
        """A date, with "undated" in words."""
        return self("undated") if text in (None, "undated") else str(text)


@app.command()
def show(
    site: Annotated[str, typer.Argument(help="Id of the site, from `inventory list`.")],
    lang: Lang = None,
    demo: Demo = False,
    json: AsJson = False,
) -> None:
    """Show one site: every fact with its page, date and grade; figures that disagree stand side by side."""
    settings = settings_for(demo, lang=lang)
    with connect(settings) as connection:
        found = feature(find_site(connection, site), settings.lang)
    properties = found["properties"]
    if json:
        print_json({**properties, "geometry": found["geometry"]})
        return
    say = _Say(settings.lang)
    out.print(f"{properties['name']}, {properties['municipality'] or say('not_found')}", markup=False)
    point = properties["texts"]["precision"] if found["geometry"] else say("no_point")
    out.print(f"{say('known_to')}: {properties['texts']['known_to'] or say('not_found')}", markup=False)
    out.print(f"{say('point')}: {point}", markup=False)
    for name in (*FACTS, "position"):
        for fact in properties["facts"].get(name, []):
            note = f" ({fact['note']})" if fact["note"] else ""
            out.print(f"  {word('fact', name, settings.lang)}: {fact['text']}{note}", markup=False)
            pages = " ".join(filter(None, [fact["source_text"], *fact["sources"]]))
            out.print(f"      {pages}, {say.day(fact['date'])}, {say('grade')} {fact['grade']}", markup=False)


@app.command("import")
def import_command(
    file: Annotated[Path, typer.Argument(help="CSV or XLSX file.")],
    kind: Annotated[
        Literal["monitoring", "sites"],
        typer.Option("--as", help="monitoring: yearly list by municipality; sites: list in the schema of the export."),
    ] = "monitoring",
    preview: PreviewOnly = False,
    lang: Lang = None,
    demo: Demo = False,
    json: AsJson = False,
) -> None:
    """Read a list in one transaction. Earlier years stay; private rows are only counted; occupancy under 10 is not kept.

    An empty cell changes nothing; a cell with - takes back what an earlier list said for that year. An exported file
    read back with --as sites changes what was edited and nothing else. A monitoring row or an edited row without a page
    of its own has the file itself as source, grade U. A source without a date: write undated.
    """
    settings = settings_for(demo, lang=lang)
    with connect(settings) as connection:
        done = read_list(connection, file, kind, preview=preview)
    _print(done, json, settings.lang)


@app.command("export")
def export_command(
    output: Annotated[Path, typer.Option("--output", "-o", help="File: .csv, .xlsx, .geojson or .gpkg.")],
    region: Regions = None,
    municipality: Municipality = None,
    type: Type = None,
    status: Status = None,
    year: Year = None,
    lang: Lang = None,
    demo: Demo = False,
) -> None:
    """Write the public sites to a file; the extension says which kind."""
    settings = settings_for(demo, lang=lang)
    chosen = wanted(region, municipality, type, status, year)
    with connect(settings) as connection:
        count = export(all_sites(connection, chosen), output, settings.lang, year)
    out.print(_Say(settings.lang)("wrote", path=output, count=count), markup=False)


@app.command("return")
def return_command(
    municipality: Municipality = None,
    year: Annotated[int | None, typer.Option(min=1970, max=2099, help="Year; this year if left out.")] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Sheet to write: .xlsx or .csv.")] = None,
    read: Annotated[Path | None, typer.Option("--read", help="Filled-in sheet to read back.")] = None,
    preview: PreviewOnly = False,
    lang: Lang = None,
    demo: Demo = False,
    json: AsJson = False,
) -> None:
    """Write a municipality's yearly sheet, prefilled with last year; or read it back with --read.

    A row in which nothing was filled in is refused: where nothing changed, write yes in the last column. An empty cell
    says nothing. The source of what is read back is the return itself, grade B.
    """
    settings = settings_for(demo, lang=lang)
    if read is not None:
        if output is not None:
            raise UsageError("A sheet is written or read, not both.", "Give --read FILE or -o FILE.")
        with connect(settings) as connection:
            done = read_return(connection, read, preview=preview)
        _print(done, json, settings.lang)
        return
    codes = nis_codes(municipality)
    if len(codes) != 1 or output is None:
        raise UsageError("A sheet is for one municipality.", "Add --municipality NIS and -o FILE.xlsx; or --read FILE.")
    if output.suffix.lower() not in (".xlsx", ".csv"):
        raise UsageError(
            f"{output.name}: a sheet is no {output.suffix or 'file without extension'}.", "Use .xlsx or .csv."
        )
    chosen = date.today().year if year is None else year
    with connect(settings) as connection:
        count = write_return(connection, codes[0], chosen, output, settings.lang)
    if json:
        print_json({"file": str(output), "municipality": codes[0], "year": chosen, "count": count})
    else:
        out.print(_Say(settings.lang)("wrote", path=output, count=count), markup=False)


def _print(done: Preview, as_json: bool, language: Language) -> None:
    told = done.as_dict()
    if as_json:
        print_json(told)
        return
    say = _Say(language)
    out.print(say("saved" if done.saved else "preview", file=done.file), markup=False)
    counts = {key: told[key] for key in ("read", "new", "changed", "unchanged", "refused")}
    out.print(say("counts", private=done.private_rows, **counts), markup=False)
    for one in told["items"]:
        if one["state"] == "unchanged":
            continue
        out.print(f"  {say(one['state'])}: {one['municipality']}, {one['name']}, {one['year']}", markup=False)
        for change in one["changes"]:
            out.print(f"      {change['field']}: {_plain(change['old'])} -> {_plain(change['new'])}", markup=False)
    for one in done.refused:
        out.print(say("refused_row", **one), markup=False)
    if done.unread_columns:
        out.print(say("unread", columns=", ".join(done.unread_columns)), markup=False)


def _plain(value: Any) -> str:
    return "-" if value is None else str(value)
