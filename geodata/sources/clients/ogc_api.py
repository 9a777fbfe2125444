"""OGC API Features: features of a box by following `next`, merged into one GeoJSON file.

The links decide when the layer ends; a total, where one is given, must be met. A link that was followed before,
or that leads to another host, is an error.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urljoin, urlsplit

from geodata.sources.catalogue import Service, Source
from geodata.sources.clients import geojson
from geodata.sources.clients.boxes import STORAGE, box_in, uri, words
from geodata.sources.clients.common import Area, Progress, ProtocolError, TruncatedError
from geodata.sources.clients.geojson import GeoJsonPage
from geodata.sources.clients.results import Result, nothing_came
from geodata.sources.clients.session import Params, Reply, Session

#: Asked per page where the catalogue names no size; most services give no more at once.
PAGE_SIZE = 1_000
MAX_PAGES = 20_000
_ACCEPT = "application/geo+json, application/json;q=0.9"


def read(source: Source, service: Service, area: Area, session: Session, progress: Progress | None = None) -> Result:
    """All features of a collection that touch the box.

    Raises
    ------
    FetchError
        A subclass for the cause.
    """
    pages = _follow(source, service, area, session, progress)
    bodies = [page for _, page in pages]
    count = sum(len(page.features) for page in bodies)
    if count == 0:
        return nothing_came()
    crs = geojson.one_crs(bodies)
    payload = session.keep_merged(
        f"{source.id}.geojson",
        lambda path: geojson.merge_pages(path, bodies, crs),
        [reply for reply, _ in pages],
        media_type="application/geo+json",
        features=count,
    )
    return Result((payload,), count)


def items_address(service: Service) -> str:
    """Address of the items, also where the catalogue names the service and the collection apart."""
    endpoint = service.endpoint.rstrip("/")
    if endpoint.endswith("/items") or not service.layer:
        return endpoint
    if endpoint.endswith("/collections"):
        return f"{endpoint}/{service.layer}/items"
    if "/collections/" in endpoint:
        return f"{endpoint}/items"
    return f"{endpoint}/collections/{service.layer}/items"


def _params(source: Source, service: Service, area: Area) -> Params:
    crs = service.ask_crs or source.native_crs or STORAGE
    params: list[tuple[str, str | int | float]] = [
        ("f", _format_word(service)),
        ("bbox", words(box_in(area.box, crs))),
        ("bbox-crs", uri(crs)),
        ("crs", uri(crs)),
        ("limit", service.page_size or PAGE_SIZE),
    ]
    return params


def _format_word(service: Service) -> str:
    """`geojson` as the service calls it: GeoServer, known by its path, wants a media type."""
    given = service.output_format or "geojson"
    if given != "geojson":
        return given
    return "application/json" if "/ogc/features" in service.endpoint else "json"


def _follow(
    source: Source, service: Service, area: Area, session: Session, progress: Progress | None
) -> list[tuple[Reply, GeoJsonPage]]:
    pages: list[tuple[Reply, GeoJsonPage]] = []
    address, params = items_address(service), _params(source, service, area)
    seen: dict[str, int] = {}
    followed: set[str] = set()
    matched: int | None = None
    count = 0
    while len(pages) < MAX_PAGES:
        name = f"{source.id}.{len(pages) + 1}.geojson"
        reply, page = session.ask(address, params, read=geojson.read_page, name=name, accept=_ACCEPT)
        pages.append((reply, page))
        followed.add(reply.url)
        count += len(page.features)
        matched = page.matched if page.matched is not None else matched
        _note(page, len(pages), seen, address)
        if progress is not None:
            progress(count, matched, "features")
        following = _next(page.members, reply.url, session)
        if following is None:
            if matched is not None and count != matched:
                raise TruncatedError(f"{count} of {matched} features came.", "Run it again.", url=address)
            return pages
        if following in followed:
            raise ProtocolError("the link to the next page leads in a circle.", url=address)
        address, params = following, ()
    raise ProtocolError(f"the collection does not end after {MAX_PAGES} pages.", url=address)


def _note(page: GeoJsonPage, number: int, seen: dict[str, int], address: str) -> None:
    for feature in page.features:
        name = geojson.feature_id(feature)
        if name is not None and seen.setdefault(name, number) != number:
            raise ProtocolError(
                f"feature {name} stands on page {seen[name]} and on page {number}: others may be missing.", url=address
            )


def _next(members: dict[str, Any], here: str, session: Session) -> str | None:
    """Address of the next page, under its real host; None on the last."""
    links = members.get("links")
    found = [
        one
        for one in (links if isinstance(links, list) else [])
        if isinstance(one, dict) and one.get("rel") == "next" and one.get("href")
    ]
    if not found:
        return None
    found.sort(key=lambda one: "json" not in str(one.get("type", "json")))
    place = session.real(urljoin(here, str(found[0]["href"])))
    if urlsplit(place).netloc != urlsplit(here).netloc:
        raise ProtocolError(f"the link to the next page leads to another host ({urlsplit(place).netloc}).", url=here)
    # Some services write http into links although they are asked through https.
    return place.replace("http://", "https://", 1) if here.startswith("https://") else place
