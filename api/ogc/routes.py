"""`/ogc`: the pages of the OGC interface, and the features of the large collections."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import orjson
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from api.dependencies import Database, PageTokens, Translate
from api.ogc import crs, pages
from api.ogc.collections import COLLECTIONS, LARGE, Collection
from api.ogc.cql import LANGUAGES
from api.ogc.items import DEFAULT_LIMIT, FORMS, Wanted, feature_of, limit_of, page_of
from api.ogc.openapi import definition
from geodata.errors import NotFoundError, UsageError

router = APIRouter(prefix="/ogc", tags=["ogc"], include_in_schema=False)

_PARAMETERS = frozenset(
    {
        "limit",
        "bbox",
        "bbox-crs",
        "crs",
        "datetime",
        "filter",
        "filter-lang",
        "filter-crs",
        "properties",
        "token",
        "f",
        "lang",
    }
)


def base_of(request: Request) -> str:
    """Address of `/ogc` as the visitor has it, behind a proxy and its prefix, too."""
    return f"{str(request.base_url).rstrip('/')}/ogc"


def _json(body: Any, kind: str = pages.JSON) -> Response:
    return Response(orjson.dumps(body), media_type=kind)


@router.get("")
@router.get("/")
def landing(request: Request, translate: Translate) -> Response:
    """Landing page."""
    return _json(pages.landing(base_of(request), translate))


@router.get("/conformance")
def conformance() -> Response:
    """What is kept of which standard."""
    return _json({"conformsTo": pages.CONFORMANCE})


@router.get("/api")
def api(request: Request) -> Response:
    """OpenAPI definition."""
    return _json(definition(base_of(request)), pages.OPENAPI)


@router.get("/collections")
def collections(request: Request, translate: Translate) -> Response:
    """All collections."""
    return _json(pages.collections(base_of(request), translate, request.app.state.ogc_extents))


@router.get("/collections/{name}")
def collection(request: Request, translate: Translate, name: str) -> Response:
    """One collection."""
    return _json(pages.collection(_known(name), base_of(request), translate, request.app.state.ogc_extents))


@router.get("/collections/{name}/queryables")
def queryables(request: Request, translate: Translate, name: str) -> Response:
    """Fields a filter may name."""
    return _json(pages.queryables(_known(name), base_of(request), translate), pages.SCHEMA)


def _known(name: str) -> Collection:
    if name not in COLLECTIONS:
        raise NotFoundError(f"There is no collection {name[:60]}.", f"Collections: {', '.join(COLLECTIONS)}.")
    return COLLECTIONS[name]


def wanted_of(request: Request, collection: Collection) -> Wanted:
    """What a request asks; a parameter that does not exist is refused, as the standard asks.

    Raises
    ------
    UsageError
        When one is off.
    """
    given = request.query_params
    for name in given:
        if name not in _PARAMETERS and name not in collection.fields:
            raise UsageError(f"{name[:40]} is no parameter here.", "See /ogc/api.")
    language = given.get("filter-lang")
    language = "cql2-text" if language == "cql-text" else language
    if language is not None and language not in LANGUAGES:
        raise UsageError(f"{language[:40]} is no language of filters.", f"Languages: {', '.join(LANGUAGES)}.")
    if given.get("f", "json") not in FORMS:
        raise UsageError(f"{given['f'][:40]} is not offered here.", "See /ogc/api.")
    named = tuple(given["properties"].split(",")) if given.get("properties") else None
    for name in named or ():
        if name not in collection.fields:
            raise UsageError(f"{name[:40]} is no field of {collection.id}.", f"Fields: {', '.join(collection.fields)}.")
    return Wanted(
        limit=limit_of(given.get("limit", str(DEFAULT_LIMIT))),
        bbox=given.get("bbox") or None,
        system=crs.system(given.get("crs")),
        bbox_system=crs.system(given.get("bbox-crs")),
        datetime=given.get("datetime") or None,
        filter=given.get("filter") or None,
        filter_language=language,
        filter_system=crs.system(given.get("filter-crs")),
        equal=tuple((name, given[name]) for name in collection.fields if name in given),
        properties=named,
        token=given.get("token"),
    )


def _items_of(collection: Collection) -> Callable[..., Response]:
    def items(request: Request, connection: Database, pages_: PageTokens) -> Response:
        """One page of features."""
        wanted = wanted_of(request, collection)
        page = page_of(connection, collection, wanted, pages_)
        here = f"{base_of(request)}/collections/{collection.id}"
        asked = [(name, value) for name, value in request.query_params.multi_items() if name != "token"]
        links = [
            pages.link(
                f"{here}/items" + _tail([*request.query_params.multi_items()]), "self", pages.GEOJSON, collection.id
            ),
            pages.link(here, "collection", pages.JSON, collection.id),
        ]
        if page.following:
            following = f"{here}/items" + _tail([*asked, ("token", page.following)])
            links.append(pages.link(following, "next", pages.GEOJSON, collection.id))
        body: dict[str, Any] = {
            "type": "FeatureCollection",
            "timeStamp": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "numberReturned": len(page.features),
            "links": links,
            "features": page.features,
        }
        if page.matched is not None:
            body["numberMatched"] = page.matched
        return _features(body, wanted.system)

    return items


def _item_of(collection: Collection) -> Callable[..., Response]:
    def item(request: Request, connection: Database, feature: str) -> Response:
        """One feature."""
        system = crs.system(request.query_params.get("crs"))
        found = feature_of(connection, collection, feature, system)
        here = f"{base_of(request)}/collections/{collection.id}"
        links = [
            pages.link(f"{here}/items/{found['id']}", "self", pages.GEOJSON, collection.id),
            pages.link(here, "collection", pages.JSON, collection.id),
        ]
        return _features({**found, "links": links}, system)

    return item


def _tail(pairs: list[tuple[str, str]]) -> str:
    return f"?{urlencode(pairs)}" if pairs else ""


def _features(body: dict[str, Any], system: str) -> Response:
    answer = _json(body, pages.GEOJSON)
    answer.headers["Content-Crs"] = f"<{system}>"
    return answer


for _one in LARGE.values():
    router.add_api_route(f"/collections/{_one.id}/items", _items_of(_one), response_class=JSONResponse)
    router.add_api_route(f"/collections/{_one.id}/items/{{feature}}", _item_of(_one), response_class=JSONResponse)
