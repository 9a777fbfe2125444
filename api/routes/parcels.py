"""One parcel and why it is or is not a candidate."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from api.dependencies import Database, Public, ScoredType, Translate, capakey_of
from api.views import parcel_view
from sites.candidates.explanation import municipality_of
from sites.candidates.runs import find_run

router = APIRouter(prefix="/api/v1", tags=["parcels"])


@router.get("/parcels/{capakey}")
def parcel(
    connection: Database,
    public: Public,
    translate: Translate,
    capakey: str,
    type: ScoredType = "residential",
    run: Annotated[str | None, Query(max_length=80)] = None,
) -> dict[str, Any]:
    """A parcel by its CAPAKEY (`-` for `/`), explained; an anonymous visitor gets it without its rank."""
    key = capakey_of(capakey)
    territory = None if run else [municipality_of(connection, key)]
    chosen = find_run(connection, run_id=run, territory=territory, site_type=type)
    return parcel_view(connection, key, chosen, translate, with_rank=chosen.published or not public)
