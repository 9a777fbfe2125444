"""The way from a municipality to the nearest open transit site, along motorways, main and secondary roads.

Contract: an interval in metres. Certain only where the loaded roads cover all land that a shorter way could use; elsewhere
the straight line is the lower end, and where no way is found the upper end is None. A site without a point is not reached:
it is named beside the answer, because it may be nearer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import psycopg
import shapely
from shapely.geometry.base import BaseGeometry

from geodata.measure.copied import read_paths
from geodata.measure.kernels.network import Network, reach_interval
from geodata.measure.kernels.roads import RoadGraph, Travel
from sites.inventory.model import Site

Connection = psycopg.Connection[Any]
#: Classes of the graph: what one drives with a caravan between two towns.
CLASSES = ("motorway", "main", "secondary")

_ROADS = """SELECT array_position(%(classes)s::text[], r.road_class)::bigint - 1 AS class,
    (ST_Dump(r.geom)).geom AS geom
    FROM road r JOIN dataset d ON d.id = r.dataset_id AND d.current WHERE r.road_class = ANY(%(classes)s)"""
_COVERED = """SELECT ST_AsBinary(ST_Union(d.coverage)) FROM dataset d
    WHERE d.current AND d.coverage IS NOT NULL AND d.id IN (SELECT DISTINCT dataset_id FROM road)"""
_MIDDLE = """SELECT ST_X(c), ST_Y(c) FROM (SELECT ST_PointOnSurface(m.geom) AS c FROM municipality m
    JOIN dataset d ON d.id = m.dataset_id AND d.current WHERE m.nis = %s AND m.valid_to IS NULL LIMIT 1) q"""


@dataclass(frozen=True)
class Way:
    """How far the nearest open transit site is.

    Attributes
    ----------
    low_m, high_m : metres from the middle of the municipality; high None = no way is known, low None = nothing is.
    site : id of the site the known way leads to, or of the nearest in a straight line where there is no way.
    straight_m : straight line to the nearest located site.
    reason : why it is not certain: no_site, no_place (the municipality is not loaded), no_roads, not_covered; None = certain.
    unlocated : ids of open transit sites without a point.
    """

    low_m: float | None
    high_m: float | None
    site: str | None
    straight_m: float | None
    reason: Literal["no_site", "no_place", "no_roads", "not_covered"] | None
    unlocated: tuple[str, ...]


def ways_to_transit_site(connection: Connection, codes: Sequence[str], found: Iterable[Site]) -> dict[str, Way]:
    """The nearest open transit site of each municipality.

    Parameters
    ----------
    found : sites of the inventory; open transit sites, as last known, are taken from them.
    """
    sites = list(found)
    roads = _roads(connection) if codes else None
    return {nis: _way(connection, nis, sites, roads) for nis in codes}


def way_to_transit_site(connection: Connection, nis: str, found: Iterable[Site]) -> Way:
    """The nearest open transit site of one municipality."""
    return ways_to_transit_site(connection, [nis], found)[nis]


def _way(connection: Connection, nis: str, found: Sequence[Site], roads: _Roads | None) -> Way:
    wanted = [one for one in found if one.site_type[-1].value == "transit" and one.status[-1].value == "open"]
    placed = [one for one in wanted if one.position is not None]
    unlocated = tuple(sorted(one.id for one in wanted if one.position is None))
    row = connection.execute(_MIDDLE, [nis]).fetchone()
    if row is None:
        return Way(None, None, None, None, "no_place", unlocated)
    if not placed:
        return Way(None, None, None, None, "no_site", unlocated)
    start = np.array([row], dtype=np.float64)
    ends = np.array([[one.position.x, one.position.y] for one in placed if one.position is not None])
    straight = np.hypot(*(ends - start).T)
    nearest, shortest = placed[int(straight.argmin())].id, float(straight.min())
    if roads is None:
        return Way(shortest, None, nearest, shortest, "no_roads", unlocated)
    network = roads.network
    reach = network.reach(network.access(start), network.access(ends))
    edge = np.array([roads.to_edge(start[0])])
    everywhere = np.array([np.inf])
    interval = reach_interval(reach.total, everywhere, edge, straight_m=np.array([shortest]))
    low, high = max(float(interval.low[0]), shortest), float(interval.high[0])
    certain = low == high
    return Way(
        low,
        high if np.isfinite(high) else None,
        placed[int(reach.target[0])].id if reach.target[0] >= 0 else nearest,
        shortest,
        None if certain else "not_covered",
        unlocated,
    )


@dataclass(frozen=True)
class _Roads:
    """The network of these roads, and what they cover (None = nothing was declared)."""

    network: Network
    covered: BaseGeometry | None

    def to_edge(self, at: np.ndarray) -> float:
        """Metres to the edge of what is covered, 0 outside it."""
        point = shapely.Point(*at)
        if self.covered is None or not self.covered.contains(point):
            return 0.0
        return float(self.covered.boundary.distance(point))


def _roads(connection: Connection) -> _Roads | None:
    numbers, xy, offsets = read_paths(connection, psycopg.sql.SQL(_ROADS), {"classes": list(CLASSES)})
    if not len(numbers):
        return None
    graph = RoadGraph.of(xy, offsets, np.array(CLASSES)[numbers[:, 0]])
    row = connection.execute(_COVERED).fetchone()
    covered = None if row is None or row[0] is None else shapely.from_wkb(bytes(row[0]))
    return _Roads(Network.of(graph, _driving(graph)), covered)


def _driving(graph: RoadGraph) -> Travel:
    """Metres by vehicle, one-way roads kept to; the legs off these roads as the crow flies."""
    ahead = np.where(graph.direction < 0, np.inf, graph.length_m)
    back = np.where(graph.direction > 0, np.inf, graph.length_m)
    return Travel("metres", ahead, back, 1.0, 1.0)
