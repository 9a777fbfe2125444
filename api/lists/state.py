"""Which state of the data and of the program an answer is of: what its ETag and its date are made from.

Every row of `dataset`, `run`, `batch` and `inventory_import` counts with the number of the transaction that last touched it,
so that a version taken back, coverage declared later, and a result released all make another state. The day counts, as ages
are told against it, and so do the files of the program.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psycopg

from sites.law import pack_version

_ROOT = Path(__file__).resolve().parents[2]
_STATE = """SELECT
    (SELECT md5(string_agg(id || ':' || xmin, ',' ORDER BY id)) FROM dataset),
    (SELECT md5(string_agg(id || ':' || xmin, ',' ORDER BY id)) FROM run),
    (SELECT md5(string_agg(id || ':' || xmin, ',' ORDER BY id)) FROM inventory_import),
    (SELECT max(id) FROM batch), (SELECT count(*) FROM batch WHERE current),
    greatest((SELECT max(loaded_at) FROM dataset WHERE current), (SELECT max(greatest(created, current_since)) FROM run),
             (SELECT max(imported_at) FROM inventory_import), (SELECT max(measured_at) FROM batch))"""


@dataclass(frozen=True)
class State:
    """A state: what tells it from others, and when data or results last changed (None = there are none)."""

    digest: str
    changed: datetime | None

    def etag(self, *parts: Any) -> str:
        """Validator of an answer of this state; weak, as the answer may be compressed on its way."""
        return f'W/"{_short([self.digest, *parts])}"'


def state_of(connection: psycopg.Connection[Any]) -> State:
    """The state of now."""
    row = connection.execute(_STATE.encode()).fetchone()
    assert row is not None
    *told, changed = row
    day = date.today().isoformat()
    return State(_short([*told, day, _program(), pack_version()]), None if changed is None else changed.astimezone(UTC))


@cache
def _program() -> str:
    """Version of the program, and when one of its files last changed."""
    newest = 0.0
    for room in ("api", "sites", "geodata"):
        for folder, inside, files in os.walk(_ROOT / room):
            inside[:] = [one for one in inside if one not in _NOT_READ]
            newest = max([newest, *(os.stat(os.path.join(folder, one)).st_mtime for one in files)])
    return f"{version('standplaats')} {newest}"


#: Folders of the page, which no list is made from.
_NOT_READ = {"web", "static", "__pycache__"}


def body_etag(body: bytes) -> str:
    """Validator of an answer by what it holds."""
    return f'W/"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'


def matches(header: str, etag: str) -> bool:
    """Does `If-None-Match` name this validator? Weak comparison (RFC 9110, 8.8.3.2)."""
    named = {one.strip().removeprefix("W/") for one in header.split(",")}
    return "*" in named or etag.removeprefix("W/") in named


def _short(parts: Iterable[Any]) -> str:
    return hashlib.blake2b(repr(list(parts)).encode(), digest_size=12).hexdigest()
