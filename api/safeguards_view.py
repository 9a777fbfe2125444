"""Safeguards as the command line and the service give them: existing sites by region, and the first of a result."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import psycopg

from api.i18n import Translator
from api.limits_view import citation, classes_text, limit_view
from api.need_view import title_of
from api.provenance import say_sources
from geodata.sources.sharing import basis
from sites.candidates.basis import basis_of
from sites.candidates.runs import Run
from sites.safeguards import (
    Check,
    First,
    Region,
    SiteCheck,
    checks_of,
    existing_sites,
    of_the_first,
    yardstick,
)
from sites.safeguards.checks import GROUPS
from sites.suitability import Profile, profiles
from sites.suitability.titles import constraint_title, layer_title

#: Why a site was not checked.
REASONS = {
    "not_located": "no address or parcel of it is known",
    "no_parcels": "the parcels of its municipality are not loaded",
    "no_parcel_here": "its point lies on no parcel that is loaded",
    "not_measured": "its parcel is not measured",
}
GROUP_TITLES = {"hazard": "Hazards", "isolation": "Isolation"}
FIRST_TITLES = {True: "None of the first {n} lies within a distance or on land that rules out.",
                False: "{count} of the first {n} fail: {titles}."}  # fmt: skip


def safeguards_view(
    connection: psycopg.Connection[Any],
    translate: Translator,
    *,
    as_of: date,
    regions: Sequence[str] = (),
    municipalities: Sequence[str] = (),
    run: Run | None = None,
) -> dict[str, Any]:
    """Existing public sites under the checks that candidates get; with a run, its first ones as well.

    Distances in metres, shares 0..1. `yardstick.figures` is null: it is not known what the figures of France count.
    """
    found = existing_sites(connection, as_of, regions=regions, municipalities=municipalities)
    used = {one.profile for region in found for one in region.checked}
    if run is not None:
        used.add(run.profile_id)
    layers: dict[str, set[int]] = {}
    codes = [one.site.nis for region in found for one in region.checked if one.site.nis]
    for region in found:
        for one in region.checked:
            for layer, ids in one.datasets:
                layers.setdefault(layer, set()).update(ids)
    behind = basis(connection, layers, as_of, codes=codes)
    return {
        "as_of": as_of.isoformat(),
        "count": len(found),
        "items": [_region(one, translate) for one in found],
        "checks": {
            one.id: [_check(check, as_of, translate) for check in checks_of(one)]
            for one in profiles()
            if one.id in used
        },
        "yardstick": _yardstick(translate),
        "first": None if run is None else first_view(connection, run, translate),
        "sources": say_sources(behind.sources(translate.language), translate) if codes else [],
    }


def first_view(connection: psycopg.Connection[Any], run: Run, translate: Translator) -> dict[str, Any]:
    """How many of the first of a run lie where a safeguard rules out, counted apart from the ranking."""
    found = of_the_first(connection, run)
    numbers = list(found[0].looked_at) if found else []
    checks = {one.id: one for one in checks_of(Profile.model_validate(run.profile))}
    return {
        "run": run.id,
        "site_type": run.site_type,
        "municipality": run.territory,
        "as_of": run.as_of.isoformat(),
        "data_date": run.data_date.isoformat(),
        "count": len(found),
        "items": [
            {
                "id": one.id,
                "title": translate.render(constraint_title(one.id)),
                "group": one.group,
                "first": [
                    {"n": n, "looked_at": one.looked_at[n], "within": one.within[n], "not_known": one.open[n]}
                    for n in numbers
                ],
                "limits": _check(checks[one.id], run.as_of, translate)["limits"],
            }
            for one in found
        ],
        "text": _first_of_all(found, numbers, translate),
        "sources": say_sources(basis_of(connection, run, run.as_of).sources(translate.language), translate),
    }


def _first_of_all(found: list[First], numbers: list[int], translate: Translator) -> str:
    """One sentence for each number; where fewer are ranked, they are told once."""
    by_count = {found[0].looked_at[n]: n for n in reversed(numbers)}
    if not any(by_count):
        return translate("Nothing is ranked in this result.")
    return " ".join(_first(found, n, translate) for count, n in sorted(by_count.items()) if count)


def _first(found: list[First], wanted: int, translate: Translator) -> str:
    looked_at = found[0].looked_at[wanted]
    failing = [one for one in found if one.within[wanted]]
    text = translate(FIRST_TITLES[not failing]).format(
        n=looked_at,
        count=max((one.within[wanted] for one in failing), default=0),
        titles=", ".join(translate.render(constraint_title(one.id)) for one in failing),
    )
    unknown = [one for one in found if one.open[wanted]]
    if unknown:
        titles = ", ".join(f"{translate.render(constraint_title(one.id))} ({one.open[wanted]})" for one in unknown)
        text += " " + translate("Not known for some of them: {titles}.").format(titles=titles)
    return text


def _region(region: Region, translate: Translator) -> dict[str, Any]:
    told = translate("{place}: {checked} of {located} located sites checked, {known} open public sites on record.")
    unlocated = [one.site for one in region.unlocated]
    fictional = sum(one.site.origin == "demo" for one in region.sites)
    text = told.format(
        place=title_of(region.region, translate),
        checked=len(region.checked),
        located=len(region.located),
        known=region.known,
    )
    if fictional:
        text += " " + translate("Fictional ones of the demo among them: {count}.").format(count=fictional)
    return {
        "region": region.region,
        "name": title_of(region.region, translate),
        "checked": len(region.checked),
        "located": len(region.located),
        "known": region.known,
        **{group: region.states(group) for group in GROUPS},
        "together": region.together(),
        "sites": [_site(one, translate) for one in region.located],
        "unlocated": [
            {"id": one.id, "name": one.name, "municipality": one.nis, "precision": one.precision} for one in unlocated
        ],
        "fictional": fictional,
        "text": text,
    }


def _site(one: SiteCheck, translate: Translator) -> dict[str, Any]:
    return {
        "id": one.site.id,
        "name": one.site.name,
        "municipality": one.site.nis,
        "site_type": one.site.site_type[-1].value,
        "fictional": one.site.origin == "demo",
        "capakeys": list(one.capakeys),
        "profile": one.profile,
        "hazard": one.grouped.hazard if one.grouped else None,
        "isolation": one.grouped.isolation if one.grouped else None,
        "reason": one.reason,
        "reason_text": translate(REASONS[one.reason]) if one.reason else None,
        "checks": [
            {
                "id": check.id,
                "title": translate.render(constraint_title(check.id)),
                "group": check.group,
                "state": check.state,
                "measured": check.measured,
                "threshold": check.threshold,
                "unknown": list(check.unknown),
                "unknown_titles": [translate.render(layer_title(layer)) for layer in check.unknown],
            }
            for check in one.checks
        ],
    }


def _check(check: Check, as_of: date, translate: Translator) -> dict[str, Any]:
    return {
        "id": check.id,
        "title": translate.render(constraint_title(check.id)),
        "group": check.group,
        "group_title": translate(GROUP_TITLES[check.group]),
        "limits": [limit_view(one.field, one, as_of, translate) for one in check.limits],
        "classes": check.classes,
        # What a class of a map means for a site is ours to choose; the rule only says what the classes are.
        "classes_kind": "our_choice" if check.classes else None,
        "classes_text": classes_text(check.classes, translate),
        "rule": citation(check.rule, as_of, translate),
    }


def _yardstick(translate: Translator) -> dict[str, Any]:
    """Figures of France, where it is known what they count; else that it is not."""
    told = yardstick()
    text = None
    if told.definition is None:
        text = translate("Figures of France ({by}) are not shown beside these: their definition was not found.").format(
            by=told.by
        )
    return {
        "id": told.id,
        "source": told.source,
        "grade": told.grade,
        "definition": told.definition[translate.language] if told.definition else None,
        "sites": told.sites if told.comparable else None,
        "figures": [one.model_dump() for one in told.figures] if told.comparable else None,
        "text": text,
    }
