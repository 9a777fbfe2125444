"""What tiles say beside what is drawn: standing of aid and cases of the housing code on a day, supply and need.

Contract: pure but for `supply_and_need`, which reads sites. Boundaries are those of today: the tiles say so.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Literal

import psycopg
from psycopg.types.json import Jsonb

from sites.inventory import all_sites
from sites.law.habitat_permanent import REWRITTEN_ON, art22bis_case, art44_case
from sites.law.model import LAW_REGIONS, SiteType
from sites.law.subsidies.eligibility import eligibility, overall
from sites.need.need import need_of
from sites.need.overview import TYPES
from sites.need.supply import supply_of

_USES: dict[SiteType, Literal["family", "reception"]] = {"family": "family", "transit": "reception"}


def standing_values(site_type: SiteType, as_of: date) -> dict[str, Any]:
    """Values of the layer `eligibility`: how each region stands, and its open regimes joined by commas."""
    found = {region: eligibility(region, site_type, as_of) for region in LAW_REGIONS}
    opened = [
        ",".join(one.rule.id for one in listed if one.standing == "open") or None for listed in found.values()
    ]  # fmt: skip
    return {
        "regions": list(found),
        "standings": [overall(listed) for listed in found.values()],
        "opened": opened,
        "site_type": site_type,
        "as_of": as_of.isoformat(),
    }


def case_values(site_type: SiteType, as_of: date) -> dict[str, Any]:
    """Values of the layer `cases`: which hold on Plan HP perimeters, and which on all other Walloon land.

    A case is historic until 27 July 2017; after that article 44 has its successor, and use b of article 22bis is gone.
    """
    travellers = True if site_type in ("family", "transit") else None
    on_hp = art22bis_case(as_of, hp="phase_unknown", for_travellers=travellers, designated=None).case
    elsewhere = art22bis_case(as_of, hp="none", for_travellers=travellers, designated=None).case
    fourth = art44_case(as_of, _USES.get(site_type))
    listed: list[tuple[str, str, str]] = []
    if elsewhere != "none":
        listed.append(("22bis", elsewhere, "art. 22bis"))
    if fourth.case != "none":
        listed.append(("44", fourth.case, "art. 44"))
    elif fourth.successor is not None:
        listed.append(("44", "successor", fourth.successor))
    return {
        "hp_case": on_hp if on_hp != "none" else None,
        "articles": [one[0] for one in listed],
        "found": [one[1] for one in listed],
        "titles": [one[2] for one in listed],
        "historic": as_of <= REWRITTEN_ON - timedelta(days=1),
        "as_of": as_of.isoformat(),
    }


#: What supply follows from; two states are alike only where the same sites are known.
SITES_STATE = b"""SELECT
    (SELECT md5(string_agg(id || ':' || xmin, ',' ORDER BY id)) FROM dataset WHERE kind IN ('sites', 'municipalities')),
    (SELECT md5(string_agg(id || ':' || xmin, ',' ORDER BY id)) FROM inventory_import),
    (SELECT md5(string_agg(id || ':' || xmin, ',' ORDER BY id)) FROM inventory_record WHERE current)"""


@dataclass
class Kept:
    """Supply and need of the state they were reckoned for; made by one request while others wait for it."""

    state: Any = None
    values: dict[str, Any] = field(default_factory=dict)
    one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)


def supply_and_need(connection: psycopg.Connection[Any]) -> dict[str, Any]:
    """Values of the layer `municipalities`: pitches of public sites by municipality, need by region; both as ranges."""
    supply: dict[str, dict[str, Any]] = {}
    for one in supply_of(all_sites(connection), "municipality"):
        if one.site_type in TYPES:
            row = supply.setdefault(one.place, {"nis": one.place})
            row |= {f"{one.site_type}_low": one.low, f"{one.site_type}_high": one.high}
    need: list[dict[str, Any]] = []
    for region in LAW_REGIONS:
        row = {"region": region}
        for kind in TYPES:
            found = need_of(region, kind)
            row |= {f"{kind}_low": found.low, f"{kind}_high": found.high}
        need.append(row)
    return {"supply": Jsonb(list(supply.values())), "need": Jsonb(need)}


def layer_values(connection: psycopg.Connection[Any], layer: str, site_type: SiteType, as_of: date) -> dict[str, Any]:
    """Values that the statement of a layer asks for beside its address."""
    if layer == "eligibility":
        return standing_values(site_type, as_of)
    if layer == "cases":
        return case_values(site_type, as_of)
    return supply_and_need(connection) if layer == "municipalities" else {}
