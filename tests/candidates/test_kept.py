"""Answers kept in the process: made once, the one not asked for longest goes first, a failure is not kept."""

from __future__ import annotations

import threading

import pytest

from sites.candidates.kept import Kept


def test_the_one_not_asked_for_longest_goes_first() -> None:
    made: list[str] = []
    kept: Kept[str] = Kept(2)
    for key in ("a", "b", "a", "c", "a", "b"):
        assert kept.get(key, lambda key=key: made.append(key) or key.upper()) == key.upper()
    assert made == ["a", "b", "c", "b"]


def test_asked_for_by_many_at_once_it_is_made_once_and_another_does_not_wait() -> None:
    kept: Kept[int] = Kept(3)
    begun, free, made = threading.Event(), threading.Event(), []

    def slow() -> int:
        begun.set()
        assert free.wait(10)
        made.append(1)
        return 7

    found: list[int] = []
    threads = [threading.Thread(target=lambda: found.append(kept.get("slow", slow))) for _ in range(4)]
    for thread in threads:
        thread.start()
    assert begun.wait(10)
    assert kept.get("other", lambda: 8) == 8
    free.set()
    for thread in threads:
        thread.join(10)
    assert found == [7] * 4
    assert made == [1]


def test_what_could_not_be_made_is_tried_again() -> None:
    kept: Kept[int] = Kept(1)
    with pytest.raises(ZeroDivisionError):
        kept.get("a", lambda: 1 // 0)
    assert kept.get("a", lambda: 3) == 3
