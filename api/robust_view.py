"""How sure ranks are, in figures and sentences."""

from __future__ import annotations

from typing import Any

import psycopg

from api.i18n import Translator
from sites.candidates.runs import Run
from sites.candidates.sure import sure_of, wins
from sites.suitability.robustness import LEAST, MOST
from sites.suitability.titles import criterion_title

#: Other ways of ranking, by their name.
WAYS = {
    "topsis": "distance to the ideal (TOPSIS)",
    "careful": "careful: weak points count more",
    "hopeful": "hopeful: strong points count more",
}


def robust_view(
    connection: psycopg.Connection[Any], run: Run, translate: Translator, *, limit: int = 20, of: int | None = None
) -> dict[str, Any]:
    """The first candidates with their rank interval, how often each is first and among the first ten, and what other ways of
    ranking say. Shares 0..1; `moves` below 0 = better there; `agreement` is Kendall's tau, -1..1.
    """
    found = sure_of(connection, run, limit=limit, of=of)
    told = translate(
        "{draws} draws: each weight between {least} and {most} times the published one, unknown values between their bounds; nine draws of ten lie in the interval."
    )
    return {
        "run": run.id,
        "run_info": run.summary(),
        "draws": found.draws,
        "seed": run.seed,
        "top_of": found.top_of,
        "among_of": found.of,
        "text": told.format(draws=found.draws, least=LEAST, most=MOST),
        "agreement": {
            name: {"title": translate(WAYS[name]), "kendall": None if value != value else round(value, 4)}
            for name, value in found.agreement.items()
        },
        "count": len(found.rows),
        "items": [
            {
                "capakey": one.capakey,
                "rank": one.rank,
                "rank_interval": [one.rank_low, one.rank_high] if one.rank_low else None,
                "first": one.first,
                "top": one.top,
                "among": one.among,
                "moves": one.moves,
            }
            for one in found.rows
        ],
    }


def wins_view(connection: psycopg.Connection[Any], run: Run, capakey: str, translate: Translator) -> dict[str, Any]:
    """The weights under which a candidate would be first of its verdict group; `weights` null = there are none."""
    found = wins(connection, run, capakey)
    if found.weights is None or found.found is None:
        text = translate("{parcel} is first under no weights: others are better whatever counts.")
    elif found.found.change < 1e-9:
        text = translate("{parcel} is first under the published weights.")
    elif found.found.within:
        text = translate(
            "{parcel} would be first under these weights, all between half and one and a half of the published ones."
        )
    else:
        text = translate("{parcel} would be first only under weights far from the published ones.")
    names = {name: translate.render(criterion_title(name)) for name in found.published}
    return {
        "run": run.id,
        "capakey": capakey,
        "rank": found.rank,
        "text": text.format(parcel=capakey),
        "within": None if found.found is None else found.found.within,
        "change": None if found.found is None else found.found.change,
        "weights": None
        if found.weights is None
        else [
            {"criterion": name, "title": names[name], "published": found.published[name], "weight": weight}
            for name, weight in found.weights.items()
        ],
    }
