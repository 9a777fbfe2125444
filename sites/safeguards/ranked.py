"""How many of the first of a run lie within the distances that rule out: counted apart from the code that ranks.

By construction none does; here it is counted from the stored figures and the thresholds of the run alone, so that a
mistake in ranking would show. Where a figure is not known, that is counted as well: nought is not the same as not known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import psycopg
from numpy.typing import NDArray

from geodata.measure.stored import load_table
from geodata.measure.table import MeasurementTable
from sites.candidates.runs import Run
from sites.safeguards.checks import Group, group_of
from sites.suitability import Profile
from sites.suitability.dated import on_day
from sites.suitability.kinds import ClassShare, Distance

Mask = NDArray[np.bool_]
#: How many of the first are looked at.
FIRST = (50, 1_000)


@dataclass(frozen=True)
class First:
    """One check over the first of a run.

    Attributes
    ----------
    looked_at : how many there were to look at, by how many were wanted.
    within : how many surely lie where the check rules out.
    open : of how many the figure leaves that open.
    """

    id: str
    group: Group
    looked_at: dict[int, int]
    within: dict[int, int]
    open: dict[int, int]


def of_the_first(connection: psycopg.Connection[Any], run: Run, numbers: Sequence[int] = FIRST) -> list[First]:
    """Each safeguard of the run over its first so many, in the order of the set of criteria.

    Raises
    ------
    NotFoundError
        When its measurements are gone.
    """
    rows = connection.execute(
        "SELECT parcel_id FROM run_result WHERE run_id = %s AND rank <= %s ORDER BY rank", [run.id, max(numbers)]
    ).fetchall()
    wanted = np.array([row[0] for row in rows], dtype=np.int64)
    table = on_day(load_table(connection, run.batches), run.as_of)
    order = np.argsort(table.parcel_id)
    at = order[np.searchsorted(table.parcel_id, wanted, sorter=order)] if len(wanted) else order[:0]
    found = []
    for one in Profile.model_validate(run.profile).constraints:
        group = group_of(one)
        if group is None or not isinstance(one, ClassShare | Distance):
            continue
        within, undecided = _by_distance(one, table) if isinstance(one, Distance) else _by_share(one, table)
        found.append(
            First(
                one.id,
                group,
                {n: min(n, len(at)) for n in numbers},
                {n: int(within[at[:n]].sum()) for n in numbers},
                {n: int(undecided[at[:n]].sum()) for n in numbers},
            )
        )
    return found


def _by_distance(one: Distance, table: MeasurementTable) -> tuple[Mask, Mask]:
    """Surely nearer (or farther) than the distance that rules out, and perhaps."""
    n, interval = len(table), table.distances.get(one.to)
    low = np.zeros(n) if interval is None else interval.low
    high = np.full(n, np.inf) if interval is None else interval.high
    none = np.zeros(n, dtype=bool)
    if one.fail_below is not None:
        return high < one.fail_below.value, (low < one.fail_below.value) & (high >= one.fail_below.value)
    if one.fail_above is not None:
        return low > one.fail_above.value, (high > one.fail_above.value) & (low <= one.fail_above.value)
    return none, none


def _by_share(one: ClassShare, table: MeasurementTable) -> tuple[Mask, Mask]:
    """Share under classes that rule out beyond what is tolerated, and where the layer does not say."""
    area = one.tolerance_area.value if one.tolerance_area else 0.0
    tolerated = np.maximum(one.tolerance.value, np.minimum(area / np.maximum(table.area_m2, 1e-9), 0.5))
    failing = [name for name, state in one.classes.items() if state == "fail"]
    if not failing:
        none = np.zeros(len(table), dtype=bool)
        return none, none
    shares = table.shares.get(one.layer, {})
    part = np.sum([shares.get(name, np.zeros(len(table))) for name in failing], axis=0)
    covered = table.covered.get(one.layer, np.zeros(len(table)))
    # Within the accuracy of the coordinates of the threshold, it is too close to call.
    accuracy = table.accuracy_m.get(one.layer, 0.0) * table.perimeter_m / np.maximum(table.area_m2, 1e-9)
    within = part - tolerated > np.where(part < 1, accuracy, 0.0)
    return within, ~within & ((1.0 - covered > one.tolerance.value) | (part > tolerated))
