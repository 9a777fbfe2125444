"""Values of the criteria as they are stored and sent: whole ten-thousandths, in the order of the profile.

Weights sum to one and every value is off by at most half a ten-thousandth, so a score made from them again is off by at
most as much: `TOLERANCE`.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sites.suitability.score import INCOMPATIBLE, Assessment
from sites.suitability.sureness import values_of

SCALE = 10_000
#: Most by which a score of stored values may differ from the score itself; the rest is for floating point.
TOLERANCE = 0.5 / SCALE + 1e-9

Values = tuple[list[int] | None, list[int] | None]


def compact(assessment: Assessment) -> Iterator[Values]:
    """(values low, values high) of each parcel; high is None where it equals low, both are None for incompatible ones."""
    low, high, _ = values_of(assessment)
    first, last = (np.rint(one * SCALE).astype(np.int64) for one in (low, high))
    certain = (first == last).all(axis=1)
    shown = assessment.verdict != INCOMPATIBLE
    for at in range(len(assessment)):
        if not shown[at]:
            yield None, None
        else:
            yield first[at].tolist(), None if certain[at] else last[at].tolist()
