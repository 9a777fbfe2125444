"""Supply and need of pitches; a municipality may send its own survey along, which is not kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from api.answers.need import Need, NeedItem
from api.lists.answer import Ask, Asked, Page, Spec, answer
from api.lists.filters import YEAR, in_municipalities, in_regions
from api.lists.small import small_page
from api.need_view import need_view
from sites.law.model import LAW_REGIONS
from sites.need import Survey
from sites.suitability import Message

router = APIRouter(prefix="/api/v1", tags=["need"])

_REGIONS = "|".join(LAW_REGIONS)
Regions = Annotated[str | None, Query(pattern=f"^({_REGIONS})(,({_REGIONS}))*$", description="Regions.")]
Codes = Annotated[str | None, Query(pattern=r"^[0-9]{5}(,[0-9]{5}){0,19}$", description="NIS codes, at most 20.")]
Year = Annotated[int | None, Query(ge=1900, le=2100, description="Supply at the end of that year.")]


class Entered(BaseModel):
    """Surveys of municipalities; used for this answer and not kept."""

    model_config = ConfigDict(extra="forbid")

    surveys: list[Survey] = Field(max_length=200)


def _list(text: str | None) -> list[str]:
    return text.split(",") if text else []


LIST = Spec("need", NeedItem, placed=False, invented=False)
Limit = Annotated[int | None, Query(ge=1, le=1000, description="Rows of a page; all if left out.")]


@router.get("/need", response_class=Response, responses=LIST.responses(Need))
def need(
    asked: Ask, region: Regions = None, municipality: Codes = None, year: Year = None, limit: Limit = None
) -> Response:
    """Supply, need and gap in pitches, as ranges, at the level that sources give.

    `need` and `gap` of a municipality are null: no source states them. `ways`: from each municipality asked for to the
    nearest open transit site along motorways, main and secondary roads, metres.
    """
    return answer(asked, LIST, lambda: _page(asked, region, municipality, year, limit), by_state=False)


def _page(
    asked: Asked, region: str | None, municipality: str | None, year: int | None, limit: int | None,
    surveys: Sequence[Survey] = (),
) -> Page:  # fmt: skip
    regions, codes = _list(region), _list(municipality)
    found = need_view(
        asked.connection, asked.translate, regions=regions, municipalities=codes, year=year, surveys=surveys
    )  # fmt: skip
    told = [in_regions(regions)] if regions else []
    told += [in_municipalities(codes)] if codes else []
    told += [Message(YEAR, {"year": year})] if year else []
    entered = [one.model_dump(mode="json") for one in surveys]
    return small_page(asked, ["need", regions, codes, year, entered], found, told, limit)


@router.post("/need", response_class=Response, responses=LIST.responses(Need))
def need_with_surveys(
    entered: Entered,
    asked: Ask,
    region: Regions = None,
    municipality: Codes = None,
    year: Year = None,
    limit: Limit = None,
) -> Response:
    """The same with surveys of municipalities: a range with source, date and method makes a need and a gap of theirs."""
    return answer(
        asked, LIST, lambda: _page(asked, region, municipality, year, limit, entered.surveys), by_state=False
    )  # fmt: skip
