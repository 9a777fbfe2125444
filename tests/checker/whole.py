"""Verdict, score, conditions owed and unknowns of one parcel, from its conditions and criteria."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from checker.conditions import Day, Found, condition
from checker.published import criteria_set, meaning, zoning_classes
from checker.stored import Bounds, Parcel

#: What a way along the roads can be at least: the straight line to the nearest of these; no vehicle is faster than 120 km/h.
STRAIGHT = {
    "school": ["school"],
    "school_nl": ["school_nl"],
    "school_fr": ["school_fr"],
    "school_de": ["school_de"],
    "care": ["gp", "pharmacy"],
    "shop": ["shop"],
    "stop": ["stop"],
    "main_road": ["main_road"],
}
METRES_A_MINUTE = 2000.0


@dataclass
class Value:
    """One criterion: measured bounds (None for classes), value bounds and weight."""

    id: str
    measured: Bounds | None
    low: float
    high: float
    weight: float


@dataclass
class Whole:
    """All that a run and its explanation say of one parcel."""

    verdict: str
    so_far: str
    usable: Bounds
    pitches: tuple[int, int]
    score: Bounds
    conditions: list[Found]
    values: list[Value]
    owed: list[str]
    unknown: dict[str, str]
    steps: list[dict[str, Any] | None]


def usable_bounds(profile: dict[str, Any], parcel: Parcel) -> Bounds:
    """Land left outside what is excluded, less the garden of each dwelling; never more than what buildings and use leave."""
    garden = next(one for one in profile["constraints"] if one["kind"] == "occupation")["garden"]["value"]
    homes, unbuilt = parcel.row["dwellings"], parcel.row["unbuilt_m2"]
    left = (parcel.result["left_low_m2"], parcel.result["left_high_m2"])
    taken = None if homes is None else homes * garden
    if taken is None or unbuilt is None:
        low, high = 0.0, parcel.area
    else:
        low = high = max(unbuilt - taken, 0.0)
    if left == (None, None):
        return low, high
    least = 0.0 if left[0] is None or taken is None else max(left[0] - taken, 0.0)
    most = max((parcel.area if left[1] is None else left[1]) - (taken or 0.0), 0.0)
    high = min(high, most)
    return min(least, high), high


def usable_layers(run: dict[str, Any], profile: dict[str, Any]) -> tuple[str, ...]:
    """What the usable area is made of: buildings, land in use, and every layer of which a class rules out."""
    found = ["buildings", "land_use"]
    for one in profile["constraints"]:
        if one["kind"] == "share" and "fail" in one["classes"].values():
            found.append(one["layer"])
        states = (
            meaning(run["region"], name, run["site_type"], run["as_of"]).state for name in zoning_classes(run["region"])
        )
        if one["kind"] == "zoning" and "fail" in states:
            found.append("zoning")
    return tuple(found)


def whole(run: dict[str, Any], parcel: Parcel) -> Whole:
    profile = criteria_set(run["profile_id"])
    usable = usable_bounds(profile, parcel)
    day = Day(run["region"], run["as_of"], run["site_type"], usable, usable_layers(run, profile))
    found = [condition(rule, parcel, day) for rule in profile["constraints"]]
    values = _values(profile, parcel, usable)
    net = 1.0 - profile["pitch"]["roads_and_green"]["value"]
    pitches = tuple(
        math.floor(area * net / profile["pitch"][name]["value"])
        for area, name in zip(usable, ("area_high", "area_low"), strict=True)
    )
    return Whole(
        _verdict([one.state for one in found]),
        _verdict(["pass" if one.state == "unknown" else one.state for one in found]),
        usable, pitches,  # type: ignore[arg-type]
        (sum(one.weight * one.low for one in values), sum(one.weight * one.high for one in values)),
        found, values,
        [one.id for one in found if one.state in ("conditional", "derogation")],
        _unknown(found, parcel, day), _steps(found, parcel, day),
    )  # fmt: skip


def _verdict(states: list[str]) -> str:
    for state, word in (("fail", "incompatible"), ("unknown", "unknown"), ("derogation", "needs_derogation")):
        if state in states:
            return word
    return "compatible"


def _unknown(found: list[Found], parcel: Parcel, day: Day) -> dict[str, str]:
    """Layer or plan that leaves the verdict open -> why, in the order of the conditions."""
    out: dict[str, str] = {}
    for one in found:
        if one.state != "unknown":
            continue
        layers = {layer: parcel.reason(layer) for layer in one.layers if parcel.reason(layer) is not None}
        if one.id == "zoning" and one.why in parcel.shares.get("zoning", {}) and one.measured > one.threshold:
            layers["zoning:law"] = "law_open"
        for layer, reason in (layers or {name: None for name in one.layers if ":" not in name}).items():
            out.setdefault(layer, str(reason))
    return out


def _steps(found: list[Found], parcel: Parcel, day: Day) -> list[dict[str, Any] | None]:
    """What is owed, in order: the steps of the law where a zone decided, else one step in our own words (None)."""
    out: list[dict[str, Any] | None] = []
    for one in found:
        if one.state not in ("conditional", "derogation"):
            continue
        if one.id == "zoning" and one.why in parcel.shares.get("zoning", {}):
            out += meaning(day.region, str(one.why), day.site_type, day.as_of).owed
            continue
        # A house owes a step of its own, beside what else is owed for the use of the land.
        out += [None] * ((one.why != "house") + (one.id == "occupation" and (parcel.row["dwellings"] or 0) > 0))
    return out


def _values(profile: dict[str, Any], parcel: Parcel, usable: Bounds) -> list[Value]:
    total = sum(one["weight"] for one in profile["criteria"])
    out = []
    for one in profile["criteria"]:
        weight = one["weight"] / total
        if "values" in one:
            several = one["values"]
            (asked,) = one["measures"]
            word = parcel.row[asked]
            low, high = (several[word],) * 2 if word in several else (min(several.values()), max(several.values()))
            out.append(Value(one["id"], None, low, high, weight))
            continue
        ends = (one["points"][0][0], one["points"][-1][0])
        measured = [_measured(name, parcel, usable, ends) for name in one["measures"]]
        low, high = min(first for first, _ in measured), min(last for _, last in measured)
        reached = sorted(_worth(one["points"], at) for at in (low, high))
        out.append(Value(one["id"], (low, high), reached[0], reached[1], weight))
    return out


def _worth(points: list[list[float]], at: float) -> float:
    """Straight lines between the breakpoints; beyond the range nothing more is gained or lost."""
    if at <= points[0][0]:
        return points[0][1]
    for (x0, y0), (x1, y1) in pairwise(points):
        if at <= x1:
            return y0 + (y1 - y0) * (at - x0) / (x1 - x0)
    return points[-1][1]


def _measured(name: str, parcel: Parcel, usable: Bounds, ends: Bounds) -> Bounds:
    kind, _, rest = name.partition(":")
    nothing = (0.0, math.inf)
    if kind == "share":
        layer, _, word = rest.partition(":")
        several = [parcel.share(layer, [one]) for one in word.split("+")]
        # What is drawn without a class may be any.
        open_ = max(parcel.bare(layer), 0.0) + parcel.share(layer, ["not_stated"])
        return max(several), min(sum(several) + open_, 1.0)
    if kind in ("reach", "minutes"):
        low, high = (parcel.reach if kind == "reach" else parcel.minutes).get(rest, nothing)
        straight = min(parcel.distances.get(one, nothing)[0] for one in STRAIGHT[rest])
        least = straight if kind == "reach" else straight / METRES_A_MINUTE
        return (min(max(low, least), high) if low < high else low), high
    if kind == "counts":
        return parcel.counts.get(rest, nothing)
    if name == "usable_area":
        return usable
    column = {
        "slope": "slope_deg", "width": "width_m", "frontage": "frontage_m", "compactness": "compactness",
        "access_width": "access_width_m",
    }.get(name)  # fmt: skip
    if column is not None:
        figure = parcel.row[column]
        return ends if figure is None else (figure, figure)
    return parcel.distances.get(name, nothing)
