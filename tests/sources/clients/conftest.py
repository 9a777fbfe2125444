"""A protocol server, sessions on it that wait in no real time, and small layers in the field names of real ones."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import geopandas as gpd
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from client_samples import Clock, parcel_frame
from protocol_server import ProtocolServer

from geodata.sources.clients import Session


@pytest.fixture
def server() -> Iterator[ProtocolServer]:
    """An empty server; layers are added by the test."""
    with ProtocolServer() as running:
        yield running


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def open_session(server: ProtocolServer, tmp_path: Path, clock: Clock) -> Iterator[Callable[..., Session]]:
    """Make a session on the server: `open_session(attempts=3)`; its cache is the same for all of one test."""
    opened: list[Session] = []

    def make(**given: object) -> Session:
        words: dict[str, object] = {
            "cache": tmp_path / "cache",
            "base": server.base,
            "timeout": 5.0,
            "attempts": 3,
            "sleep": clock.sleep,
            "clock": clock,
            "jitter": lambda: 1.0,
        }
        opened.append(Session(**(words | given)))  # type: ignore[arg-type]
        return opened[-1]

    yield make
    for one in opened:
        one.close()


@pytest.fixture
def session(open_session: Callable[..., Session]) -> Session:
    return open_session()


@pytest.fixture
def parcels() -> gpd.GeoDataFrame:
    """37 parcels in a row, EPSG:31370, in the fields of GRB; the 20th has a hole."""
    return parcel_frame(37)
