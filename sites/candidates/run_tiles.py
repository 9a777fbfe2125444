"""What the tiles of a run show, made once with the run: its candidates with their groups, and totals for low zooms.

Below `FROM_ZOOM` a layer of parcels would carry millions: its tiles hold totals by municipality (up to zoom 7) or by
hexagon (from zoom 8) instead, as bytes. A parcel counts where its centre lies, so that the totals of a zoom sum to the run.
Each tile says in `left_out` how many features it stands for.
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from typing import Any

import numpy as np
import psycopg
import shapely
from numpy.typing import NDArray

from geodata.database.copy import ewkb
from geodata.database.left_out import left_out
from geodata.ingest.crs import HALF_WORLD, to_tiles
from geodata.sources.sharing import shared
from sites.candidates.assemblies import Assembly, run_groups
from sites.suitability import Assessment
from sites.suitability.compact import compact

Connection = psycopg.Connection[Any]

#: Layer -> zoom from which its features are drawn.
FROM_ZOOM = {"parcels": 13, "candidates": 10}
#: Zoom -> side of a hexagon, metres; municipalities below.
HEXAGONS = {8: 4000.0, 9: 2000.0, 10: 1000.0, 11: 500.0, 12: 250.0}
#: Groups of parcels drawn at most.
_GROUPS = 500
_VERDICTS = ("compatible", "needs_derogation", "unknown", "incompatible")
_CORNERS = np.array([[np.cos(turn), np.sin(turn)] for turn in np.arange(6) * np.pi / 3])


def make_run_tiles(connection: Connection, run_id: str, batches: list[int], assessment: Assessment) -> None:
    """Candidates, groups and totals of a run whose results are written; in the transaction of the run."""
    connection.execute(SINGLE.encode(), [run_id])
    groups, found = run_groups(connection, batches, assessment, _GROUPS)
    _put_groups(connection, run_id, groups, found.assessment)
    connection.execute("UPDATE run SET groups_found = %s WHERE id = %s", [found.found, run_id])
    put_totals(connection, run_id)


_COLUMNS = """run_id, number, source, capakeys, dataset_ids, nis, area_m2, owner_class, verdict, so_far, rank, score_low,
    score_high, pitches_low, pitches_high, unknown_count, variants, value_low, value_high, geom_3857"""
#: Candidates of a run that are single parcels; takes the run.
SINGLE = f"""INSERT INTO run_candidate ({_COLUMNS})
    SELECT r.run_id, row_number() OVER (ORDER BY r.rank, r.parcel_id), 'parcel', ARRAY[p.capakey], ARRAY[p.dataset_id],
        p.nis, p.area_m2, m.owner_class, r.verdict, r.so_far, r.rank, r.score_low, r.score_high, r.pitches_low,
        r.pitches_high, cardinality(r.unknown), NULL, r.value_low, r.value_high, p.geom_3857
    FROM run_result r JOIN parcel p ON p.id = r.parcel_id
    LEFT JOIN measurement m ON m.batch_id = r.batch_id AND m.parcel_id = r.parcel_id
    WHERE r.run_id = %s AND r.verdict <> 'incompatible'"""
_GROUP = f"""INSERT INTO run_candidate ({_COLUMNS})
    SELECT %s, (SELECT coalesce(max(number), 0) + 1 FROM run_candidate WHERE run_id = %s), 'assembly', %s,
        (SELECT array_agg(DISTINCT dataset_id) FROM parcel WHERE id = ANY(%s)), %s, %s, NULL, %s, %s, %s, %s, %s, %s, %s,
        %s, %s, %s, %s, ST_Multi(ST_GeomFromEWKB(%s))"""


def _put_groups(connection: Connection, run_id: str, groups: list[Assembly], judged: Assessment) -> None:
    for one, (low, high) in zip(groups, compact(judged), strict=True):
        shape = shapely.transform(one.shape, lambda xy: np.column_stack(to_tiles().transform(xy[:, 0], xy[:, 1])))
        connection.execute(
            _GROUP.encode(),
            [run_id, run_id, list(one.capakeys), list(one.parcel_ids), one.municipalities[0], one.area_m2, one.verdict,
             one.so_far, one.rank, *one.score, *one.pitches, len(one.unknown), one.variants, low, high,
             ewkb(shape, 3857)],
        )  # fmt: skip


@dataclass(frozen=True)
class _Spots:
    """Parcels of a run: where, which, and how they stand; arrays of length n, EPSG:31370 and 3857, metres."""

    xy: NDArray[np.float64]
    tile_xy: NDArray[np.float64]
    nis: NDArray[np.object_]
    verdict: NDArray[np.int64]
    score: NDArray[np.float64]
    area: NDArray[np.float64]


def _spots(connection: Connection, run_id: str) -> _Spots:
    """Parcels that may be given out; what a plan that may not be passed on holds stays out of every tile."""
    rows = connection.execute(
        f"""SELECT ST_X(c), ST_Y(c), coalesce(p.nis, ''), r.verdict, (r.score_low + r.score_high) / 2, p.area_m2
            FROM run_result r JOIN parcel p ON p.id = r.parcel_id
            JOIN dataset d ON d.id = p.dataset_id AND {shared("d")} CROSS JOIN LATERAL ST_Centroid(p.geom) c
            WHERE r.run_id = %s""".encode(),
        [run_id],
        binary=True,
    ).fetchall()
    xy = np.array([row[:2] for row in rows], dtype=np.float64).reshape(-1, 2)
    return _Spots(
        xy,
        np.column_stack(to_tiles().transform(xy[:, 0], xy[:, 1])).reshape(-1, 2),
        np.array([row[2] for row in rows], dtype=object),
        np.array([_VERDICTS.index(row[3]) for row in rows], dtype=np.int64),
        np.array([row[4] for row in rows], dtype=np.float64),
        np.array([row[5] for row in rows], dtype=np.float64),
    )


def put_totals(connection: Connection, run_id: str) -> None:
    """Totals of a run whose results and candidates are written."""
    spots = _spots(connection, run_id)
    if not len(spots.xy):
        return
    groups = connection.execute(
        """SELECT ST_X(c), ST_Y(c) FROM run_candidate, ST_PointOnSurface(geom_3857) c
           WHERE run_id = %s AND source = 'assembly'""",
        [run_id],
    ).fetchall()
    beside = np.array(groups, dtype=np.float64).reshape(-1, 2)
    connection.execute(_PLACE)
    for zoom in range(max(FROM_ZOOM.values())):
        connection.execute("TRUNCATE run_total")
        if zoom in HEXAGONS:
            _hexagons(connection, spots, HEXAGONS[zoom])
        else:
            _municipalities(connection, spots)
        tiles = connection.execute(_TILES, {"zoom": zoom}, binary=True).fetchall()
        for layer, first in FROM_ZOOM.items():
            if zoom >= first:
                continue
            counted = spots.tile_xy if layer == "parcels" else np.vstack([spots.tile_xy[spots.verdict < 3], beside])
            left = _by_tile(counted, zoom)
            for x, y, body in tiles:
                count = left.get((x, y), 0)
                note = connection.execute(LEFT_OUT.encode(), [layer, count, zoom, x, y], binary=True).fetchone()
                whole = bytes(body) + (bytes(note[0]) if note and count else b"")
                connection.execute(
                    "INSERT INTO run_tile (run_id, layer, z, x, y, left_out, body) VALUES (%s, %s, %s, %s, %s, %s, %s)",
                    [run_id, layer, zoom, x, y, count, gzip.compress(whole, 6, mtime=0)],
                )
    connection.execute("DROP TABLE run_total")


def _by_tile(xy: NDArray[np.float64], zoom: int) -> dict[tuple[int, int], int]:
    """How many points lie in each tile."""
    width = 2 * HALF_WORLD / 2**zoom
    cells = np.column_stack([(xy[:, 0] + HALF_WORLD) // width, (HALF_WORLD - xy[:, 1]) // width]).astype(np.int64)
    found, counts = np.unique(cells, axis=0, return_counts=True)
    return {(int(x), int(y)): int(count) for (x, y), count in zip(found, counts, strict=True)}


def _sums(spots: _Spots, place: NDArray[np.int64], count: int) -> list[list[Any]]:
    """Of each place: parcels by verdict, best score and area of what is not ruled out (None where all is)."""
    verdicts = np.stack([np.bincount(place[spots.verdict == at], minlength=count) for at in range(4)], axis=1)
    open_ = spots.verdict < 3
    area = np.bincount(place[open_], weights=spots.area[open_], minlength=count)
    best = np.full(count, -1.0)
    np.maximum.at(best, place[open_], spots.score[open_])
    return [
        [*numbers, None if score < 0 else score, round(square)]
        for numbers, score, square in zip(verdicts.tolist(), best.tolist(), area.tolist(), strict=True)
    ]


def _hexagons(connection: Connection, spots: _Spots, side: float) -> None:
    q = 2 / 3 * spots.xy[:, 0] / side
    r = (-1 / 3 * spots.xy[:, 0] + np.sqrt(3) / 3 * spots.xy[:, 1]) / side
    # The nearest centre: of three coordinates that sum to zero, the one rounded farthest follows the others.
    cube = np.stack([q, -q - r, r], axis=1)
    near = np.rint(cube)
    worst = np.abs(near - cube).argmax(axis=1)
    rows = np.arange(len(near))
    near[rows, worst] -= near.sum(axis=1)
    cells, place = np.unique(near[:, [0, 2]].astype(np.int64), axis=0, return_inverse=True)
    centres = side * np.column_stack([1.5 * cells[:, 0], np.sqrt(3) * (cells[:, 0] / 2 + cells[:, 1])])
    corners = centres[:, None, :] + side * _CORNERS
    x, y = to_tiles().transform(corners[..., 0], corners[..., 1])
    shapes = ewkb(shapely.polygons(np.stack([x, y], axis=-1)), 3857)
    sums = _sums(spots, place.reshape(-1), len(cells))
    with connection.cursor() as cursor:
        cursor.executemany(
            """INSERT INTO run_total (id, kind, compatible, needs_derogation, "unknown", incompatible, best, area, geom)
               VALUES (%s, 'hexagon', %s, %s, %s, %s, %s, %s, ST_GeomFromEWKB(%s))""",
            [
                # A number of its own for each cell, the same in every run.
                [((int(cell[0]) + 2**20) << 21) + int(cell[1]) + 2**20, *one, shape]
                for cell, one, shape in zip(cells, sums, shapes, strict=True)
            ],
        )


def _municipalities(connection: Connection, spots: _Spots) -> None:
    codes, place = np.unique(spots.nis.astype(str), return_inverse=True)
    with connection.cursor() as cursor:
        cursor.executemany(
            f"""INSERT INTO run_total (id, kind, nis, compatible, needs_derogation, "unknown", incompatible, best, area, geom)
                SELECT m.id, 'municipality', m.nis, %s, %s, %s, %s, %s, %s, m.geom_3857
                FROM municipality m JOIN dataset d ON d.id = m.dataset_id AND d.current AND {shared("d")}
                WHERE m.nis = %s AND m.valid_to IS NULL LIMIT 1""".encode(),
            [[*one, code] for code, one in zip(codes.tolist(), _sums(spots, place, len(codes)), strict=True)],
        )


_PLACE = """CREATE TEMP TABLE run_total (id bigint, kind text, nis text, compatible int, needs_derogation int,
    "unknown" int, incompatible int, best float8, area bigint, geom geometry)"""
_TILES = f"""
SELECT x, y, ST_AsMVT(one, 'totals', 4096, 'geom', 'id') FROM (
    SELECT x, y, (SELECT shown FROM (SELECT f.id, f.kind, f.nis, f.compatible, f.needs_derogation, f.unknown,
        f.incompatible, f.best, f.area, g AS geom) shown) AS one
    FROM run_total f
    CROSS JOIN (SELECT {HALF_WORLD}::float8 AS half, 2 * {HALF_WORLD} / 2 ^ %(zoom)s AS width) w
    CROSS JOIN LATERAL generate_series(floor((ST_XMin(f.geom) + half) / width)::int, floor((ST_XMax(f.geom) + half) / width)::int) x
    CROSS JOIN LATERAL generate_series(floor((half - ST_YMax(f.geom)) / width)::int, floor((half - ST_YMin(f.geom)) / width)::int) y
    CROSS JOIN LATERAL ST_AsMVTGeom(f.geom, ST_TileEnvelope(%(zoom)s, x, y), 4096, 64, true) g
    WHERE g IS NOT NULL) q
GROUP BY x, y"""
#: Layer `left_out` of a tile: layer, count; then zoom, column and row.
LEFT_OUT = left_out("%s", "%s::int", "(SELECT ST_TileEnvelope(%s, %s, %s) AS box) t")

__all__ = ["FROM_ZOOM", "HEXAGONS", "LEFT_OUT", "SINGLE", "make_run_tiles", "put_totals"]
