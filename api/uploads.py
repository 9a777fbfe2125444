"""How much a request may send: no more is read than is allowed, whoever reads it and whatever length was announced."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from fastapi import HTTPException

from sites.candidates.drawn_shapes import LARGEST_TEXT

#: Bytes of a body.
LARGEST_BODY = LARGEST_TEXT

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
App = Callable[[MutableMapping[str, Any], Receive, Callable[[Message], Awaitable[None]]], Awaitable[None]]


class TooLargeError(HTTPException):
    """More was sent than is read: 413. Of the web framework's kind, as that is what it lets through while reading."""

    def __init__(self) -> None:
        super().__init__(413)


class BodyLimit:
    """Stops a request's body at `LARGEST_BODY` while it comes in; `TooLargeError` reaches the handlers of problems."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(
        self, scope: MutableMapping[str, Any], receive: Receive, send: Callable[[Message], Awaitable[None]]
    ) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        read = 0
        announced = dict(scope["headers"]).get(b"content-length", b"")
        too_large = announced.isdigit() and int(announced[:20]) > LARGEST_BODY

        async def receiving() -> Message:
            nonlocal read
            if too_large:
                raise TooLargeError
            message = await receive()
            read += len(message.get("body", b""))
            if read > LARGEST_BODY:
                raise TooLargeError
            return message

        await self.app(scope, receiving, send)
