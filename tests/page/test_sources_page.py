"""The page of sources in a real browser: the catalogue, what is loaded where, and unknown never drawn as nothing."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from pages import LANGUAGES, fits, map_ready, own_words, served, until, visit
from playwright.sync_api import Page

from geodata.database.engine import connect
from geodata.settings import Settings
from geodata.sources.catalogue import catalogue

pytestmark = pytest.mark.browser

#: Words that are the same in two languages.
SAME = {"Region", "Source", "Version", "Licence", "Sources", "Chargé", "Karst"}
KEPT = "current, rows_loaded, coverage_nis, coverage, attributes"


@pytest.fixture(scope="module")
def address(demo_settings: Settings) -> Iterator[str]:
    """Address of the page of sources of a served demo."""
    with served(demo_settings) as found:
        yield f"{found}/sources.html"


def answer(address: str, path: str) -> list[dict[str, Any]]:
    """Items the service gives."""
    with urllib.request.urlopen(address.replace("/sources.html", f"/api/v1/{path}")) as found:
        items: list[dict[str, Any]] = json.load(found)["items"]
    return items


@contextmanager
def changed(settings: Settings, *statements: str) -> Iterator[None]:
    """The demo database with some statements carried out; afterwards it is as before."""
    with connect(settings) as connection:
        connection.execute(f"CREATE TABLE kept_datasets AS SELECT id, {KEPT} FROM dataset".encode())
        for one in statements:
            connection.execute(one.encode())
        connection.commit()
        try:
            yield
        finally:
            connection.rollback()
            connection.execute(
                f"UPDATE dataset d SET ({KEPT}) = (SELECT {KEPT} FROM kept_datasets k WHERE k.id = d.id)".encode()
            )
            connection.execute(b"DROP TABLE kept_datasets")
            connection.commit()


def ready(page: Page) -> None:
    """Wait for the table and for the map to be drawn."""
    page.wait_for_selector("#sources tbody tr", timeout=30_000)
    map_ready(page)
    until(page, "window.pageMap.queryRenderedFeatures({layers: ['borders']}).length > 0")


def painted(page: Page, cover: str) -> set[str]:
    """Municipalities the map paints in a way."""
    page.wait_for_timeout(300)
    map_ready(page)
    found = page.evaluate(
        f"window.pageMap.queryRenderedFeatures({{layers: [{cover!r}]}}).map(one => one.properties.nis)"
    )
    return {str(one) for one in found}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_source_stands_under_what_it_feeds(address: str, language: str) -> None:
    with visit(f"{address}#lang={language}") as (page, _):
        ready(page)
        rows = page.locator("#sources tbody tr[data-key]")
        assert {str(one.get_attribute("data-key")) for one in rows.all()} == set(catalogue())
        kinds = {one.kind for one in catalogue().values()}
        assert page.locator("#sources tr.group").count() == len(kinds)
        row = page.locator("#sources tr[data-key=grb-adp]").inner_text()
        assert catalogue()["grb-adp"].title[language] in row  # type: ignore[index]
        fictional = {"nl": "Fictieve", "fr": "fictives", "de": "Fiktive", "en": "Fictional"}[language]
        assert fictional in page.inner_text(".notice")
        assert painted(page, "some") == {"99001", "99002", "99003"} and painted(page, "nothing") == set()
        assert page.locator(".pages a[aria-current]").get_attribute("href") == f"sources.html#lang={language}"


def test_filters_narrow_the_table_and_stand_in_the_address(address: str) -> None:
    sources = answer(address, "sources?lang=en")
    wanted = {one["id"] for one in sources if one["region"] == "wallonia" and not one["loaded"]}
    with visit(f"{address}#lang=en&region=wallonia") as (page, _):
        ready(page)
        page.select_option("#loaded", "no")
        until(page, f"document.querySelectorAll('#sources tr[data-key]').length === {len(wanted)}")
        keys = {str(one.get_attribute("data-key")) for one in page.locator("#sources tr[data-key]").all()}
        assert keys == wanted and "loaded=no" in page.url
        page.select_option("#group", "region")
        until(page, "document.querySelectorAll('#sources tr.group').length === 1")
        page.fill("#search", "karst")
        until(page, f"document.querySelectorAll('#sources tr[data-key]').length < {len(wanted)}")
        assert page.locator("#sources tr[data-key]").count() > 0
        page.fill("#search", "nothing is called so")
        until(page, "document.querySelector('#sources') === null")
        assert "0 of" in page.inner_text("section .count")


def test_a_source_is_read_and_its_coverage_seen_by_keyboard(address: str) -> None:
    source = catalogue()["grb-adp"]
    with visit(f"{address}#lang=en&kind=parcels") as (page, _):
        ready(page)
        page.focus("#sources tr[data-key]")
        for _ in range(10):
            if page.evaluate("document.activeElement.dataset.key") == "grb-adp":
                break
            page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        page.wait_for_selector("aside h2")
        until(page, "document.activeElement.tagName === 'H2'")
        told = page.inner_text("aside")
        for text in (
            source.title["en"],
            source.provider,
            source.licence,
            "may be passed on",
            "1 Jan 2026",
            "not stale",
        ):
            assert text in told
        assert all(one in told for one in source.caveats)
        assert painted(page, "covers") == {"99001"} and painted(page, "elsewhere") == {"99002", "99003"}
        drawn = "window.pageMap.queryRenderedFeatures({layers: ['areas']}).length"
        until(page, f"{drawn} > 0")
        words = page.inner_text("#municipalities")
        assert "covered: what is not in it is not there" in words and "outside the region of this source" in words
        page.keyboard.press("Escape")
        until(page, "document.activeElement.dataset.key === 'grb-adp'")
        until(page, f"{drawn} === 0")


def test_a_municipality_is_chosen_on_the_map_and_its_needs_listed(address: str) -> None:
    needed = [one for one in answer(address, "sources/status?municipality=99002&lang=en") if one["needed"]]
    with visit(f"{address}#lang=en") as (page, _):
        ready(page)
        page.focus("#map canvas")
        page.keyboard.press("Enter")
        page.wait_for_selector("#standing tbody tr")
        assert "municipality=99002" in page.url
        assert page.locator("#standing tbody tr").count() == len(needed)
        assert f"{len(needed)} of {len(needed)} needed layers loaded" in page.inner_text("#here h2")
        assert all(one["who_has_it"][0] in page.inner_text("#standing") for one in needed)
        assert page.evaluate("document.activeElement.tagName") == "H2"
        assert {one["region"] for one in answer(address, "sources?municipality=99002") if one["state"] == "elsewhere"}
        assert page.locator("#sources tr[data-key=grb-adp]").count() == 0
        page.click("#here .back")
        until(page, "document.activeElement.dataset.key === '99002'")


def test_a_place_that_is_not_loaded_lacks_everything_and_says_who_has_it(address: str) -> None:
    with visit(f"{address}#lang=en") as (page, _):
        ready(page)
        page.fill("#municipality", "24062")
        page.press("#municipality", "Tab")
        page.wait_for_selector("#standing tbody tr")
        told = page.inner_text("#standing")
        assert "missing" in told and "Digitaal Vlaanderen" in told and "sources fetch --source" in told
        assert "nothing there" not in told
        page.fill("#municipality", "nowhere")
        page.press("#municipality", "Tab")
        assert page.evaluate("document.querySelector('#municipality').validationMessage").startswith("Choose")
        assert "municipality=24062" in page.url


def test_what_is_unknown_looks_different_from_nothing_there(address: str, demo_settings: Settings) -> None:
    of = "WHERE current AND source ="
    silent = f'UPDATE dataset SET coverage = NULL, coverage_nis = NULL, attributes = \'{{"asked": ["99001"]}}\' {of}'
    statements = (
        f"UPDATE dataset SET rows_loaded = 0 {of} 'grb-addresses'",
        f"{silent} 'grb-buildings'",
        f"{silent} 'wegenregister'",
        f"UPDATE dataset SET rows_loaded = 0 {of} 'wegenregister'",
    )
    with changed(demo_settings, *statements), visit(f"{address}#lang=en&municipality=99001") as (page, _):
        ready(page)
        page.wait_for_selector("#standing tbody tr")
        seen = {}
        for source, word in (
            ("grb-addresses", "nothing there (checked)"),
            ("grb-buildings", "loaded, the rest unknown"),
            ("wegenregister", "empty, proves nothing"),
            ("grb-topo", "never asked"),
            ("grb-adp", "loaded"),
        ):
            cell = page.locator(f"#sources tr[data-key={source}] .state-word")
            assert cell.inner_text().strip() == word
            seen[source] = cell.locator("svg").inner_html()
        assert len(set(seen.values())) == 5
        standing = page.inner_text("#standing")
        assert all(
            word in standing for word in ("nothing there (checked)", "loaded, the rest unknown", "proves nothing")
        )
        page.click("#sources tr[data-key=grb-buildings]")
        page.wait_for_selector("aside h2")
        assert "stays unknown" in page.inner_text("aside")
        assert painted(page, "silent") == {"99001"} and painted(page, "covers") == set()


def test_a_municipality_with_nothing_loaded_is_hatched_and_named(address: str, demo_settings: Settings) -> None:
    statements = (
        "UPDATE dataset SET coverage_nis = array_remove(coverage_nis, '99003') WHERE kind <> 'municipalities'",
        "UPDATE dataset SET current = false WHERE coverage_nis = '{}' AND kind <> 'municipalities'",
    )
    with changed(demo_settings, *statements), visit(f"{address}#lang=en") as (page, _):
        ready(page)
        assert painted(page, "nothing") == {"99003"} and painted(page, "some") == {"99001", "99002"}
        assert "nothing loaded: all unknown" in page.inner_text("#municipalities tr[data-key='99003']")


def test_the_public_view_names_no_commands(demo_settings: Settings) -> None:
    with (
        served(demo_settings, public=True) as found,
        visit(f"{found}/sources.html#lang=en&source=grb-topo") as (page, _),
    ):
        ready(page)
        page.wait_for_selector("aside h2")
        page.fill("#municipality", "24062")
        page.press("#municipality", "Tab")
        page.wait_for_selector("#standing tbody tr")
        assert "sources fetch" not in page.inner_text("main") and "./standplaats" not in page.inner_text("main")
        assert "Whoever runs this service" in page.inner_text("aside")


def test_no_word_of_the_page_stays_english(address: str) -> None:
    found = {}
    more = ".group th, .state-word, #sources td:nth-child(2), #here h2, .cover-word, aside p span"
    for language in LANGUAGES:
        with visit(f"{address}#lang={language}&municipality=99001&source=grb-adp") as (page, _):
            ready(page)
            page.wait_for_selector("#standing tbody tr")
            texts = page.evaluate(f"[...document.querySelectorAll({more!r})].map(one => one.innerText.trim())")
            found[language] = own_words(page) | {one for one in texts if any(sign.isalpha() for sign in one)}
    assert len(found["en"]) > 60
    for language in ("nl", "fr", "de"):
        assert found[language] & found["en"] <= SAME, language


@pytest.mark.parametrize("language", ["de", "fr"])
@pytest.mark.parametrize("width", [390, 1440])
def test_nothing_overflows(address: str, language: str, width: int) -> None:
    with visit(f"{address}#lang={language}&municipality=99002", width=width, height=844) as (page, _):
        ready(page)
        page.wait_for_selector("#standing tbody tr")
        assert fits(page) and page.is_visible("#sources thead") is (width > 900)
        page.click("#sources tr[data-key] >> nth=3")
        page.wait_for_selector("aside h2")
        assert fits(page)
        assert page.evaluate("(one => one.scrollWidth <= one.clientWidth)(document.querySelector('aside'))")
        assert page.evaluate("(one => one.scrollWidth <= one.clientWidth)(document.querySelector('#here'))")


def test_it_prints_whole(address: str, tmp_path: Path) -> None:
    with visit(f"{address}#lang=nl&municipality=99001") as (page, _):
        ready(page)
        page.wait_for_selector("#standing tbody tr")
        page.emulate_media(media="print")
        assert not page.is_visible("#search") and not page.is_visible("#municipality")
        for part in ("#here", ".body", "main"):
            hidden = "(one => one.scrollHeight > one.clientHeight + 1 && getComputedStyle(one).overflowY !== 'visible')"
            assert not page.evaluate(f"{hidden}(document.querySelector({part!r}))"), part
        assert page.is_visible("#sources tbody tr:last-child >> nth=-1") and page.is_visible(".notice")
