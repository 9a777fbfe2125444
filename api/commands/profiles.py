"""`standplaats profiles`: published sets of criteria, and those of municipalities: list, show, add, compare."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

from api.commands.common import AsJson, Demo, Lang, out, print_json, settings_for, table
from api.i18n import Translator, translator
from geodata.database.engine import connect
from geodata.errors import InputError
from sites.candidates.local_profiles import add_profile, changes_of, find_profile, list_versions, profile_for
from sites.suitability import profiles
from sites.suitability.local import local_profile
from sites.suitability.titles import constraint_title, criterion_title

app = typer.Typer(
    no_args_is_help=True,
    help="Sets of criteria: the published ones, and those of municipalities, which may be stricter.",
)

ProfileId = Annotated[str, typer.Argument(help="Name of a set, as printed by profiles list.")]
Version = Annotated[int | None, typer.Option("--version", help="Version of a local set; the newest if left out.")]
#: Larger files are none of ours.
_MOST_BYTES = 1_000_000


@app.command("list")
def list_command(lang: Lang = None, demo: Demo = False, json: AsJson = False) -> None:
    """List the published sets, and every version of the local ones."""
    settings = settings_for(demo, lang=lang)
    with connect(settings) as connection:
        local = [one.summary() for one in list_versions(connection)]
    items: list[dict[str, Any]] = [
        {"id": one.id, "version": one.version, "base": None, "municipalities": [], "who": None, "why": None,
         "date": one.published.isoformat(), "stored": None}
        for one in profiles()
    ]  # fmt: skip
    items += local
    if json:
        print_json({"count": len(items), "items": items})
        return
    shown = table("set", "version", "made from", "municipality", "who", "why", "date")
    for one in items:
        places = ", ".join(one["municipalities"])
        cells = (one["id"], one["version"], one["base"] or "", places, one["who"] or "", one["why"] or "", one["date"])
        shown.add_row(*(str(cell) for cell in cells))
    out.print(shown)


@app.command()
def show(
    profile: ProfileId, version: Version = None, lang: Lang = None, demo: Demo = False, json: AsJson = False
) -> None:
    """Show one set: its criteria with weight, range and value function; --json prints all of it."""
    settings = settings_for(demo, lang=lang)
    with connect(settings) as connection:
        found = profile_for(connection, profile, version)
    if json:
        print_json(found.model_dump(mode="json"))
        return
    translate = translator(settings.lang)
    out.print(f"{found.title[settings.lang]} ({found.id} {found.version})", markup=False)
    shown = table("criterion", "weight", "unit", "value function", "whose")
    for one in found.criteria:
        points = [f"{x:g} → {y:g}" for x, y in one.points] or [f"{word} → {y:g}" for word, y in one.values.items()]
        title = translate.render(criterion_title(one.id))
        shown.add_row(title, f"{found.weights[one.id]:.3f}", one.unit, "; ".join(points), translate(_WHOSE[one.kind]))
    out.print(shown)
    out.print(", ".join(translate.render(constraint_title(one.id)) for one in found.constraints), markup=False)


_WHOSE = {"official": "official", "foreign_norm": "foreign norm", "our_choice": "our choice"}


@app.command()
def add(
    file: Annotated[Path, typer.Argument(help="YAML: id, base, base_version, nis, who, why, date, changes.")],
    lang: Lang = None,
    demo: Demo = False,
    json: AsJson = False,
) -> None:
    """Store a local set as a new version. It may weigh anew and be stricter; anything milder is refused."""
    settings = settings_for(demo, lang=lang)
    local = local_profile(_read(file), file.name)
    with connect(settings) as connection:
        done = add_profile(connection, local)
    if json:
        print_json(done.summary())
        return
    told = translator(settings.lang)("Stored: {profile} version {version}, made from {base}.")
    out.print(told.format(profile=done.profile_id, version=done.version, base=done.base), markup=False)


@app.command()
def diff(
    profile: ProfileId, version: Version = None, lang: Lang = None, demo: Demo = False, json: AsJson = False
) -> None:
    """Say in what a local set differs from the published one of today."""
    settings = settings_for(demo, lang=lang)
    with connect(settings) as connection:
        changes = changes_of(find_profile(connection, profile, version))
    if json:
        print_json({"count": len(changes), "items": changes})
        return
    translate = translator(settings.lang)
    shown = table("place", "published", "local")
    for one in changes:
        shown.add_row(one["place"], _cell(one["before"], translate), _cell(one["after"], translate))
    out.print(shown)


def _cell(value: Any, translate: Translator) -> str:
    if value is None:
        return translate("not there")
    return f"{value:g}" if isinstance(value, float) else str(value)


def _read(file: Path) -> Any:
    """A file as plain data.

    Raises
    ------
    InputError
        When it cannot be read, is too large, or is no YAML.
    """
    try:
        if file.stat().st_size > _MOST_BYTES:
            raise InputError("is larger than 1 MB.", "A set of changes is a page of text.", file=file)
        return yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot be read ({error}).", "Check the name of the file.", file=file) from error
    except yaml.YAMLError as error:
        raise InputError(f"is no YAML ({' '.join(str(error).split())}).", "Mend the line named.", file=file) from error
