"""`standplaats law`: show rules, what holds in a place, bring in another rule pack, undo it, try a draft call."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from api.commands.common import AsJson, AsOf, Demo, Lang, day, out, print_json, settings_for, table
from api.i18n import translator
from api.law_preview import databases, preview
from api.law_reach import reach_view
from api.law_text import law_lines, name_of, preview_lines, reach_lines, rule_lines
from api.law_view import law_at_view, rule_view, rules_view
from geodata.database.engine import connect
from geodata.errors import NotFoundError, UsageError
from geodata.settings import Settings
from sites.law import use_pack
from sites.law.loader import load_pack
from sites.law.model import SITE_TYPES
from sites.law.packs import PackStore
from sites.law.scenario import read_drafts
from sites.law.subsidies.rule import SubsidyRule

app = typer.Typer(
    no_args_is_help=True, help="Rules: show, what holds in a place, bring in another rule pack, undo, try a draft."
)
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Install without asking.")]


def packs_of(settings: Settings) -> PackStore:
    """Rule packs of this installation."""
    return PackStore(settings.home / "law")


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        out.print(line, markup=False)


@app.command("show")
def show(
    rule: Annotated[
        str | None, typer.Argument(help="Rule id, or a short name such as VL-2000; all if left out.")
    ] = None,
    as_of: AsOf = None,
    lang: Lang = None,
    json: AsJson = False,
) -> None:
    """Show a rule with its dates, values, sources and grade, or list all rules. Nothing found reads "not found"."""
    translate = translator(settings_for(lang=lang).lang)
    asked, today = day(as_of) if as_of else None, date.today()
    if rule is None:
        found = rules_view(region=None, kind=None, as_of=asked, language=translate.language, today=today)
    else:
        found = rule_view(rule, as_of=asked, language=translate.language, today=today)
        holding = [one for one in found["items"] if one["in_force"]]
        if holding and not json:
            found["items"] = holding
    if json:
        print_json(found)
    elif rule is None:
        _print_list(found, translate, dated=asked is not None)
    else:
        for item in found["items"]:
            _print([*rule_lines(item, translate, found["as_of"]), ""])


def _print_list(found: dict[str, Any], translate: Any, *, dated: bool) -> None:
    names = ("rule", "region", "holds from", "holds to", "grade", "last checked")
    shown = table(*map(translate, names), *([found["as_of"]] if dated else []))
    for one in found["items"]:
        stale = f" ({translate('more than six months ago')})" if one["checked_stale"] else ""
        holds = [translate("holds" if one["in_force"] else "does not hold")] if dated else []
        shown.add_row(
            f"{one['title']}\n{one['id']}",
            name_of(one["region"], translate),
            one["valid_from"] or translate("not dated"),
            one["valid_to"] or translate("open"),
            one["grade"],
            one["checked_on"] + stale,
            *holds,
        )
    out.print(shown)
    out.print(f"{found['pack_version']}: {found['count']}", markup=False)


@app.command("at")
def at(
    municipality: Annotated[str, typer.Option("--municipality", "-m", help="NIS code.")],
    as_of: AsOf = None,
    type: Annotated[str | None, typer.Option("--type", "-t", help=f"Type of site: {', '.join(SITE_TYPES)}.")] = None,
    lang: Lang = None,
    json: AsJson = False,
) -> None:
    """Show what law holds in a municipality on a day: plan levels, zones, permits, norms, subsidy regimes."""
    translate = translator(settings_for(lang=lang).lang)
    found = law_at_view(municipality, as_of=day(as_of), site_type=type, language=translate.language, today=date.today())
    if json:
        print_json(found)
    else:
        _print(law_lines(found, translate))


@app.command("packs")
def packs(json: AsJson = False) -> None:
    """List rule packs: version, fingerprint, day of installation, which one is in use."""
    found = [one.as_dict() for one in packs_of(settings_for()).installed()]
    if json:
        print_json({"count": len(found), "items": found})
        return
    shown = table("version", "fingerprint", "installed on", "in use")
    for one in found:
        came = one["installed_on"] or "came with the program"
        shown.add_row(one["version"], one["fingerprint"], came, "yes" if one["current"] else "")
    out.print(shown)


@app.command("update")
def update(
    file: Annotated[Path, typer.Argument(help="Rule pack: a .zip or a folder with pack.yaml.")],
    yes: Yes = False,
    lang: Lang = None,
    json: AsJson = False,
) -> None:
    """Check a rule pack, preview which rules and stored answers change, and install it. Earlier packs are kept."""
    settings = settings_for(lang=lang)
    store, translate = packs_of(settings), translator(settings.lang)
    with store.opened(file) as (offered, folder):
        found = preview(settings, offered)
        same = found["in_use"] == found["offered"]
        if not json:
            _print_preview(found, translate)
        wanted = yes or (not json and not same and sys.stdin.isatty() and typer.confirm("Install it?"))
        installed = wanted and not same
        if installed:
            use_pack_of(store, store.install(offered, folder, date.today()).name)
    if json:
        print_json({**found, "installed": installed})
    elif installed:
        out.print(f"In use: {found['offered']}. Back to the one before: standplaats law undo.", markup=False)
        out.print("A service that is running reads it at its next start.")
    elif same:
        out.print("This pack is in use already; nothing was changed.")
    else:
        out.print("Nothing was changed. Install it with --yes.")


def use_pack_of(store: PackStore, name: str) -> str:
    """Bring the current pack of the installation into use in this process; returns its name."""
    use_pack(store.in_use())
    return name


def _print_preview(found: dict[str, Any], translate: Any) -> None:
    counts = ", ".join(f"{count} {what}" for what, count in found["counts"].items())
    out.print(f"{found['in_use']} → {found['offered']}: {counts}", markup=False)
    if found["older"]:
        out.print("This pack is older than the one in use.")
    _print(preview_lines(found, translate))
    answers = found["answers"]
    for one in answers["runs"]:
        zones = ", ".join(
            f"{zone['zoning_class']} {zone['old']['state']} → {zone['new']['state']}" for zone in one["zones"]
        )
        norms = ", ".join([*one["norms"], *(f"{pair['id']} ({pair['rule']})" for pair in one["constraints"])])
        told = "; ".join(part for part in (zones and f"{one['parcels']} parcels: {zones}", norms) if part)
        out.print(f"Result {one['run']} ({', '.join(one['territory'])}, law of {one['as_of']}): {told}", markup=False)
    for one in answers["files"]:
        out.print(f"Subsidy file {one['file']} (law of {one['as_of']}): {', '.join(one['what'])}", markup=False)
    if found["rules"] and not answers["runs"] and not answers["files"]:
        looked = " and ".join(answers["looked_at"])
        out.print(f"No stored answer changes ({looked} database)." if looked else "There are no stored answers.")
    for one in answers["not_looked_at"]:
        out.print(f"Not looked at: the {one['database']} database. {one['reason']}", markup=False)
    out.print("Stored results and files keep the answers and the pack they were made with.")


@app.command("undo")
def undo() -> None:
    """Go back to the rule pack that was in use before; every pack is kept."""
    store = packs_of(settings_for())
    name = use_pack_of(store, store.undo().name)
    out.print(f"In use again: {name}", markup=False)


@app.command("try")
def try_command(
    file: Annotated[
        Path | None, typer.Argument(help="Rule file with drafts, or the id of one that came with the rules.")
    ] = None,
    lang: Lang = None,
    demo: Demo = False,
    json: AsJson = False,
) -> None:
    """Try a draft call on the land that is scored: who would be reached, and how many projects it pays."""
    settings = settings_for(demo, lang=lang)
    translate = translator(settings.lang)
    found = [reach for rule in _drafts(file) for reach in _reach(settings, rule)]
    if json:
        print_json({"count": len(found), "items": found})
        return
    for one in found:
        _print([*reach_lines(one, translate), ""])


def _reach(settings: Settings, rule: SubsidyRule) -> list[dict[str, Any]]:
    if not any(one.demo == settings.demo for one in databases(settings)):
        return [reach_view(None, rule, settings.lang)]
    with connect(settings) as connection:
        return [reach_view(connection, rule, settings.lang)]


def _drafts(file: Path | None) -> list[SubsidyRule]:
    """Drafts of a file, or of the rules; none named: all that came with the rules."""
    shipped = [one for one in load_pack(packs_of(settings_for()).in_use()).drafts if isinstance(one, SubsidyRule)]
    if file is None:
        if not shipped:
            raise UsageError("No draft came with the rules.", "Give a rule file: standplaats law try FILE.")
        return shipped
    named = [one for one in shipped if str(file) in (one.id, one.values.regime)]
    if named:
        return named
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        names = ", ".join(one.id for one in shipped)
        raise NotFoundError(
            f"{file}: no such draft, or no text file.", f"Drafts that came with the rules: {names}."
        ) from None
    return read_drafts(text, file.name)
