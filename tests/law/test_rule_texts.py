"""What a reader of the rule files sees: typography of the four languages, words of the glossary, places without streets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from sites.law import rules
from sites.law.model import LANGUAGES, Rule

NO_BREAK = "\u00a0"
STREET = re.compile(r"\b[A-Z][a-zé]+(straat|laan|steenweg|dreef|baan)\b|\b[Rr]ue (de|du|des)\b")
#: Words that others stand for in the glossary, by language.
AVOIDED = {
    "nl": ("HP-terrein", "reizend wonen"),
    "fr": ("site du Plan HP", "sites du Plan HP"),
    "de": ("Wohnungsberatung", "Standplatz"),
}


def texts(value: Any) -> Iterator[dict[str, str]]:
    """Every text in four languages below a value."""
    if isinstance(value, dict):
        if set(value) == set(LANGUAGES):
            yield value
        else:
            for one in value.values():
                yield from texts(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from texts(one)


ALL = [pytest.param(rule, id=f"{rule.id}-{rule.valid_from}") for rule in rules()]


@pytest.mark.parametrize("rule", ALL)
def test_signs_keep_to_their_word(rule: Rule) -> None:
    """A no-break space before % in every language, and before ; : ! ? in French."""
    found = list(texts(rule.model_dump()))
    assert rule.title in found
    for text in found:
        for language, words in text.items():
            assert not re.search(r"\d ?%", words), (language, words)
        assert not re.search(rf"[^{NO_BREAK}][;:!?](\s|$)", text["fr"]), text["fr"]


@pytest.mark.parametrize("rule", ALL)
def test_words_of_the_glossary_and_no_streets(rule: Rule) -> None:
    for text in texts(rule.model_dump()):
        for language, words in text.items():
            assert not STREET.search(words), "places are named by municipality or site, never by street"
            assert not [word for word in AVOIDED.get(language, ()) if word in words], (language, words)


def test_the_check_sees_what_it_looks_for() -> None:
    assert STREET.search("de Reepstraat naast") and STREET.search("une rue de la gare")
    assert not STREET.search("een gracht") and not STREET.search("Straße")
    assert list(texts({"a": [{"nl": "x", "fr": "x", "de": "x", "en": "x"}], "b": "y"})) == [
        {"nl": "x", "fr": "x", "de": "x", "en": "x"}
    ]
