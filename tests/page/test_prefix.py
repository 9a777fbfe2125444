"""The pages under a path of a proxy, which cuts it off or leaves it: every part is asked for below the prefix."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest
from pages import map_ready, served, visit

from geodata.settings import Settings

pytestmark = pytest.mark.browser
PREFIX = "/plan/standplaats"


@contextmanager
def proxy(service: str, cut: bool) -> Iterator[tuple[str, list[str]]]:
    """A small reverse proxy: its address, and what it was asked outside the prefix."""
    astray: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            if self.path != PREFIX and not self.path.startswith(f"{PREFIX}/"):
                astray.append(self.path)
                self.send_error(404)
                return
            ahead = http.client.HTTPConnection(urlsplit(service).netloc)
            headers = {name: value for name, value in self.headers.items() if name.lower() != "connection"}
            headers |= {"X-Forwarded-Proto": "http", "X-Forwarded-Host": self.headers["Host"]}
            ahead.request("GET", (self.path.removeprefix(PREFIX) or "/") if cut else self.path, headers=headers)
            answer = ahead.getresponse()
            body = answer.read()
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in ("transfer-encoding", "connection", "content-length"):
                    self.send_header(name, value)
            if answer.status != 304:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing: the test looks at `astray`."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", astray
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("cut", [True, False], ids=["cut off", "left"])
def test_the_pages_work_below_a_prefix(demo_settings: Settings, cut: bool) -> None:
    settings = demo_settings.model_copy(update={"root_path": PREFIX, "trusted_proxies": "127.0.0.1"})
    with served(settings) as service, proxy(service, cut) as (address, astray):
        with visit(f"{address}{PREFIX}/#lang=en&m=99001") as (page, asked):
            page.wait_for_selector("#candidates tbody tr", timeout=30_000)
            map_ready(page)
            page.click("#candidates tbody tr")
            page.wait_for_selector("aside h2", timeout=30_000)
            tiles = [one for one in asked if "/tiles/" in one]
            assert tiles and all(one.startswith(f"{address}{PREFIX}/tiles/") for one in tiles)
            page.click('a[href="rules.html"], a[href^="rules.html"]')
            page.wait_for_url(f"{address}{PREFIX}/rules.html*", timeout=30_000)
            page.wait_for_selector("article, h2", timeout=30_000)
        for name in ("belgium", "sources", "files"):
            with visit(f"{address}{PREFIX}/{name}.html#lang=en") as (page, _):
                page.wait_for_load_state("networkidle")
                assert len(page.inner_text("body")) > 200
        assert astray == []
