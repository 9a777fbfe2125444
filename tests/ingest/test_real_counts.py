"""Every real file of a source of the catalogue loads with the count of its list of sources; differences are told.

The counts are those of `SOURCES.md` beside the files, and the test reads them there. Skipped where they are absent.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import pytest
from ingest_samples import Connection

from geodata.ingest import ingest
from geodata.sources.catalogue import catalogue


class Row(NamedTuple):
    """A file, its source, the rows it holds, the rows that land, and the reasons or words that explain a difference."""

    file: str
    source: str
    rows: int
    loaded: int
    reasons: dict[str, int] = {}  # noqa: RUF012  (never changed)
    told: str | None = None
    kind: str | None = None
    layer: str | None = None


ANSWERS = "parcels/grb_ogc_api_responses"
TABLE = (
    Row("municipalities/derived/municipalities_be_by_year.gpkg", "municipalities-by-year", 1735, 1735),
    Row("municipalities/belgium-geographic-data/be-municip-lamberts.geo.json", "belgium-geographic-data", 589, 589),
    Row("municipalities/vrbg/Refgem.shp", "vrbg", 300, 300),
    Row("municipalities/single/gent.geojson", "vrbg", 1, 1),
    Row("municipalities/single/herstappe.geojson", "vrbg", 1, 1),
    Row("municipalities/ngi-adminvector/municipalsectioncenter_4326.shp", "adminvector-sections", 2664, 2664),
    Row("municipalities/provinciesincijfers/kern.shp", "built-up-cores", 296, 296),
    Row("parcels/derived/grb_parcels_leuven_area.gpkg", "grb-adp", 715, 715),
    Row("parcels/brdr_geojson_raw/one.geojson", "grb-adp", 1, 1),
    Row("parcels/brdr_geojson_raw/two.geojson", "grb-adp", 2, 2),
    Row("parcels/brdr_geojson_raw/reference.geojson", "grb-topo", 408, 408),
    Row(f"{ANSWERS}/grb_response1_ADP_14.geojson", "grb-adp", 14, 14),
    Row(f"{ANSWERS}/grb_response3_ADP_207.geojson", "grb-adp", 207, 207),
    Row(f"{ANSWERS}/grb_response5_Adpf2023_52.geojson", "grb-adp", 52, 52),
    Row("parcels/grb_adp_gml/AdpAdd.gml", "grb-adp", 11, 11),
    Row("parcels/grb_adp_gml/Adp_Full.gml", "grb-adp", 13, 13, {"nis_recoded": 1}),
    Row("parcels/federal_cadastre/be_cadastral.xml", "fps-finance-wfs", 13, 13),
    Row("buildings/vb_grb_gba.geojson", "grb-buildings", 345, 345),
    Row("roads/wegenregister/valid-before.zip", "wegenregister", 207, 207, layer="iWegsegment"),
    Row("roads/road-completion/vla.geojson", "wegenregister", 154, 154),
    Row("roads/road-completion/wal.geojson", "picc", 383, 383),
    # Of a village only what has a meaning here lands: land in use, nuisances, services.
    Row("osm/wechel.osm.pbf", "osm", 2411, 100, {"repaired_geometry": 7, "unreadable_geometry": 4}),
    Row("osm/wechel.osm", "osm", 2411, 100, {"repaired_geometry": 7, "unreadable_geometry": 4}),
    Row("schools/fwb/signaletique-fase_FWB.csv", "fwb-schools", 8346, 5499, {"no_geometry": 17}, "8346 rows are 5516 sites"),
    Row("schools/flanders_poi/POI_Onderwijs.shp", "flanders-schools-points", 13_860, 13_860),
    Row("transport/sncb/stations.csv", "sncb-stations", 729, 579, {}, "150 rows were left out"),
    Row("addresses/icar_5540.geojson", "icar-extract", 2173, 2173),
    Row("addresses/icar_6440.geojson", "icar-extract", 1912, 1912),
    Row("heritage/mercator_ps_aandobj_1.geojson", "heritage-designated-flanders", 1, 1),
    Row("heritage/mercator_ps_aandobj_2.geojson", "heritage-designated-flanders", 2, 2),
    Row("heritage/mercator_lu_wet_erfgobj_pub_1.geojson", "heritage-inventory-flanders", 1, 1),
    Row("heritage/mercator_lu_wet_erfgobj_pub_89.geojson", "heritage-inventory-flanders", 89, 89),
    Row("nature/BWK_2020_clip_ZwarteBeek.shp", "bwk", 50, 50),
    Row("nature/parken-gent.geojson", "parks-gent", 161, 158, {"no_geometry": 3}),
    Row("statistics/schaerbeek/LimitesSchaerbeekQuartiers.geojson", "schaerbeek-quarters", 14, 14, {"repaired_geometry": 14}, "14 shapes were repaired"),
    Row("statistics/schaerbeek/SchaerbeekDemographicDistribution.geojson", "schaerbeek-population", 396, 396, {"repaired_geometry": 1}, "1 shape was repaired"),
)  # fmt: skip


@pytest.mark.parametrize("row", TABLE, ids=[row.file for row in TABLE])
def test_real_file(database: Connection, real_data: Path, row: Row) -> None:
    entry = catalogue()[row.source]
    report = ingest(database, real_data / row.file, row.kind or entry.kind, layer=row.layer)
    found = (report.source, report.read, report.loaded, report.reasons)
    assert found == (row.source, row.rows, row.loaded, row.reasons)
    if row.told is not None:
        assert any(row.told in note for note in report.notes)
    kept = database.execute("SELECT count(*) FROM quarantine WHERE dataset_id = %s", [report.dataset]).fetchone()
    assert kept == (report.refused,)
    # Nothing goes unseen: what neither landed nor was refused is told.
    assert row.rows == row.loaded + report.refused or row.told is not None or entry.reader == "osm"


@pytest.mark.parametrize("row", TABLE, ids=[row.file for row in TABLE])
def test_the_count_is_that_of_the_list(real_data: Path, row: Row) -> None:
    """The rows above are not ours: they stand in the list, under the name of the file."""
    stem = Path(row.file).name.replace("mercator_ps_aandobj_1", "mercator_ps_aandobj_").split(".")[0]
    lines = [
        line for line in (real_data / "SOURCES.md").read_text(encoding="utf-8").splitlines() if line.startswith("|")
    ]
    short = re.sub(r"(response|_)(\d+.*|\d)$", r"\1", stem)
    mine = [line for line in lines if f"`{row.file}" in line or Path(row.file).name in line or f"{short}" in line]
    numbers = {
        int(one.replace(" ", "")) for line in mine for one in re.findall(r"(?<![\d.])\d{1,3}(?: \d{3})+|\d+", line)
    }
    whole = sum((589, 581, 565)) if "by_year" in row.file else row.rows
    assert mine and (whole in numbers or {589, 581, 565} <= numbers)
