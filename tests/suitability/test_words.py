"""Every sentence of an explanation exists in every language, with the same placeholders."""

from __future__ import annotations

from string import Formatter

import pytest
from babel.messages.pofile import read_po

from api.i18n import LOCALES, VERDICTS
from sites.suitability import titles
from sites.suitability.explain import (
    CLASSES,
    CONDITION_ELSE,
    CONDITIONS,
    FITS,
    HOUSE_CONDITION,
    LATER,
    NO_LAW,
    OPENINGS,
    SENTENCES,
    SUM,
    USES,
)
from sites.suitability.presence import HOUSES, SITE_KINDS, SITE_STATUS


def templates() -> set[str]:
    """All texts that may be rendered."""
    found = {FITS, SUM, titles.WHO_ELSE, *CONDITION_ELSE, *(text for pair in CONDITIONS.values() for text in pair)}
    found |= {LATER, NO_LAW, *HOUSE_CONDITION}
    tables = (SENTENCES, USES, CLASSES, OPENINGS, VERDICTS, HOUSES, SITE_KINDS, SITE_STATUS)
    for table in (*tables, titles.CONSTRAINTS, titles.CRITERIA, titles.LAYERS):
        found |= set(table.values())
    return found | set(titles.OWNERS.values()) | set(titles.WHO.values())


def names(text: str) -> set[str]:
    """Placeholders of a text."""
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("language", ["nl", "fr", "de"])
def test_everything_is_translated(language: str) -> None:
    with (LOCALES / f"{language}.po").open("rb") as stream:
        texts = {str(one.id): str(one.string) for one in read_po(stream) if one.id}
    missing = {text for text in templates() if not texts.get(text)}
    assert missing == set()
    assert {text for text in texts if names(text) != names(texts[text])} == set()
