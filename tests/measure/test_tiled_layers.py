"""Prepared layers: the area of each class is that of GEOS's union, whatever overlaps, and a tile is the same alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.errors import InputError
from geodata.measure.flat import FlatPolygons
from geodata.measure.tiles import TiledLayer, prepare, redissolved, replaced, tiles_of

ARRAYS = ("grid", "tiles", "piece_class", "pieces", "boxes", "edges")


def flat(*shapes: shapely.Geometry) -> FlatPolygons:
    """Flat polygons of shapes."""
    return FlatPolygons.from_shapely(shapes)


def assert_same(one: TiledLayer, other: TiledLayer) -> None:
    """Equal to the last bit."""
    for name in ARRAYS:
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)


def stars(count: int, seed: int, extent: float = 2500.0) -> FlatPolygons:
    """Rough shapes that overlap each other, some with a hole, some of two parts."""
    draw = np.random.default_rng(seed)
    out = []
    for k in range(count):
        n = int(draw.integers(3, 120))
        turn = 2 * np.pi * np.arange(n) / n
        around = (draw.uniform(5, 700) * draw.uniform(0.5, 1, n))[:, None] * np.stack([np.cos(turn), np.sin(turn)], 1)
        at = draw.uniform((149_000, 169_000), (149_000 + extent, 169_000 + extent))
        holes = [at + 0.3 * around] if k % 3 == 0 else []
        shape = shapely.make_valid(shapely.Polygon(at + around, holes))
        out.append(shapely.union(shape, shapely.box(*(at + 800), *(at + 900))) if k % 5 == 0 else shape)
    return FlatPolygons.from_shapely(out)


coordinates = st.integers(-60, 60)
triangles = st.tuples(*[st.tuples(coordinates, coordinates)] * 3).filter(lambda t: shapely.Polygon(t).area > 0)


@settings(deadline=None)
@given(st.lists(st.tuples(triangles, st.integers(0, 2)), max_size=9), st.sampled_from([7.0, 10.0, 500.0]))
def test_area_of_each_class_is_that_of_the_union(
    drawn: list[tuple[tuple[tuple[int, int], ...], int]], size: float
) -> None:
    shapes = [shapely.Polygon(corners) for corners, _ in drawn]
    kinds = [kind for _, kind in drawn]
    layer = prepare(flat(*shapes), kinds, 3, size=size)
    expected = [
        shapely.area(shapely.union_all([s for s, k in zip(shapes, kinds, strict=True) if k == c])) for c in range(3)
    ]
    np.testing.assert_allclose(layer.areas(), expected, atol=1e-8)


@settings(deadline=None)
@given(st.lists(st.tuples(triangles, st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=7))
def test_a_class_ends_where_a_higher_level_begins(
    drawn: list[tuple[tuple[tuple[int, int], ...], int, int]],
) -> None:
    shapes = np.array([shapely.Polygon(corners) for corners, _, _ in drawn], dtype=object)
    kinds, levels = np.array([d[1] for d in drawn]), np.array([d[2] for d in drawn])
    expected = np.zeros(3)
    for c, level in np.ndindex(3, 3):
        above = levels > level
        with_mine = shapes[above | ((kinds == c) & (levels == level))]
        # By areas of unions of whole triangles: the parts themselves nearly coincide, and GEOS may lose one.
        expected[c] += shapely.area(shapely.union_all(with_mine)) - shapely.area(shapely.union_all(shapes[above]))
    layer = prepare(flat(*shapes), kinds, 3, precedence=levels, size=20.0)
    np.testing.assert_allclose(layer.areas(), expected, atol=1e-7)


def test_rough_shapes_with_holes_and_parts() -> None:
    polygons = stars(80, 5)
    kinds = np.arange(80) % 4
    layer = prepare(polygons, kinds)
    shapes = polygons.to_shapely()
    expected = [shapely.area(shapely.union_all(shapes[kinds == c])) for c in range(4)]
    np.testing.assert_allclose(layer.areas(), expected, rtol=1e-12)


def test_a_shared_border_inside_one_class_is_gone() -> None:
    halves = flat(shapely.box(10, 10, 30, 40), shapely.box(30, 10, 50, 40), shapely.box(10, 40, 50, 60))
    one_class, two_classes = prepare(halves, [0, 0, 0]), prepare(halves, [0, 0, 1])
    tops = one_class.edges[: one_class.pieces[1]]
    assert len(one_class) == 1
    assert set(tops[:, 1]) == {60.0}
    assert len(two_classes) == 2
    assert two_classes.areas().tolist() == [1200.0, 800.0]


def test_a_tile_wholly_covered_is_one_edge() -> None:
    layer = prepare(flat(shapely.box(-1000, -1000, 2000, 2000)), [0])
    middle = np.flatnonzero((layer.boxes == [0, 0, 500, 500]).all(axis=1))
    assert len(middle) == 36
    assert (np.diff(layer.pieces)[2 * middle] == 1).all()
    assert (np.diff(layer.pieces)[2 * middle + 1] == 0).all()


def test_edges_of_a_piece_are_sorted_and_lie_in_their_tile() -> None:
    layer = prepare(stars(40, 3), np.arange(40) % 3)
    assert (layer.edges[:, 0] < layer.edges[:, 2]).all()
    assert layer.edges.min() >= 0.0
    assert layer.edges.max() <= 500.0
    for first, last in zip(layer.pieces[:-1], layer.pieces[1:], strict=True):
        assert (np.diff(layer.edges[first:last, 0]) >= 0).all()


def test_any_number_of_threads_gives_the_same_layer() -> None:
    polygons, kinds = stars(60, 8), np.arange(60) % 4
    assert_same(prepare(polygons, kinds, workers=1), prepare(polygons, kinds, workers=3))


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.integers(296, 306), st.integers(336, 346)), min_size=1, max_size=5, unique=True))
def test_tiles_made_alone_are_those_of_the_full_layer(chosen: list[tuple[int, int]]) -> None:
    polygons, kinds = stars(40, 21), np.arange(40) % 3
    full = prepare(polygons, kinds, 3)
    alone = prepare(polygons, kinds, 3, tiles=chosen)
    if alone_inside(full, chosen):
        assert_same(replaced(full, alone, chosen), full)
    for column, row in chosen:
        a, b = pieces_of(alone, column, row), pieces_of(full, column, row)
        for mine, theirs in zip(a, b, strict=True):
            np.testing.assert_array_equal(mine, theirs)


def alone_inside(layer: TiledLayer, tiles: list[tuple[int, int]]) -> bool:
    """Whether no tile lies outside the layer's grid."""
    column, row, columns, rows, _ = layer.grid.tolist()
    return all(column <= c < column + columns and row <= r < row + rows for c, r in tiles)


def pieces_of(layer: TiledLayer, column: int, row: int) -> list[np.ndarray]:
    """Classes and edges of one tile."""
    c, r = column - layer.grid[0], row - layer.grid[1]
    if not (0 <= c < layer.grid[2] and 0 <= r < layer.grid[3]):
        return [np.empty(0), np.empty((0, 4))]
    t = r * layer.grid[2] + c
    a, b = layer.tiles[t], layer.tiles[t + 1]
    return [layer.piece_class[a:b], layer.edges[layer.pieces[2 * a] : layer.pieces[2 * b]]]


def test_a_change_touches_only_its_tiles_and_equals_a_full_run() -> None:
    before, kinds = stars(60, 2), np.arange(60) % 4
    moved = before.to_shapely().copy()
    moved[7] = shapely.transform(moved[7], lambda xy: xy + (40.0, -310.0))
    moved[11] = None
    moved[12] = shapely.box(140_000, 160_000, 140_700, 160_020)
    after = FlatPolygons.from_shapely(moved)
    boxes = np.concatenate([before.bounds[[7, 11, 12]], after.bounds[[7, 11, 12]]])
    changed = redissolved(prepare(before, kinds, 4), after, kinds, boxes)
    full = prepare(after, kinds, 4)
    np.testing.assert_allclose(changed.areas(), full.areas(), rtol=1e-13)
    np.testing.assert_array_equal(changed.edges, full.edges)
    np.testing.assert_array_equal(changed.piece_class, full.piece_class)


def test_tiles_of_boxes() -> None:
    assert tiles_of([[0, 0, 10, 10], [490, 490, 510, 499], [np.nan] * 4]).tolist() == [[0, 0], [1, 0]]
    assert tiles_of([[-1, 0, 500, 0]]).tolist() == [[-1, 0], [0, 0], [1, 0]]
    assert tiles_of(np.empty((0, 4))).shape == (0, 2)


@pytest.mark.parametrize("shapes", [[], [None], [shapely.box(0, 0, 1, 700)]])
def test_a_folder_gives_back_the_same_layer(tmp_path: Path, shapes: list[shapely.Geometry]) -> None:
    layer = prepare(flat(*shapes), [1] * len(shapes), 3)
    layer.save(tmp_path / "flood")
    again = TiledLayer.open(tmp_path / "flood")
    assert_same(again, layer)
    assert again.size == 500.0
    assert again.classes == 3
    assert not again.edges.flags.writeable


def test_a_damaged_folder_is_named_with_the_remedy(tmp_path: Path) -> None:
    prepare(flat(shapely.box(0, 0, 1, 700)), [0]).save(tmp_path / "flood")
    np.save(tmp_path / "flood" / "tiles.npy", np.array([0]))
    with pytest.raises(InputError, match=r"flood: .*Delete the folder"):
        TiledLayer.open(tmp_path / "flood")
    (tmp_path / "flood" / "edges.npy").unlink()
    with pytest.raises(InputError, match="field edges"):
        TiledLayer.open(tmp_path / "flood")


def test_progress_rises_to_the_end() -> None:
    told: list[float] = []
    prepare(stars(20, 4), np.zeros(20), progress=told.append)
    assert told == sorted(told)
    assert told[-1] == pytest.approx(1.0)


def test_a_class_out_of_range_is_named_with_its_row() -> None:
    with pytest.raises(InputError, match=r"row 2.*Class 4"):
        prepare(flat(shapely.box(0, 0, 1, 1), shapely.box(0, 0, 1, 1)), [0, 4], 3)


def test_coordinates_that_are_no_metres_of_belgium_are_refused() -> None:
    with pytest.raises(InputError, match="EPSG:31370"):
        prepare(flat(shapely.box(0, 0, 1, 1), shapely.box(0, 0, 1e9, 1e9)), [0, 0])
