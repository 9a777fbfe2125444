"""Measure a municipality: our measurement against set-based SQL for the same figures."""

from __future__ import annotations

from collections.abc import Callable

from geodata.database.engine import connect
from geodata.measure.store import measure_municipality
from geodata.settings import Settings

NIS = "99001"

#: One table per kind of figure, as one would write it by hand. Slope is left out: PostGIS raster is not installed.
_SQL = """
CREATE TEMP TABLE mine AS SELECT p.id, p.geom FROM parcel p JOIN dataset d ON d.id = p.dataset_id AND d.current
WHERE p.nis = %(nis)s;
CREATE INDEX ON mine USING gist (geom);
ANALYZE mine;
CREATE TEMP TABLE shape AS SELECT id, ST_Area(geom) AS area,
    4 * pi() * ST_Area(geom) / ST_Perimeter(geom) ^ 2 AS compactness FROM mine;
CREATE TEMP TABLE plan AS SELECT p.id, z.zoning_class,
    sum(ST_Area(ST_Intersection(p.geom, z.geom))) / ST_Area(p.geom) AS share
FROM mine p JOIN zone z ON ST_Intersects(p.geom, z.geom) JOIN dataset d ON d.id = z.dataset_id AND d.current
GROUP BY p.id, p.geom, z.zoning_class;
CREATE TEMP TABLE areas AS SELECT p.id, c.theme, c.class,
    sum(ST_Area(ST_Intersection(p.geom, c.geom))) / ST_Area(p.geom) AS share
FROM mine p JOIN constraint_area c ON ST_Intersects(p.geom, c.geom)
JOIN dataset d ON d.id = c.dataset_id AND d.current WHERE ST_Dimension(c.geom) = 2
GROUP BY p.id, p.geom, c.theme, c.class;
CREATE TEMP TABLE built AS SELECT p.id, sum(ST_Area(ST_Intersection(p.geom, b.geom))) / ST_Area(p.geom) AS share
FROM mine p JOIN building b ON ST_Intersects(p.geom, b.geom) JOIN dataset d ON d.id = b.dataset_id AND d.current
GROUP BY p.id, p.geom;
CREATE TEMP TABLE near_service AS SELECT p.id, k.service, n.distance
FROM mine p CROSS JOIN (VALUES ('school'), ('gp'), ('pharmacy'), ('shop'), ('stop')) k (service)
CROSS JOIN LATERAL (SELECT p.geom <-> s.geom AS distance FROM service_point s WHERE s.service = k.service
                    ORDER BY p.geom <-> s.geom LIMIT 1) n;
CREATE TEMP TABLE near_road AS SELECT p.id, n.distance FROM mine p
CROSS JOIN LATERAL (SELECT p.geom <-> r.geom AS distance FROM road r ORDER BY p.geom <-> r.geom LIMIT 1) n;
CREATE TEMP TABLE near_address AS SELECT p.id, n.distance FROM mine p
CROSS JOIN LATERAL (SELECT p.geom <-> a.geom AS distance FROM address a
                    WHERE NOT ST_DWithin(p.geom, a.geom, 1) ORDER BY p.geom <-> a.geom LIMIT 1) n;
CREATE TEMP TABLE near_nuisance AS SELECT p.id, k.class, n.distance
FROM mine p CROSS JOIN (VALUES ('sewage_plant'), ('waste_site'), ('railway'), ('motorway'), ('high_voltage')) k (class)
LEFT JOIN LATERAL (SELECT p.geom <-> c.geom AS distance FROM constraint_area c
    WHERE c.theme = 'nuisance' AND c.class = k.class ORDER BY p.geom <-> c.geom LIMIT 1) n ON true;
"""


def candidates(settings: Settings) -> dict[str, Callable[[], int]]:
    """Ways to measure one municipality, ours first; ours also reads, writes and says what is unknown."""

    def ours() -> int:
        with connect(settings) as connection:
            connection.execute("UPDATE batch SET digest = digest || '-' WHERE nis = %s", [NIS])
            return measure_municipality(connection, NIS).parcels

    def with_sql() -> int:
        with connect(settings) as connection:
            connection.execute("ANALYZE")
            for statement in _SQL.split(";"):
                if statement.strip():
                    connection.execute(statement.encode(), {"nis": NIS} if "%(nis)s" in statement else None)
            row = connection.execute("SELECT count(*) FROM mine").fetchone()
            connection.rollback()
            return int(row[0]) if row else 0

    return {"standplaats measure": ours, "set-based SQL in PostGIS": with_sql}
