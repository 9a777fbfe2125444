"""Ownership and real rights from a municipality's own file: one row per parcel, classes only.

Reader of the kind `ownership`: a table, workbook, shapefile or GeoPackage with a key or a shape and an owner per row.
Of each row only classes, codes, figures and days go on. Names, whether of persons or of bodies, are read to find the class
and then dropped: they reach no table, no quarantine, no note and no message, and what goes wrong here never quotes a cell.

A parcel with several owners gets the class with the largest public share, private only where no owner is public, and
unknown where one of the others is not known.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import psycopg
import shapely
from numpy.typing import NDArray

from geodata.errors import InputError, StandplaatsError
from geodata.ingest.capakey import Spelled, from_parts, spelled
from geodata.ingest.crs import ChosenCrs, Operation, choose_crs, operation_to_storage, swap_axes, transform
from geodata.ingest.owner_names import class_of_name, class_of_word, plain_words
from geodata.ingest.ownership_columns import Columns, find_columns
from geodata.ingest.ownership_match import Matches, match
from geodata.ingest.ownership_parcel import Holding, of_parcel
from geodata.ingest.read import RawLayer
from geodata.ingest.report import EXAMPLES, Refusals
from geodata.ingest.rights import end_of, is_open_ended, lease_of, right_of, share_of
from geodata.ingest.table import Work, nothing, text
from geodata.measure.inputs import GeometryArray

Connection = psycopg.Connection[Any]

EVIDENCE = ("municipal_list", "matrix_extract", "proxy")
_BETWEEN_OWNERS = re.compile(r"\s*[;|\n]+\s*")
_OUTCOMES = {
    "by_geometry": "matched_by_geometry",
    "split": "split_parcel",
    "ambiguous": "ambiguous_parcel",
    "listed": "listed_by_key",
    "not_found": "parcel_not_found",
}
_DETAILS = {
    "ambiguous_parcel": "the shape lies in several parcels and half in none, or several parcels fit a key without exponent",
    "listed_by_key": "the parcels this shape covers are listed by their own keys",
    "invalid_capakey": "a key looks like 24434F0211/00W006; the row has no usable shape either",
    "parcel_not_found": "the row has no key, and its shape lies in no parcel that is loaded",
    "unknown_owner_class": "no class of owner; classes stand in docs/ownership.md",
    "unknown_evidence": f"use one of: {', '.join(EVIDENCE)}",
}


@dataclass(frozen=True)
class Reading:
    """A list as read: the working table, and how its shapes were placed where it has some."""

    work: Work
    chosen: ChosenCrs | None = None
    operation: Operation | None = None


def read_ownership(
    connection: Connection,
    layer: RawLayer,
    mapping: Mapping[str, str],
    crs: str | None,
    refusals: Refusals,
    file: str,
) -> Reading:
    """Owner classes by parcel, matched with the parcels that are loaded.

    Parameters
    ----------
    mapping : column -> meaning, before what is recognised.
    crs : CRS to read shapes in, when the file is wrong about it.

    Raises
    ------
    InputError
        When the list is empty or cannot be read; no cell is quoted.
    """
    try:
        return _read(connection, layer, mapping, crs, refusals, file)
    except (StandplaatsError, psycopg.Error):
        raise
    except Exception as error:
        # A message of Python quotes the value it stumbled over, and that may be a name.
        raise InputError(
            f"the list cannot be read ({type(error).__name__}); nothing was loaded.",
            "Save it as CSV with one row per parcel and owner.",
            file=file,
        ) from None


def _read(
    connection: Connection,
    layer: RawLayer,
    mapping: Mapping[str, str],
    crs: str | None,
    refusals: Refusals,
    file: str,
) -> Reading:
    n = len(layer.rows)
    columns = find_columns(layer, mapping, file)
    filled = np.array([any(text(one) for one in row) for row in layer.rows.itertuples(index=False)], dtype=bool)
    if layer.geometry is not None:
        filled |= ~shapely.is_missing(layer.geometry)
    if not filled.any():
        raise InputError("the list is empty.", "Give one row per parcel.", file=file)
    _tell_columns(columns, n, int(n - filled.sum()), refusals)
    geometry, chosen, operation = _shapes(layer, crs, refusals, file)
    keys = _keys(layer, columns)
    holdings, usable = _holdings(layer, columns, filled, refusals)
    usable &= _has_place(keys, geometry, usable, refusals)
    at = np.flatnonzero(usable)
    found = match(connection, [keys[one] for one in at], geometry[at])
    _tell_matches(found, at, keys, refusals)
    by_parcel = _by_parcel(found, at, holdings, refusals)
    return Reading(_table(by_parcel, refusals), chosen, operation)


def _tell_columns(columns: Columns, rows: int, empty: int, refusals: Refusals) -> None:
    """What was read of the file: meanings and numbers, never a header or a cell."""
    read = ", ".join(sorted(columns.at))
    refusals.notes.append(f"read as: {read}; {columns.unread} other columns were not read")
    refusals.notes.append("names of owners were used to find the class and dropped; none is stored")
    if empty:
        refusals.notes.append(f"{empty} of {rows} rows are empty and were left out")


def _shapes(
    layer: RawLayer, crs: str | None, refusals: Refusals, file: str
) -> tuple[GeometryArray, ChosenCrs | None, Operation | None]:
    """Areas in EPSG:31370, None where a row has none that can be used."""
    n = len(layer.rows)
    if layer.geometry is None or shapely.is_missing(layer.geometry).all():
        return nothing(n), None, None
    shapes: Any = layer.geometry
    there = ~shapely.is_missing(shapes) & ~shapely.is_empty(shapes)
    chosen = choose_crs(layer.crs, shapes[there], crs, file)
    operation = operation_to_storage(chosen.used)
    shapes = transform(swap_axes(shapes) if chosen.swapped else shapes, operation.transformer)
    shapes = np.where(there, shapely.make_valid(shapes), None)
    area = np.array([0.0 if one is None else shapely.area(one) for one in shapes])
    if (there & (area <= 0)).any():
        count = int((there & (area <= 0)).sum())
        refusals.notes.append(f"{count} shapes are points, lines or empty: only areas are compared with parcels")
    return (
        np.array([one if size > 0 else None for one, size in zip(shapes, area, strict=True)], dtype=object),
        chosen,
        (operation),
    )


def _keys(layer: RawLayer, columns: Columns) -> list[Spelled | None]:
    """Key of each row, from its own column or else from its parts."""
    whole = [spelled(one) for one in columns.values(layer, "capakey")]
    if not {"division", "section", "number"} <= set(columns.at):
        return whole
    names = ("division", "section", "number", "bis", "exponent", "power")
    parts = zip(*(columns.values(layer, name) for name in names), strict=True)
    return [one or from_parts(*part) for one, part in zip(whole, parts, strict=True)]


def _has_place(
    keys: list[Spelled | None], geometry: GeometryArray, usable: NDArray[np.bool_], refusals: Refusals
) -> NDArray[np.bool_]:
    """Rows with a key or an area; the others are refused, without what stands where the key should."""
    placed = np.array([key is not None or shape is not None for key, shape in zip(keys, geometry, strict=True)])
    for at in np.flatnonzero(usable & ~placed):
        refusals.refuse(int(at) + 1, "invalid_capakey", _DETAILS["invalid_capakey"], {})
    return placed


def _holdings(
    layer: RawLayer, columns: Columns, filled: NDArray[np.bool_], refusals: Refusals
) -> tuple[list[list[Holding]], NDArray[np.bool_]]:
    """Rights of each row, and which rows can be used; from here on no name is needed but to count owners."""
    n = len(layer.rows)
    one_of = {name: columns.values(layer, name) for name in columns.at}
    names = columns.all_values(layer, "owner_name")
    personal = [*columns.all_values(layer, "first_name"), *columns.all_values(layer, "person_number")]
    empty = nothing(n)
    out: list[list[Holding]] = []
    usable = filled.copy()
    unclear: dict[str, list[int]] = {}
    for at in range(n):
        out.append([])
        if not filled[at]:
            continue
        row = {name: values[at] for name, values in one_of.items()}
        word = class_of_word(text(row.get("owner_class")) or "unknown")
        evidence = _evidence(row.get("evidence"), columns.matrix)
        for reason, missing in (("unknown_owner_class", word is None), ("unknown_evidence", evidence is None)):
            if missing and usable[at]:
                usable[at] = False
                refusals.refuse(at + 1, reason, _DETAILS[reason], {})
        if word is None or evidence is None:
            continue
        is_person = any(text(values[at]) for values in personal)
        given = [text(values[at]) for values in names or [empty]]
        first = " ".join(filter(None, (text(values[at]) for values in personal)))
        out[at] = _of_row(at + 1, row, word, evidence, [one for one in given if one], is_person, first, unclear)
    for reason, rows in unclear.items():
        refusals.change(reason, rows)
    return out, usable


def _of_row(
    row: int,
    values: Mapping[str, Any],
    word: str,
    evidence: str,
    names: list[str],
    is_person: bool,
    first: str,
    unclear: dict[str, list[int]],
) -> list[Holding]:
    """The rights one row tells of: one owner, or several in one cell or side by side."""
    owners = [one for name in names for one in _BETWEEN_OWNERS.split(name) if one] or [""]
    right = right_of(values.get("right"))
    share = share_of(values.get("share")) or share_of(_only_fraction(values.get("right")))
    until, lease = _lease(values)
    if text(values.get("right")) and right is None:
        unclear.setdefault("unclear_right", []).append(row)
    if text(values.get("share")) and share is None:
        unclear.setdefault("unclear_share", []).append(row)
    if (lease is None and (text(values.get("lease")) or text(values.get("lease_until")))) or (
        text(values.get("lease_until")) and until is None and not is_open_ended(values.get("lease_until"))
    ):
        unclear.setdefault("unclear_lease", []).append(row)
    found = []
    for owner in owners:
        owner_class = word
        if word == "unknown":
            owner_class = "private" if is_person else class_of_name(owner) if owner else "unknown"
        own = share if len(owners) == 1 else None
        found.append(
            Holding(
                row=row,
                who=plain_words(re.sub(r"\(?\d+\s*/\s*\d+\)?", "", f"{owner} {first}")) or f"{owner_class}",
                owner_class=owner_class,
                right=right,
                share=own or share_of(_only_fraction(owner)),
                evidence=evidence,
                lease=lease,
                lease_until=until,
                owners=_count(values.get("owners")),
            )
        )
    return found


def _lease(values: Mapping[str, Any]) -> tuple[date | None, bool | None]:
    """End and existence of a lease; a day or an open end shows that there is one, unless the list denies it."""
    said = lease_of(values.get("lease"))
    until = end_of(values.get("lease_until")) or (end_of(values.get("lease")) if said else None)
    if said is not None:
        return (until if said else None), said
    return until, True if until is not None or is_open_ended(values.get("lease_until")) else None


def _only_fraction(value: Any) -> str | None:
    found = re.search(r"(?<![\d/])\d{1,6}\s*/\s*\d{1,6}(?![\d/])", text(value) or "")
    return found[0] if found else None


def _evidence(value: Any, matrix: bool) -> str | None:
    """Kind of evidence; of an empty cell, that of the list."""
    given = (text(value) or "").lower().replace(" ", "_")
    if not given:
        return "matrix_extract" if matrix else "municipal_list"
    return given if given in EVIDENCE else None


def _count(value: Any) -> int | None:
    found = re.fullmatch(r"\d{1,4}", text(value) or "")
    return int(found[0]) if found and int(found[0]) > 0 else None


def _tell_matches(found: Matches, at: NDArray[np.int64], keys: list[Spelled | None], refusals: Refusals) -> None:
    """Rows by what became of them, with counts in a note and row numbers by reason."""
    counts = [f"{len(found.by_key)} rows matched by key"]
    for name, reason in _OUTCOMES.items():
        positions = getattr(found, name)
        counts.append(f"{len(positions)} {name.replace('_', ' ')}")
        if name == "not_found" and found.no_parcels:
            continue
        rows = [int(at[one]) + 1 for one in positions]
        refused = [one for one in positions if one not in found.targets]
        for one in refused:
            key = keys[at[one]]
            refusals.refuse(int(at[one]) + 1, reason, _DETAILS[reason], {"capakey": key.key} if key else {})
        kept = [row for row, one in zip(rows, positions, strict=True) if one in found.targets]
        if kept:
            refusals.change(reason, kept)
    if found.no_parcels:
        refusals.notes.append("no parcels are loaded, so no key was compared: load this list again after the parcels")
        return
    refusals.notes.append(", ".join(counts))
    if found.not_found:
        refusals.notes.append(
            "keys of no current parcel are kept: they count as soon as a parcel with the key is loaded"
        )
    if found.renumbered:
        shown = ", ".join(str(int(at[one]) + 1) for one in found.renumbered[:EXAMPLES])
        refusals.notes.append(
            f"{len(found.renumbered)} of the keys not found (rows {shown}) share their number with current parcels: split"
            " or renumbered since; a list with shapes would tell"
        )


def _by_parcel(
    found: Matches, at: NDArray[np.int64], holdings: list[list[Holding]], refusals: Refusals
) -> dict[str, list[Holding]]:
    """Rights by parcel, in the order of the file; the same right of the same owner counts once."""
    out: dict[str, list[Holding]] = {}
    seen: set[tuple[Any, ...]] = set()
    repeated = []
    for position, targets in sorted(found.targets.items()):
        for target in targets:
            for one in holdings[at[position]]:
                mark = (target.capakey, one.who, one.owner_class, one.right, one.share, target.part)
                if mark in seen:
                    repeated.append(one.row)
                    continue
                seen.add(mark)
                share = one.share if target.part == 1 else (1.0 if one.share is None else one.share) * target.part
                out.setdefault(target.capakey, []).append(replace(one, how=target.how, share=share))
    if repeated:
        refusals.change("duplicate_owner", sorted(set(repeated)))
    return out


def _table(by_parcel: Mapping[str, list[Holding]], refusals: Refusals) -> Work:
    names = (
        "capakey", "owner_class", "evidence", "lease_until", "right_type", "other_rights", "lease", "owners",
        "public_share", "matched_by",
    )  # fmt: skip
    rows = [of_parcel(key, held, refusals) for key, held in by_parcel.items()]
    columns = {name: np.array([row[name] for row in rows], dtype=object) for name in names}
    refusals.notes.append(f"the list tells the owner of {len(rows)} parcels")
    return Work("ownership", columns, None, np.array([held[0].row for held in by_parcel.values()], dtype=np.int64))
