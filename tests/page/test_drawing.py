"""Drawing an area, uploading a file and measuring, by mouse and by keyboard; pitches on the map; refusals in words."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from pages import LANGUAGES, map_ready, ready, served, until, visit
from playwright.sync_api import Page
from pyproj import Geod
from test_accessibility import AXE, RULES

from geodata.settings import Settings

pytestmark = pytest.mark.browser

#: Puts the best candidate in the middle of the map, and says where it is.
TO_BEST = """fetch('/api/v1/candidates?municipality=99001&limit=1').then(a => a.json()).then(a => {
    window.pageMap.jumpTo({center: a.items[0].centre, zoom: 16}); return a.items[0].centre; })"""


@pytest.fixture(scope="module")
def address(demo_settings: Settings) -> Iterator[str]:
    """Address of the map page of a served demo."""
    with served(demo_settings) as found:
        yield f"{found}/"


def square(page: Page) -> list[list[float]]:
    """Corners of a square of some 80 m around the best candidate, which comes into the middle of the map."""
    lon, lat = page.evaluate(TO_BEST)
    map_ready(page)
    return [
        [round(lon + x, 5), round(lat + y, 5)] for x, y in ((-6e-4, -4e-4), (6e-4, -4e-4), (6e-4, 4e-4), (-6e-4, 4e-4))
    ]


def type_corners(page: Page, corners: list[list[float]]) -> None:
    for lon, lat in corners:
        page.fill("#corner-typed", f"{lon}, {lat}")
        page.press("#corner-typed", "Enter")
    until(page, f"document.querySelectorAll('.corners li').length === {len(corners)}")


def axe(page: Page) -> list[Any]:
    page.evaluate(AXE.read_text(encoding="utf-8") + ";0")
    found = page.evaluate(f"axe.run(document, {RULES}).then(one => one.violations)")
    return [(one["id"], [node["html"][:120] for node in one["nodes"]]) for one in found]


def figures(text: str) -> list[float]:
    return [float(one.replace(",", "")) for one in re.findall(r"\d[\d,]*(?:\.\d+)?", text)]


def test_an_area_drawn_with_the_mouse_is_judged_laid_out_and_kept_in_the_address(address: str) -> None:
    with visit(f"{address}#lang=en&m=99001") as (page, requests):
        ready(page)
        page.evaluate(TO_BEST)
        map_ready(page)
        assert not any("sketch_mouse" in one for one in requests)
        page.click("#tool-draw")
        until(page, "window.pageMap.getStyle().layers.some(one => one.id.startsWith('td-'))")
        assert any("sketch_mouse" in one for one in requests)
        canvas = page.locator("#map canvas").bounding_box()
        assert canvas
        x, y = canvas["x"] + 120, canvas["y"] + 120
        for dx, dy in ((0, 0), (120, 0), (120, 120), (0, 120), (0, 0)):
            page.mouse.move(x + dx, y + dy)
            page.mouse.click(x + dx, y + dy)
            page.wait_for_timeout(300)
        assert page.locator(".corners li").count() == 4
        drawn = figures(page.inner_text(".tool-panel .size"))[0]
        page.click("#judge")
        page.wait_for_selector("aside h2:has-text('Drawn area')", timeout=60_000)
        assert not page.is_visible(".tool-panel")
        told = page.inner_text("aside")
        judged = figures(next(one for one in told.splitlines() if " m² · " in one or one.endswith(" m²")))[0]
        assert judged == pytest.approx(drawn, rel=0.002)
        assert "Conditions" in told and re.search(r"g=[\d.%C,;3B]+", page.url)
        page.click("#show-layout")
        page.wait_for_selector(".laid", timeout=60_000)
        assert "pitch" in page.inner_text(".laid").lower() and "y=1" in page.url
        # A parcel takes the place of the area.
        page.click("#candidates tbody tr")
        page.wait_for_selector("aside .capakey")
        assert "g=" not in page.url.split("#")[1].replace("lang=", "")


def test_an_area_is_drawn_and_judged_by_keyboard_alone(address: str) -> None:
    with visit(f"{address}#lang=en&m=99001") as (page, _):
        ready(page)
        page.evaluate(TO_BEST)
        map_ready(page)
        page.focus("#tool-draw")
        page.keyboard.press("Enter")
        page.wait_for_selector(".tool-panel h2:focus")
        page.focus("#map canvas")
        assert page.locator(".aim").is_visible()
        for at, key in enumerate(("ArrowRight", "ArrowDown", "ArrowLeft", "ArrowLeft"), 1):
            page.keyboard.press("Enter")
            until(page, f"document.querySelectorAll('.corners li').length === {at}")
            before = page.evaluate("window.pageMap.getCenter().toArray().join()")
            page.keyboard.press(key)
            until(page, f"window.pageMap.getCenter().toArray().join() !== '{before}' && !window.pageMap.isMoving()")
        page.keyboard.press("Backspace")
        until(page, "document.querySelectorAll('.corners li').length === 3")
        until(page, "window.pageMap.queryRenderedFeatures({layers: ['sketch']}).length > 0")
        # Enter set corners and chose no parcel.
        assert page.locator("aside h2").count() == 0
        page.focus("#judge")
        page.keyboard.press("Enter")
        page.wait_for_selector("aside h2:focus", timeout=60_000)
        assert "Drawn area" in page.inner_text("aside h2")
        page.keyboard.press("Escape")
        until(page, "!document.querySelector('aside h2') && !location.hash.includes('g=2')")
        until(page, "window.pageMap.queryRenderedFeatures({layers: ['selected']}).length === 0")


def test_an_address_with_an_area_shows_it_again(address: str) -> None:
    with visit(f"{address}#lang=en&m=99001") as (page, _):
        ready(page)
        corners = square(page)
    held = ";".join(f"{lon},{lat}" for lon, lat in corners)
    with visit(f"{address}#lang=nl&m=99001&g={held}&y=1&n=2") as (page, _):
        ready(page)
        page.wait_for_selector("aside h2:has-text('Getekend gebied')", timeout=60_000)
        page.wait_for_selector(".laid", timeout=60_000)
        until(page, "window.pageMap.queryRenderedFeatures({layers: ['selected']}).length > 0")
        page.click("nav.languages button[lang=fr]")
        page.wait_for_selector("aside h2:has-text('Zone dessinée')", timeout=60_000)
    with visit(f"{address}#lang=nl&m=99001&g=nonsense;1,2") as (page, _):
        ready(page)
        assert page.locator("aside h2").count() == 0


def test_a_file_is_judged_area_by_area(address: str) -> None:
    with visit(f"{address}#lang=en&m=99001") as (page, _):
        ready(page)
        corners = square(page)
        ring = [*corners, corners[0]]
        east = [[lon + 0.002, lat] for lon, lat in ring]
        features = [
            {"type": "Feature", "properties": {"name": name}, "geometry": {"type": "Polygon", "coordinates": [shape]}}
            for name, shape in (("Molenveld", ring), ("Broek", east))
        ]
        content = json.dumps({"type": "FeatureCollection", "features": features}).encode()
        page.click("#tool-draw")
        page.set_input_files(
            "#upload", {"name": "areas.geojson", "mimeType": "application/geo+json", "buffer": content}
        )
        page.wait_for_selector("aside h2:has-text('Molenveld')", timeout=60_000)
        assert "not in the address" in page.inner_text("aside")
        page.select_option("#area", label="Broek")
        page.wait_for_selector("aside h2:has-text('Broek')")


@pytest.mark.parametrize(("content", "told"), [
    (b"PK not json", "is no GeoJSON. Nothing was sent."),
    (b"x" * 5_100_000, "has 5.1 MB; at most 5 MB are read. Nothing was sent."),
])  # fmt: skip
def test_a_file_that_cannot_be_read_is_refused_before_it_is_sent(address: str, content: bytes, told: str) -> None:
    with visit(f"{address}#lang=en&m=99001") as (page, requests):
        ready(page)
        page.click("#tool-draw")
        page.set_input_files("#upload", {"name": "plan.geojson", "mimeType": "application/json", "buffer": content})
        page.wait_for_selector(".tool-panel .problem")
        assert told in page.inner_text(".tool-panel .problem")
        assert not any("/areas" in one for one in requests)


def test_what_the_service_refuses_is_told_and_the_drawing_stays(address: str) -> None:
    with visit(f"{address}#lang=en&m=99001") as (page, _):
        ready(page)
        one, two, three, four = square(page)
        page.click("#tool-draw")
        type_corners(page, [one, three, two, four])
        # The browser itself notes every refusal in its console: the answer is asked apart and handed on unmarked.
        crossing = [[*pair] for pair in (one, three, two, four, one)]
        refusal = page.request.post(
            f"{address}api/v1/areas?lang=en", data={"type": "Polygon", "coordinates": [crossing]}
        )
        assert refusal.status == 422 and "cross" in refusal.json()["detail"]
        page.evaluate(
            """refusal => { const own = window.fetch; window.fetch = (url, how) => String(url).includes('/areas')
                ? Promise.resolve(new Response(refusal, {status: 422})) : own(url, how); }""",
            refusal.text(),
        )
        page.click("#judge")
        page.wait_for_selector(".tool-panel .problem")
        assert refusal.json()["detail"] in page.inner_text(".tool-panel .problem")
        assert page.locator(".corners li").count() == 4 and page.locator("aside h2").count() == 0
        page.click(".corners li:nth-child(2) button")
        until(page, "document.querySelectorAll('.corners li').length === 3")
        page.fill("#corner-typed", "somewhere")
        page.press("#corner-typed", "Enter")
        until(page, "document.querySelector('.tool-panel .problem')?.innerText.includes('This is no point')")


def test_lengths_and_areas_are_those_of_the_ellipsoid(address: str) -> None:
    geod = Geod(ellps="WGS84")
    corners = [[2.59, 51.35], [2.62, 51.35], [2.62, 51.37], [2.59, 51.37]]
    lons, lats = [one[0] for one in corners], [one[1] for one in corners]
    with visit(f"{address}#lang=en&m=99001") as (page, _):
        ready(page)
        page.focus("#tool-measure")
        page.keyboard.press("Enter")
        type_corners(page, corners[:3])
        length = figures(page.inner_text(".tool-panel .size"))[0]
        assert length == pytest.approx(geod.line_length(lons[:3], lats[:3]), abs=0.6)
        page.check("input[name=measure][value=polygon]")
        until(page, "document.querySelectorAll('.corners li').length === 0")
        type_corners(page, corners)
        area, border = figures(page.inner_text(".tool-panel .size").replace("km²", "").replace("m²", ""))[:2]
        wanted, round_about = geod.polygon_area_perimeter(lons, lats)
        assert area * 1e6 == pytest.approx(abs(wanted), abs=600)
        assert border == pytest.approx(round_about, abs=0.6)
        # Some places lie nearer together.
        page.click("#restart")
        type_corners(page, [[2.6, 51.36], [2.6002, 51.36], [2.6002, 51.3601], [2.6, 51.3601]])
        wanted, _ = geod.polygon_area_perimeter([2.6, 2.6002, 2.6002, 2.6], [51.36, 51.36, 51.3601, 51.3601])
        assert figures(page.inner_text(".tool-panel .size"))[0] == pytest.approx(abs(wanted), abs=0.6)


def test_a_distance_is_measured_with_the_mouse_and_clicks_choose_nothing(address: str) -> None:
    with visit(f"{address}#lang=en&m=99001") as (page, _):
        ready(page)
        page.evaluate(TO_BEST)
        map_ready(page)
        page.click("#tool-measure")
        until(page, "window.pageMap.getStyle().layers.some(one => one.id.startsWith('td-'))")
        canvas = page.locator("#map canvas").bounding_box()
        assert canvas
        for dx in (0, 150, 150):
            page.mouse.move(canvas["x"] + 120 + dx, canvas["y"] + 200)
            page.mouse.click(canvas["x"] + 120 + dx, canvas["y"] + 200)
            page.wait_for_timeout(300)
        assert page.locator(".corners li").count() == 2
        ends = page.evaluate("[[120, 200], [270, 200]].map(one => window.pageMap.unproject(one).toArray())")
        wanted = Geod(ellps="WGS84").line_length([one[0] for one in ends], [one[1] for one in ends])
        assert figures(page.inner_text(".tool-panel .size"))[0] == pytest.approx(wanted, abs=2)
        assert page.locator("aside h2").count() == 0
        page.keyboard.press("Escape")
        until(page, "!document.querySelector('.tool-panel')")
        assert not page.evaluate("window.pageMap.getStyle().layers.some(one => one.id.startsWith('td-'))")


def test_the_pitches_of_a_candidate_are_drawn_and_their_number_is_told(address: str) -> None:
    with visit(f"{address}#lang=en&m=99001&n=4") as (page, _):
        ready(page)
        page.click("#candidates tbody tr")
        page.wait_for_selector("#show-layout")
        page.focus("#show-layout")
        page.keyboard.press("Enter")
        page.wait_for_selector(".laid", timeout=60_000)
        # The map comes near enough to see them.
        until(page, "window.pageMap.getZoom() > 16")
        map_ready(page)
        numbers = """[...new Set(window.pageMap.querySourceFeatures('layout').filter(one => one.properties.kind === 'pitch')
            .map(one => one.properties.number))].length"""
        until(page, f"{numbers} > 0")
        drawn = page.evaluate(numbers)
        told = page.inner_text(".laid")
        assert f"Drawn: {drawn} pitches" in told and "fit on" in told
        until(page, "window.pageMap.queryRenderedFeatures({layers: ['layout-fire']}).length > 0")
        assert re.search(r"half of the [56] m between caravans", page.inner_text(".pitches"))
        second = page.locator("#candidates tbody tr").nth(1).get_attribute("data-key")
        page.click("#candidates tbody tr:nth-child(2)")
        until(
            page,
            f"document.querySelector('aside .capakey').innerText === '{second}' && !document.querySelector('.laid')",
        )
        page.wait_for_selector(".laid", timeout=60_000)
        page.click("#show-layout")
        until(page, "window.pageMap.querySourceFeatures('layout').length === 0 && !location.hash.includes('y=1')")


def test_a_group_of_parcels_is_chosen_on_the_map_and_explained(address: str) -> None:
    with visit(f"{address}#lang=en&m=99001&l=groups,-candidates") as (page, _):
        ready(page)
        group = page.evaluate(
            """fetch('/api/v1/assemblies?municipality=99001&limit=1').then(a => a.json()).then(a => {
                window.pageMap.jumpTo({center: a.items[0].centre, zoom: 17}); return a.items[0]; })"""
        )
        map_ready(page)
        until(page, "window.pageMap.queryRenderedFeatures({layers: ['groups']}).length > 0")
        page.focus("#map canvas")
        page.keyboard.press("Enter")
        page.wait_for_selector("aside h2:has-text('Group of')")
        assert f"Group of {len(group['capakeys'])} parcels" in page.inner_text("aside h2")
        assert "gr=" in page.url and "Conditions" in page.inner_text("aside")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("tool", "scheme", "width"), [("draw", "dark", 1440), ("measure", "light", 390)])
def test_the_panels_bar_nobody_and_fit(address: str, language: str, tool: str, scheme: str, width: int) -> None:
    with visit(f"{address}#lang={language}&m=99001", width=width) as (page, _):
        page.emulate_media(color_scheme=scheme)
        ready(page)
        page.click(f"#tool-{tool}")
        type_corners(page, [[2.58, 51.35], [2.62, 51.35], [2.62, 51.37]])
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert page.evaluate("(one => one.scrollWidth <= one.clientWidth)(document.querySelector('.tool-panel'))")
        assert axe(page) == []
