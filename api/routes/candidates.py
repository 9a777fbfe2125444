"""Ranked candidates of a municipality."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from api.answering import answers, told
from api.answers.candidates import Candidate, Candidates, Facets
from api.dependencies import Database, LandWishes, Public, ScoredType, Translate, runs_for
from api.lists.answer import Ask, Asked, Page, Spec, answer, page_of
from api.lists.filters import Box, MaxArea, MinArea, box_of
from api.ogc import crs
from api.parameters import OwnerWords, VerdictWords
from api.several_view import several_facets, several_view
from api.views import candidates_view, with_notice
from sites.candidates.explanation import shapes_of
from sites.candidates.instead import instead_of
from sites.candidates.land import Land
from sites.candidates.query import LISTED, MAX_LIMIT, CandidateQuery
from sites.candidates.runs import Run
from sites.suitability.findings import Finding

router = APIRouter(prefix="/api/v1", tags=["candidates"])

#: The list of candidates.
LIST = Spec("candidates", Candidate)


class Entered(BaseModel):
    """Other weights by criterion (those left out keep theirs), and findings about parcels."""

    model_config = ConfigDict(extra="forbid")

    weights: dict[str, Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)]] = Field(
        default_factory=dict, max_length=100
    )
    findings: list[Finding] = Field(default_factory=list, max_length=1000)


@dataclass(frozen=True)
class _Asked:
    """A list that was asked for."""

    municipality: str
    site_type: str
    run: str | None
    pitches: int | None
    verdict: str | None
    so_far: str | None
    owner: str | None
    min_area: float | None
    max_area: float | None
    bbox: str | None
    land: Land
    limit: int = 50
    token: str | None = None

    def results(self, connection: Database, public: bool) -> list[tuple[Run, CandidateQuery]]:
        """The results that answer, each with its query."""
        territory = self.municipality.split(",")
        runs = runs_for(connection, public, run=self.run, territory=territory, site_type=self.site_type)
        return [(run, self._query(run, territory)) for run in runs]

    def _query(self, run: Run, territory: list[str]) -> CandidateQuery:
        own = [nis for nis in territory if nis in run.territory]
        return CandidateQuery(
            verdicts=_words(self.verdict) or LISTED,
            so_far=_words(self.so_far),
            pitches=self.pitches,
            min_area_m2=self.min_area,
            max_area_m2=self.max_area,
            box=box_of(self.bbox) if self.bbox else None,
            owners=_words(self.owner),
            land=self.land,
            municipality=own[0] if len(own) == 1 and run.territory != own else None,
            limit=self.limit,
            token=self.token,
        )

    def page(self, ask: Asked, entered: Entered | None = None) -> Page:
        """The page of the list."""
        connection = ask.connection
        asked = [
            (
                run,
                query,
                instead_of(connection, run, weights=entered.weights, findings=entered.findings) if entered else None,
            )
            for run, query in self.results(connection, ask.public)
        ]
        if len(asked) > 1:
            found = several_view(connection, asked, ask.translate, ask.pages)
        else:
            run, query, instead = asked[0]
            found = candidates_view(connection, run, query, ask.translate, instead, pages=ask.pages)
        shapes = None
        if ask.wants_shapes(LIST):
            shapes = shapes_of(connection, [(one["run"], one["capakeys"][0]) for one in found["items"]])
        return page_of(found, shapes=shapes, system=crs.LAMBERT_72)


def _words(text: str | None) -> tuple[str, ...] | None:
    return tuple(text.split(",")) if text else None


def _filtered(
    land: LandWishes,
    municipality: Annotated[
        str, Query(pattern=r"^[0-9]{5}(,[0-9]{5})*$", max_length=600, examples=["99001"], description="One or several.")
    ],
    type: ScoredType = "residential",
    run: Annotated[str | None, Query(max_length=800, description="Results, separated by commas.")] = None,
    pitches: Annotated[int | None, Query(ge=1, le=1000, description="Pitches wanted.")] = None,
    verdict: VerdictWords = None,
    so_far: VerdictWords = None,
    owner: OwnerWords = None,
    min_area: MinArea = None,
    max_area: MaxArea = None,
    bbox: Box = None,
) -> _Asked:
    return _Asked(municipality, type, run, pitches, verdict, so_far, owner, min_area, max_area, bbox, land)


def _asked(
    filtered: Annotated[_Asked, Depends(_filtered)],
    ask: Ask,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT, description="Rows of a page.")] = 50,
) -> _Asked:
    return replace(filtered, limit=limit, token=ask.token)


@router.get("/candidates", response_class=Response, responses=LIST.responses(Candidates))
def candidates(ask: Ask, asked: Annotated[_Asked, Depends(_asked, scope="function")]) -> Response:
    """Candidates in order of rank, a page at a time. Areas in m², distances in m, places in lon/lat.

    Of several municipalities without a common result: the first of each, then the second of each, with their own ranks.
    A rank interval holds nine draws of ten, of weights (half to one and a half of the published) and of unknown values.
    """
    return answer(ask, LIST, lambda: asked.page(ask))


@router.post("/candidates", response_class=Response, responses=LIST.responses(Candidates))
def candidates_instead(
    entered: Entered, ask: Ask, asked: Annotated[_Asked, Depends(_asked, scope="function")]
) -> Response:
    """The same list under other weights or with the findings sent along; nothing is kept.

    Each item has its `published_rank`; `findings` says what each did: entered, disputed (a hazard stays), agrees, excluded.
    """
    return answer(ask, LIST, lambda: asked.page(ask, entered))


@router.get("/candidates/facets", **answers(Facets))
@told
def candidate_facets(
    connection: Database,
    public: Public,
    translate: Translate,
    asked: Annotated[_Asked, Depends(_filtered)],
) -> dict[str, Any]:
    """How many candidates each choice of a filter would leave, all other filters applied; null where it may not be told.

    `ranks`: by result, the published ranks of all that is listed, null of more than 20 000.
    """
    found = several_facets(connection, asked.results(connection, public), date.today())
    return with_notice(connection, found, translate)
