"""An export read back: unedited it changes nothing, edited it changes what was edited, and no page is misquoted."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import psycopg
import pytest

from geodata.settings import Settings
from sites.inventory import Preview, Wanted, all_sites, export, find_site, read_list, read_return, write_return
from sites.inventory.prefill import COLUMNS
from sites.inventory.sheet import write_table
from sites.inventory.text import source_text
from sites.law.model import LANGUAGES, Language

Connection = psycopg.Connection[Any]

MONITORING = """jaar;nis;naam;type;eigendom;beheerder;standplaatsen;bezet;bron
2024;71016;Horensberg;residentieel;publiek;Stad Genk;51;47;https://example.org/2024
2025;71016;Horensberg;residentieel;publiek;Stad Genk;51;48;https://example.org/2025
2025;12025;De Schans;residentieel;publiek;;20;7;
2025;44021;Nieuw terrein;doortrekkers;publiek;;12;11;
2025;21004;-x- terrein;doortrekkers;publiek;;12;;
"""


@pytest.fixture
def lived_in(empty: Connection, tmp_path: Path) -> Connection:
    """A database with lists of two years and a return in it."""
    path = tmp_path / "monitoring.csv"
    path.write_text(MONITORING, encoding="utf-8")
    assert read_list(empty, path, "monitoring").count("new") == 5
    sheet = tmp_path / "return.csv"
    write_return(empty, "72021", 2026, sheet, "nl")
    with sheet.open(encoding="utf-8-sig", newline="") as stream:
        header, row = list(csv.reader(stream))
    row[list(COLUMNS).index("pitches")] = "27"
    write_table(sheet, header, [row], "x")
    assert read_return(empty, sheet).count("new") == 1
    empty.commit()
    return empty


def counts(done: Preview) -> tuple[int, int, int, int]:
    return done.count("new"), done.count("changed"), len(done.refused), done.count("unchanged")


def records(connection: Connection) -> list[Any]:
    return connection.execute("SELECT * FROM inventory_record ORDER BY id").fetchall()


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def edited(path: Path, site_id: str, **cells: str) -> Path:
    """The exported file with some cells of one site written anew."""
    rows = rows_of(path)
    (row,) = [one for one in rows if one["site_id"] == site_id]
    row.update(cells)
    header = [*rows[0], *(name for name in cells if name not in rows[0])]
    write_table(path, header, [[one.get(name, "") for name in header] for one in rows], "x")
    return path


@pytest.mark.parametrize("name", ["inventory.csv", "inventory.xlsx"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_unedited_it_changes_nothing(lived_in: Connection, tmp_path: Path, name: str, language: Language) -> None:
    path = tmp_path / name
    found = all_sites(lived_in)
    before = records(lived_in)
    assert export(found, path, language) == len(found) > 48
    done = read_list(lived_in, path, "sites")
    assert counts(done) == (0, 0, 0, len(found)), (done.refused, [one for one in done.changes if one.fields])
    assert done.private_rows == 0 and records(lived_in) == before
    assert find_site(lived_in, "vl-genk-horensberg").occupancy[-1].value == 48


@pytest.mark.parametrize("year", [2012, 2018, 2025])
def test_the_export_of_a_year_changes_nothing(lived_in: Connection, tmp_path: Path, year: int) -> None:
    path = tmp_path / "inventory.csv"
    found = all_sites(lived_in, Wanted(year=year))
    export(found, path, "nl", year)
    assert counts(read_list(lived_in, path, "sites")) == (0, 0, 0, len(found))


def test_the_export_saved_by_a_spreadsheet(lived_in: Connection, tmp_path: Path) -> None:
    path = tmp_path / "inventory.xlsx"
    export(all_sites(lived_in), path, "nl")
    book = openpyxl.load_workbook(path)
    for row in book.active.iter_rows(min_row=2):
        for cell in row:
            # What a spreadsheet does to codes and figures that were text.
            if isinstance(cell.value, str) and cell.value.isdigit():
                cell.value = int(cell.value)
    book.save(path)
    assert counts(read_list(lived_in, path, "sites"))[:3] == (0, 0, 0)


def test_of_an_edited_row_only_the_edit_is_read(lived_in: Connection, tmp_path: Path) -> None:
    path = tmp_path / "inventory.csv"
    export(all_sites(lived_in), path, "nl")
    # The page of the row says 20; the edit is the file's own word.
    edited(path, "vl-kortrijk-ringlaan", pitches="19")
    before = find_site(lived_in, "vl-kortrijk-ringlaan")
    done = read_list(lived_in, path, "sites")
    assert counts(done)[:3] == (1, 0, 0)
    (change,) = [one for one in done.changes if one.state == "new"]
    assert [(one["field"], one["new"]) for one in change.fields] == [("pitches", 19)]
    after = find_site(lived_in, "vl-kortrijk-ringlaan")
    assert (after.pitches[-1].low, after.pitches[-1].source, after.pitches[-1].grade) == (19, None, "U")
    assert source_text(after.pitches[-1], "en") == "imported file inventory.csv"
    assert after.model_copy(update={"pitches": before.pitches}) == before
    assert counts(read_list(lived_in, path, "sites"))[:3] == (0, 0, 0)


def test_an_edit_with_a_page_of_its_own(lived_in: Connection, tmp_path: Path) -> None:
    path = tmp_path / "inventory.csv"
    export(all_sites(lived_in), path, "fr")
    page = "https://example.org/closed"
    edited(path, "wa-ath-la-bilhee", status="closed", source_url=page, source_date="2025-06-01", confidence="B")
    # The record of 2025 keeps the occupancy that the export does not hold.
    edited(path, "vl-genk-horensberg", pitches="52", source_url=page, source_date="2025-07", confidence="B")
    assert counts(read_list(lived_in, path, "sites"))[:3] == (1, 1, 0)
    ath = find_site(lived_in, "wa-ath-la-bilhee").status[-1]
    assert (ath.value, ath.source, ath.date, ath.grade) == ("closed", page, "2025-06-01", "B")
    genk = find_site(lived_in, "vl-genk-horensberg")
    assert (genk.capacity and genk.capacity.low, genk.occupancy[-1].value) == (52, 48)


def test_emptied_cells_and_dashes(lived_in: Connection, tmp_path: Path) -> None:
    path = tmp_path / "inventory.csv"
    export(all_sites(lived_in), path, "nl")
    emptied = dict.fromkeys(("address", "pitches", "pitch_unit", "manager", "x_31370", "y_31370", "fee_text"), "")
    edited(path, "vl-gent-drongensesteenweg", **emptied)
    assert counts(read_list(lived_in, path, "sites"))[:3] == (0, 0, 0)
    # Nothing of that year was ever read that could be taken back.
    edited(path, "vl-gent-drongensesteenweg", address="-")
    done = read_list(lived_in, path, "sites")
    assert counts(done)[:2] == (0, 0) and [one["field"] for one in done.refused] == ["year"]
    edited(path, "vl-gent-drongensesteenweg", address="")
    edited(path, "vl-genk-horensberg", year="2025", bezet="-")
    assert counts(read_list(lived_in, path, "sites"))[:3] == (0, 1, 0)
    assert [one.date for one in find_site(lived_in, "vl-genk-horensberg").occupancy] == ["2024"]


def test_a_site_without_a_municipality_is_given_one(lived_in: Connection, tmp_path: Path) -> None:
    path = tmp_path / "inventory.csv"
    export(all_sites(lived_in), path, "nl")
    edited(path, "vl-province-antwerpen-second", pitches="12")
    done = read_list(lived_in, path, "sites")
    assert [one["field"] for one in done.refused] == ["nis"]
    edited(path, "vl-province-antwerpen-second", nis="11002")
    assert counts(read_list(lived_in, path, "sites"))[:3] == (1, 0, 0)
    site = find_site(lived_in, "vl-province-antwerpen-second")
    assert (site.nis, site.municipality, site.pitches[-1].low) == ("11002", "Antwerpen", 12)


def test_no_person_enters_by_an_edit(lived_in: Connection, tmp_path: Path) -> None:
    path = tmp_path / "inventory.csv"
    export(all_sites(lived_in), path, "nl")
    edited(path, "vl-gent-vosmeers", manager="Jan Peeters")
    edited(path, "vl-genk-horensberg", bezet="7")
    done = read_list(lived_in, path, "sites")
    assert [one["field"] for one in done.refused] == ["manager"]
    assert "Peeters" not in str(records(lived_in)) + str(done.as_dict())
    (change,) = [one for one in done.changes if one.state == "new"]
    assert change.record and change.record.occupancy_suppressed and "7" not in str(change.fields)


def test_the_demo_too(demo_settings: Settings, program: Callable[..., str], tmp_path: Path) -> None:
    path = tmp_path / "demo.csv"
    program("inventory", "export", "-o", path, "--demo")
    done = json.loads(program("inventory", "import", path, "--as", "sites", "--preview", "--demo", "--json"))
    assert (done["new"], done["changed"], done["refused"]) == (0, 0, 0) and done["unchanged"] == done["read"] == 52
