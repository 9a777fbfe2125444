"""The assessment behind a run, recomputed from its pinned measurements and kept for the next question.

A run never changes, so neither does its assessment; a few are kept in memory, the one not asked for longest goes first.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import psycopg

from geodata.measure.stored import load_table
from geodata.measure.table import Interval, MeasurementTable
from sites.candidates.kept import Kept, key_of
from sites.candidates.runs import Run
from sites.candidates.withheld import without
from sites.suitability import Assessment, Profile, assess

#: Assessments; one of a large municipality takes some ten megabytes.
_kept: Kept[Assessment] = Kept(4)


def assess_again(connection: psycopg.Connection[Any], run: Run, table: MeasurementTable) -> Assessment:
    """Measurements of parcels of a run, assessed as they were: with the land that was left, and the ranks as stored.

    What the run left out because it may not be told is left out again.
    """
    table = without(table, run.withheld)
    rows = connection.execute(
        """SELECT parcel_id, left_low_m2, left_high_m2, rank, rank_low, rank_high FROM run_result
           WHERE run_id = %s AND parcel_id = ANY(%s)""",
        [run.id, table.parcel_id.tolist()],
        binary=True,
    ).fetchall()
    at = {parcel: row for row, parcel in enumerate(table.parcel_id.tolist())}
    found = np.full((len(table), 5), np.nan)
    for parcel, *values in rows:
        found[at[parcel]] = [np.nan if value is None else value for value in values]
    left = None if np.isnan(found[:, :2]).all() else Interval(found[:, 0], found[:, 1])
    profile = Profile.model_validate(run.profile)
    made = assess(table, profile, as_of=run.as_of, law_region=run.region, usable_m2=left)
    ranks = np.nan_to_num(found[:, 2:]).astype(np.int64)
    return replace(made, rank=ranks[:, 0], rank_low=ranks[:, 1], rank_high=ranks[:, 2])


def assessment_of(connection: psycopg.Connection[Any], run: Run) -> Assessment:
    """Verdicts, scores and ranks of all parcels of a run, as they were stored.

    Raises
    ------
    NotFoundError
        When its measurements are gone.
    """
    key = key_of(connection, run.id, *run.batches)
    return _kept.get(key, lambda: assess_again(connection, run, load_table(connection, run.batches)))
