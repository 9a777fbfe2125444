"""What of the ground is not usable for a site by a set of criteria on a day: the one rule for results, areas and layouts.

Contract: buildings, and the `exclusion_set` of the criteria. A map of a later day than that of the law takes nothing away;
all it might take may be gone, so that what is left is then known from above only. Gardens of dwellings are no shapes:
`assess` takes them off as a number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from geodata.measure.table import Interval
from sites.suitability import Profile
from sites.suitability.exclusions import exclusion_set

#: Layer -> day of its newest map, one or one per parcel.
Days = Mapping[str, np.datetime64 | NDArray[np.datetime64]]
#: Layers that no law makes.
_STANDS = ("buildings", "land_use")


@dataclass(frozen=True)
class Taken:
    """What is taken away.

    Attributes
    ----------
    known : layer -> classes, none named = all of it, as `geodata.measure.remaining` takes it.
    later : layers whose map is of a later day: they would take land away, and nothing is known of it.
    cut : what is cut from a shape: `known`, and whatever their day what stands and what is used: no pitch comes there,
        and the measured usable area leaves them out, too.
    """

    known: dict[str, tuple[str, ...]]
    later: tuple[str, ...]
    cut: dict[str, tuple[str, ...]]

    def bounds(self, left: Interval) -> Interval:
        """Square metres left outside `known`, as far as they are known when the later maps are counted."""
        return Interval(np.zeros_like(left.low), left.high) if self.later else left


def taken_away(profile: Profile, as_of: date, law_region: str, days: Days) -> Taken:
    """What is not usable by the criteria and the law of a day, against maps of these days."""
    every: dict[str, tuple[str, ...]] = {"buildings": (), **exclusion_set(profile, as_of, law_region)}
    later = tuple(name for name in every if name in days and np.any(days[name] > np.datetime64(as_of)))
    known = {name: classes for name, classes in every.items() if name not in later}
    return Taken(known, later, {name: every[name] for name in every if name in known or name in _STANDS})
