"""Answers as people read them: titles and sentences added to what the floors below return.

Shared by the HTTP routes and the command line, so that both print the same JSON.
"""

from __future__ import annotations

from typing import Any

import psycopg

from api.i18n import Translator
from sites.candidates.explanation import explain_parcel
from sites.candidates.query import CandidateQuery
from sites.candidates.runs import Run
from sites.candidates.search import find_candidates
from sites.suitability import constraint_title, layer_title, owner_title, zoning_title

Connection = psycopg.Connection[Any]


def candidates_view(connection: Connection, run: Run, query: CandidateQuery, translate: Translator) -> dict[str, Any]:
    """The candidates document with translated titles; keys as in the design."""
    found = find_candidates(connection, run, query)
    for item in found["items"]:
        item["conditions"] = [translate.render(constraint_title(name)) for name in item["conditions"]]
        item["unknown_titles"] = [translate.render(layer_title(name)) for name in item["unknown"]]
        item["zoning_title"] = translate.render(zoning_title(item["zoning"])) if item["zoning"] else None
        item["owner_title"] = translate.render(owner_title(item["owner_class"]))
    found["filters"] = [translate.render(sentence) for sentence in found["filters"]]
    found["run_info"] = run.summary()
    return found


def parcel_view(
    connection: Connection, capakey: str, run: Run, translate: Translator, *, with_rank: bool = True
) -> dict[str, Any]:
    """One parcel with its explanation; without its rank for an anonymous visitor of an unpublished run."""
    found = explain_parcel(connection, capakey, run, translate)
    found["owner_title"] = translate.render(owner_title(found["owner_class"]))
    for zone in found["zoning"]:
        zone["title"] = translate.render(zoning_title(zone["class"]))
    if not with_rank:
        found |= {"rank": None, "rank_interval": None, "total_ranked": None}
    return found
