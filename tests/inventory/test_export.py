"""Exports, opened again by other programs; every public site in every kind of file."""

from __future__ import annotations

import csv
import json
import stat
from pathlib import Path

import openpyxl
import pyogrio
import pytest
import shapely

from geodata.errors import StandplaatsError, UsageError
from sites.inventory import all_sites, export, sites
from sites.inventory.sheet import write_table


def test_csv(tmp_path: Path) -> None:
    path = tmp_path / "inventory.csv"
    assert export(sites(), path, "nl") == len(sites())
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = {row["site_id"]: row for row in csv.DictReader(stream)}
    assert set(rows) == {one.id for one in sites()}
    assert rows["vl-genk-horensberg"]["pitches"] == "51" and rows["vl-genk-horensberg"]["pitch_unit"] == "pitch"
    gent = rows["vl-gent-drongensesteenweg"]
    assert (gent["pitches"], gent["pitches_high"], gent["confidence"]) == ("", "25", "A")
    assert all(row["source_url"].startswith("http") for row in rows.values())
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


def test_geopackage(tmp_path: Path) -> None:
    path = tmp_path / "inventory.gpkg"
    export(all_sites(), path, "fr")
    frame = pyogrio.read_dataframe(path).set_index("site_id")
    assert frame.crs.to_epsg() == 31370 and len(frame) == len(sites())
    namur = frame.loc["wa-namur-lives-sur-meuse"]
    assert (namur.geometry.x, namur.geometry.y, namur["precision"]) == (189427, 128452, "section")
    assert frame.loc["wa-habay-on-request"].geometry is None


def test_geojson(tmp_path: Path) -> None:
    path = tmp_path / "inventory.geojson"
    export(sites(), path, "de")
    content = json.loads(path.read_text(encoding="utf-8"))
    assert content["type"] == "FeatureCollection" and content["count"] == len(sites())
    frame = pyogrio.read_dataframe(path)
    assert len(frame) == len(sites())
    for one in content["features"]:
        assert one["type"] == "Feature" and one["id"] == one["properties"]["id"]
        if one["geometry"] is not None:
            lon, lat = shapely.geometry.shape(one["geometry"]).coords[0]
            assert 2.5 < lon < 6.5 and 49.4 < lat < 51.6


def test_excel(tmp_path: Path) -> None:
    path = tmp_path / "inventory.xlsx"
    export(sites(), path, "en")
    lines = list(openpyxl.load_workbook(path, read_only=True).active.iter_rows(values_only=True))
    assert len(lines) == len(sites()) + 1
    row = next(dict(zip(lines[0], line, strict=True)) for line in lines if line[0] == "vl-genk-horensberg")
    assert row["pitches"] == 51 and row["nis"] == "71016"


@pytest.mark.parametrize("name", ["table.csv", "table.xlsx"])
def test_text_is_never_a_formula(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if path.suffix == ".xlsx":
        write_table(path, ["a"], [["=1+1"]], "t")
        cell = openpyxl.load_workbook(path).active["A2"]
        assert (cell.value, cell.data_type) == ("=1+1", "s")
    else:
        write_table(path, ["a"], [["=1+1"], ["-2"]], "t")
        assert path.read_text(encoding="utf-8-sig").split() == ["a", "'=1+1", "'-2"]


def test_other_kinds_and_closed_folders_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not written"):
        export(sites(), tmp_path / "inventory.pdf", "en")
    with pytest.raises(StandplaatsError, match="cannot be written"):
        export(sites(), tmp_path / "nowhere" / "inventory.csv", "en")
    assert list(tmp_path.iterdir()) == []
