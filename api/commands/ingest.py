"""`standplaats ingest`: load one file, with a report of what was read, loaded, repaired and refused."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.commands.common import AsJson, Demo, err, out, print_json, settings_for
from geodata.database.engine import connect
from geodata.ingest import IngestReport, ingest
from geodata.sources.catalogue import KINDS


def ingest_command(
    file: Annotated[Path, typer.Argument(help="File to load; its format is recognised.")],
    kind: Annotated[str, typer.Option("--as", help=f"Kind of data: {', '.join(KINDS)}.")],
    covers: Annotated[
        str | None,
        typer.Option(
            help="Area where absence means none: NIS codes, flanders, wallonia, brussels, belgium, or a file."
        ),
    ] = None,
    layer: Annotated[str | None, typer.Option(help="Layer of a file that holds several.")] = None,
    crs: Annotated[str | None, typer.Option(help="CRS of the coordinates, when the file is wrong about it.")] = None,
    replace: Annotated[int | None, typer.Option(help="Number of the dataset whose place this one takes.")] = None,
    source: Annotated[str | None, typer.Option(help="Catalogue entry, when the file is not recognised.")] = None,
    demo: Demo = False,
    json: AsJson = False,
) -> None:
    """Load a file. It lands whole or not at all; loading the same file again changes nothing."""
    with connect(settings_for(demo)) as connection, err.status(f"loading {file.name}") as status:
        report = ingest(
            connection, file, kind, covers=covers, layer=layer, crs=crs, replace=replace, source=source,
            progress=lambda step: status.update(f"{file.name}: {step}"),
        )  # fmt: skip
    if json:
        print_json(report.as_dict())
    else:
        _print(report)


def _print(report: IngestReport) -> None:
    out.print(f"{report.title} (dataset {report.dataset}, version {report.version})", markup=False)
    out.print(f"  read {report.read}, loaded {report.loaded}, repaired {report.repaired}, refused {report.refused}")
    for reason, count in report.reasons.items():
        out.print(f"    {reason}: {count}", markup=False)
    if report.crs_used:
        accuracy = f", accurate to {report.accuracy_m:g} m" if report.accuracy_m else ""
        out.print(f"  CRS {report.crs_used} ({report.crs_how}){accuracy}", markup=False)
    if report.covers:
        out.print(f"  covers {report.covers}", markup=False)
    for note in report.notes:
        out.print(f"  note: {note}", markup=False)
    out.print(f"  {report.seconds:.1f} s")
