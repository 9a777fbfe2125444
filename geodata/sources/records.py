"""What happened to each source: one record per source and area on disk, with the raw files last brought home.

    FOLDER/payloads/...                      raw files, as the clients keep them
    FOLDER/records/SOURCE/AREA.json          the last attempt, and the last answer that can be loaded
    FOLDER/landing/AREA/SOURCE.ending        the files of that answer as one, under a name that never changes

A record is replaced as a whole or not at all. The files it names are checked against their sha256 before they are
used. Only one process fetches at a time: `only_one` holds the folder.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from geodata.errors import InputError, StandplaatsError
from geodata.sources.clients.cache import sha256_of
from geodata.sources.clients.common import Fetched

Status = Literal["ok", "empty_checked", "empty_suspicious", "failed"]


class BusyError(StandplaatsError):
    """Another process is fetching into the same folder."""


@dataclass(frozen=True)
class RawFile:
    """One raw file of an answer; `file` is relative to the folder of sources."""

    file: str
    sha256: str
    url: str
    fetched: datetime
    media_type: str
    features: int | None


@dataclass(frozen=True)
class Good:
    """The last answer of a source that can be loaded; without files it was empty, and the source was seen to work.

    Attributes
    ----------
    asked : of a source asked point by point, the points, EPSG:31370.
    proven : a control point gave its known value in the same run.
    box : what was asked for, EPSG:31370; None = a whole file.
    """

    fetched: datetime
    files: tuple[RawFile, ...]
    features: int | None
    notes: tuple[str, ...] = ()
    asked: tuple[tuple[float, float], ...] = ()
    proven: bool = False
    box: tuple[float, float, float, float] | None = None

    @property
    def empty(self) -> bool:
        """Did the source say that there is nothing here?"""
        return not self.files


@dataclass(frozen=True)
class Record:
    """One source, one area.

    Attributes
    ----------
    scope : NIS codes separated by commas, or the region of a source that comes whole.
    status : how the last attempt ended.
    at : when.
    reason, remedy : why it failed or is doubted, for a reader.
    cause : the same in one word: server, timeout, truncated, wrong_content, budget, protocol, input.
    good : the last answer that can be loaded, also when the last attempt failed.
    dataset : dataset it was loaded as, None while it is not.
    """

    source: str
    scope: str
    status: Status
    at: datetime
    reason: str | None = None
    remedy: str | None = None
    cause: str | None = None
    good: Good | None = None
    dataset: int | None = None
    notes: tuple[str, ...] = field(default_factory=tuple)

    def as_dict(self) -> dict[str, Any]:
        """The record as JSON writes it."""
        told = asdict(self)
        told["at"] = self.at.isoformat()
        if self.good is not None:
            told["good"]["fetched"] = self.good.fetched.isoformat()
            for raw, file in zip(told["good"]["files"], self.good.files, strict=True):
                raw["fetched"] = file.fetched.isoformat()
        return told

    @classmethod
    def from_dict(cls, told: dict[str, Any]) -> Record:
        """A record as it was written.

        Raises
        ------
        KeyError, TypeError, ValueError
            When it was not written by this program.
        """
        good = told["good"]
        if good is not None:
            files = tuple(
                RawFile(**{**raw, "fetched": datetime.fromisoformat(raw["fetched"])}) for raw in good["files"]
            )
            notes = tuple(good.get("notes", ()))
            asked = tuple((float(x), float(y)) for x, y in good.get("asked", ()))
            fetched = datetime.fromisoformat(good["fetched"])
            box = None
            if good.get("box"):
                west, south, east, north = map(float, good["box"])
                box = (west, south, east, north)
            good = Good(fetched, files, good["features"], notes, asked, good.get("proven") is True, box)
        at = datetime.fromisoformat(told["at"])
        return cls(**{**told, "at": at, "good": good, "notes": tuple(told.get("notes", ()))})


class Records:
    """The folder of sources."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.payloads = folder / "payloads"

    def find(self, source: str, scope: str) -> Record | None:
        """The record of a source and area; None where there is none, or none that can be read."""
        return _read(self._card(source, scope))

    def of_source(self, source: str) -> list[Record]:
        """All records of a source."""
        cards = sorted((self.folder / "records" / source).glob("*.json"))
        return [found for found in map(_read, cards) if found is not None]

    def all(self) -> list[Record]:
        """All records."""
        names = sorted(one.name for one in (self.folder / "records").glob("*") if one.is_dir())
        return [record for name in names for record in self.of_source(name)]

    def loadable(self, source: str, codes: tuple[str, ...]) -> Record | None:
        """The newest record whose files cover these municipalities, for a start without internet."""
        fitting = [
            one for one in self.of_source(source) if one.good is not None and set(codes) <= set(one.scope.split(","))
        ]
        return max(fitting, key=lambda one: one.good.fetched if one.good else one.at, default=None)

    def keep(self, record: Record) -> Record:
        """Write a record in the place of the former one."""
        write_json(self._card(record.source, record.scope), record.as_dict())
        return record

    def path_of(self, raw: RawFile) -> Path:
        """A raw file, whole and unchanged.

        Raises
        ------
        InputError
            When it is gone or has other bytes than when it was fetched.
        """
        path = self.folder / raw.file
        if not path.is_file():
            raise InputError("the fetched file is gone.", "Fetch the source again.", file=path)
        if sha256_of(path) != raw.sha256:
            raise InputError("the fetched file has changed since.", "Fetch the source again.", file=path)
        return path

    def good_of(self, got: Fetched) -> Good:
        """What was fetched, as a record keeps it."""
        files = tuple(
            RawFile(
                file=os.path.relpath(one.path, self.folder),
                sha256=one.sha256,
                url=one.url,
                fetched=one.fetched,
                media_type=one.media_type,
                features=one.features,
            )
            for one in got.payloads
        )
        fetched = max((one.fetched for one in files), default=datetime.now(UTC))
        return Good(fetched, files, got.features, got.notes, proven=got.proven)

    def _card(self, source: str, scope: str) -> Path:
        return self.folder / "records" / source / f"{area_name(scope)}.json"


def area_name(scope: str) -> str:
    """A short name of an area for files: the codes themselves where they are few."""
    if re.fullmatch(r"[\w,-]{1,60}", scope):
        return scope.replace(",", "-")
    return f"{scope[:11].replace(',', '-')}-{hashlib.sha256(scope.encode()).hexdigest()[:16]}"


def write_json(path: Path, told: Any) -> None:
    """Write a JSON file so that a reader sees the old or the new one, never half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_text(json.dumps(told, ensure_ascii=False, indent=1), encoding="utf-8")
    with beside.open("rb+") as stream:
        os.fsync(stream.fileno())
    os.replace(beside, path)


def _read(card: Path) -> Record | None:
    try:
        return Record.from_dict(json.loads(card.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError):
        return None


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Hold the folder of sources; the system lets go of it when the process ends, however it ends.

    Raises
    ------
    BusyError
        When another process holds it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("a") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise BusyError(
                "Another start, update or fetch is running.", "Wait until it has ended, or stop it first."
            ) from None
        yield
