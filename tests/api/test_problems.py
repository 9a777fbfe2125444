"""Problems over HTTP: what is wrong with a value is said in the reader's language, without internals; bodies have a limit."""

from __future__ import annotations

import re
from collections.abc import Iterator
from string import Formatter

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.i18n import translator
from api.invalid import LIMITS, SENTENCES, said
from api.uploads import LARGEST_BODY
from geodata.settings import Language, Settings


@pytest.fixture(scope="module")
def client(demo_settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(demo_settings)) as opened:
        yield opened


#: Address -> what the English sentence names.
BAD = {
    "/api/v1/candidates?municipality=990": ("municipality", "five digits"),
    "/api/v1/notes?municipality=990": ("municipality", "five digits"),
    "/api/v1/candidates": ("municipality", "missing"),
    "/api/v1/candidates?municipality=99001&limit=0": ("limit", "1"),
    "/api/v1/candidates?municipality=99001&limit=501": ("limit", "500"),
    "/api/v1/candidates?municipality=99001&limit=two": ("limit", "whole number"),
    "/api/v1/candidates?municipality=99001&min_area=wide": ("min_area", "number"),
    "/api/v1/candidates?municipality=99001&type=castle": ("type", "residential, transit"),
    f"/api/v1/candidates?municipality=99001&run={'r' * 81}": ("run", "80"),
    "/api/v1/candidates?municipality=99001&verdict=No!": ("verdict", "words"),
    "/api/v1/sites?region=mars": ("region", "flanders"),
    "/api/v1/sites?status=open,lost": ("status", "separated by commas"),
    "/api/v1/law/rules?as_of=yesterday": ("as_of", "2026-11-23"),
    "/api/v1/sources?loaded=perhaps": ("loaded", "true or false"),
    "/api/v1/comparisons?parcels=x": ("parcels", "CAPAKEYs"),
}


@pytest.mark.parametrize("path", BAD)
def test_what_is_wrong_is_said_in_every_language(client: TestClient, path: str) -> None:
    told = {}
    for language in ("en", "nl", "fr", "de"):
        answer = client.get(path, headers={"Accept-Language": language})
        assert answer.status_code == 400 and answer.headers["content-language"] == language
        told[language] = answer.json()["detail"]
        assert BAD[path][0] in told[language]
        assert not re.search(r"[\\^$]|\[0-9|should|Input", told[language]), told[language]
        assert answer.json()["remedy"]
    assert BAD[path][1] in told["en"]
    assert len(set(told.values())) == 4


@pytest.mark.parametrize(
    ("body", "names", "remedy"),
    [
        (b"{", "JSON", "Correct"),
        (b"", "no body", "Add"),
        (b"[]", "body", "Correct"),
        (b'{"castle": 1}', "castle", "Leave it out"),
        (b'{"weights": {"flood": -1}}', "weights.flood must be 0 or more", "Correct"),
        (b'{"findings": 1}', "findings takes a list", "Correct"),
    ],
)
def test_what_is_wrong_with_a_body(client: TestClient, body: bytes, names: str, remedy: str) -> None:
    answer = client.post(
        "/api/v1/candidates?municipality=99001", content=body, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 400
    assert names in answer.json()["detail"] and remedy in answer.json()["remedy"]


@pytest.mark.parametrize("language", ["nl", "fr", "de"])
def test_every_sentence_about_a_value_is_translated(language: Language) -> None:
    translate = translator(language)
    assert {one for one in SENTENCES if translate(one) == one} == set()
    for one in SENTENCES:
        named = [{name for _, name, _, _ in Formatter().parse(text) if name} for text in (one, translate(one))]
        assert named[0] == named[1]


def test_a_kind_of_error_that_is_not_known_tells_no_internals() -> None:
    message, remedy = said({"type": "value_error", "loc": ("query", "x"), "msg": "secret", "ctx": {"error": "secret"}})
    assert "secret" not in translator("en").render(message) and remedy
    assert all(limit for _, limit in LIMITS.values())


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("fr;q=0.3, nl-BE;q=0.9", "nl"),
        ("es, de;q=0.2, fr;q=0.1", "de"),
        ("nl;q=0, fr;q=0.1", "fr"),
        ("nl;q=x, de;q=0.5", "de"),
        ("es", "en"),
        ("", "en"),
    ],
)
def test_the_most_wanted_language_answers(client: TestClient, header: str, language: str) -> None:
    answer = client.get("/api/v1/nowhere", headers={"Accept-Language": header})
    assert answer.headers["content-language"] == language


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/api/v1/candidates", {"GET", "HEAD", "POST"}),
        ("PUT", "/api/v1/areas", {"POST"}),
        ("POST", "/api/v1/parcels/99001A0001-00A000", {"GET", "HEAD"}),
        ("POST", "/", {"GET", "HEAD"}),
    ],
)
def test_a_method_that_is_not_taken_names_those_that_are(
    client: TestClient, method: str, path: str, allowed: set[str]
) -> None:
    answer = client.request(method, path)
    assert answer.status_code == 405
    assert set(answer.headers["allow"].split(", ")) == allowed


@pytest.mark.parametrize("path", ["/api/v1/areas", "/api/v1/candidates?municipality=99001", "/api/v1/need"])
def test_a_body_is_read_up_to_a_limit(client: TestClient, path: str) -> None:
    """With its length announced, and without; of the second no more is taken than is needed to know."""
    taken = 0

    def parts() -> Iterator[bytes]:
        nonlocal taken
        for _ in range(40):
            taken += 1
            yield b" " * (LARGEST_BODY // 4)

    for content in (b" " * (LARGEST_BODY + 1), parts()):
        answer = client.post(
            path, content=content, headers={"Content-Type": "application/json", "Accept-Language": "nl"}
        )
        assert answer.status_code == 413
        told = answer.json()
        assert told["type"] == "/problems/too-large" and told["title"] == "Te groot" and "5 MB" in told["detail"]
        assert told["remedy"]
