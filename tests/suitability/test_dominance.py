"""A candidate that dominates another never ranks below it, whatever the weights, and none passes out of its group."""

from __future__ import annotations

from dataclasses import MISSING, fields, replace
from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tables import by_chance

from geodata.measure.table import INTERVALS, Interval, MeasurementTable
from sites.suitability import Assessment, Profile, assess, profiles
from sites.suitability.score import GROUPS

TODAY = date(2026, 11, 24)
_MORE = ("slope_max_deg", "width_m", "frontage_m", "vertices", "parts", "access_xy", "access_class", "access_width_m")


def twins(table: MeasurementTable, closer: float) -> MeasurementTable:
    """Every parcel twice; the second, whose key comes later, is nearer to all services and has more addresses around."""
    rows = np.repeat(np.arange(len(table)), 2)
    second = np.arange(len(rows)) % 2 == 1

    def intervals(kind: str) -> dict[str, Interval]:
        factor = {"reach": closer, "minutes": closer, "counts": 1.0 / closer}.get(kind, 1.0)
        return {
            name: Interval(*(np.where(second, end[rows] * factor, end[rows]) for end in (one.low, one.high)))
            for name, one in getattr(table, kind).items()
        }

    changed: dict[str, Any] = {kind: intervals(kind) for kind in INTERVALS}
    changed["shares"] = {layer: {name: one[rows] for name, one in of.items()} for layer, of in table.shares.items()}
    for kind in ("covered", "unknown", "dates"):
        changed[kind] = {layer: one[rows] for layer, one in getattr(table, kind).items()}
    changed |= {name: getattr(table, name)[rows] for name in _MORE}
    plain = [one.name for one in fields(table) if one.default is MISSING and one.default_factory is MISSING]
    changed |= {name: getattr(table, name)[rows] for name in plain}
    changed["capakey"] = np.array(
        [f"{key}{'b' if late else 'a'}" for key, late in zip(table.capakey[rows], second, strict=True)], dtype=object
    )
    return replace(table, **changed)


def group(found: Assessment, at: int) -> int:
    return GROUPS.index((found.verdict[at], found.so_far[at]))


@pytest.mark.parametrize("profile", profiles(), ids=lambda one: one.id)
@given(seed=st.integers(0, 2**32 - 1), closer=st.floats(0.05, 0.99), weights=st.integers(0, 2**32 - 1))
@settings(max_examples=5, deadline=None)
def test_who_dominates_never_ranks_below(profile: Profile, seed: int, closer: float, weights: int) -> None:
    chance = np.random.default_rng(weights)
    others = [one.model_copy(update={"weight": float(chance.uniform(0.01, 100))}) for one in profile.criteria]
    table = twins(by_chance(seed), closer)
    for used in (profile, profile.model_copy(update={"criteria": others})):
        found = assess(table, used, as_of=TODAY)
        low = np.stack([one.low for one in found.criteria])
        high = np.stack([one.high for one in found.criteria])
        ranked = np.flatnonzero(found.rank > 0)
        middle = (found.score_low + found.score_high) / 2
        for one in ranked:
            better = ranked[(low[:, ranked] >= low[:, [one]]).all(0) & (high[:, ranked] >= high[:, [one]]).all(0)]
            for other in better:
                if other == one or group(found, other) > group(found, one):
                    continue
                assert middle[other] >= middle[one]
                tie = group(found, other) == group(found, one) and middle[other] == middle[one]
                assert found.rank[other] < found.rank[one] or (tie and table.capakey[other] > table.capakey[one])
        # Each second twin is in the group of the first and dominates it: reach is no condition.
        for first in ranked[ranked % 2 == 0]:
            assert group(found, first) == group(found, first + 1)
            assert (low[:, first + 1] >= low[:, first]).all() and (high[:, first + 1] >= high[:, first]).all()
