"""Layers beside parcels: coverage, zoning, roads with their tables, services, OpenStreetMap, terrain."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyogrio
import pytest
import rasterio
import shapely
from ingest_samples import Connection, Count, Write, square
from rasterio.transform import from_origin

from geodata.errors import InputError
from geodata.ingest import ingest

HERE = square(175_000, 170_000, 100)


def one(database: Connection, query: str) -> Any:
    row = database.execute(query).fetchone()
    assert row is not None
    return row if len(row) > 1 else row[0]


# Coverage


def test_no_declaration_no_coverage(database: Connection, municipalities: Path, write: Write) -> None:
    report = ingest(
        database, write("f.gpkg", {"gridcode": [3]}, [HERE], layer="overstromingsgevoelige_gebieden_fluviaal"), "flood"
    )
    assert report.covers is None and any("stays unknown" in note for note in report.notes)
    assert one(database, "SELECT coverage IS NULL AND coverage_nis IS NULL FROM dataset WHERE kind = 'flood'")


def test_codes_cover_whole_municipalities_roughly(database: Connection, municipalities: Path, write: Write) -> None:
    report = ingest(
        database,
        write("f.gpkg", {"gridcode": [3]}, [HERE], layer="overstromingsgevoelige_gebieden_fluviaal"),
        "flood",
        covers="24086, 24062",
    )
    assert report.covers == "24062,24086"
    area, codes, accuracy = one(
        database,
        "SELECT ST_Area(coverage), coverage_nis, coverage_accuracy_m FROM dataset WHERE kind = 'flood'",
    )
    # The boundaries are the generalised ones.
    assert (area, codes, accuracy) == (pytest.approx(2e8), ["24062", "24086"], 250.0)


def test_a_region_covers_what_is_loaded_of_it(database: Connection, municipalities: Path, write: Write) -> None:
    report = ingest(
        database,
        write("f.gpkg", {"gridcode": [3]}, [HERE], layer="overstromingsgevoelige_gebieden_fluviaal"),
        "flood",
        covers="Flanders",
    )
    assert report.covers == "flanders"
    assert one(database, "SELECT coverage_nis FROM dataset WHERE kind = 'flood'") == ["24062", "24086"]


def test_a_file_covers_what_it_draws(database: Connection, write: Write) -> None:
    area = write("area.geojson", {"x": [1]}, [square(174_000, 169_000, 3_000)])
    path = write("f.gpkg", {"gridcode": [3]}, [HERE], layer="overstromingsgevoelige_gebieden_fluviaal")
    first = ingest(database, path, "flood", covers=str(area))
    assert first.covers is not None and first.covers.startswith("area.geojson (")
    assert one(database, "SELECT ST_Area(coverage), coverage_nis, coverage_accuracy_m FROM dataset") == (
        9e6,
        None,
        0,
    )
    assert ingest(database, path, "flood", covers=str(area)).already_loaded
    area.unlink()
    write("area.geojson", {"x": [1]}, [square(174_000, 169_000, 4_000)])
    second = ingest(database, path, "flood", covers=str(area))
    assert (second.version, second.already_loaded) == (2, False)
    with pytest.raises(InputError, match="holds no area"):
        ingest(
            database,
            path,
            "flood",
            covers=str(write("points.geojson", {"x": [1]}, [shapely.Point(175_000, 170_000)])),
        )


def test_an_empty_layer_is_a_statement(database: Connection, municipalities: Path, tmp_path: Path) -> None:
    import geopandas as gpd

    path = tmp_path / "none.gpkg"
    frame = gpd.GeoDataFrame({"SEVESO_SYN": pd.Series([], dtype=str)}, geometry=gpd.GeoSeries([], crs=31370))
    frame.to_file(path, driver="GPKG", engine="pyogrio", geometry_type="MultiPolygon")
    report = ingest(database, path, "seveso", covers="24062")
    assert (report.read, report.loaded, report.refused) == (0, 0, 0)
    assert one(database, "SELECT current AND coverage IS NOT NULL FROM dataset WHERE kind = 'seveso'")


# Zoning


def test_zoning_labels_are_repaired_and_classified(database: Connection, write: Write) -> None:
    labels = [
        "milieubelastende industrieÃ«n",
        "woongebieden",
        "pleisterplaats voor nomaden of woonwagenbewoners",
        "geen idee",
    ]
    shapes = [square(175_000 + 200 * at, 170_000, 100) for at in range(4)]
    report = ingest(database, write("g.gpkg", {"svnaam": labels}, shapes, layer="lu_gwp_gv"), "zoning-gewestplan")
    rows = database.execute("SELECT label_raw, label, zoning_class, plan_kind FROM zone ORDER BY id").fetchall()
    assert rows[0][:2] == ("milieubelastende industrieÃ«n", "milieubelastende industrieën")
    assert [row[2] for row in rows] == ["industry_heavy", "residential", "caravan", "unrecognised"]
    assert any("1 zones have a label or code that is not in the list" in note for note in report.notes)


def test_bpa_and_rup_are_told_apart_by_their_layer(database: Connection, write: Write) -> None:
    fields = {
        "algplanid": ["x"],
        "naam": ["n"],
        "svnaam": ["woongebieden"],
        "svnr": ["1"],
        "categorie": ["WON"],
    }
    assert ingest(database, write("a.gpkg", fields, [HERE], layer="lu_bpa_gv"), "zoning-rup").source == "bpa"
    assert (
        ingest(database, write("b.gpkg", fields, [HERE], layer="lu_gemrup_gv"), "zoning-rup").source == "rup-municipal"
    )
    kinds = database.execute("SELECT plan_kind, zoning_class FROM zone ORDER BY id").fetchall()
    assert kinds == [("bpa", "residential"), ("rup", "residential")]


# Roads


def _register(folder: Path, write: Write) -> Path:
    """Three segments with tables of width and surface, as the register delivers them."""
    fields = {
        "WS_OIDN": [1, 2, 3, 4], "MORF": [103, 103, 125, 101], "WEGCAT": ["PII-2", "L3", "-9", "H"],
        "STATUS": [4, 4, 4, 1], "LSTRNM": ["A", "B", "C", "D"],
    }  # fmt: skip
    lines = [shapely.LineString([(175_000, 170_000 + at), (175_500, 170_000 + at)]) for at in range(4)]
    path = write("Wegsegment.shp", fields, lines)
    tables = {
        "AttWegbreedte": {"WS_OIDN": [1, 1, 2, 3], "BREEDTE": [6.0, 4.5, -8.0, -9.0]},
        "AttWegverharding": {"WS_OIDN": [1, 2, 3], "TYPE": [1, 2, -8]},
    }
    for name, table in tables.items():
        pyogrio.write_dataframe(pd.DataFrame(table), folder / f"{name}.dbf", driver="ESRI Shapefile")
    return path


EXPECTED = [("A", "main", 4.5, "paved"), ("B", "local", None, "unpaved"), ("C", "track", None, None)]


def test_road_register_with_its_tables(database: Connection, write: Write, tmp_path: Path) -> None:
    report = ingest(database, _register(tmp_path, write), "roads")
    rows = database.execute("SELECT name, road_class, width_m, surface FROM road ORDER BY feature_id").fetchall()
    assert rows == EXPECTED
    assert (report.read, report.loaded) == (4, 3)
    assert any("1 rows were left out: only those with STATUS 4 or -8" in note for note in report.notes)


def test_road_register_as_an_archive(database: Connection, write: Write, tmp_path: Path) -> None:
    _register(tmp_path, write)
    archive = tmp_path / "register.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for path in tmp_path.glob("*.*"):
            if path != archive:
                packed.write(path, path.name)
    report = ingest(database, archive, "roads")
    rows = database.execute("SELECT name, road_class, width_m, surface FROM road ORDER BY feature_id").fetchall()
    assert rows == EXPECTED
    assert one(database, "SELECT file_name FROM dataset") == "register.zip"
    assert ingest(database, archive, "roads").dataset == report.dataset


# Services


def test_stops_of_a_zipped_timetable(database: Connection, tmp_path: Path) -> None:
    archive = tmp_path / "gtfs.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr(
            "stops.txt", '\ufeffstop_id,stop_name,stop_lat,stop_lon\n"1","Halte, Dorp",50.88,4.70\n2,X,0,0\n'
        )
        packed.writestr("stop_times.txt", "trip_id\n")
        packed.writestr("agency.txt", "agency_id\n")
    report = ingest(database, archive, "stops")
    assert (report.read, report.loaded, report.reasons) == (2, 1, {"no_geometry": 1})
    assert report.crs_declared is None and report.crs_how == "stated by the catalogue for this source"
    assert one(database, "SELECT name, service, round(ST_X(geom) / 1000) FROM service_point") == (
        "Halte, Dorp",
        "stop",
        173,
    )


def test_school_sites_have_one_point_and_their_best_level(database: Connection, tmp_path: Path) -> None:
    path = tmp_path / "fase.csv"
    header = "Nom de l'établissement;Type d'enseignement;Niveau;N° FASE de l'implantation;Latitude;Longitude\n"
    rows = [
        "A;Maternel ordinaire;Fondamental;1;;",
        "A;Primaire ordinaire;Fondamental;1;50.5;4.5",
        "B;Maternel ordinaire;Fondamental;2;50.5;4.6",
        "C;Secondaire ordinaire;Secondaire;3;50,5;4,7",
        "D;Université;Supérieur;4;50.5;4.8",
    ]
    path.write_bytes(b"\xef\xbb\xbf\xef\xbb\xbf" + (header + "\n".join(rows)).encode())
    report = ingest(database, path, "schools")
    assert (report.read, report.loaded, report.refused) == (5, 4, 0)
    found = database.execute("SELECT feature_id, level, language FROM service_point ORDER BY 1").fetchall()
    assert found == [
        ("1", "primary", "fr"),
        ("2", "other", "fr"),
        ("3", "secondary", "fr"),
        ("4", "other", "fr"),
    ]


# OpenStreetMap


def _osm(write: Write) -> Path:
    columns = ("amenity", "landuse", "building", "man_made", "leisure", "natural")
    rows = [
        {"amenity": "school", "other": '"name:de"=>"Schule"'},
        {"landuse": "cemetery"},
        {"building": "house"},
        {"building": "yes", "other": '"shop"=>"supermarket"'},
        {"man_made": "wastewater_plant"},
        {"other": '"tourism"=>"caravan_site"'},
        {"landuse": "residential", "other": '"residential"=>"halting_site"'},
    ]
    fields: dict[str, list[Any]] = {"osm_id": [str(at) for at in range(len(rows))]}
    for name in columns:
        fields[name] = [row.get(name) for row in rows]
    fields["other_tags"] = [row.get("other") for row in rows]
    fields["name"] = [f"name {at}" for at in range(len(rows))]
    shapes = [
        shapely.transform(square(0, 0, 1), lambda xy, at=at: xy * 0.0005 + np.array([6.0 + at * 0.001, 50.6]))
        for at in range(len(rows))
    ]
    return write("osm.gpkg", fields, shapes, crs="EPSG:4326", layer="multipolygons")


def test_one_file_fills_several_layers(database: Connection, write: Write) -> None:
    path = _osm(write)
    ingest(database, path, "osm")
    found = database.execute("SELECT theme, class, feature_id FROM constraint_area ORDER BY 1, 3").fetchall()
    assert found == [
        ("land_use", "school_ground", "0"),
        ("land_use", "cemetery", "1"),
        ("land_use", "camp_site", "5"),
        ("land_use", "inhabited", "6"),
        ("nuisance", "sewage_plant", "4"),
    ]
    assert database.execute("SELECT service, feature_id FROM service_point").fetchall() == [("shop", "3")]
    names = dict(database.execute("SELECT feature_id, name FROM constraint_area").fetchall())
    assert names["1"] == "name 1" and names["6"] is None, "a name on inhabited land may be that of a family"
    # Official roads and buildings are never shadowed, and a halting site is no site: it is land where people live.
    assert one(database, "SELECT count(*) FROM road") == 0 and one(database, "SELECT count(*) FROM building") == 0


def test_buildings_and_german_schools_when_asked(database: Connection, write: Write) -> None:
    fields = {"AdMuKey": ["63023"], "NameDUT": ["Eupen"], "NameFRE": ["Eupen"], "AdReKey": ["03000"]}
    ingest(database, write("eupen.gpkg", fields, [square(255_000, 140_000, 20_000)]), "municipalities")
    path = _osm(write)
    assert ingest(database, path, "buildings").loaded == 2
    assert database.execute("SELECT use FROM building ORDER BY feature_id").fetchall() == [
        ("dwelling",),
        ("unknown",),
    ]
    assert ingest(database, path, "schools").loaded == 1
    assert one(database, "SELECT service, language FROM service_point") == ("school", "de")
    with pytest.raises(InputError, match="looks like osm"):
        ingest(database, path, "parcels")


# Terrain


def _raster(
    path: Path, values: Any, crs: str | None = "EPSG:31370", west: float = 170_000.0, cell: float = 5.0
) -> Path:
    with rasterio.open(
        path, "w", driver="GTiff", width=values.shape[1], height=values.shape[0], count=1, dtype="float32",
        nodata=-9999,
        crs=crs, transform=from_origin(west, 172_000.0, cell, cell),
    ) as raster:  # fmt: skip
        raster.write(values.astype("float32"), 1)
    return path


def test_terrain_is_cut_and_comes_back(database: Connection, tmp_path: Path, count: Count) -> None:
    heights = np.arange(300 * 520, dtype="float32").reshape(300, 520)
    heights[:10, :10] = -9999
    path = _raster(tmp_path / "t.tif", heights)
    report = ingest(database, path, "dem")
    assert (report.loaded, count("dem_tile"), report.crs_used) == (6, 6, "EPSG:31370")
    back = np.full_like(heights, np.nan)
    for x, y, cell, width, height, packed in database.execute(
        "SELECT origin_x, origin_y, cell_m, width, height, heights FROM dem_tile"
    ).fetchall():
        row, column = round((172_000 - y) / cell), round((x - 170_000) / cell)
        back[row : row + height, column : column + width] = np.frombuffer(zlib.decompress(packed), "float32").reshape(
            height, width
        )
    np.testing.assert_array_equal(back, np.where(heights == -9999, np.nan, heights))
    assert ingest(database, path, "dem").already_loaded


@pytest.mark.parametrize("crs", ["EPSG:3812", "EPSG:4326"])
def test_terrain_of_another_crs_is_refused_with_a_remedy(database: Connection, tmp_path: Path, crs: str) -> None:
    with pytest.raises(InputError, match=r"gdalwarp -t_srs EPSG:31370"):
        ingest(database, _raster(tmp_path / "t.tif", np.ones((10, 10)), crs), "dem")


def test_terrain_without_crs_is_detected(database: Connection, tmp_path: Path) -> None:
    report = ingest(database, _raster(tmp_path / "t.tif", np.ones((10, 10)), None), "dem")
    assert report.crs_how == "detected by extent: none was declared"


def test_truncated_terrain(database: Connection, tmp_path: Path, count: Count) -> None:
    path = _raster(tmp_path / "t.tif", np.random.default_rng(1).normal(size=(400, 400)))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(InputError, match="damaged or cut off"):
        ingest(database, path, "dem")
    database.rollback()
    assert count("dataset") == 0
