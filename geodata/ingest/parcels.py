"""Cadastral parcels: keys, municipality, areas and dates; a parcel stands in one current dataset only."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import psycopg
import shapely

from geodata.errors import InputError
from geodata.ingest.lists import check_capakeys, normal_capakeys
from geodata.ingest.places import assign_municipalities
from geodata.ingest.report import Refusals
from geodata.ingest.table import Work, nothing, parse_day, texts
from geodata.ingest.vectors import in_parts, mapped

Connection = psycopg.Connection[Any]


def check_parcels(
    connection: Connection,
    work: Work,
    key: str,
    replace: int | None,
    file: str,
    refusals: Refusals,
    within: tuple[str, ...] = (),
) -> Work:
    """Parcels with valid keys that no other current dataset holds.

    Parameters
    ----------
    key : key of the dataset that is being loaded; its own older version may hold the same parcels.
    replace : dataset that is being replaced, too.
    within : municipalities whose parcels are kept; empty = all.

    Raises
    ------
    InputError
        When no row has a key.
    """
    if len(work) and pd.isna(work.columns["capakey"]).all():
        raise InputError(
            "no row has a value here; nothing was loaded.", "Check the fields.", file=file, field="capakey"
        )
    work.columns["capakey"] = normal_capakeys(work.columns["capakey"])
    work = check_capakeys(work, refusals)
    work = _once(work, refusals)
    assign_municipalities(connection, work, refusals)
    work = _only_within(work, within, refusals)
    work = _not_elsewhere(connection, work, key, replace, refusals)
    columns, n = work.columns, len(work)
    columns["area_m2"] = in_parts(shapely.area, work.geometry)
    official = pd.to_numeric(pd.Series(columns.get("official_area_m2", nothing(n))), errors="coerce").to_numpy(
        dtype=float
    )
    # Zero and the register's negative codes are no areas.
    stated = np.full(n, None, dtype=object)
    stated[official > 0] = official[official > 0].tolist()
    columns["official_area_m2"] = stated
    columns["ref_date"] = mapped(texts(columns.pop("ref_date", nothing(n))), parse_day)
    columns["canu"] = texts(columns.pop("canu", nothing(n)))
    return work


def _once(work: Work, refusals: Refusals) -> Work:
    """The first row of each key; a repetition of the same shape is told apart from a contradiction."""
    keys = pd.Series(work.columns["capakey"])
    repeated = keys.duplicated().to_numpy()
    if not repeated.any():
        return work
    # Which one is kept is for both together to tell, also in a later version.
    work.tell(keys.duplicated(keep=False).to_numpy())
    first = {key: index for index, key in reversed(list(enumerate(keys)))}
    earlier = np.array([first[key] for key in keys[repeated]])
    geometry: Any = work.geometry
    same = np.zeros(len(work), dtype=bool)
    same[repeated] = shapely.equals(geometry[earlier], geometry[repeated])
    work, kept = (
        work.refuse(same, "duplicate_row", "the same parcel stands in the file before", refusals),
        ~same,
    )
    return work.refuse(
        repeated[kept], "duplicate_capakey", "the key stands in the file before, with another shape", refusals
    )


def _only_within(work: Work, within: tuple[str, ...], refusals: Refusals) -> Work:
    """Parcels of the municipalities asked for; the others were not asked for and are no refusals."""
    if not within:
        return work
    mine = np.isin(work.columns["nis"].astype(str), within)
    if not mine.all():
        refusals.notes.append(f"{int((~mine).sum())} parcels of other municipalities were left out")
    return work.keep(mine)


def _not_elsewhere(connection: Connection, work: Work, key: str, replace: int | None, refusals: Refusals) -> Work:
    """Refuse parcels that another current dataset holds: two shapes for one key would both count."""
    # Two loads of different datasets must not both find the parcel free.
    connection.execute("SELECT pg_advisory_xact_lock(hashtext('ingest'), hashtext('parcels'))")
    others = connection.execute(
        """SELECT coalesce(sum(rows_loaded), 0) FROM dataset
           WHERE kind = 'parcels' AND current AND key <> %s AND id IS DISTINCT FROM %s""",
        [key, replace],
    ).fetchone()
    if others is None or not others[0]:
        return work
    # As one text: a list would be written out value by value.
    rows = connection.execute(
        """SELECT p.capakey, d.id, d.title ->> 'en', d.file_name
           FROM parcel p JOIN dataset d ON d.id = p.dataset_id AND d.current
           WHERE p.capakey = ANY(string_to_array(%s, ' ')) AND d.key <> %s AND d.id IS DISTINCT FROM %s""",
        [" ".join(work.columns["capakey"]), key, replace],
    ).fetchall()
    for dataset, title, file in sorted({row[1:] for row in rows}):
        here = np.isin(work.columns["capakey"].astype(str), [row[0] for row in rows if row[1] == dataset])
        detail = f"dataset {dataset} ({title}, {file}) holds the parcel; --replace {dataset} takes its place"
        refusals.notes.append(f"{int(here.sum())} parcels: {detail}")
        work = work.refuse(here, "capakey_in_other_dataset", detail, refusals)
    return work
