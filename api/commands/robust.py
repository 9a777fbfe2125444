"""`standplaats robust`: how sure the ranks of a result are, and when a candidate would be first."""

from __future__ import annotations

from typing import Annotated

import typer

from api.commands.common import (
    AsJson,
    Demo,
    Lang,
    Municipality,
    SiteType,
    nis_codes,
    out,
    print_json,
    settings_for,
    table,
)
from api.dependencies import capakey_of
from api.i18n import translator
from api.robust_view import robust_view, wins_view
from geodata.database.engine import connect
from geodata.errors import UsageError
from sites.candidates.explanation import municipality_of
from sites.candidates.runs import find_run


def robust_command(
    municipality: Municipality = None,
    type: SiteType = "residential",
    run: Annotated[str | None, typer.Option("--run", help="Result; the newest if left out.")] = None,
    parcel: Annotated[str | None, typer.Option(help="CAPAKEY: the weights under which it would be first.")] = None,
    limit: Annotated[int, typer.Option(help="Candidates to list.")] = 20,
    of: Annotated[int | None, typer.Option(help="Also how often each is among the first so many.")] = None,
    lang: Lang = None,
    demo: Demo = False,
    json: AsJson = False,
) -> None:
    """Say how sure ranks are under other weights and unknown values, and what other ways of ranking make of them."""
    settings = settings_for(demo, lang=lang)
    translate = translator(settings.lang)
    codes = nis_codes(municipality)
    key = capakey_of(parcel) if parcel else None
    with connect(settings) as connection:
        if not codes and run is None:
            if key is None:
                raise UsageError("Which municipality?", "Add --municipality NIS, such as --municipality 24062.")
            codes = [municipality_of(connection, key)]
        chosen = find_run(connection, run_id=run, territory=codes, site_type=type)
        if key is not None:
            found = wins_view(connection, chosen, key, translate)
        else:
            found = robust_view(connection, chosen, translate, limit=limit, of=of)
    if json:
        print_json(found)
        return
    if key is not None:
        shown = table("criterion", "published", "weight")
        for one in found["weights"] or ():
            shown.add_row(one["title"], f"{one['published']:.3f}", f"{one['weight']:.3f}")
        out.print(found["text"], markup=False)
        if found["weights"]:
            out.print(shown)
        return
    shown = table(
        "rank",
        "CAPAKEY",
        "first",
        translate("first {count}").format(count=found["top_of"]),
        *([translate("first {count}").format(count=of)] if of else []),
    )
    for one in found["items"]:
        low, high = one["rank_interval"] or [one["rank"]] * 2
        more = [f"{one['among']:.0%}"] if of else []
        shown.add_row(
            f"{one['rank']} ({low}-{high})", one["capakey"], f"{one['first']:.0%}", f"{one['top']:.0%}", *more
        )
    out.print(shown)
    out.print(found["text"], markup=False)
    for way in found["agreement"].values():
        value = translate("not known") if way["kendall"] is None else f"{way['kendall']:.2f}"
        out.print(translate("Agreement with {way}: {value}").format(way=way["title"], value=value), markup=False)
