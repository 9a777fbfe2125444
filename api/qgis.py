"""A project of QGIS (3.34 and later) on this server's OGC API and vector tiles, and the styles of its layers.

Contract: layers are the published collections in EPSG:31370 where the server gives it, else in lon/lat; nothing is copied into
the file. Candidates are drawn as in the GeoPackage of an export.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote
from xml.etree import ElementTree as Xml

import pyproj
import shapely

from api.i18n import Translator
from api.ogc.collections import COLLECTIONS, Collection, Kind
from api.ogc.crs import CRS84, LAMBERT_72, from_storage, to_storage
from sites.candidates.exports.columns import Column
from sites.candidates.exports.columns import Kind as ColumnKind
from sites.candidates.exports.styles import qml as candidates_qml

#: Version of QGIS whose format the project has: a release with long support.
VERSION = "3.34.0"
_DOCTYPE = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"


@dataclass(frozen=True)
class Look:
    """How a layer is drawn: kind of symbol, colour and whether it is switched on at first."""

    kind: str
    colour: str
    shown: bool


#: Lower layers come later. Parcels only near by, where they can be told apart.
LOOKS: dict[str, Look] = {
    "sites": Look("marker", "213,94,0,255", True),
    "hp-sites": Look("fill", "204,121,167,90", True),
    "candidates": Look("fill", "0,158,115,90", True),
    "municipalities": Look("fill", "0,0,0,0", True),
    "constraints": Look("fill", "0,114,178,70", False),
    "zones": Look("fill", "240,228,66,70", False),
    "parcels": Look("fill", "0,0,0,0", False),
}
_NEAR_BY = 10_000
_COLUMN_KINDS: dict[Kind, ColumnKind] = {
    "string": "text",
    "date": "text",
    "boolean": "text",
    "number": "number",
    "integer": "integer",
}
_GEOMETRY = {"marker": ("Point", "Point", "0"), "fill": ("Polygon", "MultiPolygon", "2")}


def project(base: str, translate: Translator, extents: Mapping[str, list[float]]) -> bytes:
    """The project as .qgs.

    Parameters
    ----------
    base : address of the service, without a slash at its end.
    extents : collection -> west, south, east, north.
    """
    root = Xml.Element("qgis", {"version": VERSION, "projectname": "Standplaats"})
    Xml.SubElement(root, "title").text = "Standplaats"
    Xml.SubElement(root, "projectCrs").append(_crs("EPSG:31370"))
    tree = Xml.SubElement(root, "layer-tree-group")
    canvas = Xml.SubElement(root, "mapcanvas", {"name": "theMapCanvas"})
    Xml.SubElement(canvas, "units").text = "meters"
    _extent(canvas, extents.get("parcels") or extents.get("municipalities"))
    Xml.SubElement(canvas, "rotation").text = "0"
    Xml.SubElement(canvas, "destinationsrs").append(_crs("EPSG:31370"))
    layers = Xml.SubElement(root, "projectlayers")
    order = Xml.SubElement(root, "layerorder")
    made = [_features(COLLECTIONS[name], look, base, translate) for name, look in LOOKS.items()]
    made.append(_tiles("base", base, translate("Water, green and built-up land")))
    for layer, shown in made:
        identifier, name = layer.findtext("id", ""), layer.findtext("layername", "")
        checked = "Qt::Checked" if shown else "Qt::Unchecked"
        place = {
            "id": identifier,
            "name": name,
            "checked": checked,
            "expanded": "0",
            "source": layer.findtext("datasource", ""),
        }
        Xml.SubElement(tree, "layer-tree-layer", {**place, "providerKey": layer.findtext("provider", "")})
        Xml.SubElement(order, "layer", {"id": identifier})
        layers.append(layer)
    body: bytes = Xml.tostring(root, encoding="utf-8")
    return _DOCTYPE.encode() + body


def style(collection: str, translate: Translator) -> bytes:
    """Style of one layer as .qml; `collection` is one of `LOOKS`."""
    if collection == "candidates":
        return candidates_qml(_columns(), translate).encode()
    root = Xml.Element("qgis", {"version": VERSION, "styleCategories": "Symbology"})
    look = LOOKS[collection]
    root.append(_renderer(look))
    Xml.SubElement(root, "layerGeometryType").text = _GEOMETRY[look.kind][2]
    body: bytes = Xml.tostring(root, encoding="utf-8")
    return _DOCTYPE.encode() + body


def _columns() -> list[Column]:
    return [Column(name, name, _COLUMN_KINDS[kind]) for name, kind in COLLECTIONS["candidates"].fields.items()]


def _features(one: Collection, look: Look, base: str, translate: Translator) -> tuple[Xml.Element, bool]:
    """A layer of features: QGIS asks for those in view only."""
    geometry, kind, _ = _GEOMETRY[look.kind]
    options = {"type": "vector", "geometry": geometry, "wkbType": kind, "hasScaleBasedVisibilityFlag": "0"}
    if one.id == "parcels":
        options |= {"hasScaleBasedVisibilityFlag": "1", "minScale": str(_NEAR_BY), "maxScale": "0"}
    code = "EPSG:31370" if one.key else "OGC:CRS84"
    source = f"pagingEnabled='true' restrictToRequestBBOX='1' srsname='{code}' typename='{one.id}' url='{base}/ogc' version='1.0'"
    layer = _layer(options, one.id, translate(one.title), source, "OAPIF", code)
    Xml.SubElement(layer, "abstract").text = translate(one.description)
    if one.id == "candidates":
        whole = Xml.fromstring(candidates_qml(_columns(), translate))
        layer.extend([part for name in ("renderer-v2", "aliases") if (part := whole.find(name)) is not None])
    else:
        layer.append(_renderer(look))
    return layer, look.shown


def _tiles(name: str, base: str, title: str) -> tuple[Xml.Element, bool]:
    """A layer of vector tiles for the background, in one grey."""
    address = quote(f"{base}/tiles/{name}/{{z}}/{{x}}/{{y}}.mvt", safe="")
    layer = _layer(
        {"type": "vector-tile"}, name, title, f"type=xyz&url={address}&zmin=10&zmax=16", "xyzvectortiles", "EPSG:3857"
    )
    styles = Xml.SubElement(Xml.SubElement(layer, "renderer", {"type": "basic"}), "styles")
    for geometry, kind, colour in (("2", "fill", "160,160,160,60"), ("1", "line", "160,160,160,255")):
        told = {
            "name": kind,
            "layer": name,
            "geometry": geometry,
            "enabled": "1",
            "expression": "",
            "min-zoom": "-1",
            "max-zoom": "-1",
        }
        one = Xml.SubElement(styles, "style", told)
        Xml.SubElement(one, "symbols").append(_symbol(kind, colour))
    return layer, True


def _layer(options: dict[str, str], name: str, title: str, source: str, provider: str, code: str) -> Xml.Element:
    layer = Xml.Element("maplayer", options)
    for tag, text in (
        ("id", f"standplaats_{name}"),
        ("datasource", source),
        ("layername", title),
        ("provider", provider),
    ):
        Xml.SubElement(layer, tag).text = text
    Xml.SubElement(layer, "srs").append(_crs(code))
    return layer


def _renderer(look: Look) -> Xml.Element:
    renderer = Xml.Element(
        "renderer-v2", {"type": "singleSymbol", "symbollevels": "0", "forceraster": "0", "enableorderby": "0"}
    )
    Xml.SubElement(renderer, "symbols").append(_symbol(look.kind, look.colour))
    return renderer


def _symbol(kind: str, colour: str) -> Xml.Element:
    layers = {
        "marker": (
            "SimpleMarker",
            {"name": "diamond", "color": colour, "size": "3.6", "outline_color": "255,255,255,255"},
        ),
        "fill": (
            "SimpleFill",
            {"color": colour, "style": "solid", "outline_color": "80,80,80,255", "outline_width": "0.26"},
        ),
        "line": ("SimpleLine", {"line_color": colour, "line_width": "0.26"}),
    }
    name, options = layers[kind]
    symbol = Xml.Element("symbol", {"type": kind, "name": "0", "alpha": "1", "clip_to_extent": "1", "force_rhr": "0"})
    layer = Xml.SubElement(symbol, "layer", {"class": name, "enabled": "1", "locked": "0", "pass": "0"})
    told = Xml.SubElement(layer, "Option", {"type": "Map"})
    for option, value in options.items():
        Xml.SubElement(told, "Option", {"type": "QString", "name": option, "value": value})
    return symbol


def _crs(code: str) -> Xml.Element:
    """A coordinate system as QGIS writes it; it reads the code, and the text where it does not know the code."""
    known = pyproj.CRS.from_user_input(code)
    element = Xml.Element("spatialrefsys", {"nativeFormat": "Wkt"})
    Xml.SubElement(element, "wkt").text = known.to_wkt()
    if code.startswith("EPSG:"):
        Xml.SubElement(element, "srid").text = code.removeprefix("EPSG:")
    Xml.SubElement(element, "authid").text = code
    Xml.SubElement(element, "description").text = known.name
    Xml.SubElement(element, "geographicflag").text = "true" if known.is_geographic else "false"
    return element


def _extent(canvas: Xml.Element, box: list[float] | None) -> None:
    """The first view, EPSG:31370."""
    found = to_storage(shapely.box(*(box or (2.5, 49.5, 6.4, 51.5))), CRS84)
    west, south, east, north = from_storage(found, LAMBERT_72).bounds
    extent = Xml.SubElement(canvas, "extent")
    for name, value in (("xmin", west), ("ymin", south), ("xmax", east), ("ymax", north)):
        Xml.SubElement(extent, name).text = str(value)
