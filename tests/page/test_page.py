"""The page in a real browser: ranked candidates, an explanation, no error, no request to another host."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Page, sync_playwright

from api.app import STATIC, create_app
from geodata.settings import Settings

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
]


@pytest.fixture(scope="module")
def address(demo_settings: Settings) -> Iterator[str]:
    """Address of a served demo."""
    if not (STATIC / "index.html").is_file() or not CHROMIUM.exists():
        pytest.skip("the page is not built or Chromium is not installed: run ./standplaats test")
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(create_app(demo_settings), log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.05)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        server.should_exit = True
        thread.join(timeout=10)


@contextmanager
def opened(url: str, width: int = 1440, height: int = 900) -> Iterator[Page]:
    """A page whose errors and requests to other hosts fail the test when it is closed."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        page = browser.new_page(viewport={"width": width, "height": height})
        requests: list[str] = []
        errors: list[str] = []
        page.on("request", lambda request: requests.append(request.url))
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(url)
        yield page
        browser.close()
    assert errors == []
    origin = url.split("#")[0]
    assert all(one.startswith((origin, "data:", "blob:")) for one in requests)


def until(page: Page, expression: str) -> None:
    """Wait until an expression holds; the page's content policy forbids Playwright's own way."""
    deadline = time.monotonic() + 30
    while not page.evaluate(expression):
        assert time.monotonic() < deadline, expression
        page.wait_for_timeout(100)


def ready(page: Page) -> None:
    """Wait for the list and for the map to be drawn."""
    page.wait_for_selector("#candidates tbody tr", timeout=30_000)
    until(page, "Boolean(window.pageMap && window.pageMap.loaded())")


pytestmark = pytest.mark.browser


@pytest.mark.parametrize("language", ["nl", "fr", "de", "en"])
def test_candidates_are_listed_and_explained(address: str, language: str) -> None:
    with opened(f"{address}#lang={language}") as page:
        ready(page)
        page.focus("#candidates tbody tr")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        page.wait_for_selector("aside h2", timeout=30_000)
        page.wait_for_timeout(1500)
        drawn = page.evaluate("window.pageMap.queryRenderedFeatures({layers: ['candidates']}).length")
        key = page.inner_text("aside h2")
        assert page.get_attribute("tr[aria-selected=true]", "data-key") == key
        assert page.is_visible(".notice")
        assert page.evaluate("document.documentElement.lang") == language
    assert drawn > 0


def test_filters_change_list_and_address(address: str) -> None:
    with opened(f"{address}#lang=en&m=99002") as page:
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


def test_the_map_can_be_used_by_keyboard(address: str) -> None:
    with opened(f"{address}#lang=en") as page:
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
        assert page.inner_text("aside h2") == centre
        before = page.evaluate("window.pageMap.getCenter().lng")
        page.keyboard.press("ArrowRight")
        until(page, f"window.pageMap.getCenter().lng > {before}")


def test_panels_fold_and_the_map_takes_their_room(address: str) -> None:
    with opened(f"{address}#lang=nl") as page:
        ready(page)
        wide = page.evaluate("document.querySelector('#map').clientWidth")
        for button in page.locator("button.fold").all():
            button.click()
        until(page, f"document.querySelector('#map canvas').clientWidth > {wide} + 300")
        assert page.locator("button.fold[aria-expanded=false]").count() == 2


@pytest.mark.parametrize("language", ["de", "fr"])
def test_a_narrow_screen_shows_cards_and_nothing_overflows(address: str, language: str) -> None:
    with opened(f"{address}#lang={language}", width=420, height=800) as page:
        ready(page)
        assert not page.is_visible("#candidates thead")
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        label = page.evaluate("getComputedStyle(document.querySelector('#candidates td'), '::before').content")
        assert label.strip('"') in ("Rang",)


def test_what_tiles_leave_out_is_said(address: str) -> None:
    with opened(f"{address}#lang=en") as page:
        ready(page)
        page.wait_for_selector(".left-out", timeout=30_000)
        assert "not drawn at this scale" in page.inner_text(".left-out")


def test_a_problem_is_told_and_the_page_stays(address: str) -> None:
    with opened(f"{address}#lang=en") as page:
        ready(page)
        page.route("**/api/v1/parcels/**", lambda route: route.fulfill(
            status=200, content_type="application/json", body="not json"))  # fmt: skip
        page.click("#candidates tbody tr")
        page.wait_for_selector(".problem")
        assert page.locator("#candidates tbody tr").count() > 0
