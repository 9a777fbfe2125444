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

Connection = psycopg.Connection[Any]


def check_parcels(
    connection: Connection, work: Work, key: str, replace: int | None, file: str, refusals: Refusals
) -> Work:
    """Parcels with valid keys that no other current dataset holds.

    Parameters
    ----------
    key : key of the dataset that is being loaded; its own older version may hold the same parcels.
    replace : dataset that is being replaced, too.

    Raises
    ------
    InputError
        When no row has a key.
    """
    if len(work) and not (texts(work.columns["capakey"]) != None).any():  # noqa: E711  (elementwise on objects)
        raise InputError(
            "no row has a value here; nothing was loaded.", "Check the fields.", file=file, field="capakey"
        )
    work.columns["capakey"] = normal_capakeys(work.columns["capakey"])
    work = check_capakeys(work, refusals)
    work = _once(work, refusals)
    work = _not_elsewhere(connection, work, key, replace, refusals)
    assign_municipalities(connection, work, refusals)
    columns, n = work.columns, len(work)
    columns["area_m2"] = shapely.area(work.geometry)
    official = pd.to_numeric(pd.Series(columns.get("official_area_m2", nothing(n))), errors="coerce").to_numpy(
        dtype=float
    )
    # Zero and the register's negative codes are no areas.
    columns["official_area_m2"] = np.array([float(one) if one > 0 else None for one in official], dtype=object)
    given = texts(columns.get("ref_date", nothing(n)))
    days = {one: parse_day(one) for one in set(given)}
    columns["ref_date"] = np.fromiter((days[one] for one in given), dtype=object, count=n)
    columns["canu"] = texts(columns.get("canu", nothing(n)))
    return work


def _once(work: Work, refusals: Refusals) -> Work:
    """The first row of each key; a repetition of the same shape is told apart from a contradiction."""
    keys = pd.Series(work.columns["capakey"])
    repeated = keys.duplicated().to_numpy()
    if not repeated.any():
        return work
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


def _not_elsewhere(connection: Connection, work: Work, key: str, replace: int | None, refusals: Refusals) -> Work:
    """Refuse parcels that another current dataset holds: two shapes for one key would both count."""
    # Two loads of different datasets must not both find the parcel free.
    connection.execute("SELECT pg_advisory_xact_lock(hashtext('ingest'), hashtext('parcels'))")
    rows = connection.execute(
        """SELECT p.capakey, d.id, d.title ->> 'en', d.file_name
           FROM parcel p JOIN dataset d ON d.id = p.dataset_id AND d.current
           WHERE p.capakey = ANY(%s) AND d.key <> %s AND d.id IS DISTINCT FROM %s""",
        [list(work.columns["capakey"]), key, replace],
    ).fetchall()
    for dataset, title, file in sorted({row[1:] for row in rows}):
        here = np.isin(work.columns["capakey"].astype(str), [row[0] for row in rows if row[1] == dataset])
        detail = f"dataset {dataset} ({title}, {file}) holds the parcel; --replace {dataset} takes its place"
        refusals.notes.append(f"{int(here.sum())} parcels: {detail}")
        work = work.refuse(here, "capakey_in_other_dataset", detail, refusals)
    return work
