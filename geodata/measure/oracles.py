"""The same measurements as set-based SQL: what PostGIS says of parcels, as one would write it by hand."""

from __future__ import annotations

SHAPES = """
SELECT p.id, ST_Area(p.geom), ST_Perimeter(p.geom), ST_NPoints(p.geom) - ST_NRings(p.geom), ST_NumGeometries(p.geom),
       2 * (ST_MaximumInscribedCircle(p.geom)).radius,
       2 * greatest(ST_XMax(p.geom) - ST_XMin(p.geom), ST_YMax(p.geom) - ST_YMin(p.geom)) / 1000
FROM parcel p WHERE p.id = ANY(%(ids)s)"""

SHARES = """
SELECT p.id, c.class, ST_Area(ST_Union(ST_Intersection(p.geom, c.geom))) / ST_Area(p.geom)
FROM parcel p JOIN constraint_area c ON c.geom && p.geom AND ST_Intersects(p.geom, c.geom)
JOIN dataset d ON d.id = c.dataset_id AND d.current AND NOT d.generalised
WHERE p.id = ANY(%(ids)s) AND c.theme = %(layer)s AND ST_Dimension(c.geom) = 2
GROUP BY p.id, p.geom, c.class"""

BUILT = """
SELECT p.id, ST_Area(ST_Union(ST_Intersection(p.geom, c.geom))) / ST_Area(p.geom)
FROM parcel p JOIN building c ON ST_Intersects(p.geom, c.geom)
JOIN dataset d ON d.id = c.dataset_id AND d.current
WHERE p.id = ANY(%(ids)s) GROUP BY p.id, p.geom"""

NEAREST = """
SELECT p.id, n.distance FROM parcel p CROSS JOIN LATERAL (
    SELECT p.geom <-> s.geom AS distance FROM service_point s
    JOIN dataset d ON d.id = s.dataset_id AND d.current
    WHERE s.service = %(service)s AND (s.service <> 'school' OR coalesce(s.level, 'primary') = 'primary')
    ORDER BY p.geom <-> s.geom LIMIT 1) n
WHERE p.id = ANY(%(ids)s)"""

NEIGHBOUR = """
SELECT p.id, n.distance FROM parcel p CROSS JOIN LATERAL (
    SELECT p.geom <-> a.geom AS distance FROM address a JOIN dataset d ON d.id = a.dataset_id AND d.current
    WHERE NOT ST_DWithin(p.geom, a.geom, %(own)s) ORDER BY p.geom <-> a.geom LIMIT 1) n
WHERE p.id = ANY(%(ids)s)"""

_COUNT = """
SELECT p.id, {what} FROM parcel p JOIN {table} s ON ST_DWithin(p.geom, s.geom, %(radius)s)
JOIN dataset d ON d.id = s.dataset_id AND d.current
WHERE p.id = ANY(%(ids)s) AND {where} AND (%(own)s < 0 OR NOT ST_DWithin(p.geom, s.geom, greatest(%(own)s, 0)))
GROUP BY p.id"""

#: Numbers of `geodata.measure.around.COUNTS`, by name.
COUNTED = {
    "addresses_100m": _COUNT.format(what="count(*)", table="address", where="true"),
    "addresses_250m": _COUNT.format(what="count(*)", table="address", where="true"),
    "shops_1000m": _COUNT.format(what="count(*)", table="service_point", where="s.service = 'shop'"),
    "departures_500m": _COUNT.format(
        what="sum((s.attributes ->> 'departures_weekday')::float8)",
        table="service_point",
        where="s.service = 'stop' AND s.attributes ->> 'departures_weekday' ~ '^[0-9]+([.][0-9]+)?$'",
    ),
}

FRONTAGES = """
SELECT p.id, coalesce(ST_Length(ST_Intersection(ST_Boundary(p.geom), b.near)), 0)
FROM parcel p CROSS JOIN LATERAL (
    SELECT ST_Union(ST_Buffer(r.geom, %(reach)s, 'quad_segs=64')) AS near FROM road r
    JOIN dataset d ON d.id = r.dataset_id AND d.current
    WHERE r.road_class = ANY(%(classes)s) AND ST_DWithin(r.geom, p.geom, %(reach)s)) b
WHERE p.id = ANY(%(ids)s)"""

#: Overlap layers and services the check covers, with the SQL that gives the second opinion.
OVERLAPS = ("plan_rules", "land_use", "flood", "nature", "seveso", "soil", "plan_hp")
SERVICES = ("school", "gp", "pharmacy", "shop", "stop")
oracle_sql = {"shares": SHARES, "built": BUILT, "nearest": NEAREST, "neighbour": NEIGHBOUR}
