"""Services that answer only at a point: which points stand for the parcels, and what their answers say of them.

Contract: every parcel of a useful size is cut into pieces small enough for one point each; a piece has the value of
its point. If a control point gave its known value in the same run, the layer covers the pieces that were asked and
nothing else: smaller parcels, and what lies between, stay unknown. Without that it covers nothing: a piece with a value
has it, all others stay unknown.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import shapely

from geodata.errors import InputError, NotFoundError
from geodata.ingest.mapping import TARGETS
from geodata.sources.catalogue import Source

Connection = psycopg.Connection[Any]
Point = tuple[float, float]

#: A piece is not larger than this, m2; a parcel is quartered until its pieces are not. Our choice.
PIECE_M2 = 2_500.0
#: Covered pieces reach this far over their border, metres, so that a parcel lies inside the sum of its pieces.
_OVER_M = 0.05
_CRS = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::31370"}}


def is_sampled(source: Source) -> bool:
    """Is the source asked point by point, to fill a table of areas?"""
    return source.answers == "samples" and TARGETS.get(source.kind, ("", ""))[1] == "polygon"


def pieces_of(connection: Connection, codes: tuple[str, ...], smallest: float) -> Any:
    """Pieces of the parcels of municipalities, in the order of their keys; shape (n,), EPSG:31370.

    Parameters
    ----------
    smallest : parcels below this area, m2, are too small for any site and are not asked.

    Raises
    ------
    NotFoundError
        When no parcel is loaded: nobody can say then where to ask.
    """
    rows = connection.execute(
        """SELECT ST_AsBinary(p.geom) FROM parcel p JOIN dataset d ON d.id = p.dataset_id AND d.current
           WHERE p.nis = ANY(%s) AND p.area_m2 >= %s ORDER BY p.capakey""",
        [list(codes), smallest],
        binary=True,
    ).fetchall()
    if not rows:
        raise NotFoundError(
            f"No parcels of municipality {', '.join(codes)} are loaded, so it is not known where to ask.",
            "Load parcels first.",
        )
    shapes = shapely.from_wkb(np.array([row[0] for row in rows], dtype=object))
    return np.array([piece for shape in shapes for piece in cut_parcel(shape)], dtype=object)


def cut_parcel(shape: Any) -> Iterator[Any]:
    """A parcel in pieces of at most `PIECE_M2`, quartered until they are; slivers under 1 m2 are left out."""
    if shapely.area(shape) <= PIECE_M2:
        yield shape
        return
    west, south, east, north = shapely.bounds(shape)
    x, y = (west + east) / 2, (south + north) / 2
    for box in ((west, south, x, y), (x, south, east, y), (west, y, x, north), (x, y, east, north)):
        parts = shapely.get_parts(shapely.intersection(shape, shapely.box(*box)))
        part = shapely.union_all(parts[shapely.get_dimensions(parts) == 2])
        if shapely.area(part) > 1.0:
            yield from cut_parcel(part)


def points_of(pieces: Any) -> tuple[Point, ...]:
    """One point inside each piece, to the centimetre."""
    places = np.round(shapely.get_coordinates(shapely.point_on_surface(pieces)), 2)
    return tuple((float(x), float(y)) for x, y in places)


def write_areas(pieces: Any, asked: tuple[Point, ...], files: list[Path], target: Path, covers: Path) -> None:
    """The answers as areas, and the area that was asked, both as GeoJSON.

    Parameters
    ----------
    pieces : pieces of the parcels as they are now; those that no point was asked in are left out.
    asked : points that were asked.
    files : point layers of the answers, EPSG:31370; none when no point gave a value.

    Raises
    ------
    InputError
        When the answers are no points, or no parcel of now was asked.
    """
    tree = shapely.STRtree(pieces)
    place, piece = tree.query(shapely.points(np.array(asked, dtype=float)), predicate="intersects")
    known = np.unique(piece)
    if not len(known):
        raise InputError("none of the places that were asked lies in a parcel of now.", "Fetch it again.", file=target)
    of_point: dict[Point, list[int]] = {}
    for at, which in zip(place, piece, strict=True):
        of_point.setdefault(asked[at], []).append(int(which))
    features = []
    for path in files:
        for one in _point_features(path):
            x, y = one["geometry"]["coordinates"][:2]
            for which in of_point.get((round(float(x), 2), round(float(y), 2)), []):
                features.append({**one, "geometry": json.loads(shapely.to_geojson(pieces[which]))})
    _write(target, features)
    area = shapely.union_all(shapely.buffer(pieces[known], _OVER_M))
    _write(covers, [{"type": "Feature", "properties": {}, "geometry": json.loads(shapely.to_geojson(area))}])


def _point_features(path: Path) -> list[dict[str, Any]]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))["features"]
        if all(one["geometry"]["type"] == "Point" for one in found):
            return list(found)
    except (ValueError, KeyError, TypeError):
        pass
    raise InputError("the answers are no points.", "Fetch the source again.", file=path)


def _write(path: Path, features: list[dict[str, Any]]) -> None:
    told = {"type": "FeatureCollection", "crs": _CRS, "features": features}
    path.write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
