"""The road at the access of a parcel with its class and width, and ways to schools of one language."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import shapely
from test_reach import EVERYWHERE, STREET, layers, parcel, parcels, places, roads, told

from geodata.measure.inputs import Coverage, Layer
from geodata.measure.measure import measure
from geodata.measure.reach import ACCESS_M, reach
from geodata.measure.specs import SCHOOL_LISTS, layer_specs
from geodata.sources.catalogue import catalogue


def test_schools_by_language_and_those_of_none_that_is_stated() -> None:
    """A Dutch-language school 1000 m off, one of no stated language at 500 m: that may be one, or none."""
    given = layers(
        roads(*STREET),
        Layer(
            "schools_nl", shapely.points([(1105.0, 0.0), (605.0, 0.0), (305.0, 0.0)]),
            np.array(["primary", "primary:unstated", "secondary:unstated"], dtype=object), coverage=EVERYWHERE,
        ),
        places("schools_fr", "not_stated", (2105, 0)),
    )  # fmt: skip
    home = parcels(parcel(95, 0))
    table = reach(home, given)
    assert told(table, "school_nl") == (510, 1010) and told(table, "school_fr") == (2010, 2010)
    assert "school_de" not in table.metres
    straight = measure(home, given).distances
    assert (straight["school_nl"].low[0], straight["school_nl"].high[0]) == (500, 1000)
    assert straight["school_fr"].low[0] == straight["school_fr"].high[0] == 2000 and "school_de" not in straight


def stretch(width: float, *at: tuple[float, float]) -> tuple[Any, float]:
    return shapely.LineString(at), width


def with_widths(*given: tuple[Any, float], names: tuple[str, ...], coverage: Coverage = EVERYWHERE) -> Layer:
    lines = np.array([line for line, _ in given], dtype=object)
    widths = np.array([width for _, width in given])
    return Layer("roads", lines, np.array(names, dtype=object), values=widths, coverage=coverage)


#: A local road of 2 km, 4.5 m wide, that ends on a main road of 7 m and a secondary one that states nothing.
CROSSING = (
    stretch(4.5, (0, 0), (2000, 0)),
    stretch(7.0, (2000, 0), (2000, 2000)),
    stretch(np.nan, (2000, 0), (2000, -2000)),
)
KINDS = ("local", "main", "secondary")


@pytest.mark.parametrize(
    ("place", "road", "width"),
    [
        ((1000, 20), "local", 4.5),
        ((2020, 700), "main", 7.0),
        ((2020, -700), "secondary", np.nan),
        # All three meet at the nearest place: the highest class is the way in.
        ((2020, -5), "main", 7.0),
    ],
)
def test_the_road_at_the_access(place: tuple[float, float], road: str, width: float) -> None:
    table = reach(parcels(parcel(*place)), layers(with_widths(*CROSSING, names=KINDS)))
    assert table.access_class.tolist() == [road] and table.access_reasons.tolist() == [None]
    np.testing.assert_array_equal(table.access_width_m, [width])


@pytest.mark.parametrize(
    ("edge", "known"),
    [(60, True), (45, False)],
)
def test_a_road_beyond_the_edge_may_be_nearer(edge: float, known: bool) -> None:
    """The road is 50 m off; the roads are known up to so far from the parcel."""
    near = Coverage(shapely.box(1000 - edge, -50, 1010 + edge, 60 + edge))
    table = reach(parcels(parcel(1000, 50)), layers(with_widths(*CROSSING, names=KINDS, coverage=near)))
    assert table.access_class.tolist() == (["local"] if known else [None])
    assert table.access_reasons.tolist() == ([None] if known else ["near_edge"])
    assert np.isnan(table.access_width_m[0]) != known


def test_an_islet_near_the_edge_may_be_a_road_like_any_other() -> None:
    """A short road nearer than the street leads nowhere that is known; it may go on beyond what is known."""
    islet = stretch(9.0, (1000, 70), (1100, 70))
    roads = (*CROSSING, islet)
    home = parcels(parcel(1000, 55))
    for far, told_class in ((5000.0, "local"), (500.0, None)):
        near = Coverage(shapely.box(1000 - far, -far, 1000 + far, far))
        table = reach(home, layers(with_widths(*roads, names=(*KINDS, "local"), coverage=near)))
        assert table.access_class.tolist() == [told_class], far


def test_no_road_near_or_none_with_a_class() -> None:
    far = reach(parcels(parcel(1000, ACCESS_M + 1)), layers(with_widths(*CROSSING, names=KINDS)))
    assert far.access_class.tolist() == [None] and far.access_reasons.tolist() == ["no_data"]
    odd = reach(parcels(parcel(1000, 20)), layers(with_widths(*CROSSING, names=("unknown", *KINDS[1:]))))
    assert odd.access_class.tolist() == [None] and odd.access_reasons.tolist() == ["no_data"]
    assert odd.access_width_m.tolist() == [4.5]


def test_lists_of_schools_are_those_of_the_catalogue() -> None:
    """A list of one community holds its language only; the map may hold any."""
    lists = {name for name, one in catalogue().items() if one.kind == "schools"} | {"osm"}
    assert {name for several in SCHOOL_LISTS.values() for name in several} == lists
    for name in lists - {"osm"}:
        stated = catalogue()[name].constants.get("language")
        assert {language for language, several in SCHOOL_LISTS.items() if name in several} == (
            {stated} if stated else set(SCHOOL_LISTS)
        )


@pytest.mark.parametrize(
    ("region", "source", "read"),
    [
        ("brussels", "fwb-schools", {"schools", "schools_fr"}),
        ("brussels", "flanders-schools", {"schools", "schools_nl"}),
        ("flanders", "osm-schools", {"schools", "schools_nl", "schools_fr"}),
        ("wallonia", "osm-schools", {"schools", "schools_nl", "schools_fr", "schools_de"}),
    ],
)
def test_which_layers_a_list_of_schools_feeds(region: Any, source: str, read: set[str]) -> None:
    assert {one.id for one in layer_specs(region) if one.takes("schools", source)} == read
