"""Reads the packaged inventory and refuses a fact without source, date or grade.

Contract: IO only on the package's own `data/`. In a file every fact names its page by key; the page gives address,
date and grade, which the fact may give itself. `load(folder)` checks everything against everything; a refused folder
is not loaded in part.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from geodata.errors import RuleError
from sites.inventory.model import FACTS, Fact, Inventory, Measure, Site
from sites.law.loader import read_yaml

#: The file of NGI AdminVector with the centre points of municipal sections was read in this public copy.
SECTION_POINTS = (
    "https://github.com/breyting/Master-thesis/tree/7b702430517674ac1cc4fb5f623bbbaff2158383/"
    "Jeux_de_donn%C3%A9es/Fronti%C3%A8re%20belgique"
)
#: Points are of 2016-2020. The point is official, its link to the site is our inference.
_POINT = {
    "precision": "section", "source": SECTION_POINTS, "origin": {"kind": "adminvector"}, "date": "2016/2020",
    "grade": "C",
}  # fmt: skip
_SITE_FILES = (
    "flanders-transit.yaml", "flanders-residential.yaml", "wallonia.yaml", "brussels.yaml",
    "german-speaking-community.yaml",
)  # fmt: skip
_LISTS = {"hp.yaml": ("hp_sites", "hp_series", "hp_municipalities"), "totals.yaml": ("totals", "need")}
_REMEDY = "Every fact needs a source, a date (or undated) and a grade; nothing of the inventory was loaded."

Folder = Path | Traversable


def load(folder: Folder | None = None) -> Inventory:
    """The inventory of a folder, checked.

    Parameters
    ----------
    folder : folder with the YAML files; None = the packaged one.

    Raises
    ------
    RuleError
        When a fact has no source, date or grade, a key stands twice, a code has no words, a site shows no public
        body, or a figure refers to a site that is not there. Names the file and the place in it.
    """
    place = folder or files("sites.inventory").joinpath("data")
    raw: dict[str, Any] = {"sites": [], "municipality_notes": [], "checked_on": ""}
    where: list[tuple[str, str]] = []
    for name in _SITE_FILES:
        content = _read(place, name)
        for one in content.get("sites", []):
            raw["sites"].append({**one, "region": content.get("region")})
            where.append((name, str(one.get("id"))))
        raw["municipality_notes"] += [
            {**one, "region": content.get("region")} for one in content.get("municipality_notes", [])
        ]
        raw["checked_on"] = max(raw["checked_on"], str(content.get("checked_on")))
    for name, lists in _LISTS.items():
        content = _read(place, name)
        raw.update({one: content.get(one, []) for one in lists})
    try:
        found = Inventory.model_validate(raw)
    except ValidationError as error:
        raise _refused(error, where) from error
    _check(found, place)
    return found


def _read(place: Folder, name: str) -> dict[str, Any]:
    """One file with every fact's page written out."""
    try:
        text = place.joinpath(name).read_text(encoding="utf-8")
    except OSError:
        raise RuleError(f"{name}: the file is missing.", "Restore it; nothing of the inventory was loaded.") from None
    content = read_yaml(text, name)
    if not isinstance(content, dict):
        raise RuleError(f"{name}: it holds no lists.", _REMEDY)
    pages = content.get("sources", {})
    for key, page in pages.items():
        _check_page(key, page, name)
    return {key: _with_pages(value, pages, name) for key, value in content.items() if key != "sources"}


def _with_pages(value: Any, pages: dict[str, Any], name: str) -> Any:
    if isinstance(value, list):
        return [_with_pages(one, pages, name) for one in value]
    if not isinstance(value, dict):
        return value
    made = {key: _with_pages(one, pages, name) for key, one in value.items()}
    if isinstance(made.get("position"), dict):
        made["position"] = {**_POINT, **made["position"]}
    if "source" in value:
        page = _page(value["source"], pages, name)
        made = {"date": page["date"], "grade": page["grade"], **made, "source": page["url"]}
        made["also"] = [_page(one, pages, name)["url"] for one in value.get("also", [])]
    return made


def _page(key: Any, pages: dict[str, Any], name: str) -> dict[str, Any]:
    page = pages.get(key)
    if not isinstance(page, dict):
        raise RuleError(f"{name}: the source {key} is not among the sources of the file.", _REMEDY)
    return page


def _check_page(key: str, page: Any, name: str) -> None:
    """A page bears address, date and grade, also where every fact gives its own."""
    given = page if isinstance(page, dict) else {}
    try:
        Fact.model_validate(
            {**{one: value for one, value in given.items() if one != "url"}, "source": given.get("url")}
        )
    except ValidationError as error:
        first = error.errors()[0]
        field = first["loc"][0] if first["loc"] else "url"
        raise RuleError(f"{name}, source {key}: {field}: {first['msg']}.", _REMEDY) from error


def _refused(error: ValidationError, where: list[tuple[str, str]]) -> RuleError:
    first = error.errors()[0]
    loc = list(first["loc"])
    name = ""
    if loc[:1] == ["sites"] and len(loc) > 1 and isinstance(loc[1], int):
        name, site = where[loc[1]]
        name, loc = f"{name}, site {site}: ", loc[2:]
    field = ".".join(str(part) for part in loc)
    told = first["msg"].removeprefix("Value error, ")
    return RuleError(f"{name}{field + ': ' if field else ''}{told}.", _REMEDY)


def _check(found: Inventory, place: Folder) -> None:
    """Doubled ids, references to nowhere, codes without words."""
    ids = [one.id for one in found.sites] + [one.id for one in found.hp_sites]
    for one in ids:
        if ids.count(one) > 1:
            raise RuleError(f"The id {one} stands twice.", "Give each site an id of its own.")
    for site in found.sites:
        for amount in site.pitches:
            for other in amount.together_with:
                if other not in ids:
                    raise RuleError(f"{site.id}: there is no site {other}.", "Correct together_with.")
    known = words(place)
    for room, code in _codes(found):
        if code not in known.get(room, {}):
            raise RuleError(f"words.yaml: no words for {room} {code}.", "Add it in the four languages.")
    named = measures(place)
    for fact in [*found.hp_series, *found.totals, *found.need]:
        if fact.measure not in named:
            raise RuleError(f"measures.yaml: no measure {fact.measure}.", "Add its unit and its title.")


def _codes(found: Inventory) -> Iterator[tuple[str, str]]:
    """Every code the data use, with the list of words.yaml it belongs to."""
    for site in found.sites:
        yield from (("event", one.event) for one in site.status if one.event)
        yield from (("equipment", item) for one in site.equipment for item in [*one.items, *one.absent])
        yield from (("how", one.how) for one in site.opening if one.how)
        yield from (("per", one.per) for one in site.price if one.per)
        yield from (("for", one.paid_for) for one in site.price)
    yield from (("hp_status", fact.value) for one in found.hp_sites for fact in one.status)
    yield from (("hp_status", one.status) for one in found.hp_municipalities)


def words(folder: Folder | None = None) -> dict[str, dict[str, dict[str, str]]]:
    """Words by list and code, in the four languages.

    Raises
    ------
    RuleError
        When a word lacks a language.
    """
    place = folder or files("sites.inventory").joinpath("data")
    found: dict[str, dict[str, dict[str, str]]] = read_yaml(
        place.joinpath("words.yaml").read_text(encoding="utf-8"), "words.yaml"
    )
    for room, codes in found.items():
        for code, text in codes.items():
            missing = [one for one in ("nl", "fr", "de", "en") if not isinstance(text.get(one), str)]
            if missing:
                raise RuleError(f"words.yaml: {room} {code} has no text in {', '.join(missing)}.", "Add it.")
    return found


def measures(folder: Folder | None = None) -> dict[str, Measure]:
    """What the series count.

    Raises
    ------
    RuleError
        When a measure lacks its unit or a language.
    """
    place = folder or files("sites.inventory").joinpath("data")
    raw = read_yaml(place.joinpath("measures.yaml").read_text(encoding="utf-8"), "measures.yaml")
    try:
        return {name: Measure.model_validate(one) for name, one in raw.items()}
    except ValidationError as error:
        first = error.errors()[0]
        raise RuleError(f"measures.yaml: {first['loc']}: {first['msg']}.", "Give unit and title.") from error


@cache
def inventory() -> Inventory:
    """The packaged inventory."""
    return load()


def sites() -> tuple[Site, ...]:
    """The public sites of the packaged inventory, in the order of its files."""
    return tuple(inventory().sites)


def all_facts(site: Site) -> Iterator[tuple[str, Any]]:
    """Every fact of a site with the name of its list, the point included."""
    for name in FACTS:
        for fact in site.facts(name):
            yield name, fact
    if site.position is not None:
        yield "position", site.position


__all__ = ["all_facts", "inventory", "load", "measures", "sites", "words"]
