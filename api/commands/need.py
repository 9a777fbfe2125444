"""`standplaats need`: pitches that exist beside pitches that are wanted, surveys of municipalities, scenarios."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from api.commands.common import (
    AsJson,
    Demo,
    Lang,
    Municipality,
    Regions,
    day,
    entered,
    nis_codes,
    out,
    print_json,
    settings_for,
    table,
    words,
)
from api.i18n import Translator, translator
from api.need_view import need_view, scenario_view, span
from geodata.database.engine import connect
from geodata.errors import UsageError
from sites.law.model import LAW_REGIONS
from sites.need import Survey, divide, need_of
from sites.need.scenario import read_key
from sites.places import find_place
from sites.project import add, read_project
from sites.roles import ROLES

app = typer.Typer(no_args_is_help=True, help="Supply and need of pitches: show, enter a survey, divide by a key.")

ProjectFile = Annotated[
    Path | None, typer.Option("--project", help="Project file with findings and surveys of the municipality.")
]
NeedType = Annotated[Literal["residential", "transit"], typer.Option("--type", "-t", help="Type of site.")]
RoleOption = Annotated[str, typer.Option(help=f"Your role: {', '.join(ROLES)}. No names.")]


@app.command()
def show(
    region: Regions = None,
    municipality: Municipality = None,
    year: Annotated[int | None, typer.Option(min=1900, max=2100, help="Supply at the end of that year.")] = None,
    project: ProjectFile = None,
    lang: Lang = None,
    demo: Demo = False,
    json: AsJson = False,
) -> None:
    """Show supply, need and gap. The need of a municipality is not known unless it surveyed it."""
    settings = settings_for(demo, lang=lang)
    regions = words(region, LAW_REGIONS, "region")
    surveys = read_project(project).surveys if project else ()
    translate = translator(settings.lang)
    with connect(settings) as connection:
        found = need_view(
            connection, translate, regions=regions, municipalities=nis_codes(municipality), year=year, surveys=surveys
        )
    if json:
        print_json(found)
    else:
        _print(found, translate)


def _print(found: dict[str, Any], translate: Translator) -> None:
    shown = table("place", "type", "supply", "need", "gap")
    unknown = translate("not known")
    for one in found["items"]:
        supply, need, gap = one["supply"], one["survey"] or one["need"], one["gap"]
        shown.add_row(
            one["name"],
            translate.word(one["site_type"]),
            *(
                unknown
                if part is None or part["low"] is None is part["high"]
                else span(part["low"], part["high"], translate)
                for part in (supply, need, gap)
            ),
        )
    out.print(shown)
    for one in found["items"]:
        out.print(f"{one['name']}, {translate.word(one['site_type'])}: {one['text']}", markup=False)
        for fact in one["need"]["facts"] if one["need"] else ():
            out.print(f"    {fact['text']}: {' '.join(fact['sources'])}, {fact['date']}, {fact['grade']}", markup=False)
    for way in found["ways"]:
        out.print(way["text"], markup=False)


@app.command()
def enter(
    project: Annotated[Path, typer.Option("--project", help="Project file; made where there is none.")],
    municipality: Annotated[str, typer.Option("--municipality", "-m", help="NIS code.")],
    low: Annotated[int, typer.Option(min=0, help="Pitches needed in all, those that exist included, at least.")],
    high: Annotated[int, typer.Option(min=0, help="Pitches needed in all, those that exist included, at most.")],
    source: Annotated[str, typer.Option(help="Document or page the range is from.")],
    method: Annotated[str, typer.Option(help="How it was found, such as: waiting list of the housing service.")],
    role: RoleOption,
    type: NeedType = "residential",
    on: Annotated[str | None, typer.Option("--date", help="Day of the survey, YYYY-MM-DD; today if left out.")] = None,
    lang: Lang = None,
) -> None:
    """Enter a survey of the need of a municipality: a range in pitches, with source, date and method."""
    settings = settings_for(lang=lang)
    codes = nis_codes(municipality)
    if len(codes) != 1:
        raise UsageError("A survey is of one municipality.", "Give one NIS code.")
    find_place(codes[0])
    survey = entered(
        Survey,
        "the range",
        "the day of the survey",
        nis=codes[0],
        site_type=type,
        low=low,
        high=high,
        date=day(on),
        source=source,
        method=method,
        role=role,
    )
    add(project, survey=survey)
    told = translator(settings.lang)("Entered in {file}. Earlier surveys stay; the newest counts.")
    out.print(told.format(file=project.name), markup=False)


@app.command()
def scenario(
    key: Annotated[Path, typer.Option("--key", help="CSV with the columns nis and weight.")],
    name: Annotated[str, typer.Option(help="What the scenario is called.")],
    by: Annotated[str, typer.Option(help="What is divided by, such as: inhabitants on 1 January 2026.")],
    source: Annotated[str, typer.Option(help="Where the key is from.")],
    region: Annotated[str, typer.Option(help="Region whose need is divided.")] = "flanders",
    type: NeedType = "residential",
    low: Annotated[float | None, typer.Option(min=0, help="Pitches, at least; from the sources if left out.")] = None,
    high: Annotated[float | None, typer.Option(min=0, help="Pitches, at most; from the sources if left out.")] = None,
    lang: Lang = None,
    json: AsJson = False,
) -> None:
    """Divide the need of a region by a key. A scenario with a name, never the need of a municipality."""
    settings = settings_for(lang=lang)
    if region not in LAW_REGIONS:
        raise UsageError(f"{region} is no region.", f"Use: {', '.join(LAW_REGIONS)}.")
    need = need_of(region, type)
    made = divide(
        need.low if low is None else low, need.high if high is None else high, read_key(key, region),
        name=name, key=by, source=source, place=region, site_type=type,
    )  # fmt: skip
    translate = translator(settings.lang)
    found = scenario_view(made, translate)
    if json:
        print_json(found)
        return
    out.print(found["text"], markup=False)
    shown = table("municipality", "pitches")
    for one in found["items"]:
        shown.add_row(
            f"{one['municipality']} {one['name']}", f"{one['pitches']['low']:.1f}–{one['pitches']['high']:.1f}"
        )
    out.print(shown)
