"""The map page in a real browser: ranked candidates, an explanation, filters, keyboard, narrow screens."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pages import LANGUAGES, choose_municipality, fits, map_ready, ready, served, switch_on, until, visit
from playwright.sync_api import Page

from geodata.settings import Settings
from geodata.sources.zoning_labels import class_title

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address(demo_settings: Settings) -> Iterator[str]:
    """Address of the map page of a served demo."""
    with served(demo_settings) as found:
        yield f"{found}/"


def drawn(page: Page, layer: str) -> int:
    """How many different parcels a layer of the map shows in view."""
    found = f"window.pageMap.queryRenderedFeatures({{layers: ['{layer}']}}).map(one => one.properties.capakey)"
    return int(page.evaluate(f"new Set({found}).size"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_candidates_are_listed_and_explained(address: str, language: str) -> None:
    with visit(f"{address}#lang={language}") as (page, _):
        ready(page)
        page.focus("#candidates tbody tr")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        page.wait_for_selector("aside h2", timeout=30_000)
        page.wait_for_timeout(1500)
        assert drawn(page, "candidates") > 0
        key = page.inner_text("aside .capakey")
        assert page.get_attribute("tr[aria-selected=true]", "data-key") == key
        # The place comes first: an address and the municipality, then the parcel.
        assert page.locator("#candidates tr[aria-selected=true] td:nth-child(2) span").inner_text().split(" ")[0] in (
            page.inner_text("aside h2")
        )
        assert key not in page.inner_text("aside h2")
        assert page.is_visible(".notice")
        assert page.evaluate("document.documentElement.lang") == language


def test_filters_change_list_and_address(address: str) -> None:
    with visit(f"{address}#lang=en&m=99002") as (page, _):
        ready(page)
        before = page.locator("#candidates tbody tr").count()
        page.fill("#min-area", "6000")
        page.press("#min-area", "Tab")
        until(page, f"document.querySelectorAll('#candidates tbody tr').length < {before}")
        areas = page.locator("#candidates tbody td:nth-child(3)").all_inner_texts()
        assert areas and all(int(one.split()[0].replace(",", "")) >= 6000 for one in areas)
        assert "a=6000" in page.url
        page.select_option("#owner", "municipality")
        until(page, "[...document.querySelectorAll('#candidates tbody td:nth-child(8)')]"
                               ".every(cell => cell.innerText.trim() === 'Municipality')")  # fmt: skip
        page.uncheck("input[name=compatible]")
        until(page, "![...document.querySelectorAll('#candidates .verdict')].some(e => e.innerText.includes('● '))")


def test_filters_reach_the_map_and_a_change_clears_the_selection(address: str) -> None:
    with visit(f"{address}#lang=en&m=99003") as (page, _):
        ready(page)
        everything = drawn(page, "candidates")
        page.click("#candidates tbody tr")
        until(page, "window.pageMap.queryRenderedFeatures({layers: ['selected']}).length > 0")
        page.fill("#pitches", "30")
        page.press("#pitches", "Tab")
        page.fill("#min-area", "5000")
        page.press("#min-area", "Tab")
        until(page, "document.querySelector('.count') && location.hash.includes('a=5000')")
        map_ready(page)
        until(page, "window.pageMap.queryRenderedFeatures({layers: ['selected']}).length === 0")
        listed = page.evaluate(
            """fetch('/api/v1/candidates?municipality=99003&limit=500&min_area=5000&pitches=30')
               .then(a => a.json()).then(a => a.items.map(one => one.capakeys[0]))"""
        )
        shown = """[...new Set(window.pageMap.queryRenderedFeatures({layers: ['candidates']})
                   .map(one => one.properties.capakey))]"""
        until(page, f"{shown}.length <= {len(listed)}")
        assert 0 < drawn(page, "candidates") < everything
        assert set(page.evaluate(shown)) <= set(listed)
        page.select_option("#owner", "municipality")
        until(page, f"{shown}.length < {drawn(page, 'candidates')} || location.hash.includes('o=municipality')")
        owners = """[...new Set(window.pageMap.queryRenderedFeatures({layers: ['candidates', 'candidate-lines']})
                    .map(one => one.properties.owner))].join()"""
        until(page, f"{owners} === 'municipality'")
        page.uncheck("input[name=unknown]")
        until(page, "!location.hash.includes('unknown') && location.hash.includes('v=')")
        until(page, "window.pageMap.queryRenderedFeatures({layers: ['hatching']}).length === 0")


def test_closing_the_panel_takes_the_outline_away(address: str) -> None:
    with visit(f"{address}#lang=nl") as (page, _):
        ready(page)
        page.click("#candidates tbody tr:nth-child(2)")
        until(page, "window.pageMap.queryRenderedFeatures({layers: ['selected']}).length > 0")
        page.click("aside .leave")
        until(page, "window.pageMap.queryRenderedFeatures({layers: ['selected']}).length === 0")
        assert page.locator("aside h2").count() == 0 and "p=" not in page.url


def test_changing_municipality_and_language_draws_anew_without_a_warning(address: str) -> None:
    with visit(f"{address}#lang=nl&m=99001") as (page, _):
        ready(page)
        switch_on(page, "zones")
        for nis in ("99003", "99002"):
            choose_municipality(page, nis)
            until(page, f"document.querySelector('#candidates tbody tr').dataset.key.startsWith('{nis[:2]}{nis[-1]}')")
            map_ready(page)
            page.wait_for_timeout(500)
            keys = page.evaluate(
                "window.pageMap.queryRenderedFeatures({layers: ['candidates']}).map(one => one.properties.capakey)"
            )
            assert keys and all(one.startswith(f"99{nis[-1]}") for one in keys)
        assert page.evaluate("window.pageMap.getLayoutProperty('zones', 'visibility')") == "visible"
        page.click("nav.languages button[lang=de]")
        until(page, "document.querySelector('.maplibregl-ctrl-zoom-in').title === 'Vergrößern'")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_legend_explains_zoning_sites_and_hp(address: str, language: str) -> None:
    with visit(f"{address}#lang={language}&m=99002") as (page, _):
        ready(page)
        before = page.locator(".legend .key").count()
        assert page.locator(".legend .site-mark").count() == 4
        assert page.locator(".legend path.hp").count() == 1 and page.locator(".legend path.zhv").count() == 1
        switch_on(page, "zones")
        until(page, f"document.querySelectorAll('.legend .key').length > {before}")
        classes = set(
            page.evaluate(
                "window.pageMap.queryRenderedFeatures({layers: ['zones']}).map(one => one.properties.zoning_class)"
            )
        ) - {"unrecognised"}
        told = page.locator(".legend").inner_text()
        assert classes and all(class_title(one, language) in told for one in classes)


def test_a_site_tells_what_it_is(address: str) -> None:
    with visit(f"{address}#lang=fr&m=99002") as (page, _):
        ready(page)
        page.evaluate(
            """(() => { const site = window.pageMap.querySourceFeatures('sites', {sourceLayer: 'sites'})
                .find(one => one.properties.status === 'closed');
                window.pageMap.jumpTo({center: site.geometry.coordinates, zoom: 17}); })()"""
        )
        page.wait_for_timeout(500)
        map_ready(page)
        # Two sites of the small demo stand at one point: choosing again goes on to the other.
        told = []
        for _ in range(2):
            page.focus("#map canvas")
            page.keyboard.press("Enter")
            page.wait_for_selector(".site-told")
            told.append(page.inner_text(".site-told"))
        assert any("Terrain des Dunes" in one and "fermé" in one for one in told)


def test_buildings_are_drawn_above_candidates(address: str) -> None:
    with visit(f"{address}#lang=en") as (page, _):
        ready(page)
        order = page.evaluate("window.pageMap.getStyle().layers.map(one => one.id)")
        assert order.index("buildings") > order.index("candidates")


@pytest.mark.parametrize("language", LANGUAGES)
def test_two_lines_of_head_and_every_column_at_1440(address: str, language: str) -> None:
    with visit(f"{address}#lang={language}&m=99002&t=transit") as (page, _):
        ready(page)
        assert page.evaluate("document.querySelector('header').offsetHeight") < 96
        assert page.evaluate("(one => one.scrollWidth <= one.clientWidth)(document.querySelector('.list'))")
        inside = """[...document.querySelectorAll('#candidates tbody tr')]
            .filter(one => one.getBoundingClientRect().bottom <= innerHeight).length"""
        assert page.evaluate(inside) >= min(8, page.locator("#candidates tbody tr").count())
        assert page.evaluate(
            """(() => { const a = document.querySelector('.legend').getBoundingClientRect(),
                b = document.querySelector('.frame').getBoundingClientRect();
                return a.top >= b.top && a.bottom <= b.bottom && a.left >= b.left && a.right <= b.right; })()"""
        )


def test_the_map_can_be_used_by_keyboard(address: str) -> None:
    with visit(f"{address}#lang=en") as (page, _):
        ready(page)
        centre = page.evaluate(
            """fetch('/api/v1/candidates?municipality=99001&limit=1').then(a => a.json()).then(a => {
                const one = a.items[0]; window.pageMap.jumpTo({center: one.centre, zoom: 16}); return one.capakeys[0]; })"""
        )
        until(page, "window.pageMap.loaded()")
        page.wait_for_timeout(1000)
        page.focus("#map canvas")
        assert page.locator(".aim").is_visible()
        page.keyboard.press("Enter")
        page.wait_for_selector("aside h2")
        assert page.inner_text("aside .capakey") == centre
        before = page.evaluate("window.pageMap.getCenter().lng")
        page.keyboard.press("ArrowRight")
        until(page, f"window.pageMap.getCenter().lng > {before}")


def test_panels_fold_and_the_map_takes_their_room(address: str) -> None:
    with visit(f"{address}#lang=nl") as (page, _):
        ready(page)
        wide = page.evaluate("document.querySelector('#map').clientWidth")
        for button in page.locator("button.fold").all():
            button.click()
        until(page, f"document.querySelector('#map canvas').clientWidth > {wide} + 300")
        assert page.locator("button.fold[aria-expanded=false]").count() == 2


@pytest.mark.parametrize("language", ["de", "fr"])
def test_a_narrow_screen_shows_cards_and_nothing_overflows(address: str, language: str) -> None:
    with visit(f"{address}#lang={language}", width=420, height=800) as (page, _):
        ready(page)
        assert not page.is_visible("#candidates thead")
        assert fits(page)
        label = page.evaluate("getComputedStyle(document.querySelector('#candidates td'), '::before').content")
        assert label.strip('"') in ("Rang",)


def test_a_narrow_screen_has_its_panels_as_sheets(address: str) -> None:
    with visit(f"{address}#lang=de", width=800, height=1000) as (page, _):
        ready(page)
        assert page.evaluate("document.querySelector('#map').getBoundingClientRect().top") < 260
        assert not page.is_visible("#min-area") and not page.is_visible("aside")
        page.click("#open-filters")
        assert page.is_visible("#min-area")
        page.keyboard.press("Escape")
        until(page, "document.querySelector('.left').offsetHeight === 0")
        page.click("#candidates tbody tr")
        page.wait_for_selector("aside h2")
        assert page.evaluate("getComputedStyle(document.querySelector('aside')).position") == "fixed"
        assert page.evaluate("document.activeElement.tagName") == "H2"
        page.keyboard.press("Escape")
        until(page, "document.querySelector('aside').offsetHeight === 0")
        assert fits(page)


def test_what_tiles_leave_out_is_said(address: str) -> None:
    with visit(f"{address}#lang=en") as (page, _):
        ready(page)
        page.wait_for_selector(".left-out", timeout=30_000)
        assert "not drawn at this scale" in page.inner_text(".left-out")


def test_a_problem_is_told_and_the_page_stays(address: str) -> None:
    with visit(f"{address}#lang=en") as (page, _):
        ready(page)
        page.route("**/api/v1/parcels/**", lambda route: route.fulfill(
            status=200, content_type="application/json", body="not json"))  # fmt: skip
        page.click("#candidates tbody tr")
        page.wait_for_selector(".problem")
        assert page.locator("#candidates tbody tr").count() > 0
