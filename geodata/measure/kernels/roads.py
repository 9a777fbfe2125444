"""The road graph: roads as flat lines in, nodes and edges out, and what travel along an edge costs.

A node is the end of a line or a corner that lines share; an edge is what lies between two nodes, with its bends kept
for snapping. Lines that cross without a common corner (bridges, tunnels) are not joined. Coordinates are EPSG:31370,
lengths metres along the line.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from geodata.errors import InputError
from geodata.measure.flat import Floats, Ints
from geodata.measure.kernels.segments import z_order

#: Classes as the table `road` names them; an edge holds the position in this list.
ROAD_CLASSES = ("motorway", "main", "secondary", "local", "service", "track", "path", "unknown")
#: Corners closer than this are one. Our choice: road registers give millimetres, and a join may be off by rounding.
MERGE_M = 0.01
#: Walking speed, km/h. Our choice: no source of ours states one.
WALKING_KMH = 4.5
#: Mean speed of a vehicle where a road states none, km/h. Our choice: no source of ours states one; these are not the
#: speed limits of any law. A path has none: it is closed to vehicles.
DRIVING_KMH = {
    "motorway": 100.0,
    "main": 70.0,
    "secondary": 50.0,
    "local": 30.0,
    "service": 20.0,
    "track": 15.0,
    "unknown": 30.0,
}
#: A connected part of the network counts when its roads are at least so long, metres. Our choice: a hamlet is a network
#: of its own, a car park behind a gate is none. A length, not a share: roads that come to light must not close others.
LEAST_M = 1000.0


@dataclass(frozen=True, eq=False)
class RoadGraph:
    """k nodes and e edges.

    Attributes
    ----------
    nodes : coordinates, shape (k, 2).
    edges : start and end node, shape (e, 2), in the direction in which the line was drawn.
    line : number of the line an edge was cut from, shape (e,).
    length_m : metres along the line, above 0, shape (e,).
    road_class : position in `ROAD_CLASSES`, shape (e,).
    direction : 1 = vehicles only as drawn, -1 = only against it, 0 = both or not known, shape (e,).
    speed_kmh : speed of vehicles, NaN where not known, shape (e,).
    pieces : x0, y0, x1, y1 of the straight pieces, edge by edge, shape (s, 4).
    piece_edge, piece_start : edge of each piece, and metres from the start of the edge to its first end, shape (s,).
    """

    nodes: Floats
    edges: Ints
    line: Ints
    length_m: Floats
    road_class: Ints
    direction: Ints
    speed_kmh: Floats
    pieces: Floats
    piece_edge: Ints
    piece_start: Floats

    def __len__(self) -> int:
        return len(self.edges)

    @classmethod
    def of(
        cls,
        xy: Floats,
        offsets: Ints,
        road_class: NDArray[Any],
        *,
        direction: Ints | None = None,
        speed_kmh: Floats | None = None,
        merge_m: float = MERGE_M,
    ) -> RoadGraph:
        """The graph of lines.

        Parameters
        ----------
        xy, offsets : coordinates, shape (v, 2), and offsets of the lines into them, shape (lines + 1,), as
            `geodata.measure.flat.flat_lines` gives them.
        road_class : name of the class of each line, shape (lines,).
        direction : see above, per line; both ways where None.
        speed_kmh : per line; not known where None, NaN, 0 or less (registers write -8 and -9 for "not known").
        merge_m : corners closer than about this are one.

        Raises
        ------
        InputError : a class that is not in `ROAD_CLASSES` (its row is named).
        """
        lines = len(offsets) - 1
        kind = _class_numbers(np.asarray(road_class))
        ways = np.zeros(lines, dtype=np.int64) if direction is None else np.asarray(direction, dtype=np.int64)
        speed = np.full(lines, np.nan) if speed_kmh is None else np.asarray(speed_kmh, dtype=np.float64)
        xy, place, line = _corners(xy, offsets, merge_m)
        first = np.ones(len(xy), dtype=bool)
        first[1:] = line[1:] != line[:-1]
        last = np.roll(first, -1) if len(first) else first
        joint = np.bincount(place, minlength=place.max(initial=-1) + 1) > 1
        joint[place[first | last]] = True
        piece = np.flatnonzero(~last)
        start = joint[place[piece]] | first[piece]
        edge = np.cumsum(start) - 1
        opens = np.flatnonzero(start)
        closes = np.append(opens[1:], len(piece))[: len(opens)] - 1
        metres = np.hypot(*(xy[piece + 1] - xy[piece]).T) if len(piece) else np.empty(0)
        length = np.add.reduceat(metres, opens) if len(opens) else np.empty(0)
        before = np.cumsum(metres) - metres
        nodes, pairs = _nodes(xy, place, piece[opens], piece[closes] + 1)
        of = line[piece[opens]]
        return cls(
            nodes,
            pairs,
            of,
            length,
            kind[of],
            ways[of],
            np.where(speed[of] > 0.0, speed[of], np.nan),
            np.concatenate([xy[piece], xy[piece + 1]], axis=1),
            edge,
            before - before[opens][edge] if len(piece) else before,
        )


def _corners(xy: Floats, offsets: Ints, merge_m: float) -> tuple[Floats, Ints, Ints]:
    """Corners with the place each is at and the line it is of; one written twice in a row is one."""
    line = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    place = _places(xy, merge_m)
    keep = np.ones(len(xy), dtype=bool)
    keep[1:] = (place[1:] != place[:-1]) | (line[1:] != line[:-1])
    return xy[keep], place[keep], line[keep]


def _nodes(xy: Floats, place: Ints, opens: Ints, closes: Ints) -> tuple[Floats, Ints]:
    """Places where edges meet, (n, 2), and the first and last of each edge, (edges, 2)."""
    both = np.concatenate([opens, closes])
    number, where = np.unique(place[both], return_inverse=True)
    nodes = np.empty((len(number), 2))
    nodes[where] = xy[both]
    # Neighbours in space are neighbours in memory.
    order = z_order(nodes)
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return nodes[order], np.ascontiguousarray(rank[where].reshape(2, -1).T)


@dataclass(frozen=True, eq=False)
class Travel:
    """What it costs to travel each edge from start to end, and back, and a metre off the road.

    Attributes
    ----------
    unit : "metres" or "minutes".
    forward, backward : cost of the whole edge, inf where closed, shape (e,).
    per_metre : cost of a metre between a parcel or a target and the road.
    least_per_metre : no metre, on or off the road, costs less.
    """

    unit: str
    forward: Floats
    backward: Floats
    per_metre: float
    least_per_metre: float


def on_foot(graph: RoadGraph) -> Travel:
    """Metres on foot, both ways along every road but a motorway; minutes are metres by `WALKING_KMH`."""
    closed = graph.road_class == ROAD_CLASSES.index("motorway")
    cost = np.where(closed, np.inf, graph.length_m)
    return Travel("metres", cost, cost, 1.0, 1.0)


def by_road(graph: RoadGraph, speeds: dict[str, float] | None = None) -> Travel:
    """Minutes by vehicle at the speed the road states, else that of its class; the legs off the road on foot.

    One-way roads are kept to; a class without speed is closed.
    """
    kmh = DRIVING_KMH if speeds is None else speeds
    of_class = np.array([kmh.get(name, np.nan) for name in ROAD_CLASSES])[graph.road_class]
    speed = np.where(np.isnan(of_class) | np.isnan(graph.speed_kmh), of_class, graph.speed_kmh)
    minutes = np.where(np.isnan(speed), np.inf, graph.length_m * 0.06 / speed)
    forward, backward = minutes.copy(), minutes.copy()
    forward[graph.direction < 0] = np.inf
    backward[graph.direction > 0] = np.inf
    walking = 0.06 / WALKING_KMH
    # A road that is not known may be of the fastest class.
    fastest = max(float(np.nanmax(speed, initial=WALKING_KMH)), *kmh.values())
    return Travel("minutes", forward, backward, walking, 0.06 / fastest)


def shortest(graph: RoadGraph, travel: Travel) -> Travel:
    """Metres along the edges that are open to another way of travelling, in its directions."""
    forward, backward = (
        np.where(np.isfinite(cost), graph.length_m, np.inf) for cost in (travel.forward, travel.backward)
    )
    return Travel("metres", forward, backward, 1.0, 1.0)


def reachable(graph: RoadGraph, travel: Travel, least_m: float = LEAST_M) -> NDArray[np.bool_]:
    """Edges from which one can go anywhere else in their network and come back, shape (e,).

    Islets are left out: networks whose roads are together shorter than `least_m`.
    """
    if not len(graph):
        return np.zeros(0, dtype=bool)
    start, end = graph.edges.T
    ahead, back = np.isfinite(travel.forward), np.isfinite(travel.backward)
    tail, head = np.concatenate([start[ahead], end[back]]), np.concatenate([end[ahead], start[back]])
    size = len(graph.nodes)
    arcs = csr_array((np.ones(len(tail), dtype=np.int32), (tail, head)), shape=(size, size))
    _, part = connected_components(arcs, directed=True, connection="strong")
    whole: NDArray[np.bool_] = (ahead | back) & (part[start] == part[end])
    metres = np.bincount(part[start[whole]], weights=graph.length_m[whole], minlength=1)
    whole &= np.append(metres, np.zeros(size))[part[start]] >= least_m
    return whole


def _class_numbers(names: NDArray[Any]) -> Ints:
    """Positions in `ROAD_CLASSES`."""
    known = {name: number for number, name in enumerate(ROAD_CLASSES)}
    unique, where = np.unique(names.astype(str), return_inverse=True)
    numbers = np.array([known.get(name, -1) for name in unique.tolist()], dtype=np.int64)
    out: Ints = numbers[where] if len(unique) else np.empty(0, dtype=np.int64)
    odd = np.flatnonzero(out < 0)
    if len(odd):
        raise InputError(
            f"{str(names[odd[0]])!r} is no class of road.",
            f"Use one of {', '.join(ROAD_CLASSES)}.",
            file="roads",
            row=int(odd[0]) + 1,
            field="road_class",
        )
    return out


def _places(xy: Floats, merge_m: float) -> Ints:
    """One number per place; corners that round to the same place are one."""
    if not len(xy):
        return np.empty(0, dtype=np.int64)
    cell = np.round((xy - xy.min(axis=0)) / merge_m).astype(np.int64)
    _, where = np.unique(cell[:, 0] * (int(cell[:, 1].max()) + 1) + cell[:, 1], return_inverse=True)
    return where.astype(np.int64)
