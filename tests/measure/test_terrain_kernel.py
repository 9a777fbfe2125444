"""Slope of parcels: planes worked out by hand, nodata, and exactextract over shapely's parcels as oracle."""

from __future__ import annotations

import geopandas
import numpy as np
import pytest
import shapely
from exactextract import exact_extract
from exactextract.raster import NumPyRasterSource
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS

from geodata.measure.flat import FlatPolygons
from geodata.measure.inputs import HeightGrid
from geodata.measure.kernels import terrain as module
from geodata.measure.kernels.terrain import cell_slopes, class_shares, slope

WEST, NORTH, CELL = 150_000.0, 170_000.0, 5.0
LAMBERT_72 = CRS.from_epsg(31370).to_wkt()


def plane(east: float, north: float, size: int = 20) -> HeightGrid:
    """A plane that rises by so much per metre."""
    at = CELL * (np.arange(size) + 0.5)
    return HeightGrid((100 + east * at[None, :] - north * at[:, None]).astype(np.float32), WEST, NORTH, CELL)


def inside(x0: float, y0: float, x1: float, y1: float) -> shapely.Polygon:
    """A box in metres from the upper left corner, to the east and to the south."""
    return shapely.box(WEST + x0, NORTH - y1, WEST + x1, NORTH - y0)


RECTANGLE = inside(10, 10, 40, 22)
CORNER = shapely.union(inside(10, 10, 50, 17), inside(10, 10, 18, 60))
RING = inside(10, 10, 60, 60).difference(inside(20, 20, 50, 50))
SLIVER = inside(10, 30, 80, 30.4)
TRIANGLE = shapely.Polygon([(WEST + 11, NORTH - 13), (WEST + 77, NORTH - 29), (WEST + 31, NORTH - 81)])
EXAMPLES = FlatPolygons.from_shapely(
    [RECTANGLE, CORNER, RING, SLIVER, TRIANGLE, shapely.union(RECTANGLE, inside(60, 60, 62, 63))]
)


def test_a_plane_has_its_slope_everywhere() -> None:
    for east, north in ((0.0, 0.0), (0.1, 0.0), (0.0, -0.2), (0.3, 0.4)):
        found = slope(EXAMPLES, plane(east, north))
        exact = np.degrees(np.arctan(np.hypot(east, north)))
        assert found.mean == pytest.approx([exact] * 6, abs=2e-4)
        assert found.steepest == pytest.approx([exact] * 6, abs=2e-4)
        assert found.known == pytest.approx([1.0] * 6, abs=1e-6)


def test_horn_by_hand() -> None:
    heights = np.zeros((3, 3), np.float32)
    heights[0, 2], heights[1, 2], heights[2, 2] = 4, 8, 4
    grid = HeightGrid(heights, WEST, NORTH, CELL)
    # (4 + 2 * 8 + 4) / (8 * 5) to the east, nothing to the north.
    assert cell_slopes(grid)[1, 1] == pytest.approx(np.degrees(np.arctan(0.6)))
    assert np.isnan(cell_slopes(grid)).sum() == 8
    found = slope(FlatPolygons.from_shapely([inside(5, 5, 10, 10), inside(6, 6, 7, 7)]), grid)
    assert found.mean == pytest.approx([np.degrees(np.arctan(0.6))] * 2)


def test_a_step_is_seen_in_the_steepest() -> None:
    grid = plane(0, 0)
    grid.heights[:, 10:] += 10
    found = slope(FlatPolygons.from_shapely([inside(10, 10, 45, 20), inside(10, 10, 50, 20)]), grid)
    # Horn across the step: 10 over two cells. Only the cell at 45..50 of the second parcel lies beside it.
    steep = np.degrees(np.arctan(10 / (2 * CELL)))
    assert found.steepest == pytest.approx([0, steep])
    assert found.mean == pytest.approx([0, steep / 8])


def test_too_few_known_cells_is_unknown() -> None:
    grid = plane(0.1, 0.0)
    grid.heights[3, 3] = np.nan
    land = FlatPolygons.from_shapely([inside(5, 5, 30, 30), inside(30, 30, 60, 60), inside(-40, 0, -10, 20), None])
    found = slope(land, grid)
    # Of the first 25 cells nine lack a neighbour or their own height.
    assert found.known == pytest.approx([16 / 25, 1, 0, np.nan], nan_ok=True)
    assert np.isnan(found.mean).tolist() == [True, False, True, True]
    assert np.isnan(found.steepest).tolist() == [True, False, True, True]
    assert slope(land, grid, min_known=0.6).mean[0] == pytest.approx(np.degrees(np.arctan(0.1)), abs=1e-4)
    # The outer ring of cells has no slope.
    assert slope(FlatPolygons.from_shapely([inside(0, 0, 10, 10)]), grid).known[0] == pytest.approx(0.25)
    assert np.isnan(slope(land, None).mean).all()


def by_exactextract(shapes: list[shapely.Geometry], values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rows, columns = values.shape
    raster = NumPyRasterSource(
        values, WEST, NORTH - rows * CELL, WEST + columns * CELL, NORTH, nodata=np.nan, srs_wkt=LAMBERT_72
    )
    frame = geopandas.GeoDataFrame(geometry=shapes, crs=LAMBERT_72)
    found = exact_extract(raster, frame, ["mean", "max", "count"], output="pandas")
    return tuple(found[name].to_numpy(dtype=float) for name in ("mean", "max", "count"))


coordinate = st.floats(-30, 130, allow_nan=False)
corners = st.lists(st.tuples(coordinate, coordinate), min_size=3, max_size=7, unique=True)


@settings(deadline=None, max_examples=100)
@given(corners, st.booleans(), st.integers(0, 2**32 - 1))
def test_slopes_are_those_of_exactextract(drawn: list[tuple[float, float]], hole: bool, seed: int) -> None:
    parcel = shapely.convex_hull(shapely.MultiPoint([(WEST + x, NORTH - y) for x, y in drawn]))
    if parcel.geom_type != "Polygon" or parcel.area < 1:
        return
    if hole:
        x, y = parcel.centroid.coords[0]
        parcel = parcel.difference(shapely.box(x - 7, y - 3, x + 2, y + 11)).difference(inside(-40, 40, 140, 43))
        if not parcel.area > 1:
            return
    draw = np.random.default_rng(seed)
    heights = draw.normal(0, 2, (20, 20)).astype(np.float32)
    heights[draw.random((20, 20)) < 0.01] = np.nan
    grid = HeightGrid(heights, WEST, NORTH, CELL)
    mean, _, count = by_exactextract([parcel], cell_slopes(grid))
    found = slope(FlatPolygons.from_shapely([parcel]), grid, min_known=0.0)
    # exactextract keeps shares of cells in single precision.
    assert found.known[0] * parcel.area == pytest.approx(count[0] * CELL**2, abs=1e-3, rel=1e-5)
    if found.known[0] > 0.05:
        assert found.mean[0] == pytest.approx(mean[0], rel=1e-4)
        inner = [shapely.box(WEST + CELL * c, NORTH - CELL * r - CELL, WEST + CELL * c + CELL, NORTH - CELL * r)
                 for r in range(20) for c in range(20)]  # fmt: skip
        held = shapely.area(shapely.intersection(inner, parcel)).reshape(20, 20) / CELL**2
        values = cell_slopes(grid)
        assert found.steepest[0] >= np.nanmax(np.where(held > 2e-6, values, np.nan)) - 1e-6
        assert found.steepest[0] <= np.nanmax(np.where(held > 5e-7, values, np.nan)) + 1e-6


def test_shares_of_a_raster() -> None:
    codes = np.zeros((20, 20), int)
    codes[:, 10:], codes[10:, :] = 1, 7
    land = FlatPolygons.from_shapely([inside(40, 0, 60, 50), inside(0, 45, 30, 55), inside(-10, 0, 10, 10), None])
    found = class_shares(land, codes, [0, 1, 7], west=WEST, north=NORTH, cell_m=CELL)
    assert found[:3] == pytest.approx(np.array([[0.5, 0.5, 0], [0.5, 0, 0.5], [0.5, 0, 0]]), abs=1e-6)
    assert np.isnan(found[3]).all()


def test_a_subset_equals_the_same_rows() -> None:
    grid = HeightGrid(np.random.default_rng(1).normal(0, 2, (20, 20)).astype(np.float32), WEST, NORTH, CELL)
    full = slope(EXAMPLES, grid)
    np.testing.assert_array_equal(slope(EXAMPLES, grid, [3, 1], workers=1).mean, full.mean[[3, 1]])
    np.testing.assert_array_equal(slope(EXAMPLES.take([5]), grid).steepest, full.steepest[[5]])


def test_without_numba_the_answer_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    grid = HeightGrid(np.random.default_rng(1).normal(0, 2, (20, 20)).astype(np.float32), WEST, NORTH, CELL)
    land = FlatPolygons.concatenate([EXAMPLES, FlatPolygons.from_shapely([None, inside(-40, 0, -10, 20)])])
    found = slope(land, grid)
    monkeypatch.setattr(module, "HAVE_NUMBA", False)
    again = slope(land, grid)
    np.testing.assert_allclose(again.mean, found.mean, rtol=1e-5)
    np.testing.assert_allclose(again.steepest, found.steepest, rtol=1e-6)
    np.testing.assert_allclose(again.known, found.known, atol=1e-6)
    assert np.isfinite(again.mean).sum() == len(EXAMPLES)
