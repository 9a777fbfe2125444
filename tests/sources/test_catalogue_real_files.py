"""Real Belgian files: each is recognised as the entry it belongs to and no other; the layers no verdict depends on load
with the counts that were recorded with them. Skipped where the files are absent."""

from __future__ import annotations

import json
import warnings
from functools import cache
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import psycopg
import pyogrio
import pytest
import shapely

from geodata.errors import InputError
from geodata.ingest import ingest
from geodata.ingest.crs import operation_to_storage, transform
from geodata.ingest.formats import file_format
from geodata.ingest.mapping import SMALLEST_COUNT
from geodata.ingest.read import read_layers
from geodata.sources.catalogue import KINDS, OSM_KINDS, catalogue, recognise

Connection = psycopg.Connection[Any]

#: file -> entry; every file of the folder that belongs to a source.
SAMPLES = {
    "municipalities/derived/municipalities_be_by_year.gpkg": "municipalities-by-year",
    "municipalities/belgium-geographic-data/be-municip-lamberts.geo.json": "belgium-geographic-data",
    "municipalities/vrbg/Refgem.shp": "vrbg",
    "municipalities/single/gent.geojson": "vrbg",
    "municipalities/single/herstappe.geojson": "vrbg",
    "municipalities/ngi-adminvector/region_4326.shp": "adminvector",
    "municipalities/ngi-adminvector/municipalsectioncenter_4326.shp": "adminvector-sections",
    "municipalities/provinciesincijfers/kern.shp": "built-up-cores",
    "parcels/derived/grb_parcels_leuven_area.gpkg": "grb-adp",
    "parcels/brdr_geojson_raw/one.geojson": "grb-adp",
    "parcels/brdr_geojson_raw/two.geojson": "grb-adp",
    "parcels/brdr_geojson_raw/reference.geojson": "grb-topo",
    "parcels/grb_ogc_api_responses/grb_response1_ADP_14.geojson": "grb-adp",
    "parcels/grb_ogc_api_responses/grb_response3_ADP_207.geojson": "grb-adp",
    "parcels/grb_ogc_api_responses/grb_response5_Adpf2023_52.geojson": "grb-adp",
    "parcels/grb_adp_gml/AdpAdd.gml": "grb-adp",
    "parcels/grb_adp_gml/Adp_Full.gml": "grb-adp",
    "parcels/federal_cadastre/be_cadastral.xml": "fps-finance-wfs",
    "buildings/vb_grb_gba.geojson": "grb-buildings",
    "roads/road-completion/vla.geojson": "wegenregister",
    "roads/road-completion/wal.geojson": "picc",
    "osm/wechel.osm.pbf": "osm",
    "schools/fwb/signaletique-fase_FWB.csv": "fwb-schools",
    "schools/flanders_poi/POI_Onderwijs.shp": "flanders-schools-points",
    "transport/sncb/stations.csv": "sncb-stations",
    "addresses/icar_5540.geojson": "icar-extract",
    "addresses/icar_6440.geojson": "icar-extract",
    "heritage/mercator_ps_aandobj_1.geojson": "heritage-designated-flanders",
    "heritage/mercator_ps_aandobj_2.geojson": "heritage-designated-flanders",
    "heritage/mercator_lu_wet_erfgobj_pub_1.geojson": "heritage-inventory-flanders",
    "heritage/mercator_lu_wet_erfgobj_pub_89.geojson": "heritage-inventory-flanders",
    "nature/BWK_2020_clip_ZwarteBeek.shp": "bwk",
    "nature/parken-gent.geojson": "parks-gent",
    "statistics/schaerbeek/LimitesSchaerbeekQuartiers.geojson": "schaerbeek-quarters",
    "statistics/schaerbeek/SchaerbeekDemographicDistribution.geojson": "schaerbeek-population",
    "dem/DHMVIIDTMRAS25m.tif": "dem-flanders",
}
#: Files that belong to no source: nothing may take them, whatever kind is asked for.
OF_NO_SOURCE = (
    "landcover/landuse.tif",
    "municipalities/inbo/provinces.gpkg",
    "municipalities/provinciesincijfers/gemeente.shp",
    "municipalities/provinciesincijfers/provincie.shp",
    "parcels/brdr_geojson_raw/test_parcel_vs_building.geojson",
    "transport/delijn/V_Sporen_Gent.geojson",
)


@cache
def layers_of(path: Path) -> list[tuple[str, list[str]]]:
    """Layers of a file with their fields; of a raster, one without any."""
    if path.suffix == ".tif":
        return [("", [])]
    return [(one.name, [str(field) for field in one.rows.columns]) for one in read_layers([path])]


def recognised(path: Path, kind: str) -> str | None:
    """Entry a file is taken for when it is loaded as a kind, None where it is refused."""
    for name, fields in layers_of(path):
        try:
            return recognise(kind, fields, layer=name, file=path.name, raster=path.suffix == ".tif").id
        except InputError:
            continue
    return None


@pytest.mark.parametrize(("file", "name"), SAMPLES.items(), ids=lambda one: one.rsplit("/", 1)[-1])
def test_every_real_file_is_its_source_and_no_other(real_data: Path, file: str, name: str) -> None:
    kind = catalogue()[name].kind
    for other in (one for one in KINDS if name != "osm" or one not in OSM_KINDS):
        assert recognised(real_data / file, other) == (name if other == kind else None), other


@pytest.mark.parametrize("file", OF_NO_SOURCE, ids=lambda one: one.rsplit("/", 1)[-1])
def test_other_files_are_taken_for_nothing(real_data: Path, file: str) -> None:
    path = real_data / file
    if path.suffix == ".tif":  # any raster may be heights: what the rows say is asked later
        assert {one for one in KINDS if recognised(path, one)} == {"dem"}
        return
    assert file_format(path) and not any(recognised(path, one) for one in KINDS)


def rows(database: Connection, columns: str) -> list[tuple[Any, ...]]:
    return database.execute(f"SELECT {columns} FROM constraint_area ORDER BY 1").fetchall()


@pytest.mark.parametrize(
    ("file", "count", "classes"),
    [
        ("mercator_ps_aandobj_1", 1, {"listed_building": 1}),
        ("mercator_ps_aandobj_2", 2, {"listed_building": 1, "listed_landscape": 1}),
        ("mercator_lu_wet_erfgobj_pub_1", 1, {"inventory": 1}),
        ("mercator_lu_wet_erfgobj_pub_89", 89, {"inventory": 89}),
    ],
)
def test_heritage(database: Connection, real_data: Path, file: str, count: int, classes: dict[str, int]) -> None:
    path = real_data / "heritage" / f"{file}.geojson"
    report = ingest(database, path, "heritage")
    assert (report.read, report.loaded, report.refused, report.crs_used) == (count, count, 0, "EPSG:31370")
    assert dict(database.execute("SELECT class, count(*) FROM constraint_area GROUP BY 1").fetchall()) == classes
    area = database.execute("SELECT sum(ST_Area(geom)) FROM constraint_area WHERE theme = 'heritage'").fetchone()
    assert area is not None and area[0] == pytest.approx(geopandas.read_file(path).area.sum(), rel=1e-6)


def test_habitats_of_the_zwarte_beek(database: Connection, real_data: Path) -> None:
    path = real_data / "nature/BWK_2020_clip_ZwarteBeek.shp"
    report = ingest(database, path, "habitat")
    assert (report.source, report.read, report.loaded, report.refused) == ("bwk", 50, 50, 0)
    found = dict(database.execute("SELECT class, count(*) FROM constraint_area GROUP BY 1").fetchall())
    assert found == {"no_habitat": 26, "habitat": 18, "partly_habitat": 6}
    shares = database.execute(
        """SELECT (attributes ->> 'pHAB1')::int, attributes ->> 'HAB1' FROM constraint_area
           WHERE feature_id = '646387_v2020'"""
    ).fetchone()
    assert shares == (80, "7140_meso")


@pytest.mark.parametrize(
    ("file", "kind", "count", "refused", "theme", "named"),
    [
        ("statistics/schaerbeek/LimitesSchaerbeekQuartiers.geojson", "sectors", 14, {}, "sector", "Helmet-Hamoir"),
        ("nature/parken-gent.geojson", "base-map", 161, {"no_geometry": 3}, "base_map", "Tuin Villa Voortman"),
        ("municipalities/provinciesincijfers/kern.shp", "base-map", 296, {}, "base_map", "71002_1"),
    ],
)
def test_areas_for_the_map(
    database: Connection,
    real_data: Path,
    file: str,
    kind: str,
    count: int,
    refused: dict[str, int],
    theme: str,
    named: str,
) -> None:
    report = ingest(database, real_data / file, kind)
    assert report.read == count and report.loaded == count - sum(refused.values())
    assert {name: n for name, n in report.reasons.items() if name in refused} == refused
    assert report.refused == sum(refused.values())
    found = database.execute(
        # a large area is cut into several rows
        "SELECT count(DISTINCT feature_id), bool_and(theme = %s), count(*) FILTER (WHERE name = %s) FROM constraint_area",
        [theme, named],
    ).fetchone()
    assert found is not None and found[:2] == (report.loaded, True) and found[2] >= 1


def test_population_by_block_keeps_no_small_count(database: Connection, real_data: Path) -> None:
    path = real_data / "statistics/schaerbeek/SchaerbeekDemographicDistribution.geojson"
    report = ingest(database, path, "population")
    assert (report.read, report.loaded, report.refused) == (396, 396, 0)
    persons = geopandas.read_file(path).Pop1030_Population
    kept = database.execute(
        """SELECT count(*), min((attributes ->> 'Pop1030_Population')::float),
                  sum((attributes ->> 'Pop1030_Population')::float), array_agg(DISTINCT k)
           FROM constraint_area, jsonb_object_keys(attributes) k"""
    ).fetchone()
    large = persons[persons >= SMALLEST_COUNT]
    assert 0 < len(large) < 396
    assert kept == (len(large), large.min(), large.sum(), ["Pop1030_Population"])


def test_place_names(database: Connection, real_data: Path) -> None:
    path = real_data / "municipalities/ngi-adminvector/municipalsectioncenter_4326.shp"
    report = ingest(database, path, "base-map")
    assert (report.read, report.loaded, report.refused) == (2664, 2664, 0)
    found = database.execute(
        """SELECT attributes ->> 'namefre', ST_Dimension(geom) FROM constraint_area WHERE feature_id = '91034D'"""
    ).fetchone()
    assert found == ("Sorinnes", 0)


def test_base_map_of_a_village(database: Connection, real_data: Path) -> None:
    path = real_data / "osm/wechel.osm.pbf"
    report = ingest(database, path, "base-map")
    assert report.source == "osm-base-map"
    found = database.execute(
        """SELECT class, count(DISTINCT feature_id), count(name), max(ST_Dimension(geom)) FROM constraint_area
           WHERE theme = 'base_map' GROUP BY 1"""
    ).fetchall()
    told = {name: (features, named, dimension) for name, features, named, dimension in found}
    assert set(told) == {"water", "green", "built_up", "place"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        points = pyogrio.read_dataframe(path, layer="points", on_invalid="ignore")
        areas = pyogrio.read_dataframe(path, layer="multipolygons", on_invalid="ignore")
    assert told["place"] == (n := int(points.place.notna().sum()), n, 0)
    built = areas.landuse.isin(("residential", "commercial", "retail", "industrial")) & areas.geometry.notna()
    assert told["built_up"][:2] == (int(built.sum()), 0), "no names: an estate may be called after a family"


#: Entry -> recorded file that shows the value at the control point.
CONTROLS = {
    "grb-adp": "parcels/grb_ogc_api_responses/grb_response1_ADP_14.geojson",
    "vrbg": "municipalities/vrbg/Refgem.shp",
    "wegenregister": "/vsizip/roads/wegenregister/valid-before.zip/iWegsegment.shp",
    "grb-buildings": "buildings/vb_grb_gba.geojson",
    "fps-finance-wfs": "parcels/federal_cadastre/be_cadastral.xml",
    "heritage-designated-flanders": "heritage/mercator_ps_aandobj_2.geojson",
    "heritage-inventory-flanders": "heritage/mercator_lu_wet_erfgobj_pub_89.geojson",
    # An extract of the same addresses under other names.
    "icar": "addresses/icar_5540.geojson",
}
RENAMED = {"CODE_POSTAL": "pcode"}


def test_every_control_point_was_recorded() -> None:
    assert {one.id for one in catalogue().values() if one.control_points} == set(CONTROLS)


@pytest.mark.parametrize(("name", "file"), CONTROLS.items())
def test_control_points_lie_where_the_value_was_seen(real_data: Path, name: str, file: str) -> None:
    inside = file.removeprefix("/vsizip/")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        frame = geopandas.read_file(f"/vsizip/{real_data / inside}" if inside != file else real_data / file)
    shapes = transform(
        np.array(frame.geometry, dtype=object), operation_to_storage(f"EPSG:{frame.crs.to_epsg() or 31370}").transformer
    )
    for point in catalogue()[name].control_points:
        here = frame[shapely.dwithin(shapes, shapely.Point(point.x, point.y), 1.0)]
        field = RENAMED.get(str(point.field), str(point.field)).lower()
        column = next(one for one in frame.columns if one.lower() == field)
        assert point.expects in {str(value).split(".")[0] for value in here[column]}, json.dumps(
            list(here[column]), default=str
        )
