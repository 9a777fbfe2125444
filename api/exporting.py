"""What the command line and the service add to an export: words of sources, the notice of demo data, the file's name."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import psycopg

from api.i18n import Translator
from api.provenance import say_sources
from api.views import with_notice
from sites.candidates.drawn_shapes import Drawn
from sites.candidates.exports import Export, gather
from sites.candidates.query import CandidateQuery
from sites.candidates.runs import Run
from sites.suitability.findings import Finding


def export_of(
    connection: psycopg.Connection[Any],
    run: Run,
    query: CandidateQuery,
    translate: Translator,
    *,
    findings: Sequence[Finding] | None = None,
    areas: Sequence[Drawn] = (),
    today: date,
) -> Export:
    """Everything a file holds, its sources in the reader's language."""
    notice = with_notice(connection, {}, translate).get("notice")
    found = gather(connection, run, query, translate, findings=findings, areas=areas, notice=notice, today=today)
    say_sources(found.sources, translate)
    return found


def file_name(run: Run, kind: str) -> str:
    """Name of a file that is sent: place, type, result."""
    place = run.territory[0] if len(run.territory) == 1 else f"{run.territory[0]}-and-{len(run.territory) - 1}-more"
    return f"standplaats-{place}-{run.site_type}-{run.id}.{kind}"
