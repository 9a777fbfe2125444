"""The whole service assembled on one page: pools, routes, tiles, page, headers.

`create_app(settings, public=False)` starts nothing and opens the pools with the app's life. With `public=True` the
service gives only the anonymous view: public sites, rules, totals, published results, and the explanation of a
parcel clicked, without its rank.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi.staticfiles import StaticFiles

from api import figures, ogc, openapi, problems
from api.compression import Compressed
from api.frame import Frame
from api.ogc.validators import Validated
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
    method,
    metrics,
    municipalities,
    need,
    parcels,
    qgis,
    results,
    robustness,
    safeguards,
    sites,
    sources_catalogue,
    subsidies,
    tiles,
)
from api.routes import problems as problem_pages
from api.tile_facts import Kept
from api.uploads import BodyLimit
from geodata.database.pools import async_pool, pool
from geodata.settings import Settings
from geodata.tokens import pages_of
from sites.law import use_pack
from sites.law.packs import PackStore

STATIC = Path(__file__).parent / "static"
#: What pages of other origins may do, where the setting lets them in. Never with credentials: what a login opens is not theirs.
OTHER_PAGES: dict[str, Any] = {
    "allow_methods": ["GET", "HEAD", "POST"],
    "allow_headers": ["Content-Type", "If-None-Match", "If-Modified-Since"],
    "expose_headers": ["ETag", "Last-Modified", "Content-Disposition", "Content-Crs", "Content-Language", "Link",
                       "Retry-After", "X-Left-Out", "X-Request-ID"],
    "max_age": 3600,
}  # fmt: skip


def create_app(settings: Settings, *, public: bool = False) -> FastAPI:
    """The service on the selected database.

    Parameters
    ----------
    settings : which database, and the default language.
    public : give only the anonymous view.
    """

    app = openapi.Described(
        title="Standplaats",
        version=version("standplaats"),
        summary="Where caravan sites are in Belgium, where new ones could be, and why.",
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=_life,
    )
    app.state.settings, app.state.public = settings, public
    use_pack(PackStore(settings.home / "law").in_use())
    problems.install(app)
    app.add_middleware(BodyLimit)
    app.add_middleware(Validated)
    app.add_middleware(Compressed)
    if settings.cors_allowed:
        app.add_middleware(CORSMiddleware, **OTHER_PAGES, allow_origins=settings.cors_allowed)
    app.add_middleware(Frame, settings=settings)
    for routes in (
        health,
        law,
        meta,
        method,
        metrics,
        municipalities,
        candidates,
        comparisons,
        assemblies,
        areas,
        parcels,
        results,
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
    app.include_router(problem_pages.router)
    ogc.install(app, settings)
    if STATIC.is_dir():
        app.mount("/", StaticFiles(directory=STATIC, html=True), name="page")
    return app


@asynccontextmanager
async def _life(app: FastAPI) -> AsyncIterator[None]:
    settings: Settings = app.state.settings
    app.state.pages = pages_of(settings)
    app.state.pages.prepare()
    with pool(settings) as connections:
        async with async_pool(settings) as async_connections:
            app.state.pool, app.state.async_pool = connections, async_connections
            app.state.supply = Kept()
            app.state.free = asyncio.Semaphore(connections.max_size)
            app.state.free_in_loop = asyncio.Semaphore(async_connections.max_size)
            noting = asyncio.create_task(_note_pools(app))
            async with ogc.life(app, settings):
                yield
            noting.cancel()


async def _note_pools(app: FastAPI) -> None:
    while True:
        figures.note_pools(app.state.pool, app.state.async_pool)
        await asyncio.sleep(5)
