"""Machine code is kept between runs where there is a place for it, and made anew where there is none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from geodata.measure import jit


class NoPlace:
    """A numba that finds no folder to keep anything in."""

    def __init__(self) -> None:
        self.asked: list[bool] = []

    def njit(self, *, cache: bool, **options: Any) -> Callable[[Any], Any]:
        def compiled(function: Any) -> Any:
            self.asked.append(cache)
            if cache:
                raise RuntimeError("cannot cache function: no locator available")
            return function

        return compiled


def test_a_read_only_installation_still_measures(monkeypatch: pytest.MonkeyPatch) -> None:
    numba = NoPlace()
    monkeypatch.setattr(jit, "numba", numba)

    @jit.njit
    def twice(number: int) -> int:
        return 2 * number

    assert twice(21) == 42 and numba.asked == [True, False]
