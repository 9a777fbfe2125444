"""Subsidy eligibility of places on a day: the table behind the map layer of the same name.

Contract: stateless. Boundaries and sites are those of today, only the law is of the day: every answer says so.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

import psycopg

from api.i18n import translator
from api.provenance import say_sources
from geodata.errors import CombinationError, UsageError
from geodata.settings import Language
from geodata.sources.sharing import basis
from sites.candidates.cases import cases_of
from sites.inventory import find_site
from sites.law.loader import pack_version
from sites.law.model import SITE_TYPES, LawRegion, SiteType
from sites.law.subsidies.eligibility import eligibility, overall
from sites.law.subsidies.rule import Case
from sites.law.subsidies.wording import word
from sites.places import law_region_of, place_name


def eligibility_view(
    connection: psycopg.Connection[Any],
    *,
    municipalities: Sequence[str] = (),
    parcels: Sequence[str] = (),
    sites: Sequence[str] = (),
    site_type: str,
    as_of: date,
    language: Language,
) -> dict[str, Any]:
    """Eligibility of places: {"as_of", "boundaries", "count", "items", "sources"}, in the order asked.

    A site of the inventory is judged by its own type, everything else by `site_type`.

    Raises
    ------
    UsageError
        When the type of site is unknown, or no place is asked for.
    NotFoundError
        When a municipality, parcel or site is not known.
    """
    wanted = _site_type(site_type)
    if not (municipalities or parcels or sites):
        raise CombinationError("No place is asked for.", "Give municipalities, parcels or sites.")
    items: list[dict[str, Any]] = []
    used: dict[int, dict[str, Any]] = {}
    for nis in dict.fromkeys(municipalities):
        items.append({"nis": nis, "name": place_name(nis, language), "site_type": wanted})
        items[-1] |= standing(law_region_of(nis), wanted, as_of, language)
    for capakey in dict.fromkeys(parcels):
        found = cases_of(connection, capakey, wanted, as_of)
        items.append(
            {"capakey": capakey, "nis": found.nis, "site_type": wanted, "hp": found.hp if found.told else None}
        )
        behind = basis(connection, found.datasets, date.today(), codes=[found.nis], parcel=found.parcel)
        items[-1] |= {"dataset": behind.ids(behind.layers), "stale": behind.stale(["plan_hp"])}
        used |= {one["dataset"]: one for one in behind.sources(language)}
        region = law_region_of(found.nis)
        is_walloon = region == "wallonia"
        # Where a case is not known, every regime that is bound to one stays in the list.
        cases = found.cases if is_walloon and not found.open else None
        items[-1] |= standing(region, wanted, as_of, language, cases)
        items[-1]["cases"] = list(found.cases) if is_walloon else []
        items[-1]["cases_not_known"] = list(found.open) if is_walloon else []
    for site_id in dict.fromkeys(sites):
        site = find_site(connection, site_id)
        kind = site.site_type[-1].value
        items.append({"site": site.id, "nis": site.nis, "site_type": kind})
        items[-1] |= standing(site.region, kind, as_of, language)
    return {
        "as_of": as_of.isoformat(),
        "boundaries": "of today",
        "rule_pack": pack_version(),
        "count": len(items),
        "items": items,
        "sources": say_sources(list(used.values()), translator(language)),
    }


def standing(
    region: LawRegion, site_type: SiteType, as_of: date, language: Language, cases: Collection[Case] | None = None
) -> dict[str, Any]:
    """How one place stands: region, overall standing, and each regime with its own."""
    found = eligibility(region, site_type, as_of, cases=cases)
    whole = overall(found)
    return {
        "region": region,
        "cases": sorted(cases or ()),
        "standing": whole,
        "standing_title": word("statuses", whole, language),
        "regimes": [
            {
                "id": one.rule.values.regime,
                "rule": one.rule.id,
                "title": one.rule.title[language],
                "standing": one.standing,
                "standing_title": word("statuses", one.standing, language),
                "url": one.rule.sources[0].url,
            }
            for one in found
        ],
    }


def _site_type(name: str) -> SiteType:
    for known in SITE_TYPES:
        if name == known:
            return known
    raise UsageError(f"Unknown type of site: {name}.", f"Use one of {', '.join(SITE_TYPES)}.")
