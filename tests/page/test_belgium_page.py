"""The page of existing sites in a real browser: map and table show the same public sites, each fact with its page."""

from __future__ import annotations

import json
import os
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from pages import LANGUAGES, fits, own_words, served, until, visit
from playwright.sync_api import Page

from geodata.settings import Settings

pytestmark = pytest.mark.browser

SAME = {"Region", "Source", "Sources"}


@pytest.fixture(scope="module")
def address(demo_settings: Settings) -> Iterator[str]:
    """Address of the page of sites of a served demo."""
    with served(demo_settings) as found:
        yield f"{found}/belgium.html"


@pytest.fixture(scope="module")
def sites(address: str) -> list[dict[str, Any]]:
    """The real sites, as the service gives them."""
    with urllib.request.urlopen(address.replace("/belgium.html", "/api/v1/sites?lang=en")) as answer:
        found = json.load(answer)["features"]
    return [one for one in found if not one["properties"]["fictional"]]


def ready(page: Page) -> None:
    """Wait for the table and for the map to be drawn."""
    page.wait_for_selector("#sites tbody tr", timeout=30_000)
    until(page, "Boolean(window.pageMap && window.pageMap.loaded())")
    until(page, "window.pageMap.queryRenderedFeatures({layers: ['sites']}).length > 0")


def unsourced(page: Page) -> list[str]:
    """Facts of the panel that lead to no page."""
    found = page.evaluate(
        """[...document.querySelectorAll('aside li.fact')]
           .filter(one => !one.querySelector('a[href^="http://"], a[href^="https://"]')).map(one => one.innerText)"""
    )
    return [str(one) for one in found]


@pytest.mark.parametrize("language", LANGUAGES)
def test_map_and_table_show_the_same_sites(address: str, sites: list[dict[str, Any]], language: str) -> None:
    with visit(f"{address}#lang={language}") as (page, _):
        ready(page)
        assert page.locator("#sites tbody tr").count() == len(sites)
        drawn = set(
            page.evaluate("window.pageMap.queryRenderedFeatures({layers: ['sites']}).map(one => one.properties.id)")
        )
        assert drawn == {one["id"] for one in sites if one["geometry"]}
        absent = [one for one in sites if not one["geometry"]]
        assert absent and page.locator("#sites td:last-child b").count() == len(absent)
        names = page.evaluate("window.pageMap.queryRenderedFeatures({layers: ['place-names']}).length")
        assert names > 5
        page.focus("#sites tbody tr")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        page.wait_for_selector("aside h2")
        assert page.evaluate("document.activeElement.tagName") == "H2"
        assert page.locator("aside li.fact").count() > 2 and unsourced(page) == []
        page.keyboard.press("Escape")
        until(page, "document.activeElement.matches('#sites tbody tr:nth-child(2)')")
        real = {"nl": "echte", "fr": "réelles", "de": "echte", "en": "real"}[language]
        assert real in page.inner_text(".notice")


def test_every_fact_of_every_site_leads_to_its_page(address: str, sites: list[dict[str, Any]]) -> None:
    """The service names a page for each; the panel shows them all, seen for every fifth site or with --full for all."""
    facts = [fact for site in sites for several in site["properties"]["facts"].values() for fact in several]
    assert facts and all(fact["source"].startswith("http") for fact in facts)
    with visit(f"{address}#lang=en") as (page, _):
        ready(page)
        for site in sites if os.environ.get("STANDPLAATS_TEST_FULL") else sites[::5]:
            page.evaluate(f"location.hash = 'lang=en&site={site['id']}'")
            until(page, f"document.querySelector('#sites tr[aria-selected=true]')?.dataset.key === '{site['id']}'")
            until(page, f"document.querySelector('aside h2')?.innerText.trim() === {site['properties']['name']!r}")
            assert page.locator("aside li.fact").count() == sum(map(len, site["properties"]["facts"].values()))
            assert unsourced(page) == []
        for row in page.locator(".facts tbody tr").all():
            assert str(row.locator("a").first.get_attribute("href")).startswith("http")
        assert page.locator(".facts").count() == 4


def test_a_site_is_chosen_on_the_map_by_mouse(address: str, sites: list[dict[str, Any]]) -> None:
    lonely = next(one for one in sites if one["id"] == "wa-bastogne-n4")
    with visit(f"{address}#lang=en") as (page, _):
        ready(page)
        x, y = page.evaluate(
            f"""(() => {{ const at = window.pageMap.project({lonely["geometry"]["coordinates"]});
                const box = document.querySelector('#map').getBoundingClientRect();
                return [box.x + at.x, box.y + at.y]; }})()"""
        )
        page.mouse.click(x, y)
        page.wait_for_selector("aside h2")
        assert page.get_attribute("#sites tr[aria-selected=true]", "data-key") == lonely["id"]
        assert f"site={lonely['id']}" in page.url
        assert "somewhere in this section" in page.inner_text("aside")


def test_a_site_is_chosen_on_the_map_by_keyboard(address: str, sites: list[dict[str, Any]]) -> None:
    lonely = next(one for one in sites if one["id"] == "wa-bastogne-n4")
    with visit(f"{address}#lang=en") as (page, _):
        ready(page)
        page.evaluate(f"window.pageMap.jumpTo({{center: {lonely['geometry']['coordinates']}, zoom: 10}})")
        until(page, "window.pageMap.loaded()")
        page.wait_for_timeout(500)
        page.focus("#map canvas")
        assert page.locator(".aim").is_visible()
        page.keyboard.press("Enter")
        page.wait_for_selector("aside h2")
        assert page.get_attribute("#sites tr[aria-selected=true]", "data-key") == lonely["id"]


def test_the_site_of_the_address_is_marked_on_the_map(address: str) -> None:
    with visit(f"{address}#lang=en&site=wa-bastogne-n4") as (page, _):
        ready(page)
        marked = "window.pageMap.queryRenderedFeatures({layers: ['selected']}).map(one => one.properties.id).join()"
        until(page, f"{marked} === 'wa-bastogne-n4'")
        assert "Bastogne" in page.inner_text("aside")


def test_points_of_a_section_have_a_ring(address: str, sites: list[dict[str, Any]]) -> None:
    near = {one["id"] for one in sites if one["geometry"] and one["properties"]["precision"] == "section"}
    with visit(f"{address}#lang=en") as (page, _):
        ready(page)
        ringed = page.evaluate(
            "window.pageMap.queryRenderedFeatures({layers: ['rings']}).map(one => one.properties.id)"
        )
        assert near and set(ringed) == near


def test_filters_act_on_map_and_table_and_stand_in_the_address(address: str, sites: list[dict[str, Any]]) -> None:
    wanted = {
        one["id"]
        for one in sites
        if one["properties"]["region"] == "wallonia" and one["properties"]["status"] == "open"
    }
    with visit(f"{address}#lang=en&region=wallonia") as (page, _):
        ready(page)
        page.select_option("#status", "open")
        until(page, f"document.querySelectorAll('#sites tbody tr').length === {len(wanted)}")
        assert {one.get_attribute("data-key") for one in page.locator("#sites tbody tr").all()} == wanted
        on_map = len([one for one in sites if one["id"] in wanted and one["geometry"]])
        until(
            page,
            "new Set(window.pageMap.queryRenderedFeatures({layers: ['sites']}).map(one => one.properties.id)).size"
            f" === {on_map}",
        )
        assert "status=open" in page.url


def asked(address: str, path: str) -> dict[str, Any]:
    """What the service answers."""
    with urllib.request.urlopen(f"{address.replace('/belgium.html', '')}/api/v1/{path}") as answer:
        found: dict[str, Any] = json.load(answer)
    return found


def test_supply_need_and_gap_are_those_of_the_service(address: str) -> None:
    """Ranges as the service gives them; what nobody states is told as such, never as a zero."""
    told = asked(address, "need?lang=en")["items"]
    stated = [one for one in told if one["need"]]
    assert stated and len(stated) < len(told)
    with visit(f"{address}#lang=en") as (page, _):
        page.wait_for_selector("#need tbody tr")
        rows = page.locator("#need tbody tr")
        assert rows.count() == len(told)
        for at, one in enumerate(told):
            cells = rows.nth(at).locator("td").all_inner_texts()
            assert cells[0] == one["name"]
            need, gap = one["need"], one["gap"]
            assert cells[4] == ("no estimate found" if need is None else span(need))
            assert cells[5].split("\n")[0].strip() == ("not known" if gap is None else span(gap))
            if one["supply"] and one["supply"]["fictional"]:
                assert f"{one['supply']['fictional']} of the fictional demo" in cells[2]
        page.fill("#place", "99001")
        page.keyboard.press("Tab")
        until(page, f"document.querySelectorAll('#need tbody tr').length === {len(told) + 2}")
        assert "no local survey" in rows.last.inner_text() and "place=99001" in page.url
        page.fill("#place", "nowhere")
        page.keyboard.press("Tab")
        assert not page.evaluate("document.querySelector('#place').validity.valid")


def span(interval: dict[str, float]) -> str:
    """A range as the page writes it."""
    low, high = f"{interval['low']:g}", f"{interval['high']:g}"
    return low if low == high else f"{low}–{high}"


def test_existing_sites_are_checked_or_counted(address: str) -> None:
    told = asked(address, "safeguards?lang=en")
    with visit(f"{address}#lang=en") as (page, _):
        page.wait_for_selector("#safeguards tbody tr")
        rows = page.locator("#safeguards tbody tr").all_inner_texts()
        assert len(rows) == len(told["items"])
        for row, one in zip(rows, told["items"], strict=True):
            assert f"{one['checked']} of {one['located']} located, {one['known']} on record" in row
            for group in ("hazard", "isolation"):
                for state, count in one[group].items():
                    assert not one["checked"] or not count or f"{count} {state}" in row, (one["region"], state)
        assert told["yardstick"]["text"] in page.inner_text("main")
        page.click("summary >> nth=0")
        sites = sum(len(one["sites"]) for one in told["items"])
        assert page.locator("#checked-sites tbody tr").count() == sites


def test_no_private_plot_is_on_it(address: str, sites: list[dict[str, Any]]) -> None:
    assert all(one["properties"]["site_type"] != "family" for one in sites)
    with visit(f"{address}#lang=en") as (page, _):
        ready(page)
        keys = {str(one.get_attribute("data-key")) for one in page.locator("#sites tbody tr").all()}
        assert keys == {one["id"] for one in sites} and not any(one.startswith("demo") for one in keys)
        notes = page.locator(".facts").last.inner_text()
        assert "Private or unclear, not shown" in notes


def test_no_word_of_the_page_stays_english(address: str) -> None:
    found = {}
    for language in LANGUAGES:
        with visit(f"{address}#lang={language}") as (page, _):
            ready(page)
            found[language] = own_words(page)
    assert len(found["en"]) > 20
    for language in ("nl", "fr", "de"):
        assert found[language] & found["en"] <= SAME, language


@pytest.mark.parametrize("language", ["de", "fr"])
def test_a_narrow_screen_shows_cards_and_a_sheet(address: str, language: str) -> None:
    with visit(f"{address}#lang={language}", width=390, height=844) as (page, _):
        ready(page)
        assert fits(page) and not page.is_visible("#sites thead")
        page.click("#sites tbody tr >> nth=3")
        page.wait_for_selector("aside h2")
        assert fits(page)
        box = page.locator("aside").bounding_box()
        assert box is not None and box["y"] + box["height"] == pytest.approx(844, abs=1)
