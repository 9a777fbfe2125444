"""Municipalities: their dates, and which one a parcel lies in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import psycopg
import shapely
from numpy.typing import NDArray

from geodata.ingest.mapping import map_columns
from geodata.ingest.read import RawLayer
from geodata.ingest.report import Refusals
from geodata.ingest.table import Work, nothing, parse_day, text, texts
from geodata.ingest.vectors import mapped
from geodata.missing import is_none
from geodata.sources.catalogue import Source
from geodata.sources.nis import nis_changes, successor
from geodata.sources.nis_regions import german_speaking_codes

Connection = psycopg.Connection[Any]

REGIONS = ("flanders", "wallonia", "brussels")
#: Generalised borders may be this far off: their overlap with the official ones is 0.897 at worst.
GENERALISED_M = 250.0
#: A parcel farther than this from its municipality (beside what a generalised border may be off) has a wrong code.
BORDER_M = 100.0
_REGION_NIS = {"02000": "flanders", "03000": "wallonia", "04000": "brussels"}
#: Last reform before 2019; a source without dates is taken as the state of today.
_FIRST_DAY = date(1977, 1, 1)


def ensure_nis_changes(connection: Connection) -> None:
    """Load the changes of NIS codes where they are not yet."""
    with connection.cursor() as cursor:
        cursor.executemany(
            """INSERT INTO nis_change (old_nis, old_name, new_nis, new_name, relationship, partial_transfer,
                   valid_from, note) VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING""",
            [astuple(one) for one in nis_changes()],
        )


def build_municipalities(layers: list[RawLayer], source: Source, file: str) -> list[tuple[RawLayer, Work]]:
    """One table per layer; several layers are several dates, and each is valid until the next begins.

    A source without dates gets them from the changes of NIS codes: which codes it holds tells its state.
    """
    found = []
    for layer in layers:
        if layer.geometry is None or not source.matches(layer.rows.columns, layer.name, file, raster=False):
            continue
        columns = map_columns(layer, source)
        n = len(layer.rows)
        columns["nis"] = np.array([(text(value) or "").zfill(5) for value in columns["nis"]], dtype=object)
        columns["region"] = np.array([_region(row) for row in _rows(columns)], dtype=object)
        provinces = texts(columns.get("province_nis", nothing(n)))
        columns["province_nis"] = np.array([one and one.zfill(5) for one in provinces], dtype=object)
        columns["german_speaking"] = np.isin(columns["nis"].astype(str), sorted(german_speaking_codes())).astype(object)
        for name in ("name_nl", "name_fr", "name_de"):
            columns[name] = texts(columns.get(name, nothing(n)))
        begins, ends = _dates(columns["nis"])
        given = columns.get("valid_from", nothing(n))
        columns["valid_from"] = np.array(
            [parse_day(one) or day for one, day in zip(given, begins, strict=True)], dtype=object
        )
        columns["valid_to"] = np.array(ends, dtype=object)
        found.append((layer, Work("municipality", columns, layer.geometry, np.arange(1, n + 1))))
    found.sort(key=lambda pair: max(pair[1].columns["valid_from"], default=_FIRST_DAY))
    for (_, older), (_, newer) in pairwise(found):
        older.columns["valid_to"][:] = max(newer.columns["valid_from"], default=_FIRST_DAY) - timedelta(days=1)
    return found


def _dates(codes: Iterable[str]) -> tuple[list[date], list[date | None]]:
    """First and last day of each code in a list of municipalities of one date.

    A code that a reform took away ends the day before; one that kept its code over a reform ends with it when
    the list holds others that the reform took away.
    """
    held = list(codes)
    changes = nis_changes()
    ended = {one.valid_from for one in changes if one.old_nis != one.new_nis and one.old_nis in held}
    begins, ends = [], []
    for code in held:
        came = [one.valid_from for one in changes if one.new_nis == code and one.valid_from not in ended]
        gone = [
            one.valid_from
            for one in changes
            if one.old_nis == code and (one.new_nis != code or one.valid_from in ended)
        ]
        begins.append(max(came, default=_FIRST_DAY))
        ends.append(min(gone) - timedelta(days=1) if gone else None)
    return begins, ends


def _rows(columns: dict[str, Any]) -> list[dict[str, Any]]:
    names = list(columns)
    return [dict(zip(names, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def _region(row: dict[str, Any]) -> str:
    """Region by its code, else by the first digits of the municipality's (Brabant is split by the second)."""
    given = _REGION_NIS.get((text(row.get("region_nis")) or "").zfill(5))
    if given is not None:
        return given
    nis = str(row["nis"])
    if nis.startswith("21"):
        return "brussels"
    return "flanders" if nis[:1] in ("1", "3", "4", "7") or nis[:2] in ("23", "24") else "wallonia"


@dataclass(frozen=True)
class Territory:
    """Municipalities valid today, as loaded, each of length n.

    Attributes
    ----------
    nis : codes.
    geometry : shapes, EPSG:31370.
    generalised : True where the border is only roughly right.
    """

    nis: tuple[str, ...]
    geometry: Any
    generalised: NDArray[np.bool_]


def territory(connection: Connection) -> Territory:
    """The municipalities that are valid today; official boundaries before generalised ones."""
    rows = connection.execute(
        """SELECT DISTINCT ON (m.nis) m.nis, ST_AsBinary(m.geom), d.generalised
           FROM municipality m JOIN dataset d ON d.id = m.dataset_id AND d.current
           WHERE m.valid_to IS NULL ORDER BY m.nis, d.generalised, d.id DESC""",
        binary=True,
    ).fetchall()
    shapes = shapely.from_wkb(np.array([row[1] for row in rows], dtype=object))
    return Territory(tuple(row[0] for row in rows), shapes, np.array([row[2] for row in rows], dtype=bool))


def boundary_datasets(connection: Connection) -> list[int]:
    """Current datasets of municipalities: they decide coverage and codes, so they belong to a version."""
    rows = connection.execute("SELECT id FROM dataset WHERE kind = 'municipalities' AND current ORDER BY id").fetchall()
    return [row[0] for row in rows]


def assign_municipalities(connection: Connection, work: Work, refusals: Refusals) -> None:
    """Fill `nis` and `nis_how` of parcels: by attribute where the code is valid and near, else by where they lie.

    An old code goes to its successor and is counted. Near a generalised border the answer is marked `border`.
    """
    here = territory(connection)
    n = len(work)
    # Taken out, not only read: of a whole register each column of texts is 60 MB.
    given = texts(work.columns.pop("nis", nothing(n)))
    known = {code: successor(code.zfill(5), here.nis) for code in pd.unique(given) if code is not None}
    codes = mapped(given, known.get)
    how = np.full(n, "attribute", dtype=object)
    stated = ~is_none(given)
    if len(here.nis) and work.geometry is not None:
        _drop_far_codes(here, work, codes, refusals)
    recoded = stated & ~is_none(codes) & (codes != given)
    if recoded.any():
        refusals.change("nis_recoded", work.row[recoded])
        work.tell(recoded)
    # Codes that are not used are named.
    work.tell(stated & is_none(codes))
    strange = sorted(code for code, now in known.items() if now is None)
    if strange:
        shown = ", ".join(strange[:5])
        refusals.notes.append(f"NIS codes that are not valid today and have no successor here were not used: {shown}")
    rest = np.flatnonzero(is_none(codes))
    how[rest] = "boundary"
    if len(rest) and len(here.nis) and work.geometry is not None:
        _by_place(here, work.geometry, rest, codes, how)
    work.tell(is_none(codes) | (how == "border"))
    nowhere = int(np.sum(is_none(codes)))
    if nowhere:
        refusals.notes.append(f"{nowhere} parcels lie in no loaded municipality and cannot be scored yet")
    near = int((how == "border").sum())
    if near:
        refusals.notes.append(f"{near} parcels lie near a generalised border: their municipality is a guess")
    work.columns["nis"], work.columns["nis_how"] = codes, how


def _drop_far_codes(here: Territory, work: Work, codes: Any, refusals: Refusals) -> None:
    """Take away codes of a municipality that the parcel lies far from: there the place is believed, not the file.

    Near the border the code stays: registers know better than a drawn line.
    """
    geometry: Any = work.geometry
    place = {code: at for at, code in enumerate(here.nis)}
    at = mapped(codes, lambda code: place.get(code, -1)).astype(np.int64)
    stated = np.flatnonzero(at >= 0)
    if not len(stated):
        return
    shapes: Any = here.geometry
    limit = np.where(here.generalised, GENERALISED_M, 0.0) + BORDER_M
    shapely.prepare(shapes)
    # In one thread: a prepared shape builds its index when it is first asked.
    far = stated[~shapely.dwithin(shapes[at[stated]], geometry[stated], limit[at[stated]])]
    if not len(far):
        return
    named = ", ".join(sorted({str(code) for code in codes[far]})[:5])
    codes[far] = None
    work.tell(far)
    refusals.change("nis_far_from_place", work.row[far])
    refusals.notes.append(f"{len(far)} parcels lie far from the municipality of their code ({named}): the place counts")


def _by_place(here: Territory, geometry: Any, rest: Any, codes: Any, how: Any) -> None:
    """Municipality of the parcels `rest` by a point inside them."""
    points = shapely.point_on_surface(geometry[rest])
    row, place = shapely.STRtree(here.geometry).query(points, predicate="intersects")
    codes[rest[row]] = np.array(here.nis, dtype=object)[place]
    rough = here.generalised[place]
    row, place = row[rough], place[rough]
    if len(row):
        edges = shapely.boundary(here.geometry)
        shapely.prepare(edges)
        near = shapely.dwithin(edges[place], points[row], GENERALISED_M)
        how[rest[row[near]]] = "border"


def german_speaking(connection: Connection, points: Any) -> NDArray[np.bool_]:
    """Which points (EPSG:31370) lie in the German-speaking Community; shape (n,)."""
    rows = connection.execute(
        """SELECT ST_AsBinary(m.geom) FROM municipality m JOIN dataset d ON d.id = m.dataset_id AND d.current
           WHERE m.valid_to IS NULL AND m.german_speaking""",
        binary=True,
    ).fetchall()
    out = np.zeros(len(points), dtype=bool)
    if rows:
        area = shapely.union_all(shapely.from_wkb(np.array([row[0] for row in rows], dtype=object)))
        shapely.prepare(area)
        out = shapely.intersects(area, points)
    return out
