"""Subsidy files as people read them: shared by the HTTP routes and the command line."""

from __future__ import annotations

from typing import Any

import psycopg

from geodata.settings import Language
from sites.law import region_of_law
from sites.law.subsidies.money import Euros, text, total
from sites.law.subsidies.project import Project
from sites.law.subsidies.wording import word
from sites.places import place_name
from sites.subsidy_files import Entry, SubsidyFile, list_files


def files_view(connection: psycopg.Connection[Any], region: str | None, language: Language) -> dict[str, Any]:
    """The list of files: {"count", "items"}.

    Raises
    ------
    UsageError
        When the region is unknown.
    """
    chosen = region_of_law(region) if region is not None else None
    items = [_summary(one, language) for one in list_files(connection, region=chosen)]
    return {"count": len(items), "items": items}


def file_view(file: SubsidyFile, language: Language) -> dict[str, Any]:
    """One file with its assessment as it was kept, its documents and notes."""
    return {
        **_summary(file, language),
        "site": file.site,
        "project": file.project,
        "rule_pack": file.rule_pack,
        "assessment": file.assessment[language],
        "documents": [_entry(one) for one in file.documents],
        "notes": [_entry(one) for one in file.notes],
    }


def _summary(file: SubsidyFile, language: Language) -> dict[str, Any]:
    kept = file.assessment[language]
    costs = total(Euros(one.amount, one.amount) for one in Project.model_validate(file.project).costs)
    return {
        "id": file.id,
        "created": file.created.isoformat(timespec="seconds"),
        "title": file.title,
        "region": file.region,
        "municipality": None if file.nis is None else {"nis": file.nis, "name": place_name(file.nis, language)},
        "site_type": file.site_type,
        "initiator": file.initiator,
        "initiator_title": word("initiators", file.initiator, language),
        "as_of": file.as_of.isoformat(),
        "verdict": file.verdict,
        "verdict_title": word("verdicts", file.verdict, language),
        "regimes": [
            {"id": one["id"], "title": one["title"], "status": one["status"], "status_title": one["status_title"]}
            for one in kept["regimes"]
        ],
        "costs_total": text(costs.high),
        "subsidy_total": kept["total"],
        "yearly": kept["yearly"],
        "documents_count": len(file.documents),
        "notes_count": len(file.notes),
    }


def _entry(entry: Entry) -> dict[str, Any]:
    return {"text": entry.text, "written": entry.written.isoformat(timespec="seconds")}
