"""`standplaats measure`: measure the parcels of municipalities against the current layers."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from api.commands.common import AsJson, Demo, Lang, Municipality, err, nis_codes, notice, out, print_json, settings_for
from api.i18n import Translator, translator
from geodata.database.engine import connect, conninfo
from geodata.errors import StandplaatsError, UsageError
from geodata.measure.check import check_batch
from geodata.measure.measure import SHARE_LAYERS
from geodata.measure.partitions import in_processes, on_dask, workers_for
from geodata.measure.read import Connection
from geodata.measure.store import BLOCK, BatchReport, measure_municipality
from geodata.settings import Settings


def measure_command(
    municipality: Municipality = None,
    check: Annotated[
        int, typer.Option("--check", min=0, help="Compare this many parcels with PostGIS's own answers.")
    ] = 0,
    changed: Annotated[bool, typer.Option("--changed", help="Only municipalities that were measured before.")] = False,
    layers: Annotated[
        str | None,
        typer.Option(
            help="Only what is new in these layers, separated by commas; of the others the versions measured before stay."
        ),
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes; one per core from four municipalities on if left out.")
    ] = None,
    dask: Annotated[
        str | None, typer.Option("--dask", help="Scheduler of a Dask cluster to measure on, such as tcp://host:8786.")
    ] = None,
    lang: Lang = None,
    demo: Demo = False,
    json: AsJson = False,
) -> None:
    """Measure parcels: shares, distances, slope, shape.

    Nothing is measured twice: an unchanged municipality is skipped, and after a new version of a dataset only the parcels
    that its changes can reach are measured anew.
    """
    settings, begun = settings_for(demo, lang=lang), time.perf_counter()
    with connect(settings) as connection:
        codes = nis_codes(municipality) or measurable(connection)
        if changed:
            before = set(measured_before(connection))
            codes = [code for code in codes if code in before]
        named = [part.strip() for part in layers.split(",") if part.strip()] if layers is not None else None
        if dask is not None:
            reports = _spread(on_dask(dask, _reachable_address(settings), codes, named), len(codes))
        elif (several := workers_for(codes, workers)) > 1:
            done = in_processes(conninfo(settings), codes, settings.prepared_folder, several, named)
            reports = _spread(done, len(codes))
        else:
            reports = measure_all(connection, codes, cache=settings.prepared_folder, layers=named)
        seconds = time.perf_counter() - begun
        for report in reports if check else ():
            found = check_batch(connection, report["batch"], check)
            report |= {"checked": found.parcels, "difference": found.largest, "differences": found.differences}
    if json:
        print_json({"count": len(reports), "items": reports})
        return
    _print(reports, seconds, check=bool(check), translate=translator(settings.lang))


def _print(reports: list[dict[str, Any]], seconds: float, *, check: bool, translate: Translator) -> None:
    notice()
    if anew := sum(report["measured"] for report in reports):
        told = translate("{count} parcels measured in {seconds} s: {pace} a second")
        out.print(told.format(count=anew, seconds=f"{seconds:.1f}", pace=f"{anew / seconds:.0f}"), markup=False)
    for report in reports:
        note = translate("unchanged") if report["reused"] else f"{report['seconds']:.1f} s"
        if not report["reused"] and report["measured"] < report["parcels"]:
            note = translate("{count} of them anew").format(count=report["measured"]) + f", {note}"
        told = translate("{place}: {count} parcels measured ({note})")
        out.print(told.format(place=report["municipality"], count=report["parcels"], note=note), markup=False)
        if check:
            told = translate("checked {count} parcels: largest difference {difference}")
            shown = told.format(count=report["checked"], difference=f"{report['difference']:.2g}")
            out.print(f"  {shown}", markup=False)
            for name, value in sorted(report["differences"].items(), key=lambda item: -item[1]):
                out.print(f"    {name}: {value:.2g}", markup=False)


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


def _reachable_address(settings: Settings) -> str:
    """Address of the database for workers on other machines.

    Raises
    ------
    UsageError
        When it is the private cluster, which listens on a socket of this machine only.
    """
    if settings.database_url is None:
        raise UsageError(
            "Workers of a Dask cluster cannot reach the private database of this machine.",
            "Name a database that they can reach: STANDPLAATS_DATABASE_URL=postgresql://host/name.",
        )
    return conninfo(settings)


def _spread(done: Iterator[BatchReport], total: int) -> list[dict[str, Any]]:
    """Reports of a run in partitions, with a bar, parcels per second and the time left."""
    reports, started, parcels = [], time.perf_counter(), 0
    columns = (TextColumn("measuring"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[pace]}"),
               TimeRemainingColumn())  # fmt: skip
    with Progress(*columns, console=err, transient=True) as progress:
        task = progress.add_task("", total=total, pace="")
        for one in done:
            parcels += one.measured
            seconds = time.perf_counter() - started
            progress.update(task, advance=1, pace=f"{parcels / seconds:,.0f}/s")
            reports.append(_report(one, seconds))
    return sorted(reports, key=lambda report: str(report["municipality"]))


def _report(done: BatchReport, seconds: float) -> dict[str, Any]:
    return {
        "municipality": done.nis,
        "batch": done.batch,
        "parcels": done.parcels,
        "reused": done.reused,
        "measured": done.measured,
        "seconds": round(seconds, 2),
    }


def measured_before(connection: Connection) -> list[str]:
    """Municipalities that are measured, in order of their code."""
    rows = connection.execute("SELECT nis FROM batch WHERE current ORDER BY nis").fetchall()
    return [row[0] for row in rows]


def measure_all(
    connection: Connection, codes: list[str], *, cache: Path | None = None, layers: list[str] | None = None
) -> list[dict[str, Any]]:
    """Measure municipalities one after the other with a bar, the step, parcels per second and the time left."""
    reports: list[dict[str, Any]] = []
    parcels, steps, blocks, begun = 0, 0, 1, time.perf_counter()
    columns = (TextColumn("measuring {task.description}"), BarColumn(), MofNCompleteColumn(),
               TextColumn("{task.fields[pace]}"), TimeElapsedColumn(), TimeRemainingColumn())  # fmt: skip
    with Progress(*columns, console=err, transient=True) as progress:
        task = progress.add_task("", total=len(codes), pace="")

        def step(name: str, code: str) -> None:
            # How far a municipality is, so that there is a time left also for one.
            nonlocal steps
            steps += 1
            part = min(steps / (_STEPS * blocks), 0.99)
            progress.update(task, description=f"{code}: {name}", completed=len(reports) + part)

        for code in codes:
            progress.update(task, description=code)
            steps, blocks = 0, max(-(-_parcels(connection, code) // BLOCK), 1)
            started = time.perf_counter()
            done = measure_municipality(connection, code, partial(step, code=code), cache=cache, layers=layers)
            parcels += done.measured
            now = time.perf_counter()
            reports.append(_report(done, now - started))
            progress.update(task, completed=len(reports), pace=f"{parcels / (now - begun):,.0f}/s")
    return reports


#: Steps that `measure` tells of a block of parcels.
_STEPS = len(SHARE_LAYERS) + 5


def _parcels(connection: Connection, nis: str) -> int:
    """Number of parcels of a municipality, of all versions."""
    row = connection.execute("SELECT count(*) FROM parcel WHERE nis = %s", [nis]).fetchone()
    return 0 if row is None else int(row[0])
