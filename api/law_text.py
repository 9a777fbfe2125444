"""Rules, what holds in a place, a draft's reach and a pack's preview as lines of text.

Contract: every label stands in `LABELS` (or in the words of the evaluator) and is translated; what is null because
nobody found it reads "not found".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from babel.numbers import format_percent

from api.i18n import Translator
from sites.law.subsidies.wording import words

NOT_FOUND = "not found"
#: A null here means "looked for and not found"; any other null means that the value does not apply.
LOOKED_FOR = ("beneficiaries", "caps", "envelope", "decision_days", "max_days", "rates", "article", "lead_time")
#: Shown elsewhere, or only for programs.
LEFT_OUT = ("regime", "zoning_classes", "site_types")
LABELS = (
    "act", "articles", "availability", "beneficiaries", "binding", "calls", "caps", "carry on",
    "cases", "changed", "comparison", "completion months", "conditions", "contradictions", "country",
    "deadlines", "decision days", "definitions", "does not hold", "ended", "entry into force", "envelope", "examples",
    "facts", "flags", "flat", "grade", "grades", "high", "holds", "holds from", "holds to", "last checked", "levels",
    "low", "max days", "more than six months ago", "new", "no", "norms", "not dated", "not found", "notes",
    "official text read", "open", "outcome valid from", "outcomes", "permits", "plan levels", "precedents",
    "published", "quantity", "rates", "rates are ceilings", "reasons", "region", "removed", "required", "requirements",
    "resolved", "run as tests", "secondary source", "inferred", "unconfirmed", "silence", "site", "sources",
    "subsidies", "successor", "surcharge", "terms", "text", "threshold kind", "unit", "value", "values", "vat cost types",
    "vat open", "what a reader must know", "who could answer", "who decides", "yes", "zones", "zoning titles",
    "definition", "norm", "permit", "subsidy", "zoning", "flanders", "wallonia", "brussels",
    "german-speaking-community", "elsewhere", "residential", "transit", "family", "temporary", "gathering", "pass",
    "conditional", "derogation", "fail", "unknown", "official", "foreign norm", "our choice", "granted", "refused",
    "at least", "at most", "more than", "between", "none", "standing", "call", "call only", "other law", "no order",
    "enabling", "information", "never adopted", "stopped", "excluded", "none found", "per pitch", "per project",
    "valuation", "amount", "cost types", "rate", "what", "source", "says", "min area m2", "road access", "all year",
    "NUMAC", "rule", "role", "overrules", "adds", "base", "class", "every type",
)  # fmt: skip
#: Sentences with values.
SENTENCES = (
    "Scenario: a draft, not law. Nothing of it is part of a public answer.",
    "Law of {day}; rules last checked between {oldest} and {newest}.",
    "Whose law: {region}. Who could answer what is not known: {who}.",
    "Asked: at least {count} caravans.",
    "Asked: at least {area} m² of usable area.",
    "Asked: access by road.",
    "Asked: open all year.",
    "No municipality of this region is scored for this type of site: what the draft reaches is not known.",
    "Municipalities: {reached} of {scored} have land that meets the draft, {perhaps} more may have.",
    "Parcels, {verdict}: {reached} meet the draft, {perhaps} may, {too_small} are too small, {no_road} have no road.",
    "Road of the parcels with room: {yes} have one, {no} have none, {unknown} not known.",
    "Existing sites: {meet} meet it, {perhaps} may, {too_small} are too small.",
    "No existing sites are loaded.",
    "Not known of existing sites: {names}.",
    "Projects the envelope pays at the cap: {low} to {high}.",
    "How many projects the envelope pays is not known: the draft gives no {names}.",
    "A pitch of the estimate is counted as one caravan; they are not one unit.",
    "{old} → {new}",
    "and {count} more",
    "{name} lies in: {region}",
    "compatible so far",
    "needs derogation so far",
    "area",
    "road",
    "caravans",
    "cap",
)
GRADES = {"A": "official text read", "B": "secondary source", "C": "inferred", "U": "unconfirmed"}
REGION_NAMES = {
    "flanders": "Flanders", "wallonia": "Wallonia", "brussels": "Brussels",
    "german-speaking-community": "German-speaking Community", "elsewhere": "elsewhere",
}  # fmt: skip
VERDICTS = {
    "compatible": "compatible",
    "needs_derogation": "needs derogation",
    "unknown_so_far_compatible": "compatible so far",
    "unknown_so_far_needs_derogation": "needs derogation so far",
}


def name_of(value: object, translate: Translator) -> str:
    """A word of the data in the reader's language; as it is written where there is none."""
    if isinstance(value, bool):
        return translate("yes" if value else "no")
    text = str(value)
    for group in ("cost_types", "initiators"):
        if text in words()[group]:
            return words()[group][text][translate.language]
    if translate.language == "en" and text in REGION_NAMES:
        return REGION_NAMES[text]
    spaced = {"all": "every type"}.get(text, text.replace("_", " "))
    return translate(spaced) if spaced in LABELS else text


def label(name: str, translate: Translator) -> str:
    """Name of a field in the reader's language."""
    return translate({"say": "what a reader must know", "numac": "NUMAC"}.get(name, name.replace("_", " ")))


def rule_lines(item: dict[str, Any], translate: Translator, as_of: str | None = None) -> Iterator[str]:
    """One version of a rule in full; with a day, whether it holds on it."""
    values = item["values"]
    yield item["title"]
    yield "  ".join(part for part in (item["id"], values.get("regime")) if part)
    for name in ("region", "act", "articles", "numac", "published"):
        yield f"{label(name, translate)}: {_joined(item[name], translate)}"
    start = item["valid_from"] or translate("not dated")
    yield f"{translate('holds from')}: {start}; {translate('holds to')}: {item['valid_to'] or translate('open')}"
    if as_of is not None:
        yield f"{as_of}: " + translate("holds" if item["in_force"] else "does not hold")
    if item["entry_into_force"]:
        dates = "; ".join(f"{one['date']} ({one['source']})" for one in item["entry_into_force"])
        yield f"{translate('entry into force')}: {dates}"
    stale = f" ({translate('more than six months ago')})" if item["checked_stale"] else ""
    yield f"{translate('last checked')}: {item['checked_on']}{stale}"
    yield f"{translate('grade')}: {item['grade']}, {translate(GRADES[item['grade']])}"
    yield f"{translate('values')}:"
    yield from value_lines(values, translate)
    yield from _parts(item, translate)
    yield f"{translate('examples')}: {item['examples']} ({translate('run as tests')})"


def value_lines(values: dict[str, Any], translate: Translator, indent: str = "  ") -> Iterator[str]:
    """Values of a rule, one per line; what does not apply is left out."""
    for name, value in values.items():
        if name in LEFT_OUT or value in ([], {}, False) or (value is None and name not in LOOKED_FOR):
            continue
        if name == "rates":
            value = {key: None if rate is None else _percent(rate, translate) for key, rate in value.items()}
        if name == "levels" and isinstance(value, dict):
            # Names of classes are words of the map.
            value = {
                kind: [f"{one.replace('_', ' ')}: {name_of(state, translate)}" for one, state in levels.items()]
                for kind, levels in value.items()
            }
        if isinstance(value, dict):
            yield f"{indent}{label(name, translate)}:"
            for key, one in value.items():
                yield f"{indent}  {name_of(key, translate)}: {_joined(one, translate)}"
        elif isinstance(value, list) and any(isinstance(one, dict) for one in value):
            yield f"{indent}{label(name, translate)}:"
            yield from (f"{indent}  - {_joined(one, translate)}" for one in value)
        else:
            yield f"{indent}{label(name, translate)}: {_joined(value, translate)}"


def _parts(item: dict[str, Any], translate: Translator) -> Iterator[str]:
    if item["conditions"]:
        yield f"{translate('conditions')}:"
    for one in item["conditions"]:
        article = one["article"] or translate(NOT_FOUND)
        lead = f"; {one['lead_time']}" if one["lead_time"] else ""
        yield f"  - {one['what']} {translate('who decides')}: {one['who_decides']}; {article}{lead}"
    yield f"{translate('sources')}:"
    for one in item["sources"]:
        grade = f" ({one['grade']})" if one["grade"] else ""
        yield f"  - {one['url']}{grade} {one['supports']}"
    if item["contradictions"]:
        yield f"{translate('contradictions')}:"
    for one in item["contradictions"]:
        where = f" {one['source']}" if one["source"] else ""
        yield f"  - {one['says']}{where} {translate('resolved')}: {one['resolved']}"
    if item["notes"]:
        yield f"{translate('notes')}:"
        yield from (f"  - {one}" for one in item["notes"])


def _joined(value: Any, translate: Translator) -> str:
    """A value on one line."""
    if value is None or value == []:
        return translate(NOT_FOUND)
    if isinstance(value, dict):
        kept = {key: one for key, one in value.items() if one not in (None, [], {})}
        return "; ".join(f"{label(key, translate)}: {_joined(one, translate)}" for key, one in kept.items())
    if isinstance(value, list):
        return ", ".join(_joined(one, translate) for one in value)
    return name_of(value, translate)


def _percent(share: object, translate: Translator) -> str:
    return str(format_percent(float(str(share)), "0.##%", translate.language))


def law_lines(found: dict[str, Any], translate: Translator) -> Iterator[str]:
    """What holds in a municipality on a day."""

    def say(sentence: str, **values: object) -> str:
        return translate(sentence).format(**values)

    region = name_of(found["region"], translate)
    yield say("{name} lies in: {region}", name=f"{found['name']} ({found['municipality']})", region=region)
    yield say(
        "Whose law: {region}. Who could answer what is not known: {who}.", region=region, who=found["who_could_answer"]
    )
    missing = translate(NOT_FOUND)
    oldest, newest = (found["checked"][name] or missing for name in ("oldest", "newest"))
    stale = f" ({translate('more than six months ago')})" if found["checked_stale"] else ""
    day = found["as_of"]
    yield (
        say("Law of {day}; rules last checked between {oldest} and {newest}.", day=day, oldest=oldest, newest=newest)
        + stale
    )
    yield f"{translate('plan levels')}:"
    for one in found["plan_levels"]:
        yield f"  {one['values']['text']} [{one['id']}]"
        levels = ", ".join(f"{level['id']} ({translate(level['role'])})" for level in one["values"]["levels"])
        yield f"  {translate('levels')}: {levels or missing}"
    if not found["plan_levels"]:
        yield f"  {missing}"
    yield f"{translate('zones')}:"
    groups: dict[str, list[str]] = {}
    for zone in found["zoning"]:
        states = "; ".join(
            f"{name_of(kind, translate)}: {name_of(one['state'], translate)}" for kind, one in zone["outcomes"].items()
        )
        groups.setdefault(states, []).append(zone["title"])
    yield from (f"  {', '.join(titles)}: {states}" for states, titles in groups.items())
    for name in ("permits", "norms", "definitions"):
        yield f"{translate(name)}:"
        yield from (f"  {one['title']} [{one['id']}]" for one in found[name])
        if not found[name]:
            yield f"  {missing}"
    yield f"{translate('subsidies')}:"
    yield from (f"  {one['id']}: {one['title']}: {one['status_title']}" for one in found["subsidies"])
    if not found["subsidies"]:
        yield f"  {missing}"


def preview_lines(found: dict[str, Any], translate: Translator, most: int = 6) -> Iterator[str]:
    """Changes of a pack, at most `most` fields per rule."""
    for change in found["rules"]:
        yield f"{translate(change['what'])}: {change['rule']} ({change['valid_from'] or translate('not dated')})"
        for one in change["fields"][:most]:
            pair = {end: translate(NOT_FOUND) if one[end] is None else str(one[end]) for end in ("old", "new")}
            yield f"  {one['field']}: " + translate("{old} → {new}").format(**pair)
        if len(change["fields"]) > most:
            yield "  " + translate("and {count} more").format(count=len(change["fields"]) - most)


def reach_lines(found: dict[str, Any], translate: Translator) -> Iterator[str]:
    """What a draft call would reach."""

    def say(sentence: str, **values: object) -> str:
        return translate(sentence).format(**values)

    def names(items: list[str]) -> str:
        return ", ".join(translate(one.replace("_", " ")) for one in items)

    yield found["title"]
    yield say("Scenario: a draft, not law. Nothing of it is part of a public answer.")
    asked = found["asked"]
    if asked["caravans"] is not None:
        yield say("Asked: at least {count} caravans.", count=asked["caravans"])
    if asked["area_m2"] is not None:
        yield say("Asked: at least {area} m² of usable area.", area=f"{asked['area_m2']:g}")
    if asked["road_access"]:
        yield say("Asked: access by road.")
    if asked["all_year"]:
        yield say("Asked: open all year.")
    if found["candidates"] is None:
        yield say(
            "No municipality of this region is scored for this type of site: what the draft reaches is not known."
        )
    else:
        yield say(
            "Municipalities: {reached} of {scored} have land that meets the draft, {perhaps} more may have.",
            **found["municipalities"],
        )
        for verdict, counts in found["candidates"].items():
            yield say(
                "Parcels, {verdict}: {reached} meet the draft, {perhaps} may, {too_small} are too small, {no_road} have no road.",
                verdict=translate(VERDICTS[verdict]),
                **counts,
            )
        yield say(
            "Road of the parcels with room: {yes} have one, {no} have none, {unknown} not known.", **found["road"]
        )
        yield say("A pitch of the estimate is counted as one caravan; they are not one unit.")
    if found["sites"] is None:
        yield say("No existing sites are loaded.")
    else:
        counts = {name: len(found["sites"][name]) for name in ("meet", "perhaps", "too_small")}
        yield say("Existing sites: {meet} meet it, {perhaps} may, {too_small} are too small.", **counts)
        if found["sites"]["not_known"]:
            yield say("Not known of existing sites: {names}.", names=names(found["sites"]["not_known"]))
    paid = found["projects"]
    if paid["low"] is None:
        yield say(
            "How many projects the envelope pays is not known: the draft gives no {names}.",
            names=names(paid["missing"]),
        )
    else:
        yield say("Projects the envelope pays at the cap: {low} to {high}.", low=paid["low"], high=paid["high"])
