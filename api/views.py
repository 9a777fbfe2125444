"""Answers as people read them: titles and sentences added to what the floors below return.

Shared by the HTTP routes and the command line, so that both print the same JSON.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import psycopg

from api.i18n import Translator
from api.provenance import owner_words, say_sources, stale_titles
from geodata.errors import NotFoundError
from geodata.measure.specs import layer_specs
from geodata.sources.catalogue import KINDS, catalogue
from geodata.territory import NOTICE
from geodata.tokens import PASSING, Pages
from sites.candidates.explanation import explain_parcel
from sites.candidates.instead import Instead
from sites.candidates.query import CandidateQuery
from sites.candidates.runs import Run
from sites.candidates.search import find_candidates
from sites.law import find_rule
from sites.suitability import constraint_title, layer_title, zoning_title
from sites.suitability.findings import Applied

Connection = psycopg.Connection[Any]


def candidates_view(
    connection: Connection,
    run: Run,
    query: CandidateQuery,
    translate: Translator,
    instead: Instead | None = None,
    *,
    pages: Pages = PASSING,
    after: int | None = None,
) -> dict[str, Any]:
    """The candidates document with translated titles; keys as in the design.

    Under other weights or with findings, `weights` and `findings` say which, and each item has its `published_rank`.
    """
    found = find_candidates(
        connection,
        run,
        query,
        language=translate.language,
        today=date.today(),
        instead=instead,
        pages=pages,
        after=after,
    )
    if instead is not None:
        strangers = [{**one.model_dump(mode="json"), "measured": None, "effect": None} for one in instead.elsewhere]
        found |= {"weights": instead.weights, "findings": [*map(_applied, instead.applied), *strangers]}
    for item in found["items"]:
        item["conditions"] = [translate.render(constraint_title(name)) for name in item["conditions"]]
        item["unknown_titles"] = [translate.render(layer_title(name)) for name in item["unknown"]]
        item["zoning_title"] = translate.render(zoning_title(item["zoning"])) if item["zoning"] else None
        item["owner_title"] = owner_words(item, translate)
        item["stale_titles"] = stale_titles(item, translate)
        item |= {"run": run.id, "total_ranked": found["total_ranked"]}
    say_sources(found["sources"], translate)
    found["filters"] = [translate.render(sentence) for sentence in found["filters"]]
    found |= {"run_info": run.summary(), "runs": [run.summary()]}
    return with_notice(connection, found, translate)


def _applied(one: Applied) -> dict[str, Any]:
    return {**one.finding.model_dump(mode="json"), "measured": one.measured, "effect": one.effect}


def parcel_view(
    connection: Connection, capakey: str, run: Run, translate: Translator, *, with_rank: bool = True
) -> dict[str, Any]:
    """One parcel with its explanation; without its rank for an anonymous visitor of an unpublished run.

    The keys of the explanation stand at the top level, as the design has it, and once more under `explanation`.
    """
    found = explain_parcel(connection, capakey, run, translate, today=date.today())
    told = found["explanation"]
    for constraint in told["constraints"]:
        constraint |= cited(constraint["rule"], run.as_of)
    for layer in told["unknown"]:
        # What the law leaves open, no file answers.
        asked = layer["layer"] if layer["reason"] != "law_open" else ""
        layer["ingest"] = ingest_kinds(run.region, asked)
    found["owner_title"] = owner_words(found, translate)
    found["stale_titles"] = stale_titles(found, translate)
    say_sources(found["sources"], translate)
    for zone in found["zoning"]:
        zone["title"] = translate.render(zoning_title(zone["class"]))
    if not with_rank:
        found |= {"rank": None, "rank_interval": None, "total_ranked": None}
    return with_notice(connection, {**told, **found}, translate)


def cited(rule_id: str | None, as_of: date) -> dict[str, Any]:
    """Articles and grade of the rule behind a constraint, by the law of a day."""
    try:
        rule = find_rule(rule_id, as_of) if rule_id is not None else None
    except NotFoundError:
        rule = None
    return {"rule_articles": list(rule.articles) if rule else [], "rule_grade": rule.grade if rule else None}


def ingest_kinds(law_region: str, layer: str) -> list[str]:
    """Kinds of `standplaats ingest` that would answer an unknown layer, or a part of one such as `zoning:bpa`."""
    # The German-speaking Community has its own law, and the layers of Wallonia.
    region: Any = "wallonia" if law_region == "german-speaking-community" else law_region
    whole, _, part = layer.partition(":")
    if part in KINDS:
        return [part]
    if part in catalogue():
        return [catalogue()[part].kind]
    return [kind for spec in layer_specs(region) if spec.id == whole for kind in spec.kinds]


def with_notice(connection: Connection, document: dict[str, Any], translate: Translator) -> dict[str, Any]:
    """The document; of demo data with `notice`, which says in the user's language that all of it is fictional."""
    row = connection.execute("SELECT value FROM meta WHERE key = 'territory'").fetchone()
    if row is not None and row[0] == "demo":
        return {**document, "notice": NOTICE[translate.language]}
    return document
