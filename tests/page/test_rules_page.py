"""The page of rules in a real browser: timeline, table and one rule in full, by mouse and by keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from pages import LANGUAGES, fits, own_words, served, until, visit
from playwright.sync_api import Page

from geodata.settings import Settings
from sites.law.loader import rules

pytestmark = pytest.mark.browser

#: Words written the same way in two of the languages.
SAME = {"Region", "Articles", "open", "Sources"}


@pytest.fixture(scope="module")
def address(demo_settings: Settings) -> Iterator[str]:
    """Address of the page of rules of a served demo."""
    with served(demo_settings) as found:
        yield f"{found}/rules.html"


def ready(page: Page) -> None:
    """Wait for the timeline and the table."""
    page.wait_for_selector("#rules tbody tr", timeout=30_000)
    page.wait_for_selector("button.regime")


def hrefs(page: Page, selector: str) -> list[str]:
    """Addresses of links."""
    return [str(one.get_attribute("href")) for one in page.locator(selector).all()]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_regime_is_a_bar_and_opens_its_rule_by_keyboard(address: str, language: str) -> None:
    with visit(f"{address}#lang={language}") as (page, requests):
        ready(page)
        wanted = {one.id for one in rules() if one.kind == "subsidy"}
        assert {one.get_attribute("data-rule") for one in page.locator("button.regime").all()} == wanted
        assert page.locator(".timeline h3").count() == len({one.region for one in rules() if one.kind == "subsidy"})
        assert page.locator("#rules tbody tr").count() == len(rules())
        page.focus("button.regime[data-rule='flanders.subsidy.vl-2000']")
        page.keyboard.press("Enter")
        page.wait_for_selector("aside h2")
        assert page.evaluate("document.activeElement.tagName") == "H2"
        assert "rule=flanders.subsidy.vl-2000" in page.url
        assert "2000035752" in page.inner_text("aside")
        links = hrefs(page, "aside .sources a")
        assert len(links) == len(next(one for one in rules() if one.id == "flanders.subsidy.vl-2000").sources)
        assert all(one.startswith(("http://", "https://")) for one in links)
        page.keyboard.press("Escape")
        until(page, "document.activeElement.dataset.key?.startsWith('flanders.subsidy.vl-2000 ')")
        assert page.locator("aside h2").count() == 0 and "rule=" not in page.url
        assert page.evaluate("document.documentElement.lang") == language
    assert not [one for one in requests if "maplibre" in one]


def test_the_table_is_driven_by_keyboard_and_sorted(address: str) -> None:
    with visit(f"{address}#lang=en&region=flanders&kind=subsidy") as (page, _):
        ready(page)
        page.focus("#rules tbody tr")
        page.keyboard.press("ArrowDown")
        key = page.evaluate("document.activeElement.dataset.key")
        assert key == page.locator("#rules tbody tr").nth(1).get_attribute("data-key")
        page.keyboard.press(" ")
        page.wait_for_selector("aside h2")
        assert page.get_attribute("#rules tr[aria-selected=true]", "data-key") == key
        page.click("#rules thead th:nth-child(5) button")
        first = page.locator("#rules tbody tr td:nth-child(1)").first.inner_text()
        assert "1983" in first
        assert page.get_attribute("#rules thead th:nth-child(5)", "aria-sort") == "ascending"


def test_the_day_decides_what_holds_and_stands_in_the_address(address: str) -> None:
    held = "#rules tr[data-key^='flanders.subsidy.vl-2000 '] td:nth-child(4)"
    with visit(f"{address}#lang=en&as_of=2012-03-06") as (page, _):
        ready(page)
        bar = "button.regime[data-rule='flanders.subsidy.vl-2000'] small"
        assert page.inner_text(held) == "● holds"
        assert page.inner_text(bar).endswith("in force")
        page.fill("#as-of", "2016-01-01")
        page.press("#as-of", "Tab")
        until(page, f'document.querySelector("{held}").innerText === "○ does not hold"')
        assert page.inner_text(bar).endswith("closed · carries on for files under way")
        assert "as_of=2016-01-01" in page.url
        page.check("#holding")
        until(page, f'document.querySelector("{held}") === null')
        page.evaluate("location.hash = 'lang=en&as_of=2030-01-01&rule=VL-2024'")
        page.wait_for_selector("aside h2")
        until(page, "document.querySelectorAll('aside .clock').length === 1")
        assert page.input_value("#as-of") == "2030-01-01"
        assert "six months" in page.inner_text("aside dl")


def test_filters_and_search_leave_what_was_asked_for(address: str) -> None:
    with visit(f"{address}#lang=en") as (page, _):
        ready(page)
        page.select_option("#region", "brussels")
        page.select_option("#kind", "zoning")
        wanted = [one for one in rules() if one.region == "brussels" and one.kind == "zoning"]
        until(page, f"document.querySelectorAll('#rules tbody tr').length === {len(wanted)}")
        assert page.locator(".timeline h3").all_inner_texts() == ["Brussels"]
        assert "region=brussels" in page.url and "kind=zoning" in page.url
        page.fill("#search", "no such rule anywhere")
        until(page, "document.querySelector('#rules') === null")
        assert "No rule matches" in page.inner_text(".body")
        page.select_option("#region", "")
        page.select_option("#kind", "")
        page.fill("#search", "vl-2000")
        until(page, "document.querySelectorAll('#rules tbody tr').length === 1")


def test_values_are_readable_and_what_was_not_found_says_so(address: str) -> None:
    with visit(f"{address}#lang=en&rule=VL-2000") as (page, _):
        ready(page)
        told = dict(
            zip(
                page.locator(".values > tbody > tr > th").all_inner_texts(),
                page.locator(".values > tbody > tr > td").all_inner_texts(),
                strict=True,
            )
        )
        assert told["Cap"] == "not found"
        assert told["Share of the costs"].count("90%") == 4
        assert "B: from a second-hand source" in page.inner_text("aside dl")
        assert page.locator("aside h3", has_text="Sources that say something else").count() == 1
        page.evaluate("location.hash = 'lang=en&rule=wallonia.norm.reception-area'")
        until(page, "document.querySelectorAll('.versions button').length === 2")
        assert "at least 15 caravans" in page.inner_text(".values")
        page.locator(".versions button").first.click()
        until(page, "document.querySelector('aside dl').innerText.includes('27 May 2022')")
        assert "version=2019-08-01" in page.url


def test_every_value_of_every_rule_has_words_in_every_language(address: str) -> None:
    ids = sorted({one.id for one in rules()})
    with visit(f"{address}#lang=fr") as (page, _):
        ready(page)
        missing: set[str] = set()
        for rule in ids:
            page.evaluate(f"location.hash = 'lang=fr&rule={rule}'")
            until(page, f"document.querySelector('aside > p:last-child code')?.innerText === '{rule}'")
            missing |= set(page.locator(".values span[lang=en]").all_inner_texts())
            assert all(one.startswith(("http", "#")) for one in hrefs(page, "aside a"))
    assert not missing, "add these to api/web/src/words/values.json and the catalogues"


def test_no_word_of_the_page_stays_english(address: str) -> None:
    found = {}
    for language in LANGUAGES:
        with visit(f"{address}#lang={language}&rule=VL-2000") as (page, _):
            ready(page)
            page.wait_for_selector("aside dl")
            found[language] = own_words(page)
    assert len(found["en"]) > 24
    for language in ("nl", "fr", "de"):
        assert found[language] & found["en"] <= SAME, language


def test_the_language_is_kept_for_the_next_page(address: str) -> None:
    with visit(f"{address}#lang=en") as (page, _):
        ready(page)
        page.click(".languages button[lang=de]")
        until(page, "document.title.startsWith('Regeln')")
        assert "lang=de" in page.url
        page.goto(address)
        until(page, "document.title.startsWith('Regeln')")
        page.click(".pages a:has-text('Belgien')")
        until(page, "document.title.startsWith('Belgien')")


@pytest.mark.parametrize("language", ["de", "fr"])
def test_a_narrow_screen_shows_cards_and_a_sheet(address: str, language: str) -> None:
    with visit(f"{address}#lang={language}", width=390, height=844) as (page, _):
        ready(page)
        assert fits(page) and not page.is_visible("#rules thead")
        assert not page.is_visible("aside")
        page.click("#rules tbody tr >> nth=0")
        page.wait_for_selector("aside h2")
        box = page.locator("aside").bounding_box()
        assert box is not None and box["y"] + box["height"] == pytest.approx(844, abs=1)
        assert fits(page)
        page.click(".leave")
        until(page, "document.querySelector('aside h2') === null")


def test_regimes_whose_files_go_on_are_marked_after_their_end_only(address: str) -> None:
    carried = [one for one in rules() if one.kind == "subsidy" and one.values.carry_on is not None and one.valid_to]
    ended = {one.id for one in carried if one.valid_to < date(2026, 11, 23)}
    assert ended
    marked = """[...document.querySelectorAll('button.regime')].filter(one => one.querySelector('.bar-carried'))
        .map(one => one.dataset.rule)"""
    with visit(f"{address}#lang=en&as_of=2026-11-23") as (page, _):
        ready(page)
        assert set(page.evaluate(marked)) == ended
        assert "carries on for files under way" in page.inner_text(".timeline .legend-line")
    first = min(one.valid_to for one in carried if one.valid_to)
    with visit(f"{address}#lang=en&as_of={first.isoformat()}") as (page, _):
        ready(page)
        assert page.evaluate(marked) == []
