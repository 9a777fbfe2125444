"""Money: decimal euros, intervals, rounding to cents. An end that nobody found is None."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
NOTHING = Decimal("0.00")


def cents(amount: Decimal) -> Decimal:
    """Rounded half up to cents."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


@dataclass(frozen=True)
class Euros:
    """An amount between two ends; both None where it was not found."""

    low: Decimal | None
    high: Decimal | None

    def as_dict(self) -> dict[str, str | None]:
        """Decimal strings with two places, as the interfaces write money."""
        return {"low": text(self.low), "high": text(self.high)}


UNKNOWN = Euros(None, None)
ZERO = Euros(NOTHING, NOTHING)


def text(amount: Decimal | None) -> str | None:
    """A decimal string with two places."""
    return None if amount is None else f"{cents(amount):.2f}"


def total(parts: Iterable[Euros]) -> Euros:
    """Sum of intervals; not found as soon as one part is."""
    low = high = NOTHING
    for part in parts:
        if part.low is None or part.high is None:
            return UNKNOWN
        low, high = low + part.low, high + part.high
    return Euros(low, high)
