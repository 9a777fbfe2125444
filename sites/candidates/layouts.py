"""Land to lay out, read from the database: parcels of a result or of now, a group of them, or a drawn area.

Contract: read only, EPSG:31370. What cannot be laid out is cut away: buildings, land with a known use, and areas whose
class rules a site out by the criteria of the result. Zones of plans and the gardens of dwellings are not cut; the answer
says so. The access is where the parcel joins the roads as measured, else the nearest road.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
import shapely
from shapely.geometry.base import BaseGeometry

from geodata.errors import NotFoundError, UsageError
from geodata.measure.adjacency import joined
from geodata.measure.table import KNOWN_USE
from geodata.sources.sharing import all_shared
from sites.candidates.drawn import check_law, place
from sites.candidates.drawn_shapes import Drawn
from sites.candidates.runs import Run
from sites.law.model import LawRegion
from sites.places import law_region_of
from sites.suitability.messages import Message

Connection = psycopg.Connection[Any]

#: A road farther away than this gives no access, metres.
_NEAR_M = 150.0
#: Roads on which no site opens.
_NO_ACCESS = ("motorway", "path", "track")

_OF_RUN = """
SELECT p.capakey, p.nis, p.dataset_id, ST_AsBinary(p.geom), m.access_x, m.access_y
FROM run_result r JOIN parcel p ON p.id = r.parcel_id
JOIN measurement m ON m.batch_id = r.batch_id AND m.parcel_id = r.parcel_id
WHERE r.run_id = %(run)s AND p.capakey = ANY(%(keys)s)"""
_OF_NOW = """
SELECT p.capakey, p.nis, p.dataset_id, ST_AsBinary(p.geom), m.access_x, m.access_y
FROM parcel p JOIN dataset d ON d.id = p.dataset_id AND d.current
LEFT JOIN batch b ON b.nis = p.nis AND b.current
LEFT JOIN measurement m ON m.batch_id = b.id AND m.parcel_id = p.id
WHERE p.capakey = ANY(%(keys)s)"""
_BUILDINGS = """
SELECT ST_AsBinary(f.geom) FROM building f JOIN dataset d ON d.id = f.dataset_id
WHERE CASE WHEN %(datasets)s::bigint[] IS NULL THEN d.current ELSE d.id = ANY(%(datasets)s) END
  AND ST_Intersects(f.geom, ST_GeomFromWKB(%(land)s, 31370))"""
_AREAS = """
SELECT ST_AsBinary(f.geom) FROM constraint_area f JOIN dataset d ON d.id = f.dataset_id
WHERE f.theme = %(theme)s AND f.class = ANY(%(classes)s)
  AND CASE WHEN %(datasets)s::bigint[] IS NULL THEN d.current ELSE d.id = ANY(%(datasets)s) END
  AND ST_Dimension(f.geom) = 2 AND ST_Intersects(f.geom, ST_GeomFromWKB(%(land)s, 31370))"""
_ROAD = """
SELECT ST_X(near), ST_Y(near) FROM (
    SELECT ST_ClosestPoint(f.geom, land.geom) AS near, ST_Distance(f.geom, land.geom) AS away
    FROM road f JOIN dataset d ON d.id = f.dataset_id
    CROSS JOIN (SELECT ST_GeomFromWKB(%(land)s, 31370) AS geom) land
    WHERE CASE WHEN %(datasets)s::bigint[] IS NULL THEN d.current ELSE d.id = ANY(%(datasets)s) END
      AND NOT f.road_class = ANY(%(not)s) AND ST_DWithin(f.geom, land.geom, %(near)s)
    ORDER BY away, f.id LIMIT 1) nearest"""


@dataclass(frozen=True)
class Land:
    """A piece of land to lay out.

    Attributes
    ----------
    capakeys : its parcels; of a drawn area those it lies on.
    source : parcel, assembly or drawn.
    nis : municipality of its largest part.
    area_m2 : before anything was cut away.
    remainder : what is left, EPSG:31370.
    access : where it is reached: a point, several, or None where no road was found.
    cut_m2 : square metres cut away, by what: buildings, land_use, or the layer; overlaps count for each.
    shared : may its shape be given out?
    """

    capakeys: tuple[str, ...]
    source: str
    nis: str
    region: LawRegion
    area_m2: float
    remainder: BaseGeometry
    access: BaseGeometry | None
    cut_m2: dict[str, float]
    shared: bool
    notes: tuple[Message, ...]


def land_of(connection: Connection, capakeys: Sequence[str], run: Run | None = None) -> Land:
    """Parcels as one piece of land.

    Parameters
    ----------
    capakeys : one parcel, or several that are laid out together.
    run : the result they belong to, with its dataset versions and criteria; None = the current data, and only buildings
        and land in use are cut away.

    Raises
    ------
    NotFoundError
        When one is not part of the result, or not loaded.
    UsageError
        When they do not share their law.
    """
    keys = list(dict.fromkeys(capakeys))
    values = {"keys": keys, "run": run.id if run else None}
    found = connection.execute(_OF_RUN if run else _OF_NOW, values).fetchall()
    rows = {row[0]: row for row in found}
    for key in keys:
        if key not in rows:
            raise NotFoundError(
                f"Parcel {key} is not part of this result." if run else f"Parcel {key} is not loaded.",
                "Check the key, or load, measure and score its municipality.",
            )
    shapes = [shapely.from_wkb(rows[key][3]) for key in keys]
    whole = joined(shapes)
    largest = max(range(len(keys)), key=lambda at: (shapes[at].area, keys[at]))
    nis = rows[keys[largest]][1]
    regions = {law_region_of(rows[key][1]) for key in keys}
    if len(regions) > 1:
        raise UsageError("These parcels do not share their law.", "Lay out those of one region.")
    points = [(x, y) for *_, x, y in (rows[key] for key in keys) if x is not None and y is not None]
    access = (shapely.Point(points[0]) if len(points) == 1 else shapely.MultiPoint(points)) if points else None
    return _land(
        connection, tuple(keys), "parcel" if len(keys) == 1 else "assembly", nis, regions.pop(), whole, access, run,
        [rows[key][2] for key in keys],
    )  # fmt: skip


def land_of_area(connection: Connection, area: Drawn, run: Run | None = None) -> Land:
    """A drawn area as a piece of land; the access is the nearest road.

    Raises
    ------
    InputError
        When it lies in no municipality that is loaded, or under the law of several regions.
    """
    (placed,) = found = place(connection, [area])
    check_law(connection, found)
    nis = next(iter(placed.municipalities))
    keys = tuple(key for key, _, _ in placed.parcels)
    return _land(connection, keys, "drawn", nis, law_region_of(nis), area.shape, None, run, placed.parcel_datasets)


def _land(
    connection: Connection,
    keys: tuple[str, ...],
    source: str,
    nis: str,
    region: LawRegion,
    whole: BaseGeometry,
    access: BaseGeometry | None,
    run: Run | None,
    datasets: Sequence[int],
) -> Land:
    remainder, cut = _remainder(connection, whole, run)
    notes = [Message("Cut away: {names}.", {"names": ", ".join(cut)})] if cut else []
    notes.append(
        Message("Zones of plans and gardens of dwellings are not cut away: see the explanation of the parcel.")
    )
    if run is None:
        notes.append(Message("No result was asked: hazards were not looked at, and nothing of them is cut away."))
    missing = [
        name
        for name in ("buildings", "land_use", *(theme for theme, _ in _ruled_out(run)))
        if run and not run.datasets.get(name)
    ]
    if missing:
        notes.append(Message("Not loaded, so not cut away: {names}.", {"names": ", ".join(dict.fromkeys(missing))}))
    return Land(
        capakeys=keys,
        source=source,
        nis=nis,
        region=region,
        area_m2=whole.area,
        remainder=remainder,
        access=access if access is not None else _nearest_road(connection, whole, run),
        cut_m2=cut,
        shared=all_shared(connection, [*([] if source == "drawn" else datasets), *_behind(connection, run, cut)]),
        notes=tuple(notes),
    )


def _remainder(connection: Connection, whole: BaseGeometry, run: Run | None) -> tuple[BaseGeometry, dict[str, float]]:
    """What is left of the land, and what took how much of it."""
    taken: dict[str, list[BaseGeometry]] = {}
    wkb = shapely.to_wkb(whole)
    asked = {"land": wkb, "datasets": _datasets(run, "buildings")}
    taken["buildings"] = [shapely.from_wkb(one) for (one,) in connection.execute(_BUILDINGS, asked)]
    for theme, classes in [("land_use", list(KNOWN_USE)), *_ruled_out(run)]:
        asked = {"land": wkb, "datasets": _datasets(run, theme), "theme": theme, "classes": classes}
        found = [shapely.from_wkb(one) for (one,) in connection.execute(_AREAS, asked)]
        taken.setdefault(theme, []).extend(found)
    cut: dict[str, float] = {}
    left = whole
    for name, shapes in taken.items():
        if not shapes:
            continue
        one = shapely.union_all(shapes)
        area = shapely.intersection(whole, one).area
        if area > 0:
            cut[name] = area
            left = shapely.difference(left, one)
    return left, cut


def _ruled_out(run: Run | None) -> list[tuple[str, list[str]]]:
    """Layers and their classes that rule a site out by the criteria of a result."""
    out = []
    for one in run.profile["constraints"] if run else ():
        failing = [name for name, state in (one.get("classes") or {}).items() if state == "fail"]
        if one.get("kind") == "share" and failing:
            out.append((str(one["layer"]), failing))
    return out


def _datasets(run: Run | None, layer: str) -> list[int] | None:
    return list(run.datasets.get(layer, ())) if run else None


def _behind(connection: Connection, run: Run | None, cut: Mapping[str, float]) -> list[int]:
    """Datasets of the layers that were cut away: their borders show in what is left."""
    if run is not None:
        return [one for layer in cut for one in run.datasets.get(layer, ())]
    kinds = [{"buildings": "buildings", "land_use": "osm"}.get(layer, layer) for layer in cut]
    rows = connection.execute("SELECT id FROM dataset WHERE current AND kind = ANY(%s)", [kinds]).fetchall()
    return [row[0] for row in rows]


def _nearest_road(connection: Connection, whole: BaseGeometry, run: Run | None) -> BaseGeometry | None:
    asked = {
        "land": shapely.to_wkb(whole),
        "datasets": _datasets(run, "roads"),
        "not": list(_NO_ACCESS),
        "near": _NEAR_M,
    }
    row = connection.execute(_ROAD, asked).fetchone()
    return shapely.Point(row[0], row[1]) if row is not None else None
