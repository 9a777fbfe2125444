"""Parcels: municipality by attribute, successor, place or border; municipalities and their dates."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ingest_samples import Connection, Write, capakey, grb, square

from geodata.ingest import ingest
from geodata.sources.nis import nis_changes, successor


def codes(database: Connection) -> list[tuple[str | None, str]]:
    return database.execute("SELECT nis, nis_how FROM parcel ORDER BY capakey").fetchall()


def test_code_of_the_file_where_valid(database: Connection, municipalities: Path, write: Write) -> None:
    # Drawn in Leuven 300 m from the border, registered in Oud-Heverlee: the register decides.
    report = ingest(database, write("p.gpkg", grb([capakey(1)], nis="24086"), [square(175_000, 165_300)]), "parcels")
    assert codes(database) == [("24086", "attribute")]
    assert report.reasons == {} and report.repaired == 0


def test_the_place_counts_where_the_code_is_far_away(database: Connection, write: Write) -> None:
    """A Leuven parcel with an old code of Antwerp lies in Leuven; the report says so."""
    fields = {"AdMuKey": ["24062", "11002"], "NameDUT": ["Leuven", "Antwerpen"], "NameFRE": ["Louvain", "Anvers"],
              "AdReKey": ["02000", "02000"]}  # fmt: skip
    boxes = [square(170_000, 165_000, 10_000), square(150_000, 210_000, 10_000)]
    ingest(database, write("b.gpkg", fields, boxes), "municipalities")
    shapes = [square(175_000, 170_000), square(155_000, 215_000), square(60_000, 200_000)]
    rows = grb([capakey(1), capakey(2), capakey(3)], nis="11007")
    report = ingest(database, write("p.gpkg", rows, shapes), "parcels")
    assert codes(database) == [("24062", "boundary"), ("11002", "attribute"), (None, "boundary")]
    assert report.reasons == {"nis_far_from_place": 2, "nis_recoded": 1}
    assert report.examples == {"nis_far_from_place": [1, 3], "nis_recoded": [2]}
    assert report.repaired == 0
    assert any("2 parcels lie far from the municipality of their code (11002)" in note for note in report.notes)


def test_place_where_the_file_has_no_code(database: Connection, municipalities: Path, write: Write) -> None:
    shapes = [
        square(175_000, 170_000),
        square(175_000, 165_100),
        square(175_000, 160_000),
        square(60_000, 200_000),
    ]
    path = write("p.gpkg", grb([capakey(one) for one in range(4)], nis=None), shapes)
    report = ingest(database, path, "parcels")
    assert codes(database) == [
        ("24062", "boundary"),
        ("24062", "border"),
        ("24086", "boundary"),
        (None, "boundary"),
    ]
    assert any("1 parcels lie near a generalised border" in note for note in report.notes)
    assert any("1 parcels lie in no loaded municipality" in note for note in report.notes)


def test_old_code_goes_to_its_successor(database: Connection, write: Write) -> None:
    fields = {"AdMuKey": ["71072"], "NameDUT": ["Hasselt"], "NameFRE": ["Hasselt"], "AdReKey": ["02000"]}
    ingest(database, write("b.gpkg", fields, [square(210_000, 170_000, 20_000)]), "municipalities")
    path = write(
        "p.gpkg",
        grb([capakey(1), capakey(2)], nis="71022"),
        [square(215_000, 175_000), square(215_050, 175_000)],
    )
    report = ingest(database, path, "parcels")
    assert codes(database) == [("71072", "attribute")] * 2
    assert report.reasons == {"nis_recoded": 2} and (report.refused, report.repaired) == (0, 0)


def test_code_that_leads_nowhere_is_named(database: Connection, municipalities: Path, write: Write) -> None:
    # 11007 and 11002 are both old names of 11002, which is not loaded here.
    path = write(
        "p.gpkg",
        grb([capakey(1), capakey(2)], nis="11007"),
        [square(175_000, 170_000)] * 1 + [square(175_100, 170_000)],
    )
    report = ingest(database, path, "parcels")
    assert codes(database) == [("24062", "boundary")] * 2
    assert any("11007" in note for note in report.notes)


def test_without_boundaries_the_last_successor_counts(database: Connection, write: Write) -> None:
    ingest(database, write("p.gpkg", grb([capakey(1)], nis="71022"), [square(215_000, 175_000)]), "parcels")
    assert codes(database) == [("71072", "attribute")]


def test_areas_and_dates(database: Connection, write: Write) -> None:
    fields = {
        "CaPaKey": [capakey(1), capakey(2)], "CaSeKey": ["24062A"] * 2, "SuVaCn": [716.0, 0.0],
        "LastUpdDTS": ["2025-02-03T10:00:00", None], "Status": ["UN"] * 2, "Owner": ["Jan Peeters"] * 2,
    }  # fmt: skip
    report = ingest(database, write("p.gpkg", fields, [square(175_000, 170_000), square(175_100, 170_000)]), "parcels")
    rows = database.execute(
        "SELECT area_m2, official_area_m2, ref_date, attributes FROM parcel ORDER BY capakey"
    ).fetchall()
    assert report.source == "fps-finance-wfs"
    assert rows[0] == (400.0, 716.0, date(2025, 2, 3), {"Status": "UN"})
    assert rows[1] == (400.0, None, None, {"Status": "UN"})


def test_fields_nobody_asked_for_are_not_kept(database: Connection, write: Write) -> None:
    """A municipal export may carry owners' names: only fields the catalogue names are stored."""
    fields = {**grb([capakey(1), "bad"]), "EIGENAAR": ["Jan Peeters", "An Maes"]}
    ingest(database, write("p.gpkg", fields, [square(175_000, 170_000), square(175_100, 170_000)]), "parcels")
    kept = database.execute(
        "SELECT parcel::text FROM parcel UNION ALL SELECT quarantine::text FROM quarantine"
    ).fetchall()
    assert len(kept) == 2 and not any("Peeters" in row[0] or "Maes" in row[0] for row in kept)


def test_state_of_a_list_without_dates(database: Connection, write: Write) -> None:
    """A list of before 2025 gives no codes of today where a reform took them, and Antwerp keeps its code."""
    held = ["11002", "11007", "24062", "71022", "73040"]
    fields = {"NISCODE": held, "NAAM": held, "TERRID": [1] * 5, "NUMAC": ["x"] * 5}
    shapes = [square(170_000 + 2_000 * at, 170_000, 1_500) for at in range(5)]
    ingest(database, write("Refgem.gpkg", fields, shapes), "municipalities")
    rows = database.execute("SELECT nis, valid_from, valid_to FROM municipality ORDER BY nis").fetchall()
    last = date(2024, 12, 31)
    assert rows == [
        ("11002", date(1977, 1, 1), last),
        ("11007", date(1977, 1, 1), last),
        ("24062", date(1977, 1, 1), None),
        ("71022", date(1977, 1, 1), last),
        ("73040", date(1977, 1, 1), last),
    ]


def test_regions_by_the_code(database: Connection, write: Write) -> None:
    held = [
        "11002",
        "21004",
        "23088",
        "25005",
        "31005",
        "44021",
        "51004",
        "62063",
        "63023",
        "72043",
        "81001",
        "92094",
    ]
    fields = {"AdMuKey": held, "NameDUT": held, "NameFRE": held, "AdReKey": [None] * len(held)}
    shapes = [square(100_000 + 2_000 * at, 170_000, 1_500) for at in range(len(held))]
    ingest(database, write("b.gpkg", fields, shapes), "municipalities")
    found = dict(database.execute("SELECT nis, region FROM municipality").fetchall())
    assert {nis for nis, region in found.items() if region == "flanders"} == {
        "11002",
        "23088",
        "31005",
        "44021",
        "72043",
    }
    assert {nis for nis, region in found.items() if region == "brussels"} == {"21004"}
    german = database.execute("SELECT array_agg(nis::text) FROM municipality WHERE german_speaking").fetchone()
    assert german == (["63023"],)


def test_changes_are_loaded_once(database: Connection, municipalities: Path, write: Write) -> None:
    first = database.execute("SELECT count(*), count(DISTINCT new_nis) FROM nis_change").fetchone()
    assert first is not None and first[0] == len(nis_changes()) == 56
    fields = {"NISCODE": ["24062"], "NAAM": ["Leuven"], "TERRID": [1], "NUMAC": ["x"]}
    ingest(database, write("Refgem.gpkg", fields, [square(170_000, 165_000, 10_000)]), "municipalities")
    assert database.execute("SELECT count(*), count(DISTINCT new_nis) FROM nis_change").fetchone() == first


@given(st.sampled_from([one.old_nis for one in nis_changes()]))
def test_every_old_code_ends_somewhere(code: str) -> None:
    """No circle, also for Antwerp, which is its own successor; and what it leads to is no old code."""
    last = successor(code, ())
    assert last is not None
    assert not any(one.old_nis == last and one.new_nis != last for one in nis_changes())
    assert successor(code, {"99999"}) is None
    assert successor(last, {last}) == last


def test_municipality_layers_follow_each_other(database: Connection, write: Write) -> None:
    def fields(nis: str, day: str) -> dict[str, list[str]]:
        return {
            "nis": [nis],
            "name_fr": [nis],
            "name_nl": [nis],
            "region_nis": ["02000"],
            "province_nis": ["10000"],
            "valid_from": [day],
        }

    shape = [square(170_000, 165_000, 10_000)]
    path = write("m.gpkg", fields("71022", "1977-01-01"), shape, layer="municipalities_2018")
    import geopandas as gpd

    newer = gpd.GeoDataFrame(fields("71072", "2025-01-01"), geometry=gpd.GeoSeries(shape, crs="EPSG:31370"))
    newer.to_file(path, layer="municipalities_2025", driver="GPKG", mode="a", engine="pyogrio")
    report = ingest(database, path, "municipalities")
    rows = database.execute("SELECT nis, valid_from, valid_to FROM municipality ORDER BY nis").fetchall()
    assert rows == [("71022", date(1977, 1, 1), date(2024, 12, 31)), ("71072", date(2025, 1, 1), None)]
    assert (report.read, report.loaded) == (2, 2)
    one = ingest(database, path, "municipalities", layer="municipalities_2018")
    assert one.loaded == 1
    row = database.execute("SELECT valid_to FROM municipality WHERE dataset_id = %s", [one.dataset]).fetchone()
    assert row == (date(2024, 12, 31),)


@pytest.mark.parametrize(
    ("given", "arrives"),
    [
        ("24062A0001/00A000", True),
        ("24062a0001-00a000", True),
        ("24062A0001/00_000", True),
        ("24062A1/00A000", False),
    ],
)
def test_shape_of_a_key(database: Connection, write: Write, given: str, arrives: bool) -> None:
    path = write("p.gpkg", grb([given, capakey(2)]), [square(175_000, 170_000), square(175_100, 170_000)])
    report = ingest(database, path, "parcels")
    assert report.loaded == 1 + arrives
    assert report.reasons == ({} if arrives else {"invalid_capakey": 1})
