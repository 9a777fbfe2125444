"""Gap: need less supply, as an interval, and only where a source or a survey states the need."""

from __future__ import annotations

from dataclasses import dataclass

from sites.need.supply import Supply


@dataclass(frozen=True)
class Gap:
    """Pitches that are wanted and not there.

    Attributes
    ----------
    low, high : interval; never below 0. low None = it may be anything from 0; high None = it has no upper end.
    known : False where nobody states a need: then there is no gap to speak of, and it is not 0.
    """

    low: float | None
    high: float | None
    known: bool


def gap_of(low: float | None, high: float | None, supply: Supply | None, *, complete: bool) -> Gap:
    """Need less supply.

    Parameters
    ----------
    low, high : the need; both None = not known.
    supply : of the same place and type; None = no public site is on record.
    complete : are all sites of the place on record?

    Notes
    -----
    Least gap: least need less most supply; most gap: most need less least supply. A supply without an upper end, or of
    which a part may not be on record, may cover the whole need, so that the least gap is 0.
    """
    if low is None and high is None:
        return Gap(None, None, known=False)
    least, most = (0.0, 0.0) if supply is None else (supply.low or 0.0, supply.high)
    lower = 0.0 if most is None or low is None or not complete else max(low - most, 0.0)
    return Gap(lower, None if high is None else max(high - least, 0.0), known=True)
