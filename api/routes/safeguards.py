"""Safeguards: hazard and isolation checks of existing public sites, and of the first of a result."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query

from api.answering import answers, told
from api.answers.safeguards import Safeguards
from api.dependencies import Database, Public, ScoredType, Translate, run_for
from api.parameters import Day
from api.safeguards_view import safeguards_view
from sites.law.model import LAW_REGIONS

router = APIRouter(prefix="/api/v1", tags=["safeguards"])

_REGIONS = "|".join(LAW_REGIONS)


@router.get("/safeguards", **answers(Safeguards))
@told
def safeguards(
    connection: Database,
    public: Public,
    translate: Translate,
    region: Annotated[
        str | None, Query(pattern=f"^({_REGIONS})(,({_REGIONS}))*$", description="Regions; all if left out.")
    ] = None,
    municipality: Annotated[
        str | None,
        Query(
            pattern=r"^[0-9]{5}(,[0-9]{5}){0,19}$", description="NIS codes, at most 20: with the first of their result."
        ),
    ] = None,
    type: ScoredType = "residential",
    run: Annotated[str | None, Query(max_length=80, description="Result; the newest if left out.")] = None,
    as_of: Annotated[Day | None, Query(description="Maps of a later day say nothing; today if left out.")] = None,
) -> dict[str, Any]:
    """Open public sites under the checks that candidates get, by region: checked of located, on record.

    With municipalities or a run, `first` counts how many of its first 50 and 1 000 lie where a check rules out.
    """
    territory = municipality.split(",") if municipality else []
    chosen = run_for(connection, public, run=run, territory=territory, site_type=type) if run or territory else None
    return safeguards_view(
        connection,
        translate,
        as_of=as_of or date.today(),
        regions=region.split(",") if region else [],
        municipalities=territory,
        run=chosen,
    )
