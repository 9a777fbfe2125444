"""Municipalities by search, several at once, and filters that say what they leave; by mouse and by keyboard."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pages import map_ready, served, until, visit
from playwright.sync_api import Page

from geodata.settings import Settings

COUNT = "Number(document.querySelector('.count').innerText.replace(/[^0-9].*/, ''))"
KEYS = "[...document.querySelectorAll('#candidates tbody tr')].map(one => one.dataset.key)"


@pytest.fixture(scope="module")
def address(demo_settings: Settings) -> Iterator[str]:
    with served(demo_settings) as found:
        yield f"{found}/#lang=en&m=99001"


def ready(page: Page) -> None:
    page.wait_for_selector("#candidates tbody tr", timeout=30_000)
    until(page, "document.querySelector('.filters-of-list output')?.innerText !== '…'")
    map_ready(page)


def test_a_municipality_is_found_without_accents_by_keyboard(address: str) -> None:
    with visit(address) as (page, _):
        ready(page)
        # A merger that the demo does not have, and an accent.
        page.evaluate(
            """document.querySelector('sp-places').places = document.querySelector('sp-places').places.map(one =>
                one.nis === '99002' ? {...one, name: {nl: 'Hôtemère', fr: 'Hôtemère', de: 'Hôtemère'},
                                       former: [{nis: '12345', name: 'Vieux-Dunes'}]} : one)"""
        )
        page.focus("#municipality")
        page.keyboard.type("hotem")
        until(page, "document.querySelectorAll('#municipality-list [role=option]').length === 1")
        assert page.get_attribute("#municipality", "aria-expanded") == "true"
        page.fill("#municipality", "VIEUX d")
        until(page, "document.querySelector('#municipality-list')?.innerText.includes('formerly Vieux-Dunes')")
        assert page.get_attribute("#municipality", "aria-activedescendant") == "municipality-99002"
        page.keyboard.press("Escape")
        assert page.get_attribute("#municipality", "aria-expanded") == "false"
        assert "m=99001" in page.url
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        until(page, f"{KEYS}.length > 0 && {KEYS}.every(one => one.startsWith('992'))")
        assert "m=99002" in page.url


def test_several_municipalities_at_once(address: str) -> None:
    with visit(address) as (page, _):
        ready(page)
        alone = page.evaluate(COUNT)
        page.click("#municipality")
        page.check("input[name=several]")
        page.click("#municipality-99002")
        until(page, f"{KEYS}.some(one => one.startsWith('992')) && {KEYS}.some(one => one.startsWith('991'))")
        assert "m=99001%2C99002" in page.url
        until(page, f"{COUNT} > {alone}")
        # Different regions, different criteria: no sliders that would mean two things.
        assert page.locator(".weights input").count() == 0
        page.keyboard.press("Escape")
        # Both are on the map, each coloured by its own result.
        map_ready(page)
        layers = "window.pageMap.getLayersOrder().filter(one => one.startsWith('candidates') && !one.includes('lines'))"
        drawn = (
            f"window.pageMap.queryRenderedFeatures({{layers: {layers}}}).map(one => one.properties.capakey.slice(0, 3))"
        )
        until(page, f"new Set({drawn}).size === 2")
        page.click("#candidates tbody tr:nth-child(2)")
        page.wait_for_selector("aside h2")
        assert page.get_attribute("#candidates tr[aria-selected=true]", "data-key") == page.inner_text("aside .capakey")
        # The first stays when the other goes.
        page.click("#municipality")
        page.click("#municipality-99001")
        until(page, f"{KEYS}.length > 0 && {KEYS}.every(one => one.startsWith('992'))")
        map_ready(page)
        until(page, f"{drawn}.length > 0 && {drawn}.every(one => one === '992')")


def test_a_choice_leaves_as_many_as_it_says_and_the_map_follows(address: str) -> None:
    with visit(address) as (page, _):
        ready(page)
        before = page.evaluate(COUNT)
        told = page.evaluate(
            """[...document.querySelectorAll('#filter-school option')].map(one => [one.value, one.innerText])"""
        )
        value, text = next(one for one in told if one[0] == "500")
        left = int(text.split("(")[1].rstrip(")").replace(",", ""))
        assert 0 < left < before
        page.focus("#filter-school")
        page.select_option("#filter-school", value)
        until(page, f"{COUNT} === {left}")
        until(page, f"{KEYS}.length === {left}")
        shown = """[...new Set(window.pageMap.queryRenderedFeatures({layers: ['candidates']})
                   .map(one => one.properties.capakey))]"""
        until(page, f"{shown}.length > 0 && {shown}.every(one => {KEYS}.includes(one))")
        page.click("#clear-filters")
        until(page, f"{COUNT} === {before}")
        assert page.locator("#clear-filters").is_disabled()


def test_a_zone_is_filtered_by_keyboard(address: str) -> None:
    with visit(address) as (page, _):
        ready(page)
        page.focus(".filters-of-list summary")
        page.keyboard.press("Enter")
        page.wait_for_selector("input[name^=zone-]")
        page.focus("input[name^=zone-]")
        page.keyboard.press("Space")
        until(
            page,
            "new Set([...document.querySelectorAll('#candidates td:nth-child(9)')].map(e => e.innerText)).size === 1",
        )
        assert "z=" in page.url


def test_typing_waits_for_the_last_key(address: str) -> None:
    with visit(address) as (page, requests):
        ready(page)
        asked = len([one for one in requests if "/api/v1/candidates?" in one])
        page.focus("#min-area")
        page.keyboard.type("6000", delay=20)
        until(page, "location.hash.includes('a=6000')")
        page.wait_for_timeout(500)
        own = [one for one in requests if "/api/v1/candidates?" in one][asked:]
        assert len(own) == 1 and "min_area=6000" in own[0]


def test_where_few_are_compatible_the_page_says_what_would_help(address: str) -> None:
    with visit(f"{address}&n=200") as (page, _):
        page.wait_for_selector(".near li", timeout=30_000)
        assert page.locator(".near li").count() > 1
