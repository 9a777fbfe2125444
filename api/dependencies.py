"""Typed dependencies: all parsing of requests happens here; handlers never see raw text."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Annotated, Any, Literal

import psycopg
from fastapi import Depends, Query, Request
from fastapi.concurrency import run_in_threadpool

from api.budgets import budget_of, milliseconds
from api.i18n import Translator, translator
from api.languages import language_of
from api.parameters import one_or_more
from api.problems import SENTENCES, BusyError, NotPublishedError
from geodata.database.pools import AsyncPool, Pool
from geodata.errors import NotFoundError, UsageError
from geodata.settings import Language
from geodata.sources.zoning_labels import zoning_classes
from geodata.tokens import LONGEST, Pages
from sites.candidates.land import Land
from sites.candidates.runs import Run, find_run

_CAPAKEY = re.compile(r"^\d{5}[A-Z]\d{4}/\d{2}[A-Z_]\d{3}$")


async def database(request: Request) -> AsyncIterator[psycopg.Connection[Any]]:
    """A read-only connection for a handler in a thread; there is nothing to commit, only to let go.

    Requests wait for it in the event loop, where waiting takes no thread.

    Raises
    ------
    BusyError
        When none is free in time.
    PoolTimeout
        When the database gives none.
    """
    async with lent(request) as connection:
        yield connection


@asynccontextmanager
async def lent(request: Request) -> AsyncIterator[psycopg.Connection[Any]]:
    """The same for an `async def` handler that has code of threads to run beside its own; errors as of `database`."""
    state = request.app.state
    async with _turn(state.free, state.pool.timeout):
        usual = milliseconds(state.settings, "list")
        connection = await run_in_threadpool(_take, state.pool, budget_of(request), usual)
        try:
            yield connection
        finally:
            await run_in_threadpool(_let_go, state.pool, connection)


@asynccontextmanager
async def _turn(free: asyncio.Semaphore, seconds: float) -> AsyncIterator[None]:
    """Wait for one of so many connections to be free."""
    try:
        await asyncio.wait_for(free.acquire(), seconds)
    except TimeoutError:
        raise BusyError(SENTENCES["busy"], SENTENCES["again"]) from None
    try:
        yield
    finally:
        free.release()


def _take(pool: Pool, budget: int, usual: int) -> psycopg.Connection[Any]:
    """A connection of the pool whose statements may take so long, milliseconds."""
    connection = pool.getconn()
    if budget == usual:
        return connection
    try:
        connection.execute("SELECT set_config('statement_timeout', %s, true)", [f"{budget}ms"])
    except BaseException:
        _let_go(pool, connection)
        raise
    return connection


def _let_go(pool: Pool, connection: psycopg.Connection[Any]) -> None:
    with suppress(psycopg.Error):  # the server may be gone by now; the pool throws a broken connection away
        connection.rollback()
    pool.putconn(connection)


async def async_database(request: Request) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
    """A read-only connection for an `async def` handler.

    Raises
    ------
    BusyError
        When none is free in time.
    PoolTimeout
        When the database gives none.
    """
    state = request.app.state
    pool: AsyncPool = state.async_pool
    async with _turn(state.free_in_loop, pool.timeout):
        connection = await pool.getconn()
        try:
            yield connection
        finally:
            with suppress(psycopg.Error):
                await connection.rollback()
            await pool.putconn(connection)


def language(
    request: Request,
    lang: Annotated[Language | None, Query(description="Instead of the header Accept-Language.")] = None,
) -> Language:
    """Language of the answer: `lang`, else what the browser asks for, else the setting."""
    return language_of(request)


#: Both are given back before the answer is sent: a slow reader holds no connection.
Database = Annotated[psycopg.Connection[Any], Depends(database, scope="function")]
AsyncDatabase = Annotated[psycopg.AsyncConnection[Any], Depends(async_database, scope="function")]
Lang = Annotated[Language, Depends(language)]


def translate(lang: Lang) -> Translator:
    """Translator of the answer's language."""
    return translator(lang)


Translate = Annotated[Translator, Depends(translate)]
#: Types of site that are scored.
ScoredType = Annotated[
    Literal["residential", "transit", "family", "temporary", "gathering"], Query(description="Type of site.")
]


def is_public(request: Request) -> bool:
    """Is this the anonymous view? Where a proxy does the login, it is for all whom the proxy does not name."""
    if request.app.state.settings.login_header and not request.state.user_known:
        return True
    return bool(request.app.state.public)


Public = Annotated[bool, Depends(is_public)]


def pages(request: Request) -> Pages:
    """What makes and reads page tokens here."""
    made: Pages = request.app.state.pages
    return made


PageTokens = Annotated[Pages, Depends(pages)]
Token = Annotated[
    str | None, Query(max_length=LONGEST, description="`next` of an earlier answer; the first page if left out.")
]


def capakey_of(text: str) -> str:
    """A CAPAKEY as stored, from either spelling (`-` for `/`).

    Raises
    ------
    UsageError
        When it is none.
    """
    key = text.strip().upper()
    if "/" not in key:
        key = key[:10] + "/" + key[11:] if len(key) == 17 and key[10] == "-" else key
    if not _CAPAKEY.match(key):
        raise UsageError(f"{text} is no CAPAKEY.", "A CAPAKEY looks like 24434F0211/00W006 or 24434F0211-00W006.")
    return key


def whole_run_for(
    connection: psycopg.Connection[Any], public: bool, *, run: str | None, territory: list[str], site_type: str
) -> Run:
    """The run asked for; refused where it ranks other municipalities, too: what is told is about all of it.

    Raises
    ------
    NotFoundError
        When the newest result of these municipalities is one of more than these.
    """
    found = run_for(connection, public, run=run, territory=territory, site_type=site_type)
    if set(found.territory) != set(territory):
        raise NotFoundError(
            f"The result covers {', '.join(found.territory)} together.", "Ask for all of these, or score them apart."
        )
    return found


def run_for(
    connection: psycopg.Connection[Any],
    public: bool,
    *,
    run: str | None,
    territory: list[str] | None,
    site_type: str | None,
) -> Run:
    """The run asked for, or the newest of the territory and site type.

    Raises
    ------
    NotFoundError
        When there is none.
    NotPublishedError
        In the public view, when the municipality has not released it.
    """
    found = find_run(connection, run_id=run, territory=territory, site_type=site_type)
    if public and not found.published:
        raise NotPublishedError(
            "The municipality has not published this list.",
            "Ranked lists are drafts until the municipality publishes them; single parcels can be looked up.",
        )
    return found


def runs_for(
    connection: psycopg.Connection[Any], public: bool, *, run: str | None, territory: list[str], site_type: str
) -> list[Run]:
    """The results asked for (ids separated by commas), the one over all of these municipalities, or one of each.

    Raises
    ------
    NotFoundError
        When a municipality has none.
    NotPublishedError
        In the public view, when one is not released.
    """
    ids = run.split(",") if run else [None]
    try:
        return [run_for(connection, public, run=one, territory=territory, site_type=site_type) for one in ids]
    except NotFoundError:
        if run or len(territory) < 2:
            raise
    found = [run_for(connection, public, run=None, territory=[nis], site_type=site_type) for nis in territory]
    return list({one.id: one for one in found}.values())


_ZONES = one_or_more(dict.fromkeys((*zoning_classes(), "unknown")))
_Metres = Annotated[int | None, Query(ge=0, le=15_000, description="Metres on foot at most; kept where not known.")]


def land(
    zoning: Annotated[
        str | None,
        Query(pattern=_ZONES, description="Zoning classes of the largest part; `unknown` where none is known."),
    ] = None,
    max_slope: Annotated[
        float | None, Query(ge=0, le=90, description="Mean slope at most, degrees; kept where not known.")
    ] = None,
    school: _Metres = None,
    stop: _Metres = None,
    shop: _Metres = None,
    hp: Annotated[Literal["in", "out"] | None, Query(description="Inside or outside Plan HP perimeters.")] = None,
) -> Land:
    """Wishes about the land itself."""
    zones = tuple(zoning.split(",")) if zoning else None
    return Land(zones, max_slope, school, stop, shop, None if hp is None else hp == "in")


LandWishes = Annotated[Land, Depends(land)]
