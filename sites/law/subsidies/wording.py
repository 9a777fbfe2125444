"""Assessments in words: titles of what they hold, and a text that a council member understands, in four languages.

Contract: pure; words stand in words.yaml, amounts and dates are written as each language writes them. A text names the
day of its law and never calls an amount of another day available.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from importlib.resources import files

import yaml
from babel.dates import format_date
from babel.numbers import format_decimal, format_percent
from pydantic import RootModel

from sites.law.model import Language, Text
from sites.law.outcome import is_stale
from sites.law.subsidies.amounts import Line
from sites.law.subsidies.conditions import ConditionState
from sites.law.subsidies.evaluate import Assessment
from sites.law.subsidies.money import Euros
from sites.law.subsidies.rule import SubsidyRule
from sites.law.subsidies.standing import RegimeState

_LOCALES: dict[Language, str] = {"nl": "nl_BE", "fr": "fr_BE", "de": "de_BE", "en": "en_GB"}


class _Words(RootModel[dict[str, dict[str, Text]]]):
    """Group -> name -> text."""


@cache
def words() -> dict[str, dict[str, Text]]:
    """All words of the evaluator, by group and name."""
    text = files("sites.law.subsidies").joinpath("words.yaml").read_text(encoding="utf-8")
    return _Words.model_validate(yaml.safe_load(text)).root


def word(group: str, name: str, language: Language, **values: str) -> str:
    """One word or sentence with its values filled in."""
    found = words()[group][name][language]
    return found.format(**values) if values else found


def condition_title(condition: ConditionState, language: Language) -> str:
    """A condition as a sentence that would be true if it were met."""
    if condition.text is not None:
        return condition.text[language]
    if condition.id == "initiator":
        known = condition.rule.values.beneficiaries
        who = ", ".join(word("initiators", name, language) for name in known or ())
        return word("conditions", "initiator", language, who=who or word("sentences", "who_unknown", language))
    return word("conditions", condition.id, language)


def note_texts(line: Line, language: Language) -> list[str]:
    """Remarks on a cost line."""
    cap = _euros(line.cap, language) if line.cap is not None else ""
    return [word("notes", name, language, cap=cap) for name in line.notes]


def assumption_text(name: str, rule: SubsidyRule | None, language: Language) -> str:
    """What the figures take for granted."""
    if rule is None:
        return word("assumptions", name, language)
    dates = ", ".join(_day(one.date, language) for one in rule.entry_into_force)
    vat = _share(rule.values.vat_open, language)
    return word("assumptions", name, language, regime=rule.values.regime, dates=dates, vat=vat)


def regime_sentence(state: RegimeState, language: Language) -> str:
    """A regime, what it is to this file, and what a reader must know of it."""
    rule = state.rule
    status = word("statuses", state.status, language)
    if state.status in ("closed", "carried_on") and rule.valid_to is not None:
        name = "ended" if state.status == "closed" else "kept"
        status = word("sentences", name, language, status=status, end=_day(rule.valid_to + timedelta(1), language))
    if state.status == "not_yet" and rule.valid_from is not None:
        status = word("sentences", "starts", language, status=status, start=_day(rule.valid_from, language))
    values = rule.values
    return word(
        "sentences", "regime", language, regime=values.regime, title=rule.title[language], status=status,
        say=values.say[language],
    )  # fmt: skip


def text_of(assessment: Assessment, language: Language, *, checked_against: date | None = None) -> str:
    """The whole assessment as lines of text.

    Parameters
    ----------
    checked_against : day against which the age of the last check is judged; the day of the assessment if None.
    """
    is_possible = assessment.verdict == "unknown" and bool(assessment.applying)
    answer = "possible" if is_possible else assessment.verdict
    lines = [word("sentences", f"answer_{answer}", language, day=_day(assessment.as_of, language))]
    if not assessment.regimes:
        lines.append(word("sentences", "nothing_known", language))
    lines += _regimes(assessment, language)
    lines += [_line(line, language) for line in assessment.lines]
    lines += _sums(assessment, language)
    lines += _owed(assessment, language)
    lines += [assumption_text(name, rule, language) for name, rule in assessment.assumptions]
    against = checked_against or assessment.as_of
    for state in assessment.regimes:
        if is_stale(state.rule, against):
            checked = _day(state.rule.checked_on, language)
            lines.append(word("sentences", "stale", language, regime=state.rule.values.regime, checked=checked))
    return "\n".join(dict.fromkeys(lines))


def _regimes(assessment: Assessment, language: Language) -> Iterator[str]:
    by_id = {one.rule.id: one.rule for one in (*assessment.regimes, *assessment.others)}
    for state in assessment.regimes:
        rule = state.rule
        yield regime_sentence(state, language)
        if state.status == "carried_on" and rule.values.carry_on is not None:
            yield rule.values.carry_on.text[language]
        months = rule.values.completion_months
        if months is not None and state.status in ("open", "carried_on"):
            yield word("sentences", "months", language, months=str(months))
    yield from _calls(assessment, by_id, language)
    named = {one.rule.id for one in assessment.regimes}
    for state in assessment.regimes:
        after = assessment.successors.get(state.rule.id)
        if state.status == "closed" and after is not None and after.id not in named:
            named.add(after.id)
            yield word(
                "sentences", "successor", language,
                regime=after.values.regime, title=after.title[language], say=after.values.say[language],
            )  # fmt: skip
    if any(one.rule.values.availability in ("standing", "call") for one in assessment.applying):
        return
    for state in assessment.others:
        rule = state.rule
        if rule.values.availability == "excluded" and rule.in_force(assessment.as_of) and assessment.verdict != "yes":
            yield regime_sentence(state, language)
        is_basis = rule.values.availability == "enabling" and rule.in_force(assessment.as_of)
        if is_basis and rule.id not in named:
            yield word("sentences", "basis", language, regime=rule.values.regime, title=rule.title[language])


def _calls(assessment: Assessment, by_id: dict[str, SubsidyRule], language: Language) -> Iterator[str]:
    """Aid that comes through calls: which was the last, or that none was found."""
    for condition in assessment.conditions:
        if condition.id != "call_open":
            continue
        calls = [by_id[name] for name in condition.rule.values.calls if name in by_id]
        ended = [one for one in calls if one.valid_to is not None]
        if condition.state == "not_met" and ended and ended[-1].valid_to is not None:
            end = _day(ended[-1].valid_to, language)
            yield word("sentences", "call_closed", language, regime=ended[-1].values.regime, end=end)
        elif condition.state == "unknown" and assessment.verdict != "no":
            checked = _day(condition.rule.checked_on, language)
            yield word("sentences", "call_unknown", language, checked=checked)


def _line(line: Line, language: Language) -> str:
    cost = _capital(word("cost_types", line.cost.type, language))
    remarks = "; ".join(note_texts(line, language))
    notes = f" ({remarks})" if remarks else ""
    said = amount(line.subsidy, language)
    if line.rate is None or line.eligible is None:
        return word("sentences", "line_plain", language, cost=cost, amount=said, notes=notes)
    return word(
        "sentences", "line", language, cost=cost, rate=_share(line.rate, language),
        eligible=_euros(line.eligible, language), amount=said, notes=notes,
    )  # fmt: skip


def _sums(assessment: Assessment, language: Language) -> Iterator[str]:
    if assessment.surcharge.high:
        extra = next(
            line.rule.values.surcharge
            for line in assessment.lines
            if line.rule is not None and line.rule.values.surcharge is not None
        )
        yield word(
            "sentences", "surcharge", language, rate=_share(extra.rate, language), what=extra.what[language],
            amount=amount(assessment.surcharge, language),
        )  # fmt: skip
    if len(assessment.lines) > 1 or assessment.surcharge.high:
        yield word("sentences", "total", language, amount=amount(assessment.total, language))
    for one in assessment.yearly:
        said = _euros(one.amount, language)
        yield word("sentences", "yearly", language, amount=said, regime=one.rule.values.regime)
    for state in assessment.applying:
        yield from (flag.text[language] for flag in state.rule.values.flags)


def _owed(assessment: Assessment, language: Language) -> Iterator[str]:
    kinds: tuple[tuple[str, Sequence[ConditionState]], ...] = (
        ("not_met", [one for one in assessment.conditions if one.state == "not_met"]),
        ("to_show", [one for one in assessment.conditions if one.state == "unknown" and one.about == "eligibility"]),
    )
    # Once the answer is no, what else would have to be shown is noise.
    for name, found in kinds[:1] if assessment.verdict == "no" else kinds:
        told = [one for one in found if one.id not in ("regime_open", "regime_known", "call_open")]
        what = " ".join(dict.fromkeys(condition_title(one, language) for one in told))
        if what:
            yield word("sentences", name, language, what=what)
    for one in assessment.conditions:
        if one.state == "unknown" and one.about == "amount":
            yield word("missing", one.id, language)


def amount(found: Euros, language: Language) -> str:
    """Euros in words: one amount, two ends, or not found."""
    if found.low is None or found.high is None:
        return word("sentences", "unknown_amount", language)
    if found.low == found.high:
        return _euros(found.low, language)
    low = format_decimal(found.low, "#,##0.00", _LOCALES[language])
    return word("sentences", "between", language, low=low, high=_euros(found.high, language))


def _euros(value: Decimal, language: Language) -> str:
    return word("sentences", "euros", language, amount=format_decimal(value, "#,##0.00", _LOCALES[language]))


def _share(value: Decimal | None, language: Language) -> str:
    return "" if value is None else format_percent(value, "0.##\u00a0%", _LOCALES[language])


def _day(day: date, language: Language) -> str:
    text = format_date(day, "long", _LOCALES[language])
    return text.replace("1 ", "1er ", 1) if language == "fr" and day.day == 1 else text


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
