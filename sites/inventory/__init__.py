"""Inventory: existing, planned, closed and dropped public sites, each fact with its page, date and grade.

Private family plots are not in it: of them only municipal totals are shown. `sites()` is the packaged inventory;
`all_sites(connection)` adds what a database holds (yearly lists, returns of municipalities, ingested site lists).
"""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.rows import dict_row

from geodata.sources.sharing import shared
from sites.inventory.current import Wanted, all_sites, find_site, municipality_notes
from sites.inventory.export import export
from sites.inventory.features import collection, fact_view, feature, series
from sites.inventory.imports import Preview, read_list
from sites.inventory.loader import all_facts, inventory, load, sites
from sites.inventory.model import Inventory, Site
from sites.inventory.returns import read_return, write_return

__all__ = [
    "Inventory",
    "Preview",
    "Site",
    "Wanted",
    "all_facts",
    "all_sites",
    "collection",
    "export",
    "fact_view",
    "feature",
    "find_site",
    "inventory",
    "list_sites",
    "load",
    "municipality_notes",
    "read_list",
    "read_return",
    "series",
    "sites",
    "write_return",
]


def list_sites(connection: psycopg.Connection[Any], municipalities: list[str] | None = None) -> list[dict[str, Any]]:
    """Located sites of the ingested layer `site`, for map files and tiles, by municipality and name.

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
            f"""SELECT s.site_id AS id, s.name, s.site_type, s.status, s.nis AS municipality, s.address, s.pitches,
                      s.pitch_unit, s.manager, s.opened, s.closed, s.source_url, s.source_date, s.grade,
                      s.precision, ST_X(p.point) AS lon, ST_Y(p.point) AS lat
               FROM site s JOIN dataset d ON d.id = s.dataset_id AND d.current AND {shared("d")}
               CROSS JOIN LATERAL (SELECT ST_Transform(s.geom_3857, 4326) AS point) p
               WHERE %(nis)s::text[] IS NULL OR s.nis = ANY(%(nis)s)
               ORDER BY s.nis, s.name, s.site_id""".encode(),
            {"nis": municipalities},
        ).fetchall()
    return [
        {**{key: row[key] for key in row if key not in ("lon", "lat")}, "centre": [row["lon"], row["lat"]]}
        for row in rows
    ]
