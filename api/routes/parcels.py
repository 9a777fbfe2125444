"""Parcels and zones as lists, and one parcel with why it is or is not a candidate."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from api.answering import answers, told
from api.answers.base import Rows
from api.answers.explanation import Parcel
from api.answers.lists import ParcelRow, ZoneRow
from api.dependencies import Database, Public, ScoredType, Translate, capakey_of
from api.lists.answer import Ask, answer
from api.lists.filters import Box, Codes, MaxArea, MinArea, ZoningClasses, words, zoning
from api.lists.places import LIMIT, MAX_LIMIT, PARCELS, ZONES, Wanted, parcels_page, zones_page
from api.parameters import CapakeyPath
from api.views import parcel_view
from sites.candidates.explanation import municipality_of
from sites.candidates.runs import find_run

router = APIRouter(prefix="/api/v1", tags=["parcels"])


Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT, description="Rows of a page.")]
PlanKinds = Annotated[
    str | None,
    Query(
        pattern=r"^(gewestplan|rup|bpa|pds|pras)(,(gewestplan|rup|bpa|pds|pras))*$",
        description="Kinds of plan, separated by commas.",
    ),
]


@router.get("/parcels", response_class=Response, responses=PARCELS.responses(Rows[ParcelRow]))
def parcels(
    asked: Ask,
    municipality: Codes = None,
    bbox: Box = None,
    zone: ZoningClasses = None,
    min_area: MinArea = None,
    max_area: MaxArea = None,
    limit: Limit = LIMIT,
) -> Response:
    """Parcels that may be passed on, in the order of their key, a page at a time; no verdict, rank or owner.

    `class` keeps parcels that overlap a zone of that class, of plans that may be passed on; with a municipality or a box.
    """
    wanted = Wanted(words(municipality), bbox, zoning(zone), min_area, max_area, limit=limit)
    return answer(asked, PARCELS, lambda: parcels_page(asked, wanted))


@router.get("/zones", response_class=Response, responses=ZONES.responses(Rows[ZoneRow]))
def zones(
    asked: Ask,
    municipality: Codes = None,
    bbox: Box = None,
    zone: ZoningClasses = None,
    plan: PlanKinds = None,
    min_area: MinArea = None,
    max_area: MaxArea = None,
    limit: Limit = LIMIT,
) -> Response:
    """Legal destinations of land that may be passed on, a page at a time. No zone here is no proof that there is none."""
    wanted = Wanted(words(municipality), bbox, zoning(zone), min_area, max_area, words(plan), limit)
    return answer(asked, ZONES, lambda: zones_page(asked, wanted))


@router.get("/parcels/{capakey}", **answers(Parcel))
@told
def parcel(
    connection: Database,
    public: Public,
    translate: Translate,
    capakey: CapakeyPath,
    type: ScoredType = "residential",
    run: Annotated[str | None, Query(max_length=80)] = None,
) -> dict[str, Any]:
    """A parcel by its CAPAKEY (`-` for `/`), explained; an anonymous visitor gets it without its rank."""
    key = capakey_of(capakey)
    territory = None if run else [municipality_of(connection, key)]
    chosen = find_run(connection, run_id=run, territory=territory, site_type=type)
    return parcel_view(connection, key, chosen, translate, with_rank=chosen.published or not public)
