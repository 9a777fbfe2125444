"""Need: what sources say is wanted, in pitches, at the level they say it for.

Contract: pure. Estimates of persons, families or households are no need in pitches; they stay in the series of the
inventory. A municipality has no estimate: see `sites.need.surveys`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sites.inventory import inventory
from sites.inventory.model import NeedFact

#: Measures of the inventory that are a need in pitches, by type of site.
MEASURES = {"residential": "residential_pitches_needed", "transit": "transit_pitches_needed"}


@dataclass(frozen=True)
class NeedRange:
    """All estimates of one place and type of site.

    Attributes
    ----------
    place : a region or belgium, as the source says.
    low, high : hull of the estimates; high None = a source says "at least". Both None: no estimate was found.
    facts : the estimates, with source, date and grade.
    """

    place: str
    site_type: str
    low: float | None
    high: float | None
    facts: tuple[NeedFact, ...]


def need_of(place: str, site_type: str, facts: Iterable[NeedFact] | None = None) -> NeedRange:
    """The need of a region or the country.

    Parameters
    ----------
    place : flanders, wallonia, brussels, german-speaking-community or belgium.
    facts : None = those of the packaged inventory.
    """
    measure = MEASURES.get(site_type)
    found = tuple(
        one for one in (inventory().need if facts is None else facts) if one.measure == measure and one.region == place
    )
    if not found:
        return NeedRange(place, site_type, None, None, ())
    low = min(one.low if one.low is not None else 0 for one in found)
    highs = [one.high for one in found]
    return NeedRange(
        place, site_type, low, None if None in highs else max(one for one in highs if one is not None), found
    )
