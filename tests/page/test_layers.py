"""Layers of the map: switched by mouse and by keyboard, kept in the address, honest about what is not known and which law."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

import pytest
from pages import LANGUAGES, map_ready, ready, served, switch_on, until, visit
from playwright.sync_api import Page
from test_accessibility import AXE, RULES

from geodata.settings import Settings

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address(demo_settings: Settings) -> Iterator[str]:
    """Address of the map page of a served demo."""
    with served(demo_settings) as found:
        yield f"{found}/"


def hatched(page: Page, layer: str) -> set[str]:
    """Municipalities hatched as not known for a layer."""
    found = page.evaluate(
        f"window.pageMap.queryRenderedFeatures({{layers: ['{layer}-unknown']}}).map(one => one.properties.nis)"
    )
    return set(found)


def test_a_layer_is_asked_for_only_when_it_is_switched_on_by_keyboard(address: str) -> None:
    with visit(f"{address}#lang=en&m=99001") as (page, requests):
        ready(page)
        assert not [one for one in requests if "/tiles/constraints/" in one or "/tiles/services/" in one]
        page.focus("#tool-layers")
        page.keyboard.press("Enter")
        page.wait_for_selector(".tool-panel h2:focus")
        page.focus(".tool-panel input[name=flood]")
        page.keyboard.press("Space")
        until(page, "window.pageMap.getLayer('flood') && location.hash.includes('l=flood')")
        map_ready(page)
        until(page, "window.pageMap.queryRenderedFeatures({layers: ['flood']}).length > 0")
        drawn = page.evaluate(
            "window.pageMap.queryRenderedFeatures({layers: ['flood']}).map(one => one.properties.theme)"
        )
        assert set(drawn) == {"flood"}
        page.keyboard.press("Escape")
        until(page, "document.activeElement.id === 'tool-layers' && !document.querySelector('.tool-panel')")
        assert "flood class C" in page.inner_text(".legend")
        page.click("#tool-layers")
        page.click("#usual-layers")
        until(page, "!window.pageMap.getLayer('flood') && !location.hash.includes('l=')")


def test_layers_of_an_address_are_shown_again(address: str) -> None:
    with visit(f"{address}#lang=nl&m=99001&l=soil,-candidates,nonsense") as (page, _):
        ready(page)
        until(page, "window.pageMap.queryRenderedFeatures({layers: ['soil']}).length > 0")
        assert page.evaluate("window.pageMap.queryRenderedFeatures({layers: ['candidates']}).length") == 0
        page.click("#tool-layers")
        assert not page.is_checked(".tool-panel input[name=candidates]") and page.is_checked(
            ".tool-panel input[name=soil]"
        )


def test_where_a_source_does_not_reach_all_of_a_municipality_it_is_hatched_and_said(address: str) -> None:
    with visit(f"{address}#lang=en&m=99001&l=flood,heritage,habitat") as (page, _):
        ready(page)
        # Flooding is known here; of heritage one of two sources is loaded, of habitats none.
        until(page, "window.pageMap.queryRenderedFeatures({layers: ['flood-unknown']}).length === 0")
        assert "99001" in hatched(page, "heritage") and "99001" in hatched(page, "habitat")
        page.click("#tool-layers")
        told = page.inner_text(".tool-panel")
        assert re.search(r"Not known in Zeewaarde[^:]*: Habitats, Heritage", told) and "Hatched: not known" in told
        assert "Flood hazard" not in re.findall(r"Not known in Zeewaarde.*", told)[0]


def test_until_the_service_tells_what_is_known_nothing_is_taken_for_known(address: str) -> None:
    with visit(f"{address}#lang=en&m=99001") as (page, _):
        ready(page)
        page.route("**/api/v1/sources/status**", lambda route: route.fulfill(
            status=200, content_type="application/json", body="not json"))  # fmt: skip
        switch_on(page, "noise")
        map_ready(page)
        until(page, "window.pageMap.queryRenderedFeatures({layers: ['noise-unknown']}).length > 0")
        assert "99001" in hatched(page, "noise")
        page.unroute("**/api/v1/sources/status**")
        page.evaluate("window.pageMap.panBy([5, 0], {animate: false})")
        until(page, "window.pageMap.queryRenderedFeatures({layers: ['noise-unknown']}).length === 0")


def test_the_law_of_a_day_is_shown_and_said(address: str) -> None:
    with visit(f"{address}#lang=en&m=99002") as (page, requests):
        ready(page)
        page.click("#tool-layers")
        page.check(".tool-panel input[name=eligibility]")
        page.wait_for_selector("#law-year")
        assert page.locator(".as-stood").count() == 0
        page.focus("#law-year")
        page.keyboard.press("Home")
        page.wait_for_selector(".as-stood")
        assert "As the law stood on 31 December 1983." in page.inner_text(".as-stood")
        assert "on=1983-12-31" in page.url
        until(page, "window.pageMap.getSource('eligibility').tiles[0].includes('as_of=1983-12-31')")
        map_ready(page)
        standing = """[...new Set(window.pageMap.queryRenderedFeatures({layers: ['eligibility']})
            .map(one => one.properties.as_of + ' ' + one.properties.standing))].sort()"""
        until(page, f"{standing}.join() === '1983-12-31 open,1983-12-31 unknown'")
        assert any("/tiles/eligibility/" in one and "as_of=1983-12-31" in one for one in requests)
        page.keyboard.press("End")
        until(page, "!document.querySelector('.as-stood') && !location.hash.includes('on=')")


@pytest.mark.parametrize(("day", "told", "not_told"), [
    ("2017-07-27", "Historic: held until 27 July 2017.", "without an amount"),
    ("2017-07-28", "Successor of these articles, without an amount.", "Historic"),
])  # fmt: skip
def test_cases_are_historic_until_their_last_day(address: str, day: str, told: str, not_told: str) -> None:
    with visit(f"{address}#lang=en&m=99002&l=cases&on={day}") as (page, _):
        ready(page)
        page.wait_for_selector(".as-stood")
        legend = page.inner_text(".legend")
        assert told in legend and not_told not in legend
        until(page, "window.pageMap.queryRenderedFeatures({layers: ['cases']}).length > 0")
        found = page.evaluate("window.pageMap.queryRenderedFeatures({layers: ['cases']}).map(one => one.properties)")
        assert {one["historic"] for one in found} == {day <= "2017-07-27"}
        assert all("amount" not in one for one in found)


def test_a_day_that_is_none_is_today(address: str) -> None:
    for day in ("1066-10-14", f"{date.today().year + 2}-01-01", "yesterday"):
        with visit(f"{address}#lang=en&m=99002&l=eligibility&on={day}") as (page, _):
            ready(page)
            assert page.locator(".as-stood").count() == 0
            assert date.today().isoformat() in page.evaluate("window.pageMap.getSource('eligibility').tiles[0]")


def test_the_middle_of_the_map_is_told_in_words(address: str) -> None:
    with visit(f"{address}#lang=en&m=99001&l=soil,supply") as (page, _):
        ready(page)
        page.evaluate(
            """fetch('/api/v1/candidates?municipality=99001&limit=1').then(a => a.json())
               .then(a => window.pageMap.jumpTo({center: a.items[0].centre, zoom: 13}))"""
        )
        until(page, "window.pageMap.getZoom() === 13")
        map_ready(page)
        until(page, "window.pageMap.queryRenderedFeatures({layers: ['soil']}).length > 0")
        page.evaluate(
            """(() => { const one = window.pageMap.queryRenderedFeatures({layers: ['soil']})
                    .find(one => one.geometry.type === 'Polygon');
                 window.pageMap.jumpTo({center: one.geometry.coordinates[0][0], zoom: 15}); })()"""
        )
        page.click("#tool-layers")
        until(page, "document.querySelector('.here')?.innerText.includes('Soil surveys: ')")
        assert "Pitches of public sites, by municipality: " in page.inner_text(".here")


def test_far_off_totals_stand_for_the_candidates(address: str) -> None:
    with visit(f"{address}#lang=en&m=99001") as (page, _):
        ready(page)
        page.evaluate("window.pageMap.jumpTo({zoom: 8.5})")
        until(page, "window.pageMap.queryRenderedFeatures({layers: ['totals']}).length > 0")
        sums = page.evaluate(
            """[...new Map(window.pageMap.querySourceFeatures('candidates', {sourceLayer: 'totals'})
                .map(one => [one.id, one.properties])).values()]
                .map(one => one.compatible + one.needs_derogation + one.unknown)"""
        )
        listed = int(re.sub(r"\D", "", page.inner_text(".count").split("candidates")[0]))
        assert sum(sums) == listed


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 390)])
def test_the_panel_bars_nobody_and_fits(address: str, language: str, scheme: str, width: int) -> None:
    with visit(
        f"{address}#lang={language}&m=99002&l=flood,heritage,eligibility,cases,supply&on=2016-12-31", width=width
    ) as (page, _):
        page.emulate_media(color_scheme=scheme)
        ready(page)
        page.click("#tool-layers")
        page.wait_for_selector(".tool-panel .here")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert page.evaluate("(one => one.scrollWidth <= one.clientWidth)(document.querySelector('.tool-panel'))")
        page.evaluate(AXE.read_text(encoding="utf-8") + ";0")
        found = page.evaluate(f"axe.run(document, {RULES}).then(one => one.violations)")
        assert [(one["id"], [node["html"][:120] for node in one["nodes"]]) for one in found] == []
