"""Small collections and vector tiles through tipg, as the role that reads nothing but schema `published`.

Contract
- tipg is given its collections from our list; it never looks for tables or functions by itself.
- Its filters are read and checked by `api.ogc.cql` first; its settings are those here, whatever the environment says.
- A tile holds at most `TILE_FEATURES` features; one that leaves some out carries a layer `left_out` with their number.
- Shapes are the stored EPSG:3857 copy, which becomes lon/lat without a change of datum.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlencode

import asyncpg
import orjson
import tipg.collections
import tipg.dependencies
import tipg.factory
from cql2 import Expr
from fastapi import FastAPI, Path, Request
from fastapi.responses import JSONResponse
from morecantile import tms as all_matrix_sets
from morecantile.defaults import TileMatrixSets
from psycopg.conninfo import conninfo_to_dict
from starlette.types import ASGIApp, Receive, Scope, Send
from tipg.collections import Column, PgCollection
from tipg.errors import TiPgError

from api import problems
from api.budgets import milliseconds
from api.ogc.collections import COLLECTIONS, SMALL, SQL_TYPE, Collection, Kind
from api.ogc.cql import LANGUAGES, Condition, for_tipg, parse
from api.ogc.crs import CRS84, box_of
from api.ogc.items import FORMS, MAX_LIMIT, interval, limit_of, read
from api.ogc.pages import TILE_MATRIX_SET
from api.tiles import MAX_ZOOM
from geodata.database.left_out import left_out
from geodata.database.published import ROLE
from geodata.errors import NotFoundError, UsageError
from geodata.settings import Settings

TILE_FEATURES = 10_000
PREFIX = "/ogc"
#: What a request for a tile, a feature and features of a small collection may ask, the last beside its fields.
TILE_PARAMETERS = frozenset({"filter", "filter-lang", "properties"})
_FEATURE_PARAMETERS = frozenset({"crs", "properties"})
ITEM_PARAMETERS = frozenset(
    {
        "bbox",
        "datetime",
        "filter",
        "filter-lang",
        "filter-crs",
        "limit",
        "offset",
        "properties",
        "sortby",
        "crs",
        "bbox-crs",
    }
)
_PATH = re.compile(r".*/ogc/collections/(?P<collection>[a-z-]+)(/(?P<rest>.*))?$", re.DOTALL)


class PublishedCollection(PgCollection):
    """A collection of tipg that says how many features a tile leaves out."""

    async def get_tile(self, conn: Any, *, tms: Any, tile: Any, **asked: Any) -> bytes:
        """The tile, with a layer `left_out` where it is not whole."""
        body: bytes = await super().get_tile(conn, tms=tms, tile=tile, **asked)
        where = self.cql_where(
            bbox=asked.get("bbox_filter"), properties=asked.get("properties_filter"), cql=asked.get("cql_filter"),
            tms=tms, tile=tile,
        )  # fmt: skip
        found = await self._features_count_query(conn, where=where, function_parameters={})
        missing = found - min(asked.get("limit") or TILE_FEATURES, TILE_FEATURES)
        if missing <= 0:
            return body
        note = await conn.fetchval(
            left_out("$1", "$2::int", "(SELECT ST_TileEnvelope($3, $4, $5) AS box) t"),
            self.id, missing, tile.z, tile.x, tile.y,
        )  # fmt: skip
        return body + bytes(note)


def catalogue(extents: dict[str, list[float]]) -> dict[str, PublishedCollection]:
    """The collections as tipg wants them: the small ones, and those of which it only makes tiles."""
    return {one.id: _as_tipg(one, extents.get(one.id)) for one in COLLECTIONS.values() if one.tiles}


def _as_tipg(one: Collection, extent: list[float] | None) -> PublishedCollection:
    columns = [Column(name=name, type=SQL_TYPE[kind]) for name, kind in one.fields.items()]
    shape = Column(name="geom_3857", type="geometry", geometry_type=one.shape.upper(), srid=3857)
    shape.bounds = extent or list(_BELGIUM)
    return PublishedCollection(
        type="Table", id=one.id, table=one.view, schema="published", title=one.title, description=one.description,
        table_columns=[*columns, shape], properties=columns, geometry_column=shape,
        id_column=next(column for column in columns if column.name == one.feature),
    )  # fmt: skip


_BELGIUM = (2.0, 49.4, 6.5, 51.9)


def create_small(settings: Settings) -> FastAPI:
    """tipg's routes as an app of their own; `pool` and `catalogue` are put on its state when the service starts."""
    for place in (tipg.factory, tipg.collections):
        place.features_settings.max_features_per_query = MAX_LIMIT
        place.features_settings.default_features_limit = 100
        place.mvt_settings.max_features_per_tile = TILE_FEATURES
        place.mvt_settings.set_mvt_layername = True
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.state.settings, app.state.pool, app.state.catalogue = settings, None, {}
    features = _Features(router_prefix=PREFIX, with_common=False, collection_dependency=_small_collection)
    tiles = _Tiles(
        router_prefix=PREFIX,
        with_common=False,
        with_viewer=False,
        collection_dependency=_tiled_collection,
        supported_tms=TileMatrixSets({TILE_MATRIX_SET: all_matrix_sets.get(TILE_MATRIX_SET)}),
    )
    app.include_router(features.router)
    app.include_router(tiles.router)
    app.dependency_overrides[tipg.dependencies.filter_query] = _filter
    app.dependency_overrides[tipg.dependencies.bbox_query] = _bbox
    app.dependency_overrides[tipg.dependencies.datetime_query] = _datetime
    problems.install(app)
    app.add_exception_handler(TiPgError, _refused)
    for off in (asyncpg.DataError, asyncpg.SyntaxOrAccessError):
        app.add_exception_handler(off, _off)
    app.add_exception_handler(asyncpg.QueryCanceledError, problems.too_slow)
    app.add_exception_handler(asyncpg.PostgresError, _lost)
    app.add_exception_handler(asyncpg.InterfaceError, _lost)
    app.add_exception_handler(OSError, _lost)
    app.add_exception_handler(TimeoutError, _lost)
    return app


class _Features(tipg.factory.OGCFeaturesFactory):
    """Features without tipg's own list of collections: ours stands before it."""

    def register_routes(self) -> None:
        wanted: tuple[Callable[[], None], ...] = (self._collection_route, self._items_route, self._item_route)
        for register in wanted:
            register()


class _Tiles(tipg.factory.OGCTilesFactory):
    """Tiles and what describes them, without viewer."""

    def register_routes(self) -> None:
        wanted: tuple[Callable[[], None], ...] = (self._tilematrixsets_routes, self._tilesets_routes, self._tile_routes)
        for register in wanted:
            register()


#: As tipg's routes write it in their addresses.
CollectionName = Annotated[str, Path(alias="collectionId")]


def _small_collection(request: Request, name: CollectionName) -> PublishedCollection:
    return _known(request, name, SMALL)


def _tiled_collection(request: Request, name: CollectionName) -> PublishedCollection:
    return _known(request, name, COLLECTIONS)


def _known(request: Request, name: str, among: Any) -> PublishedCollection:
    found: PublishedCollection | None = request.app.state.catalogue.get(name) if name in among else None
    if found is None:
        raise NotFoundError(f"There is no collection {name[:60]}.", f"Collections: {', '.join(COLLECTIONS)}.")
    return found


def _filter(request: Request) -> Expr | None:
    """The filter, once it names fields of the collection only; in lon/lat."""
    text = request.query_params.get("filter")
    if not text:
        return None
    collection = COLLECTIONS[request.path_params["collectionId"]]
    tree = parse(text, request.query_params.get("filter-lang"))
    Condition(collection, CRS84).sql(tree)
    return Expr(_named(for_tipg(tree)))


def _named(node: Any) -> Any:
    """The geometry under its name in the view."""
    if isinstance(node, dict):
        if node.get("property") == "geom":
            return {"property": "geom_3857"}
        return {name: _named(value) for name, value in node.items()}
    return [_named(one) for one in node] if isinstance(node, list) else node


def _bbox(request: Request) -> list[float] | None:
    text = request.query_params.get("bbox")
    if not text:
        return None
    box_of(text, CRS84)
    numbers = [float(one) for one in text.split(",")]
    west, south, east, north = numbers if len(numbers) == 4 else (*numbers[:2], *numbers[3:5])
    # Mercator has no poles, and the other side of the date line has nothing of ours.
    return [-180.0 if west > east else west, max(south, -85.0), 180.0 if west > east else east, min(north, 85.0)]


def _datetime(request: Request) -> list[str] | None:
    """No small collection has dates of its features: a time is checked, and takes nothing away."""
    text = request.query_params.get("datetime")
    if text:
        interval(text)
    return None


async def _refused(request: Request, error: Exception) -> JSONResponse:
    sentence = "There is no such feature, field or tile in this collection."
    return problems.problem(request, "not-found", sentence, problems.SENTENCES["correct"])


async def _off(request: Request, error: Exception) -> JSONResponse:
    problems.log.warning("the database refused a value", path=request.url.path, error=type(error).__name__)
    sentence = "A value in the address does not fit its field."
    return problems.problem(request, "bad-request", sentence, problems.SENTENCES["correct"])


async def _lost(request: Request, error: Exception) -> JSONResponse:
    problems.log.warning("the database failed", path=request.url.path, error=type(error).__name__)
    return problems.unavailable(request, problems.SENTENCES["stopped"])


async def open_pool(settings: Settings, target: str) -> Any:
    """tipg's pool: every connection is the role, reads only and gives up in time.

    Parameters
    ----------
    target : libpq address of the selected database.
    """
    parts: dict[str, Any] = {name: value for name, value in conninfo_to_dict(target).items() if value is not None}
    own = settings.database_url is not None

    async def begin(connection: Any) -> None:
        for kind in ("json", "jsonb"):
            await connection.set_type_codec(kind, encoder=orjson.dumps, decoder=orjson.loads, schema="pg_catalog")
        if own:
            # A server of one's own gives the role no password: the account of the address takes it on.
            await connection.execute(f"SET ROLE {ROLE}")

    return await asyncpg.create_pool(
        host=parts.get("host"), port=int(parts.get("port", 5432)), database=parts.get("dbname"),
        user=parts.get("user") if own else ROLE, password=parts.get("password"), ssl=parts.get("sslmode"),
        min_size=0, max_size=settings.async_connections, init=begin, timeout=settings.connection_wait,
        command_timeout=settings.statement_timeout + 5,
        server_settings={
            "default_transaction_read_only": "on", "application_name": "standplaats ogc", "search_path": "public",
            "statement_timeout": str(milliseconds(settings, "list")),
        },
    )  # fmt: skip


class Checked:
    """Stands before tipg: refuses what it would pass over, and gives it requests in its own terms.

    A limit above the greatest becomes the greatest, as the standard asks; pages for people are not made.
    """

    def __init__(self, app: FastAPI) -> None:
        self.app: ASGIApp = app
        self.inner = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] == "http":
            scope = dict(scope, app=self.inner)
            request = Request(scope)
            if self.inner.state.pool is None:
                sentence = "The collections cannot be read: the role that may read them is missing."
                answer = problems.problem(
                    request, "database-unavailable", sentence,
                    "Ask the server's administrator to run what `standplaats db grants` prints.",
                )  # fmt: skip
                return await answer(scope, receive, send)
            try:
                scope["query_string"] = _query(scope).encode()
            except UsageError as error:
                answer = problems.problem(request, "bad-request", error.message, error.remedy)
                return await answer(scope, receive, send)
            kept = [pair for pair in scope["headers"] if pair[0] != b"accept"]
            scope["headers"] = kept
        await self.app(scope, receive, send)


def _query(scope: Scope) -> str:
    """The query of a request in tipg's terms; refuses what tipg would pass over or hand to the database unread."""
    pairs = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    found = _PATH.match(scope["path"])
    collection = COLLECTIONS.get(found["collection"]) if found else None
    fields = collection.fields if collection else {}
    what = (found["rest"] or "") if found else ""
    if collection and what.startswith("items/"):
        _check_feature(collection, what.removeprefix("items/"))
    allowed = (
        ITEM_PARAMETERS if what == "items" else _FEATURE_PARAMETERS if what.startswith("items/") else TILE_PARAMETERS
    )
    if what.startswith("tiles/") and what.count("/") > 1:
        _check_tile(what.split("/")[2:])
    out = []
    for name, value in pairs:
        if "\0" in value:
            raise UsageError("A value in the address cannot be read.", "Correct it and ask again.")
        if name == "lang" or (name == "f" and value in FORMS):
            continue
        if name in fields and what == "items":
            read(value, fields[name])
        elif name not in allowed:
            raise UsageError(f"{name[:40]} is no parameter here.", "See /ogc/api.")
        if name in ("crs", "bbox-crs", "filter-crs"):
            if value != CRS84:
                raise UsageError(f"{value[:120]} is not offered here.", f"Systems: {CRS84}.")
            continue
        if (kept := _value(name, value, fields, collection)) is not None:
            out.append((name, kept))
    return urlencode(out)


def _value(name: str, value: str, fields: Mapping[str, Kind], collection: Collection | None) -> str | None:
    """One value as tipg takes it; None where it is to be left out."""
    if name == "limit":
        return str(limit_of(value))
    if name == "offset" and not (value.isascii() and value.isdigit() and len(value) < 9):
        raise UsageError("A value in the address does not fit its field.", "Correct it and ask again.")
    if name in ("properties", "sortby") and collection is not None:
        for one in value.split(","):
            if one.lstrip("+- ") not in fields:
                raise UsageError(
                    f"{one[:40]} is no field of {collection.id}.", f"Fields: {', '.join(collection.fields)}."
                )
    if name == "filter-lang":
        value = "cql2-text" if value == "cql-text" else value
        if value not in LANGUAGES:
            raise UsageError(f"{value[:40]} is no language of filters.", f"Languages: {', '.join(LANGUAGES)}.")
    return value or None


def _check_feature(collection: Collection, feature: str) -> None:
    """An identifier that cannot be one is of no feature."""
    if collection.fields[collection.feature] == "integer" and not (
        feature.isascii() and feature.isdigit() and len(feature) < 10
    ):
        raise NotFoundError(f"There is no feature {feature[:80]} in {collection.id}.")


def _check_tile(address: list[str]) -> None:
    """Zoom, column and row of a tile that exists."""
    if len(address) == 3 and all(one.isascii() and one.isdigit() and len(one) < 9 for one in address):
        zoom, column, row = map(int, address)
        if zoom <= MAX_ZOOM and column < 2**zoom and row < 2**zoom:
            return
    raise NotFoundError("There is no such feature, field or tile in this collection.")
