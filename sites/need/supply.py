"""Supply: pitches of open public sites by type, region, municipality and year, with what no source counts named.

Contract: pure. Only figures in pitches are summed: places, caravans, dwellings and households are other units and stand
beside. A figure that counts several sites together is summed once. Where an open site has no figure the upper end of the
sum is unknown (None).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from sites.inventory.model import AmountFact, Site

Level = Literal["country", "region", "municipality"]
#: Everything of the inventory lies in it.
COUNTRY = "belgium"


@dataclass(frozen=True)
class Supply:
    """Open public sites of one type in one place.

    Attributes
    ----------
    place : belgium, a region whose law holds there, or a NIS code.
    year : status at the end of this year; None = the last one known, undated facts included.
    sites : ids of the open sites.
    low, high : pitches of the sites on record; high is None where one has no figure or none with an upper end, or may be
        open (see `doubtful`). Both None: there are open sites and no figure at all.
    uncounted : ids of open sites without a figure in pitches.
    doubtful : ids of sites that may be open: no fact says what they were that year, or their status is not known.
    """

    level: Level
    place: str
    site_type: str
    year: int | None
    sites: tuple[str, ...]
    low: float | None
    high: float | None
    uncounted: tuple[str, ...]
    doubtful: tuple[str, ...]


def supply_of(found: Iterable[Site], level: Level, year: int | None = None) -> list[Supply]:
    """Supply by place and type of site, in the order of both.

    Parameters
    ----------
    found : sites of any status.
    level : what is summed; sites whose municipality no source names are left out of municipalities.
    year : see `Supply`.
    """
    groups: dict[tuple[str, str], list[Site]] = {}
    for site in found:
        place = {"country": COUNTRY, "region": site.region, "municipality": site.nis}[level]
        if place is not None:
            groups.setdefault((place, site.site_type[-1].value), []).append(site)
    return [_sum(level, place, kind, year, several) for (place, kind), several in sorted(groups.items())]


def _sum(level: Level, place: str, site_type: str, year: int | None, several: list[Site]) -> Supply:
    opened, doubtful = [], []
    for site in sorted(several, key=lambda one: one.id):
        status = site.status_in(year)
        if status is None or status.value == "unknown":
            doubtful.append(site.id)
        elif status.value == "open":
            opened.append(site)
    low, high, counted, seen = 0.0, 0.0, 0, set()
    open_ended, uncounted = False, []
    for site in opened:
        facts = figures_of(site, year)
        if not facts:
            uncounted.append(site.id)
            continue
        counted += 1
        together = frozenset({site.id, *(other for one in facts for other in one.together_with)})
        if len(together) > 1 and together in seen:
            continue
        seen.add(together)
        low += min(one.low if one.low is not None else 0 for one in facts)
        highs = [one.high for one in facts]
        open_ended |= None in highs
        high += max(one for one in [*highs, 0] if one is not None)
    unsure = bool(uncounted or doubtful or open_ended)
    ids = tuple(one.id for one in opened)
    return Supply(
        level, place, site_type, year, ids, low if counted or not opened else None, None if unsure else high,
        tuple(uncounted), tuple(doubtful),
    )  # fmt: skip


def figures_of(site: Site, year: int | None) -> list[AmountFact]:
    """Figures in pitches that hold in a year: those of the newest year until then, else those without a date."""
    facts = [one for one in site.pitches if one.unit == "pitch"]
    dated = [one for one in facts if one.year is not None and (year is None or one.year <= year)]
    newest = max((one.year for one in dated if one.year is not None), default=None)
    return [one for one in dated if one.year == newest] or [one for one in facts if one.year is None]
