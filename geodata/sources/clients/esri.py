"""Shapes, records and errors of ArcGIS in its own JSON; the first two turned into GeoJSON features."""

from __future__ import annotations

import itertools
from typing import Any

import shapely
from shapely.geometry import mapping

from geodata.sources.clients.common import FetchError, ProtocolError, ServerError, WrongContentError
from geodata.sources.clients.geojson import error_text

_COORDINATES = "not a geographic coordinate system"
#: How ArcGIS writes "no value" in records of /identify, where every value is text.
_NOTHING = ("Null", "<Null>", "null", "")


def is_coordinate_error(error: FetchError) -> bool:
    """Is it the failure of /query that /identify does not share?"""
    return _COORDINATES in (error.message + " " + getattr(error, "detail", "")).lower()


def refuse_error(found: Any) -> None:
    """Raise the error a JSON body of ArcGIS carries.

    Raises
    ------
    ServerError
        With the code it names, when that is 500 or more: the request may be tried again.
    ProtocolError
        For any other code.
    """
    said = error_text(found)
    if said is None:
        return
    code = found["error"].get("code") if isinstance(found.get("error"), dict) else None
    if isinstance(code, int) and code >= 500 and _COORDINATES not in said.lower():
        raise ServerError(f"the service failed: {said}.", status=code)
    raise ProtocolError(f"the service refused: {said}.")


def feature(record: dict[str, Any], fields: dict[str, tuple[str, str]], id_field: str | None) -> dict[str, Any]:
    """One result of /identify as a GeoJSON feature.

    Parameters
    ----------
    fields : alias or name in lower case, without blanks around -> (name, type) as the layer defines them.
    id_field : name of the object id.
    """
    properties = {}
    for told, value in (record.get("attributes") or {}).items():
        name, kind = fields.get(str(told).strip().lower(), (str(told).strip(), "esriFieldTypeString"))
        if kind != "esriFieldTypeGeometry":
            properties[name] = typed(value, kind)
    found: dict[str, Any] = {"type": "Feature"}
    if id_field is not None and properties.get(id_field) is not None:
        found["id"] = properties[id_field]
    found["geometry"] = geometry(record.get("geometry"))
    found["properties"] = properties
    return found


def typed(value: Any, kind: str) -> Any:
    """A value of /identify as its field's type; text that does not fit stays text."""
    if value is None or (isinstance(value, str) and value.strip() in _NOTHING):
        return None
    if not isinstance(value, str):
        return value
    try:
        if kind in ("esriFieldTypeOID", "esriFieldTypeInteger", "esriFieldTypeSmallInteger", "esriFieldTypeBigInteger"):
            return int(value)
        if kind in ("esriFieldTypeDouble", "esriFieldTypeSingle"):
            # French servers write a decimal comma.
            return float(value if "." in value else value.replace(",", "."))
    except ValueError:
        return value
    return value


def geometry(shape: dict[str, Any] | None) -> dict[str, Any] | None:
    """A shape of ArcGIS as GeoJSON; Z and M are dropped.

    Raises
    ------
    WrongContentError
        When it is a curve or of no known type.
    """
    if not shape:
        return None
    if "x" in shape and "y" in shape:
        if shape["x"] in (None, "NaN"):
            return None
        return {"type": "Point", "coordinates": [shape["x"], shape["y"]]}
    if "points" in shape:
        return {"type": "MultiPoint", "coordinates": [place[:2] for place in shape["points"]]}
    if "paths" in shape:
        lines = [[place[:2] for place in path] for path in shape["paths"]]
        if len(lines) == 1:
            return {"type": "LineString", "coordinates": lines[0]}
        return {"type": "MultiLineString", "coordinates": lines}
    if "rings" in shape:
        return _polygon([[place[:2] for place in ring] for ring in shape["rings"]])
    raise WrongContentError(f"a shape of ArcGIS is of no known type ({', '.join(sorted(shape))}).")


def _polygon(rings: list[list[list[float]]]) -> dict[str, Any] | None:
    """Rings as polygons: those that run clockwise are outer ones, the others holes of the outer one around them."""
    closed = [ring if ring[0] == ring[-1] else [*ring, ring[0]] for ring in rings if len(ring) >= 3]
    outer = [ring for ring in closed if _doubled_area(ring) < 0]
    holes = [ring for ring in closed if _doubled_area(ring) > 0]
    if not outer:
        # All rings turn the wrong way: a service that keeps to no order; the outermost ones count as outer.
        outer, holes = holes, []
    if not outer:
        return None
    shapes = [shapely.Polygon(ring) for ring in outer]
    inside: list[list[list[list[float]]]] = [[] for _ in outer]
    for hole in holes:
        place = shapely.Polygon(hole).representative_point()
        around = [at for at, shape in enumerate(shapes) if shape.contains(place)]
        if around:
            # The smallest one around: an island inside a lake has a lake of its own.
            inside[min(around, key=lambda at: float(shapes[at].area))].append(hole)
    parts = [shapely.Polygon(ring, inner) for ring, inner in zip(outer, inside, strict=True)]
    found: dict[str, Any] = mapping(parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts))
    return found


def _doubled_area(ring: list[list[float]]) -> float:
    """Twice the area of a ring, positive when it runs counter-clockwise; near its first place, to keep precision."""
    x0, y0 = ring[0]
    return sum((a[0] - x0) * (b[1] - y0) - (b[0] - x0) * (a[1] - y0) for a, b in itertools.pairwise(ring))
