"""Overlap shares and layer preparation: our kernels against GEOS at equal threads, and against PostGIS.

    python -m benchmarks --only overlap [--parcels 1000000]

Both ways get the same layers, dissolved and cut into the same tiles of 500 m, so that GEOS is not made to cut a polygon
of 10 000 corners for every parcel. Generating the land is not counted. Preparation is compared on the same polygons:
`ST_Union` per class and `ST_Subdivide(…, 128)` on all workers PostgreSQL takes (a strip of each layer, ours on the same
strip), shapely per tile in threads, and ours.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import psycopg
import shapely

from benchmarks import ground
from geodata.measure.flat import FlatPolygons, Floats, Ints
from geodata.measure.kernels.overlap import shares
from geodata.measure.tiles import SIZE, TiledLayer, prepare, tiles_of

_CHUNK = 8192
#: PostGIS prepares at most so many corners of a layer (a strip of it); ours is timed on the same strip.
_CORNERS = 400_000


def run(parcels: int, connection: psycopg.Connection[Any] | None = None, threads: int | None = None) -> None:
    """Print the comparison for about so many parcels."""
    several = threads or os.cpu_count() or 1
    land, layers = ground.parcels(parcels), ground.layers(parcels)
    corners = sum(len(layer.polygons.xy) for layer in layers.values())
    print(f"overlap: {len(land)} parcels, {len(land.xy)} corners; 4 layers, {corners} corners; {several} threads")
    _warm()
    prepared = _preparation(layers, several)
    if connection is not None:
        _against_postgis(connection, layers, several)
    ours = geos = worst = 0.0
    # Neither way is charged for what it keeps between layers: geometry objects and areas there, boxes and areas here.
    shapes = land.to_shapely()
    areas = shapely.area(shapes)
    _ = land.bounds
    print("\nshares of every parcel under every class, seconds")
    for name, layer in layers.items():
        tiled, pieces, kinds = prepared[name]
        mine, wall, cpu = _timed(lambda tiled=tiled: shares(land, tiled, workers=several))
        tree = shapely.STRtree(pieces)
        theirs, geos_wall, _ = _timed(
            lambda t=tree, k=kinds, n=layer.classes: _with_geos(shapes, areas, t, k, n, several)
        )
        error = float(np.abs(mine - theirs).max())
        ours, geos, worst = ours + wall, geos + geos_wall, max(worst, error)
        print(
            f"  {name:<10} ours {wall:7.3f} (processor {cpu:.3f})   GEOS {geos_wall:8.3f}   "
            f"{geos_wall / wall:5.1f} times   largest difference of a share {error:.1e}"
        )
        sys.stdout.flush()
    print(f"  {'all':<10} ours {ours:7.3f}   GEOS {geos:8.3f}   {geos / ours:5.1f} times   largest {worst:.1e}")
    _changes(land, layers, prepared, ours, several)


def _timed(work: Callable[[], Any]) -> tuple[Any, float, float]:
    """Result, seconds, and seconds of processor."""
    started, used = time.perf_counter(), time.process_time()
    result = work()
    return result, time.perf_counter() - started, time.process_time() - used


def _warm() -> None:
    """Compile, or read what was compiled before."""
    land, layers = ground.parcels(100), ground.layers(100)
    _, seconds, _ = _timed(
        lambda: [shares(land, prepare(one.polygons, one.kinds, one.classes)) for one in layers.values()]
    )
    print(f"  first call of the kernels {seconds:.1f} s (compiled once, then read from the cache)")


def _preparation(layers: dict[str, ground.Ground], threads: int) -> dict[str, tuple[TiledLayer, Any, Ints]]:
    """Prepare all layers both ways; returns ours, and the pieces and classes for GEOS."""
    print("\npreparation of a layer (dissolve per class, cut into tiles of 500 m), seconds")
    out, total, other = {}, 0.0, 0.0
    for name, layer in layers.items():
        tiled, wall, cpu = _timed(lambda one=layer: prepare(one.polygons, one.kinds, one.classes, workers=threads))
        (pieces, kinds), theirs, _ = _timed(lambda one=layer: _pieces(one, threads))
        covered = np.bincount(kinds, weights=shapely.area(pieces), minlength=layer.classes)
        error = float(np.abs(covered / tiled.areas() - 1).max())
        print(
            f"  {name:<10} ours {wall:7.3f} (processor {cpu:.3f})   shapely per tile {theirs:7.2f}   {len(tiled)} pieces, "
            f"{tiled.nbytes / 1e6:.0f} MB   covered area differs by {error:.1e} of itself"
        )
        sys.stdout.flush()
        out[name], total, other = (tiled, pieces, kinds), total + wall, other + theirs
    print(f"  {'all':<10} ours {total:7.3f}   shapely per tile {other:7.2f}   {other / total:5.1f} times")
    return out


def _pieces(layer: ground.Ground, threads: int) -> tuple[Any, Ints]:
    """Pieces of a layer by shapely: clip to each tile, union per class."""
    shapes = layer.polygons.to_shapely()
    tiles = tiles_of(layer.polygons.bounds) * SIZE
    boxes = shapely.box(tiles[:, 0], tiles[:, 1], tiles[:, 0] + SIZE, tiles[:, 1] + SIZE)
    shapely.prepare(shapes)
    tile, feature = shapely.STRtree(shapes).query(boxes, predicate="intersects")
    cuts = np.flatnonzero(np.diff(tile)) + 1
    groups = list(zip(np.split(tile, cuts), np.split(feature, cuts), strict=True))

    def work(at: int) -> list[tuple[Any, int]]:
        found = []
        for mine, features in groups[at : at + 64]:
            x, y = tiles[mine[0]]
            clipped = shapely.clip_by_rect(shapes[features], x, y, x + SIZE, y + SIZE)
            odd = ~shapely.is_valid(clipped)
            clipped[odd] = shapely.intersection(shapes[features[odd]], boxes[mine[0]])
            for kind in np.unique(layer.kinds[features]):
                several = clipped[layer.kinds[features] == kind]
                found.append((several[0] if len(several) == 1 else shapely.union_all(several), int(kind)))
        return found

    with ThreadPoolExecutor(threads) as pool:
        all_of = [one for part in pool.map(work, range(0, len(groups), 64)) for one in part]
    pieces = np.array([piece for piece, _ in all_of], dtype=object)
    kept = shapely.area(pieces) > 0
    return pieces[kept], np.array([kind for _, kind in all_of])[kept]


def _with_geos(shapes: Any, areas: Floats, tree: shapely.STRtree, kinds: Ints, classes: int, threads: int) -> Floats:
    """Shares the vectorised way: tree query, intersection and area per chunk of parcels, in threads."""
    pieces = tree.geometries
    out = np.zeros((len(shapes), classes))

    def work(at: int) -> None:
        mine = shapes[at : at + _CHUNK]
        parcel, piece = tree.query(mine)
        covered = shapely.area(shapely.intersection(mine[parcel], pieces[piece]))
        sums = np.bincount(parcel * classes + kinds[piece], weights=covered, minlength=len(mine) * classes)
        out[at : at + _CHUNK] = sums.reshape(-1, classes) / areas[at : at + _CHUNK, None]

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, range(0, len(shapes), _CHUNK)))
    return np.clip(out, 0, 1)


def _against_postgis(connection: psycopg.Connection[Any], layers: dict[str, ground.Ground], threads: int) -> None:
    """ST_Union per class, then ST_Subdivide, on a strip of two layers; ours on the same polygons."""
    print("\npreparation against PostGIS, the same polygons, seconds")
    ours = theirs = 0.0
    for name in ("flood", "nature"):
        layer = layers[name]
        order = np.argsort(layer.polygons.bounds[:, 1], kind="stable")
        upto = int(np.searchsorted(np.cumsum(np.diff(layer.polygons.starts)[order]), _CORNERS)) + 1
        strip, kinds = layer.polygons.take(order[:upto]), layer.kinds[order[:upto]]
        tiled, wall, _ = _timed(lambda s=strip, k=kinds, n=layer.classes: prepare(s, k, n, workers=threads))
        connection.execute("CREATE TEMP TABLE bench_polygon (kind integer, geom geometry)")
        with connection.cursor().copy("COPY bench_polygon FROM STDIN") as copy:
            for kind, shape in zip(kinds.tolist(), shapely.to_wkb(strip.to_shapely(), hex=True), strict=True):
                copy.write_row((kind, shape))
        connection.execute("ANALYZE bench_polygon")
        _, seconds, _ = _timed(
            lambda: connection.execute(
                "CREATE TEMP TABLE bench_piece AS SELECT kind, ST_Subdivide(geom, 128) AS geom"
                " FROM (SELECT kind, ST_Union(geom) AS geom FROM bench_polygon GROUP BY kind) u"
            )
        )
        row = connection.execute("SELECT sum(ST_Area(geom)) FROM bench_piece").fetchone()
        connection.rollback()
        error = abs(row[0] / tiled.areas().sum() - 1) if row else np.nan
        ours, theirs = ours + wall, theirs + seconds
        print(
            f"  {name:<10} {len(strip)} polygons, {len(strip.xy)} corners   ours {wall:.3f}   "
            f"ST_Union + ST_Subdivide {seconds:.2f}   {seconds / wall:.0f} times   area differs by {error:.1e} of itself"
        )
        sys.stdout.flush()
    print(f"  {'both':<10} ours {ours:.3f}   PostGIS {theirs:.2f}   {theirs / ours:.0f} times")


def _changes(
    land: FlatPolygons, layers: dict[str, ground.Ground], prepared: dict[str, Any], full: float, threads: int
) -> None:
    """One per cent of the parcels changed; one polygon changed."""
    print("\nchanges, seconds")
    some = np.sort(np.random.default_rng(7).choice(len(land), max(1, len(land) // 100), replace=False))
    _, wall, _ = _timed(lambda: [shares(land, prepared[name][0], some, workers=threads) for name in layers])
    print(f"  1 % of the parcels, all layers {wall:.3f}   {wall / full:.1%} of a full run")
    flood = layers["flood"]
    for title, which in (("median", len(flood.kinds) // 2), ("largest", len(flood.kinds) - 1)):
        polygon = int(np.argsort(np.diff(flood.polygons.starts))[which])
        before = shares(land, prepared["flood"][0], workers=threads)
        box = flood.polygons.bounds[polygon]

        def work(box: Floats = box) -> tuple[Ints, Floats]:
            b = land.bounds
            near = np.flatnonzero((b[:, 0] <= box[2]) & (b[:, 2] >= box[0]) & (b[:, 1] <= box[3]) & (b[:, 3] >= box[1]))
            tiles = tiles_of(land.bounds[near])
            patch = prepare(flood.polygons, flood.kinds, flood.classes, tiles=tiles, workers=threads)
            return near, shares(land, patch, near, workers=threads)

        (near, again), wall, _ = _timed(work)
        same = "equal to the full run" if np.array_equal(again, before[near]) else "NOT equal to the full run"
        print(f"  the {title} flood area, {len(near)} parcels near it {wall:.4f}   {same}")
