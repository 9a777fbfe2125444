"""`standplaats subsidy`: which regimes there were and are, and what a project could count on under them on a day."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any

import typer

from api.commands.common import AsJson, AsOf, Lang, day, out, print_json, settings_for, table
from api.estimates import cost_lines, estimate_view, facts_of, law_region, project_of, regimes_view
from geodata.errors import UsageError
from sites.law import Project
from sites.law.model import LAW_REGIONS, SITE_TYPES
from sites.law.subsidies.rule import CASES, INITIATORS

app = typer.Typer(no_args_is_help=True, help="Subsidies: regimes by date, and what a project could count on.")

Region = Annotated[str | None, typer.Option("--region", "-r", help=f"{', '.join(LAW_REGIONS)}.")]
OneMunicipality = Annotated[str | None, typer.Option("--municipality", "-m", help="NIS code instead of a region.")]
AnyType = Annotated[
    str | None,
    typer.Option("--type", "-t", help=f"Type of site: {', '.join(SITE_TYPES)}; that of the case, or residential."),
]
Pitches = Annotated[int | None, typer.Option("--pitches", help="Pitches of the site.")]
Caravans = Annotated[int | None, typer.Option("--caravans", help="Caravans it takes; not the same as pitches.")]
Costs = Annotated[
    list[str] | None,
    typer.Option("--cost", help="Cost line TYPE=EUROS without VAT, such as layout=600000; repeatable."),
]
Who = Annotated[str | None, typer.Option("--initiator", help=f"Who applies: {', '.join(INITIATORS)}.")]
Valuation = Annotated[str | None, typer.Option("--valuation", help="Official valuation of the land, euros.")]
Lodged = Annotated[str | None, typer.Option("--lodged", help="Day the file was lodged, YYYY-MM-DD.")]
InPrinciple = Annotated[str | None, typer.Option("--approved-in-principle", help="Day of the approval in principle.")]
Finally = Annotated[str | None, typer.Option("--approved-finally", help="Day of the final approval.")]
Case = Annotated[str | None, typer.Option("--case", help=f"Case of the Walloon housing code: {', '.join(CASES)}.")]
Facts = Annotated[
    list[str] | None, typer.Option("--fact", help="A condition known to be met or not, CONDITION=yes|no; repeatable.")
]


@app.command("regimes")
def regimes_command(region: Region = None, as_of: AsOf = None, lang: Lang = None, json: AsJson = False) -> None:
    """List subsidy regimes, oldest first; with --as-of also what each is to a new file on that day."""
    language = settings_for(lang=lang).lang
    found = regimes_view(region, day(as_of) if as_of else None, language)
    if json:
        print_json(found)
        return
    dated = as_of is not None
    shown = table("regime", "title", "region", "from", "to", "rates", *(["on that day"] if dated else []), "grade")
    for one in found["items"]:
        rates = ", ".join(f"{name} {_rate(rate)}" for name, rate in one["rates"].items())
        if one["flat"]:
            rates = ", ".join(part for part in (rates, f"{one['flat']['amount']} a year") if part)
        status = [one["status_title"]] if dated else []
        shown.add_row(
            one["id"], one["title"], one["region"], one["valid_from"] or "not found", one["valid_to"] or "open",
            rates or "none", *status, one["grade"],
        )  # fmt: skip
    out.print(shown)


def _rate(rate: float | None) -> str:
    return "not found" if rate is None else f"{rate:.0%}"


@app.command("estimate")
def estimate_command(
    region: Region = None,
    municipality: OneMunicipality = None,
    as_of: AsOf = None,
    type: AnyType = None,
    pitches: Pitches = None,
    caravans: Caravans = None,
    cost: Costs = None,
    initiator: Who = None,
    valuation: Valuation = None,
    lodged: Lodged = None,
    approved_in_principle: InPrinciple = None,
    approved_finally: Finally = None,
    case: Case = None,
    fact: Facts = None,
    lang: Lang = None,
    json: AsJson = False,
) -> None:
    """What a project could count on by the law of a day: regimes, amounts per cost line, conditions with their source."""
    project = read_project(
        region, municipality, type=type, pitches=pitches, caravans=caravans, cost=cost, initiator=initiator,
        valuation=valuation, lodged=lodged, approved_in_principle=approved_in_principle,
        approved_finally=approved_finally, case=case, fact=fact,
    )  # fmt: skip
    found = estimate_view(project, day(as_of), settings_for(lang=lang).lang)
    if json:
        print_json(found)
    else:
        print_estimate(found)


def read_project(region: str | None, municipality: str | None, **given: Any) -> Project:
    """The project of the options of `subsidy estimate` and `files new`."""
    dates = {name: _day(given[name]) for name in ("lodged", "approved_in_principle", "approved_finally")}
    return project_of(
        law_region(region, municipality),
        {
            "site_type": given["type"],
            "pitches": given["pitches"],
            "caravans": given["caravans"],
            "costs": cost_lines(given["cost"] or ()),
            "initiator": given["initiator"],
            "valuation": _euros(given["valuation"]),
            "case": given["case"],
            "facts": facts_of(given["fact"] or ()),
            **dates,
        },
    )


def _day(text: str | None) -> date | None:
    return day(text) if text else None


def _euros(text: str | None) -> Decimal | None:
    if text is None:
        return None
    try:
        return Decimal(text)
    except ArithmeticError:
        raise UsageError(f"{text} is no amount.", "Write euros with a point: 250000.00.") from None


def print_estimate(found: dict[str, Any]) -> None:
    """An estimate as a person reads it: the text, the cost lines, the conditions with where they were read."""
    out.print(found["text"], markup=False)
    if found["cost_lines"]:
        out.print()
        shown = table("cost", "counted on", "rate", "cap", "low", "high", "regime")
        for one in found["cost_lines"]:
            low, high = (one["subsidy"][end] or "not found" for end in ("low", "high"))
            rate = "" if one["regime"] is None else _rate(one["rate"])
            cap = one["cap"] or ("not found" if "cap" in one["not_known"] else "")
            shown.add_row(one["title"], one["eligible"] or "", rate, cap, low, high, one["regime"] or "")
        out.print(shown)
    for regime in found["regimes"]:
        mine = [one for one in found["conditions"] if one["regime"] == regime["id"]]
        out.print(f"\n[bold]{regime['id']}[/] {regime['title']}: {regime['status_title']}")
        for one in mine:
            mark = {"met": "✓", "not_met": "✗", "unknown": "?"}[one["state"]]
            out.print(f"  {mark} {one['id']}: {one['title']} [{one['citation']}]", markup=False)
        for at, cited in enumerate(regime["citations"]):
            out.print(f"  {'sources: ' if at == 0 else '         '}{cited['url']} ({cited['grade']})", markup=False)
