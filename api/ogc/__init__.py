"""OGC API Features and Tiles at `/ogc`: public sites, totals, zoning, hazards, parcels and published candidates.

Contract: the same in every view of the service, for schema `published` holds only what anybody may have. The pages and the
large collections are ours; the small ones and the tiles go through tipg. Where the role that reads them cannot be made, these
answer 503 with the remedy, and the rest of the service goes on.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import asyncpg
import psycopg
import structlog
from fastapi import FastAPI

from api.ogc.collections import COLLECTIONS
from api.ogc.routes import router
from api.ogc.small import PREFIX, Checked, catalogue, create_small, open_pool
from geodata.database.engine import connect, conninfo
from geodata.database.published import ensure_role, write_down_closed
from geodata.errors import StandplaatsError
from geodata.settings import Settings
from sites.inventory.published import write_sites

log = structlog.get_logger()

#: Seconds after which sites, extents and a missing role are looked at again.
REFRESH = 300.0


def install(app: FastAPI, settings: Settings) -> None:
    """Put the interface into the service; nothing is opened before `life`."""
    app.state.ogc_extents = {}
    app.state.ogc_small = create_small(settings)
    app.include_router(router)
    app.mount(PREFIX, Checked(app.state.ogc_small), name="ogc")


@asynccontextmanager
async def life(app: FastAPI, settings: Settings) -> AsyncIterator[None]:
    """Pool of the role, and the upkeep of what is published, for as long as the service runs."""
    app.state.ogc_small.state.public = app.state.public
    await refresh(app, settings)
    keeper = asyncio.create_task(_keep(app, settings))
    try:
        yield
    finally:
        keeper.cancel()
        with suppress(asyncio.CancelledError):
            await keeper
        if app.state.ogc_small.state.pool is not None:
            await app.state.ogc_small.state.pool.close()
            app.state.ogc_small.state.pool = None


async def _keep(app: FastAPI, settings: Settings) -> None:
    while True:
        await asyncio.sleep(REFRESH)
        await refresh(app, settings)


async def refresh(app: FastAPI, settings: Settings) -> None:
    """Bring sites, closed sources and extents up to date, and open the pool where it is not open."""
    small = app.state.ogc_small.state
    try:
        ready, app.state.ogc_extents = await asyncio.to_thread(_prepare, settings)
        small.catalogue = catalogue(app.state.ogc_extents)
        if ready and small.pool is None:
            small.pool = await open_pool(settings, await asyncio.to_thread(conninfo, settings))
    except (StandplaatsError, psycopg.Error, asyncpg.PostgresError, OSError) as error:
        log.warning("the published collections were not brought up to date", error=type(error).__name__)


def _prepare(settings: Settings) -> tuple[bool, dict[str, list[float]]]:
    """Is the role there, and where do the collections lie? Sites and closed sources are written down where they changed."""
    with connect(settings) as connection:
        write_down_closed(connection)
        write_sites(connection, demo=settings.demo)
        connection.commit()
        extents = {name: box for name in COLLECTIONS if (box := _extent(connection, name)) is not None}
        connection.commit()
        connection.autocommit = True
        try:
            ensure_role(connection, login=settings.database_url is None)
        except StandplaatsError as error:
            log.warning("no role for the published collections", remedy=error.remedy)
            return False, extents
    return True, extents


#: Parcels and candidates lie in their municipalities, of which there are few.
_LIES_IN = {
    "parcels": "EXISTS (SELECT FROM published.parcel p WHERE p.nis = m.nis)",
    "candidates": "m.nis IN (SELECT unnest(r.territory) FROM published.run r)",
}


def _extent(connection: psycopg.Connection[Any], name: str) -> list[float] | None:
    view, where = COLLECTIONS[name].view, "true"
    if name in _LIES_IN:
        view, where = "municipality", _LIES_IN[name]
    row = connection.execute(
        f"""SELECT ST_XMin(b), ST_YMin(b), ST_XMax(b), ST_YMax(b) FROM (SELECT ST_Transform(ST_SetSRID(
            ST_Extent(m.geom_3857), 3857), 4326) AS b FROM published.{view} m WHERE {where}) e""".encode()
    ).fetchone()
    return None if row is None or row[0] is None else [round(value, 6) for value in row]
