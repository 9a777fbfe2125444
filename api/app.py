"""The whole service assembled on one page: pools, routes, tiles, page, headers.

`create_app(settings, public=False)` starts nothing and opens the pools with the app's life. With `public=True` the
service gives only the anonymous view: public sites, rules, totals, published results, and the explanation of a
parcel clicked, without its rank.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path

from fastapi import FastAPI, Request, Response
from fastapi.middleware.gzip import GZipMiddleware
from fastapi.staticfiles import StaticFiles

from api import ogc, problems
from api.routes import (
    areas,
    assemblies,
    candidates,
    comparisons,
    dcat,
    exports,
    files,
    health,
    law,
    layout,
    meta,
    municipalities,
    need,
    parcels,
    qgis,
    robustness,
    safeguards,
    sites,
    sources_catalogue,
    subsidies,
    tiles,
)
from geodata.database.pools import async_pool, pool
from geodata.settings import Settings
from sites.law import use_pack
from sites.law.packs import PackStore

STATIC = Path(__file__).parent / "static"

#: Nothing is loaded from elsewhere; the map draws through a worker of our own and inline image data.
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; worker-src 'self' blob:; style-src 'self'; "
    "connect-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)


def create_app(settings: Settings, *, public: bool = False) -> FastAPI:
    """The service on the selected database.

    Parameters
    ----------
    settings : which database, and the default language.
    public : give only the anonymous view.
    """

    @asynccontextmanager
    async def life(app: FastAPI) -> AsyncIterator[None]:
        with pool(settings) as connections:
            async with async_pool(settings) as async_connections:
                app.state.pool, app.state.async_pool = connections, async_connections
                app.state.free = asyncio.Semaphore(connections.max_size)
                async with ogc.life(app, settings):
                    yield

    app = FastAPI(
        title="Standplaats",
        version=version("standplaats"),
        summary="Where caravan sites are in Belgium, where new ones could be, and why.",
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=life,
    )
    app.state.settings, app.state.public = settings, public
    use_pack(PackStore(settings.home / "law").in_use())
    problems.install(app)
    app.add_middleware(GZipMiddleware, minimum_size=1024)
    app.middleware("http")(_headers)
    for routes in (
        health,
        law,
        meta,
        municipalities,
        candidates,
        comparisons,
        assemblies,
        areas,
        parcels,
        robustness,
        layout,
        exports,
        sites,
        need,
        safeguards,
        sources_catalogue,
        subsidies,
        files,
        tiles,
        dcat,
        qgis,
    ):
        app.include_router(routes.router)
    ogc.install(app, settings)
    if STATIC.is_dir():
        app.mount("/", StaticFiles(directory=STATIC, html=True), name="page")
    return app


async def _headers(request: Request, following: Callable[[Request], Awaitable[Response]]) -> Response:
    response = await following(request)
    response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    if request.url.path.startswith("/assets/"):
        # Built files carry a checksum in their name.
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    else:
        response.headers.setdefault("Cache-Control", "no-cache")
    return response
