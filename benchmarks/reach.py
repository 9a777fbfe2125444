"""Reach along roads: a million parcels on a made-up network of half a million segments, five kinds of targets.

    python -m benchmarks --only reach [--parcels 1000000]

The land is made first and not counted. Every step is timed once, with the seconds of processor of this process beside
it. A sample of the parcels is also done by networkx, on a graph in which the sampled access points and all targets are
nodes of their own; it must give the same figures. At the end the same by `geodata.measure.reach`, as a run calls it.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import shapely

from benchmarks import ground
from geodata.measure import Coverage, Layer, Layers, Parcels
from geodata.measure.flat import FlatPolygons, Floats
from geodata.measure.kernels.network import Access, Network, Reach
from geodata.measure.kernels.roads import ROAD_CLASSES, RoadGraph, by_road, on_foot
from geodata.measure.reach import reach
from geodata.measure.shapes import Prepared, Shapes
from geodata.measure.tiles import prepare

#: Targets of each kind per million parcels; main roads are the fifth.
TARGETS = {"primary school": 2500, "doctor or pharmacy": 4000, "food shop": 6000, "stop with departures": 20_000}
_SAMPLE = 200


def run(parcels: int, threads: int | None = None) -> None:
    """Print the seconds of each step and how far the results are from those of scipy and networkx."""
    several = threads or os.cpu_count() or 1
    land, lines, classes, ways = ground.parcels(parcels), *roads(parcels)
    _warm()
    offsets = np.arange(0, 2 * len(lines) + 1, 2)
    graph, *spent = _timed(lambda: RoadGraph.of(lines.reshape(-1, 2), offsets, classes, direction=ways))
    print(f"reach: {len(land)} parcels, {len(graph)} segments, {len(graph.nodes)} nodes; {several} threads; seconds")
    _tell("graph from lines", *spent)
    main = graph.road_class == ROAD_CLASSES.index("main")
    draw, extent = np.random.default_rng(31), np.sqrt(parcels) * ground.SIDE
    targets = {
        name: np.array(ground.CORNER) + draw.uniform(0, extent, (max(2, count * parcels // 1_000_000), 2))
        for name, count in TARGETS.items()
    }
    for name, travel in (("on foot, metres", on_foot(graph)), ("by road, minutes", by_road(graph))):
        print(f"\n  {name}")
        made, *spent = _timed(lambda travel=travel: Network.of(graph, travel))
        total = _tell("network: what can be reached, tree, arcs", *spent)
        access, *spent = _timed(lambda made=made: made.access(land, workers=several))
        total += _tell("access point of every parcel", *spent)
        for target, places in {**targets, "main road": np.empty((0, 2))}.items():
            joined = made.access(places, workers=several)
            whole = main if target == "main road" else None
            found, *spent = _timed(lambda made=made, j=joined, a=access, w=whole: made.reach(a, j, w, workers=several))
            total += _tell(f"to {target} ({len(places) or int(main.sum())})", *spent, _agreement(made, access, joined, whole, found))  # fmt: skip
        print(f"    {'all':<44}{total:8.3f}   {len(land) / total:.0f} parcels/s")
    with tempfile.TemporaryDirectory() as folder:
        _end_to_end(land, lines, classes, targets, Path(folder), several)


def _end_to_end(
    land: FlatPolygons, lines: Floats, classes: Any, targets: dict[str, Floats], folder: Path, threads: int
) -> None:
    """`reach` as a run calls it: access, all five targets, metres and minutes, bounds and reasons."""
    n = len(land)
    nothing = np.full(n, None, dtype=object)
    numbers = np.zeros(n, dtype=bool)
    box = Coverage(shapely.box(*(land.bounds.min(axis=0)[:2] - 9000.0), *(land.bounds.max(axis=0)[2:] + 9000.0)))
    print("\n  end to end, as a run does it: both ways of travelling, five targets, metres and minutes with bounds")
    for what in ("first run: network and targets are made and kept", "again, from what was kept"):
        names = sorted(set(classes.tolist()))
        ends = np.arange(0, 2 * len(lines) + 1, 2)
        kinds = np.searchsorted(names, classes)
        items = {"roads": _layer("roads", names, folder, box, paths=(lines.reshape(-1, 2), ends, kinds))}
        for (layer, name), places in zip(_LAYERS, targets.values(), strict=True):
            items[layer] = _layer(layer, [name], folder, box, points=places)
        parcels = Parcels(np.arange(n), nothing, np.full(n, "1", dtype=object), numbers, land, nothing)
        found, *spent = _timed(lambda p=parcels, i=items: reach(p, Layers(i), workers=threads))
        _tell(what, *spent, f"{n / spent[0]:.0f} parcels/s")
    known = {name: float((one.low == one.high).mean()) for name, one in found.metres.items()}
    print("    certain: " + ", ".join(f"{name} {share:.0%}" for name, share in known.items()))


#: Layer and class of each of `TARGETS`.
_LAYERS = (("schools", "primary"), ("health", "gp"), ("shops", "shop"), ("stops", "stop"))


def _layer(
    layer: str, names: list[str], folder: Path, coverage: Coverage, *, paths: Any = None, points: Any = None
) -> Layer:
    """A layer as a run has it, prepared; of a stop in five the departures are not stated."""
    none = np.empty(0, dtype=np.int64)
    xy, ends, kinds = (np.empty((0, 2)), np.zeros(1, dtype=np.int64), none) if paths is None else paths
    places = np.empty((0, 2)) if points is None else points
    value = np.where(np.arange(len(places)) % 5 == 0, np.nan, 9.0)
    polygons = FlatPolygons.concatenate([])
    shapes = Shapes(
        polygons=polygons, polygon_class=none, paths=xy, path_ends=ends, path_class=kinds, points=places,
        point_class=np.zeros(len(places), dtype=np.int64), point_value=value, standing=np.empty((0, 2)),
    )  # fmt: skip
    ready = Prepared(layer, tuple(names), shapes, prepare(polygons, none, 1), folder / layer)
    return Layer(layer, prepared=ready, coverage=coverage)


def roads(parcels: int, seed: int = 44) -> tuple[Floats, Any, Any]:
    """Segments of a bent grid with a sixth taken away: ends, shape (s, 2, 2), classes, and ways (one in twelve)."""
    draw = np.random.default_rng(seed)
    side = max(6, round(np.sqrt(0.3 * parcels)))
    step = np.sqrt(parcels) * ground.SIDE / side
    at = np.stack(np.meshgrid(np.arange(side), np.arange(side)), axis=-1) * step
    at = np.round(at + draw.uniform(-0.3, 0.3, at.shape) * step + np.array(ground.CORNER), 3)
    lines, classes = [], []
    for a, b, along in ((at[:, :-1], at[:, 1:], 0), (at[:-1], at[1:], 1)):
        number = np.broadcast_to(np.arange(side).reshape((-1, 1) if along == 0 else (1, -1)), a.shape[:2])
        keep = (draw.uniform(size=a.shape[:2]) > 1 / 6) | (number % 40 == 0)
        lines.append(np.stack([a[keep], b[keep]], axis=1))
        classes.append(np.where(number[keep] % 40 == 0, "main", np.where(number[keep] % 8 == 0, "secondary", "local")))
    every = np.concatenate(lines)
    ways = np.where(draw.uniform(size=len(every)) < 1 / 12, draw.choice([-1, 1], len(every)), 0)
    return every, np.concatenate(classes), ways


def _warm() -> None:
    """Compile, or read what was compiled before."""

    def once() -> None:
        lines, classes, ways = roads(400)
        graph = RoadGraph.of(lines.reshape(-1, 2), np.arange(0, 2 * len(lines) + 1, 2), classes, direction=ways)
        made = Network.of(graph, on_foot(graph))
        made.reach(made.access(ground.parcels(100)), made.access(lines[:3, 0] + 1.0))

    print(f"first call of the kernels {_timed(once)[1]:.1f} s (compiled once, then read from the cache)")


def _timed(work: Callable[[], Any]) -> tuple[Any, float, float]:
    """Result, seconds, and seconds of processor."""
    started, used = time.perf_counter(), time.process_time()
    result = work()
    return result, time.perf_counter() - started, time.process_time() - used


def _tell(what: str, wall: float, cpu: float, note: str = "") -> float:
    print(f"    {what:<44}{wall:8.3f} (processor {cpu:.3f})   {note}".rstrip(), flush=True)
    return wall


def _agreement(made: Network, access: Access, targets: Access, whole: Any, found: Reach) -> str:
    """Largest difference from networkx on a sample."""
    sample = np.random.default_rng(9).choice(len(access), min(_SAMPLE, len(access)), replace=False)
    expected = _by_networkx(made, access, sample, targets, whole)
    cost = found.total[sample] - access.leg_m[sample] * made.travel.per_metre
    assert (np.isfinite(cost) == np.isfinite(expected)).all()
    finite = np.isfinite(cost)
    by_networkx = float(np.abs(cost[finite] - expected[finite]).max(initial=0.0))
    return f"networkx on {len(sample)} differs by {by_networkx:.0e}"


def _by_networkx(made: Network, access: Access, sample: Any, targets: Access, whole: Any) -> Floats:
    """Cost from the sampled access points to the nearest target; edges are split at both."""
    graph, travel = made.graph, made.travel
    out: nx.DiGraph[Any] = nx.DiGraph()
    stops: dict[int, list[tuple[float, Any]]] = {}
    for name, points, rows in (("home", access, sample.tolist()), ("target", targets, range(len(targets)))):
        for i in rows:
            stops.setdefault(int(points.edge[i]), []).append((float(points.along_m[i]), (name, i)))

    def join(a: Any, b: Any, weight: float) -> None:
        if np.isfinite(weight) and weight < out.get_edge_data(a, b, {"weight": np.inf})["weight"]:
            out.add_edge(a, b, weight=weight)

    for e, ((u, v), length, ahead, back) in enumerate(
        zip(
            graph.edges.tolist(),
            graph.length_m.tolist(),
            travel.forward.tolist(),
            travel.backward.tolist(),
            strict=True,
        )
    ):
        chain = [(0.0, u), *sorted(stops.get(e, [])), (length, v)]
        for (at, one), (further, other) in pairwise(chain):
            # Who stands at a crossing may turn into any of its roads.
            part = (further - at) / length
            join(one, other, ahead * part if part else 0.0)
            join(other, one, back * part if part else 0.0)
        if whole is not None and whole[e]:
            for node in (one for _, one in chain):
                join(node, "end", 0.0)
    for i in range(len(targets)):
        join(("target", i), "end", float(targets.leg_m[i]) * travel.per_metre)
    away = nx.single_source_dijkstra_path_length(out.reverse(copy=False), "end", weight="weight")
    return np.array([away.get(("home", i), np.inf) for i in sample.tolist()])
