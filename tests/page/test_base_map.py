"""Base maps of others: none is asked by default; one that the operator offers is asked only once it was chosen."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from pages import CHROMIUM, FLAGS, TROUBLE, map_ready, served, until
from playwright.sync_api import sync_playwright

from geodata.settings import Settings

pytestmark = pytest.mark.browser

#: One red pixel.
PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC")


class Tiles(BaseHTTPRequestHandler):
    """A service of tiles as others run them."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "image/png")
        self.send_header("Access-Control-Allow-Origin", "*")
        self.end_headers()
        self.wfile.write(PNG)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def service() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Tiles)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()


def test_a_base_map_is_asked_only_once_it_was_chosen_and_its_owner_is_named(
    demo_settings: Settings, service: str
) -> None:
    offered = f"ngi-cartoweb={service}/{{z}}/{{x}}/{{y}}.png osm=https://tiles.example.org/{{z}}/{{x}}/{{y}}.png"
    settings = demo_settings.model_copy(update={"base_maps": offered})
    with served(settings) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        outside: list[str] = []
        errors: list[str] = []
        page.on(
            "request", lambda one: None if one.url.startswith((address, "data:", "blob:")) else outside.append(one.url)
        )
        page.on("console", lambda one: errors.append(one.text) if one.type in TROUBLE else None)
        page.goto(f"{address}/#lang=en&m=99001")
        page.wait_for_selector("#candidates tbody tr")
        map_ready(page)
        page.click("#tool-layers")
        assert page.is_checked("input[name=base][value='']") and "then sees your address" in page.inner_text(
            ".tool-panel"
        )
        assert outside == []
        page.focus("input[name=base][value='']")
        page.keyboard.press("ArrowDown")
        until(page, "window.pageMap.getLayer('ground') && location.hash.includes('b=ngi-cartoweb')")
        map_ready(page)
        until(page, "document.querySelector('.credit')?.innerText === '© NGI/IGN'")
        assert outside and all(one.startswith(f"{service}/") for one in outside)
        assert page.evaluate("window.pageMap.getLayoutProperty('roads-local', 'visibility')") == "none"
        page.check("input[name=base][value='']")
        until(page, "!window.pageMap.getLayer('ground') && !document.querySelector('.credit')")
        assert errors == []
        browser.close()


def test_an_address_cannot_bring_a_base_map_that_is_not_offered(demo_settings: Settings) -> None:
    with served(demo_settings) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        page = browser.new_page()
        asked: list[str] = []
        page.on("request", lambda one: asked.append(one.url))
        page.goto(f"{address}/#lang=en&m=99001&b=osm")
        page.wait_for_selector("#candidates tbody tr")
        map_ready(page)
        page.click("#tool-layers")
        assert page.locator("input[name=base]").count() == 0
        assert all(one.startswith((f"{address}/", "data:", "blob:")) for one in asked)
        browser.close()
