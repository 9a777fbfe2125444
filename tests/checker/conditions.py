"""The conditions of a set of criteria, one parcel at a time.

In words: what is certain decides; what is not certain never passes; a share as close to its limit as the coordinates
are wrong is `conditional`; a share up to the tolerance counts for nothing, but a class that is there may go on where the
layer says nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from typing import Any

from checker.published import meaning
from checker.stored import Parcel

KNOWN_USE = ["inhabited", "camp_site", "school_ground", "cemetery", "water", "road", "rail", "industry"]
DUST = 1e-5


@dataclass
class Found:
    """State of one condition, with its figures, the class that decided, and the layers it rests on.

    `figures` and `limits`: what may be told instead. No published text says which of several classes of one state, or
    which of two limits that are both open, is the one to tell.
    """

    id: str
    state: str
    measured: float | None
    threshold: float | None
    why: str | None
    layers: list[str]
    figures: tuple[float, ...] = ()
    limits: tuple[float, ...] = ()


@dataclass(frozen=True)
class Day:
    """Whose law, of which day, for which type of site, the bounds of the usable area and the layers it is made of."""

    region: str
    as_of: date
    site_type: str
    usable: tuple[float, float]
    usable_layers: tuple[str, ...]


def condition(rule: dict[str, Any], parcel: Parcel, day: Day) -> Found:
    kinds = {
        "occupation": _occupation, "usable_area": _usable, "zoning": _zoning, "share": _share,
        "distance": _distance, "slope": _slope, "owner": _owner,
    }  # fmt: skip
    return kinds[rule["kind"]](rule, parcel, day)


def surely_over(part: float, limit: float, error: float) -> bool:
    return part > limit and not close_to(part, limit, error)


def close_to(part: float, limit: float, error: float) -> bool:
    return error > 0 and 0 < part < 1 and abs(part - limit) <= error


def _unsaid(parcel: Parcel, layer: str) -> float:
    bare = parcel.bare(layer)
    return bare if bare > DUST else 0.0


def _largest(parcel: Parcel, layer: str, classes: list[str]) -> str | None:
    there = [name for name in classes if parcel.shares.get(layer, {}).get(name, 0.0) > 0]
    return max(there, key=lambda name: parcel.shares[layer][name], default=None)


def _occupation(rule: dict[str, Any], parcel: Parcel, _: Day) -> Found:
    limit, error = rule["max_used_share"]["value"], parcel.imprecise("land_use")
    built, homes = parcel.row["built_share"], parcel.row["dwellings"]
    used, release = (parcel.share("land_use", names) for names in (KNOWN_USE, rule["releasable"]))
    garden = math.nan if homes is None else min(homes * rule["garden"]["value"] / parcel.area, 1.0)
    house = homes is not None and homes > 0
    layers = ["buildings", "land_use"]
    if house and garden > limit:
        return Found(rule["id"], "fail", garden, limit, "dwelling", layers)
    if surely_over(used, limit, error):
        return Found(rule["id"], "fail", used, limit, _largest(parcel, "land_use", KNOWN_USE), layers)
    if built is not None and built > rule["max_built_share"]["value"]:
        return Found(rule["id"], "fail", built, rule["max_built_share"]["value"], "built", layers)
    may_go_on = max(used, release) if _unsaid(parcel, "land_use") > 0 else 0.0
    known = built is not None and may_go_on + parcel.bare("land_use") <= limit
    releasable = surely_over(release, limit, error) or close_to(release, limit, error)
    why = "house" if house else None
    if releasable:
        why = _largest(parcel, "land_use", rule["releasable"])
    if close_to(used, limit, error):
        why = "close_call"
    figure = release if surely_over(release, limit, error) else used
    if not known:
        return Found(rule["id"], "unknown", built if why == "house" else figure, limit, why, layers)
    if why is not None:
        return Found(rule["id"], "conditional", built if why == "house" else figure, limit, why, layers)
    return Found(rule["id"], "pass", built, limit, None, layers)


def _usable(rule: dict[str, Any], parcel: Parcel, day: Day) -> Found:
    least, (low, high) = rule["minimum"]["value"], day.usable
    state = "fail" if high < least else "unknown" if low < least else "pass"
    return Found(rule["id"], state, low if state == "pass" else high, least, None, list(day.usable_layers))


def _tolerated(rule_share: float, rule_area: float, parcel: Parcel) -> float:
    """A share, or an area of at most half the parcel: the larger does not count."""
    return max(rule_share, min(rule_area / parcel.area, 0.5))


def _with_plans(parcel: Parcel, layer: str) -> list[str]:
    return [layer, *(one for one in parcel.layers if one.startswith(f"{layer}:"))]


def _zoning(rule: dict[str, Any], parcel: Parcel, day: Day) -> Found:
    limit = _tolerated(rule["sliver_share"]["value"], rule["sliver_area"]["value"], parcel)
    error, there = parcel.imprecise("zoning"), parcel.shares.get("zoning", {})
    states = {name: meaning(day.region, name, day.site_type, day.as_of).state for name in there}
    part = {
        state: parcel.share("zoning", [name for name in there if states[name] == state])
        for state in ("fail", "unknown", "derogation", "conditional", "pass")
    }
    unzoned = max(parcel.covered.get("zoning", 0.0) - sum(part.values()), 0.0)
    may_go_on = any(
        0 < part[one] <= limit < part[one] + _unsaid(parcel, "zoning") for one in ("fail", "unknown", "derogation")
    )
    open_ = parcel.bare("zoning") > limit or unzoned > limit or surely_over(part["unknown"], limit, error) or may_go_on
    close = any(close_to(part[one], limit, error) for one in ("fail", "derogation", "unknown"))
    owed = surely_over(part["conditional"], limit, error)
    if surely_over(part["fail"], limit, error):
        state = "fail"
    elif open_:
        state = "unknown"
    elif surely_over(part["derogation"], limit, error):
        state = "derogation"
    else:
        state = "conditional" if owed or close else "pass"
    deciding = _largest(parcel, "zoning", [name for name in there if states[name] == state])
    measured = parcel.shares["zoning"][deciding] if deciding else None
    if state == "conditional" and not owed:
        deciding = "close_call"
    if state == "unknown" and unzoned > limit:
        deciding = "unzoned"
    return Found(rule["id"], state, measured, limit, deciding, _with_plans(parcel, "zoning"))


def _share(rule: dict[str, Any], parcel: Parcel, _: Day) -> Found:
    """No published rule exempts, is told anew for a place, or counts only on other land: those are refused here."""
    assert not {"where", "exempt", "scoped"} & set(rule)
    layer, classes, there = rule["layer"], rule["classes"], parcel.shares.get(rule["layer"], {})
    limit = _tolerated(rule["tolerance"]["value"], rule.get("tolerance_area", {"value": 0.0})["value"], parcel)
    error, unsaid = parcel.imprecise(layer), _unsaid(parcel, layer)
    states = {**{name: "unknown" for name in there if name not in classes}, **classes}
    part = {
        state: parcel.share(layer, [name for name, told in states.items() if told == state])
        for state in ("fail", "unknown", "derogation", "conditional", "pass")
    }

    def may_go_on(state: str) -> bool:
        """Is the class there, not surely over its limit, and could it be with the part that is not covered?"""
        most = min(part[state] + unsaid, 1.0)
        return (
            part[state] > 0
            and unsaid > 0
            and not surely_over(part[state], limit, error)
            and (most > limit or close_to(most, limit, error))
        )

    drawn = sum(part.values())
    bare = parcel.bare(layer) > rule["tolerance"]["value"]
    over = {state: surely_over(part[state], limit, error) for state in part}
    open_ = bare or over["unknown"] or any(may_go_on(one) for one in ("fail", "unknown", "derogation", "conditional"))
    close = unsaid == 0 and any(close_to(part[one], limit, error) for one in ("fail", "unknown", "derogation"))
    absent = rule.get("absent", "pass") != "pass" and parcel.covered.get(layer, 0.0) - drawn > limit
    if over["fail"]:
        state = "fail"
    elif open_:
        state = "unknown"
    elif over["derogation"]:
        state = "derogation"
    elif absent:
        state = rule["absent"]
    else:
        state = "conditional" if over["conditional"] or close else "pass"
    deciding = [name for name, told in classes.items() if told == state and there.get(name, 0.0) > 0]
    measured = there[deciding[-1]] if deciding else None if open_ else min(drawn, 1.0)
    why = deciding[-1] if deciding else None
    if absent and state == rule["absent"]:
        why = "absent"
    if state == "conditional" and not over["conditional"] and close:
        why = "close_call"
    found = Found(
        rule["id"], state, measured, limit, why, _with_plans(parcel, layer), tuple(there[name] for name in deciding)
    )
    zone = parcel.share("zoning", ["residential_light"])
    if layer == "plan_hp" and state != "fail" and surely_over(zone, limit, error):
        # The habitat-vert zone came out of inhabited sites.
        found.state, found.measured, found.why, found.figures = "fail", zone, "zhv", ()
    return found


def _distance(rule: dict[str, Any], parcel: Parcel, _: Day) -> Found:
    low, high = parcel.distances.get(rule["to"], (0.0, math.inf))
    limits = {name: rule[name]["value"] for name in rule if name.endswith(("_below", "_above"))}

    def surely(name: str) -> bool:
        return high < limits[name] if name.endswith("_below") else low > limits[name]

    def perhaps(name: str) -> bool:
        return low < limits[name] if name.endswith("_below") else high > limits[name]

    # The limit that is told where nothing is crossed: that of the milder state.
    state, threshold = "pass", next((limits[one] for one in limits if one.startswith("conditional")), None)
    for name in sorted(limits, key=lambda one: not one.startswith("fail")):
        if perhaps(name):
            state, threshold = name.partition("_")[0] if surely(name) else "unknown", limits[name]
            break
    if parcel.reason(rule["layer"]) == "not_loaded":
        state, low, high = "unknown", 0.0, math.inf
    if threshold is None:
        threshold = next(iter(limits.values()))
    found = Found(rule["id"], state, None if math.isinf(high) else high, threshold, None, [rule["layer"]])
    found.limits = tuple(limits.values()) if state == "unknown" else ()
    return found


def _slope(rule: dict[str, Any], parcel: Parcel, _: Day) -> Found:
    slope, fail, owed = parcel.row["slope_deg"], rule["fail_above"]["value"], rule["conditional_above"]["value"]
    if slope is None:
        return Found(rule["id"], "unknown", None, owed, None, ["dem"])
    state = "fail" if slope > fail else "conditional" if slope > owed else "pass"
    return Found(rule["id"], state, slope, fail if state == "fail" else owed, None, ["dem"])


def _owner(rule: dict[str, Any], parcel: Parcel, _: Day) -> Found:
    owner = parcel.row["owner_class"]
    if owner in (None, "unknown"):
        return Found(rule["id"], "unknown", None, None, owner, ["ownership"])
    return Found(
        rule["id"], rule["classes"].get(owner, rule.get("otherwise", "pass")), None, None, owner, ["ownership"]
    )
