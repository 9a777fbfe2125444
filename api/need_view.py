"""Supply, need and gap as the command line and the service give them: figures, facts with their pages, and a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import psycopg

from api.i18n import Translator
from sites.inventory import all_sites, fact_view
from sites.need.overview import Line, lines_of
from sites.need.scenario import Scenario
from sites.need.surveys import Survey
from sites.need.way import Way, ways_to_transit_site
from sites.places import place_name

#: Why a way is not certain.
WAY_REASONS = {
    "no_site": "no open transit site with a point is on record",
    "no_place": "the border of the municipality is not loaded",
    "no_roads": "no main roads are loaded",
    "not_covered": "the loaded roads do not cover all ways that may be shorter",
}
REGION_TITLES = {
    "belgium": "Belgium",
    "flanders": "Flanders",
    "wallonia": "Wallonia",
    "brussels": "Brussels",
    "german-speaking-community": "German-speaking Community",
}


def need_view(
    connection: psycopg.Connection[Any],
    translate: Translator,
    *,
    regions: Sequence[str] = (),
    municipalities: Sequence[str] = (),
    year: int | None = None,
    surveys: Sequence[Survey] = (),
    as_of: date | None = None,
) -> dict[str, Any]:
    """Lines of the places asked for, and for municipalities the way to the nearest open transit site.

    All figures are pitches, ways are metres; `fictional` counts the sites of the demo among those counted. `need` is null
    for a municipality (no source gives it), `survey` is what it entered itself; `gap` is null where nobody states a need.
    """
    found = all_sites(connection)
    lines = lines_of(
        found, regions=regions, municipalities=municipalities, year=year, surveys=surveys, as_of=as_of
    )  # fmt: skip
    ways = ways_to_transit_site(connection, municipalities, found)
    names = {one.id: one.name for one in found}
    fictional = {one.id for one in found if one.origin == "demo"}
    return {
        "year": year,
        "unit": "pitch",
        "count": len(lines),
        "items": [_line(one, fictional, translate) for one in lines],
        "ways": [_way(nis, way, names, translate) for nis, way in ways.items()],
    }


def scenario_view(scenario: Scenario, translate: Translator) -> dict[str, Any]:
    """A scenario: what was divided, by which key, and the part of each municipality, marked as a scenario."""
    told = translate(
        "Scenario “{name}”: {low} to {high} pitches divided by {key}. A division, not the need of a municipality."
    )
    return {
        "scenario": scenario.name,
        "key": scenario.key,
        "key_source": scenario.source,
        "place": scenario.place,
        "site_type": scenario.site_type,
        "divided": {"low": scenario.low, "high": scenario.high},
        "text": told.format(name=scenario.name, low=_n(scenario.low), high=_n(scenario.high), key=scenario.key),
        "count": len(scenario.shares),
        "items": [
            {"municipality": nis, "name": place_name(nis, translate.language), "pitches": {"low": low, "high": high}}
            for nis, (low, high) in scenario.shares.items()
        ],
    }


def title_of(place: str, translate: Translator) -> str:
    """Name of a country, region or municipality."""
    return translate(REGION_TITLES[place]) if place in REGION_TITLES else place_name(place, translate.language)


def _line(line: Line, fictional: set[str], translate: Translator) -> dict[str, Any]:
    supply, need, survey = line.supply, line.need, line.survey
    known = need is not None and (need.low is not None or need.high is not None)
    return {
        "level": line.level,
        "place": line.place,
        "name": title_of(line.place, translate),
        "site_type": line.site_type,
        "supply": None
        if supply is None
        else {
            "low": supply.low,
            "high": supply.high,
            "sites": list(supply.sites),
            "uncounted": list(supply.uncounted),
            "doubtful": list(supply.doubtful),
            "complete": line.complete,
            "fictional": len(fictional.intersection(supply.sites)),
        },
        "need": {
            "low": need.low,
            "high": need.high,
            "facts": [fact_view(one, translate.language) for one in need.facts],
        }
        if need is not None and known
        else None,
        "survey": None if survey is None else survey.model_dump(mode="json"),
        "gap": {"low": line.gap.low, "high": line.gap.high} if line.gap.known else None,
        "text": " ".join(_sentences(line, translate)),
    }


def _sentences(line: Line, translate: Translator) -> list[str]:
    supply = line.supply
    if supply is None:
        out = [translate("No public site is on record.")]
    elif not supply.sites:
        out = [translate("No open public site is on record.")]
    else:
        out = [
            translate("Open sites on record: {count}, with {pitches} pitches.").format(
                count=len(supply.sites), pitches=span(supply.low, supply.high, translate)
            )
        ]
    if supply is not None and supply.uncounted:
        out.append(translate("Without a known number of pitches: {count}.").format(count=len(supply.uncounted)))
    if supply is not None and supply.doubtful:
        out.append(translate("Perhaps open: {count}.").format(count=len(supply.doubtful)))
    if line.survey is not None:
        told = translate("Local survey of {date}: {pitches} pitches needed ({method}).")
        out.append(
            told.format(
                date=line.survey.date.isoformat(),
                pitches=span(line.survey.low, line.survey.high, translate),
                method=line.survey.method,
            )
        )
    elif line.level == "municipality":
        out.append(translate("No local survey: need and gap are not known."))
    elif line.need is None or not line.need.facts:
        out.append(translate("No estimate of the need in pitches was found."))
    else:
        pitches = span(line.need.low, line.need.high, translate)
        out.append(translate("Estimates of the need: {pitches} pitches.").format(pitches=pitches))
    if line.gap.known:
        out.append(translate("Gap: {pitches} pitches.").format(pitches=span(line.gap.low, line.gap.high, translate)))
        if not line.complete:
            out.append(translate("Sites may exist that are not on record, so the gap may be smaller."))
    return out


def span(low: float | None, high: float | None, translate: Translator) -> str:
    """An interval of pitches in words."""
    if low is None and high is None:
        return translate("an unknown number of")
    if high is None:
        return translate("at least {low}").format(low=_n(low or 0))
    if low is None:
        return translate("at most {high}").format(high=_n(high))
    return _n(low) if low == high else f"{_n(low)}–{_n(high)}"


def _n(value: float) -> str:
    return f"{value:g}"


def _way(nis: str, way: Way, names: dict[str, str], translate: Translator) -> dict[str, Any]:
    if way.low_m is None:
        told = translate("{place}: way to the nearest open transit site not known ({reason}).").format(
            place=place_name(nis, translate.language), reason=translate(WAY_REASONS[way.reason or "no_site"])
        )
    else:
        low, high = f"{way.low_m / 1000:.1f}", None if way.high_m is None else f"{way.high_m / 1000:.1f}"
        if high is None:
            distance = translate("at least {low} km").format(low=low)
        else:
            distance = f"{low} km" if low == high else f"{low}–{high} km"
        told = translate("{place}: nearest open transit site {site}, {distance} along main roads.").format(
            place=place_name(nis, translate.language), site=names.get(way.site or "", "?"), distance=distance
        )
        if way.reason is not None:
            told += " " + translate("Not certain: {reason}.").format(reason=translate(WAY_REASONS[way.reason]))
    if way.unlocated:
        told += " " + translate("Open transit sites without a point, which may be nearer: {count}.").format(
            count=len(way.unlocated)
        )
    return {
        "municipality": nis,
        "metres": {"low": way.low_m, "high": way.high_m},
        "site": way.site,
        "straight_m": way.straight_m,
        "reason": way.reason,
        "unlocated": list(way.unlocated),
        "text": told,
    }
