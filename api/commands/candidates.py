"""`standplaats candidates`: the ranked list of a municipality."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from api.commands.common import (
    AsJson,
    Demo,
    Lang,
    Municipality,
    SiteType,
    nis_codes,
    notice,
    out,
    print_json,
    print_sources,
    settings_for,
    table,
)
from api.i18n import Translator, translator
from api.near_view import near_view
from api.views import candidates_view
from geodata.database.engine import connect
from geodata.errors import UsageError
from geodata.tokens import pages_of
from sites.candidates.instead import instead_of
from sites.candidates.query import LISTED, CandidateQuery
from sites.candidates.runs import find_run
from sites.candidates.search import count_compatible
from sites.project import read_project
from sites.suitability.near_misses import FEW


def candidates_command(
    municipality: Municipality = None,
    type: SiteType = "residential",
    run: Annotated[str | None, typer.Option("--run", help="Result; the newest if left out.")] = None,
    pitches: Annotated[int | None, typer.Option(help="Pitches wanted.")] = None,
    verdict: Annotated[str | None, typer.Option(help="Verdicts to list, separated by commas.")] = None,
    owner: Annotated[str | None, typer.Option(help="Classes of owner, separated by commas.")] = None,
    min_area: Annotated[float | None, typer.Option(help="Least area, m².")] = None,
    limit: Annotated[int, typer.Option(help="Rows per page.")] = 50,
    token: Annotated[str | None, typer.Option(help="Page token of an earlier answer.")] = None,
    weights: Annotated[
        str | None, typer.Option(help="Other weights, such as school=30,owner=0; the published rank stands beside.")
    ] = None,
    project: Annotated[
        Path | None, typer.Option(help="Project file with findings; what was measured stays beside them.")
    ] = None,
    lang: Lang = None,
    demo: Demo = False,
    json: AsJson = False,
) -> None:
    """List candidates in order of rank. Unknown stays listed, with what is missing."""
    settings = settings_for(demo, lang=lang)
    codes = nis_codes(municipality)
    if not codes and run is None:
        raise UsageError("Which municipality?", "Add --municipality NIS, such as --municipality 24062.")
    with connect(settings) as connection:
        chosen = find_run(connection, run_id=run, territory=codes, site_type=type)
        query = CandidateQuery(
            verdicts=_words(verdict) or LISTED,
            pitches=pitches,
            min_area_m2=min_area,
            owners=_words(owner),
            municipality=codes[0] if len(codes) == 1 and chosen.territory != codes else None,
            limit=limit,
            token=token,
        )
        translate = translator(settings.lang)
        findings = read_project(project).findings if project else ()
        instead = instead_of(connection, chosen, weights=_weights(weights), findings=findings)
        found = candidates_view(connection, chosen, query, translate, instead, pages=pages_of(settings))
        few = count_compatible(connection, chosen, query) < FEW
        found["near_misses"] = near_view(connection, chosen, query, translate) if few else None
    if json:
        print_json(found)
    else:
        _print(found, translate)


def _weights(text: str | None) -> dict[str, float]:
    """Weights of the command line.

    Raises
    ------
    UsageError
        When one is not NAME=NUMBER.
    """
    out = {}
    for part in (one.strip() for one in (text or "").split(",") if one.strip()):
        name, _, number = part.partition("=")
        try:
            out[name.strip()] = float(number)
        except ValueError:
            raise UsageError(f"{part} is no weight.", "Write NAME=NUMBER, such as school=30.") from None
    return out


def _words(text: str | None) -> tuple[str, ...] | None:
    return tuple(part.strip() for part in text.split(",")) if text else None


def _print(found: dict[str, Any], translate: Translator) -> None:
    info = found["run_info"]
    notice()
    told = translate(
        "{count} of {total} candidates, {excluded} parcels ruled out; law of {as_of}, data of {data_date} (result {run})"
    )
    out.print(
        told.format(
            count=found["count"], total=found["total_ranked"], excluded=found["excluded"], as_of=info["as_of"],
            data_date=info["data_date"], run=found["run"],
        ),
        markup=False,
    )  # fmt: skip
    for sentence in found["filters"]:
        out.print(f"  {sentence}", markup=False)
    late = ["stale"] if any(item["stale"] for item in found["items"]) else []
    other = ["published rank"] if "weights" in found else []
    shown = table("rank", *other, "location", "CAPAKEY", "m²", "pitches", "verdict", "score", "not known", *late)
    for item in found["items"]:
        low, high = item["rank_interval"] or [item["rank"] or "-"] * 2
        score = item["score"]
        shown.add_row(
            f"{low}-{high}" if low != high else f"{low}",
            *([str(item["published_rank"] or "-")] if other else []),
            item["place"] or "",
            item["capakeys"][0],
            f"{item['area_m2']:.0f}",
            _range(item["pitches"], translate),
            translate.verdict(item["verdict"], item["so_far"]),
            f"{score['low']:.2f}-{score['high']:.2f}" if score["low"] != score["high"] else f"{score['low']:.2f}",
            ", ".join(item["unknown_titles"]),
            *(", ".join(item["stale_titles"]) for _ in late),
        )
    out.print(shown)
    if found["next"]:
        out.print(translate("More: --token {token}").format(token=found["next"]), markup=False)
    near = found["near_misses"]
    if near is not None:
        out.print(translate("Little is compatible here. What stands in the way, and what would help:"), markup=False)
        for sentence in near["sentences"]:
            out.print(f"  {sentence}", markup=False)
    print_sources(found["sources"], translate)


def _range(interval: dict[str, Any], translate: Translator) -> str:
    low, high = interval["low"], interval["high"]
    if low is None and high is None:
        return translate("not known")
    return f"{low}" if low == high else f"{low}-{high}"
