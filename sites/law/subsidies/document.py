"""The `subsidy estimate` document: an assessment as the command line and the HTTP interface write it.

Contract: pure; amounts are decimal strings with two places, rates numbers 0..1, what was not found is null. The keys of
the design stay; more may be added.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from sites.law.loader import pack_version
from sites.law.model import Language
from sites.law.outcome import is_stale
from sites.law.subsidies.amounts import Line
from sites.law.subsidies.conditions import ConditionState
from sites.law.subsidies.evaluate import Assessment
from sites.law.subsidies.money import text
from sites.law.subsidies.rule import SubsidyRule
from sites.law.subsidies.standing import RegimeState
from sites.law.subsidies.wording import assumption_text, condition_title, note_texts, text_of, word


def estimate_document(
    assessment: Assessment, language: Language, *, checked_against: date | None = None
) -> dict[str, Any]:
    """The `subsidy estimate` of the design.

    Parameters
    ----------
    language : language of titles, notes and text.
    checked_against : day against which the age of the last check is judged; the day of the assessment if None.
    """
    against = checked_against or assessment.as_of
    return {
        "region": assessment.project.region,
        "as_of": assessment.as_of.isoformat(),
        "rule_pack": pack_version(),
        "verdict": assessment.verdict,
        "regimes": [_regime(one, language, against) for one in assessment.regimes],
        "cost_lines": [_line(one, language) for one in assessment.lines],
        "surcharge": assessment.surcharge.as_dict(),
        "total": assessment.total.as_dict(),
        "yearly": [
            {"regime": one.rule.values.regime, "amount": text(one.amount), "per": "year"} for one in assessment.yearly
        ],
        "conditions": [_condition(one, language) for one in assessment.conditions],
        "assumptions": [assumption_text(name, rule, language) for name, rule in assessment.assumptions],
        "also": [_regime(one, language, against) for one in assessment.others],
        "text": text_of(assessment, language, checked_against=against),
    }


def regime_document(rule: SubsidyRule, language: Language, against: date) -> dict[str, Any]:
    """One regime as a list shows it; nothing of it depends on a project.

    Parameters
    ----------
    against : day against which the age of the last check is judged.
    """
    values = rule.values
    return {
        "id": values.regime,
        "rule": rule.id,
        "title": rule.title[language],
        "region": rule.region,
        "availability": values.availability,
        "site_types": values.site_types,
        "valid_from": _iso(rule.valid_from),
        "valid_to": _iso(rule.valid_to),
        "grade": rule.grade,
        "checked_on": rule.checked_on.isoformat(),
        "checked_stale": is_stale(rule, against),
        "rates": {name: _number(rate) for name, rate in values.rates.items()},
        "rates_are_ceilings": values.rates_are_ceilings,
        "caps": None
        if values.caps is None
        else [{"kind": cap.kind, "cost_types": cap.cost_types, "amount": text(cap.amount)} for cap in values.caps],
        "surcharge": None
        if values.surcharge is None
        else {
            "rate": _number(values.surcharge.rate),
            "cost_types": values.surcharge.cost_types,
            "what": values.surcharge.what[language],
        },
        "flat": None if values.flat is None else {"amount": text(values.flat.amount), "per": values.flat.per},
        "envelope": text(values.envelope),
        "beneficiaries": None
        if values.beneficiaries is None
        else [{"id": name, "title": word("initiators", name, language)} for name in values.beneficiaries],
        "completion_months": values.completion_months,
        "deadlines": [{"what": one.what[language], "source": one.source} for one in values.deadlines],
        "carries_on": None if values.carry_on is None else values.carry_on.text[language],
        "flags": [
            {
                "id": one.id, "unit": one.unit, "low": str(one.low), "high": str(one.high), "text": one.text[language],
                "source": one.source, "grade": one.grade,
            }
            for one in values.flags
        ],
        "successor": values.successor,
        "citations": [{"text": one.supports, "url": one.url, "grade": one.grade or rule.grade} for one in rule.sources],
        "say": values.say[language],
    }  # fmt: skip


def _regime(state: RegimeState, language: Language, against: date) -> dict[str, Any]:
    return {
        **regime_document(state.rule, language, against),
        "status": state.status,
        "status_title": word("statuses", state.status, language),
    }


def _line(line: Line, language: Language) -> dict[str, Any]:
    return {
        "type": line.cost.type,
        "title": word("cost_types", line.cost.type, language),
        "cost": text(line.cost.amount),
        "eligible": text(line.eligible),
        "rate": _number(line.rate),
        "cap": text(line.cap),
        "subsidy": line.subsidy.as_dict(),
        "regime": line.rule.values.regime if line.rule is not None else None,
        "not_known": list(line.open),
        "notes": note_texts(line, language),
    }


def _condition(condition: ConditionState, language: Language) -> dict[str, Any]:
    return {
        "id": condition.id,
        "state": condition.state,
        "title": condition_title(condition, language),
        "regime": condition.rule.values.regime,
        "about": condition.about,
        "citation": condition.citation,
        "url": condition.url or condition.rule.sources[0].url,
    }


def _number(rate: Decimal | None) -> float | None:
    return None if rate is None else float(rate)


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
