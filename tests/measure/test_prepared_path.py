"""Measuring from prepared arrays gives what measuring from features gives, which shapely and the database read apart."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import pytest

from geodata.ingest.owner_names import OWNER_CLASSES
from geodata.measure import measure
from geodata.measure.chunks import threads, use_threads
from geodata.measure.datasets import current_datasets, reaching
from geodata.measure.prepared import prepared_layer
from geodata.measure.read import _OWNERS, prepare_layer, read_layers, read_parcels
from geodata.measure.rows import NUMBERS
from geodata.measure.specs import layer_specs
from geodata.measure.table import MeasurementTable

Connection = psycopg.Connection[Any]


def table(connection: Connection, nis: str, region: Any, cache: Path | None) -> MeasurementTable:
    parcels = read_parcels(connection, nis)
    return measure(parcels, read_layers(connection, region, parcels, cache=cache))


@pytest.mark.parametrize(("nis", "region"), [("99001", "flanders"), ("99002", "wallonia"), ("99003", "brussels")])
def test_arrays_give_what_features_give(demo_connection: Connection, tmp_path: Path, nis: str, region: Any) -> None:
    features = table(demo_connection, nis, region, None)
    for _ in ("made", "opened"):
        arrays = table(demo_connection, nis, region, tmp_path)
        for name in NUMBERS:
            np.testing.assert_allclose(getattr(arrays, name), getattr(features, name), atol=1e-6, err_msg=name)
        assert arrays.owner_class.tolist() == features.owner_class.tolist()
        assert arrays.capakey.tolist() == features.capakey.tolist()
        assert arrays.newest == features.newest and arrays.datasets == features.datasets
        assert {name: found.tolist() for name, found in arrays.unknown.items()} == {
            name: found.tolist() for name, found in features.unknown.items()
        }
        for layer, classes in features.shares.items():
            assert arrays.shares[layer].keys() == classes.keys()
            for name, share in classes.items():
                np.testing.assert_allclose(arrays.shares[layer][name], share, atol=1e-9)
        for name, interval in features.distances.items():
            found = arrays.distances[name]
            np.testing.assert_allclose(found.low, interval.low, atol=1e-6, err_msg=name)
            # What is farther than features are read is known to arrays only.
            near = interval.high < 15_000
            np.testing.assert_allclose(found.high[near], interval.high[near], atol=1e-6, err_msg=name)
            assert (found.high[~near] >= 15_000).all()
    demo_connection.rollback()


def test_what_is_derived_is_kept_beside_the_layer(demo_connection: Connection, tmp_path: Path) -> None:
    (spec,) = (one for one in layer_specs("flanders") if one.id == "roads")
    prepare_layer(demo_connection, spec, tmp_path)
    (folder,) = (one for one in tmp_path.iterdir() if one.is_dir())
    made = {one.name: one.stat().st_mtime_ns for one in folder.glob("made-*") if one.is_dir()}
    assert len(made) == 2, "one search tree per choice of classes: any road, main roads"
    datasets = [one for one in current_datasets(demo_connection) if one.kind == "roads"]
    roads = prepared_layer(demo_connection, spec, datasets, tmp_path)
    finder = roads.finder(("main", "motorway"))
    xy, ends = roads.lines_of(("main", "motorway"))
    assert len(finder.lines) == len(xy) - len(ends) + 1 and len(finder.dots) == 0
    assert made == {one.name: one.stat().st_mtime_ns for one in folder.glob("made-*") if one.is_dir()}
    demo_connection.rollback()


def test_reaching_by_arrays_and_by_the_database(demo_connection: Connection) -> None:
    datasets = current_datasets(demo_connection)
    for nis in ("99001", "99002", "99003"):
        parcels = read_parcels(demo_connection, nis, datasets=datasets)
        assert reaching(demo_connection, nis, datasets, parcels.flat) == reaching(demo_connection, nis, datasets)
    demo_connection.rollback()


def test_classes_of_owners_are_those_of_the_lists() -> None:
    assert set(_OWNERS) | {"unknown"} == set(OWNER_CLASSES)


def test_threads_of_a_worker() -> None:
    try:
        use_threads(3)
        assert threads() == 3 and threads(2) == 2
    finally:
        use_threads(None)
    assert threads() >= 1
