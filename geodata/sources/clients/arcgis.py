"""ArcGIS REST: features of a box from /query, or from /identify where /query fails on coordinate systems.

/query is asked for GeoJSON, sorted by the object id, page by page, and must give as many features as it counts.
Errors come as JSON inside a 200 answer. Some Walloon layers fail now and then with "not a Geographic Coordinate
System"; /identify then answers, asked over a grid of the box, and features are put together by object id.
"""

from __future__ import annotations

import re
from pathlib import Path

from geodata.sources.catalogue import Service, Source
from geodata.sources.clients import geojson, identify
from geodata.sources.clients.boxes import STORAGE, box_in, wkid, words
from geodata.sources.clients.common import Area, FetchError, Progress, ProtocolError, TruncatedError
from geodata.sources.clients.content import read_json
from geodata.sources.clients.esri import is_coordinate_error, refuse_error
from geodata.sources.clients.geojson import GeoJsonPage
from geodata.sources.clients.layer import Layer, describe
from geodata.sources.clients.results import Result, nothing_came
from geodata.sources.clients.session import Params, Reply, Session

#: Asked per page where neither the catalogue nor the service names a size.
PAGE_SIZE = 1_000
MAX_PAGES = 10_000


def read(source: Source, service: Service, area: Area, session: Session, progress: Progress | None = None) -> Result:
    """All features of a layer that touch the box.

    Raises
    ------
    FetchError
        A subclass for the cause.
    """
    address = layer_address(service)
    layer = describe(address, service, session)
    if service.paging == "none":
        return identify.sample(source, service, area, session, address, layer, progress)
    if service.endpoint.rstrip("/").endswith("/identify"):
        return identify.read(source, service, area, session, address, layer, progress)
    try:
        pages = _query(source, service, area, session, address, layer, progress)
    except FetchError as error:
        if not is_coordinate_error(error):
            raise
        found = identify.read(source, service, area, session, address, layer, progress)
        note = "the service refused /query (coordinate system); the layer was read through /identify"
        return Result(found.payloads, found.features, (note, *found.notes))
    return _merged(source, session, pages)


def layer_address(service: Service) -> str:
    """Address of the layer itself, whether the catalogue names its /query, its /identify, the layer or the service."""
    address = re.sub(r"/(query|identify)/?$", "", service.endpoint.partition("?")[0].rstrip("/"))
    if re.search(r"/(MapServer|FeatureServer)$", address) and service.layer:
        return f"{address}/{service.layer}"
    return address


def _query(
    source: Source,
    service: Service,
    area: Area,
    session: Session,
    address: str,
    layer: Layer,
    progress: Progress | None,
) -> list[tuple[Reply, GeoJsonPage]]:
    asked = _params(source, service, area, layer)
    total = _count(address, asked, session, source)
    size = min(service.page_size or PAGE_SIZE, layer.most or service.page_size or PAGE_SIZE)
    pages: list[tuple[Reply, GeoJsonPage]] = []
    seen: dict[str, int] = {}
    count = 0
    while len(pages) < MAX_PAGES:
        paged: list[tuple[str, str | int | float]] = [
            ("f", "geojson"),
            ("resultOffset", count),
            ("resultRecordCount", size),
        ]
        if total == 0:
            return []
        reply, page = session.ask(
            f"{address}/query", [*asked, *paged], read=_read_page, name=f"{source.id}.{len(pages) + 1}.geojson"
        )
        came = len(page.features)
        if came:
            pages.append((reply, page))
            _note(page, len(pages), seen, layer, address)
        count += came
        if progress is not None:
            progress(count, total, "features")
        more = _exceeded(page) if total is None else count < total
        if not came or not more:
            break
    else:
        raise ProtocolError(f"the layer does not end after {MAX_PAGES} pages.", url=address)
    if total is not None and count != total:
        raise TruncatedError(f"{count} of {total} features came.", "Run it again.", url=address)
    return pages


def _params(source: Source, service: Service, area: Area, layer: Layer) -> list[tuple[str, str | int | float]]:
    crs = service.ask_crs or source.native_crs or STORAGE
    order = service.order_by or layer.id_field
    params: list[tuple[str, str | int | float]] = [
        ("where", "1=1"),
        ("geometry", words(box_in(area.box, crs))),
        ("geometryType", "esriGeometryEnvelope"),
        ("inSR", wkid(crs)),
        ("spatialRel", "esriSpatialRelIntersects"),
        ("outFields", "*"),
        ("returnGeometry", "true"),
        ("outSR", wkid(crs)),
    ]
    if order:
        params.append(("orderByFields", order))
    return params


def _count(address: str, asked: Params, session: Session, source: Source) -> int | None:
    """How many features there are; None where the service does not count."""
    left_out = ("outFields", "returnGeometry", "outSR", "orderByFields")
    params = [one for one in asked if one[0] not in left_out]

    def read_count(path: Path, headers: dict[str, str]) -> int | None:
        found = read_json(path, "a count")
        refuse_error(found)
        return geojson.count_of(found.get("count")) if isinstance(found, dict) else None

    params += [("returnCountOnly", "true"), ("f", "json")]
    return session.ask(f"{address}/query", params, read=read_count, name=f"{source.id}.count.json")[1]


def _read_page(path: Path, headers: dict[str, str]) -> GeoJsonPage:
    refuse_error(read_json(path, "GeoJSON"))
    return geojson.read_page(path, headers)


def _exceeded(page: GeoJsonPage) -> bool:
    """Does the service say that it has more? It says so in two places, by version."""
    inner = page.members.get("properties")
    return bool(
        page.members.get("exceededTransferLimit") or (isinstance(inner, dict) and inner.get("exceededTransferLimit"))
    )


def _note(page: GeoJsonPage, number: int, seen: dict[str, int], layer: Layer, address: str) -> None:
    for feature in page.features:
        name = geojson.feature_id(feature)
        if name is None and layer.id_field is not None:
            given = (feature.get("properties") or {}).get(layer.id_field)
            name = None if given is None else str(given)
        if name is not None and seen.setdefault(name, number) != number:
            raise ProtocolError(
                f"feature {name} stands on page {seen[name]} and on page {number}: others may be missing.", url=address
            )


def _merged(source: Source, session: Session, pages: list[tuple[Reply, GeoJsonPage]]) -> Result:
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
