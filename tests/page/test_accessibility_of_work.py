"""The states of the map page against WCAG 2.1 A and AA: search, filters, shortlist, comparison, dialogs, menus, messages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pages import served, visit
from playwright.sync_api import Page

from geodata.settings import Settings

AXE = Path(__file__).resolve().parents[2] / "api/web/node_modules/axe-core/axe.min.js"
RULES = "{runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice']}"
ROWS = "#candidates tbody tr"


def searching(page: Page) -> None:
    page.click("#municipality")
    page.keyboard.type("zee")
    page.wait_for_selector("#municipality-list [role=option]")


def kept(page: Page) -> None:
    for at in (1, 2):
        page.click(f"{ROWS}:nth-child({at}) .star")
    page.click("#tab-shortlist")
    for at in range(2):
        page.locator("#shortlist input").nth(at).check()


def compared(page: Page) -> None:
    kept(page)
    page.click("#compare")
    page.wait_for_selector("#comparison tbody tr")


def told(page: Page) -> None:
    page.click(f"{ROWS}:nth-child(2)")
    page.wait_for_selector("aside #ask-first")
    page.click(".answers summary")


def reporting(page: Page) -> None:
    page.click(f"{ROWS}:nth-child(2)")
    page.wait_for_selector("aside ul.plain .flag")
    page.click("aside ul.plain .flag >> nth=0")
    page.wait_for_selector("#passing[open]")


def files(page: Page) -> None:
    page.click("details.menu summary")


def still(_: Page) -> None:
    """As it opens."""


STATES: dict[str, tuple[str, Callable[[Page], None]]] = {
    "searching": ("m=99001", searching),
    "shortlist": ("m=99001", kept),
    "comparison": ("m=99001", compared),
    "a parcel under other weights and another day": ("m=99001&w=school:40&on=2012-03-06", told),
    "reporting an error": ("m=99001", reporting),
    "files": ("m=99001,99002", files),
    "near misses and filters": ("m=99001&n=150&fs=2000&z=residential", still),
    "a result that is gone": ("m=99001&pin=r0~2025-01-02~2024-12-31~2025.1", still),
}


@pytest.fixture(scope="module")
def address(demo_settings: Settings) -> Iterator[str]:
    if not AXE.is_file():
        pytest.skip("axe-core is not installed: run ./standplaats test")
    with served(demo_settings) as found:
        yield found


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize(("scheme", "width", "language"), [("light", 1440, "de"), ("dark", 390, "nl")])
def test_nothing_bars_anyone(address: str, state: str, scheme: str, width: int, language: str) -> None:
    query, reach = STATES[state]
    with visit(f"{address}/#{query}&lang={language}", width=width) as (page, _):
        page.emulate_media(color_scheme=scheme)
        page.wait_for_selector(f"{ROWS}, .pinned, .near", timeout=30_000)
        reach(page)
        page.evaluate(AXE.read_text(encoding="utf-8") + ";0")
        found = page.evaluate(f"axe.run(document, {RULES}).then(one => one.violations)")
        assert [(one["id"], [node["html"][:120] for node in one["nodes"]]) for one in found] == []
