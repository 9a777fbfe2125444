"""Subsidy regimes: one legal aid scheme with its dates, as data.

Contract: `rates` has a key for each cost type the scheme covers; a null rate is a rate nobody found. Null `caps` and
null `beneficiaries` likewise mean "not found". Rates are shares 0..1, money is in euros, both decimals, never floats.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal, get_args

from pydantic import BeforeValidator, Field, model_validator

from sites.law.model import Grade, LawModel, Rule, RuleId, SiteType, Text, Url, Words

CostType = Literal["acquisition", "layout", "extension", "renovation", "equipment", "accessibility", "running"]
Initiator = Literal[
    "municipality", "municipal_eva", "association_of_municipalities", "intermunicipal", "ocmw_cpas",
    "association_of_ocmw", "province", "provincial_eva", "vgc", "regional_housing_company", "housing_company",
    "public_housing_company", "household", "mediation_body", "other_legal_person", "private",
]  # fmt: skip
Case = Literal["22bis-a", "22bis-b", "22bis-c", "44-family", "44-reception"]
DateField = Literal["lodged", "approved_in_principle", "approved_finally"]
Availability = Literal[
    "standing",  # open to all who meet the conditions
    "call",  # one call for projects, open between its dates
    "call_only",  # the law allows aid, only through calls
    "stopped",  # closed by decision: nothing for new files
    "excluded",  # the law says that the aid does not apply
    "none_found",  # looked for and not found
    "other_law",  # another authority's rules apply, and they are not known
    "no_order",  # the act grants it, its executing order was not found: never an amount, never "open"
    "enabling",  # allows a scheme, is none itself
    "information",  # aid to persons or bodies, shown but not computed
    "never_adopted",  # a draft that never became law
]

COST_TYPES: tuple[CostType, ...] = get_args(CostType)
INITIATORS: tuple[Initiator, ...] = get_args(Initiator)
CASES: tuple[Case, ...] = get_args(Case)
#: Availabilities that are listed, and never give or refuse an amount.
SHOWN_ONLY: tuple[Availability, ...] = ("enabling", "information", "never_adopted")


def _exact(value: object) -> object:
    """A float of the file would carry its rounding into money: figures are read through their text."""
    return Decimal(str(value)) if isinstance(value, float) else value


Share = Annotated[Decimal, BeforeValidator(_exact), Field(ge=0, le=1)]
Money = Annotated[Decimal, BeforeValidator(_exact), Field(ge=0)]


class Cap(LawModel):
    """What limits the subsidy, or for a valuation the price that counts."""

    kind: Literal["per_pitch", "per_project", "valuation"]
    cost_types: list[CostType] = Field(min_length=1)
    amount: Money | None = Field(None, description="Euros; none for a valuation.")

    @model_validator(mode="after")
    def _has_amount(self) -> Cap:
        if (self.amount is None) != (self.kind == "valuation"):
            raise ValueError("a cap has an amount, a valuation has none")
        return self


class Surcharge(LawModel):
    """Added to the subsidy of these cost types."""

    rate: Share
    cost_types: list[CostType] = Field(min_length=1)
    what: Text


class Flat(LawModel):
    """An amount that does not depend on the costs."""

    amount: Money
    per: Literal["year"]
    cost_type: Literal["running"] = "running"


class Test(LawModel):
    """A question to a project that can be computed."""

    field: Literal["caravans", "pitches", "site_type", "case"]
    at_least: int | None = None
    one_of: list[str] = Field(default_factory=list)


class Requirement(LawModel):
    """A condition of the scheme; without a test only a stated fact answers it."""

    id: Annotated[str, Field(pattern=r"^[a-z]+(_[a-z]+)*$")]
    text: Text
    test: Test | None = None
    article: str | None = None
    source: Url
    grade: Grade | None = None
    valid_from: date | None = Field(None, description="First day, where later than the regime's.")
    valid_to: date | None = Field(None, description="Last day, where earlier than the regime's.")


class CarryOn(LawModel):
    """Files that keep this scheme after its end: one of these dates lies within its validity."""

    by: list[DateField] = Field(min_length=1)
    text: Text
    source: Url


class Deadline(LawModel):
    """Something due, in words."""

    what: Text
    source: Url


class Flag(LawModel):
    """Reported money that no rule grants: shown as an interval, never added."""

    id: Words
    unit: Literal["share", "eur"] = "share"
    low: Money
    high: Money
    text: Text
    source: Url
    grade: Grade


class SiteNeeds(LawModel):
    """What the scheme asks of the land itself; `law try` holds a draft's needs against parcels and sites."""

    min_area_m2: Annotated[float, Field(gt=0, le=1e7)] | None = Field(None, description="Least usable area, m2.")
    road_access: bool = False
    all_year: bool = False


class SubsidyValues(LawModel):
    """The scheme itself."""

    regime: Annotated[str, Field(pattern=r"^[A-Z]+(-[A-Z0-9]+)*$", description="Short name, such as VL-2000.")]
    availability: Availability
    site_types: list[SiteType] = Field(min_length=1)
    beneficiaries: list[Initiator] | None = Field(description="Null: the list was not found.")
    cases: list[Case] = Field(default_factory=list, description="Empty: the scheme asks for no case.")
    rates: dict[CostType, Share | None] = Field(default_factory=dict)
    rates_are_ceilings: bool = False
    caps: list[Cap] | None = Field(default_factory=list, description="Null: nobody found whether there is one.")
    surcharge: Surcharge | None = None
    vat_open: Share | None = Field(None, description="VAT rate, where it is open whether VAT counts.")
    vat_cost_types: list[CostType] = Field(default_factory=list)
    flat: Flat | None = None
    envelope: Money | None = Field(None, description="Euros for all files together; null: not found.")
    requirements: list[Requirement] = Field(default_factory=list)
    site: SiteNeeds | None = None
    carry_on: CarryOn | None = None
    calls: list[RuleId] = Field(default_factory=list, description="Calls held under this text.")
    completion_months: int | None = None
    deadlines: list[Deadline] = Field(default_factory=list)
    successor: RuleId | None = None
    flags: list[Flag] = Field(default_factory=list)
    say: Text = Field(description="What a reader must know, in one or two sentences.")

    @property
    def covered(self) -> tuple[CostType, ...]:
        """Cost types the scheme pays for, known rate or not."""
        return (*self.rates, *([self.flat.cost_type] if self.flat is not None else ()))

    @model_validator(mode="after")
    def _consistent(self) -> SubsidyValues:
        ids = [one.id for one in self.requirements]
        if len(ids) != len(set(ids)):
            raise ValueError("two requirements share an id")
        if self.availability in ("standing", "call") and not self.rates and self.flat is None:
            raise ValueError("a scheme names the cost types it covers, or a flat amount")
        if self.vat_open is not None and not self.vat_cost_types:
            raise ValueError("vat_open needs vat_cost_types")
        for cap in self.caps or ():
            beyond = [name for name in cap.cost_types if name not in self.rates]
            if beyond:
                raise ValueError(f"a cap names {beyond[0]}, which the scheme does not cover")
        return self


class SubsidyRule(Rule):
    """One regime; its versions share no id, because each has its own name."""

    kind: Literal["subsidy"]
    values: SubsidyValues

    @model_validator(mode="after")
    def _sources_are_graded(self) -> SubsidyRule:
        ungraded = [one.url for one in self.sources if one.grade is None]
        if ungraded:
            raise ValueError(f"source {ungraded[0]} has no grade of its own")
        return self

    def carries_on(self, given: dict[str, date | None], as_of: date) -> bool:
        """Does a file with these dates keep this scheme on a day after its end?"""
        if self.values.carry_on is None or self.valid_from is None or as_of < self.valid_from:
            return False
        dates = [given.get(name) for name in self.values.carry_on.by]
        return any(one is not None and one <= as_of and self.in_force(one) for one in dates)
