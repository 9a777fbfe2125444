"""Explain one parcel of an assessment: constraints, conditions, contributions, unknowns, and a few plain sentences."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np

from sites.law import find_rule
from sites.suitability.constraints import ConstraintResult, unknown_layers
from sites.suitability.messages import Message, Translate
from sites.suitability.model import ClassShare, Distance, Occupation, Slope, UsableArea, Zoning
from sites.suitability.score import Assessment
from sites.suitability.states import CONDITIONAL, DEROGATION, FAIL, NAMES, UNKNOWN
from sites.suitability.titles import (
    WHO,
    WHO_ELSE,
    constraint_title,
    criterion_title,
    layer_title,
    owner_title,
    zoning_title,
)

SENTENCES = {
    "unknown": "not known: {layers}",
    "built": "{share} of the parcel is built up",
    "dwelling": "a dwelling with its garden stands here",
    "used": "{share} of the parcel is in use: {use}",
    "free": "no use is known that stands in the way",
    "close_call": "too close to the limit to call on the map: measure on the ground",
    "area": "{area} can be used; at least {limit} is needed",
    "zone": "it lies in: {zone}",
    "absent_soil": "no survey is on record for this parcel",
    "class": "{share} of the parcel: {name}",
    "none": "nothing is on the map here",
    "distance": "{metres}; the limit is {limit}",
    "far": "none nearby",
    "slope": "{degrees} on average",
    "value_distance": "{metres} away",
    "value_between": "between {low} and {high} away",
    "value_at_least": "at least {low} away",
    "value_missing": "not known",
    "value": "{value}",
}  # fmt: skip
USES = {
    "inhabited": "housing", "camp_site": "camp site",
    "school_ground": "school ground", "cemetery": "cemetery", "water": "water", "road": "road", "rail": "railway",
    "industry": "industry", "car_park": "car park", "sports_field": "sports field",
}  # fmt: skip
CLASSES = {
    "A": "flood class A", "B": "flood class B", "C": "flood class C", "D": "flood class D", "very_low": "very low hazard",
    "low": "low hazard", "medium": "medium hazard", "high": "high hazard", "natura2000": "Natura 2000",
    "ven": "Flemish ecological network", "reserve": "nature reserve", "site": "establishment", "vulnerable": "vulnerable zone",
    "consultation": "consultation zone", "clean": "clean", "investigate": "survey needed", "pending": "survey not yet processed",
    "polluted": "polluted", "phase1": "phase 1", "phase2": "phase 2", "phase_unknown": "phase not known",
}  # fmt: skip
CONDITIONS = {
    "occupation": ("Agree with its users on another place for what is there.", "the owner and the municipality"),
    "soil": ("A soil survey.", "the soil administration of the region"),
    "flood": ("The advice of the water manager.", "the water manager"),
    "seveso": ("The advice on major-accident hazards.", "the safety administration of the region"),
    "motorway": ("A noise study, and a wall where it asks for one.", "the municipality"),
    "road_access": ("An access road.", "the road manager"),
}
CONDITION_ELSE = ("A check on the spot.", "the municipality")
OPENINGS = {
    "compatible": "Compatible: nothing that is known rules a site out here.",
    "needs_derogation": "A site needs a derogation here: the plan must be departed from.",
    "incompatible": "Not compatible: {reasons}.",
    "unknown": "Not known yet: {layers}.",
}
FITS = "{low} to {high} pitches fit here."
SUM = "Score: {sum} = {total}."


def explain(
    assessment: Assessment,
    index: int,
    *,
    translate: Translate,
    run: str,
    data_date: date,
    datasets: Mapping[str, list[dict[str, Any]]] | None = None,
) -> dict[str, Any]:
    """The `explanation` document of the design for one parcel.

    Parameters
    ----------
    assessment : what was concluded.
    index : row of the parcel.
    translate : language of the sentences.
    run, data_date : what the answer is pinned to.
    datasets : layer -> datasets with title, provider and date.
    """
    key = str(assessment.table.capakey[index])
    constraints = [_constraint(assessment, one, index, translate, datasets or {}) for one in assessment.constraints]
    criteria = _criteria(assessment, index, translate)
    layers = unknown_layers(assessment.constraints, index, assessment.table)
    unknown = [_unknown(assessment, layer, index, translate) for layer in layers]
    return {
        "id": key.replace("/", "-"),
        "capakeys": [key],
        "verdict": assessment.verdict[index],
        "so_far": assessment.so_far[index],
        "run": run,
        "as_of": assessment.as_of.isoformat(),
        "data_date": data_date.isoformat(),
        "constraints": constraints,
        "conditions": _conditions(assessment, index, translate),
        "criteria": criteria,
        "score": {"low": float(assessment.score_low[index]), "high": float(assessment.score_high[index])},
        "unknown": unknown,
        "text": _text(assessment, index, constraints, unknown, translate),
    }


def _say(translate: Translate, sentence: str, /, **values: Any) -> str:
    return translate.render(Message(SENTENCES[sentence], values))


def _constraint(
    assessment: Assessment, result: ConstraintResult, index: int, translate: Translate, datasets: Mapping[str, Any]
) -> dict[str, Any]:
    measured, threshold = float(result.measured[index]), float(result.threshold[index])
    rule = _rule(assessment, result, index)
    return {
        "id": result.constraint.id,
        "state": NAMES[result.state[index]],
        "measured": None if np.isnan(measured) else measured,
        "threshold": None if np.isnan(threshold) else threshold,
        "rule": rule.id if rule else None,
        "rule_title": rule.title[translate.language] if rule else None,
        "rule_url": rule.sources[0].url if rule else None,
        "dataset": [one for layer in result.layers for one in datasets.get(layer, [])],
        "title": translate.render(constraint_title(result.constraint.id)),
        "sentence": _sentence(assessment, result, index, translate),
    }


def _rule(assessment: Assessment, result: ConstraintResult, index: int) -> Any:
    """Rule behind the state: that of the deciding zone, or the one the set of criteria names."""
    if isinstance(result.constraint, Zoning):
        outcome = result.outcomes.get(str(result.why[index]))
        return outcome.rule if outcome else None
    named = getattr(result.constraint, "rule", None)
    return find_rule(named, assessment.as_of) if named else None


def _sentence(assessment: Assessment, result: ConstraintResult, index: int, translate: Translate) -> str:
    constraint, why, state = result.constraint, result.why[index], result.state[index]
    measured, threshold = float(result.measured[index]), float(result.threshold[index])
    if state == UNKNOWN and not (isinstance(constraint, Zoning) and why in result.outcomes):
        titles = ", ".join(translate.render(layer_title(one)) for one in result.layers)
        return _say(translate, "unknown", layers=titles)
    if why == "close_call":
        return _say(translate, "close_call")
    if isinstance(constraint, Occupation):
        if why in ("built", "dwelling"):
            return _say(translate, why, share=("share", measured))
        return (
            _say(translate, "used", share=("share", measured), use=Message(USES.get(why, str(why))))
            if why
            else _say(translate, "free")
        )
    if isinstance(constraint, UsableArea):
        return _say(translate, "area", area=("m2", measured), limit=("m2", threshold))
    if isinstance(constraint, Zoning):
        outcome = result.outcomes.get(str(why))
        if outcome is None:
            return _say(translate, "none")
        zone = _say(translate, "zone", zone=zoning_title(str(why)))
        return f"{zone}. {outcome.reason[translate.language]}"  # type: ignore[index]
    if isinstance(constraint, ClassShare):
        if why == "absent":
            return _say(translate, "absent_soil")
        return (
            _say(translate, "class", share=("share", measured), name=Message(CLASSES.get(why, str(why))))
            if why
            else _say(translate, "none")
        )
    if isinstance(constraint, Slope):
        return _say(translate, "slope", degrees=("degrees", measured))
    assert isinstance(constraint, Distance)
    if np.isnan(measured):
        return _say(translate, "far")
    return _say(translate, "distance", metres=("m", measured), limit=("m", threshold))


def _conditions(assessment: Assessment, index: int, translate: Translate) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for result in assessment.constraints:
        if result.state[index] not in (CONDITIONAL, DEROGATION):
            continue
        outcome = result.outcomes.get(str(result.why[index]))
        if outcome is not None:
            found += [one.words(translate.language) for one in outcome.conditions]  # type: ignore[arg-type]
            continue
        what, who = CONDITIONS.get(result.constraint.id, CONDITION_ELSE)
        if result.why[index] == "close_call":
            what, who = CONDITION_ELSE
        found.append(
            {
                "what": translate.render(Message(what)),
                "who_decides": translate.render(Message(who)),
                "article": None,
                "lead_time": None,
                "risk": None,
            }
        )
    return found


def _criteria(assessment: Assessment, index: int, translate: Translate) -> list[dict[str, Any]]:
    found = []
    for result, (name, weight, low, high) in zip(assessment.criteria, assessment.contributions(index), strict=True):
        first, last = float(result.measured_low[index]), float(result.measured_high[index])
        certain = first == last and np.isfinite(first)
        found.append(
            {
                "id": name,
                "measured": first if certain else None,
                "unit": result.criterion.unit,
                "value": {"low": float(result.low[index]), "high": float(result.high[index])},
                "weight": weight,
                "contribution": {"low": low, "high": high},
                "title": translate.render(criterion_title(name)),
                "sentence": _measured(assessment, result, index, translate),
            }
        )
    return found


def _measured(assessment: Assessment, result: Any, index: int, translate: Translate) -> str:
    unit, first, last = result.criterion.unit, float(result.measured_low[index]), float(result.measured_high[index])
    if unit == "class":
        return translate.render(owner_title(assessment.table.owner_class[index]))
    if unit == "m":
        if first == last:
            return _say(translate, "value_distance", metres=("m", first))
        if np.isinf(last):
            return (
                _say(translate, "value_at_least", low=("m", first)) if first > 0 else _say(translate, "value_missing")
            )
        return _say(translate, "value_between", low=("m", first), high=("m", last))
    return _say(translate, "value", value=(unit, first)) if first == last else _say(translate, "value_missing")


def _unknown(assessment: Assessment, layer: str, index: int, translate: Translate) -> dict[str, Any]:
    reasons = assessment.table.unknown.get(layer)
    return {
        "layer": layer,
        "title": translate.render(layer_title(layer)),
        "reason": reasons[index] if reasons is not None else "not_loaded",
        "who": translate.render(Message(WHO.get(layer, WHO_ELSE))),
    }


def _text(
    assessment: Assessment,
    index: int,
    constraints: list[dict[str, Any]],
    unknown: list[dict[str, Any]],
    translate: Translate,
) -> str:
    found = str(assessment.verdict[index])
    reasons = "; ".join(f"{one['title']}: {one['sentence']}" for one in constraints if one["state"] == NAMES[FAIL])
    layers = ", ".join(one["title"] for one in unknown)
    parts = [translate.render(Message(OPENINGS[found], {"reasons": reasons, "layers": layers}))]
    if not np.isnan(assessment.usable_m2[index]) and found != "incompatible":
        low, high = int(assessment.pitches_low[index]), int(assessment.pitches_high[index])
        parts.append(translate.render(Message(FITS, {"low": low, "high": high})))
    contributions = assessment.contributions(index)
    terms = " + ".join(
        translate.render(Message("{x}", {"x": ("score", (low, high))})) for _, _, low, high in contributions
    )
    total = ("score", (float(assessment.score_low[index]), float(assessment.score_high[index])))
    parts.append(translate.render(Message(SUM, {"sum": terms, "total": total})))
    return " ".join(parts)
