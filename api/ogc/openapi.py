"""The definition at `/ogc/api`: every address of the OGC interface, with the fields of each collection as parameters.

GDAL and QGIS learn from it which fields the server filters by; GDAL knows CQL2 text by its older name `cql-text`, which is
taken as the same.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from api.ogc.collections import COLLECTIONS, Collection, Kind
from api.ogc.crs import CRS84, SYSTEMS
from api.ogc.items import DEFAULT_LIMIT, MAX_LIMIT
from api.ogc.pages import GEOJSON, JSON, SCHEMA, TILE, TILE_MATRIX_SET

_SCHEMAS: dict[Kind, dict[str, str]] = {
    "string": {"type": "string"}, "integer": {"type": "integer"}, "number": {"type": "number"},
    "boolean": {"type": "boolean"}, "date": {"type": "string", "format": "date"},
}  # fmt: skip


def definition(base: str) -> dict[str, Any]:
    """The document; `base` is the address of `/ogc`."""
    paths: dict[str, Any] = {
        "/": _get("landing", "Landing page"),
        "/conformance": _get("conformance", "What is kept of which standard"),
        "/collections": _get("collections", "All collections"),
        "/api": _get("api", "This document"),
    }
    for one in COLLECTIONS.values():
        here = f"/collections/{one.id}"
        paths[here] = _get(f"{one.id}", one.title)
        paths[f"{here}/queryables"] = _get(f"{one.id}.queryables", "Fields to filter by", SCHEMA)
        paths[f"{here}/items"] = _get(f"{one.id}.items", one.title, GEOJSON, _items(one))
        feature = {"name": "featureId", "in": "path", "required": True, "schema": {"type": "string"}}
        paths[f"{here}/items/{{featureId}}"] = _get(
            f"{one.id}.item", one.title, GEOJSON, [feature, *_systems(one, ["crs"])]
        )
        if one.tiles:
            paths[f"{here}/tiles"] = _get(f"{one.id}.tilesets", "Sets of vector tiles")
            tile = f"{here}/tiles/{TILE_MATRIX_SET}"
            paths[tile] = _get(f"{one.id}.tileset", "Set of vector tiles")
            numbers = [
                {"name": name, "in": "path", "required": True, "schema": {"type": "integer", "minimum": 0}}
                for name in "zxy"
            ]
            paths[f"{tile}/{{z}}/{{x}}/{{y}}"] = _get(f"{one.id}.tile", "Vector tile", TILE, numbers)
    return {
        "openapi": "3.0.3",
        "info": {"title": "Standplaats", "version": version("standplaats")},
        "servers": [{"url": base}],
        "paths": paths,
    }


def _get(name: str, summary: str, kind: str = JSON, parameters: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    answers = {
        "200": {"description": "The answer.", "content": {kind: {}}},
        "default": {"description": "A problem (RFC 9457).", "content": {"application/problem+json": {}}},
    }
    return {"get": {"operationId": name, "summary": summary, "parameters": parameters or [], "responses": answers}}


def _items(one: Collection) -> list[dict[str, Any]]:
    numbers = {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 6}
    limit = {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT}
    languages = {"type": "string", "enum": ["cql2-text", "cql2-json", "cql-text"], "default": "cql2-text"}
    return [
        _parameter("limit", limit),
        {**_parameter("bbox", numbers), "style": "form", "explode": False},
        _parameter("datetime", {"type": "string"}),
        _parameter("filter", {"type": "string"}),
        _parameter("filter-lang", languages),
        _parameter("properties", {"type": "string"}),
        *_systems(one, ["crs", "bbox-crs", "filter-crs"]),
        *(_parameter(name, _SCHEMAS[kind]) for name, kind in one.fields.items()),
    ]


def _systems(one: Collection, names: list[str]) -> list[dict[str, Any]]:
    offered = [CRS84] if one.key is None else list(SYSTEMS)
    return [_parameter(name, {"type": "string", "format": "uri", "enum": offered, "default": CRS84}) for name in names]


def _parameter(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": schema}
