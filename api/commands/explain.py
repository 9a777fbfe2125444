"""`standplaats explain`: why a parcel is or is not a candidate, in plain words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

import typer

from api.commands.common import AsJson, Demo, Lang, SiteType, notice, out, print_json, print_sources, settings_for
from api.dependencies import capakey_of
from api.i18n import Translator, translator
from api.provenance import flag
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
        print_json(found[0] if len(found) == 1 else {"count": len(found), "items": found})
        return
    notice()
    for one in found:
        _print(one, translate)


def _print(told: dict[str, Any], translate: Translator) -> None:
    out.print(f"[bold]{told['capakeys'][0]}[/]  {translate.verdict(told['verdict'], told['so_far'])}")
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
