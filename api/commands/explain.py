"""`standplaats explain`: why a parcel, a group of parcels or a drawn area is or is not a candidate, in plain words."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer

from api.commands.common import (
    AsJson,
    AsOf,
    Demo,
    Lang,
    SiteType,
    day,
    notice,
    out,
    print_json,
    print_sources,
    settings_for,
)
from api.dependencies import capakey_of
from api.group_views import areas_view, assembly_view
from api.i18n import Translator, translator
from api.provenance import flag
from api.views import parcel_view
from geodata.database.engine import connect
from geodata.errors import UsageError
from sites.candidates.drawn_shapes import read_areas
from sites.candidates.explanation import municipality_of
from sites.candidates.runs import find_run

_MARKS = {"pass": "✓", "conditional": "→", "derogation": "±", "fail": "✗", "unknown": "?"}


def explain_command(
    parcels: Annotated[
        list[str] | None, typer.Argument(help="CAPAKEYs, with / or -; those of a group joined by +.")
    ] = None,
    area: Annotated[
        Path | None, typer.Option("--area", help="File of drawn areas: GeoJSON, GeoPackage, shapefile (zip) or DXF.")
    ] = None,
    type: SiteType = "residential",
    run: Annotated[str | None, typer.Option("--run", help="Result; the newest if left out.")] = None,
    as_of: AsOf = None,
    lang: Lang = None,
    demo: Demo = False,
    json: AsJson = False,
) -> None:
    """Explain parcels, groups or drawn areas: each condition with its rule, each contribution, the unknown, the sum."""
    if bool(parcels) == (area is not None):
        raise UsageError("What is to be explained?", "Name parcels by their CAPAKEYs, or a file with --area.")
    if as_of is not None and area is None:
        raise UsageError("A parcel is explained by the law of its result.", "Leave --as-of out, or score for that day.")
    settings = settings_for(demo, lang=lang)
    translate = translator(settings.lang)
    with connect(settings) as connection:
        if area is not None:
            areas = read_areas(area)
            told = areas_view(connection, areas, type, day(as_of), translate, cache=settings.prepared_folder)
            if json:
                print_json(told)
            else:
                _print_areas(told, translate)
            return
        found = [_told(connection, text, run, type, translate) for text in parcels or ()]
    if json:
        print_json(found[0] if len(found) == 1 else {"count": len(found), "items": found})
        return
    notice()
    for one in found:
        _print(one, translate)


def _told(connection: Any, text: str, run: str | None, site_type: str, translate: Translator) -> dict[str, Any]:
    """A parcel, or a group of parcels joined by `+`, explained."""
    keys = [capakey_of(one) for one in text.split("+")]
    territory = None if run else sorted({municipality_of(connection, key) for key in keys})
    chosen = find_run(connection, run_id=run, territory=territory, site_type=site_type)
    if len(keys) > 1:
        return assembly_view(connection, chosen, keys, translate)
    return parcel_view(connection, keys[0], chosen, translate)


def _print_areas(told: dict[str, Any], translate: Translator) -> None:
    """Drawn areas, each with where it lies and how its coordinates were read."""
    notice()
    for one in told["items"]:
        out.print(f"[bold]{one['id']}[/]  ", end="")
        out.print(one["name"], markup=False)
        _lines(
            [
                translate("Municipality: {codes}; {area} m²; coordinates: {crs} ({how})").format(
                    codes=", ".join(place["nis"] for place in one["municipalities"]),
                    area=f"{one['area_m2']:.0f}",
                    crs=one["crs"]["used"],
                    how=translate(one["crs"]["how"]),
                )
            ]
        )
        _print(one["explanation"] | {"sources": one["sources"]}, translate)


def _print(told: dict[str, Any], translate: Translator) -> None:
    named = " + ".join(told["capakeys"]) or told["id"]
    out.print(f"[bold]{named}[/]  {translate.verdict(told['verdict'], told['so_far'])}")
    _lines(_facts(told, translate))
    _lines(line for one in told["constraints"] for line in _constraint(one, translate))
    _lines(_condition(one) for one in told["conditions"])
    if told["unknown"]:
        out.print()
        out.print(translate("Not known, and who could answer:"), markup=False)
        _lines(line for one in told["unknown"] for line in _unknown(one, translate))
    out.print()
    _lines(
        f"    {_amount(one['contribution'])}  {one['title']}: {one['sentence']}{flag(one, translate)}"
        for one in told["criteria"]
    )
    _lines([f"  = {_amount(told['score'])}", ""])
    print_sources(told["sources"], translate)


def _lines(lines: Iterable[str]) -> None:
    for line in lines:
        out.print(line, markup=False)


def _facts(told: dict[str, Any], translate: Translator) -> list[str]:
    """The plain sentences, the days the answer holds for, and the place in the list."""
    lines = [told["text"], translate("Law of {as_of}, data of {data_date}.").format_map(told)]
    if "rank" not in told:  # compared with nothing, or a group
        return [*lines, *([translate("Result: {run}").format(run=told["run"])] if told["run"] else []), ""]
    low, high = told["rank_interval"] or (None, None)
    if told["rank"] is None:
        lines.append(translate("Rank: none."))
    else:
        shown = f"{low}" if low == high else f"{low}-{high}"
        lines.append(translate("Rank: {rank} of {total}.").format(rank=shown, total=told["total_ranked"]))
    return [*lines, translate("Result: {run}").format(run=told["run"]), ""]


def _constraint(one: dict[str, Any], translate: Translator) -> list[str]:
    """State and sentence of a constraint, and below it the rule with its article, its grade and its address."""
    lines = [f"  {_MARKS[one['state']]} {one['title']}: {one['sentence']}{flag(one, translate)}"]
    if one["rule"]:
        grade = translate("grade {grade}").format(grade=one["rule_grade"]) if one["rule_grade"] else None
        parts = [one["rule_title"], ", ".join(one["rule_articles"]), grade, one["rule_url"]]
        lines.append(f"      {' · '.join(part for part in parts if part)}")
    if one["rule_gone"]:
        lines.append(f"      {one['rule_gone']}")
    return lines


def _condition(one: dict[str, Any]) -> str:
    parts = [f"{one['what']} ({one['who_decides']})", one["article"], one["lead_time"]]
    return f"  → {' · '.join(part for part in parts if part)}"


def _unknown(one: dict[str, Any], translate: Translator) -> list[str]:
    lines = [f"  ? {one['title']}: {one['who']}"]
    if one["ingest"]:
        told = " | ".join(f"standplaats ingest FILE --as {kind}" for kind in one["ingest"])
        lines.append(f"      {translate('would help')}: {told}")
    return lines


def _amount(interval: dict[str, float]) -> str:
    low, high = f"{interval['low']:.3f}", f"{interval['high']:.3f}"
    return low if low == high else f"{low}–{high}"
