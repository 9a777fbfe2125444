"""Runs: one scoring of a territory with everything pinned, written once and never changed.

The current run of a territory is the one last asked for as the result of that day. A run asked for another day (what
holds in 2030?) is found by its id and never takes its place.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import psycopg
from psycopg.rows import dict_row

from geodata.errors import NotFoundError
from geodata.measure.read import region_of
from sites.candidates.withheld import tells
from sites.law.model import SiteType

Connection = psycopg.Connection[Any]


@dataclass(frozen=True)
class Run:
    """A run as stored; see the table `run` for the meaning of each field."""

    id: str
    territory: list[str]
    region: str
    site_type: SiteType
    profile_id: str
    profile_version: str
    profile: dict[str, Any]
    rule_pack: str
    as_of: date
    data_date: date
    datasets: dict[str, list[int]]
    batches: list[int]
    seed: int
    counts: dict[str, int]
    published: bool
    current_since: datetime | None
    withheld: list[str]

    def summary(self) -> dict[str, Any]:
        """What a list shows of a run."""
        return {
            "id": self.id,
            "site_type": self.site_type,
            "as_of": self.as_of.isoformat(),
            "data_date": self.data_date.isoformat(),
            "profile": f"{self.profile_id} {self.profile_version}",
            "published": self.published,
            "what_if": self.current_since is None,
            "rule_pack": self.rule_pack,
        }


_SELECT = f"""SELECT {tells("run")} AS tells, id, territory, region, site_type, profile_id, profile_version, profile,
    rule_pack, as_of, data_date, datasets, batches, seed, counts, published, current_since, withheld FROM run"""


def find_run(
    connection: Connection,
    *,
    run_id: str | None = None,
    territory: list[str] | None = None,
    site_type: str | None = None,
) -> Run:
    """A run by its id, or the current one of a territory and site type.

    Raises
    ------
    NotFoundError
        When there is none; where a code is no longer valid, names the code of today. Also when it counts what may not
        be told by now.
    """
    row = _row(connection, run_id, sorted(territory or []), site_type)
    if row is not None:
        if row.pop("tells"):
            raise NotFoundError(
                f"Result {row['id']} counts owners from a list that may not be passed on.",
                f"Run: standplaats score --municipality {','.join(row['territory'])} --type {row['site_type']}.",
            )
        return Run(**row)
    if run_id is not None:
        raise NotFoundError(f"There is no result {run_id}.", "List them: standplaats runs list.")
    for code in territory or []:
        region_of(connection, code)
    codes = ",".join(territory or [])
    raise NotFoundError(
        f"Nothing is scored yet for {codes or 'this territory'} and site type {site_type}.",
        f"Run: standplaats score --municipality {codes} --type {site_type}.",
    )


def _row(
    connection: Connection, run_id: str | None, territory: list[str], site_type: str | None
) -> dict[str, Any] | None:
    with connection.cursor(row_factory=dict_row) as cursor:
        if run_id is not None:
            return cursor.execute(f"{_SELECT} WHERE id = %s".encode(), [run_id]).fetchone()
        return cursor.execute(
            f"""{_SELECT} WHERE territory @> %s AND site_type = %s AND current_since IS NOT NULL
                ORDER BY territory = %s DESC, current_since DESC, sequence DESC LIMIT 1""".encode(),
            [territory, site_type, territory],
        ).fetchone()


def list_runs(connection: Connection, *, published_only: bool = False) -> list[Run]:
    """All runs, newest first."""
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(
            f"{_SELECT} WHERE published OR NOT %s ORDER BY sequence DESC".encode(), [published_only]
        ).fetchall()
    # Of those that may not be told, a list says that they are there and nothing of what they hold.
    return [Run(**{name: value for name, value in row.items() if name != "tells"}) for row in rows]


def publish_run(connection: Connection, run_id: str, published: bool = True) -> Run:
    """Release a run, or take it back; the results themselves never change."""
    if published:
        find_run(connection, run_id=run_id)
    connection.execute("UPDATE run SET published = %s WHERE id = %s", [published, run_id])
    connection.commit()
    return find_run(connection, run_id=run_id)
