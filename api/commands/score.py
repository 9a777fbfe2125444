"""`standplaats score`: verdict, score and rank for every measured parcel of a territory."""

from __future__ import annotations

from typing import Annotated

import typer

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
from geodata.errors import UsageError
from sites.candidates.local_profiles import Connection, find_profile, profile_for
from sites.candidates.runs import Run
from sites.candidates.scoring import create_run
from sites.suitability import Profile


def score_command(
    municipality: Municipality = None,
    type: SiteType = "residential",
    as_of: AsOf = None,
    profile: Annotated[
        str | None,
        typer.Option(
            help="Set of criteria of the municipality (profiles list); its result stands beside the published."
        ),
    ] = None,
    profile_version: Annotated[
        int | None, typer.Option(min=1, help="Version of that set; the newest if left out.")
    ] = None,
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
        chosen = None if profile is None else profile_of(connection, profile, profile_version, codes)
        done = [
            create_run(connection, territory, type, asked, today=today, cache=settings.prepared_folder, profile=chosen)
            for territory in territories
        ]
    if json:
        items = [{**run.summary(), "territory": run.territory, "counts": run.counts} for run in done]
        print_json({"count": len(items), "items": items})
        return
    notice()
    for run in done:
        out.print(sentence(run, translator(settings.lang)), markup=False)


def profile_of(connection: Connection, name: str, version: int | None, codes: list[str]) -> Profile:
    """A set of criteria by its name; a local one only for its own municipalities.

    Raises
    ------
    NotFoundError
        When there is none of that name.
    UsageError
        When it is of other municipalities.
    """
    found = profile_for(connection, name, version)
    if found.base is not None:
        own = set(find_profile(connection, name, version).nis)
        if not codes or not set(codes) <= own:
            raise UsageError(
                f"{name} is the set of criteria of {', '.join(sorted(own))}.", "Name them: --municipality."
            )
    return found


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
