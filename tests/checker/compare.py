"""Differences between what the checker finds and what is stored or told, in words; none is expected."""

from __future__ import annotations

import math
import re
from typing import Any

from checker.published import meaning
from checker.stored import Parcel
from checker.whole import Whole

CLOSE = 1e-9


def _same(a: float | None, b: float | None) -> bool:
    if a is None or b is None:
        return a is None and b is None
    return math.isclose(a, b, rel_tol=CLOSE, abs_tol=CLOSE)


def with_result(parcel: Parcel, found: Whole) -> list[str]:
    """Against the row of the run."""
    row = parcel.result
    certain = found.usable[0] == found.usable[1]
    pairs: list[tuple[str, Any, Any]] = [
        ("verdict", row["verdict"], found.verdict), ("so_far", row["so_far"], found.so_far),
        ("conditions", row["conditions"], found.owed), ("unknown", sorted(row["unknown"]), sorted(found.unknown)),
        ("pitches", (row["pitches_low"], row["pitches_high"]), found.pitches),
    ]  # fmt: skip
    numbers = [
        ("usable_m2", row["usable_m2"], found.usable[1] if certain else None),
        ("score_low", row["score_low"], found.score[0]), ("score_high", row["score_high"], found.score[1]),
    ]  # fmt: skip
    out = [f"{parcel.key} {name}: stored {a}, checked {b}" for name, a, b in pairs if a != b]
    return out + [f"{parcel.key} {name}: stored {a}, checked {b}" for name, a, b in numbers if not _same(a, b)]


def with_explanation(parcel: Parcel, found: Whole, run: dict[str, Any], told: dict[str, Any]) -> list[str]:
    """Against the explanation of the service, in English."""
    out: list[str] = []

    def held(name: str, a: Any, b: Any) -> None:
        same = _same(a, b) if isinstance(a, float) or isinstance(b, float) else a == b
        if not same:
            out.append(f"{parcel.key} {name}: told {a}, checked {b}")

    held("verdict", told["verdict"], found.verdict)
    held("so_far", told["so_far"], found.so_far)
    held("as_of", told["as_of"], run["as_of"].isoformat())
    held("conditions by name", [one["id"] for one in told["constraints"]], [one.id for one in found.conditions])
    for shown, one in zip(told["constraints"], found.conditions, strict=True):
        held(f"{one.id} state", shown["state"], one.state)
        for name, figure, others in (("measured", one.measured, one.figures), ("threshold", one.threshold, one.limits)):
            if not any(_same(shown[name], other) for other in others):
                held(f"{one.id} {name}", shown[name], figure)
        if one.id == "zoning" and one.why in parcel.shares.get("zoning", {}):
            rule = meaning(run["region"], str(one.why), run["site_type"], run["as_of"]).rule
            held("zoning rule", shown["rule"], rule)
    held("criteria by name", [one["id"] for one in told["criteria"]], [one.id for one in found.values])
    for shown, value in zip(told["criteria"], found.values, strict=True):
        certain = value.measured is not None and value.measured[0] == value.measured[1] < math.inf
        held(f"{value.id} measured", shown["measured"], value.measured[0] if certain and value.measured else None)
        held(f"{value.id} weight", shown["weight"], value.weight)
        for end in ("low", "high"):
            held(f"{value.id} value {end}", shown["value"][end], float(getattr(value, end)))
            held(f"{value.id} contribution {end}", shown["contribution"][end], value.weight * getattr(value, end))
    for at, end in enumerate(("low", "high")):
        held(f"score {end}", told["score"][end], found.score[at])
        held(f"sum {end}", sum(one["contribution"][end] for one in told["criteria"]), found.score[at])
    held("unknown", {one["layer"]: one["reason"] for one in told["unknown"]}, found.unknown)
    held("steps owed", len(told["conditions"]), len(found.steps))
    for shown, step in zip(told["conditions"], found.steps, strict=False):
        if step is not None:
            held("step", (shown["what"], shown["who_decides"], shown["article"]),
                 (step["what"]["en"], step["who_decides"]["en"], step["article"]))  # fmt: skip
    return out + [f"{parcel.key} text: {one}" for one in _in_words(told, found)]


def _in_words(told: dict[str, Any], found: Whole) -> list[str]:
    """What the sentences leave out or say otherwise: what rules out, what is open, the sum."""
    text, out = told["text"], []
    titles = {one["id"]: one["title"] for one in told["constraints"]}
    against = [titles[one.id] for one in found.conditions if one.state == "fail"]
    if found.verdict == "incompatible":
        opening = text.partition(". Score ")[0]
        out += [f"does not name {title}" for title in against if title not in opening]
        if not text.startswith("Not compatible: "):
            out.append("does not say that it is not compatible")
    if found.verdict == "unknown":
        out += [f"does not name {one['title']}" for one in told["unknown"]
                if one["reason"] != "law_open" and one["title"] not in text]  # fmt: skip
    total = re.search(r"Score (\d\.\d+)(?:–(\d\.\d+))? of at most 1\.", text)
    if total is None:
        return [*out, "no score"]
    for group, figure in ((1, found.score[0]), (2, found.score[1])):
        if total.group(group) and abs(float(total.group(group)) - figure) > 0.000501:
            out.append(f"total {total.group(group)} instead of {figure:.4f}")
    return out + _for_and_against(text, [one["title"] for one in told["criteria"]], found)


def _for_and_against(text: str, titles: list[str], found: Whole) -> list[str]:
    """The three criteria that add most, and the three that cost most, by what is sure of each."""
    out = []
    gained = {
        title: (one.weight * one.low, one.weight * one.high) for title, one in zip(titles, found.values, strict=True)
    }
    lacking = {title: (one.weight * (1 - one.high), one.weight * (1 - one.low))
               for title, one in zip(titles, found.values, strict=True)}  # fmt: skip
    named: set[str] = set()
    for opening, all_spans in (("What adds most: ", gained), ("What costs most: ", lacking)):
        spans = {title: span for title, span in all_spans.items() if span[0] >= 0.0005 + 1e-9 and title not in named}
        told = re.search(f"{opening}(.+?)\\.(?: |$)", text)
        shown = re.findall(r"(?:^|, )(.+?) (\d\.\d+)(?:–(\d\.\d+))?(?=,|$)", told.group(1)) if told else []
        if len(shown) != min(3, len(spans)):
            out.append(f"{opening}{len(shown)} named instead of {min(3, len(spans))}")
        least = sorted((span[0] for span in spans.values()), reverse=True)[:3]
        if named & {title for title, _, _ in shown}:
            out.append(f"{opening}names one twice")
        named |= {title for title, _, _ in shown}
        for (title, low, high), rank in zip(shown, least, strict=False):
            span = all_spans.get(title, (-1.0, -1.0))
            if abs(float(low) - span[0]) > 0.000501 or abs(float(high or low) - span[1]) > 0.000501:
                out.append(f"{opening}{title} {low} instead of {span}")
            if span[0] < rank - 0.001001:
                out.append(f"{opening}{title} is not among the largest")
    return out
