"""The map file in a real browser, opened from disk: candidates, sites, legend, an explanation; nothing is fetched."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from pages import CHROMIUM, LANGUAGES, visit
from typer.testing import CliRunner

from api.cli import app
from api.i18n import translator
from api.mapfile import LEAFLET
from api.mapplace import read_place
from geodata.database.engine import connect
from geodata.ingest import ingest
from geodata.settings import Language, Settings
from sites.inventory import sites
from sites.inventory.text import word

#: Notice of demo data, and the sentence of a draft.
SAID = {
    "nl": ("Fictieve", "Ontwerp"),
    "fr": ("fictives", "Projet"),
    "de": ("Fiktive", "Entwurf"),
    "en": ("Fictional", "Draft"),
}
#: Number of candidates drawn, and where the best of them lies on the screen once it is in the middle; groups are outlines.
BEST = """(() => { const map = Object.values(window).find(one => one && one._layers && one._container);
    const shapes = []; map.eachLayer(one => {
        if (one.getBounds && one.feature?.properties?.text && one.options.fill !== false) shapes.push(one); });
    const middle = shapes.at(-1).getBounds().getCenter();
    map.setView(middle, 17, {animate: false});
    const point = map.latLngToContainerPoint(middle), box = map._container.getBoundingClientRect();
    return [shapes.length, [box.x + point.x, box.y + point.y]]; })()"""


@pytest.fixture
def written(demo_settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Folder for map files, with the command line on the demo."""
    if not LEAFLET.is_dir() or not CHROMIUM.exists():
        pytest.skip("the page is not built or Chromium is not installed: run ./standplaats test")
    monkeypatch.setenv("STANDPLAATS_HOME", str(demo_settings.home))
    return tmp_path


def write(path: Path, *words: str) -> str:
    """Address of a map file written by the command."""
    found = CliRunner().invoke(app, ["map", "--demo", "-o", str(path), *words], catch_exceptions=False)
    assert found.exit_code == 0
    return path.as_uri()


@pytest.mark.browser
@pytest.mark.parametrize("language", LANGUAGES)
def test_it_opens_without_a_network(written: Path, language: str) -> None:
    address = write(written / "map.html", "-m", "99002", "--lang", language)
    with visit(address) as (page, _):
        page.wait_for_selector(".leaflet-container")
        text = page.inner_text("body")
        title = page.inner_text(".sp-title h1")
        marks = page.locator(".leaflet-marker-icon .sp-site")
        crossed = [marks.nth(at).locator("path").count() == 2 for at in range(marks.count())]
        legend = page.inner_text(".sp-legend")
        roads = page.locator(".sp-road").count()
        drawn, at = page.evaluate(BEST)
        page.mouse.click(*at)
        page.wait_for_selector(".leaflet-popup-content")
        told = page.inner_text(".leaflet-popup-content")
        assert page.evaluate("document.documentElement.lang") == language
    assert drawn > 5
    assert all(one in text for one in SAID[language])
    assert "99002" in title and word("site_type", "residential", language) in title  # type: ignore[arg-type]
    # An open transit site and a closed residential one: the closed one is crossed, and the legend says so.
    assert sorted(crossed) == [False, True]
    assert all(word("status", one, language) in legend for one in ("open", "closed"))  # type: ignore[arg-type]
    assert roads > 3
    assert "992" in told and len(told) > 40


#: How many features of each kind the map holds now: candidates, groups of parcels, sites.
SHOWN = """(() => { const map = Object.values(window).find(one => one && one._layers && one._container);
    const count = [0, 0, 0]; map.eachLayer(one => { const told = one.feature?.properties?.text; if (!told) return;
        count[one.feature.geometry.type === "Point" ? 2 : one.options.fill === false ? 1 : 0] += 1; });
    return count; })()"""
GROUPS = {"nl": "Perceelgroepen", "fr": "Groupes de parcelles", "de": "Parzellengruppen", "en": "Groups of parcels"}


@pytest.mark.browser
@pytest.mark.parametrize("language", LANGUAGES)
def test_layers_are_switched(written: Path, language: Language) -> None:
    """Each layer, named in the language of the file with its number, goes and comes back; `visit` refuses any request."""
    words = ("-m", "99001", "--limit", "500", "--groups", "3", "--lang", language)
    with visit(write(written / "map.html", *words)) as (page, _):
        page.wait_for_selector(".leaflet-control-layers")
        labels = page.locator(".leaflet-control-layers-overlays label")
        names = [labels.nth(at).inner_text().strip() for at in range(labels.count())]
        candidates, groups, placed = page.evaluate(SHOWN)
        assert candidates > 10 and groups == 3 and placed > 0
        assert f"{GROUPS[language]} (3)" in names and translator(language).verdict("compatible") in " ".join(names)
        for at, name in enumerate(names):
            before = page.evaluate(SHOWN)
            labels.nth(at).locator("input").uncheck()
            gone = page.evaluate(SHOWN)
            assert sum(before) - sum(gone) == (int(name.rpartition("(")[2].rstrip(")")) if "(" in name else 0)
            labels.nth(at).locator("input").check()
            assert page.evaluate(SHOWN) == before
        labels.filter(has_text=GROUPS[language]).locator("input").uncheck()
        assert page.evaluate(SHOWN) == [candidates, 0, placed]


def test_a_planned_site_is_an_empty_triangle(written: Path) -> None:
    write(written / "map.html", "-m", "99001", "--lang", "en")
    text = (written / "map.html").read_text(encoding="utf-8")
    assert "M11 3L19 18H3Z" in text and "planned" in text
    # Four maps fit in a message of 2 MB.
    assert len(text) < 500_000


def test_real_sites_are_drawn_where_they_are_located_and_the_others_counted(settings: Settings, tmp_path: Path) -> None:
    nis = next(one.nis for one in sites() if one.nis is not None)
    known = [one for one in sites() if one.nis == nis]
    path = tmp_path / "sites.csv"
    row = {
        "site_id": "listed-1", "name": "Listed site", "site_type": "transit", "status": "planned", "nis": nis,
        "nis_date": "2025-01-01", "address": "Teststraat 1", "x_31370": 175_000, "y_31370": 165_000, "pitches": 10,
        "pitch_unit": "pitch", "manager": "municipality", "source_url": "https://example.org/list",
        "source_date": "2026", "confidence": "A", "precision": "address",
    }  # fmt: skip
    with path.open("w", newline="", encoding="utf-8") as stream:
        table = csv.DictWriter(stream, list(row))
        table.writeheader()
        table.writerow(row)
    with connect(settings) as connection:
        ingest(connection, path, "sites")
        place = read_place(connection, nis, "nl", with_ground=True)
    assert [one["id"] for one in place.sites] == ["listed-1"]
    assert place.sites[0]["properties"]["facts"]["status"][0]["source"] == row["source_url"]
    assert place.unplaced == len(known) > 0
    assert place.name == nis and place.outline is None and place.roads == []
