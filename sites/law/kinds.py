"""The kinds of rules: what a zone allows, norms and yardsticks, permits, definitions, subsidy regimes.

Contract: each kind adds its own `values` to `Rule`; `AnyRule` tells them apart by `kind`.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter, model_validator

from sites.law.model import SITE_TYPES, Condition, Grade, LawModel, Rule, SiteType, State, Text, Url, Words
from sites.law.subsidies.rule import SubsidyRule

Number = int | float


class Precedent(LawModel):
    """A case of the past that says how a zone was read."""

    what: Text
    source: Url
    grade: Grade
    site_types: list[SiteType] = Field(default_factory=list, description="Empty: any type.")


class ZoningValues(LawModel):
    """What a zone means for each type of site.

    `reasons` and `grades` are keyed by site type; `all` stands for the types not named.
    """

    zoning_classes: list[Words] = Field(min_length=1)
    outcomes: dict[SiteType, State]
    outcome_valid_from: dict[SiteType, date] = Field(
        default_factory=dict,
        description="First day of an outcome that rests on a later act; before it: unknown.",
    )
    grades: dict[SiteType, Grade] = Field(default_factory=dict, description="Where an outcome has another grade.")
    reasons: dict[SiteType | Literal["all"], Text]
    who_could_answer: Text | None = Field(None, description="Owed wherever an outcome can be unknown.")
    precedents: list[Precedent] = Field(default_factory=list, description="Empty: none was found.")


class ZoningRule(Rule):
    """What the zones of one group mean in one region."""

    kind: Literal["zoning"]
    values: ZoningValues

    @model_validator(mode="after")
    def _complete(self) -> ZoningRule:
        values = self.values
        missing = [name for name in SITE_TYPES if name not in values.outcomes]
        if missing:
            raise ValueError(f"no outcome for {', '.join(missing)}")
        for site_type, state in values.outcomes.items():
            if site_type not in values.reasons and "all" not in values.reasons:
                raise ValueError(f"no reason for {site_type}")
            owed = [one for one in self.conditions if not one.site_types or site_type in one.site_types]
            if state in ("conditional", "derogation") and not owed:
                raise ValueError(f"{site_type} is {state}, but no condition says what is owed")
            if state == "derogation" and not any(one.article for one in owed):
                raise ValueError(f"{site_type} is derogation, but no article is named that allows it")
        open_ended = "unknown" in values.outcomes.values() or values.outcome_valid_from
        if open_ended and values.who_could_answer is None:
            raise ValueError("an outcome can be unknown, but nobody is named who could answer")
        return self

    def state(self, site_type: SiteType, as_of: date) -> State:
        """State on that day; unknown outside the validity of the rule or of this outcome."""
        first = self.values.outcome_valid_from.get(site_type)
        if not self.in_force(as_of) or (first is not None and as_of < first):
            return "unknown"
        return self.values.outcomes[site_type]

    def owed(self, site_type: SiteType, as_of: date) -> tuple[Condition, ...]:
        """Conditions of a conditional or derogation state on that day."""
        if self.state(site_type, as_of) not in ("conditional", "derogation"):
            return ()
        return tuple(
            one
            for one in self.conditions
            if (not one.site_types or site_type in one.site_types)
            and (one.valid_from is None or one.valid_from <= as_of)
        )

    def reason(self, site_type: SiteType) -> Text:
        """Why the state is what it is."""
        return self.values.reasons.get(site_type) or self.values.reasons["all"]

    def precedents(self, site_type: SiteType) -> tuple[Precedent, ...]:
        """Cases of the past for this type of site."""
        return tuple(one for one in self.values.precedents if not one.site_types or site_type in one.site_types)

    def grade_of(self, site_type: SiteType) -> Grade:
        """Grade of the outcome for this type of site."""
        return self.values.grades.get(site_type, self.grade)


class NormValues(LawModel):
    """A figure, or a list of requirements, to measure against.

    `threshold_kind` says whose figure it is; `binding` whether it is law for this region on these dates.
    """

    quantity: Text
    unit: str | None = Field(description="m, m2, caravans, pitches ...; null for requirements without a figure.")
    comparison: Literal["at_least", "at_most", "more_than", "between", "class", "none"]
    value: Number | None = None
    low: Number | None = None
    high: Number | None = None
    threshold_kind: Literal["official", "foreign_norm", "our_choice"]
    binding: bool
    site_types: list[SiteType] = Field(min_length=1)
    country: Literal["BE", "FR", "GB", "IE", "NL"] = "BE"
    levels: dict[SiteType | Literal["all"], dict[str, State]] = Field(
        default_factory=dict, description="Class of a hazard layer -> state, for comparison 'class'."
    )
    requirements: list[Text] = Field(default_factory=list)
    facts: dict[str, str | int | float | bool] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _figures_fit(self) -> NormValues:
        wants = {"between": ("low", "high"), "class": ("levels",), "none": ("requirements",)}
        for name in wants.get(self.comparison, ("value",)):
            if getattr(self, name) in (None, {}, []):
                raise ValueError(f"comparison {self.comparison} needs {name}")
        return self


class NormRule(Rule):
    """A norm of the region, or a yardstick from elsewhere that is shown as such."""

    kind: Literal["norm"]
    values: NormValues

    @property
    def may_be_undated(self) -> bool:
        """A yardstick that binds nobody may bear no date."""
        return not self.values.binding

    @model_validator(mode="after")
    def _whose_figure(self) -> NormRule:
        foreign = self.values.threshold_kind == "foreign_norm"
        if foreign != (self.region == "elsewhere") or foreign == (self.values.country == "BE"):
            raise ValueError("a foreign norm has region elsewhere and a country; no other norm has")
        if foreign and self.values.binding:
            raise ValueError("a foreign norm binds nobody here")
        return self

    def met(self, measured: Number) -> bool | None:
        """Does a measured figure meet the norm? None where the norm has no figure."""
        values = self.values
        if values.comparison == "between" and values.low is not None and values.high is not None:
            return values.low <= measured <= values.high
        if values.value is None:
            return None
        if values.comparison == "more_than":
            return measured > values.value
        return measured >= values.value if values.comparison == "at_least" else measured <= values.value

    def level(self, site_type: SiteType, name: str) -> State:
        """State for a class of a hazard layer; unknown for a class that is not listed."""
        table = self.values.levels.get(site_type) or self.values.levels.get("all", {})
        return table.get(name, "unknown")


class PermitValues(LawModel):
    """A permit, authorisation or route of derogation."""

    required: bool | None = Field(description="Null: it is a route that may be taken, not a duty.")
    site_types: list[SiteType] = Field(min_length=1)
    text: Text
    decision_days: int | None = Field(None, description="Days in which is decided; null: not found.")
    silence: Literal["granted", "refused"] | None = None
    max_days: int | None = Field(None, description="Longest stay or validity in days; null: not found.")
    facts: dict[str, str | int | float | bool] = Field(default_factory=dict)


class PermitRule(Rule):
    """When a permit is owed, and which routes lead around a plan."""

    kind: Literal["permit"]
    values: PermitValues


class PlanLevel(LawModel):
    """One level of plans.

    `base` covers the whole region; a level that `overrules` replaces the levels after it where it lies; one that
    `adds` only makes them stricter.
    """

    id: Words = Field(description="Source or ingest kind by which the level is loaded.")
    role: Literal["base", "overrules", "adds"]


class DefinitionValues(LawModel):
    """What a word of the law covers."""

    text: Text
    zoning_classes: list[Words] = Field(default_factory=list)
    terms: list[Words] = Field(default_factory=list, description="What it covers, in our words; plans: highest first.")
    levels: list[PlanLevel] = Field(default_factory=list, description="Levels of plans, highest first.")


class DefinitionRule(Rule):
    """A legal definition or order of precedence."""

    kind: Literal["definition"]
    values: DefinitionValues


AnyRule = Annotated[ZoningRule | NormRule | PermitRule | DefinitionRule | SubsidyRule, Field(discriminator="kind")]


class RuleFile(LawModel):
    """One file of a rule pack."""

    rules: list[AnyRule] = Field(min_length=1)


RULE_FILE: TypeAdapter[RuleFile] = TypeAdapter(RuleFile)
