"""Profiles: which constraints and criteria make up a type of site in a region, as data.

Every threshold says whose it is (official, foreign norm, our choice) and where it comes from; a profile without that
is refused. Lengths in metres, areas in square metres, slopes in degrees, shares 0..1, ways by road in minutes.

What a criterion measures is a name: a distance in a straight line (`school`); `reach:NAME`, metres along the network;
`minutes:NAME`, by road; `counts:NAME`, how many there are around the parcel; `share:LAYER:CLASS`, part of the parcel
(`CLASS+CLASS`: under any of several);
`spread:site`, metres to the next existing site; or `usable_area`, `width`, `frontage`, `access_width`, `access_class`
(the road where the parcel joins the network), `compactness`, `slope`, `owner_class`. Schools of one language are
`school_nl`, `school_fr`, `school_de`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal

from pydantic import Field, model_validator

from sites.law.model import LawRegion, SiteType, Text
from sites.suitability.kinds import (
    ClassShare,
    Constraint,
    Distance,
    Exemption,
    Occupation,
    Owner,
    Scoped,
    Slope,
    Strict,
    Threshold,
    UsableArea,
    Where,
    Zoning,
)

#: What a value function may measure a distance to, and what may be near it.
SERVICES = (
    "school",
    "school_nl",
    "school_fr",
    "school_de",
    "care",
    "gp",
    "pharmacy",
    "shop",
    "stop",
    "main_road",
    "address",
    "road",
)
NUISANCES = ("sewage_plant", "waste_site", "railway", "motorway", "high_voltage", "seveso_site")
#: Figures of which there is one per parcel.
PLAIN = ("usable_area", "compactness", "slope", "width", "frontage", "access_width", "access_class", "owner_class")
#: Those that are words.
CLASSED = ("owner_class", "access_class")


class Criterion(Strict):
    """One criterion: a measurement, a published value function, a weight over its stated range.

    `points` are (measured, value 0..1) breakpoints with straight lines between; `values` maps words to values. The
    weight is what the step from the worst to the best end of the range is worth beside those of the other criteria.
    """

    id: str
    measures: list[str] = Field(min_length=1, description="Distances (the nearest counts), or one other figure.")
    instead: dict[LawRegion, list[str]] = Field(
        default_factory=dict, description="What is measured in municipalities with a law of their own."
    )
    unit: Literal["m", "m2", "degrees", "share", "class", "min", "count"]
    points: list[tuple[float, float]] = Field(default_factory=list)
    values: dict[str, float] = Field(default_factory=dict)
    weight: float = Field(gt=0)
    kind: Literal["official", "foreign_norm", "our_choice"]
    source: str | None = None
    date: date
    note: str | None = None

    @model_validator(mode="after")
    def _function(self) -> Criterion:
        if bool(self.points) == bool(self.values):
            raise ValueError("a criterion has breakpoints or values by class, one of them")
        xs, ys = [x for x, _ in self.points], [y for _, y in self.points]
        if xs != sorted(set(xs)):
            raise ValueError("breakpoints must rise")
        if self.values and self.measures[0] not in CLASSED:
            raise ValueError(f"only {' and '.join(CLASSED)} have values by class")
        if any(not 0 <= y <= 1 for y in [*ys, *self.values.values()]):
            raise ValueError("values lie between 0 and 1")
        rising, falling = ys == sorted(ys), ys == sorted(ys, reverse=True)
        if not (rising or falling):
            raise ValueError("a value function rises or falls; it does not turn")
        # Safeguard: no profile may push sites away from dwellings and services.
        if self.away_from & set(SERVICES) and len(set(ys)) > 1 and not falling:
            raise ValueError("a value function must not reward distance from dwellings or services")
        if self.counts and len(set(ys)) > 1 and not rising:
            raise ValueError("a value function must not reward a lack of dwellings or services around")
        if self.kind != "our_choice" and not self.source:
            raise ValueError(f"a value function that is {self.kind} needs its source")
        return self

    def within(self, law_region: str) -> Criterion:
        """The criterion as it is measured where this law holds."""
        other = [measures for region, measures in self.instead.items() if region == law_region]
        return self.model_copy(update={"measures": other[0], "instead": {}}) if other else self

    @property
    def measured(self) -> list[str]:
        """All that it measures, wherever."""
        return [*self.measures, *(one for several in self.instead.values() for one in several)]

    @property
    def away_from(self) -> set[str]:
        """What it measures the way to, by whatever way."""
        plain = ("counts:", "share:", "spread:")
        ways = [one for one in self.measured if not one.startswith(plain) and one not in PLAIN]
        return {one.partition(":")[2] or one for one in ways}

    @property
    def counts(self) -> bool:
        """Does it count what lies around?"""
        return any(one.startswith("counts:") for one in self.measures)

    @property
    def spread(self) -> bool:
        """Does it measure how far the next existing site is?"""
        return any(one.startswith("spread:") for one in self.measures)

    @property
    def range(self) -> tuple[float, float] | None:
        """First and last breakpoint: what the weight compares; None for classes, of which the worst and the best."""
        return (self.points[0][0], self.points[-1][0]) if self.points else None


class Pitch(Strict):
    """How many pitches fit: area of one pitch from low to high, and the share that roads and green take."""

    area_low: Threshold
    area_high: Threshold
    roads_and_green: Threshold


class Step(Strict):
    """What comes next for a site that is possible here: a rule of the pack, or a step of our own in words."""

    rule: str | None = Field(None, description="Rule id of the rule pack; its text is told, with its grade.")
    text: Text | None = None
    source: str | None = Field(None, description="Address at which the text was read, where it states a law.")
    article: str | None = None

    @model_validator(mode="after")
    def _one(self) -> Step:
        if (self.rule is None) == (self.text is None):
            raise ValueError("a step is a rule or a text, one of them")
        return self


def within_buffer(criterion: Criterion, constraints: Sequence[Constraint]) -> None:
    """Distance from a nuisance counts up to its buffer and no farther: sites are not to be driven out.

    Raises
    ------
    ValueError
        When the value function rises beyond the smallest buffer of its nuisances; names both.
    """
    nuisances = criterion.away_from & set(NUISANCES)
    if not nuisances or len({y for _, y in criterion.points}) < 2:
        return
    buffers = dict.fromkeys(nuisances, 0.0)
    for one in constraints:
        if isinstance(one, Distance) and one.to in buffers:
            limits = (one.fail_below, one.conditional_below)
            buffers[one.to] = max([buffers[one.to], *(limit.value for limit in limits if limit)])
    most = min(buffers.values())
    if criterion.points[-1][0] > most:
        raise ValueError(f"{criterion.id}: distance counts up to the published buffer, {most:g} m, and no farther")


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
    usable_for: Text | None = Field(None, description="What a compatible parcel is usable for, where not for a site.")
    steps: list[Step] = Field(default_factory=list, description="What comes next where nothing rules a site out.")
    base: str | None = Field(None, description="Published set, with its version, that a local one was made from.")

    @model_validator(mode="after")
    def _complete(self) -> Profile:
        ids = [one.id for one in [*self.constraints, *self.criteria]]
        if len(ids) != len(set(ids)):
            raise ValueError("two constraints or criteria share an id")
        needed = ["occupation", "zoning", "usable_area", "flood"]
        # People live on HP sites; only Wallonia has them.
        for name in [*needed, "plan_hp"] if self.region == "wallonia" else needed:
            if name not in ids:
                raise ValueError(f"every set of criteria has the constraint {name}")
        for one in self.constraints:
            if not isinstance(one, ClassShare) or one.id != "plan_hp":
                continue
            told = [*one.classes.values(), *(state for scoped in one.scoped for state in scoped.classes.values())]
            if set(told) != {"fail"} or one.exempt or one.where:
                raise ValueError("plan_hp: inhabited land is never offered, so each of its classes fails")
        for criterion in self.criteria:
            if self.base is not None:
                continue  # held against the published buffers where it is made
            within_buffer(criterion, self.constraints)
            if criterion.spread:
                raise ValueError("spread is off unless a municipality asks for it: no published set has it")
        return self

    @property
    def weights(self) -> dict[str, float]:
        """Weights that sum to one, by criterion."""
        total = sum(one.weight for one in self.criteria)
        return {one.id: one.weight / total for one in self.criteria}


__all__ = [
    "NUISANCES", "PLAIN", "SERVICES", "ClassShare", "Constraint", "Criterion", "Distance", "Exemption",
    "Occupation", "Owner", "Pitch", "Profile", "Scoped", "Slope", "Step", "Strict", "Threshold", "UsableArea", "Where",
    "Zoning", "within_buffer",
]  # fmt: skip
