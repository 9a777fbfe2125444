"""Files as a whole: at a fixed address, or named by an ATOM feed or a list; resumed, checked, bounded."""

from __future__ import annotations

import re
from pathlib import Path

from geodata.sources.catalogue import Service, Source
from geodata.sources.clients import feeds
from geodata.sources.clients.common import Area, BudgetError, FetchError, Progress, ProtocolError
from geodata.sources.clients.feeds import Listed
from geodata.sources.clients.files import checked_name
from geodata.sources.clients.results import Result
from geodata.sources.clients.session import Reply, Session

#: A longer file is refused: no source of the catalogue comes near.
MAX_FILE = 16 << 30
_MAX_CHECKSUM = 4096


def read(source: Source, service: Service, area: Area, session: Session, progress: Progress | None = None) -> Result:
    """The files of a source that hold an area; their features are not counted.

    Raises
    ------
    FetchError
        A subclass for the cause.
    """
    payloads = tuple(one.payload() for one in download_all(service, area, session, progress))
    return Result(payloads, None)


def download_all(service: Service, area: Area, session: Session, progress: Progress | None = None) -> list[Reply]:
    """Every file the service gives for an area, in the cache.

    Raises
    ------
    FetchError
        A subclass for the cause.
    """
    parts = service.for_municipalities(area.nis)
    if not parts:
        raise ProtocolError(
            f"the source comes in parts, and none is of {', '.join(area.nis) or 'no municipality'}.",
            url=service.endpoint,
        )
    replies = []
    for part in parts:
        for url in addresses(part, area, session):
            replies.append(download_one(url, session, getattr(service, "sha256", None), progress))
    return replies


def addresses(service: Service, area: Area, session: Session) -> list[str]:
    """The addresses to download: the endpoint itself, or those a feed or list leads to.

    Raises
    ------
    FetchError
        A subclass for the cause.
    """
    if service.protocol != "atom":
        return [service.endpoint]
    return [one.url for one in _from_feed(service.endpoint, service, area, session, depth=0)]


def _from_feed(url: str, service: Service, area: Area, session: Session, depth: int) -> list[Listed]:
    def read_list(path: Path, headers: dict[str, str]) -> list[Listed]:
        return feeds.read_list(path, url)

    _, listed = session.ask(url, read=read_list, name="list.xml")
    # Links in a feed may be those of a mirror.
    listed = [Listed(session.real(one.url), one.words, one.updated, one.feed) for one in listed]
    try:
        picked = feeds.pick(listed, service.layer, area.nis, service.ask_crs)
    except FetchError as error:
        error.locate(url)
        raise
    found: list[Listed] = []
    for one in picked:
        if not one.feed:
            found.append(one)
        elif depth >= 2:
            raise ProtocolError("feeds lead to feeds and to no file.", url=url)
        else:
            found += _from_feed(one.url, service, area, session, depth + 1)
    return found


def download_one(url: str, session: Session, sha256: str | None = None, progress: Progress | None = None) -> Reply:
    """One file, checked against the checksum the catalogue or the provider names.

    Raises
    ------
    FetchError
        A subclass for the cause.
    """

    def name(path: Path, headers: dict[str, str]) -> str:
        return checked_name(path, headers, url)

    wanted = sha256 or _published_checksum(url, session)
    return session.download(url, sha256=wanted, max_bytes=MAX_FILE, name=name, progress=progress)


def _published_checksum(url: str, session: Session) -> str | None:
    """sha256 that lies beside the file under its name plus `.sha256`; most providers publish none."""
    if "?" in url or url.endswith("/"):
        return None

    def read_checksum(path: Path, headers: dict[str, str]) -> str | None:
        # A service that answers everything with a page has no checksum either.
        found = re.match(rb"\s*([0-9a-fA-F]{64})\b", path.read_bytes()[:200])
        return found.group(1).decode().lower() if found else None

    try:
        return session.ask(
            url + ".sha256", read=read_checksum, name="checksum.txt", max_bytes=_MAX_CHECKSUM, attempts=1
        )[1]
    except BudgetError:
        raise
    except FetchError:
        return None
