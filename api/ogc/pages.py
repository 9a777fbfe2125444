"""Pages of the OGC interface that say what there is: landing page, conformance, collections, fields to filter by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api.i18n import Translator
from api.ogc.collections import COLLECTIONS, Collection
from api.ogc.crs import CRS84, LAMBERT_72, SYSTEMS

GEOJSON, JSON, SCHEMA = "application/geo+json", "application/json", "application/schema+json"
OPENAPI, TILE = "application/vnd.oai.openapi+json;version=3.0", "application/vnd.mapbox-vector-tile"
TILE_MATRIX_SET = "WebMercatorQuad"

_SPEC = "http://www.opengis.net/spec"
#: What is kept here, and nothing else. CRS holds for the collections that list systems.
CONFORMANCE = [
    f"{_SPEC}/ogcapi-common-1/1.0/conf/core",
    f"{_SPEC}/ogcapi-common-1/1.0/conf/landing-page",
    f"{_SPEC}/ogcapi-common-1/1.0/conf/json",
    f"{_SPEC}/ogcapi-common-1/1.0/conf/oas30",
    f"{_SPEC}/ogcapi-common-2/1.0/conf/collections",
    f"{_SPEC}/ogcapi-features-1/1.0/conf/core",
    f"{_SPEC}/ogcapi-features-1/1.0/conf/geojson",
    f"{_SPEC}/ogcapi-features-1/1.0/conf/oas30",
    f"{_SPEC}/ogcapi-features-2/1.0/conf/crs",
    f"{_SPEC}/ogcapi-features-3/1.0/conf/queryables",
    f"{_SPEC}/ogcapi-features-3/1.0/conf/queryables-query-parameters",
    f"{_SPEC}/ogcapi-features-3/1.0/conf/filter",
    f"{_SPEC}/ogcapi-features-3/1.0/conf/features-filter",
    f"{_SPEC}/cql2/1.0/conf/basic-cql2",
    f"{_SPEC}/cql2/1.0/conf/cql2-text",
    f"{_SPEC}/cql2/1.0/conf/cql2-json",
    f"{_SPEC}/cql2/1.0/conf/advanced-comparison-operators",
    f"{_SPEC}/cql2/1.0/conf/basic-spatial-functions",
    f"{_SPEC}/ogcapi-tiles-1/1.0/conf/core",
    f"{_SPEC}/ogcapi-tiles-1/1.0/conf/tileset",
    f"{_SPEC}/ogcapi-tiles-1/1.0/conf/tilesets-list",
    f"{_SPEC}/ogcapi-tiles-1/1.0/conf/mvt",
]
_QUERYABLES = "http://www.opengis.net/def/rel/ogc/1.0/queryables"
_TILES = "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector"
_GEOMETRY = {"Point": "geometry-point", "MultiPolygon": "geometry-multipolygon", "Geometry": "geometry-any"}


def link(href: str, rel: str, kind: str, title: str) -> dict[str, str]:
    """One link."""
    return {"href": href, "rel": rel, "type": kind, "title": title}


def landing(base: str, translate: Translator) -> dict[str, Any]:
    """The landing page; `base` is the address of `/ogc` without a slash at its end."""
    return {
        "title": "Standplaats",
        "description": translate("Public caravan sites of Belgium, zoning, hazards and published candidates."),
        "links": [
            link(base, "self", JSON, "Standplaats"),
            link(f"{base}/api", "service-desc", OPENAPI, "OpenAPI"),
            link(f"{base}/conformance", "conformance", JSON, "OGC API"),
            link(f"{base}/collections", "data", JSON, translate("Collections")),
            link(
                f"{base}/tileMatrixSets", "http://www.opengis.net/def/rel/ogc/1.0/tiling-schemes", JSON, TILE_MATRIX_SET
            ),
            link(f"{base.removesuffix('/ogc')}/dcat", "describedby", "text/turtle", "DCAT-AP"),
        ],
    }


def collections(base: str, translate: Translator, extents: Mapping[str, list[float]]) -> dict[str, Any]:
    """All collections."""
    return {
        "links": [link(f"{base}/collections", "self", JSON, translate("Collections"))],
        "crs": list(SYSTEMS),
        "collections": [collection(one, base, translate, extents) for one in COLLECTIONS.values()],
    }


def collection(one: Collection, base: str, translate: Translator, extents: Mapping[str, list[float]]) -> dict[str, Any]:
    """One collection; systems are listed where shapes come in more than lon/lat."""
    here = f"{base}/collections/{one.id}"
    title = translate(one.title)
    links = [
        link(here, "self", JSON, title),
        link(f"{here}/items", "items", GEOJSON, title),
        link(f"{here}/queryables", _QUERYABLES, SCHEMA, title),
        link(f"{base.removesuffix('/ogc')}/dcat", "describedby", "text/turtle", "DCAT-AP"),
    ]
    if one.tiles:
        links.append(link(f"{here}/tiles", _TILES, JSON, title))
    told: dict[str, Any] = {
        "id": one.id,
        "title": title,
        "description": translate(one.description),
        "itemType": "feature",
        "crs": [CRS84] if one.key is None else list(SYSTEMS),
        "links": links,
    }
    if one.key is not None:
        told["storageCrs"] = LAMBERT_72
    if one.id in extents:
        told["extent"] = {"spatial": {"bbox": [extents[one.id]], "crs": CRS84}}
    return told


def queryables(one: Collection, base: str, translate: Translator) -> dict[str, Any]:
    """JSON Schema of the fields a filter may name."""
    types = {"string": "string", "integer": "integer", "number": "number", "boolean": "boolean"}
    properties: dict[str, Any] = {
        name: {"title": name, "type": "string", "format": "date"}
        if kind == "date"
        else {"title": name, "type": types[kind]}
        for name, kind in one.fields.items()
    }
    properties["geom"] = {"title": "geom", "x-ogc-role": "primary-geometry", "format": _GEOMETRY[one.shape]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{base}/collections/{one.id}/queryables",
        "type": "object",
        "title": translate(one.title),
        "properties": properties,
        "additionalProperties": False,
    }
