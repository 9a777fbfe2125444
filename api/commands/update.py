"""`standplaats update`: refresh all that was fetched, unattended: fetch, load, measure what changed, score again."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import typer

from api.commands.common import AsJson, Lang, err, out, print_json, say, settings_for
from api.commands.measure import measure_all, measured_before
from api.commands.score import sentence
from api.fetching import margin_m, print_results, refuse_demo, smallest_m2, sources_open, watched
from api.i18n import translator
from geodata.database.engine import connect
from geodata.errors import ClusterError, DatabaseError, NotFoundError, StandplaatsError
from geodata.measure.read import Connection
from geodata.sources.catalogue import can_be_fetched, catalogue
from geodata.sources.fetch import fetch_and_load
from geodata.sources.loaded import loaded_datasets
from geodata.sources.runs import Run
from sites.candidates.runs import Run as Scored
from sites.candidates.runs import list_runs
from sites.candidates.scoring import create_run


def update(lang: Lang = None, json: AsJson = False) -> None:
    """Refresh what is loaded. Exit 0 when all of it is up to date, 1 when a source failed; its former version stays.

    Made for a timer: one run at a time, nothing is asked, standard output is the summary.
    """
    settings = settings_for(False, lang=lang)
    refuse_demo(settings)
    translate, today = translator(settings.lang), date.today()
    with sources_open(settings, no_internet=False) as (records, bring), connect(settings) as connection:
        sources, codes = _in_use(connection)
        if not codes:
            raise NotFoundError(
                "Nothing that can be fetched is loaded.", "Begin: standplaats start --municipality NIS."
            )
        with watched(translate) as watcher:
            run = Run(connection, records, bring, margin_m(), smallest_m2(), again=True, only=sources, watcher=watcher)
            results = fetch_and_load(run, codes)
        measured = measure_all(connection, measured_before(connection), cache=settings.prepared_folder)
        problems, runs = _score_again(connection, today, settings.prepared_folder)
    failed = [one for one in results if not one.good]
    if json:
        print_json({
            "sources": [one.as_dict() for one in results],
            "measured": measured,
            "runs": [{**one.summary(), "territory": one.territory, "counts": one.counts} for one in runs],
            "failed": [one.source for one in failed],
            "problems": problems,
        })  # fmt: skip
    else:
        print_results(results, translate)
        new = sum(one.state in ("loaded", "empty_checked") for one in results)
        told = translate("{new} sources have a new version, {same} are unchanged, {failed} failed.")
        same = sum(one.state == "unchanged" for one in results)
        out.print(told.format(new=new, same=same, failed=len(failed)), markup=False)
        for one in runs:
            out.print(sentence(one, translate), markup=False)
        for problem in problems:
            err.print(say(problem), markup=False)
    if failed or problems:
        raise typer.Exit(1)


def _in_use(connection: Connection) -> tuple[tuple[str, ...], list[str]]:
    """Sources that can be fetched and are loaded, and the municipalities they are loaded for."""
    known = catalogue()
    found = [one for one in loaded_datasets(connection) if one.source in known and can_be_fetched(known[one.source])]
    codes = {code for one in found if one.kind != "municipalities" for code in one.codes or ()}
    return tuple(sorted({one.source for one in found})), sorted(codes)


def _score_again(connection: Connection, today: date, cache: Path) -> tuple[list[str], list[Scored]]:
    """The current result of each territory and type of site, made anew; an unchanged one comes back as it is."""
    wanted = dict.fromkeys(
        (tuple(one.territory), one.site_type) for one in list_runs(connection) if one.current_since is not None
    )
    problems, runs = [], []
    for territory, site_type in wanted:
        try:
            runs.append(create_run(connection, list(territory), site_type, today, today=today, cache=cache))
        except (DatabaseError, ClusterError):
            raise
        except StandplaatsError as error:
            problems.append(str(error))
    return problems, runs
