"""Which parcels of a municipality have to be measured anew after a change, and the others carried over as they are.

Contract: only where every dataset that came is the next version of one that went, with the list of what changed and the
same declared coverage; in all other cases the answer is that everything has to be measured. A parcel is affected when a
change touches it, in its old or its new shape, or lies no farther from it than what was the nearest before: whatever is
farther cannot be nearer now; the same holds of ways along the roads, which are never shorter than the straight line, and of
numbers within a radius. Equal to measuring everything anew (tested).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from psycopg import sql

from geodata.measure.around import COUNTS
from geodata.measure.kernels.frontage import LINE_REACH
from geodata.measure.kernels.roads import DRIVING_KMH, LEAST_M
from geodata.measure.measure import DISTANCES
from geodata.measure.reach import ACCESS_M, TARGETS
from geodata.measure.read import Connection
from geodata.measure.roadnet import JOIN_M
from geodata.measure.rows import COLUMNS, NONE_FOUND, Common
from geodata.measure.specs import Region, layer_specs

#: A municipality of which a larger share is affected is measured as a whole.
MOST = 0.5
#: Distances are kept to the millimetre; what lies this much farther may still be the nearest, metres.
_ROUNDING_M = 0.01
#: Millimetres of the fastest road in a millisecond.
_MM_PER_MS = max(DRIVING_KMH.values()) / 3.6


@dataclass(frozen=True)
class Affected:
    """What has to be measured anew.

    Attributes
    ----------
    batch : the earlier batch from which the others come.
    common : what holds for its rows.
    capakeys : keys of the affected parcels of now.
    """

    batch: int
    common: Common
    capakeys: list[str]


def affected_parcels(
    connection: Connection, nis: str, region: Region, datasets: dict[str, list[int]], algorithm: int
) -> Affected | None:
    """Parcels to measure anew against the earlier batch; None where all of them are.

    Parameters
    ----------
    datasets : current datasets by kind.
    algorithm : the way of measuring; rows of another are not carried over.
    """
    row = connection.execute(
        "SELECT id, datasets, common FROM batch WHERE nis = %s AND current AND common ->> 'algorithm' = %s",
        [nis, str(algorithm)],
    ).fetchone()
    if row is None:
        return None
    batch, before, told = row
    common = Common.from_dict(told)
    keys: set[str] = set()
    for kind in {*datasets, *(kind for kind in before if kind not in ("layers", "accuracy_m", "dates"))}:
        old, new = set(before.get(kind, [])), set(datasets.get(kind, []))
        if old == new:
            continue
        pairs = _next_versions(connection, sorted(old - new), sorted(new - old))
        if pairs is None or kind == "dem":
            return None
        for changes in pairs:
            keys |= _near(connection, nis, region, kind, changes, batch, common)
    return Affected(batch, common, sorted(keys)) if _few(connection, nis, keys) else None


def _few(connection: Connection, nis: str, keys: set[str]) -> bool:
    row = connection.execute(
        "SELECT count(*) FROM parcel p JOIN dataset d ON d.id = p.dataset_id AND d.current WHERE p.nis = %s", [nis]
    ).fetchone()
    return row is not None and row[0] > 0 and len(keys) <= MOST * row[0]


def _next_versions(connection: Connection, gone: list[int], come: list[int]) -> list[int] | None:
    """Datasets whose lists of changes lead from what went to what came; None where there is no such list.

    A version that was brought back is the way of the newer one walked backwards: the places are the same.
    """
    rows = connection.execute(
        """SELECT n.id, o.id, greatest(n.id, o.id) FROM unnest(%s::bigint[]) came(id)
           JOIN dataset n ON n.id = came.id
           JOIN dataset o ON o.id = ANY(%s) AND o.key = n.key AND o.source = n.source
           JOIN dataset newer ON newer.id = greatest(n.id, o.id)
               AND newer.previous_id = least(n.id, o.id) AND newer.attributes ->> 'changes' = 'listed'
           WHERE n.coverage_nis IS NOT DISTINCT FROM o.coverage_nis AND n.accuracy_m IS NOT DISTINCT FROM o.accuracy_m
             AND n.generalised = o.generalised
             AND md5(ST_AsBinary(n.coverage)) IS NOT DISTINCT FROM md5(ST_AsBinary(o.coverage))""",
        [come, gone],
    ).fetchall()
    if sorted(row[0] for row in rows) != come or sorted(row[1] for row in rows) != gone:
        return None
    return [row[2] for row in rows]


def _near(
    connection: Connection, nis: str, region: Region, kind: str, changes: int, batch: int, common: Common
) -> set[str]:
    """Keys of parcels that the changes of one version can make another."""
    if kind in ("parcels", "ownership"):
        rows = connection.execute("SELECT DISTINCT feature FROM dataset_change WHERE dataset_id = %s", [changes])
        return {row[0] for row in rows.fetchall()}
    row = connection.execute("SELECT source FROM dataset WHERE id = %s", [changes]).fetchone()
    layers = {spec.id for spec in layer_specs(region) if spec.takes(kind, row[0] if row else "")}
    ends, radius = _reaching(layers, common)
    values = {
        "batch": batch,
        "changes": changes,
        "none": NONE_FOUND,
        "nis": nis,
        "radius": radius + _ROUNDING_M,
        "rounding": _ROUNDING_M,
    }
    if not ends:  # no figure of a row decides how far a change is felt
        query: sql.SQL | sql.Composed = sql.SQL(
            """SELECT DISTINCT p.capakey
               FROM (SELECT ST_Subdivide(place, 64) AS place FROM dataset_change WHERE dataset_id = %(changes)s) c
               JOIN parcel p ON p.geom && ST_Expand(c.place, %(radius)s) AND ST_DWithin(c.place, p.geom, %(radius)s)
               JOIN dataset d ON d.id = p.dataset_id AND d.current WHERE p.nis = %(nis)s"""
        )
        return {row[0] for row in connection.execute(query, values).fetchall()}
    ends.append(sql.SQL("{}::float8").format(sql.Literal(1000.0 * radius)))
    farthest = sql.SQL("least(greatest({}), {}::float8)").format(sql.SQL(", ").join(ends), sql.Literal(NONE_FOUND))
    query = sql.SQL(
        """SELECT DISTINCT p.capakey FROM measurement m JOIN parcel p ON p.id = m.parcel_id
           JOIN LATERAL (SELECT {farthest} AS far) f ON true
           WHERE m.batch_id = %(batch)s AND EXISTS (
               SELECT FROM dataset_change c WHERE c.dataset_id = %(changes)s AND (f.far = %(none)s
                   OR ST_DWithin(c.place, p.geom, f.far / 1000.0 + %(rounding)s)))"""
    ).format(farthest=farthest)
    return {row[0] for row in connection.execute(query, values).fetchall()}


def _reaching(layers: set[str], common: Common) -> tuple[list[sql.Composed], float]:
    """How far a change in one of these layers is felt: figures of a row, millimetres, and metres that hold for all."""
    ends = [
        sql.SQL("m.distance_high_mm[{}]").format(sql.Literal(common.distances.index(name) + 1))
        for name, (layer, _) in DISTANCES.items()
        if layer in layers and name in common.distances
    ]
    # No way along the roads is shorter than the straight line, and every road of a way lies no farther than its end. A
    # road may also move the end of the way: where the target, or an islet near it, joins the network.
    roads = "roads" in layers
    ends += [
        sql.SQL("m.reach_high_mm[{}] * {}::float8 + {}::float8").format(
            sql.Literal(common.reach.index(name) + 1),
            sql.Literal(2.0 if roads else 1.0),
            sql.Literal(1000.0 * (LEAST_M + JOIN_M) if roads else 0.0),
        )
        for name, target in TARGETS.items()
        if name in common.reach
        and layers & {target.layer, "roads"}
        and common.unknown.get(f"reach:{name}") != "not_loaded"
    ]
    radii = [0.0, *(one.radius_m for one in COUNTS.values() if one.layer in layers)]
    if roads:
        ends.append(sql.SQL("coalesce(m.drive_high_ms, 2147483647) * {}::float8").format(sql.Literal(2 * _MM_PER_MS)))
        radii += [ACCESS_M + LEAST_M + JOIN_M, LINE_REACH]
    return ends, max(radii)


def carry_over(connection: Connection, nis: str, affected: Affected, batch: int) -> int:
    """Copy the rows of parcels that are not affected into a new batch, on the server; returns their number."""
    columns = sql.SQL(", ").join(sql.Identifier("m", name) for name in COLUMNS[2:])
    names = sql.SQL(", ").join(map(sql.Identifier, COLUMNS))
    cursor = connection.execute(
        sql.SQL(
            """INSERT INTO measurement ({names})
               SELECT %(batch)s, p.id, {columns} FROM measurement m JOIN parcel o ON o.id = m.parcel_id
               JOIN parcel p ON p.capakey = o.capakey AND p.nis = %(nis)s
               JOIN dataset d ON d.id = p.dataset_id AND d.current
               WHERE m.batch_id = %(before)s AND NOT p.capakey = ANY(%(keys)s)"""
        ).format(names=names, columns=columns),
        {"batch": batch, "before": affected.batch, "nis": nis, "keys": affected.capakeys},
    )
    return cursor.rowcount


def as_dict(common: Common, algorithm: int) -> dict[str, Any]:
    """`common` as it is kept with a batch, with the way of measuring."""
    return {**common.as_dict(), "algorithm": str(algorithm)}
