"""`standplaats sources`: the catalogue, what is loaded of it, fetching, versions, and bundles for machines offline."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from api.catalogue_view import catalogue_items
from api.commands.common import (
    AsJson,
    Demo,
    Lang,
    Municipality,
    nis_codes,
    notice,
    out,
    print_json,
    settings_for,
    table,
)
from api.fetching import (
    margin_m,
    print_results,
    print_summary,
    refuse_demo,
    regions_of,
    smallest_m2,
    sources_open,
    summary,
    watched,
)
from api.i18n import Translator, translator
from geodata.database.engine import connect
from geodata.errors import NotFoundError, UsageError
from geodata.measure.read import Connection
from geodata.sources.bundle import Bundled, bundle, unbundle
from geodata.sources.catalogue import Source, can_be_fetched, catalogue
from geodata.sources.fetch import fetch_and_load
from geodata.sources.known import Known, read_known, say_complete, say_point
from geodata.sources.loaded import loaded_datasets
from geodata.sources.records import Records, only_one
from geodata.sources.runs import Run
from geodata.sources.status import standing
from geodata.sources.versions import Diff, diff, rollback

app = typer.Typer(no_args_is_help=True, help="Sources: what there is, what is loaded, fetch, go back, carry.")

Region = Annotated[str | None, typer.Option(help="flanders, wallonia, brussels or belgium.")]
SourceNames = Annotated[str | None, typer.Option("--source", help="Catalogue entry; several separated by commas.")]


@app.command("list")
def list_command(
    region: Region = None,
    kind: Annotated[str | None, typer.Option(help="Kind of data, such as parcels.")] = None,
    lang: Lang = None,
    demo: Demo = False,
    json: AsJson = False,
) -> None:
    """List the catalogue: who publishes what, under which licence, and the date of what is loaded."""
    settings = settings_for(demo, lang=lang)
    with connect(settings) as connection:
        items = catalogue_items(connection, settings.lang, date.today(), region=region, kind=kind, areas=False)
    if json:
        print_json({"count": len(items), "items": items})
        return
    translate = translator(settings.lang)
    shown = table("source", "title", "region", "licence", "may be passed on", "loaded of")
    for one in items:
        dates = ", ".join(sorted({found["date"] for found in one["datasets"]}))
        passed = translate("yes" if one["redistributable"] else "no")
        shown.add_row(one["id"], one["title"], translate.word(one["region"]), one["licence"], passed, dates)
    out.print(shown)


@app.command("status")
def status_command(
    municipality: Municipality = None, lang: Lang = None, demo: Demo = False, json: AsJson = False
) -> None:
    """Say per municipality what is loaded, of which version and date, what is stale, missing or failed, and who has it."""
    settings = settings_for(demo, lang=lang)
    today = date.today()
    with connect(settings) as connection:
        codes = nis_codes(municipality) or _loaded_codes(connection)
        if not codes:
            raise NotFoundError("Nothing is loaded yet.", "Begin: standplaats start --municipality NIS.")
        standings = standing(connection, Records(settings.sources_folder), regions_of(connection, codes))
    if json:
        items = [one.as_dict(today) for one in standings]
        print_json({"count": len(items), "items": items, **summary(standings, today)})
        return
    print_summary(standings, today, translator(settings.lang))


def _loaded_codes(connection: Connection) -> list[str]:
    found = {code for one in loaded_datasets(connection) if one.kind != "municipalities" for code in one.codes or ()}
    return sorted(found)


@app.command("fetch")
def fetch_command(
    municipality: Municipality = None,
    source: SourceNames = None,
    offline: Annotated[bool, typer.Option("--offline", help="Load only what was fetched or carried here.")] = False,
    lang: Lang = None,
    json: AsJson = False,
) -> None:
    """Fetch and load sources, also those that are loaded already. Exit 1 when one failed; its former version stays."""
    settings = settings_for(False, lang=lang)
    refuse_demo(settings)
    wanted = _known_sources(source)
    translate = translator(settings.lang)
    with sources_open(settings, no_internet=offline) as (records, bring), connect(settings) as connection:
        codes = nis_codes(municipality) or _loaded_codes(connection)
        if not codes:
            raise UsageError("Which municipality?", "Write: standplaats sources fetch --municipality NIS.")
        with watched(translate) as watcher:
            run = Run(
                connection,
                records,
                bring,
                margin_m(),
                smallest_m2(),
                again=True,
                offline=offline,
                only=wanted,
                watcher=watcher,
            )
            results = fetch_and_load(run, codes)
    if json:
        print_json({"count": len(results), "items": [one.as_dict() for one in results]})
    else:
        print_results(results, translate)
    if any(not one.good for one in results):
        raise typer.Exit(1)


def _known_sources(text: str | None) -> tuple[str, ...] | None:
    """Catalogue entries of `--source`.

    Raises
    ------
    UsageError
        When one does not exist, or cannot be fetched.
    """
    if text is None:
        return None
    names = tuple(part.strip() for part in text.split(",") if part.strip())
    for name in names:
        found = catalogue().get(name)
        if found is None:
            raise UsageError(f"The catalogue has no source {name}.", "See them: standplaats sources list.")
        if not can_be_fetched(found):
            raise UsageError(f"Source {name} cannot be fetched.", f"Ask {found.provider}, and load its file.")
    return names


@app.command("complete")
def complete_command(
    source: Annotated[str, typer.Argument(help="Catalogue entry that comes as a file, such as osm.")],
    municipality: Municipality = None,
    why: Annotated[str, typer.Option("--why", help="How you know it.")] = "",
    lang: Lang = None,
    json: AsJson = False,
) -> None:
    """Say that a source leaves nothing out in a municipality: there, from the next fetch on, absence counts as none.

    Without a municipality, what was said before is shown. A service that only says what is there needs a control point
    instead: sources control-point.
    """
    settings = settings_for(False, lang=lang)
    records = Records(settings.sources_folder)
    found = _known_source(source)
    with only_one(records.folder):
        for code in nis_codes(municipality):
            say_complete(records.folder, found, code, why, date.today())
    _print_known(read_known(records.folder), found, json, translator(settings.lang))


@app.command("control-point")
def control_point_command(
    source: Annotated[str, typer.Argument(help="Catalogue entry.")],
    x: Annotated[float | None, typer.Argument(help="Metres, Belgian Lambert 72 (EPSG:31370).")] = None,
    y: Annotated[float | None, typer.Argument(help="Metres, Belgian Lambert 72 (EPSG:31370).")] = None,
    expects: Annotated[str, typer.Option("--expects", help="Value known there; * for anything.")] = "*",
    field: Annotated[str | None, typer.Option("--field", help="Field it stands in; any if left out.")] = None,
    why: Annotated[str, typer.Option("--why", help="How you know it.")] = "",
    lang: Lang = None,
    json: AsJson = False,
) -> None:
    """Name a place where a source is known to say something: only if it does, its silence elsewhere counts as none.

    Without a place, what was said before is shown.
    """
    settings = settings_for(False, lang=lang)
    records = Records(settings.sources_folder)
    found = _known_source(source)
    if x is not None:
        if y is None:
            raise UsageError("A place has two numbers.", "Write: standplaats sources control-point SOURCE X Y.")
        with only_one(records.folder):
            say_point(records.folder, found, (x, y), expects, why, date.today(), field=field)
    _print_known(read_known(records.folder), found, json, translator(settings.lang))


def _known_source(name: str) -> Source:
    """A catalogue entry that can be fetched.

    Raises
    ------
    UsageError
        When there is none of this name, or it cannot be fetched.
    """
    names = _known_sources(name)
    if names is None or len(names) != 1:
        raise UsageError("Name one source.", "See them: standplaats sources list.")
    return catalogue()[names[0]]


def _print_known(known: Known, source: Source, json: bool, translate: Translator) -> None:
    complete, points = known.complete.get(source.id, ()), known.points.get(source.id, ())
    if json:
        print_json({
            "source": source.id,
            "complete": [vars(one) for one in complete],
            "control_points": [vars(one) for one in points],
        })  # fmt: skip
        return
    shown = table("place", "what is known", "how", "date")
    for one in complete:
        shown.add_row(one.nis, translate("leaves nothing out"), one.why, one.day)
    for point in points:
        value = point.expects if point.field is None else f"{point.field} = {point.expects}"
        shown.add_row(f"{point.x:g} {point.y:g}", value, point.why, point.day)
    if shown.row_count:
        out.print(shown)
    else:
        out.print(
            translate("Nothing is known here of {source} beside the catalogue.").format(source=source.id), markup=False
        )


@app.command("diff")
def diff_command(
    dataset: Annotated[str, typer.Argument(help="Number of a dataset, or KIND/SOURCE.")],
    lang: Lang = None,
    demo: Demo = False,
    json: AsJson = False,
) -> None:
    """Say what the version that counts changed against the one before: rows added, removed, changed."""
    settings = settings_for(demo, lang=lang)
    with connect(settings) as connection:
        found = diff(connection, dataset)
    if json:
        print_json({"count": len(found), "items": [one.as_dict() for one in found]})
        return
    notice()
    for one in found:
        _print_diff(one, translator(settings.lang))


def _print_diff(found: Diff, translate: Translator) -> None:
    name = f"{found.now.kind}/{found.now.source} {', '.join(found.now.codes or ())}"
    if found.before is None:
        told = translate("{name}: version {now} is the first whose rows are there")
        out.print(told.format(name=name, now=found.now.version), markup=False)
        return
    told = translate("{name}: version {now} against {before}")
    out.print(told.format(name=name, now=found.now.version, before=found.before.version), markup=False)
    counts = translate("{table}: {added} added, {removed} removed, {changed} changed, {unchanged} unchanged")
    for one in found.changes:
        out.print("  " + counts.format(**vars(one)), markup=False)
        for name, keys in one.examples.items():
            out.print(f"    {translate(name)}: {', '.join(keys)}", markup=False)


@app.command("rollback")
def rollback_command(
    dataset: Annotated[str, typer.Argument(help="KIND/SOURCE, such as parcels/grb-adp.")],
    municipality: Municipality = None,
    lang: Lang = None,
    demo: Demo = False,
    json: AsJson = False,
) -> None:
    """Make the previous version of a dataset count again, at once."""
    settings = settings_for(demo, lang=lang)
    codes: list[str | None] = [*nis_codes(municipality)] or [None]
    with connect(settings) as connection:
        done = [one for code in codes for one in rollback(connection, dataset, code)]
    if json:
        print_json({"count": len(done), "items": [one.as_dict() for one in done]})
        return
    notice()
    translate = translator(settings.lang)
    told = translate("{name}: version {now} counts again (it was {was}). Measure and score to see it in results.")
    for one in done:
        name = f"{one.now.kind}/{one.now.source} {', '.join(one.now.codes or ())}"
        out.print(told.format(name=name, now=one.now.version, was=one.was.version), markup=False)


@app.command("bundle")
def bundle_command(
    output: Annotated[Path, typer.Option("--output", "-o", help="File to write.")],
    municipality: Municipality = None,
    source: SourceNames = None,
    restricted: Annotated[
        bool, typer.Option("--restricted", help="Also what may not be passed on, for a machine of your own.")
    ] = False,
    lang: Lang = None,
    json: AsJson = False,
) -> None:
    """Write fetched files into one file, to carry them to a machine without internet."""
    settings = settings_for(lang=lang)
    records = Records(settings.sources_folder)
    names = [part.strip() for part in (source or "").split(",") if part.strip()]
    with only_one(records.folder):
        done = bundle(records, output, municipalities=nis_codes(municipality), sources=names, restricted=restricted)
    _print_bundle(done, json, translator(settings.lang), "{file}: {sources} sources in {files} files")


@app.command("unbundle")
def unbundle_command(
    file: Annotated[Path, typer.Argument(help="File made by sources bundle.")], lang: Lang = None, json: AsJson = False
) -> None:
    """Check a bundle and take it in; then start --offline or sources fetch --offline loads from it."""
    settings = settings_for(lang=lang)
    records = Records(settings.sources_folder)
    with only_one(records.folder):
        done = unbundle(records, file)
    _print_bundle(done, json, translator(settings.lang), "{file}: {sources} sources taken in from {files} files")


def _print_bundle(done: Bundled, json: bool, translate: Translator, told: str) -> None:
    if json:
        print_json(done.as_dict())
        return
    out.print(translate(told).format(file=done.file, sources=len(done.sources), files=done.files), markup=False)
    if done.left_out:
        left = translate("Left out, since they may not be passed on: {sources}").format(
            sources=", ".join(done.left_out)
        )
        out.print(left, markup=False)
