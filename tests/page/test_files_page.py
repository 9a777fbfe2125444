"""The list of subsidy files in a real browser: amounts as each language writes them; not in the public view."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from pages import LANGUAGES, fits, own_words, served, until, visit

from geodata.database.engine import connect
from geodata.settings import Settings
from sites.law import Project
from sites.subsidy_files import NewFile, open_file

pytestmark = pytest.mark.browser

TITLE = "Layout of a site, kept for the page"


@pytest.fixture(scope="module")
def address(demo_settings: Settings) -> Iterator[str]:
    """Address of the list of files of a served demo that holds one."""
    project = Project.model_validate(
        {
            "region": "flanders",
            "site_type": "residential",
            "pitches": 12,
            "initiator": "municipality",
            "costs": [{"type": "layout", "amount": "600000.50"}],
        }
    )
    with connect(demo_settings) as connection:
        open_file(connection, NewFile(title=TITLE, project=project, nis="24062"), date(2012, 3, 6))
    with served(demo_settings) as found:
        yield f"{found}/files.html"


@pytest.mark.parametrize(
    ("language", "money", "place"),
    [
        ("nl", "€ 600.000,50", "Leuven"),
        ("fr", "600 000,50 €", "Louvain"),
        ("de", "600.000,50 €", "Leuven"),
        ("en", "€600,000.50", "Leuven"),
    ],
)
def test_a_file_is_listed_with_its_answer(address: str, language: str, money: str, place: str) -> None:
    with visit(f"{address}#lang={language}") as (page, requests):
        row = page.locator("#files tbody tr", has_text=TITLE).first
        row.wait_for()
        told = " ".join(row.inner_text().split())
        assert money in told.replace("\u202f", " ").replace("\xa0", " ")
        assert "VL-2000" in told and "2012" in told
        assert place in told or (language == "de" and "Löwen" in told)
        assert row.locator("a").count() == 0
        assert page.is_visible(".notice")
    assert not [one for one in requests if "maplibre" in one]


def test_a_yearly_aid_stands_beside_the_subsidy(address: str) -> None:
    item = {
        "id": 1, "created": "2019-05-01", "region": "wallonia", "municipality": None, "site_type": "transit",
        "title": TITLE, "initiator_title": "municipality", "as_of": "2019-05-01", "verdict": "yes",
        "verdict_title": "yes", "regimes": [], "costs_total": "0.00", "subsidy_total": {"low": "0.00", "high": "0.00"},
        "yearly": [{"regime": "W-RUN", "amount": "15000.00", "per": "year"}], "notes_count": 0, "documents_count": 0,
    }  # fmt: skip
    with visit(address.replace("files.html", "rules.html")) as (page, _):
        page.route("**/api/v1/files?*", lambda route: route.fulfill(json={"count": 1, "items": [item]}))
        page.goto(f"{address}#lang=de")
        page.wait_for_selector("#files tbody tr")
        assert "W-RUN: + 15.000" in page.inner_text("#files tbody tr").replace("\xa0", " ")


def test_columns_sort_by_keyboard(address: str) -> None:
    with visit(f"{address}#lang=en") as (page, _):
        page.wait_for_selector("#files tbody tr")
        heading = page.locator("#files thead th").nth(7)
        heading.locator("button").focus()
        page.keyboard.press("Enter")
        assert heading.get_attribute("aria-sort") == "ascending"
        page.keyboard.press("Enter")
        assert heading.get_attribute("aria-sort") == "descending"


def test_an_empty_list_tells_the_command(address: str) -> None:
    with visit(address.replace("files.html", "rules.html")) as (page, _):
        page.route(
            "**/api/v1/files?*",
            lambda route: route.fulfill(status=200, content_type="application/json", body='{"count": 0, "items": []}'),
        )
        page.goto(f"{address}#lang=en")
        page.wait_for_selector("main code")
        assert page.inner_text("main code") == "standplaats files new"
        assert page.locator("#files").count() == 0


def test_the_public_view_has_neither_list_nor_link(demo_settings: Settings) -> None:
    with served(demo_settings, public=True) as found, visit(f"{found}/rules.html#lang=en") as (page, requests):
        page.wait_for_selector("#rules tbody tr")
        assert page.locator(".pages a").all_inner_texts() == ["Map", "Belgium", "Rules", "Sources", "Method", "Help"]
        assert not [one for one in requests if "/api/v1/files" in one]
        page.goto(f"{found}/files.html#lang=en")
        until(page, "document.querySelector('main')?.innerText.includes('not part of the public view')")
        assert page.locator("#files").count() == 0
        assert not [one for one in requests if "/api/v1/files" in one]


def test_no_word_of_the_page_stays_english(address: str) -> None:
    found = {}
    for language in LANGUAGES:
        with visit(f"{address}#lang={language}") as (page, _):
            page.wait_for_selector("#files tbody tr")
            found[language] = own_words(page)
    assert len(found["en"]) > 12
    for language in ("nl", "fr", "de"):
        assert found[language] & found["en"] <= {"Documents", "Notes", "Sources"}, language


def test_a_narrow_screen_shows_cards(address: str) -> None:
    with visit(f"{address}#lang=de", width=390, height=844) as (page, _):
        page.wait_for_selector("#files tbody tr")
        assert fits(page) and not page.is_visible("#files thead")
