"""Facts in words: one sentence part per fact, in the four languages.

Contract: pure; words come from `data/words.yaml` and `data/measures.yaml`. A code without words never reaches here,
because the loader refuses it.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from babel.numbers import format_currency, format_decimal

from sites.inventory import loader
from sites.inventory.model import (
    AmountFact,
    EquipmentFact,
    Fact,
    HpMunicipality,
    HpSite,
    HpStatusFact,
    ManagerFact,
    MunicipalityNote,
    NoteFact,
    OccupancyFact,
    OpeningFact,
    PlaceFact,
    Position,
    PriceFact,
    SeriesFact,
    StatusFact,
    StayFact,
    TypeFact,
)
from sites.law.model import Language

_PHRASES: dict[str, dict[Language, str]] = {
    "at_least": {"nl": "minstens {}", "fr": "au moins {}", "de": "mindestens {}", "en": "at least {}"},
    "at_most": {"nl": "hoogstens {}", "fr": "au plus {}", "de": "höchstens {}", "en": "at most {}"},
    "about": {"nl": "ongeveer {}", "fr": "environ {}", "de": "etwa {}", "en": "about {}"},
    "months_open": {
        "nl": "{} maanden per jaar", "fr": "{} mois par an", "de": "{} Monate im Jahr", "en": "{} months a year",
    },
    "days": {"nl": "{} dagen", "fr": "{} jours", "de": "{} Tage", "en": "{} days"},
    "weeks": {"nl": "{} weken", "fr": "{} semaines", "de": "{} Wochen", "en": "{} weeks"},
    "months": {"nl": "{} maand(en)", "fr": "{} mois", "de": "{} Monat(e)", "en": "{} month(s)"},
    "times": {"nl": "{} keer per jaar", "fr": "{} fois par an", "de": "{}-mal im Jahr", "en": "{} times a year"},
    "gap": {
        "nl": "{} dagen tussen twee verblijven", "fr": "{} jours entre deux séjours",
        "de": "{} Tage zwischen zwei Aufenthalten", "en": "{} days between two stays",
    },
    "absent": {"nl": "geen {}", "fr": "pas de : {}", "de": "kein {}", "en": "no {}"},
    "suppressed": {
        "nl": "minder dan 10, niet bewaard", "fr": "moins de 10, non conservé",
        "de": "weniger als 10, nicht gespeichert", "en": "fewer than 10, not kept",
    },
    "together": {
        "nl": "{} (samen met {})", "fr": "{} (avec {})", "de": "{} (zusammen mit {})", "en": "{} (together with {})",
    },
    "occupied": {"nl": "{} bezet", "fr": "{} occupés", "de": "{} belegt", "en": "{} in use"},
    "public": {
        "nl": "openbare instantie, niet genoemd", "fr": "organisme public, non nommé",
        "de": "öffentliche Stelle, nicht genannt", "en": "public body, not named",
    },
    "municipal_return": {
        "nl": "opgave van de gemeente, {}", "fr": "relevé de la commune, {}", "de": "Meldung der Gemeinde, {}",
        "en": "return of the municipality, {}",
    },
    "imported_file": {
        "nl": "ingelezen bestand {}", "fr": "fichier importé {}", "de": "eingelesene Datei {}",
        "en": "imported file {}",
    },
    "adminvector": {
        "nl": "NGI, AdminVector: officieel middelpunt van de deelgemeente (gelezen in een openbare kopie)",
        "fr": "IGN, AdminVector : centre officiel de la section communale (lu dans une copie publique)",
        "de": "NGI, AdminVector: amtlicher Mittelpunkt des Ortsteils (in einer öffentlichen Kopie gelesen)",
        "en": "NGI, AdminVector: official centre point of the municipal section (read in a public copy)",
    },
    "private_sites": {
        "nl": "{} private terreinen", "fr": "{} terrains privés", "de": "{} private Gelände", "en": "{} private sites",
    },
}  # fmt: skip
#: Manager of a site that a list calls public without naming who.
NOT_NAMED = "public"


@cache
def _words() -> dict[str, dict[str, dict[str, str]]]:
    return loader.words()


@cache
def _measures() -> dict[str, Any]:
    return dict(loader.measures())


def word(room: str, code: str | None, language: Language) -> str:
    """A code of `words.yaml` in words; empty for None."""
    return "" if code is None else _words()[room][code][language]


def phrase(code: str, language: Language, *values: Any) -> str:
    """A phrase of this module, filled in."""
    return _PHRASES[code][language].format(*values)


def interval(low: float | None, high: float | None, about: bool, language: Language) -> str:
    """An interval in words: "20–25", "at most 25", "about 30"."""
    shown = [None if one is None else format_decimal(one, locale=language) for one in (low, high)]
    if shown[1] is None:
        told = phrase("at_least", language, shown[0])
    elif shown[0] is None:
        told = phrase("at_most", language, shown[1])
    else:
        told = str(shown[0]) if low == high else f"{shown[0]}–{shown[1]}"
    return phrase("about", language, told) if about else told


def describe(fact: Any, language: Language) -> str:
    """Any fact of the inventory in words of one language, without its note."""
    for kind, say in _SAY:
        if isinstance(fact, kind):
            return str(say(fact, language))
    raise TypeError(f"no words for {type(fact).__name__}")


def note_of(fact: Fact, language: Language) -> str | None:
    """The remark of a fact in one language."""
    return fact.note[language] if fact.note else None


def source_text(fact: Fact, language: Language) -> str | None:
    """What a fact is from, where no page bears it or the page is only a copy; None where the page says enough."""
    return phrase(fact.origin.kind, language, fact.origin.value) if fact.origin else None


def _say_status(fact: StatusFact, language: Language) -> str:
    told = word("status", fact.value, language)
    event = word("event", fact.event, language)
    return f"{told} ({event})" if event and event != told else told


def _say_manager(fact: ManagerFact, language: Language) -> str:
    return phrase("public", language) if fact.value == NOT_NAMED else fact.value


def _say_amount(fact: AmountFact, language: Language) -> str:
    told = f"{interval(fact.low, fact.high, fact.about, language)} {word('unit', fact.unit, language)}".strip()
    if not fact.together_with:
        return told
    names = {site.id: site.name for site in loader.sites()}
    return phrase("together", language, told, ", ".join(names[one] for one in fact.together_with))


def _say_occupancy(fact: OccupancyFact, language: Language) -> str:
    if fact.suppressed:
        return phrase("suppressed", language)
    parts = [] if fact.value is None else [phrase("occupied", language, fact.value)]
    parts += [] if fact.rate is None else [f"{format_decimal(fact.rate * 100, '#,##0', language)} %"]
    return ", ".join(parts)


def _say_opening(fact: OpeningFact, language: Language) -> str:
    parts = [f"{_day(fact.start)}–{_day(fact.end)}"] if fact.start and fact.end else []
    parts += [phrase("months_open", language, fact.months)] if fact.months else []
    parts += [word("how", fact.how, language)] if fact.how else []
    return ", ".join(parts)


def _day(text: str | None) -> str:
    month, day = (text or "-").split("-")
    return f"{int(day)}/{int(month)}"


def _say_stay(fact: StayFact, language: Language) -> str:
    longest = (("days", fact.max_days), ("weeks", fact.max_weeks), ("months", fact.max_months))
    parts = [phrase("at_most", language, phrase(unit, language, number)) for unit, number in longest if number]
    parts += [phrase("times", language, fact.times_per_year)] if fact.times_per_year else []
    parts += [phrase("gap", language, fact.gap_days)] if fact.gap_days else []
    return ", ".join(parts)


def _say_equipment(fact: EquipmentFact, language: Language) -> str:
    there = [word("equipment", one, language) for one in fact.items]
    if fact.count is not None:
        there = [f"{fact.count} {one}" for one in there]
    missing = [phrase("absent", language, word("equipment", one, language)) for one in fact.absent]
    return ", ".join(there + missing)


def _say_price(fact: PriceFact, language: Language) -> str:
    money = format_currency(fact.amount, "EUR", locale=language)
    return f"{word('for', fact.paid_for, language)}: {money} {word('per', fact.per, language)}".strip()


def _say_position(fact: Position, language: Language) -> str:
    told = word("precision", fact.precision, language)
    return f"{fact.section}: {told}" if fact.section else told


def _say_series(fact: SeriesFact, language: Language) -> str:
    measure = _measures()[fact.measure]
    unit = word("unit", measure.unit, language)
    return f"{measure.title[language]}: {interval(fact.low, fact.high, fact.about, language)} {unit}".strip()


def _say_municipality_note(fact: MunicipalityNote, language: Language) -> str:
    told = word("note_kind", fact.kind, language)
    if fact.private_sites is None:
        return told
    return f"{told} ({phrase('private_sites', language, fact.private_sites)})"


_SAY: tuple[tuple[type, Any], ...] = (
    (TypeFact, lambda fact, language: word("site_type", fact.value, language)),
    (StatusFact, _say_status),
    (ManagerFact, _say_manager),
    (PlaceFact, lambda fact, _: fact.value),
    (AmountFact, _say_amount),
    (OccupancyFact, _say_occupancy),
    (OpeningFact, _say_opening),
    (StayFact, _say_stay),
    (EquipmentFact, _say_equipment),
    (PriceFact, _say_price),
    (NoteFact, lambda fact, language: fact.text[language]),
    (Position, _say_position),
    (SeriesFact, _say_series),
    (HpStatusFact, lambda fact, language: word("hp_status", fact.value, language)),
    (HpMunicipality, lambda fact, language: word("hp_status", fact.status, language)),
    (HpSite, lambda fact, _: fact.name),
    (MunicipalityNote, _say_municipality_note),
)
