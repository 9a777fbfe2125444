"""`standplaats layout`: how many pitches fit on a parcel, a group of parcels or a drawn area, how, and at what cost."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from api.commands.common import AsJson, AsOf, Demo, Lang, day, notice, out, print_json, settings_for, table
from api.dependencies import capakey_of
from api.i18n import Translator, translator
from api.layout_view import FORMATS, entered_of, layout_view, run_of, write_layout
from geodata.database.engine import connect
from geodata.errors import UsageError
from sites.candidates.drawn_shapes import read_areas
from sites.candidates.layouts import Land, land_of, land_of_area
from sites.candidates.runs import Connection, Run
from sites.law.model import SiteType

LaidOut = Annotated[
    Literal["residential", "transit", "family", "temporary"], typer.Option("--type", "-t", help="Type of site.")
]
Amount = Annotated[str | None, typer.Option(help="Euros, as the municipality pays them; not counted if left out.")]


def layout_command(
    parcels: Annotated[list[str] | None, typer.Argument(help="CAPAKEYs, with / or -; laid out together.")] = None,
    area: Annotated[
        Path | None, typer.Option("--area", help="Drawn area instead: GeoJSON, GeoPackage, DXF ...")
    ] = None,
    type: LaidOut = "residential",
    run: Annotated[str | None, typer.Option("--run", help="Result; the newest if left out.")] = None,
    pitches: Annotated[int | None, typer.Option(min=1, max=1000, help="Pitches wanted.")] = None,
    as_of: AsOf = None,
    output: Annotated[Path | None, typer.Option("--out", "-o", help=f"File to write: {', '.join(FORMATS)}.")] = None,
    initiator: Annotated[str, typer.Option(help="Who applies for a subsidy.")] = "municipality",
    land: Amount = None,
    soil: Amount = None,
    connections: Amount = None,
    valuation: Amount = None,
    running: Annotated[str | None, typer.Option(help="Running costs of one year, euros.")] = None,
    lang: Lang = None,
    demo: Demo = False,
    json: AsJson = False,
) -> None:
    """Lay out pitches, roads, service buildings and green, and tell what that may cost: an order of magnitude."""
    settings = settings_for(demo, lang=lang)
    translate = translator(settings.lang)
    entered = entered_of(
        {"land": land, "soil": soil, "connections": connections, "valuation": valuation, "running": running}
    )
    with connect(settings) as connection:
        ground, chosen, told = _ground(connection, parcels or [], area, type, run, day(as_of) if as_of else None)
        document, found = layout_view(
            connection, ground, chosen, type, told, translate, pitches=pitches, initiator=initiator, entered=entered
        )
    written = write_layout(output, found, ground) if output else 0
    if json:
        print_json(document)
        return
    _print(document, translate)
    if output:
        out.print(translate("Wrote {file}: {count} shapes.").format(file=output.name, count=written), markup=False)


def _ground(
    connection: Connection, parcels: list[str], area: Path | None, site_type: SiteType, run_id: str | None,
    asked: date | None,
) -> tuple[Land, Run | None, date]:  # fmt: skip
    """The land, the result it belongs to, and the day: that of the result where none is asked."""
    if bool(parcels) == (area is not None):
        raise UsageError("What is to be laid out?", "Give CAPAKEYs, or a file with --area.")
    if area is None:
        keys = [capakey_of(one) for one in parcels]
        chosen = run_of(connection, keys, site_type, run_id)
        told = asked or (chosen.as_of if chosen else date.today())
        return land_of(connection, keys, site_type, told, chosen), chosen, told
    areas = read_areas(area)
    if len(areas) != 1:
        raise UsageError(f"{area.name} holds {len(areas)} areas.", "Lay out one at a time: keep one in the file.")
    chosen = run_of(connection, [], site_type, run_id) if run_id else None
    told = asked or (chosen.as_of if chosen else date.today())
    return land_of_area(connection, areas[0], site_type, told, chosen), chosen, told


def _print(document: dict[str, Any], translate: Translator) -> None:
    notice()
    out.print(f"[bold]{', '.join(document['capakeys'])}[/]  ", end="")
    out.print(document["text"], markup=False)
    if document["reason"]:
        out.print(document["reason"], markup=False)
    out.print(translate("Law of {as_of}.").format_map(document), markup=False)
    out.print()
    shown = table("drawing", "pitches", "m² per pitch", "pitches m²", "roads m²", "service m²", "green m²", "rest m²")
    for one in document["drawings"]:
        area, balance = one["pitch_area_m2"], one["balance_m2"]
        per = "" if area is None else _span(f"{area['low']:.0f}", f"{area['high']:.0f}")
        cells = (f"{balance[name]:.0f}" for name in ("pitches", "roads", "service", "green", "rest"))
        shown.add_row(translate(one["variant"]), str(one["pitches"]), per, *cells)
    out.print(shown)
    out.print()
    for one in document["norm"]:
        rules = ", ".join(rule["rule"] for rule in one["rules"])
        span = _span(f"{one['low']:g}", f"{one['high']:g}")
        unit = "" if one["unit"] == "pitches" else f" {one['unit'].replace('m2', 'm²')}"
        told = f"  {one['title']}: {span}{unit} ({one['owner_title']})"
        out.print(f"{told} · {rules}" if rules else told, markup=False)
    for one in document["site_norms"]:
        limits = _span(*(f"{one[end]:g}" if one[end] is not None else "…" for end in ("low", "high")))
        met = {True: "✓", False: "✗", None: "?"}[one["met"]]
        told = (
            f"  {met} {one['title']}: {limits} {one['unit'].replace('m2', 'm²')} ({one['owner_title']}) · {one['rule']}"
        )
        out.print(told, markup=False)
    for note in document["notes"]:
        out.print(f"  {note}", markup=False)
    _print_cost(document["cost"], translate)


def _print_cost(cost: dict[str, Any], translate: Translator) -> None:
    out.print()
    out.print(f"[bold]{cost['caveat']}[/]")
    shown = table("pitches", "net cost without subsidy", "subsidy", "net cost with subsidy")
    for one in cost["cases"]:
        amounts = (_euros(one[name], translate) for name in ("without_subsidy", "subsidy", "with_subsidy"))
        shown.add_row(str(one["pitches"]), *amounts)
    out.print(shown)
    for name in ("land", "soil", "connections"):
        amount = cost[name] or translate("not entered")
        out.print(f"  {translate(name)}: {amount}", markup=False)
    if cost["running"]:
        told = translate("Running costs of {years} years: {total}, after yearly aid {after}.")
        after = _euros(cost["running"]["after_aid"], translate)
        out.print(
            told.format(years=cost["running"]["years"], total=cost["running"]["total"], after=after), markup=False
        )
    for note in cost["notes"]:
        out.print(f"  {note}", markup=False)
    for one in cost["basis"]:
        year = one["price_year"] or translate("year not found")
        out.print(
            f"  {one['place']} ({one['outcome']}, {year}): {_euros(one['per_place'], translate)} · {one['scope']} "
            f"· {one['sources'][0]['url']} ({one['grade']})",
            markup=False,
        )


def _span(low: str, high: str) -> str:
    return low if low == high else f"{low}–{high}"


def _euros(interval: dict[str, Any], translate: Translator) -> str:
    low, high = (interval[end] or translate("not found") for end in ("low", "high"))
    return _span(low, high)
