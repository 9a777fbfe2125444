"""What every client of a source takes and gives: the area asked, the raw files brought home, the causes of failure.

A client turns one catalogue service and one area into raw files in the cache. It never makes a layer shorter than
the service would give it: half an answer is an error of its own class, an empty answer says whether the source was
seen to work (`empty_checked`) or not (`empty_suspicious`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal, TypeAlias

from geodata.errors import StandplaatsError
from geodata.sources.catalogue import Service

#: Left, bottom, right, top in metres of EPSG:31370, or in the CRS a function names.
Box: TypeAlias = tuple[float, float, float, float]

Answer: TypeAlias = Literal["features", "empty_checked", "empty_suspicious"]

#: Told while a source is fetched: how much is done, how much there is in all where known, and of what.
Progress: TypeAlias = Callable[[int, int | None, Literal["features", "bytes", "points", "tiles", "rows"]], None]


@dataclass(frozen=True)
class Area:
    """What is asked for.

    Parameters
    ----------
    box : left, bottom, right, top in EPSG:31370, metres, the margin included.
    nis : NIS codes of the municipalities asked; chooses files that come per municipality.
    points : where a sampled service is asked, EPSG:31370; without any, a grid over the box.
    """

    box: Box
    nis: tuple[str, ...] = ()
    points: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True)
class Payload:
    """One raw file in the cache, as the ingestion reads it (.gml .geojson .tif .zip .csv .pbf).

    Parameters
    ----------
    path : the file; its bytes never change once it is there.
    sha256 : of those bytes, in hexadecimal.
    url : what was asked (of a merged file: the first page), under its real host.
    fetched : when the bytes came, in UTC; of an unmodified file the day it last came.
    features : how many features the service gave, None where the file was not read.
    not_modified : the service said the file is the one already in the cache.
    """

    path: Path
    sha256: str
    url: str
    fetched: datetime
    media_type: str
    features: int | None
    not_modified: bool = False


@dataclass(frozen=True)
class Fetched:
    """All a service gave for one area; `features` is None for files that were not read.

    An answer without features holds no payloads, so that nobody loads an empty file by mistake.

    Attributes
    ----------
    proven : a control point gave its known value in this run. Without it, what a source of presences or samples leaves
        out counts as unknown, not as absent.
    """

    source: str
    service: Service
    payloads: tuple[Payload, ...]
    features: int | None
    answer: Answer
    notes: tuple[str, ...] = ()
    proven: bool = False


class FetchError(StandplaatsError):
    """A source could not be fetched whole; the version that was loaded before stays.

    Parameters
    ----------
    url : what was asked, under its real host; its part before the `?` begins the message.
    """

    cause = "failed"

    def __init__(self, message: str, remedy: str | None = None, *, url: str | None = None) -> None:
        super().__init__(message, remedy)
        self.url: str | None = None
        if url is not None:
            self.locate(url)

    def locate(self, url: str) -> None:
        """Say which address failed, where that is not said yet; the message leaves its parameters out."""
        if self.url is None:
            self.url = url
            self.message = f"{url.partition('?')[0]}: {self.message}"
            self.args = (self.message,)


class ServerError(FetchError):
    """The server refused or failed: a status of 400 or more, or no connection at all (`status` None).

    Attributes
    ----------
    detail : the beginning of what the server said.
    wait : seconds the server asks to wait, where it does.
    """

    cause = "server"
    detail: str = ""
    wait: float | None = None

    def __init__(
        self, message: str, remedy: str | None = None, *, url: str | None = None, status: int | None = None
    ) -> None:
        super().__init__(message, remedy, url=url)
        self.status = status


class NoAnswerError(FetchError):
    """The server did not answer in time, in any attempt."""

    cause = "timeout"


class TruncatedError(FetchError):
    """The answer is not whole: fewer bytes or features than announced, or a closing tag that is missing."""

    cause = "truncated"


class ChecksumError(TruncatedError):
    """The bytes are not those whose checksum the catalogue or the provider names."""

    cause = "checksum"


class WrongContentError(FetchError):
    """The answer is not data of the asked kind: a web page, a login form, another format."""

    cause = "wrong_content"


class BudgetError(FetchError):
    """The time, requests or bytes allowed for this run are used up."""

    cause = "budget"


class ProtocolError(FetchError):
    """The service answered with its own error, or in a way its protocol forbids: a loop, a doubled page."""

    cause = "protocol"
