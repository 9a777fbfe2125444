"""What a row says that is new: against the export of its site, the prefilled sheet, or the record it would replace.

Contract: pure. An empty cell says nothing and takes nothing away; `CLEAR` takes back what an earlier list said for that
year. A cell is new when it differs from what the program wrote there in every one of the four languages.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from geodata.sources.nis import successor
from sites.inventory.export import flat
from sites.inventory.model import Site, StatusFact
from sites.inventory.prefill import prefilled
from sites.inventory.record import ownership, plain
from sites.inventory.sheet import canonical
from sites.law.model import LANGUAGES

#: The word that takes a value back; an empty cell never does.
CLEAR = "-"
SOURCE = frozenset({"source_url", "source_date", "grade"})
_CLEARABLE = frozenset({"address", "manager", "pitches", "occupied", "rate", "opened", "closed", "fee_text", "x", "y"})
#: Columns that are told together or not at all.
_GROUPS = (frozenset({"x", "y", "precision"}), frozenset({"pitches", "pitch_unit"}), SOURCE)
_STATUS = ("status", "source_url", "source_date", "grade")
_NO = ("no", "nee", "neen", "non", "nein", "0")

Row = Mapping[str, str]


def without_clear(row: Row) -> tuple[dict[str, str], frozenset[str]]:
    """A row with `CLEAR` made empty, and the columns in which it stood and can stand."""
    cleared = {name for name, text in row.items() if text == CLEAR}
    return {name: "" if name in cleared else text for name, text in row.items()}, _CLEARABLE & cleared


def edits(row: Row, cleared: Collection[str], site: Site) -> dict[str, tuple[Any, Any]]:
    """Cells of a row of the site list that differ from the export of the site: column -> (old, new)."""
    views = [
        {name: value for title, value in flat(site, language).items() if (name := canonical(title))}
        for language in LANGUAGES
    ]
    status = _nearest(row, site)
    old = {**views[0], **dict(zip(_STATUS, _told(status), strict=True))}
    found: dict[str, tuple[Any, Any]] = {
        name: (old.get(name), None) for name in cleared if old.get(name) is not None or name not in old
    }
    for name, text in row.items():
        if not text or name == "year" or (name == "ownership" and ownership(row) == "public"):
            continue
        if name in _STATUS:
            known = _same(text, old[name])
        elif name == "nis":
            known = (successor(text, ()) or text) == site.nis
        elif name == "municipality" and row.get("nis"):
            known = True
        elif name == "site_id":
            known = plain(text) == site.id
        else:
            known = any(_same(text, view.get(name)) for view in views)
        if not known:
            found[name] = (old.get(name), text)
    return found


def _told(fact: StatusFact) -> tuple[Any, ...]:
    return fact.value, fact.source, fact.date, fact.grade


def _nearest(row: Row, site: Site) -> StatusFact:
    """The status the row was exported with: an export of a year holds an earlier one."""

    def alike(fact: StatusFact) -> int:
        return sum(_same(row.get(name, ""), value) for name, value in zip(_STATUS, _told(fact), strict=True))

    return max(reversed(site.status), key=alike)


def reduced(row: Row, site: Site, changed: Collection[str]) -> dict[str, str]:
    """The row with what was edited alone: everything else has pages of its own, which the edit does not speak for."""
    keep = {"site_id", "name", "nis", "site_type", "status", "year", "ownership", *changed}
    if keep & {"occupied", "rate"}:
        keep |= {"occupied", "rate", "pitches"}
    for group in _GROUPS:
        if keep & group:
            keep |= group
    status = site.status_in()
    needed = {
        "name": site.name, "nis": site.nis, "site_type": site.site_type[-1].value,
        "status": status.value if status else None,
        # The site is known to be public; a manager written anew has to show it again.
        "ownership": None if "manager" in changed else "public",
    }  # fmt: skip
    return {name: (row.get(name) or needed.get(name) or "") if name in keep else "" for name in {*row, *needed}}


def is_filled_in(row: Row, cleared: Collection[str], site: Site, year: int) -> bool:
    """Did anybody fill in, take back or confirm anything in a row of the yearly sheet?"""
    confirmed = row.get("confirmed", "")
    if cleared or (confirmed and plain(confirmed) not in _NO):
        return True
    views = [prefilled(site, year, language) for language in LANGUAGES]
    return any(
        text and name in views[0] and not any(_same(text, view[name]) for view in views)
        for name, text in row.items()
        if name != "confirmed"
    )


def completed(row: Row, cleared: Collection[str], old: Mapping[str, Any] | None) -> dict[str, str]:
    """The row with its empty cells filled from the record of the same site and year, which it would replace."""
    made = dict(row)
    if old is None:
        return made
    if not row.get("manager") and not row.get("ownership"):
        made["ownership"] = "public"
    given = {
        name: old[name]
        for name in ("name", "site_type", "status", "address", "manager", "pitches", "pitch_unit", "opened", "closed",
                     "fee_text", "precision")
    }  # fmt: skip
    if not row.get("x") and not row.get("y") and not {"x", "y"} & set(cleared):
        given |= {"x": old["x"], "y": old["y"]}
    if says_no_occupancy(row, cleared):
        given["occupied"] = old["occupied"]
        given["rate"] = old["occupancy_rate"] if old["occupied"] is None else None
    if row.get("source_url") and row["source_url"] == old["source_url"]:
        given |= {"source_date": old["source_date"], "grade": old["grade"]}
    for name, value in given.items():
        if value is not None and not row.get(name) and name not in cleared:
            made[name] = str(value)
    return made


def says_no_occupancy(row: Row, cleared: Collection[str]) -> bool:
    """Are the cells of occupancy empty, and not cleared?"""
    return not row.get("occupied") and not row.get("rate") and not {"occupied", "rate"} & set(cleared)


def _same(text: str, value: Any) -> bool:
    told = "" if value is None else str(value).strip()
    if text == told:
        return True
    try:
        return float(text.replace(",", ".")) == float(told)
    except ValueError:
        return False
