"""The five tasks of a planner, by mouse and again by keyboard alone.

Keyboard alone: nothing but keys is sent to the page, Tab leads to each control. `visit` fails on anything in the console and on any
request to another host.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pages import map_ready, served, until, visit
from playwright.sync_api import Page

from geodata.settings import Settings

pytestmark = pytest.mark.browser

ROWS = "#candidates tbody tr"


@pytest.fixture(scope="module")
def address(demo_settings: Settings) -> Iterator[str]:
    """Address of a served demo, in English."""
    with served(demo_settings) as found:
        yield f"{found}/#lang=en"


def ready(page: Page) -> None:
    page.wait_for_selector(ROWS, timeout=30_000)
    map_ready(page)


def go(page: Page, selector: str, back: bool = False) -> None:
    """Press Tab until the focus is on a control."""
    for _ in range(400):
        page.keyboard.press("Shift+Tab" if back else "Tab")
        if page.evaluate(f"Boolean(document.activeElement?.matches({selector!r}))"):
            return
    raise AssertionError(f"Tab does not lead to {selector}")


#: Colour of each candidate on the map.
COLOURS = """[...new Set(window.pageMap.queryRenderedFeatures({layers: ['candidates']}).map(one => [
    one.properties.capakey, ...Object.values(one.layer.paint['fill-color'])].join()))].sort().join(';')"""


def weighed(page: Page, ranks: list[str], colours: str) -> None:
    """The map is coloured anew, the list ranked anew, with the published rank beside."""
    until(page, f"{COLOURS} !== {colours!r} && {COLOURS} !== ''")
    page.wait_for_selector(f"{ROWS}:has-text('published')")
    assert page.locator(ROWS).all_inner_texts() != ranks
    assert "w=" in page.url


def test_change_weights_by_mouse(address: str) -> None:
    with visit(address) as (page, _):
        ready(page)
        ranks, colours = page.locator(ROWS).all_inner_texts(), page.evaluate(COLOURS)
        slider = page.locator("input[name=weight-school]")
        slider.scroll_into_view_if_needed()
        box = slider.bounding_box()
        assert box is not None
        page.mouse.move(box["x"] + box["width"] * 0.2, box["y"] + box["height"] / 2)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] * 0.9, box["y"] + box["height"] / 2, steps=4)
        page.mouse.up()
        weighed(page, ranks, colours)
        page.click(".weights button:has-text('Back to the published weights')")
        until(page, f"{COLOURS} === {colours!r}")
        until(page, "!location.hash.includes('w=')")


def test_change_weights_by_keyboard(address: str) -> None:
    with visit(address) as (page, _):
        ready(page)
        ranks, colours = page.locator(ROWS).all_inner_texts(), page.evaluate(COLOURS)
        go(page, "input[name=weight-school]")
        page.keyboard.press("End")
        weighed(page, ranks, colours)
        go(page, ".weights button:not(.plain):not([disabled]), #reset-weights")
        page.keyboard.press("Enter")
        until(page, f"{COLOURS} === {colours!r}")
        until(page, "!location.hash.includes('w=')")


def judged(page: Page) -> None:
    """A drawn area is told like a parcel."""
    page.wait_for_selector("aside h2:has-text('Drawn area')", timeout=60_000)
    told = page.inner_text("aside")
    assert "Conditions" in told and " m²" in told


def test_draw_and_query_by_mouse(address: str) -> None:
    with visit(f"{address}&m=99001") as (page, _):
        ready(page)
        for _ in range(3):
            page.click(".maplibregl-ctrl-zoom-in")
            until(page, "!window.pageMap.isMoving()")
        map_ready(page)
        page.click("#tool-draw")
        until(page, "window.pageMap.getStyle().layers.some(one => one.id.startsWith('td-'))")
        canvas = page.locator("#map canvas").bounding_box()
        assert canvas is not None
        for dx, dy in ((0, 0), (90, 0), (90, 90), (0, 90), (0, 0)):
            page.mouse.move(canvas["x"] + 140 + dx, canvas["y"] + 140 + dy)
            page.mouse.click(canvas["x"] + 140 + dx, canvas["y"] + 140 + dy)
            page.wait_for_timeout(300)
        assert page.locator(".corners li").count() == 4
        page.click("#judge")
        judged(page)


def test_draw_and_query_by_keyboard(address: str) -> None:
    with visit(f"{address}&m=99001") as (page, _):
        ready(page)
        go(page, "#map canvas")
        for _ in range(3):
            page.keyboard.press("Equal")
            page.wait_for_timeout(100)
            until(page, "!window.pageMap.isMoving()")
        go(page, "#tool-draw", back=not page.evaluate(BEFORE_MAP))
        page.keyboard.press("Enter")
        page.wait_for_selector(".tool-panel h2:focus")
        go(page, "#map canvas")
        for at, key in enumerate(("ArrowRight", "ArrowDown", "ArrowLeft"), 1):
            page.keyboard.press("Enter")
            until(page, f"document.querySelectorAll('.corners li').length === {at}")
            before = page.evaluate("window.pageMap.getCenter().toArray().join()")
            page.keyboard.press(key)
            until(page, f"window.pageMap.getCenter().toArray().join() !== '{before}' && !window.pageMap.isMoving()")
        go(page, "#judge")
        page.keyboard.press("Enter")
        judged(page)
        page.keyboard.press("Escape")
        until(page, "!document.querySelector('aside h2')")


#: Does the tool come after the map in the order of Tab?
BEFORE_MAP = """Boolean(document.querySelector('#map canvas').compareDocumentPosition(document.querySelector('#tool-draw'))
    & Node.DOCUMENT_POSITION_FOLLOWING)"""
