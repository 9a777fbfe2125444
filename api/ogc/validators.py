"""Validators of the answers at `/ogc`: an ETag by what an answer holds, and 304 where the reader has it.

The same for our collections and for those of tipg. The time of the answer, which the standard puts into each page of features,
does not count. It spares the way, not the work: what is asked for is made each time.
"""

from __future__ import annotations

import re
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.lists.state import body_etag, matches

_TIME = re.compile(rb'"timeStamp":\s*"[^"]*"')


class Validated:
    """Stands around the service and minds what lies under `/ogc`."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] == "http" and scope["method"] == "GET" and _under_ogc(scope):
            send = _Held(send, Headers(scope=scope).get("if-none-match", ""))
        await self.app(scope, receive, send)


def _under_ogc(scope: Scope) -> bool:
    path = str(scope["path"]).removeprefix(str(scope.get("root_path", "")))
    return path == "/ogc" or path.startswith("/ogc/")


class _Held:
    """Holds an answer of 200 until it is whole."""

    def __init__(self, send: Send, known: str) -> None:
        self.send, self.known = send, known
        self.start: Message | None = None
        self.body = bytearray()

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] == 200:
            self.start = message
            return
        if self.start is None or message["type"] != "http.response.body":
            await self.send(message)
            return
        self.body += message.get("body", b"")
        if not message.get("more_body", False):
            await self._whole(self.start, bytes(self.body))

    async def _whole(self, start: Message, body: bytes) -> None:
        headers = MutableHeaders(scope=start)
        etag = body_etag(_TIME.sub(b"", body))
        headers["ETag"] = etag
        told: dict[str, Any] = {"type": "http.response.body", "body": body}
        if self.known and matches(self.known, etag):
            start["status"], told["body"] = 304, b""
            for name in ("content-length", "content-type"):
                del headers[name]
        await self.send(start)
        await self.send(told)
