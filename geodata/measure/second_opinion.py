"""A second opinion on what PostGIS cannot say of parcels: ways along the roads and slopes, by other means than the kernels.

A way is searched from the parcel to the targets, node by node in plain Python, on the network of the roads around; what
joins it is found by shapely. Where two roads are equally near to a parcel that was joined to neither by what is stored,
there is no opinion. A slope is that of the cells by exactextract. Read only; EPSG:31370.
"""

from __future__ import annotations

import heapq
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geodata.measure.copied import Connection
from geodata.measure.inputs import HeightGrid, Layer
from geodata.measure.kernels.roads import DRIVING_KMH, ROAD_CLASSES, WALKING_KMH
from geodata.measure.kernels.terrain import cell_slopes
from geodata.measure.reach import HORIZON_M
from geodata.measure.roadnet import RoadNet, Way, road_net
from geodata.measure.specs import SCHOOL_LISTS

#: What is walked to, in the names of `geodata.measure.reach.TARGETS`.
_WALKED = ("school", *(f"school_{one}" for one in SCHOOL_LISTS), "care", "shop", "stop")
#: Places so near to each other are one, metres.
_SAME_M = 1e-6
#: Roads are read so much farther than ways are told, metres: what ends at the edge of what is read looks like an islet.
_BEYOND_M = 2_000.0
#: A cell of which a parcel holds less may or may not count for the steepest, share.
_DOUBTFUL = 1e-4

Box = tuple[float, float, float, float]

_PARCELS = "SELECT id, ST_AsBinary(geom) FROM parcel WHERE id = ANY(%(ids)s) ORDER BY id"
_ROADS = """
SELECT ST_AsBinary((ST_Dump(ST_CollectionExtract(r.geom, 2))).geom), r.road_class, r.width_m FROM road r
JOIN dataset d ON d.id = r.dataset_id AND d.current AND NOT d.generalised
WHERE r.geom && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 31370)"""
_TARGETS = """
SELECT CASE WHEN s.service IN ('gp', 'pharmacy') THEN 'care' ELSE s.service END, s.language, ST_X(s.geom), ST_Y(s.geom)
FROM service_point s JOIN dataset d ON d.id = s.dataset_id AND d.current AND NOT d.generalised
WHERE s.geom && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 31370)
  AND (s.service IN ('gp', 'pharmacy', 'shop') OR s.service = 'school' AND coalesce(s.level, 'not_stated') IN ('primary', 'not_stated')
       OR s.service = 'stop' AND s.attributes ->> 'departures_weekday' ~ '^[0-9]+([.][0-9]+)?$'
          AND (s.attributes ->> 'departures_weekday')::float8 > 0)"""
_HEIGHTS = """
SELECT origin_x, origin_y, cell_m, width, height, heights FROM dem_tile t
JOIN dataset d ON d.id = t.dataset_id AND d.current
WHERE origin_x < %(east)s AND origin_x + width * cell_m > %(west)s
  AND origin_y > %(south)s AND origin_y - height * cell_m < %(north)s ORDER BY cell_m, t.dataset_id"""


@dataclass(frozen=True)
class Ways:
    """What was found by parcel.

    Attributes
    ----------
    metres : target -> parcel -> metres of the way to the nearest one, inf where none is within `HORIZON_M`.
    drive_min : parcel -> minutes to a main road.
    access_m : parcel -> metres by which the stored access point is off the nearest place of a road for vehicles.
    at_access : parcel -> class and width of each road for vehicles that passes through the stored access point.
    """

    metres: dict[str, dict[int, float]] = field(default_factory=dict)
    drive_min: dict[int, float] = field(default_factory=dict)
    access_m: dict[int, float] = field(default_factory=dict)
    at_access: dict[int, set[tuple[str, float | None]]] = field(default_factory=dict)


def ways(connection: Connection, access: dict[int, tuple[float, float]]) -> Ways:
    """Ways from parcels to the targets of `geodata.measure.reach`, against the current datasets.

    Parameters
    ----------
    access : parcel -> where it joins the roads; parcels that join nowhere are left out.
    """
    out = Ways({name: {} for name in (*_WALKED, "main_road")})
    rows = connection.execute(_PARCELS, {"ids": list(access)}, binary=True).fetchall()
    if not rows:
        return out
    shapes = {one: shapely.from_wkb(bytes(wkb)) for one, wkb in rows}
    values = _named(_wider(shapely.total_bounds(list(shapes.values())), HORIZON_M + _BEYOND_M))
    lines = connection.execute(_ROADS, values, binary=True).fetchall()
    # Datasets of neighbours both hold what lies between them.
    widest: dict[tuple[bytes, str], float | None] = {}
    for wkb, name, width in lines:
        known = widest.get((bytes(wkb), name))
        widest[bytes(wkb), name] = known if width is None else max(width, known or 0.0)
    lines = [(*road, width) for road, width in widest.items()]
    geometry = shapely.from_wkb(np.array([wkb for wkb, _, _ in lines], dtype=object))
    names = np.array([name for _, name, _ in lines], dtype=object)
    passing = shapely.STRtree(geometry)
    net = road_net(Layer("roads", geometry, names))
    targets = dict.fromkeys(connection.execute(_TARGETS, values).fetchall())
    foot, drive = _Roads.of(net, net.foot), _Roads.of(net, net.road)
    for name, language, x, y in targets:
        foot.add(str(name), float(x), float(y))
        if language is not None:
            foot.add(f"{name}_{language}", float(x), float(y))
    foot_only = shapely.STRtree(_lines(net.graph.pieces[(foot.usable & ~drive.usable)[net.graph.piece_edge]]))
    main = net.edges_of(("main", "motorway"))
    for one, shape in shapes.items():
        point = shapely.Point(access[one])
        leg, nearest, _ = drive.nearest(shape)
        out.access_m[one] = max(abs(float(shapely.distance(shape, point)) - leg), float(drive.nearest(point)[0]))
        through = passing.query(point, predicate="dwithin", distance=_SAME_M).tolist()
        out.at_access[one] = {(lines[at][1], lines[at][2]) for at in through if lines[at][1] in DRIVING_KMH}
        _, _, edge = drive.nearest(point)
        metres, minutes = drive.to_roads(edge, point, main)
        out.metres["main_road"][one] = leg + metres
        out.drive_min[one] = leg * 0.06 / WALKING_KMH + minutes
        leg, nearest, edge = foot.nearest(shape)
        crossed = len(foot_only.query(shape, predicate="dwithin", distance=leg + _SAME_M)) > 0
        if not crossed and float(shapely.distance(shape, point)) - leg <= _SAME_M and foot.nearest(point)[0] <= _SAME_M:
            nearest, edge = point, foot.nearest(point)[2]
        elif leg <= _SAME_M:
            continue
        for name, found in foot.to_targets(edge, nearest).items():
            out.metres[name][one] = leg + found
    return out


@dataclass(frozen=True, eq=False)
class _Roads:
    """Roads that are open to one way of travelling, and where the targets join them.

    Attributes
    ----------
    next : node -> (other node, metres, minutes by vehicle) of each edge.
    at_node : node -> target -> metres to it.
    on_edge : edge -> (target, metres along the edge, metres off the road).
    """

    net: RoadNet
    usable: NDArray[np.bool_]
    minutes: NDArray[np.float64]
    pieces: NDArray[np.int64]
    lines: Any
    tree: shapely.STRtree
    next: list[list[tuple[int, float, float]]]
    at_node: dict[int, dict[str, float]] = field(default_factory=dict)
    on_edge: dict[int, list[tuple[str, float, float]]] = field(default_factory=dict)

    @classmethod
    def of(cls, net: RoadNet, way: Way) -> _Roads:
        """The roads of a network, without its islets; none is known to be of one way."""
        graph = net.graph
        kmh = np.array([DRIVING_KMH.get(name, np.nan) for name in ROAD_CLASSES])[graph.road_class]
        minutes = graph.length_m * 0.06 / kmh
        pieces = np.flatnonzero(way.metres.usable[graph.piece_edge])
        lines = _lines(graph.pieces[pieces])
        joined: list[list[tuple[int, float, float]]] = [[] for _ in range(len(graph.nodes))]
        for edge in np.flatnonzero(way.metres.usable).tolist():
            u, v = graph.edges[edge].tolist()
            joined[u].append((v, float(graph.length_m[edge]), float(minutes[edge])))
            joined[v].append((u, float(graph.length_m[edge]), float(minutes[edge])))
        return cls(net, way.metres.usable, minutes, pieces, lines, shapely.STRtree(lines), joined)

    def nearest(self, shape: Any) -> tuple[float, Any, int]:
        """Metres to the nearest road, the place on it, and its edge; inf and no edge without one."""
        found = self.tree.query_nearest(shape, all_matches=False)
        if not len(found):
            return np.inf, None, -1
        line = self.lines[found[0]]
        place = shapely.get_point(shapely.shortest_line(line, shape), 0)
        return float(shapely.distance(line, shape)), place, int(self.net.graph.piece_edge[self.pieces[found[0]]])

    def along(self, edge: int, place: Any) -> float:
        """Metres from the start of an edge to a place on it."""
        first, last = np.searchsorted(self.net.graph.piece_edge, [edge, edge + 1])
        lines = _lines(self.net.graph.pieces[first:last])
        piece = int(np.argmin(shapely.distance(lines, place)))
        return float(self.net.graph.piece_start[first + piece] + shapely.line_locate_point(lines[piece], place))

    def add(self, name: str, x: float, y: float) -> None:
        """Join a target to the nearest road."""
        leg, place, edge = self.nearest(shapely.Point(x, y))
        if edge < 0:
            return
        at, length = self.along(edge, place), float(self.net.graph.length_m[edge])
        self.on_edge.setdefault(edge, []).append((name, at, leg))
        for node, metres in zip(self.net.graph.edges[edge].tolist(), (at + leg, length - at + leg), strict=True):
            known = self.at_node.setdefault(node, {})
            known[name] = min(metres, known.get(name, np.inf))

    def to_targets(self, edge: int, place: Any) -> dict[str, float]:
        """Metres along the roads and off them to the nearest of each kind of target, inf beyond `HORIZON_M`."""
        at = self.along(edge, place)
        best = dict.fromkeys(_WALKED, np.inf)
        for name, there, leg in self.on_edge.get(edge, ()):
            best[name] = min(best[name], abs(there - at) + leg)
        for metres, node in self._by(edge, at, 1):
            if metres > min(HORIZON_M, max(best.values())):
                break
            for name, further in self.at_node.get(node, {}).items():
                best[name] = min(best[name], metres + further)
        return best

    def to_roads(self, edge: int, place: Any, wanted: NDArray[np.bool_]) -> tuple[float, float]:
        """Fewest metres and fewest minutes to a road that is wanted as a whole."""
        if wanted[edge]:
            return 0.0, 0.0
        ends = set(self.net.graph.edges[wanted].ravel().tolist())
        at = self.along(edge, place)
        metres, minutes = (
            next((cost for cost, node in self._by(edge, at, unit) if node in ends), np.inf) for unit in (1, 2)
        )
        return metres, minutes

    def _by(self, edge: int, at: float, unit: int) -> Iterator[tuple[float, int]]:
        """(cost, node) in the order of cost: metres (unit 1) or minutes (2), from a place on an edge."""
        length = float(self.net.graph.length_m[edge])
        each = 1.0 if unit == 1 else float(self.minutes[edge]) / length
        u, v = self.net.graph.edges[edge].tolist()
        heap: list[tuple[float, int]] = [(at * each, u), ((length - at) * each, v)]
        done: set[int] = set()
        heapq.heapify(heap)
        while heap:
            cost, node = heapq.heappop(heap)
            if node in done:
                continue
            done.add(node)
            yield cost, node
            for step in self.next[node]:
                if step[0] not in done:
                    heapq.heappush(heap, (cost + step[unit], step[0]))


def slopes(connection: Connection, ids: Sequence[int]) -> dict[int, tuple[float, float, float]]:
    """Parcel -> mean slope, and the steepest cell it surely holds and that it may hold, degrees; NaN without heights."""
    # Slow to load, and needed here only.
    import geopandas
    from exactextract import exact_extract
    from exactextract.raster import NumPyRasterSource
    from pyproj import CRS

    out: dict[int, tuple[float, float, float]] = {}
    crs = CRS.from_epsg(31370).to_wkt()
    for one, wkb in connection.execute(_PARCELS, {"ids": list(ids)}, binary=True).fetchall():
        shape = shapely.from_wkb(bytes(wkb))
        grid = _heights(connection, shape.bounds)
        if grid is None:
            continue
        west, north, cell = grid.west, grid.north, grid.cell_m
        high, wide = grid.heights.shape
        raster = NumPyRasterSource(
            cell_slopes(grid), west, north - high * cell, west + wide * cell, north, nodata=np.nan, srs_wkt=crs
        )
        frame = geopandas.GeoDataFrame(geometry=[shape], crs=crs)
        asked = ["values(default_value=NaN)", "coverage(default_value=NaN)"]
        found = exact_extract(raster, frame, asked, output="pandas")
        values, held = (np.asarray(found.iloc[0, at], dtype=np.float64) for at in (0, 1))
        there = ~np.isnan(values) & (held > 0)
        if there.any():
            values, held = values[there], held[there]
            out[one] = (
                float((values * held).sum() / held.sum()),
                float(values[held > _DOUBTFUL].max(initial=-1.0)),
                float(values.max()),
            )
    return out


def _heights(connection: Connection, bounds: Sequence[float]) -> HeightGrid | None:
    """Heights around a parcel, of the finest grid there; None without any."""
    rows = connection.execute(_HEIGHTS, _named(_wider(bounds, 100.0)), binary=True).fetchall()
    rows = [row for row in rows if row[2] == rows[0][2]]
    if not rows:
        return None
    cell = float(rows[0][2])
    west, north = min(row[0] for row in rows), max(row[1] for row in rows)
    east = max(row[0] + row[3] * cell for row in rows)
    south = min(row[1] - row[4] * cell for row in rows)
    heights = np.full((round((north - south) / cell), round((east - west) / cell)), np.nan, dtype=np.float32)
    for x, y, _, wide, high, packed in rows:
        block = np.frombuffer(zlib.decompress(packed), dtype=np.float32).reshape(high, wide)
        top, left = round((north - y) / cell), round((x - west) / cell)
        part = heights[top : top + high, left : left + wide]
        part[~np.isnan(block)] = block[~np.isnan(block)]
    return HeightGrid(heights, west, north, cell)


def _lines(ends: NDArray[np.float64]) -> Any:
    """Straight pieces as shapely has them."""
    return shapely.linestrings(ends.reshape(-1, 2, 2))


def _wider(bounds: Sequence[float], by: float) -> Box:
    west, south, east, north = (float(one) for one in bounds)
    return west - by, south - by, east + by, north + by


def _named(box: Box) -> dict[str, float]:
    return dict(zip(("west", "south", "east", "north"), box, strict=True))
