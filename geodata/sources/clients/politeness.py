"""How fast, how often and how long servers are asked: one pace per host, growing pauses, one budget per run."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from geodata.sources.clients.common import BudgetError

#: Pause before the second attempt, seconds; doubled before each further one.
FIRST_PAUSE = 1.0
#: No pause of our own is longer; a server that asks for more (Retry-After) gets it, within the budget.
LONGEST_PAUSE = 60.0


class Pace:
    """Start at most `rate` requests a second per host, and none before a host's own Retry-After is over."""

    def __init__(self, rate: float, clock: Callable[[], float]) -> None:
        self._gap = 1.0 / rate
        self._clock = clock
        self._next: dict[str, float] = {}
        self._lock = threading.Lock()

    def wait_for(self, host: str) -> float:
        """Seconds to wait before the next request to a host may start; its turn is taken."""
        with self._lock:
            now = self._clock()
            start = max(now, self._next.get(host, now))
            self._next[host] = start + self._gap
            return start - now

    def hold(self, host: str, seconds: float) -> None:
        """Ask nothing of a host for some seconds."""
        with self._lock:
            until = self._clock() + seconds
            self._next[host] = max(until, self._next.get(host, until))


class Budget:
    """Seconds a whole run may take; pauses count."""

    def __init__(self, seconds: float, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._seconds = seconds
        self._end = clock() + seconds

    @property
    def left(self) -> float:
        """Seconds that are left, never below zero."""
        return max(0.0, self._end - self._clock())

    def check(self, url: str, pause: float = 0.0) -> None:
        """Refuse to go on, or to pause so long, when the budget does not allow it.

        Raises
        ------
        BudgetError
        """
        left = self.left
        if left <= 0 or pause > left:
            waiting = f"; the server asks to wait {pause:.0f} s" if pause > left > 0 else ""
            raise BudgetError(
                f"the {self._seconds:.0f} s allowed for this run do not suffice{waiting}.",
                "Run it again: what was fetched is kept. Allow more with STANDPLAATS_SOURCES_BUDGET.",
                url=url,
            )


def pause_before(attempt: int, jitter: float) -> float:
    """Seconds before an attempt (2 is the first repeat): doubled each time, of which half is left to chance.

    Parameters
    ----------
    jitter : a number in 0..1.
    """
    # The doubling stops early: the power alone would overflow long before anybody waits so often.
    full = min(LONGEST_PAUSE, FIRST_PAUSE * float(2 ** min(attempt - 2, 10)))
    return full * (0.5 + jitter / 2)


def retry_after(value: str | None, now: datetime | None = None) -> float | None:
    """Seconds of a Retry-After header, given as seconds or as a date; None when it says nothing readable."""
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return max(0.0, (until - (now or datetime.now(UTC))).total_seconds())
