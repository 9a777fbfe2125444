"""Amounts of cost lines under regimes: rates, caps, valuation, VAT, surcharge.

Contract: pure, Decimal. The cap per pitch limits the subsidy of its cost types together, before surcharge and VAT.
Low is without VAT, high with it where VAT is open. Acquisition under a valuation counts up to that valuation; without
one the low end is 0.00. A rate nobody found gives an amount nobody knows, never a guess.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal

from sites.law.subsidies.money import CENT, NOTHING, UNKNOWN, ZERO, Euros, cents, total
from sites.law.subsidies.project import CostLine, Project
from sites.law.subsidies.rule import Cap, SubsidyRule

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
    open : names of what leaves the amount open: cap, rate, valuation, pitches.
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


def _regime_of(cost: CostLine, counting: Sequence[SubsidyRule]) -> SubsidyRule | None:
    """Regime with the highest known rate for the cost type; of equals the first."""
    covering = [rule for rule in counting if cost.type in rule.values.covered]
    if not covering:
        return None
    return max(covering, key=lambda rule: (_flat_for(rule, cost), rule.values.rates.get(cost.type) or Decimal(-1)))


def _flat_for(rule: SubsidyRule, cost: CostLine) -> bool:
    return rule.values.flat is not None and rule.values.flat.cost_type == cost.type


def _under(project: Project, rule: SubsidyRule, costs: Sequence[CostLine]) -> list[Line]:
    """Lines of one regime; caps bind them together."""
    lines = [_uncapped(project, rule, cost) for cost in costs]
    for cap in rule.values.caps or ():
        if cap.kind != "valuation":
            lines = _capped(project, cap, lines)
    return [_with_vat(rule, line) for line in lines]


def _uncapped(project: Project, rule: SubsidyRule, cost: CostLine) -> Line:
    values = rule.values
    if _flat_for(rule, cost):
        flat = values.flat
        assert flat is not None
        # Flat, but it must be justified by real costs.
        low = min(flat.amount, cost.amount)
        return Line(cost, rule, cost.amount, None, flat.amount, Euros(cents(low), cents(flat.amount)), ("flat",))
    rate = values.rates[cost.type]
    if rate is None:
        return Line(cost, rule, cost.amount, None, None, UNKNOWN, ("rate_not_found",), ("rate",))
    is_valued = any(cap.kind == "valuation" and cost.type in cap.cost_types for cap in values.caps or ())
    open_ends: tuple[str, ...] = ("cap",) if values.caps is None else ()
    if is_valued and project.valuation is None:
        amount = cents(rate * cost.amount)
        return Line(cost, rule, cost.amount, rate, None, Euros(NOTHING, amount), ("valuation_missing",), ("valuation",))
    eligible = min(cost.amount, project.valuation) if is_valued and project.valuation is not None else cost.amount
    notes = ("valuation_limits",) if eligible < cost.amount else ()
    amount = cents(rate * eligible)
    return Line(cost, rule, eligible, rate, None, Euros(amount, amount), notes, open_ends)


def _capped(project: Project, cap: Cap, lines: Sequence[Line]) -> list[Line]:
    """Bring the lines of a cap down to it, in proportion; the last one takes the cents that are left."""
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
