"""The current datasets, and what they declare to cover: read once per process, not once per municipality."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import psycopg
import shapely
from shapely.geometry.base import BaseGeometry

from geodata.measure.areas import area_of
from geodata.measure.flat import FlatPolygons
from geodata.measure.inputs import Coverage
from geodata.measure.jit import HAVE_NUMBA

Connection = psycopg.Connection[Any]

#: What tells a state of a row from every other one, in every database.
State = tuple[Any, ...]


@dataclass(frozen=True)
class Dataset:
    """A current dataset version; columns are those of the table `dataset`.

    Attributes
    ----------
    state : changes with every change of the row.
    covers : is a coverage declared?
    """

    id: int
    kind: str
    source: str
    key: str
    version: int
    sha256: str
    loaded_at: datetime
    accuracy_m: float | None
    generalised: bool
    coverage_nis: tuple[str, ...] | None
    coverage_accuracy_m: float
    source_date: date | None
    fetched: datetime
    covers: bool
    state: State

    @property
    def day(self) -> date:
        """Date stated by the source, else the day the file was fetched, as the clock here shows it."""
        return self.source_date or self.fetched.astimezone().date()


_ROWS = """
SELECT id, kind, source, key, version, sha256, loaded_at, accuracy_m, generalised, coverage_nis, coverage_accuracy_m,
       source_date, least(fetched, loaded_at), coverage IS NOT NULL, xmin::text, ctid::text,
       (SELECT oid FROM pg_database WHERE datname = current_database())
FROM dataset WHERE {which} ORDER BY id"""

#: Declared areas and their checksums by the state of the row: bytes of national borders are read once.
_areas: dict[State, tuple[BaseGeometry, str]] = {}
#: What several datasets cover together.
_together: dict[State, Coverage] = {}
_MOST = 4096


def current_datasets(connection: Connection) -> list[Dataset]:
    """All current datasets, by id."""
    return _read(connection, "current", None)


def datasets_of(connection: Connection, ids: Sequence[int]) -> list[Dataset]:
    """Dataset versions by their ids, current or not; those that are gone are left out."""
    return _read(connection, "id = ANY(%s)", [list(ids)])


def _read(connection: Connection, which: str, values: list[Any] | None) -> list[Dataset]:
    place = (connection.info.host, connection.info.port, connection.info.dbname)
    rows = connection.execute(_ROWS.format(which=which).encode(), values).fetchall()
    return [_dataset(row, place) for row in rows]


def _dataset(row: tuple[Any, ...], place: tuple[Any, ...]) -> Dataset:
    named = None if row[9] is None else tuple(row[9])
    told: list[Any] = [*row[:9], named, *row[10:14], (*place, row[0], *row[14:])]
    return Dataset(*told)


def read_areas(connection: Connection, datasets: Sequence[Dataset]) -> dict[int, tuple[BaseGeometry, str]]:
    """Declared area and its checksum (md5 of the WKB) of the datasets that have one, by id."""
    if len(_areas) > _MOST:
        _areas.clear()
    missing = [one.id for one in datasets if one.covers and one.state not in _areas]
    if missing:
        rows = connection.execute(
            "SELECT id, ST_AsBinary(coverage), md5(ST_AsBinary(coverage)) FROM dataset WHERE id = ANY(%s)",
            [missing],
            binary=True,
        ).fetchall()
        drawn = {row[0]: (shapely.from_wkb(bytes(row[1])), row[2]) for row in rows}
        _areas.update({one.state: drawn[one.id] for one in datasets if one.id in drawn})
    return {one.id: _areas[one.state] for one in datasets if one.covers}


def coverage_of(connection: Connection, groups: Sequence[Sequence[str]], datasets: Sequence[Dataset]) -> Coverage:
    """What all needed sources cover together: the union within a group, the intersection of the groups."""
    chosen = [[one for one in datasets if {one.kind, one.source}.intersection(group)] for group in groups]
    rows = [[one for one in group if one.covers] for group in chosen]
    if not all(rows):
        return Coverage()
    key: State = tuple(tuple(one.state for one in group) for group in rows)
    if key not in _together:
        if len(_together) > _MOST:
            _together.clear()
        _together[key] = _covered_together(connection, rows)
    return _together[key]


def _covered_together(connection: Connection, groups: list[list[Dataset]]) -> Coverage:
    area: BaseGeometry | None = None
    named: frozenset[str] | None = None
    accuracy = 0.0
    for group in groups:
        drawn = read_areas(connection, group)
        shapes = [drawn[one.id][0] for one in group]
        union = shapes[0] if len(shapes) == 1 else shapely.union_all(shapes)
        codes = frozenset(code for one in group for code in one.coverage_nis or ())
        if area is None:
            area = union
        elif not area.equals_exact(union):
            area = shapely.intersection(area, union)
        named = codes if named is None else named & codes
        accuracy = max(accuracy, *(one.coverage_accuracy_m for one in group))
    return Coverage(area, named or frozenset(), accuracy)


def reaching(
    connection: Connection,
    nis: str,
    datasets: Sequence[Dataset],
    parcels: FlatPolygons | None = None,
    *,
    whole: bool = True,
) -> set[int]:
    """Datasets that may say something of the parcels of a municipality.

    One without a declared coverage may; of a day before the newest of them nothing is known.

    Parameters
    ----------
    parcels : parcels of the municipality; None = the database is asked.
    whole : are they all? Else the database is asked for the datasets that touch neither them nor some other one.
    """
    out = {one.id for one in datasets if not one.covers or nis in (one.coverage_nis or ())}
    left = [one for one in datasets if one.id not in out]
    if left and parcels is not None and HAVE_NUMBA:
        drawn = read_areas(connection, left)
        areas = {one.id: area_of(shapely.to_wkb(drawn[one.id][0])) for one in left}
        if not whole:
            parcels = FlatPolygons.concatenate([parcels, _some_parcel(connection, nis, datasets)])
        asked = {area: area.touches(parcels) for area in set(areas.values())}
        out |= {one for one, area in areas.items() if asked[area]}
        left = [] if whole else [one for one in left if one.id not in out]
    if not left:
        return out
    rows = connection.execute(
        """SELECT d.id FROM dataset d WHERE d.id = ANY(%(left)s) AND EXISTS (
               SELECT FROM parcel p JOIN dataset e ON e.id = p.dataset_id AND e.current
               WHERE p.nis = %(nis)s AND ST_Intersects(p.geom, d.coverage))""",
        {"nis": nis, "left": [one.id for one in left]},
    ).fetchall()
    return out | {row[0] for row in rows}


def _some_parcel(connection: Connection, nis: str, datasets: Sequence[Dataset]) -> FlatPolygons:
    """Any one parcel of a municipality."""
    rows = connection.execute(
        "SELECT ST_AsBinary(geom) FROM parcel WHERE nis = %s AND dataset_id = ANY(%s::bigint[]) LIMIT 1",
        [nis, [one.id for one in datasets if one.kind == "parcels"]],
        binary=True,
    ).fetchall()
    return FlatPolygons.from_shapely([shapely.from_wkb(bytes(row[0])) for row in rows])
