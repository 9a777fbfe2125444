"""The page of the sets of criteria: thresholds, value functions with their ranges, weights, and whose they are."""

from __future__ import annotations

from collections.abc import Iterator

from sites.suitability import profiles
from sites.suitability.kinds import Scoped, Threshold
from sites.suitability.model import Criterion, Profile, Step
from sites.suitability.titles import CONSTRAINTS, CRITERIA

KINDS = {"official": "official", "foreign_norm": "foreign norm", "our_choice": "our choice"}
#: What was looked for and is not measured per parcel: counted nowhere, and said so.
NOT_COUNTED = (
    "Not counted, because no layer of it is measured per parcel: pre-emption areas, heritage, karst, and wet or soft soil. "
    "The sewer regime, reservations and redevelopment sites (SAR) are counted in Wallonia only: elsewhere no source was "
    "found. Widths of roads come with the Flemish road register and nowhere else: in Wallonia and Brussels the width stays "
    "not known, and widens every score alike. The field that holds the bands of the Brussels noise map was not found: "
    "what it draws counts as neither quiet nor loud. The Walloon noise maps leave out the agglomerations, so they count "
    "only where somebody declares what they cover."
)

#: A set of a municipality as it is written in a file; a test adds it.
EXAMPLE = """id: our-municipality
base: {base}
base_version: "{version}"
nis: ["99001"]
who: municipal_planner        # a role, never a name
why: The council wants children to walk to school.
date: 2026-11-26
changes:
  - {{kind: weight, criterion: school, weight: 30}}
  - {{kind: threshold, constraint: sewage_plant, field: fail_below, value: 200}}
  - {{kind: class, constraint: flood, name: C, state: fail}}
  - {{kind: function, criterion: shop, points: [[100, 1.0], [1500, 0.0]]}}
  - {{kind: drop, id: frontage}}
"""


def page(note: str) -> str:
    """Text of the page."""
    lines = ["# Sets of criteria", "", note, ""]
    lines += [
        "A threshold is official (law or government text), a foreign norm (it binds nobody here) or our choice.",
        "A constraint that fails cannot be bought off by any score. A weight says what the step from the worst to the best",
        "end of the stated range is worth beside the other steps; beyond the range nothing more is gained or lost.",
        "A way along the roads that is not known is at least the straight line. What is not known widens the score.",
        "", "A share of the parcel up to the tolerance, or up to 10 m2, vetoes nothing; the usable area is what is left after",
        "buildings, land in use and all land of a class that fails.", "", NOT_COUNTED,
        "", "A municipality may keep its own set (`standplaats profiles add`): other weights, stricter thresholds, more",
        "constraints. It is refused where it would be milder, or would reward distance from dwellings or services.",
    ]  # fmt: skip
    base = profiles()[0]
    lines += ["", "```yaml", *EXAMPLE.format(base=base.id, version=base.version).splitlines(), "```", ""]
    lines += [
        "Other changes: `add_constraint`, `add_criterion`, and `spread` (metres to the next existing site, off unless asked",
        "for; land that extends a site is never worse for it). Each change is a new version; earlier ones stay.",
    ]
    for profile in profiles():
        lines += [
            "",
            f"## {profile.title['en']}",
            "",
            f"`{profile.id}`, version {profile.version}, {profile.published}",
        ]
        if profile.usable_for is not None:
            lines += ["", f'Result: "{profile.usable_for["en"]}".']
        lines += ["", "| condition | figure | value | whose | date | note |", "|---|---|---|---|---|---|"]
        lines += _constraints(profile)
        lines += ["", "| criterion | measured | range | value function | weight | whose | date | note |"]
        lines += ["|---|---|---|---|---|---|---|---|", *(_criterion(one, profile) for one in profile.criteria)]
        if profile.steps:
            lines += ["", "What comes next:", "", *(_step(one) for one in profile.steps)]
    return "\n".join(lines) + "\n"


def _row(*cells: object) -> str:
    return f"| {' | '.join(' '.join(str(one).replace('|', chr(92) + '|').split()) for one in cells)} |"


def _whose(kind: str, source: str | None) -> str:
    word = KINDS[kind]
    if not source:
        return word
    return f"[{word}]({source})" if "://" in source else f"{word}, `{source}`"


def _constraints(profile: Profile) -> Iterator[str]:
    for constraint in profile.constraints:
        title, rule = CONSTRAINTS[constraint.id], getattr(constraint, "rule", None)
        named = f"rule `{rule}`" if rule else ""
        for field in type(constraint).model_fields:
            value = getattr(constraint, field)
            if isinstance(value, Threshold):
                figure = f"{value.value:g} {value.unit}"
                yield _row(
                    title,
                    field.replace("_", " "),
                    figure,
                    _whose(value.kind, value.source),
                    value.date,
                    value.note or "",
                )
            elif field == "classes":
                shown = "; ".join(f"{name}: {state}" for name, state in value.items())
                whose = KINDS[getattr(constraint, "owner", "our_choice")]
                yield _row(title, "classes", shown, whose, "", named)
            elif field in ("exempt", "scoped"):
                for one in value:
                    what = f"{one.scope}: {one.region or ', '.join(one.nis)}" if isinstance(one, Scoped) else "exempt"
                    yield _row(title, what, one.classes, one.source, "", one.reason["en"])


def _criterion(one: Criterion, profile: Profile) -> str:
    steps = [f"{x:g} → {y:g}" for x, y in one.points] or [f"{name} → {y:g}" for name, y in one.values.items()]
    ends = one.range
    reach = f"{ends[0]:g} to {ends[1]:g} {one.unit}" if ends else "worst to best class"
    weight = f"{one.weight:g} ({profile.weights[one.id]:.1%})"
    measured = ", ".join(f"`{name}`" for name in one.measures)
    for region, other in one.instead.items():
        measured += f"; {region}: {', '.join(f'`{name}`' for name in other)}"
    return _row(
        CRITERIA[one.id],
        measured,
        reach,
        "; ".join(steps),
        weight,
        _whose(one.kind, one.source),
        one.date,
        one.note or "",
    )


def _step(one: Step) -> str:
    if one.text is None:
        return f"- rule `{one.rule}`"
    read = f" ([source]({one.source}), {one.article})" if one.source else ""
    return f"- {one.text['en']}{read}"
