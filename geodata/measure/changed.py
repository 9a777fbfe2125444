"""Which parcels of a municipality have to be measured anew after a change, and the others carried over as they are.

Contract: only where every dataset that came is the next version of one that went, with the list of what changed and the
same declared coverage; in all other cases the answer is that everything has to be measured. A parcel is affected when a
change touches it, in its old or its new shape, or lies no farther from it than what was the nearest before: whatever is
farther cannot be nearer now. Equal to measuring everything anew (tested).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from psycopg import sql

from geodata.measure.measure import DISTANCES
from geodata.measure.read import Connection
from geodata.measure.rows import COLUMNS, NONE_FOUND, Common
from geodata.measure.specs import Region, layer_specs

#: A municipality of which a larger share is affected is measured as a whole.
MOST = 0.5
#: Distances are kept to the millimetre; what lies this much farther may still be the nearest, metres.
_ROUNDING_M = 0.01


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
    layers = {spec.id for spec in layer_specs(region) if kind in spec.kinds}
    places = [common.distances.index(name) + 1 for name, (layer, _) in DISTANCES.items() if layer in layers]
    farthest: sql.Composable = sql.SQL("0")
    if places:
        ends = sql.SQL(", ").join(sql.SQL("m.distance_high_mm[{}]").format(sql.Literal(at)) for at in places)
        farthest = sql.SQL("greatest({})").format(ends)
    query = sql.SQL(
        """SELECT DISTINCT p.capakey FROM measurement m JOIN parcel p ON p.id = m.parcel_id
           JOIN LATERAL (SELECT {farthest} AS far) f ON true
           WHERE m.batch_id = %(batch)s AND EXISTS (
               SELECT FROM dataset_change c WHERE c.dataset_id = %(changes)s AND (f.far = %(none)s
                   OR ST_DWithin(c.place, p.geom, f.far / 1000.0 + %(rounding)s)))"""
    ).format(farthest=farthest)
    values = {"batch": batch, "changes": changes, "none": NONE_FOUND, "rounding": _ROUNDING_M}
    return {row[0] for row in connection.execute(query, values).fetchall()}


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
