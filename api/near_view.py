"""Near misses in sentences: what stands in the way and what would help, for people who look for land."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg

from api.i18n import VERDICTS, Translator
from sites.candidates.nearby import Around, around
from sites.candidates.query import CandidateQuery
from sites.candidates.runs import Run
from sites.places import place_name
from sites.suitability import constraint_title, layer_title
from sites.suitability.near_misses import Wishes

#: Obstacles named in a sentence.
_NAMED = 3


def near_view(
    connection: psycopg.Connection[Any],
    run: Run,
    query: CandidateQuery,
    translate: Translator,
    *,
    public: bool = False,
) -> dict[str, Any]:
    """What would help, with the figures behind each sentence. Areas in m²; `adjoining.compatible` null = not scored, or not published
    where only what is published is told.

    Raises
    ------
    UsageError
        When owners are asked for that may not be told.
    """
    wishes = Wishes(query.pitches, query.owners, query.min_area_m2)
    found = around(connection, run, wishes, public=public)
    own = found.own
    return {
        "run": run.id,
        "few": found.few,
        "compatible": own.compatible,
        "on_condition": own.on_condition,
        "unknown_compatible_so_far": own.unknown,
        "waiting_for": [
            {"layer": name, "title": translate.render(layer_title(name)), "count": count}
            for name, count in own.waiting_for.items()
        ],
        "needs_derogation": own.derogation,
        "fewer_pitches": [{"pitches": pitches, "compatible": count} for pitches, count in own.fewer.items()],
        "other_owners": own.other_owners,
        "assemblies": found.assemblies,
        "extensions": [{"capakey": key, "site": site} for key, site in found.extensions],
        "adjoining": [
            {"municipality": one.nis, "name": place_name(one.nis, translate.language), "compatible": one.compatible}
            for one in found.adjoining
        ],
        "obstacles": [
            {
                "constraint": one.constraint,
                "title": translate.render(constraint_title(one.constraint)),
                "fails": one.fails,
                "area_m2": round(one.area_m2, 1),
                "alone": one.alone,
                "then": one.then,
                "liftable": one.liftable,
            }
            for one in own.obstacles
            if one.fails
        ],
        "sentences": list(_sentences(found, query.pitches, translate)),
    }


def _sentences(found: Around, pitches: int | None, translate: Translator) -> Iterator[str]:
    own = found.own
    yield translate(
        "Compatible: {count}, of which on condition of a release or a step under the plan: {released}."
    ).format(count=own.compatible, released=own.on_condition)
    largest = [one for one in own.obstacles if one.fails][:_NAMED]
    if largest:
        first = largest[0]
        yield translate("Most land is ruled out by: {what} ({count} parcels, {area} ha).").format(
            what=translate.render(constraint_title(first.constraint)),
            count=first.fails,
            area=f"{first.area_m2 / 1e4:.0f}",
        )
    for one in own.obstacles:
        if one.liftable and one.then:
            then = ", ".join(f"{translate(VERDICTS[word])} {count}" for word, count in sorted(one.then.items()))
            told = translate("Ruled out by {what} alone: {count} parcels that meet the wishes; without it: {then}.")
            if one.constraint == "zoning":
                told = translate("With a new plan: {count} parcels that only the plan rules out; without it: {then}.")
            yield told.format(
                what=translate.render(constraint_title(one.constraint)), count=sum(one.then.values()), then=then
            )
    for fewer, count in own.fewer.items():
        yield translate("With {fewer} pitches instead of {wanted}: {count} compatible.").format(
            fewer=fewer, wanted=pitches, count=count
        )
    if own.derogation:
        yield translate("With a derogation: {count}.").format(count=own.derogation)
    if own.unknown:
        missing = ", ".join(
            f"{translate.render(layer_title(name))} {count}" for name, count in list(own.waiting_for.items())[:_NAMED]
        )
        told = translate("Not known, but compatible so far: {count}.").format(count=own.unknown)
        yield f"{told} {translate('Waiting for one thing only: {layers}.').format(layers=missing)}" if missing else told
    if own.other_owners:
        yield translate("With land of other owners: {count} compatible.").format(count=own.other_owners)
    if found.assemblies:
        yield translate("As a group of parcels: {count} groups are not ruled out.").format(count=found.assemblies)
    if found.extensions:
        told = translate("As an extension of an existing public site: {count} parcels lie beside one.")
        yield told.format(count=len(found.extensions))
    for beside in found.adjoining:
        place = place_name(beside.nis, translate.language)
        if beside.compatible is None:
            yield translate("In {place}: not scored.").format(place=place)
        else:
            yield translate("In {place}: {count} compatible.").format(place=place, count=beside.compatible)
