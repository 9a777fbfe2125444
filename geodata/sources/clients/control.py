"""Control points of services that give features: does the service give what is known to be there?"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from geodata.sources.catalogue import ControlPoint, Service, Source
from geodata.sources.clients.common import Area, FetchError, Payload, Progress
from geodata.sources.clients.content import local_name, parse_xml, safe_parser
from geodata.sources.clients.results import Result
from geodata.sources.clients.sampling import Sampled, is_expected
from geodata.sources.clients.session import Session

Client = Callable[[Source, Service, Area, Session, Progress | None], Result]

#: Half the side of the box asked around a control point, metres.
_AROUND = 5.0


def is_alive(source: Source, service: Service, session: Session, client: Client) -> tuple[bool, str | None]:
    """Did a control point of the source answer its known value now? With a note where it did not.

    A control point that cannot be asked at all proves nothing, so it counts as dead.
    """
    if not source.control_points:
        return False, "the source has no control point: nobody can tell whether there is nothing or nothing answers"
    for point in source.control_points:
        around = (point.x - _AROUND, point.y - _AROUND, point.x + _AROUND, point.y + _AROUND)
        try:
            found = client(source, service, Area(around), session, None)
        except FetchError as error:
            return False, f"the control point could not be asked: {error.message}"
        if any(_holds(payload, point) for payload in found.payloads):
            return True, None
    places = ", ".join(f"{point.x:g} {point.y:g} ({point.expects})" for point in source.control_points)
    return False, f"the service does not even give what is known to be there: {places}"


def _holds(payload: Payload, point: ControlPoint) -> bool:
    if payload.media_type == "image/tiff":
        return _height(payload.path, point)
    if payload.media_type == "application/gml+xml":
        return is_expected(_gml_values(payload.path), point)
    if payload.media_type == "application/geo+json":
        return is_expected(_geojson_values(payload.path), point)
    return False


def _geojson_values(path: Path) -> Sampled:
    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    return [dict(one.get("properties") or {}) for one in features]


def _gml_values(path: Path) -> Sampled:
    """Elements that hold text, under their local names; one entry per element is enough for a comparison."""
    found: Sampled = []
    text: list[str] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        text.clear()

    def end(name: str) -> None:
        value = "".join(text).strip()
        if value:
            found.append({local_name(name): value})
        text.clear()

    parser = safe_parser()
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = text.append
    parse_xml(parser, path)
    return found


def _height(path: Path, point: ControlPoint) -> bool:
    """Is the height at the point within a metre of the known one?"""
    import rasterio

    with rasterio.open(path, driver="GTiff") as raster:
        value: Any = next(iter(raster.sample([(point.x, point.y)], masked=True)))[0]
    try:
        return bool(abs(float(value) - float(point.expects)) <= 1.0)
    except (TypeError, ValueError):
        return point.expects == "*"
