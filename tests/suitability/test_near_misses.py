"""What would help: counts of parcels that one thing alone keeps out, never a promise."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sites.suitability import assess, load_profile
from sites.suitability.near_misses import Wishes, near_misses
from sites.suitability.states import FAIL
from tests.suitability.tables import by_chance, one_good

DAY = date(2026, 1, 1)
PROFILE = load_profile("flanders", "residential")


def test_one_obstacle_alone_is_named_with_the_verdict_without_it() -> None:
    steep = assess(one_good(slope_deg=15.0), PROFILE, as_of=DAY)
    found = near_misses(steep, Wishes(), [[]])
    slope = next(one for one in found.obstacles if one.constraint == "slope")
    assert found.compatible == 0 and (slope.fails, slope.alone, slope.then, slope.liftable) == (
        1,
        1,
        {"compatible": 1},
        True,
    )
    assert found.obstacles[0] == slope
    drowned = assess(one_good(slope_deg=15.0, shares={"flood": {"D": 1.0}}), PROFILE, as_of=DAY)
    both = {one.constraint: one for one in near_misses(drowned, Wishes(), [[]]).obstacles}
    assert both["slope"].alone == both["flood"].alone == 0 and both["slope"].fails == both["flood"].fails == 1
    assert not both["flood"].liftable


def test_fewer_pitches_and_other_owners_help() -> None:
    small = assess(one_good(owner_class="private"), PROFILE, as_of=DAY)
    room = int(small.pitches_high[0])
    wanted = near_misses(small, Wishes(pitches=room + 2), [[]])
    assert wanted.compatible == 0 and wanted.fewer == {room: 1}
    owned = near_misses(small, Wishes(owners=("municipality",)), [[]])
    assert (owned.compatible, owned.other_owners) == (0, 1)


def test_what_waits_for_one_layer_only() -> None:
    open_ = assess(
        one_good(unknown={"soil": "not_loaded"}, covered={"soil": 0.0}, shares={"soil": {}}), PROFILE, as_of=DAY
    )
    found = near_misses(open_, Wishes(), [["soil"]])
    assert (found.compatible, found.unknown, found.waiting_for) == (0, 1, {"soil": 1})
    assert near_misses(open_, Wishes(), [["soil", "flood"]]).waiting_for == {}


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 30))
def test_counts_agree_with_a_count_one_by_one(seed: int, pitches: int) -> None:
    found = assess(by_chance(seed, 40), PROFILE, as_of=DAY)
    told = near_misses(found, Wishes(pitches=pitches), [[] for _ in range(len(found))])
    room = [high < 0 or high >= pitches for high in found.pitches_high]
    assert told.compatible == sum(ok and one == "compatible" for ok, one in zip(room, found.verdict, strict=True))
    states = np.stack([one.state for one in found.constraints])
    for one in told.obstacles:
        at = next(i for i, result in enumerate(found.constraints) if result.constraint.id == one.constraint)
        assert one.fails == int((states[at] == FAIL).sum())
        assert one.alone == sum(states[at, row] == FAIL and (states[:, row] == FAIL).sum() == 1 for row in range(40))
        assert sum(one.then.values()) <= one.alone
    assert [one.area_m2 for one in told.obstacles] == pytest.approx(
        sorted((one.area_m2 for one in told.obstacles), reverse=True)
    )
