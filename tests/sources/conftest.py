"""Fixtures of fetching: a stand-in for the clients, and a run with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from made_up import MadeUp
from stand_in import NIS, ONLY, StandIn

from geodata.database.engine import connect
from geodata.settings import Settings
from geodata.sources.fetch import fetch_and_load
from geodata.sources.records import Records
from geodata.sources.runs import Result, Run


@pytest.fixture
def made_up(demo_connection: psycopg.Connection[Any]) -> MadeUp:
    return MadeUp(demo_connection)


@pytest.fixture
def stand_in(tmp_path: Path, made_up: MadeUp) -> StandIn:
    return StandIn(tmp_path, lambda source: made_up.frame(source, "flanders"))


@pytest.fixture
def run(settings: Settings, tmp_path: Path, stand_in: StandIn) -> Iterator[Callable[..., dict[str, Result]]]:
    """Fetch and load `ONLY`; gives the results by source."""
    with connect(settings) as connection:

        def call(codes: list[str] | None = None, **options: Any) -> dict[str, Result]:
            chosen: dict[str, Any] = {"only": ONLY, "bring": stand_in, **options}
            given = Run(connection, Records(tmp_path), margin=1000.0, **chosen)
            return {one.source: one for one in fetch_and_load(given, codes or [NIS])}

        yield call
