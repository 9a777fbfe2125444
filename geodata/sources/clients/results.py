"""What one client brings home, before anyone judged an empty answer."""

from __future__ import annotations

from dataclasses import dataclass

from geodata.sources.clients.common import Payload


@dataclass(frozen=True)
class Result:
    """Raw files and the number of features in them.

    Attributes
    ----------
    features : 0 when the service answered that there are none; None for files that were not read.
    checked : a control point was already asked and answered its known value (sampled services).
    dead : a control point was already asked and did not answer it: the rest means nothing.
    """

    payloads: tuple[Payload, ...]
    features: int | None
    notes: tuple[str, ...] = ()
    checked: bool = False
    dead: bool = False


def nothing_came() -> Result:
    """The result of an answer without features."""
    return Result((), 0)
