"""Supply and need of pitches; a municipality may send its own survey along, which is not kept."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from api.dependencies import Database, Translate
from api.need_view import need_view
from sites.law.model import LAW_REGIONS
from sites.need import Survey

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


@router.get("/need")
def need(
    connection: Database, translate: Translate, region: Regions = None, municipality: Codes = None, year: Year = None
) -> dict[str, Any]:
    """Supply, need and gap in pitches, as ranges, at the level that sources give.

    `need` and `gap` of a municipality are null: no source states them. `ways`: from each municipality asked for to the
    nearest open transit site along motorways, main and secondary roads, metres.
    """
    return need_view(
        connection, translate, regions=_list(region), municipalities=_list(municipality), year=year
    )  # fmt: skip


@router.post("/need")
def need_with_surveys(
    entered: Entered,
    connection: Database,
    translate: Translate,
    region: Regions = None,
    municipality: Codes = None,
    year: Year = None,
) -> dict[str, Any]:
    """The same with surveys of municipalities: a range with source, date and method makes a need and a gap of theirs."""
    return need_view(
        connection, translate, regions=_list(region), municipalities=_list(municipality), year=year, surveys=entered.surveys
    )  # fmt: skip
