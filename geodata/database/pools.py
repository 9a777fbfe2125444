"""Pools of the service: connections that only read, give up in time, and are replaced when they died.

Two pools, one each for code that waits in a thread and code that waits in the event loop. Sizes and time-outs are settings;
every new connection gets the time-outs and the reading role, so that no handler has to think of them. A handler may ask for less
time with `SET LOCAL statement_timeout`: every connection is in a transaction.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any, TypeAlias, TypedDict

import psycopg
from psycopg_pool import AsyncConnectionPool, ConnectionPool

from geodata.database.engine import conninfo
from geodata.database.roles import READER, TAKE_READER
from geodata.settings import Settings

Pool: TypeAlias = ConnectionPool[psycopg.Connection[Any]]
AsyncPool: TypeAlias = AsyncConnectionPool[psycopg.AsyncConnection[Any]]


class _Sizes(TypedDict):
    min_size: int
    max_size: int
    timeout: float
    open: bool


def session(settings: Settings, milliseconds: int) -> tuple[str, list[str]]:
    """Statement and values that make a new connection one of the service, with the time its statements may take."""
    values = {
        "default_transaction_read_only": "on",
        "statement_timeout": f"{min(milliseconds, round(settings.statement_timeout * 1000))}ms",
        "idle_in_transaction_session_timeout": _milliseconds(settings.idle_transaction_timeout),
    }
    calls = ", ".join("set_config(%s, %s, false)" for _ in values)
    return f"SELECT {calls}", [word for pair in values.items() for word in pair]


def pool(settings: Settings) -> Pool:
    """Pool for handlers in threads; opened and closed by `with`.

    Each connection is tried before it is lent, so that a dead one is replaced; a new one is asked for with the
    address, which starts the private cluster again where it was killed.
    """
    conninfo(settings)

    def configure(connection: psycopg.Connection[Any]) -> None:
        statement, values = session(settings, settings.budget_list)
        connection.execute(statement.encode(), values)
        connection.commit()
        # PostgreSQL 16 and newer know members that may not take the role.
        with suppress(psycopg.errors.InsufficientPrivilege):
            connection.execute(TAKE_READER, [READER])
            connection.commit()
        connection.rollback()

    return ConnectionPool(
        lambda: conninfo(settings),
        **_sizes(settings, settings.connections),
        configure=configure,
        check=ConnectionPool.check_connection,
    )


def async_pool(settings: Settings) -> AsyncPool:
    """Pool for handlers in the event loop; opened and closed by `async with`. Otherwise like `pool`."""

    async def address() -> str:
        return await asyncio.to_thread(conninfo, settings)

    async def configure(connection: psycopg.AsyncConnection[Any]) -> None:
        statement, values = session(settings, settings.budget_tile)
        await connection.execute(statement.encode(), values)
        await connection.commit()
        with suppress(psycopg.errors.InsufficientPrivilege):
            await connection.execute(TAKE_READER, [READER])
            await connection.commit()
        await connection.rollback()

    return AsyncConnectionPool(
        address,
        **_sizes(settings, settings.async_connections),
        configure=configure,
        check=AsyncConnectionPool.check_connection,
    )


def _sizes(settings: Settings, most: int) -> _Sizes:
    return {"min_size": 1, "max_size": most, "timeout": settings.connection_wait, "open": False}


def _milliseconds(seconds: float) -> str:
    return f"{round(seconds * 1000)}ms"
