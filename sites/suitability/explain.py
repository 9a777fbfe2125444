"""Explain one parcel of an assessment: constraints, conditions, contributions, unknowns, and a few plain sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np

from geodata.errors import NotFoundError
from sites.law import find_rule, is_stale
from sites.law.habitat_permanent import hp_route
from sites.suitability.basis import UNKNOWN_BASIS, Basis, layers_behind
from sites.suitability.constraints import LAW_OPEN, ConstraintResult, law_open, open_layers, unknown_layers
from sites.suitability.dated import LATER as LATER_DATE
from sites.suitability.messages import Message, Translate
from sites.suitability.model import ClassShare, Distance, Occupation, Slope, UsableArea, Zoning
from sites.suitability.presence import lies_here, standing
from sites.suitability.score import Assessment
from sites.suitability.states import CONDITIONAL, DEROGATION, FAIL, NAMES, UNKNOWN
from sites.suitability.titles import (
    CLASSES,
    CONDITION_ELSE,
    CONDITIONS,
    HOUSE_CONDITION,
    USES,
    WHO,
    WHO_ELSE,
    WITHHELD,
    constraint_title,
    criterion_title,
    layer_title,
    owner_title,
    zoning_title,
)

SENTENCES = {
    "unknown": "not known: {layers}",
    "later": "not known: the map loaded is of {date}, later than the day asked for",
    "law_open": "who could answer: {who}",
    "checked": "rule last checked on {date}",
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
    "at_least": "{metres}; the limit: at least {limit}",
    "at_most": "{metres}; the limit: at most {limit}",
    "far": "none nearby",
    "slope": "{degrees} on average",
    "value_distance": "{metres} away",
    "value_between": "between {low} and {high} away",
    "value_at_least": "at least {low} away",
    "value_missing": "not known",
    "value": "{value}",
}  # fmt: skip
OPENINGS = {
    "compatible": "Compatible: nothing that is known rules a site out here.",
    "needs_derogation": "A site needs a derogation here: the plan must be departed from.",
    "incompatible": "Not compatible: {reasons}.",
    "unknown": "Not known yet: {layers}.",
}
LATER = "Not known for {as_of}, because the map loaded is of a later date: {layers}."
NO_LAW = "It is not known whether the plan allows a site here. Who could answer: {who}."
FITS = "{low} to {high} pitches fit here."
RULE_GONE = "The rule {rule} is no longer in the rules in use."
SUM = "Score: {sum} = {total}."
STALE = "Rests on data that should have been renewed by now: {titles}."


def explain(
    assessment: Assessment,
    index: int,
    *,
    translate: Translate,
    run: str,
    data_date: date,
    basis: Basis = UNKNOWN_BASIS,
    sites: Sequence[Mapping[str, Any]] = (),
    today: date | None = None,
) -> dict[str, Any]:
    """The `explanation` document of the design for one parcel.

    Parameters
    ----------
    assessment : what was concluded.
    index : row of the parcel.
    translate : language of the sentences.
    run, data_date : what the answer is pinned to.
    basis : the datasets behind each layer: their numbers, whether one is stale, whether what they hold may be told.
        Figures name the numbers; classes that may not be told are left out, and the verdict stays.
    sites : existing, planned and closed public sites on the parcel.
    today : day of reading: a rule last checked long before it, or before `as_of`, is told with the date of that check.
    """
    day = max(assessment.as_of, today or assessment.as_of)
    key = str(assessment.table.capakey[index])
    constraints = [_constraint(assessment, one, index, translate, basis, day) for one in assessment.constraints]
    criteria = _criteria(assessment, index, translate, basis)
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
        "sites": [{**one, "sentence": translate.render(lies_here(one))} for one in sites],
        "text": _text(assessment, index, constraints, criteria, unknown, sites, translate),
    }


def _say(translate: Translate, sentence: str, /, **values: Any) -> str:
    return translate.render(Message(SENTENCES[sentence], values))


def _constraint(
    assessment: Assessment,
    result: ConstraintResult,
    index: int,
    translate: Translate,
    basis: Basis,
    day: date,
) -> dict[str, Any]:
    measured, threshold = float(result.measured[index]), float(result.threshold[index])
    behind, told = layers_behind(result), basis.told(result.layers)
    # The rule of a zone names the zone.
    hidden = isinstance(result.constraint, Zoning) and not told
    rule, gone = _rule(assessment, result, index)
    rule = None if hidden else rule
    sentence = _sentence(assessment, result, index, translate, told)
    unchecked = rule is not None and is_stale(rule, day)
    if rule is not None and unchecked:
        sentence = f"{sentence.rstrip('.')}; {_say(translate, 'checked', date=rule.checked_on.isoformat())}"
    return {
        "id": result.constraint.id,
        "state": NAMES[result.state[index]],
        "measured": None if np.isnan(measured) else measured,
        "threshold": None if np.isnan(threshold) else threshold,
        "rule": rule.id if rule else None,
        "rule_title": rule.title[translate.language] if rule else None,
        "rule_url": rule.sources[0].url if rule else None,
        "rule_checked_on": rule.checked_on.isoformat() if rule else None,
        "rule_checked_stale": unchecked,
        "rule_gone": translate.render(Message(RULE_GONE, {"rule": gone})) if gone else None,
        "dataset": basis.ids(behind),
        "stale": basis.stale(behind),
        "title": translate.render(constraint_title(result.constraint.id)),
        "sentence": sentence,
    }


def _rule(assessment: Assessment, result: ConstraintResult, index: int) -> tuple[Any, str | None]:
    """Rule behind the state: that of the deciding zone, or the one the set of criteria names.

    The second value is the name of a rule that is no longer in the pack in use, as an old run may name one.
    """
    if isinstance(result.constraint, Zoning):
        outcome = result.outcomes.get(str(result.why[index]))
        return (outcome.rule if outcome else None), None
    named = getattr(result.constraint, "rule", None)
    try:
        return (find_rule(named, assessment.as_of) if named else None), None
    except NotFoundError:
        return None, named


def _sentence(assessment: Assessment, result: ConstraintResult, index: int, translate: Translate, told: bool) -> str:
    """What decided, in words; a class that may not be told is not named."""
    constraint, why, state = result.constraint, result.why[index], result.state[index]
    measured, threshold = float(result.measured[index]), float(result.threshold[index])
    if state == UNKNOWN:
        return _not_known(assessment, result, index, translate, told)
    if why == "close_call":
        return _say(translate, "close_call")
    if isinstance(constraint, Occupation):
        if why in ("built", "dwelling"):
            return _say(translate, why, share=("share", measured))
        house = standing(assessment.table, index, constraint)
        said = [translate.render(house)] if house else []
        if why and why != "house":
            use = Message(USES.get(why, str(why)) if told else WITHHELD)
            said.insert(0, _say(translate, "used", share=("share", measured), use=use))
        return "; ".join(said) or _say(translate, "free")
    if isinstance(constraint, UsableArea):
        return _say(translate, "area", area=("m2", measured), limit=("m2", threshold))
    if isinstance(constraint, Zoning):
        outcome = result.outcomes.get(str(why))
        if outcome is None:
            return _say(translate, "none")
        if not told:
            return _say(translate, "zone", zone=Message(WITHHELD))
        zone = _say(translate, "zone", zone=zoning_title(str(why)))
        return f"{zone}. {outcome.reason[translate.language]}"  # type: ignore[index]
    if isinstance(constraint, ClassShare):
        if why == "absent":
            return _say(translate, "absent_soil")
        if not why:
            return _say(translate, "none")
        name = Message(CLASSES.get(why, str(why)) if told else WITHHELD)
        named = _say(translate, "class", share=("share", measured), name=name)
        if not told:
            return named
        return (
            f"{named}. {route}" if (route := _route_of_inhabited_site(assessment, result, index, translate)) else named
        )
    if isinstance(constraint, Slope):
        return _say(translate, "slope", degrees=("degrees", measured))
    assert isinstance(constraint, Distance)
    if np.isnan(measured):
        return _say(translate, "far")
    side = "at_least" if constraint.fail_below or constraint.conditional_below else "at_most"
    return _say(translate, side, metres=("m", measured), limit=("m", threshold))


def _not_known(assessment: Assessment, result: ConstraintResult, index: int, translate: Translate, told: bool) -> str:
    """What leaves a constraint open: a map that is missing or too young, or a law that was not found."""
    said = []
    outcome = law_open(result, index)
    if outcome is not None and not told:
        said.append(_say(translate, "zone", zone=Message(WITHHELD)))
    elif outcome is not None:
        zone = _say(translate, "zone", zone=zoning_title(str(result.why[index])))
        said.append(f"{zone}. {outcome.reason[translate.language]}")  # type: ignore[index]
        if outcome.who_could_answer is not None:
            who = outcome.who_could_answer[translate.language]  # type: ignore[index]
            said[0] = f"{said[0].rstrip('.')}; {_say(translate, 'law_open', who=who)}"
    layers = [one for one in open_layers(result, index, assessment.table) if one != LAW_OPEN]
    later = [one for one in layers if _reason(assessment, one, index) == LATER_DATE]
    missing = ", ".join(translate.render(layer_title(one)) for one in layers if one not in later)
    if missing:
        said.append(_say(translate, "unknown", layers=missing))
    if later:
        said.append(_say(translate, "later", date=_date_of_map(assessment, later, index)))
    return "; ".join(said)


def _reason(assessment: Assessment, layer: str, index: int) -> str:
    reasons = assessment.table.unknown.get(layer)
    return str(reasons[index]) if reasons is not None else "not_loaded"


def _date_of_map(assessment: Assessment, layers: list[str], index: int) -> str:
    return str(max(assessment.table.dates[one][index] for one in layers))


def _route_of_inhabited_site(
    assessment: Assessment, result: ConstraintResult, index: int, translate: Translate
) -> str | None:
    """The route of a Plan HP site in words; the Walloon one is not told where another Community's law holds."""
    if result.constraint.id != "plan_hp" or result.state[index] != FAIL or assessment.law_region != "wallonia":
        return None
    why = result.why[index]
    rule = hp_route("none" if why == "zhv" else why, "converted" if why == "zhv" else "none", assessment.as_of)
    return rule.values.text[translate.language] if rule else None  # type: ignore[index]


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
        if result.why[index] != "house":
            found.append(_step(what, who, translate))
        if isinstance(result.constraint, Occupation) and assessment.table.dwellings[index] > 0:
            found.append(_step(*HOUSE_CONDITION, translate))
    return found


def _step(what: str, who: str, translate: Translate) -> dict[str, Any]:
    return {
        "what": translate.render(Message(what)),
        "who_decides": translate.render(Message(who)),
        "article": None,
        "lead_time": None,
        "risk": None,
    }


def _criteria(assessment: Assessment, index: int, translate: Translate, basis: Basis) -> list[dict[str, Any]]:
    found = []
    for result, (name, weight, low, high) in zip(assessment.criteria, assessment.contributions(index), strict=True):
        first, last = float(result.measured_low[index]), float(result.measured_high[index])
        certain = first == last and np.isfinite(first)
        behind = layers_behind(result)
        found.append(
            {
                "id": name,
                "measured": first if certain else None,
                "unit": result.criterion.unit,
                "value": {"low": float(result.low[index]), "high": float(result.high[index])},
                "weight": weight,
                "contribution": {"low": low, "high": high},
                "title": translate.render(criterion_title(name)),
                "sentence": _measured(assessment, result, index, translate, basis.told(behind)),
                "dataset": basis.ids(behind),
                "stale": basis.stale(behind),
            }
        )
    return found


def _measured(assessment: Assessment, result: Any, index: int, translate: Translate, told: bool) -> str:
    unit, first, last = result.criterion.unit, float(result.measured_low[index]), float(result.measured_high[index])
    if unit == "class":
        return translate.render(owner_title(assessment.table.owner_class[index]) if told else Message(WITHHELD))
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
    outcomes = (law_open(one, index) for one in assessment.constraints if layer == LAW_OPEN)
    answerer = next((one.who_could_answer for one in outcomes if one is not None), None)
    reason = "law_open" if layer == LAW_OPEN else _reason(assessment, layer, index)
    return {
        "layer": layer,
        "title": translate.render(layer_title(layer)),
        "reason": reason,
        "date": _date_of_map(assessment, [layer], index) if reason == LATER_DATE else None,
        "who": answerer[translate.language] if answerer else translate.render(Message(WHO.get(layer, WHO_ELSE))),  # type: ignore[index]
    }


def _text(
    assessment: Assessment,
    index: int,
    constraints: list[dict[str, Any]],
    criteria: list[dict[str, Any]],
    unknown: list[dict[str, Any]],
    sites: Sequence[Mapping[str, Any]],
    translate: Translate,
) -> str:
    found = str(assessment.verdict[index])
    reasons = "; ".join(f"{one['title']}: {one['sentence']}" for one in constraints if one["state"] == NAMES[FAIL])
    parts = (
        _open_questions(assessment, unknown, translate)
        if found == NAMES[UNKNOWN]
        else [translate.render(Message(OPENINGS[found], {"reasons": reasons}))]
    )
    parts += [translate.render(lies_here(one)) for one in sites]
    occupation = next(one for one in assessment.profile.constraints if isinstance(one, Occupation))
    house = standing(assessment.table, index, occupation) if found != "incompatible" else None
    if house is not None:
        said = translate.render(house)
        parts.append(f"{said[0].upper()}{said[1:]}.")
    if not np.isnan(assessment.usable_m2[index]) and found != "incompatible":
        low, high = int(assessment.pitches_low[index]), int(assessment.pitches_high[index])
        parts.append(translate.render(Message(FITS, {"low": low, "high": high})))
    contributions = assessment.contributions(index)
    terms = " + ".join(
        translate.render(Message("{x}", {"x": ("score", (low, high))})) for _, _, low, high in contributions
    )
    total = ("score", (float(assessment.score_low[index]), float(assessment.score_high[index])))
    parts.append(translate.render(Message(SUM, {"sum": terms, "total": total})))
    stale = dict.fromkeys(one["title"] for one in (*constraints, *criteria) if one["stale"])
    if stale:
        parts.append(translate.render(Message(STALE, {"titles": ", ".join(stale)})))
    return " ".join(parts)


def _open_questions(assessment: Assessment, unknown: list[dict[str, Any]], translate: Translate) -> list[str]:
    """Why a verdict is open: maps that are missing, maps of a later day, a law that was not found."""
    later = ", ".join(one["title"] for one in unknown if one["reason"] == LATER_DATE)
    missing = ", ".join(one["title"] for one in unknown if one["reason"] not in (LATER_DATE, "law_open"))
    law = next((one["who"] for one in unknown if one["reason"] == "law_open"), None)
    said = [Message(OPENINGS["unknown"], {"layers": missing})] if missing else []
    if later:
        said.append(Message(LATER, {"as_of": assessment.as_of.isoformat(), "layers": later}))
    if law:
        said.append(Message(NO_LAW, {"who": law}))
    return [translate.render(one) for one in said]
