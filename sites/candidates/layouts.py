"""Land to lay out, read from the database: parcels of a result or of now, a group of them, or a drawn area.

Contract: read only, EPSG:31370. What cannot be laid out is cut away: all that `taken_away` names by the criteria of the
result, else by the published ones of the region, against the maps of the result, else those of now. What is left is the
usable area before the gardens of dwellings, which are a number and no shape. What is not known here is not cut away; the
answer names it. The access is where the parcel joins the roads as measured, else the nearest road.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import psycopg
import shapely
from shapely.geometry.base import BaseGeometry

from geodata.errors import NotFoundError, UsageError
from geodata.measure.adjacency import joined
from geodata.measure.datasets import Dataset, current_datasets
from geodata.measure.inputs import Parcels
from geodata.measure.read import region_of
from geodata.measure.remaining import remaining_geometry, remaining_of, versions_of
from geodata.measure.specs import LayerSpec, Region, layer_specs
from geodata.sources.sharing import all_shared
from sites.candidates.drawn import check_law, place, reaching_area
from sites.candidates.drawn_shapes import Drawn
from sites.candidates.runs import Run
from sites.candidates.taken import Taken, taken_away
from sites.law.model import LawRegion, SiteType
from sites.places import law_region_of
from sites.suitability import Profile, load_profile
from sites.suitability.messages import Message

Connection = psycopg.Connection[Any]

#: A road farther away than this gives no access, metres.
_NEAR_M = 150.0
#: Roads on which no site opens.
_NO_ACCESS = ("motorway", "path", "track")
#: Square metres below which nothing was cut away: borders that meet, as they are computed.
_DUST_M2 = 0.01

_OF_RUN = """
SELECT p.capakey, p.nis, p.nis_how = 'border', p.dataset_id, ST_AsBinary(p.geom), m.access_x, m.access_y, r.batch_id
FROM run_result r JOIN parcel p ON p.id = r.parcel_id
JOIN measurement m ON m.batch_id = r.batch_id AND m.parcel_id = r.parcel_id
WHERE r.run_id = %(run)s AND p.capakey = ANY(%(keys)s)"""
_OF_NOW = """
SELECT p.capakey, p.nis, p.nis_how = 'border', p.dataset_id, ST_AsBinary(p.geom), m.access_x, m.access_y, b.id
FROM parcel p JOIN dataset d ON d.id = p.dataset_id AND d.current
LEFT JOIN batch b ON b.nis = p.nis AND b.current
LEFT JOIN measurement m ON m.batch_id = b.id AND m.parcel_id = p.id
WHERE p.capakey = ANY(%(keys)s)"""
_DAYS = """
SELECT day.key, max(day.value)::text FROM batch b, jsonb_each_text(b.datasets -> 'dates') day
WHERE b.id = ANY(%s) GROUP BY day.key"""
_ROAD = """
SELECT ST_X(near), ST_Y(near) FROM (
    SELECT ST_ClosestPoint(f.geom, land.geom) AS near, ST_Distance(f.geom, land.geom) AS away
    FROM road f CROSS JOIN (SELECT ST_GeomFromWKB(%(land)s, 31370) AS geom) land
    WHERE f.dataset_id = ANY(%(datasets)s::bigint[])
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
    cut_m2 : square metres cut away, by layer; overlaps count for each.
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


@dataclass(frozen=True)
class _Whole:
    """Land before anything is cut away: one piece, as one row of a measurement, and the datasets its shape is from."""

    capakeys: tuple[str, ...]
    source: str
    parcels: Parcels
    access: BaseGeometry | None
    drawn_from: tuple[int, ...]

    @property
    def nis(self) -> str:
        return str(self.parcels.nis[0])

    @property
    def shape(self) -> BaseGeometry:
        shape: BaseGeometry = self.parcels.geometry[0]
        return shape


@dataclass(frozen=True)
class _Maps:
    """Versions of maps that count, the layers they make, and what of them is cut away."""

    region: Region
    versions: list[Dataset]
    taken: Taken

    def of(self, layers: Iterable[str]) -> list[int]:
        """Datasets behind layers."""
        return [one.id for spec in _specs(self.region, layers) for one in self.versions if one.kind in spec.kinds]


def land_of(
    connection: Connection, capakeys: Sequence[str], site_type: SiteType, as_of: date, run: Run | None = None
) -> Land:
    """Parcels as one piece of land.

    Parameters
    ----------
    capakeys : one parcel, or several that are laid out together.
    site_type : whose published criteria hold where there is no result.
    as_of : day whose law says what is cut away.
    run : the result they belong to, with its dataset versions and criteria; None = the current data.

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
    mine = [rows[key] for key in keys]
    shapes = [shapely.from_wkb(row[4]) for row in mine]
    largest = max(range(len(keys)), key=lambda at: (shapes[at].area, keys[at]))
    codes = {row[1] for row in mine}
    if len({law_region_of(code) for code in codes}) > 1:
        raise UsageError("These parcels do not share their law.", "Lay out those of one region.")
    points = [(x, y) for *_, x, y, _ in mine if x is not None and y is not None]
    access = (shapely.Point(points[0]) if len(points) == 1 else shapely.MultiPoint(points)) if points else None
    # Whole municipalities that a source declares count only for what surely lies in one of them.
    beyond = len(codes) > 1 or any(row[2] for row in mine)
    whole = _Whole(
        tuple(keys), "parcel" if len(keys) == 1 else "assembly", _one(joined(shapes), mine[largest][1], beyond),
        access, tuple(row[3] for row in mine),
    )  # fmt: skip
    batches = sorted({row[7] for row in mine}) if run else []
    return _land(connection, whole, _maps(connection, whole, codes, site_type, as_of, run, batches))


def land_of_area(connection: Connection, area: Drawn, site_type: SiteType, as_of: date, run: Run | None = None) -> Land:
    """A drawn area as a piece of land; the access is the nearest road. Parameters as in `land_of`.

    Raises
    ------
    InputError
        When it lies in no municipality that is loaded, or under the law of several regions.
    UsageError
        When the result is about the law of another region.
    """
    (placed,) = found = place(connection, [area])
    check_law(connection, found)
    codes = list(placed.municipalities)
    if run is not None and run.region != law_region_of(codes[0]):
        raise UsageError(
            f"Result {run.id} is about the law of another region than that of this area.", "Leave the result out."
        )
    keys = tuple(key for key, _, _ in placed.parcels)
    # The shape is the user's own.
    whole = _Whole(keys, "drawn", _one(area.shape, codes[0], placed.beyond), None, ())
    return _land(connection, whole, _maps(connection, whole, codes, site_type, as_of, run, run.batches if run else []))


def _one(shape: BaseGeometry, nis: str, beyond: bool) -> Parcels:
    """A piece of land as one row of a measurement, with a number that no parcel has."""
    row = np.empty(1, dtype=object)
    row[0] = shape
    names = np.array([nis], dtype=object)
    return Parcels(np.array([-1]), names, names, np.array([beyond]), row, np.array([None], dtype=object))


def _maps(
    connection: Connection, whole: _Whole, codes: Iterable[str], site_type: SiteType, as_of: date, run: Run | None,
    batches: Sequence[int],
) -> _Maps:  # fmt: skip
    region = region_of(connection, whole.nis)
    if run is not None:
        versions = versions_of(connection, batches)
        days = {name: np.datetime64(day) for name, day in connection.execute(_DAYS, [run.batches]).fetchall()}
        profile = Profile.model_validate(run.profile)
    else:
        versions = current_datasets(connection)
        near = reaching_area(connection, codes, whole.shape)
        days = {}
        for spec in layer_specs(region):
            mine = [one.day for one in versions if one.kind in spec.kinds and one.id in near and not one.generalised]
            if mine:
                days[spec.id] = np.datetime64(max(mine))
        profile = load_profile(region, site_type)
    return _Maps(region, versions, taken_away(profile, as_of, law_region_of(whole.nis), days))


def _land(connection: Connection, whole: _Whole, maps: _Maps) -> Land:
    (remainder,) = remaining_geometry(
        connection, maps.region, whole.parcels, maps.taken.cut, datasets=maps.versions
    )  # fmt: skip
    cut, unknown = _layer_by_layer(connection, whole, maps)
    notes = [Message("Cut away: {names}.", {"names": ", ".join(cut)})] if cut else []
    notes.append(Message("Gardens of dwellings are not cut away: see the explanation of the parcel."))
    if unknown:
        notes.append(
            Message("Not known on all of this land, so not cut away there: {names}.", {"names": ", ".join(unknown)})
        )
    later = [name for name in maps.taken.later if name not in maps.taken.cut]
    if later:
        notes.append(
            Message("Only known of a later day than the law, so not cut away: {names}.", {"names": ", ".join(later)})
        )
    return Land(
        capakeys=whole.capakeys,
        source=whole.source,
        nis=whole.nis,
        region=law_region_of(whole.nis),
        area_m2=whole.shape.area,
        remainder=remainder,
        access=whole.access if whole.access is not None else _nearest_road(connection, whole.shape, maps),
        cut_m2=cut,
        # Borders of what was cut away show in what is left.
        shared=all_shared(connection, [*whole.drawn_from, *maps.of(cut)]),
        notes=tuple(notes),
    )


def _layer_by_layer(connection: Connection, whole: _Whole, maps: _Maps) -> tuple[dict[str, float], list[str]]:
    """Square metres that each layer takes, and the layers that are not known on all of the land."""
    cut: dict[str, float] = {}
    unknown: list[str] = []
    for name, classes in maps.taken.cut.items():
        left = remaining_of(connection, maps.region, whole.parcels, {name: classes}, datasets=maps.versions).area
        gone = float(whole.parcels.flat.areas[0] - left.high[0])
        if gone > _DUST_M2:
            cut[name] = gone
        if left.low[0] < left.high[0]:
            unknown.append(name)
    return cut, unknown


def _specs(region: Region, layers: Iterable[str]) -> list[LayerSpec]:
    wanted = set(layers)
    return [spec for spec in layer_specs(region) if spec.id in wanted]


def _nearest_road(connection: Connection, whole: BaseGeometry, maps: _Maps) -> BaseGeometry | None:
    asked = {
        "land": shapely.to_wkb(whole),
        "datasets": maps.of(["roads"]),
        "not": list(_NO_ACCESS),
        "near": _NEAR_M,
    }
    row = connection.execute(_ROAD, asked).fetchone()
    return shapely.Point(row[0], row[1]) if row is not None else None
