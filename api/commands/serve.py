"""`standplaats serve`: the service on loopback; another address only with the anonymous view."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable
from contextlib import closing
from typing import Annotated

import typer
import uvicorn

from api.app import create_app
from api.commands.common import Demo, err, settings_for
from geodata.database.engine import conninfo
from geodata.errors import StandplaatsError, UsageError
from geodata.settings import Settings


def serve(
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port; 0 picks a free one.")] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    public: Annotated[
        bool, typer.Option("--public", help="Anonymous view only; allows an address other than loopback.")
    ] = False,
    demo: Demo = False,
) -> None:
    """Serve the page and the API until stopped."""
    settings = settings_for(demo, port=port, host=host)
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
            "Listen on 127.0.0.1, or add --public to give everyone the anonymous view only.",
        )


def run_server(settings: Settings, *, public: bool, ready: Callable[[str], None]) -> None:
    """Listen and serve until a signal; calls `ready` with the address once requests are answered.

    Raises
    ------
    StandplaatsError
        When the port is taken.
    """
    check_address(settings.host, public)
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with closing(socket.socket(family, socket.SOCK_STREAM)) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((settings.host, settings.port))
        except OSError as error:
            raise StandplaatsError(
                f"Port {settings.port} on {settings.host} cannot be used: {error.strerror}.",
                "Choose another: --port 0 picks a free one.",
            ) from None
        port = listener.getsockname()[1]
        shown = f"[{settings.host}]" if family == socket.AF_INET6 else settings.host
        server = _Server(
            uvicorn.Config(create_app(settings, public=public), log_level="warning", access_log=False),
            ready=lambda: ready(f"http://{shown}:{port}/"),
        )
        server.run(sockets=[listener])


class _Server(uvicorn.Server):
    """uvicorn that says when it is ready."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()
