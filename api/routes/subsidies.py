"""Subsidy regimes, and what a project could count on under them on a day."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from api.answering import answers, told
from api.answers.subsidies import Eligibility, Estimate, Regime, Regimes
from api.dependencies import Database, Lang, capakey_of
from api.eligibility import eligibility_view
from api.estimates import cost_lines, estimate_view, facts_of, law_region, project_of, regimes_view
from api.lists.answer import Ask, Page, Spec, answer
from api.lists.filters import DAY, in_regions
from api.lists.small import small_page
from api.parameters import Amount, Day, LawRegionQuery, capakeys
from sites.law.model import LawRegion, SiteType
from sites.law.subsidies.project import CostLine, Euros
from sites.law.subsidies.rule import COST_TYPES, Case, Initiator
from sites.suitability import Message

router = APIRouter(prefix="/api/v1/subsidies", tags=["subsidies"])

Region = LawRegionQuery
Nis = Annotated[str | None, Query(pattern=r"^[0-9]{5}$", description="NIS code, instead of a region.")]
#: A cost line and a stated fact, as a query has them.
CostText = Annotated[str, Field(pattern=f"^({'|'.join(COST_TYPES)})=[0-9]{{1,12}}(\\.[0-9]{{1,2}})?$")]
FactText = Annotated[str, Field(pattern="^[a-z][a-z0-9_]{0,60}=(yes|no)$")]
AsOf = Annotated[Day | None, Query(description="Day whose law applies; today if left out.")]


class EstimateQuestion(BaseModel):
    """A project to estimate; what is left out makes conditions unknown. Euros without VAT."""

    model_config = ConfigDict(extra="forbid")

    region: LawRegion | None = Field(None, examples=["flanders"])
    municipality: str | None = Field(None, pattern=r"^[0-9]{5}$", description="NIS code, instead of a region.")
    as_of: Day | None = Field(None, description="Day whose law applies; today if left out.")
    type: SiteType | None = Field(None, description="Type of site; that of the case, else residential.")
    pitches: int | None = Field(None, ge=1, le=10_000)
    caravans: int | None = Field(None, ge=1, le=10_000)
    initiator: Initiator | None = None
    costs: list[CostLine] = Field(default_factory=list, max_length=100)
    valuation: Euros | None = Field(None, description="Official valuation of the land, euros.")
    lodged: Day | None = None
    approved_in_principle: Day | None = None
    approved_finally: Day | None = None
    case: Case | None = None
    facts: dict[str, bool] = Field(default_factory=dict, description="Conditions known to be met or not.")


LIST = Spec("regimes", Regime, placed=False, invented=False)


@router.get("/regimes", response_class=Response, responses=LIST.responses(Regimes))
def regimes(
    asked: Ask,
    region: Region = None,
    as_of: Annotated[Day | None, Query(description="Adds each status.")] = None,
    limit: Annotated[int | None, Query(ge=1, le=1000, description="Rows of a page; all if left out.")] = None,
) -> Response:
    """Subsidy regimes, oldest first, with dates, rates, caps, sources and grade; null is "not found"."""

    def make() -> Page:
        found = regimes_view(region, as_of, asked.translate.language)
        told = [in_regions([region])] if region else []
        told += [Message(DAY, {"day": as_of})] if as_of else []
        return small_page(asked, ["regimes", region, as_of], found, told, limit)

    return answer(asked, LIST, make, by_state=False)


@router.get("/estimate", **answers(Estimate, 422))
@told
def estimate(
    lang: Lang,
    region: Region = None,
    municipality: Nis = None,
    as_of: AsOf = None,
    type: Annotated[SiteType | None, Query(description="Type of site; that of the case, else residential.")] = None,
    pitches: Annotated[int | None, Query(ge=1, le=10_000)] = None,
    caravans: Annotated[int | None, Query(ge=1, le=10_000)] = None,
    cost: Annotated[list[CostText] | None, Query(max_length=100, examples=[["layout=600000"]])] = None,
    initiator: Initiator | None = None,
    valuation: Annotated[Amount | None, Query(description="Official valuation of the land, euros.")] = None,
    lodged: Day | None = None,
    approved_in_principle: Day | None = None,
    approved_finally: Day | None = None,
    case: Case | None = None,
    fact: Annotated[list[FactText] | None, Query(max_length=100, examples=[["open_all_year=yes"]])] = None,
) -> dict[str, Any]:
    """What a project could count on by the law of a day. Amounts are decimal strings in euros, low and high."""
    project = project_of(
        law_region(region, municipality),
        {
            "site_type": type, "pitches": pitches, "caravans": caravans, "costs": cost_lines(cost or ()),
            "initiator": initiator, "valuation": valuation, "lodged": lodged,
            "approved_in_principle": approved_in_principle, "approved_finally": approved_finally, "case": case,
            "facts": facts_of(fact or ()),
        },
    )  # fmt: skip
    return estimate_view(project, as_of or date.today(), lang)


@router.post("/estimate", **answers(Estimate, 404))
@told
def estimate_posted(lang: Lang, question: EstimateQuestion) -> dict[str, Any]:
    """The same estimate, asked in a body. Nothing of it is stored."""
    given = question.model_dump(exclude={"region", "municipality", "as_of", "type"})
    project = project_of(law_region(question.region, question.municipality), {"site_type": question.type, **given})
    return estimate_view(project, question.as_of or date.today(), lang)


@router.get("/eligibility", **answers(Eligibility, 422))
@told
def eligibility(
    connection: Database,
    lang: Lang,
    municipality: Annotated[
        str | None, Query(pattern=r"^[0-9]{5}(,[0-9]{5})*$", max_length=6000, examples=["24062"])
    ] = None,
    parcel: Annotated[str | None, Query(pattern=capakeys(1, 100), description="CAPAKEYs, separated by commas.")] = None,
    site: Annotated[str | None, Query(max_length=2000, description="Sites of the inventory.")] = None,
    as_of: AsOf = None,
    type: Annotated[SiteType, Query(description="Type of site.")] = "residential",
) -> dict[str, Any]:
    """Which regimes were open, carried on, closed or unknown on a day, by municipality, parcel and site of today."""
    return eligibility_view(
        connection,
        municipalities=municipality.split(",") if municipality else (),
        parcels=[capakey_of(one) for one in parcel.split(",")] if parcel else (),
        sites=site.split(",") if site else (),
        site_type=type,
        as_of=as_of or date.today(),
        language=lang,
    )
