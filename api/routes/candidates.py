"""Ranked candidates of a municipality."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from api.dependencies import Database, Public, ScoredType, Translate, run_for
from api.views import candidates_view
from sites.candidates.query import LISTED, MAX_LIMIT, CandidateQuery

router = APIRouter(prefix="/api/v1", tags=["candidates"])

_LIST = r"^[a-z_]+(,[a-z_]+)*$"


def _words(text: str | None) -> tuple[str, ...] | None:
    return tuple(text.split(",")) if text else None


@router.get("/candidates")
def candidates(
    connection: Database,
    public: Public,
    translate: Translate,
    municipality: Annotated[str, Query(pattern=r"^\d{5}(,\d{5})*$", examples=["99001"])],
    type: ScoredType = "residential",
    run: Annotated[str | None, Query(max_length=80)] = None,
    pitches: Annotated[int | None, Query(ge=1, le=1000, description="Pitches wanted.")] = None,
    verdict: Annotated[str | None, Query(pattern=_LIST)] = None,
    so_far: Annotated[str | None, Query(pattern=_LIST)] = None,
    owner: Annotated[str | None, Query(pattern=_LIST)] = None,
    min_area: Annotated[float | None, Query(ge=0, description="Least area, m².")] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = 50,
    token: Annotated[str | None, Query(max_length=200)] = None,
) -> dict[str, Any]:
    """Candidates in order of rank, a page at a time. Areas in m², distances in m, places in lon/lat."""
    territory = municipality.split(",")
    chosen = run_for(connection, public, run=run, territory=territory, site_type=type)
    query = CandidateQuery(
        verdicts=_words(verdict) or LISTED,
        so_far=_words(so_far),
        pitches=pitches,
        min_area_m2=min_area,
        owners=_words(owner),
        municipality=territory[0] if len(territory) == 1 and chosen.territory != territory else None,
        limit=limit,
        token=token,
    )
    return candidates_view(connection, chosen, query, translate)
