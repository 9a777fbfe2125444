"""GDAL's driver and owslib against a served demo: every collection lists, counts, filters and pages as the database has it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import geopandas as gpd
import numpy as np
import psycopg
import pytest
import requests
import shapely
from owslib.ogcapi.features import Features

from api.ogc.collections import COLLECTIONS, LARGE, Collection

EACH = pytest.mark.parametrize("collection", COLLECTIONS.values(), ids=COLLECTIONS)
BIG = pytest.mark.parametrize("collection", LARGE.values(), ids=LARGE)


@pytest.fixture
def read(gdal: Callable[..., Any], address: str) -> Callable[..., gpd.GeoDataFrame]:
    return lambda collection, **options: gdal("read_dataframe", address, layer=collection, **options)


def count(connection: psycopg.Connection[Any], view: str, where: str = "true") -> int:
    row = connection.execute(f"SELECT count(*) FROM published.{view} WHERE {where}".encode()).fetchone()
    assert row is not None
    return int(row[0])


def test_exactly_the_allowed_collections(gdal: Any, address: str) -> None:
    listed = [row[0] for row in gdal("list_layers", address)]
    assert listed == ["sites", "municipalities", "hp-sites", "zones", "constraints", "parcels", "candidates"]
    answer = requests.get(f"{address}/ogc")
    assert answer.status_code == 200 and answer.json()["title"] == "Standplaats"


@EACH
def test_counts_and_pages_equal_the_database(
    gdal: Any, read: Any, address: str, demo_connection: psycopg.Connection[Any], collection: Collection
) -> None:
    expected = count(demo_connection, collection.view)
    assert expected > 0
    info = gdal("read_info", address, layer=collection.id, force_feature_count=True)
    assert info["features"] == expected
    # Small pages, so that there are several of most.
    size = max(2, min(expected // 3, 1000))
    whole = read(collection.id, PAGE_SIZE=size)
    assert len(whole) == expected
    name = collection.feature if collection.feature in whole else "id"
    assert whole[name].nunique() == expected


@EACH
def test_shapes_equal_the_database(
    read: Any, address: str, demo_connection: psycopg.Connection[Any], collection: Collection
) -> None:
    system = 31370 if collection.key else 4326
    shape = "geom" if collection.key else "ST_Transform(geom_3857, 4326)"
    rows = demo_connection.execute(
        f"SELECT {collection.feature}::text, ST_AsBinary({shape}) FROM published.{collection.view}".encode()
    ).fetchall()
    stored = {name: shapely.from_wkb(body) for name, body in rows}
    found = read(collection.id)
    assert found.crs.to_epsg() == system
    name = collection.feature if collection.feature in found else "id"
    # Metres to the millimetre, degrees to about a centimetre.
    rounding = 0.0008 if collection.key else 1e-7
    for identifier, told in zip(found[name].astype(str), found.geometry, strict=True):
        there = stored[identifier]
        assert shapely.hausdorff_distance(told, there) <= rounding, identifier


@BIG
def test_boxes(read: Any, address: str, demo_connection: psycopg.Connection[Any], collection: Collection) -> None:
    west, south, east, north = read(collection.id).total_bounds
    box = (west, south, (west + east) / 2, (south + north) / 2)
    expected = count(
        demo_connection, collection.view, f"ST_Intersects(geom, ST_MakeEnvelope({','.join(map(str, box))}, 31370))"
    )
    assert 0 < expected < count(demo_connection, collection.view)
    assert len(read(collection.id, bbox=box)) == expected


@pytest.mark.parametrize(
    ("collection", "where"),
    [
        ("parcels", "nis = '99001' AND area_m2 >= 1000.5"),
        ("parcels", "nis IN ('99002', '99003') AND NOT (area_m2 BETWEEN 100 AND 5000)"),
        ("candidates", "verdict = 'compatible' AND rank <= 5"),
        ("candidates", "capakey LIKE '99101A%' OR usable_m2 IS NULL"),
        ("zones", "zoning_class = 'residential'"),
        ("constraints", "theme = 'flood' AND class <> 'C'"),
        ("sites", "site_type = 'residential' AND pitches_low >= 1"),
        ("municipalities", "region = 'flanders'"),
    ],
)
def test_filters(
    read: Any, address: str, demo_connection: psycopg.Connection[Any], collection: str, where: str
) -> None:
    expected = count(demo_connection, COLLECTIONS[collection].view, where)
    assert 0 < expected < count(demo_connection, COLLECTIONS[collection].view)
    assert len(read(collection, where=where)) == expected
    # The server filters, not GDAL behind it.
    asked = requests.get(f"{address}/ogc/collections/{collection}/items", params={"filter": where, "limit": 1}).json()
    assert asked["numberMatched"] == expected


def test_lambert_2008_is_the_pinned_operation(address: str) -> None:
    from geodata.ingest.crs import operation_to_storage

    asked = f"{address}/ogc/collections/parcels/items?limit=50&crs=http://www.opengis.net/def/crs/EPSG/0/"
    new = shapely.get_coordinates(shapely.from_geojson(requests.get(asked + "3812").text))
    old = shapely.get_coordinates(shapely.from_geojson(requests.get(asked + "31370").text))
    transformer = operation_to_storage("EPSG:3812").transformer
    assert transformer is not None
    moved = np.column_stack(transformer.transform(new[:, 0], new[:, 1]))
    assert np.abs(moved - old).max() < 0.002
    assert requests.get(asked + "3812").headers["Content-Crs"] == "<http://www.opengis.net/def/crs/EPSG/0/3812>"


def test_owslib_reads_what_is_kept(address: str) -> None:
    service = Features(f"{address}/ogc")
    assert "http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs" in service.conformance()["conformsTo"]
    assert set(service.feature_collections()) == set(COLLECTIONS)
    for name, collection in COLLECTIONS.items():
        assert set(collection.fields) <= set(service.collection_queryables(name)["properties"])
        assert service.collection_items(name, limit=1)["numberReturned"] == 1


def test_the_two_views_publish_the_same(demo_settings: Any, published_run: str) -> None:
    from fastapi.testclient import TestClient

    from api.app import create_app

    told = []
    for public in (False, True):
        with TestClient(create_app(demo_settings, public=public)) as client:
            told.append(
                [client.get(f"/ogc/collections/{name}/items?limit=20").json()["features"] for name in COLLECTIONS]
            )
    assert told[0] == told[1]
