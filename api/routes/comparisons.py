"""Candidates side by side, and what would help where little is compatible."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from api.answering import answers, told
from api.answers.candidates import NearMisses
from api.answers.explanation import Comparison
from api.compare_view import compare_view
from api.dependencies import Database, Public, ScoredType, Translate, capakey_of, whole_run_for
from api.near_view import near_view
from api.parameters import OwnerWords, capakeys
from geodata.errors import NotFoundError
from sites.candidates.explanation import municipality_of
from sites.candidates.query import CandidateQuery
from sites.candidates.runs import Run, find_run

router = APIRouter(prefix="/api/v1", tags=["candidates"])


@router.get("/comparisons", **answers(Comparison))
@told
def comparisons(
    connection: Database,
    public: Public,
    translate: Translate,
    parcels: Annotated[str, Query(pattern=capakeys(2, 5), description="Two to five CAPAKEYs, separated by commas.")],
    type: ScoredType = "residential",
    run: Annotated[str | None, Query(max_length=80)] = None,
) -> dict[str, Any]:
    """Two to five parcels side by side, of one result or, where their municipalities have no common one, each of its own; an
    anonymous visitor gets them without their ranks.
    """
    keys = [capakey_of(one) for one in parcels.split(",")]
    of = {key: municipality_of(connection, key) for key in dict.fromkeys(keys)}
    territory = None if run else sorted(set(of.values()))
    own: dict[str, Run] = {}
    try:
        chosen = find_run(connection, run_id=run, territory=territory, site_type=type)
    except NotFoundError:
        if run or len(set(of.values())) < 2:
            raise
        by_place = {nis: find_run(connection, territory=[nis], site_type=type) for nis in sorted(set(of.values()))}
        own = {key: by_place[nis] for key, nis in of.items()}
        chosen = own[keys[0]]
    released = all(one.published for one in own.values() or [chosen])
    return compare_view(connection, keys, chosen, translate, with_rank=released or not public, own=own)


@router.get("/near-misses", **answers(NearMisses))
@told
def near_misses(
    connection: Database,
    public: Public,
    translate: Translate,
    municipality: Annotated[str, Query(pattern=r"^[0-9]{5}(,[0-9]{5})*$", examples=["99001"])],
    type: ScoredType = "residential",
    run: Annotated[str | None, Query(max_length=80)] = None,
    pitches: Annotated[int | None, Query(ge=1, le=1000, description="Pitches wanted.")] = None,
    owner: OwnerWords = None,
    min_area: Annotated[float | None, Query(ge=1, le=1e6, description="Least area, m².")] = None,
) -> dict[str, Any]:
    """What stands in the way of more candidates, and what would help. `few`: fewer than three are compatible."""
    chosen = whole_run_for(connection, public, run=run, territory=municipality.split(","), site_type=type)
    owners = tuple(owner.split(",")) if owner else None
    query = CandidateQuery(pitches=pitches, owners=owners, min_area_m2=min_area)
    return near_view(connection, chosen, query, translate, public=public)
