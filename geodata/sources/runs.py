"""What a run of fetching works with, and what it says of each source.

Contract: plain values. A `Watcher` is told how a run goes on and decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import psycopg

from geodata.errors import UsageError
from geodata.sources.catalogue import Source, Text
from geodata.sources.clients import Area, Fetched
from geodata.sources.records import Records

Connection = psycopg.Connection[Any]

State = Literal["loaded", "unchanged", "present", "empty_checked", "empty_suspicious", "failed"]
Counted = Callable[[int, int | None, str], None]


class Bring(Protocol):
    """What brings a source home: a session of the clients, or the files carried here by hand."""

    def __call__(self, source: Source, area: Area, progress: Counted) -> Fetched: ...


@dataclass(frozen=True)
class Result:
    """What became of one source.

    Attributes
    ----------
    state : `present` = nothing was asked, it is loaded already; `unchanged` = asked, and nothing is new.
    kept : dataset of before that still counts although this attempt failed.
    """

    layer: str
    source: str
    kind: str
    title: Text
    codes: tuple[str, ...]
    state: State
    needed: bool = True
    reason: str | None = None
    remedy: str | None = None
    cause: str | None = None
    dataset: int | None = None
    version: int | None = None
    rows: int | None = None
    kept: int | None = None
    seconds: float = 0.0
    notes: tuple[str, ...] = ()

    @property
    def good(self) -> bool:
        """Is the source loaded, with what it says of these municipalities?"""
        return self.state not in ("failed", "empty_suspicious")

    def as_dict(self) -> dict[str, Any]:
        """The result as JSON writes it."""
        return {**vars(self), "codes": list(self.codes), "notes": list(self.notes)}


class Watcher:
    """Told how a run goes on; this one is silent."""

    def plan(self, total: int) -> None:
        """How many sources there are."""

    def begin(self, source: Source) -> None:
        """A source is begun."""

    def step(self, text: str) -> None:
        """What is done with it now."""

    def count(self, done: int, total: int | None, unit: str) -> None:
        """How much of it is fetched."""

    def end(self, result: Result) -> None:
        """It is done."""


@dataclass(frozen=True)
class Run:
    """All that one run of fetching works with.

    Attributes
    ----------
    margin : how far beyond the municipalities distances are measured, metres.
    smallest : parcels below this area, m2, can hold no site: services that answer at a point are not asked there.
    again : ask also for what is loaded already.
    offline : load only what was fetched before or carried here.
    only : catalogue entries to fetch; None = all the region needs.
    """

    connection: Connection
    records: Records
    bring: Bring
    margin: float
    smallest: float = 0.0
    again: bool = False
    offline: bool = False
    only: tuple[str, ...] | None = None
    watcher: Watcher = field(default_factory=Watcher)

    def __post_init__(self) -> None:
        if self.margin < 0:
            raise UsageError(f"{self.margin:g} is no margin.", "Give metres from 0.")
