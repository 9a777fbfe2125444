"""WMS 1.3.0: layers that exist as pictures only, asked point by point through GetFeatureInfo."""

from __future__ import annotations

from pathlib import Path
from xml.parsers import expat

from geodata.sources.catalogue import Service, Source
from geodata.sources.clients.boxes import STORAGE, in_axis_order, is_geographic, point_in, words
from geodata.sources.clients.common import Area, Progress, WrongContentError
from geodata.sources.clients.content import (
    local_name,
    parse_xml,
    read_json,
    refuse_exception_report,
    refuse_page,
    safe_parser,
)
from geodata.sources.clients.geojson import raise_service_error
from geodata.sources.clients.results import Result
from geodata.sources.clients.sampling import Sampled, sample_places
from geodata.sources.clients.session import Reply, Session

#: Half the side of the little map around a point, metres; the point is its middle pixel.
_HALF = 1.5
_PIXELS = 3


def read(source: Source, service: Service, area: Area, session: Session, progress: Progress | None = None) -> Result:
    """A point layer of the values the service gives in the area.

    Raises
    ------
    FetchError
        A subclass for the cause.
    """

    def at(x: float, y: float) -> tuple[Reply, Sampled]:
        return session.ask(service.endpoint, _params(source, service, x, y), read=_read_info, name=f"{source.id}.info")

    return sample_places(source, area, session, at, progress)


def _params(source: Source, service: Service, x: float, y: float) -> list[tuple[str, str | int | float]]:
    crs = service.ask_crs or source.native_crs or STORAGE
    east, north = point_in(x, y, crs)
    half = _HALF / 70_000 if is_geographic(crs) else _HALF
    box = in_axis_order((east - half, north - half, east + half, north + half), service.axis_order)
    layer = service.layer or "0"
    return [
        ("service", "WMS"),
        ("version", "1.3.0"),
        ("request", "GetFeatureInfo"),
        ("layers", layer),
        ("query_layers", layer),
        ("styles", ""),
        ("crs", crs),
        ("bbox", words(box)),
        ("width", _PIXELS),
        ("height", _PIXELS),
        ("i", _PIXELS // 2),
        ("j", _PIXELS // 2),
        ("feature_count", 10),
        ("format", "image/png"),
        ("info_format", service.output_format or "text/xml"),
    ]


def _read_info(path: Path, headers: dict[str, str]) -> Sampled:
    """Properties of what lies at a point, from JSON, from the XML of ArcGIS (FIELDS) or from GML."""
    head = refuse_page(path, "values")
    if head.startswith((b"{", b"[")):
        found = read_json(path)
        if not isinstance(found, dict) or not isinstance(found.get("features"), list):
            raise_service_error(found)
        return [dict(one.get("properties") or {}) for one in found["features"]]
    if not head.startswith(b"<"):
        raise WrongContentError(f"the values came in a form that is not read; it begins with {head[:40]!r}.")
    reading = _Info()
    parse_xml(reading.parser, path)
    refuse_exception_report(reading.root, path)
    if reading.root not in ("FeatureInfoResponse", "FeatureCollection", "msGMLOutput", "FeatureInfoCollection"):
        raise WrongContentError(f"the answer is XML of another kind ({reading.root or 'no element'}), not values.")
    return reading.found


class _Info:
    """Reads FIELDS attributes (ArcGIS), Field name/value pairs, or the leaves of features (GML)."""

    def __init__(self) -> None:
        self.root = ""
        self.found: Sampled = []
        self._path: list[str] = []
        self._text: list[str] = []
        self._leaf = False
        self._pair: dict[str, str] = {}
        self.parser: expat.XMLParserType = safe_parser()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text.append

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        local = local_name(name)
        if not self._path:
            self.root = local
        parent = self._path[-1] if self._path else ""
        if local == "FIELDS":
            self.found.append(dict(attributes))
        elif local == "FeatureInfo" or parent in ("featureMember", "member", "featureMembers"):
            self.found.append({})
        self._path.append(local)
        self._text.clear()
        self._leaf = True

    def _end(self, name: str) -> None:
        local, text = self._path.pop(), "".join(self._text).strip()
        parent = self._path[-1] if self._path else ""
        if parent == "Field" and local in ("FieldName", "FieldValue"):
            self._pair[local] = text
        elif local == "Field" and self.found:
            self.found[-1][self._pair.get("FieldName", "")] = self._pair.get("FieldValue", "")
        elif self._leaf and self.found and text and self.root in ("FeatureCollection", "msGMLOutput") and self._plain():
            self.found[-1][local] = text
        self._text.clear()
        self._leaf = False

    def _plain(self) -> bool:
        """Is this a property, and no part of a shape?"""
        shapes = ("Polygon", "MultiSurface", "MultiPolygon", "Point", "LineString", "Envelope", "Box", "boundedBy")
        return not any(one in shapes for one in self._path)
