"""Subsidies over HTTP and on the command line: the same answers, and errors that name the field."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from api.app import create_app
from api.cli import app
from geodata.database.engine import connect
from geodata.settings import Settings

KEYS = {
    "region",
    "as_of",
    "verdict",
    "regimes",
    "cost_lines",
    "surcharge",
    "total",
    "conditions",
    "assumptions",
    "text",
}


@pytest.fixture(scope="module")
def client(demo_settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(demo_settings, public=True)) as opened:
        yield opened


def printed(*words: str, code: int = 0) -> str:
    """Standard output of `standplaats WORDS`."""
    done = CliRunner().invoke(app, list(words))
    assert done.exit_code == code, done.output
    return done.stdout


def test_the_command_and_both_requests_answer_alike(client: TestClient) -> None:
    words = ["--region", "flanders", "--as-of", "2017-06-01", "--pitches", "12", "--cost", "layout=1000000"]
    by_command = json.loads(printed("subsidy", "estimate", *words, "--json", "--lang", "nl"))
    asked = {"region": "flanders", "as_of": "2017-06-01", "pitches": 12, "lang": "nl"}
    by_address = client.get("/api/v1/subsidies/estimate", params={**asked, "cost": "layout=1000000"}).json()
    body = {
        "region": "flanders", "as_of": "2017-06-01", "pitches": 12,
        "costs": [{"type": "layout", "amount": "1000000"}],
    }  # fmt: skip
    by_body = client.post("/api/v1/subsidies/estimate?lang=nl", json=body).json()
    assert by_command == by_address == by_body
    assert by_command.keys() >= KEYS
    assert by_command["total"] == {"low": "706200.00", "high": "854502.00"}
    assert "hoogstens 55 000 euro per standplaats" in by_command["text"]


def test_a_municipality_brings_its_own_law(client: TestClient) -> None:
    for nis, region in (("24062", "flanders"), ("92094", "wallonia"), ("21004", "brussels"), ("99002", "wallonia")):
        found = client.get("/api/v1/subsidies/estimate", params={"municipality": nis}).json()
        assert found["region"] == region, nis
    lontzen = client.get("/api/v1/subsidies/estimate", params={"municipality": "63048", "lang": "de"}).json()
    assert lontzen["region"] == "german-speaking-community" and lontzen["verdict"] == "unknown"
    assert "Ministerium der Deutschsprachigen Gemeinschaft" in lontzen["text"]


def test_regimes_list_what_was_not_found_as_null(client: TestClient) -> None:
    found = client.get("/api/v1/subsidies/regimes", params={"region": "wallonia", "as_of": "2026-11-23"}).json()
    by_id = {one["id"]: one for one in found["items"]}
    assert found["count"] == len(by_id) and found["as_of"] == "2026-11-23"
    assert by_id["W-D22"]["rates"] == dict.fromkeys(by_id["W-D22"]["rates"]) and by_id["W-D22"]["status"] == "open"
    assert by_id["W-RUN30"]["flat"] == {"amount": "30000.00", "per": "year"}
    assert by_id["W-DRAFT17"]["status"] == "shown" and by_id["W-CF82"]["status"] == "closed"
    assert all(one["citations"] and one["grade"] in "ABC" for one in found["items"])
    undated = client.get("/api/v1/subsidies/regimes").json()
    assert "status" not in undated["items"][0] and undated["count"] > found["count"]


def test_the_commands_print_for_people() -> None:
    shown = printed("subsidy", "regimes", "--region", "flanders", "--as-of", "2024-02-01")
    assert "acquisition not found, layout 60%" in shown and "stopped" in shown
    told = printed(
        "subsidy",
        "estimate",
        "-r",
        "flanders",
        "--as-of",
        "2012-03-06",
        "--cost",
        "layout=600000",
        "--cost",
        "acquisition=250000",
    )
    assert "540000.00" in told and "225000.00" in told and told.count("not found") >= 2
    assert "https://www.etaamb.be/nl/besluit-van-de-vlaamse-regering-van-12-mei-2000_n2000035752.html" in told


def test_eligibility_of_municipalities_on_a_day(client: TestClient) -> None:
    asked = {"municipality": "24062,63048,99002", "as_of": "2012-03-06", "type": "transit"}
    found = client.get("/api/v1/subsidies/eligibility", params=asked).json()
    assert found["as_of"] == "2012-03-06" and found["boundaries"] == "of today"
    assert {one["nis"]: one["standing"] for one in found["items"]} == {
        "24062": "open",
        "63048": "unknown",
        "99002": "open",
    }
    assert found["items"][0]["name"] == "Leuven" and found["items"][0]["regimes"][-1]["id"] == "VL-2000"


def _parcel(settings: Settings, *, hp: bool) -> str:
    """A Walloon demo parcel wholly inside a Plan HP perimeter, or clear of all."""
    with connect(settings) as connection:
        row = connection.execute(
            """SELECT p.capakey FROM parcel p JOIN measurement m ON m.parcel_id = p.id
               JOIN batch b ON b.id = m.batch_id AND b.current
               WHERE b.nis = '99002' AND (m.shares ? 'plan_hp') = %s
                 AND coalesce(m.covered -> 'plan_hp', b.common -> 'covered' -> 'plan_hp')::float >= 1
               ORDER BY p.capakey LIMIT 1""",
            [hp],
        ).fetchone()
    assert row is not None
    return str(row[0])


@pytest.mark.parametrize(
    ("hp", "type", "as_of", "cases", "named"),
    [
        (True, "residential", "2013-06-01", ["22bis-a"], {"W-22BIS"}),
        (True, "residential", "2026-11-23", ["22bis-a"], {"W-22BIS-17"}),
        (False, "transit", "2013-06-01", ["22bis-b", "44-reception"], {"W-22BIS", "W-A44-05"}),
        (False, "family", "2013-06-01", ["22bis-b", "44-family"], {"W-22BIS", "W-A44-05"}),
        (False, "transit", "2018-01-01", [], set()),
    ],
)
def test_eligibility_of_a_parcel_reads_its_cases(
    client: TestClient, demo_settings: Settings, hp: bool, type: str, as_of: str, cases: list[str], named: set[str]
) -> None:
    key = _parcel(demo_settings, hp=hp)
    asked = {"parcel": key.replace("/", "-"), "type": type, "as_of": as_of}
    (found,) = client.get("/api/v1/subsidies/eligibility", params=asked).json()["items"]
    assert found["capakey"] == key and found["cases"] == cases and (found["hp"] != "none") is hp
    assert named <= {one["id"] for one in found["regimes"]}
    bound = [one for one in found["regimes"] if one["id"] in ("W-22BIS", "W-22BIS-17", "W-A44-05")]
    assert found["cases_not_known"] or {one["standing"] for one in bound if one["id"] not in named} <= {"closed"}


def test_eligibility_of_a_site_of_the_inventory_goes_by_its_type(client: TestClient) -> None:
    sites = client.get("/api/v1/sites", params={"region": "wallonia", "type": "transit"}).json()["features"]
    name = sites[0]["properties"]["id"]
    asked = {"site": name, "as_of": "2019-09-15", "type": "residential"}
    (found,) = client.get("/api/v1/subsidies/eligibility", params=asked).json()["items"]
    assert found["site"] == name and found["site_type"] == "transit" and found["standing"] == "open"


@pytest.mark.parametrize(
    ("params", "status"),
    [
        ({}, 422),
        ({"parcel": "nonsense"}, 400),
        ({"site": "no-such-site"}, 404),
        ({"municipality": "24062", "type": "hotel"}, 400),
    ],
)
def test_eligibility_of_nowhere_is_refused(client: TestClient, params: dict[str, str], status: int) -> None:
    answer = client.get("/api/v1/subsidies/eligibility", params=params)
    assert answer.status_code == status and answer.json()["remedy"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--region", "flanders", "--cost", "garden=1"], "garden=1 is no cost line"),
        (["--region", "flanders", "--cost", "layout=much"], "much is no amount"),
        (["--region", "france"], "Unknown region: france"),
        ([], "Give a region or a municipality"),
        (["--region", "flanders", "--municipality", "24062"], "Give a region or a municipality"),
        (["--region", "flanders", "--pitches", "0"], "pitches"),
        (["--region", "flanders", "--initiator", "king"], "initiator"),
        (["--region", "flanders", "--case", "22bis-a"], "Walloon"),
        (["--region", "flanders", "--lodged", "2020-01-01", "--approved-in-principle", "2019-01-01"], "out of order"),
        (["--region", "flanders", "--as-of", "2019-01-01", "--lodged", "2020-01-01"], "after the day"),
        (["--region", "flanders", "--fact", "healthy"], "is no stated fact"),
    ],
)
def test_a_question_that_does_not_fit_is_refused_by_name(words: list[str], said: str) -> None:
    done = CliRunner().invoke(app, ["subsidy", "estimate", *words])
    assert done.exit_code != 0 and done.exception is not None
    assert said in str(done.exception)


@pytest.mark.parametrize(
    ("params", "status", "said"),
    [
        ({"region": "flanders", "cost": "garden=1"}, 400, "layout=600000"),
        ({"region": "atlantis"}, 400, "flanders"),
        ({"municipality": "11111"}, 404, "11111"),
        ({"municipality": "1"}, 400, "municipality"),
        ({"region": "flanders", "as_of": "yesterday"}, 400, "as_of"),
    ],
)
def test_problems_name_what_is_wrong(client: TestClient, params: dict[str, str], status: int, said: str) -> None:
    answer = client.get("/api/v1/subsidies/estimate", params=params)
    assert answer.status_code == status and said in answer.json()["detail"]
    assert answer.headers["content-type"] == "application/problem+json"
