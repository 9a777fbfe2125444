"""What decided a constraint, and what a criterion measured, in words."""

from __future__ import annotations

from typing import Any

import numpy as np

from sites.law.habitat_permanent import hp_route
from sites.suitability.criteria import CriterionResult, words_of
from sites.suitability.dated import LATER as LATER_DATE
from sites.suitability.kinds import ClassShare, Distance, Occupation, Owner, Slope, UsableArea, Zoning
from sites.suitability.messages import Message, Translate
from sites.suitability.presence import standing
from sites.suitability.results import LAW_OPEN, ConstraintResult, law_open, open_layers
from sites.suitability.score import Assessment
from sites.suitability.sentences import FIGURES, SCHOOLS, say
from sites.suitability.states import FAIL, UNKNOWN
from sites.suitability.titles import CLASSES, USES, WITHHELD, layer_title, owner_title, road_title, zoning_title

#: Measures that stand in their source as they are told.
WRITTEN = ("owner_class", "access_class", "access_width")
SCHOOL = "reach:school"


def constraint_sentence(
    assessment: Assessment, result: ConstraintResult, index: int, translate: Translate, told: bool
) -> str:
    """What decided, in words; a class that may not be told is not named."""
    constraint, why, state = result.constraint, result.why[index], result.state[index]
    measured, threshold = float(result.measured[index]), float(result.threshold[index])
    if state == UNKNOWN:
        return _not_known(assessment, result, index, translate, told)
    if why == "close_call":
        return say(translate, "close_call")
    if isinstance(constraint, Occupation):
        if why in ("built", "dwelling"):
            return say(translate, why, share=("share", measured))
        house = standing(assessment.table, index, constraint)
        said = [translate.render(house)] if house else []
        if why and why != "house":
            use = Message(USES.get(why, str(why)) if told else WITHHELD)
            said.insert(0, say(translate, "used", share=("share", measured), use=use))
        return "; ".join(said) or say(translate, "free")
    if isinstance(constraint, UsableArea):
        return say(translate, "area", area=("m2", measured), limit=("m2", threshold))
    if isinstance(constraint, Zoning):
        outcome = result.outcomes.get(str(why))
        if outcome is None:
            return say(translate, "none")
        if not told:
            return say(translate, "zone", zone=Message(WITHHELD))
        zone = say(translate, "zone", zone=zoning_title(str(why)))
        return f"{zone}. {outcome.reason[translate.language]}"
    if isinstance(constraint, ClassShare):
        return _class_sentence(assessment, result, constraint, index, translate, told)
    if isinstance(constraint, Owner):
        return say(translate, "owner", owner=owner_title(why) if told else Message(WITHHELD))
    if isinstance(constraint, Slope):
        return say(translate, "slope", degrees=("degrees", measured))
    assert isinstance(constraint, Distance)
    if np.isnan(measured):
        return say(translate, "far")
    side = "at_least" if constraint.fail_below or constraint.conditional_below else "at_most"
    return say(translate, side, metres=("m", measured), limit=("m", threshold))


def _class_sentence(
    assessment: Assessment,
    result: ConstraintResult,
    constraint: ClassShare,
    index: int,
    translate: Translate,
    told: bool,
) -> str:
    """What a layer of areas shows on the parcel, and whether it counts there."""
    why = result.why[index]
    if why == "absent":
        return say(translate, "absent_soil")
    if why == "exempt":
        return _exempt_sentence(assessment, constraint, index, translate, told)
    if not why:
        return say(translate, "none")
    name = Message(CLASSES.get(why, str(why)) if told else WITHHELD)
    named = say(translate, "class", share=("share", float(result.measured[index])), name=name)
    route = _route_of_inhabited_site(assessment, result, index, translate) if told else None
    return f"{named}. {route}" if route else named


def _exempt_sentence(
    assessment: Assessment, constraint: ClassShare, index: int, translate: Translate, told: bool
) -> str:
    """Which class an exemption beats here, why, and where that is written."""
    shares = assessment.table.shares
    free = next(
        one
        for one in constraint.exempt
        if any(shares.get(one.layer, {}).get(name, np.zeros(index + 1))[index] > 0 for name in one.classes)
    )
    given = {"reason": free.reason[translate.language], "source": free.source}
    if not told:
        return say(translate, "exempt_withheld", **given)
    failing = {
        name: float(part[index])
        for name, part in shares.get(constraint.layer, {}).items()
        if constraint.classes.get(name) == "fail"
    }
    name = max(failing, key=lambda one: failing[one])
    return say(translate, "exempt", share=("share", failing[name]), name=Message(CLASSES.get(name, name)), **given)


def _not_known(assessment: Assessment, result: ConstraintResult, index: int, translate: Translate, told: bool) -> str:
    """What leaves a constraint open: a map that is missing or too young, a law that was not found, two maps that meet."""
    if result.why[index] == "overlap":
        return say(translate, "overlap")
    said = []
    outcome = law_open(result, index)
    if outcome is not None and not told:
        said.append(say(translate, "zone", zone=Message(WITHHELD)))
    elif outcome is not None:
        zone = say(translate, "zone", zone=zoning_title(str(result.why[index])))
        said.append(f"{zone}. {outcome.reason[translate.language]}")
        if outcome.who_could_answer is not None:
            who = outcome.who_could_answer[translate.language]
            said[0] = f"{said[0].rstrip('.')}; {say(translate, 'law_open', who=who)}"
    layers = [one for one in open_layers(result, index, assessment.table) if one != LAW_OPEN]
    later = [one for one in layers if reason_of(assessment, one, index) == LATER_DATE]
    missing = ", ".join(translate.render(layer_title(one)) for one in layers if one not in later)
    if missing:
        said.append(say(translate, "unknown", layers=missing))
    if later:
        said.append(say(translate, "later", date=date_of_map(assessment, later, index)))
    return "; ".join(said)


def reason_of(assessment: Assessment, layer: str, index: int) -> str:
    reasons = assessment.table.unknown.get(layer)
    return str(reasons[index]) if reasons is not None else "not_loaded"


def date_of_map(assessment: Assessment, layers: list[str], index: int) -> str:
    return str(max(assessment.table.dates[one][index] for one in layers))


def _route_of_inhabited_site(
    assessment: Assessment, result: ConstraintResult, index: int, translate: Translate
) -> str | None:
    """The route of a Plan HP site in words; the Walloon one is not told where another Community's law holds."""
    if result.constraint.id != "plan_hp" or result.state[index] != FAIL or assessment.law_region != "wallonia":
        return None
    why = result.why[index]
    rule = hp_route("none" if why == "zhv" else why, "converted" if why == "zhv" else "none", assessment.as_of)
    return rule.values.text[translate.language] if rule else None


def criterion_sentence(
    assessment: Assessment, result: CriterionResult, index: int, translate: Translate, told: bool
) -> str:
    """The figure of a criterion in words; a class that may not be told is not named."""
    unit, first, last = result.criterion.unit, float(result.measured_low[index]), float(result.measured_high[index])
    name = result.criterion.measures[0]
    if not told and name in WRITTEN:
        return translate.render(Message(WITHHELD))
    if unit == "class":
        title = road_title if name == "access_class" else owner_title
        return translate.render(title(words_of(result.criterion, assessment.table)[index]))
    if name.startswith(SCHOOL):
        return _schools(assessment, result, index, translate)
    if unit in ("m", "min", "count"):
        return _figure(name, unit, (first, last), translate)
    return say(translate, "value", value=(unit, first)) if first == last else say(translate, "value_missing")


def _schools(assessment: Assessment, result: CriterionResult, index: int, translate: Translate) -> str:
    """The way to the nearest school of each language, the shortest first; what counts is told even where it is not known."""
    ways = assessment.table.reach
    found: list[tuple[float, str]] = []
    for language, sentence in SCHOOLS.items():
        name = f"{SCHOOL}_{language}" if language else SCHOOL
        way = ways.get(name.removeprefix("reach:"))
        low, high = (0.0, np.inf) if way is None else (float(way.low[index]), float(way.high[index]))
        if language:
            wanted = name in result.criterion.measures or np.isfinite(high)
        else:  # a school of no stated language is told where it counts, or is nearer than all others
            wanted = name in result.criterion.measures or (low == high and all(high < other for other, _ in found))
        if wanted:
            figure = _figure(name, "m", (low, high), translate)
            if low <= 0 and low < high < np.inf:
                figure = say(translate, "at_most_way", high=("m", high))
            found.append((high, translate.render(Message(sentence, {"figure": figure}))))
    return "; ".join(said for _, said in sorted(found, key=lambda one: one[0]))


def _figure(name: str, unit: str, ends: tuple[float, float], translate: Translate) -> str:
    """Metres, minutes or a number, as far as it is known."""
    first, last = ends
    kind = name.partition(":")[0] if ":" in name else name
    certain, between, least = FIGURES.get(name) or FIGURES.get(kind) or FIGURES["distance"]
    if first == last and np.isfinite(first):
        figure = ("width", first) if name == "access_width" else _number(unit, first)
        return translate.render(Message(certain, {"figure": figure, "metres": figure}))
    if not between or (np.isinf(last) and not first > 0):
        return say(translate, "value_missing")
    low, high = (_number(unit, one) if np.isfinite(one) else "" for one in (first, last))
    return translate.render(Message(least if np.isinf(last) else between, {"low": low, "high": high}))


def _number(unit: str, value: float) -> Any:
    """Metres are written by the language; minutes and numbers are whole."""
    return ("m", value) if unit == "m" else max(round(value), 1 if unit == "min" else 0)
