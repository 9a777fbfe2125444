"""Candidates of a run: filtered, in the order of their rank, one page at a time."""

from __future__ import annotations

from datetime import date
from typing import Any

import psycopg
from psycopg.rows import dict_row

from sites.candidates.query import CandidateQuery, conditions_of, make_token, read_token
from sites.candidates.runs import Run

Connection = psycopg.Connection[Any]

_FROM = """FROM run_result r
    JOIN parcel p ON p.id = r.parcel_id
    JOIN measurement m ON m.batch_id = r.batch_id AND m.parcel_id = r.parcel_id
    WHERE r.run_id = %(run)s"""

_ITEM = """SELECT p.capakey, p.nis, p.area_m2, r.usable_m2, r.pitches_low, r.pitches_high, r.verdict, r.so_far,
        r.conditions, r.score_low, r.score_high, r.rank, r.rank_low, r.rank_high, r.unknown, m.owner_class,
        m.distances, m.shares -> 'zoning' AS zoning, b.datasets #>> '{dates,zoning}' AS zoning_date, a.street, a.number,
        ST_X(c.centre) AS lon, ST_Y(c.centre) AS lat,
        ST_XMin(c.box) AS west, ST_YMin(c.box) AS south, ST_XMax(c.box) AS east, ST_YMax(c.box) AS north"""

#: The nearest address names the place; farther than this it would mislead.
_PLACE = """LEFT JOIN LATERAL (
        SELECT a.street, a.number FROM address a JOIN dataset d ON d.id = a.dataset_id AND d.current
        WHERE ST_DWithin(a.geom, p.geom, 250) AND a.street IS NOT NULL ORDER BY a.geom <-> p.geom LIMIT 1) a ON true
    CROSS JOIN LATERAL (
        SELECT ST_Transform(ST_PointOnSurface(p.geom_3857), 4326) AS centre,
               ST_Transform(p.geom_3857, 4326) AS box) c"""

#: Services whose distance a list shows.
LISTED_DISTANCES = ("school", "gp", "pharmacy", "shop", "stop")


def interval(low: Any, high: Any) -> dict[str, Any]:
    """An interval as it appears in every answer."""
    return {"low": low, "high": high}


def find_candidates(connection: Connection, run: Run, query: CandidateQuery) -> dict[str, Any]:
    """One page of candidates with their counts.

    Returns
    -------
    The `candidates` document of the design, with `total_ranked`, `excluded`, `filters` (messages) and, per
    item, where it is and what lies near. Lengths in metres, areas in square metres, places in lon/lat.
    """
    conditions = conditions_of(query)
    after = read_token(run.id, query)
    values = {**conditions.values, "run": run.id, "after": after, "limit": query.limit + 1}
    counts = connection.execute(f"SELECT count(*) {_FROM} AND {conditions.where}".encode(), values).fetchone()
    page = f"""{_ITEM} FROM (SELECT r.* {_FROM} AND {conditions.where}
                AND coalesce(r.rank, 2147483647) > %(after)s ORDER BY r.rank LIMIT %(limit)s) r
            JOIN parcel p ON p.id = r.parcel_id
            JOIN measurement m ON m.batch_id = r.batch_id AND m.parcel_id = r.parcel_id
            JOIN batch b ON b.id = r.batch_id
            {_PLACE} ORDER BY r.rank, p.capakey"""
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(page.encode(), values).fetchall()
    more = len(rows) > query.limit and rows[query.limit - 1]["rank"] is not None
    rows = rows[: query.limit]
    return {
        "run": run.id,
        "count": counts[0] if counts else 0,
        "items": [_item(row, run) for row in rows],
        "next": make_token(run.id, query, rows[-1]["rank"]) if more else None,
        "total_ranked": sum(count for verdict, count in run.counts.items() if verdict != "incompatible"),
        "excluded": run.counts.get("incompatible", 0),
        "filters": conditions.sentences,
    }


def _item(row: dict[str, Any], run: Run) -> dict[str, Any]:
    # A plan of a later day than the run's says nothing of that day.
    later = row["zoning_date"] is not None and date.fromisoformat(row["zoning_date"]) > run.as_of
    zoning = {} if later else row["zoning"] or {}
    place = " ".join(part for part in (row["street"], row["number"]) if part)
    return {
        "id": row["capakey"].replace("/", "-"),
        "capakeys": [row["capakey"]],
        "source": "parcel",
        "municipality": row["nis"],
        "area_m2": row["area_m2"],
        "usable_area_m2": row["usable_m2"],
        "pitches": interval(row["pitches_low"], row["pitches_high"]),
        "verdict": row["verdict"],
        "so_far": row["so_far"],
        "conditions": list(row["conditions"]),
        "score": interval(row["score_low"], row["score_high"]),
        "rank": row["rank"],
        "rank_interval": [row["rank_low"], row["rank_high"]] if row["rank"] is not None else None,
        "unknown": list(row["unknown"]),
        "place": place or None,
        "centre": [row["lon"], row["lat"]],
        "bbox": [row["west"], row["south"], row["east"], row["north"]],
        "zoning": max(zoning, key=lambda name: zoning[name]) if zoning else None,
        "owner_class": row["owner_class"],
        "distances": {name: interval(*row["distances"][name]) for name in LISTED_DISTANCES},
    }
