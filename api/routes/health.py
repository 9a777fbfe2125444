"""Liveness and readiness: `/healthz` answers when the process lives, `/readyz` when the database does."""

from __future__ import annotations

from fastapi import APIRouter

from api.dependencies import AsyncDatabase
from geodata.database.engine import check_revision
from geodata.database.roles import guard_of

router = APIRouter(tags=["health"])


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """The process lives."""
    return {"status": "ok"}


@router.get("/readyz")
async def readyz(connection: AsyncDatabase) -> dict[str, str]:
    """The database answers and has this program's schema: its revision, and how the service is kept from writing to it.

    Another schema is 503, as it is where an upgrade is half done.
    """
    found = await connection.execute("SELECT version_num, current_user::text FROM alembic_version")
    row = await found.fetchone() or (None, "")
    check_revision(row[0])
    return {"status": "ok", "schema": str(row[0]), "guard": guard_of(row[1])}
