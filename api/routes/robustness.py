"""How sure ranks are, and when a candidate would be first."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from api.answering import answers, told
from api.answers.candidates import Robustness, Wins
from api.dependencies import Database, Public, ScoredType, Translate, capakey_of, whole_run_for
from api.parameters import CapakeyPath
from api.robust_view import robust_view, wins_view

router = APIRouter(prefix="/api/v1", tags=["candidates"])


@router.get("/robustness", **answers(Robustness))
@told
def robustness(
    connection: Database,
    public: Public,
    translate: Translate,
    municipality: Annotated[str, Query(pattern=r"^[0-9]{5}(,[0-9]{5})*$", examples=["99001"])],
    type: ScoredType = "residential",
    run: Annotated[str | None, Query(max_length=80)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 20,
    of: Annotated[
        int | None, Query(ge=1, le=100_000, description="Also the share of draws among the first so many.")
    ] = None,
) -> dict[str, Any]:
    """Rank intervals, how often each candidate is first, and other ways of ranking, from draws of weights and unknowns."""
    chosen = whole_run_for(connection, public, run=run, territory=municipality.split(","), site_type=type)
    return robust_view(connection, chosen, translate, limit=limit, of=of)


@router.get("/robustness/{capakey}", **answers(Wins))
@told
def winning(
    connection: Database,
    public: Public,
    translate: Translate,
    capakey: CapakeyPath,
    municipality: Annotated[str, Query(pattern=r"^[0-9]{5}(,[0-9]{5})*$", examples=["99001"])],
    type: ScoredType = "residential",
    run: Annotated[str | None, Query(max_length=80)] = None,
) -> dict[str, Any]:
    """The weights nearest to the published ones under which a candidate would be first of its verdict group."""
    key = capakey_of(capakey)
    chosen = whole_run_for(connection, public, run=run, territory=municipality.split(","), site_type=type)
    return wins_view(connection, chosen, key, translate)
