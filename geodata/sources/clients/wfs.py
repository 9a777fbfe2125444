"""WFS 1.1 and 2.0: features of a box page by page, as GML or GeoJSON, merged into one file.

Pages are asked with `startIndex` and `count`, sorted where the catalogue names a field. The total (`numberMatched`)
is checked against what came; where the service does not know it, pages are asked until an empty one. The same
feature on two pages means that the order changed in between and others may be missing: an error.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Generic, TypeVar

from geodata.sources.catalogue import Service, Source
from geodata.sources.clients import geojson, gml
from geodata.sources.clients.boxes import STORAGE, box_in, in_axis_order, is_geographic, urn, words
from geodata.sources.clients.common import Area, Payload, Progress, ProtocolError, TruncatedError
from geodata.sources.clients.geojson import GeoJsonPage
from geodata.sources.clients.gml import GmlPage
from geodata.sources.clients.results import Result, nothing_came
from geodata.sources.clients.session import Reply, Session

Page = TypeVar("Page", GmlPage, GeoJsonPage)

#: Asked per page where the catalogue names no size: the default of GeoServer in Flanders.
PAGE_SIZE = 10_000
#: A layer of more pages than this is refused: something does not end.
MAX_PAGES = 5_000


def read(source: Source, service: Service, area: Area, session: Session, progress: Progress | None = None) -> Result:
    """All features of a layer that touch the box.

    Raises
    ------
    FetchError
        A subclass for the cause.
    """
    if _wants_json(service):
        pages = _Paging(source, service, area, session, progress, geojson.read_page, _json_ids).run()
        return _merged_json(source, session, pages)
    return _merged_gml(
        source, session, _Paging(source, service, area, session, progress, gml.read_page, _gml_ids).run()
    )


class _Paging(Generic[Page]):
    """Asks page after page until the layer is whole."""

    def __init__(
        self,
        source: Source,
        service: Service,
        area: Area,
        session: Session,
        progress: Progress | None,
        reader: Callable[[Path, dict[str, str]], Page],
        ids_of: Callable[[Page], list[str | None]],
    ) -> None:
        self._source, self._service, self._session, self._progress = source, service, session, progress
        self._reader: Callable[[Path, dict[str, str]], Page] = reader
        self._ids_of: Callable[[Page], list[str | None]] = ids_of
        self._params = _params(source, service, area)
        self._size = service.page_size or PAGE_SIZE
        self._seen: dict[str, int] = {}
        self._count = 0

    def run(self) -> list[tuple[Reply, Page]]:
        """All pages that hold features.

        Raises
        ------
        ProtocolError
            When pages repeat or overlap, or never end.
        TruncatedError
            When fewer features came than the service announced.
        """
        pages: list[tuple[Reply, Page]] = []
        matched: int | None = None
        while len(pages) < MAX_PAGES:
            reply, page = self._ask(len(pages))
            came = len(self._ids_of(page))
            matched = page.matched if page.matched is not None else matched
            if came or not pages:
                pages.append((reply, page))
            self._note(page, len(pages))
            if self._progress is not None:
                self._progress(self._count, matched, "features")
            if self._is_last(came, matched):
                self._check(matched)
                return pages
            if len(pages) > 1 and pages[-1][0].sha256 == pages[-2][0].sha256:
                raise ProtocolError("the service sends the same page again and again.", url=self._service.endpoint)
        raise ProtocolError(f"the layer does not end after {MAX_PAGES} pages.", url=self._service.endpoint)

    def _ask(self, number: int) -> tuple[Reply, Page]:
        paged: list[tuple[str, str | int | float]] = []
        if self._pages:
            size = "maxFeatures" if version_of(self._service).startswith("1") else "count"
            paged = [(size, self._size), ("startIndex", self._count)]
        ending = "geojson" if _wants_json(self._service) else "gml"
        return self._session.ask(
            self._service.endpoint,
            [*self._params, *paged],
            read=self._reader,
            name=f"{self._source.id}.{number + 1}.{ending}",
        )

    @property
    def _pages(self) -> bool:
        return self._service.paging != "none"

    def _note(self, page: Page, number: int) -> None:
        for one in self._ids_of(page):
            self._count += 1
            if one is None:
                continue
            if self._seen.setdefault(one, number) != number:
                raise ProtocolError(
                    f"feature {one} stands on page {self._seen[one]} and on page {number}: the service does not "
                    "keep its order, so that others may be missing.",
                    "Name a field to sort by (order_by) in the catalogue.",
                    url=self._service.endpoint,
                )

    def _is_last(self, came: int, matched: int | None) -> bool:
        if not self._pages or came == 0:
            return True
        if matched is not None:
            return self._count >= matched
        # A short page may be the service's own limit: only an empty one ends a layer of unknown length.
        return False

    def _check(self, matched: int | None) -> None:
        if matched is not None and self._count != matched:
            raise TruncatedError(
                f"{self._count} of {matched} features came.", "Run it again.", url=self._service.endpoint
            )


def version_of(service: Service) -> str:
    """The version asked for: 2.0.0, or what the address itself says."""
    lower = service.endpoint.lower()
    return "1.1.0" if "version=1.1" in lower else "1.0.0" if "version=1.0" in lower else "2.0.0"


def _params(source: Source, service: Service, area: Area) -> list[tuple[str, str | int | float]]:
    old = version_of(service).startswith("1")
    crs = service.ask_crs or source.native_crs or STORAGE
    box = words(in_axis_order(box_in(area.box, crs), service.axis_order))
    # The long name fixes the axis order by the standard; the short one means x, y wherever it is understood.
    name = urn(crs) if service.axis_order == "latlon" or not is_geographic(crs) else crs
    params: list[tuple[str, str | int | float]] = [("service", "WFS"), ("request", "GetFeature")]
    if "version=" not in service.endpoint.lower():
        params.append(("version", version_of(service)))
    params += [("typeName" if old else "typeNames", service.layer or ""), ("srsName", name), ("bbox", f"{box},{name}")]
    if service.output_format and service.output_format.upper() != "GML":
        params.append(("outputFormat", _format_word(service.output_format)))
    if service.order_by:
        params.append(("sortBy", service.order_by))
    return params


def _format_word(output_format: str) -> str:
    """`geojson` as GeoServer calls it; any other word goes as it stands."""
    return "application/json" if output_format == "geojson" else output_format


def _wants_json(service: Service) -> bool:
    return "json" in (service.output_format or "").lower()


def _json_ids(page: GeoJsonPage) -> list[str | None]:
    return [geojson.feature_id(one) for one in page.features]


def _gml_ids(page: GmlPage) -> list[str | None]:
    return page.ids


def _merged_json(source: Source, session: Session, pages: Sequence[tuple[Reply, GeoJsonPage]]) -> Result:
    bodies = [page for _, page in pages]
    replies = [reply for reply, _ in pages]
    count = sum(len(page.features) for page in bodies)
    if count == 0:
        return nothing_came()
    crs = geojson.one_crs(bodies)
    payload = session.keep_merged(
        f"{source.id}.geojson",
        lambda path: geojson.merge_pages(path, bodies, crs),
        replies,
        media_type="application/geo+json",
        features=count,
    )
    return Result((payload,), count)


def _merged_gml(source: Source, session: Session, pages: Sequence[tuple[Reply, GmlPage]]) -> Result:
    bodies = [page for _, page in pages]
    replies = [reply for reply, _ in pages]
    count = sum(page.count for page in bodies)
    if count == 0:
        return nothing_came()
    if not gml.mergeable(bodies):
        apart: tuple[Payload, ...] = tuple(
            reply.payload("application/gml+xml", page.count) for reply, page in pages if page.count
        )
        return Result(apart, count, (f"the {len(apart)} pages differ in their heads and stay apart",))
    payload = session.keep_merged(
        f"{source.id}.gml",
        lambda path: gml.merge_pages(path, [(reply.path, page) for reply, page in pages]),
        replies,
        media_type="application/gml+xml",
        features=count,
    )
    return Result((payload,), count)
