"""Every sentence of an explanation, in English: the keys of the catalogues."""

from __future__ import annotations

from typing import Any

from sites.suitability.messages import Message, Translate

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
    "at_most_way": "at most {high} along the roads",
    "slope": "{degrees} on average",
    "overlap": "it is not measured how much of it lies on the land that counts",
    "exempt": "{share} of the parcel: {name}; it does not count here: {reason} ({source})",
    "exempt_withheld": "it does not count here: {reason} ({source})",
    "owner": "owner: {owner}",
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
SCORE = "Score {total} of at most 1."
ADDS = "What adds most: {list}."
COSTS = "What costs most: {list}."
STALE = "Rests on data that should have been renewed by now: {titles}."
USABLE = "{usable_for}: nothing that is known stands in the way."
NEXT = "What comes next: {steps}"
STEP = "{title}: {text}"
STEP_GRADED = "{title} (from a secondary source, to be checked): {text}"
#: What a criterion measures -> its figure when it is certain, between two ends, and with a lower end only.
FIGURES = {
    "distance": ("{metres} away", "between {low} and {high} away", "at least {low} away"),
    "reach": ("{figure} along the roads", "between {low} and {high} along the roads", "at least {low} along the roads"),
    "minutes": ("about {figure} min by road", "between {low} and {high} min by road", "at least {low} min by road"),
    "counts": ("{figure} of them nearby", "between {low} and {high} of them nearby", "at least {low} of them nearby"),
    "counts:addresses_250m": (
        "{figure} addresses within 250 m",
        "between {low} and {high} addresses within 250 m",
        "at least {low} addresses within 250 m",
    ),
    "width": ("{figure} across where it is widest", "", ""),
    "frontage": ("{figure} of border along a road", "", ""),
    "access_width": ("the road at the access is {figure} wide", "", ""),
}
#: Language of a school -> how the way to it is told; none = of whatever language, or of one that no source states.
SCHOOLS = {
    "nl": "Dutch-language school: {figure}",
    "fr": "French-language school: {figure}",
    "de": "German-language school: {figure}",
    "": "school, language not known: {figure}",
}


def say(translate: Translate, sentence: str, /, **values: Any) -> str:
    """A sentence of `SENTENCES` with its values."""
    return translate.render(Message(SENTENCES[sentence], values))
