"""Answers compressed as the visitor takes them: brotli or gzip, in one place for all that the service sends.

An answer that carries its own `Content-Encoding` (tiles, files made in advance) passes as it is, and so do small ones and kinds that
are compressed inside. Every answer that may come in several encodings says so in `Vary`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

import cramjam
from anyio import to_thread
from starlette.datastructures import Headers, MutableHeaders

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

#: Bytes below which compressing costs more than it saves: they fit one packet anyway.
SMALLEST = 1024
#: Bytes from which compressing is left to a thread, where it holds up no other answer.
_IN_THREAD = 128 * 1024
#: What is offered, the better first: name -> compressor. The levels cost about the same time.
_OFFERED: dict[str, Callable[[], Any]] = {
    "br": lambda: cramjam.brotli.Compressor(level=4),
    "gzip": lambda: cramjam.gzip.Compressor(level=6),
}
#: Beginnings of kinds that are compressed inside.
_DENSE = (
    "image/png", "image/jpeg", "image/webp", "font/woff", "application/pdf", "application/zip", "application/gzip",
    "application/vnd.openxmlformats", "application/vnd.pmtiles",
)  # fmt: skip


def accepted(header: str, offered: Iterable[str]) -> str | None:
    """The first of the offered encodings that an Accept-Encoding header wants most (RFC 9110, 12.5.3); None = as it is.

    `;q=0` refuses one; what cannot be read as a weight refuses it too.
    """
    weights: dict[str, float] = {}
    for part in header.split(","):
        name, *parameters = (one.strip().lower() for one in part.split(";"))
        weights[name] = 1.0
        for parameter in parameters:
            key, _, value = parameter.partition("=")
            if key.strip() == "q":
                weights[name] = _weight(value.strip())
    best, most = None, 0.0
    for name in offered:
        weight = weights.get(name, weights.get("*", 0.0))
        if weight > most:
            best, most = name, weight
    return best


def _weight(text: str) -> float:
    try:
        weight = float(text)
    except ValueError:
        return 0.0
    return weight if 0 <= weight <= 1 else 0.0


class Compressed:
    """Compresses the bodies of the answers of `app`."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        encoding = accepted(Headers(scope=scope).get("accept-encoding", ""), _OFFERED)
        await self.app(scope, receive, _Answer(send, encoding))


class _Answer:
    """One answer on its way: the headers wait for the first part of the body, which decides."""

    def __init__(self, send: Send, encoding: str | None) -> None:
        self.send, self.encoding = send, encoding
        self.start: Message | None = None
        self.compressor: Any = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.start = message
            return
        if message["type"] != "http.response.body":
            await self.send(message)
            return
        if self.start is not None:
            start, self.start = self.start, None
            message = await self._first(start, message)
            await self.send(start)
        elif self.compressor is not None:
            message = await self._packed(message)
        await self.send(message)

    async def _first(self, start: Message, message: Message) -> Message:
        headers = MutableHeaders(scope=start)
        if not _varies(headers):
            return message
        if "accept-encoding" not in headers.get("vary", "").lower():
            headers.add_vary_header("Accept-Encoding")
        if start["status"] in (204, 304):
            return message
        more = message.get("more_body", False)
        if self.encoding is None or (not more and len(message.get("body", b"")) < SMALLEST):
            return message
        self.compressor = _OFFERED[self.encoding]()
        packed = await self._packed(message)
        headers["Content-Encoding"] = self.encoding
        if more:
            del headers["Content-Length"]
        else:
            headers["Content-Length"] = str(len(packed["body"]))
        if headers.get("etag", "").startswith('"'):
            # The bytes are others, what they say is the same.
            headers["ETag"] = f"W/{headers['etag']}"
        return packed

    async def _packed(self, message: Message) -> Message:
        body, more = message.get("body", b""), message.get("more_body", False)
        packed = await to_thread.run_sync(self._pack, body, more) if len(body) >= _IN_THREAD else self._pack(body, more)
        return {**message, "body": packed}

    def _pack(self, body: bytes, more: bool) -> bytes:
        self.compressor.compress(body)
        return bytes(self.compressor.flush() if more else self.compressor.finish())


def _varies(headers: Headers) -> bool:
    """May this answer be compressed for one visitor and not for the next?"""
    if "content-encoding" in headers or "content-range" in headers:
        return False
    return not headers.get("content-type", "").startswith(_DENSE)
