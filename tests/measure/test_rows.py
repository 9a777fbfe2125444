"""Measurements written whole columns at a time come back as they were, whatever is unknown, absent or far."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
from hypothesis import HealthCheck, given
from hypothesis import settings as trying
from hypothesis import strategies as st

from geodata.database.copy import copy_columns
from geodata.database.tables import metadata
from geodata.measure.kernels.roads import WALKING_KMH
from geodata.measure.measure import DISTANCES, SHARE_LAYERS
from geodata.measure.rows import COLUMNS, Common, columns_of, shares_json
from geodata.measure.stored import load_table
from geodata.measure.table import Interval, MeasurementTable

SHARE = st.one_of(st.just(0.0), st.just(1.0), st.floats(1e-12, 1.0))
METRES = st.one_of(st.just(0.0), st.just(np.inf), st.floats(0, 40_000))
UNKNOWN = st.one_of(st.just(float("nan")), st.floats(0, 1e6))
REASON = st.sampled_from([None, "not_loaded", "outside_coverage", "partly_covered"])


@st.composite
def tables(draw: st.DrawFn) -> MeasurementTable:
    n = draw(st.integers(1, 6))

    def column(of: st.SearchStrategy[Any], kind: Any = float) -> Any:
        return np.array(draw(st.lists(of, min_size=n, max_size=n)), dtype=kind)

    low, high = column(METRES), column(METRES)
    distances = {
        "school": Interval(np.minimum(np.where(np.isinf(low), 0.0, low), high), high),
        "stop": Interval(*(lambda same: (same, same))(np.where(np.isinf(low), 1.0, low))),
    }
    return MeasurementTable(
        parcel_id=np.arange(1, n + 1, dtype=np.int64),
        capakey=np.array([f"24434F0211/00W00{at}" for at in range(n)], dtype=object),
        nis=np.full(n, "24062", dtype=object),
        area_m2=column(st.floats(1, 1e6)),
        perimeter_m=column(st.floats(1, 1e5)),
        compactness=column(st.floats(0, 1)),
        built_share=column(UNKNOWN),
        dwellings=np.floor(column(UNKNOWN)),
        unbuilt_m2=column(UNKNOWN),
        slope_deg=column(UNKNOWN),
        owner_class=column(st.sampled_from([None, "private", "municipality"]), object),
        shares={"zoning": {"residential": column(SHARE), "park": column(SHARE)}, "flood": {"A": column(SHARE)}},
        covered={"zoning": column(SHARE), "flood": np.ones(n)},
        distances=distances,
        unknown={
            "zoning": column(REASON, object), "flood": column(REASON, object), "reach:shop": column(REASON, object),
            "frontage": column(REASON, object),
        },
        slope_max_deg=column(UNKNOWN),
        width_m=column(UNKNOWN),
        frontage_m=column(UNKNOWN),
        vertices=np.floor(column(st.floats(3, 1e6))),
        parts=np.floor(column(st.floats(1, 50))),
        reach={"shop": distances["school"], "main_road": distances["stop"]},
        minutes={
            "shop": Interval(*(end * 0.06 / WALKING_KMH for end in (distances["school"].low, distances["school"].high))),
            "main_road": Interval(distances["school"].low / 1000, distances["school"].high / 1000),
        },
        counts={"shops_1000m": Interval(np.floor(distances["school"].low), np.ceil(distances["school"].high))},
        access_xy=np.stack([column(UNKNOWN), column(UNKNOWN)], axis=1),
    )  # fmt: skip


@trying(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(table=tables())
def test_what_is_written_comes_back(database: psycopg.Connection[Any], table: MeasurementTable) -> None:
    common = Common.of(table)
    database.execute("TRUNCATE run_result, run, measurement, batch, dataset CASCADE")
    dataset = database.execute(
        """INSERT INTO dataset (key, kind, source, title, licence, redistributable, provider, file_name, sha256, version,
               current, fetched, rows_read, rows_loaded, rows_repaired, rows_refused, crs_used, crs_how, generalised)
           SELECT 'k', 'parcels', 's', '{}', 'l', true, 'p', 'f', 'x', 1, true, now(), 0, 0, 0, 0, 'EPSG:31370', 'd', false
           RETURNING id"""
    ).fetchone()
    assert dataset is not None
    for parcel, key in zip(table.parcel_id.tolist(), table.capakey, strict=True):
        database.execute(
            """INSERT INTO parcel (id, dataset_id, capakey, nis, nis_how, area_m2, attributes, geom, geom_3857)
               SELECT %s, %s, %s, '24062', 'place', 1, '{}', ST_Multi(g), ST_Transform(ST_Multi(g), 3857)
               FROM ST_MakeEnvelope(0, 0, 1, 1, 31370) g""",
            [parcel, dataset[0], key],
        )
    told = json.dumps({"layers": {"zoning": [1]}, "accuracy_m": {"zoning": 0.5}, "dates": {"zoning": "2026-01-02"}})
    batch = database.execute(
        """INSERT INTO batch (nis, datasets, digest, parcels, common, current)
           VALUES ('24062', %s, 'd', 1, %s, true) RETURNING id""",
        [told, json.dumps(common.as_dict())],
    ).fetchone()
    assert batch is not None
    parts = lambda start, stop: columns_of(table.part(start, stop), common, batch[0])  # noqa: E731
    copy_columns(database, "measurement", COLUMNS, len(table), parts, chunk=2)
    found = load_table(database, [batch[0]])
    database.rollback()
    for name in (
        "parcel_id",
        "area_m2",
        "perimeter_m",
        "compactness",
        "built_share",
        "dwellings",
        "unbuilt_m2",
        "slope_deg",
    ):
        np.testing.assert_array_equal(getattr(found, name), getattr(table, name), err_msg=name)
    assert list(found.owner_class) == list(table.owner_class)
    for layer, classes in table.shares.items():
        for name, values in classes.items():
            got = found.shares.get(layer, {}).get(name, np.zeros(len(table)))
            np.testing.assert_array_equal(got, values)
    for layer in table.covered:
        np.testing.assert_allclose(found.covered[layer], table.covered[layer], atol=5e-7)
        assert list(found.unknown[layer]) == list(table.unknown[layer])
    for name in ("slope_max_deg", "width_m", "frontage_m", "vertices", "parts", "access_xy"):
        np.testing.assert_array_equal(getattr(found, name), getattr(table, name), err_msg=name)
    for name in ("reach:shop", "frontage"):
        assert list(found.unknown[name]) == list(table.unknown[name])
    np.testing.assert_array_equal(found.counts["shops_1000m"].low, table.counts["shops_1000m"].low)
    np.testing.assert_array_equal(found.counts["shops_1000m"].high, table.counts["shops_1000m"].high)
    for name, interval in table.minutes.items():
        np.testing.assert_allclose(found.minutes[name].low, interval.low, atol=2e-5)
        np.testing.assert_allclose(found.minutes[name].high, interval.high, atol=2e-5)
    both = [*zip(table.distances.values(), found.distances.values(), strict=True)]
    for interval, stored in [*both, *zip(table.reach.values(), found.reach.values(), strict=True)]:
        near, far = stored.low, stored.high
        certain = interval.low == interval.high
        assert (near <= interval.low + 0.00051).all() and (far >= interval.high - 0.00051).all()
        assert (np.abs(near - interval.low) <= 0.00101).all(), "to the millimetre"
        assert ((near == far) == certain)[certain].all(), "a certain distance stays certain"
        assert (np.isinf(far) == np.isinf(interval.high)).all()
    assert found.datasets == {"zoning": [1]} and found.accuracy_m == {"zoning": 0.5}
    assert (found.dates["zoning"] == np.datetime64("2026-01-02")).all()


def test_a_row_without_any_share_is_an_empty_object() -> None:
    some = np.array([0.0, 0.25, 0.0])
    written = shares_json({"flood": {"A": some}, "nature": {"ven": np.zeros(3)}}, 3)
    assert [json.loads(one) for one in written.to_pylist()] == [{}, {"flood": {"A": 0.25}}, {}]
    assert shares_json({}, 2).to_pylist() == ["{}", "{}"]


def test_every_column_is_written_and_explained() -> None:
    """What a row holds is what the page of measurements tells of, each with its unit."""
    table = metadata.tables["measurement"]
    assert list(COLUMNS) == [one for one in COLUMNS if one in table.c] and set(COLUMNS) == set(table.c.keys())
    units = re.compile(
        r"[Mm]etre|millisecond|0\.\.1|degrees|Main buildings|Class|Batch|Parcel|Reason code|4 pi|[Nn]umber|Corners|pieces"
    )
    assert [name for name in COLUMNS if not units.search(table.c[name].comment or "")] == []
    told = (Path(__file__).resolve().parents[2] / "docs" / "measurements.md").read_text(encoding="utf-8")
    assert [name for name in (*COLUMNS, *DISTANCES, *SHARE_LAYERS) if f"`{name}`" not in told] == []
