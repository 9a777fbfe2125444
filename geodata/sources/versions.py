"""Versions of a source by its name: what a new one changed, and the way back to the one before.

Contract: the ingestion keeps one earlier version of each dataset whole (`geodata.ingest.versions`), so that going back
is one change of what counts. Nothing is deleted here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from geodata.errors import NotFoundError, UsageError
from geodata.ingest.mapping import TABLE_COLUMNS, TARGETS
from geodata.ingest.versions import previous, restore
from geodata.sources.catalogue import KINDS

Connection = psycopg.Connection[Any]

#: Tables that one OpenStreetMap file fills.
_OSM_TABLES = ("constraint_area", "service_point", "road", "building")
#: Column by which a row is found again in another version.
_KEYS = {
    "municipality": "nis", "parcel": "capakey", "ownership": "capakey", "site": "site_id",
    "dem_tile": "origin_x::text || ' ' || origin_y::text",
}  # fmt: skip
#: Keys shown of each change.
EXAMPLES = 20


@dataclass(frozen=True)
class Version:
    """One version of a dataset."""

    id: int
    key: str
    kind: str
    source: str
    version: int
    rows: int
    codes: list[str] | None


@dataclass(frozen=True)
class Rolled:
    """A dataset that went back: `was` no longer counts, `now` counts again."""

    was: Version
    now: Version

    def as_dict(self) -> dict[str, Any]:
        """The same as JSON writes it."""
        return {
            "kind": self.now.kind,
            "source": self.now.source,
            "municipalities": self.now.codes,
            "from": {"dataset": self.was.id, "version": self.was.version, "rows": self.was.rows},
            "to": {"dataset": self.now.id, "version": self.now.version, "rows": self.now.rows},
        }


@dataclass(frozen=True)
class Change:
    """What a version changed against the one before, in one table.

    Attributes
    ----------
    examples : the first keys of each kind of change.
    """

    table: str
    before: int
    after: int
    added: int
    removed: int
    changed: int
    unchanged: int
    examples: dict[str, list[str]]


@dataclass(frozen=True)
class Diff:
    """A version, the one before it, and what changed."""

    now: Version
    before: Version | None
    changes: list[Change]

    def as_dict(self) -> dict[str, Any]:
        """The same as JSON writes it."""
        return {
            "kind": self.now.kind,
            "source": self.now.source,
            "dataset": self.now.id,
            "version": self.now.version,
            "before": None if self.before is None else {"dataset": self.before.id, "version": self.before.version},
            "tables": [vars(one) for one in self.changes],
        }


def rollback(connection: Connection, name: str, municipality: str | None = None) -> list[Rolled]:
    """Make the previous version of a dataset count again, at once; committed. A second call goes forward again.

    Parameters
    ----------
    name : KIND/SOURCE, such as `parcels/grb-adp`.
    municipality : only the dataset that covers it; None = all of the source.

    Raises
    ------
    UsageError
        When the name is none.
    NotFoundError
        When the source is not loaded, or there is no earlier version whose rows are still there.
    """
    kind, source = _split(name)
    current = [
        one
        for one in _versions(connection, "current AND kind = %s AND source = %s", [kind, source])
        if municipality is None or municipality in (one.codes or ())
    ]
    if not current:
        where = f" for municipality {municipality}" if municipality else ""
        raise NotFoundError(f"{name} is not loaded{where}.", "See what is: standplaats sources status.")
    kept = [one for one in current if previous(connection, one.key) is not None]
    if not kept:
        raise NotFoundError(
            f"{name} has no earlier version whose rows are still there.", "Nothing was changed; load a file instead."
        )
    done = []
    for was in kept:
        restored = restore(connection, was.key).dataset
        done.append(Rolled(was, _versions(connection, "id = %s", [restored])[0]))
    connection.commit()
    return done


def diff(connection: Connection, name: str) -> list[Diff]:
    """What the version that counts changed against the one before.

    Parameters
    ----------
    name : number of a dataset version, or KIND/SOURCE for all that count.

    Raises
    ------
    NotFoundError
        When there is no such dataset.
    """
    if name.isdigit():
        found = _versions(connection, "id = %s", [int(name)])
    else:
        found = _versions(connection, "current AND kind = %s AND source = %s", [*_split(name)])
    if not found:
        raise NotFoundError(f"There is no dataset {name}.", "See what is loaded: standplaats sources status.")
    return [_diff(connection, one) for one in found]


def _split(name: str) -> tuple[str, str]:
    kind, _, source = name.partition("/")
    if kind not in KINDS or not source:
        raise UsageError(f"{name} names no dataset.", "Write KIND/SOURCE, such as parcels/grb-adp.")
    return kind, source


def _versions(connection: Connection, where: str, values: list[Any]) -> list[Version]:
    rows = connection.execute(
        f"""SELECT id, key, kind, source, version, rows_loaded, coverage_nis FROM dataset
            WHERE {where} ORDER BY id DESC""",  # conditions are constants of this module
        values,
    ).fetchall()
    return [Version(*row) for row in rows]


def _tables(kind: str) -> tuple[str, ...]:
    if kind == "osm":
        return _OSM_TABLES
    return ("dem_tile",) if kind == "dem" else (TARGETS[kind][0],)


def _diff(connection: Connection, now: Version) -> Diff:
    kept = _versions(connection, "id = (SELECT previous_id FROM dataset WHERE id = %s)", [now.id])
    if not kept:
        return Diff(now, None, [])
    return Diff(now, kept[0], list(_changes(connection, now, kept[0])))


def _changes(connection: Connection, now: Version, before: Version) -> Iterator[Change]:
    for table in _tables(now.kind):
        rows = connection.execute(_comparison(table), {"old": before.id, "new": now.id, "shown": EXAMPLES}).fetchall()
        told = {change: (keys, old, new, examples) for change, keys, old, new, examples in rows}
        if not told:
            continue
        keys = {change: found[0] for change, found in told.items()}
        yield Change(
            table=table,
            before=sum(found[1] for found in told.values()),
            after=sum(found[2] for found in told.values()),
            added=keys.get("added", 0),
            removed=keys.get("removed", 0),
            changed=keys.get("changed", 0),
            unchanged=keys.get("unchanged", 0),
            examples={name: told[name][3] for name in ("added", "removed", "changed") if name in told},
        )


def _comparison(table: str) -> sql.Composed:
    """What became of each key, counted on the server; a key may stand on several rows."""
    columns = [name for name in TABLE_COLUMNS[table] if name != "geom"]
    if table not in ("dem_tile", "ownership"):
        columns.append("geom")
    hashed = sql.SQL("md5(row({})::text)").format(sql.SQL(", ").join(map(sql.Identifier, columns)))
    side = sql.SQL(
        "SELECT {key} AS key, array_agg({hashed} ORDER BY {hashed}) AS rows FROM {table} WHERE dataset_id = {which} GROUP BY 1"
    )
    key, named = sql.SQL(_KEYS.get(table, "feature_id")), sql.Identifier(table)
    old, new = (
        side.format(key=key, hashed=hashed, table=named, which=sql.Placeholder(which)) for which in ("old", "new")
    )
    return sql.SQL(
        """SELECT change, count(*), sum(coalesce(cardinality(old), 0))::bigint, sum(coalesce(cardinality(new), 0))::bigint,
                  (array_agg(key ORDER BY key))[:%(shown)s]
           FROM (SELECT key, o.rows AS old, n.rows AS new, CASE WHEN o.rows IS NULL THEN 'added'
                     WHEN n.rows IS NULL THEN 'removed' WHEN o.rows = n.rows THEN 'unchanged' ELSE 'changed' END AS change
                 FROM ({old}) o FULL JOIN ({new}) n USING (key)) compared
           GROUP BY change"""
    ).format(old=old, new=new)
