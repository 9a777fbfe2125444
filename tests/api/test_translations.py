"""Every sentence that the top floor translates is there in Dutch, French and German, with the same places for values."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.pofile import read_po

import api
from api.i18n import LOCALES

ROOT = Path(api.__file__).parent
#: Written the same in every language.
SAME = {"CAPAKEY", "m²"}


def sentences() -> dict[str, str]:
    """Texts handed to a translator or to the heading of a table, with the file they are in."""
    found = {}
    for path in sorted(ROOT.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if name not in ("translate", "table"):
                continue
            given = node.args if name == "table" else node.args[:1]
            for one in given:
                if isinstance(one, ast.Constant) and isinstance(one.value, str) and one.value:
                    found[one.value] = path.name
    return found


@pytest.mark.parametrize("language", ["nl", "fr", "de"])
def test_every_sentence_is_translated(language: str) -> None:
    with (LOCALES / f"{language}.po").open("rb") as stream:
        texts = {str(one.id): str(one.string) for one in read_po(stream) if one.id}
    found = sentences()
    assert len(found) > 100
    assert {text: file for text, file in found.items() if not texts.get(text) and text not in SAME} == {}
    for text in found:
        if text in texts:
            places = [{name for _, name, _, _ in Formatter().parse(one) if name} for one in (text, texts[text])]
            assert places[0] == places[1], text


def page_words() -> dict[str, str]:
    """Words of the page, TABLE.key -> English."""
    tables = sorted((ROOT / "web/src/words").glob("*.json"))
    assert len(tables) > 5
    return {f"{one.stem}.{key}": text for one in tables for key, text in json.loads(one.read_text("utf-8")).items()}


@pytest.mark.parametrize("language", ["nl", "fr", "de"])
def test_every_word_of_the_page_is_translated(language: str) -> None:
    """The build of the page holds this too; here all that are missing are told at once, and none is left over."""
    with (LOCALES / f"{language}.po").open("rb") as stream:
        shared = {str(one.id): str(one.string) for one in read_po(stream) if one.id}
    with (LOCALES / "page" / f"{language}.po").open("rb") as stream:
        own = {(one.context, str(one.id)): str(one.string) for one in read_po(stream) if one.id}
    words, used, missing = page_words(), set(), {}
    for name, text in words.items():
        entry = next((one for one in ((name, text), (None, text)) if one in own), None)
        told = own[entry] if entry else shared.get(text)
        if not told:
            missing[name] = text
            continue
        used.add(entry)
        places = [{one for _, one, _, _ in Formatter().parse(line) if one} for line in (text, told)]
        assert places[0] == places[1], name
    assert missing == {}
    assert set(own) - used == set()
