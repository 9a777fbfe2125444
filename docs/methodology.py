"""The tables of docs/methodology.md, made from the rules of the pack shipped with the program.

Contract: `tables()` gives markdown by the name of its place in `methodology.in.md`; nothing depends on today's date.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

from geodata.sources.zoning_labels import class_title, zoning_classes
from sites.law import DefinitionRule, NormRule, PermitRule, SubsidyRule, ZoningRule
from sites.law.loader import load_pack
from sites.law.model import LAW_REGIONS, SITE_TYPES, Rule
from sites.law.subsidies.money import text as euros
from sites.law.subsidies.wording import word

REGIONS = (*LAW_REGIONS, "elsewhere")
TITLES = {
    "flanders": "Flanders", "wallonia": "Wallonia", "brussels": "Brussels",
    "german-speaking-community": "German-speaking Community", "elsewhere": "Elsewhere (yardsticks that bind nobody here)",
}  # fmt: skip
KINDS = {
    "definition": "Definitions", "zoning": "Zones", "permit": "Permits", "norm": "Norms", "subsidy": "Subsidy regimes",
}  # fmt: skip
WHOSE = {"official": "official", "foreign_norm": "foreign norm", "our_choice": "our choice"}
SIGNS = {"at_least": "at least", "at_most": "at most", "more_than": "more than"}
MISSING = "not found"


def tables() -> dict[str, str]:
    """Text by the name of its place."""
    pack = load_pack()
    rules = pack.rules
    parts = {
        "rules": _rules(rules),
        "zoning": _zoning([one for one in rules if isinstance(one, ZoningRule)]),
        "norms": _norms([one for one in rules if isinstance(one, NormRule)]),
        "regimes": _regimes([one for one in rules if isinstance(one, SubsidyRule)]),
        "contradictions": _contradictions(rules),
        "not_found": _not_found(rules),
    }
    return {"version": f"{pack.about.version}", **{name: "\n".join(lines) for name, lines in parts.items()}}


def cell(text: object) -> str:
    """One cell of a table."""
    return " ".join(str(text).replace("|", "\\|").split())


def _row(*cells: object) -> str:
    return f"| {' | '.join(cell(one) for one in cells)} |"


def _head(*names: str) -> list[str]:
    return ["", _row(*names), "|" + "---|" * len(names)]


def _named(rule: Rule) -> str:
    return f"{rule.title['en']}<br>`{rule.id}`"


def _dates(rule: Rule) -> tuple[str, str]:
    return str(rule.valid_from or "not dated"), str(rule.valid_to or "open")


def _cited(rule: Rule) -> str:
    return ", ".join(f"[{at}]({one.url})" for at, one in enumerate(rule.sources, start=1))


def _sorted(rules: Iterable[Any]) -> list[Any]:
    return sorted(rules, key=lambda one: (REGIONS.index(one.region), list(KINDS).index(one.kind), one.id, _dates(one)))


def _rules(rules: Sequence[Rule]) -> Iterator[str]:
    for (region, kind), group in groupby(_sorted(rules), key=lambda one: (one.region, one.kind)):
        yield f"\n### {TITLES[region]}: {KINDS[kind].lower()}"
        yield from _head("rule", "act and articles", "from", "to", "grade", "checked on", "what it says", "sources")
        for rule in group:
            act = f"{rule.act}, art. {'; '.join(rule.articles)}" if rule.articles else rule.act
            yield _row(_named(rule), act, *_dates(rule), rule.grade, rule.checked_on, _says(rule), _cited(rule))


def _says(rule: Rule) -> str:
    if isinstance(rule, SubsidyRule):
        return rule.values.say["en"]
    if isinstance(rule, NormRule):
        return f"{rule.values.quantity['en']}: {figure(rule)}"
    if isinstance(rule, ZoningRule):
        return " ".join(dict.fromkeys(one["en"] for one in rule.values.reasons.values()))
    assert isinstance(rule, PermitRule | DefinitionRule)
    terms = list(rule.values.terms) if isinstance(rule, DefinitionRule) else []
    if isinstance(rule, DefinitionRule) and rule.values.levels:
        terms = [f"{one.id} {one.role}" for one in rule.values.levels]
    return rule.values.text["en"] + (f" ({'; '.join(terms)})" if terms else "")


def _zoning(rules: Sequence[ZoningRule]) -> Iterator[str]:
    for region in LAW_REGIONS:
        yield f"\n### Zones in {TITLES[region]}"
        yield from _head("class", "from", "to", *SITE_TYPES, "grade", "rule")
        for name in zoning_classes():
            here = [one for one in _sorted(rules) if one.region == region and name in one.values.zoning_classes]
            titled = f"{class_title(name, 'en')}<br>`{name}`"
            if not here:
                yield _row(titled, MISSING, MISSING, *["unknown"] * len(SITE_TYPES), "", "none")
            for rule in here:
                states = [_state(rule, kind) for kind in SITE_TYPES]
                yield _row(titled, *_dates(rule), *states, rule.grade, f"`{rule.id}`")
        owing = [one for one in _sorted(rules) if one.region == region and (one.conditions or one.values.precedents)]
        if owing:
            yield f"\n### What is owed in {TITLES[region]}"
            yield from _owed(owing)


def _owed(rules: Sequence[ZoningRule]) -> Iterator[str]:
    yield from _head("rule", "for", "what is owed", "who decides", "article", "how long", "risk")
    for rule in rules:
        for one in rule.conditions:
            kinds = one.site_types or [
                kind for kind in SITE_TYPES if rule.values.outcomes[kind] in ("conditional", "derogation")
            ]
            since = f" (since {one.valid_from})" if one.valid_from else ""
            yield _row(
                f"`{rule.id}`", ", ".join(kinds), one.what["en"] + since, one.who_decides["en"],
                one.article or MISSING, one.lead_time["en"] if one.lead_time else MISSING, one.risk or "not judged",
            )  # fmt: skip
        for case in rule.values.precedents:
            kinds = ", ".join(case.site_types) or "all"
            yield _row(
                f"`{rule.id}`", kinds, f"Precedent ({case.grade}): [{case.what['en']}]({case.source})", "", "", "", ""
            )


def _state(rule: ZoningRule, kind: Any) -> str:
    values = rule.values
    first = values.outcome_valid_from.get(kind)
    other = f" ({rule.grade_of(kind)})" if rule.grade_of(kind) != rule.grade else ""
    return values.outcomes[kind] + other + (f", since {first}" if first else "")


def figure(rule: NormRule) -> str:
    """The figure of a norm in words: "at least 15 caravans"."""
    values = rule.values
    unit = f" {values.unit}" if values.unit else ""
    parts = []
    if values.comparison == "between":
        parts.append(f"between {values.low:g} and {values.high:g}{unit}")
    elif values.comparison in SIGNS and values.value is not None:
        parts.append(f"{SIGNS[values.comparison]} {values.value:g}{unit}")
    for kind, levels in values.levels.items():
        shown = ", ".join(f"{name} {state}" for name, state in levels.items())
        parts.append(shown if kind == "all" else f"{kind}: {shown}")
    if values.requirements:
        parts.append("; ".join(one["en"] for one in values.requirements))
    parts += [f"{name.replace('_', ' ')}: {value}" for name, value in values.facts.items()]
    return "; ".join(parts)


def _norms(rules: Sequence[NormRule]) -> Iterator[str]:
    yield from _head("norm", "region", "for", "figure", "binding", "whose", "from", "to", "grade")
    for rule in _sorted(rules):
        values = rule.values
        where = TITLES[rule.region] if rule.region != "elsewhere" else values.country
        kinds = "all" if set(values.site_types) == set(SITE_TYPES) else ", ".join(values.site_types)
        said = f"{values.quantity['en']}: {figure(rule)}"
        yield _row(
            _named(rule), where, kinds, said, "yes" if values.binding else "no", WHOSE[values.threshold_kind],
            *_dates(rule), rule.grade,
        )  # fmt: skip


def _regimes(rules: Sequence[SubsidyRule]) -> Iterator[str]:
    yield from _head("regime", "from", "to", "kind", "rates", "caps and flat aid", "who may apply", "grade", "source")
    for rule in sorted(rules, key=lambda one: (REGIONS.index(one.region), one.valid_from)):
        values = rule.values
        who = MISSING
        if values.beneficiaries is not None:
            who = ", ".join(word("initiators", name, "en") for name in values.beneficiaries)
        yield _row(
            f"**{values.regime}**<br>{rule.title['en']}", *_dates(rule), values.availability.replace("_", " "),
            rates(rule), _caps(rule), who, rule.grade, _cited(rule),
        )  # fmt: skip


def rates(rule: SubsidyRule) -> str:
    """Rates by cost type: "layout 90 %, acquisition not found"."""
    found = rule.values.rates
    said = ", ".join(
        f"{word('cost_types', name, 'en')} {MISSING if rate is None else f'{_percent(rate)}'}"
        for name, rate in found.items()
    )
    return ("up to: " if rule.values.rates_are_ceilings and said else "") + (said or "none")


def _caps(rule: SubsidyRule) -> str:
    values = rule.values
    parts = []
    if values.caps is None:
        parts.append(f"cap {MISSING}")
    for cap in values.caps or ():
        types = ", ".join(word("cost_types", name, "en") for name in cap.cost_types)
        kind = {"per_pitch": "per pitch", "per_project": "per project", "valuation": "official valuation"}[cap.kind]
        parts.append(f"EUR {euros(cap.amount)} {kind} ({types})" if cap.amount is not None else f"{kind} ({types})")
    if values.surcharge is not None:
        parts.append(f"plus {_percent(values.surcharge.rate)}: {values.surcharge.what['en']}")
    if values.vat_open is not None:
        parts.append(f"VAT of {_percent(values.vat_open)} open")
    if values.flat is not None:
        parts.append(
            f"EUR {euros(values.flat.amount)} a {values.flat.per} ({word('cost_types', values.flat.cost_type, 'en')})"
        )
    if values.envelope is not None:
        parts.append(f"EUR {euros(values.envelope)} for all files together")
    if values.carry_on is not None:
        parts.append(f"carries on: {values.carry_on.text['en']}")
    return "; ".join(parts) or "none"


def _contradictions(rules: Sequence[Rule]) -> Iterator[str]:
    for rule in _sorted(rules):
        if not rule.entry_into_force and not rule.contradictions:
            continue
        yield f"- **{rule.title['en']}** (`{rule.id}`, from {rule.valid_from or 'no date'})"
        if rule.entry_into_force:
            days = "; ".join(f"{one.date} ({one.source})" for one in rule.entry_into_force)
            yield f"  - Entry into force: {days}. Used: {rule.valid_from}."
        for one in rule.contradictions:
            said = f"[{one.says}]({one.source})" if one.source else one.says
            yield f"  - Says: {said} Decided: {one.resolved}"


def _not_found(rules: Sequence[Rule]) -> Iterator[str]:
    for rule in _sorted(rules):
        gaps = list(missing(rule))
        if gaps:
            yield f"- `{rule.id}` ({rule.title['en']}, from {rule.valid_from or 'no date'}): {', '.join(gaps)}"


def missing(rule: Rule) -> Iterator[str]:
    """What was looked for and not found for a rule."""
    if rule.valid_from is None:
        yield "first day"
    if not rule.articles:
        yield "articles"
    if any(one.article is None for one in rule.conditions):
        yield "article of a condition"
    if isinstance(rule, SubsidyRule):
        values = rule.values
        types = [word("cost_types", name, "en") for name, rate in values.rates.items() if rate is None]
        if types:
            yield f"rate for {', '.join(types)}"
        if values.caps is None:
            yield "cap"
        if values.beneficiaries is None:
            yield "who may apply"
    if isinstance(rule, PermitRule) and rule.values.required and rule.values.decision_days is None:
        yield "days in which is decided"
    if isinstance(rule, ZoningRule) and "unknown" in rule.values.outcomes.values():
        kinds = [kind for kind in SITE_TYPES if rule.values.outcomes[kind] == "unknown"]
        yield f"answer for {', '.join(kinds)}"


def _percent(share: Any) -> str:
    return f"{float(share) * 100:g} %"
