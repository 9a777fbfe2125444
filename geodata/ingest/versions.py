"""Versions of a dataset: the one before is kept whole, so that it can be brought back at once; older ones go."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import psycopg
from psycopg import sql

from geodata.errors import NotFoundError, UsageError
from geodata.ingest.rows import register_table

Connection = psycopg.Connection[Any]


@dataclass(frozen=True)
class Version:
    """One version of a dataset, with its dates and the number of its rows."""

    dataset: int
    key: str
    version: int
    file_name: str
    source_date: date | None
    loaded_at: datetime
    rows: int
    sha256: str


_COLUMNS = "d.id, d.key, d.version, d.file_name, d.source_date, d.loaded_at, d.rows_loaded, d.sha256"


def current(connection: Connection, key: str) -> Version | None:
    """The version that counts, None where nothing of this key is loaded."""
    row = connection.execute(f"SELECT {_COLUMNS} FROM dataset d WHERE d.key = %s AND d.current", [key]).fetchone()
    return None if row is None else Version(*row)


def previous(connection: Connection, key: str) -> Version | None:
    """The version that `restore` would bring back, None where none is kept."""
    row = connection.execute(
        f"""SELECT {_COLUMNS} FROM dataset c JOIN dataset d ON d.id = c.previous_id AND NOT d.current
            WHERE c.key = %s AND c.current""",
        [key],
    ).fetchone()
    return None if row is None else Version(*row)


def restore(connection: Connection, key: str) -> Version:
    """Make the version before the current one again; a second call brings the newer one back.

    Only a mark changes, in the open transaction: no row is moved, and the caller commits.

    Raises
    ------
    NotFoundError
        When no version is kept.
    UsageError
        When another dataset holds some of its parcels by now.
    """
    connection.execute("SELECT pg_advisory_xact_lock(hashtext('ingest'), hashtext(%s))", [key])
    now, before = current(connection, key), previous(connection, key)
    if now is None or before is None:
        raise NotFoundError(
            f"No earlier version of {key} is kept.", "Load its file again: standplaats ingest FILE --as KIND."
        )
    connection.execute("SELECT pg_advisory_xact_lock(hashtext('ingest'), hashtext('parcels'))")
    held = connection.execute(
        """SELECT count(*), min(d.id) FROM parcel p JOIN parcel q ON q.capakey = p.capakey
           JOIN dataset d ON d.id = q.dataset_id AND d.current AND d.id <> %s WHERE p.dataset_id = %s""",
        [now.dataset, before.dataset],
    ).fetchone()
    if held is not None and held[0]:
        raise UsageError(
            f"{held[0]} parcels of that version are held by dataset {held[1]} by now. Nothing was changed.",
            "A parcel stands in one dataset only: roll that one back first.",
        )
    connection.execute("UPDATE dataset SET current = false WHERE id = %s", [now.dataset])
    connection.execute(
        "UPDATE dataset SET current = true, previous_id = %s WHERE id = %s", [now.dataset, before.dataset]
    )
    return before


def prune_before(connection: Connection, dataset: int) -> None:
    """`prune` for the key of a dataset that has just landed, committed; what hinders it never harms the load."""
    with suppress(psycopg.Error):
        row = connection.execute("SELECT key FROM dataset WHERE id = %s", [dataset]).fetchone()
        if row is not None:
            prune(connection, row[0])
        connection.commit()


def prune(connection: Connection, key: str) -> list[int]:
    """Remove versions older than the one before, in a transaction of its own; returns their datasets.

    What a run or a measurement rests on stays. Where a reader holds the rows, the next load does it.
    """
    gone: list[int] = []
    with suppress(psycopg.errors.LockNotAvailable, psycopg.errors.ForeignKeyViolation), connection.transaction():
        connection.execute("SET LOCAL lock_timeout = '2s'")
        # What is measured at this moment is not seen yet.
        connection.execute("SELECT pg_advisory_xact_lock(hashtext('parcels'), hashtext('leave'))")
        connection.execute("SELECT pg_advisory_xact_lock(hashtext('ingest'), hashtext(%s))", [key])
        found = [row[0] for row in connection.execute(_SPARE, {"key": key}).fetchall()]
        for dataset in found:
            _remove(connection, dataset)
        gone = found
    return gone


#: Versions that are neither current nor the one before, and that no result rests on.
_SPARE = """
SELECT d.id FROM dataset d
WHERE d.key = %(key)s AND NOT d.current
  AND NOT EXISTS (SELECT FROM dataset c WHERE c.current AND c.previous_id = d.id)
  AND NOT EXISTS (SELECT FROM run r WHERE jsonb_path_exists(r.datasets, '$.*[*] ? (@ == $id)',
      jsonb_build_object('id', d.id)))
  AND NOT EXISTS (SELECT FROM batch b WHERE jsonb_path_exists(b.datasets, '$.*[*] ? (@ == $id)',
      jsonb_build_object('id', d.id)) OR jsonb_path_exists(b.datasets, '$.layers.*[*] ? (@ == $id)',
      jsonb_build_object('id', d.id)))
  AND NOT EXISTS (SELECT FROM parcel p JOIN run_result r ON r.parcel_id = p.id WHERE p.dataset_id = d.id)
  AND NOT EXISTS (SELECT FROM parcel p JOIN measurement m ON m.parcel_id = p.id WHERE p.dataset_id = d.id)
ORDER BY d.id"""


def _remove(connection: Connection, dataset: int) -> None:
    """Remove a version: a whole register with its table, all else with its dataset row."""
    connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(sql.Identifier(register_table(dataset))))
    connection.execute("DELETE FROM dataset WHERE id = %s", [dataset])


def touched(connection: Connection, dataset: int, within_m: float = 0.0) -> list[str] | None:
    """Current parcels that the changes of a version touch, by key in order; None where all of them count.

    Parameters
    ----------
    dataset : the version; its changes are those since the one before.
    within_m : also parcels this near to a change, metres: for layers that are measured by distance.

    Raises
    ------
    NotFoundError
        When there is no such dataset.
    """
    row = connection.execute("SELECT kind, attributes ->> 'changes' FROM dataset WHERE id = %s", [dataset]).fetchone()
    if row is None:
        raise NotFoundError(f"There is no dataset {dataset}.")
    if row[1] != "listed":
        return None
    if row[0] in ("parcels", "ownership"):
        query = "SELECT DISTINCT feature FROM dataset_change WHERE dataset_id = %(dataset)s ORDER BY 1"
    else:
        query = """SELECT DISTINCT p.capakey FROM dataset_change c, ST_Dump(c.place) AS s
                   JOIN parcel p ON ST_DWithin(p.geom, s.geom, %(within)s)
                   JOIN dataset d ON d.id = p.dataset_id AND d.current WHERE c.dataset_id = %(dataset)s ORDER BY 1"""
    found = connection.execute(query, {"dataset": dataset, "within": within_m}).fetchall()
    return [one[0] for one in found]
