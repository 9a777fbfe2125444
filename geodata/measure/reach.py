"""`reach`: how far the nearest school, care, shop, stop and main road are along the roads, and what of it is certain.

Contract: pure, as `measure`; a layer that is not given is unknown. A parcel joins the roads at its access point, the
nearest place of a road from which a network of some length can be reached (`LEAST_M`), and what is measured is the way
from there with the legs off the road at both ends, metres and minutes. It is certain only where it is shorter than what
could come in over the edge of what the roads and the targets cover; else it is an interval. Ways of more than
`HORIZON_M` are told as "farther than that, or none". A parcel without such a road within `ACCESS_M` has no way:
`no_data`, and of the interval only the lower end.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geodata.measure.inputs import Layer, Layers, Parcels
from geodata.measure.jit import HAVE_NUMBA
from geodata.measure.kernels.nearest import by_shapely
from geodata.measure.kernels.network import Access, Network, Reach, reach_interval
from geodata.measure.kernels.roads import LEAST_M, ROAD_CLASSES, WALKING_KMH
from geodata.measure.kernels.segments import Segments, distances
from geodata.measure.roadnet import Goals, RoadNet, Way, goals, road_net
from geodata.measure.specs import SCHOOL_LISTS, UNSTATED
from geodata.measure.table import FloatArray, Interval, ObjectArray, ReachTable
from geodata.missing import is_none

#: A parcel farther than this from every road has no access, metres. Our choice: land behind other land has no road, and
#: the way over it is nobody's to promise.
ACCESS_M = 500.0
#: Ways longer than this are not told, metres; features farther away are not read (`geodata.measure.measure.HORIZON_M`).
HORIZON_M = 15_000.0
#: Minutes of a metre on foot.
_WALKING = 0.06 / WALKING_KMH


@dataclass(frozen=True)
class Target:
    """What is to be reached.

    Attributes
    ----------
    layer, classes : layer and the classes that count; empty = all.
    maybe : classes that may or may not be what is asked for.
    by_road : by vehicle, else on foot.
    departures : only places with departures on a weekday count; one of which they are not stated may or may not.
    """

    layer: str
    classes: tuple[str, ...] = ()
    by_road: bool = False
    departures: bool = False
    maybe: tuple[str, ...] = ()


#: Classes are those of `geodata.measure.measure.DISTANCES` (a test compares).
TARGETS: dict[str, Target] = {
    "school": Target("schools", ("primary", "not_stated")),
    **{
        f"school_{one}": Target(
            f"schools_{one}", ("primary", "not_stated"), maybe=(f"primary{UNSTATED}", f"not_stated{UNSTATED}")
        )
        for one in SCHOOL_LISTS
    },
    "care": Target("health", ("gp", "pharmacy")),
    "shop": Target("shops"),
    "stop": Target("stops", departures=True),
    "main_road": Target("roads", ("main", "motorway"), by_road=True),
}


def reach(parcels: Parcels, layers: Layers, *, workers: int | None = None) -> ReachTable:
    """Ways from parcels to each of `TARGETS`.

    Parameters
    ----------
    parcels : n valid polygons, EPSG:31370.
    layers : what lies around them, up to `HORIZON_M` at least.
    workers : threads; the number of processors where None.

    Returns
    -------
    `ReachTable` of length n, in the order of `parcels`.
    """
    roads = layers["roads"]
    # Schools of a language are a layer of their own, which not every region has.
    asked = {name: one for name, one in TARGETS.items() if not one.maybe or one.layer in layers.items}
    if roads.missing:
        nothing = {name: _unknown(len(parcels)) for name in asked}
        reasons = {name: np.full(len(parcels), "not_loaded", dtype=object) for name in asked}
        return _table(nothing, dict(nothing), reasons, None, len(parcels))
    net = road_net(roads)
    on_foot, by_road = _joined(parcels, net, workers)
    metres: dict[str, Interval] = {}
    minutes: dict[str, Interval] = {}
    said = roads.reasons(roads.covered(parcels))
    reasons = {}
    for name, target in asked.items():
        layer, joined = layers[target.layer], by_road if target.by_road else on_foot
        reasons[name] = _reasons(parcels, said, None if layer is roads else layer, joined.access)
        if layer.missing:
            metres[name] = minutes[name] = _unknown(len(parcels))
        else:
            metres[name], minutes[name] = _ways(joined, _Search(net, roads, layer, target))
    return _table(metres, minutes, reasons, _AtAccess.of(by_road, net, roads, said), len(parcels))


def _table(
    metres: dict[str, Interval],
    minutes: dict[str, Interval],
    reasons: dict[str, ObjectArray],
    at: _AtAccess | None,
    count: int,
) -> ReachTable:
    """The answer; the access point is that of vehicles, which every parcel needs."""
    if at is None:
        xy, leg = np.full((count, 2), np.nan), np.full(count, np.inf)
        none = np.full(count, None, dtype=object)
        nowhere = np.full(count, "not_loaded", dtype=object)
        return ReachTable(metres, minutes, reasons, xy, leg, none, np.full(count, np.nan), nowhere)
    far = at.access.leg_m > ACCESS_M
    xy, leg = np.where(far[:, None], np.nan, at.access.xy), np.where(far, np.inf, at.access.leg_m)
    return ReachTable(metres, minutes, reasons, xy, leg, at.road_class, at.width_m, at.reasons)


@dataclass(frozen=True, eq=False)
class _Joined:
    """Parcels on the network of one way of travelling.

    Attributes
    ----------
    islet_m : metres to the nearest road that belongs to no network; NaN = not asked yet.
    """

    parcels: Parcels
    way: Way
    access: Access
    islet_m: FloatArray
    workers: int | None

    def nearest(self, network: Network, found: Goals) -> Reach:
        """The way to the nearest target, of infinite cost where none is known."""
        return network.reach(self.access, found.field, workers=self.workers)

    def bounds(self, network: Network, found: Goals, roads_m: FloatArray, targets_m: FloatArray) -> Interval:
        """What of a way is certain: that, and that parcel and target would not join the roads elsewhere.

        Parameters
        ----------
        roads_m, targets_m : metres to the edge of what is covered by either, at most `HORIZON_M`.
        """
        least, way = network.travel.least_per_metre, self.nearest(network, found)
        total, straight = way.total, np.zeros(len(way.total))
        # Roads that decide where the target joins lie so much farther than the target.
        roads_m = np.maximum(roads_m - way.target_leg_m, 0.0)
        # An islet may belong to a network that is not known: then its roads lead to the edge, and are shorter in all
        # than what would count as a network. It matters only to ways as long as it is far.
        asked = np.flatnonzero(~(total <= (roads_m - LEAST_M) * least))
        around = (total + way.target_leg_m * network.travel.per_metre)[asked]
        islet = asked[self.islets(asked) * least <= np.minimum(around, np.finfo(np.float64).max)]
        roads_m[islet] = np.maximum(roads_m[islet] - LEAST_M, 0.0)
        open_ones = np.flatnonzero(~(total <= roads_m * least))
        straight[open_ones] = _straight(self.parcels, found.places, open_ones, self.workers)
        return reach_interval(total, targets_m, roads_m, straight_m=straight, least_per_metre=least)

    def islets(self, index: NDArray[np.int64]) -> FloatArray:
        """Metres to the nearest islet, inf without one."""
        unasked = index[np.isnan(self.islet_m[index])]
        self.islet_m[unasked] = _straight(self.parcels, self.way.islets, unasked, self.workers)
        return self.islet_m[index]


def _joined(parcels: Parcels, net: RoadNet, workers: int | None) -> tuple[_Joined, _Joined]:
    """Access points of walkers and of vehicles.

    Who joins on foot at a road that is open to vehicles joins there by vehicle, too, unless a road that is closed to
    walkers is as near.
    """
    walkers, drive = net.foot.metres.access(parcels.flat, workers=workers), net.road.metres
    shared = (walkers.edge >= 0) & drive.usable[np.maximum(walkers.edge, 0)] if len(net.graph) else walkers.edge >= 0
    there = np.flatnonzero(shared)
    shared[there] = walkers.leg_m[there] < _straight(parcels, net.closed_to_walkers, there, workers)
    other = np.flatnonzero(~shared)
    apart = drive.access(parcels.flat, other, workers=workers)
    arrays = [getattr(walkers, one.name).copy() for one in fields(Access)]
    for array, one in zip(arrays, fields(Access), strict=True):
        array[other] = getattr(apart, one.name)
    on_foot, by_road = (
        _Joined(parcels, way, access, np.full(len(parcels), np.nan), workers)
        for way, access in ((net.foot, walkers), (net.road, Access(*arrays)))
    )
    return on_foot, by_road


@dataclass(frozen=True, eq=False)
class _AtAccess:
    """The road at the access point of each parcel; it is certain where no road that is not known could be nearer.

    Attributes
    ----------
    road_class, width_m, reasons : see `ReachTable`.
    """

    access: Access
    road_class: ObjectArray
    width_m: FloatArray
    reasons: ObjectArray

    @classmethod
    def of(cls, joined: _Joined, net: RoadNet, roads: Layer, said: ObjectArray) -> _AtAccess:
        """Of parcels that join the roads by vehicle.

        Parameters
        ----------
        said : why the roads are not known on the parcel, else None.
        """
        access = joined.access
        edge_m = roads.coverage.distance_to_edge(joined.parcels, enough_m=HORIZON_M)
        near = np.flatnonzero(access.leg_m <= ACCESS_M)
        # An islet may be a part of a network whose other roads lie beyond the edge.
        islet = near[joined.islets(near) < access.leg_m[near]]
        edge_m = edge_m.copy()
        edge_m[islet] = np.maximum(edge_m[islet] - LEAST_M, 0.0)
        sure = near[access.leg_m[near] <= edge_m[near]]
        kinds, widths = net.road_at(access, sure)
        names = np.array([*(None if name == "unknown" else name for name in ROAD_CLASSES)], dtype=object)
        out = cls(access, np.full(len(access), None, dtype=object), np.full(len(access), np.nan), said.copy())
        out.road_class[sure], out.width_m[sure] = names[kinds], widths
        why = np.where(access.leg_m > ACCESS_M, "no_data", "near_edge").astype(object)
        why[sure] = "no_data"
        unsaid = is_none(out.road_class) & is_none(said)
        out.reasons[unsaid] = why[unsaid]
        return out


@dataclass(frozen=True, eq=False)
class _Search:
    """What is searched, and on which roads."""

    net: RoadNet
    roads: Layer
    layer: Layer
    target: Target

    def goals(self, joined: _Joined, network: Network, *, served: bool = False) -> Goals:
        """Targets on a network, those that may count or only those that do; kept with the roads if both are prepared."""

        def make() -> tuple[Access, Any, Segments]:
            if self.layer is self.roads:
                whole = self.net.edges_of(self.target.classes)
                pieces = self.net.graph.pieces[whole[self.net.graph.piece_edge]]
                return network.access(np.empty((0, 2))), whole, Segments.of(pieces)
            points = _places(self.layer, self.target, served=served)
            dots = Segments.of(np.concatenate([points, points], axis=1))
            return network.access(points, workers=joined.workers), None, dots

        if self.layer.prepared is None:
            return goals(self.roads, network, None, make)
        by = "road" if self.target.by_road else "foot"
        told = (self.layer.id, self.layer.prepared.key, self.target.classes, by, network.travel.unit, served)
        return goals(self.roads, network, str(told), make)

    def bounds(self, joined: _Joined, network: Network) -> Interval:
        """Bounds of the cost of a way."""
        roads_m, targets_m = (
            np.minimum(one.coverage.distance_to_edge(joined.parcels, enough_m=HORIZON_M), HORIZON_M)
            for one in (self.roads, self.layer)
        )
        found = joined.bounds(network, self.goals(joined, network), roads_m, targets_m)
        if not self.target.departures and not self.layer.class_names.intersection(self.target.maybe):
            return found
        # Nearer stops of which the departures are not stated, or schools of which the language is not, lower the low end only.
        return Interval(found.low, joined.nearest(network, self.goals(joined, network, served=True)).total)


def _ways(joined: _Joined, search: _Search) -> tuple[Interval, Interval]:
    """Metres and minutes to the nearest target."""
    metres = search.bounds(joined, joined.way.metres)
    far = (metres.high > HORIZON_M) | (joined.access.leg_m > ACCESS_M)
    metres = Interval(metres.low, np.where(far, np.inf, metres.high))
    if joined.way.minutes is None:
        return metres, Interval(metres.low * _WALKING, metres.high * _WALKING)
    minutes = search.bounds(joined, joined.way.minutes)
    return metres, Interval(minutes.low, np.where(far, np.inf, minutes.high))


def _places(layer: Layer, target: Target, *, served: bool) -> FloatArray:
    """Places that count, or that may count where it is not asked what surely does (`served`), shape (k, 2)."""
    if layer.prepared is not None:
        shapes, names = layer.prepared.shapes, np.array(layer.prepared.classes, dtype=str)
        points = np.asarray(shapes.points)
        classes = names[shapes.point_class] if len(names) else np.empty(0, dtype=str)
        values = np.asarray(shapes.point_value)
    else:
        points, feature = shapely.get_coordinates(layer.geometry, return_index=True)
        classes = layer.classes.astype(str)[feature]
        values = np.empty(0) if layer.values is None else layer.values[feature]
    if not len(values):
        values = np.full(len(points), np.nan)
    wanted = target.classes if served else (*target.classes, *target.maybe)
    chosen = np.isin(classes, wanted) if target.classes else np.ones(len(points), dtype=bool)
    if target.departures:
        chosen &= values > 0 if served else ~(values <= 0)
    found: FloatArray = points[chosen]
    return found


def _reasons(parcels: Parcels, said: ObjectArray, targets: Layer | None, access: Access) -> ObjectArray:
    """Why a way is not known: what is said of the roads, else of the targets, else that there is no road near."""
    out = said.copy()
    if targets is not None:
        of_targets = targets.reasons(targets.covered(parcels))
        if targets.missing:
            return of_targets
        unsaid = is_none(out)
        out[unsaid] = of_targets[unsaid]
    far = np.flatnonzero(access.leg_m > ACCESS_M)
    out[far[is_none(out[far])]] = "no_data"
    return out


def _straight(parcels: Parcels, places: Segments, index: Any, workers: int | None) -> FloatArray:
    """Metres in a straight line, inf where there is nothing."""
    if HAVE_NUMBA or not len(places):
        return distances(parcels.flat, places, index, workers=workers)
    shapes = parcels.geometry if index is None else parcels.geometry[index]
    return by_shapely(shapes, shapely.linestrings(places.ends.reshape(-1, 2, 2)))


def _unknown(count: int) -> Interval:
    """Nothing known."""
    return Interval(np.zeros(count), np.full(count, np.inf))
