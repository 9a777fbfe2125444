"""How a verdict and a rank come about, told from what the code computes with: nothing here is written a second time.

The order of the verdicts is asked of the code that gives them; thresholds, value functions and weights are those of the
published set of criteria; how sure a rank is comes with the numbers of the draws.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import numpy as np

from api.i18n import Translator
from api.limits_view import KIND_TITLES, citation, classes_text, limit_view
from sites.law.loader import pack_version
from sites.law.model import State
from sites.suitability import Profile
from sites.suitability.kinds import STRICTNESS, ClassShare, Constraint, Exemption, Occupation, Owner, Scoped, Threshold
from sites.suitability.model import Criterion
from sites.suitability.robustness import DRAWS, LEAST, MOST, TAIL
from sites.suitability.states import CODE, verdict
from sites.suitability.titles import CONDITIONS, OWNERS, ROADS, USES, WHO, constraint_title, criterion_title

_ABSENT = "nothing drawn on the map: {state}"
_RELEASABLE = "can be given up by their owner, under a condition: {uses}"
_OTHERWISE = "all others: {state}"


def method_view(profile: Profile, as_of: date, translate: Translator) -> dict[str, Any]:
    """One published set of criteria with the way its verdicts and ranks come about.

    Parameters
    ----------
    profile : a published set.
    as_of : day whose law titles the rules that are cited.
    translate : language of the answer.

    Returns
    -------
    `states`, the strictest first, each with the verdict it leads to where no stricter one holds; `ranking`, shares 0..1;
    `constraints`, `criteria` and `pitch` with figures in metres, square metres, degrees, minutes, shares 0..1.
    """
    return {
        "profile": {
            "id": profile.id,
            "version": profile.version,
            "title": profile.title[translate.language],
            "region": profile.region,
            "site_type": profile.site_type,
            "published": profile.published.isoformat(),
            "usable_for": profile.usable_for[translate.language] if profile.usable_for else None,
        },
        "pack_version": pack_version(),
        "states": [_state(one, translate) for one in sorted(STRICTNESS, key=STRICTNESS.__getitem__, reverse=True)],
        "ranking": {"draws": DRAWS, "least": LEAST, "most": MOST, "within": round(1 - 2 * TAIL, 3)},
        "constraints": [_constraint(one, as_of, translate) for one in profile.constraints],
        "criteria": [_criterion(one, profile, as_of, translate) for one in profile.criteria],
        "pitch": [
            limit_view(name, getattr(profile.pitch, name), as_of, translate)
            for name in type(profile.pitch).model_fields
        ],
    }


def _state(state: State, translate: Translator) -> dict[str, Any]:
    """A state of a condition, and the verdict of a place where it is the strictest."""
    found = str(verdict([np.array([CODE[state]], dtype=np.int8)])[0])
    return {"state": state, "title": translate.word(state), "verdict": found, "verdict_title": translate.verdict(found)}


def _constraint(one: Constraint, as_of: date, translate: Translator) -> dict[str, Any]:
    limits = {name: getattr(one, name) for name in type(one).model_fields}
    what, who = CONDITIONS.get(one.id, (None, None))
    return {
        "id": one.id,
        "title": translate.render(constraint_title(one.id)),
        "limits": [
            limit_view(name, limit, as_of, translate) for name, limit in limits.items() if isinstance(limit, Threshold)
        ],
        "classes_text": "; ".join(_classes(one, translate)) or None,
        # What a class of a map means for a site is ours to choose; the rule only says what the classes are.
        "classes_kind_title": translate(KIND_TITLES[getattr(one, "owner", "our_choice")])
        if getattr(one, "classes", None)
        else None,
        "exceptions": _exceptions(one, as_of, translate),
        "rule": citation(getattr(one, "rule", None), as_of, translate),
        "condition": {"what": translate(what), "who": translate(who)} if what and who else None,
        "who": translate(WHO[one.id]) if one.id in WHO else None,
    }


def _classes(one: Constraint, translate: Translator) -> Iterator[str]:
    """What classes of a map, of owners and of use mean."""
    if isinstance(one, Occupation) and one.releasable:
        yield translate(_RELEASABLE).format(uses=", ".join(translate(USES.get(name, name)) for name in one.releasable))
    if isinstance(one, Owner):
        yield from (f"{translate(OWNERS[name])}: {translate.word(state)}" for name, state in one.classes.items())
        yield translate(_OTHERWISE).format(state=translate.word(one.otherwise))
    if isinstance(one, ClassShare):
        yield classes_text(one.classes, translate)
        if one.absent != "pass":
            yield translate(_ABSENT).format(state=translate.word(one.absent))


def _exceptions(one: Constraint, as_of: date, translate: Translator) -> list[dict[str, Any]]:
    """Where classes are told anew for a region or a municipality, or do not count, and why."""
    if not isinstance(one, ClassShare):
        return []
    others: list[Scoped | Exemption] = [*one.scoped, *one.exempt]
    return [
        {"text": other.reason[translate.language], "citation": citation(other.source, as_of, translate)}
        for other in others
    ]


def _criterion(one: Criterion, profile: Profile, as_of: date, translate: Translator) -> dict[str, Any]:
    names = ROADS if one.measures == ["access_class"] else OWNERS
    return {
        "id": one.id,
        "title": translate.render(criterion_title(one.id)),
        "unit": one.unit,
        "points": [list(point) for point in one.points],
        "values": [{"title": translate(names[name]), "value": value} for name, value in one.values.items()],
        "weight": one.weight,
        "share": round(profile.weights[one.id], 4),
        "kind_title": translate(KIND_TITLES[one.kind]),
        "citation": citation(one.source, as_of, translate),
        "date": one.date.isoformat(),
        "note": translate(one.note) if one.note else None,
    }
