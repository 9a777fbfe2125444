"""Amounts of cost lines under regimes: rates, caps, valuation, VAT, surcharge.

Contract: pure, Decimal. The cap per pitch limits the subsidy of its cost types together, before surcharge and VAT.
Low is without VAT, high with it where VAT is open. Acquisition under a valuation counts up to that valuation; without
one the low end is 0.00. A rate nobody found gives an amount nobody knows, never a guess.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from typing import Literal

from sites.law.subsidies.money import CENT, NOTHING, UNKNOWN, ZERO, Euros, cents, total
from sites.law.subsidies.project import CostLine, Project
from sites.law.subsidies.rule import Cap, CostType, SubsidyRule

_ONE = Decimal(1)


@dataclass(frozen=True)
class Line:
    """One cost line.

    Attributes
    ----------
    eligible : what the rate is applied to; None where the line is not covered or nothing is known.
    rule : regime it is counted under; None = none covers it.
    cap : euros for all lines of the cap together; None = no cap, or none found (then "cap" is in `open`).
    notes : names of remarks, worded elsewhere.
    open : names of what leaves the amount open: cap, rate, valuation, pitches, cost_eligible.
    """

    cost: CostLine
    rule: SubsidyRule | None
    eligible: Decimal | None
    rate: Decimal | None
    cap: Decimal | None
    subsidy: Euros
    notes: tuple[str, ...] = ()
    open: tuple[str, ...] = ()


@dataclass(frozen=True)
class Yearly:
    """A flat yearly aid."""

    rule: SubsidyRule
    amount: Decimal


def count_lines(project: Project, counting: Sequence[SubsidyRule], *, refused: bool, silent: bool) -> list[Line]:
    """Subsidy of each cost line, in the order given.

    Parameters
    ----------
    counting : regimes that apply, first the one a line is counted under when several cover it.
    refused : the answer is no: what no regime covers gets 0.00.
    silent : no regime is known at all: amounts are not known.
    """
    chosen = [_regime_of(cost, counting) for cost in project.costs]
    lines: list[Line | None] = [None] * len(chosen)
    for at, (cost, rule) in enumerate(zip(project.costs, chosen, strict=True)):
        if rule is None:
            unknown = silent and not refused
            lines[at] = Line(
                cost, None, None, None, None, UNKNOWN if unknown else ZERO, ("not_covered",) * (not unknown)
            )
    for rule in {one.id: one for one in chosen if one is not None}.values():
        places = [at for at, one in enumerate(chosen) if one is not None and one.id == rule.id]
        for at, line in zip(places, _under(project, rule, [project.costs[at] for at in places]), strict=True):
            lines[at] = line
    return [line for line in lines if line is not None]


def coverage(rule: SubsidyRule, kind: CostType) -> Literal["yes", "perhaps", "no"]:
    """Does a regime pay for a cost type? Perhaps, where a call still has to say so or another name may cover it."""
    values = rule.values
    if kind in values.covered:
        return "yes"
    if kind != "running" and values.availability == "call_only":
        return "perhaps"
    # Service buildings, connections and accessible paths are what the schemes ask of a layout.
    return "perhaps" if kind in ("equipment", "accessibility") and "layout" in values.rates else "no"


def _regime_of(cost: CostLine, counting: Sequence[SubsidyRule]) -> SubsidyRule | None:
    """Regime with the highest known rate for the cost type; of equals the first; else one that perhaps covers it."""
    covering = [rule for rule in counting if coverage(rule, cost.type) == "yes"]
    if not covering:
        return next((rule for rule in counting if coverage(rule, cost.type) == "perhaps"), None)
    return max(covering, key=lambda rule: (_flat_for(rule, cost), rule.values.rates.get(cost.type) or Decimal(-1)))


def _flat_for(rule: SubsidyRule, cost: CostLine) -> bool:
    return rule.values.flat is not None and rule.values.flat.cost_type == cost.type


def _under(project: Project, rule: SubsidyRule, costs: Sequence[CostLine]) -> list[Line]:
    """Lines of one regime; caps, the valuation and a flat amount bind them together."""
    lines: list[Line | None] = [None] * len(costs)
    for group, work in (
        ([at for at, cost in enumerate(costs) if _flat_for(rule, cost)], _flat_lines),
        ([at for at, cost in enumerate(costs) if _is_valued(rule, cost)], _valued_lines),
    ):
        for at, line in zip(group, work(project, rule, [costs[at] for at in group]), strict=True):
            lines[at] = line
    found = [line or _plain(rule, cost) for line, cost in zip(lines, costs, strict=True)]
    for cap in rule.values.caps or ():
        if cap.kind != "valuation":
            found = _capped(project, cap, found)
    return [_with_vat(rule, line) for line in found]


def _flat_lines(_: Project, rule: SubsidyRule, costs: Sequence[CostLine]) -> list[Line]:
    """A flat amount, once for all lines together; it must be justified by real costs."""
    flat = rule.values.flat
    if flat is None:
        return []
    lows = _scaled([cost.amount for cost in costs], flat.amount)
    left = flat.amount - sum(lows, NOTHING)
    more = _scaled([left for _ in costs], left)
    return [
        Line(cost, rule, cost.amount, None, flat.amount, Euros(cents(low), cents(low + extra)), ("flat",))
        for cost, low, extra in zip(costs, lows, more, strict=True)
    ]


def _is_valued(rule: SubsidyRule, cost: CostLine) -> bool:
    return any(
        cap.kind == "valuation" and cost.type in cap.cost_types and rule.values.rates.get(cost.type) is not None
        for cap in rule.values.caps or ()
    )


def _valued_lines(project: Project, rule: SubsidyRule, costs: Sequence[CostLine]) -> list[Line]:
    """What counts up to one official valuation, shared by all its lines."""
    if project.valuation is None:
        return [_without_valuation(rule, cost) for cost in costs]
    counted = _scaled([cost.amount for cost in costs], project.valuation)
    lines = []
    for cost, eligible in zip(costs, counted, strict=True):
        rate = rule.values.rates[cost.type] or Decimal(0)
        amount = cents(rate * eligible)
        notes = ("valuation_limits",) if eligible < cost.amount else ()
        cap = cents(rate * project.valuation)
        lines.append(Line(cost, rule, eligible, rate, cap, Euros(amount, amount), notes))
    return lines


def _without_valuation(rule: SubsidyRule, cost: CostLine) -> Line:
    rate = rule.values.rates[cost.type] or Decimal(0)
    high = cents(rate * cost.amount)
    return Line(cost, rule, cost.amount, rate, None, Euros(NOTHING, high), ("valuation_missing",), ("valuation",))


def _plain(rule: SubsidyRule, cost: CostLine) -> Line:
    values = rule.values
    if cost.type not in values.rates:
        return Line(cost, rule, None, None, None, UNKNOWN, ("perhaps_covered",), ("cost_eligible",))
    rate = values.rates[cost.type]
    open_ends: tuple[str, ...] = ("cap",) if values.caps is None else ()
    if rate is None:
        return Line(cost, rule, cost.amount, None, None, UNKNOWN, ("rate_not_found",), ("rate", *open_ends))
    amount = cents(rate * cost.amount)
    return Line(cost, rule, cost.amount, rate, None, Euros(amount, amount), (), open_ends)


def _capped(project: Project, cap: Cap, lines: Sequence[Line]) -> list[Line]:
    """Bring the lines of a cap down to it, in proportion."""
    mine = [at for at, line in enumerate(lines) if line.cost.type in cap.cost_types and line.subsidy.high is not None]
    out = list(lines)
    if not mine or cap.amount is None:
        return out
    ends: list[Decimal | None] = [cap.amount, cap.amount]
    if cap.kind == "per_pitch":
        # A site has at least one pitch: without their number the cap is known from below only.
        ends = [cap.amount * (project.pitches or 1), cap.amount * project.pitches if project.pitches else None]
    lows = _scaled([lines[at].subsidy.low or NOTHING for at in mine], ends[0])
    highs = _scaled([lines[at].subsidy.high or NOTHING for at in mine], ends[1])
    for at, low, high in zip(mine, lows, highs, strict=True):
        line = lines[at]
        notes = (*line.notes, "capped") if high < (line.subsidy.high or NOTHING) else line.notes
        missing = ("pitches",) if ends[1] is None and low < high else ()
        out[at] = Line(
            line.cost, line.rule, line.eligible, line.rate, ends[1], Euros(low, high), notes, (*line.open, *missing)
        )
    return out


def _scaled(amounts: Sequence[Decimal], limit: Decimal | None) -> list[Decimal]:
    """Amounts brought down to a limit in proportion, to the cent; none grows, and they add up to the limit."""
    whole = sum(amounts, NOTHING)
    if limit is None or whole <= limit:
        return list(amounts)
    limit = limit.quantize(CENT, rounding=ROUND_DOWN)
    exact = [limit * amount / whole for amount in amounts]
    shares = [one.quantize(CENT, rounding=ROUND_DOWN) for one in exact]
    left = int((limit - sum(shares, NOTHING)) / CENT)
    # The cents that are left go where most was cut off.
    for at in sorted(range(len(shares)), key=lambda one: shares[one] - exact[one])[:left]:
        shares[at] += CENT
    return shares


def _with_vat(rule: SubsidyRule, line: Line) -> Line:
    values = rule.values
    if values.vat_open is None or line.cost.type not in values.vat_cost_types or line.subsidy.high is None:
        return line
    high = cents(line.subsidy.high * (_ONE + values.vat_open))
    subsidy = Euros(line.subsidy.low, high)
    return Line(line.cost, line.rule, line.eligible, line.rate, line.cap, subsidy, line.notes, line.open)


def surcharge_of(lines: Sequence[Line]) -> Euros:
    """Surcharges on the subsidies of the lines, each regime on its own cost types."""
    parts = []
    for line in lines:
        extra = line.rule.values.surcharge if line.rule is not None else None
        if extra is None or line.cost.type not in extra.cost_types:
            continue
        low, high = line.subsidy.low, line.subsidy.high
        parts.append(UNKNOWN if low is None or high is None else Euros(extra.rate * low, extra.rate * high))
    found = total(parts)
    if found.low is None or found.high is None:
        return found
    return Euros(cents(found.low), cents(found.high))


def yearly_of(project: Project, counting: Sequence[SubsidyRule]) -> list[Yearly]:
    """Flat yearly aid of the regimes that apply."""
    return [Yearly(rule, rule.values.flat.amount) for rule in counting if rule.values.flat is not None]
