"""Languages: messages from `api/locales/*.po` (English is the key), numbers and units as each language writes them."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent

from geodata.settings import Language
from geodata.sources.zoning_labels import class_title
from sites.suitability import Message

LOCALES = Path(__file__).parent / "locales"

VERDICTS = {
    "compatible": "compatible",
    "needs_derogation": "needs derogation",
    "incompatible": "incompatible",
    "unknown": "unknown",
}


class Translator:
    """One language."""

    def __init__(self, language: Language) -> None:
        self.language: Language = language
        self._texts: dict[str, str] = {} if language == "en" else _texts(language)

    def __call__(self, text: str) -> str:
        """A text in this language; English where none is known."""
        return self._texts.get(text, text)

    def render(self, message: Message) -> str:
        """A message with its values: messages are translated, (unit, number) pairs formatted."""
        zone = message.values.get("zoning_class")
        if zone is not None:
            return class_title(str(zone), self.language)
        return self(message.template).format(**{name: self._value(value) for name, value in message.values.items()})

    def verdict(self, found: str, so_far: str | None = None) -> str:
        """Verdict in words, with the verdict so far of an unknown one."""
        word = self(VERDICTS[found])
        if found == "unknown" and so_far is not None:
            return self("{verdict}, {so_far} so far").format(verdict=word, so_far=self(VERDICTS[so_far]))
        return word

    def word(self, name: str) -> str:
        """A single word of the data, such as a site type."""
        return self(name)

    def figure(self, unit: str, number: Any) -> str:
        """A number with its unit, as messages hold them: `score` (low, high), `share`, `m2`, `width`, `degrees`, metres."""
        return self._value((unit, number))

    def _value(self, value: Any) -> str:
        if isinstance(value, Message):
            return self.render(value)
        if isinstance(value, list):
            return ", ".join(self._value(one) for one in value)
        if not isinstance(value, tuple):
            return str(value)
        unit, number = value
        if unit == "score":
            low, high = (format_decimal(one, "0.000", self.language) for one in number)
            return low if low == high else f"{low}–{high}"
        if unit == "share":
            return str(format_percent(number, "0.#%", self.language))
        if unit == "m2":
            return f"{format_decimal(number, '#,##0', self.language)} m²"
        if unit == "width":
            return f"{format_decimal(number, '#,##0.#', self.language)} m"
        if unit == "degrees":
            return f"{format_decimal(number, '0.0', self.language)}°"
        return f"{format_decimal(number, '#,##0', self.language)} m"


@cache
def translator(language: Language) -> Translator:
    """The translator of a language."""
    return Translator(language)


def _texts(language: str) -> dict[str, str]:
    with (LOCALES / f"{language}.po").open("rb") as stream:
        return {str(one.id): str(one.string) for one in read_po(stream, locale=language) if one.id and one.string}
