"""Between the handlers and the network: HEAD, compression, pages of other origins."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator

import cramjam
import pytest
from fastapi.testclient import TestClient
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from api.app import create_app
from api.compression import SMALLEST, Compressed, accepted
from geodata.settings import Settings

MINE, THEIRS = "https://maps.example.org", "https://evil.example.org"


@pytest.fixture(scope="module")
def client(demo_settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(demo_settings)) as opened:
        yield opened


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/healthz",
        "/api/v1/openapi.json",
        "/api/v1/candidates?municipality=99001",
        "/api/v1/exports?municipality=99001&format=csv",
        "/api/v1/candidates?municipality=990",
        "/tiles/municipalities/8/130/85.mvt",
        "/ogc/collections/sites/items?limit=3",
        "/ogc/collections/parcels/items?limit=3",
        "/no/such/address",
    ],
)
def test_what_can_be_got_can_be_asked_without_its_body(client: TestClient, path: str) -> None:
    for encoding in ("identity", "gzip"):
        got = client.get(path, headers={"Accept-Encoding": encoding})
        told = client.head(path, headers={"Accept-Encoding": encoding})
        assert told.status_code == got.status_code and told.content == b""
        for name in ("content-type", "etag", "content-encoding", "vary", "x-left-out"):
            assert told.headers.get(name) == got.headers.get(name), name


def test_where_nothing_can_be_got_head_is_refused_and_get_named_only_where_it_is(client: TestClient) -> None:
    answer = client.head("/api/v1/areas")
    assert answer.status_code == 405 and answer.headers["allow"] == "POST" and answer.content == b""


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        ("", None),
        ("identity", None),
        ("gzip", "gzip"),
        ("gzip, br", "br"),
        ("br;q=0.5, gzip", "gzip"),
        ("gzip;q=0", None),
        ("gzip;q=0, *", "br"),
        ("*;q=0", None),
        ("br;q=0.000, gzip;Q=0.1", "gzip"),
        ("gzip;q=high", None),
        ("gzip;q=nan", None),
        ("xgzip, brotli", None),
    ],
)
def test_the_encoding_that_is_wanted_most(header: str, wanted: str | None) -> None:
    assert accepted(header, ("br", "gzip")) == wanted


PLAIN = json.dumps([{"parcel": number} for number in range(20_000)]).encode()


def answers(request: Request) -> Response:
    """PLAIN as a whole, in parts, compressed by itself, dense, or cut off below the limit."""
    kind = request.path_params["kind"]
    if kind == "parts":
        parts = (PLAIN[at : at + 1000] for at in range(0, len(PLAIN), 1000))
        headers = {"Content-Length": str(len(PLAIN))}
        return StreamingResponse(parts, media_type="application/json", headers=headers)
    if kind == "own":
        return Response(gzip.compress(PLAIN), media_type="application/json", headers={"Content-Encoding": "gzip"})
    if kind == "dense":
        return Response(PLAIN, media_type="application/pdf")
    body = PLAIN[: SMALLEST - 1] if kind == "small" else PLAIN
    return Response(body, media_type="application/json", headers={"ETag": '"1"', "Vary": "Accept"})


@pytest.mark.parametrize("kind", ["whole", "parts", "own", "dense", "small"])
@pytest.mark.parametrize("encoding", ["br", "gzip", "identity"])
def test_the_same_bytes_arrive_whatever_the_encoding(kind: str, encoding: str) -> None:
    app = Compressed(Starlette(routes=[Route("/{kind}", answers)]))
    with TestClient(app).stream("GET", f"/{kind}", headers={"Accept-Encoding": encoding}) as answer:
        raw = b"".join(answer.iter_raw())
    used = answer.headers.get("content-encoding")
    unpacked = {"br": cramjam.brotli.decompress, "gzip": gzip.decompress, None: bytes}[used]
    assert bytes(unpacked(raw)) == (PLAIN[: SMALLEST - 1] if kind == "small" else PLAIN)
    packed = encoding if kind in ("whole", "parts") and encoding != "identity" else None
    assert used == ("gzip" if kind == "own" else packed)
    if packed:
        assert len(raw) < len(PLAIN) / 3
    if "content-length" in answer.headers:
        assert int(answer.headers["content-length"]) == len(raw)
    told = answer.headers.get("vary", "")
    assert ("Accept-Encoding" in told) == (kind not in ("own", "dense"))
    if kind == "whole":
        assert told.startswith("Accept") and answer.headers["etag"] == ('W/"1"' if packed else '"1"')


def test_tiles_are_compressed_once(client: TestClient) -> None:
    path = client.get("/tiles/candidates/7/65/42.mvt?municipality=99001", follow_redirects=False).headers["location"]
    for encoding in ("gzip", "br, gzip", "gzip;q=0"):
        with client.stream("GET", path, headers={"Accept-Encoding": encoding}) as answer:
            raw = b"".join(answer.iter_raw())
        assert answer.status_code == 200 and answer.headers["vary"] == "Accept-Encoding"
        assert (raw[:2] == b"\x1f\x8b") == (answer.headers.get("content-encoding") == "gzip")
        assert encoding != "gzip;q=0" or answer.headers.get("content-encoding") is None


def test_pages_of_other_origins_are_kept_out(client: TestClient) -> None:
    answer = client.get("/api/v1/meta", headers={"Origin": THEIRS})
    assert not [name for name in answer.headers if name.startswith("access-control")]
    asked = client.options("/api/v1/candidates", headers={"Origin": THEIRS, "Access-Control-Request-Method": "POST"})
    assert asked.status_code == 405 and not [name for name in asked.headers if name.startswith("access-control")]


def test_pages_of_allowed_origins_are_let_in_without_what_a_login_opens(demo_settings: Settings) -> None:
    with TestClient(
        create_app(demo_settings.model_copy(update={"cors_origins": f"{MINE}, http://localhost:5173"}))
    ) as to:
        for path in ("/api/v1/meta", "/api/v1/nowhere", "/ogc/collections", "/tiles/sites/8/130/85.mvt"):
            answer = to.get(path, headers={"Origin": MINE})
            assert answer.headers["access-control-allow-origin"] == MINE, path
            assert "access-control-allow-credentials" not in answer.headers
            assert (
                "Origin" in answer.headers["vary"] and "X-Request-ID" in answer.headers["access-control-expose-headers"]
            )
            assert "access-control-allow-origin" not in to.get(path, headers={"Origin": THEIRS}).headers
        asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
        allowed = to.options("/api/v1/candidates", headers={"Origin": MINE, **asked})
        assert allowed.status_code == 200 and "POST" in allowed.headers["access-control-allow-methods"]
        refused = to.options("/api/v1/candidates", headers={"Origin": THEIRS, **asked})
        assert refused.status_code == 400 and "access-control-allow-origin" not in refused.headers


@pytest.mark.parametrize(
    "text", ["maps.example.org", "https://maps.example.org/path", "null", "file://", "https://*.org"]
)
def test_what_is_no_origin_is_no_setting(text: str) -> None:
    with pytest.raises(ValidationError, match="no origin"):
        Settings(cors_origins=text)
