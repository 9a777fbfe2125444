"""Compile what measuring needs before it is needed: `Warming` starts it beside other work, in processes of its own.

    python -m geodata.measure.warm 0        (one of `PARTS`)

Machine code is kept by numba between runs; where it is there already this takes as long as reading it. A made-up square of
land is measured, so that everything is compiled for the types that it is called with. Without numba there is nothing to do.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from datetime import date
from typing import Any

import numpy as np
import shapely

from geodata.measure.around import frontage
from geodata.measure.copied import _HEAD, _count_paths, _fill_paths, _parsed
from geodata.measure.flat import FlatPolygons
from geodata.measure.inputs import Coverage, HeightGrid, Layer, Layers, Parcels
from geodata.measure.jit import HAVE_NUMBA
from geodata.measure.kernels.shape import circles
from geodata.measure.kernels.standing import standing_points
from geodata.measure.measure import SHARE_LAYERS, measure
from geodata.measure.reach import reach
from geodata.measure.shapes import Prepared, Shapes
from geodata.measure.tiles import prepare

#: Number of processes; the first compiles what the last step of the second would come to last.
PARTS = 2


class Warming:
    """Compiling in other processes. Nothing depends on it: what is not ready is compiled when it is called."""

    def __init__(self, parts: int = PARTS) -> None:
        command = [sys.executable, "-m", "geodata.measure.warm"]
        quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self._running: list[subprocess.Popen[bytes]] = []
        if HAVE_NUMBA:
            with contextlib.suppress(OSError):
                self._running = [subprocess.Popen([*command, str(part)], **quiet) for part in range(parts)]

    def wait(self) -> None:
        """Wait until all is compiled."""
        for process in self._running:
            process.wait()


def compile_part(part: int) -> None:
    """Compile what one process compiles: 0 = circles, frontage and ways, which take longest; 1 = everything."""
    parcels = _parcels()
    if part == 0:
        circles(parcels.flat)
        line = np.array([shapely.LineString([(-50, 50), (60, 52), (200, 50)])], dtype=object)
        roads = Layer("roads", line, np.array(["local"], dtype=object), coverage=_AROUND)
        stops = Layer(
            "stops", shapely.points(np.array([[80.0, 60.0]])), np.array(["stop"], dtype=object), coverage=_AROUND
        )
        frontage(parcels, roads)
        reach(parcels, Layers({"roads": roads, "stops": stops}))
        return
    point = shapely.to_wkb(np.array([shapely.box(0, 0, 1, 1)]), byte_order=1)[0]
    _parsed(np.frombuffer(point, dtype=np.uint8), 0, -1)
    empty = np.frombuffer(b"\0" * _HEAD + b"\xff\xff", dtype=np.uint8)
    _parsed(empty, _HEAD, 2)
    _count_paths(empty, _HEAD, 1)
    _fill_paths(empty, _HEAD, 1, np.empty((0, 1), np.int64), np.empty(0, np.uint8), np.zeros(1, np.int64))
    measure(parcels, _layers())


_AROUND = Coverage(shapely.box(-900, -900, 90, 900))


def _parcels() -> Parcels:
    """Three parcels, one of them across the edge of what is covered and one beyond it."""
    shapes = FlatPolygons.from_shapely(np.array([shapely.box(x, 0, x + 40, 40) for x in (0, 60, 120)], dtype=object))
    return Parcels(
        np.arange(3),
        np.array(["a", "b", "c"], dtype=object),
        np.full(3, "99001", dtype=object),
        np.zeros(3, dtype=bool),
        shapes,
        np.full(3, None, dtype=object),
    )


def _layers() -> Layers:
    """A layer of every kind."""
    items = {name: Layer(name, prepared=_layer(), coverage=_AROUND, dated=date(2026, 1, 1))
             for name in (*SHARE_LAYERS, "buildings", "addresses", "nuisance", "schools", "health", "shops", "stops", "roads")}  # fmt: skip
    tiled = _layer().tiled
    heights = np.tile(np.arange(60, dtype=np.float32), (60, 1))
    return Layers(items, HeightGrid(heights, -100.0, 150.0, 5.0), (1,), tiled, tiled)


def _layer() -> Prepared:
    """A layer with two polygons that overlap and replace each other, two lines that meet, and two points."""
    polygons = FlatPolygons.from_shapely(
        np.array([shapely.box(-10, -10, 30, 30), shapely.box(20, 5, 140, 25).difference(shapely.box(50, 8, 60, 9))])
    )
    kinds = np.array([0, 1])
    paths = np.array([[-50.0, 50.0], [60.0, 52.0], [60.0, 52.0], [70.0, 55.0], [200.0, 50.0]])
    shapes = Shapes(
        polygons,
        kinds,
        paths,
        np.array([0, 2, 5]),
        kinds,
        np.array([4.5, np.nan]),
        np.array([[10.0, 60.0], [80.0, 20.0]]),
        kinds,
        np.array([12.0, np.nan]),
        standing_points(polygons),
    )
    prepare(polygons, kinds, 2)
    tiled = prepare(polygons, kinds, 2, precedence=kinds)
    return Prepared("warm", ("main", "local"), shapes, tiled)


if __name__ == "__main__":
    with contextlib.suppress(OSError):
        os.nice(5)
    compile_part(int(sys.argv[1]))
