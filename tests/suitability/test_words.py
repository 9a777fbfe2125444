"""Every sentence of an explanation exists in every language, with the same placeholders."""

from __future__ import annotations

from string import Formatter

import pytest
from babel.messages.pofile import read_po

from api.i18n import LOCALES, VERDICTS
from sites.suitability import titles
from sites.suitability.presence import HOUSES, SITE_KINDS, SITE_STATUS
from sites.suitability.sentences import (
    ADDS,
    COSTS,
    FIGURES,
    FITS,
    LATER,
    NEXT,
    NO_LAW,
    OPENINGS,
    RULE_GONE,
    SCHOOLS,
    SCORE,
    SENTENCES,
    STALE,
    STEP,
    STEP_GRADED,
    USABLE,
)
from sites.suitability.titles import CLASSES, CONDITION_ELSE, CONDITIONS, HOUSE_CONDITION, USES


def templates() -> set[str]:
    """All texts that may be rendered."""
    found = {
        FITS,
        SCORE,
        ADDS,
        COSTS,
        titles.WHO_ELSE,
        *CONDITION_ELSE,
        *(text for pair in CONDITIONS.values() for text in pair),
    }
    found |= {LATER, NO_LAW, NEXT, STEP, STEP_GRADED, USABLE, RULE_GONE, STALE, *HOUSE_CONDITION}
    found |= {text for several in FIGURES.values() for text in several if text}
    tables = (SENTENCES, USES, CLASSES, OPENINGS, VERDICTS, HOUSES, SITE_KINDS, SITE_STATUS)
    for table in (*tables, titles.CONSTRAINTS, titles.CRITERIA, titles.LAYERS, titles.ROADS, SCHOOLS):
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
