"""`standplaats runs`: list results, publish one, take it back."""

from __future__ import annotations

from typing import Annotated

import typer

from api.commands.common import AsJson, Demo, Lang, out, print_json, settings_for, table
from api.i18n import translator
from geodata.database.engine import connect
from sites.candidates.runs import list_runs, publish_run

app = typer.Typer(no_args_is_help=True, help="Results: list, publish, withdraw.")

RunId = Annotated[str, typer.Argument(help="Result, as printed by score or runs list.")]


@app.command("list")
def list_command(lang: Lang = None, demo: Demo = False, json: AsJson = False) -> None:
    """List results, newest first."""
    settings = settings_for(demo, lang=lang)
    with connect(settings) as connection:
        found = list_runs(connection)
    if json:
        items = [{**run.summary(), "territory": run.territory, "counts": run.counts} for run in found]
        print_json({"count": len(items), "items": items})
        return
    shown = table("result", "territory", "type", "as of", "data of", "published")
    translate = translator(settings.lang)
    for run in found:
        published = translate("yes" if run.published else "draft")
        place, kind = ", ".join(run.territory), translate.word(run.site_type)
        shown.add_row(run.id, place, kind, f"{run.as_of}", f"{run.data_date}", published)
    out.print(shown)


@app.command("publish")
def publish(run: RunId, lang: Lang = None, demo: Demo = False) -> None:
    """Publish a result: anonymous visitors then see its ranked list."""
    settings = settings_for(demo, lang=lang)
    with connect(settings) as connection:
        done = publish_run(connection, run)
    out.print(translator(settings.lang)("Published: {run}").format(run=done.id), markup=False)


@app.command("withdraw")
def withdraw(run: RunId, lang: Lang = None, demo: Demo = False) -> None:
    """Make a published result a draft again."""
    settings = settings_for(demo, lang=lang)
    with connect(settings) as connection:
        done = publish_run(connection, run, published=False)
    out.print(translator(settings.lang)("Draft again: {run}").format(run=done.id), markup=False)
