"""Drawn areas, judged as candidates: GeoJSON in, judged candidates out, nothing stored."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request

from api.answering import answers, told
from api.answers.candidates import Areas
from api.answers.layout import Layout
from api.dependencies import Database, ScoredType, Translate
from api.group_views import areas_view
from api.layout_view import layout_view
from api.parameters import Day
from geodata.errors import UsageError
from sites.candidates.drawn_shapes import LARGEST_TEXT, MOST, areas_of_text
from sites.candidates.layouts import land_of_area

router = APIRouter(prefix="/api/v1", tags=["candidates"])

_BODY = {
    "requestBody": {
        "required": True,
        "description": f"GeoJSON: a polygon, a feature or a collection of 1 to {MOST}; lon/lat, or the CRS it declares; "
        f"at most {LARGEST_TEXT // 1_000_000} MB.",
        "content": {
            "application/geo+json": {"schema": {"type": "object"}},
            "application/json": {"schema": {"type": "object"}},
        },
    }
}


async def _body(request: Request) -> bytes:
    return await request.body()


@router.post("/areas", openapi_extra=_BODY, **answers(Areas))
@told
def areas(
    request: Request,
    connection: Database,
    translate: Translate,
    body: Annotated[bytes, Depends(_body)],
    type: ScoredType = "residential",
    as_of: Annotated[Day | None, Query(description="Day whose law applies; today if left out.")] = None,
) -> dict[str, Any]:
    """Drawn areas, or parts of parcels, measured and judged against the current data; nothing is kept."""
    return areas_view(
        connection, areas_of_text(body), type, as_of or date.today(), translate,
        cache=request.app.state.settings.prepared_folder,
    )  # fmt: skip


@router.post("/areas/layout", openapi_extra=_BODY, **answers(Layout))
@told
def area_layout(
    connection: Database,
    translate: Translate,
    body: Annotated[bytes, Depends(_body)],
    type: Literal["residential", "transit", "family", "temporary"] = "residential",
    as_of: Annotated[Day | None, Query(description="Day whose law applies; today if left out.")] = None,
    pitches: Annotated[int | None, Query(ge=1, le=1000, description="Pitches wanted.")] = None,
) -> dict[str, Any]:
    """How many pitches fit on one drawn area and how they could lie, as for parcels; nothing is kept."""
    drawn = areas_of_text(body)
    if len(drawn) != 1:
        raise UsageError(f"GeoJSON holds {len(drawn)} areas.", "Lay out one at a time: keep one in the file.")
    day = as_of or date.today()
    land = land_of_area(connection, drawn[0], type, day, None)
    document, _ = layout_view(connection, land, None, type, day, translate, pitches=pitches)
    return document
