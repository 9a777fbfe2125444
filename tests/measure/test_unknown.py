"""Unknown stays unknown: coverage, reasons and distance intervals."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geodata.measure import Coverage, HeightGrid, Layer, Layers, Parcels, measure
from geodata.measure.flat import FlatPolygons
from geodata.measure.kernels.terrain import slope
from geodata.measure.nearest import distance_interval


def parcels(*shapes: shapely.Geometry, nis: str = "99001", border: bool = False) -> Parcels:
    """Parcels of one municipality."""
    n = len(shapes)
    return Parcels(
        np.arange(n),
        np.array([f"{at}" for at in range(n)], dtype=object),
        np.array([nis] * n, dtype=object),
        np.array([border] * n),
        np.array(shapes, dtype=object),
        np.full(n, None, dtype=object),
    )


SQUARE = shapely.box(0, 0, 10, 10)
AROUND = Coverage(shapely.box(-100, -100, 110, 110))


def test_a_layer_that_is_not_given_is_unknown_never_absent() -> None:
    table = measure(parcels(SQUARE), Layers({}))
    assert table.unknown["flood"][0] == "not_loaded"
    assert table.covered["flood"][0] == 0
    assert np.isnan(table.built_share[0]) and np.isnan(table.unbuilt_m2[0]) and np.isnan(table.dwellings[0])


def test_absence_counts_inside_the_coverage() -> None:
    table = measure(parcels(SQUARE), Layers({"flood": Layer("flood", coverage=AROUND)}))
    assert table.unknown["flood"][0] is None
    assert table.covered["flood"][0] == 1
    assert table.shares["flood"] == {}


def test_without_declared_coverage_absence_is_unknown() -> None:
    table = measure(parcels(SQUARE), Layers({"flood": Layer("flood")}))
    assert table.unknown["flood"][0] == "no_coverage_declared"


def test_half_covered_says_so() -> None:
    half = Coverage(shapely.box(5, -100, 110, 110))
    table = measure(parcels(SQUARE), Layers({"flood": Layer("flood", coverage=half)}))
    assert table.unknown["flood"][0] == "partly_covered"
    assert table.covered["flood"][0] == pytest.approx(0.5)


def test_named_municipality_is_covered_whatever_the_drawn_border_says() -> None:
    drawn_short = Coverage(shapely.box(5, -100, 110, 110), frozenset({"99001"}), accuracy_m=250)
    assert drawn_short.share(parcels(SQUARE))[0] == 1
    assert drawn_short.share(parcels(SQUARE, nis="99002"))[0] == 0
    # A parcel near a generalised border may belong to the neighbour.
    assert drawn_short.share(parcels(SQUARE, border=True))[0] == 0


def test_distance_is_certain_only_up_to_the_edge_of_the_coverage() -> None:
    school = np.array([shapely.Point(60, 5), shapely.Point(5000, 5)], dtype=object)
    near = distance_interval(parcels(SQUARE), school, AROUND, loaded=True, horizon_m=1e4)
    assert (near.low[0], near.high[0]) == (50, 50)
    far = distance_interval(parcels(SQUARE), school[1:], AROUND, loaded=True, horizon_m=1e4)
    assert (far.low[0], far.high[0]) == (100, 4990)
    none = distance_interval(parcels(SQUARE), school[:0], AROUND, loaded=True, horizon_m=1e4)
    assert (none.low[0], none.high[0]) == (100, np.inf)
    unloaded = distance_interval(parcels(SQUARE), school, AROUND, loaded=False, horizon_m=1e4)
    assert (unloaded.low[0], unloaded.high[0]) == (0, np.inf)


@given(
    st.lists(st.tuples(st.integers(-300, 300), st.integers(-300, 300)), max_size=6),
    st.integers(1, 250),
)
def test_the_true_distance_lies_in_the_interval(points: list[tuple[int, int]], reach: int) -> None:
    """Hide what lies outside the coverage: the interval must still hold the distance to everything."""
    everything = np.array([shapely.Point(x, y) for x, y in points], dtype=object)
    coverage = Coverage(shapely.box(-reach, -reach, reach + 10, reach + 10))
    seen = everything[shapely.intersects(everything, coverage.area)] if len(everything) else everything
    found = distance_interval(parcels(SQUARE), seen, coverage, loaded=True, horizon_m=1e4)
    truth = min((SQUARE.distance(point) for point in everything), default=np.inf)
    assert found.low[0] <= truth <= found.high[0]


def test_main_buildings_are_counted_where_they_stand() -> None:
    house, shed = shapely.box(1, 1, 9, 9), shapely.box(12, 1, 14, 3)
    layers = Layers(
        {
            "buildings": Layer(
                "buildings", np.array([house, shed]), np.array(["main", "annex"], dtype=object), coverage=AROUND
            ),
            "land_use": Layer("land_use", coverage=AROUND),
        }
    )
    table = measure(parcels(SQUARE, shapely.box(11, 0, 20, 10)), layers)
    assert table.dwellings.tolist() == [1, 0]
    assert table.built_share == pytest.approx([0.64, 4 / 90])
    assert table.unbuilt_m2 == pytest.approx([36, 86])


def test_building_of_unknown_use_counts_when_an_address_lies_on_the_parcel() -> None:
    building = Layer(
        "buildings", np.array([shapely.box(1, 1, 9, 9)]), np.array(["unknown"], dtype=object), coverage=AROUND
    )
    addressed = Layer("addresses", np.array([shapely.Point(5, 5)]), np.array(["1"], dtype=object), coverage=AROUND)
    none = Layer("addresses", coverage=AROUND)
    for addresses, expected in ((addressed, 1), (none, 0), (Layer("addresses", missing=("addresses",)), 1)):
        table = measure(parcels(SQUARE), Layers({"buildings": building, "addresses": addresses}))
        assert table.dwellings[0] == expected


def test_slope_of_a_plane_and_of_nothing() -> None:
    columns = np.arange(40, dtype=np.float32)
    plane = np.tile(columns * 0.5, (40, 1)).astype(np.float32)
    grid = HeightGrid(plane, west=-50, north=150, cell_m=5)
    shapes = parcels(SQUARE, shapely.box(5000, 0, 5010, 10)).geometry
    assert slope(FlatPolygons.from_shapely(shapes), grid).mean == pytest.approx(
        [np.degrees(np.arctan(0.1)), np.nan], nan_ok=True, abs=1e-4
    )
    assert np.isnan(slope(FlatPolygons.from_shapely(shapes), None).mean).all()
    holed = plane.copy()
    holed[25:35] = np.nan
    assert np.isnan(slope(FlatPolygons.from_shapely(shapes), HeightGrid(holed, -50, 150, 5)).mean[0])
