"""Rules of law: all of them, one of them, and what holds in a municipality on a day."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from api.answers.base import Answer, Day, Grade, Nis, RuleId, Url
from api.answers.explanation import Condition
from api.answers.subsidies import Regime


class EntryIntoForce(Answer):
    """Entry into force."""

    date: str | None = Field(description="Date, as precisely as the source gives it.", examples=["2004-03-01"])
    source: str = Field(description="Where it comes from.", examples=["publication"])


class Page(Answer):
    """A page and what it says."""

    url: Url
    supports: str = Field(description="What the page says.", examples=["The same."])
    grade: Grade


class Contradiction(Answer):
    """Contradiction."""

    says: str = Field(description="What another source says.", examples=["16 sites."])
    source: str | None = Field(
        description="Where it comes from.", examples=["https://woonwagenbewoners.be/woonwagenbeleid/"]
    )
    resolved: str = Field(description="What was made of it.", examples=["The newest plan in force wins."])


class RuleCondition(Answer):
    """What someone can release or what is owed, under a rule."""

    what: str = Field(
        description="What it is about, in the language of the answer.", examples=["Advice of the watercourse manager."]
    )
    who_decides: str = Field(description="Who decides, in the language of the answer.", examples=["the municipality"])
    article: str | None = Field(description="Article of the law; null = not known.", examples=["VCRO 5.6.11"])
    lead_time: str | None = Field(
        description="How long it takes; null = not found.", examples=["30 days; without a decision it is granted"]
    )
    risk: str | None = Field(
        description="How likely it is refused: low, medium, high; null = not known.", examples=["low"]
    )
    site_types: list[str] = Field(description="Types of site.")
    valid_from: Day | None


class RuleVersion(Answer):
    """One version of a rule of law."""

    id: str = Field(description="Identifier.", examples=["wallonia.norm.zhv-sol"])
    kind: str = Field(description="Kind.", examples=["norm"])
    region: str = Field(description="Region whose law or data it is.", examples=["flanders"])
    act: str = Field(description="Act.", examples=["No act found"])
    numac: str | None = Field(description="Number of the official journal; null = not found.", examples=["2019203567"])
    articles: list[str] = Field(description="Articles.")
    published: str | None = Field(description="Published.", examples=["2020-12-08"])
    valid_from: Day | None
    valid_to: Day | None
    checked_on: Day
    grade: Grade
    status: str = Field(description="Status.", examples=["in_force"])
    entry_into_force: list[EntryIntoForce] = Field(description="Entry into force, with its source.")
    sources: list[Page] = Field(description="Datasets the answer rests on.")
    notes: list[str] = Field(description="Notes, in the language of the answer.")
    contradictions: list[Contradiction] = Field(description="What sources say otherwise.")
    title: str = Field(description="In the language of the answer.", examples=["Pitch"])
    checked_stale: bool = Field(description="Was it last checked more than six months ago?")
    conditions: list[RuleCondition] = Field(description="What someone can release, or what is owed.")
    values: dict[str, Any] = Field(description="Values, in the order of the columns or by name.")
    examples: int = Field(description="Worked examples of the rule.", examples=[2])
    in_force: bool | None = Field(description="Does it hold on the day asked for? null = no day was given.")


class Rules(Answer):
    """Rules of law."""

    pack_version: str = Field(description="Version of the rules.", examples=["2026.11.2+9c8c6c945ef3"])
    as_of: Day | None = Field(description="Day whose law applies.")
    count: int = Field(description="How many there are.", examples=[166])
    items: list[RuleVersion] = Field(description="The items.")


class Rule(Answer):
    """Every version of one rule."""

    pack_version: str = Field(description="Version of the rules.", examples=["2026.11.2+9c8c6c945ef3"])
    as_of: Day | None = Field(description="Day whose law applies.")
    count: int = Field(description="How many there are.", examples=[1])
    items: list[RuleVersion] = Field(description="The items.")


class Checked(Answer):
    """Checked."""

    oldest: str = Field(description="Oldest.", examples=["2026-11-24"])
    newest: str = Field(description="Newest.", examples=["2026-11-24"])


class Outcomes(Answer):
    """Outcomes."""

    state: str = Field(description="State.", examples=["fail"])
    rule: RuleId | None
    grade: Grade | None
    reason: str = Field(description="Why it is not known: a code.", examples=["No rule was found for this date."])
    conditions: list[Condition] = Field(description="What someone can release, or what is owed.")
    who_could_answer: str | None = Field(
        description="Who could answer.", examples=["the municipality or urban.brussels"]
    )
    checked_on: Day | None
    checked_stale: bool = Field(description="Was it last checked more than six months ago?")


class LawAtZoning(Answer):
    """Law at zoning."""

    class_: str = Field(alias="class", description="Harmonised zoning class.", examples=["sme"])
    title: str = Field(description="In the language of the answer.", examples=["park zone"])
    outcomes: dict[str, Outcomes] = Field(description="What each zone means, by type of site.")


class LawAt(Answer):
    """What law holds in a municipality on a day."""

    municipality: Nis
    name: str = Field(description="Name.", examples=["Luik"])
    region: str = Field(description="Region whose law or data it is.", examples=["flanders"])
    as_of: Day = Field(description="Day whose law applies.")
    checked: Checked = Field(description="Checked.")
    checked_stale: bool = Field(description="Was it last checked more than six months ago?")
    pack_version: str = Field(description="Version of the rules.", examples=["2026.11.2+9c8c6c945ef3"])
    who_could_answer: str = Field(description="Who could answer.", examples=["the municipality or urban.brussels"])
    plan_levels: list[RuleVersion] = Field(description="Which plans overrule which.")
    definitions: list[RuleVersion] = Field(description="Definitions.")
    zoning: list[LawAtZoning] | None = Field(description="Destination of the land.")
    permits: list[RuleVersion] = Field(description="Permits.")
    norms: list[RuleVersion] = Field(description="Norms.")
    subsidies: list[Regime] = Field(description="Subsidies.")
