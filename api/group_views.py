"""Groups of parcels and drawn areas as people read them: titles and sentences added to what the floors below return.

Shared by the HTTP routes and the command line, so that both print the same JSON.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import psycopg

from api.i18n import Translator
from api.provenance import say_sources, stale_titles
from api.views import cited, ingest_kinds, with_notice
from geodata.tokens import PASSING, Pages
from sites.candidates.assemblies import MAX_LIMIT, assemblies_document, explain_assembly
from sites.candidates.drawn import areas_document
from sites.candidates.drawn_shapes import Drawn
from sites.candidates.runs import Run
from sites.suitability import Message, constraint_title, layer_title, owner_title
from sites.suitability.titles import WITHHELD

Connection = psycopg.Connection[Any]


def assemblies_view(
    connection: Connection,
    run: Run,
    translate: Translator,
    *,
    pitches: int | None = None,
    area: float | None = None,
    limit: int = 20,
    shapes: bool = False,
    token: str | None = None,
    pages: Pages = PASSING,
) -> dict[str, Any]:
    """Groups of neighbouring parcels of a run, with translated titles."""
    found = assemblies_document(
        connection, run, pitches=pitches, area=area, limit=limit, shapes=shapes, language=translate.language,
        today=date.today(), token=token, pages=pages,
    )  # fmt: skip
    for item in found["items"]:
        _titles(item, translate)
        classes = item["owner_classes"]
        names = [Message(WITHHELD)] if classes is None else [owner_title(one) for one in dict.fromkeys(classes)]
        item["owner_title"] = ", ".join(translate.render(one) for one in names)
    say_sources(found["sources"], translate)
    return with_notice(connection, found | {"run_info": run.summary()}, translate)


def groups_for(connection: Connection, run: Run, nis: str, most: int, translate: Translator) -> list[dict[str, Any]]:
    """The best groups of a result that lie in a municipality, each with its shape and, as `text`, its explanation."""
    found = assemblies_view(connection, run, translate, limit=MAX_LIMIT, shapes=True)
    mine = [item for item in found["items"] if nis in item["municipalities"]][:most]
    for item in mine:
        item["text"] = explain_assembly(connection, run, item["capakeys"], translate, today=date.today())["text"]
    return mine


def assembly_view(connection: Connection, run: Run, capakeys: Sequence[str], translate: Translator) -> dict[str, Any]:
    """One group of parcels, explained."""
    told = explain_assembly(connection, run, capakeys, translate, today=date.today())
    _complete(told, run.region, run.as_of)
    say_sources(told["sources"], translate)
    return with_notice(connection, told, translate)


def areas_view(
    connection: Connection,
    areas: Sequence[Drawn],
    site_type: str,
    as_of: date,
    translate: Translator,
    *,
    cache: Path | None = None,
) -> dict[str, Any]:
    """Drawn areas, judged and explained."""
    found = areas_document(connection, areas, site_type, as_of, translate, today=date.today(), cache=cache)
    for item in found["items"]:
        _titles(item, translate)
        item["owner_title"] = translate.render(
            owner_title(item["owner_class"]) if item["owner_told"] else Message(WITHHELD)
        )
        _complete(item["explanation"], item["law_region"], as_of)
        say_sources(item["sources"], translate)
    return with_notice(connection, found, translate)


def _titles(item: dict[str, Any], translate: Translator) -> None:
    item["conditions"] = [translate.render(constraint_title(name)) for name in item["conditions"]]
    item["unknown_titles"] = [translate.render(layer_title(name)) for name in item["unknown"]]
    item["stale_titles"] = stale_titles(item, translate)


def _complete(told: dict[str, Any], law_region: str, as_of: date) -> None:
    """Add to an explanation the articles of its rules, and the kinds of file that would answer what is not known."""
    for constraint in told["constraints"]:
        constraint |= cited(constraint["rule"], as_of)
    for layer in told["unknown"]:
        # What the law leaves open, no file answers.
        layer["ingest"] = ingest_kinds(law_region, layer["layer"] if layer["reason"] != "law_open" else "")
