"""The map file in a real browser, opened from disk: candidates, sites, legend, an explanation; nothing is fetched."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright
from typer.testing import CliRunner

from api.cli import app
from api.mapfile import LEAFLET
from geodata.settings import Settings

CHROMIUM = Path("/usr/bin/chromium")
pytestmark = pytest.mark.browser


@pytest.mark.parametrize("language", ["nl", "fr", "de", "en"])
def test_it_opens_without_a_network(
    demo_settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, language: str
) -> None:
    if not LEAFLET.is_dir() or not CHROMIUM.exists():
        pytest.skip("the page is not built or Chromium is not installed: run ./standplaats test")
    monkeypatch.setenv("STANDPLAATS_HOME", str(demo_settings.home))
    path = tmp_path / "map.html"
    words = ["map", "--demo", "-m", "99002", "-o", str(path), "--lang", language]
    assert CliRunner().invoke(app, words, catch_exceptions=False).exit_code == 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        page = browser.new_page()
        requests: list[str] = []
        errors: list[str] = []
        page.on("request", lambda request: requests.append(request.url))
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(path.as_uri())
        page.wait_for_selector(".leaflet-container")
        drawn, at = page.evaluate(
            """(() => { const map = Object.values(window).find(one => one && one._layers && one._container);
               const shapes = []; map.eachLayer(one => { if (one.getBounds && one.feature?.properties?.text) shapes.push(one); });
               const middle = shapes.at(-1).getBounds().getCenter();
               map.setView(middle, 17, {animate: false});
               const point = map.latLngToContainerPoint(middle), box = map._container.getBoundingClientRect();
               return [shapes.length, [box.x + point.x, box.y + point.y]]; })()"""
        )
        text = page.inner_text("body")
        page.mouse.click(*at)
        page.wait_for_selector(".leaflet-popup-content")
        told = page.inner_text(".leaflet-popup-content")
        browser.close()
    assert errors == []
    assert [one for one in requests if not one.startswith(("file:", "data:", "blob:"))] == []
    assert drawn > 5
    assert {"nl": "Fictieve", "fr": "fictives", "de": "Fiktive", "en": "Fictional"}[language] in text
    assert "992" in told and len(told) > 40
