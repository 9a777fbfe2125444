"""Groups of neighbouring parcels on a piece of land of a million: who lies beside whom, growing, the best twenty.

    python -m benchmarks --only assembling [--parcels 1000000]

The land is that of `ground`; usable areas, scores, owners and the parcels that are ruled out are drawn by chance. Once
with one parcel in nine free, as in a real search, and once with all of them. Neighbours are those of all parcels. GEOS does
the pairs and borders of a sample, in one thread and scaled, with round corners of 32 sides a quarter; it dissolves some of
the groups. Ratios are of processor seconds: the machine may have other work.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import shapely

from benchmarks import ground
from geodata.measure.adjacency import LEAST, TOLERANCE, adjacency, by_shapely
from geodata.measure.flat import FlatPolygons
from geodata.measure.kernels.shape import shape
from sites.candidates.growth import Land, grow

_SAMPLE = 20_000
_WANTED_M2 = 2_769.3
_DISSOLVED = 5_000


def run(parcels: int) -> None:
    """Print seconds of each step."""
    land = ground.parcels(parcels)
    plain = shape(land)
    few = land.between(0, min(_SAMPLE, len(land)))
    adjacency(few)
    print(f"assembling: {len(land)} parcels, {len(land.xy)} corners, {os.cpu_count()} threads")
    beside, seconds, used = _timed(lambda: adjacency(land))
    _, _, theirs = _timed(lambda: by_shapely(few, TOLERANCE, LEAST))
    told = theirs / len(few) * len(land)
    print(
        f"  neighbours ({len(beside)} pairs){seconds:>24.2f} s (processor {used:.2f})   GEOS {told:.0f}, {told / used:.0f} times"
    )
    draw = np.random.default_rng(2012)
    usable = plain.area * draw.uniform(0.5, 1.0, len(land))
    value, owner = draw.random(len(land)), draw.integers(-3, 4, len(land))
    grow(_land(few, usable, value, owner, np.ones(len(few), bool)), adjacency(few), _WANTED_M2)
    for told_as, share in (("one in nine free", 0.1136), ("all free", 1.0)):
        free = draw.random(len(land)) < share
        given = _land(land, usable, value, owner, free)
        groups, seconds, used = _timed(lambda given=given: grow(given, beside, _WANTED_M2))
        print(
            f"  groups, {told_as} ({len(groups)} of {int(free.sum())} parcels){seconds:>16.2f} s (processor {used:.2f})"
        )
        few_groups = groups[: min(_DISSOLVED, len(groups))]
        _, _, seconds = _timed(lambda few_groups=few_groups: _dissolved(land, few_groups))
        each = seconds / max(len(few_groups), 1)
        print(f"    dissolving: {each * 1e6:.0f} us a group, {each * len(groups):.1f} s for all, 20 are shown")
        sys.stdout.flush()


def _land(polygons: FlatPolygons, usable: Any, value: Any, owner: Any, free: Any) -> Land:
    plain, n = shape(polygons), len(polygons)
    return Land(free, usable[:n], value[:n], owner[:n], plain.area, plain.perimeter)


def _dissolved(land: FlatPolygons, groups: Any) -> None:
    for group in groups:
        shapely.union_all(land.take(group[group >= 0]).to_shapely())


def _timed(work: Callable[[], Any]) -> tuple[Any, float, float]:
    """What comes out, seconds, and seconds of processor."""
    started, used = time.perf_counter(), time.process_time()
    found = work()
    return found, time.perf_counter() - started, time.process_time() - used
