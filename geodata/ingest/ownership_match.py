"""Which current parcels the rows of an owner list are about: by key, else by where they lie.

A key that is no longer current is followed by its shape. A current parcel belongs to a row when at least half of it lies
in the row's shape (one row may so become several parcels: the old one was split), or when the row's shape lies at least
half in it and the rows of the list together cover at least half of it (old ones were merged). The half is our choice.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import psycopg
import shapely

from geodata.ingest.capakey import Spelled

Connection = psycopg.Connection[Any]

#: Least share of overlap that makes a match.
HALF = 0.5
#: Overlap below this share of both shapes is a border drawn otherwise, not a piece of land.
SLIVER = 0.02


@dataclass(frozen=True)
class Target:
    """A parcel a row is about.

    Attributes
    ----------
    capakey : key of the parcel; one that is not current when `how` is None.
    how : key, geometry, or None where no current parcel was found.
    part : share of the parcel the row covers, where it is one of several merged into it; else 1.
    """

    capakey: str
    how: str | None
    part: float = 1.0


@dataclass
class Matches:
    """Parcels of each row, and the rows by what became of them (positions, in the order of the file).

    Attributes
    ----------
    targets : position -> parcels; none for rows that are left out.
    by_key, by_geometry : one parcel.
    split : several parcels.
    ambiguous : the shape lies in several parcels and half in none, or the key is short and several fit.
    not_found : no current parcel; kept under its key where it has one.
    renumbered : of those not found, rows whose number other current parcels have.
    listed : the parcels the shape covers are listed by their own keys.
    no_parcels : no parcel at all is loaded, so that nothing could be compared.
    """

    targets: dict[int, list[Target]] = field(default_factory=dict)
    by_key: list[int] = field(default_factory=list)
    by_geometry: list[int] = field(default_factory=list)
    split: list[int] = field(default_factory=list)
    ambiguous: list[int] = field(default_factory=list)
    not_found: list[int] = field(default_factory=list)
    renumbered: list[int] = field(default_factory=list)
    listed: list[int] = field(default_factory=list)
    no_parcels: bool = False


@dataclass(frozen=True)
class _Overlap:
    """A row's shape on a current parcel: the share of the shape and the share of the parcel."""

    at: int
    capakey: str
    of_shape: float
    of_parcel: float


def parcel_datasets(connection: Connection) -> list[int]:
    """Current datasets of parcels: what a list is matched with, so they belong to its version."""
    rows = connection.execute("SELECT id FROM dataset WHERE kind = 'parcels' AND current ORDER BY id").fetchall()
    return [row[0] for row in rows]


def match(connection: Connection, keys: Sequence[Spelled | None], geometry: Any) -> Matches:
    """Match every row with current parcels.

    Parameters
    ----------
    keys : key of each row, None where it has none.
    geometry : polygons in EPSG:31370, None where a row has none.
    """
    current, numbers = _current(connection, [one for one in keys if one is not None])
    out = Matches(no_parcels=not parcel_datasets(connection))
    rest = []
    for at, one in enumerate(keys):
        if one is not None and one.key in current:
            out.targets[at] = [Target(one.key, "key")]
            out.by_key.append(at)
        else:
            rest.append(at)
    shaped = [at for at in rest if geometry[at] is not None]
    listed = {one.key for one in keys if one is not None} & current
    _by_shape(_overlaps(connection, geometry, shaped), shaped, listed, out)
    placed = {*out.by_geometry, *out.split, *out.ambiguous, *out.listed}
    for at in rest:
        if at not in placed:
            _not_found(at, keys[at], numbers, out)
    return out


def _current(connection: Connection, keys: list[Spelled]) -> tuple[set[str], Counter[str]]:
    """Keys that are current, and how many current parcels have each division, section and number."""
    rows = connection.execute(
        """SELECT p.capakey FROM parcel p JOIN dataset d ON d.id = p.dataset_id AND d.current
           WHERE p.capakey = ANY(%s)""",
        [[one.key for one in keys]],
    ).fetchall()
    current = {row[0] for row in rows}
    lost = sorted({one.number for one in keys if one.key not in current})
    found = connection.execute(
        """SELECT left(p.capakey, 10), count(*) FROM parcel p JOIN dataset d ON d.id = p.dataset_id AND d.current
           WHERE left(p.capakey, 10) = ANY(%s) GROUP BY 1""",
        [lost],
    ).fetchall()
    return current, Counter(dict(found))


def _not_found(at: int, key: Spelled | None, numbers: Counter[str], out: Matches) -> None:
    if key is not None and key.short and numbers[key.number]:
        out.ambiguous.append(at)
        return
    out.not_found.append(at)
    if key is not None:
        out.targets[at] = [Target(key.key, None)]
        if numbers[key.number]:
            out.renumbered.append(at)


def _overlaps(connection: Connection, geometry: Any, shaped: list[int]) -> list[_Overlap]:
    """Shapes on current parcels, without slivers."""
    if not shaped:
        return []
    shapes = [geometry[at] for at in shaped]
    rows = connection.execute(
        """SELECT q.at, p.capakey, ST_AsBinary(p.geom)
           FROM unnest(%s::bytea[]) WITH ORDINALITY q(wkb, at)
           JOIN parcel p ON p.geom && ST_GeomFromWKB(q.wkb, 31370)
           JOIN dataset d ON d.id = p.dataset_id AND d.current ORDER BY q.at, p.capakey""",
        [[shapely.to_wkb(shapely.envelope(one)) for one in shapes]],
        binary=True,
    ).fetchall()
    if not rows:
        return []
    positions = np.array([row[0] - 1 for row in rows])
    parcels = shapely.from_wkb(np.array([row[2] for row in rows], dtype=object))
    mine = np.array(shapes, dtype=object)[positions]
    common = shapely.area(shapely.intersection(mine, parcels))
    of_shape, of_parcel = common / shapely.area(mine), common / shapely.area(parcels)
    return [
        _Overlap(shaped[positions[index]], rows[index][1], float(of_shape[index]), float(of_parcel[index]))
        for index in np.flatnonzero((of_shape >= SLIVER) | (of_parcel >= SLIVER))
    ]


def _by_shape(overlaps: list[_Overlap], shaped: list[int], listed: set[str], out: Matches) -> None:
    """Decide the rows that have a shape and no current key."""
    by_row: dict[int, list[_Overlap]] = defaultdict(list)
    for one in overlaps:
        by_row[one.at].append(one)
    # Pieces of merged parcels count together.
    together: dict[str, float] = defaultdict(float)
    for one in overlaps:
        if one.of_shape >= HALF:
            together[one.capakey] += one.of_parcel
    for at in shaped:
        here = by_row.get(at, [])
        held = [one for one in here if one.of_parcel >= HALF]
        inside = [one for one in here if one.of_shape >= HALF and together[one.capakey] >= HALF]
        chosen = held or inside
        if not here:
            continue
        if not chosen or sum(one.of_shape for one in chosen) < HALF:
            out.ambiguous.append(at)
            continue
        free = [one for one in chosen if one.capakey not in listed]
        if not free:
            out.listed.append(at)
            continue
        (out.split if len(chosen) > 1 else out.by_geometry).append(at)
        out.targets[at] = [Target(one.capakey, "geometry", 1.0 if held else min(one.of_parcel, 1.0)) for one in free]
