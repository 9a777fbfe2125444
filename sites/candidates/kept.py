"""Answers kept in the process for the next question: a few, the one not asked for longest goes first.

What is kept must never change for its key. A run never does, but its id is one of its database only: `key_of` says which.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, Generic, TypeVar

import psycopg

Value = TypeVar("Value")


class Kept(Generic[Value]):
    """At most `most` answers; an answer is made once, and whoever asks for the same one meanwhile waits for it."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._kept: OrderedDict[Hashable, Value] = OrderedDict()
        self._making: dict[Hashable, Lock] = {}
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """The answer of a key, made now where it is not kept."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
            making = self._making.setdefault(key, Lock())
        with making:
            with self._lock:
                if key in self._kept:
                    return self._kept[key]
            try:
                made = make()
                with self._lock:
                    self._kept[key] = made
                    while len(self._kept) > self.most:
                        self._kept.popitem(last=False)
                return made
            finally:
                with self._lock:
                    self._making.pop(key, None)


def key_of(connection: psycopg.Connection[Any], *parts: Hashable) -> tuple[Hashable, ...]:
    """A key that holds in one database only."""
    info = connection.info
    return (info.host, info.port, info.dbname, *parts)
