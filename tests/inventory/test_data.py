"""The packaged inventory: the dossier's rows, a page under every fact, points in the right place, no private plot."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pyogrio
import pytest
import shapely
import yaml
from private_places import PRIVATE, STREETS, named
from pyproj import Transformer

from geodata.errors import RuleError
from sites.inventory import Wanted, all_facts, all_sites, inventory, load, municipality_notes, series, sites
from sites.inventory.features import collection
from sites.inventory.model import Site
from sites.inventory.text import describe, source_text
from sites.law.model import LANGUAGES, Language
from sites.places import law_region_of

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "sites" / "inventory" / "data"

#: By hand from the written sources: id, NIS, type, last status, last capacity (low, high, unit).
KNOWN: list[tuple[str, str | None, str, str, tuple[float | None, float | None, str] | None]] = [
    ("vl-gent-drongensesteenweg", "44021", "transit", "open", (None, 25, "pitch")),
    ("vl-kortrijk-ringlaan", "34022", "transit", "open", (10, 10, "pitch")),
    ("vl-asse-pivo", "23002", "transit", "open", (10, 10, "pitch")),
    ("vl-lille-vosselaarseweg", "13019", "transit", "open", (15, 15, "pitch")),
    ("vl-beersel-huizingen", "23003", "transit", "closed", (15, 15, "pitch")),
    ("vl-herent-omleiding", "24038", "transit", "not_built", (15, 15, "pitch")),
    ("vl-brugge-zeebrugge", "31005", "transit", "dropped", None),
    ("vl-province-antwerpen-second", None, "transit", "planned", None),
    ("vl-genk-horensberg", "71016", "residential", "open", (51, 51, "pitch")),
    ("vl-maaseik-engerhoven", "72021", "residential", "open", (26, 26, "pitch")),
    ("vl-mechelen-de-schans", "12025", "residential", "open", (20, 20, "pitch")),
    ("vl-mechelen-fatimastraat", "12025", "residential", "open", (8, 8, "pitch")),
    ("vl-antwerpen-krijgsbaan", "11002", "residential", "open", (50, 50, "household")),
    ("vl-herentals-viaduct", "13011", "residential", "open", (37, 37, "household")),
    ("vl-sint-gillis-waas-heykavel", "46020", "residential", "not_built", (6, 6, "pitch")),
    ("wa-namur-lives-sur-meuse", "92094", "transit", "open", (15, 16, "dwelling")),
    ("wa-bastogne-n4", "82039", "transit", "open", (30, 30, "caravan")),
    ("wa-ath-la-bilhee", "51004", "transit", "open", (10, 10, "family")),
    ("wa-amay-n684", "61003", "transit", "planned", None),
    ("wa-charleroi-gosselies", "52011", "transit", "dropped", (40, 50, "caravan")),
    ("wa-mons-jemappes", "53053", "transit", "dropped", (50, 50, "pitch")),
    ("wa-la-louviere-garocentre", "58001", "temporary", "open", None),
    ("wa-sambreville-joint-area", "92137", "transit", "planned", (20, 35, "caravan")),
    ("wa-ottignies-lln-bois-des-reves", "25121", "temporary", "open", (40, 40, "caravan")),
    ("br-brussel-haren", "21004", "transit", "closed", (15, 15, "caravan")),
    ("dg-lontzen-tivoli", "63048", "transit", "unknown", None),
    ("vl-puurs-sint-amands-woonwagenparken", "12041", "residential", "open", None),
]


def everything() -> list[tuple[str, Any]]:
    """Every fact of the package with a name to show when it fails."""
    known = inventory()
    found = [(f"{site.id} {name}", fact) for site in known.sites for name, fact in all_facts(site)]
    found += [(f"{one.id} status", fact) for one in known.hp_sites for fact in [*one.status, *one.parcels]]
    for one in (known.hp_series, known.hp_municipalities, known.totals, known.need, known.municipality_notes):
        found += [(type(fact).__name__, fact) for fact in one]
    return found


def by_id(site_id: str) -> Site:
    return next(one for one in sites() if one.id == site_id)


def test_counts_by_region() -> None:
    counts = {region: sum(one.region == region for one in sites()) for region in {one.region for one in sites()}}
    assert counts == {"flanders": 25, "wallonia": 20, "brussels": 1, "german-speaking-community": 1}
    residential = [one for one in sites() if one.site_type[-1].value == "residential"]
    assert len(residential) == 15 and all(one.region == "flanders" for one in residential)
    known = inventory()
    assert sum(one.status[0].value == "zhv_retained" for one in known.hp_sites) == 17
    assert len(known.hp_sites) == 19


@pytest.mark.parametrize("row", KNOWN, ids=lambda row: row[0])
def test_well_known_rows(row: Any) -> None:
    site_id, nis, kind, status, capacity = row
    site = by_id(site_id)
    last = site.status_in()
    assert last is not None
    assert (site.nis, site.site_type[-1].value, last.value) == (nis, kind, status)
    found = (site.pitches[-1].low, site.pitches[-1].high, site.pitches[-1].unit) if site.pitches else None
    assert found == capacity


def test_every_fact_has_a_page_a_date_and_a_grade() -> None:
    facts = everything()
    assert len(facts) > 400
    for name, fact in facts:
        for page in (fact.source, *fact.also):
            assert re.fullmatch(r"https?://[^\s<>]+", page), name
        assert fact.grade in ("A", "B", "C", "U") and fact.date, name


def test_contradictions_stand_side_by_side() -> None:
    huizingen = by_id("vl-beersel-huizingen").pitches
    assert [(one.low, one.source[:30]) for one in huizingen] == [
        (17, "https://www.hln.be/in-de-buurt"), (15, "https://vlaamsbelangvlaamsbrab"),
    ]  # fmt: skip
    residents = [(one.date, one.low, one.high) for one in inventory().hp_series if one.measure == "hp_residents"]
    assert residents == [
        ("2015", 8815, 8815), ("2018", 7416, 7416), ("2020-01-24", 12000, None), ("2022", 15000, 15000),
        ("2025/2026", 8000, None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("site_id", "low", "high"),
    [
        ("vl-kortrijk-ringlaan", 20, 20),
        ("vl-lille-vosselaarseweg", 25, 25),
        ("vl-beersel-huizingen", 17, 17),
        ("vl-gent-drongensesteenweg", None, 25),
        ("wa-namur-lives-sur-meuse", 16, 16),
        ("wa-charleroi-gosselies", 20, 40),
    ],
)
def test_the_one_figure_to_show(site_id: str, low: float | None, high: float) -> None:
    shown = by_id(site_id).capacity
    assert shown is not None and (shown.low, shown.high) == (low, high)


def test_status_as_of_a_year() -> None:
    kortrijk = by_id("vl-kortrijk-ringlaan")
    told = {year: fact.value if (fact := kortrijk.status_in(year)) else None for year in (2000, 2005, 2015, 2021, 2023)}
    assert told == {2000: None, 2005: "planned", 2015: "open", 2021: "closed", 2023: "open"}
    deurne = by_id("vl-antwerpen-krijgsbaan").status
    assert [(one.value, one.event, one.date) for one in deurne] == [
        ("open", "closure_decided", "2020-02-21"), ("open", "closure_withdrawn", "2020-04-03"),
    ]  # fmt: skip
    # An undated page says nothing about a year.
    assert by_id("vl-maaseik-engerhoven").status_in(2015) is None
    open_2021 = all_sites(None, Wanted(regions=["flanders"], types=["transit"], statuses=["open"], year=2021))
    assert {one.municipality for one in open_2021} == {"Gent", "Asse", "Lille"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_fact_has_words_in_every_language(language: Language) -> None:
    for name, fact in everything():
        assert describe(fact, language).strip(), (name, language)
        assert not re.search(r"toegelaten|vergund|autoris|genehmigt|zugelassen|authori[sz]ed", describe(fact, language))


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_private_plot_in_the_inventory(language: Language) -> None:
    shown = json.dumps([collection(sites(), language), series(municipality_notes(), language)], ensure_ascii=False)
    texts = [path.read_text(encoding="utf-8") for path in DATA.glob("*.yaml")]
    assert [named(text, PRIVATE) for text in [*texts, shown]] == [[]] * (len(texts) + 1)
    assert not any(one.site_type[-1].value == "family" for one in sites())


def written() -> list[Path]:
    """Law, pages and words that people read."""
    folders = [ROOT / "sites" / "law", ROOT / "docs", ROOT / "api" / "locales", ROOT / "notebooks"]
    kinds = (".yaml", ".md", ".json", ".po", ".csv", ".ipynb", ".py")
    found = [path for folder in folders for path in sorted(folder.rglob("*")) if path.suffix in kinds]
    return [*found, *sorted(ROOT.glob("*.md"))]


@pytest.mark.parametrize("path", written(), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_private_plot_in_law_and_docs(path: Path) -> None:
    assert named(path.read_text(encoding="utf-8"), STREETS) == []


def test_the_search_for_private_plots_finds_them() -> None:
    assert named("Aarschot: twee groepen (Boonzakstraat, Ourodenberg)", STREETS) == ["Boonzak", "Ourodenberg"]
    assert named("avance; see https://example.org/vance-x", STREETS) == []


def test_a_note_has_no_place_and_its_site_is_not_listed() -> None:
    notes = inventory().municipality_notes
    assert {one.municipality for one in notes} >= {
        "Genk", "Sint-Pieters-Leeuw", "Aarschot", "Zottegem", "Antwerpen", "Herve", "Etalle", "Anderlecht",
    }  # fmt: skip
    fields = set(type(notes[0]).model_fields)
    assert not fields & {"place", "position", "address", "street", "name"}
    listed = {one.nis for one in sites()}
    assert not listed & {"21001", "23077", "24001", "41081", "63035", "85009"}
    no_details = {one.municipality: one for one in notes if one.kind == "no_details"}
    assert set(no_details) == {"Antwerpen", "Zottegem", "Lessines", "Ramillies"}
    assert all(one.note for one in no_details.values()) and no_details["Antwerpen"].grade == "C"


def test_series_of_partners_and_of_habitat_vert() -> None:
    known = inventory()
    partners = [(one.date, one.low, one.grade) for one in known.totals if one.measure == "partner_municipalities"]
    assert partners == [
        ("2007", 10, "A"), ("2013", 7, "A"), ("2016", 11, "A"), ("2016/2018", 11, "A"), ("2021", 9, "B"),
        ("2022", 8, "A"), ("2023-07", 11, "B"),
    ]  # fmt: skip
    green = {one.measure: one.low for one in known.hp_series if one.measure.startswith("zhv")}
    assert green == {
        "zhv_eligible_municipalities": 26, "zhv_candidate_sites": 35, "zhv_candidate_municipalities": 12,
        "zhv_municipalities_retained": 8, "zhv_sites_retained": 17, "zhv_sites": 16, "zhv_hectares": 366,
    }  # fmt: skip


def test_what_is_inferred_says_so() -> None:
    (manager,) = by_id("wa-bastogne-n4").manager
    assert manager.grade == "C" and manager.note
    puurs = by_id("vl-puurs-sint-amands-woonwagenparken")
    assert (puurs.precision, puurs.known_to, puurs.position) == ("municipality", "municipality", None)


def test_need_is_never_of_one_municipality() -> None:
    for one in inventory().need:
        assert (one.region == "belgium") == (one.level == "country")
        assert not hasattr(one, "nis") and not hasattr(one, "municipality")


def test_the_nine_german_speaking_municipalities_are_their_own_region() -> None:
    assert by_id("dg-lontzen-tivoli").region == "german-speaking-community"
    for site in sites():
        if site.nis:
            assert law_region_of(site.nis) == site.region, site.id


def test_points_agree_in_both_systems_and_say_how_precise_they_are() -> None:
    to_lambert = Transformer.from_crs(4326, 31370, always_xy=True)
    for site in sites():
        point = site.position
        if point is None:
            assert site.precision in ("municipality", "none")
            continue
        assert site.precision == "section" and point.grade == "C"
        assert "AdminVector" in str(source_text(point, "en"))
        x, y = to_lambert.transform(point.lon, point.lat)
        assert abs(x - point.x) < 3 and abs(y - point.y) < 3, site.id


def test_points_lie_in_their_municipality(real_data: Path) -> None:
    path = real_data / "municipalities" / "derived" / "municipalities_be_by_year.gpkg"
    if not path.is_file():
        pytest.skip("the real municipalities are absent")
    meta, _, wkb, columns = pyogrio.raw.read(path, layer="municipalities_2025", columns=["nis"])
    assert list(meta["fields"]) == ["nis"]
    shapes = dict(zip(columns[0], shapely.from_wkb(wkb), strict=True))
    checked = 0
    for site in sites():
        assert site.nis is None or site.nis in shapes, f"{site.id}: {site.nis} is no code of 2025"
        if site.position is not None and site.nis is not None:
            assert shapes[site.nis].contains(shapely.Point(site.position.x, site.position.y)), site.id
            checked += 1
    assert checked > 30
    for other in [*inventory().hp_sites, *inventory().hp_municipalities, *inventory().municipality_notes]:
        assert other.nis in shapes, other.municipality


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copytree(DATA, tmp_path / "data")
    return tmp_path / "data"


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        ("brussels.yaml", 'date: "2018-07", grade: A}', 'date: "2018-07"}', "grade"),
        ("brussels.yaml", 'date: "2018-07", grade: A}', "grade: A}", "date"),
        ("brussels.yaml", "  UNIA-WEIN: {url", "  ELSEWHERE: {url", "UNIA-WEIN is not among the sources"),
        ("brussels.yaml", ", source: LLB-BXL18}]\n    status", "}]\n    status", "source"),
        ("brussels.yaml", "event: reopened", "event: somehow", "no words for event somehow"),
        ("wallonia.yaml", "id: wa-amay-n684", "id: wa-amay-la-graviere", "stands twice"),
        ("brussels.yaml", "    manager:", "    manager: []\n    x:", "public manager|Extra inputs"),
        ("brussels.yaml", "low: 20, high: 25", "low: 25, high: 20", "high lies below low"),
        ("german-speaking-community.yaml", "    designated_by:", "    notes: []\n    designatedby:", "Extra|public"),
        ("totals.yaml", "measure: transit_sites", "measure: dreams", "no measure dreams"),
        ("totals.yaml", 'date: "2015-06", grade: B}', 'date: "June", grade: B}', "date"),
        ("words.yaml", "en: open}", "xx: open}", "no text in en"),
    ],
)  # fmt: skip
def test_the_loader_refuses(copy: Path, file: str, old: str, new: str, says: str) -> None:
    path = copy / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(RuleError, match=says):
        load(copy)


def test_a_site_without_a_public_body_is_refused(copy: Path) -> None:
    path = copy / "german-speaking-community.yaml"
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    del content["sites"][0]["designated_by"]
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    with pytest.raises(RuleError, match="dg-lontzen-tivoli: no evidence of a public manager"):
        load(copy)
