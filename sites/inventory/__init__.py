"""Inventory: existing, planned and closed public sites, each with source, date, grade and precision.

Private family plots are not in it: they are shown only as municipal totals.
"""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.rows import dict_row


def list_sites(connection: psycopg.Connection[Any], municipalities: list[str] | None = None) -> list[dict[str, Any]]:
    """Sites of the current inventory, by municipality and name.

    Parameters
    ----------
    connection : on the selected database.
    municipalities : NIS codes; None = all.

    Returns
    -------
    One dict per site: id, name, site_type, status, municipality, address, pitches, pitch_unit, manager, opened,
    closed, source_url, source_date, grade, precision, centre ([lon, lat], degrees, WGS 84).
    """
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(
            """SELECT s.site_id AS id, s.name, s.site_type, s.status, s.nis AS municipality, s.address, s.pitches,
                      s.pitch_unit, s.manager, s.opened, s.closed, s.source_url, s.source_date, s.grade,
                      s.precision, ST_X(p.point) AS lon, ST_Y(p.point) AS lat
               FROM site s JOIN dataset d ON d.id = s.dataset_id AND d.current
               CROSS JOIN LATERAL (SELECT ST_Transform(s.geom_3857, 4326) AS point) p
               WHERE %(nis)s::text[] IS NULL OR s.nis = ANY(%(nis)s)
               ORDER BY s.nis, s.name, s.site_id""",
            {"nis": municipalities},
        ).fetchall()
    return [
        {**{key: row[key] for key in row if key not in ("lon", "lat")}, "centre": [row["lon"], row["lat"]]}
        for row in rows
    ]
