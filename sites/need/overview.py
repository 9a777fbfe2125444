"""Supply, need and gap of one place, put together for the command line, the service and the advice."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sites.inventory import inventory
from sites.inventory.model import Site
from sites.law.model import LAW_REGIONS
from sites.need.gap import Gap, gap_of
from sites.need.need import NeedRange, need_of
from sites.need.supply import COUNTRY, Level, Supply, supply_of
from sites.need.surveys import Survey, newest
from sites.places import law_region_of

#: Types of site whose need anybody counts.
TYPES = ("residential", "transit")


@dataclass(frozen=True)
class Line:
    """One place and type of site.

    Attributes
    ----------
    need : None for a municipality: no source says it.
    survey : what the municipality entered itself; None = no local survey.
    complete : does a source count no more sites than are on record? A municipality that surveyed its need knows its sites.
    """

    level: Level
    place: str
    site_type: str
    supply: Supply | None
    need: NeedRange | None
    survey: Survey | None
    gap: Gap
    complete: bool


def lines_of(
    found: Iterable[Site],
    *,
    regions: Sequence[str] = (),
    municipalities: Sequence[str] = (),
    year: int | None = None,
    surveys: Sequence[Survey] = (),
    as_of: date | None = None,
) -> list[Line]:
    """Lines of the places asked for; with none named, the country and its regions.

    Parameters
    ----------
    year : supply at the end of that year; None = as last known.
    surveys : surveys entered for municipalities, until `as_of`.

    Notes
    -----
    The need of the country is not the sum of its regions: only what a source says of the country counts.
    """
    sites = list(found)
    out = []
    if not regions and not municipalities:
        out += _level("country", (COUNTRY,), sites, year)
    out += _level("region", regions or (() if municipalities else LAW_REGIONS), sites, year)
    of_place = {(one.place, one.site_type): one for one in supply_of(sites, "municipality", year)}
    for nis in municipalities:
        law_region_of(nis)  # refuses what is no municipality
        for kind in TYPES:
            supply = of_place.get((nis, kind))
            survey = newest(surveys, nis, kind, as_of)
            low, high = (None, None) if survey is None else (float(survey.low), float(survey.high))
            gap = gap_of(low, high, supply, complete=True)
            out.append(Line("municipality", nis, kind, supply, None, survey, gap, survey is not None))
    return out


def _level(level: Level, places: Iterable[str], found: list[Site], year: int | None) -> list[Line]:
    of_place = {(one.place, one.site_type): one for one in supply_of(found, level, year)}
    out = []
    for place in places:
        for kind in TYPES:
            need, supply = need_of(place, kind), of_place.get((place, kind))
            complete = _complete(place, kind, 0 if supply is None else len(supply.sites))
            gap = gap_of(need.low, need.high, supply, complete=complete)
            out.append(Line(level, place, kind, supply, need, None, gap, complete))
    return out


def _complete(place: str, site_type: str, on_record: int) -> bool:
    """Does the newest total of a source count no more sites than are on record?"""
    counted = [
        one for one in inventory().totals
        if one.region == place and one.measure == f"{site_type}_sites" and one.year is not None
    ]  # fmt: skip
    newest = max(counted, key=lambda one: one.date, default=None)
    return newest is not None and newest.high is not None and newest.high <= on_record
