"""Profiles: which constraints and criteria make up a type of site in a region, as data.

Every threshold says whose it is (official, foreign norm, our choice) and where it comes from; a profile without that
is refused. Lengths in metres, areas in square metres, slopes in degrees, shares 0..1.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from sites.law.model import SiteType, State, Text

#: Distances that a value function or constraint may use, and what may be near them.
SERVICES = ("school", "gp", "pharmacy", "shop", "stop", "main_road", "address", "road")
NUISANCES = ("sewage_plant", "waste_site", "railway", "motorway", "high_voltage", "seveso_site")


class Strict(BaseModel):
    """Frozen; an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Threshold(Strict):
    """A figure with its owner: official, a foreign norm, or our own choice."""

    value: float
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


class ClassShare(Strict):
    """States by class of a layer; a share below the tolerance does not count."""

    kind: Literal["share"]
    id: str
    layer: str
    classes: dict[str, State]
    absent: State = Field("pass", description="State of the part on which nothing is drawn.")
    tolerance: Threshold
    rule: str | None = Field(None, description="Rule id of the rule pack.")


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
        return self


class Slope(Strict):
    """Steep ground."""

    kind: Literal["slope"]
    id: Literal["slope"] = "slope"
    conditional_above: Threshold
    fail_above: Threshold


Constraint = Annotated[Occupation | UsableArea | Zoning | ClassShare | Distance | Slope, Field(discriminator="kind")]


class Criterion(Strict):
    """One criterion: a measurement, a published value function, a weight over its stated range.

    `points` are (measured, value 0..1) breakpoints with straight lines between; `values` maps words to values.
    """

    id: str
    measures: list[str] = Field(min_length=1, description="Distances (the nearest counts), or one other figure.")
    unit: Literal["m", "m2", "degrees", "share", "class"]
    points: list[tuple[float, float]] = Field(default_factory=list)
    values: dict[str, float] = Field(default_factory=dict)
    weight: float = Field(gt=0)
    kind: Literal["official", "foreign_norm", "our_choice"]
    source: str | None = None
    date: date

    @model_validator(mode="after")
    def _function(self) -> Criterion:
        if bool(self.points) == bool(self.values):
            raise ValueError("a criterion has breakpoints or values by class, one of them")
        xs, ys = [x for x, _ in self.points], [y for _, y in self.points]
        if xs != sorted(set(xs)):
            raise ValueError("breakpoints must rise")
        if any(not 0 <= y <= 1 for y in [*ys, *self.values.values()]):
            raise ValueError("values lie between 0 and 1")
        rising, falling = ys == sorted(ys), ys == sorted(ys, reverse=True)
        if not (rising or falling):
            raise ValueError("a value function rises or falls; it does not turn")
        # Safeguard: no profile may push sites away from dwellings and services.
        if set(self.measures) & set(SERVICES) and len(set(ys)) > 1 and not falling:
            raise ValueError("a value function must not reward distance from dwellings or services")
        if self.kind != "our_choice" and not self.source:
            raise ValueError(f"a value function that is {self.kind} needs its source")
        return self


class Pitch(Strict):
    """How many pitches fit: area of one pitch from low to high, and the share that roads and green take."""

    area_low: Threshold
    area_high: Threshold
    roads_and_green: Threshold


class Profile(Strict):
    """One set of criteria: a type of site in a region, published and versioned."""

    id: str
    version: str
    title: Text
    region: Literal["flanders", "wallonia", "brussels"]
    site_type: SiteType
    published: date
    pitch: Pitch
    constraints: list[Constraint] = Field(min_length=1)
    criteria: list[Criterion] = Field(min_length=1)

    @model_validator(mode="after")
    def _complete(self) -> Profile:
        ids = [one.id for one in [*self.constraints, *self.criteria]]
        if len(ids) != len(set(ids)):
            raise ValueError("two constraints or criteria share an id")
        for needed in ("occupation", "zoning", "usable_area", "flood"):
            if needed not in ids:
                raise ValueError(f"every set of criteria has the constraint {needed}")
        return self

    @property
    def weights(self) -> dict[str, float]:
        """Weights that sum to one, by criterion."""
        total = sum(one.weight for one in self.criteria)
        return {one.id: one.weight / total for one in self.criteria}
