"""Candidates of a run: filtered, in the order of their rank, one page at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import psycopg
from psycopg.rows import dict_row

from geodata.database.counting import count_rows
from geodata.measure.rows import metres_of
from geodata.sources.sharing import Basis, shared
from geodata.tokens import PASSING, Pages
from sites.candidates.basis import basis_of, refuse_owners, refuse_zones
from sites.candidates.instead import STORED, Instead
from sites.candidates.land import ZONE
from sites.candidates.query import CandidateQuery, conditions_of, make_token, ranked_page, read_token
from sites.candidates.runs import Run
from sites.suitability.basis import LAYERS_OF

Connection = psycopg.Connection[Any]

#: Where the rows of a list come from; `results` is `STORED` or what stands instead.
FROM = """FROM {results} r
    JOIN parcel p ON p.id = r.parcel_id
    JOIN measurement m ON m.batch_id = r.batch_id AND m.parcel_id = r.parcel_id
    JOIN batch b ON b.id = r.batch_id
    WHERE r.run_id = %(run)s"""

_ITEM = f"""SELECT p.capakey, p.nis, p.area_m2, r.usable_m2, r.pitches_low, r.pitches_high, r.verdict, r.so_far,
        r.conditions, r.score_low, r.score_high, r.rank, r.rank_low, r.rank_high, r.published_rank, r.parcel_id, r.unknown, m.owner_class,
        m.distance_low_mm, m.distance_high_mm, b.common -> 'distances' AS distance_names, {ZONE} AS zone,
         a.street, a.number, a.dataset_id AS addresses, r.drawn,
        ST_X(c.centre) AS lon, ST_Y(c.centre) AS lat,
        ST_XMin(c.box) AS west, ST_YMin(c.box) AS south, ST_XMax(c.box) AS east, ST_YMax(c.box) AS north"""

#: The nearest address names the place; farther than this it would mislead.
_PLACE = f"""LEFT JOIN LATERAL (
        SELECT a.street, a.number, a.dataset_id FROM address a
        JOIN dataset d ON d.id = a.dataset_id AND d.current AND {shared("d")}
        WHERE ST_DWithin(a.geom, p.geom, 250) AND a.street IS NOT NULL ORDER BY a.geom <-> p.geom LIMIT 1) a ON true
    CROSS JOIN LATERAL (
        SELECT ST_Transform(ST_PointOnSurface(p.geom_3857), 4326) AS centre,
               ST_Transform(p.geom_3857, 4326) AS box) c"""

#: Services whose distance a list shows.
LISTED_DISTANCES = ("school", "gp", "pharmacy", "shop", "stop")


def refuse_untold(basis: Basis, query: CandidateQuery) -> None:
    """A list by something that may not be told would tell it.

    Raises
    ------
    UsageError
        When the query asks for such a thing.
    """
    if query.owners is not None:
        refuse_owners(basis)
    if query.land.zones is not None:
        refuse_zones(basis)


def interval(low: Any, high: Any) -> dict[str, Any]:
    """An interval as it appears in every answer."""
    return {"low": low, "high": high}


def find_candidates(
    connection: Connection,
    run: Run,
    query: CandidateQuery,
    *,
    language: str = "en",
    today: date | None = None,
    instead: Instead | None = None,
    pages: Pages = PASSING,
    after: int | None = None,
) -> dict[str, Any]:
    """One page of candidates with their counts.

    Parameters
    ----------
    instead : a result under other weights or with findings; the published rank stands beside the other.
    pages : makes and reads page tokens.
    after : rank after which the page starts, in the place of a token.
    language : of the titles of sources.
    today : day of reading, against which the age of sources is told; the run's day if None.

    Returns
    -------
    The `candidates` document of the design, with `total_ranked`, `excluded`, `filters` (messages) and, per
    item, where it is and what lies near; `sources` behind all of it, and per item the layers that rest on a stale one.
    Lengths in metres, areas in square metres, places in lon/lat. Of a source that may not be passed on, place, zone and
    owner are None.

    Raises
    ------
    UsageError
        When a page token belongs to another list, or owners are asked for that may not be told.
    """
    day = today or run.as_of
    codes = run.territory if query.municipality is None else [query.municipality]
    refuse_untold(basis_of(connection, run, day, codes=codes), query)
    conditions = conditions_of(query)
    listed = run.id if instead is None else f"{run.id} {instead.tag}"
    start, start_parcel, counted = read_token(pages, listed, query) if after is None else (after, 0, None)
    origin = f"{FROM.format(results=STORED if instead is None else instead.source)} AND {conditions.where}"
    place = {"run": run.id, "after": start, "after_parcel": start_parcel, "limit": query.limit + 1}
    values = {**conditions.values, **place, **({} if instead is None else instead.values)}
    counted = counted or count_rows(connection, origin, values)
    rows, more = _page(connection, query, origin, values)
    if instead is not None:
        for row in rows:
            row["conditions"], row["unknown"] = instead.open_of(row["parcel_id"])
    named = {row["addresses"] for row in rows if row["addresses"] is not None}
    basis = basis_of(connection, run, day, codes=codes, addresses=named)
    at_place = {nis: basis_of(connection, run, day, codes=[nis]) for nis in {row["nis"] for row in rows}}
    return {
        "run": run.id,
        "count": counted.number,
        "count_kind": counted.kind,
        "items": [_item(row, at_place[row["nis"]]) for row in rows],
        "next": make_token(pages, listed, query, rows[-1]["rank"], rows[-1]["parcel_id"], counted) if more else None,
        **_totals(run.counts if instead is None else instead.counts),
        "filters": conditions.sentences,
        "sources": basis.sources(language),
    }


def _totals(by_verdict: Mapping[str, int]) -> dict[str, int]:
    """How many are ranked, and how many are ruled out."""
    ranked = sum(count for verdict, count in by_verdict.items() if verdict != "incompatible")
    return {"total_ranked": ranked, "excluded": by_verdict.get("incompatible", 0)}


def _page(
    connection: Connection, query: CandidateQuery, listed: str, values: dict[str, Any]
) -> tuple[list[dict[str, Any]], bool]:
    """Rows of one page, and whether more follow."""
    drawn = f"(SELECT {shared('d')} FROM dataset d WHERE d.id = p.dataset_id) AS drawn"
    page = f"""{_ITEM} FROM ({ranked_page(f"r.*, {drawn}", listed, query.verdicts)}) r
            JOIN parcel p ON p.id = r.parcel_id
            JOIN measurement m ON m.batch_id = r.batch_id AND m.parcel_id = r.parcel_id
            JOIN batch b ON b.id = r.batch_id
            {_PLACE} ORDER BY r.rank NULLS LAST, r.parcel_id"""
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(page.encode(), values).fetchall()
    return rows[: query.limit], len(rows) > query.limit


def count_compatible(connection: Connection, run: Run, query: CandidateQuery) -> int:
    """How many compatible candidates meet the wishes of a query, whatever verdicts it lists."""
    conditions = conditions_of(replace(query, verdicts=("compatible",), so_far=None))
    origin = FROM.format(results=STORED)
    row = connection.execute(
        f"SELECT count(*) {origin} AND {conditions.where}".encode(), {**conditions.values, "run": run.id}
    ).fetchone()
    return int(row[0]) if row else 0


def _item(row: dict[str, Any], basis: Basis) -> dict[str, Any]:
    distances = metres_of(row["distance_names"], row["distance_low_mm"], row["distance_high_mm"])
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
        "rank_interval": [row["rank_low"], row["rank_high"]] if row["rank_low"] is not None else None,
        "published_rank": row["published_rank"],
        "unknown": list(row["unknown"]),
        "place": place or None,
        "centre": [row["lon"], row["lat"]] if row["drawn"] else None,
        "bbox": [row["west"], row["south"], row["east"], row["north"]] if row["drawn"] else None,
        "zoning": row["zone"] if basis.told(["zoning"]) else None,
        "owner_class": row["owner_class"] if basis.told(["ownership"]) else None,
        "owner_told": basis.told(["ownership"]),
        "distances": {
            name: interval(*distances[name]) | {"stale": basis.stale(LAYERS_OF[name])} for name in LISTED_DISTANCES
        },
        "stale": basis.stale_layers(),
    }
