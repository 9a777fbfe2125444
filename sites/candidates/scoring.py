"""Scoring a territory: one run with its results, its groups and its tiles, written in one transaction.

Contract: the same measurements, criteria, rules, day and seed give the run that is stored already.
"""

from __future__ import annotations

import hashlib
import json
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
from psycopg.types.json import Jsonb

from geodata.errors import NotFoundError, UsageError
from geodata.measure.read import data_date, region_of
from geodata.measure.remaining import remaining
from geodata.measure.stored import load_table
from geodata.measure.table import Interval, MeasurementTable
from sites.candidates.run_tiles import make_run_tiles
from sites.candidates.runs import Run, find_run
from sites.candidates.taken import taken_away
from sites.candidates.withheld import withheld_layers, without
from sites.law import pack_version
from sites.suitability import Assessment, Profile, assess, load_profile
from sites.suitability.compact import compact
from sites.suitability.sureness import Sureness, made_sure

Connection = psycopg.Connection[Any]

DEFAULT_SEED = 2012
#: Raised whenever the same measurements, criteria and rules would give another verdict, score or rank, or more is
#: kept of a result.
ASSESSMENT = 6


def create_run(
    connection: Connection,
    territory: list[str],
    site_type: str,
    as_of: date,
    *,
    today: date,
    seed: int = DEFAULT_SEED,
    cache: Path | None = None,
    profile: Profile | None = None,
) -> Run:
    """Score all measured parcels of a territory; the same inputs give the stored run back.

    Parameters
    ----------
    connection : on the selected database; committed at the end.
    territory : NIS codes of one region, ranked together.
    site_type : residential or transit.
    as_of : day whose law is applied.
    today : day of asking; where it is `as_of`, the run becomes the current one, also when it was stored before.
    seed : seed of every random draw.
    cache : folder of prepared layers; None = nothing is kept.
    profile : set of criteria of a municipality; such a run never becomes the current one. None = the published set.

    Raises
    ------
    UsageError
        When the municipalities lie in more than one region, or the set of criteria is for another region or type.
    NotFoundError
        When one of them is not loaded or not measured.
    """
    nis = sorted(set(territory))
    law_region = _shared_law(connection, nis)
    published = load_profile(region_of(connection, nis[0]), site_type)
    profile = profile or published
    if (profile.region, profile.site_type) != (published.region, published.site_type):
        raise UsageError(
            f"{profile.id} is a set of criteria for {profile.region}, {profile.site_type}.", f"Use {published.id}."
        )
    batches = [_current_batch(connection, code) for code in nis]
    table = load_table(connection, batches)
    withheld = withheld_layers(connection, table.datasets)
    table = without(table, withheld)
    criteria = profile.model_dump(mode="json")
    inputs = [ASSESSMENT, nis, law_region, criteria, pack_version(), as_of.isoformat(), batches, seed, *withheld]
    run_id = "r" + hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()[:16]
    connection.execute("SELECT pg_advisory_xact_lock(hashtext('run'), hashtext(%s))", [run_id])
    found = connection.execute("SELECT 1 FROM run WHERE id = %s", [run_id]).fetchone()
    if found is None:
        left = land_left(connection, batches, table, profile, as_of, law_region, cache=cache)
        assessment = assess(table, profile, as_of=as_of, law_region=law_region, usable_m2=left)
        assessment, sure = made_sure(assessment, seed)
        _write(connection, run_id, nis, law_region, profile, as_of, batches, seed, table.datasets, withheld, assessment)
        _copy_results(connection, run_id, batches, assessment, left, sure)
        make_run_tiles(connection, run_id, batches, assessment)
    if as_of == today and profile.base is None:
        connection.execute("UPDATE run SET current_since = clock_timestamp() WHERE id = %s", [run_id])
    connection.commit()
    return find_run(connection, run_id=run_id)


def land_left(
    connection: Connection,
    batches: list[int],
    table: MeasurementTable,
    profile: Profile,
    as_of: date,
    law_region: str,
    *,
    cache: Path | None = None,
) -> Interval:
    """Square metres left of each parcel of a table outside what `taken_away` names, as bounds."""
    taken = taken_away(profile, as_of, law_region, table.dates)
    low, high = np.full(len(table), np.nan), np.full(len(table), np.nan)
    order = np.argsort(table.parcel_id)
    for batch in batches:
        found = remaining(connection, batch, taken.known, cache=cache)
        place = np.searchsorted(table.parcel_id, found.parcel_id, sorter=order)
        there = place < len(table)
        rows = order[place[there]]
        there[there] = table.parcel_id[rows] == found.parcel_id[there]
        rows = order[place[there]]
        low[rows], high[rows] = found.area.low[there], found.area.high[there]
    return taken.bounds(Interval(np.where(np.isnan(low), 0.0, low), np.where(np.isnan(high), table.area_m2, high)))


def _shared_law(connection: Connection, nis: list[str]) -> str:
    """Region whose law holds in all of these municipalities."""
    regions = {code: law_region_in(connection, code) for code in nis}
    if len(set(regions.values())) != 1:
        named = ", ".join(f"{code} in {region}" for code, region in regions.items())
        raise UsageError(f"These municipalities do not share their law: {named}.", "Score each region on its own.")
    return regions[nis[0]]


def law_region_in(connection: Connection, nis: str) -> str:
    """Region whose law holds: the German-speaking Community has its own rules on planning and housing."""
    region = region_of(connection, nis)
    row = connection.execute(
        """SELECT m.german_speaking FROM municipality m JOIN dataset d ON d.id = m.dataset_id AND d.current
           WHERE m.nis = %s AND m.valid_to IS NULL LIMIT 1""",
        [nis],
    ).fetchone()
    return "german-speaking-community" if row and row[0] else region


def _current_batch(connection: Connection, nis: str) -> int:
    row = connection.execute("SELECT id FROM batch WHERE nis = %s AND current FOR SHARE", [nis]).fetchone()
    if row is None:
        raise NotFoundError(
            f"Municipality {nis} is not measured yet.", f"Run: standplaats measure --municipality {nis}."
        )
    batch: int = row[0]
    return batch


def _write(
    connection: Connection,
    run_id: str,
    nis: list[str],
    law_region: str,
    profile: Profile,
    as_of: date,
    batches: list[int],
    seed: int,
    datasets: dict[str, list[int]],
    withheld: list[str],
    assessment: Assessment,
) -> None:
    verdicts, numbers = np.unique(assessment.verdict.astype(str), return_counts=True)
    counts = dict(zip(verdicts.tolist(), numbers.tolist(), strict=True))
    parcels = connection.execute(
        "SELECT DISTINCT p.dataset_id FROM measurement m JOIN parcel p ON p.id = m.parcel_id WHERE batch_id = ANY(%s)",
        [batches],
    ).fetchall()
    all_datasets = {**datasets, "parcels": [row[0] for row in parcels]}
    newest = data_date(connection, [one for ids in all_datasets.values() for one in ids])
    connection.execute(
        """INSERT INTO run (id, territory, region, site_type, profile_id, profile_version, profile, rule_pack,
               as_of, data_date, datasets, batches, seed, counts, withheld)
           VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)""",
        [
            run_id,
            nis,
            law_region,
            profile.site_type,
            profile.id,
            profile.version,
            Jsonb(profile.model_dump(mode="json")),
            pack_version(),
            as_of,
            newest,
            Jsonb(all_datasets),
            batches,
            seed,
            Jsonb(counts),
            withheld,
        ],
    )


def _copy_results(
    connection: Connection, run_id: str, batches: list[int], assessment: Assessment, left: Interval, sure: Sureness
) -> None:
    batch_of = dict(
        connection.execute("SELECT parcel_id, batch_id FROM measurement WHERE batch_id = ANY(%s)", [batches])
    )
    columns = (
        "run_id, parcel_id, batch_id, verdict, so_far, usable_m2, pitches_low, pitches_high, score_low, score_high, "
        "rank, rank_low, rank_high, conditions, unknown, left_low_m2, left_high_m2, first_share, top_share, value_low, "
        "value_high"
    )
    extra = np.stack([left.low, left.high, sure.first, sure.top], axis=1)
    more = [[None if gone else value for value, gone in zip(*pair, strict=True)]
            for pair in zip(extra.tolist(), np.isnan(extra).tolist(), strict=True)]  # fmt: skip
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY run_result ({columns}) FROM STDIN (FORMAT BINARY)") as copy,
    ):
        copy.set_types(
            ["text", "int8", "int8", "text", "text", "float8", "int4", "int4", "float8", "float8"]
            + ["int4", "int4", "int4", "text[]", "text[]", "float8", "float8", "float8", "float8", "int2[]", "int2[]"]
        )
        for row, rest, values in zip(assessment.rows(), more, compact(assessment), strict=True):
            copy.write_row([run_id, row.parcel_id, batch_of[row.parcel_id], *row.values(), *rest, *values])
