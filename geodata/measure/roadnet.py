"""The roads of a layer as a network for walkers and one for vehicles, made once per version of the roads.

Contract: what is made here, and the cost from every crossing to its nearest target, is kept beside the prepared arrays
of the roads, keyed by what decides it, and mapped into memory; without a folder it stays in memory. Registers of
neighbours end at their border: a loose end takes the nearest crossing within `JOIN_M` for its own, wherever else the two
may be joined.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar

import numpy as np
from scipy.spatial import cKDTree

from geodata.measure.flat import Floats, Ints, flat_lines
from geodata.measure.inputs import Layer
from geodata.measure.kernels.network import Access, Field, Network
from geodata.measure.kernels.roads import ROAD_CLASSES, RoadGraph, Travel, by_road, on_foot, shortest
from geodata.measure.kernels.segments import Segments
from geodata.measure.shapes import Arrays, Prepared

Content = TypeVar("Content")

#: Raised whenever the same roads would give another network.
RECIPE = 3
#: A loose end so near to a crossing is joined to it, metres. Our choice: two registers draw one place about so far apart.
JOIN_M = 2.0

_GRAPH = tuple(one.name for one in fields(RoadGraph))
_TREE = ("ends", "origin", "boxes", "levels")
_FIELD = tuple(one.name for one in fields(Field))


@dataclass(frozen=True, eq=False)
class Way:
    """One way of travelling.

    Attributes
    ----------
    metres : the network at its shortest.
    minutes : the network at its quickest; None where minutes are metres by one speed.
    islets : roads open to this travel that belong to no network of a length that counts.
    """

    metres: Network
    minutes: Network | None
    islets: Segments


@dataclass(frozen=True, eq=False)
class RoadNet:
    """Roads made ready.

    Attributes
    ----------
    foot, road : for walkers and for vehicles.
    closed_to_walkers : roads on which vehicles join the network, and walkers do not.
    width_m : carriageway of each edge as its source states it, metres, NaN = not stated, shape (e,).
    node_class, node_width_m : of the roads for vehicles that meet at each node, the highest class (the first in
        `ROAD_CLASSES`), and the widest that is stated of this class, shape (k,).
    """

    graph: RoadGraph
    foot: Way
    road: Way
    closed_to_walkers: Segments
    width_m: Floats
    node_class: Ints
    node_width_m: Floats

    def road_at(self, access: Access, index: Ints) -> tuple[Ints, Floats]:
        """Class (position in `ROAD_CLASSES`) and width of the road at access points; where roads meet, see `node_class`."""
        edge, along = access.edge[index], access.along_m[index]
        kinds, widths = self.graph.road_class[edge].copy(), np.array(self.width_m[edge])
        for end, there in enumerate((along <= 0.0, along >= self.graph.length_m[edge])):
            node = self.graph.edges[edge[there], end]
            kinds[there], widths[there] = self.node_class[node], self.node_width_m[node]
        return kinds, widths

    def edges_of(self, names: tuple[str, ...]) -> Any:
        """Which edges are roads of these classes, shape (e,)."""
        return np.isin(self.graph.road_class, [ROAD_CLASSES.index(name) for name in names])


@dataclass(frozen=True, eq=False)
class Goals:
    """One class of targets on a network.

    Attributes
    ----------
    field : cost from everywhere to the nearest one.
    places : the targets themselves, for the straight line to them.
    """

    field: Field
    places: Segments


def road_net(roads: Layer) -> RoadNet:
    """The networks of a layer of roads.

    Raises
    ------
    InputError : a class of road that is not known.
    """
    prepared = roads.prepared
    if prepared is None:
        return _opened(_made(*_lines_of(roads)))
    shapes, classes = prepared.shapes, np.array(prepared.classes, dtype=str)

    def make() -> Arrays:
        names = classes[shapes.path_class] if len(classes) else np.empty(0, dtype=str)
        return _made(np.asarray(shapes.paths), np.asarray(shapes.path_ends), names, np.asarray(shapes.path_value))

    return kept(roads, f"network {RECIPE}", _ALL, make, _opened)


def goals(roads: Layer, network: Network, told: str | None, make: Callable[[], tuple[Access, Any, Segments]]) -> Goals:
    """Targets of one class on a network.

    Parameters
    ----------
    told : all that decides the targets and the network, beside the roads; None = they are not kept.
    make : where the targets join the network, the edges that are targets as a whole, and the targets themselves.
    """

    def made() -> Arrays:
        access, whole, places = make()
        field = network.field(access, whole)
        return {**{name: getattr(field, name) for name in _FIELD}, **_tree_arrays("places", places)}

    def read(arrays: Arrays) -> Goals:
        return Goals(Field(**{name: arrays[name] for name in _FIELD}), _tree(arrays, "places"))

    if told is None:
        return read(made())
    names = [*_FIELD, *(f"places-{part}" for part in _TREE)]
    return kept(roads, f"goals {RECIPE} {told}", names, made, read)


def kept(
    layer: Layer, what: str, names: list[str], make: Callable[[], Arrays], read: Callable[[Arrays], Content]
) -> Content:
    """What was made of a layer before, else made now and kept with it; only made where the layer is not prepared."""
    prepared: Prepared | None = layer.prepared
    if prepared is None:
        return read(make())
    found: Content = prepared.kept(what, names, make, read)
    return found


def _lines_of(roads: Layer) -> tuple[Floats, Ints, Any, Floats]:
    """Coordinates, offsets, classes and widths of the lines of a layer that is not prepared."""
    xy, offsets, feature = flat_lines(roads.geometry)
    widths = np.full(len(feature), np.nan) if roads.values is None else np.round(roads.values, 3)[feature]
    return xy, offsets, roads.classes.astype(str)[feature], widths


def _made(xy: Floats, offsets: Ints, names: Any, widths: Floats) -> Arrays:
    """All arrays of the networks.

    Parameters
    ----------
    widths : of each line, metres, NaN = not stated.
    """
    graph = RoadGraph.of(xy, offsets, names)
    joins = _joins(graph)
    if len(joins):
        xy = np.concatenate([xy, graph.nodes[joins.ravel()]])
        offsets = np.concatenate([offsets, offsets[-1] + 2 * np.arange(1, len(joins) + 1)])
        graph = RoadGraph.of(xy, offsets, np.concatenate([names, np.full(len(joins), "unknown")]))
        widths = np.concatenate([widths, np.full(len(joins), np.nan)])
    arrays: Arrays = {name: getattr(graph, name) for name in _GRAPH}
    for way, travel in (("foot", on_foot(graph)), ("road", by_road(graph))):
        network = Network.of(graph, travel)
        open_ones = np.isfinite(travel.forward) | np.isfinite(travel.backward)
        islets = Segments.of(graph.pieces[(open_ones & ~network.usable)[graph.piece_edge]])
        arrays |= {f"{way}-{name}": getattr(network, name) for name in _NETWORK}
        arrays |= _tree_arrays(f"{way}-tree", network.tree) | _tree_arrays(f"{way}-islets", islets)
        if way == "road":
            arrays[_METRES] = network.costing(shortest(graph, travel)).costs
    only = arrays["road-usable"] & ~arrays["foot-usable"]
    arrays |= _widths(graph, widths[graph.line], arrays["road-usable"])
    return arrays | _tree_arrays(_CLOSED, Segments.of(graph.pieces[only[graph.piece_edge]]))


def _widths(graph: RoadGraph, width_m: Floats, usable: Any) -> Arrays:
    """Width of each edge, and what `RoadNet` says of each node: that of all its usable edges which comes first."""
    node = graph.edges[usable].ravel()
    kind, wide = (np.repeat(one[usable], 2) for one in (graph.road_class, width_m))
    order = np.lexsort((np.where(np.isnan(wide), np.inf, -wide), kind, node))
    first = order[np.unique(node[order], return_index=True)[1]]
    node_class = np.full(len(graph.nodes), ROAD_CLASSES.index("unknown"))
    node_width = np.full(len(graph.nodes), np.nan)
    node_class[node[first]], node_width[node[first]] = kind[first], wide[first]
    return dict(zip(_WIDTHS, (width_m, node_class, node_width), strict=True))


_CLOSED, _METRES = "closed-to-walkers", "road-metres"
_WIDTHS = ("width_m", "node_class", "node_width_m")
_NETWORK = ("usable", "piece", "starts", "heads", "costs")


def _names(way: str) -> list[str]:
    """Names of the arrays of one way of travelling."""
    trees = [f"{way}-{tree}-{part}" for tree in ("tree", "islets") for part in _TREE]
    return [*(f"{way}-{name}" for name in _NETWORK), *trees]


_ALL = [*_GRAPH, _METRES, *_WIDTHS, *_names("foot"), *_names("road"), *(f"{_CLOSED}-{part}" for part in _TREE)]


def _opened(arrays: Arrays) -> RoadNet:
    """The networks from their arrays."""
    graph = RoadGraph(**{name: arrays[name] for name in _GRAPH})

    def network(way: str, travel: Travel) -> Network:
        usable, *rest = (arrays[f"{way}-{name}"] for name in _NETWORK)
        return Network(graph, travel, usable, _tree(arrays, f"{way}-tree"), *rest)

    foot, drive = network("foot", on_foot(graph)), network("road", by_road(graph))
    metres = replace(drive, travel=shortest(graph, drive.travel), costs=arrays[_METRES])
    return RoadNet(
        graph,
        Way(foot, None, _tree(arrays, "foot-islets")),
        Way(metres, drive, _tree(arrays, "road-islets")),
        _tree(arrays, _CLOSED),
        *(arrays[name] for name in _WIDTHS),
    )


def _tree_arrays(name: str, tree: Segments) -> Arrays:
    return {f"{name}-{part}": getattr(tree, part) for part in _TREE}


def _tree(arrays: Arrays, name: str) -> Segments:
    ends, origin, boxes, levels = (arrays[f"{name}-{part}"] for part in _TREE)
    return Segments(ends, origin, boxes, levels)


def _joins(graph: RoadGraph) -> Ints:
    """Pairs of nodes: a loose end, and the nearest other crossing that is near enough, shape (j, 2).

    Only what lies around the end decides, not whether the two are joined elsewhere: a road that comes to light far away
    must not undo a join.
    """
    if not len(graph):
        return np.empty((0, 2), dtype=np.int64)
    loose = np.flatnonzero(np.bincount(graph.edges.ravel(), minlength=len(graph.nodes)) == 1)
    other = np.zeros(len(graph.nodes), dtype=np.int64)
    other[graph.edges[:, 0]], other[graph.edges[:, 1]] = graph.edges[:, 1], graph.edges[:, 0]
    # Itself, perhaps the far end of its own edge, and the one that is looked for.
    asked = cKDTree(graph.nodes).query(graph.nodes[loose], k=3, distance_upper_bound=JOIN_M)
    away, found = np.asarray(asked[0]), np.asarray(asked[1])
    fits = np.isfinite(away) & (found != loose[:, None]) & (found != other[loose][:, None])
    first = fits.argmax(axis=1)
    some = fits.any(axis=1)
    pairs = np.stack([loose[some], found[some, first[some]]], axis=1)
    return np.unique(np.sort(pairs, axis=1), axis=0).astype(np.int64)
