"""What is left of stored parcels when layers, or classes of them, are taken away: square metres, with bounds, and the shape.

The caller says what is taken away; this room knows no profile. Everything counts once, however many layers cover a place, and
a plan that another replaces takes nothing where it does not count. Where a layer is not known, as much as is not known may be
gone: the lower bound. What is taken away with a distance around it is not known either so near to the edge of its layer.
EPSG:31370.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from psycopg import sql

from geodata.errors import NotFoundError, UsageError
from geodata.measure.copied import Connection, Query, read_flat
from geodata.measure.datasets import Dataset, coverage_of, current_datasets, datasets_of
from geodata.measure.flat import FlatPolygons, Ints
from geodata.measure.inputs import Coverage, Parcels
from geodata.measure.jit import HAVE_NUMBA
from geodata.measure.kernels import oracle
from geodata.measure.kernels.overlap import shares
from geodata.measure.prepared import kept_folder, layer_key, level_of, prepared_layer
from geodata.measure.read import cover_of, read_parcels, region_of
from geodata.measure.specs import LayerSpec, Region, layer_specs
from geodata.measure.table import FloatArray, Interval
from geodata.measure.tiles import TiledLayer, prepare


@dataclass(frozen=True)
class Exclusion:
    """What of a layer is taken away.

    Attributes
    ----------
    classes : those that are; none named = all.
    buffer_m : how far around them, too, metres. Lines and points are taken away with such a distance only.
    """

    classes: tuple[str, ...] = ()
    buffer_m: float = 0.0


#: Layer -> what of it is taken away; classes only mean without a distance, None or no class means all of it.
Exclusions = Mapping[str, Exclusion | Sequence[str] | None]
#: Layers whose shapes are read, with those that are areas.
_AREAS = ("zone", "constraint_area", "building")
_TABLES = (*_AREAS, "road", "address", "service_point")
#: A distance around a shape is drawn with so many corners to a quarter of a circle: at most 0.13 % too near.
_CORNERS = 16
#: Above every plan: what is no plan takes land whatever plan lies there.
_ABOVE = 1000
#: Around a parcel, metres, in which shapes are read for what is left of it.
_MARGIN = 1.0


@dataclass(frozen=True)
class Remaining:
    """What is left of n parcels.

    Attributes
    ----------
    parcel_id : shape (n,).
    area : bounds in square metres, equal where every layer is known.
    """

    parcel_id: Ints
    area: Interval


def remaining(connection: Connection, batch: int, exclusions: Exclusions, *, cache: Path | None = None) -> Remaining:
    """Square metres left of every parcel of a batch, against the dataset versions it was measured against.

    Parameters
    ----------
    exclusions : what is taken away; a layer that the region does not have takes nothing.
    cache : folder of prepared arrays; None = nothing is kept.

    Raises
    ------
    NotFoundError
        When there is no such batch, or its parcels are gone.
    UsageError
        When something cannot be taken away.
    """
    nis, datasets = _batch(connection, batch)
    parcels = read_parcels(connection, nis, datasets=datasets)
    return remaining_of(connection, region_of(connection, nis), parcels, exclusions, datasets=datasets, cache=cache)


def remaining_shapes(
    connection: Connection, batch: int, capakeys: Sequence[str], exclusions: Exclusions
) -> dict[str, NDArray[Any]]:
    """What is left of a few parcels of a batch: key -> polygons and multipolygons, empty where nothing is left.

    Raises
    ------
    NotFoundError
        When there is no such batch, or a parcel is not in it.
    UsageError
        When something cannot be taken away.
    """
    nis, datasets = _batch(connection, batch)
    parcels = read_parcels(connection, nis, list(capakeys), datasets=datasets)
    for key in capakeys:
        if key not in parcels.capakey:
            raise NotFoundError(f"Parcel {key} is not in batch {batch}.", "Check the key, or measure its municipality.")
    shapes = remaining_geometry(connection, region_of(connection, nis), parcels, exclusions, datasets=datasets)
    return {key: shapes[parcels.capakey == key] for key in capakeys}


def remaining_of(
    connection: Connection,
    region: Region,
    parcels: Parcels,
    exclusions: Exclusions,
    *,
    datasets: Sequence[Dataset] | None = None,
    cache: Path | None = None,
) -> Remaining:
    """Square metres left of parcels.

    Parameters
    ----------
    region : whose layers they are.
    exclusions, cache : as in `remaining`.
    datasets : versions that count; None = the current ones.

    Raises
    ------
    UsageError
        When something cannot be taken away.
    """
    versions = current_datasets(connection) if datasets is None else datasets
    chosen = _chosen(region, exclusions)
    taken = _taken(connection, chosen, versions, parcels, cache)
    area, unknown = parcels.flat.areas, np.zeros(len(parcels))
    for spec, wanted in chosen:
        unknown += 1.0 - _known(connection, spec, wanted, versions, parcels)
    high = area * (1.0 - taken)
    low = np.maximum(area * (1.0 - taken - unknown), 0.0)
    return Remaining(parcels.parcel_id, Interval(np.where(unknown > 1e-9, low, high), high))


def remaining_geometry(
    connection: Connection,
    region: Region,
    parcels: Parcels,
    exclusions: Exclusions,
    *,
    datasets: Sequence[Dataset] | None = None,
) -> NDArray[Any]:
    """What is left of a few parcels as shapes, empty where nothing is left; object array of polygons and multipolygons.

    Where a layer is not known nothing is cut away: what is not known is told by the bounds of the area.

    Parameters
    ----------
    region, exclusions, datasets : as in `remaining_of`.

    Raises
    ------
    UsageError
        When something cannot be taken away.
    """
    versions = current_datasets(connection) if datasets is None else datasets
    chosen = _chosen(region, exclusions)
    out = np.empty(len(parcels), dtype=object)
    for at in range(len(parcels)):
        one = parcels.flat.take([at])
        west, south, east, north = one.bounds[0].tolist()
        box = (west - _MARGIN, south - _MARGIN, east + _MARGIN, north + _MARGIN)
        found = _together([_polygons(connection, spec, wanted, _ids(spec, versions), box) for spec, wanted in chosen])
        out[at] = _polygons_of(shapely.difference(one.to_shapely()[0], _that_counts(*found)))
    return out


Box = tuple[float, float, float, float]
_Found = tuple[FlatPolygons, Ints, Ints]
_Chosen = list[tuple[LayerSpec, Exclusion]]


def versions_of(connection: Connection, batches: Sequence[int]) -> list[Dataset]:
    """Dataset versions that batches were measured against, by id; those that are gone are left out."""
    rows = connection.execute("SELECT datasets FROM batch WHERE id = ANY(%s)", [list(batches)]).fetchall()
    wanted = sorted({one for (told,) in rows for ids in told.values() if isinstance(ids, list) for one in ids})
    return datasets_of(connection, wanted)


def _batch(connection: Connection, batch: int) -> tuple[str, list[Dataset]]:
    """Municipality of a batch, and the versions it was measured against."""
    row = connection.execute("SELECT nis FROM batch WHERE id = %s", [batch]).fetchone()
    if row is None:
        raise NotFoundError(f"There is no batch {batch}.", "Run: standplaats measure.")
    return row[0], versions_of(connection, [batch])


def _chosen(region: Region, exclusions: Exclusions) -> _Chosen:
    """Layers of the region with what is taken away of each, in the order of their names."""
    every: tuple[Region, ...] = ("flanders", "wallonia", "brussels")
    anywhere = {spec.id for one in every for spec in layer_specs(one)}
    specs = {spec.id: spec for spec in layer_specs(region)}
    out: _Chosen = []
    for name, given in sorted(exclusions.items()):
        if name not in anywhere:
            raise UsageError(f"{name} is no layer.", f"Use: {', '.join(sorted(anywhere))}.")
        wanted = given if isinstance(given, Exclusion) else Exclusion(tuple(given or ()))
        if name in specs:
            _check(specs[name], wanted)
            out.append((specs[name], wanted))
    return out


def _check(spec: LayerSpec, wanted: Exclusion) -> None:
    if not 0.0 <= wanted.buffer_m < np.inf:
        raise UsageError(f"{wanted.buffer_m:g} m around {spec.id}: that is no distance.", "Use 0 or more metres.")
    if spec.table not in _TABLES:
        raise UsageError(f"Nothing can be taken away by {spec.id}.", "It has no shapes.")
    if spec.table not in _AREAS and not wanted.buffer_m:
        raise UsageError(f"Nothing can be taken away by {spec.id}.", "It has no areas: name a distance around it.")
    if spec.table == "zone" and wanted.buffer_m:
        raise UsageError(
            f"Nothing is taken away around {spec.id}.", "A plan holds where it lies: leave the distance out."
        )
    if spec.class_column == "id" and wanted.classes:
        raise UsageError(f"{spec.id} has no classes.", "Leave them out.")


def _usable(spec: LayerSpec, datasets: Sequence[Dataset]) -> list[Dataset]:
    """Versions that make up a layer and are true to scale."""
    return [one for one in datasets if spec.takes(one.kind, one.source) and not one.generalised]


def _ids(spec: LayerSpec, datasets: Sequence[Dataset]) -> list[int]:
    return [one.id for one in _usable(spec, datasets)]


def _known(
    connection: Connection, spec: LayerSpec, wanted: Exclusion, datasets: Sequence[Dataset], parcels: Parcels
) -> FloatArray:
    """Share of each parcel of which is known whether it is taken away, 0..1."""
    share = cover_of(connection, spec, datasets, parcels)
    if not wanted.buffer_m or not share.any():
        return share
    # What is not known may lie just outside, also beyond the border of a municipality that is covered whole.
    covered = coverage_of(connection, spec.groups, _usable(spec, datasets))
    inside = Coverage(covered.area, accuracy_m=covered.accuracy_m + wanted.buffer_m)
    return np.minimum(share, inside.share(parcels))


def _taken(
    connection: Connection, chosen: _Chosen, datasets: Sequence[Dataset], parcels: Parcels, cache: Path | None
) -> FloatArray:
    """Share of each parcel that is taken away, 0..1."""
    keeping = cache is not None and HAVE_NUMBA
    if not len(parcels):
        return np.zeros(0)
    west, south = np.nanmin(parcels.flat.bounds[:, :2], axis=0).tolist()
    east, north = np.nanmax(parcels.flat.bounds[:, 2:], axis=0).tolist()
    # What is kept is kept for all municipalities.
    box = None if keeping else (west - _MARGIN, south - _MARGIN, east + _MARGIN, north + _MARGIN)

    def read() -> _Found:
        found = []
        for spec, wanted in chosen:
            if cache is not None and keeping and spec.table != "zone":
                found.append(_from_arrays(connection, spec, wanted, datasets, cache))
            else:
                found.append(_polygons(connection, spec, wanted, _ids(spec, datasets), box))
        return _together(found)

    def tiled() -> TiledLayer:
        polygons, kinds, levels = read()
        return prepare(polygons, kinds, 2, precedence=levels)

    if not HAVE_NUMBA:
        polygons, kinds, levels = read()
        out: FloatArray = oracle.shares(parcels.flat, polygons, kinds, 2, precedence=levels)[:, 0]
        return out
    if cache is None:
        return shares(parcels.flat, tiled())[:, 0]
    told = [[layer_key(spec, _usable(spec, datasets)), one.classes, one.buffer_m] for spec, one in chosen]
    name = hashlib.sha256(json.dumps([_CORNERS, told]).encode()).hexdigest()[:20]
    folder = cache / f"taken_away-{name}"
    layer = kept_folder(folder, TiledLayer.open, lambda: tiled().save(folder))
    return shares(parcels.flat, layer)[:, 0]


def _from_arrays(
    connection: Connection, spec: LayerSpec, wanted: Exclusion, datasets: Sequence[Dataset], cache: Path
) -> _Found:
    """What `_polygons` gives, of a whole layer, from its prepared arrays."""
    usable = _usable(spec, datasets)
    if not usable:
        return _together([])
    layer = prepared_layer(connection, spec, usable, cache)
    polygons = layer.of_classes(wanted.classes)
    if wanted.buffer_m:
        xy, ends = layer.lines_of(wanted.classes)
        lines = shapely.linestrings(xy, indices=np.repeat(np.arange(len(ends) - 1), np.diff(ends)))
        dots = shapely.points(layer.points_of(wanted.classes))
        every = np.concatenate([polygons.to_shapely(), lines, dots])
        polygons = FlatPolygons.from_shapely(shapely.buffer(every, wanted.buffer_m, quad_segs=_CORNERS))
    return polygons, np.zeros(len(polygons), np.int64), np.full(len(polygons), _ABOVE, np.int64)


def _polygons(connection: Connection, spec: LayerSpec, wanted: Exclusion, ids: list[int], box: Box | None) -> _Found:
    """Polygons of a layer, whether each is taken away (0) or only stands above others (1), and its level.

    Parameters
    ----------
    box : only what is felt in it; None = all.
    """
    if not ids:
        return _together([])
    plan = spec.table == "zone"
    named = sql.SQL("coalesce({}::text, 'not_stated')").format(sql.Identifier(spec.class_column))
    is_wanted: Query = sql.SQL("{} = ANY(%(classes)s)").format(named) if wanted.classes else sql.SQL("true")
    where: list[Query] = [sql.SQL("dataset_id = ANY(%(ids)s) AND NOT ST_IsEmpty(geom)")]
    shape: Query = sql.SQL("ST_Multi(ST_Buffer(geom, %(metres)s, 'quad_segs={}'))").format(sql.SQL(str(_CORNERS)))
    if not wanted.buffer_m:
        shape = sql.SQL("ST_CollectionExtract(geom, 3)")
        where.append(sql.SQL("ST_Dimension(geom) = 2"))
    if box is not None:
        where.append(sql.SQL("geom && ST_Expand(ST_MakeEnvelope({}, 31370), %(metres)s)").format(
            sql.SQL(", ").join(sql.Literal(float(value)) for value in box)
        ))  # fmt: skip
    if spec.where:
        column = "theme" if spec.table == "constraint_area" else "service"
        where.append(sql.SQL("{} = ANY(%(where)s)").format(sql.Identifier(column)))
    if not plan:
        where.append(is_wanted)
    query = sql.SQL(
        "SELECT (CASE WHEN {wanted} THEN 0 ELSE 1 END)::bigint AS kind, {level} AS level, {shape} AS geom"
        " FROM {table} WHERE {where}"
    ).format(
        wanted=is_wanted,
        level=level_of(spec) if plan else sql.SQL("{}::bigint").format(sql.Literal(_ABOVE)),
        shape=shape,
        table=sql.Identifier(spec.table),
        where=sql.SQL(" AND ").join(where),
    )
    values: dict[str, Any] = {
        "ids": ids, "classes": list(wanted.classes), "where": list(spec.where), "metres": float(wanted.buffer_m),
    }  # fmt: skip
    numbers, polygons = read_flat(connection, query, values, numbers=2)
    return polygons, numbers[:, 0].copy(), numbers[:, 1].copy()


def _together(found: Sequence[_Found]) -> _Found:
    """Polygons of several layers as one list."""
    nothing = np.empty(0, np.int64)
    kinds = np.concatenate([nothing, *(one for _, one, _ in found)])
    levels = np.concatenate([nothing, *(one for _, _, one in found)])
    return FlatPolygons.concatenate(one for one, _, _ in found), kinds, levels


def _that_counts(polygons: FlatPolygons, kinds: Ints, levels: Ints) -> Any:
    """What takes land away, each level less what stands above it, as one shape."""
    shapes = polygons.to_shapely()
    taken = above = shapely.MultiPolygon()
    for level in np.unique(levels)[::-1]:
        mine = levels == level
        taking = shapely.union_all(shapes[mine & (kinds == 0)])
        taken = shapely.union(taken, shapely.difference(taking, above))
        above = shapely.union(above, shapely.union_all(shapes[mine]))
    return taken


def _polygons_of(shape: Any) -> Any:
    """The polygons of what is left; lines and points where borders touch are no ground."""
    if shape.geom_type in ("Polygon", "MultiPolygon"):
        return shape
    return shapely.multipolygons([part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"])


__all__ = [
    "Exclusion",
    "Exclusions",
    "Remaining",
    "remaining",
    "remaining_geometry",
    "remaining_of",
    "remaining_shapes",
    "versions_of",
]
