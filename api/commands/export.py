"""`standplaats export`: a result with its groups of parcels as GeoPackage, GeoJSON, CSV or Excel."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from api.commands.common import Demo, Lang, Municipality, SiteType, nis_codes, notice, out, settings_for
from api.exporting import export_of
from api.i18n import translator
from geodata.database.engine import connect
from geodata.errors import UsageError
from sites.candidates.drawn_shapes import read_areas
from sites.candidates.exports import FORMATS, format_of, write
from sites.candidates.query import LISTED, CandidateQuery
from sites.candidates.runs import find_run
from sites.project import read_project


def export_command(
    output: Annotated[
        Path, typer.Option("--out", "-o", help=f"File to write: {', '.join('.' + one for one in FORMATS)}.")
    ],
    municipality: Municipality = None,
    type: SiteType = "residential",
    run: Annotated[str | None, typer.Option("--run", help="Result; the newest if left out.")] = None,
    pitches: Annotated[int | None, typer.Option(help="Pitches wanted.")] = None,
    verdict: Annotated[str | None, typer.Option(help="Verdicts to list, separated by commas.")] = None,
    owner: Annotated[str | None, typer.Option(help="Classes of owner, separated by commas.")] = None,
    min_area: Annotated[float | None, typer.Option(help="Least area, m².")] = None,
    project: Annotated[
        Path | None, typer.Option("--project", help="Project file: its findings stand beside what was measured.")
    ] = None,
    area: Annotated[
        Path | None,
        typer.Option(
            "--area", help="File with drawn areas, judged by the same criteria: they stand beside the parcels."
        ),
    ] = None,
    lang: Lang = None,
    demo: Demo = False,
) -> None:
    """Write all candidates and groups of parcels of a result to a file, with its sources, its read-me and its styles."""
    settings = settings_for(demo, lang=lang)
    codes = nis_codes(municipality)
    if not codes and run is None:
        raise UsageError("Which municipality?", "Add --municipality NIS, such as --municipality 24062.")
    format_of(output)
    findings = read_project(project).findings if project else None
    areas = read_areas(area) if area else []
    translate = translator(settings.lang)
    with connect(settings) as connection:
        chosen = find_run(connection, run_id=run, territory=codes, site_type=type)
        query = CandidateQuery(
            verdicts=_words(verdict) or LISTED,
            pitches=pitches,
            min_area_m2=min_area,
            owners=_words(owner),
            municipality=codes[0] if len(codes) == 1 and chosen.territory != codes else None,
        )
        found = export_of(connection, chosen, query, translate, findings=findings, areas=areas, today=date.today())
    write(found, output)
    notice()
    told = translate("Wrote {file}: {count} candidates and {groups} groups of parcels (result {run}).")
    out.print(
        told.format(file=output.name, count=len(found.rows), groups=len(found.groups), run=chosen.id), markup=False
    )


def _words(text: str | None) -> tuple[str, ...] | None:
    return tuple(part.strip() for part in text.split(",")) if text else None
