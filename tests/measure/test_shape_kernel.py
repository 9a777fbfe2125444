"""Shape of parcels: worked examples, and shapely, GEOS and linear programming as oracles."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from geodata.measure.flat import FlatPolygons, flat_lines
from geodata.measure.kernels import shape as module
from geodata.measure.kernels.segments import Segments
from geodata.measure.kernels.shape import circles, line_frontage, rectangles, shape, surface_frontage

X, Y = 150_000.0, 170_000.0
RECTANGLE = shapely.box(X, Y, X + 60, Y + 20)
CORNER = shapely.Polygon([(0, 0), (50, 0), (50, 12), (12, 12), (12, 40), (0, 40)])
RING = shapely.box(0, 0, 30, 30).difference(shapely.box(10, 10, 20, 20))
SLIVER = shapely.box(0, 0, 400, 0.5)
TRIANGLE = shapely.Polygon([(0, 0), (40, 0), (0, 30)])
TWO = shapely.union(shapely.box(0, 0, 10, 10), shapely.box(500, 0, 520, 15))
EXAMPLES = [RECTANGLE, CORNER, RING, SLIVER, TRIANGLE, TWO]
LAND = FlatPolygons.from_shapely(EXAMPLES)

radii = st.lists(st.floats(4, 60), min_size=3, max_size=12)


def star(drawn: list[float], turn: float, hole: bool) -> shapely.Polygon:
    """A polygon seen whole from its middle, with or without a hole."""
    at = turn + 2 * np.pi * np.arange(len(drawn)) / len(drawn)
    unit = np.stack([np.cos(at), np.sin(at)], axis=1)
    around = np.array(drawn)[:, None] * unit
    rings = [0.2 * around[::-1]] if hole else []
    return shapely.Polygon(around + (X, Y), [ring + (X, Y) for ring in rings])


def turned(shape: shapely.Geometry, degrees: float) -> shapely.Geometry:
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return shapely.transform(shape, lambda xy: xy @ np.array([[c, s], [-s, c]]))


def drawn_rectangle(width: float, ratio: float, centre: np.ndarray, degrees: float) -> shapely.Geometry:
    flat = shapely.box(-0.5 * ratio * width, -0.5 * width, 0.5 * ratio * width, 0.5 * width)
    return shapely.transform(turned(flat, degrees), lambda xy: xy + centre)


def test_plain_measures_of_worked_examples() -> None:
    found = shape(LAND)
    assert found.area.tolist() == [1200, 936, 800, 200, 600, 400]
    assert found.perimeter == pytest.approx([160, 180, 160, 801, 120, 110])
    assert found.compactness[:2] == pytest.approx([np.pi * 0.1875, 4 * np.pi * 936 / 180**2])
    assert found.vertices.tolist() == [4, 6, 8, 4, 3, 8]
    assert found.parts.tolist() == [1, 1, 1, 1, 1, 2]


def test_circles_of_worked_examples() -> None:
    found = circles(LAND, tolerance=0.01)
    # L: touches both outer sides and the inner corner (12, 12): r = 12 / (1 + sqrt(1/2)). Ring: in its corner, likewise.
    exact = [20, 24 / (1 + np.sqrt(0.5)), 20 / (1 + np.sqrt(0.5)), 0.5, 20, 15]
    assert (found.width <= np.array(exact) + 1e-9).all()
    assert (found.at_most >= np.array(exact) - 1e-9).all()
    assert (found.at_most - found.width <= 0.01 + 1e-9).all()


def test_rectangles_of_worked_examples() -> None:
    found = rectangles(FlatPolygons.from_shapely([*EXAMPLES, turned(RECTANGLE, 33.0)]), tolerance=0.05)
    # Of a strip twelve wide and fifty long the rectangle twice as long as wide is twelve; of the ring 10 by 20.
    for k, exact in ((0, 20.0), (1, 12.0), (2, 10.0), (3, 0.5), (5, 10.0), (6, 20.0)):
        assert found.width[k] - 1e-9 <= exact <= found.at_most[k] + 1e-9, k
    assert found.angle[6] == pytest.approx(33.0, abs=0.2)
    square = rectangles(FlatPolygons.from_shapely([TRIANGLE]), ratio=1.0, tolerance=0.01)
    # In a right triangle the square stands in the right angle: a b / (a + b).
    assert square.width[0] - 1e-9 <= 1200 / 70 <= square.at_most[0] + 1e-9
    assert (found.at_most - found.width <= 0.05 + 1e-9).all()


@settings(deadline=None, max_examples=60)
@given(radii, st.floats(0, 3), st.booleans())
def test_circle_fits_and_none_is_larger_than_geos_finds(drawn: list[float], turn: float, hole: bool) -> None:
    parcel = star(drawn, turn, hole)
    found = circles(FlatPolygons.from_shapely([parcel]), tolerance=0.02)
    centre = shapely.Point(found.centre[0])
    assert parcel.covers(centre)
    assert centre.distance(parcel.boundary) == pytest.approx(found.width[0] / 2, abs=1e-8)
    geos = 2 * shapely.maximum_inscribed_circle(parcel, tolerance=0.005).length
    assert geos <= found.at_most[0] + 1e-8
    assert found.width[0] <= geos + 0.02
    assert 0 <= found.at_most[0] - found.width[0] <= 0.02 + 1e-9


@settings(deadline=None, max_examples=60)
@given(radii, st.floats(0, 3), st.booleans(), st.sampled_from([1.0, 2.0, 3.5]), st.integers(0, 2**32 - 1))
def test_rectangle_fits_and_no_other_is_wider(
    drawn: list[float], turn: float, hole: bool, ratio: float, seed: int
) -> None:
    parcel = star(drawn, turn, hole)
    found = rectangles(FlatPolygons.from_shapely([parcel]), ratio=ratio, tolerance=0.3)
    mine = drawn_rectangle(found.width[0], ratio, found.centre[0], found.angle[0])
    assert mine.area == pytest.approx(ratio * found.width[0] ** 2)
    assert mine.difference(parcel.buffer(1e-6)).area == 0
    assert 0 <= found.at_most[0] - found.width[0] <= 0.3 + 1e-9
    draw = np.random.default_rng(seed)
    wider = found.at_most[0] + 1e-6
    for _ in range(40):
        near = found.centre[0] + draw.normal(0, 3, 2)
        assert not parcel.covers(drawn_rectangle(wider, ratio, near, found.angle[0] + draw.normal(0, 10)))
        anywhere = draw.uniform(parcel.bounds[:2], parcel.bounds[2:])
        assert not parcel.covers(drawn_rectangle(wider, ratio, anywhere, draw.uniform(0, 180)))


@pytest.mark.parametrize("ratio", [1.0, 2.0])
def test_rectangle_of_convex_parcels_against_linear_programming(ratio: float) -> None:
    draw = np.random.default_rng(5)
    for _ in range(6):
        parcel = shapely.convex_hull(shapely.MultiPoint(draw.uniform(0, 50, (9, 2))))
        corners = shapely.get_coordinates(shapely.orient_polygons(parcel))
        side = np.diff(corners, axis=0)
        outward = np.stack([side[:, 1], -side[:, 0]], axis=1) / np.linalg.norm(side, axis=1)[:, None]
        offset = (outward * corners[:-1]).sum(axis=1)
        best = 0.0
        for angle in np.radians(np.arange(0, 180, 0.5)):
            along = np.abs(outward @ [np.cos(angle), np.sin(angle)])
            across = np.abs(outward @ [-np.sin(angle), np.cos(angle)])
            rows = np.column_stack([outward, 0.5 * (ratio * along + across)])
            best = max(best, -linprog([0, 0, -1], rows, offset, bounds=[(None, None)] * 2 + [(0, None)]).fun)
        found = rectangles(FlatPolygons.from_shapely([parcel]), ratio=ratio, tolerance=0.05)
        assert best <= found.at_most[0] + 1e-7
        # Half a degree apart costs a rectangle at most cos + ratio * sin of a quarter of a degree.
        step = np.radians(0.25)
        assert found.width[0] <= best * (np.cos(step) + ratio * np.sin(step)) + 1e-7


def test_search_that_is_cut_short_says_so() -> None:
    found = rectangles(LAND, tolerance=1e-6, most=5)
    full = rectangles(LAND, tolerance=0.01)
    assert (found.at_most >= full.width - 1e-9).all()
    assert (found.width <= full.at_most + 1e-9).all()
    assert (found.at_most - found.width).max() > 0.1


def test_empty_and_flat_parcels() -> None:
    flat = FlatPolygons.from_shapely([None, shapely.Polygon([(0, 0), (5, 5), (0, 0)])])
    for found in (circles(flat), rectangles(flat)):
        assert np.isnan(found.width[0])
        assert (found.width[1], found.at_most[1]) == (0, 0)
    plain = shape(flat)
    assert np.isnan(plain.area[0]) and np.isnan(plain.perimeter[0]) and np.isnan(plain.compactness[0])
    assert (plain.vertices[0], plain.parts[0], plain.area[1], plain.compactness[1]) == (0, 0, 0, 0)
    roads = lines([shapely.LineString([(0, 0), (9, 0)])])
    assert np.isnan(line_frontage(flat, roads)[0])
    with pytest.raises(ValueError, match="tolerance"):
        circles(flat, tolerance=0)
    with pytest.raises(ValueError, match="ratio"):
        rectangles(flat, ratio=0.5)
    with pytest.raises(ValueError, match="reach"):
        line_frontage(flat, roads, reach=-1)


def test_a_subset_equals_the_same_rows() -> None:
    index = [4, 0, 2]
    for work in (circles, rectangles):
        np.testing.assert_array_equal(work(LAND, index, workers=1).width, work(LAND).width[index])
        np.testing.assert_array_equal(work(LAND.take(index)).at_most, work(LAND).at_most[index])
    np.testing.assert_array_equal(shape(LAND, index).perimeter, shape(LAND).perimeter[index])


def lines(shapes: list[shapely.Geometry]) -> Segments:
    xy, offsets, _ = flat_lines(np.array(shapes, dtype=object))
    return Segments.of_lines(xy, offsets)


def test_frontage_of_worked_examples() -> None:
    parcel = FlatPolygons.from_shapely([RECTANGLE])
    # An axis six metres south of the long side: that side and four metres up both short sides.
    axis = shapely.LineString([(X - 50, Y - 6), (X + 150, Y - 6)])
    assert line_frontage(parcel, lines([axis]))[0] == pytest.approx(60 + 2 * 4)
    # The same axis twice counts once; an axis eleven metres off counts nothing.
    assert line_frontage(parcel, lines([axis, axis.reverse()]))[0] == pytest.approx(68)
    far = shapely.LineString([(X - 50, Y - 11), (X + 150, Y - 11)])
    assert line_frontage(parcel, lines([far]))[0] == 0
    # A road that ends beside the parcel: within ten metres of its end, six metres off: eight metres of the side.
    end = shapely.LineString([(X + 30, Y - 50), (X + 30, Y - 6)])
    assert line_frontage(parcel, lines([end]))[0] == pytest.approx(16)
    assert line_frontage(parcel, Segments.of(np.empty((0, 4))))[0] == 0
    surface = shapely.box(X - 50, Y - 6, X + 150, Y - 1)
    roads = Segments.of_polygons(FlatPolygons.from_shapely([surface]))
    assert surface_frontage(parcel, roads)[0] == pytest.approx(60 + 2)
    # Drawn over the parcel: all of its border lies on the surface.
    over = Segments.of_polygons(FlatPolygons.from_shapely([shapely.box(X - 50, Y - 50, X + 150, Y + 150)]))
    assert surface_frontage(parcel, over)[0] == pytest.approx(160)


ends = st.tuples(st.integers(-80, 80), st.integers(-80, 80))
roads_drawn = st.lists(st.lists(ends, min_size=2, max_size=4, unique=True), min_size=1, max_size=5)


@settings(deadline=None, max_examples=60)
@given(radii, st.floats(0, 3), st.booleans(), roads_drawn, st.floats(0.5, 25))
def test_frontage_against_buffers(
    drawn: list[float], turn: float, hole: bool, roads: list[list[tuple[int, int]]], reach: float
) -> None:
    parcel = star(drawn, turn, hole)
    land = FlatPolygons.from_shapely([parcel])
    drawn_lines = [shapely.LineString(np.array(road) + (X, Y)) for road in roads]
    found = line_frontage(land, lines(drawn_lines), reach=reach)[0]
    # GEOS draws round ends with corners, inside the circle, and fills concave corners by up to a hundredth of the reach:
    # the truth lies between two such buffers.
    inner = shapely.union_all(shapely.buffer(drawn_lines, reach * 0.99, quad_segs=256)).buffer(0)
    outer = shapely.union_all(shapely.buffer(drawn_lines, reach * 1.0001 + 1e-6, quad_segs=256)).buffer(0)
    border = parcel.boundary
    assert border.intersection(inner).length - 1e-6 <= found <= border.intersection(outer).length + 1e-6
    surfaces = shapely.get_parts(shapely.union_all(shapely.buffer(drawn_lines, 7.0, quad_segs=2)))
    there = surface_frontage(land, Segments.of_polygons(FlatPolygons.from_shapely(surfaces)), reach=reach)[0]
    inner = shapely.union_all(shapely.buffer(surfaces, reach * 0.99, quad_segs=256))
    outer = shapely.union_all(shapely.buffer(surfaces, reach * 1.0001 + 1e-6, quad_segs=256))
    assert border.intersection(inner).length - 1e-6 <= there <= border.intersection(outer).length + 1e-6


def test_without_numba_the_answer_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    land = FlatPolygons.concatenate([LAND, FlatPolygons.from_shapely([None])])
    found = shape(land)
    monkeypatch.setattr(module, "HAVE_NUMBA", False)
    np.testing.assert_allclose(shape(land).perimeter, found.perimeter)
    np.testing.assert_allclose(shape(land, [2]).compactness, found.compactness[[2]])
