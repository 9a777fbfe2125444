"""`standplaats demo`: from nothing to a served page on fictional data, in one command."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from api.commands.common import err, out, settings_for
from api.commands.measure import measurable, measure_all
from api.commands.score import sentence
from api.commands.serve import check_address, run_server
from api.i18n import translator
from geodata.database.engine import connect, conninfo
from geodata.ingest import ingest
from geodata.measure.warm import Warming
from geodata.settings import Settings
from geodata.territory import NOTICE, DemoFile, generate
from sites.candidates.scoring import create_run

SITE_TYPES = ("residential", "transit")


def demo(
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port; 0 picks a free one.")] = None,
    serve: Annotated[bool, typer.Option("--serve/--no-serve", help="Serve the page when ready.")] = True,
    scale: Annotated[float, typer.Option(min=0.01, max=1.0, help="Part of the 60 000 parcels.")] = 1.0,
    seed: Annotated[int, typer.Option(help="Seed of the territory.")] = 2012,
) -> None:
    """Load the fictional demo territory, score it and serve the page. Real data is never touched."""
    settings = settings_for(demo=True, port=port)
    check_address(settings.host, public=False)
    err.print(NOTICE[settings.lang], markup=False)
    err.print("Preparing the database ...", markup=False)
    conninfo(settings)
    warming = Warming()
    load_territory(settings, scale=scale, seed=seed)
    warming.wait()
    score_territory(settings)
    if serve:
        run_server(
            settings,
            public=False,
            ready=lambda url: out.print(f"Standplaats is ready: {url}  (Ctrl-C stops it)", markup=False),
        )
    else:
        out.print("Standplaats is ready: start the page with ./standplaats serve --demo", markup=False)


def load_territory(settings: Settings, *, scale: float = 1.0, seed: int = 2012) -> None:
    """Generate the territory and load it by the ordinary ingestion; unchanged files are not loaded again."""
    with tempfile.TemporaryDirectory(prefix="standplaats-demo-") as folder:
        err.print("Generating the demo territory ...", markup=False)
        files = generate(Path(folder), seed=seed, scale=scale)
        columns = (TextColumn("loading {task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=err, transient=True) as progress, connect(settings) as connection:
            task = progress.add_task("", total=len(files))
            for file in files:
                progress.update(task, description=_title(file))
                ingest(connection, file.path, file.kind, covers=file.covers, layer=file.layer)
                progress.advance(task)


def _title(file: DemoFile) -> str:
    return f"{file.kind} ({file.path.name})"


def score_territory(settings: Settings) -> None:
    """Measure and score every municipality of the demo for every site type."""
    with connect(settings) as connection:
        today = date.today()
        codes = measurable(connection)
        measure_all(connection, codes, cache=settings.prepared_folder)
        for code in codes:
            for site_type in SITE_TYPES:
                run = create_run(connection, [code], site_type, today, today=today, cache=settings.prepared_folder)
                err.print(sentence(run, translator(settings.lang)), markup=False)
