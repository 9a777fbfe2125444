"""Real Belgian files: what lands equals what geopandas reads; skipped where the files are absent."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import rasterio
from ingest_samples import Connection, Count

from geodata.errors import InputError
from geodata.ingest import ingest

LEUVEN = "parcels/derived/grb_parcels_leuven_area.gpkg"
BY_YEAR = "municipalities/derived/municipalities_be_by_year.gpkg"
ANSWERS = "parcels/grb_ogc_api_responses"


def one(database: Connection, query: str, *values: Any) -> Any:
    row = database.execute(query, values).fetchone()
    assert row is not None
    return row if len(row) > 1 else row[0]


def frame(path: Path, **options: Any) -> gpd.GeoDataFrame:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return gpd.read_file(path, engine="pyogrio", **options)


@pytest.fixture
def belgium(database: Connection, real_data: Path) -> Path:
    """The municipalities of all three dates."""
    ingest(database, real_data / BY_YEAR, "municipalities")
    return real_data


def test_municipalities_of_three_dates(database: Connection, belgium: Path) -> None:
    rows = database.execute("SELECT valid_to::text, count(*) FROM municipality GROUP BY 1 ORDER BY 1").fetchall()
    assert rows == [("2018-12-31", 589), ("2024-12-31", 581), (None, 565)]
    regions = dict(
        database.execute("SELECT region, count(*) FROM municipality WHERE valid_to IS NULL GROUP BY 1").fetchall()
    )
    assert regions == {"flanders": 285, "wallonia": 261, "brussels": 19}
    assert one(database, "SELECT count(*) FROM municipality WHERE german_speaking AND valid_to IS NULL") == 9
    assert one(database, "SELECT bool_and(generalised) FROM dataset")
    area = frame(belgium / BY_YEAR, layer="municipalities_2025").area.sum()
    assert one(database, "SELECT sum(ST_Area(geom)) FROM municipality WHERE valid_to IS NULL") == pytest.approx(area)
    assert one(database, "SELECT region FROM municipality WHERE nis = '46030' AND valid_to IS NULL") == "flanders"


def test_the_715_parcels_land_without_refusal(database: Connection, belgium: Path) -> None:
    report = ingest(database, belgium / LEUVEN, "parcels", covers="24062,24086")
    assert (report.read, report.loaded, report.repaired, report.refused) == (715, 715, 0, 0)
    oracle = frame(belgium / LEUVEN).set_index("CAPAKEY")
    rows = database.execute("SELECT capakey, area_m2, ST_Area(geom) FROM parcel").fetchall()
    for key, area, drawn in rows:
        assert area == pytest.approx(oracle.geometry[key].area, abs=1e-6) == pytest.approx(drawn, abs=1e-6)
    by_nis = dict(database.execute("SELECT nis, count(*) FROM parcel GROUP BY 1").fetchall())
    assert by_nis == {"24062": 681, "24086": 34}
    how = dict(database.execute("SELECT nis_how, count(*) FROM parcel GROUP BY 1").fetchall())
    assert how["attribute"] == oracle.NISCODE.notna().sum() == 331
    assert how["border"] > 0 and sum(how.values()) == 715
    assert ingest(database, belgium / LEUVEN, "parcels", covers="24086,24062").already_loaded


@pytest.mark.parametrize(
    ("file", "source", "rows"),
    [
        (f"{ANSWERS}/grb_response1_ADP_14.geojson", "grb-adp", 14),
        (f"{ANSWERS}/grb_response3_ADP_207.geojson", "grb-adp", 207),
        (f"{ANSWERS}/grb_response5_Adpf2023_52.geojson", "grb-adp", 52),
        ("parcels/brdr_geojson_raw/one.geojson", "grb-adp", 1),
        ("parcels/brdr_geojson_raw/two.geojson", "grb-adp", 2),
        ("parcels/brdr_geojson_raw/reference.geojson", "grb-topo", 408),
        ("parcels/grb_adp_gml/AdpAdd.gml", "grb-adp", 11),
        ("parcels/grb_adp_gml/Adp_Full.gml", "grb-adp", 13),
        ("parcels/federal_cadastre/be_cadastral.xml", "fps-finance-wfs", 13),
    ],
)
def test_parcels_as_delivered(database: Connection, belgium: Path, file: str, source: str, rows: int) -> None:
    report = ingest(database, belgium / file, "parcels")
    assert (report.source, report.read, report.loaded, report.refused) == (source, rows, rows, 0)
    oracle = frame(belgium / file).to_crs(31370)
    mine = one(database, "SELECT sum(area_m2), count(nis) FROM parcel")
    assert mine[0] == pytest.approx(oracle.area.sum(), rel=1e-6)
    assert mine[1] == rows


def test_federal_cadastre_keeps_both_areas(database: Connection, belgium: Path) -> None:
    report = ingest(database, belgium / "parcels/federal_cadastre/be_cadastral.xml", "parcels")
    assert (report.crs_used, report.crs_how) == ("EPSG:3812", "declared") and report.accuracy_m is not None
    area, official = one(
        database,
        "SELECT area_m2, official_area_m2 FROM parcel WHERE official_area_m2 = 716 ORDER BY 1 LIMIT 1",
    )
    assert official == 716 and area == pytest.approx(728.5, abs=0.6)
    assert one(database, "SELECT count(*) FROM parcel WHERE nis IS NULL") == 0


def test_one_municipality_of_another_source(database: Connection, belgium: Path) -> None:
    """An official boundary goes before a generalised one; a list of before 2025 gives no codes of today."""
    ingest(database, belgium / "municipalities/vrbg/Refgem.shp", "municipalities")
    assert one(database, "SELECT count(*) FROM municipality WHERE nis = '71022' AND valid_to IS NULL") == 0
    ingest(database, belgium / LEUVEN, "parcels", covers="24062,24086")
    how = dict(database.execute("SELECT nis_how, count(*) FROM parcel GROUP BY 1").fetchall())
    assert how == {"attribute": 331, "boundary": 384}
    assert one(database, "SELECT coverage_accuracy_m FROM dataset WHERE kind = 'parcels'") == 0


def test_undeclared_lambert_is_detected(database: Connection, real_data: Path) -> None:
    path = real_data / "municipalities/belgium-geographic-data/be-municip-lamberts.geo.json"
    report = ingest(database, path, "municipalities")
    assert (report.loaded, report.crs_declared, report.crs_used) == (589, None, "EPSG:31370")


def test_french_speaking_schools(database: Connection, real_data: Path) -> None:
    report = ingest(database, real_data / "schools/fwb/signaletique-fase_FWB.csv", "schools")
    assert report.read == 8346 and report.loaded + report.refused == 5516
    assert report.reasons == {"no_geometry": 17}
    levels = dict(database.execute("SELECT level, count(*) FROM service_point GROUP BY 1").fetchall())
    assert levels["primary"] > 2000 and set(levels) == {"primary", "secondary", "other"}
    assert one(database, "SELECT count(DISTINCT language), min(language) FROM service_point") == (1, "fr")


def test_flemish_school_points_without_fields(database: Connection, belgium: Path) -> None:
    report = ingest(database, belgium / "schools/flanders_poi/POI_Onderwijs.shp", "schools", covers="flanders")
    assert (report.loaded, report.crs_used) == (13_860, "EPSG:31370")
    assert one(database, "SELECT count(*), min(language), min(level) FROM service_point") == (
        13_860,
        "nl",
        None,
    )


def test_stations_of_belgium_only(database: Connection, belgium: Path) -> None:
    report = ingest(database, belgium / "transport/sncb/stations.csv", "stops", covers="belgium")
    assert (report.read, report.loaded) == (729, 579)
    assert any("150 rows were left out" in note for note in report.notes)
    x, y = one(database, "SELECT ST_X(geom), ST_Y(geom) FROM service_point WHERE name = 'Leuven'")
    assert (x, y) == (pytest.approx(174_300, abs=400), pytest.approx(174_200, abs=600))


@pytest.mark.parametrize("file", ["osm/wechel.osm.pbf", "osm/wechel.osm"])
def test_village_of_openstreetmap(database: Connection, belgium: Path, file: str, count: Count) -> None:
    report = ingest(database, belgium / file, "osm", covers="13019")
    # Eight rings are broken in the file; four of them are forests, which count here.
    assert report.read == 2411 and report.reasons["unreadable_geometry"] == 4
    assert one(database, "SELECT count(*) FROM constraint_area WHERE class = 'cemetery'") >= 1
    assert count("road") == 0
    roads = ingest(database, belgium / file, "roads")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        lines = pyogrio.read_dataframe(belgium / file, layer="lines", on_invalid="ignore")
    assert 0 < roads.loaded <= lines.highway.notna().sum()
    buildings = ingest(database, belgium / file, "buildings")
    assert buildings.reasons["unreadable_geometry"] == 2 and buildings.loaded > 1_000


def test_road_register_extract(database: Connection, real_data: Path) -> None:
    archive = real_data / "roads/wegenregister/valid-before.zip"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        report = ingest(database, archive, "roads")
    assert (report.source, report.loaded) == ("wegenregister", 5)
    assert "also holds layer iWegsegment (207 rows): --layer iWegsegment loads it" in report.notes
    rows = database.execute("SELECT feature_id, road_class, width_m, surface FROM road ORDER BY 1").fetchall()
    assert ("389633", "motorway", 11.0, "paved") in rows
    assert ("1114812", "service", None, None) in [(row[0], row[1], row[2], None) for row in rows]
    around = ingest(database, archive, "roads", layer="iWegsegment")
    assert around.loaded == 207
    classes = database.execute(
        "SELECT DISTINCT road_class FROM road WHERE dataset_id = %s", [around.dataset]
    ).fetchall()
    assert {row[0] for row in classes} == {"motorway", "main", "local", "service", "path", "track"}


@pytest.mark.parametrize(("file", "source", "rows"), [("vla", "wegenregister", 154), ("wal", "picc", 383)])
def test_roads_missing_from_openstreetmap(
    database: Connection, real_data: Path, file: str, source: str, rows: int
) -> None:
    report = ingest(database, real_data / f"roads/road-completion/{file}.geojson", "roads")
    assert (report.source, report.loaded, report.crs_used) == (source, rows, "EPSG:4326")
    assert one(database, "SELECT count(*) FROM road WHERE road_class = 'unknown'") == 0


def test_buildings_and_addresses(database: Connection, real_data: Path, count: Count) -> None:
    path = real_data / "buildings/vb_grb_gba.geojson"
    assert ingest(database, path, "buildings").loaded == 345
    built = one(database, "SELECT sum(ST_Area(geom)), count(*) FILTER (WHERE use = 'main') FROM building")
    oracle = frame(path)
    assert built == (pytest.approx(oracle.area.sum()), (oracle.LBLTYPE == "hoofdgebouw").sum())
    for postcode, rows in (("5540", 2173), ("6440", 1912)):
        report = ingest(database, real_data / f"addresses/icar_{postcode}.geojson", "addresses")
        assert report.loaded == rows
        assert one(database, "SELECT count(*) FROM address WHERE postcode = %s", postcode) == rows
    assert one(database, "SELECT count(*) FROM address WHERE street IS NULL OR number IS NULL") == 0


def test_terrain_of_gent(database: Connection, real_data: Path) -> None:
    path = real_data / "dem/DHMVIIDTMRAS25m.tif"
    report = ingest(database, path, "dem")
    assert (report.loaded, report.crs_used) == (36, "EPSG:31370")
    with rasterio.open(path) as raster:
        known = int(np.sum(raster.read(1) != raster.nodata))
    assert any(note.startswith(f"{known} of ") for note in report.notes)
    size, cell = one(database, "SELECT sum(width * height), min(cell_m) FROM dem_tile")
    assert (size, cell) == (1520 * 1480, 25.0)


@pytest.mark.parametrize(
    "file",
    [
        "municipalities/belgium-topojson/belgium.json",
        "nis/gemeenten.json",
        "parcels/brdr_geojson_raw/test_parcel_vs_building.geojson",
        "landcover/landuse.tif",
        "municipalities/ngi-adminvector/municipalcenter_4326.shp",
    ],
)
def test_files_that_are_something_else(database: Connection, real_data: Path, file: str, count: Count) -> None:
    kind = "municipalities" if file.startswith(("municipalities", "nis")) else "parcels"
    with pytest.raises(InputError):
        ingest(database, real_data / file, kind)
    database.rollback()
    assert count("dataset") == 0
