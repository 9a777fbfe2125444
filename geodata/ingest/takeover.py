"""A register that replaces one: rows that stand in the file as they stood then are copied on the server.

The list of changes rests on another checksum: that of all that landed of a row.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import psycopg
from numpy.typing import NDArray
from psycopg import sql

from geodata.ingest.as_read import DifferentError, Recognised

Connection = psycopg.Connection[Any]
Checksums = NDArray[np.int64]

#: Where more than this of the version before is gone, everything is read: the copy would be undone for nothing.
_MOST_LEFT = 0.5


@dataclass(frozen=True)
class Compared:
    """Checksums of two versions of one table.

    Attributes
    ----------
    before, now : of the rows of the version before and of this one, sorted, without some that stand in both.
    same : rows of each that are left out.
    """

    before: Checksums
    now: Checksums
    same: int = 0


def carry_over(
    connection: Connection, table: str, recognised: Recognised, checksums: Callable[[], Checksums]
) -> Compared:
    """Leave in the table of a register only the rows of the version before that stand in the file as they stood then.

    Parameters
    ----------
    table : made in this transaction, with all rows that could be recognised.
    checksums : gives the checksum of each other row of the file.

    Raises
    ------
    DifferentError
        When most are gone, or another current dataset holds one of these parcels by now.
    """
    before, gone = recognised.known.dataset, recognised.gone
    if len(gone) > _MOST_LEFT * len(recognised.known.sums):
        raise DifferentError
    target = sql.Identifier(table)
    if len(gone):
        connection.execute(sql.SQL("DELETE FROM {} WHERE as_read = ANY(%s)").format(target), [gone.tolist()])
    held = connection.execute(
        sql.SQL(
            """SELECT EXISTS (SELECT FROM dataset d WHERE d.kind = 'parcels' AND d.current AND d.id <> %s AND EXISTS (
                   SELECT FROM parcel p JOIN {} c ON c.capakey = p.capakey WHERE p.dataset_id = d.id))"""
        ).format(target),
        [before],
    ).fetchone()
    if held is not None and held[0]:
        raise DifferentError
    rows = connection.execute(
        """SELECT string_agg(int8send(fingerprint), '') FROM parcel
           WHERE dataset_id = %s AND (as_read IS NULL OR as_read = ANY(%s))""",
        [before, gone.tolist()],
        binary=True,
    ).fetchone()
    old = np.frombuffer((rows and rows[0]) or b"", dtype=">i8").astype(np.int64)
    return Compared(np.sort(old), np.sort(checksums()), len(recognised.sums))


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
