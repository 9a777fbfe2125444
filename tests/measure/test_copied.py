"""Polygons come out of the database as they lie in it, with holes, in several parts, turned the right way."""

from __future__ import annotations

from typing import Any

import numpy as np
import psycopg
import pytest
import shapely
from hypothesis import HealthCheck, given
from hypothesis import settings as trying
from hypothesis import strategies as st
from psycopg import sql

from geodata.errors import DatabaseError
from geodata.measure import copied
from geodata.measure.copied import read_flat, read_named, read_paths, read_points

QUERY = sql.SQL("SELECT id, geom FROM shapes WHERE id > %(after)s ORDER BY id")


def square(x: float, y: float, size: float, hole: float, turned: bool) -> Any:
    outer = [(x, y), (x + size, y), (x + size, y + size), (x, y + size), (x, y)]
    inner = [(x + size / 4, y + size / 4), (x + size / 4, y + hole), (x + hole, y + hole), (x + size / 4, y + size / 4)]
    holes = [inner] if hole > size / 4 else []
    return shapely.Polygon(outer[::-1] if turned else outer, [one[::-1] if turned else one for one in holes])


POLYGON = st.builds(square, st.floats(0, 3e5), st.floats(0, 3e5), st.floats(1, 500), st.floats(0, 0.7), st.booleans())
SHAPES = st.lists(
    st.one_of(POLYGON, st.lists(POLYGON, min_size=1, max_size=3).map(lambda some: shapely.MultiPolygon(some))),
    max_size=8,
)


@pytest.mark.parametrize("compiled", [True, False])
def test_what_lies_in_the_database_comes_out(
    database: psycopg.Connection[Any], compiled: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copied, "HAVE_NUMBA", compiled)

    @trying(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(shapes=SHAPES)
    def check(shapes: list[Any]) -> None:
        put(database, shapes)
        numbers, polygons = read_flat(database, QUERY, {"after": 0})
        assert numbers[:, 0].tolist() == list(range(1, len(shapes) + 1))
        found = polygons.to_shapely()
        for given_shape, got in zip(shapes, found, strict=True):
            assert shapely.equals_exact(_normal(given_shape), _normal(got))
        for polygon in shapely.get_parts(found):
            assert polygon.exterior.is_ccw and not any(ring.is_ccw for ring in polygon.interiors)

    check()


def _normal(shape: Any) -> Any:
    return shapely.normalize(shapely.multipolygons(shapely.get_parts(shape)))


def put(database: psycopg.Connection[Any], shapes: list[Any]) -> None:
    database.rollback()
    database.execute("CREATE TEMP TABLE IF NOT EXISTS shapes (id bigint, geom geometry) ON COMMIT DROP")
    database.execute("TRUNCATE shapes")
    for at, shape in enumerate(shapes, 1):
        database.execute("INSERT INTO shapes VALUES (%s, ST_GeomFromWKB(%s, 31370))", [at, shapely.to_wkb(shape)])


@pytest.mark.parametrize("compiled", [True, False])
def test_lines_and_points(database: psycopg.Connection[Any], compiled: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copied, "HAVE_NUMBA", compiled)
    lines = [shapely.LineString([(0, 0), (1, 2), (3, 4.5)]), shapely.LineString([(7, 7), (8, 9)])]
    put(database, lines)
    numbers, xy, ends = read_paths(database, QUERY, {"after": 0})
    assert numbers[:, 0].tolist() == [1, 2] and ends.tolist() == [0, 3, 5]
    assert xy.tolist() == [[0, 0], [1, 2], [3, 4.5], [7, 7], [8, 9]]
    points = sql.SQL(
        "SELECT id, ST_X(ST_StartPoint(geom)), ST_Y(ST_EndPoint(geom)), id / 4.0::float8 FROM shapes WHERE id > %(after)s"
    )
    numbers, places, stated = read_points(database, points, {"after": 0})
    assert stated.tolist() == [0.25, 0.5]
    assert numbers.tolist() == [1, 2] and places.tolist() == [[0, 4.5], [7, 9]]
    assert len(read_points(database, points, {"after": 9})[0]) == 0
    assert read_paths(database, QUERY, {"after": 9})[2].tolist() == [0]


def test_a_polygon_is_no_line(database: psycopg.Connection[Any]) -> None:
    put(database, [square(0, 0, 9, 0, False)])
    with pytest.raises(DatabaseError, match="Row 1"):
        read_paths(database, QUERY, {"after": 0})


@pytest.mark.parametrize("compiled", [True, False])
def test_texts_come_with_the_shapes(
    database: psycopg.Connection[Any], compiled: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copied, "HAVE_NUMBA", compiled)
    shapes = [square(0, 0, 9, 0, False), shapely.MultiPolygon([square(0, 0, 8, 4, True), square(20, 0, 4, 0, False)])]
    put(database, shapes)
    query = sql.SQL(
        "SELECT id, -id AS other, repeat('é', id::int) AS key, geom FROM shapes WHERE id > %(after)s ORDER BY id"
    )
    numbers, keys, polygons = read_named(database, query, {"after": 0}, ("id", "other"), "key")
    assert numbers.tolist() == [[1, -1], [2, -2]] and keys.tolist() == ["é", "éé"]
    assert shapely.normalize(polygons.to_shapely()).tolist() == shapely.normalize(np.array(shapes)).tolist()
    numbers, keys, polygons = read_named(database, query, {"after": 9}, ("id", "other"), "key")
    assert numbers.shape == (0, 2) and keys.tolist() == [] and len(polygons) == 0


def test_a_line_is_refused_by_its_row(database: psycopg.Connection[Any]) -> None:
    put(database, [square(0, 0, 9, 0, False), shapely.LineString([(0, 0), (1, 1)])])
    with pytest.raises(DatabaseError, match="Row 2"):
        read_flat(database, QUERY, {"after": 0})


def test_several_numbers_and_no_row(database: psycopg.Connection[Any]) -> None:
    put(database, [square(0, 0, 9, 0, False)])
    two = sql.SQL("SELECT id, -id * 3000000000 AS far, geom FROM shapes WHERE id > %(after)s")
    numbers, polygons = read_flat(database, two, {"after": 0}, numbers=2)
    assert numbers.tolist() == [[1, -3_000_000_000]] and np.allclose(polygons.areas, 81)
    numbers, polygons = read_flat(database, two, {"after": 7}, numbers=2)
    assert numbers.shape == (0, 2) and len(polygons) == 0
