"""ArcGIS REST as SPW and FPS Finance speak it: description, /query, /identify, errors inside a 200."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from protocol_server.layers import Answer, Params, Vector

_TYPES = {"i": "esriFieldTypeInteger", "f": "esriFieldTypeDouble"}
#: The words of SPW as one public tool recorded them on 2026-08-01.
SPW_ERROR = "Unable to complete operation. The specified coordinate system is not a Geographic Coordinate System."


def arcgis(layer: Vector, path: str, params: Params, faults: set[str], base: str) -> Answer:
    """Whatever is asked of a layer of a MapServer."""
    from protocol_server.layers import Answer

    if path.endswith("/identify"):
        found = _identify(layer, params, faults)
    elif path.endswith("/query"):
        found = _query(layer, params, faults)
    else:
        found = _description(layer)
    return Answer(json.dumps(found).encode(), "application/json;charset=utf-8")


def error(code: int, message: str) -> dict[str, Any]:
    """An error as ArcGIS reports it, with status 200."""
    return {"error": {"code": code, "message": message, "details": []}}


def _description(layer: Vector) -> dict[str, Any]:
    columns = [name for name in layer.frame.columns if name != layer.frame.geometry.name]
    fields = [
        {
            "name": name,
            "type": "esriFieldTypeOID"
            if name == layer.id_field
            else _TYPES.get(layer.frame[name].dtype.kind, "esriFieldTypeString"),
            "alias": layer.aliases.get(name, name),
        }
        for name in columns
    ]
    return {"id": layer.name, "fields": fields, "maxRecordCount": layer.limit, "supportsPagination": True}


def _query(layer: Vector, params: Params, faults: set[str]) -> dict[str, Any]:
    from protocol_server.answers import box_of, spoiled

    if "spw" in faults:
        return error(400, SPW_ERROR)
    if params.get("where") != "1=1":
        return error(400, "Unable to complete operation.")
    rows = layer.select(box_of(params["geometry"], False), f"EPSG:{params['inSR'.lower()]}", faults)
    if params.get("returncountonly") == "true":
        return {"count": len(rows)} if layer.counts else {}
    if params.get("orderbyfields"):
        rows = rows.sort_values(params["orderbyfields"].split(" ")[0], kind="stable")
    start = int(params.get("resultoffset", 0))
    size = min(int(params.get("resultrecordcount", layer.limit)), layer.limit)
    page = spoiled(rows, rows.iloc[start : start + size], start, faults)
    import shapely

    crs = f"EPSG:{params['outsr']}"
    shapes = [json.loads(one) for one in shapely.to_geojson(layer.shapes(page, crs))] if len(page) else []
    features = [
        {"type": "Feature", "id": name, "geometry": shape, "properties": values}
        for name, shape, values in zip(layer.ids(page), shapes, layer.properties(page), strict=True)
    ]
    found: dict[str, Any] = {
        "type": "FeatureCollection",
        "crs": {"type": "name", "properties": {"name": crs}},
        "features": features,
    }
    if start + size < len(rows):
        found["exceededTransferLimit"] = True
        found["properties"] = {"exceededTransferLimit": True}
    return found


def _identify(layer: Vector, params: Params, faults: set[str]) -> dict[str, Any]:
    numbers = [float(one) for one in params["geometry"].split(",")]
    box = (*numbers, *numbers) if len(numbers) == 2 else numbers
    crs = f"EPSG:{params['sr']}"
    rows = layer.select(tuple(box), crs, faults)  # type: ignore[arg-type]
    rows = rows.iloc[: layer.limit]
    results = []
    for shape, values in zip(layer.shapes(rows, crs), layer.properties(rows), strict=True):
        told = {
            layer.aliases.get(name, name): "Null" if value is None else str(value) for name, value in values.items()
        }
        one: dict[str, Any] = {"layerId": layer.name, "layerName": layer.name, "attributes": told}
        if params.get("returngeometry") != "false":
            one["geometry"] = esri(shape) | {"spatialReference": {"wkid": int(params["sr"])}}
        results.append(one)
    return {"results": results}


def esri(shape: Any) -> dict[str, Any]:
    """A shape as ArcGIS writes it: outer rings clockwise, holes the other way."""
    import shapely

    kind = shape.geom_type
    if kind == "Point":
        return {"x": shape.x, "y": shape.y}
    if kind in ("LineString", "MultiLineString"):
        return {"paths": [[list(c[:2]) for c in line.coords] for line in getattr(shape, "geoms", [shape])]}
    if kind == "MultiPoint":
        return {"points": [list(one.coords[0][:2]) for one in shape.geoms]}
    rings = []
    for part in getattr(shape, "geoms", [shape]):
        turned = shapely.orient_polygons(part, exterior_cw=True)
        rings += [[list(c[:2]) for c in ring.coords] for ring in (turned.exterior, *turned.interiors)]
    return {"rings": rings}
