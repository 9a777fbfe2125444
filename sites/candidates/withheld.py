"""What may not be told does not count: the one place where a result leaves out what would tell it.

Contract: where a list of owners may not be passed on (`geodata.sources.sharing`), no class of owner goes into a result:
not into a score, a rank, a verdict, a group or a count. The criterion spans its whole range there, as where nothing is
known. So nothing that is told, alone or put together, depends on the class. A score in which it counts tells it: it is
that score less the other contributions. A result says which layers it left out (`run.withheld`); one that counts what
may not be told by now, as a result made before this rule may, is not told at all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import psycopg

from geodata.measure.table import MeasurementTable
from geodata.sources.sharing import all_shared, shared

#: Layers of which a result holds one fact of each parcel, read off a list: it is told with whatever counts it.
LISTS = ("ownership",)


def withheld_layers(
    connection: psycopg.Connection[tuple[object, ...]], datasets: Mapping[str, Sequence[int]]
) -> list[str]:
    """Layers that may not count in a result that rests on these datasets."""
    return [one for one in LISTS if not all_shared(connection, datasets.get(one, ()))]


def without(table: MeasurementTable, layers: Sequence[str]) -> MeasurementTable:
    """Measurements in which nothing is known of these layers."""
    if "ownership" not in layers:
        return table
    return replace(table, owner_class=np.full(len(table), None, dtype=object))


def tells(alias: str) -> str:
    """SQL condition: does a result count what may not be told?

    Parameters
    ----------
    alias : name under which a query has the table `run`; a constant of the code.
    """
    counted = f"jsonb_array_elements_text(coalesce({alias}.datasets -> 'ownership', '[]'))"
    return f"""('ownership' <> ALL ({alias}.withheld) AND EXISTS (SELECT FROM dataset closed
        WHERE closed.id IN (SELECT one::bigint FROM {counted} one) AND NOT {shared("closed")}))"""


__all__ = ["LISTS", "tells", "withheld_layers", "without"]
