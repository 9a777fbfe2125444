"""Features as GML 3.2 in a WFS 2.0 collection, or GML 3.1 in one of WFS 1.1, as the real services write them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from protocol_server.layers import Vector

_BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>\n'


def write(
    layer: Vector, rows: Any, crs: str, returned: int, matched: str, flipped: bool, version: str, bomb: bool
) -> bytes:
    """A page: root, members, closing tag."""
    prefix, _, kind = layer.name.rpartition(":")
    prefix = prefix or "app"
    old = version.startswith("1")
    space = "http://www.opengis.net/wfs" if old else "http://www.opengis.net/wfs/2.0"
    gml_space = "http://www.opengis.net/gml" if old else "http://www.opengis.net/gml/3.2"
    counts = f'numberOfFeatures="{returned}"' if old else f'numberMatched="{matched}" numberReturned="{returned}"'
    member = "gml:featureMember" if old else "wfs:member"
    parts = [
        '<?xml version="1.0" encoding="UTF-8"?>\n',
        _BOMB if bomb else "",
        f'<wfs:FeatureCollection xmlns:wfs="{space}" xmlns:gml="{gml_space}" xmlns:{prefix}="http://{prefix}" ',
        f'timeStamp="2026-01-01T00:00:00Z" {counts}>\n',
    ]
    code = crs.rpartition(":")[2]
    srs = crs if code in ("4326", "4258") and not flipped else f"urn:ogc:def:crs:EPSG::{code}"
    named = f' srsName="{srs}"'
    shapes = layer.shapes(rows, crs)
    for name, shape, values in zip(layer.ids(rows), shapes, layer.properties(rows), strict=True):
        parts.append(f'<{member}><{prefix}:{kind} gml:id="{kind}.{name}">')
        parts += [
            f"<{prefix}:{field}>{escape(str(value))}</{prefix}:{field}>"
            for field, value in values.items()
            if value is not None
        ]
        parts.append(f"<{prefix}:SHAPE>{_shape(shape, named, flipped)}</{prefix}:SHAPE>")
        parts.append(f"</{prefix}:{kind}></{member}>\n")
    parts.append("</wfs:FeatureCollection>\n")
    return "".join(parts).encode()


def _shape(shape: Any, srs: str, flipped: bool) -> str:
    kind = shape.geom_type
    if kind == "Point":
        return f"<gml:Point{srs}><gml:pos>{_places(shape.coords, flipped)}</gml:pos></gml:Point>"
    if kind == "LineString":
        return f"<gml:LineString{srs}><gml:posList>{_places(shape.coords, flipped)}</gml:posList></gml:LineString>"
    if kind == "Polygon":
        holes = "".join(f"<gml:interior>{_ring(ring, flipped)}</gml:interior>" for ring in shape.interiors)
        return f"<gml:Polygon{srs}><gml:exterior>{_ring(shape.exterior, flipped)}</gml:exterior>{holes}</gml:Polygon>"
    outer, inner = {
        "MultiPolygon": ("MultiSurface", "surfaceMember"),
        "MultiLineString": ("MultiCurve", "curveMember"),
        "MultiPoint": ("MultiPoint", "pointMember"),
    }[kind]
    parts = "".join(f"<gml:{inner}>{_shape(part, '', flipped)}</gml:{inner}>" for part in shape.geoms)
    return f"<gml:{outer}{srs}>{parts}</gml:{outer}>"


def _ring(ring: Any, flipped: bool) -> str:
    return f"<gml:LinearRing><gml:posList>{_places(ring.coords, flipped)}</gml:posList></gml:LinearRing>"


def _places(coords: Any, flipped: bool) -> str:
    return " ".join(
        f"{y!r} {x!r}" if flipped else f"{x!r} {y!r}" for x, y in ((float(c[0]), float(c[1])) for c in coords)
    )
