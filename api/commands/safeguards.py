"""`standplaats safeguards`: hazard and isolation checks of existing public sites, and of the first of a result."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from api.commands.common import (
    AsJson,
    AsOf,
    Demo,
    Lang,
    Municipality,
    Regions,
    SiteType,
    day,
    nis_codes,
    out,
    print_json,
    print_sources,
    settings_for,
    table,
    words,
)
from api.i18n import Translator, translator
from api.safeguards_view import safeguards_view
from geodata.database.engine import connect
from sites.candidates.runs import find_run
from sites.law.model import LAW_REGIONS


def safeguards_command(
    region: Regions = None,
    municipality: Municipality = None,
    type: SiteType = "residential",
    run: Annotated[str | None, typer.Option("--run", help="Result; the newest if left out.")] = None,
    as_of: AsOf = None,
    lang: Lang = None,
    demo: Demo = False,
    json: AsJson = False,
) -> None:
    """Check existing public sites as candidates are checked; with a municipality, the first of its result as well."""
    settings = settings_for(demo, lang=lang)
    regions = words(region, LAW_REGIONS, "region")
    codes = nis_codes(municipality)
    translate = translator(settings.lang)
    with connect(settings) as connection:
        chosen = find_run(connection, run_id=run, territory=codes, site_type=type) if run or codes else None
        found = safeguards_view(
            connection, translate, as_of=day(as_of), regions=regions, municipalities=codes, run=chosen
        )
    if json:
        print_json(found)
    else:
        _print(found, translate)


def _print(found: dict[str, Any], translate: Translator) -> None:
    for item in found["items"]:
        out.print(item["text"], markup=False)
        together = item["together"]
        if item["checked"]:
            told = translate(
                "Fail in hazard and isolation: {both}; in one: {one}; in neither: {neither}; not known: {not_known}."
            )
            out.print("  " + told.format(**together), markup=False)
        _sites(item, translate)
        if item["unlocated"]:
            names = ", ".join(one["name"] for one in item["unlocated"])
            out.print("  " + translate("Not located: {names}").format(names=names), markup=False)
    if found["items"]:
        out.print(found["yardstick"]["text"] or "", markup=False)
    if found["first"] is not None:
        _first(found["first"], translate)
    _limits(found["checks"], translate)
    print_sources(found["sources"], translate)


def _sites(item: dict[str, Any], translate: Translator) -> None:
    if not item["sites"]:
        return
    shown = table("site", "hazards", "isolation", "not met or not known")
    for one in item["sites"]:
        open_checks = [
            f"{check['title']}: {translate.word(check['state'])}" for check in one["checks"] if check["state"] != "pass"
        ]
        shown.add_row(
            one["name"],
            *(translate.word(one[group] or "not checked") for group in ("hazard", "isolation")),
            one["reason_text"] or ", ".join(open_checks),
        )
    out.print(shown)


def _first(first: dict[str, Any], translate: Translator) -> None:
    told = translate("First of result {run}, law of {as_of}, data of {data_date}:")
    out.print(
        told.format(run=first["run"], as_of=first["as_of"], data_date=first["data_date"]) + " " + first["text"],
        markup=False,
    )


def _limits(checks: dict[str, list[dict[str, Any]]], translate: Translator) -> None:
    """Every threshold once per set of criteria, with whose it is."""
    if not checks:
        return
    shown = table("set of criteria", "check", "threshold", "whose", "source")
    for profile, several in checks.items():
        for check in several:
            if check["classes"]:
                shown.add_row(
                    profile, check["title"], check["classes_text"], translate("our choice"), _source(check["rule"], "")
                )
            for limit in check["limits"]:
                source = _source(limit["citation"], limit["date"])
                shown.add_row(profile, check["title"], limit["text"], limit["kind_title"], source)
    out.print(shown)


def _source(cited: dict[str, Any] | None, otherwise: str) -> str:
    """Address, or rule, of a citation; the day of the choice where it cites nothing."""
    return (cited["url"] or cited["rule"]) if cited else otherwise
