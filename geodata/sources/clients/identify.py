"""ArcGIS /identify over a grid of the box: slower than /query, but it answers where that fails.

A cell that gives as many records as a service may give at most is cut into quarters and asked again, so that none
can be left out; what lies in several cells counts once. Values come as text under their aliases and are turned
back by the layer's own description.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from geodata.sources.catalogue import Service, Source
from geodata.sources.clients import esri, geojson
from geodata.sources.clients.boxes import STORAGE, box_in, point_in, quarters, tiles, wkid, words
from geodata.sources.clients.common import Area, Box, Progress, ProtocolError, WrongContentError
from geodata.sources.clients.content import read_json
from geodata.sources.clients.geojson import GeoJsonPage
from geodata.sources.clients.layer import Layer, id_of
from geodata.sources.clients.results import Result, nothing_came
from geodata.sources.clients.sampling import Sampled, sample_places
from geodata.sources.clients.session import Reply, Session

#: Side of a cell, metres.
CELL = 4_000.0
#: A cell with this many records may have been cut by the service; ArcGIS gives 500 or more before it does.
FULL = 500
#: No cell is cut below this side, metres.
SMALLEST = 15.0


def read(
    source: Source,
    service: Service,
    area: Area,
    session: Session,
    address: str,
    layer: Layer,
    progress: Progress | None = None,
) -> Result:
    """All features of a layer that touch the box.

    Raises
    ------
    FetchError
        A subclass for the cause; ProtocolError where too many features lie at one place to tell whether all came.
    """
    found: dict[str, dict[str, Any]] = {}
    replies: list[Reply] = []
    full = min(FULL, layer.most or FULL)
    open_cells = list(tiles(area.box, CELL))
    while open_cells:
        cell = open_cells.pop()
        reply, records = _ask(source, service, session, address, cell)
        replies.append(reply)
        if len(records) >= full:
            if cell[2] - cell[0] < 2 * SMALLEST:
                raise ProtocolError(f"{len(records)} features lie at one place; some may be missing.", url=address)
            open_cells.extend(quarters(cell))
            continue
        for record in records:
            feature = esri.feature(record, layer.fields, layer.id_field)
            found.setdefault(id_of(feature["properties"], layer) or _fingerprint(feature), feature)
        if progress is not None:
            progress(len(found), None, "features")
    return _kept(source, service, session, replies, found)


def _ask(
    source: Source, service: Service, session: Session, address: str, cell: Box
) -> tuple[Reply, list[dict[str, Any]]]:
    crs = service.ask_crs or source.native_crs or STORAGE
    box = words(box_in(cell, crs))
    return _results(source, session, address, crs, ("esriGeometryEnvelope", box), box, True)


def _results(
    source: Source,
    session: Session,
    address: str,
    crs: str,
    asked: tuple[str, str],
    extent: str,
    shapes: bool,
) -> tuple[Reply, list[dict[str, Any]]]:
    """Results for one shape, given as its type and its coordinates."""
    root, _, number = address.rpartition("/")
    return session.ask(
        f"{root}/identify",
        [
            ("geometry", asked[1]),
            ("geometryType", asked[0]),
            ("sr", wkid(crs)),
            ("layers", f"all:{number}"),
            ("tolerance", 0),
            ("mapExtent", extent),
            ("imageDisplay", "400,400,96"),
            ("returnGeometry", "true" if shapes else "false"),
            ("f", "json"),
        ],
        read=_read,
        name=f"{source.id}.identify.json",
    )


def sample(
    source: Source,
    service: Service,
    area: Area,
    session: Session,
    address: str,
    layer: Layer,
    progress: Progress | None = None,
) -> Result:
    """The values of a raster, or of a layer that can only be asked, at points of the area.

    Raises
    ------
    FetchError
        A subclass for the cause.
    """
    crs = service.ask_crs or source.native_crs or STORAGE

    def at(x: float, y: float) -> tuple[Reply, Sampled]:
        extent = words(box_in((x - 50, y - 50, x + 50, y + 50), crs))
        east, north = point_in(x, y, crs)
        place = words((east, north, east, north)).rsplit(",", 2)[0]
        reply, records = _results(source, session, address, crs, ("esriGeometryPoint", place), extent, False)
        found = [esri.feature(record, layer.fields, layer.id_field)["properties"] for record in records]
        return reply, [one for one in found if not _is_empty_cell(one)]

    return sample_places(source, area, session, at, progress)


def _is_empty_cell(properties: dict[str, Any]) -> bool:
    """Does a raster say that it has no value here?"""
    return bool(properties) and all(value in (None, "NoData") for value in properties.values())


def _read(path: Path, headers: dict[str, str]) -> list[dict[str, Any]]:
    found = read_json(path, "JSON")
    esri.refuse_error(found)
    results = found.get("results") if isinstance(found, dict) else None
    if not isinstance(results, list) or any(not isinstance(one, dict) for one in results):
        raise WrongContentError("the answer of /identify holds no results.")
    return results


def _fingerprint(feature: dict[str, Any]) -> str:
    """Stands for the object id where there is none."""
    return "=" + hashlib.sha256(json.dumps(feature, sort_keys=True).encode()).hexdigest()


def _kept(
    source: Source, service: Service, session: Session, replies: list[Reply], found: dict[str, dict[str, Any]]
) -> Result:
    if not found:
        return nothing_came()
    features = [found[name] for name in sorted(found, key=_in_order)]
    crs = f"urn:ogc:def:crs:EPSG::{wkid(service.ask_crs or source.native_crs or STORAGE)}"
    payload = session.keep_merged(
        f"{source.id}.geojson",
        lambda path: geojson.merge_pages(path, [GeoJsonPage(features, None, crs, {})], crs),
        replies,
        media_type="application/geo+json",
        features=len(features),
    )
    return Result((payload,), len(features))


def _in_order(name: str) -> tuple[int, int, str]:
    """Numbers by their size, other names behind them."""
    return (0, int(name), "") if name.isascii() and name.isdigit() else (1, 0, name)
