"""Fixtures of the inventory tests: an empty real database, the command line as a user calls it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from geodata.settings import Settings

Run = Callable[..., str]


@pytest.fixture
def empty(database: psycopg.Connection[Any]) -> psycopg.Connection[Any]:
    """A connection to the real database without any import."""
    database.execute("TRUNCATE inventory_record, inventory_private_total, inventory_import")
    database.commit()
    return database


@pytest.fixture
def run(settings: Settings, program: Run) -> Run:
    """Call the program where the real database is empty."""
    return program
