"""Columns of an export: name, what it holds in words, and what kind of value; the same in every format."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from sites.suitability import Message, Profile, Translate, constraint_title
from sites.suitability.titles import criterion_title

Kind = Literal["text", "number", "integer"]

#: Name -> title and kind. Names are the same in every language: other programs rely on them.
BEFORE: dict[str, tuple[str, Kind]] = {
    "id": ("Candidate", "text"),
    "source": ("Parcel, group of parcels or drawn area", "text"),
    "capakeys": ("Parcels (CAPAKEY)", "text"),
    "municipality": ("Municipality (NIS code)", "text"),
    "municipality_name": ("Municipality", "text"),
    "verdict": ("Verdict (code)", "text"),
    "so_far": ("Verdict on what is known (code)", "text"),
    "verdict_text": ("Verdict", "text"),
    "rank": ("Rank", "integer"),
    "rank_low": ("Best rank the intervals allow", "integer"),
    "rank_high": ("Worst rank the intervals allow", "integer"),
    "score_low": ("Score, low (0 to 1)", "number"),
    "score_high": ("Score, high (0 to 1)", "number"),
    "pitches_low": ("Pitches, low (estimate)", "integer"),
    "pitches_high": ("Pitches, high (estimate)", "integer"),
    "area_m2": ("Area, m²", "number"),
    "usable_low_m2": ("Usable area, low, m²", "number"),
    "usable_high_m2": ("Usable area, high, m²", "number"),
    "conditions": ("Conditions: what, by whom, by which article, how long", "text"),
    "unknowns": ("Not known, and who could answer", "text"),
    "zone": ("Zone", "text"),
    "owner": ("Class of owner", "text"),
}
AFTER: dict[str, tuple[str, Kind]] = {
    "run": ("Result", "text"),
    "profile": ("Set of criteria", "text"),
    "profile_version": ("Version of the criteria", "text"),
    "rule_pack": ("Version of the rules", "text"),
    "as_of": ("Law of", "text"),
    "data_date": ("Data of", "text"),
    "published": ("Published by the municipality (1) or draft (0)", "integer"),
    "fictional": ("Fictional (1)", "integer"),
}
ENTERED: dict[str, tuple[str, Kind]] = {
    "entered": ("Entered by the municipality, beside what was measured", "text"),
    "verdict_entered": ("Verdict with what was entered (code)", "text"),
    "so_far_entered": ("Verdict on what is known, with what was entered (code)", "text"),
    "rank_entered": ("Rank with what was entered", "integer"),
}
VALUE_LOW, VALUE_HIGH = "{criterion}: value, low (0 to 1)", "{criterion}: value, high (0 to 1)"
PART_LOW, PART_HIGH = "{criterion}: contribution, low", "{criterion}: contribution, high"
STATE, MEASURED, THRESHOLD = "{constraint}: state", "{constraint}: figure", "{constraint}: threshold"


@dataclass(frozen=True)
class Column:
    """One column: name, title in the language of the file, kind of value."""

    name: str
    title: str
    kind: Kind


def columns_of(profile: Profile, translate: Translate, *, entered: bool) -> list[Column]:
    """All columns of a set of criteria, in their order."""

    def plain(group: dict[str, tuple[str, Kind]]) -> Iterable[Column]:
        return (Column(name, translate.render(Message(title)), kind) for name, (title, kind) in group.items())

    def about(
        prefix: str, suffix: str, template: str, key: str, named: Any, ids: list[str], kind: Kind
    ) -> list[Column]:
        return [
            Column(f"{prefix}_{one}{suffix}", translate.render(Message(template, {key: named(one)})), kind)
            for one in ids
        ]

    criteria = [one.id for one in profile.criteria]
    out = [*plain(BEFORE), *(plain(ENTERED) if entered else ())]
    for prefix, suffix, template in (
        ("value", "_low", VALUE_LOW), ("value", "_high", VALUE_HIGH),
        ("contribution", "_low", PART_LOW), ("contribution", "_high", PART_HIGH),
    ):  # fmt: skip
        out += about(prefix, suffix, template, "criterion", criterion_title, criteria, "number")
    for one in profile.constraints:
        out += about("state", "", STATE, "constraint", constraint_title, [one.id], "text")
        for prefix, template in (("measured", MEASURED), ("threshold", THRESHOLD)):
            out += about(prefix, "", template, "constraint", constraint_title, [one.id], "number")
    return [*out, *plain(AFTER)]


def plain_titles() -> list[str]:
    """Every title that needs a translation."""
    named = [title for group in (BEFORE, ENTERED, AFTER) for title, _ in group.values()]
    return [*named, VALUE_LOW, VALUE_HIGH, PART_LOW, PART_HIGH, STATE, MEASURED, THRESHOLD]
