"""The server itself: finds the layer a request is for, lays faults over its answer, keeps a list of what was asked."""

from __future__ import annotations

import hashlib
import ssl
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from protocol_server.layers import Answer, Layer

#: Faults of the content: the layer itself shows them.
_CONTENT = {"empty", "short", "doubled", "spw", "loop", "doctype"}
#: Faults of the line and the host.
_LINE = {"http500", "http404", "hang", "cut", "wrong_length", "unclosed", "html", "slow", "throttle"}
_PAGE = b"<!DOCTYPE html>\n<html><head><title>Maintenance &amp; onderhoud</title></head><body>Back soon.</body></html>"


@dataclass(frozen=True)
class Asked:
    """One request: HOST/PATH, parameters with names in lower case, headers with names in lower case, status."""

    path: str
    params: dict[str, str]
    headers: dict[str, str]
    status: int


class ProtocolServer:
    """Serves layers on 127.0.0.1; see the package for how to use it."""

    def __init__(self, layers: Iterable[Layer] = (), tls: tuple[Path, Path] | None = None) -> None:
        """Layers to begin with; `tls` = files of a certificate and its key, to be reached through https."""
        self.layers = list(layers)
        self._tls = tls
        self._base = ""
        self.asked: list[Asked] = []
        self.retry_after = "1"
        self._faults: dict[str, dict[str, int | None]] = {}
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._server: ThreadingHTTPServer | None = None

    def start(self) -> ProtocolServer:
        """Begin to answer, on a free port."""
        self._over.clear()
        server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_for(self))
        server.daemon_threads = True
        scheme = "http"
        if self._tls is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*self._tls)
            server.socket = context.wrap_socket(server.socket, server_side=True)
            scheme = "https"
        self._server = server
        self._base = f"{scheme}://127.0.0.1:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def stop(self) -> None:
        """Answer no more; what hangs is let go."""
        self._over.set()
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def __enter__(self) -> ProtocolServer:
        return self.start() if self._server is None else self

    def __exit__(self, *error: object) -> None:
        self.stop()

    @property
    def base(self) -> str:
        """What a session takes as `base`, and the setting STANDPLAATS_SOURCES_BASE_URL."""
        if not self._base:
            raise RuntimeError("the server is not started")
        return self._base

    def add(self, *layers: Layer) -> None:
        """Serve further layers."""
        self.layers.extend(layers)

    def fault(self, where: str, what: str, times: int | None = None) -> None:
        """Let an endpoint (or all below it), or a layer by its name, fail; `times` = only so often."""
        if what not in _CONTENT | _LINE:
            raise ValueError(f"{what} is no fault; faults: {', '.join(sorted(_CONTENT | _LINE))}")
        self._faults.setdefault(_bare(where), {})[what] = times

    def heal(self, where: str | None = None) -> None:
        """Take the faults of a place away, or all."""
        if where is None:
            self._faults.clear()
        else:
            self._faults.pop(_bare(where), None)

    def faults_of(self, path: str, layer: Layer | None) -> set[str]:
        """The faults that hold for one request; those with a number are used up by it."""
        found = set()
        with self._lock:
            for where, faults in self._faults.items():
                if not (path.startswith(where) or (layer is not None and where in (layer.name, layer.address))):
                    continue
                for what, left in list(faults.items()):
                    if left == 0:
                        continue
                    if left is not None:
                        faults[what] = left - 1
                    found.add(what)
        return found

    def note(self, asked: Asked) -> None:
        """Remember a request."""
        with self._lock:
            self.asked.append(asked)

    def wait(self, seconds: float) -> None:
        """Let time pass, unless the server stops."""
        self._over.wait(seconds)


def _bare(where: str) -> str:
    return where.partition("://")[2].partition("?")[0].rstrip("/") if "://" in where else where


def _handler_for(server: ProtocolServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

        def do_GET(self) -> None:
            try:
                self._serve()
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        def _serve(self) -> None:
            parts = urlsplit(self.path)
            # As a proxy it is asked with the whole address.
            path = unquote(f"{parts.netloc}{parts.path}").strip("/")
            params: dict[str, str] = {}
            for name, value in parse_qsl(parts.query, keep_blank_values=True):
                key = name.lower()
                params[key] = f"{params[key]} {value}" if key in params else value
            layer = next((one for one in server.layers if one.fits(path, params)), None)
            faults = server.faults_of(path, layer)
            answer = self._answer(layer, path, params, faults)
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = dict(headers)
            if faults & {"cut", "wrong_length"}:
                # What breaks is a body, so one is sent also to a client that has it already.
                asked.pop("if-none-match", None)
            answer = _conditional(answer, asked)
            server.note(Asked(path, params, headers, answer.status))
            self._send(answer, faults)

        def _answer(self, layer: Layer | None, path: str, params: Mapping[str, str], faults: set[str]) -> Answer:
            if "hang" in faults:
                server.wait(60)
            if "http500" in faults:
                return Answer(b"<html><body>Internal Server Error</body></html>", "text/html", 500)
            if "throttle" in faults:
                return Answer(b"slow down", "text/plain", 429, {"Retry-After": server.retry_after})
            if "html" in faults:
                return Answer(_PAGE, "text/html")
            if layer is None or "http404" in faults:
                return Answer(b"not here", "text/plain", 404)
            try:
                answer = layer.answer(path, params, faults & _CONTENT, server.base)
            except (ValueError, KeyError) as error:
                return Answer(f"{type(error).__name__}: {error}".encode(), "text/plain", 400)
            if "unclosed" in faults:
                answer.body = answer.body[: len(answer.body) // 2]
            return answer

        def _send(self, answer: Answer, faults: set[str]) -> None:
            body = answer.body
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.media_type)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            broken = bool(faults & {"cut", "wrong_length"})
            self.send_header("Content-Length", str(len(body) + (1000 if "wrong_length" in faults else 0)))
            if broken:
                self.send_header("Connection", "close")
            self.end_headers()
            if answer.status == 304:
                return
            if "slow" in faults:
                for at in range(0, len(body), max(1, len(body) // 8)):
                    self.wfile.write(body[at : at + max(1, len(body) // 8)])
                    self.wfile.flush()
                    time.sleep(0.01)
            else:
                self.wfile.write(body[: len(body) // 2] if "cut" in faults else body)
            self.wfile.flush()
            self.close_connection = broken

    return Handler


def _conditional(answer: Answer, headers: Mapping[str, str]) -> Answer:
    """304 for what the client has already, 206 for the rest of what it has begun."""
    if answer.status != 200:
        return answer
    etag = answer.headers.setdefault("ETag", f'"{hashlib.sha256(answer.body).hexdigest()[:16]}"')
    if "Accept-Ranges" in answer.headers and "Last-Modified" not in answer.headers:
        # A file without validators has neither.
        del answer.headers["ETag"]
        etag = ""
    if etag and headers.get("if-none-match") == etag:
        return Answer(b"", answer.media_type, 304, answer.headers)
    wanted = headers.get("range", "")
    same = headers.get("if-range") in (None, etag, answer.headers.get("Last-Modified"))
    if "Accept-Ranges" in answer.headers and wanted.startswith("bytes=") and same:
        start = int(wanted[6:].partition("-")[0])
        size = len(answer.body)
        if start >= size:
            return Answer(b"", answer.media_type, 416, {"Content-Range": f"bytes */{size}"})
        found = {**answer.headers, "Content-Range": f"bytes {start}-{size - 1}/{size}"}
        return Answer(answer.body[start:], answer.media_type, 206, found)
    return answer
