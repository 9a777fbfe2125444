"""The kinds of constraints and the grammar of their rules, as data.

A constraint over a layer says what each class means: pass, conditional, derogation, fail, unknown. Its classes may be
told anew for a region or for municipalities (the most specific holds; a municipality may only be stricter), may count
`where` another layer says so and nowhere else, and may be exempt on land of another layer: that beats fail, and needs a
reason and its source. A share up to the tolerance counts for nothing. Lengths in metres, areas in square metres.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from sites.law.model import LawRegion, State, Text

#: Dwellings and what people need: no site is kept away from them.
PEOPLE = ("address", "school", "school_nl", "school_fr", "school_de", "gp", "pharmacy", "shop", "stop")
#: What no set of criteria may keep a site away from: people, services, and the roads that lead to them.
NEVER_AWAY = (*PEOPLE, "care", "main_road", "road")
#: How strict a state is, as the verdict takes it.
STRICTNESS: dict[State, int] = {"pass": 0, "conditional": 1, "derogation": 2, "unknown": 3, "fail": 4}


class Strict(BaseModel):
    """Frozen; an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Threshold(Strict):
    """A figure with its owner: official, a foreign norm, or our own choice."""

    value: float = Field(ge=0, allow_inf_nan=False)
    unit: Literal["m", "m2", "share", "degrees", "pitches"]
    kind: Literal["official", "foreign_norm", "our_choice"]
    source: str | None = Field(None, description="Rule id of the rule pack, or address of the source.")
    date: date
    note: str | None = None

    @model_validator(mode="after")
    def _has_source(self) -> Threshold:
        if self.kind != "our_choice" and not self.source:
            raise ValueError(f"a threshold that is {self.kind} needs its source")
        return self


class Occupation(Strict):
    """Land that is in use is no candidate: buildings, known use, dwellings with their gardens."""

    kind: Literal["occupation"]
    id: Literal["occupation"] = "occupation"
    max_built_share: Threshold
    max_used_share: Threshold
    garden: Threshold = Field(description="Area that belongs to one dwelling.")
    releasable: list[str] = Field(description="Uses that their owner can give up: conditional, never free.")


class UsableArea(Strict):
    """Least area for the smallest site of this type."""

    kind: Literal["usable_area"]
    id: Literal["usable_area"] = "usable_area"
    minimum: Threshold


class Zoning(Strict):
    """What the plan allows, by the rules of the day."""

    kind: Literal["zoning"]
    id: Literal["zoning"] = "zoning"
    sliver_share: Threshold
    sliver_area: Threshold


class Where(Strict):
    """The part of a parcel on which another layer says one of these classes."""

    layer: str
    classes: list[str] = Field(min_length=1)


class Exemption(Where):
    """Land on which a class of the constraint does not count against a site, whatever the constraint says."""

    reason: Text
    source: str = Field(min_length=1, description="Rule id of the rule pack, or address of the source.")


class Scoped(Strict):
    """Classes told anew for a region, or for municipalities."""

    scope: Literal["regional", "local"]
    region: LawRegion | None = None
    nis: list[Annotated[str, Field(pattern=r"^\d{5}$")]] = Field(default_factory=list)
    classes: dict[str, State] = Field(min_length=1)
    reason: Text
    source: str = Field(min_length=1, description="Rule id of the rule pack, or address of the source.")

    @model_validator(mode="after")
    def _place(self) -> Scoped:
        if (self.scope == "regional") != (self.region is not None) or (self.scope == "local") != bool(self.nis):
            raise ValueError("a regional rule names its region, a local one its municipalities")
        return self


class ClassShare(Strict):
    """States by class of a layer; a share up to the tolerance does not count."""

    kind: Literal["share"]
    id: str
    layer: str
    classes: dict[str, State]
    absent: State = Field("pass", description="State of the part on which nothing is drawn.")
    tolerance: Threshold
    tolerance_area: Threshold | None = Field(None, description="Area that does not count either; the larger holds.")
    where: Where | None = Field(None, description="Classes count on this land only.")
    exempt: list[Exemption] = Field(default_factory=list)
    scoped: list[Scoped] = Field(default_factory=list)
    rule: str | None = Field(None, description="Rule id of the rule pack.")

    @model_validator(mode="after")
    def _grammar(self) -> ClassShare:
        if self.absent != "pass" and (self.where or self.exempt):
            raise ValueError("absence cannot be judged on a part of the land only")
        for one in self.scoped:
            for name, state in one.classes.items() if one.scope == "local" else ():
                if STRICTNESS[state] < max(STRICTNESS[version.get(name, "unknown")] for version in self._regional()):
                    raise ValueError(f"a municipality may be stricter, never milder: {name} is {state}")
        return self

    def _regional(self) -> list[dict[str, State]]:
        """The general classes, and those of each region."""
        return [self.classes, *({**self.classes, **one.classes} for one in self.scoped if one.scope == "regional")]

    def classes_for(self, region: str, nis: str) -> dict[str, State]:
        """What the classes mean in a municipality: general, then regional, then local rules, of these the strictest."""
        out = dict(self.classes)
        for one in self.scoped:
            if one.region == region:
                out |= one.classes
        for one in self.scoped:
            if nis in one.nis:
                out |= {
                    name: max(state, out.get(name, state), key=STRICTNESS.__getitem__)
                    for name, state in one.classes.items()
                }
        return out


class Distance(Strict):
    """Too near a nuisance, or too far from what a site needs."""

    kind: Literal["distance"]
    id: str
    to: str
    layer: str
    fail_below: Threshold | None = None
    conditional_below: Threshold | None = None
    conditional_above: Threshold | None = None
    fail_above: Threshold | None = None
    rule: str | None = None

    @model_validator(mode="after")
    def _one_side(self) -> Distance:
        below = self.fail_below or self.conditional_below
        above = self.fail_above or self.conditional_above
        if bool(below) == bool(above):
            raise ValueError("a distance has thresholds on one side: below or above")
        if below and self.to in NEVER_AWAY:
            raise ValueError("a constraint must not keep sites away from dwellings or services")
        return self


class Slope(Strict):
    """Steep ground."""

    kind: Literal["slope"]
    id: Literal["slope"] = "slope"
    conditional_above: Threshold
    fail_above: Threshold


class Owner(Strict):
    """Whose land it is; an owner nobody knows is unknown."""

    kind: Literal["owner"]
    id: Literal["public_land"] = "public_land"
    classes: dict[str, State] = Field(min_length=1)
    otherwise: State = Field("pass", description="State of the classes not named.")
    rule: str | None = Field(None, description="Rule id of the rule pack.")
    owner: Literal["official", "foreign_norm", "our_choice"] = Field(description="Whose choice the classes are.")


Constraint = Annotated[
    Occupation | UsableArea | Zoning | ClassShare | Distance | Slope | Owner, Field(discriminator="kind")
]
