"""The page in a real browser: ranked candidates, an explanation, no error, no request to another host."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import sync_playwright

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


@pytest.mark.browser
@pytest.mark.parametrize("language", ["nl", "fr", "de", "en"])
def test_candidates_are_listed_and_explained(address: str, language: str, tmp_path: Path) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        requests: list[str] = []
        errors: list[str] = []
        page.on("request", lambda request: requests.append(request.url))
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(f"{address}#lang={language}")
        page.wait_for_selector("#candidates tbody tr", timeout=30_000)
        page.focus("#candidates tbody tr")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        page.wait_for_selector("aside h2", timeout=30_000)
        page.wait_for_timeout(1500)
        drawn = page.evaluate("window.pageMap.queryRenderedFeatures({layers: ['candidates']}).length")
        key = page.inner_text("aside h2")
        assert page.get_attribute("tr[aria-selected=true]", "data-key") == key
        assert page.is_visible(".notice")
        browser.close()
    assert drawn > 0
    assert errors == []
    assert all(url.startswith((address, "data:", "blob:")) for url in requests)
