"""Method, Help and the accessibility statement in a real browser: their figures and names are those of what they tell about."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from pages import LANGUAGES, fits, served, until, visit

import api
from geodata.settings import Settings
from sites.law.loader import rules

pytestmark = pytest.mark.browser

PAGES = {
    "": "#candidates tbody tr",
    "belgium.html": "#sites tbody tr",
    "rules.html": "#rules tbody tr",
    "sources.html": "#sources tbody tr",
    "files.html": "h1",
    "method.html": "#criteria tbody tr",
    "help.html": ".glossary tbody tr",
    "accessibility.html": "#contact",
}


@pytest.fixture(scope="module")
def address(demo_settings: Settings) -> Iterator[str]:
    """Address of a served demo."""
    with served(demo_settings) as found:
        yield found


@pytest.mark.parametrize("page", PAGES)
def test_every_page_leads_to_method_help_and_the_statement(address: str, page: str) -> None:
    with visit(f"{address}/{page}#lang=nl") as (shown, _):
        shown.wait_for_selector(PAGES[page])
        links = set(shown.eval_on_selector_all("header .pages a", "all => all.map(one => one.innerText)"))
        assert {"Methode", "Hulp"} <= links
        assert shown.inner_text("footer a") == "Toegankelijkheid"
        shown.click("footer a")
        shown.wait_for_selector("#contact")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_method_shows_what_the_service_computes_with(address: str, language: str) -> None:
    with visit(f"{address}/method.html#lang={language}") as (page, _):
        page.wait_for_selector("#criteria tbody tr")
        for region, kind in (("flanders", "residential"), ("wallonia", "transit")):
            asked = f"{address}/api/v1/method?region={region}&type={kind}&lang={language}"
            with urllib.request.urlopen(asked) as answer:
                told = json.load(answer)
            page.select_option("#region", region)
            page.select_option("#type", kind)
            until(page, f"document.querySelector('[role=status]').innerText.includes({told['profile']['title']!r})")
            until(page, f"document.querySelectorAll('#criteria tbody tr').length === {len(told['criteria'])}")
            shown = page.inner_text("#conditions")
            for one in told["constraints"]:
                assert one["title"] in shown
                assert all(limit["text"] in shown for limit in one["limits"]), one["id"]
            assert all(one["title"] in page.inner_text("#criteria") for one in told["criteria"])
            verdicts = page.eval_on_selector_all("#answers td:last-child", "all => all.map(one => one.innerText)")
            assert verdicts == [one["verdict_title"] for one in told["states"]]
            assert f"region={region}" in page.url


@pytest.mark.parametrize("language", LANGUAGES)
def test_help_names_buttons_as_they_are(address: str, language: str) -> None:
    """A name between quotes is found on the page it speaks of; every word has its rule, where the law has one."""
    with visit(f"{address}/help.html#lang={language}&part=words") as (page, _):
        page.wait_for_selector(".glossary tbody tr")
        text = page.inner_text("main")
        assert "{" not in text and "undefined" not in text
        assert page.locator(".glossary td:last-child small").count() == 3 * page.locator(".glossary tbody tr").count()
        links = page.eval_on_selector_all(".glossary a", "all => all.map(one => one.getAttribute('href'))")
        named = {rule for one in links for rule in re.findall(r"rule=([\w.-]+)", one)[:1]}
        assert all("rule=" in one for one in links)
        assert named and named <= {one.id for one in rules()}
        page.goto(f"{address}/{links[0]}")
        page.wait_for_selector("aside dl")


@pytest.mark.parametrize("contact", [None, "wonen@example.be", "https://example.be/contact"])
def test_the_statement_tells_whom_to_write_to(demo_settings: Settings, contact: str | None) -> None:
    settings = demo_settings.model_copy(update={"contact": contact, "publisher": "Intercommunale"})
    with served(settings) as found, visit(f"{found}/accessibility.html#lang=en") as (page, _):
        page.wait_for_selector("#contact")
        until(page, "document.querySelector('main p').innerText.startsWith('Intercommunale')")
        links = page.eval_on_selector_all("#contact a", "all => all.map(one => one.getAttribute('href'))")
        if contact is None:
            assert links == [] and page.inner_text("#contact") == "not set by whoever runs this service"
        else:
            assert links == [contact if contact.startswith("https") else f"mailto:{contact}"]
        assert "not found in the sources" in page.inner_text("main")
        axe = json.loads((Path(api.__file__).parent / "web/package.json").read_text("utf-8"))
        assert axe["devDependencies"]["axe-core"] in page.inner_text("main")


@pytest.mark.parametrize("page", ["method.html", "help.html", "accessibility.html"])
@pytest.mark.parametrize("language", ["de", "fr"])
def test_a_narrow_screen_holds_them(address: str, page: str, language: str) -> None:
    with visit(f"{address}/{page}#lang={language}", width=360, height=800) as (shown, _):
        shown.wait_for_selector(PAGES[page])
        assert fits(shown)
