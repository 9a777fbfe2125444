"""In which features a version differs from the one before, so that only what they touch is measured anew."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import psycopg
from numpy.typing import NDArray
from psycopg import sql
from psycopg.types.json import Jsonb

from geodata.ingest.rows import FINGERPRINTED
from geodata.ingest.takeover import Compared, checksums_of

Connection = psycopg.Connection[Any]
#: Column that names a feature; all other tables have `feature_id`.
_KEYS = {"parcel": "capakey", "ownership": "capakey", "site": "site_id"}
_SHAPELESS = ("ownership",)
#: A version that changes a larger share than this is measured anew as a whole.
_MOST = 0.5


def record_changes(
    connection: Connection,
    dataset: int,
    previous: int | None,
    tables: list[str],
    known: Mapping[str, Compared] | None = None,
) -> None:
    """Keep the list of features that were added, changed or removed since the version before.

    Features are told by the checksum of all that landed of them: a new number in the source is no change, a moved
    corner is. Where there is nothing to compare with, or most has changed, the version counts as wholly new.
    `known` holds the checksums of tables that were compared on the way.
    """
    listed = previous is not None and set(tables) <= set(FINGERPRINTED)
    for table in tables if listed else ():
        if previous is None or not _record(connection, table, previous, dataset, (known or {}).get(table)):
            listed = False
            break
    if not listed:
        connection.execute("DELETE FROM dataset_change WHERE dataset_id = %s", [dataset])
    connection.execute(
        "UPDATE dataset SET attributes = attributes || %s WHERE id = %s",
        [Jsonb({"changes": "listed" if listed else "all"}), dataset],
    )


def _record(connection: Connection, table: str, before: int, now: int, known: Compared | None) -> bool:
    """List the changes of one table; False where they are too many or cannot be told."""
    old = known.before if known else checksums_of(connection, table, before)
    new = known.now if known else checksums_of(connection, table, now)
    if old is None or new is None:
        return False
    gone, come = _differ(old, new), _differ(new, old)
    same = known.same if known else 0
    if len(gone) + len(come) > _MOST * max(len(old) + len(new) + 2 * same, 1) and len(old) + same:
        return False
    place = sql.SQL("NULL::geometry") if table in _SHAPELESS else sql.SQL("ST_Collect(geom)")
    both = sql.SQL("NULL::geometry") if table in _SHAPELESS else sql.SQL("ST_Collect(o.place, n.place)")
    connection.execute(
        sql.SQL(
            """WITH o AS (SELECT {key} AS feature, {place} AS place FROM {table}
                          WHERE dataset_id = %(before)s AND fingerprint = ANY(%(gone)s) GROUP BY 1),
                    n AS (SELECT {key} AS feature, {place} AS place FROM {table}
                          WHERE dataset_id = %(now)s AND fingerprint = ANY(%(come)s) GROUP BY 1)
               INSERT INTO dataset_change (dataset_id, feature, change, place)
               SELECT %(now)s, coalesce(o.feature, n.feature),
                      CASE WHEN o.feature IS NULL THEN 'added' WHEN n.feature IS NULL THEN 'removed' ELSE 'changed' END,
                      {both}
               FROM o FULL JOIN n ON n.feature = o.feature ORDER BY 2"""
        ).format(
            key=sql.Identifier(_KEYS.get(table, "feature_id")), table=sql.Identifier(table), place=place, both=both
        ),
        {"before": before, "now": now, "gone": gone.tolist(), "come": come.tolist()},
    )
    return True


def _differ(these: NDArray[np.int64], those: NDArray[np.int64]) -> NDArray[np.int64]:
    """Checksums that stand more often in `these` than in `those`; both sorted."""
    found, count = np.unique(these, return_counts=True)
    there = np.searchsorted(those, found, side="right") - np.searchsorted(those, found, side="left")
    return found[count > there]
