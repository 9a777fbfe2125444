"""Shape, road frontage, slope and remainder of parcels: seconds per million, and plain tools on a sample of them.

    python -m benchmarks --only shape [--parcels 1000000]

The land is that of `ground`; roads are a grid of streets every 200 m, heights a grid of 5 m. Generating them is not
counted. Plain tools (shapely in one thread, exactextract) run on at most `_SAMPLE` parcels and are scaled to a million,
so their ratio is against one thread of theirs. The plain remainder joins whole flood areas of up to 12 000 corners per
parcel, as one would write it; against areas cut into tiles first see `overlap`.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from typing import Any

import geopandas
import numpy as np
import shapely
from exactextract import exact_extract
from exactextract.raster import NumPyRasterSource
from pyproj import CRS

from benchmarks import ground
from geodata.measure.flat import FlatPolygons, flat_lines
from geodata.measure.inputs import HeightGrid
from geodata.measure.kernels.remainder import ExclusionSet, remainder
from geodata.measure.kernels.segments import Segments
from geodata.measure.kernels.shape import LINE_REACH, circles, line_frontage, rectangles, shape, surface_frontage
from geodata.measure.kernels.terrain import cell_slopes, slope

_SAMPLE = 5000
_STREETS = 200.0
_CELL = 5.0


def run(parcels: int, threads: int | None = None) -> None:
    """Print seconds per million parcels of each measurement."""
    several = threads or os.cpu_count() or 1
    land = ground.parcels(parcels)
    lines, surfaces = _roads(land)
    heights = _heights(land)
    flood = ground.layers(parcels)["flood"].polygons
    few = land.take(np.arange(0, len(land), max(1, len(land) // _SAMPLE)))
    ours: dict[str, Callable[[FlatPolygons], Any]] = {
        "area, perimeter, compactness, corners, parts": lambda of: shape(of, workers=several),
        "largest circle, to 0.25 m": lambda of: circles(of, workers=several),
        "largest rectangle twice as long, to 1 m": lambda of: rectangles(of, workers=several),
        "frontage, road lines": lambda of: line_frontage(of, lines, workers=several),
        "frontage, road surfaces": lambda of: surface_frontage(of, surfaces, workers=several),
        "slope, mean and steepest, grid of 5 m": lambda of: slope(of, heights, workers=several),
        "remainder, with its preparation": lambda of: remainder(of, ExclusionSet(flood), workers=several),
    }
    shapes = few.to_shapely()
    plain = _plain(shapes, land, lines, heights, flood)
    print(
        f"shape: {len(land)} parcels, {len(land.xy)} corners; {several} threads; plain tools on {len(few)}, one thread"
    )
    for name, work in ours.items():
        work(few)
        wall, cpu = _seconds(lambda work=work: work(land))
        line = f"  {name:<46}{wall / len(land) * 1e6:>8.2f} s per million (processor {cpu / len(land) * 1e6:.2f})"
        if name in plain:
            theirs, _ = _seconds(plain[name])
            line += f"   plain {theirs / len(few) * 1e6:.1f}, {theirs / len(few) / wall * len(land):.1f} times"
        print(line)
        sys.stdout.flush()
    found = rectangles(few, workers=several)
    gap = found.at_most - found.width
    print(f"  gap of the rectangle on the sample: median {np.median(gap):.2f} m, largest {gap.max():.2f} m")


def _seconds(work: Callable[[], Any]) -> tuple[float, float]:
    """Seconds, and seconds of processor."""
    started, used = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - started, time.process_time() - used


def _roads(land: FlatPolygons) -> tuple[Segments, Segments]:
    """Streets as lines and as surfaces six metres wide, in pieces of one block."""
    x0, y0 = land.bounds[:, :2].min(axis=0)
    x1, y1 = land.bounds[:, 2:].max(axis=0)
    xs, ys = np.arange(x0, x1, _STREETS), np.arange(y0, y1, _STREETS)
    east = [((x, y), (x + _STREETS, y)) for y in ys for x in xs]
    north = [((x, y), (x, y + _STREETS)) for y in ys for x in xs]
    drawn = shapely.linestrings(np.array(east + north))
    xy, offsets, _ = flat_lines(drawn)
    surfaces = FlatPolygons.from_shapely(shapely.buffer(drawn, 3.0, cap_style="flat"))
    return Segments.of_lines(xy, offsets), Segments.of_polygons(surfaces)


def _heights(land: FlatPolygons) -> HeightGrid:
    """Rolling land, in cells of five metres."""
    west, south = np.floor(land.bounds[:, :2].min(axis=0) / _CELL - 1) * _CELL
    east, north = np.ceil(land.bounds[:, 2:].max(axis=0) / _CELL + 1) * _CELL
    x = np.arange(west, east, _CELL, dtype=np.float64)[None, :]
    y = np.arange(north, south, -_CELL, dtype=np.float64)[:, None]
    heights = (20 * np.sin(x / 310) * np.cos(y / 270)).astype(np.float32)
    return HeightGrid(heights, float(west), float(north), _CELL)


def _plain(
    shapes: Any, land: FlatPolygons, lines: Segments, heights: HeightGrid, flood: FlatPolygons
) -> dict[str, Callable[[], Any]]:
    """The same by shapely and exactextract, where they can; what they read is prepared before."""
    roads = shapely.linestrings(lines.ends.reshape(-1, 2, 2))
    tree = shapely.STRtree(roads)
    areas = flood.to_shapely()
    flooded = shapely.STRtree(areas)
    crs = CRS.from_epsg(31370).to_wkt()
    frame = geopandas.GeoDataFrame(geometry=shapes, crs=crs)
    values = cell_slopes(heights)
    south, east = heights.north - values.shape[0] * _CELL, heights.west + values.shape[1] * _CELL
    raster = NumPyRasterSource(values, heights.west, south, east, heights.north, nodata=np.nan, srs_wkt=crs)

    def frontage() -> None:
        parcel, road = tree.query(shapes, predicate="dwithin", distance=LINE_REACH)
        starts = np.flatnonzero(np.diff(parcel, prepend=-1))
        for first, last in zip(starts, [*starts[1:], len(parcel)], strict=True):
            near = shapely.union_all(shapely.buffer(roads[road[first:last]], LINE_REACH))
            shapely.length(shapely.intersection(shapely.boundary(shapes[parcel[first]]), near))

    def left() -> None:
        parcel, which = flooded.query(shapes, predicate="intersects")
        starts = np.flatnonzero(np.diff(parcel, prepend=-1))
        for first, last in zip(starts, [*starts[1:], len(parcel)], strict=True):
            shapely.area(shapely.difference(shapes[parcel[first]], shapely.union_all(areas[which[first:last]])))

    return {
        "area, perimeter, compactness, corners, parts": lambda: (
            shapely.area(shapes),
            shapely.length(shapes),
            shapely.get_num_coordinates(shapes),
        ),
        "largest circle, to 0.25 m": lambda: shapely.maximum_inscribed_circle(shapes, tolerance=0.125),
        "frontage, road lines": frontage,
        "slope, mean and steepest, grid of 5 m": lambda: exact_extract(raster, frame, ["mean", "max"], output="pandas"),
        "remainder, with its preparation": left,
    }
