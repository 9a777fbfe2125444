"""`standplaats assemble`: groups of neighbouring parcels that together have the room for a site."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from api.commands.common import (
    AsJson,
    Demo,
    Lang,
    Municipality,
    SiteType,
    nis_codes,
    notice,
    out,
    print_json,
    print_sources,
    settings_for,
    table,
)
from api.group_views import assemblies_view
from api.i18n import Translator, translator
from geodata.database.engine import connect
from geodata.errors import UsageError
from geodata.tokens import pages_of
from sites.candidates.runs import find_run


def assemble_command(
    municipality: Municipality = None,
    type: SiteType = "residential",
    run: Annotated[str | None, typer.Option("--run", help="Result; the newest if left out.")] = None,
    pitches: Annotated[int | None, typer.Option(help="Pitches wanted.")] = None,
    area: Annotated[float | None, typer.Option(help="Usable area wanted, m².")] = None,
    limit: Annotated[int, typer.Option(help="Groups to list.")] = 20,
    token: Annotated[str | None, typer.Option(help="Page token of an earlier answer.")] = None,
    shapes: Annotated[bool, typer.Option("--shapes", help="With the GeoJSON of each group, in --json.")] = False,
    lang: Lang = None,
    demo: Demo = False,
    json: AsJson = False,
) -> None:
    """List groups of up to six neighbouring parcels that are too small alone, the best first."""
    settings = settings_for(demo, lang=lang)
    codes = nis_codes(municipality)
    if not codes and run is None:
        raise UsageError("Which municipality?", "Add --municipality NIS, such as --municipality 24062.")
    translate = translator(settings.lang)
    with connect(settings) as connection:
        chosen = find_run(connection, run_id=run, territory=codes, site_type=type)
        found = assemblies_view(
            connection, chosen, translate, pitches=pitches, area=area, limit=limit, shapes=shapes, token=token,
            pages=pages_of(settings),
        )  # fmt: skip
    if json:
        print_json(found)
    else:
        _print(found, translate)


def _print(found: dict[str, Any], translate: Translator) -> None:
    info = found["run_info"]
    notice()
    told = translate(
        "{count} of {found} groups with {area} m² of usable land; law of {as_of}, data of {data_date} (result {run})"
    )
    out.print(
        told.format(
            count=found["count"], found=found["found"], area=f"{found['wanted_area_m2']:.0f}", as_of=info["as_of"],
            data_date=info["data_date"], run=found["run"],
        ),
        markup=False,
    )  # fmt: skip
    shown = table(
        "rank", "CAPAKEY", "m²", "usable m²", "pitches", "verdict", "score", "owners", "with road", "not known"
    )
    for item in found["items"]:
        shown.add_row(
            str(item["rank"]),
            "\n".join(item["capakeys"]),
            f"{item['area_m2']:.0f}",
            _range(item["usable_area"], "{:.0f}"),
            _range(item["pitches"], "{}"),
            translate.verdict(item["verdict"], item["so_far"]),
            _range(item["score"], "{:.2f}"),
            item["owner_title"] if item["owners"] is None else f"{_range(item['owners'], '{}')}: {item['owner_title']}",
            translate("not known") if item["frontage"] is None else str(item["frontage"]),
            ", ".join(item["unknown_titles"]),
        )
    out.print(shown)
    if found["next"]:
        out.print(translate("More: --token {token}").format(token=found["next"]), markup=False)
    print_sources(found["sources"], translate)


def _range(interval: dict[str, Any], form: str) -> str:
    low, high = form.format(interval["low"]), form.format(interval["high"])
    return low if low == high else f"{low}-{high}"
