"""Thresholds of sets of criteria in words, with whose they are and where they come from; the same wherever they are told."""

from __future__ import annotations

from datetime import date
from typing import Any

from api.i18n import Translator
from geodata.errors import NotFoundError
from sites.law import find_rule
from sites.law.model import State
from sites.safeguards.checks import Limit
from sites.suitability.kinds import Threshold
from sites.suitability.messages import Message
from sites.suitability.titles import CLASSES

KIND_TITLES = {"official": "official", "foreign_norm": "foreign norm", "our_choice": "our choice"}
LIMIT_TITLES = {
    "fail_below": "rules out below {figure}",
    "conditional_below": "under a condition below {figure}",
    "conditional_above": "under a condition above {figure}",
    "fail_above": "rules out above {figure}",
    "tolerance": "counts above {figure} of the parcel",
    "tolerance_area": "counts above {figure}",
    "sliver_share": "counts above {figure} of the parcel",
    "sliver_area": "counts above {figure}",
    "minimum": "rules out below {figure}",
    "max_built_share": "rules out where buildings cover more than {figure}",
    "max_used_share": "the use of the land decides above {figure}",
    "garden": "{figure} go with each dwelling",
    "area_low": "a small pitch: {figure}",
    "area_high": "a large pitch: {figure}",
    "roads_and_green": "roads and green: {figure}",
}


def limit_view(field: str, limit: Limit | Threshold, as_of: date, translate: Translator) -> dict[str, Any]:
    """A threshold; one that is our choice cites nothing but its day and, where there is one, what it was taken from.

    Lengths in metres, areas in square metres, shares 0..1, slopes in degrees.
    """
    return {
        "field": field,
        "value": limit.value,
        "unit": limit.unit,
        "kind": limit.kind,
        "kind_title": translate(KIND_TITLES[limit.kind]),
        "citation": citation(limit.source, as_of, translate),
        "date": limit.date.isoformat(),
        "note": translate(limit.note) if limit.note else None,
        "text": translate.render(Message(LIMIT_TITLES[field], {"figure": (limit.unit, limit.value)})),
    }


def classes_text(classes: dict[str, State], translate: Translator) -> str:
    """What each class of a map means for a site, on one line."""
    return "; ".join(
        f"{translate(CLASSES.get(name, name))}: {translate.word(state)}" for name, state in classes.items()
    )


def citation(source: str | None, as_of: date, translate: Translator) -> dict[str, Any] | None:
    """A rule of the pack with its title and page, or the page itself."""
    if source is None:
        return None
    if "://" in source:
        return {"rule": None, "title": None, "url": source}
    try:
        rule = find_rule(source, as_of)
    except NotFoundError:
        rule = None
    if rule is None:
        return {"rule": source, "title": None, "url": None}
    return {"rule": rule.id, "title": rule.title[translate.language], "url": rule.sources[0].url}
