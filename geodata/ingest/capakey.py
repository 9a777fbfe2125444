"""Cadastral keys in any spelling, brought to the one of the register: `24434F0211/00W006`.

The first five digits are a cadastral division, not a NIS code. Nothing here looks at which parcels exist.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from geodata.ingest.table import text

#: A key without its separators: division, section, number, bis, exponent, power.
_COMPACT = re.compile(r"(\d{5})([A-Z])(\d{4})(\d{2})([A-Z_])(\d{3})")
#: The same where separators were written as `_`, so that an empty exponent left no trace.
_BARE = re.compile(r"(\d{5})([A-Z])(\d{4})(\d{2})([A-Z]?)(\d{3})")
#: A key with parts left short or out: 24434 F 211/2 W 6, 24434-F-211, 24434F211W6.
_LOOSE = re.compile(
    r"(\d{5})[\s.,;_/-]*([A-Z])[\s.,;_/-]*(\d{1,4})(?:\s*[/-]\s*(\d{1,2})(?!\d))?"
    r"(?:[\s.,;/-]*([A-Z_])(?:[\s.,;/-]*(\d{1,3}))?)?"
)


@dataclass(frozen=True)
class Spelled:
    """A key as written.

    Attributes
    ----------
    key : the key as the register writes it.
    short : only division, section and number were given; the rest was taken as empty.
    """

    key: str
    short: bool = False

    @property
    def number(self) -> str:
        """Division, section and number: what parcels that were one often share."""
        return self.key[:10]


def spelled(value: Any) -> Spelled | None:
    """A key from one text: small letters, `-` for `/`, no slash, spaces; None when it is no key."""
    given = (text(value) or "").upper().strip("\"' ")
    for pattern, dropped in ((_COMPACT, r"[\s./-]"), (_BARE, r"[\s./_-]")):
        found = pattern.fullmatch(re.sub(dropped, "", given))
        if found:
            division, section, number, bis, exponent, power = found.groups()
            return Spelled(f"{division}{section}{number}/{bis}{exponent or '_'}{power}")
    found = _LOOSE.fullmatch(given)
    if found is None:
        return None
    division, section, number, bis, exponent, power = found.groups()
    return _joined(division, section, number, bis, exponent, power)


def from_parts(division: Any, section: Any, number: Any, bis: Any, exponent: Any, power: Any) -> Spelled | None:
    """A key from columns of its parts; what follows the number may be empty. None when they make no key.

    Parameters
    ----------
    division : five digits, with or without a name behind them.
    number : up to four digits, which may carry the bis number behind a slash.
    """
    begins = re.match(r"\s*(\d{5})(?!\d)", text(division) or "")
    letter = re.fullmatch(r"[A-Z]", (text(section) or "").upper())
    digits = re.fullmatch(r"(\d{1,4})(?:\s*[/-]\s*(\d{1,2}))?", text(number) or "")
    if not (begins and letter and digits):
        return None
    ends = [(text(one) or "").upper() for one in (bis, exponent, power)]
    if not (
        re.fullmatch(r"\d{0,2}", ends[0]) and re.fullmatch(r"[A-Z_0-]?", ends[1]) and re.fullmatch(r"\d{0,3}", ends[2])
    ):
        return None
    found = _joined(begins[1], letter[0], digits[1], ends[0] or digits[2], ends[1].strip("_0-"), ends[2])
    # Columns that are there and empty say that there is nothing, so the key is whole.
    return Spelled(found.key)


def _joined(
    division: str, section: str, number: str, bis: str | None, exponent: str | None, power: str | None
) -> Spelled:
    short = not (bis or exponent or power)
    tail = f"{(bis or '').zfill(2)}{exponent or '_'}{(power or '').zfill(3)}"
    return Spelled(f"{division}{section}{number.zfill(4)}/{tail}", short)
