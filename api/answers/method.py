"""A published set of criteria, and how a verdict and a rank come about."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from api.answers.base import Answer, Day, SiteType, Url, Weight


class PublishedProfile(Answer):
    """A set of criteria."""

    id: str = Field(description="Name of the set.", examples=["flanders-residential"])
    version: str = Field(description="Version.", examples=["5"])
    title: str = Field(description="In the language of the answer.", examples=["Residential site, Flanders"])
    region: str = Field(description="Region whose law it rests on.", examples=["flanders"])
    site_type: SiteType
    published: Day = Field(description="Day it was published.")
    usable_for: str | None = Field(
        description="What a compatible place is usable for; null = no more than its title says."
    )


class StateVerdict(Answer):
    """A state of a condition and the verdict it leads to."""

    state: str = Field(examples=["fail"])
    title: str = Field(description="In the language of the answer.", examples=["fail"])
    verdict: str = Field(examples=["incompatible"])
    verdict_title: str = Field(description="In the language of the answer.", examples=["incompatible"])


class RankInterval(Answer):
    """How the interval of a rank is made."""

    draws: int = Field(description="Draws of weights and of unknown values.", examples=[1000])
    least: float = Field(description="Least weight drawn, as a part of the published one.", examples=[0.5])
    most: float = Field(description="Most weight drawn, as a part of the published one.", examples=[1.5])
    within: float = Field(description="Share of the draws that the interval holds, 0..1.", examples=[0.9])


class Citation(Answer):
    """Where a figure is from."""

    rule: str | None = Field(description="Rule of law; null = a page only.", examples=["wallonia.norm.reception-area"])
    title: str | None = Field(description="Title of the rule, in the language of the answer.")
    url: Url


class CitedFigure(Answer):
    """A figure of a set of criteria, with whose it is."""

    field: str = Field(description="What it sets.", examples=["fail_above"])
    value: float = Field(description="In its unit.", examples=[0.01])
    unit: str = Field(description="degrees, m, m2 or share.", examples=["share"])
    kind: str = Field(description="official, foreign_norm or our_choice.", examples=["our_choice"])
    kind_title: str = Field(description="In the language of the answer.", examples=["our choice"])
    citation: Citation | None
    date: Day
    note: str | None = Field(description="Why this figure.")
    text: str = Field(
        description="In words, in the language of the answer.", examples=["counts above 1% of the parcel"]
    )


class RuleLink(Answer):
    """A rule behind a condition."""

    rule: str = Field(description="Rule of law.", examples=["brussels.norm.flood-classes"])
    title: str = Field(description="In the language of the answer.")
    url: Url


class Release(Answer):
    """What someone can release, or what is owed."""

    what: str = Field(description="In the language of the answer.", examples=["A soil survey."])
    who: str = Field(description="Who decides or does it.", examples=["the municipality"])


class MethodConstraint(Answer):
    """A hard condition of a set."""

    id: str = Field(examples=["flood"])
    title: str = Field(description="In the language of the answer.", examples=["Flooding"])
    limits: list[CitedFigure] = Field(description="Its thresholds.")
    classes_text: str | None = Field(description="What each class leads to, in words.")
    classes_kind_title: str | None = Field(description="Whose choice that is.")
    exceptions: list[Any] = Field(description="Where it does not hold, in words.")
    rule: RuleLink | None
    condition: Release | None
    who: str | None = Field(description="Who can answer where it is not known.")


class TitledValue(Answer):
    """A class and its value."""

    title: str = Field(description="In the language of the answer.", examples=["Church fabric"])
    value: float = Field(description="Value, 0..1.", examples=[0.5])


class MethodCriterion(Answer):
    """A soft criterion of a set."""

    id: str = Field(examples=["school"])
    title: str = Field(description="In the language of the answer.", examples=["School"])
    unit: str = Field(description="Unit of what is measured.", examples=["m"])
    points: list[list[float]] = Field(
        description="Breakpoints of the value function: measure and value.", examples=[[[300, 1], [2000, 0]]]
    )
    values: list[TitledValue] = Field(description="Value of each class, where classes are measured.")
    weight: float = Field(description="Weight as published.", examples=[12.0])
    share: Weight
    kind_title: str = Field(description="Whose choice it is.", examples=["our choice"])
    citation: Citation | None
    date: Day
    note: str | None = Field(description="Why so.")


class Method(Answer):
    """A published set of criteria with thresholds, value functions, weights and their sources."""

    profile: PublishedProfile
    pack_version: str = Field(description="Version of the rules.", examples=["2026.11.2+9c8c6c945ef3"])
    states: list[StateVerdict] = Field(description="States of a condition, the strictest first.")
    ranking: RankInterval
    constraints: list[MethodConstraint] = Field(description="Hard conditions.")
    criteria: list[MethodCriterion] = Field(description="Soft criteria.")
    pitch: list[CitedFigure] = Field(description="Figures from which pitches are estimated.")
