"""How many candidates each choice of a filter would leave: every filter counted with all the others applied."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import psycopg

from sites.candidates.basis import basis_of
from sites.candidates.instead import STORED
from sites.candidates.land import IN_HP, WAYS, ZONE, walked_mm
from sites.candidates.query import LISTED, CandidateQuery, conditions_of
from sites.candidates.runs import Run
from sites.candidates.search import FROM, refuse_untold

#: Choices that are counted, m², degrees, metres on foot. Steps of reading, our choice; they decide nothing.
STEPS: dict[str, tuple[float, ...]] = {
    "area": (1000, 2500, 5000, 10_000, 20_000),
    "slope": (2, 5, 8),
    **dict.fromkeys(WAYS, (500, 1000, 2000)),
}
#: Ranks that are named at most.
MOST_RANKS = 20_000


def facets(connection: psycopg.Connection[Any], run: Run, query: CandidateQuery, *, today: date) -> dict[str, Any]:
    """Counts of a list by the choices of each of its filters, of the stored result, in one question to the database.

    Returns
    -------
    `count` of the list; `facets`: filter -> [{"value", "count"}], None where its source may not be told; `ranks`: the stored
    ranks of all that is listed, None of more than `MOST_RANKS`.

    Raises
    ------
    UsageError
        When something is asked for that may not be told.
    """
    codes = run.territory if query.municipality is None else [query.municipality]
    basis = basis_of(connection, run, today, codes=codes)
    refuse_untold(basis, query)
    whole = conditions_of(query)
    free = conditions_of(replace(query, verdicts=tuple(dict.fromkeys((*LISTED, *query.verdicts)))))
    filters = {name: sql for name, sql in whole.named.items() if name != "base"}
    where = " AND ".join([free.named["verdict"].replace("%(verdicts)s", "%(shown)s"), free.named.get("base", "true")])
    values = {**whole.values, "run": run.id, "shown": free.values["verdicts"], **_steps(), "most": MOST_RANKS}
    found: dict[str, Any] = {}
    total, ranks = 0, None
    for facet, value, count, listed in connection.execute(_sql(filters, where).encode(), values).fetchall():
        if facet == "":
            total, ranks = count, listed
        else:
            found.setdefault(facet, []).append({"value": value, "count": count})
    for facet, layer in (("owner", "ownership"), ("zoning", "zoning"), ("hp", "plan_hp")):
        if not basis.told([layer]):
            found[facet] = None
    return {"run": run.id, "count": total, "facets": found, "ranks": ranks}


def _steps() -> dict[str, Any]:
    return {f"steps_{name}": [float(step) for step in steps] for name, steps in STEPS.items()}


def _sql(filters: dict[str, str], where: str) -> str:
    kept = "".join(f", ({sql}) AS k_{name}" for name, sql in filters.items())

    def others(own: str) -> str:
        return " AND ".join(f"k_{name}" for name in filters if name != own) or "true"

    words = {"verdict": "verdict", "owner": "owner", "zoning": "zone", "hp": "hp"}
    parts = [
        f"SELECT '{name}', {column}, count(*), NULL::int[] FROM listed WHERE {others(name)} GROUP BY {column}"
        for name, column in words.items()
    ]
    parts += [
        f"""SELECT '{name}', step::text, count(*) FILTER (WHERE {_meets(name)}), NULL::int[]
            FROM listed, unnest(%(steps_{name})s::float8[]) step WHERE {others(name)} GROUP BY step"""
        for name in STEPS
    ]
    ways = ", ".join(f"{walked_mm(way)} AS {way}" for way in WAYS)
    return f"""WITH listed AS MATERIALIZED (SELECT r.rank, r.verdict, coalesce(m.owner_class, 'unknown') AS owner,
            coalesce({ZONE}, 'unknown') AS zone, p.area_m2 AS area, m.slope_deg AS slope, {ways},
            CASE WHEN {IN_HP} THEN 'in' ELSE 'out' END AS hp{kept}
            {FROM.format(results=STORED)} AND {where})
        SELECT '' AS facet, '' AS value, count(*), CASE WHEN count(*) <= %(most)s THEN array_agg(rank) END
        FROM listed WHERE {others("")}
        UNION ALL {" UNION ALL ".join(parts)} ORDER BY 1, 3 DESC, 2"""


def _meets(name: str) -> str:
    if name == "area":
        return "area >= step"
    return f"coalesce({name} <= step{'' if name == 'slope' else ' * 1000'}, true)"
