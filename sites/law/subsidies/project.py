"""A project as the evaluator reads it: what is planned, by whom, at which cost, on which dates.

Contract: money is Decimal, in euros without VAT. What is not given stays None and makes conditions unknown.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from sites.law.model import LawRegion, SiteType
from sites.law.subsidies.rule import Case, CostType, Initiator, _exact

Euros = Annotated[
    Decimal,
    BeforeValidator(_exact),
    Field(ge=0, lt=Decimal("1e12"), max_digits=14, decimal_places=2, allow_inf_nan=False),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": r"^[0-9]{1,12}(\.[0-9]{1,2})?$", "examples": ["600000.00"]},
                {"type": "integer", "minimum": 0, "maximum": 10**12 - 1},
            ],
        }
    ),
]


class CostLine(BaseModel):
    """One cost line: its type and its amount without VAT."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: CostType
    amount: Euros


class Project(BaseModel):
    """One project.

    Attributes
    ----------
    region : whose law; the German-speaking Community is a region of its own here.
    site_type : type of site.
    pitches, caravans : how many; a pitch and a caravan are not one unit.
    initiator : who applies.
    costs : cost lines, several of one type allowed.
    valuation : official valuation of the land.
    lodged, approved_in_principle, approved_finally : days of the file.
    case : case of articles 22bis and 44 of the Walloon housing code.
    facts : requirement id -> stated as met or not met.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    region: LawRegion
    site_type: SiteType
    pitches: Annotated[int, Field(ge=1, le=10_000)] | None = None
    caravans: Annotated[int, Field(ge=1, le=10_000)] | None = None
    initiator: Initiator | None = None
    costs: tuple[CostLine, ...] = ()
    valuation: Euros | None = None
    lodged: date | None = None
    approved_in_principle: date | None = None
    approved_finally: date | None = None
    case: Case | None = None
    facts: dict[str, bool] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _in_order(self) -> Project:
        order = [self.lodged, self.approved_in_principle, self.approved_finally]
        given = [one for one in order if one is not None]
        if given != sorted(given):
            raise ValueError("A file is lodged, then approved in principle, then finally: the dates are out of order")
        if self.case is not None and self.region != "wallonia":
            raise ValueError("The cases of articles 22bis and 44 are Walloon")
        wrong = {"44-family": "transit", "44-reception": "family"}.get(self.case or "")
        if self.site_type == wrong:
            raise ValueError(f"Case {self.case} is not about a site of type {wrong}")
        return self

    @property
    def dates(self) -> dict[str, date | None]:
        """The dates that decide which regime a file keeps."""
        return {
            "lodged": self.lodged,
            "approved_in_principle": self.approved_in_principle,
            "approved_finally": self.approved_finally,
        }
