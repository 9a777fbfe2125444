"""Ranked candidates of a municipality."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from api.dependencies import Database, PageTokens, Public, ScoredType, Token, Translate, run_for
from api.i18n import Translator
from api.views import candidates_view
from sites.candidates.instead import instead_of
from sites.candidates.query import LISTED, MAX_LIMIT, CandidateQuery
from sites.suitability.findings import Finding

router = APIRouter(prefix="/api/v1", tags=["candidates"])

_LIST = r"^[a-z_]+(,[a-z_]+)*$"


class Entered(BaseModel):
    """Other weights by criterion (those left out keep theirs), and findings about parcels."""

    model_config = ConfigDict(extra="forbid")

    weights: dict[str, Annotated[float, Field(ge=0, le=1e6)]] = Field(default_factory=dict, max_length=100)
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
    limit: int
    token: str | None

    def answer(
        self,
        connection: Database,
        public: bool,
        translate: Translator,
        pages: PageTokens,
        entered: Entered | None = None,
    ) -> dict[str, Any]:
        territory = self.municipality.split(",")
        chosen = run_for(connection, public, run=self.run, territory=territory, site_type=self.site_type)
        query = CandidateQuery(
            verdicts=_words(self.verdict) or LISTED,
            so_far=_words(self.so_far),
            pitches=self.pitches,
            min_area_m2=self.min_area,
            owners=_words(self.owner),
            municipality=territory[0] if len(territory) == 1 and chosen.territory != territory else None,
            limit=self.limit,
            token=self.token,
        )
        instead = None
        if entered is not None:
            instead = instead_of(connection, chosen, weights=entered.weights, findings=entered.findings)
        return candidates_view(connection, chosen, query, translate, instead, pages=pages)


def _words(text: str | None) -> tuple[str, ...] | None:
    return tuple(text.split(",")) if text else None


def _asked(
    municipality: Annotated[str, Query(pattern=r"^[0-9]{5}(,[0-9]{5})*$", examples=["99001"])],
    type: ScoredType = "residential",
    run: Annotated[str | None, Query(max_length=80)] = None,
    pitches: Annotated[int | None, Query(ge=1, le=1000, description="Pitches wanted.")] = None,
    verdict: Annotated[str | None, Query(pattern=_LIST)] = None,
    so_far: Annotated[str | None, Query(pattern=_LIST)] = None,
    owner: Annotated[str | None, Query(pattern=_LIST)] = None,
    min_area: Annotated[float | None, Query(ge=0, description="Least area, m².")] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = 50,
    token: Token = None,
) -> _Asked:
    return _Asked(municipality, type, run, pitches, verdict, so_far, owner, min_area, limit, token)


@router.get("/candidates")
def candidates(
    connection: Database,
    public: Public,
    translate: Translate,
    pages: PageTokens,
    asked: Annotated[_Asked, Depends(_asked)],
) -> dict[str, Any]:
    """Candidates in order of rank, a page at a time. Areas in m², distances in m, places in lon/lat.

    A rank interval holds nine draws of ten, of weights (half to one and a half of the published) and of unknown values.
    """
    return asked.answer(connection, public, translate, pages)


@router.post("/candidates")
def candidates_instead(
    entered: Entered,
    connection: Database,
    public: Public,
    translate: Translate,
    pages: PageTokens,
    asked: Annotated[_Asked, Depends(_asked)],
) -> dict[str, Any]:
    """The same list under other weights or with the findings sent along; nothing is kept.

    Each item has its `published_rank`; `findings` says what each did: entered, disputed (a hazard stays), agrees, excluded.
    """
    return asked.answer(connection, public, translate, pages, entered)
