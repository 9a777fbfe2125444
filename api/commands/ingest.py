"""`standplaats ingest`: load one file, with a report of what was read, loaded, repaired and refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from api.commands.common import AsJson, Demo, Lang, err, notice, out, print_json, settings_for, table
from api.i18n import Translator, translator
from geodata.database.engine import connect
from geodata.errors import UsageError
from geodata.ingest import IngestReport, RefusedRow, ingest, refused_rows, sentence_of
from geodata.settings import Settings
from geodata.sources.catalogue import KINDS, catalogue

#: Refused rows a table shows; JSON holds all.
_SHOWN = 200


def ingest_command(
    file: Annotated[Path | None, typer.Argument(help="File to load; its format is recognised.")] = None,
    kind: Annotated[str | None, typer.Option("--as", help=f"Kind of data: {', '.join(KINDS)}.")] = None,
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
    mapping: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="COLUMN=MEANING", help="Meaning of a column of an owner list; may be repeated."),
    ] = None,
    show_refused: Annotated[
        int | None,
        typer.Option("--show-refused", metavar="DATASET", help="Load nothing: list the rows a dataset kept out."),
    ] = None,
    lang: Lang = None,
    demo: Demo = False,
    json: AsJson = False,
) -> None:
    """Load a file. It lands whole or not at all; loading the same file again changes nothing."""
    settings = settings_for(demo, lang=lang)
    if show_refused is not None:
        _refused(settings, show_refused, json)
        return
    if file is None or kind is None:
        raise UsageError("Which file, and as what?", "Write: standplaats ingest FILE --as KIND.")
    translate = translator(settings.lang)
    with connect(settings) as connection, _bar(file.name, translate) as (step, rows):
        report = ingest(
            connection, file, kind, covers=covers, layer=layer, crs=crs, replace=replace, source=source,
            mapping=_mapping(mapping or []), progress=step, rows=rows,
        )  # fmt: skip
    if json:
        print_json(report.as_dict())
    else:
        notice()
        _print(report, translate)


@contextmanager
def _bar(name: str, translate: Translator) -> Iterator[tuple[Callable[[str], None], Callable[[int, int], None]]]:
    """A bar on standard error where that is a terminal: what takes its steps, and what takes the rows that landed."""
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[told]}"), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as progress:
        task = progress.add_task(escape(name), total=None, told="")

        def step(text: str) -> None:
            # How long a step takes is not known, also after all rows have landed: no bar that stands at its end.
            progress.tasks[0].total = None
            progress.update(task, told=translate(text))

        def rows(landed: int, total: int) -> None:
            progress.update(task, completed=landed, total=total, told=f"{landed}/{total} {translate('rows')}")

        yield step, rows


def _mapping(given: Sequence[str]) -> dict[str, str]:
    """Columns and meanings as written on the command line; a column may hold `=` itself."""
    found = {}
    for one in given:
        column, mark, meaning = one.rpartition("=")
        if not (mark and column.strip() and meaning.strip()):
            raise UsageError(f"--map {one} is not COLUMN=MEANING.", "Write for example --map Eigenaar=owner_name.")
        found[column.strip()] = meaning.strip()
    return found


def _print(report: IngestReport, translate: Translator) -> None:
    version = translate("dataset {dataset}, version {version}").format(dataset=report.dataset, version=report.version)
    out.print(f"{catalogue()[report.source].title[translate.language]} ({version})", markup=False)
    counts = translate("read {read}, loaded {loaded}, repaired {repaired}, refused {refused}")
    out.print(
        "  " + counts.format(read=report.read, loaded=report.loaded, repaired=report.repaired, refused=report.refused)
    )
    for reason, count in report.reasons.items():
        rows = _rows(report.examples.get(reason, []), count, translate)
        out.print(f"    {count} × {translate(sentence_of(reason))}{rows} [{reason}]", markup=False)
    if report.refused:
        out.print(
            "    " + translate("The refused rows: standplaats ingest --show-refused {n}").format(n=report.dataset),
            markup=False,
        )
    if report.crs_used:
        accuracy = (
            ", " + translate("accurate to {metres} m").format(metres=f"{report.accuracy_m:g}")
            if report.accuracy_m
            else ""
        )
        out.print(f"  CRS {report.crs_used} ({report.crs_how}){accuracy}", markup=False)
    if report.covers:
        out.print("  " + translate("covers {area}").format(area=report.covers), markup=False)
    for note in report.notes:
        out.print(f"  {translate('note')}: {note}", markup=False)
    rate = f", {report.read / report.seconds:.0f} {translate('rows')}/s" if report.seconds and report.read else ""
    out.print(f"  {report.seconds:.1f} s{rate}")


def _rows(rows: Sequence[int], count: int, translate: Translator) -> str:
    """Numbers of the first rows, so that one can look them up in the file."""
    if not rows:
        return ""
    numbers = ", ".join(map(str, rows)) + (", …" if count > len(rows) else "")
    return f" ({translate('rows {numbers}').format(numbers=numbers)})"


def _refused(settings: Settings, dataset: int, json: bool) -> None:
    translate = translator(settings.lang)
    with connect(settings) as connection:
        found = refused_rows(connection, dataset)
    if json:
        items = [{**one.as_dict(), "sentence": translate(sentence_of(one.reason))} for one in found]
        print_json({"dataset": dataset, "count": len(items), "items": items})
        return
    _print_refused(found, translate)


def _print_refused(found: list[RefusedRow], translate: Translator) -> None:
    notice()
    if not found:
        out.print(translate("No row was refused."))
        return
    shown = table("row", "reason", "detail", "content")
    for one in found[:_SHOWN]:
        raw = ", ".join(f"{name}: {value}" for name, value in one.raw.items() if value is not None)
        shown.add_row(str(one.row), translate(sentence_of(one.reason)), one.detail or "", raw)
    out.print(shown)
    if len(found) > _SHOWN:
        out.print(translate("{count} more rows: --json lists them all").format(count=len(found) - _SHOWN))
