"""The five tasks of a planner, by mouse and again by keyboard alone.

Keyboard alone: nothing but keys is sent to the page, Tab leads to each control. `visit` fails on anything in the console and on any
request to another host.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from pages import map_ready, ready, served, until, visit
from playwright.sync_api import Page

from geodata.settings import Settings

pytestmark = pytest.mark.browser

ROWS = "#candidates tbody tr"
ALL_ROWS = f"[...document.querySelectorAll('{ROWS}')]"
#: Two municipalities of the demo: the one shown at first, and another.
FIRST, OTHER = "991", "992"


@pytest.fixture(scope="module")
def address(demo_settings: Settings) -> Iterator[str]:
    """Address of a served demo, in English."""
    with served(demo_settings) as found:
        yield f"{found}/#lang=en"


def go(page: Page, selector: str, back: bool = False) -> None:
    """Press Tab until the focus is on a control."""
    for _ in range(400):
        page.keyboard.press("Shift+Tab" if back else "Tab")
        if page.evaluate(f"Boolean(document.activeElement?.matches({selector!r}))"):
            return
    raise AssertionError(f"Tab does not lead to {selector}")


def listed(page: Page, start: str) -> None:
    """Wait until the list is that of the municipality whose CAPAKEYs start so."""
    until(page, f"{ALL_ROWS}.length > 0 && {ALL_ROWS}.every(one => one.dataset.key.startsWith('{start}'))")


def explained(page: Page) -> None:
    """The panel tells why, of the row that is marked."""
    page.wait_for_selector("aside .capakey", timeout=30_000)
    assert page.get_attribute(f"{ROWS}[aria-selected=true]", "data-key") == page.inner_text("aside .capakey")
    told = page.inner_text("aside")
    assert "Conditions" in told and "What makes the score" in told
    until(page, "window.pageMap.queryRenderedFeatures({layers: ['selected']}).length > 0")


def fitting(page: Page, pitches: int) -> bool:
    """Can every listed place take so many pitches?"""
    most = page.evaluate(f"{ALL_ROWS}.map(one => one.querySelector('[data-label=Pitches]').innerText)")
    return all(int(re.findall(r"\d+", one)[-1]) >= pitches for one in most)


def test_find_candidates_by_mouse(address: str) -> None:
    with visit(address) as (page, _):
        ready(page)
        page.click("#municipality")
        page.fill("#municipality", "99002")
        page.click("#municipality-99002")
        listed(page, OTHER)
        before = page.locator(ROWS).count()
        page.fill("#pitches", "12")
        page.click("#type >> xpath=..", position={"x": 2, "y": 2})
        until(page, f"document.querySelectorAll('{ROWS}').length < {before}")
        assert fitting(page, 12)
        page.click(f"{ROWS} >> nth=1")
        explained(page)


def test_find_candidates_by_keyboard(address: str) -> None:
    with visit(address) as (page, _):
        ready(page)
        go(page, "#municipality")
        page.keyboard.type("99002")
        page.keyboard.press("Enter")
        listed(page, OTHER)
        before = page.locator(ROWS).count()
        go(page, "#pitches")
        page.keyboard.type("12")
        page.keyboard.press("Tab")
        until(page, f"document.querySelectorAll('{ROWS}').length < {before}")
        assert fitting(page, 12)
        go(page, ROWS)
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        explained(page)
        page.keyboard.press("Escape")
        until(page, f"document.activeElement.matches('{ROWS}:nth-child(2)')")


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


def compared(page: Page) -> None:
    """Two places side by side, line by line."""
    page.wait_for_selector("#comparison tbody tr", timeout=30_000)
    assert page.locator("#comparison thead th").count() == 2
    assert page.locator("#comparison tbody tr").count() > 10


def test_compare_and_shortlist_by_mouse(address: str) -> None:
    with visit(address) as (page, _):
        ready(page)
        for at in (1, 3):
            page.click(f"{ROWS}:nth-child({at}) .star")
        page.click("#tab-shortlist")
        page.fill("#shortlist textarea >> nth=0", "ask about the lease")
        for at in (0, 1):
            page.locator("#shortlist input").nth(at).check()
        page.click("#compare")
        compared(page)


def test_compare_and_shortlist_by_keyboard(address: str) -> None:
    with visit(address) as (page, _):
        ready(page)
        for _ in range(2):
            go(page, ".star[aria-pressed=false]")
            page.keyboard.press("Enter")
        go(page, "#tab-candidates", back=True)
        page.keyboard.press("ArrowRight")
        page.wait_for_selector("#shortlist")
        go(page, "#shortlist tr:nth-child(1) input")
        page.keyboard.press("Space")
        go(page, "#shortlist textarea")
        page.keyboard.type("ask about the lease")
        go(page, "#shortlist tr:nth-child(2) input")
        page.keyboard.press("Space")
        go(page, "#compare", back=True)
        page.keyboard.press("Enter")
        compared(page)


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
#: Counts what would go to the printer, which a browser without a screen does not have.
NO_PRINTER = "window.printed = 0; window.print = () => (window.printed += 1); 0"


def passed_on(page: Page) -> None:
    """The address to share holds the result and its days."""
    page.wait_for_selector("#passing[open]")
    assert "pin=" in page.input_value("#passing textarea")
    page.keyboard.press("Escape")
    until(page, "!document.querySelector('#passing')")


def test_print_and_export_by_mouse(address: str) -> None:
    with visit(f"{address}&m=99001") as (page, _):
        ready(page)
        page.evaluate(NO_PRINTER)
        page.click("details.menu summary")
        page.select_option(".menu select", "a3")
        with page.expect_download() as got:
            page.click("details.menu a:has-text('Excel')")
        assert got.value.suggested_filename.endswith(".xlsx")
        page.click("#print")
        until(page, "window.printed === 1")
        assert page.evaluate("document.body.classList.contains('a3')")
        page.click("#share")
        passed_on(page)


def test_print_and_export_by_keyboard(address: str) -> None:
    with visit(f"{address}&m=99001") as (page, _):
        ready(page)
        page.evaluate(NO_PRINTER)
        go(page, "details.menu summary")
        page.keyboard.press("Enter")
        go(page, "details.menu a[href*='format=gpkg']")
        with page.expect_download() as got:
            page.keyboard.press("Enter")
        assert got.value.suggested_filename.endswith(".gpkg")
        go(page, "#print", back=True)
        page.keyboard.press("Enter")
        until(page, "window.printed === 1")
        go(page, "#share", back=True)
        page.keyboard.press("Enter")
        passed_on(page)
