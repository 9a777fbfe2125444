"""One list over the results of several municipalities: the first of each, then the second of each.

Each rank is that of the municipality's own result; results of different regions rest on different criteria, so that their
scores are not put in one order.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import psycopg

from api.i18n import Translator
from api.views import candidates_view
from geodata.tokens import Pages, PageTokenError
from sites.candidates.facets import facets
from sites.candidates.instead import Instead
from sites.candidates.query import CandidateQuery, listed
from sites.candidates.runs import Run

_LAST = 2**31 - 1
_SUMS = ("count", "total_ranked", "excluded")


def several_view(
    connection: psycopg.Connection[Any],
    asked: list[tuple[Run, CandidateQuery, Instead | None]],
    translate: Translator,
    pages: Pages,
) -> dict[str, Any]:
    """One page of the lists of several results, each with its query; `run` names all of them, each item its own.

    Raises
    ------
    PageTokenError
        When the token belongs to another list.
    """
    query = asked[0][1]
    name = " ".join(f"{run.id} {instead.tag if instead else ''}" for run, _, instead in asked)
    whole = listed(name, query)
    rank, last = _start(pages, whole, query.token)
    parts = [
        candidates_view(
            connection,
            run,
            replace(own, token=None),
            translate,
            instead,
            pages=pages,
            after=rank if at <= last else rank - 1,
        )
        for at, (run, own, instead) in enumerate(asked)
    ]
    rows = sorted(
        ((_LAST if item["rank"] is None else item["rank"], at, item) for at, part in enumerate(parts) for item in part["items"]),
        key=lambda row: row[:2],
    )  # fmt: skip
    page = rows[: query.limit]
    more = len(rows) > len(page) or any(part["next"] for part in parts)
    sources = {one["dataset"]: one for part in parts for one in part["sources"]}
    runs = [run for part in parts for run in part["runs"]]
    return parts[0] | {
        "run": ",".join(run["id"] for run in runs),
        **{key: sum(part[key] for part in parts) for key in _SUMS},
        "count_kind": "estimated" if any(part["count_kind"] == "estimated" for part in parts) else "exact",
        "items": [item for _, _, item in page],
        "next": pages.make(whole, page[-1][:2]) if page and more and page[-1][0] < _LAST else None,
        "sources": list(sources.values()),
        "runs": runs,
    }


def _start(pages: Pages, whole: Any, token: str | None) -> tuple[int, int]:
    """Rank and place among the results of the last row of the page before."""
    if token is None:
        return 0, _LAST
    position = pages.read(whole, token)
    if len(position) != 2 or not all(isinstance(one, int) for one in position):
        raise PageTokenError
    return position[0], position[1]


def several_facets(
    connection: psycopg.Connection[Any], asked: list[tuple[Run, CandidateQuery]], today: Any
) -> dict[str, Any]:
    """Counts of the filters over several results, and the ranks listed by result; None of a filter that one may not tell."""
    parts = [facets(connection, run, query, today=today) for run, query in asked]
    names = list(dict.fromkeys(name for part in parts for name in part["facets"]))
    return {
        "run": ",".join(part["run"] for part in parts),
        "count": sum(part["count"] for part in parts),
        "facets": {name: _sum([part["facets"].get(name, []) for part in parts]) for name in names},
        "ranks": {part["run"]: part["ranks"] for part in parts},
    }


def _sum(parts: list[list[dict[str, Any]] | None]) -> list[dict[str, Any]] | None:
    out: dict[str, int] = {}
    for part in parts:
        if part is None:
            return None
        for one in part:
            out[one["value"]] = out.get(one["value"], 0) + one["count"]
    return [{"value": value, "count": count} for value, count in out.items()]
