"""Existing, planned and closed public sites."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from api.dependencies import Database
from sites.inventory import list_sites

router = APIRouter(prefix="/api/v1", tags=["sites"])


@router.get("/sites")
def sites(
    connection: Database, municipality: Annotated[str | None, Query(pattern=r"^\d{5}(,\d{5})*$")] = None
) -> dict[str, Any]:
    """Public sites with source, date, grade and precision of their place."""
    items = list_sites(connection, municipality.split(",") if municipality else None)
    return {"count": len(items), "items": items}
