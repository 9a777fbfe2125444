"""Public sites as rows of the table `inventory_site`, which the published views are made of.

Contract: the same sites as `all_sites`, one flat row each. The demo database gets fictional sites only: demo and real data
never share a database. Sites of private families are none of these, and none is written.
"""

from __future__ import annotations

import math
from typing import Any

import psycopg

from geodata.ingest.crs import to_tiles
from sites.inventory.current import all_sites
from sites.inventory.model import Site
from sites.inventory.text import NOT_NAMED

Connection = psycopg.Connection[Any]

_COLUMNS = (
    "site_id", "name", "site_type", "status", "status_date", "nis", "municipality", "region", "manager", "place",
    "pitches_low", "pitches_high", "pitch_unit", "precision", "source_url", "grade", "origin",
)  # fmt: skip


def write_sites(connection: Connection, *, demo: bool) -> int:
    """Bring `inventory_site` up to date; returns the number of sites, and writes nothing where nothing changed.

    Parameters
    ----------
    connection : as the owner of the tables; the caller commits.
    demo : the selected database holds the fictional territory.
    """
    rows = [_row(site) for site in all_sites(connection) if not demo or site.origin == "demo"]
    rows = [row for row in rows if row["site_type"] != "family"]
    kept = connection.execute(f"SELECT {', '.join(_COLUMNS)}, ST_X(geom), ST_Y(geom) FROM inventory_site".encode())
    wanted = {tuple(row.values())[:-2] for row in rows}
    if set(kept.fetchall()) != wanted:
        connection.execute("LOCK TABLE inventory_site IN SHARE ROW EXCLUSIVE MODE")
        connection.execute("DELETE FROM inventory_site")
        names = ", ".join(_COLUMNS)
        places = ", ".join(f"%({name})s" for name in _COLUMNS)
        with connection.cursor() as cursor:
            cursor.executemany(
                f"""INSERT INTO inventory_site ({names}, geom, geom_3857) VALUES ({places},
                    ST_SetSRID(ST_Point(%(x)s, %(y)s), 31370), ST_SetSRID(ST_Point(%(east)s, %(north)s), 3857))""".encode(),
                rows,
            )
    return len(rows)


def _row(site: Site) -> dict[str, Any]:
    status = site.status_in()
    manager = (site.manager or site.designated_by)[-1:]
    amount, place = site.capacity, site.place[-1:]
    values: dict[str, Any] = {
        "site_id": site.id,
        "name": site.name,
        "site_type": site.site_type[-1].value,
        "status": status.value if status else "unknown",
        "status_date": status.date if status else None,
        "nis": site.nis,
        "municipality": site.municipality,
        "region": site.region,
        "manager": next((one.value for one in manager if one.value != NOT_NAMED), None),
        "place": place[0].value if place else None,
        "pitches_low": _whole(amount.low if amount else None, math.floor),
        "pitches_high": _whole(amount.high if amount else None, math.ceil),
        "pitch_unit": amount.unit if amount else None,
        "precision": site.precision,
        "source_url": status.source if status else None,
        "grade": status.grade if status else "U",
        "origin": site.origin,
    }
    point = site.position
    values |= {"x": point.x if point else None, "y": point.y if point else None, "east": None, "north": None}
    if point is not None:
        values["east"], values["north"] = to_tiles().transform(point.x, point.y)
    return values


def _whole(value: float | None, towards: Any) -> int | None:
    """Whole pitches; an interval never gets narrower by it."""
    return None if value is None else int(towards(value))
