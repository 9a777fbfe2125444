"""`standplaats compare`: two to five candidates side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from api.commands.common import AsJson, Demo, Lang, SiteType, out, print_json, settings_for, table
from api.compare_view import compare_view
from api.dependencies import capakey_of
from api.i18n import translator
from geodata.database.engine import connect
from sites.candidates.drawn import place
from sites.candidates.drawn_shapes import Drawn, read_areas
from sites.candidates.explanation import municipality_of
from sites.candidates.runs import find_run


def compare_command(
    parcels: Annotated[
        list[str] | None, typer.Argument(help="Two to five CAPAKEYs, with / or -, counted with drawn areas.")
    ] = None,
    area: Annotated[
        Path | None, typer.Option("--area", help="File with drawn areas, judged by the same criteria.")
    ] = None,
    type: SiteType = "residential",
    run: Annotated[str | None, typer.Option("--run", help="Result; the newest if left out.")] = None,
    all: Annotated[bool, typer.Option("--all", help="Also the lines in which they do not differ.")] = False,
    lang: Lang = None,
    demo: Demo = False,
    json: AsJson = False,
) -> None:
    """Compare candidates: where they differ, condition by condition and criterion by criterion."""
    settings = settings_for(demo, lang=lang)
    translate = translator(settings.lang)
    keys = [capakey_of(one) for one in parcels or ()]
    areas = read_areas(area) if area else []
    with connect(settings) as connection:
        territory = None if run else _territory(connection, keys, areas)
        chosen = find_run(connection, run_id=run, territory=territory, site_type=type)
        found = compare_view(connection, keys, chosen, translate, areas=areas)
    if json:
        print_json(found)
        return
    shown = table("", *found["names"])
    for line in found["lines"]:
        if all or line["differs"]:
            shown.add_row(line["title"], *line["texts"])
    out.print(shown)
    same = sum(not line["differs"] for line in found["lines"])
    if same and not all:
        out.print(translate("The same for all: {count} lines (--all shows them).").format(count=same), markup=False)


def _territory(connection: Any, keys: list[str], areas: list[Drawn]) -> list[str]:
    """Municipalities of what is compared: of the parcels, or where there are none of the areas."""
    if keys:
        return sorted({municipality_of(connection, key) for key in keys})
    return sorted({next(iter(one.municipalities)) for one in place(connection, areas)})
