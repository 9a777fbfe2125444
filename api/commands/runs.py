"""`standplaats runs`: list results, publish one, take it back."""

from __future__ import annotations

from typing import Annotated

import typer

from api.commands.common import AsJson, Demo, out, print_json, settings_for, table
from geodata.database.engine import connect
from sites.candidates.runs import list_runs, publish_run

app = typer.Typer(no_args_is_help=True, help="Results: list, publish, withdraw.")

RunId = Annotated[str, typer.Argument(help="Result, as printed by score or runs list.")]


@app.command("list")
def list_command(demo: Demo = False, json: AsJson = False) -> None:
    """List results, newest first."""
    with connect(settings_for(demo)) as connection:
        found = list_runs(connection)
    if json:
        items = [{**run.summary(), "territory": run.territory, "counts": run.counts} for run in found]
        print_json({"count": len(items), "items": items})
        return
    shown = table("result", "territory", "type", "as of", "data of", "published")
    for run in found:
        published = "yes" if run.published else "draft"
        shown.add_row(run.id, ", ".join(run.territory), run.site_type, f"{run.as_of}", f"{run.data_date}", published)
    out.print(shown)


@app.command("publish")
def publish(run: RunId, demo: Demo = False) -> None:
    """Publish a result: anonymous visitors then see its ranked list."""
    with connect(settings_for(demo)) as connection:
        done = publish_run(connection, run)
    out.print(f"Published: {done.id}")


@app.command("withdraw")
def withdraw(run: RunId, demo: Demo = False) -> None:
    """Make a published result a draft again."""
    with connect(settings_for(demo)) as connection:
        done = publish_run(connection, run, published=False)
    out.print(f"Draft again: {done.id}")
