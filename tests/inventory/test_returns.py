"""The yearly sheet: prefilled with last year, read back in any language, as CSV and as Excel."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import openpyxl
import psycopg
import pytest

from geodata.errors import InputError, NotFoundError
from sites.inventory import find_site, read_list, read_return, write_return
from sites.inventory.prefill import COLUMNS
from sites.inventory.sheet import HEADERS, fold
from sites.inventory.text import source_text
from sites.law.model import LANGUAGES, Language

Connection = psycopg.Connection[Any]


def rows_of(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.reader(stream))


def test_every_header_of_the_sheet_is_read_back() -> None:
    for name, header in COLUMNS.items():
        for language in LANGUAGES:
            assert fold(header[language]) in HEADERS[name], (name, language)
    known = [alias for aliases in HEADERS.values() for alias in aliases]
    assert len(known) == len(set(known))


@pytest.mark.parametrize("language", LANGUAGES)
def test_round_trip(empty: Connection, tmp_path: Path, language: Language) -> None:
    sheet = tmp_path / "return.csv"
    assert write_return(empty, "12025", 2026, sheet, language) == 2
    header, *rows = rows_of(sheet)
    names = list(COLUMNS)
    assert header == [COLUMNS[name][language] for name in names]
    schans = next(row for row in rows if row[names.index("site_id")] == "vl-mechelen-de-schans")
    assert schans[names.index("pitches")] == "20" and schans[names.index("year")] == "2026"
    schans[names.index("pitches")], schans[names.index("occupied")] = "21", "18"
    with sheet.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([header, *rows])
    # The other site's row is as it was written: last year's figures are nobody's figures for this year.
    asked = read_return(empty, sheet, preview=True)
    assert (asked.count("new"), [one["field"] for one in asked.refused]) == (1, ["confirmed"])
    fatima = next(row for row in rows if row[names.index("site_id")] == "vl-mechelen-fatimastraat")
    fatima[names.index("confirmed")] = "x"
    with sheet.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([header, *rows])
    assert read_return(empty, sheet, preview=True).count("new") == 2
    assert find_site(empty, "vl-mechelen-de-schans").pitches[-1].low == 20
    done = read_return(empty, sheet)
    assert done.saved and done.refused == []
    site = find_site(empty, "vl-mechelen-de-schans")
    assert (site.pitches[-1].low, site.pitches[-1].date, site.occupancy[-1].value) == (21, "2026", 18)
    assert site.status[-1].event in ("municipal_return", "renovated")
    given = site.pitches[-1]
    assert (given.source, given.grade) == (None, "B")
    assert source_text(given, "en") == "return of the municipality, 2026"
    assert read_return(empty, sheet).count("unchanged") == 2
    # Next year starts from what was given this year.
    write_return(empty, "12025", 2027, sheet, language)
    again = next(row for row in rows_of(sheet) if row[names.index("site_id")] == "vl-mechelen-de-schans")
    assert (again[names.index("pitches")], again[names.index("occupied")]) == ("21", "18")


def test_what_was_suppressed_stays_empty(empty: Connection, tmp_path: Path) -> None:
    source = tmp_path / "list.csv"
    source.write_text(
        "jaar;nis;naam;type;eigendom;standplaatsen;bezet\n2025;12025;De Schans;residentieel;publiek;20;8\n",
        encoding="utf-8",
    )
    read_list(empty, source, "monitoring")
    sheet = tmp_path / "return.csv"
    write_return(empty, "12025", 2026, sheet, "nl")
    names = list(COLUMNS)
    row = next(row for row in rows_of(sheet) if row[names.index("site_id")] == "vl-mechelen-de-schans")
    assert (row[names.index("occupied")], row[names.index("rate")]) == ("", "")
    header, *rows = rows_of(sheet)
    for row in rows:
        row[names.index("confirmed")] = "ja"
    with sheet.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([header, *rows])
    read_return(empty, sheet)
    occupancy = find_site(empty, "vl-mechelen-de-schans").occupancy
    assert [(one.date, one.value, one.suppressed) for one in occupancy] == [("2025", None, True), ("2026", None, True)]


@pytest.mark.parametrize("name", ["return.csv", "return.xlsx"])
def test_a_sheet_in_which_nothing_is_filled_in_is_refused(empty: Connection, tmp_path: Path, name: str) -> None:
    sheet = tmp_path / name
    write_return(empty, "12025", 2026, sheet, "fr")
    with pytest.raises(InputError, match=r"field confirmed: .*nothing is filled in"):
        read_return(empty, sheet)
    empty.rollback()
    assert empty.execute("SELECT count(*) FROM inventory_record").fetchone() == (0,)


def test_closed_sites_and_figures_shared_with_others_are_not_prefilled(empty: Connection, tmp_path: Path) -> None:
    sheet = tmp_path / "return.csv"
    with pytest.raises(NotFoundError):
        write_return(empty, "23003", 2026, sheet, "nl")
    assert not sheet.exists()
    assert write_return(empty, "13011", 2026, sheet, "nl") == 2
    assert {row[list(COLUMNS).index("pitches")] for row in rows_of(sheet)[1:]} == {""}


def test_excel_round_trip(empty: Connection, tmp_path: Path) -> None:
    sheet = tmp_path / "return.xlsx"
    write_return(empty, "72021", 2026, sheet, "fr")
    book = openpyxl.load_workbook(sheet)
    cells = [[cell.value for cell in row] for row in book.active.iter_rows()]
    assert cells[0][0] == "année" and cells[1][list(COLUMNS).index("pitches")] == 26
    book.active.cell(2, list(COLUMNS).index("pitches") + 1).value = 30
    book.save(sheet)
    assert read_return(empty, sheet).count("new") == 1
    assert find_site(empty, "vl-maaseik-engerhoven").pitches[-1].low == 30
