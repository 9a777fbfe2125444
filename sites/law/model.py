"""The rule format: what a dated, cited legal rule is.

Contract: plain data, checked by pydantic, nothing computed beyond "does it hold on that day". A rule names
its act, its dates, its sources with what they support, a grade and worked examples that run as tests. What
was looked for and not found is None, never a guess. Grades: A official text read, B secondary source, C
inferred, U unconfirmed.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema, model_validator

Language = Literal["nl", "fr", "de", "en"]
LawRegion = Literal["flanders", "wallonia", "brussels", "german-speaking-community"]
SiteType = Literal["residential", "transit", "family", "temporary", "gathering"]
State = Literal["pass", "conditional", "derogation", "fail", "unknown"]
Grade = Literal["A", "B", "C", "U"]
Risk = Literal["low", "medium", "high"]

LANGUAGES: tuple[Language, ...] = get_args(Language)
LAW_REGIONS: tuple[LawRegion, ...] = get_args(LawRegion)
SITE_TYPES: tuple[SiteType, ...] = get_args(SiteType)
STATES: tuple[State, ...] = get_args(State)


def _in_all_languages(text: dict[Language, str]) -> dict[Language, str]:
    missing = [language for language in LANGUAGES if not text.get(language, "").strip()]
    if missing:
        raise ValueError(f"no text in {', '.join(missing)}")
    return text


#: The same sentence in the four languages: {"nl", "fr", "de", "en"}.
Text = Annotated[
    dict[Language, str],
    AfterValidator(_in_all_languages),
    WithJsonSchema(
        {
            "type": "object",
            "properties": {language: {"type": "string", "minLength": 1} for language in LANGUAGES},
            "required": list(LANGUAGES),
            "additionalProperties": False,
        }
    ),
]
Url = Annotated[str, Field(pattern=r"^https?://[^\s<>]+$")]
RuleId = Annotated[str, Field(pattern=r"^[a-z]+(-[a-z]+)*\.[a-z]+\.[a-z0-9]+(-[a-z0-9]+)*$")]
Words = Annotated[str, Field(min_length=1)]


class LawModel(BaseModel):
    """Base of everything in a rule file: frozen, and an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Source(LawModel):
    """Where a statement was read, and which statement."""

    url: Url
    supports: Words = Field(description="What the page supports, in our own words.")
    grade: Grade | None = Field(None, description="Grade of this source, where it differs from the rule's.")


class Contradiction(LawModel):
    """A source that says something else, and what was made of it."""

    says: Words
    source: Url | None = None
    resolved: Words = Field(description="How the rule decides, and why.")


class EntryIntoForce(LawModel):
    """One of several dates that sources give for the same start."""

    date: date
    source: Words


class Condition(LawModel):
    """A step that is owed, or a release someone can give."""

    what: Text
    who_decides: Text
    article: str | None = Field(description="Null: no article was found.")
    lead_time: Text | None = Field(None, description="How long it takes; null: not found.")
    risk: Risk | None = Field(None, description="Legal risk; null: not judged.")
    site_types: list[SiteType] = Field(default_factory=list, description="Empty: all that are conditional.")
    valid_from: date | None = Field(None, description="First day, where later than the rule's.")

    def words(self, language: Language) -> dict[str, str | None]:
        """The condition as it is printed: what, who_decides, article, lead_time, risk."""
        return {
            "what": self.what[language],
            "who_decides": self.who_decides[language],
            "article": self.article,
            "lead_time": self.lead_time[language] if self.lead_time else None,
            "risk": self.risk,
        }


class Example(LawModel):
    """A worked case: given this on that day, expect that. The loader runs it."""

    as_of: date
    given: dict[str, str | float | int | bool] = Field(default_factory=dict)
    expect: dict[str, str | float | int | bool | None] = Field(min_length=1)


class Rule(LawModel):
    """What every rule has, whatever its kind.

    A rule holds from `valid_from` to `valid_to`, both days included; `valid_to` None is open. Versions of a
    rule share its id and never overlap.
    """

    id: RuleId
    kind: str
    title: Text
    region: LawRegion | Literal["elsewhere"]
    act: Words
    numac: Annotated[str, Field(pattern=r"^\d{10}$")] | None = Field(description="Null: not known.")
    articles: list[Words]
    published: date | None = Field(description="Day of publication; null: not found.")
    valid_from: date | None = Field(description="Null only for yardsticks that bind nobody and bear no date.")
    valid_to: date | None
    checked_on: date = Field(description="Day on which the sources were last looked at.")
    entry_into_force: list[EntryIntoForce] = Field(default_factory=list)
    grade: Grade
    status: Literal["in_force", "scenario"]
    sources: list[Source] = Field(min_length=1)
    values: Any
    conditions: list[Condition] = Field(default_factory=list)
    notes: list[Words] = Field(default_factory=list)
    contradictions: list[Contradiction] = Field(default_factory=list)
    examples: list[Example] = Field(min_length=2)

    @model_validator(mode="after")
    def _dates_in_order(self) -> Rule:
        if self.valid_from and self.valid_to and self.valid_to < self.valid_from:
            raise ValueError(f"valid_to {self.valid_to} lies before valid_from {self.valid_from}")
        if len(self.entry_into_force) == 1:
            raise ValueError("entry_into_force lists alternatives: give two or more dates, or none")
        if self.valid_from is None and not self.may_be_undated:
            raise ValueError("valid_from is missing: only a yardstick that binds nobody may bear no date")
        if self.region == "elsewhere" and not self.may_be_undated:
            raise ValueError("region elsewhere is for norms that bind nobody here")
        return self

    @property
    def may_be_undated(self) -> bool:
        """May the rule do without a first day? Only yardsticks may."""
        return False

    def in_force(self, as_of: date) -> bool:
        """Does the rule hold on that day?"""
        started = self.valid_from is None or self.valid_from <= as_of
        return started and (self.valid_to is None or as_of <= self.valid_to)
