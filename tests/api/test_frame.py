"""The frame around requests: who is believed, what is logged, what is counted, what a visitor without a login gets."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from structlog.testing import capture_logs

from api.app import create_app
from api.logs import configure
from geodata.settings import Settings

NEAR, FAR = ("127.0.0.1", 5000), ("192.0.2.7", 5000)
FROM_PROXY = {
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "plan.example.org",
    "X-Remote-User": "ann",
    "X-Request-ID": "abcdef-123456",
}


@pytest.fixture(scope="module")
def behind(demo_settings: Settings) -> Settings:
    return demo_settings.model_copy(
        update={
            "trusted_proxies": "127.0.0.1, 10.0.0.0/8",
            "root_path": "/standplaats",
            "login_header": "X-Remote-User",
        }
    )


@pytest.fixture(scope="module")
def proxied(behind: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(behind), client=NEAR) as opened:
        yield opened


@pytest.fixture(scope="module")
def stranger(behind: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(behind), client=FAR) as opened:
        yield opened


@pytest.mark.parametrize("path", ["/standplaats/tiles/parcels.json", "/tiles/parcels.json"])
def test_links_carry_scheme_host_and_prefix_of_the_proxy(proxied: TestClient, path: str) -> None:
    told = proxied.get(path, headers=FROM_PROXY).json()["tiles"][0]
    assert told == "https://plan.example.org/standplaats/tiles/parcels/{z}/{x}/{y}.mvt"


def test_redirects_stay_under_the_prefix(proxied: TestClient) -> None:
    asked = "/standplaats/tiles/parcels/14/8000/5000.mvt?municipality=99001&type=residential"
    answer = proxied.get(asked, headers=FROM_PROXY, follow_redirects=False)
    assert answer.status_code == 307 and answer.headers["location"].startswith("/standplaats/tiles/parcels/14/")
    bare = proxied.get("/standplaats", headers=FROM_PROXY, follow_redirects=False)
    assert bare.status_code == 308 and bare.headers["location"] == "/standplaats/"


def test_a_stranger_is_not_believed(stranger: TestClient) -> None:
    answer = stranger.get("/tiles/parcels.json", headers=FROM_PROXY)
    assert answer.json()["tiles"][0].startswith("http://testserver/standplaats/")
    assert answer.headers["x-request-id"] != "abcdef-123456"
    assert "strict-transport-security" not in answer.headers
    assert stranger.get("/api/v1/meta", headers=FROM_PROXY).json()["public"] is True


def test_the_proxy_is_believed(proxied: TestClient) -> None:
    answer = proxied.get("/api/v1/meta", headers=FROM_PROXY)
    assert answer.headers["x-request-id"] == "abcdef-123456"
    assert answer.headers["strict-transport-security"].startswith("max-age=")
    assert answer.json()["public"] is False
    assert "private" in answer.headers["cache-control"]


@pytest.mark.parametrize("name", ["", " "])
def test_without_a_user_it_is_the_anonymous_view(proxied: TestClient, name: str) -> None:
    headers = {**FROM_PROXY, "X-Remote-User": name}
    assert proxied.get("/api/v1/meta", headers=headers).json()["public"] is True
    assert proxied.get("/api/v1/files", headers=headers).status_code in (403, 404)


@pytest.mark.parametrize("given", ["short", "a" * 65, "two words here", 'quote"quote"', "<script>alert</script>"])
def test_a_number_that_is_none_is_replaced(proxied: TestClient, given: str) -> None:
    answer = proxied.get("/healthz", headers={**FROM_PROXY, "X-Request-ID": given})
    assert answer.headers["x-request-id"] != given and len(answer.headers["x-request-id"]) == 32


@pytest.mark.parametrize("host", ["evil.org/path", "a b", "x@evil.org", "evil.org\t"])
def test_a_host_that_is_none_is_not_taken(proxied: TestClient, host: str) -> None:
    told = proxied.get("/tiles/parcels.json", headers={**FROM_PROXY, "X-Forwarded-Host": host}).json()["tiles"][0]
    assert told.startswith("https://testserver/standplaats/tiles/")


def test_problems_name_their_request(proxied: TestClient) -> None:
    answer = proxied.get("/api/v1/parcels/nonsense", headers=FROM_PROXY)
    assert answer.status_code == 400 and answer.json()["request_id"] == answer.headers["x-request-id"]


def test_the_log_holds_no_person_and_no_search(proxied: TestClient) -> None:
    headers = {**FROM_PROXY, "User-Agent": "Browser-of-Ann", "X-Forwarded-For": "203.0.113.9"}
    with capture_logs() as lines:
        proxied.get("/api/v1/candidates?municipality=99001&min_area=98765&lang=nl", headers=headers)
        proxied.get("/api/v1/parcels/99001A0001-00A000?lang=nl", headers=headers)
    requests = [line for line in lines if line["event"] == "request"]
    assert (
        len(requests) == 2
        and requests[0]["route"] == "/api/v1/candidates"
        and requests[0]["request_id"] == "abcdef-123456"
    )
    for told in ("98765", "99001", "Ann", "ann", "203.0.113.9", "127.0.0.1", "plan.example"):
        assert told not in json.dumps(lines), told


def test_lines_are_json(capsys: pytest.CaptureFixture[str], demo_settings: Settings) -> None:
    configure()
    with TestClient(create_app(demo_settings)) as client:
        client.get("/healthz")
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines() if line.startswith("{")]
    assert {"event", "level", "timestamp", "request_id", "method", "route", "status", "ms"} == set(lines[-1])


def figures(client: TestClient, **options: Any) -> dict[str, float]:
    text = client.get("/metrics", **options).text
    rows = [line.rsplit(" ", 1) for line in text.splitlines() if line and not line.startswith("#")]
    return {name: float(value) for name, value in rows}


def test_figures_count_by_template(demo_settings: Settings) -> None:
    with TestClient(create_app(demo_settings), client=NEAR) as client:
        before = figures(client)
        for key in ("99001A0001-00A000", "99001A0002-00A000"):
            client.get(f"/api/v1/parcels/{key}?type=castle")
        client.get("/no/such/address")
        after = figures(client)
    name = 'standplaats_requests_total{method="GET",route="/api/v1/parcels/{capakey}",status="400"}'
    assert after[name] - before.get(name, 0) == 2
    assert after['standplaats_connections{pool="threads",state="most"}'] == demo_settings.connections
    assert not [one for one in after if "99001A" in one or "no/such" in one]


@pytest.mark.parametrize(
    ("told", "public", "client", "headers", "status"),
    [
        ("local", False, NEAR, {}, 200),
        ("local", False, ("10.1.2.3", 1), {}, 200),
        ("local", False, ("8.8.8.8", 1), {}, 404),
        ("local", False, NEAR, {"X-Forwarded-For": "8.8.8.8"}, 404),
        ("local", True, NEAR, {}, 404),
        ("all", True, ("8.8.8.8", 1), {}, 200),
        ("off", False, NEAR, {}, 404),
    ],
)
def test_figures_are_for_those_near(
    demo_settings: Settings, told: str, public: bool, client: tuple[str, int], headers: dict[str, str], status: int
) -> None:
    app = create_app(demo_settings.model_copy(update={"metrics": told}), public=public)
    with TestClient(app, client=client) as opened:
        assert opened.get("/metrics", headers=headers).status_code == status
