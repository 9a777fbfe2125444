"""Lists read into the inventory: a preview of what changes, then one transaction.

Contract: `read_list` plans and, unless it is a preview, writes. The same file twice changes nothing the second time,
nor does an export that is read back; an empty cell takes nothing away (`compare`).
Earlier years and replaced records are kept. A refused row is named by number, field, reason and remedy, never by what
it holds; a file that cannot be read, or of which no row can be used, writes nothing.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, Literal

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from geodata.errors import InputError
from sites.inventory.compare import (
    SOURCE,
    completed,
    edits,
    is_filled_in,
    reduced,
    says_no_occupancy,
    without_clear,
)
from sites.inventory.current import all_sites, names_of
from sites.inventory.record import (
    PrivateRow,
    Record,
    RowRefused,
    Territory,
    Way,
    key_of,
    plain,
    record_of,
    values_of,
)
from sites.inventory.sheet import Sheet, read_sheet

Kind = Literal["monitoring", "sites", "return"]
Connection = psycopg.Connection[Any]

REQUIRED: dict[Kind, tuple[str, ...]] = {
    "monitoring": ("year", "site_type"),
    "sites": ("name", "site_type", "nis", "manager", "source_url", "source_date", "grade"),
    "return": ("year", "nis", "site_type", "pitches"),
}
_SOURCE_COLUMNS = ("source_url", "source_date", "grade")


@dataclass(frozen=True)
class Change:
    """What happens to one site and year."""

    row: int
    site_id: str
    name: str
    municipality: str
    year: int
    state: Literal["new", "changed", "unchanged"]
    fields: list[dict[str, Any]]
    against: int | None
    """Year of the record compared with; None where the site had none."""
    record: Record | None
    """None for a row of an export in which nothing was edited."""

    def as_dict(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {
            "row": self.row, "site_id": self.site_id, "name": self.name, "municipality": self.municipality,
            "year": self.year, "state": self.state, "against": self.against, "changes": self.fields,
        }  # fmt: skip


@dataclass
class Preview:
    """What a list would do, or did."""

    kind: Kind
    file: str
    read: int
    saved: bool = False
    changes: list[Change] = field(default_factory=list)
    refused: list[dict[str, Any]] = field(default_factory=list)
    private: list[dict[str, Any]] = field(default_factory=list)
    private_rows: int = 0
    unread_columns: list[str] = field(default_factory=list)

    def count(self, state: str) -> int:
        """Changes in that state."""
        return sum(one.state == state for one in self.changes)

    def as_dict(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {
            "kind": self.kind, "file": self.file, "saved": self.saved, "read": self.read,
            **{state: self.count(state) for state in ("new", "changed", "unchanged")},
            "refused": len(self.refused), "private_rows": self.private_rows,
            "count": len(self.changes), "items": [one.as_dict() for one in self.changes],
            "refusals": self.refused, "private": self.private, "unread_columns": self.unread_columns,
        }  # fmt: skip


def read_list(connection: Connection, path: Path, kind: Kind, *, preview: bool = False) -> Preview:
    """Read a list into the inventory, or say what it would change.

    Parameters
    ----------
    connection : on the selected database; committed here unless `preview`.
    path : CSV or XLSX.
    kind : monitoring (yearly list), sites (schema of the site list), or return (a municipality's sheet).
    preview : change nothing.

    Raises
    ------
    InputError
        When the file cannot be read or none of its rows can be used; nothing is written.
    """
    sheet = read_sheet(path, _required(kind))
    with connection.transaction(force_rollback=preview):
        # Two lists at the same time would each plan against a state the other one changes.
        connection.execute("SELECT pg_advisory_xact_lock(hashtext('standplaats inventory'))")
        plan, private = _plan(connection, sheet, path, kind)
        if not preview:
            _write(connection, plan, private, path)
            plan.saved = True
    return plan


def _required(kind: Kind) -> tuple[str, ...]:
    return REQUIRED[kind]


def territory_of(connection: Connection) -> Territory:
    """Municipalities and sites that are known, and whether this is the demo."""
    found = all_sites(connection)
    names = names_of(found)
    for nis, name in connection.execute(
        """SELECT m.nis, coalesce(m.name_nl, m.name_fr, m.name_de) FROM municipality m
           JOIN dataset d ON d.id = m.dataset_id AND d.current WHERE m.valid_to IS NULL"""
    ).fetchall():
        names.setdefault(nis, name)
    row = connection.execute("SELECT value = 'demo' FROM meta WHERE key = 'territory'").fetchone()
    return Territory(names, {one.id: one for one in found}, bool(row and row[0]), date.today().year)


@dataclass
class _Reading:
    """One list being read against what is there."""

    kind: Kind
    territory: Territory
    before: Mapping[str, Mapping[int, dict[str, Any]]]
    seen: dict[tuple[str, int], int] = field(default_factory=dict)

    def row(self, number: int, cells: Mapping[str, str]) -> Change | PrivateRow:
        """What a row does.

        Raises
        ------
        RowRefused
            When it cannot be used.
        """
        row, cleared = without_clear(cells)
        site = self.territory.known.get(plain(row.get("site_id", ""))) if self.kind == "sites" else None
        if site is None:
            return self._against_record(number, row, cleared, self.kind, {})
        edited = edits(row, cleared, site)
        if not edited:
            year = next((one.year for one in reversed(site.status) if one.year is not None), self.territory.year)
            self._once(site.id, year, number)
            return Change(number, site.id, site.name, site.municipality or "", year, "unchanged", [], None, None)
        own_source = SOURCE & edited.keys()
        return self._against_record(
            number, reduced(row, site, edited), cleared, "sites" if own_source else "edited", edited
        )

    def _against_record(
        self, number: int, row: Mapping[str, str], cleared: frozenset[str], way: Way, edited: Mapping[str, Any]
    ) -> Change | PrivateRow:
        site_id, year = key_of(row, way, self.territory)
        years = self.before.get(site_id, {})
        against = year if year in years else max((one for one in years if one < year), default=None)
        old = years.get(year)
        if edited and old is None and edited.keys() <= cleared:
            raise RowRefused("year", "no list said anything of that year that could be taken back", "Check the year.")
        made = record_of(completed(row, cleared, old), way, self.territory)
        if isinstance(made, PrivateRow):
            return made
        self._once(made.site_id, made.year, number)
        known = old if self.kind != "return" or against is None else years[against]
        if known is not None and known["occupancy_suppressed"] and says_no_occupancy(row, cleared):
            made = replace(made, occupied=None, occupancy_rate=None, occupancy_suppressed=True)
        change = _change(number, made, years, against, edited)
        if self.kind == "return" and change.state != "unchanged":
            self._check_filled_in(row, cleared, made)
        return change

    def _once(self, site_id: str, year: int, number: int) -> None:
        first = self.seen.setdefault((site_id, year), number)
        if first != number:
            raise RowRefused("name", f"the site stands in row {first} already", "Keep one row per site and year.")

    def _check_filled_in(self, row: Mapping[str, str], cleared: frozenset[str], made: Record) -> None:
        site = self.territory.known.get(made.site_id)
        if site is not None and not is_filled_in(row, cleared, site, made.year):
            raise RowRefused(
                "confirmed", "nothing is filled in", "Fill in what changed; where nothing did, write yes in the last column."
            )  # fmt: skip


def _plan(
    connection: Connection, sheet: Sheet, path: Path, kind: Kind
) -> tuple[Preview, dict[tuple[str, int], list[PrivateRow]]]:
    plan = Preview(kind, path.name, len(sheet.rows), unread_columns=sheet.unread)
    reading = _Reading(kind, territory_of(connection), _current(connection))
    private: dict[tuple[str, int], list[PrivateRow]] = {}
    for number, row in zip(sheet.numbers, sheet.rows, strict=True):
        try:
            made = reading.row(number, row)
        except RowRefused as refusal:
            plan.refused.append(
                {"row": number, "field": refusal.field, "reason": refusal.reason, "remedy": refusal.remedy}
            )
            continue
        if isinstance(made, PrivateRow):
            private.setdefault((made.nis, made.year), []).append(made)
        else:
            plan.changes.append(made)
    plan.private_rows = sum(len(rows) for rows in private.values())
    plan.private = [
        {"nis": nis, "municipality": rows[0].municipality, "year": year, "private_sites": len(rows)}
        for (nis, year), rows in sorted(private.items())
    ]
    if not plan.changes and not private:
        first_one = plan.refused[0]
        raise InputError(
            f"no row can be used; first: {first_one['reason']}.", first_one["remedy"],
            file=path, row=first_one["row"], field=first_one["field"],
        )  # fmt: skip
    return plan, private


def _current(connection: Connection) -> dict[str, dict[int, dict[str, Any]]]:
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute("SELECT * FROM inventory_record WHERE current ORDER BY year").fetchall()
    found: dict[str, dict[int, dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row["site_id"], {})[row["year"]] = row
    return found


def _change(
    number: int, record: Record, years: Mapping[int, dict[str, Any]], against: int | None, edited: Mapping[str, Any]
) -> Change:
    """New, changed or unchanged, with the fields that differ from the record it is compared with."""
    shown = (number, record.site_id, record.name, record.municipality, record.year)
    if against is None:
        # As it would be kept, not as it was typed: no name of a person, no count under 10.
        values = {**vars(record), "rate": record.occupancy_rate}
        fields = [
            {"field": name, "old": old, "new": values[name]} for name, (old, _) in edited.items() if name in values
        ]
        return Change(*shown, "new", fields, None, record)
    old = years[against]
    fields = [
        {"field": key, "old": old[key], "new": value} for key, value in values_of(record).items() if old[key] != value
    ]
    if against != record.year:
        return Change(*shown, "new", fields, against, record)
    # A list without a page does not take the page away from a record it says nothing else about.
    if record.source_url is None and all(one["field"] in _SOURCE_COLUMNS for one in fields):
        fields = []
    return Change(*shown, "changed" if fields else "unchanged", fields, against, record)


def _write(
    connection: Connection, plan: Preview, private: Mapping[tuple[str, int], list[PrivateRow]], path: Path
) -> None:
    totals = {key: len(rows) for key, rows in private.items()}
    there = {
        (row[0], row[1]): row[2]
        for row in connection.execute("SELECT nis, year, private_sites FROM inventory_private_total WHERE current")
    }
    other = {key: number for key, number in totals.items() if there.get(key) != number}
    states = Counter(one.state for one in plan.changes)
    if not states["new"] and not states["changed"] and not other:
        return
    found = connection.execute(
        """INSERT INTO inventory_import (kind, file_name, sha256, rows_read, rows_new, rows_changed, rows_unchanged,
                                         rows_refused, rows_private)
           VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING id""",
        [
            plan.kind, path.name, hashlib.sha256(path.read_bytes()).hexdigest(), plan.read, states["new"],
            states["changed"], states["unchanged"], len(plan.refused), plan.private_rows,
        ],
    ).fetchone()  # fmt: skip
    assert found is not None
    for change in plan.changes:
        if change.record is not None and change.state != "unchanged":
            _write_record(connection, found[0], change.record)
    for key, number in other.items():
        connection.execute(
            "UPDATE inventory_private_total SET current = false WHERE nis = %s AND year = %s AND current", list(key)
        )
        first = private[key][0]
        connection.execute(
            """INSERT INTO inventory_private_total
                 (import_id, nis, municipality, year, private_sites, source_url, grade, current)
               VALUES (%s, %s, %s, %s, %s, %s, %s, true)""",
            [found[0], first.nis, first.municipality, first.year, number, first.source_url, first.grade],
        )


def _write_record(connection: Connection, import_id: int, record: Record) -> None:
    connection.execute(
        "UPDATE inventory_record SET current = false WHERE site_id = %s AND year = %s AND current",
        [record.site_id, record.year],
    )
    values = {"import_id": import_id, **vars(record), "current": True}
    connection.execute(
        sql.SQL("INSERT INTO inventory_record ({}) VALUES ({})").format(
            sql.SQL(", ").join(map(sql.Identifier, values)), sql.SQL(", ").join(map(sql.Placeholder, values))
        ),
        values,
    )
