"""The row of a site in the yearly sheet of its municipality, as it is before anybody fills it in.

Contract: pure. The latest record before the year, else the inventory's own figures; a suppressed occupancy stays empty.
The column `confirmed` is always empty: what was known last year counts for this year once somebody says so.
"""

from __future__ import annotations

from typing import Any

from sites.inventory.model import AmountFact, Site
from sites.inventory.text import NOT_NAMED, word
from sites.law.model import Language

#: Columns of the sheet, with their headers; `sheet.HEADERS` reads every one of them back.
COLUMNS: dict[str, dict[Language, str]] = {
    "year": {"nl": "jaar", "fr": "année", "de": "Jahr", "en": "year"},
    "nis": {"nl": "NIS-code", "fr": "code INS", "de": "NIS-Code", "en": "NIS"},
    "municipality": {"nl": "gemeente", "fr": "commune", "de": "Gemeinde", "en": "municipality"},
    "site_id": {"nl": "terrein-id", "fr": "id terrain", "de": "Gelände-ID", "en": "site_id"},
    "name": {"nl": "naam terrein", "fr": "nom du terrain", "de": "Gelände", "en": "site name"},
    "address": {"nl": "adres", "fr": "adresse", "de": "Adresse", "en": "address"},
    "site_type": {"nl": "type", "fr": "type", "de": "Art", "en": "type"},
    "status": {"nl": "status", "fr": "statut", "de": "Status", "en": "status"},
    "ownership": {"nl": "eigendom", "fr": "propriété", "de": "Eigentum", "en": "ownership"},
    "manager": {"nl": "beheerder", "fr": "gestionnaire", "de": "Verwalter", "en": "manager"},
    "pitches": {
        "nl": "aantal standplaatsen", "fr": "nombre d'emplacements", "de": "Anzahl Stellplätze", "en": "pitches_total",
    },
    "pitch_unit": {"nl": "eenheid", "fr": "unité", "de": "Einheit", "en": "pitch_unit"},
    "occupied": {
        "nl": "bezette standplaatsen", "fr": "emplacements occupés", "de": "belegte Stellplätze",
        "en": "pitches_occupied",
    },
    "rate": {"nl": "bezettingsgraad", "fr": "taux d'occupation", "de": "Auslastung", "en": "occupancy_rate"},
    "confirmed": {"nl": "bevestigd", "fr": "confirmé", "de": "bestätigt", "en": "confirmed"},
}  # fmt: skip

PUBLIC: dict[Language, str] = {"nl": "publiek", "fr": "public", "de": "öffentlich", "en": "public"}


def goes_on(site: Site) -> bool:
    """Does the site get a row?"""
    status = site.status_in()
    return status is not None and status.value not in ("closed", "dropped") and site.site_type[-1].value != "family"


def prefilled(site: Site, year: int, language: Language) -> dict[str, Any]:
    """Values of the row, by canonical column."""
    pitches = _exact([one for one in site.pitches if one.year is None or one.year < year])
    occupancy = next((one for one in reversed(site.occupancy) if one.year is None or one.year < year), None)
    status = site.status_in()
    manager = [*site.designated_by, *site.manager][-1]
    return {
        "year": year,
        "nis": site.nis,
        "municipality": site.municipality,
        "site_id": site.id,
        "name": site.name,
        "address": site.place[-1].value if site.place else None,
        "site_type": word("site_type", site.site_type[-1].value, language),
        "status": word("status", status.value if status else None, language),
        "ownership": PUBLIC[language],
        "manager": None if manager.value == NOT_NAMED else manager.value,
        "pitches": int(pitches.low) if pitches is not None and pitches.low is not None else None,
        "pitch_unit": word("unit", pitches.unit if pitches else "pitch", language),
        "occupied": occupancy.value if occupancy else None,
        "rate": occupancy.rate if occupancy else None,
        "confirmed": None,
    }


def _exact(pitches: list[AmountFact]) -> AmountFact | None:
    """The newest figure that is one number of this site alone."""
    exact = [one for one in pitches if one.low is not None and one.low == one.high and not one.together_with]
    dated = [one for one in exact if one.year is not None]
    newest = max((one.year or 0 for one in dated), default=None)
    # Of figures of the same year the first counts; the others are its contradictions.
    return next((one for one in dated if one.year == newest), exact[0] if exact else None)
