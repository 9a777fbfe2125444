"""`standplaats tiles build`: a layer of the map as one PMTiles file."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from api.commands.common import Demo, Lang, SiteType, day, err, out, settings_for
from api.i18n import translator
from api.tile_archive import Wish, build
from geodata.database.engine import connect
from geodata.errors import UsageError
from sites.law.model import SITE_TYPES

app = typer.Typer(no_args_is_help=True, help="Map tiles: write a layer to a file.")


@app.callback()
def _group() -> None:
    """Map tiles: write a layer to a file."""


@app.command("build")
def build_command(
    output: Annotated[Path, typer.Option("--output", "-o", help="File to write, such as candidates.pmtiles.")],
    layer: Annotated[str, typer.Option(help="Layer, such as candidates, parcels, zones, constraints.")] = "candidates",
    run: Annotated[str | None, typer.Option("--run", help="Result that parcels and candidates are of.")] = None,
    zoom: Annotated[str, typer.Option(help="Zooms, the lowest and the highest.")] = "0-12",
    type: SiteType = "residential",
    as_of: Annotated[str | None, typer.Option("--as-of", help="Day whose law eligibility and cases show.")] = None,
    lang: Lang = None,
    demo: Demo = False,
) -> None:
    """Write the tiles of a layer to a PMTiles file, which opens without a server."""
    settings = settings_for(demo, lang=lang)
    found = re.fullmatch(r"(\d{1,2})(?:-(\d{1,2}))?", zoom)
    if found is None:
        raise UsageError(f"{zoom} is no range of zooms.", "Write it as 0-12.")
    site_type = next((one for one in SITE_TYPES if one == type), None)
    if site_type is None:
        raise UsageError(f"Unknown type of site: {type}.", f"Use one of {', '.join(SITE_TYPES)}.")
    first, last = int(found[1]), int(found[2] or found[1])
    columns = (TextColumn(layer), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True) as progress, connect(settings) as connection:
        task = progress.add_task("", total=None)
        wish = Wish(layer, first, last, run, day(as_of) if as_of else None, site_type)
        built = build(
            connection, wish, output, today=date.today(),
            progress=lambda done, total: progress.update(task, completed=done, total=total),
        )  # fmt: skip
    told = translator(settings.lang)("Wrote {file}: {count} tiles; they leave out {left} features and say so.")
    out.print(told.format(file=output.name, count=built.tiles, left=built.left_out), markup=False)
