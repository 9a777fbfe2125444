"""Results as lists: which there are, and of one of them the scores and the explanations."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response

from api.answers.base import Rows
from api.answers.lists import Explanations, ResultRow, Scores
from api.dependencies import Database, Public, run_for
from api.lists.answer import Ask, answer
from api.lists.filters import Box, Codes, MaxArea, MinArea, words
from api.lists.results import (
    EXPLANATIONS,
    LIMIT,
    MAX_EXPLAINED,
    MAX_LIMIT,
    RUNS,
    SCORES,
    WantedRuns,
    WantedScores,
    explanations_page,
    runs_page,
    scores_page,
)
from api.parameters import VerdictWords
from sites.candidates.query import VERDICTS
from sites.candidates.runs import Run
from sites.law.model import SiteType

router = APIRouter(prefix="/api/v1", tags=["runs"])


def _run(
    connection: Database, public: Public, run: Annotated[str, Path(max_length=80, description="Id of the result.")]
) -> Run:
    return run_for(connection, public, run=run, territory=None, site_type=None)


def _wanted(
    municipality: Codes = None,
    bbox: Box = None,
    verdict: VerdictWords = None,
    so_far: VerdictWords = None,
    min_area: MinArea = None,
    max_area: MaxArea = None,
    min_score: Annotated[
        float | None,
        Query(ge=0, le=1, allow_inf_nan=False, description="Score of at least so much may be reached, 0..1."),
    ] = None,
) -> WantedScores:
    return WantedScores(
        words(municipality), bbox, words(verdict) or VERDICTS, words(so_far), min_area, max_area, min_score
    )


OfRun = Annotated[Run, Depends(_run, scope="function")]
Filters = Annotated[WantedScores, Depends(_wanted)]


@router.get("/runs", response_class=Response, responses=RUNS.responses(Rows[ResultRow]))
def runs(
    asked: Ask,
    municipality: Codes = None,
    type: Annotated[SiteType | None, Query(description="Type of site.")] = None,
    published: Annotated[bool | None, Query(description="Only what was published, or only drafts.")] = None,
    limit: Annotated[int, Query(ge=1, le=1000, description="Rows of a page.")] = LIMIT,
) -> Response:
    """Results, the newest first: territory, law, data, criteria, and how many parcels have which verdict.

    An anonymous visitor gets those that were published.
    """
    wanted = WantedRuns(words(municipality), type, published, limit)
    return answer(asked, RUNS, lambda: runs_page(asked, wanted))


@router.get("/runs/{run}/scores", response_class=Response, responses=SCORES.responses(Scores))
def scores(
    asked: Ask,
    run: OfRun,
    filters: Filters,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT, description="Rows of a page.")] = LIMIT,
) -> Response:
    """Every parcel of a result with verdict, score, rank and the value of each criterion; those ruled out come last.

    Contributions are values times weights, and sum to the score. Other weights: `POST /api/v1/candidates`.
    """
    return answer(asked, SCORES, lambda: scores_page(asked, run, filters.limited(limit)))


@router.get("/runs/{run}/explanations", response_class=Response, responses=EXPLANATIONS.responses(Explanations))
def explanations(
    asked: Ask,
    run: OfRun,
    filters: Filters,
    limit: Annotated[int, Query(ge=1, le=MAX_EXPLAINED, description="Rows of a page.")] = 10,
) -> Response:
    """Why each parcel of a result is or is not a candidate: the explanations, in the order of rank."""
    return answer(asked, EXPLANATIONS, lambda: explanations_page(asked, run, filters.limited(limit)))
