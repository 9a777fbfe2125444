"""Reach along the road graph: from each parcel to the nearest target, both legs off the road told apart.

A parcel is joined to the nearest point of a road from which the network can be reached (its access point); so is a
target. What is minimised is the way along the roads and from the road to the target; the leg from the parcel is that of
its access point. One multi-source Dijkstra per class of targets, on the graph with its arcs turned around, gives the
nearest target of every node; the two ends of the access point's edge and the targets on that edge decide.

Raw figures; `reach_interval` tells what of them is certain.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from geodata.measure.chunks import in_chunks
from geodata.measure.flat import FlatPolygons, Floats, Ints, offsets_of
from geodata.measure.jit import HAVE_NUMBA, njit
from geodata.measure.kernels.roads import LEAST_M, RoadGraph, Travel, reachable
from geodata.measure.kernels.segments import Segments, closest
from geodata.measure.table import Interval

_CHUNK = 1 << 16
#: An access point so near to the end of its edge lies at the end, metres.
_AT_END_M = 1e-6


@dataclass(frozen=True, eq=False)
class Access:
    """Where n parcels or targets join the roads.

    Attributes
    ----------
    edge : edge of the graph, -1 where there is no road at all, shape (n,).
    along_m : metres from the start of the edge, shape (n,).
    leg_m : metres from the border of the parcel, or from the target, to the road; inf without a road, shape (n,).
    xy : the access point, NaN without a road, shape (n, 2).
    """

    edge: Ints
    along_m: Floats
    leg_m: Floats
    xy: Floats

    def __len__(self) -> int:
        return len(self.edge)


@dataclass(frozen=True, eq=False)
class Reach:
    """The nearest target of n access points.

    Attributes
    ----------
    parcel_leg_m, target_leg_m : metres off the road at both ends.
    along : cost along the roads, in the unit of the travel; inf where no target can be reached.
    target : number of the target; -1 for a road that is a target itself, and where none can be reached.
    total : cost of all three together.
    """

    parcel_leg_m: Floats
    along: Floats
    target_leg_m: Floats
    target: Ints
    total: Floats


@dataclass(frozen=True, eq=False)
class Field:
    """Cost from everywhere to the nearest of m targets.

    Attributes
    ----------
    whole : edges that are targets themselves, shape (e,).
    away, nearest : of each node, the cost to its nearest target, and its number (m for a road that is a target, -1
        where none can be reached), shape (k,).
    on_edge, order : targets by edge: `order` of edge j is at on_edge[j]:on_edge[j + 1].
    along_m, leg_m : of each target, see `Access`, shape (m,).
    """

    whole: NDArray[np.bool_]
    away: Floats
    nearest: Ints
    on_edge: Ints
    order: Ints
    along_m: Floats
    leg_m: Floats


@dataclass(frozen=True, eq=False)
class Network:
    """A road graph made ready for one way of travelling.

    Attributes
    ----------
    usable : edges that can be joined, shape (e,).
    tree, piece : the straight pieces of the usable edges, and their numbers in the graph.
    starts, heads, costs : arcs turned around, as compressed rows: `heads` of node k are at starts[k]:starts[k + 1].
    """

    graph: RoadGraph
    travel: Travel
    usable: NDArray[np.bool_]
    tree: Segments
    piece: Ints
    starts: Ints
    heads: Ints
    costs: Floats

    @classmethod
    def of(cls, graph: RoadGraph, travel: Travel, *, least_m: float = LEAST_M) -> Network:
        """Find what can be reached (see `geodata.measure.kernels.roads.reachable`) and sort the arcs."""
        usable = reachable(graph, travel, least_m)
        piece = np.flatnonzero(usable[graph.piece_edge])
        tree = Segments.of(graph.pieces[piece])
        return cls(graph, travel, usable, tree, piece, *_arcs(graph, travel))

    def costing(self, travel: Travel) -> Network:
        """The same network, where the same edges are open at other costs."""
        return replace(self, travel=travel, costs=_arcs(self.graph, travel)[2])

    def access(self, places: FlatPolygons | Floats, index: Any = None, *, workers: int | None = None) -> Access:
        """Join parcels, or points of shape (n, 2), to the nearest usable edge; `index` chooses rows of them."""
        find = closest if HAVE_NUMBA else _closest_by_shapely
        leg, found, part = find(places, self.tree, index, workers=workers)
        some = found >= 0
        edge, along, xy = np.full(len(leg), -1, dtype=np.int64), np.zeros(len(leg)), np.full((len(leg), 2), np.nan)
        piece = self.piece[found[some]]
        ends, share = self.graph.pieces[piece], part[some]
        edge[some] = self.graph.piece_edge[piece]
        metres = self.graph.piece_start[piece] + share * np.hypot(ends[:, 2] - ends[:, 0], ends[:, 3] - ends[:, 1])
        length = self.graph.length_m[edge[some]]
        # Rounding must not put a point past a crossing, into a road of one way.
        metres[metres < _AT_END_M] = 0.0
        along[some] = np.where(metres > length - _AT_END_M, length, metres)
        xy[some] = ends[:, :2] + share[:, None] * (ends[:, 2:] - ends[:, :2])
        return Access(edge, along, np.where(some, leg, np.inf), xy)

    def field(self, targets: Access, roads: NDArray[np.bool_] | None = None) -> Field:
        """What it costs from everywhere to the nearest target.

        Parameters
        ----------
        targets : of one class, by `access`.
        roads : edges that are targets as a whole, such as main roads, shape (e,); reached where they are met.
        """
        whole = np.zeros(len(self.graph), dtype=bool) if roads is None else np.asarray(roads, dtype=bool)
        away, nearest = _away(self.starts, self.heads, self.costs, *self._sources(targets, whole))
        # Targets by edge, for those that lie on the access point's own edge.
        joined = np.flatnonzero(targets.edge >= 0)
        order = joined[np.argsort(targets.edge[joined], kind="stable")]
        on_edge = offsets_of(np.bincount(targets.edge[joined], minlength=len(self.graph)))
        return Field(whole, away, nearest, on_edge, order, targets.along_m, targets.leg_m)

    def reach(
        self,
        access: Access,
        targets: Access | Field,
        roads: NDArray[np.bool_] | None = None,
        *,
        workers: int | None = None,
    ) -> Reach:
        """The nearest target from each access point.

        Parameters
        ----------
        access : of parcels, by `access`.
        targets, roads : see `field`; or what that gave.
        """
        graph, travel = self.graph, self.travel
        field = targets if isinstance(targets, Field) else self.field(targets, roads)
        leg_cost = field.leg_m * travel.per_metre
        best, which = np.full(len(access), np.inf), np.full(len(access), -1, dtype=np.int64)

        edge, along = _still(access.edge), _still(access.along_m)
        lines = [_still(one) for one in (graph.edges, graph.length_m, travel.forward, travel.backward)]
        ends = [_still(one) for one in (field.whole, field.away, field.nearest, field.on_edge, field.order)]
        given: list[Any] = [*lines, *ends, _still(field.along_m), _still(leg_cost)]

        def work(first: int, last: int) -> None:
            at = slice(first, last)
            fill: Any = _at_access
            fill(edge[at], along[at], *given, best[at], which[at])

        in_chunks(work, len(access), workers, _CHUNK)
        which[which >= len(leg_cost)] = -1
        target_leg, own = np.zeros(len(access)), np.zeros(len(access))
        point = which >= 0
        target_leg[point], own[point] = field.leg_m[which[point]], leg_cost[which[point]]
        total = access.leg_m * travel.per_metre + best
        return Reach(access.leg_m, np.maximum(best - own, 0.0), target_leg, which, total)

    def _sources(self, targets: Access, whole: NDArray[np.bool_]) -> tuple[Ints, Floats, Ints]:
        """Nodes the search starts from, what it costs to get from there to the target, and the target's number."""
        graph, travel = self.graph, self.travel
        given = np.flatnonzero(targets.edge >= 0)
        edge = targets.edge[given]
        part = targets.along_m[given] / graph.length_m[edge]
        leg = targets.leg_m[given] * travel.per_metre
        ends = graph.edges[edge]
        node = np.concatenate([ends[:, 0], ends[:, 1], graph.edges[whole].ravel()])
        cost = np.concatenate(
            [
                leg + _share(travel.forward[edge], part),
                leg + _share(travel.backward[edge], 1.0 - part),
                np.zeros(2 * int(whole.sum())),
            ]
        )
        label = np.concatenate([given, given, np.full(2 * int(whole.sum()), len(targets))])
        open_ones = np.isfinite(cost)
        return node[open_ones], cost[open_ones], label[open_ones]


def reach_interval(
    total: Floats,
    edge_m: Floats,
    roads_edge_m: Floats,
    *,
    straight_m: Floats | None = None,
    least_per_metre: float = 1.0,
) -> Interval:
    """What of a reach is certain: no way along roads is shorter than the straight line.

    A target nobody knows lies beyond the coverage of the targets, so a way to it is at least as long as the line to
    that edge. A road nobody knows lies beyond the coverage of the roads: a way over it is at least as long as the line
    to that edge, and as the line to the nearest target. `high` is a way that is there, from the access points that were
    found: an islet of roads that the edge of the coverage cuts off counts as an islet.

    Parameters
    ----------
    total : cost of the whole way with both legs, inf where none is known, shape (n,).
    edge_m, roads_edge_m : metres from the border of the parcel to the edge of the coverage of the targets, and of the
        roads; 0 outside it or where nothing is declared; capped by how far around features were read.
    straight_m : metres in a straight line to the nearest known target, inf without one; 0 where None.
    least_per_metre : see `Travel.least_per_metre`.

    Returns
    -------
    low == high where the reach is certain; in the unit of `total`.
    """
    straight = np.zeros(len(total)) if straight_m is None else straight_m
    targets, roads = edge_m * least_per_metre, roads_edge_m * least_per_metre
    elsewhere = np.maximum(roads, straight * least_per_metre)
    known = np.where(total <= roads, total, np.minimum(total, elsewhere))
    low = np.where(total <= targets, known, np.minimum(known, targets))
    return Interval(np.where(np.isnan(low), 0.0, low), np.where(np.isnan(total), np.inf, total))


def _still(array: NDArray[Any]) -> NDArray[Any]:
    """A read-only view, as of a file: a kernel is compiled once for both."""
    out = np.ascontiguousarray(array).view(np.ndarray).view()
    out.flags.writeable = False
    return out


def _arcs(graph: RoadGraph, travel: Travel) -> tuple[Ints, Ints, Floats]:
    """Open arcs turned around: offsets by node, heads and costs."""
    start, end = graph.edges.T
    ahead, back = np.isfinite(travel.forward), np.isfinite(travel.backward)
    tail = np.concatenate([end[ahead], start[back]])
    order = np.argsort(tail, kind="stable")
    return (
        offsets_of(np.bincount(tail, minlength=len(graph.nodes))),
        np.concatenate([start[ahead], end[back]])[order],
        np.concatenate([travel.forward[ahead], travel.backward[back]])[order],
    )


def _share(cost: Floats, part: Floats) -> Floats:
    """Cost of a part of an edge; nothing of a closed edge costs nothing."""
    return np.where(part > 0.0, cost * np.maximum(part, 1e-300), 0.0)


def _closest_by_shapely(
    places: FlatPolygons | Floats, tree: Segments, index: Any = None, *, workers: int | None = None
) -> tuple[Floats, Ints, Floats]:
    """`segments.closest` by shapely; where a road enters the parcel the place may be another one."""
    shapes = places.to_shapely() if isinstance(places, FlatPolygons) else shapely.points(places)
    shapes = shapes if index is None else shapes[np.asarray(index)]
    lines = shapely.linestrings(tree.ends.reshape(-1, 2, 2))
    metres, found, part = np.full(len(shapes), np.inf), np.full(len(shapes), -1, dtype=np.int64), np.zeros(len(shapes))
    if len(lines):
        row, line = shapely.STRtree(lines).query_nearest(shapes, all_matches=False)
        metres[row], found[row] = shapely.distance(shapes[row], lines[line]), tree.origin[line]
        nearest = shapely.get_point(shapely.shortest_line(lines[line], shapes[row]), 0)
        part[row] = shapely.line_locate_point(lines[line], nearest, normalized=True)
    return metres, found, part


def _away(starts: Ints, heads: Ints, costs: Floats, node: Ints, cost: Floats, label: Ints) -> tuple[Floats, Ints]:
    """Cost from each node to its nearest source and the label of that source (-1 where none can be reached).

    Dijkstra's search by scipy, which was measured to be faster than a compiled heap of our own; one more node leads to
    all sources.
    """
    count = len(starts) - 1
    order = np.lexsort((label, cost, node))
    order = order[np.unique(node[order], return_index=True)[1]]
    arcs = csr_array(
        (
            np.concatenate([costs, cost[order]]),
            np.concatenate([heads, node[order]]),
            np.append(starts, starts[-1] + len(order)),
        ),
        shape=(count + 1, count + 1),
    )
    away, before = dijkstra(arcs, indices=np.array([count]), return_predecessors=True)
    away, before = away[0], before[0]
    # Follow the way back to the source, doubling the step each time.
    up = np.arange(count)
    inner = (before[:count] >= 0) & (before[:count] < count)
    up[inner] = before[:count][inner]
    while True:
        further = up[up]
        if (further == up).all():
            break
        up = further
    first = np.full(count, -1, dtype=np.int64)
    first[node[order]] = label[order]
    return away[:count], np.where(np.isfinite(away[:count]), first[up], -1)


@njit(error_model="numpy")
def _at_access(
    edge: Any,
    along: Any,
    edges: Any,
    length: Any,
    forward: Any,
    backward: Any,
    whole: Any,
    away: Any,
    nearest: Any,
    on_edge: Any,
    order: Any,
    target_along: Any,
    leg: Any,
    best: Any,
    which: Any,
) -> None:
    """Fill the cost from each access point to its nearest target, and that target's number."""
    for k in range(len(edge)):
        e = edge[k]
        if e < 0:
            continue
        if whole[e]:
            best[k] = 0.0
            continue
        part = along[k] / length[e]
        ahead = away[edges[e, 1]] + (forward[e] * (1.0 - part) if part < 1.0 else 0.0)
        back = away[edges[e, 0]] + (backward[e] * part if part > 0.0 else 0.0)
        if ahead < back or (ahead == back and nearest[edges[e, 1]] < nearest[edges[e, 0]]):
            cost, found = ahead, nearest[edges[e, 1]]
        else:
            cost, found = back, nearest[edges[e, 0]]
        for i in range(on_edge[e], on_edge[e + 1]):
            t = order[i]
            gap = (target_along[t] - along[k]) / length[e]
            here = leg[t]
            if gap > 0.0:
                here += forward[e] * gap
            elif gap < 0.0:
                here -= backward[e] * gap
            if here < cost or (here == cost and t < found):
                cost, found = here, t
        if cost < np.inf:
            best[k], which[k] = cost, found
