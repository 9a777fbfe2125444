"""Official sheets of the plans that lie on a parcel, as the plans themselves name them."""

from __future__ import annotations

from typing import Any

import psycopg

from geodata.sources.sharing import shared
from sites.candidates.runs import Run

#: A plan that covers less than this touches the parcel by its drawing alone, m².
_LEAST_M2 = 1.0


def plan_sheets(connection: psycopg.Connection[Any], run: Run, parcel_id: int) -> list[dict[str, Any]]:
    """Plans on a parcel among the datasets of a run: `title`, `plan` (its id or None), `kind`, `url` on the web of its owner.

    Largest part first; of a source that may not be passed on, and of a plan without an address, none.
    """
    ids = [one for layer, some in run.datasets.items() if layer.partition(":")[0] == "zoning" for one in some]
    rows = connection.execute(
        f"""SELECT coalesce(z.name, z.label, z.label_raw, z.plan_id, z.feature_id), z.plan_id, z.plan_kind, z.link,
                sum(ST_Area(ST_Intersection(z.geom, p.geom))) AS area
            FROM parcel p JOIN zone z ON ST_Intersects(z.geom, p.geom)
            JOIN dataset d ON d.id = z.dataset_id AND {shared("d")}
            WHERE p.id = %s AND z.dataset_id = ANY(%s) AND z.link ~* '^https?://'
            GROUP BY 1, 2, 3, 4 HAVING sum(ST_Area(ST_Intersection(z.geom, p.geom))) >= %s ORDER BY area DESC, 4""".encode(),
        [parcel_id, ids, _LEAST_M2],
    ).fetchall()
    return [{"title": row[0], "plan": row[1], "kind": row[2], "url": row[3]} for row in rows]
