"""Pitch layout: nothing overlaps, leaves the land or breaks a norm; areas sum; the picture is checked on its shapes."""

from __future__ import annotations

import ast
import itertools
import math
import os
from datetime import date
from pathlib import Path

import pytest
import shapely
from babel.messages.pofile import read_po
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from shapely import LineString, MultiPolygon, Point, Polygon, affinity
from shapely.geometry.base import BaseGeometry

import api.layout_view
import sites.candidates
from api.i18n import LOCALES
from geodata.errors import UsageError
from sites.candidates.cost import unit_costs
from sites.candidates.layout import Layout, layout, layout_norm
from sites.candidates.layout.check import faults
from sites.candidates.layout.drawing import pitches_of, service_plots
from sites.candidates.layout.ground import spans
from sites.candidates.layout.model import BALANCE, Drawing
from sites.candidates.layout.norm import LAID_OUT, LayoutNorm
from sites.law import rules

SOURCES = Path(sites.candidates.__file__).parent
DAY = date(2026, 11, 23)
RESIDENTIAL = layout_norm("flanders", "residential", DAY)
TRANSIT = layout_norm("wallonia", "transit", DAY)
NORMS = [
    layout_norm(region, site_type, DAY)
    for region in ("flanders", "wallonia", "brussels", "german-speaking-community")
    for site_type in LAID_OUT
]
#: Where land lies in EPSG:31370: rounding counts at these coordinates.
EAST, NORTH = 152_000.0, 171_000.0
#: Pieces of land drawn at random: laying one out by hand again takes a second; many with `./standplaats test --full`.
EXAMPLES = 100 if os.environ.get("STANDPLAATS_TEST_FULL") else 20


def here(shape: BaseGeometry, degrees: float = 0.0) -> BaseGeometry:
    """A shape drawn about the origin, turned and moved to where land lies."""
    return affinity.translate(affinity.rotate(shape, degrees, origin=(0, 0)), EAST, NORTH)


def rectangle(width: float, depth: float) -> Polygon:
    return shapely.box(0, 0, width, depth)


def check_by_hand(drawing: Drawing, remainder: BaseGeometry, norm: LayoutNorm) -> None:
    """Every rule of a layout, with plain shapely and no code of the layout."""
    pitches, caravans = drawing.of("pitch"), drawing.of("caravan")
    plots, buildings, road = drawing.of("service_plot"), drawing.of("service_building"), drawing.of("road")
    assert math.isclose(sum(drawing.balance.values()), remainder.area, abs_tol=1e-6)
    assert set(drawing.balance) == set(BALANCE)
    assert len(pitches) == drawing.pitches == len(caravans)
    network = shapely.union_all(road)
    for one in [*pitches, *plots, *road]:
        assert one.difference(remainder.buffer(1e-6)).is_empty
    for one, other in itertools.combinations([*pitches, *plots, *road], 2):
        assert one.intersection(other).area < 1e-6
    for one, other in itertools.combinations(caravans, 2):
        assert one.distance(other) >= norm.spacing.low - 1e-6
    for pitch, caravan in zip(pitches, caravans, strict=True):
        assert norm.pitch_area.low - 1e-6 <= pitch.area <= norm.pitch_area.high + 1e-6
        assert caravan.difference(pitch.buffer(1e-6)).is_empty
        assert caravan.distance(network) >= norm.road_distance.low - 1e-6
        assert math.isclose(caravan.area, norm.stand_width.low * norm.stand_length.low, rel_tol=1e-9)
    for one in [*pitches, *plots]:
        assert one.distance(remainder.boundary) >= norm.green_edge.low - 1e-6
        assert one.buffer(1e-4).intersection(network).area >= 2.5e-4
    if pitches:
        connected = shapely.get_parts(network.buffer(1e-6))
        assert len(connected) == len(drawing.entries)
        for one in connected:
            assert min(one.distance(entry) for entry in drawing.entries) < 0.5
        if norm.own_building:
            assert len(buildings) == len(pitches) and not plots
            for pitch, building, caravan in zip(pitches, buildings, caravans, strict=True):
                assert building.difference(pitch.buffer(1e-6)).is_empty
                assert building.intersection(caravan).area < 1e-6
        else:
            assert len(plots) == math.ceil(len(pitches) / norm.service.high) == len(buildings)


def check(found: Layout, remainder: BaseGeometry) -> None:
    for drawing in found.drawings:
        check_by_hand(drawing, remainder, found.norm)
        assert faults(drawing, remainder, found.norm) == []
    assert 0 <= found.low <= found.high
    assert (found.reason is None) == (found.high > 0)
    assert found.drawings[0].pitches == found.low and found.drawings[1].pitches == found.high


@st.composite
def land(draw: st.DrawFn) -> BaseGeometry:
    """Star-shaped land, with a hole or cut in two at times."""
    corners = draw(st.integers(3, 12))
    size = draw(st.floats(10, 80))
    turns = sorted(draw(st.lists(st.floats(0, 2 * math.pi), min_size=corners, max_size=corners, unique=True)))
    reach = draw(st.lists(st.floats(0.35, 1.0), min_size=corners, max_size=corners))
    shape = Polygon([(size * r * math.cos(a), size * r * math.sin(a)) for a, r in zip(turns, reach, strict=True)])
    assume(shape.is_valid and shape.area > 40)
    extra = draw(st.sampled_from(["whole", "hole", "cut"]))
    if extra == "hole":
        shape = shape.difference(
            Point(draw(st.floats(-20, 20)), draw(st.floats(-20, 20))).buffer(draw(st.floats(2, 12)))
        )
    elif extra == "cut":
        shape = shape.difference(LineString([(-100, draw(st.floats(-20, 20))), (100, 0)]).buffer(1.5))
    assume(not shape.is_empty and shape.area > 40)
    placed = here(shape)
    # Rounding at these coordinates may close a sliver to a spike, from which a check by hand would measure.
    assume(placed.is_valid)
    return placed


@settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)
@given(
    remainder=land(),
    norm=st.sampled_from(NORMS),
    how=st.sampled_from(["point", "far", "line", "none"]),
    along=st.floats(0, 1),
    wanted=st.sampled_from([None, 1, 4, 12]),
)
@example(here(rectangle(100, 100), 20.0), RESIDENTIAL, "point", 0.1, 12)
@example(here(rectangle(46, 150), -12.0), RESIDENTIAL, "point", 0.01, None)
def test_random_land_never_overlaps_never_leaves_never_breaks_a_norm(
    remainder: BaseGeometry, norm: LayoutNorm, how: str, along: float, wanted: int | None
) -> None:
    border = shapely.get_parts(remainder.boundary)[0]
    access = {
        "point": border.interpolate(along, normalized=True),
        "far": Point(EAST + 120, NORTH + 120 * along),
        "line": shapely.ops.substring(border, along / 2, along / 2 + 0.4, normalized=True),
        "none": None,
    }[how]
    found = layout(remainder, access, norm, wanted)
    check(found, remainder)
    if wanted is not None:
        assert found.drawn.pitches == min(wanted, found.high)


@pytest.mark.parametrize("turn", [0.0, 17.0, 45.0, 90.0, 133.0])
def test_a_hectare_gets_rows_on_both_sides_of_internal_roads(turn: float) -> None:
    remainder, access = here(rectangle(100, 100), turn), here(Point(50, 0), turn)
    found = layout(remainder, access, RESIDENTIAL)
    check(found, remainder)
    # Net pitches of a well-filled site take more than half of it; the count does not depend on how the land lies.
    assert found.low >= 22 and found.high >= 35
    assert found.drawings[0].balance["pitches"] > 0.5 * remainder.area


def test_a_spike_without_width_changes_nothing() -> None:
    plain = here(rectangle(60, 60))
    spiked = here(Polygon([(0, 0), (30, 0), (30, 25), (30, 0), (60, 0), (60, 60), (0, 60)]))
    assert not spiked.is_valid
    found = layout(spiked, here(Point(10, 0)), RESIDENTIAL)
    check(found, plain)
    assert (found.low, found.high) == ((same := layout(plain, here(Point(10, 0)), RESIDENTIAL)).low, same.high)


def test_the_count_of_a_plain_strip_by_hand() -> None:
    """A strip just deep enough for two pitches and a road between them, entered from its short side."""
    depth, length = 15.0 + 5.0 + 15.0 + 2 * 3.0, 3.0 + 20 * 10.0 + 3.0
    remainder = here(rectangle(length, depth))
    found = layout(remainder, here(Point(0, depth / 2)), RESIDENTIAL)
    check(found, remainder)
    # Pitches of 150 m2 are 10 m wide and 15 m deep, 20 on each side; one place at the end is for turning.
    assert found.high == 39


@settings(max_examples=15, deadline=None)
@given(length=st.floats(20, 140), more=st.floats(0, 60), depth=st.sampled_from([41.0, 50.0]))
def test_a_longer_strip_never_holds_fewer(length: float, more: float, depth: float) -> None:
    """Entered in the middle of its short side, a strip holds all that a shorter one does."""
    short, long = rectangle(length, depth), rectangle(length + more, depth)
    access = here(Point(0, depth / 2))
    assert layout(here(long), access, RESIDENTIAL).high >= layout(here(short), access, RESIDENTIAL).high


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        (rectangle(10, 10), "less than one pitch"),
        (rectangle(5, 400), "too narrow"),
        (rectangle(14, 14), "No pitch with a road"),
        (Polygon(), "Nothing is left"),
    ],
)
def test_land_that_is_too_small_says_why(shape: Polygon, words: str) -> None:
    found = layout(here(shape) if not shape.is_empty else shape, here(Point(0, 0)), RESIDENTIAL)
    assert found.high == 0 and found.drawn.pitches == 0
    assert found.reason is not None and words in found.reason.template
    assert math.isclose(sum(found.drawn.balance.values()), shape.area, abs_tol=1e-6)


def test_a_hole_stays_empty_and_parts_out_of_reach_are_told() -> None:
    around = here(Polygon([(0, 0), (110, 0), (110, 90), (0, 90)], [[(40, 30), (70, 30), (70, 60), (40, 60)]]))
    found = layout(around, here(Point(55, 0)), TRANSIT)
    check(found, around)
    assert found.high > 0
    apart = MultiPolygon([here(rectangle(80, 60)), here(affinity.translate(rectangle(80, 60), 0, 65))])
    found = layout(apart, here(Point(40, 0)), TRANSIT)
    check(found, apart)
    assert any("does not reach" in one.template and one.values["area"][1] == pytest.approx(4800) for one in found.notes)
    whole = layout(apart, here(LineString([(0, 0), (0, 125)])), TRANSIT)
    check(whole, apart)
    assert len(whole.drawings[1].entries) == 2 and whole.high > found.high


def test_a_way_in_at_a_corner_moves_along_the_border_and_says_so() -> None:
    remainder = here(rectangle(60, 60))
    found = layout(remainder, here(Point(0, 0)), RESIDENTIAL)
    check(found, remainder)
    assert found.high > 0
    assert any(one.template.startswith("The way in was moved") for one in found.notes)


def test_an_unknown_access_and_one_far_away_are_told() -> None:
    remainder = here(rectangle(60, 60))
    assert any("not known" in one.template for one in layout(remainder, None, RESIDENTIAL).notes)
    far = layout(remainder, here(Point(30, -40)), RESIDENTIAL)
    told = next(one for one in far.notes if "is not drawn" in one.template)
    assert told.values["apart"] == ("m", pytest.approx(40.0))


def test_a_wish_takes_the_largest_pitches_with_which_it_fits() -> None:
    remainder, access = here(rectangle(100, 100)), here(Point(50, 0))
    few = layout(remainder, access, RESIDENTIAL, 12)
    assert few.drawn.pitches == 12 and few.drawn.pitch_area_m2 == pytest.approx((250, 250), abs=0.02)
    some = layout(remainder, access, RESIDENTIAL, few.low + 3)
    assert some.drawn.pitches == few.low + 3
    assert some.drawn.pitch_area_m2 is not None and 150 <= some.drawn.pitch_area_m2[0] < 250
    many = layout(remainder, access, RESIDENTIAL, few.high + 10)
    assert many.drawn.pitches == many.high
    assert any("do not fit" in one.template for one in many.notes)


def test_the_same_land_is_drawn_the_same_twice() -> None:
    remainder, access = here(rectangle(83, 71), 31.0), here(Point(40, 0), 31.0)
    first, second = (layout(remainder, access, TRANSIT, 9) for _ in range(2))
    assert [one.geometry.wkb for one in first.drawn.features] == [one.geometry.wkb for one in second.drawn.features]


def test_the_checker_finds_what_is_wrong() -> None:
    """A check that never fails proves nothing: each rule is broken once."""
    remainder, access = here(rectangle(60, 60)), here(Point(30, 0))
    sound = layout(remainder, access, RESIDENTIAL).drawings[1]

    def broken(**changes: BaseGeometry) -> list[str]:
        features = []
        done: set[str] = set()
        for one in sound.features:
            if one.kind in changes and one.kind not in done:
                done.add(one.kind)
                one = type(one)(one.kind, changes[one.kind], one.properties)
            features.append(one)
        changed = type(sound)(
            sound.variant, sound.pitches, sound.pitch_area_m2, sound.spacing_m, tuple(features), sound.entries,
            sound.balance, sound.unturned,
        )  # fmt: skip
        return faults(changed, remainder, RESIDENTIAL)

    pitch, other = sound.of("pitch")[:2]
    caravan, near = sound.of("caravan")[:2]
    assert broken() == []
    assert "overlap" in broken(pitch=other)
    assert "outside" in broken(pitch=affinity.translate(pitch, 500))
    assert "pitch_area" in broken(pitch=affinity.scale(pitch, 0.5, 0.5))
    assert "not_on_road" in broken(pitch=affinity.scale(pitch, 0.8, 0.8))
    assert "spacing" in broken(caravan=affinity.translate(near, 0.5, 0.5))
    assert "caravan_off_pitch" in broken(caravan=affinity.translate(caravan, 500))
    assert "road_not_reached" in broken(road=affinity.translate(sound.of("road")[0], 200, 0))
    assert "balance" in faults(sound, here(rectangle(60, 61)), RESIDENTIAL)


def test_features_are_lonlat_and_say_what_they_are() -> None:
    told = layout(here(rectangle(60, 60)), here(Point(30, 0)), RESIDENTIAL).features()
    assert told["type"] == "FeatureCollection"
    kinds = {one["properties"]["kind"] for one in told["features"]}
    assert {"road", "pitch", "caravan", "service_building", "green_edge"} <= kinds
    for one in told["features"]:
        west, south, east, north = shapely.geometry.shape(one["geometry"]).bounds
        assert 4.3 < west <= east < 4.5 and 50.8 < south <= north < 50.9


@pytest.mark.parametrize("norm", NORMS, ids=lambda one: f"{one.region}-{one.site_type}")
def test_every_figure_says_whose_it_is(norm: LayoutNorm) -> None:
    known = {one.id for one in rules()}
    for one in norm.figures:
        assert one.low <= one.high
        assert all(cited.rule in known for cited in one.rules)
        if one.owner == "our_choice":
            assert one.note is not None and not one.binding
        else:
            assert any(cited.figure for cited in one.rules)
        # Nothing found so far is law for the layout of a caravan site here.
        assert not one.binding
    assert (norm.spacing.low, norm.spacing.high) == (5.0, 6.0)


def test_the_flemish_areas_hold_from_their_first_day() -> None:
    norm = layout_norm("flanders", "residential", date(2017, 6, 1))
    assert (norm.pitch_area.owner, norm.pitch_area.low, norm.pitch_area.high) == ("official", 150, 250)
    before = layout_norm("flanders", "residential", date(2012, 3, 6))
    assert (before.pitch_area.owner, before.pitch_area.rules) == ("our_choice", ())
    transit = layout_norm("flanders", "transit", DAY)
    assert (transit.pitch_area.low, transit.pitch_area.high) == (100, 200)
    silent = [one for one in transit.spacing.rules if not one.figure]
    assert [one.rule for one in silent] == ["flanders.norm.fire-spacing"]


def test_norms_about_the_whole_site_say_whether_they_are_law_here() -> None:
    norms = {one.cited.rule: one for one in layout_norm("wallonia", "transit", DAY).site}
    law = norms["wallonia.norm.reception-area"]
    assert law.binding and (law.low, law.high, law.unit) == (15, None, "caravans")
    assert (law.met(15, 40), law.met(6, 17), law.met(6, 14)) == (True, None, False)
    assert not norms["wallonia.norm.reception-area-size"].binding
    guidance = layout_norm("flanders", "residential", DAY).site[0]
    assert not guidance.binding and guidance.owner == "official"
    assert (guidance.met(10, 15), guidance.met(5, 9), guidance.met(16, 30), guidance.met(5, 30)) == (
        True,
        False,
        False,
        None,
    )
    assert (
        layout_norm("wallonia", "transit", date(2019, 7, 31)).site[0].cited.rule == "wallonia.norm.reception-area-size"
    )
    assert [one.cited.rule for one in layout_norm("brussels", "transit", DAY).site] == [
        "brussels.norm.transit-site-area"
    ]


def test_plots_of_service_buildings_come_off_the_pitches() -> None:
    assert [pitches_of(one, TRANSIT) for one in (0, 1, 2, 26, 27, 28, 52)] == [0, 0, 1, 25, 25, 26, 50]
    assert pitches_of(30, RESIDENTIAL) == 30
    assert [service_plots(one, TRANSIT) for one in (0, 1, 25, 26)] == [0, 1, 1, 2]


def test_strips_lie_inside_where_spans_say_so() -> None:
    shape = Polygon(
        [(0, 0), (40, 0), (40, 30), (25, 30), (20, 10), (15, 30), (0, 30)], [[(5, 5), (8, 5), (8, 8), (5, 8)]]
    )
    for low, high, found in zip((0, 12), (9, 20), spans(shape, "x", [0, 12], [9, 20]), strict=True):
        assert found
        for a, b in found:
            assert shapely.box(a, low, b, high).difference(shape).area < 1e-3
            assert not shape.covers(shapely.box(a - 0.01, low, b, high))
            assert not shape.covers(shapely.box(a, low, b + 0.01, high))


def test_what_cannot_be_asked_is_refused() -> None:
    with pytest.raises(UsageError, match="hectares"):
        layout(here(rectangle(600, 600)), None, RESIDENTIAL)
    with pytest.raises(UsageError, match="no number of pitches"):
        layout(here(rectangle(60, 60)), None, RESIDENTIAL, 0)
    with pytest.raises(UsageError, match="not laid out"):
        layout_norm("flanders", "gathering", DAY)
    with pytest.raises(UsageError, match="Unknown region"):
        layout_norm("atlantis", "transit", DAY)


def messages() -> set[str]:
    """Templates of every message that a layout or its cost may say."""
    found = set()
    for path in [
        *SOURCES.glob("layout/*.py"),
        SOURCES / "layouts.py",
        SOURCES / "cost.py",
        Path(api.layout_view.__file__),
    ]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Message":
                found |= {one.value for one in node.args[:1] if isinstance(one, ast.Constant)}
    words = {word for cost in unit_costs().items for word in (cost.works, cost.unit, cost.outcome)}
    return found | words | {"generous", "tight", "wanted", "land", "soil", "connections", "permit refused"}


@pytest.mark.parametrize("language", ["nl", "fr", "de"])
def test_every_message_is_in_every_language(language: str) -> None:
    with (LOCALES / f"{language}.po").open("rb") as stream:
        texts = {str(one.id): str(one.string) for one in read_po(stream) if one.id}
    found = messages()
    assert len(found) > 30
    assert {one for one in found if not texts.get(one)} == set()
