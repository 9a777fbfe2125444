"""`standplaats db`: start, stop, look at, migrate and open the database."""

from __future__ import annotations

import os
import shutil
from typing import Annotated, Any

import psycopg
import typer
from psycopg.conninfo import conninfo_to_dict

from api.commands.common import AsJson, Demo, out, print_json, settings_for
from geodata.database import engine, published
from geodata.database.cluster import Cluster
from geodata.errors import ClusterError, UsageError
from geodata.settings import DEMO_DATABASE, REAL_DATABASE, Settings

app = typer.Typer(no_args_is_help=True, help="The database: start, stop, status, migrate, psql.")


def _private(settings: Settings) -> Cluster:
    if settings.database_url is not None:
        raise UsageError(
            "STANDPLAATS_DATABASE_URL is set, so there is no private database to start or stop.",
            "Unset it, or use the tools of that server.",
        )
    return Cluster(settings.home)


@app.command()
def start() -> None:
    """Start the private database; it goes on until stopped."""
    cluster = _private(settings_for())
    cluster.ensure_running()
    out.print(f"Running: {cluster.data}", markup=False)


@app.command()
def stop() -> None:
    """Stop the private database cleanly."""
    cluster = _private(settings_for())
    out.print("Stopped." if cluster.stop() else "It was not running.")


@app.command()
def status(json: AsJson = False) -> None:
    """Show whether it runs, where it lives, and the schema of its databases."""
    settings = settings_for()
    if settings.database_url is not None:
        found: dict[str, Any] = {"private": False, "running": True}
        found["databases"] = {"selected": engine.revision(engine.conninfo(settings))}
    else:
        cluster = Cluster(settings.home)
        state = cluster.status()
        found = {"private": True, **state.as_dict(), "databases": {}}
        for name in (REAL_DATABASE, DEMO_DATABASE) if state.running else ():
            try:
                found["databases"][name] = engine.revision(cluster.conninfo(name))
            except psycopg.OperationalError:
                found["databases"][name] = None
            except Exception as error:
                if "does not exist" not in str(error):
                    raise
                found["databases"][name] = None
    if json:
        print_json(found)
        return
    for name, value in found.items():
        out.print(f"{name}: {value}", markup=False)


@app.command()
def migrate(
    demo: Demo = False,
    to: Annotated[str, typer.Option("--to", help="Revision, or base for an empty schema.")] = "head",
) -> None:
    """Bring the selected database to the schema of this program."""
    target = engine.conninfo(settings_for(demo))
    if to != "head":
        engine.migrate(target, to)
    out.print(f"Schema: {engine.revision(target)}")


@app.command()
def grants() -> None:
    """Print what an administrator runs where this account may not make the role that reads published data."""
    settings = settings_for()
    given = conninfo_to_dict(settings.database_url or Cluster(settings.home).conninfo(settings.database))
    typer.echo(published.grants(str(given.get("user") or "standplaats")), nl=False)


@app.command()
def psql(demo: Demo = False) -> None:
    """Open psql on the selected database."""
    program = shutil.which("psql")
    if program is None:
        raise ClusterError("psql is not installed.", "Install the PostgreSQL client of your system.")
    os.execv(program, [program, engine.conninfo(settings_for(demo))])
