"""What an answer says of its sources, in words: the same list in JSON, on the command line and in a map file.

Contract: words only; which datasets an answer rests on, and what of them may be told, is `geodata.sources.sharing`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from api.i18n import Translator
from api.source_words import KIND_TITLES
from geodata.sources.sharing import attributions
from sites.suitability import Message, owner_title
from sites.suitability.titles import LAYERS, WITHHELD


def say_sources(sources: list[dict[str, Any]], translate: Translator) -> list[dict[str, Any]]:
    """Add to each source the licence, the provider and what must be named with it, in the reader's language."""
    for one in sources:
        one["licence_text"], one["provider_text"] = translate(one["licence"]), translate(one["provider"])
    return sources


def owner_words(told: dict[str, Any], translate: Translator) -> str:
    """Class of owner in words, or that it may not be told."""
    return translate.render(owner_title(told["owner_class"]) if told["owner_told"] else Message(WITHHELD))


def stale_titles(told: dict[str, Any], translate: Translator) -> list[str]:
    """Titles of the layers of an answer that rest on a stale source."""
    return [translate(LAYERS.get(layer) or KIND_TITLES.get(layer, layer)) for layer in told["stale"]]


def flag(told: dict[str, Any], translate: Translator) -> str:
    """The short word behind a figure that rests on a stale source; empty for any other."""
    return f" ({translate('stale')})" if told["stale"] else ""


def source_lines(sources: Iterable[dict[str, Any]], translate: Translator) -> list[str]:
    """One line per source: number, title, provider, version, date, licence, age, and whether it is stale."""
    told = translate("{title} ({provider}), version {version} of {date}, {licence}, {days} days old")
    return [
        told.format(
            title=one["title"], provider=one["provider_text"], version=one["version"], date=one["date"],
            licence=one["licence_text"], days=one["age_days"],
        )
        + flag(one, translate)
        for one in sources
    ]  # fmt: skip


def attribution_line(sources: Iterable[dict[str, Any]]) -> str:
    """What the licences of all sources ask to be named, in one line."""
    return "; ".join(attributions(sources))
