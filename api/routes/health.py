"""Liveness and readiness: `/healthz` answers when the process lives, `/readyz` when the database does."""

from __future__ import annotations

from fastapi import APIRouter

from api.dependencies import AsyncDatabase

router = APIRouter(tags=["health"])


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """The process lives."""
    return {"status": "ok"}


@router.get("/readyz")
async def readyz(connection: AsyncDatabase) -> dict[str, str]:
    """The database answers and carries the schema of this program."""
    row = await (await connection.execute("SELECT version_num FROM alembic_version")).fetchone()
    return {"status": "ok", "schema": str(row[0]) if row else "none"}
