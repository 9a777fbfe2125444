"""What a list says of rights, shares and leases, in Dutch, French, German and English; texts go in, codes come out.

A text may hold more than its column promises, a name too: only codes, figures and days leave this module.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any

from geodata.ingest.owner_names import plain_words
from geodata.ingest.table import parse_day, text

#: Rights as stored, the strongest first.
RIGHTS = ("full_ownership", "bare_ownership", "usufruct", "emphyteusis", "superficies", "lease")
#: Rights of an owner; the others weigh on the land of one.
OWNING = frozenset(RIGHTS[:2])

#: Patterns on plain words; the first that fits counts. A grantor of a right over the land is its bare owner.
_RIGHTS = (
    ("bare_ownership",
     r"erfpachtgever|opstalgever|trefonds|trefoncier|erbpachtgeber|erbbaurechtgeber"
     r"|bloo?te eigend|naakte eigend|nue propriete|(blosses|nacktes) eigentum|bare ownership|^(be|np)\b"),
    ("emphyteusis", r"erfpacht|emphyt|erbpacht|leasehold|^(erf|emph)\b"),
    ("superficies", r"opstal|superfici|erbbaurecht|building right|^(opst|superf)\b"),
    ("usufruct", r"vruchtgebruik|usufr|niessbrauch|nutzniessung|^(vg|us|uf)\b"),
    ("full_ownership",
     r"volle? eigend|pleine propriete|volleigentum|alleineigentum|full ownership|mede ?eigend|copropriete|miteigentum"
     r"|^(ve|pp)\b|^(eigendom|eigenaar|propriete|proprietaire|eigentum|eigentumer|ownership|owner)\b"),
    ("lease", r"\b(ver)?huur|\bpacht|\blocation\b|\bbail\b|\bmiete\b|\blease\b|\brent\b|\btenan|huurder|locataire|mieter"),
)  # fmt: skip
_RIGHT = tuple((name, re.compile(pattern)) for name, pattern in _RIGHTS)

_NO = re.compile(
    r"^(n|nee|neen|non|no|nein|0|false|onwaar|faux|falsch|geen|aucune?|keine?|none|nihil|neant|vrij|libre|frei|free)$"
    r"|\b(geen|niet|pas|non|aucune?|keine?|nicht|not|no)( de)? "
    r"((ver)?huur|(ver)?pacht|erfpacht|bail|loue|location|(ver)?miet|leased?\b|let\b|rented)"
)
_YES = re.compile(
    r"^(j|y|o|x|1|ja|oui|yes|true|waar|vrai|wahr)\b|verhuurd|verpacht|\bhuur|\bpacht|huurcontract|huurovereenkomst"
    r"|erfpacht|gebruiksovereenkomst|\blouee?\b|\bbail|\blocation\b|vermietet|\bmiet|\bleased?\b|\blet\b|\brented\b"
)
_NO_END = re.compile(r"onbepaald|indetermine|unbefristet|unbestimmt|indefinite")
_DAY = re.compile(r"(?<!\d)(\d{1,2})[./-](\d{1,2})[./-](\d{4})(?!\d)")
#: Day 0 of a spreadsheet that forgot that a number is a day.
_SHEET_EPOCH = date(1899, 12, 30)


def right_of(value: Any) -> str | None:
    """Code of a right; None when the text names none known here."""
    plain = plain_words(text(value) or "")
    return next((name for name, pattern in _RIGHT if pattern.search(plain)), None)


def share_of(value: Any) -> float | None:
    """A share 0..1 from `1/2`, `50 %`, `0,5` or 50; None when there is none.

    A spreadsheet that made a day of `1/2` has lost the share.
    """
    if isinstance(value, datetime | date):
        return None
    given = text(value) or ""
    fraction = re.search(r"(?<![\d/])(\d{1,9})\s*/\s*(\d{1,9})(?![\d/])", given)
    if fraction:
        above, below = int(fraction[1]), int(fraction[2])
        return above / below if 0 < above <= below else None
    percent = re.search(r"(\d+(?:[.,]\d+)?)\s*%", given)
    plain = re.fullmatch(r"\d+(?:[.,]\d+)?", given)
    if not (percent or plain):
        return None
    figure = float((percent[1] if percent else given).replace(",", "."))
    share = figure / 100 if percent or figure > 1 else figure
    return share if 0 < share <= 1 else None


def lease_of(value: Any) -> bool | None:
    """Is there a lease? None when the text does not say."""
    given = text(value) or ""
    plain = plain_words(given)
    if _NO.search(plain):
        return False
    return True if _YES.search(plain) or end_of(given) is not None or _NO_END.search(plain) else None


def end_of(value: Any) -> date | None:
    """The day a lease ends: any usual writing, or the number a spreadsheet keeps for a day; None if none."""
    given = text(value) or ""
    found = _DAY.search(given)
    if found:
        try:
            return date(int(found[3]), int(found[2]), int(found[1]))
        except ValueError:
            return None
    if re.fullmatch(r"[2-9]\d{4}", given):
        return _SHEET_EPOCH + timedelta(days=int(given))
    inside = re.search(r"(?<!\d)\d{4}-\d{2}-\d{2}", given)
    return parse_day(inside[0] if inside else given)


def is_open_ended(value: Any) -> bool:
    """Does the text say that a lease has no end?"""
    return bool(_NO_END.search(plain_words(text(value) or "")))
