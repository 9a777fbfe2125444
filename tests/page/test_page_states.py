"""The map page without a list: the public view, an empty database, a municipality that is not scored yet."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from pages import LANGUAGES, choose_municipality, map_ready, served, until, visit
from playwright.sync_api import Page

from api.commands.measure import measure_all
from geodata.database.engine import connect
from geodata.ingest import ingest
from geodata.settings import Settings
from sites.candidates.runs import find_run, publish_run
from sites.candidates.scoring import create_run

pytestmark = pytest.mark.browser

SENTENCES = {
    "nl": "geen lijst van zoeklocaties bekendgemaakt",
    "fr": "n'a pas publié de liste",
    "de": "keine Liste von Standortvorschlägen veröffentlicht",
    "en": "has not published a list",
}


@pytest.fixture(scope="module")
def public(demo_settings: Settings) -> Iterator[str]:
    """Address of the public view of a served demo."""
    with served(demo_settings, public=True) as found:
        yield f"{found}/"


def click_middle(page: Page) -> None:
    """Click what lies in the middle of the map."""
    box = page.locator("#map").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_visitor_sees_the_map_and_why_there_is_no_list(public: str, language: str) -> None:
    with visit(f"{public}#lang={language}") as (page, requests):
        page.wait_for_selector(".no-list")
        map_ready(page)
        assert SENTENCES[language] in page.inner_text(".no-list")
        assert page.locator("#candidates").count() == 0 and page.locator(".problem").count() == 0
        assert page.evaluate("window.pageMap.queryRenderedFeatures({layers: ['sites']}).length") > 0
        assert page.evaluate("window.pageMap.queryRenderedFeatures({layers: ['candidates']}).length") == 0
    assert not [one for one in requests if "/api/v1/candidates" in one]


def test_a_visitor_clicks_a_parcel_and_reads_why_without_its_rank(public: str, demo_settings: Settings) -> None:
    with connect(demo_settings) as connection:
        row = connection.execute(
            """SELECT p.capakey, ST_X(c.at), ST_Y(c.at) FROM run_result r JOIN parcel p ON p.id = r.parcel_id
               JOIN run u ON u.id = r.run_id AND u.territory = '{99001}' AND u.site_type = 'residential'
               CROSS JOIN LATERAL (SELECT ST_Transform(ST_PointOnSurface(p.geom_3857), 4326) AS at) c
               WHERE r.rank = 1 LIMIT 1"""
        ).fetchone()
    assert row is not None
    with visit(f"{public}#lang=nl&m=99001") as (page, _):
        page.wait_for_selector(".no-list")
        map_ready(page)
        page.evaluate(f"window.pageMap.jumpTo({{center: [{row[1]}, {row[2]}], zoom: 17}})")
        map_ready(page)
        page.wait_for_timeout(500)
        click_middle(page)
        page.wait_for_selector("aside h2")
        assert page.inner_text("aside .capakey") == row[0]
        told = page.inner_text("aside")
        assert "verenigbaar" in told and "Rang" not in told


def test_a_visitor_sees_a_published_list(public: str, demo_settings: Settings) -> None:
    with connect(demo_settings) as connection:
        run = find_run(connection, territory=["99002"], site_type="transit")
        publish_run(connection, run.id)
    try:
        with visit(f"{public}#lang=de&t=transit&m=99002") as (page, _):
            page.wait_for_selector("#candidates tbody tr")
            map_ready(page)
            page.wait_for_timeout(500)
            assert page.evaluate("window.pageMap.queryRenderedFeatures({layers: ['candidates']}).length") > 0
    finally:
        with connect(demo_settings) as connection:
            publish_run(connection, run.id, published=False)


def test_an_empty_database_names_the_command(settings: Settings) -> None:
    with served(settings) as found, visit(f"{found}/#lang=de") as (page, _):
        page.wait_for_selector(".no-list")
        map_ready(page)
        assert "noch keine Gemeinde" in page.inner_text(".no-list")
        assert page.locator(".no-list code").first.inner_text() == "standplaats ingest FILE --as municipalities"
        assert page.locator(".problem").count() == 0


@pytest.fixture
def half_scored(settings: Settings, tmp_path: Path) -> Settings:
    """A real database of two municipalities, of which only the second is scored."""
    boundaries, parcels = tmp_path / "Refgem.gpkg", tmp_path / "parcels.gpkg"
    codes = ["24062", "24086"]
    gpd.GeoDataFrame(
        {"NISCODE": codes, "NAAM": ["Leuven", "Oud-Heverlee"], "TERRID": [1, 2], "NUMAC": ["x", "y"]},
        geometry=[shapely.box(170_000 + at, 160_000, 180_000 + at, 170_000) for at in (0, 10_000)],
        crs="EPSG:31370",
    ).to_file(boundaries, driver="GPKG", engine="pyogrio")
    gpd.GeoDataFrame(
        {
            "CAPAKEY": [f"{code}A0001/00A000" for code in codes],
            "CANU": ["1", "2"],
            "NISCODE": codes,
            "FISCDATUM": ["2025-01-01"] * 2,
        },
        geometry=[shapely.box(x, 165_000, x + 90, 165_090) for x in (175_000, 185_000)],
        crs="EPSG:31370",
    ).to_file(parcels, driver="GPKG", engine="pyogrio")
    today = date.today()
    with connect(settings) as connection:
        ingest(connection, boundaries, "municipalities")
        ingest(connection, parcels, "parcels")
        measure_all(connection, ["24086"])
        create_run(connection, ["24086"], "residential", today, today=today)
    return settings


def test_the_page_opens_on_what_is_scored_and_tells_how_to_score_the_rest(half_scored: Settings) -> None:
    with served(half_scored) as found, visit(f"{found}/#lang=nl") as (page, _):
        page.wait_for_selector("#candidates tbody tr")
        map_ready(page)
        assert page.evaluate("document.querySelector('sp-places').chosen") == ["24086"]
        choose_municipality(page, "24062")
        page.wait_for_selector(".no-list")
        told = page.inner_text(".no-list")
        assert "Leuven" in told and "standplaats score --municipality 24062 --type residential" in told
        map_ready(page)
        until(page, "window.pageMap.queryRenderedFeatures({layers: ['land']}).length > 0")
        assert page.locator(".problem").count() == 0
        assert not page.is_visible("#min-area")
