"""`standplaats score`: verdict, score and rank for every measured parcel of a territory."""

from __future__ import annotations

from api.commands.common import (
    AsJson,
    AsOf,
    Demo,
    Municipality,
    SiteType,
    day,
    nis_codes,
    out,
    print_json,
    settings_for,
)
from api.commands.measure import measurable
from geodata.database.engine import connect
from sites.candidates.runs import Run, create_run


def score_command(
    municipality: Municipality = None,
    type: SiteType = "residential",
    as_of: AsOf = None,
    demo: Demo = False,
    json: AsJson = False,
) -> None:
    """Score a territory. Several municipalities are ranked together; none given scores each on its own."""
    with connect(settings_for(demo)) as connection:
        codes = nis_codes(municipality)
        territories = [codes] if codes else [[code] for code in measurable(connection)]
        done = [create_run(connection, territory, type, day(as_of)) for territory in territories]
    if json:
        items = [{**run.summary(), "territory": run.territory, "counts": run.counts} for run in done]
        print_json({"count": len(items), "items": items})
        return
    for run in done:
        out.print(sentence(run))


def sentence(run: Run) -> str:
    """A run in one line."""
    counts = ", ".join(f"{number} {verdict.replace('_', ' ')}" for verdict, number in sorted(run.counts.items()))
    return f"{', '.join(run.territory)} {run.site_type}, as of {run.as_of}: {counts} (result {run.id})"
