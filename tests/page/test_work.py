"""Keeping, comparing, another day's law, passing on, reporting, printing, and what goes wrong; by mouse and by keyboard."""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from pages import fits, ready, served, until, visit
from playwright.sync_api import Page, Route

from geodata.settings import Settings

ROWS = "#candidates tbody tr"


@pytest.fixture(scope="module")
def address(demo_settings: Settings) -> Iterator[str]:
    with served(demo_settings) as found:
        yield f"{found}/#lang=en&m=99001"


def opened(page: Page, at: int = 1) -> str:
    """Choose a row; its key."""
    page.click(f"{ROWS}:nth-child({at})")
    page.wait_for_selector("aside #ask-first", timeout=30_000)
    return page.inner_text("aside .capakey")


def pressed(page: Page, selector: str, key: str = "Enter") -> None:
    page.focus(selector)
    page.keyboard.press(key)


def test_places_are_kept_compared_and_removed_by_keyboard(address: str) -> None:
    with visit(address) as (page, _):
        ready(page)
        for at in (1, 2, 3):
            pressed(page, f"{ROWS}:nth-child({at}) .star")
        assert page.locator(".star[aria-pressed=true]").count() == 3
        # A star is no choice of the row.
        assert page.locator("aside h2").count() == 0
        page.focus("#tab-candidates")
        page.keyboard.press("ArrowRight")
        page.wait_for_selector("#shortlist")
        assert page.evaluate("document.activeElement.id") == "tab-shortlist"
        assert page.locator("#compare").is_disabled()
        for at in (1, 2):
            pressed(page, f"#shortlist tbody tr:nth-child({at}) input", "Space")
        page.focus("#shortlist textarea")
        page.keyboard.type("ask about the lease")
        page.keyboard.press("Tab")
        pressed(page, "#compare")
        page.wait_for_selector("#comparison tbody tr")
        assert page.locator("#comparison thead th").count() == 2
        lines = page.locator("#comparison tbody tr").count()
        pressed(page, "input[name=only-different]", "Space")
        until(page, f"document.querySelectorAll('#comparison tbody tr').length < {lines}")
        assert page.locator("#comparison .differs").count() > 0
        # Kept in the browser: there after the page is opened anew.
        page.reload()
        page.wait_for_selector("#comparison tbody tr", timeout=30_000)
        pressed(page, "#tab-shortlist")
        assert page.input_value("#shortlist textarea >> nth=0") == "ask about the lease"
        page.focus("#shortlist tbody tr:nth-child(3) td:last-child button")
        page.keyboard.press("Enter")
        assert page.locator("#shortlist tbody tr").count() == 2


def test_no_more_than_five_stand_side_by_side(address: str) -> None:
    with visit(address) as (page, _):
        ready(page)
        for at in range(1, 7):
            page.click(f"{ROWS}:nth-child({at}) .star")
        page.click("#tab-shortlist")
        for at in range(5):
            page.locator("#shortlist input").nth(at).check()
        assert page.locator("#shortlist input").nth(5).is_disabled()
        page.click("#compare")
        page.wait_for_selector("#comparison thead th >> nth=4")
        assert page.evaluate(
            "document.querySelector('.list').scrollWidth <= document.querySelector('.list').clientWidth"
        )


def test_a_shared_address_shows_the_same_elsewhere(address: str) -> None:
    with visit(f"{address}&w=school:40") as (page, _):
        ready(page)
        key = opened(page, 2)
        page.click("#keep")
        page.click("#share")
        shared = page.input_value("#passing textarea")
        run = page.evaluate("document.querySelector('sp-app').found.runs[0].id")
        page.keyboard.press("Escape")
        until(page, "!document.querySelector('#passing')")
        page.wait_for_selector("aside h2")
    held = {name: values[0] for name, values in parse_qs(urlsplit(shared).fragment).items()}
    assert held["pin"].startswith(f"{run}~20") and held["on"] and json.loads(held["k"])[0][0] == key
    with visit(shared) as (page, _):
        page.wait_for_selector("aside h2", timeout=30_000)
        assert page.inner_text("aside .capakey") == key
        assert page.input_value("input[name=weight-school]") == "40"
        # It is today's result: nothing has to be said of it.
        assert page.locator(".pinned").count() == 0
        page.click("#tab-shortlist")
        assert page.locator("#shortlist tbody tr").count() == 1


def test_an_address_whose_result_is_gone_says_so_and_offers_todays(address: str) -> None:
    pin = quote("r0000000000000000~2025-01-02~2024-12-31~2025.1")
    with visit(f"{address}&pin={pin}") as (page, _):
        page.wait_for_selector(".pinned", timeout=30_000)
        told = page.inner_text(".pinned")
        assert "2 January 2025" in told and "31 December 2024" in told and "no longer here" in told
        assert page.locator(ROWS).count() == 0
        until(page, "document.querySelector('.pinned').innerText.includes('2025.1')")
        pressed(page, "#to-today")
        ready(page)
        assert "pin=" not in page.url and page.locator(".pinned").count() == 0


def test_every_figure_of_a_parcel_can_be_reported_with_its_ids(address: str) -> None:
    with visit(address) as (page, _):
        ready(page)
        key = opened(page)
        parts = "document.querySelectorAll('aside ul.plain li, aside .sum tbody tr').length - 1"
        assert page.locator("aside .flag").count() >= page.evaluate(parts)
        page.focus("aside ul.plain .flag")
        page.keyboard.press("Enter")
        page.wait_for_selector("#passing[open]")
        text = page.input_value("#passing textarea")
        for name in ("capakey", "result", "as_of", "data_date", "rule_pack", "constraint", "dataset"):
            assert f"\n{name}: " in text, name
        assert key in text
        link = page.get_attribute("#passing a", "href") or ""
        assert link.startswith("mailto:?") and quote(key, safe="") in link
        page.keyboard.press("Escape")
        until(page, "!document.querySelector('#passing')")
        assert page.locator("aside h2").count() == 1


def test_contributions_follow_ones_own_weights_and_the_published_sum_stays(address: str) -> None:
    with visit(address) as (page, _):
        ready(page)
        opened(page, 2)
        assert page.locator("#published-sum").count() == 0
        published = page.inner_text("aside .sum tr:last-child .figure")
        page.focus("input[name=weight-owner]")
        page.keyboard.press("Home")
        page.wait_for_selector("#published-sum")
        assert page.inner_text("#published-sum .figure") == published
        parts = page.locator("aside .sum tr:not(:nth-last-child(-n+2)) .figure").all_inner_texts()
        owner = page.locator("aside .sum tr", has_text="Owner").first.locator(".figure").inner_text()
        total = page.locator("aside .sum tr:nth-last-child(2) .figure").inner_text()
        assert owner == "0.000"
        low = sum(float(one.split("–")[0]) for one in parts)
        assert low == pytest.approx(float(total.split("–")[0]), abs=0.001 * len(parts))
        until(page, f"{json.dumps(total)}.startsWith(document.querySelector('#candidates tr[aria-selected=true] .bar')"
                    ".parentElement.innerText.trim().slice(0, 3))")  # fmt: skip


def test_how_sure_a_rank_is_is_told_and_when_it_would_be_first(address: str) -> None:
    with visit(address) as (page, _):
        ready(page)
        opened(page, 3)
        assert "nine times of ten" in page.inner_text("aside")
        pressed(page, "#ask-first")
        page.wait_for_selector("#first")
        assert "first" in page.inner_text("#first")


def test_another_days_law_is_said_on_the_page_and_on_paper(address: str) -> None:
    with visit(address) as (page, _):
        ready(page)
        opened(page)
        until(page, "document.querySelector('aside').innerText.includes('ended, carries on')")
        page.fill("#as-of", "2012-03-06")
        page.press("#as-of", "Tab")
        page.wait_for_selector("#as-stood")
        assert "As the law stood on 6 March 2012" in page.inner_text("#as-stood")
        opened(page)
        until(page, "document.querySelector('aside').innerText.includes('in force')")
        assert "on=2012-03-06" in page.url
        page.emulate_media(media="print")
        assert "As the law stood on 6 March 2012" in page.inner_text(".print-head")
        page.emulate_media(media="screen")
        page.fill("#as-of", page.get_attribute("#as-of", "max") or "")
        page.press("#as-of", "Tab")
        until(page, "!document.querySelector('#as-stood')")


def test_a_print_has_title_map_scale_north_legend_sources_and_date(address: str) -> None:
    with visit(f"{address}&a=4000") as (page, _):
        ready(page)
        assert not page.is_visible(".print-head")
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        until(page, "document.querySelector('.map-picture').naturalWidth > 0")
        page.emulate_media(media="print")
        for part in (
            ".print-head h2",
            ".map-picture",
            ".scale span",
            ".north",
            ".legend",
            ".print-foot",
            "#candidates",
        ):
            assert page.is_visible(part), part
        for part in ("header", ".left", "#share", ".maplibregl-canvas", ".star >> nth=0"):
            assert not page.is_visible(part), part
        head = page.inner_text(".print-head")
        assert "Zeewaarde" in head and "at least 4000" in head and "printed on" in head and "Fictional" in head
        assert "Digitaal Vlaanderen" in page.inner_text(".print-foot")
        # More than one colour: the map was drawn into the picture.
        colours = page.evaluate(
            """(() => { const one = document.querySelector('.map-picture'), canvas = document.createElement('canvas');
                [canvas.width, canvas.height] = [60, 40];
                const pen = canvas.getContext('2d'); pen.drawImage(one, 0, 0, 60, 40);
                const data = pen.getImageData(0, 0, 60, 40).data, seen = new Set();
                for (let at = 0; at < data.length; at += 4) seen.add(data.slice(at, at + 3).join());
                return seen.size; })()"""
        )
        assert colours > 5


def test_files_carry_the_filters_and_the_council_gets_its_note(address: str) -> None:
    with visit(f"{address}&a=4000&fs=1000") as (page, _):
        ready(page)
        pressed(page, "details.menu summary")
        links = page.evaluate("[...document.querySelectorAll('details.menu a')].map(one => one.href)")
        assert len(links) == 5 and all("run=r" in one for one in links)
        assert all("min_area=4000" in one and "school=1000" in one for one in links[:4])
        count = page.evaluate(f"document.querySelectorAll('{ROWS}').length")
        got = page.evaluate(f"fetch({links[1]!r}).then(a => a.json()).then(a => a.features.length)")
        assert got == count
        assert page.evaluate(f"fetch({links[4]!r}).then(a => a.status)") == 200
        page.keyboard.press("Escape")
        key = opened(page)
        sheet = page.get_attribute("#sheet", "href") or ""
        assert key.replace("/", "-") in sheet
        assert page.evaluate(f"fetch({sheet!r}).then(a => a.status)") == 200


def test_a_parcel_that_is_ruled_out_says_why_not_here(address: str) -> None:
    with visit(address) as (page, _):
        ready(page)
        key = page.evaluate(
            """fetch('/api/v1/candidates?municipality=99001&verdict=incompatible&limit=1').then(a => a.json())
               .then(a => a.items[0].id)"""
        )
        page.evaluate(f"location.hash += '&p={key}'")
        page.wait_for_selector("aside h3 >> text=Why not here?", timeout=30_000)
        assert page.locator("aside li.fail").count() > 0 and page.locator("#sheet").count() == 0


def test_without_a_network_what_is_shown_stays(address: str) -> None:
    with visit(address) as (page, _):
        ready(page)
        rows = page.locator(ROWS).count()
        # Fulfilled as the browser does when nothing answers, without the error it writes to its console.
        page.evaluate("void (window.fetch = () => Promise.reject(new TypeError('Failed to fetch')))")
        page.evaluate("Object.defineProperty(navigator, 'onLine', {value: false, configurable: true})")
        page.evaluate("dispatchEvent(new Event('offline'))")
        page.wait_for_selector(".offline")
        page.click(f"{ROWS}:nth-child(2)")
        page.wait_for_selector(".problem")
        assert "cannot be reached" in page.inner_text(".problem") and page.is_visible("#again")
        assert page.locator(ROWS).count() == rows


def test_trying_again_brings_the_list(address: str) -> None:
    refused = {"on": True}

    def facing(route: Route) -> None:
        if refused["on"]:
            route.fulfill(status=200, content_type="application/json", body="not json")
        else:
            route.continue_()

    with visit(address) as (page, _):
        ready(page)
        page.route("**/api/v1/candidates?*", facing)
        page.fill("#min-area", "3000")
        page.press("#min-area", "Tab")
        page.wait_for_selector("#again", timeout=30_000)
        refused["on"] = False
        page.click("#again")
        ready(page)
        assert page.locator("#again").count() == 0


@pytest.mark.parametrize("width", [390, 900])
def test_nothing_overflows_on_a_narrow_screen(address: str, width: int) -> None:
    with visit(address.replace("lang=en", "lang=de"), width=width, height=844) as (page, _):
        ready(page)
        for at in (1, 2):
            page.click(f"{ROWS}:nth-child({at}) .star")
        page.click("details.menu summary")
        assert fits(page)
        page.click("details.menu summary")
        page.click("#tab-shortlist")
        for at in range(2):
            page.locator("#shortlist input").nth(at).check()
        assert fits(page)
        page.click("#compare")
        page.wait_for_selector("#comparison tbody tr")
        assert fits(page)
        page.click("#share")
        page.wait_for_selector("#passing[open]")
        assert fits(page)


def test_a_local_answer_counts_in_the_list_and_can_be_withdrawn(address: str) -> None:
    with visit(address) as (page, _):
        ready(page)
        key = opened(page, 2)
        count = "Number(document.querySelector('.count').innerText.replace(/[^0-9].*/, ''))"
        before = page.evaluate(count)
        pressed(page, ".answers summary")
        page.select_option(".answers select[name=about]", "")
        page.fill(".answers input[name=reason]", "the municipality builds a school here")
        page.fill(".answers input[name=evidence]", "council decision of May")
        pressed(page, ".answers form button")
        until(page, f"{count} === {before - 1}")
        assert page.locator(f"tr[data-key='{key}']").count() == 0
        assert "Left out of your list" in page.inner_text(".answers")
        assert page.is_visible("#with-answers")
        # A hazard can be disputed, not removed.
        page.select_option(".answers select[name=about]", "flood")
        page.select_option(".answers select[name=state]", "fail")
        page.fill(".answers input[name=reason]", "it stood under water")
        page.fill(".answers input[name=evidence]", "photographs of July")
        pressed(page, ".answers form button")
        until(page, "document.querySelectorAll('.answers li').length === 2")
        page.locator(".answers li button").first.click()
        until(page, "document.querySelectorAll('.answers li').length === 1")
        page.locator(".answers li button").first.click()
        until(page, f"{count} === {before}")
        assert page.locator("#with-answers").count() == 0
