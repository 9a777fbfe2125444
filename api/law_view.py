"""Rules of law as people read them: one language, the day that was asked for, and when each rule was last checked.

Shared by the HTTP routes and the command line, so that both print the same JSON. Needs no database.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from api.estimates import regimes_view
from geodata.errors import NotFoundError, UsageError
from geodata.settings import Language
from geodata.sources.zoning_labels import class_title, zoning_classes
from sites.law import DefinitionRule, NormRule, Outcome, PermitRule, SubsidyRule, ZoningRule, is_stale, zoning_outcome
from sites.law.loader import pack, pack_version, rules
from sites.law.model import LANGUAGES, LAW_REGIONS, SITE_TYPES, LawRegion, Rule, SiteType
from sites.places import law_region_of, place_name

KINDS = ("definition", "norm", "permit", "subsidy", "zoning")
REGIONS = (*LAW_REGIONS, "elsewhere")


def rules_view(
    *, region: str | None, kind: str | None, as_of: date | None, language: Language, today: date
) -> dict[str, Any]:
    """All rules of the pack in use, or those of a region and kind; never a draft.

    Parameters
    ----------
    as_of : day for `in_force`; None = it is not said.
    today : day against which the age of the last check is judged, unless `as_of` lies later.

    Raises
    ------
    UsageError
        When there is no such region or kind.
    """
    for name, given, known in (("region", region, REGIONS), ("kind", kind, KINDS)):
        if given is not None and given not in known:
            raise UsageError(f"{given} is no {name} of rules.", f"Use one of {', '.join(known)}.")
    found = [one for one in rules() if region in (None, one.region) and kind in (None, one.kind)]
    return _listed(found, as_of, language, today)


def rule_view(rule: str, *, as_of: date | None, language: Language, today: date) -> dict[str, Any]:
    """Every version of a rule, by its id or by the short name of a regime such as VL-2000.

    Raises
    ------
    NotFoundError
        When the pack in use has no such rule.
    """
    found = versions(rule)
    return _listed(found, as_of, language, today)


def versions(rule: str) -> list[Rule]:
    """Versions of a rule, oldest first, by id or by short name (in any case).

    Raises
    ------
    NotFoundError
        When the pack in use has no such rule; near names are given.
    """
    wanted = rule.strip()
    found = [one for one in rules() if one.id == wanted.lower() or _short(one) == wanted.upper()]
    if not found:
        near = [one.id for one in rules() if wanted and wanted.lower() in one.id]
        hint = f"Near: {', '.join(dict.fromkeys(near[:5]))}." if near else "List them: standplaats law show."
        raise NotFoundError(f"The rule pack in use has no rule {wanted}.", hint)
    return sorted(found, key=lambda one: one.valid_from or date.min)


def _short(rule: Rule) -> str | None:
    return rule.values.regime if isinstance(rule, SubsidyRule) else None


def _listed(found: Iterable[Rule], as_of: date | None, language: Language, today: date) -> dict[str, Any]:
    items = [rule_document(one, as_of=as_of, language=language, today=today) for one in found]
    return {
        "pack_version": pack_version(),
        "as_of": as_of.isoformat() if as_of is not None else None,
        "count": len(items),
        "items": items,
    }


def rule_document(rule: Rule, *, as_of: date | None, language: Language, today: date) -> dict[str, Any]:
    """One version of a rule; texts in one language, null where nothing was found."""
    whole = rule.model_dump(mode="json")
    values = one_language(whole["values"], language)
    if isinstance(rule, ZoningRule | DefinitionRule):
        values["zoning_titles"] = [class_title(name, language) for name in rule.values.zoning_classes]
    kept = (
        "id", "kind", "region", "act", "numac", "articles", "published", "valid_from", "valid_to", "checked_on",
        "grade", "status", "entry_into_force", "sources", "notes", "contradictions",
    )  # fmt: skip
    return {
        **{name: whole[name] for name in kept},
        "title": rule.title[language],
        "checked_stale": is_stale(rule, max(today, as_of or today)),
        "conditions": [
            one.words(language) | {"site_types": one.site_types, "valid_from": _iso(one.valid_from)}
            for one in rule.conditions
        ],
        "values": values,
        "examples": len(rule.examples),
        "in_force": None if as_of is None else rule.in_force(as_of),
    }


def one_language(value: Any, language: Language) -> Any:
    """Nested data with every four-language text reduced to one language."""
    if isinstance(value, dict):
        if set(value) == set(LANGUAGES):
            return value[language]
        return {key: one_language(one, language) for key, one in value.items()}
    if isinstance(value, list):
        return [one_language(one, language) for one in value]
    return value


def law_at_view(
    municipality: str, *, as_of: date, site_type: str | None, language: Language, today: date
) -> dict[str, Any]:
    """What law holds in a municipality on a day: whose, which plans overrule, zones, permits, norms, subsidies.

    Parameters
    ----------
    municipality : NIS code, old or new, or one of the fictional ones.
    site_type : only what concerns this type; None = every type.

    Raises
    ------
    NotFoundError
        When no municipality has the code.
    UsageError
        When the type is unknown.
    """
    wanted = _site_types(site_type)
    region = law_region_of(municipality)
    held = [one for one in rules() if one.region == region and one.in_force(as_of)]
    shown = [one for one in held if _concerns(one, wanted)]
    documents = {
        kind: [
            rule_document(one, as_of=as_of, language=language, today=today) for one in shown if isinstance(one, form)
        ]
        for kind, form in (("definition", DefinitionRule), ("permit", PermitRule), ("norm", NormRule))
    }
    days = [one.checked_on for one in held]
    return {
        "municipality": municipality,
        "name": place_name(municipality, language),
        "region": region,
        "as_of": as_of.isoformat(),
        "checked": {"oldest": _iso(min(days, default=None)), "newest": _iso(max(days, default=None))},
        "checked_stale": any(is_stale(one, max(today, as_of)) for one in held),
        "pack_version": pack_version(),
        "who_could_answer": pack().who_could_answer[region][language],
        "plan_levels": [one for one in documents["definition"] if one["id"].endswith(".plan-levels")],
        "definitions": [one for one in documents["definition"] if not one["id"].endswith(".plan-levels")],
        "zoning": [_zone(name, region, wanted, as_of, language, today) for name in zoning_classes()],
        "permits": documents["permit"],
        "norms": documents["norm"],
        "subsidies": [
            one for one in regimes_view(region, as_of, language)["items"] if set(one["site_types"]) & set(wanted)
        ],
    }


def _zone(
    zoning_class: str, region: LawRegion, wanted: tuple[SiteType, ...], as_of: date, language: Language, today: date
) -> dict[str, Any]:
    outcomes = {
        name: zoning_outcome(
            region, site_type=name, zoning_class=zoning_class, as_of=as_of, as_of_checked=max(today, as_of)
        )
        for name in wanted
    }
    return {
        "class": zoning_class,
        "title": class_title(zoning_class, language),
        "outcomes": {name: _outcome(one, language) for name, one in outcomes.items()},
    }


def _outcome(found: Outcome, language: Language) -> dict[str, Any]:
    return {
        "state": found.state,
        "rule": found.rule.id if found.rule else None,
        "grade": found.grade,
        "reason": found.reason[language],
        "conditions": [one.words(language) for one in found.conditions],
        "who_could_answer": found.who_could_answer[language] if found.who_could_answer else None,
        "checked_on": _iso(found.rule.checked_on) if found.rule else None,
        "checked_stale": found.checked_stale,
    }


def _site_types(name: str | None) -> tuple[SiteType, ...]:
    if name is None:
        return SITE_TYPES
    found = tuple(one for one in SITE_TYPES if one == name)
    if not found:
        raise UsageError(f"Unknown type of site: {name}.", f"Use one of {', '.join(SITE_TYPES)}.")
    return found


def _concerns(rule: Rule, wanted: tuple[SiteType, ...]) -> bool:
    types = getattr(rule.values, "site_types", None)
    return types is None or bool(set(types) & set(wanted))


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day is not None else None
