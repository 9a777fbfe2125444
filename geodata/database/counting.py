"""How many rows a filter leaves: exact up to a limit, above it what the planner of the database expects, and said so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import psycopg

#: Rows up to which a count is exact, unless a setting says otherwise.
EXACT_UP_TO = 50_000


@dataclass(frozen=True)
class Count:
    """A number of rows, and whether it was counted or estimated."""

    number: int
    kind: Literal["exact", "estimated"]


def count_rows(
    connection: psycopg.Connection[Any], source: str, values: Mapping[str, Any], *, exact_up_to: int = EXACT_UP_TO
) -> Count:
    """Rows of a source.

    Parameters
    ----------
    source : SQL from `FROM` to the end of `WHERE`; constant text, its values are bound.
    exact_up_to : no more rows than this and one are ever looked at.

    Returns
    -------
    The exact number where it is at most `exact_up_to`; else the estimate of the planner, never below what was seen.
    """
    seen = connection.execute(
        f"SELECT count(*) FROM (SELECT 1 {source} LIMIT %(count_most)s) counted".encode(),
        {**values, "count_most": exact_up_to + 1},
    ).fetchone()
    number = int(seen[0]) if seen else 0
    if number <= exact_up_to:
        return Count(number, "exact")
    plan = connection.execute(f"EXPLAIN (FORMAT JSON) SELECT 1 {source}".encode(), values).fetchone()
    expected = int(plan[0][0]["Plan"]["Plan Rows"]) if plan else 0
    return Count(max(expected, number), "estimated")
