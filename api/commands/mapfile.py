"""`standplaats map`: one self-contained HTML file with the candidates of a municipality, to send."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from api.commands.common import Demo, Lang, Municipality, SiteType, nis_codes, out, settings_for
from api.group_views import groups_for
from api.i18n import translator
from api.mapfile import write_map
from api.mapplace import read_place
from api.views import candidates_view
from geodata.database.engine import connect
from geodata.errors import UsageError
from sites.candidates.assemblies import MAX_LIMIT
from sites.candidates.explanation import explained_shapes
from sites.candidates.query import CandidateQuery
from sites.candidates.runs import find_run


def map_command(
    output: Annotated[Path, typer.Option("--output", "-o", help="File to write, such as map.html.")],
    municipality: Municipality = None,
    type: SiteType = "residential",
    run: Annotated[str | None, typer.Option("--run", help="Result; the newest if left out.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=500, help="Candidates to draw, best first.")] = 200,
    groups: Annotated[int, typer.Option(min=0, max=MAX_LIMIT, help="Groups of parcels to draw, best first.")] = 20,
    basemap: Annotated[
        str | None,
        typer.Option(help="Tile address of a base map you chose; the reader's browser then fetches it."),
    ] = None,
    attribution: Annotated[str, typer.Option(help="Attribution that base map asks for.")] = "",
    lang: Lang = None,
    demo: Demo = False,
) -> None:
    """Write a map that opens without a network: candidates, groups of parcels, existing sites, legend, explanations."""
    settings = settings_for(demo, lang=lang)
    codes = nis_codes(municipality)
    if len(codes) != 1:
        raise UsageError("A map shows one municipality.", "Add --municipality NIS, such as --municipality 24062.")
    translate = translator(settings.lang)
    with connect(settings) as connection:
        chosen = find_run(connection, run_id=run, territory=codes, site_type=type)
        query = CandidateQuery(municipality=codes[0] if chosen.territory != codes else None, limit=limit)
        found = candidates_view(connection, chosen, query, translate)
        keys = [item["capakeys"][0] for item in found["items"]]
        shapes = explained_shapes(connection, chosen, keys, translate, today=date.today())
        beside = groups_for(connection, chosen, codes[0], groups, translate) if groups else []
        place = read_place(connection, codes[0], settings.lang, with_ground=not basemap, today=date.today())
    write_map(
        output, found, shapes, place, translate, groups=beside, fictional=settings.demo, basemap=basemap,
        attribution=attribution,
    )  # fmt: skip
    left = found["count"] - len(keys)
    note = f"; {left} lower-ranked candidates are not drawn, raise --limit" if left else ""
    told = f"{len(keys)} candidates, {len(beside)} groups of parcels, {len(place.sites)} sites"
    out.print(f"Wrote {output}: {told}{note}", markup=False)
