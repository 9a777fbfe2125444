"""Overlap shares: against GEOS's own union, on hand-made cases and on random rectangles."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geodata.measure.flat import FlatPolygons
from geodata.measure.inputs import Layer
from geodata.measure.overlap import shares

SQUARE = shapely.box(0, 0, 10, 10)


def layer(*features: tuple[shapely.Geometry, str], precedence: list[int] | None = None) -> Layer:
    """A layer from (geometry, class) pairs."""
    return Layer(
        "zoning",
        np.array([feature for feature, _ in features], dtype=object),
        np.array([name for _, name in features], dtype=object),
        None if precedence is None else np.array(precedence),
    )


def measured(parcel: shapely.Geometry, of: Layer) -> dict[str, float]:
    """Shares of one parcel."""
    found = shares(FlatPolygons.from_shapely([parcel]), of)
    return {name: float(share[0]) for name, share in found.items() if share[0] > 0}


def test_half_under_one_class() -> None:
    assert measured(SQUARE, layer((shapely.box(5, -5, 20, 20), "D"))) == pytest.approx({"D": 0.5})


def test_parcel_inside_a_feature_is_wholly_covered() -> None:
    assert measured(SQUARE, layer((shapely.box(-9, -9, 99, 99), "D"))) == pytest.approx({"D": 1.0})


def test_overlapping_features_of_one_class_count_once() -> None:
    twice = layer((shapely.box(0, 0, 6, 10), "D"), (shapely.box(4, 0, 10, 10), "D"))
    assert measured(SQUARE, twice) == pytest.approx({"D": 1.0})


def test_classes_are_kept_apart_even_where_they_overlap() -> None:
    both = layer((shapely.box(0, 0, 6, 10), "C"), (shapely.box(4, 0, 10, 10), "D"))
    assert measured(SQUARE, both) == pytest.approx({"C": 0.6, "D": 0.6})


def test_hole_in_the_feature_is_not_covered() -> None:
    ring = shapely.box(-5, -5, 15, 15).difference(shapely.box(2, 2, 7, 7))
    assert measured(SQUARE, layer((ring, "D"))) == pytest.approx({"D": 0.75})


def test_multipart_parcel_with_hole() -> None:
    parcel = shapely.union(shapely.box(0, 0, 10, 10).difference(shapely.box(4, 4, 6, 6)), shapely.box(20, 0, 30, 10))
    assert measured(parcel, layer((shapely.box(0, 0, 10, 10), "D"))) == pytest.approx({"D": 96 / 196})


def test_newer_plan_replaces_the_older_where_both_lie() -> None:
    plans = layer(
        (shapely.box(-1, -1, 11, 11), "agriculture"), (shapely.box(0, 0, 4, 10), "caravan"), precedence=[0, 20]
    )
    assert measured(SQUARE, plans) == pytest.approx({"agriculture": 0.6, "caravan": 0.4})


def test_touching_is_not_covering() -> None:
    assert measured(SQUARE, layer((shapely.box(10, 0, 20, 10), "D"))) == {}


rectangles = st.lists(
    st.tuples(st.integers(0, 30), st.integers(0, 30), st.integers(1, 12), st.integers(1, 12)), min_size=1, max_size=8
)


@given(parcels=rectangles, features=rectangles)
def test_shares_equal_the_union_of_all_features(
    parcels: list[tuple[int, ...]], features: list[tuple[int, ...]]
) -> None:
    fields = np.array([shapely.box(x, y, x + w, y + h) for x, y, w, h in parcels], dtype=object)
    pieces = [shapely.box(x, y, x + w, y + h) for x, y, w, h in features]
    union = shapely.union_all(pieces)
    expected = shapely.area(shapely.intersection(fields, union)) / shapely.area(fields)
    found = shares(FlatPolygons.from_shapely(fields), layer(*((piece, "D") for piece in pieces)))
    assert found.get("D", np.zeros(len(fields))) == pytest.approx(expected, abs=1e-9)
