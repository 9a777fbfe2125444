"""`standplaats start`: from nothing to ranked candidates of a municipality, in one command that can be repeated."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from api.commands.common import AsJson, Lang, Municipality, err, nis_codes, out, print_json, say, settings_for
from api.commands.measure import measurable, measure_all
from api.commands.score import sentence
from api.commands.serve import check_address, run_server
from api.fetching import (
    margin_m,
    print_results,
    print_summary,
    refuse_demo,
    regions_of,
    smallest_m2,
    sources_open,
    summary,
    watched,
)
from api.i18n import translator
from geodata.database.engine import connect, conninfo
from geodata.errors import ClusterError, DatabaseError, StandplaatsError, UsageError
from geodata.measure.read import Connection
from geodata.measure.specs import Region
from geodata.settings import Settings
from geodata.sources.fetch import fetch_and_load
from geodata.sources.runs import Run
from geodata.sources.status import standing
from sites.candidates.runs import Run as Scored
from sites.candidates.scoring import create_run

SITE_TYPES = ("residential", "transit")


def start(
    municipality: Municipality = None,
    type: Annotated[
        Literal["residential", "transit"] | None, typer.Option("--type", "-t", help="Type of site; both if left out.")
    ] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port; 0 picks a free one.")] = None,
    serve: Annotated[bool, typer.Option("--serve/--no-serve", help="Serve the page when ready.")] = True,
    offline: Annotated[bool, typer.Option("--offline", help="Load only what was fetched or carried here.")] = False,
    refresh: Annotated[bool, typer.Option("--refresh", help="Ask also for what is loaded already.")] = False,
    lang: Lang = None,
    json: AsJson = False,
) -> None:
    """Fetch, load, measure and score municipalities, then serve the page. An interrupted start goes on when repeated.

    A source that cannot be had does not stop it: the list at the end says what is missing and who has it.
    """
    settings = settings_for(False, port=port, lang=lang)
    refuse_demo(settings)
    codes = nis_codes(municipality)
    if not codes:
        raise UsageError("Which municipality?", "Write: standplaats start --municipality NIS.")
    check_address(settings.host, public=False)
    err.print(say("Preparing the database ..."), markup=False)
    conninfo(settings)
    types: list[str] = [type] if type else list(SITE_TYPES)
    runs = prepare(settings, codes, types, no_internet=offline, refresh=refresh, json=json)
    if not runs:
        raise typer.Exit(1)
    if serve:
        run_server(
            settings,
            public=False,
            ready=lambda url: err.print(f"Standplaats is ready: {url}  (Ctrl-C stops it)", markup=False),
        )


def prepare(
    settings: Settings, codes: list[str], types: list[str], *, no_internet: bool, refresh: bool, json: bool
) -> list[Scored]:
    """Fetch, load, measure and score; prints what happened and what is missing. Returns the results scored."""
    translate, today = translator(settings.lang), date.today()
    with sources_open(settings, no_internet=no_internet) as (records, bring), connect(settings) as connection:
        regions = regions_of(connection, codes)
        with watched(translate) as watcher:
            run = Run(
                connection,
                records,
                bring,
                margin_m(),
                smallest_m2(),
                again=refresh,
                offline=no_internet,
                watcher=watcher,
            )
            results = fetch_and_load(run, codes)
        problems, runs = measure_and_score(connection, regions, types, today, settings.prepared_folder)
        standings = standing(connection, records, regions)
    if json:
        print_json({
            "municipalities": codes,
            "sources": [one.as_dict() for one in results],
            **summary(standings, today),
            "runs": [_run_dict(one) for one in runs],
            "problems": problems,
        })  # fmt: skip
        return runs
    print_results(results, translate)
    print_summary(standings, today, translate)
    for problem in problems:
        err.print(say(problem), markup=False)
    for one in runs:
        out.print(sentence(one, translate), markup=False)
    return runs


def measure_and_score(
    connection: Connection, regions: dict[str, Region], types: list[str], today: date, cache: Path
) -> tuple[list[str], list[Scored]]:
    """Measure what has parcels and rank the municipalities of a region together.

    Returns
    -------
    What kept a municipality from being scored, and the results.
    """
    problems: list[str] = []
    try:
        ready = set(measurable(connection))
    except (DatabaseError, ClusterError):
        raise
    except StandplaatsError as error:
        return [error.message], []
    problems += [f"No parcels of municipality {code} are loaded." for code in regions if code not in ready]
    codes = [code for code in regions if code in ready]
    measure_all(connection, codes, cache=cache)
    runs = []
    for region in dict.fromkeys(regions[code] for code in codes):
        here = [code for code in codes if regions[code] == region]
        for site_type in types:
            try:
                runs.append(create_run(connection, here, site_type, today, today=today, cache=cache))
            except (DatabaseError, ClusterError):
                raise
            except StandplaatsError as error:
                problems.append(str(error))
    return problems, runs


def _run_dict(run: Scored) -> dict[str, Any]:
    return {**run.summary(), "territory": run.territory, "counts": run.counts}
