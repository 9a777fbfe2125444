"""Explain one parcel of an assessment: constraints, conditions, contributions, unknowns, and a few plain sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np

from geodata.errors import NotFoundError
from sites.law import DefinitionRule, NormRule, PermitRule, find_rule, is_stale
from sites.suitability.basis import UNKNOWN_BASIS, Basis, layers_behind
from sites.suitability.dated import LATER as LATER_DATE
from sites.suitability.kinds import Occupation, Zoning
from sites.suitability.messages import Message, Translate
from sites.suitability.presence import lies_here, standing
from sites.suitability.results import LAW_OPEN, ConstraintResult, law_open, unknown_layers
from sites.suitability.said import WRITTEN, constraint_sentence, criterion_sentence, date_of_map, reason_of
from sites.suitability.score import Assessment
from sites.suitability.sentences import (
    ADDS,
    COSTS,
    FITS,
    LATER,
    NEXT,
    NO_LAW,
    OPENINGS,
    RULE_GONE,
    SCORE,
    STALE,
    STEP,
    STEP_GRADED,
    USABLE,
    say,
)
from sites.suitability.states import CONDITIONAL, DEROGATION, FAIL, NAMES, UNKNOWN
from sites.suitability.titles import (
    CONDITION_ELSE,
    CONDITIONS,
    HOUSE_CONDITION,
    WHO,
    WHO_ELSE,
    WITHHELD,
    constraint_title,
    criterion_title,
    layer_title,
)

#: Criteria named at most for, and against.
_NAMED = 3


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
    unknown = [_unknown(assessment, layer, index, translate, basis) for layer in layers]
    steps = next_steps(assessment, translate) if assessment.verdict[index] != "incompatible" else []
    return {
        "id": key.replace("/", "-"),
        "capakeys": [key],
        "verdict": assessment.verdict[index],
        "so_far": assessment.so_far[index],
        "run": run,
        "as_of": assessment.as_of.isoformat(),
        "data_date": data_date.isoformat(),
        "constraints": constraints,
        "conditions": _conditions(assessment, index, translate, basis),
        "next_steps": steps,
        "criteria": criteria,
        "score": {"low": float(assessment.score_low[index]), "high": float(assessment.score_high[index])},
        "unknown": unknown,
        "sites": [{**one, "sentence": translate.render(lies_here(one))} for one in sites],
        "text": _text(assessment, index, constraints, criteria, unknown, sites, steps, translate),
    }


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
    sentence = constraint_sentence(assessment, result, index, translate, told)
    unchecked = rule is not None and is_stale(rule, day)
    if rule is not None and unchecked:
        sentence = f"{sentence.rstrip('.')}; {say(translate, 'checked', date=rule.checked_on.isoformat())}"
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
        "dataset": basis.ids(behind) or list(result.datasets),
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


def _conditions(assessment: Assessment, index: int, translate: Translate, basis: Basis) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for result in assessment.constraints:
        if result.state[index] not in (CONDITIONAL, DEROGATION):
            continue
        outcome = result.outcomes.get(str(result.why[index]))
        # What is owed in a zone, by which article, names the zone.
        if outcome is not None:
            told = basis.told(result.layers)
            words = [one.words(translate.language) for one in outcome.conditions]
            found += words if told else [_step(WITHHELD, WHO["zoning"], translate)]
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
        told = basis.told(behind) or result.criterion.measures[0] not in WRITTEN
        found.append(
            {
                "id": name,
                "measured": first if certain and told else None,
                "unit": result.criterion.unit,
                "value": {"low": float(result.low[index]), "high": float(result.high[index])},
                "weight": weight,
                "contribution": {"low": low, "high": high},
                "title": translate.render(criterion_title(name)),
                "sentence": criterion_sentence(assessment, result, index, translate, told),
                "dataset": basis.ids(behind),
                "stale": basis.stale(behind),
            }
        )
    return found


def _unknown(assessment: Assessment, layer: str, index: int, translate: Translate, basis: Basis) -> dict[str, Any]:
    outcomes = (law_open(one, index) for one in assessment.constraints if layer == LAW_OPEN and basis.told(one.layers))
    answerer = next((one.who_could_answer for one in outcomes if one is not None), None)
    reason = "law_open" if layer == LAW_OPEN else reason_of(assessment, layer, index)
    return {
        "layer": layer,
        "title": translate.render(layer_title(layer)),
        "reason": reason,
        "date": date_of_map(assessment, [layer], index) if reason == LATER_DATE else None,
        "who": answerer[translate.language] if answerer else translate.render(Message(WHO.get(layer, WHO_ELSE))),
    }


def _text(
    assessment: Assessment,
    index: int,
    constraints: list[dict[str, Any]],
    criteria: list[dict[str, Any]],
    unknown: list[dict[str, Any]],
    sites: Sequence[Mapping[str, Any]],
    steps: list[dict[str, Any]],
    translate: Translate,
) -> str:
    found = str(assessment.verdict[index])
    reasons = "; ".join(f"{one['title']}: {one['sentence']}" for one in constraints if one["state"] == NAMES[FAIL])
    parts = (
        _open_questions(assessment, unknown, translate)
        if found == NAMES[UNKNOWN]
        else [translate.render(_opening(assessment, found, reasons, translate))]
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
    total = ("score", (float(assessment.score_low[index]), float(assessment.score_high[index])))
    parts += [translate.render(Message(SCORE, {"total": total})), *_for_and_against(criteria, translate)]
    stale = dict.fromkeys(one["title"] for one in (*constraints, *criteria) if one["stale"])
    if stale:
        parts.append(translate.render(Message(STALE, {"titles": ", ".join(stale)})))
    if steps and assessment.profile.usable_for is not None:
        told = " ".join(one["what"] for one in steps)
        parts.append(translate.render(Message(NEXT, {"steps": told})))
    return " ".join(parts)


def _for_and_against(criteria: list[dict[str, Any]], translate: Translate) -> list[str]:
    """What gives the score most, and what it lacks most: by what is sure of each, in thousandths, the largest first.

    What gives most is not named again among what is lacking.
    """
    gained = [(one["title"], one["contribution"]["low"], one["contribution"]["high"]) for one in criteria]
    lacking = [(title, one["weight"] - high, one["weight"] - low)
               for one, (title, low, high) in zip(criteria, gained, strict=True)]  # fmt: skip
    said: list[str] = []
    named: set[str] = set()
    for template, spans in ((ADDS, gained), (COSTS, lacking)):
        most = sorted(
            (one for one in spans if round(one[1], 3) > 0 and one[0] not in named), key=lambda one: -round(one[1], 3)
        )[:_NAMED]
        named |= {title for title, *_ in most}
        told = [f"{title} {translate.render(Message('{x}', {'x': ('score', span)}))}" for title, *span in most]
        if told:
            said.append(translate.render(Message(template, {"list": ", ".join(told)})))
    return said


def _opening(assessment: Assessment, found: str, reasons: str, translate: Translate) -> Message:
    usable_for = assessment.profile.usable_for
    if found == "compatible" and usable_for is not None:
        return Message(USABLE, {"usable_for": usable_for[translate.language]})
    return Message(OPENINGS[found], {"reasons": reasons})


def next_steps(assessment: Assessment, translate: Translate) -> list[dict[str, Any]]:
    """What comes next for a site of this type, by the rules in force on the day: what, rule, url, article, grade, days."""
    language, found = translate.language, []
    for step in assessment.profile.steps:
        told: dict[str, Any] = {"rule": step.rule, "grade": None, "decision_days": None, "max_days": None}
        if step.text is not None:
            told |= {"what": step.text[language], "url": step.source, "article": step.article}
            found.append(told)
            continue
        try:
            rule = find_rule(step.rule or "", assessment.as_of)
        except NotFoundError:
            continue
        if rule is None:
            continue
        text = _text_of(rule, language)
        template = STEP if rule.grade == "A" else STEP_GRADED
        what = translate.render(Message(template, {"title": rule.title[language], "text": text}))
        told |= {
            "what": what,
            "url": rule.sources[0].url,
            "article": "; ".join(rule.articles) or None,
            "grade": rule.grade,
        }
        if isinstance(rule, PermitRule):
            told |= {"decision_days": rule.values.decision_days, "max_days": rule.values.max_days}
        found.append(told)
    return found


def _text_of(rule: Any, language: Any) -> str:
    """What a rule says, as a sentence."""
    if isinstance(rule, PermitRule | DefinitionRule):
        return rule.values.text[language]
    assert isinstance(rule, NormRule), rule.id
    wanted = ", ".join(one[language] for one in rule.values.requirements)
    return f"{wanted or rule.values.quantity[language]}."


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
