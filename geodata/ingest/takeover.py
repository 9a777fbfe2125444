"""A register that replaces one: what is the same in both is copied on the server, and only the rest travels.

Rows are told by the checksum of all that landed of them, the one the list of changes rests on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import psycopg
from numpy.typing import NDArray
from psycopg import sql

Connection = psycopg.Connection[Any]
Checksums = NDArray[np.int64]

#: Where more than this of the version before is gone, everything travels: the copy would be undone for nothing.
_MOST_GONE = 0.2


@dataclass(frozen=True)
class Compared:
    """Checksums of two versions of one table.

    Attributes
    ----------
    before, now : of all rows of the version before and of this one, sorted.
    """

    before: Checksums
    now: Checksums


def take_over(
    connection: Connection,
    table: str,
    columns: Sequence[str],
    before: int,
    dataset: int,
    rows: int,
    checksums: Callable[[], Checksums],
) -> tuple[NDArray[np.bool_], Compared] | None:
    """Fill the table of a register with the rows that stand in the version before, too.

    Parameters
    ----------
    table : empty, made in this transaction.
    columns : all columns but `id` and `dataset_id`.
    before, dataset : the version before and this one.
    rows : rows of this one.
    checksums : gives the checksum of each of its rows; called in another thread while the server copies.

    Returns
    -------
    Which rows have still to travel, and the checksums; None where all have, and the table is empty.
    """
    old = checksums_of(connection, "parcel", before)
    if old is None or not 0.5 <= rows / max(len(old), 1) <= 2:
        return None
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    target = sql.Identifier(table)
    with ThreadPoolExecutor(1) as beside:
        # All rows are copied before it is known which are gone: the server would have nothing to do meanwhile.
        asked = beside.submit(checksums)
        connection.execute(
            sql.SQL("INSERT INTO {} (dataset_id, {}) SELECT %s, {} FROM parcel WHERE dataset_id = %s").format(
                target, names, names
            ),
            [dataset, before],
        )
        mine = asked.result()
    new = np.sort(mine)
    gone = np.setdiff1d(old, new, assume_unique=True)
    if len(gone) > _MOST_GONE * len(old) or _repeats(old) or _repeats(new):
        connection.execute(sql.SQL("TRUNCATE {}").format(target))
        return None
    if len(gone):
        connection.execute(sql.SQL("DELETE FROM {} WHERE fingerprint = ANY(%s)").format(target), [gone.tolist()])
    place = np.minimum(np.searchsorted(old, mine), len(old) - 1)
    return old[place] != mine, Compared(old, new)


def checksums_of(connection: Connection, table: str, dataset: int) -> Checksums | None:
    """Checksums of all rows of a version, sorted; None where some row has none."""
    row = connection.execute(
        sql.SQL(
            """SELECT string_agg(int8send(fingerprint), ''), count(*) - count(fingerprint)
               FROM {} WHERE dataset_id = %s"""
        ).format(sql.Identifier(table)),
        [dataset],
        binary=True,
    ).fetchone()
    if row is None or row[1]:
        return None
    return np.sort(np.frombuffer(row[0] or b"", dtype=">i8").astype(np.int64))


def _repeats(found: Checksums) -> bool:
    return bool((found[1:] == found[:-1]).any())
