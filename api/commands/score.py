"""`standplaats score`: verdict, score and rank for every measured parcel of a territory."""

from __future__ import annotations

from api.commands.common import (
    AsJson,
    AsOf,
    Demo,
    Lang,
    Municipality,
    SiteType,
    day,
    nis_codes,
    notice,
    out,
    print_json,
    settings_for,
)
from api.commands.measure import measurable
from api.i18n import Translator, translator
from geodata.database.engine import connect
from sites.candidates.runs import Run, create_run


def score_command(
    municipality: Municipality = None,
    type: SiteType = "residential",
    as_of: AsOf = None,
    lang: Lang = None,
    demo: Demo = False,
    json: AsJson = False,
) -> None:
    """Score a territory. Several municipalities are ranked together; none given scores each on its own."""
    settings = settings_for(demo, lang=lang)
    with connect(settings) as connection:
        codes = nis_codes(municipality)
        territories = [codes] if codes else [[code] for code in measurable(connection)]
        today = day(None)
        asked = day(as_of) if as_of else today
        done = [create_run(connection, territory, type, asked, today=today) for territory in territories]
    if json:
        items = [{**run.summary(), "territory": run.territory, "counts": run.counts} for run in done]
        print_json({"count": len(items), "items": items})
        return
    notice()
    for run in done:
        out.print(sentence(run, translator(settings.lang)), markup=False)


def sentence(run: Run, translate: Translator) -> str:
    """A run in one line."""
    counts = ", ".join(f"{number} {translate.verdict(verdict)}" for verdict, number in sorted(run.counts.items()))
    told = translate("{place} {site_type}, law of {as_of}: {counts} (result {run})")
    return told.format(
        place=", ".join(run.territory),
        site_type=translate.word(run.site_type),
        as_of=run.as_of,
        counts=counts,
        run=run.id,
    )
