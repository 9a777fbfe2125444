"""Hazard and isolation checks of existing public sites, and of the first of a result."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from api.answers.base import Answer, Capakey, Day, Grade, Nis, RuleId, RunId, Sentence, SiteType, Source, Url


class Hazard(Answer):
    """Hazard."""

    fail: int = Field(description="Sites where it rules out.", examples=[0])
    conditional: int = Field(description="Sites where it holds on a condition.", examples=[1])
    unknown: int = Field(description="What is not known: layers.", examples=[0])
    pass_: int = Field(alias="pass", description="Sites where it is met.", examples=[0])


class Isolation(Answer):
    """Isolation."""

    fail: int = Field(description="Sites where it rules out.", examples=[0])
    conditional: int = Field(description="Sites where it holds on a condition.", examples=[0])
    unknown: int = Field(description="What is not known: layers.", examples=[0])
    pass_: int = Field(alias="pass", description="Sites where it is met.", examples=[1])


class Together(Answer):
    """Together."""

    both: int = Field(description="Both.", examples=[0])
    one: int = Field(description="One of the two.", examples=[0])
    neither: int = Field(description="Neither.", examples=[1])
    not_known: int = Field(description="What is not known.", examples=[0])


class Check(Answer):
    """Check."""

    id: str = Field(description="Identifier.", examples=["soil"])
    title: str = Field(description="In the language of the answer.", examples=["Soil"])
    group: str = Field(description="Group.", examples=["hazard"])
    state: str = Field(description="State.", examples=["pass"])
    measured: float | None = Field(
        description="What was measured, in the unit of the constraint or criterion; null = not known.", examples=[0.0]
    )
    threshold: float | None = Field(description="The limit it is held against, in the same unit.", examples=[0.05])
    unknown: list[str] = Field(description="What is not known: layers.")
    unknown_titles: list[str] = Field(description="Titles of the layers that are not known.")


class SafeguardSite(Answer):
    """A public site."""

    id: str = Field(description="Identifier.", examples=["demo-5"])
    name: str = Field(description="Name.", examples=["Terrain du Canal (fictif)"])
    municipality: Nis
    site_type: SiteType
    fictional: bool = Field(description="Is it fictional?")
    capakeys: list[Capakey] = Field(description="CAPAKEYs; empty for a drawn area.")
    profile: str = Field(description="Set of criteria with its version.", examples=["wallonia-transit"])
    hazard: str = Field(description="Hazards.", examples=["conditional"])
    isolation: str = Field(description="Isolation.", examples=["pass"])
    reason: str | None = Field(description="Why it is not known: a code.")
    reason_text: str | None = Field(description="Why it was not checked, in words.")
    checks: list[Check] = Field(description="Checks.")


class Unlocated(Answer):
    """Unlocated."""

    id: str = Field(description="Identifier.", examples=["vl-asse-pivo"])
    name: str = Field(description="Name.", examples=["N4"])
    municipality: Nis
    precision: str = Field(description="How precisely the place is known.", examples=["section"])


class Safeguard(Answer):
    """Safeguard."""

    region: str = Field(description="Region whose law or data it is.", examples=["flanders"])
    name: str = Field(description="Name.", examples=["Wallonia"])
    checked: int = Field(description="Checked.", examples=[1])
    located: int = Field(description="Sites located to address or parcel.", examples=[1])
    known: int = Field(description="Sites of which it is known.", examples=[1])
    hazard: Hazard = Field(description="Hazards.")
    isolation: Isolation = Field(description="Isolation.")
    together: Together = Field(description="Hazards and isolation together.")
    sites: list[SafeguardSite] = Field(description="Public sites that stand here.")
    unlocated: list[Unlocated] = Field(description="Sites without a place.")
    fictional: int = Field(description="Is it fictional?", examples=[1])
    text: Sentence


class LimitCitation(Answer):
    """Limit citation."""

    rule: str | None = Field(description="Rule it rests on; null = none.")
    title: str | None = Field(description="In the language of the answer.")
    url: Url


class Limit(Answer):
    """A limit, and whose it is."""

    field: str = Field(description="Which limit.", examples=["tolerance"])
    value: float = Field(description="Value.", examples=[0.05])
    unit: str = Field(description="Unit of the figures beside it.", examples=["m"])
    kind: str = Field(description="Kind.", examples=["our_choice"])
    kind_title: str = Field(description="Whose figure, in words.", examples=["our choice"])
    citation: LimitCitation | None = Field(description="Article or page it rests on.")
    date: str | None = Field(description="Date, as precisely as the source gives it.", examples=["2026-11-24"])
    note: str | None = Field(
        description="Note, in the language of the answer.", examples=["Ath was built beside one and regretted it."]
    )
    text: Sentence


class CheckRule(Answer):
    """A rule behind a check."""

    rule: RuleId
    title: str | None = Field(
        description="In the language of the answer; null where it does not hold on that day.",
        examples=["Flood hazard (Wallonia)"],
    )
    url: Url | None


class SafeguardsCheck(Answer):
    """Safeguards check."""

    id: str = Field(description="Identifier.", examples=["soil"])
    title: str = Field(description="In the language of the answer.", examples=["Soil"])
    group: str = Field(description="Group.", examples=["hazard"])
    group_title: str = Field(description="Group, in the language of the answer.", examples=["Hazards"])
    limits: list[Limit] = Field(description="Limits.")
    classes: dict[str, str] = Field(description="State by class.")
    classes_kind: str | None = Field(description="Whose choice.", examples=["our_choice"])
    classes_text: str = Field(description="The same in words.", examples=[""])
    rule: CheckRule | None = Field(description="Rule it rests on; null = none.")


class Yardstick(Answer):
    """Yardstick."""

    id: str = Field(description="Identifier.", examples=["france-2021"])
    source: str = Field(description="Where it comes from.")
    grade: Grade
    definition: str | None = Field(description="Definition; null = not found.")
    sites: Any = Field(description="Public sites that stand here.")
    figures: Any = Field(description="Figures; null = not found.")
    text: Sentence


class FirstCount(Answer):
    """First count."""

    n: int = Field(description="The first so many.", examples=[50])
    looked_at: int = Field(description="How many were looked at.", examples=[50])
    within: int = Field(description="Can it be first at all? Or how many lie within.", examples=[0])
    not_known: int = Field(description="What is not known.", examples=[0])


class FirstItem(Answer):
    """First item."""

    id: str = Field(description="Identifier.", examples=["soil"])
    title: str = Field(description="In the language of the answer.", examples=["Soil"])
    group: str = Field(description="Group.", examples=["hazard"])
    first: list[FirstCount] = Field(description="First.")
    limits: list[Limit] = Field(description="Limits.")


class First(Answer):
    """First."""

    run: RunId
    site_type: SiteType
    municipality: list[str] = Field(description="Municipality by name.")
    as_of: Day = Field(description="Day whose law applies.")
    data_date: Day = Field(description="Newest date of the data.")
    count: int = Field(description="How many there are.", examples=[8])
    items: list[FirstItem] = Field(description="The items.")
    text: Sentence
    sources: list[Source] = Field(description="Datasets the answer rests on.")


class Safeguards(Answer):
    """Hazard and isolation checks."""

    as_of: Day = Field(description="Day whose law applies.")
    count: int = Field(description="How many there are.", examples=[1])
    items: list[Safeguard] = Field(description="The items.")
    checks: dict[str, list[SafeguardsCheck]] = Field(description="Checks.")
    yardstick: Yardstick = Field(description="Figures of another country, for comparison.")
    first: First | None = Field(description="First.")
    sources: list[Source] = Field(description="Datasets the answer rests on.")
