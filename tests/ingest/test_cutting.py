"""Large areas in pieces, areas over each other: shares of parcels stay what the geometry library says, never over one."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.ingest.cutting import LARGEST, cut_large, pieces_of
from geodata.ingest.table import Work
from geodata.measure.flat import FlatPolygons
from geodata.measure.inputs import Layer
from geodata.measure.overlap import shares


def star(x: float, y: float, radius: float, corners: int, teeth: int, hole: bool) -> shapely.Polygon:
    """A star with many corners, which may have a hole."""
    angle = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    reach = radius * (1 + 0.3 * np.sin(teeth * angle))
    ring = np.column_stack([x + reach * np.cos(angle), y + reach * np.sin(angle)])
    inner = [ring[::-1] * 0.4 + np.array([x, y]) * 0.6] if hole else []
    return shapely.Polygon(ring, inner)


areas = st.builds(
    star,
    x=st.floats(0, 400),
    y=st.floats(0, 400),
    radius=st.floats(40, 300),
    corners=st.integers(24, 400),
    teeth=st.integers(0, 9),
    hole=st.booleans(),
)
PARCELS = np.array([shapely.box(x, y, x + 37, y + 41) for x in range(0, 400, 37) for y in range(0, 400, 41)], dtype=object)  # fmt: skip


@settings(deadline=None, max_examples=60)
@given(area=areas, largest=st.integers(12, 200))
def test_pieces_are_the_area(area: shapely.Polygon, largest: int) -> None:
    pieces = pieces_of(area, largest)
    assert all(one.geom_type == "MultiPolygon" and shapely.is_valid(one) for one in pieces)
    assert sum(one.area for one in pieces) == pytest.approx(area.area, rel=1e-9)
    assert shapely.symmetric_difference(shapely.union_all(pieces), area).area < 1e-6 * area.area
    small = [max(one.bounds[2] - one.bounds[0], one.bounds[3] - one.bounds[1]) <= 20 for one in pieces]
    assert all(shapely.get_num_coordinates(one) <= largest or tiny for one, tiny in zip(pieces, small, strict=True))


@settings(deadline=None, max_examples=40)
@given(drawn=st.lists(areas, min_size=1, max_size=5), largest=st.integers(12, 100))
def test_cutting_and_overlaps_do_not_change_a_share(drawn: list[shapely.Polygon], largest: int) -> None:
    """Pieces of areas of one class that lie over each other: the share is that of their union."""
    pieces = [piece for one in drawn for piece in pieces_of(one, largest)]
    layer = Layer("flood", np.array(pieces, dtype=object), np.full(len(pieces), "D", dtype=object))
    size = shapely.area(PARCELS)
    found = shares(FlatPolygons.from_shapely(PARCELS), layer).get("D", np.zeros(len(PARCELS)))
    oracle = shapely.area(shapely.intersection(PARCELS, shapely.union_all(drawn))) / size
    assert found == pytest.approx(oracle, abs=1e-9)
    assert (found <= 1.0).all() and (found >= 0.0).all()


def test_rows_of_pieces_keep_their_columns() -> None:
    large = star(170_000, 170_000, 3_000, 20_000, 60, True)
    shapes = np.array([shapely.box(0, 0, 1, 1), large, shapely.Point(1, 1)], dtype=object)
    columns = {"theme": np.array(["flood"] * 3, dtype=object), "feature_id": np.array(["a", "b", "c"], dtype=object)}
    cut = cut_large(Work("constraint_area", columns, shapes, np.array([1, 2, 3])))
    assert set(cut.columns["feature_id"]) == {"a", "b", "c"} and len(cut) > 6
    assert set(cut.row[cut.columns["feature_id"] == "b"]) == {2}
    assert shapely.get_num_coordinates(cut.geometry).max() <= LARGEST
    # A parcel or a building is one thing, however many corners it has.
    whole = Work("building", {"feature_id": columns["feature_id"]}, shapes, np.array([1, 2, 3]))
    assert cut_large(whole) is whole


def test_many_small_parts_of_one_area_are_grouped_by_place() -> None:
    parts = [shapely.box(100 * x, 1_500 * y, 100 * x + 50, 1_500 * y + 50) for x in range(100) for y in range(40)]
    pieces = pieces_of(shapely.MultiPolygon(parts))
    assert 4 < len(pieces) < 20
    assert sum(shapely.get_num_geometries(one) for one in pieces) == len(parts)
    assert max(one.bounds[3] - one.bounds[1] for one in pieces) < 20_000
