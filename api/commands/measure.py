"""`standplaats measure`: measure the parcels of municipalities against the current layers."""

from __future__ import annotations

import time
from typing import Annotated, Any

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from api.commands.common import AsJson, Demo, Lang, Municipality, err, nis_codes, notice, out, print_json, settings_for
from api.i18n import translator
from geodata.database.engine import connect
from geodata.errors import StandplaatsError
from geodata.measure.check import check_batch
from geodata.measure.read import Connection
from geodata.measure.store import measure_municipality


def measure_command(
    municipality: Municipality = None,
    check: Annotated[
        int, typer.Option("--check", min=0, help="Compare this many parcels with PostGIS's own answers.")
    ] = 0,
    lang: Lang = None,
    demo: Demo = False,
    json: AsJson = False,
) -> None:
    """Measure parcels: shares, distances, slope, shape. Unchanged municipalities are not measured again."""
    settings = settings_for(demo, lang=lang)
    with connect(settings) as connection:
        codes = nis_codes(municipality) or measurable(connection)
        reports = measure_all(connection, codes, check)
    if json:
        print_json({"count": len(reports), "items": reports})
        return
    notice()
    translate = translator(settings.lang)
    for report in reports:
        note = translate("unchanged") if report["reused"] else f"{report['seconds']:.1f} s"
        told = translate("{place}: {count} parcels measured ({note})")
        out.print(told.format(place=report["municipality"], count=report["parcels"], note=note), markup=False)
        if check:
            told = translate("checked {count} parcels: largest difference {difference}")
            shown = told.format(count=report["checked"], difference=f"{report['difference']:.2g}")
            out.print(f"  {shown}", markup=False)


def measurable(connection: Connection) -> list[str]:
    """Municipalities with parcels, in order of their code.

    Raises
    ------
    StandplaatsError
        When there are none.
    """
    rows = connection.execute(
        """SELECT DISTINCT p.nis FROM parcel p JOIN dataset d ON d.id = p.dataset_id AND d.current
           WHERE p.nis IS NOT NULL ORDER BY 1"""
    ).fetchall()
    if not rows:
        raise StandplaatsError("No parcels are loaded.", "Load them: standplaats ingest FILE --as parcels.")
    return [row[0] for row in rows]


def measure_all(connection: Connection, codes: list[str], check: int = 0) -> list[dict[str, Any]]:
    """Measure municipalities one after the other with a progress line; one report each."""
    reports = []
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True) as progress:
        for code in codes:
            task = progress.add_task(f"measuring {code}", total=None)
            started = time.perf_counter()
            done = measure_municipality(
                connection,
                code,
                lambda step, task=task, code=code: progress.update(task, description=f"measuring {code}: {step}"),  # type: ignore[misc]
            )
            report: dict[str, Any] = {
                "municipality": code,
                "batch": done.batch,
                "parcels": done.parcels,
                "reused": done.reused,
                "seconds": round(time.perf_counter() - started, 2),
            }
            if check:
                report["checked"], report["difference"] = check_batch(connection, done.batch, check)
            progress.remove_task(task)
            reports.append(report)
    return reports
