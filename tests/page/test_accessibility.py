"""Every page against WCAG 2.1 A and AA by axe-core, light and dark, wide and narrow: each language with every page in pairs."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from pages import LANGUAGES, served, visit

from geodata.settings import Settings

AXE = Path(__file__).resolve().parents[2] / "api/web/node_modules/axe-core/axe.min.js"
RULES = "{runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice']}"
#: Address -> what stands there once the page is drawn.
PAGES = {
    "#m=99001": "#candidates tbody tr",
    "belgium.html#": "table tbody tr",
    "rules.html#rule=VL-2000": "aside dl",
    "sources.html#": "#sources tbody tr",
    "files.html#": "main h1",
    "method.html#": "#criteria tbody tr",
    "help.html#": ".glossary tbody tr",
    "accessibility.html#": "#contact",
}
SCHEMES, WIDTHS = ("light", "dark"), (1920, 360)
ALL = list(product(PAGES, LANGUAGES, SCHEMES, WIDTHS))
#: Every pair of values of two of the four at least once; all combinations with --full.
PAIRS = [
    (page, language, SCHEMES[(at + turn) % 2], WIDTHS[(at + turn // 2) % 2])
    for at, page in enumerate(PAGES)
    for turn, language in enumerate(LANGUAGES)
]


def case(values: tuple[str, str, str, int]) -> object:
    return pytest.param(*values, marks=() if values in PAIRS else pytest.mark.full)


@pytest.fixture(scope="module")
def address(demo_settings: Settings) -> Iterator[str]:
    if not AXE.is_file():
        pytest.skip("axe-core is not installed: run ./standplaats test")
    with served(demo_settings) as found:
        yield found


def test_the_pairs_are_all_there() -> None:
    for first, second in ((a, b) for a in range(4) for b in range(a + 1, 4)):
        assert {(one[first], one[second]) for one in PAIRS} == {(one[first], one[second]) for one in ALL}


@pytest.mark.parametrize(("page", "language", "scheme", "width"), [case(one) for one in ALL])
def test_nothing_bars_anyone(address: str, page: str, language: str, scheme: str, width: int) -> None:
    with visit(f"{address}/{page}&lang={language}", width=width) as (shown, _):
        shown.emulate_media(color_scheme=scheme)
        shown.wait_for_selector(PAGES[page])
        if page.startswith("#m="):
            shown.click("#candidates tbody tr")
            shown.wait_for_selector("aside h2")
        shown.evaluate(AXE.read_text(encoding="utf-8") + ";0")
        found = shown.evaluate(f"axe.run(document, {RULES}).then(one => one.violations)")
        assert [(one["id"], [node["html"][:120] for node in one["nodes"]]) for one in found] == []
