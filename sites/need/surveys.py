"""Surveys: what a municipality says its own need is, entered with source, date and method; never derived from a total."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from sites.law.model import SiteType
from sites.roles import Plain, Role, not_ahead


class Survey(BaseModel):
    """A local survey of the need, in pitches: a range, never a count of persons or households.

    `method`: how it was found, such as "waiting list of the housing service". `source`: document or page.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    nis: Annotated[str, Field(pattern=r"^\d{5}$")]
    site_type: SiteType
    low: int = Field(ge=0, le=100_000)
    high: int = Field(ge=0, le=100_000)
    date: datetime.date
    source: Plain
    method: Plain
    role: Role

    @field_validator("date")
    @classmethod
    def _is_past(cls, day: datetime.date) -> datetime.date:
        return not_ahead(day)

    @model_validator(mode="after")
    def _is_interval(self) -> Survey:
        if self.high < self.low:
            raise ValueError("high lies below low")
        return self


def newest(found: Iterable[Survey], nis: str, site_type: str, as_of: datetime.date | None = None) -> Survey | None:
    """The newest survey of a municipality and type of site; of two of one day, the one entered last.

    Parameters
    ----------
    as_of : only surveys until this day.
    """
    mine = [
        one for one in found
        if one.nis == nis and one.site_type == site_type and (as_of is None or one.date <= as_of)
    ]  # fmt: skip
    return max(enumerate(mine), key=lambda pair: (pair[1].date, pair[0]))[1] if mine else None
