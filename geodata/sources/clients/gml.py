"""Pages of GML: each read once for its count and its end, together one file with the members of all."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import quoteattr

from geodata.sources.clients.common import TruncatedError, WrongContentError
from geodata.sources.clients.content import local_name, parse_xml, refuse_exception_report, refuse_page, safe_parser
from geodata.sources.clients.geojson import count_of

_MEMBERS = ("member", "featureMember", "featureMembers", "members")
#: Attributes of the root that tell of one page or one moment, not of the data.
_OF_THE_PAGE = ("numberMatched", "numberReturned", "numberOfFeatures", "timeStamp", "next", "previous", "lockId")


@dataclass
class GmlPage:
    """One page of GML.

    Attributes
    ----------
    root : name of the root element as written.
    attributes : of the root, as written.
    ids : gml:id or fid of each feature, None where it has none.
    spans : where the bytes of each member element begin and end.
    """

    root: str = ""
    attributes: dict[str, str] = field(default_factory=dict)
    declaration: bytes = b""
    ids: list[str | None] = field(default_factory=list)
    spans: list[tuple[int, int]] = field(default_factory=list)
    matched: int | None = None

    @property
    def count(self) -> int:
        """Features of this page."""
        return len(self.ids)


def read_page(path: Path, headers: dict[str, str]) -> GmlPage:
    """A feature collection that is closed and holds as many features as it says.

    Raises
    ------
    WrongContentError, TruncatedError, ProtocolError
    """
    head = refuse_page(path, "GML")
    if not head.startswith(b"<"):
        raise WrongContentError(f"the answer is no GML; it begins with {head[:40]!r}.")
    page = GmlPage()
    _Reading(page).run(path)
    refuse_exception_report(local_name(page.root), path)
    if not local_name(page.root).endswith("FeatureCollection"):
        raise WrongContentError(f"the answer is XML of another kind ({page.root or 'no element'}), not GML.")
    named = {local_name(name): value for name, value in page.attributes.items()}
    page.matched = count_of(named.get("numberMatched"))
    returned = count_of(named.get("numberReturned", named.get("numberOfFeatures")))
    if returned is not None and returned != page.count:
        raise TruncatedError(f"{page.count} of the {returned} features of this page came.")
    declared = re.match(rb"<\?xml.*?\?>", head, re.DOTALL)
    page.declaration = declared.group(0) if declared else b'<?xml version="1.0" encoding="utf-8"?>'
    return page


def mergeable(pages: Sequence[GmlPage]) -> bool:
    """Can the members of all pages stand under one root: same root, same prefixes, same encoding?"""
    first = pages[0]
    prefixes = _prefixes(first)
    return all(
        page.root == first.root
        and page.declaration.lower() == first.declaration.lower()
        and _prefixes(page) == prefixes
        for page in pages
    )


def merge_pages(path: Path, pages: Sequence[tuple[Path, GmlPage]]) -> None:
    """Write the members of all pages, each given with its file, under the root of the first.

    What tells of one page or one moment is left out.
    """
    first = pages[0][1]
    total = sum(page.count for _, page in pages)
    kept = {name: value for name, value in first.attributes.items() if local_name(name) not in _OF_THE_PAGE}
    if any(local_name(name) in ("numberReturned", "numberMatched") for name in first.attributes):
        # Readers take the number of features from here.
        kept |= {"numberMatched": str(total), "numberReturned": str(total)}
    encoding = _encoding(first.declaration)
    words = "".join(f" {name}={quoteattr(value)}" for name, value in kept.items())
    with path.open("wb") as stream:
        stream.write(first.declaration + f"\n<{first.root}{words}>\n".encode(encoding))
        for file, page in pages:
            body = file.read_bytes()
            for start, end in page.spans:
                stream.write(body[start:end] + b"\n")
        stream.write(f"</{first.root}>\n".encode(encoding))


def _prefixes(page: GmlPage) -> dict[str, str]:
    return {name: value for name, value in page.attributes.items() if name == "xmlns" or name.startswith("xmlns:")}


def _encoding(declaration: bytes) -> str:
    found = re.search(rb"encoding=[\"']([\w.-]+)", declaration)
    return found.group(1).decode("ascii") if found else "utf-8"


class _Reading:
    """One pass over a page: counts features, notes the bytes of members, keeps nothing of the content."""

    def __init__(self, page: GmlPage) -> None:
        self._page = page
        self._depth = 0
        self._open: tuple[int, str] | None = None
        self._parser = safe_parser()
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end

    def run(self, path: Path) -> None:
        parse_xml(self._parser, path)
        # The parser tells where a closing tag begins; the span ends behind it.
        body = path.read_bytes()
        self._page.spans = [(start, body.index(b">", end) + 1) for start, end in self._page.spans]

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        page, depth = self._page, self._depth
        if depth == 0:
            page.root, page.attributes = name, dict(attributes)
        elif depth == 1:
            local = local_name(name)
            if local in ("truncatedResponse", "additionalObjects"):
                raise TruncatedError(f"the service broke the answer off ({local}).")
            if local in _MEMBERS:
                self._open = (self._parser.CurrentByteIndex, name)
        elif depth == 2 and self._open is not None:
            named = {local_name(key): value for key, value in attributes.items()}
            page.ids.append(named.get("id") or named.get("fid"))
        self._depth += 1

    def _end(self, name: str) -> None:
        self._depth -= 1
        if self._depth == 1 and self._open is not None:
            self._page.spans.append((self._open[0], self._parser.CurrentByteIndex))
            self._open = None
