"""Sites and series as the service and `--json` give them: flat values beside the facts, each with its page.

Contract: pure. A feature is GeoJSON (RFC 7946) in lon/lat; a site without a point has geometry null. Texts come in one
language; codes stay as they are beside them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sites.inventory import loader
from sites.inventory.model import FACTS, Fact, MunicipalityNote, Site, StatusFact
from sites.inventory.text import NOT_NAMED, describe, note_of, source_text, word
from sites.law.model import Language


def fact_view(fact: Fact, language: Language) -> dict[str, Any]:
    """One fact: its values, `text`, `note`, `source`, `sources`, `source_text`, `date`, `grade`.

    `source` is the first page, null where no page bears the fact; `source_text` then says in words where it is from.
    """
    values = fact.model_dump(mode="json", by_alias=True, exclude={"source", "also", "origin", "note", "text"})
    if values.get("value") == NOT_NAMED:
        values["value"] = None
    pages = [one for one in (fact.source, *fact.also) if one]
    return {
        **{key: value for key, value in values.items() if key not in ("date", "grade")},
        "text": describe(fact, language),
        "note": note_of(fact, language),
        "source": pages[0] if pages else None,
        "sources": pages,
        "source_text": source_text(fact, language),
        "date": fact.date,
        "grade": fact.grade,
    }


def feature(site: Site, language: Language, year: int | None = None) -> dict[str, Any]:
    """One site as a GeoJSON feature.

    Parameters
    ----------
    year : year whose status stands in `status`; None = the last one known.
    """
    status = site.status_in(year)
    place, manager = _last(site.place), _last(site.manager) or _last(site.designated_by)
    properties: dict[str, Any] = {
        "id": site.id,
        "name": site.name,
        "site_type": site.site_type[-1].value,
        "status": status.value if status else None,
        "status_date": status.date if status else None,
        "municipality": site.municipality,
        "nis": site.nis,
        "region": site.region,
        "precision": site.precision,
        "known_to": site.known_to,
        "pitches": _interval(site),
        "place": place.value if place else None,
        "manager": describe(manager, language) if manager else None,
        "origin": site.origin,
        "fictional": site.origin == "demo",
        "texts": _texts(site, status, language),
        "facts": {name: [fact_view(fact, language) for fact in site.facts(name)] for name in FACTS},
    }
    if site.position is not None:
        properties["facts"]["position"] = [fact_view(site.position, language)]
    geometry = None
    if site.position is not None:
        geometry = {"type": "Point", "coordinates": [site.position.lon, site.position.lat]}
    return {"type": "Feature", "id": site.id, "geometry": geometry, "properties": properties}


def _last(facts: list[Any]) -> Any:
    return facts[-1] if facts else None


def _interval(site: Site) -> dict[str, Any] | None:
    """The capacity to show where there is room for one, with its unit; None where none was found."""
    amount = site.capacity
    return None if amount is None else {"low": amount.low, "high": amount.high, "unit": amount.unit}


def _texts(site: Site, status: StatusFact | None, language: Language) -> dict[str, str]:
    """Flat values in words, for a table or a popup."""
    return {
        "site_type": word("site_type", site.site_type[-1].value, language),
        "status": word("status", status.value if status else None, language),
        "region": word("region", site.region, language),
        "precision": word("precision", site.precision, language),
        "known_to": word("known_to", site.known_to, language),
        "pitches": "; ".join(describe(one, language) for one in site.pitches),
    }


def collection(found: Iterable[Site], language: Language, year: int | None = None) -> dict[str, Any]:
    """Sites as a GeoJSON FeatureCollection with their count."""
    features = [feature(one, language, year) for one in found]
    return {"type": "FeatureCollection", "count": len(features), "features": features}


def series(notes: Iterable[MunicipalityNote], language: Language) -> dict[str, Any]:
    """HP figures, HP sites, totals by region, need and the notes of municipalities: lists of {"count", "items"}."""
    known = loader.inventory()
    named = loader.measures()

    def line(fact: Any) -> dict[str, Any]:
        shown = fact_view(fact, language)
        if hasattr(fact, "measure"):
            measure = named[fact.measure]
            shown |= {"title": measure.title[language], "unit": measure.unit}
        return shown

    hp_sites = [
        {
            "id": one.id,
            "name": one.name,
            "municipality": one.municipality,
            "nis": one.nis,
            "geometry": None,
            "facts": {
                "status": [fact_view(fact, language) for fact in one.status],
                "parcels": [fact_view(fact, language) for fact in one.parcels],
            },
        }
        for one in known.hp_sites
    ]
    lists: dict[str, list[dict[str, Any]]] = {
        "hp_series": [line(one) for one in known.hp_series],
        "hp_sites": hp_sites,
        "hp_municipalities": [line(one) for one in known.hp_municipalities],
        "totals": [line(one) for one in known.totals],
        "need": [line(one) for one in known.need],
        "municipality_notes": [line(one) for one in notes],
    }
    return {
        "checked_on": known.checked_on,
        **{name: {"count": len(items), "items": items} for name, items in lists.items()},
    }
