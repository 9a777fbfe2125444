"""One small client per protocol: a catalogue entry and an area in, raw files in the cache out.

    with Session(cache=folder) as session:
        got = fetch(source, Area(box=(150_000, 160_000, 160_000, 170_000), nis=("24062",)), session)

`fetch` raises a subclass of `FetchError` when the source could not be brought home whole.
"""

from __future__ import annotations

from geodata.sources.clients.common import (
    Answer,
    Area,
    Box,
    BudgetError,
    ChecksumError,
    Fetched,
    FetchError,
    NoAnswerError,
    Payload,
    Progress,
    ProtocolError,
    ServerError,
    TruncatedError,
    WrongContentError,
)
from geodata.sources.clients.fetch import fetch
from geodata.sources.clients.session import Session

__all__ = [
    "Answer",
    "Area",
    "Box",
    "BudgetError",
    "ChecksumError",
    "FetchError",
    "Fetched",
    "NoAnswerError",
    "Payload",
    "Progress",
    "ProtocolError",
    "ServerError",
    "Session",
    "TruncatedError",
    "WrongContentError",
    "fetch",
]
