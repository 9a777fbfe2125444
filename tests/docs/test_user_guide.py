"""The user guide: every picture is there and small, every name in bold stands on the page, both languages tell the same."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs/user-guide"
PICTURES = GUIDE / "pictures"
LANGUAGES = ("nl", "fr")
_PICTURE = re.compile(r"!\[([^\]]+)\]\((pictures/[\w.-]+)\)")
#: No picture is larger, bytes.
LARGEST = 150_000


def words(language: str) -> set[str]:
    """What the page says in a language, with a star for each value."""
    found = {}
    for file in (ROOT / f"api/locales/{language}.po", ROOT / f"api/locales/page/{language}.po"):
        with file.open("rb") as stream:
            found |= {(one.context, str(one.id)): str(one.string) for one in read_po(stream) if one.id}
    said = set()
    for table in (ROOT / "api/web/src/words").glob("*.json"):
        for key, text in json.loads(table.read_text(encoding="utf-8")).items():
            said.add(found.get((f"{table.stem}.{key}", text)) or found.get((None, text), text))
    return {re.sub(r"\s*\(?\{\w+\}\)?", "", one) for one in said}


def guide(language: str) -> str:
    return (GUIDE / f"planner.{language}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_name_in_bold_stands_on_the_page(language: str) -> None:
    named = {" ".join(one.split()) for one in re.findall(r"\*\*(.+?)\*\*", guide(language), re.DOTALL)}
    assert len(named) > 20
    assert named - words(language) == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_picture_is_there_and_small(language: str) -> None:
    told = _PICTURE.findall(guide(language))
    assert len(told) > 3
    for text, name in told:
        file = GUIDE / name
        assert len(text) > 15 and file.name.startswith(f"{language}-")
        data = file.read_bytes()
        assert data[:4] == b"RIFF" and data[8:12] == b"WEBP", name
        assert len(data) < LARGEST, name


def test_no_picture_is_left_over() -> None:
    told = {Path(name).name for language in LANGUAGES for _, name in _PICTURE.findall(guide(language))}
    assert {one.name for one in PICTURES.iterdir()} == told


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_ways_within_the_guide_lead_somewhere(language: str) -> None:
    text = guide(language)
    heads = {
        re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in re.findall(r"^## (.+)$", text, re.MULTILINE)
    }
    ways = set(re.findall(r"\]\(#([^)]+)\)", text))
    assert ways == heads


def test_both_languages_tell_the_same() -> None:
    shapes = [re.findall(r"^(#+|\d+\.|- |!\[)", guide(one), re.MULTILINE) for one in LANGUAGES]
    assert shapes[0] == shapes[1]
