"""Leuven with its real parcels, stations, schools and heritage: unknown with the missing named, then with a zoning made by hand."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest
import shapely

from api.i18n import translator
from api.views import candidates_view, parcel_view
from geodata.ingest import ingest
from geodata.measure.store import measure_municipality
from geodata.settings import Language
from geodata.territory.writing import write_vector
from geodata.territory.zoning import _plan_columns
from sites.candidates.query import CandidateQuery
from sites.candidates.runs import Run
from sites.candidates.scoring import create_run

NIS = "24062"
TODAY = date.today()
Connection = psycopg.Connection[Any]

FILES = (
    ("municipalities/derived/municipalities_be_by_year.gpkg", "municipalities", "municipalities_2025", None),
    ("parcels/derived/grb_parcels_leuven_area.gpkg", "parcels", None, None),
    ("transport/sncb/stations.csv", "stops", None, "flanders"),
    ("schools/flanders_poi/POI_Onderwijs.shp", "schools", None, "flanders"),
    ("heritage/mercator_lu_wet_erfgobj_pub_89.geojson", "heritage", None, None),
)
WORDS: dict[Language, str] = {"nl": "bekend", "fr": "connu", "de": "bekannt", "en": "known"}
PLANS = ("lu_gemrup_gv", "lu_prorup_gv", "lu_gewrup_gv", "lu_bpa_gv")


@pytest.fixture
def leuven(database: Connection, real_data: Path) -> Connection:
    for file, kind, layer, covers in FILES:
        ingest(database, real_data / file, kind, layer=layer, covers=covers)
    measure_municipality(database, NIS)
    return database


def scored(connection: Connection) -> tuple[Run, dict[str, Any]]:
    run = create_run(connection, [NIS], "residential", TODAY, today=TODAY)
    return run, candidates_view(connection, run, CandidateQuery(limit=500), translator("en"))


def with_zoning(connection: Connection, folder: Path) -> None:
    """A regional plan drawn by hand: living in the west half, a nature area in the rest; no other plans, and that said."""
    row = connection.execute(
        "SELECT ST_XMin(e), ST_YMin(e), ST_XMax(e), ST_YMax(e) FROM (SELECT ST_Extent(geom) AS e FROM parcel WHERE nis = %s) q",
        [NIS],
    ).fetchone()
    assert row is not None
    west, south, east, north = row
    middle = (west + east) / 2
    shapes = [
        shapely.box(west - 100, south - 100, middle, north + 100),
        shapely.box(middle, south - 100, east + 100, north + 100),
    ]
    plan = {"id": [1, 2], "svnaam": ["woongebieden", "natuurgebieden"], "hoofdcode": ["0100", "0701"]}
    write_vector(folder / "plan.gpkg", "lu_gwp_gv", plan, shapes, "EPSG:31370", "made by hand")
    ingest(connection, folder / "plan.gpkg", "zoning-gewestplan", covers=NIS)
    for layer in PLANS:
        columns, none = _plan_columns("RUP_24062_214", [])
        write_vector(folder / f"{layer}.gpkg", layer, columns, none, "EPSG:31370", "made by hand")
        ingest(connection, folder / f"{layer}.gpkg", "zoning-rup", covers=NIS)
    measure_municipality(connection, NIS)


def test_unknown_with_what_is_missing_then_with_a_plan(leuven: Connection, tmp_path: Path) -> None:
    before, listed = scored(leuven)
    assert set(before.counts) <= {"unknown", "incompatible"} and before.counts["unknown"] > 100
    items = listed["items"]
    assert items and all(one["verdict"] == "unknown" for one in items)
    # A ranking all the same, marked as what it is: the verdict so far, and an interval for every score and rank.
    assert {one["so_far"] for one in items} <= {"compatible", "needs_derogation"}
    assert [one["rank"] for one in items] == sorted(one["rank"] for one in items)
    assert all(one["score"]["low"] < one["score"]["high"] for one in items)
    missing = {name for one in items for name in one["unknown"]}
    assert any(name.startswith("zoning") for name in missing) and {"flood", "nature", "buildings"} & {
        name.partition(":")[0] for name in missing
    }
    assert "schools" not in missing
    told = parcel_view(leuven, items[0]["capakeys"][0], before, translator("nl"))
    asked = {one["layer"] for one in told["unknown"]}
    assert any(name.startswith("zoning") for name in asked) and all(one["who"] for one in told["unknown"])
    # "Not known yet", in each language, with the layers.
    for language, word in WORDS.items():
        text = parcel_view(leuven, items[0]["capakeys"][0], before, translator(language))["text"]
        assert word in text.lower(), text
    with_zoning(leuven, tmp_path)
    after, again = scored(leuven)
    assert after.id != before.id and set(after.counts) <= {"unknown", "incompatible"}
    assert not any(name.startswith("zoning") for one in again["items"] for name in one["unknown"])
    # Nature is ruled out now, the other half is listed as it was: the same parcels, no longer waiting for the plan.
    kept = {one["capakeys"][0] for one in again["items"]}
    assert kept and kept < {one["capakeys"][0] for one in items}
    assert after.counts["incompatible"] > before.counts["incompatible"]
    scores = {one["capakeys"][0]: one["score"] for one in items}
    assert all(one["score"] == scores[one["capakeys"][0]] for one in again["items"]), "a plan is no criterion"
