"""The pictures of the user guide, taken from the demo: `./standplaats test --pictures` writes them to docs/user-guide/pictures.

Without it each is taken all the same, in Dutch (both languages with --full), and thrown away: a page that no longer shows what
its picture shows fails here.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pages import map_ready, served, until, visit
from playwright.sync_api import Page

from geodata.settings import Settings

pytestmark = pytest.mark.browser

FOLDER = Path(__file__).resolve().parents[2] / "docs/user-guide/pictures"
WRITE = bool(os.environ.get("STANDPLAATS_TEST_PICTURES"))
LARGEST = 150_000
#: A planner's municipality in each language.
PLACE = {"nl": "99001", "fr": "99002"}


def desk(page: Page) -> None:
    """The page with its list and its map."""
    page.wait_for_selector("#candidates tbody tr")
    map_ready(page)


def overview(page: Page) -> str:
    desk(page)
    page.click("#candidates tbody tr >> nth=1")
    page.wait_for_selector("aside h2")
    map_ready(page)
    return "body"


def detail(page: Page) -> str:
    overview(page)
    return "aside"


def weights(page: Page) -> str:
    desk(page)
    slider = page.locator("input[name=weight-school]")
    slider.focus()
    for _ in range(12):
        page.keyboard.press("ArrowRight")
    page.wait_for_selector(".weights .changed")
    page.keyboard.press("Tab")
    return "section.left"


def compare(page: Page) -> str:
    desk(page)
    for at in (1, 2):
        page.click(f"#candidates tbody tr:nth-child({at}) .star")
    page.click("#tab-shortlist")
    for at in (0, 1):
        page.locator("#shortlist input").nth(at).check()
    page.click("#compare")
    page.wait_for_selector("#comparison tbody tr")
    return "section.list"


def draw(page: Page) -> str:
    """The first candidate drawn over by corners typed in, and judged."""
    desk(page)
    page.click("#candidates tbody tr")
    page.wait_for_selector("aside .capakey")
    until(page, "!window.pageMap.isMoving()")
    page.click("#tool-draw")
    west, south, east, north = page.evaluate(
        """(() => { const map = window.pageMap, box = map.getCanvas(), [x, y] = [box.clientWidth / 2, box.clientHeight / 2];
            return [[-70, 50], [70, -50]].flatMap(([dx, dy]) => map.unproject([x + dx, y + dy]).toArray()); })()"""
    )
    for lon, lat in ((west, south), (east, south), (east, north), (west, north)):
        page.fill("#corner-typed", f"{lon:.6f}, {lat:.6f}")
        page.press("#corner-typed", "Enter")
    until(page, "document.querySelectorAll('.corners li').length === 4")
    page.click("#judge")
    page.wait_for_selector("aside h2:focus", timeout=60_000)
    map_ready(page)
    return "body"


def belgium(page: Page) -> str:
    page.wait_for_selector("#need tbody tr")
    until(page, "Boolean(window.pageMap && window.pageMap.loaded())")
    return "body"


#: Name -> page, width, height, and what leads to the part that is shown.
PICTURES: dict[str, tuple[str, int, int, Callable[[Page], str]]] = {
    "overview": ("", 1280, 800, overview),
    "detail": ("", 1280, 900, detail),
    "weights": ("", 1280, 900, weights),
    "compare": ("", 1280, 1200, compare),
    "draw": ("", 1280, 800, draw),
    "belgium": ("belgium.html", 1280, 1200, belgium),
}


def case(name: str, language: str) -> object:
    return pytest.param(name, language, marks=() if WRITE or language == "nl" else pytest.mark.full)


@pytest.fixture(scope="module")
def address(demo_settings: Settings) -> Iterator[str]:
    """Address of a served demo."""
    with served(demo_settings) as found:
        yield found


@pytest.mark.parametrize(("name", "language"), [case(name, one) for name in PICTURES for one in PLACE])
def test_a_picture_of_the_guide_can_be_taken(address: str, name: str, language: str) -> None:
    path, width, height, lead = PICTURES[name]
    where = f"#lang={language}" if path else f"#m={PLACE[language]}&lang={language}"
    with visit(f"{address}/{path}{where}", width=width, height=height) as (page, _):
        box = page.locator(lead(page)).first.bounding_box()
        assert box is not None and box["width"] > 100 and box["height"] > 100
        clip = {**box, "height": min(box["height"], height - box["y"]), "scale": 1}
        client = page.context.new_cdp_session(page)
        taken = client.send("Page.captureScreenshot", {"format": "webp", "quality": 80, "clip": clip})
        data = base64.b64decode(taken["data"])
    assert data[8:12] == b"WEBP" and len(data) < LARGEST
    if WRITE:
        FOLDER.mkdir(parents=True, exist_ok=True)
        (FOLDER / f"{language}-{name}.webp").write_bytes(data)
