"""A served demo with one published result, as QGIS and GDAL meet it."""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import pytest
import uvicorn
from gdal_worker import call

from api.app import create_app
from geodata.database.engine import connect
from geodata.settings import Settings


@pytest.fixture(scope="module")
def published_run(demo_settings: Settings) -> Iterator[str]:
    """One result is published, the others are drafts."""
    with connect(demo_settings) as connection:
        rows = connection.execute(
            "UPDATE run SET published = true WHERE territory = '{99001}' AND site_type = 'residential' RETURNING id"
        ).fetchall()
        connection.commit()
        assert rows
        yield rows[0][0]
        connection.execute("UPDATE run SET published = false WHERE id = ANY(%s)", [[one for (one,) in rows]])
        connection.commit()


@pytest.fixture(scope="module", params=[False, True], ids=["full view", "public view"])
def address(request: pytest.FixtureRequest, demo_settings: Settings, published_run: str) -> Iterator[str]:
    """Address of a running service."""
    config = uvicorn.Config(create_app(demo_settings, public=request.param), port=0, log_level="warning")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + 60
    while not server.started and time.monotonic() < until:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(timeout=30)


@pytest.fixture(scope="session")
def gdal() -> Iterator[Callable[..., Any]]:
    """Functions of pyogrio in a process that has all drivers of GDAL."""
    kept = {name: os.environ.pop(name) for name in ("GDAL_SKIP", "OGR_SKIP") if name in os.environ}
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as other:
        yield lambda name, address, **options: other.submit(call, name, address, options).result(timeout=120)
    os.environ |= kept
