"""The figures a layout is drawn by: each with its range, its owner, and whether it is law here or a yardstick.

Contract: pure. A figure comes from a rule of the rule pack that holds on the day, of this region first; where none gives
one, from a foreign yardstick, else from our own choice (`data/layout_choices.yaml`), and says so. Metres, square metres.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import yaml

from geodata.errors import UsageError
from sites.law import NormRule, find_rule, region_of_law
from sites.law.model import Grade, Language, LawRegion, SiteType, Text

Owner = Literal["official", "foreign_norm", "our_choice"]

#: Types of site that can be laid out, and whose dimensions they have.
LAID_OUT: Mapping[SiteType, Literal["residential", "transit"]] = {
    "residential": "residential",
    "family": "residential",
    "transit": "transit",
    "temporary": "transit",
}
#: Rules read for the area of a pitch, first the region's own.
_PITCH_AREA = {
    ("flanders", "residential"): "flanders.norm.pitch-area-residential",
    ("flanders", "transit"): "flanders.norm.pitch-area-transit",
}
#: Rules that were read and give no figure, or one that serves as yardstick elsewhere.
_PITCH_YARDSTICKS: Mapping[str, tuple[str, ...]] = {
    "residential": ("flanders.norm.pitch-area-residential",),
    "transit": ("flanders.norm.pitch-area-transit", "elsewhere.norm.fr-pitch-area"),
}
_LOCAL_YARDSTICKS = {
    ("wallonia", "transit"): ("wallonia.norm.call-norms", "wallonia.norm.pitch-area-practice"),
    ("brussels", "transit"): ("brussels.norm.site-norms",),
    ("brussels", "residential"): ("brussels.norm.site-norms",),
}
_SPACING = ("elsewhere.norm.nl-caravan-spacing", "elsewhere.norm.gb-caravan-spacing")
_SILENT_ON_FIRE = {
    "flanders": ("flanders.norm.fire-spacing",),
    "wallonia": ("wallonia.norm.call-norms",),
    "brussels": ("brussels.norm.site-norms",),
}


#: Norms about the whole site, by whose law holds and the size of caravan.
_SITE = {
    ("flanders", "residential"): ("flanders.norm.pitches-per-site",),
    ("flanders", "transit"): ("flanders.norm.pitches-per-transit-site",),
    ("wallonia", "transit"): ("wallonia.norm.reception-area", "wallonia.norm.reception-area-size"),
    ("brussels", "transit"): ("brussels.norm.transit-site-area",),
}


@dataclass(frozen=True)
class Cited:
    """A rule that was read for a figure.

    Attributes
    ----------
    figure : whether it gives a figure; False where what it says was not found in numbers.
    """

    rule: str
    title: Text
    act: str
    url: str
    grade: Grade
    binding: bool
    figure: bool

    def document(self, language: Language) -> dict[str, Any]:
        """As JSON, titles in one language."""
        return {
            "rule": self.rule,
            "title": self.title[language],
            "act": self.act,
            "url": self.url,
            "grade": self.grade,
            "binding": self.binding,
            "figure": self.figure,
        }


@dataclass(frozen=True)
class Figure:
    """One figure of a layout.

    Attributes
    ----------
    id : such as pitch_area.
    low, high : its range; equal where there is one figure.
    unit : m, m2 or pitches.
    owner : whose figure it is.
    binding : whether it is law here on that day; False = a yardstick or our own choice.
    rules : rules it comes from or that were read for it; empty where none is known.
    note : why, for a choice of our own; None where a rule gives the figure.
    """

    id: str
    low: float
    high: float
    unit: str
    owner: Owner
    binding: bool
    title: Text
    rules: tuple[Cited, ...] = ()
    note: Text | None = None

    def document(self, language: Language) -> dict[str, Any]:
        """As JSON, texts in one language."""
        return {
            "id": self.id,
            "title": self.title[language],
            "low": self.low,
            "high": self.high,
            "unit": self.unit,
            "owner": self.owner,
            "binding": self.binding,
            "note": self.note[language] if self.note else None,
            "rules": [one.document(language) for one in self.rules],
        }


@dataclass(frozen=True)
class SiteNorm:
    """A norm about the whole site: its pitches, or its area.

    Attributes
    ----------
    low, high : least and most; None where the norm sets none.
    binding : whether it is law here on that day.
    """

    cited: Cited
    quantity: Text
    unit: str
    low: float | None
    high: float | None
    owner: Owner
    binding: bool

    def met(self, low: float, high: float) -> bool | None:
        """Does what lies between low and high meet the norm? None where a part of it does."""
        at_least = [self.low is None or one >= self.low for one in (low, high)]
        at_most = [self.high is None or one <= self.high for one in (low, high)]
        if all(at_least) and all(at_most):
            return True
        # Nothing between the two can meet it.
        none = (self.low is not None and high < self.low) or (self.high is not None and low > self.high)
        return False if none else None

    def document(self, language: Language, low: float, high: float) -> dict[str, Any]:
        """As JSON, with what of the layout is measured against it."""
        return {
            **self.cited.document(language),
            "quantity": self.quantity[language],
            "unit": self.unit,
            "low": self.low,
            "high": self.high,
            "owner": self.owner,
            "measured": {"low": low, "high": high},
            "met": self.met(low, high),
        }


@dataclass(frozen=True)
class LayoutNorm:
    """All figures of one type of site in one region on one day.

    `pitch_area`, `spacing` and the rest are `Figure`s; `site` are norms about the whole site; `own_building` says whether each pitch has a service building of
    its own (else one stands for many pitches).
    """

    region: LawRegion
    site_type: SiteType
    as_of: date
    pitch_area: Figure
    spacing: Figure
    green_edge: Figure
    road_width: Figure
    road_distance: Figure
    turning_length: Figure
    dead_end_free: Figure
    stand_width: Figure
    stand_length: Figure
    service: Figure
    own_building: bool
    equipment: tuple[Cited, ...] = ()
    site: tuple[SiteNorm, ...] = ()

    @property
    def figures(self) -> tuple[Figure, ...]:
        """Every figure, in the order in which they are shown."""
        return (
            self.pitch_area, self.spacing, self.green_edge, self.road_width, self.road_distance, self.turning_length,
            self.dead_end_free, self.stand_width, self.stand_length, self.service,
        )  # fmt: skip


def layout_norm(region: str, site_type: str, as_of: date) -> LayoutNorm:
    """The figures of a type of site in a region by the rules of a day.

    Raises
    ------
    UsageError
        When the region is unknown, or the type of site is none that can be laid out.
    """
    law_region = region_of_law(region)
    wanted = next((one for one in LAID_OUT if one == site_type), None)
    if wanted is None:
        raise UsageError(f"A site of type {site_type} is not laid out.", f"Use one of {', '.join(LAID_OUT)}.")
    size = LAID_OUT[wanted]
    one = _Reader(law_region, size, as_of)
    own = size == "residential"
    equipment = one.cited((f"flanders.norm.equipment-{size}",), figure=False)
    return LayoutNorm(
        region=law_region,
        site_type=wanted,
        as_of=as_of,
        pitch_area=one.pitch_area(),
        spacing=one.spacing(),
        green_edge=one.figure("green_edge"),
        road_width=one.figure("road_width"),
        road_distance=one.figure("road_distance"),
        turning_length=one.figure("turning_length"),
        dead_end_free=one.figure("dead_end_free"),
        stand_width=one.figure("stand_width"),
        stand_length=one.figure("stand_length"),
        service=one.figure("own_service_building" if own else "pitches_per_service_building"),
        own_building=own,
        equipment=equipment,
        site=one.site_norms(),
    )


@dataclass(frozen=True)
class _Reader:
    """Reads figures for one region, size of caravan and day."""

    region: LawRegion
    size: Literal["residential", "transit"]
    as_of: date

    def pitch_area(self) -> Figure:
        own = self._rule(_PITCH_AREA.get((self.region, self.size)))
        if own is not None and own.values.low is not None and own.values.high is not None:
            return self._of_rule("pitch_area", own, own.values.low, own.values.high)
        read = (*_LOCAL_YARDSTICKS.get((self.region, self.size), ()), *_PITCH_YARDSTICKS[self.size])
        return self._choice("pitch_area", self.cited(read))

    def spacing(self) -> Figure:
        silent = self.cited(_SILENT_ON_FIRE.get(self.region, ()), figure=False)
        values = [
            rule.values.value for name in _SPACING if (rule := self._rule(name)) and rule.values.value is not None
        ]
        if not values:
            return self._choice("spacing", silent)
        choice = _choices()["spacing"]
        return Figure(
            "spacing", float(min(values)), float(max(values)), "m", "foreign_norm", False, choice["title"],
            (*self.cited(_SPACING), *silent), choice["note"],
        )  # fmt: skip

    def figure(self, name: str) -> Figure:
        """A figure that has a foreign yardstick, or none at all."""
        yardstick = self._rule(_choices()[name].get("yardstick"))
        if yardstick is None:
            return self._choice(name)
        value = yardstick.values.value if yardstick.values.value is not None else yardstick.values.low
        if value is None:
            return self._choice(name)
        return self._of_rule(name, yardstick, value, value)

    def site_norms(self) -> tuple[SiteNorm, ...]:
        """Norms of this region about the whole site."""
        out = []
        for name in _SITE.get((self.region, self.size), ()):
            rule = self._rule(name)
            unit = rule.values.unit if rule is not None else None
            if rule is None or unit is None:
                continue
            values = rule.values
            low = values.value if values.comparison == "at_least" else values.low
            high = values.value if values.comparison == "at_most" else values.high
            out.append(
                SiteNorm(_cite(rule, True), values.quantity, unit, low, high, values.threshold_kind, values.binding)
            )
        return tuple(out)

    def cited(self, names: tuple[str, ...], *, figure: bool = True) -> tuple[Cited, ...]:
        """The rules of these ids that hold on the day; `figure` = False where they are read without giving one."""
        return tuple(
            _cite(rule, figure and rule.values.comparison != "none") for name in names if (rule := self._rule(name))
        )

    def _of_rule(self, name: str, rule: NormRule, low: float, high: float) -> Figure:
        here = rule.region == self.region
        return Figure(
            name, float(low), float(high), rule.values.unit or "m", rule.values.threshold_kind,
            rule.values.binding and here, _choices()[name]["title"], (_cite(rule, True),),
        )  # fmt: skip

    def _choice(self, name: str, rules: tuple[Cited, ...] = ()) -> Figure:
        told = _choices()[name]
        value = told["value"]
        if isinstance(value, dict):
            value = value[self.size]
        low, high = value if isinstance(value, list) else (value, value)
        return Figure(
            name, float(low), float(high), told["unit"], "our_choice", False, told["title"], rules, told["note"]
        )  # fmt: skip

    def _rule(self, name: str | None) -> NormRule | None:
        found = find_rule(name, self.as_of) if name is not None else None
        return found if isinstance(found, NormRule) else None


def _cite(rule: NormRule, figure: bool) -> Cited:
    return Cited(rule.id, rule.title, rule.act, rule.sources[0].url, rule.grade, rule.values.binding, figure)


@cache
def _choices() -> dict[str, dict[str, Any]]:
    text = files("sites.candidates").joinpath("data", "layout_choices.yaml").read_text(encoding="utf-8")
    choices: dict[str, dict[str, Any]] = yaml.safe_load(text)["choices"]
    return choices
