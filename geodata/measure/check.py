"""Check stored measurements against PostGIS's own answers: a second opinion by another engine.

`check_batch` is what `standplaats measure --check N` runs; `oracle_sql` is also the reference of the tests and the
benchmark. It answers only where a layer is covered: unknown has no second opinion.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from geodata.errors import StandplaatsError
from geodata.measure.measure import DISTANCES, OWN_M
from geodata.measure.read import Connection
from geodata.measure.rows import metres_of

#: Larger differences than these are a defect: shares (0..1) and metres.
SHARE_TOLERANCE, METRE_TOLERANCE = 1e-6, 0.01

_SHARES = """
SELECT p.id, c.class, ST_Area(ST_Union(ST_Intersection(p.geom, c.geom))) / ST_Area(p.geom)
FROM parcel p JOIN constraint_area c ON c.geom && p.geom AND ST_Intersects(p.geom, c.geom)
JOIN dataset d ON d.id = c.dataset_id AND d.current AND NOT d.generalised
WHERE p.id = ANY(%(ids)s) AND c.theme = %(layer)s AND ST_Dimension(c.geom) = 2
GROUP BY p.id, p.geom, c.class"""

_BUILT = """
SELECT p.id, ST_Area(ST_Union(ST_Intersection(p.geom, c.geom))) / ST_Area(p.geom)
FROM parcel p JOIN building c ON ST_Intersects(p.geom, c.geom)
JOIN dataset d ON d.id = c.dataset_id AND d.current
WHERE p.id = ANY(%(ids)s) GROUP BY p.id, p.geom"""

_NEAREST = """
SELECT p.id, n.distance FROM parcel p CROSS JOIN LATERAL (
    SELECT p.geom <-> s.geom AS distance FROM service_point s
    JOIN dataset d ON d.id = s.dataset_id AND d.current
    WHERE s.service = %(service)s AND (s.service <> 'school' OR coalesce(s.level, 'primary') = 'primary')
    ORDER BY p.geom <-> s.geom LIMIT 1) n
WHERE p.id = ANY(%(ids)s)"""

_NEIGHBOUR = """
SELECT p.id, n.distance FROM parcel p CROSS JOIN LATERAL (
    SELECT p.geom <-> a.geom AS distance FROM address a JOIN dataset d ON d.id = a.dataset_id AND d.current
    WHERE NOT ST_DWithin(p.geom, a.geom, %(own)s) ORDER BY p.geom <-> a.geom LIMIT 1) n
WHERE p.id = ANY(%(ids)s)"""

#: Overlap layers and services the check covers, with the SQL that gives the second opinion.
OVERLAPS = ("plan_rules", "land_use", "flood", "nature", "seveso", "soil", "plan_hp")
SERVICES = ("school", "gp", "pharmacy", "shop", "stop")
oracle_sql = {"shares": _SHARES, "built": _BUILT, "nearest": _NEAREST, "neighbour": _NEIGHBOUR}


def check_batch(connection: Connection, batch: int, sample: int, seed: int = 1) -> tuple[int, float]:
    """Compare a sample of a batch with PostGIS.

    Parameters
    ----------
    connection : on the selected database.
    batch : batch of measurements.
    sample : how many parcels to draw.
    seed : seed of the draw.

    Returns
    -------
    Number of parcels compared and the largest difference found (shares 0..1, distances metres).

    Raises
    ------
    StandplaatsError
        When a measurement differs by more than drawing accuracy.
    """
    rows = connection.execute(
        """SELECT m.parcel_id, m.built_share, m.shares, b.common -> 'distances', m.distance_low_mm, m.distance_high_mm,
                  (b.common -> 'unknown') || m.unknown
           FROM measurement m JOIN batch b ON b.id = m.batch_id WHERE m.batch_id = %s
           ORDER BY md5(m.parcel_id::text || %s) LIMIT %s""",
        [batch, str(seed), sample],
    ).fetchall()
    ids = [row[0] for row in rows]
    stored = {row[0]: _Stored(row[1], row[2], metres_of(*row[3:6]), row[6]) for row in rows}
    worst = max(
        _worst_built(connection, ids, stored),
        *(_worst_share(connection, layer, ids, stored) for layer in OVERLAPS),
    )
    metres = max(_worst_distance(connection, name, ids, stored) for name in (*SERVICES, "address"))
    connection.rollback()
    if worst > SHARE_TOLERANCE or metres > METRE_TOLERANCE:
        raise StandplaatsError(
            f"Measurements differ from PostGIS: shares by up to {worst:.3g}, distances by up to {metres:.3g} m.",
            "Nothing was changed. Please report this with the dataset names.",
        )
    return len(ids), max(worst, metres)


@dataclass(frozen=True)
class _Stored:
    """What is stored of one parcel."""

    built_share: float | None
    shares: dict[str, dict[str, float]]
    distances: dict[str, tuple[float, float | None]]
    reasons: dict[str, str | None]

    def knows(self, layer: str) -> bool:
        """Is there no reason why the layer is unknown here?"""
        return self.reasons.get(layer) is None


def _worst_built(connection: Connection, ids: list[int], stored: dict[int, _Stored]) -> float:
    theirs = dict(connection.execute(_BUILT, {"ids": ids}).fetchall())
    mine = {one: stored[one].built_share for one in ids}
    return max((abs(own - theirs.get(one, 0.0)) for one, own in mine.items() if own is not None), default=0.0)


def _worst_share(connection: Connection, layer: str, ids: list[int], stored: dict[int, _Stored]) -> float:
    worst = 0.0
    known = [one for one in ids if stored[one].knows(layer)]
    theirs: dict[int, dict[str, float]] = {one: {} for one in known}
    for parcel, name, share in connection.execute(_SHARES, {"ids": known, "layer": layer}):
        theirs[parcel][name] = share
    for one in known:
        mine = stored[one].shares.get(layer, {})
        for name in {*mine, *theirs[one]}:
            worst = max(worst, abs(mine.get(name, 0.0) - theirs[one].get(name, 0.0)))
    return worst


def _worst_distance(connection: Connection, name: str, ids: list[int], stored: dict[int, _Stored]) -> float:
    layer = DISTANCES[name][0]
    known = [one for one in ids if stored[one].knows(layer)]
    worst = 0.0
    query = _NEIGHBOUR if name in OWN_M else _NEAREST
    for parcel, distance in connection.execute(query, {"ids": known, "service": name, "own": OWN_M.get(name)}):
        high = stored[parcel].distances[name][1]
        worst = max(worst, abs((math.inf if high is None else high) - distance))
    return worst
