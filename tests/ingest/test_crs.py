"""Which CRS a file is read in: declared, detected, swapped or refused; how it becomes EPSG:31370."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from ingest_samples import Connection, Write, capakey, grb, square

from geodata.errors import InputError
from geodata.ingest import ingest
from geodata.ingest.crs import EXTENTS, choose_crs, operation_to_storage, to_tiles, transform

HERE = shapely.box(173_000, 170_000, 173_040, 170_040)


def in_crs(shape: shapely.Geometry, crs: str) -> shapely.Geometry:
    move = pyproj.Transformer.from_crs("EPSG:31370", crs, always_xy=True)
    return shapely.transform(shape, lambda xy: np.column_stack(move.transform(xy[:, 0], xy[:, 1])))


@pytest.mark.parametrize("crs", ["EPSG:31370", "EPSG:3812", "EPSG:4326", "EPSG:4258", "EPSG:3857", "EPSG:3035"])
def test_declared_systems_arrive_where_they_belong(database: Connection, write: Write, crs: str) -> None:
    path = write("parcels.gpkg", grb([capakey(1)]), [in_crs(HERE, crs)], crs=crs)
    report = ingest(database, path, "parcels")
    assert (report.crs_used, report.crs_how) == (crs, "declared")
    assert (report.accuracy_m == 0) == (crs == "EPSG:31370")
    row = database.execute(
        """SELECT ST_Distance(ST_Centroid(geom), ST_SetSRID(ST_Point(173020, 170020), 31370)), ST_Area(geom),
                  ST_Distance(ST_Transform(geom, 3857), geom_3857) FROM parcel"""
    ).fetchone()
    assert row is not None
    assert row[0] < 1.5 and row[1] == pytest.approx(1600, rel=2e-3) and row[2] < 2
    kept = database.execute("SELECT transformation, accuracy_m FROM dataset").fetchone()
    assert kept is not None and kept[0] and kept[1] is not None


@pytest.mark.parametrize("crs", ["EPSG:31370", "EPSG:3812", "EPSG:4326", "EPSG:3857", "EPSG:3035"])
def test_undeclared_systems_are_detected_and_reported(database: Connection, write: Write, crs: str) -> None:
    path = write("parcels.gpkg", grb([capakey(1)]), [in_crs(HERE, crs)], crs=None)
    report = ingest(database, path, "parcels")
    assert (report.crs_declared, report.crs_used) == (None, crs)
    assert report.crs_how == "detected by extent: none was declared"


def test_impossible_declaration_is_overruled_and_reported(database: Connection, write: Write) -> None:
    path = write("parcels.gpkg", grb([capakey(1)]), [HERE], crs="EPSG:4326")
    report = ingest(database, path, "parcels")
    assert (report.crs_declared, report.crs_used) == ("EPSG:4326", "EPSG:31370")
    assert "EPSG:4326 was declared, but is impossible for these coordinates" in (report.crs_how or "")


def test_geojson_without_crs_may_hold_lambert(database: Connection, write: Write) -> None:
    path = write("parcels.geojson", grb([capakey(1)]), [HERE], crs="EPSG:31370")
    text = path.read_text()
    path.write_text(
        text.replace('"crs": { "type": "name", "properties": { "name": "urn:ogc:def:crs:EPSG::31370" } },', "")
    )
    assert '"crs"' not in path.read_text()
    report = ingest(database, path, "parcels")
    assert (report.crs_declared, report.crs_used) == (None, "EPSG:31370")


def test_latitude_before_longitude(database: Connection, write: Write) -> None:
    shape = shapely.transform(in_crs(HERE, "EPSG:4326"), lambda xy: xy[:, ::-1])
    report = ingest(database, write("parcels.gpkg", grb([capakey(1)]), [shape], crs="EPSG:4326"), "parcels")
    assert report.crs_how == "detected by extent: latitude comes before longitude"
    row = database.execute("SELECT ST_X(ST_Centroid(geom)) FROM parcel").fetchone()
    assert row is not None and row[0] == pytest.approx(173_020, abs=1.5)


def test_nowhere_in_belgium_is_refused_with_a_remedy(database: Connection, write: Write) -> None:
    path = write("parcels.gpkg", grb([capakey(1)]), [square(5_000_000, 9_000_000)], crs=None)
    with pytest.raises(InputError, match=r"--crs EPSG"):
        ingest(database, path, "parcels")


def test_forced_crs(database: Connection, write: Write) -> None:
    path = write("parcels.gpkg", grb([capakey(1)]), [in_crs(HERE, "EPSG:3812")], crs=None)
    report = ingest(database, path, "parcels", crs="EPSG:3812")
    assert (report.crs_used, report.crs_how) == ("EPSG:3812", "given with --crs")
    with pytest.raises(InputError, match="do not lie in Belgium in EPSG:31370"):
        ingest(database, path, "parcels", crs="EPSG:31370")


def test_the_same_file_under_another_crs_is_another_version(
    database: Connection, parcels_file: Callable[..., Path]
) -> None:
    first = ingest(database, parcels_file(), "parcels")
    second = ingest(database, parcels_file(), "parcels", crs="EPSG:31370")
    assert (first.version, second.version, second.already_loaded) == (1, 2, False)


@given(
    x=st.floats(25_000, 290_000),
    y=st.floats(25_000, 240_000),
    crs=st.sampled_from(["EPSG:3812", "EPSG:4326", "EPSG:3857", "EPSG:3035"]),
)
def test_detection_is_never_ambiguous(x: float, y: float, crs: str) -> None:
    """Wherever in Belgium: the numbers of one system lie in no other's box, and the way back is exact."""
    there = in_crs(shapely.Point(x, y), crs)
    shapes = np.array([there], dtype=object)
    chosen = choose_crs(None, shapes, None, "file")
    assert chosen.used == crs and not chosen.swapped
    back = transform(shapes, operation_to_storage(crs).transformer)[0]
    assert back.distance(shapely.Point(x, y)) < 1.5
    assert sum(box[0] <= there.x <= box[2] and box[1] <= there.y <= box[3] for box in EXTENTS.values()) == 1


def test_tiles_are_close_to_postgis(database: Connection) -> None:
    point = transform(np.array([shapely.Point(150_000, 170_000)], dtype=object), to_tiles())[0]
    row = database.execute(
        "SELECT ST_X(p), ST_Y(p) FROM ST_Transform(ST_SetSRID(ST_Point(150000, 170000), 31370), 3857) p"
    ).fetchone()
    assert row is not None and shapely.Point(*row).distance(point) < 2
