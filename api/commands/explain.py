"""`standplaats explain`: why a parcel is or is not a candidate, in plain words."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from api.commands.common import AsJson, Demo, Lang, SiteType, out, print_json, settings_for
from api.dependencies import capakey_of
from api.i18n import Translator, translator
from api.views import parcel_view
from geodata.database.engine import connect
from sites.candidates.explanation import municipality_of
from sites.candidates.runs import find_run

_MARKS = {"pass": "✓", "conditional": "→", "derogation": "±", "fail": "✗", "unknown": "?"}


def explain_command(
    parcels: Annotated[list[str], typer.Argument(help="CAPAKEYs, with / or -.")],
    type: SiteType = "residential",
    run: Annotated[str | None, typer.Option("--run", help="Result; the newest if left out.")] = None,
    lang: Lang = None,
    demo: Demo = False,
    json: AsJson = False,
) -> None:
    """Explain parcels: each condition with its rule, each contribution, what is not known, and the sum."""
    settings = settings_for(demo, lang=lang)
    translate = translator(settings.lang)
    with connect(settings) as connection:
        found = []
        for text in parcels:
            key = capakey_of(text)
            territory = None if run else [municipality_of(connection, key)]
            chosen = find_run(connection, run_id=run, territory=territory, site_type=type)
            found.append(parcel_view(connection, key, chosen, translate))
    if json:
        explanations = [one["explanation"] for one in found]
        print_json(explanations[0] if len(explanations) == 1 else {"count": len(found), "items": explanations})
        return
    for one in found:
        _print(one, translate)


def _print(parcel: dict[str, Any], translate: Translator) -> None:
    told = parcel["explanation"]
    out.print(f"[bold]{parcel['capakey']}[/]  {translate.verdict(told['verdict'], told['so_far'])}")
    out.print(told["text"], markup=False)
    out.print()
    for constraint in told["constraints"]:
        rule = f" [{constraint['rule_title']}]" if constraint.get("rule_title") else ""
        line = f"  {_MARKS[constraint['state']]} {constraint['title']}: {constraint['sentence']}{rule}"
        out.print(line, markup=False)
    for condition in told["conditions"]:
        out.print(f"  → {condition['what']} ({condition['who_decides']})", markup=False)
    out.print()
    for criterion in told["criteria"]:
        out.print(
            f"    {_amount(criterion['contribution'])}  {criterion['title']}: {criterion['sentence']}", markup=False
        )
    out.print(f"  = {_amount(told['score'])}", markup=False)
    out.print()


def _amount(interval: dict[str, float]) -> str:
    low, high = f"{interval['low']:.3f}", f"{interval['high']:.3f}"
    return low if low == high else f"{low} to {high}"
