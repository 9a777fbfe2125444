"""The command `standplaats`: every subcommand in one place, and one place where errors become exit codes."""

from __future__ import annotations

import sys
from importlib.metadata import version
from typing import Annotated

import psycopg
import typer

from api.commands import (
    assemble,
    candidates,
    compare,
    db,
    demo,
    doctor,
    explain,
    export,
    files,
    findings,
    ingest,
    inventory,
    law,
    layout,
    mapfile,
    measure,
    need,
    profiles,
    robust,
    runs,
    safeguards,
    score,
    serve,
    sheet,
    sources,
    start,
    subsidy,
    tiles,
    update,
)
from api.commands.common import begin, err, out, say, settings_for
from geodata.database.engine import failure
from geodata.errors import StandplaatsError
from sites.law import use_pack

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Planning service for caravan sites in Belgium: where sites are, where new ones could be, and why.",
)
app.command("demo")(demo.demo)
app.command("start")(start.start)
app.command("update")(update.update)
app.command("serve")(serve.serve)
app.command("doctor")(doctor.doctor_command)
app.command("ingest")(ingest.ingest_command)
app.command("measure")(measure.measure_command)
app.command("score")(score.score_command)
app.command("candidates")(candidates.candidates_command)
app.command("assemble")(assemble.assemble_command)
app.command("explain")(explain.explain_command)
app.command("compare")(compare.compare_command)
app.command("robust")(robust.robust_command)
app.command("layout")(layout.layout_command)
app.command("safeguards")(safeguards.safeguards_command)
app.command("map")(mapfile.map_command)
app.command("export")(export.export_command)
app.command("sheet")(sheet.sheet_command)
app.command("note")(sheet.note_command)
app.add_typer(sources.app, name="sources")
app.add_typer(inventory.app, name="inventory")
app.add_typer(law.app, name="law")
app.add_typer(runs.app, name="runs")
app.add_typer(subsidy.app, name="subsidy")
app.add_typer(files.app, name="files")
app.add_typer(findings.app, name="findings")
app.add_typer(need.app, name="need")
app.add_typer(profiles.app, name="profiles")
app.add_typer(tiles.app, name="tiles")
app.add_typer(db.app, name="db")


def _version(wanted: bool) -> None:
    if wanted:
        out.print(f"standplaats {version('standplaats')}")
        raise typer.Exit


@app.callback()
def _main(
    context: typer.Context,
    show: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    begin(context.invoked_subcommand)
    use_pack(law.packs_of(settings_for()).in_use())


def main() -> None:
    """Run the command line; exit 0 when done, 1 when it failed, 2 when it was called wrongly."""
    try:
        app()
    except StandplaatsError as error:
        sys.exit(_told(error))
    except (psycopg.OperationalError, psycopg.InterfaceError) as error:
        sys.exit(_told(failure(error)))
    except BrokenPipeError:
        sys.exit(0)


def _told(error: StandplaatsError) -> int:
    """Print an error as sentences; returns its exit code."""
    err.print(f"[bold red]{say('Error')}:[/] ", end="")
    err.print(say(error.message), markup=False)
    if error.remedy:
        err.print(say(error.remedy), markup=False)
    return error.exit_code
