"""How each protocol words its answers: WFS, OGC API Features, WMS GetFeatureInfo, WCS; ArcGIS has its own file."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from xml.sax.saxutils import escape

from protocol_server import arcgis_answers, gml

if TYPE_CHECKING:
    from protocol_server.layers import Answer, Params, Vector

STORAGE = "EPSG:31370"
_GEOGRAPHIC = ("EPSG:4326", "EPSG:4258")
_CAPABLE = (STORAGE, "EPSG:3812", "EPSG:3857", *_GEOGRAPHIC)


def wfs(layer: Vector, path: str, params: Params, faults: set[str], base: str) -> Answer:
    """GetFeature of 1.1 and 2.0, as GML or JSON."""
    from protocol_server.layers import Answer

    if params.get("service", "").upper() != "WFS" or params.get("request") != "GetFeature":
        return Answer(ows_exception("OperationNotSupported", "only GetFeature is answered"), "text/xml", 400)
    name = params.get("srsname", STORAGE)
    crs = short(name)
    if crs not in _CAPABLE:
        return Answer(ows_exception("InvalidParameterValue", f"srsName {crs} is not offered"), "text/xml", 400)
    flipped = crs in _GEOGRAPHIC and name.startswith("urn:")
    rows = layer.select(box_of(params.get("bbox", ""), flipped), crs, faults)
    if params.get("sortby"):
        rows = rows.sort_values(params["sortby"].split(" ")[0], kind="stable")
    start = int(params.get("startindex", 0))
    size = min(int(params.get("count", params.get("maxfeatures", layer.limit))), layer.limit)
    page = spoiled(rows, rows.iloc[start : start + size], start, faults)
    told = len(rows.iloc[start : start + size])
    matched = str(len(rows)) if layer.counts else "unknown"
    version = params.get("version", "2.0.0")
    if "json" in params.get("outputformat", "").lower():
        found = collection(layer, page, crs, told, int(matched) if layer.counts else None)
        found["crs"] = {"type": "name", "properties": {"name": f"urn:ogc:def:crs:EPSG::{crs.rpartition(':')[2]}"}}
        return Answer(json.dumps(found).encode(), "application/json;charset=UTF-8")
    body = gml.write(layer, page, crs, told, matched, flipped, version, "doctype" in faults)
    return Answer(body, "application/gml+xml; version=3.2")


def ogc_api(layer: Vector, path: str, params: Params, faults: set[str], base: str) -> Answer:
    """Items of a collection with a link to the next page."""
    from protocol_server.layers import Answer

    crs = short(params.get("crs", "EPSG:4326"))
    box_crs = short(params.get("bbox-crs", "EPSG:4326"))
    rows = layer.select(box_of(params.get("bbox", ""), False), box_crs, faults)
    start = int(params.get("startindex", 0))
    size = min(int(params.get("limit", 10)), layer.limit)
    page = spoiled(rows, rows.iloc[start : start + size], start, faults)
    found = collection(layer, page, crs, len(rows.iloc[start : start + size]), len(rows) if layer.counts else None)
    found.pop("totalFeatures", None)
    here = f"{base}/{path}"
    found["links"] = [{"rel": "self", "type": "application/geo+json", "href": f"{here}?{urlencode(params)}"}]
    if start + size < len(rows) or "loop" in faults:
        following = 0 if "loop" in faults and start else start + size
        link = f"{here}?{urlencode({**params, 'startindex': following})}"
        # As real services do, the link names the real host.
        link = link.replace(f"{base}/", "https://")
        found["links"].append({"rel": "next", "type": "application/geo+json", "href": link})
    headers = {"Content-Crs": f"<http://www.opengis.net/def/crs/EPSG/0/{crs.rpartition(':')[2]}>"}
    return Answer(json.dumps(found).encode(), "application/geo+json", headers=headers)


def wms(layer: Vector, path: str, params: Params, faults: set[str], base: str) -> Answer:
    """GetFeatureInfo at the pixel asked, in the XML of ArcGIS or as JSON."""
    from protocol_server.layers import Answer

    crs = params.get("crs", STORAGE)
    left, bottom, right, top = box_of(params["bbox"], False) or (0, 0, 0, 0)
    x = left + (int(params["i"]) + 0.5) / int(params["width"]) * (right - left)
    y = top - (int(params["j"]) + 0.5) / int(params["height"]) * (top - bottom)
    rows = layer.select((x, y, x, y), crs, faults)
    if "json" in params.get("info_format", ""):
        return Answer(json.dumps(collection(layer, rows, crs, len(rows), None)).encode(), "application/json")
    fields = "".join(
        "<FIELDS " + " ".join(f'{name}="{escape(str(value))}"' for name, value in one.items()) + "/>"
        for one in layer.properties(rows)
    )
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<FeatureInfoResponse xmlns="http://www.esri.com/wms">{fields}</FeatureInfoResponse>'
    if "doctype" in faults:
        body = body.replace("?>\n", '?>\n<!DOCTYPE x [<!ENTITY e "x">]>\n', 1)
    return Answer(body.encode(), "text/xml")


def collection(layer: Vector, rows: Any, crs: str, returned: int, matched: int | None) -> dict[str, Any]:
    """A page as GeoServer words it."""
    import shapely

    shapes = [json.loads(one) for one in shapely.to_geojson(layer.shapes(rows, crs))] if len(rows) else []
    stem = layer.name.rpartition(":")[2]
    features = [
        {"type": "Feature", "id": f"{stem}.{name}", "geometry": shape, "geometry_name": "SHAPE", "properties": values}
        for name, shape, values in zip(layer.ids(rows), shapes, layer.properties(rows), strict=True)
    ]
    found: dict[str, Any] = {"type": "FeatureCollection", "features": features, "numberReturned": returned}
    if matched is not None:
        found |= {"totalFeatures": matched, "numberMatched": matched}
    found["timeStamp"] = "2026-01-01T00:00:00.000Z"
    return found


def spoiled(rows: Any, page: Any, start: int, faults: set[str]) -> Any:
    """A page with one feature missing, or with one of the page before in the place of its first."""
    if "short" in faults and len(page):
        return page.iloc[:-1]
    if "doubled" in faults and start and len(page):
        import pandas as pd

        return pd.concat([rows.iloc[start - 1 : start], page.iloc[1:]])
    return page


def multipart(tiff: bytes) -> Answer:
    """GML and TIFF as parts of one answer, with the line ends and marks of the Flemish server."""
    from protocol_server.layers import Answer

    body = (
        b"--wcs\nContent-Type: text/xml\nContent-ID: GML-Part\n\n<gmlcov:RectifiedGridCoverage/>\n"
        b"--wcs\nContent-Type: image/tiff\nContent-Description: coverage data\n"
        b"Content-Transfer-Encoding: binary\nContent-ID: 1.tif\nContent-Disposition: INLINE\n\n" + tiff + b"\n--wcs--\n"
    )
    return Answer(body, 'multipart/related; boundary="wcs"')


def subsets(params: Params) -> tuple[tuple[float, float], tuple[float, float]]:
    """The two axes asked of a coverage; the server joins repeated parameters with a blank."""
    found = dict(re.findall(r"(\w)\(([-\d.]+,[-\d.]+)\)", params.get("subset", "")))
    x, y = ([float(one) for one in found[axis].split(",")] for axis in "xy")
    return (x[0], x[1]), (y[0], y[1])


def box_of(text: str, flipped: bool) -> tuple[float, float, float, float] | None:
    """The box of a request as x, y."""
    if not text:
        return None
    a, b, c, d = (float(one) for one in text.split(",")[:4])
    return (b, a, d, c) if flipped else (a, b, c, d)


def short(name: str) -> str:
    """`EPSG:n` of any way to write it."""
    if name.endswith("CRS84"):
        return "EPSG:4326"
    return "EPSG:" + re.split(r"[:/]", name)[-1]


def ows_exception(code: str, text: str) -> bytes:
    """An error report of OWS 1.1."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<ows:ExceptionReport xmlns:ows="http://www.opengis.net/ows/1.1" '
        f'version="2.0.0"><ows:Exception exceptionCode="{code}"><ows:ExceptionText>{code}: {escape(text)}'
        "</ows:ExceptionText></ows:Exception></ows:ExceptionReport>"
    ).encode()


ANSWERS = {"wfs": wfs, "ogc-api": ogc_api, "arcgis-rest": arcgis_answers.arcgis, "wms": wms}
