"""Why a source failed, in the words and the language of the reader; what the program saw of it follows in brackets."""

from __future__ import annotations

import pytest

from api.fetching import CAUSES, note_of
from api.i18n import translator
from geodata.settings import LANGUAGES, Language
from geodata.sources.catalogue import catalogue
from geodata.sources.clients import common
from geodata.sources.runs import Result


def causes() -> set[str]:
    """Causes that the clients tell."""
    classes = [one for one in vars(common).values() if isinstance(one, type) and issubclass(one, common.FetchError)]
    return {one.cause for one in classes} - {common.FetchError.cause}


def failed(cause: str, kept: int | None) -> Result:
    title = catalogue()["sol"].title
    seen = "https://host/path: no connection (nobody)."
    return Result("plan_rules", "sol", "plan-rules", title, ("92094",), "failed", reason=seen, cause=cause, kept=kept)


def test_every_cause_has_words() -> None:
    assert causes() == set(CAUSES)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kept", [None, 7])
def test_a_reader_learns_what_to_do(language: Language, kept: int | None) -> None:
    told = {note_of(failed(cause, kept), translator(language)) for cause in CAUSES}
    assert len(told) == len(CAUSES), "each cause is told apart"
    assert all(one.endswith("(https://host/path: no connection (nobody).)") for one in told)
    assert all(("7" in one.partition("(https")[0]) == (kept is not None) for one in told)
    if language != "en":
        plain = {note_of(failed(cause, kept), translator("en")) for cause in CAUSES}
        assert not told & plain
