"""The nearest other dwelling: what stands on the parcel itself is no neighbour of it."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geodata.measure import Coverage, Layer, Layers, Parcels, measure
from geodata.measure.flat import FlatPolygons
from geodata.measure.measure import OWN_M
from geodata.measure.nearest import nearest_beside, nearest_distance
from sites.suitability import assess, load_profile
from sites.suitability.states import NAMES

FIELD = shapely.box(0, 0, 200, 150)
AROUND = Coverage(shapely.box(-5000, -5000, 5000, 5000))


def to_address(*addresses: tuple[float, float]) -> tuple[float, float, str]:
    """Interval from `FIELD` to the nearest other address, and the state of the isolation floor."""
    parcels = Parcels(
        np.arange(1),
        np.array(["99101A0001/00A000"], dtype=object),
        np.array(["99001"], dtype=object),
        np.zeros(1, dtype=bool),
        np.array([FIELD], dtype=object),
        np.full(1, None, dtype=object),
    )
    points = np.array([shapely.Point(*one) for one in addresses], dtype=object)
    layer = Layer("addresses", points, np.array(["1"] * len(points), dtype=object), coverage=AROUND)
    table = measure(parcels, Layers({"addresses": layer}))
    found = assess(table, load_profile("flanders", "residential"), as_of=date(2026, 11, 24))
    state = next(NAMES[one.state[0]] for one in found.constraints if one.constraint.id == "isolation")
    interval = table.distances["address"]
    return float(interval.low[0]), float(interval.high[0]), state


def test_a_lone_farm_is_isolated_although_someone_lives_in_it() -> None:
    assert to_address((100, 75)) == (4800.0, np.inf, "fail")
    assert to_address((100, 75), (900, 75)) == (700.0, 700.0, "fail")
    # The door of the farm stands on the border, or a hair beyond it.
    assert to_address((200, 75), (900, 75)) == (700.0, 700.0, "fail")
    assert to_address((200.9, 75), (900, 75)) == (700.0, 700.0, "fail")


def test_a_farm_with_a_neighbour_is_not() -> None:
    assert to_address((100, 75), (210, 75)) == (10.0, 10.0, "pass")
    assert to_address((210, 75)) == (10.0, 10.0, "pass")


points = st.lists(st.tuples(st.integers(-3000, 3000), st.integers(-3000, 3000)), max_size=12)
boxes = st.lists(st.tuples(st.integers(-900, 900), st.integers(-900, 900), st.integers(1, 300)), min_size=1, max_size=8)


@given(points, boxes)
def test_against_looking_at_every_pair(addresses: list[tuple[int, int]], fields: list[tuple[int, int, int]]) -> None:
    parcels = np.array([shapely.box(x, y, x + side, y + side) for x, y, side in fields], dtype=object)
    features = np.array([shapely.Point(*one) for one in addresses], dtype=object)
    own = OWN_M["address"]
    flat = FlatPolygons.from_shapely(parcels)
    found = nearest_beside(flat, features, own_m=own)
    for parcel, metres in zip(parcels, found, strict=True):
        beside = [parcel.distance(one) for one in features if parcel.distance(one) > own]
        assert metres == pytest.approx(min(beside, default=np.inf), abs=1e-9)
    assert (found >= nearest_distance(flat, features)).all()
