"""The frame around every request: which proxy is believed, a number for each request, figures, one line of log, headers.

What a proxy says of a request (scheme, host, user, number) counts only when it comes from a trusted address. The log holds
no address, no query and no browser: what planners search is theirs.
"""

from __future__ import annotations

import ipaddress
import re
import time
import uuid
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import RedirectResponse
from starlette.staticfiles import StaticFiles

from api import figures
from geodata.settings import Settings

log = structlog.get_logger()

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


def content_security_policy(origins: Sequence[str] = ()) -> str:
    """What the pages may load: nothing from elsewhere but pictures of the base maps that the operator offers.

    The map draws through a worker of our own and inline image data.

    Parameters
    ----------
    origins : scheme, host and port of each base map.
    """
    more = "".join(f" {one}" for one in dict.fromkeys(origins))
    return (
        f"default-src 'self'; img-src 'self' data: blob:{more}; worker-src 'self' blob:; style-src 'self'; "
        f"connect-src 'self'{more}; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
    )


_NUMBER = re.compile(r"^[A-Za-z0-9._-]{8,64}$")
_HOST = re.compile(r"^[A-Za-z0-9.-]+(:\d{1,5})?$|^\[[0-9A-Fa-f:]+\](:\d{1,5})?$")
#: What tells that a request came through a proxy.
FORWARDED = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip")


class Frame:
    """The outermost layer. Leaves in `scope["state"]`: `request_id`, `user_known`, `forwarded`.

    Parameters
    ----------
    app : the rest of the service.
    settings : trusted proxies, prefix, header of the login.
    """

    def __init__(self, app: App, settings: Settings) -> None:
        self.app, self.settings = app, settings
        self.prefix = settings.root_path
        self.trusted = settings.proxy_networks
        self.policy = content_security_policy([one.origin for one in settings.offered_base_maps])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        asked = scope["method"]
        if asked == "HEAD":
            # Whatever can be got can be asked for without its body (RFC 9110, 9.3.2).
            scope = {**scope, "method": "GET"}
        self._believe(scope)
        if self.prefix and scope["path"] == self.prefix:
            # The pages ask for their parts beside them, which needs the slash.
            await RedirectResponse(f"{self.prefix}/", status_code=308)(scope, receive, send)
            return
        started, status = time.perf_counter(), 500

        async def sending(message: MutableMapping[str, Any]) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                self._headers(scope, MutableHeaders(scope=message))
            elif asked == "HEAD" and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        with figures.in_progress():
            try:
                await self.app(scope, receive, sending)
            finally:
                seconds = time.perf_counter() - started
                route = route_of(scope)
                figures.count(route, asked, status, seconds)
                log.info(
                    "request",
                    request_id=scope["state"]["request_id"],
                    method=asked,
                    route=route,
                    status=status,
                    ms=round(seconds * 1000, 1),
                )

    def _believe(self, scope: Scope) -> None:
        """Put what is believed of the request into its scope."""
        headers = Headers(scope=scope)
        trusted = self._from_proxy(scope)
        given = headers.get("x-request-id", "")
        state = scope.setdefault("state", {})
        state["request_id"] = given if trusted and _NUMBER.match(given) else uuid.uuid4().hex
        state["forwarded"] = any(name in headers for name in FORWARDED)
        login = self.settings.login_header
        state["user_known"] = bool(login and trusted and headers.get(login, "").strip())
        if trusted:
            if headers.get("x-forwarded-proto", "") in ("http", "https"):
                scope["scheme"] = headers["x-forwarded-proto"]
            host = headers.get("x-forwarded-host", "")
            if _HOST.match(host):
                others = [pair for pair in scope["headers"] if pair[0] != b"host"]
                scope["headers"] = [*others, (b"host", host.encode("ascii"))]
        if self.prefix:
            # Proxies that cut the prefix off are as good as those that do not.
            scope["root_path"] = self.prefix
            if scope["path"] != self.prefix and not scope["path"].startswith(self.prefix + "/"):
                scope["path"] = self.prefix + scope["path"]
                scope["raw_path"] = self.prefix.encode() + scope.get("raw_path", scope["path"].encode())

    def _from_proxy(self, scope: Scope) -> bool:
        peer = address_of(scope)
        return peer is not None and any(peer in network for network in self.trusted)

    def _headers(self, scope: Scope, headers: MutableHeaders) -> None:
        headers["X-Request-ID"] = scope["state"]["request_id"]
        headers.setdefault("Content-Security-Policy", self.policy)
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("Referrer-Policy", "same-origin")
        if scope.get("scheme") == "https":
            headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        if scope["path"].startswith(f"{self.prefix}/assets/"):
            # Built files carry a checksum in their name.
            headers["Cache-Control"] = "public, max-age=31536000, immutable"
        elif self.settings.login_header:
            # The same address answers a planner and a visitor differently: no cache between may mix them up.
            told = headers.get("Cache-Control", "no-cache").replace("public", "private")
            headers["Cache-Control"] = told if "private" in told or "no-store" in told else f"private, {told}"
        else:
            headers.setdefault("Cache-Control", "no-cache")


def address_of(scope: Scope) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Address at the other end of the connection; None where it is none."""
    try:
        return ipaddress.ip_address(scope["client"][0])
    except (KeyError, TypeError, ValueError):
        return None


def route_of(scope: Scope) -> str:
    """Template of the address that answered, which holds nothing of what was asked."""
    path = getattr(scope.get("route"), "path", None)
    if path:
        return str(path)
    return "page" if isinstance(scope.get("endpoint"), StaticFiles) else "none"
