"""Sheets and notes: on paper in Chromium, in four languages, self-contained; files over HTTP; the anonymous view."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path
from typing import Any

import openpyxl
import psycopg
import pyogrio
import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Browser, sync_playwright

from api.app import create_app
from api.documents import note_html, sheets_html
from api.documents.note import DECIDE, METHOD, SAFEGUARDS
from api.documents.sheet import _STATES
from api.i18n import translator
from geodata.settings import LANGUAGES, Language, Settings
from geodata.sources import sharing
from geodata.territory import NOTICE
from sites.candidates import explanation
from sites.candidates.assemblies import assemblies
from sites.candidates.exports import FORMATS, place
from sites.candidates.runs import Run, find_run

Connection = psycopg.Connection[Any]
CHROMIUM = Path("/usr/bin/chromium")
#: What is printed: every language and every place; each place in each language with `./standplaats test --full`.
PRINTED = [
    pytest.param(nis, site_type, language, marks=() if nis == "99001" or language == usual else pytest.mark.full)
    for nis, site_type, usual in (
        ("99001", "residential", None),
        ("99002", "residential", "fr"),
        ("99003", "residential", "de"),
        ("99002", "transit", "nl"),
    )
    for language in LANGUAGES
]
FORBIDDEN = re.compile(
    r"authori[sz]ed|\bpermitted|toegelaten|\bvergund|autorisé|\bpermis\b|genehmigt|zugelassen", re.IGNORECASE
)


@pytest.fixture(scope="module")
def client(demo_settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(demo_settings)) as opened:
        yield opened


@pytest.fixture(scope="module")
def visitor(demo_settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(demo_settings, public=True)) as opened:
        yield opened


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip("Chromium is not installed")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-quic"])
        yield opened
        opened.close()


def printed(browser: Browser, html: str) -> int:
    """Pages of the print; no request, no message of the console, nothing wider than the paper."""
    page = browser.new_page(viewport={"width": 794, "height": 1123})
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda one: asked.append(one.url))
    page.on("console", lambda one: said.append(one.text))
    page.set_content(html)
    page.emulate_media(media="print")
    wide = page.evaluate(
        """() => [...document.querySelectorAll('.page *')].filter(e => !e.closest('svg') &&
            e.getBoundingClientRect().right > e.closest('.page').getBoundingClientRect().right + 1).map(e => e.outerHTML)"""
    )
    data = page.pdf(prefer_css_page_size=True, print_background=True)
    page.close()
    assert (asked, said, wide) == ([], [], [])
    return len(re.findall(rb"/Type\s*/Page\b", data))


def some(connection: Connection, run: Run) -> list[list[str]]:
    """Candidates of each verdict: the first, those with most that is open, a large one that is ruled out, a group."""
    rows = connection.execute(
        """(SELECT p.capakey FROM run_result r JOIN parcel p ON p.id = r.parcel_id WHERE r.run_id = %(run)s AND rank = 1)
           UNION (SELECT p.capakey FROM run_result r JOIN parcel p ON p.id = r.parcel_id
                  WHERE r.run_id = %(run)s AND verdict <> 'incompatible'
                  ORDER BY cardinality(conditions) + cardinality(unknown) DESC, p.capakey LIMIT 3)
           UNION (SELECT p.capakey FROM run_result r JOIN parcel p ON p.id = r.parcel_id
                  WHERE r.run_id = %(run)s AND verdict = 'incompatible' ORDER BY p.area_m2 DESC LIMIT 1)""",
        {"run": run.id},
    ).fetchall()
    groups = assemblies(connection, run, pitches=12, limit=1)
    return [[row[0]] for row in sorted(rows)] + [list(one.capakeys) for one in groups]


@pytest.mark.parametrize(("nis", "site_type", "language"), PRINTED)
def test_a_sheet_is_one_page_and_a_note_two(
    demo_connection: Connection, browser: Browser, nis: str, site_type: str, language: Language
) -> None:
    run, translate = find_run(demo_connection, territory=[nis], site_type=site_type), translator(language)
    candidates = some(demo_connection, run)
    assert len(candidates) >= 4
    sheets = sheets_html(demo_connection, run, candidates, translate, pitches=12)
    assert printed(browser, sheets) == len(candidates)
    note = note_html(demo_connection, run, nis, translate, pitches=12)
    assert printed(browser, note) == 2
    for html in (sheets, note):
        assert f'lang="{language}"' in html and escape(NOTICE[language]) in html
        assert run.id in html and run.as_of.isoformat() in html and translate("Draft") in html
        assert "<script" not in html and not re.search(r'(src|href)="(?!https?://|#)', html)


def test_a_sheet_tells_what_the_explanation_tells(client: TestClient) -> None:
    item = client.get("/api/v1/candidates?municipality=99001&limit=1").json()["items"][0]
    told = client.get(f"/api/v1/parcels/{item['id']}?lang=en").json()
    answer = client.get(f"/api/v1/sheets/{item['id']}?lang=en")
    assert answer.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    html = answer.text.replace("&#x27;", "'").replace("&quot;", '"').replace("&amp;", "&").replace("&gt;", ">")
    for one in told["constraints"]:
        assert one["title"] in html and one["sentence"] in html
        assert one["rule_url"] is None or f'href="{one["rule_url"]}"' in html
        assert all(article in html for article in one["rule_articles"])
    assert all(one["what"] in html for one in told["conditions"])
    assert all(one["title"] in html for one in told["sources"])
    assert "<svg" in html and "Order of magnitude, not a budget." in html
    low, high = told["rank_interval"]
    assert (f"{low}–{high}" if low != high else f"<strong>{low}<") in html


def test_a_sheet_of_a_closed_plan_has_no_map(demo_connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    run = find_run(demo_connection, territory=["99001"], site_type="residential")
    keys = some(demo_connection, run)[:1]
    before = sheets_html(demo_connection, run, keys, translator("en"))
    for module in (sharing, place, explanation):
        monkeypatch.setattr(module, "shared", lambda alias: f"({alias}.id IS NULL)")
    after = sheets_html(demo_connection, run, keys, translator("en"))
    assert 'role="img"' in before and 'role="img"' not in after


def test_a_group_has_a_sheet(client: TestClient) -> None:
    group = client.get("/api/v1/assemblies?municipality=99001&pitches=12&limit=1").json()["items"][0]
    html = client.get(f"/api/v1/sheets/{group['id'].replace('+', '%2B')}?lang=en&pitches=12").text
    assert all(key in html for key in group["capakeys"])


def test_no_verdict_sounds_like_a_permit() -> None:
    for language in LANGUAGES:
        translate = translator(language)
        told = [*METHOD, SAFEGUARDS, *DECIDE, *_STATES.values(), "Nothing that is known rules a site out here."]
        assert [text for text in told if FORBIDDEN.search(translate(text))] == []
        assert language == "en" or [text for text in told if translate(text) == text] == []


@pytest.mark.parametrize("kind", FORMATS)
def test_files_are_sent_with_their_kind_and_name(client: TestClient, kind: str) -> None:
    answer = client.get(f"/api/v1/exports?municipality=99001&pitches=12&format={kind}&lang=fr")
    assert answer.status_code == 200 and answer.headers["content-type"] == FORMATS[kind]
    assert re.search(rf'filename="standplaats-99001-residential-r\w+\.{kind}"', answer.headers["content-disposition"])
    listed = client.get("/api/v1/candidates?municipality=99001&pitches=12&limit=500").json()
    if kind in ("gpkg", "geojson"):
        read = pyogrio.read_dataframe(io.BytesIO(answer.content), layer="candidates")
        assert (read["source"] == "parcel").sum() == listed["count"]
    elif kind == "xlsx":
        sheet = openpyxl.load_workbook(io.BytesIO(answer.content))["candidates"]
        assert sheet.max_row == listed["count"] + 2
    else:
        assert NOTICE["fr"] in answer.content.decode("utf-8-sig")


@pytest.mark.parametrize(
    "path", ["exports?municipality=99001", "notes?municipality=99001", "sheets/{id}"]
)  # fmt: skip
def test_drafts_are_not_for_the_anonymous_view(client: TestClient, visitor: TestClient, path: str) -> None:
    item = client.get("/api/v1/candidates?municipality=99001&limit=1").json()["items"][0]
    asked = f"/api/v1/{path.format(id=item['id'])}"
    assert client.get(asked).status_code == 200
    assert visitor.get(asked).status_code in (401, 403, 404)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("exports?municipality=99001&format=pdf", 400),
        ("exports?municipality=24062", 404),
        ("exports?municipality=99001&owner=nonsense", 400),
        ("notes?municipality=24062", 404),
        ("sheets/nothing", 400),
        ("sheets/99101A0001-99Z999", 404),
    ],
)
def test_what_does_not_fit_is_refused(client: TestClient, path: str, status: int) -> None:
    answer = client.get(f"/api/v1/{path}")
    assert answer.status_code == status and answer.headers["content-type"] == "application/problem+json"


def test_the_commands_write_them(program: Callable[..., str], demo_connection: Connection, tmp_path: Path) -> None:
    run = find_run(demo_connection, territory=["99002"], site_type="transit")
    key = some(demo_connection, run)[0][0]
    program("sheet", key, "--demo", "--type", "transit", "-o", tmp_path / "sheet.html", "--lang", "fr")
    program("note", "--demo", "-m", "99002", "--type", "transit", "-o", tmp_path / "note.html", "--lang", "de")
    assert key in (tmp_path / "sheet.html").read_text() and "99002" in (tmp_path / "note.html").read_text()
    assert "one municipality" in program("note", "--demo", "-m", "99001,99002", "-o", tmp_path / "n.html", code=2)
    program("sheet", key, "--demo", "-o", tmp_path / "sheet.pdf", code=2)
