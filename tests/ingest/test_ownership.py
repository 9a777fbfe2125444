"""Ownership from a municipality's own file: every format, any spelling, split parcels, rights."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from ingest_samples import Connection, Write, capakey, grb, square
from owner_samples import HEADER, KEY, PERSONS, everything, rows_of, workbook

from geodata.errors import InputError, UsageError
from geodata.ingest import ingest
from geodata.measure.read import read_parcels


def test_a_list_with_all_it_may_hold(database: Connection, parcels: list[str], listed: Callable[..., Path]) -> None:
    path = listed(
        HEADER,
        f"{parcels[0].lower().replace('/', '-')};Stad Leuven;1/1;volle eigendom;ja;31/12/2030;huurder Jan Peeters",
        f"{parcels[1].replace('/', '')};OCMW Leuven;1/3;VE;nee;;",
        f"{parcels[1]};Jan Peeters;2/3;VE;;;",
        f"{parcels[2]};An Wuyts;1/2;VE;;;",
        f"{parcels[2]};Immo Vandenbrande NV;1/2;VE;;;",
        f"{parcels[3]};Kerkfabriek Sint-Jan;1/1;blote eigendom;;;",
        f"{parcels[3]};Jan Peeters;1/1;vruchtgebruik;;;",
    )
    report = ingest(database, path, "ownership")
    assert (report.read, report.loaded, report.refused, report.reasons) == (7, 4, 0, {})
    names = (
        "owner_class",
        "right_type",
        "other_rights",
        "lease",
        "lease_until",
        "owners",
        "public_share",
        "matched_by",
    )
    found = rows_of(database, *names, "evidence")
    assert [row[:7] for row in found] == [
        ("municipality", "full_ownership", None, True, date(2030, 12, 31), 1, 1.0),
        ("cpas_ocmw", "full_ownership", None, False, None, 2, pytest.approx(1 / 3)),
        ("private", "full_ownership", None, None, None, 2, 0.0),
        ("church_fabric", "bare_ownership", "usufruct", None, None, 1, 1.0),
    ]
    assert {row[7:] for row in found} == {("key", "municipal_list")}
    assert any(note.startswith("7 rows matched by key") for note in report.notes)


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("capakey,owner_class", "{},municipality"),
        ("Kadastrale sleutel\tType eigenaar", "{}\tgemeente"),
        ("Clé parcellaire|Type de propriétaire", "{}|Commune"),
        ("Parzellenschlüssel;Eigentümerart", "{};Gemeinde"),
        ("Clé cadastrale;Propriétaire", "{};Ville de Louvain"),
        ('"CaPaKey";"Eigentümer"', '"{}";"Stadt Löwen"'),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
def test_tables_of_four_languages_in_any_dress(
    database: Connection, listed: Callable[..., Path], header: str, row: str, encoding: str
) -> None:
    assert ingest(database, listed(header, row.format(KEY), encoding=encoding), "ownership").loaded == 1
    assert rows_of(database, "capakey", "owner_class") == [(KEY, "municipality")]


def test_a_separator_at_the_end_of_each_row_moves_nothing(database: Connection, listed: Callable[..., Path]) -> None:
    ingest(database, listed("CAPAKEY;Eigenaar", f"{KEY};Stad Leuven;"), "ownership")
    assert rows_of(database, "capakey", "owner_class") == [(KEY, "municipality")]
    with pytest.raises(InputError, match="more cells than the header"):
        ingest(database, listed("CAPAKEY;Eigenaar", f"{KEY};Stad Leuven;Jan Peeters"), "ownership")


def test_a_key_in_parts(database: Connection, listed: Callable[..., Path]) -> None:
    path = listed(
        "Afdeling;Sectie;Grondnummer;Bisnummer;Exponent;Macht;Eigenaar",
        "24062 LEUVEN 1 AFD;a;1;;A;;Stad Leuven",
        "24062;B;12/2;;;;Stad Leuven",
        "1;B;12;;;;Stad Leuven",
    )
    report = ingest(database, path, "ownership")
    assert rows_of(database, "o.capakey") == [("24062A0001/00A000",), ("24062B0012/02_000",)]
    assert report.reasons == {"invalid_capakey": 1} and report.examples == {"invalid_capakey": [3]}


def test_a_workbook_with_title_days_and_bad_rows(database: Connection, parcels: list[str], tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "eigendom.xlsx",
        {
            "Uitleg": [["Lijst van Jan Peeters"], [None, None]],
            "Lijst": [
                ["Eigendommen van de stad"],
                [],
                ["CAPAKEY", "Eigenaar", "Aandeel", "Verhuurd", "Einde huur", "Aantal eigenaars"],
                [parcels[0], "Stad Leuven", 1, True, datetime(2031, 6, 30), 1],
                [parcels[1], "Jan Peeters", datetime(2025, 2, 1), "misschien", None, 3],
                [None, None, None, None, None, None],
                ["Jan Peeters", parcels[2], None, None, None, None],
                [parcels[3], "Provincie Vlaams-Brabant\nJan Peeters", None, "nee", "nooit", None],
                [None],
            ],
        },
    )
    report = ingest(database, path, "ownership")
    assert (report.read, report.loaded) == (5, 3)
    assert report.reasons == {"invalid_capakey": 1, "unclear_lease": 2, "unclear_share": 1}
    assert report.examples == {"invalid_capakey": [4], "unclear_lease": [2, 5], "unclear_share": [2]}
    assert rows_of(database, "owner_class", "lease", "lease_until", "owners", "public_share") == [
        ("municipality", True, date(2031, 6, 30), 1, 1.0),
        ("private", None, None, 3, 0.0),
        ("province", False, None, 2, None),
    ]
    assert "1 of 5 rows are empty and were left out" in report.notes
    assert "Peeters" not in everything(database) + str(report)


def test_which_sheet(database: Connection, tmp_path: Path) -> None:
    rows = [["CAPAKEY", "Eigenaar"], [KEY, "Stad Leuven"]]
    path = workbook(tmp_path / "two.xlsx", {"2024": rows, "2025": [*rows, [capakey(2), "OCMW Leuven"]]})
    with pytest.raises(InputError, match=r"2 layers or sheets list owners.*--layer"):
        ingest(database, path, "ownership")
    assert ingest(database, path, "ownership", layer="2025").loaded == 2
    with pytest.raises(InputError, match="there is no layer 2023"):
        ingest(database, path, "ownership", layer="2023")


def test_workbooks_that_are_none(database: Connection, tmp_path: Path) -> None:
    good = workbook(tmp_path / "good.xlsx", {"a": [["CAPAKEY", "Eigenaar"], [KEY, "Stad Leuven"]]})
    cut = tmp_path / "cut.xlsx"
    cut.write_bytes(good.read_bytes()[:-200])
    renamed = tmp_path / "renamed.csv"
    renamed.write_bytes(good.read_bytes())
    text = tmp_path / "text.xlsx"
    text.write_text(f"CAPAKEY;Eigenaar\n{KEY};Jan Peeters\n")
    empty = workbook(tmp_path / "empty.xlsx", {"a": []})
    for path in (cut, renamed, text, empty):
        with pytest.raises(InputError) as caught:
            ingest(database, path, "ownership")
        assert path.name in str(caught.value) and "Peeters" not in str(caught.value)
    assert rows_of(database, "capakey") == []


@pytest.mark.parametrize("name", ["list.gpkg", "list.shp"])
def test_shapes_follow_keys_that_are_gone(database: Connection, parcels: list[str], write: Write, name: str) -> None:
    """Parcels lie at x = 173 000 + 20 n, each 20 metres wide."""
    west, south = 173_000.0, 170_000.0
    old = [capakey(at) for at in range(1001, 1009)]
    path = write(
        name,
        {
            "CAPAKEY": [parcels[0], old[0], None, old[1], "Jan Peeters"],
            "Eigenaar": ["Stad Leuven", "OCMW Leuven", "Provincie X", "An Wuyts", "Kerkfabriek X"],
            "Opmerking": ["", "", "van Vandenbrande", "", ""],
        },
        [
            square(west + 900, south),  # the key counts, not the shape
            square(west + 21, south),  # renamed: nearly parcel 2
            shapely.box(west + 40, south, west + 80, south + 20),  # parcels 3 and 4
            shapely.box(west - 7, south, west + 3, south + 20),  # a strip over the border, half in none
            square(west + 500, south),  # no parcel there
        ],
    )
    report = ingest(database, path, "ownership")
    assert report.reasons == {
        "ambiguous_parcel": 1, "matched_by_geometry": 1, "parcel_not_found": 1, "split_parcel": 1,
    }  # fmt: skip
    assert report.examples == {
        "ambiguous_parcel": [4], "matched_by_geometry": [2], "parcel_not_found": [5], "split_parcel": [3],
    }  # fmt: skip
    assert rows_of(database, "o.capakey", "owner_class", "matched_by") == [
        (parcels[0], "municipality", "key"),
        (parcels[1], "cpas_ocmw", "geometry"),
        (parcels[2], "province", "geometry"),
        (parcels[3], "province", "geometry"),
    ]
    assert any("1 rows matched by key, 1 by geometry, 1 split, 1 ambiguous" in note for note in report.notes)
    assert report.crs_used == "EPSG:31370"
    assert not any(one in everything(database) for one in PERSONS)


def test_merged_parcels_and_parcels_that_list_themselves(
    database: Connection, parcels: list[str], write: Write
) -> None:
    west, south = 173_000.0, 170_000.0
    old = [capakey(at) for at in range(1001, 1005)]
    path = write(
        "merged.gpkg",
        {
            "CAPAKEY": [*old, parcels[2]],
            "Eigenaar": ["Stad Leuven", "Jan Peeters", "Stad Leuven", "OCMW X", "Stad Leuven"],
        },
        [
            shapely.box(west, south, west + 5, south + 20),  # a quarter of parcel 1, with the next row half of it
            shapely.box(west + 5, south, west + 10, south + 20),
            shapely.box(west + 20, south, west + 25, south + 20),  # a quarter of parcel 2 and nobody else
            square(west + 40, south),  # parcel 3, which stands in the list itself
            square(west + 40, south),
        ],
    )
    report = ingest(database, path, "ownership")
    assert report.examples == {"ambiguous_parcel": [3], "listed_by_key": [4], "matched_by_geometry": [1, 2]}
    assert rows_of(database, "o.capakey", "owner_class", "public_share", "owners") == [
        (parcels[0], "municipality", 0.25, 2),
        (parcels[2], "municipality", 1.0, 1),
    ]


def test_shapes_in_another_crs(database: Connection, parcels: list[str], tmp_path: Path) -> None:
    shapes = gpd.GeoSeries([square(173_020.0, 170_000.0)], crs="EPSG:31370").to_crs("EPSG:3812")
    path = tmp_path / "list.gpkg"
    gpd.GeoDataFrame({"Propriétaire": ["CPAS X"]}, geometry=shapes).to_file(path, driver="GPKG")
    report = ingest(database, path, "ownership")
    assert report.crs_used == "EPSG:3812" and report.reasons == {"matched_by_geometry": 1}
    assert rows_of(database, "o.capakey", "owner_class") == [(parcels[1], "cpas_ocmw")]


def test_keys_not_found_are_kept_and_those_renumbered_are_told(
    database: Connection, parcels: list[str], listed: Callable[..., Path]
) -> None:
    path = listed(
        "CAPAKEY;Eigenaar",
        f"{parcels[0]};Stad Leuven",
        f"{parcels[1][:-4]}B000;Stad Leuven",
        f"{parcels[2][:10]};Stad Leuven",
        "24062Z9999/00A000;Stad Leuven",
    )
    report = ingest(database, path, "ownership")
    assert report.examples == {"ambiguous_parcel": [3], "parcel_not_found": [2, 4]}
    assert any("1 of the keys not found (rows 2) share their number" in note for note in report.notes)
    assert [row[0] for row in rows_of(database, "matched_by")] == ["key", None, None]
    quarantine = database.execute("SELECT row_number, raw FROM quarantine").fetchall()
    assert quarantine == [(3, {"capakey": "24062A0003/00_000"})]


def test_parcels_that_come_later(
    database: Connection, municipalities: Path, parcels_file: Callable[..., Path], listed: Callable[..., Path]
) -> None:
    path = listed("CAPAKEY;Eigenaar", f"{KEY};Stad Leuven")
    first = ingest(database, path, "ownership")
    assert first.reasons == {} and any("no parcels are loaded" in note for note in first.notes)
    assert ingest(database, path, "ownership").already_loaded
    ingest(database, parcels_file(2), "parcels")
    again = ingest(database, path, "ownership")
    assert not again.already_loaded and again.version == 2
    assert rows_of(database, "matched_by") == [("key",)]


def test_columns_named_by_hand(database: Connection, listed: Callable[..., Path]) -> None:
    path = listed("Perceel;Wie;Nota", f"{KEY};Stad Leuven;Jan Peeters")
    with pytest.raises(InputError, match="no column tells the parcel") as caught:
        ingest(database, path, "ownership")
    assert "--map COLUMN=capakey" in str(caught.value)
    named = {"Perceel": "capakey", "wie": "owner_name"}
    assert ingest(database, path, "ownership", mapping=named).loaded == 1
    assert ingest(database, path, "ownership", mapping=named).already_loaded
    other = ingest(database, path, "ownership", mapping={"Perceel": "capakey", "Nota": "owner_name"})
    assert not other.already_loaded and rows_of(database, "owner_class") == [("private",)]
    for wrong in ({"Perceel": "sleutel"}, {"Kolom": "capakey"}):
        with pytest.raises(UsageError, match="--map"):
            ingest(database, path, "ownership", mapping=wrong)
    with pytest.raises(UsageError, match="owner lists only"):
        ingest(database, path, "parcels", mapping=named)


def test_the_command_names_columns(program: Callable[..., str], settings: Any, listed: Callable[..., Path]) -> None:
    path = listed("Perceel;Wie", f"{KEY};Jan Peeters")
    report = json.loads(
        program("ingest", path, "--as", "ownership", "--map", "Perceel=capakey", "--map", "Wie=owner_name", "--json")
    )
    assert (report["loaded"], report["source"]) == (1, "owner-list")
    assert "COLUMN=MEANING" in program("ingest", path, "--as", "ownership", "--map", "Perceel", code=2)


def test_the_measurement_takes_the_class(database: Connection, parcels: list[str], listed: Callable[..., Path]) -> None:
    path = listed(
        "CAPAKEY;Type eigenaar",
        f"{parcels[0]};Gemeenschap",
        f"{parcels[1]};andere openbare instelling",
        f"{parcels[2]};onbekend",
    )
    ingest(database, path, "ownership")
    assert list(read_parcels(database, "24062").owner_class) == ["community", "other_public", None, None]


def test_a_list_of_a_shapefile_with_cut_headers(database: Connection, write: Write) -> None:
    path = write(
        "cut.shp", {**grb([KEY]), "owner_clas": ["municipality"], "lease_unti": ["2030-12-31"]}, [square(173e3, 17e4)]
    )
    ingest(database, path, "ownership")
    assert rows_of(database, "owner_class", "lease", "lease_until") == [("municipality", True, date(2030, 12, 31))]


@pytest.mark.parametrize("name", ["days.gpkg", "days.shp", "days.geojson"])
def test_days_numbers_and_accents_of_vector_files(database: Connection, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    fields = {
        "CAPAKEY": [capakey(1), capakey(2), capakey(3)],
        "proprietai": ["Évêché de Liège", "Société de logement de service public X", None],
        "quotite": [1.0, 0.5, None],
        "fin_bail": pd.to_datetime(["2030-12-31", None, None]),
    }
    frame = gpd.GeoDataFrame(fields, geometry=[square(173e3 + 20 * at, 17e4) for at in range(3)], crs="EPSG:31370")
    options = {"encoding": "ISO-8859-1"} if path.suffix == ".shp" else {}
    if path.suffix == ".geojson":
        frame = frame.to_crs("EPSG:4326")
    frame.rename(columns={"proprietai": "Propriétaire"} if path.suffix != ".shp" else {}).to_file(path, **options)
    report = ingest(database, path, "ownership")
    assert (report.loaded, report.refused) == (3, 0)
    assert rows_of(database, "owner_class", "public_share", "lease", "lease_until") == [
        ("unknown", None, True, date(2030, 12, 31)),
        ("housing_company", 0.5, None, None),
        ("unknown", None, None, None),
    ]
