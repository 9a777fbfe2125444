"""`standplaats files`: subsidy files, opened with the assessment of their own dates, and noted."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from api.commands.common import AsJson, AsOf, Demo, Lang, day, err, out, print_json, settings_for, table
from api.commands.subsidy import (
    AnyType,
    Caravans,
    Case,
    Costs,
    Facts,
    Finally,
    InPrinciple,
    Lodged,
    OneMunicipality,
    Pitches,
    Region,
    Valuation,
    print_estimate,
    read_project,
)
from api.files_view import file_view, files_view
from geodata.database.engine import connect
from sites.subsidy_files import PUBLIC_BODIES, NewFile, add_entry, day_of_file, find_file, open_file

app = typer.Typer(
    no_args_is_help=True, help="Subsidy files: open, list, show, note. Nothing is ever changed or removed."
)

FileId = Annotated[int, typer.Argument(help="Number of the file.")]
_PLACES = "Write about the place and the work, never about the people who live there."


@app.command("new")
def new_command(
    title: Annotated[str, typer.Option("--title", help="Name of the project: a place or a work.")],
    initiator: Annotated[str, typer.Option("--initiator", help=f"Public body: {', '.join(PUBLIC_BODIES)}.")],
    region: Region = None,
    municipality: OneMunicipality = None,
    site: Annotated[str | None, typer.Option("--site", help="Site of the inventory, or its name.")] = None,
    as_of: AsOf = None,
    type: AnyType = None,
    pitches: Pitches = None,
    caravans: Caravans = None,
    cost: Costs = None,
    valuation: Valuation = None,
    lodged: Lodged = None,
    approved_in_principle: InPrinciple = None,
    approved_finally: Finally = None,
    case: Case = None,
    fact: Facts = None,
    document: Annotated[list[str] | None, typer.Option("--document", help="Name of a document; repeatable.")] = None,
    lang: Lang = None,
    demo: Demo = False,
    json: AsJson = False,
) -> None:
    """Open a file and keep its assessment: by the law of --as-of, else of its latest date, else of today."""
    project = read_project(
        region, municipality, type=type, pitches=pitches, caravans=caravans, cost=cost, initiator=initiator,
        valuation=valuation, lodged=lodged, approved_in_principle=approved_in_principle,
        approved_finally=approved_finally, case=case, fact=fact,
    )  # fmt: skip
    judged = day_of_file(project, day(as_of) if as_of else None, date.today())
    settings = settings_for(demo, lang=lang)
    new = NewFile(title=title, project=project, nis=municipality, site=site, documents=document or ())
    with connect(settings) as connection:
        made = open_file(connection, new, judged)
    if json:
        print_json(file_view(made, settings.lang))
        return
    out.print(f"[bold]File {made.id}[/]: {made.title}, by the law of {made.as_of}")
    print_estimate(file_view(made, settings.lang)["assessment"])
    err.print(_PLACES, markup=False)


@app.command("list")
def list_command(region: Region = None, lang: Lang = None, demo: Demo = False, json: AsJson = False) -> None:
    """List files, newest first."""
    settings = settings_for(demo, lang=lang)
    with connect(settings) as connection:
        found = files_view(connection, region, settings.lang)
    if json:
        print_json(found)
        return
    if not found["count"]:
        out.print("There are no files yet. Open one: standplaats files new --help")
        return
    shown = table(
        "file", "opened", "title", "region", "municipality", "type", "law of", "answer", "regimes", "low", "high"
    )
    for one in found["items"]:
        place = one["municipality"]["name"] if one["municipality"] else ""
        low, high = (one["subsidy_total"][end] or "not found" for end in ("low", "high"))
        named = ", ".join(regime["id"] for regime in one["regimes"])
        shown.add_row(
            str(one["id"]), one["created"][:10], one["title"], one["region"], place, one["site_type"], one["as_of"],
            one["verdict_title"], named, low, high,
        )  # fmt: skip
    out.print(shown)


@app.command("show")
def show_command(file: FileId, lang: Lang = None, demo: Demo = False, json: AsJson = False) -> None:
    """Show a file: the assessment as it was kept, its documents and notes."""
    settings = settings_for(demo, lang=lang)
    with connect(settings) as connection:
        found = file_view(find_file(connection, file), settings.lang)
    if json:
        print_json(found)
        return
    out.print(f"[bold]File {found['id']}[/]: {found['title']}, by the law of {found['as_of']}")
    print_estimate(found["assessment"])
    for kind, entries in (("documents", found["documents"]), ("notes", found["notes"])):
        if entries:
            out.print(f"\n{kind}:")
            for one in entries:
                out.print(f"  {one['written'][:10]}  {one['text']}", markup=False)


@app.command("note")
def note_command(
    file: FileId,
    text: Annotated[str | None, typer.Argument(help="The note.")] = None,
    document: Annotated[str | None, typer.Option("--document", help="Name of a document instead of a note.")] = None,
    demo: Demo = False,
) -> None:
    """Add a note, or the name of a document, to a file."""
    with connect(settings_for(demo)) as connection:
        for kind, given in (("note", text), ("document", document)):
            if given is not None:
                add_entry(connection, file, kind=kind, text=given)
                out.print(f"File {file}: {kind} added.")
    if text is None and document is None:
        raise typer.BadParameter("give a note, or a document with --document")
    if text is not None:
        err.print(_PLACES, markup=False)
