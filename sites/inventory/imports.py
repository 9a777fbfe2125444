"""Lists read into the inventory: a preview of what changes, then one transaction.

Contract: `read_list` plans and, unless it is a preview, writes. The same file twice changes nothing the second time.
Earlier years and replaced records are kept. A refused row is named by number, field, reason and remedy, never by what
it holds; a file that cannot be read, or of which no row can be used, writes nothing.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from geodata.errors import InputError
from sites.inventory.current import all_sites, names_of
from sites.inventory.record import PrivateRow, Record, RowRefused, Territory, record_of, values_of
from sites.inventory.sheet import Sheet, read_sheet

Kind = Literal["monitoring", "sites", "return"]
Connection = psycopg.Connection[Any]

REQUIRED: dict[Kind, tuple[str, ...]] = {
    "monitoring": ("year", "site_type"),
    "sites": ("name", "site_type", "nis", "manager", "source_url", "source_date", "grade"),
    "return": ("year", "nis", "site_type", "pitches"),
}


@dataclass(frozen=True)
class Change:
    """What happens to one site and year."""

    row: int
    record: Record
    state: Literal["new", "changed", "unchanged"]
    fields: list[dict[str, Any]]
    against: int | None
    """Year of the record compared with; None where the site had none."""

    def as_dict(self) -> dict[str, Any]:
        """As JSON holds it."""
        one = self.record
        return {
            "row": self.row, "site_id": one.site_id, "name": one.name, "municipality": one.municipality,
            "year": one.year, "state": self.state, "against": self.against, "changes": self.fields,
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
    known = {one.id: (one.nis or "", one.name, [place.value for place in one.place]) for one in found}
    row = connection.execute("SELECT value = 'demo' FROM meta WHERE key = 'territory'").fetchone()
    return Territory(names, known, bool(row and row[0]))


def _plan(
    connection: Connection, sheet: Sheet, path: Path, kind: Kind
) -> tuple[Preview, dict[tuple[str, int], list[PrivateRow]]]:
    plan = Preview(kind, path.name, len(sheet.rows), unread_columns=sheet.unread)
    territory = territory_of(connection)
    before = _current(connection)
    seen: dict[tuple[str, int], int] = {}
    private: dict[tuple[str, int], list[PrivateRow]] = {}
    for number, row in zip(sheet.numbers, sheet.rows, strict=True):
        try:
            made = record_of(row, kind, territory)
            if isinstance(made, PrivateRow):
                private.setdefault((made.nis, made.year), []).append(made)
                continue
            first = seen.setdefault((made.site_id, made.year), number)
            if first != number:
                raise RowRefused("name", f"the site stands in row {first} already", "Keep one row per site and year.")
        except RowRefused as refusal:
            plan.refused.append(
                {"row": number, "field": refusal.field, "reason": refusal.reason, "remedy": refusal.remedy}
            )
            continue
        plan.changes.append(_change(number, made, before))
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


def _change(number: int, record: Record, before: Mapping[str, Mapping[int, dict[str, Any]]]) -> Change:
    years = before.get(record.site_id, {})
    against = record.year if record.year in years else max((one for one in years if one < record.year), default=None)
    if against is None:
        return Change(number, record, "new", [], None)
    old = years[against]
    fields = [
        {"field": key, "old": old[key], "new": value} for key, value in values_of(record).items() if old[key] != value
    ]
    if against != record.year:
        return Change(number, record, "new", fields, against)
    return Change(number, record, "changed" if fields else "unchanged", fields, against)


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
        if change.state != "unchanged":
            _write_record(connection, found[0], change.record)
    for key, number in other.items():
        connection.execute(
            "UPDATE inventory_private_total SET current = false WHERE nis = %s AND year = %s AND current", list(key)
        )
        first = private[key][0]
        connection.execute(
            """INSERT INTO inventory_private_total
                 (import_id, nis, municipality, year, private_sites, source_url, grade, current)
               VALUES (%s, %s, %s, %s, %s, %s, 'A', true)""",
            [found[0], first.nis, first.municipality, first.year, number, first.source_url],
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
