"""`standplaats serve`: the service on loopback; another address only with the anonymous view or a proxy's login."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable
from contextlib import closing
from typing import Annotated

import typer

from api.commands.common import Demo, err, settings_for
from api.workers import serve_here, serve_with_workers
from geodata.database.engine import conninfo
from geodata.errors import StandplaatsError, UsageError
from geodata.settings import Settings


def serve(
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port; 0 picks a free one.")] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    public: Annotated[
        bool, typer.Option("--public", help="Anonymous view only; allows an address other than loopback.")
    ] = False,
    workers: Annotated[int | None, typer.Option(min=1, max=64, help="Processes that answer requests.")] = None,
    root_path: Annotated[str | None, typer.Option(help="Path under which a proxy shows the service.")] = None,
    trusted_proxy: Annotated[
        list[str] | None, typer.Option(help="Address or network of a proxy whose forwarded headers are believed.")
    ] = None,
    demo: Demo = False,
) -> None:
    """Serve the page and the API until stopped."""
    trusted = ",".join(trusted_proxy) if trusted_proxy else None
    settings = settings_for(demo, port=port, host=host, workers=workers, root_path=root_path, trusted_proxies=trusted)
    conninfo(settings)
    run_server(settings, public=public, ready=lambda url: err.print(f"Standplaats is ready: {url}", markup=False))


def check_address(host: str, public: bool) -> None:
    """Refuse an address that others can reach, unless only the anonymous view is given.

    Raises
    ------
    UsageError
        For such an address without `--public`.
    """
    try:
        loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback and not public:
        raise UsageError(
            f"{host} can be reached by others, and there are no accounts yet.",
            "Listen on 127.0.0.1, add --public to give everyone the anonymous view only, or set up a proxy with a login.",
        )


def run_server(settings: Settings, *, public: bool, ready: Callable[[str], None]) -> None:
    """Listen and serve until a signal; calls `ready` with the address once requests are answered.

    Raises
    ------
    StandplaatsError
        When the port is taken.
    """
    behind_login = bool(settings.login_header and settings.proxy_networks)
    if settings.login_header and not behind_login:
        raise UsageError(
            "A header for the login is set, and no proxy is trusted with it.",
            "Name the proxy: --trusted-proxy ADDRESS, or STANDPLAATS_TRUSTED_PROXIES.",
        )
    check_address(settings.host, public or behind_login)
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with closing(socket.socket(family, socket.SOCK_STREAM)) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Connections inherit it. Without it the body of an answer waits 40 ms for the browser to confirm the headers.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            listener.bind((settings.host, settings.port))
        except OSError as error:
            raise StandplaatsError(
                f"Port {settings.port} on {settings.host} cannot be used: {error.strerror}.",
                "Choose another: --port 0 picks a free one.",
            ) from None
        port = listener.getsockname()[1]
        shown = f"[{settings.host}]" if family == socket.AF_INET6 else settings.host
        run = serve_here if settings.workers == 1 else serve_with_workers
        run(
            settings,
            public=public,
            listener=listener,
            ready=lambda: ready(f"http://{shown}:{port}{settings.root_path}/"),
        )
