"""What is left of stored parcels: shapely over the rows of the database as oracle, and what is not known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import pytest
import shapely

from geodata.errors import NotFoundError, UsageError
from geodata.measure.inputs import Parcels
from geodata.measure.read import read_layers, read_parcels
from geodata.measure.remaining import (
    Exclusion,
    remaining,
    remaining_geometry,
    remaining_of,
    remaining_shapes,
)
from geodata.measure.specs import Region
from geodata.measure.stored import load_table
from geodata.measure.table import KNOWN_USE

Connection = psycopg.Connection[Any]
PLACES: list[tuple[str, Region]] = [("99001", "flanders"), ("99002", "wallonia"), ("99003", "brussels")]
#: Areas, lines and points, with and without a distance; of the roads some only.
TAKEN: dict[str, Any] = {
    "buildings": Exclusion(buffer_m=3.0),
    "land_use": KNOWN_USE,
    "flood": None,
    "roads": Exclusion(("main", "secondary"), 25.0),
    "addresses": Exclusion(buffer_m=5.0),
}


def batch_of(connection: Connection, nis: str) -> int:
    row = connection.execute("SELECT id FROM batch WHERE nis = %s AND current", [nis]).fetchone()
    assert row is not None
    return int(row[0])


def some(parcels: Parcels, count: int) -> Parcels:
    """Parcels from all over the municipality."""
    at = np.linspace(0, len(parcels) - 1, count).astype(int)
    return Parcels(
        parcels.parcel_id[at], parcels.capakey[at], parcels.nis[at], parcels.border[at], parcels.flat.take(at),
        parcels.owner_class[at],
    )  # fmt: skip


def taken_by_hand(connection: Connection, region: Region, parcels: Parcels) -> Any:
    """All that `TAKEN` takes away, as one shape."""
    layers = read_layers(connection, region, parcels)
    shapes: list[Any] = []
    for name, wanted in TAKEN.items():
        layer = layers[name]
        buffer_m = wanted.buffer_m if isinstance(wanted, Exclusion) else 0.0
        classes = wanted.classes if isinstance(wanted, Exclusion) else wanted or ()
        mine = layer.geometry[np.isin(layer.classes.astype(str), classes)] if classes else layer.geometry
        shapes += [*(shapely.buffer(mine, buffer_m, quad_segs=16) if buffer_m else mine)]
    return np.array(shapes, dtype=object)


@pytest.mark.parametrize(("nis", "region"), PLACES)
def test_area_and_shape_are_those_of_a_difference(
    demo_connection: Connection, tmp_path: Path, nis: str, region: Region
) -> None:
    parcels = some(read_parcels(demo_connection, nis), 150)
    shapes = taken_by_hand(demo_connection, region, parcels)
    tree = shapely.STRtree(shapes)
    expected = [shapely.difference(one, shapely.union_all(shapes[tree.query(one)])) for one in parcels.geometry]
    area = shapely.area(expected)
    assert (area < 0.99 * shapely.area(parcels.geometry)).mean() > 0.1 and (area > 1).any()
    found = remaining_of(demo_connection, region, parcels, TAKEN)
    np.testing.assert_allclose(found.area.high, area, atol=1e-4)
    for _ in ("made", "opened"):
        kept = remaining_of(demo_connection, region, parcels, TAKEN, cache=tmp_path)
        np.testing.assert_allclose(kept.area.high, found.area.high, atol=1e-6)
        np.testing.assert_array_equal(kept.parcel_id, parcels.parcel_id)
        np.testing.assert_allclose(kept.area.low, found.area.low, atol=1e-6)
    for mine, theirs in zip(
        remaining_geometry(demo_connection, region, parcels, TAKEN)[::5], expected[::5], strict=True
    ):
        assert mine.is_valid and shapely.area(shapely.symmetric_difference(mine, theirs)) < 1e-3
    demo_connection.rollback()


@pytest.mark.parametrize(("nis", "region"), PLACES)
def test_a_plan_takes_only_where_it_counts(
    demo_connection: Connection, tmp_path: Path, nis: str, region: Region
) -> None:
    """Of plans that replace each other the highest counts, as in the shares that are stored."""
    batch = batch_of(demo_connection, nis)
    table = load_table(demo_connection, [batch])
    classes = sorted(table.shares["zoning"], key=lambda name: -table.shares["zoning"][name].sum())[:1]
    found = remaining(demo_connection, batch, {"zoning": classes}, cache=tmp_path)
    assert found.parcel_id.tolist() == table.parcel_id.tolist()
    left = table.area_m2 * (1.0 - table.shares["zoning"][classes[0]])
    np.testing.assert_allclose(found.area.high, left, atol=1e-4)
    both = np.flatnonzero((table.shares["zoning"][classes[0]] > 0.05) & (table.shares["zoning"][classes[0]] < 0.95))[:5]
    keys = [*table.capakey[both], *table.capakey[:3]]
    shapes = remaining_shapes(demo_connection, batch, keys, {"zoning": classes})
    for key in keys:
        (at,) = np.flatnonzero(table.capakey == key)
        assert sum(one.area for one in shapes[key]) == pytest.approx(left[at], abs=1e-3)
    demo_connection.rollback()


def test_with_buildings_and_land_in_use_it_is_what_is_stored(demo_connection: Connection) -> None:
    batch = batch_of(demo_connection, "99001")
    table = load_table(demo_connection, [batch])
    found = remaining(demo_connection, batch, {"buildings": None, "land_use": KNOWN_USE})
    known = ~np.isnan(table.unbuilt_m2)
    assert known.mean() > 0.5
    np.testing.assert_allclose(found.area.high[known], table.unbuilt_m2[known], atol=1e-3)
    nothing = remaining(demo_connection, batch, {})
    np.testing.assert_allclose(nothing.area.low, table.area_m2, rtol=1e-9)
    np.testing.assert_array_equal(nothing.area.low, nothing.area.high)


def test_what_is_not_known_may_be_gone(demo_connection: Connection) -> None:
    parcels = some(read_parcels(demo_connection, "99001"), 200)
    demo_connection.execute("UPDATE dataset SET coverage = NULL WHERE kind = 'flood'")
    found = remaining_of(demo_connection, "flanders", parcels, {"flood": None})
    assert (found.area.low == 0).all() and (found.area.high > 0).any()
    demo_connection.rollback()
    middle = np.median(parcels.flat.bounds[:, 0])
    demo_connection.execute(
        """UPDATE dataset SET coverage_nis = NULL, coverage_accuracy_m = 0,
               coverage = ST_Multi(ST_MakeEnvelope(0, 0, %s, 300000, 31370)) WHERE kind = 'buildings'""",
        [middle],
    )
    plain = remaining_of(demo_connection, "flanders", parcels, {"buildings": None}).area
    wide = remaining_of(demo_connection, "flanders", parcels, {"buildings": Exclusion(buffer_m=40.0)}).area
    west, east = parcels.flat.bounds[:, 0], parcels.flat.bounds[:, 2]
    assert (plain.low == plain.high)[east <= middle].all() and (plain.low[west >= middle] == 0).all()
    assert (wide.low == wide.high)[east <= middle - 40.01].all() and (wide.low[west >= middle - 39.9] == 0).all()
    near = (east <= middle) & (west >= middle - 39.9)
    assert near.any() and (wide.high[near] > 0).any()
    demo_connection.rollback()


def test_what_cannot_be_taken_away_is_refused(demo_connection: Connection) -> None:
    parcels = some(read_parcels(demo_connection, "99003"), 3)

    def ask(given: Any) -> Any:
        return remaining_of(demo_connection, "brussels", parcels, given)

    for given, told in (
        ({"beauty": None}, "no layer"),
        ({"roads": None}, "no areas"),
        ({"dem": Exclusion(buffer_m=3)}, "no shapes"),
        ({"zoning": Exclusion(("residential",), 5.0)}, "around zoning"),
        ({"flood": Exclusion(buffer_m=-1.0)}, "no distance"),
        ({"addresses": Exclusion(("any",), 1.0)}, "no classes"),
    ):
        with pytest.raises(UsageError, match=told):
            ask(given)
    # A layer that only another region has takes nothing.
    np.testing.assert_array_equal(ask({"plan_hp": None}).area.low, parcels.flat.areas)
    with pytest.raises(NotFoundError, match="no batch"):
        remaining(demo_connection, 0, {})
    batch = batch_of(demo_connection, "99003")
    with pytest.raises(NotFoundError, match="not in batch"):
        remaining_shapes(demo_connection, batch, ["nowhere"], {})
    demo_connection.rollback()
