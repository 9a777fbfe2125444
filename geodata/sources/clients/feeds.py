"""Lists of files to download: ATOM feeds of INSPIRE, JSON lists; and which file of a list is the one wanted."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from geodata.sources.clients.common import ProtocolError, WrongContentError
from geodata.sources.clients.content import (
    local_name,
    parse_xml,
    read_json,
    refuse_exception_report,
    refuse_page,
    safe_parser,
)
from geodata.sources.clients.files import ending_of

_DATE = re.compile(r"(?<!\d)((?:19|20)\d{2})-?([01]\d)-?([0-3]\d)(?!\d)")
_NIS = re.compile(r"(?<!\d)\d{5}(?!\d)")
_NO_NIS = frozenset({"31370", "31300"})


@dataclass(frozen=True)
class Listed:
    """One file of a list.

    Attributes
    ----------
    words : title and address together: what a pattern is looked for in.
    updated : date of the entry as the list gives it, empty where it gives none.
    feed : it is a further list, not a file.
    """

    url: str
    words: str
    updated: str
    feed: bool = False

    @property
    def date(self) -> str:
        """The date in the file's name, else that of the entry, as YYYYMMDD."""
        found = _DATE.findall(self.url.rsplit("/", 1)[-1]) or _DATE.findall(self.updated)
        return "".join(max(found)) if found else ""


def read_list(path: Path, url: str) -> list[Listed]:
    """The files an ATOM feed or a JSON list names.

    Raises
    ------
    WrongContentError, TruncatedError, ProtocolError
    """
    head = refuse_page(path, "a list of files")
    if head.startswith(b"<"):
        return _Feed(path, url).read()
    if head.startswith((b"{", b"[")):
        # FPS Finance keeps its lists in /download/JSON/ and the files they name in /download/datasets/.
        place = url.replace("/download/JSON/", "/download/datasets/")
        names = [one for one in _texts(read_json(path)) if ending_of(one.partition("?")[0])]
        return [Listed(urljoin(place, one), one, "") for one in names]
    raise WrongContentError(f"the answer is no list of files; it begins with {head[:40]!r}.")


def pick(listed: Sequence[Listed], pattern: str | None, nis: Sequence[str], crs: str | None) -> list[Listed]:
    """The files wanted: by pattern, of the municipalities asked where there are such, in the CRS, the newest.

    Parameters
    ----------
    pattern : regular expression looked for in title and address, without case; None = any.

    Raises
    ------
    ProtocolError
        When none fits, when one municipality has none, or when several fit equally well.
    """
    fitting = [one for one in listed if pattern is None or re.search(pattern, one.words, re.IGNORECASE)]
    if not fitting:
        raise ProtocolError(f"none of the {len(listed)} files of the list fits {pattern!r}.")
    per_municipality = [one for one in fitting if _codes(one)]
    if not nis or not any(set(nis) & _codes(one) for one in per_municipality):
        general = [one for one in fitting if not _codes(one)] or fitting
        return [_newest(general, crs)]
    found = []
    for code in nis:
        mine = [one for one in per_municipality if code in _codes(one)]
        if not mine:
            raise ProtocolError(f"the list has no file of municipality {code}.")
        found.append(_newest(mine, crs))
    return list(dict.fromkeys(found))


def _newest(listed: Sequence[Listed], crs: str | None) -> Listed:
    in_crs = [one for one in listed if crs and crs.rpartition(":")[2] in one.words] or list(listed)
    day = max(one.date for one in in_crs)
    newest = list({one.url: one for one in in_crs if one.date == day}.values())
    if len(newest) > 1:
        names = ", ".join(one.url.rsplit("/", 1)[-1] for one in newest[:4])
        raise ProtocolError(
            f"{len(newest)} files fit equally well ({names}).", "Name a pattern for one of them in the catalogue."
        )
    return newest[0]


def _codes(one: Listed) -> set[str]:
    """NIS codes in the name of a file."""
    name = one.url.rsplit("/", 1)[-1]
    return {code for code in _NIS.findall(name.replace("_", " ")) if code not in _NO_NIS and not code.startswith("0")}


def _texts(found: Any) -> Iterator[str]:
    if isinstance(found, str):
        yield found
    elif isinstance(found, dict):
        for value in found.values():
            yield from _texts(value)
    elif isinstance(found, list):
        for value in found:
            yield from _texts(value)


class _Feed:
    """Reads an ATOM feed: links of its entries, with title and date."""

    def __init__(self, path: Path, url: str) -> None:
        self._path, self._url = path, url
        self._stack: list[str] = []
        self._text: list[str] = []
        self._title = self._updated = ""
        self._links: list[dict[str, str]] = []
        self._found: list[Listed] = []
        self._root = ""
        self._base = url

    def read(self) -> list[Listed]:
        parser = safe_parser()
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text.append
        parse_xml(parser, self._path)
        refuse_exception_report(self._root, self._path)
        if self._root != "feed":
            raise WrongContentError(f"the answer is XML of another kind ({self._root or 'no element'}), not a feed.")
        return self._found

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        local = local_name(name)
        if not self._stack:
            self._root = local
        if "xml:base" in attributes:
            self._base = urljoin(self._base, attributes["xml:base"])
        self._stack.append(local)
        self._text.clear()
        if local == "entry":
            self._title, self._updated, self._links = "", "", []
        elif local == "link" and "entry" in self._stack:
            self._links.append(attributes)

    def _end(self, name: str) -> None:
        local, text = self._stack.pop(), "".join(self._text).strip()
        inside = self._stack[-1:] == ["entry"]
        if inside and local == "title":
            self._title = text
        elif inside and local in ("updated", "published"):
            self._updated = max(self._updated, text)
        elif local == "entry":
            self._found += [listed for link in self._links if (listed := self._listed(link)) is not None]
        self._text.clear()

    def _listed(self, link: dict[str, str]) -> Listed | None:
        href, kind = link.get("href", ""), link.get("type", "")
        if not href or link.get("rel", "alternate") not in ("alternate", "section", "enclosure"):
            return None
        url = urljoin(self._base, href)
        if not url.startswith(("http://", "https://")):
            return None
        feed = "atom" in kind
        if not feed and ("html" in kind or "opensearch" in kind):
            return None
        return Listed(url, f"{self._title} {link.get('title', '')} {url}", self._updated, feed)
