"""What the tests of the pages share: a served demo, a page that watches itself, and the words a page shows."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
import uvicorn
from playwright.sync_api import Page, sync_playwright

from api.app import STATIC, create_app
from benchmarks.browser import CHROMIUM, FLAGS
from geodata.settings import Settings

LANGUAGES = ("nl", "fr", "de", "en")
#: What the console of a page may not hold.
TROUBLE = ("error", "warning")
#: Words that belong to the page itself, not to a rule or a site.
OWN_WORDS = (
    ".pages a, .filters label, h1, h2[id], dt, thead button, .values > tbody > tr > th, .facts thead th, "
    ".legend-line span, .count, .reading .body .muted"
)


@contextmanager
def served(settings: Settings, *, public: bool = False) -> Iterator[str]:
    """Address of the service on a free port, without a slash at its end."""
    if not (STATIC / "rules.html").is_file() or not CHROMIUM.exists():
        pytest.skip("the page is not built or Chromium is not installed: run ./standplaats test")
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(create_app(settings, public=public), log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.05)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join(timeout=10)


@contextmanager
def visit(url: str, width: int = 1440, height: int = 900) -> Iterator[tuple[Page, list[str]]]:
    """A page and the addresses it asked for; errors, warnings and requests to other hosts fail the test at the end."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        page = browser.new_page(viewport={"width": width, "height": height})
        requests: list[str] = []
        errors: list[str] = []
        page.on("request", lambda request: requests.append(request.url))
        page.on("console", lambda message: errors.append(message.text) if message.type in TROUBLE else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(url)
        yield page, requests
        browser.close()
    assert errors == []
    parts = urlsplit(url)
    own = "file:" if parts.scheme == "file" else f"{parts.scheme}://{parts.netloc}/"
    assert [one for one in requests if not one.startswith((own, "data:", "blob:"))] == []


def until(page: Page, expression: str) -> None:
    """Wait until an expression holds; the page's content policy forbids Playwright's own way."""
    deadline = time.monotonic() + 30
    while not page.evaluate(expression):
        assert time.monotonic() < deadline, expression
        page.wait_for_timeout(50)


def map_ready(page: Page) -> None:
    """Wait until the map is drawn."""
    until(page, "Boolean(window.pageMap && window.pageMap.loaded())")


def ready(page: Page) -> None:
    """Wait for the list of candidates, and for the map to be drawn."""
    page.wait_for_selector("#candidates tbody tr", timeout=30_000)
    map_ready(page)


def switch_on(page: Page, *layers: str) -> None:
    """Switch layers of the map on, in the panel of layers, and close it again."""
    page.click("#tool-layers")
    for layer in layers:
        page.check(f".tool-panel input[name={layer}]")
    page.keyboard.press("Escape")
    until(page, "!document.querySelector('.tool-panel')")


def choose_municipality(page: Page, nis: str) -> None:
    """Type a code into the search and take the only one found."""
    page.click("#municipality")
    page.fill("#municipality", nis)
    page.keyboard.press("Enter")


def own_words(page: Page) -> set[str]:
    """Texts of the page itself, in the language it shows."""
    texts = page.evaluate(
        f"[...document.querySelectorAll({OWN_WORDS!r})].map(one => one.firstChild.nodeType === 3"
        " ? one.firstChild.textContent.trim() : one.innerText.trim())"
    )
    return {one for one in texts if any(sign.isalpha() for sign in one)}


def fits(page: Page) -> bool:
    """Does nothing overflow the window sideways?"""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))
