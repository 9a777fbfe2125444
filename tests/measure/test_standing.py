"""The point on which a building stands is that of shapely, for holes, several parts and corners at half height."""

from __future__ import annotations

import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geodata.measure.flat import FlatPolygons
from geodata.measure.kernels.standing import standing_points

turns = st.lists(st.integers(1, 40), min_size=5, max_size=14)


def star(radii: list[int], x: float, y: float) -> shapely.Polygon:
    """A polygon without crossings: one corner per direction."""
    angle = 2 * np.pi * np.arange(len(radii)) / len(radii)
    corners = np.stack([x + np.array(radii) * np.cos(angle), y + np.array(radii) * np.sin(angle)], axis=1)
    return shapely.Polygon(np.round(corners, 1))


@given(turns, turns, st.booleans())
def test_equal_to_shapely(first: list[int], second: list[int], holed: bool) -> None:
    one, other = star(first, 1000, 2000), star(second, 1200, 2050)
    if holed:
        one = one.difference(shapely.box(999.7, 1999.7, 1000.3, 2000.2))
    shape = shapely.multipolygons([part for part in [*shapely.get_parts(one), other] if part.geom_type == "Polygon"])
    if not shape.is_valid:
        return
    found = standing_points(FlatPolygons.from_shapely([shape, other]))
    expected = shapely.get_coordinates(shapely.point_on_surface([shape, other]))
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_a_square_and_nothing() -> None:
    found = standing_points(FlatPolygons.from_shapely([shapely.box(0, 0, 10, 4), None]))
    assert found[0].tolist() == [5.0, 2.0] and np.isnan(found[1]).all()
