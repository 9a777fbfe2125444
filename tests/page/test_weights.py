"""Weights on the page: the map follows a slider at once, the list when it is let go, and the published rank stays beside."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pages import map_ready, served, until, visit
from playwright.sync_api import Page

from geodata.settings import Settings

RANKS = "[...document.querySelectorAll('#candidates tbody td:first-child')].map(one => one.innerText)"


@pytest.fixture(scope="module")
def address(demo_settings: Settings) -> Iterator[str]:
    with served(demo_settings) as found:
        yield f"{found}/#lang=en&m=99001"


def ready(page: Page) -> None:
    page.wait_for_selector("#candidates tbody tr")
    page.wait_for_selector(".weights input")
    map_ready(page)


def test_a_slider_colours_the_map_and_ranks_the_list_by_keyboard(address: str) -> None:
    with visit(address) as (page, requests):
        ready(page)
        assert page.locator("#reset-weights").is_disabled()
        colour = "JSON.stringify(window.pageMap.getPaintProperty('candidates', 'fill-color'))"
        before = page.evaluate(colour)
        slider = page.locator("input[name=weight-school]")
        assert "of 100" in (slider.get_attribute("aria-valuetext") or "")
        slider.focus()
        asked = len([one for one in requests if "/tiles/" in one])
        page.keyboard.press("End")
        until(page, f"{colour} !== {before!r}")
        assert len([one for one in requests if "/tiles/" in one]) == asked
        until(page, "document.querySelector('#candidates small')?.innerText.startsWith('published ')")
        assert "w=school%3A50" in page.url
        assert "published" in page.inner_text(".weights .changed output")
        page.click("#reset-weights")
        until(page, f"{colour} === {before!r}")
        until(page, f"!{RANKS}.some(one => one.includes('published'))")
        assert "w=" not in page.url.split("#")[1]


def test_the_colour_is_the_score_that_the_service_reckons(address: str) -> None:
    """Scores from the values in the tiles against those of the list, to the rounding of the tiles."""
    with visit(f"{address}&w=school:50,owner:0") as (page, _):
        ready(page)
        until(page, "document.querySelector('#candidates small')?.innerText.startsWith('published ')")
        worst = page.evaluate(
            """async () => {
                const info = await (await fetch('api/v1/municipalities')).json();
                const run = info.items.find(one => one.nis === '99001').runs.find(one => one.site_type === 'residential').id;
                const {criteria} = await (await fetch(`tiles/candidates.json?run=${run}`)).json();
                const given = Object.fromEntries(criteria.map(one => [one.id, Math.round(one.weight * 1000) / 10]));
                given.school = 50; given.owner = 0;
                const list = await (await fetch('api/v1/candidates?municipality=99001&limit=500', {method: 'POST',
                    headers: {'Content-Type': 'application/json'}, body: JSON.stringify({weights: given})})).json();
                const scores = new Map(list.items.map(one => [one.capakeys[0], (one.score.low + one.score.high) / 2]));
                const sum = Object.values(given).reduce((a, b) => a + b);
                let worst = 0, compared = 0;
                for (const {properties: one} of window.pageMap.queryRenderedFeatures({layers: ['candidates']})) {
                    if (one.source !== 'parcel' || !scores.has(one.capakey)) continue;
                    const own = criteria.reduce((total, {id, low, high}) =>
                        total + given[id] * (one[low] + (one[high] ?? one[low])) / 2, 0) / sum / 10000;
                    worst = Math.max(worst, Math.abs(own - scores.get(one.capakey)));
                    compared++;
                }
                return [worst, compared];
            }"""
        )
        assert worst[1] > 10
        assert worst[0] <= 0.0001


def test_weights_of_an_address_are_shown_again_and_rubbish_is_dropped(address: str) -> None:
    with visit(f"{address}&w=school:40,nonsense:9,shop:-3,x") as (page, _):
        ready(page)
        until(page, "document.querySelector('#candidates small')?.innerText.startsWith('published ')")
        assert page.input_value("input[name=weight-school]") == "40"
        assert page.locator(".weights .changed").count() == 1


def test_no_weight_at_all_is_told_and_the_list_stays_published(address: str) -> None:
    with visit(address) as (page, _):
        ready(page)
        names = page.evaluate("[...document.querySelectorAll('.weights input')].map(one => one.name.slice(7))")
        page.evaluate(f"location.hash += '&w={','.join(f'{one}:0' for one in names)}'")
        page.wait_for_selector(".weights .problem")
        assert "at least one weight" in page.inner_text(".weights .problem").lower()
        assert page.evaluate(f"{RANKS}.length") > 0
