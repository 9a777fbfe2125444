"""The second opinion on what is stored: it agrees, it covers every figure, and it sees what is wrong."""

from __future__ import annotations

from typing import Any

import numpy as np
import psycopg
import pytest
import shapely

from geodata.errors import StandplaatsError
from geodata.measure.around import COUNTS
from geodata.measure.check import check_batch
from geodata.measure.inputs import Layer, Layers
from geodata.measure.reach import TARGETS, reach
from geodata.measure.second_opinion import ways
from geodata.measure.stored import load_table
from geodata.missing import is_none
from tests.measure.test_reach import EVERYWHERE, parcel, parcels

Connection = psycopg.Connection[Any]


def batch_of(connection: Connection, nis: str) -> int:
    row = connection.execute("SELECT id FROM batch WHERE nis = %s AND current", [nis]).fetchone()
    assert row is not None
    return int(row[0])


#: Ways of which the demo has some: it has no schools in German.
FOUND = [name for name in TARGETS if name != "school_de"]


@pytest.mark.parametrize("nis", ["99001", "99002", "99003"])
def test_every_figure_agrees(demo_connection: Connection, nis: str) -> None:
    found = check_batch(demo_connection, batch_of(demo_connection, nis), 120, seed=5)
    asked = {"area_m2", "perimeter_m", "vertices", "parts", "width_m", "frontage_m", "built_share", "access point"}
    asked |= {
        *COUNTS,
        *(f"way to {name}" for name in FOUND),
        "road at the access",
        "drive to main_road",
        "slope_deg",
        "slope_max_deg",
    }
    assert asked <= set(found.differences)
    assert found.largest < 0.01 and found.parcels == 120


@pytest.mark.parametrize(
    ("change", "figure"),
    [
        ("slope_deg = slope_deg + 0.1", "slope_deg"),
        ("slope_max_deg = slope_max_deg + 1", "slope_max_deg"),
        ("frontage_m = frontage_m + 5", "frontage_m"),
        ("vertices = vertices + 1", "vertices"),
        ("parts = 2", "parts"),
        ("count_low[4] = count_low[4] + 1", "departures_500m"),
        ("reach_high_mm[1] = reach_high_mm[1] - 500", "way to school"),
        ("drive_high_ms = drive_high_ms + 6000", "drive to main_road"),
        ("access_x = access_x + 3", "access point"),
        ("access_class = 'track'", "road at the access"),
        ("access_width_m = 3.3", "road at the access"),
        ("reach_high_mm[3] = reach_high_mm[3] - 500", "way to school_fr"),
    ],
)
def test_what_is_wrong_is_seen(demo_connection: Connection, change: str, figure: str) -> None:
    batch = batch_of(demo_connection, "99002")
    demo_connection.execute(f"UPDATE measurement SET {change} WHERE batch_id = %s".encode(), [batch])
    with pytest.raises(StandplaatsError, match=figure):
        check_batch(demo_connection, batch, 40)
    demo_connection.rollback()


def test_every_way_that_is_stored_has_an_opinion(demo_connection: Connection) -> None:
    """Few are left out for being joined to one of several roads that cross the parcel."""
    table = load_table(demo_connection, [batch_of(demo_connection, "99001")])
    some = np.flatnonzero(~np.isnan(table.access_xy[:, 0]))[::9]
    found = ways(demo_connection, {int(table.parcel_id[at]): tuple(table.access_xy[at].tolist()) for at in some})
    for name in FOUND:
        assert len(found.metres[name]) > 0.9 * len(some), name
        for at in some:
            told = found.metres[name].get(int(table.parcel_id[at]))
            if told is not None and np.isfinite(table.reach[name].high[at]):
                assert table.reach[name].high[at] == pytest.approx(told, abs=0.002)
    demo_connection.rollback()


def test_an_unknown_slope_has_no_opinion(demo_connection: Connection) -> None:
    batch = batch_of(demo_connection, "99001")
    demo_connection.execute(
        "UPDATE measurement SET slope_deg = NULL, slope_max_deg = NULL, frontage_m = NULL WHERE batch_id = %s", [batch]
    )
    found = check_batch(demo_connection, batch, 20)
    assert not {"slope_deg", "slope_max_deg", "frontage_m"} & set(found.differences)
    demo_connection.rollback()


def test_what_is_null_has_a_reason(demo_connection: Connection) -> None:
    for nis in ("99001", "99002", "99003"):
        table = load_table(demo_connection, [batch_of(demo_connection, nis)])
        for values, name in ((table.frontage_m, "frontage"), (table.slope_deg, "dem"), (table.slope_max_deg, "dem")):
            given = ~is_none(table.unknown[name])
            np.testing.assert_array_equal(np.isnan(values), given, err_msg=f"{nis} {name}")
        nowhere = np.isnan(table.access_xy[:, 0])
        assert all(table.unknown["reach:main_road"][at] is not None for at in np.flatnonzero(nowhere))
        assert not np.isnan(table.width_m).any()
    demo_connection.rollback()


def test_the_drive_is_the_quickest_not_the_shortest() -> None:
    """Metres and minutes may be of two ways; each is told as its own."""
    lines = [([(0, 0), (0, 1000)], "track"), ([(0, 0), (900, 0), (900, 1000), (0, 1000)], "secondary")]
    main = ([(0, 1000), (-800, 1000)], "main")
    given = [*lines, main]
    layer = Layer(
        "roads",
        np.array([shapely.LineString(line) for line, _ in given], dtype=object),
        np.array([name for _, name in given], dtype=object),
        coverage=EVERYWHERE,
    )
    table = reach(parcels(parcel(-10, -10)), Layers({"roads": layer}))
    assert table.metres["main_road"].high[0] == pytest.approx(1000)
    assert table.minutes["main_road"].high[0] == pytest.approx(2800 * 0.06 / 50)
