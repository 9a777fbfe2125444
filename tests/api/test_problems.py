"""Problems over HTTP: what is wrong with a value is said in the reader's language, without internals; bodies have a limit."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from string import Formatter

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.i18n import translator
from api.invalid import LIMITS, SENTENCES, said
from api.problem_kinds import KINDS
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
    f"/api/v1/near-misses?municipality=99001&run={'r' * 81}": ("run", "80"),
    "/api/v1/candidates?municipality=99001&verdict=authorised": ("verdict", "needs_derogation"),
    "/api/v1/candidates?municipality=99001&owner=municipality,nobody": ("owner", "separated by commas"),
    "/api/v1/candidates?municipality=99001&lang=es": ("lang", "nl, fr, de, en"),
    "/api/v1/sites?region=mars": ("region", "flanders"),
    "/api/v1/sites?status=open,lost": ("status", "separated by commas"),
    "/api/v1/comparisons?parcels=24434F0211-00W006": ("parcels", "2 to 5 CAPAKEYs, separated by commas"),
    "/api/v1/assemblies/24434F0211-00W006": ("group", "2 to 6 CAPAKEYs, joined by +"),
    "/api/v1/law/rules?as_of=yesterday": ("as_of", "2026-11-23"),
    "/api/v1/law/rules?as_of=0": ("as_of", "2026-11-23"),
    "/api/v1/parcels/nonsense": ("capakey", "24434F0211-00W006"),
    "/api/v1/assemblies/99001A0001-00A000": ("group", "joined by +"),
    "/api/v1/subsidies/estimate?region=flanders&cost=layout": ("cost", "layout=600000"),
    "/api/v1/subsidies/estimate?region=flanders&fact=open": ("fact", "open_all_year=yes"),
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


#: What fits the description of the service and cannot be worked with.
UNFIT = {
    "/api/v1/subsidies/estimate": "Give a region or a municipality.",
    "/api/v1/subsidies/estimate?region=flanders&municipality=24062": "Give a region or a municipality.",
    "/api/v1/subsidies/eligibility": "No place is asked for.",
}


@pytest.mark.parametrize("path", UNFIT)
def test_what_fits_and_cannot_be_worked_with_is_told_apart(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/bad-input")
    assert answer.json()["detail"] == UNFIT[path]
    assert client.get(path, headers={"Accept-Language": "nl"}).json()["detail"] != UNFIT[path]


def test_a_survey_whose_ends_are_swapped_is_told_apart_from_one_that_is_none(client: TestClient) -> None:
    survey = {"nis": "99001", "site_type": "transit", "low": 5, "high": 2, "date": "2026-01-01", "method": "asked",
              "role": "municipal_planner", "source": "letter"}  # fmt: skip
    for given, status in ((survey, 422), ({**survey, "low": "many"}, 400)):
        assert client.post("/api/v1/need", json={"surveys": [given]}).status_code == status


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


@pytest.mark.parametrize("kind", KINDS)
def test_the_type_of_a_problem_leads_to_a_page_that_explains_it(client: TestClient, kind: str) -> None:
    told = {}
    for language in ("en", "nl", "fr", "de"):
        answer = client.get(f"/problems/{kind}", headers={"Accept-Language": language})
        assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/html")
        assert answer.headers["content-language"] == language and "Accept-Language" in answer.headers["vary"]
        assert (
            f'<html lang="{language}">' in answer.text
            and "default-src 'none'" in answer.headers["content-security-policy"]
        )
        told[language] = answer.text
        listed = client.get("/problems", headers={"Accept-Language": language}).text
        assert f'href="problems/{kind}"' in listed
    assert len(set(told.values())) == 4 and str(KINDS[kind].status) in told["en"]


def test_what_is_no_kind_of_problem_has_no_page(client: TestClient) -> None:
    answer = client.get("/problems/%3Cscript%3E", headers={"Accept-Language": "nl"})
    assert answer.status_code == 404 and "Er is geen soort probleem" in answer.json()["detail"]


#: Request -> the kind of problem it meets.
MET = {
    ("GET", "/api/v1/candidates?municipality=990"): "bad-request",
    ("GET", "/api/v1/files"): "not-published",
    ("GET", "/api/v1/parcels/99001Z9999-00X000"): "not-found",
    ("GET", "/api/v1/nowhere"): "no-address",
    ("GET", "/api/v1/areas"): "no-method",
    ("POST", "/api/v1/areas"): "bad-input",
}


@pytest.fixture(scope="module")
def visitor(demo_settings: Settings) -> Iterator[TestClient]:
    behind = demo_settings.model_copy(update={"root_path": "/standplaats"})
    with TestClient(create_app(behind, public=True)) as opened:
        yield opened


@pytest.mark.parametrize("request_", MET, ids=" ".join)
def test_the_type_is_an_address_that_can_be_opened_behind_a_proxy_too(
    visitor: TestClient, request_: tuple[str, str]
) -> None:
    answer = visitor.request(*request_)
    told = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert told.keys() == {"type", "title", "status", "detail", "remedy", "request_id"}
    assert told["status"] == answer.status_code == KINDS[MET[request_]].status
    assert told["type"] == f"/standplaats/problems/{MET[request_]}"
    assert visitor.get(told["type"]).status_code == 200


def test_every_operation_names_its_problems(client: TestClient) -> None:
    document = client.get("/api/v1/openapi.json").json()
    assert "HTTPValidationError" not in json.dumps(document)
    model = document["components"]["schemas"]["Problem"]
    assert set(model["required"]) == {"type", "title", "status", "detail", "remedy", "request_id"}
    for name, answer in document["components"]["responses"].items():
        assert name == f"Problem{name[-3:]}" and any(str(kind.status) == name[-3:] for kind in KINDS.values())
        assert answer["content"]["application/problem+json"]["schema"] == {"$ref": "#/components/schemas/Problem"}
    named = {
        (method, path): {status for status in operation["responses"] if status >= "400"}
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }
    assert named["get", "/healthz"] == set() and named["get", "/readyz"] == {"503"}
    assert {"400", "403", "404", "503"} <= named["get", "/api/v1/candidates"]
    assert {"400", "413", "422", "503"} <= named["post", "/api/v1/areas"]
    assert "503" not in named["get", "/api/v1/law/rules"]
