"""The command `standplaats`: every subcommand in one place, and one place where errors become exit codes."""

from __future__ import annotations

import sys
from importlib.metadata import version
from typing import Annotated

import typer

from api.commands import candidates, db, demo, explain, ingest, mapfile, measure, runs, score, serve
from api.commands.common import err, out
from geodata.errors import StandplaatsError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Planning service for caravan sites in Belgium: where sites are, where new ones could be, and why.",
)
app.command("demo")(demo.demo)
app.command("serve")(serve.serve)
app.command("ingest")(ingest.ingest_command)
app.command("measure")(measure.measure_command)
app.command("score")(score.score_command)
app.command("candidates")(candidates.candidates_command)
app.command("explain")(explain.explain_command)
app.command("map")(mapfile.map_command)
app.add_typer(runs.app, name="runs")
app.add_typer(db.app, name="db")


def _version(wanted: bool) -> None:
    if wanted:
        out.print(f"standplaats {version('standplaats')}")
        raise typer.Exit


@app.callback()
def _main(
    show: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the command line; exit 0 when done, 1 when it failed, 2 when it was called wrongly."""
    try:
        app()
    except StandplaatsError as error:
        err.print(f"[bold red]Error:[/] {error.message}", markup=True)
        if error.remedy:
            err.print(error.remedy, markup=False)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        sys.exit(0)
