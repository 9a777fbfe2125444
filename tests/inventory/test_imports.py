"""Lists read in: preview, idempotence, years kept, suppression at import, refusals without values, bad files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata.errors import InputError
from geodata.settings import Settings
from sites.inventory import Preview, all_sites, feature, find_site, municipality_notes, read_list
from sites.inventory.imports import Kind
from sites.inventory.record import LEAST_COUNT, RowRefused, occupancy
from sites.inventory.text import source_text

Connection = psycopg.Connection[Any]

HEADER = "jaar;NIS-code;gemeente;naam terrein;adres;type;eigendom;beheerder;aantal standplaatsen;bezet;bron"
LIST = f"""{HEADER};opmerking
2025;71016;Genk;Horensberg;;residentieel;publiek;Stad Genk;51;44;;Jan Peeters belde
2025;44021;Gent;Nieuw terrein;Kaai 5;doortrekkersterrein;publiek;Stad Gent;12;7;;
2025;72021;Maaseik;Engerhoven;;residentieel;privaat;Jan Peeters;4;4;;
2025;72021;Maaseik;Bij Peeters;Peetersstraat 1;residentieel;privaat;;2;;;
2025;71016;Genk;Peeters;Peetersstraat 2;residentieel;;Jan Peeters;2;;;
2025;71016;Genk;Horensberg;;residentieel;publiek;Stad Genk;51;44;;
2025;;Onbekendegem;Peeters;;residentieel;publiek;;5;;;
jaar2025;71016;Genk;Peeters;;residentieel;publiek;;5;;;
2025;71016;Genk;Peeters;;kasteel;publiek;;5;;;
2025;71016;Genk;Terrein 2;;residentieel;publiek;Stad Genk;5;9;;
"""


def write(folder: Path, text: str, name: str = "lijst.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def read(connection: Connection, path: Path, kind: Kind = "monitoring", *, preview: bool = False) -> Preview:
    done = read_list(connection, path, kind, preview=preview)
    connection.commit()
    return done


def stored(connection: Connection) -> str:
    """Everything three tables hold, as text."""
    return "\n".join(
        row[0]
        for table in ("inventory_import", "inventory_record", "inventory_private_total")
        for row in connection.execute(f"SELECT t::text FROM {table} t").fetchall()
    )


def test_a_list_with_everything_in_it(empty: Connection, tmp_path: Path) -> None:
    path = write(tmp_path, LIST)
    done = read(empty, path)
    assert (done.read, done.count("new"), done.private_rows, len(done.refused)) == (10, 2, 2, 6)
    assert done.unread_columns == ["opmerking"]
    assert [(one["row"], one["field"]) for one in done.refused] == [
        (6, "manager"), (7, "name"), (8, "municipality"), (9, "year"), (10, "site_type"), (11, "occupied"),
    ]  # fmt: skip
    assert all(one["reason"] and one["remedy"] for one in done.refused)
    assert done.private == [{"nis": "72021", "municipality": "Maaseik", "year": 2025, "private_sites": 2}]
    kept = stored(empty) + str(done.as_dict())
    assert "Peeters" not in kept
    genk = find_site(empty, "vl-genk-horensberg")
    assert (genk.pitches[-1].low, genk.pitches[-1].date, genk.pitches[-1].grade) == (51, "2025", "U")
    assert (genk.occupancy[-1].value, genk.occupancy[-1].rate, genk.occupancy[-1].suppressed) == (44, 0.8627, False)
    # Known facts stay, the new one stands behind them in time.
    assert genk.pitches[0].source == "https://www.genk.be/woonwagenterrein-standplaats"
    gent = next(one for one in all_sites(empty) if one.name == "Nieuw terrein")
    assert (gent.id, gent.region, gent.origin, gent.precision) == (
        "44021-nieuw-terrein",
        "flanders",
        "import",
        "municipality",
    )
    assert (gent.occupancy[0].value, gent.occupancy[0].suppressed) == (None, True)
    # A row without a page is credited to the file, never to a page that nobody has seen say so.
    assert (gent.occupancy[0].source, gent.occupancy[0].grade) == (None, "U")
    assert source_text(gent.occupancy[0], "nl") == "ingelezen bestand lijst.csv"
    note = next(one for one in municipality_notes(empty) if one.nis == "72021")
    assert (note.private_sites, note.date, note.source, note.grade) == (2, "2025", None, "U")
    shown = feature(gent, "en")["properties"]["facts"]["status"][0]
    assert (shown["source"], shown["sources"], shown["source_text"]) == (None, [], "imported file lijst.csv")


def test_a_preview_saves_nothing_and_a_second_time_changes_nothing(empty: Connection, tmp_path: Path) -> None:
    path = write(tmp_path, LIST)
    assert not read(empty, path, preview=True).saved
    assert stored(empty) == ""
    assert read(empty, path).saved
    before = stored(empty)
    again = read(empty, path)
    assert (again.count("unchanged"), again.count("new"), again.count("changed")) == (2, 0, 0)
    assert stored(empty) == before


def test_changes_are_told_field_by_field_and_nothing_is_overwritten(empty: Connection, tmp_path: Path) -> None:
    line = "71016;Genk;Horensberg;;residentieel;publiek;Stad Genk"
    read(empty, write(tmp_path, f"{HEADER}\n2024;{line};50;40;\n"))
    read(empty, write(tmp_path, f"{HEADER}\n2025;{line};51;44;\n"))
    corrected = write(tmp_path, f"{HEADER}\n2025;{line};52;9;\n")
    done = read(empty, corrected, preview=True)
    (change,) = done.changes
    assert (change.state, change.against) == ("changed", 2025)
    assert {one["field"]: (one["old"], one["new"]) for one in change.fields} == {
        "pitches": (51, 52), "occupied": (44, None), "occupancy_rate": (0.8627, None),
        "occupancy_suppressed": (False, True),
    }  # fmt: skip
    read(empty, corrected)
    rows = empty.execute("SELECT year, pitches, current FROM inventory_record ORDER BY id").fetchall()
    assert rows == [(2024, 50, True), (2025, 51, False), (2025, 52, True)]
    genk = find_site(empty, "vl-genk-horensberg")
    assert [one.low for one in genk.pitches if one.date in ("2024", "2025")] == [50, 52]
    told = [genk.status_in(year) for year in (2024, 2025)]
    assert [one.date if one else None for one in told] == ["2024", "2025"]
    next_year = read(empty, write(tmp_path, f"{HEADER}\n2026;{line};52;;\n"), preview=True)
    assert (next_year.changes[0].state, next_year.changes[0].against) == ("new", 2025)


@given(
    occupied=st.none() | st.integers(0, 60), rate=st.none() | st.floats(0, 1), pitches=st.none() | st.integers(0, 60)
)
def test_no_count_under_ten_can_be_worked_back(occupied: int | None, rate: float | None, pitches: int | None) -> None:
    try:
        count, share, suppressed = occupancy(occupied, rate, pitches)
    except RowRefused:
        assert occupied is not None and pitches is not None and occupied > pitches
        return
    assert count is None or count >= LEAST_COUNT
    if share is not None and pitches is not None:
        assert round(share * pitches) >= LEAST_COUNT
    if suppressed:
        assert count is None and share is None
    if occupied is not None and occupied < LEAST_COUNT:
        assert suppressed


def test_households_under_ten_are_refused_and_pitches_are_kept_whatever_their_number(
    empty: Connection, tmp_path: Path
) -> None:
    text = (
        "jaar,nis,naam,type,eigendom,pitches,pitch_unit,source_url\n"
        "2025,71016,A,residential,public,6,household,https://example.org/a\n"
        "2025,71016,B,residential,public,6,pitch,https://example.org/b\n"
    )
    done = read(empty, write(tmp_path, text))
    assert [(one["row"], one["field"]) for one in done.refused] == [(2, "pitches")]
    assert empty.execute("SELECT name, pitches FROM inventory_record").fetchall() == [("B", 6)]


MONITORED = "71016;Genk;Horensberg;;residentieel;publiek;Stad Genk"


def test_an_empty_cell_takes_nothing_away_and_a_dash_does(empty: Connection, tmp_path: Path) -> None:
    page = "https://example.org/list"
    read(empty, write(tmp_path, f"{HEADER}\n2025;{MONITORED};51;44;{page}\n"))
    fewer = write(tmp_path, "jaar;nis;naam;type;eigendom\n2025;71016;Horensberg;residentieel;publiek\n", "b.csv")
    assert read(empty, fewer).count("unchanged") == 1
    corrected = read(empty, write(tmp_path, f"{HEADER}\n2025;{MONITORED};50;;\n", "c.csv"))
    (change,) = corrected.changes
    assert {one["field"]: one["new"] for one in change.fields} == {
        "pitches": 50, "occupancy_rate": 0.88, "source_url": None, "grade": "U",
    }  # fmt: skip
    genk = find_site(empty, "vl-genk-horensberg")
    assert (genk.occupancy[-1].value, genk.occupancy[-1].source) == (44, None)
    taken_back = read(empty, write(tmp_path, f"{HEADER}\n2025;{MONITORED};50;-;\n", "d.csv"))
    assert taken_back.count("changed") == 1
    assert find_site(empty, "vl-genk-horensberg").occupancy == []
    # What was suppressed stays suppressed until a figure replaces it or it is taken back.
    read(empty, write(tmp_path, f"{HEADER}\n2025;{MONITORED};50;7;\n", "e.csv"))
    assert read(empty, write(tmp_path, f"{HEADER}\n2025;{MONITORED};51;;\n", "f.csv")).count("changed") == 1
    assert find_site(empty, "vl-genk-horensberg").occupancy[-1].suppressed


def test_an_undated_source(empty: Connection, tmp_path: Path) -> None:
    text = (
        "site_id,name,site_type,status,nis,manager,pitches,source_url,source_date,confidence\n"
        "vl-maaseik-engerhoven,Engerhoven,residential,closed,72021,Stad Maaseik,26,https://example.org/m,undated,B\n"
        ",Nieuw,transit,open,72021,Stad Maaseik,12,https://example.org/n,undated,B\n"
    )
    assert read(empty, write(tmp_path, text), "sites").count("new") == 2
    maaseik = find_site(empty, "vl-maaseik-engerhoven")
    assert (maaseik.status[-1].value, maaseik.status[-1].date) == ("closed", "undated")
    assert maaseik.status_in(2030) is None
    assert read(empty, write(tmp_path, text), "sites").count("unchanged") == 2


def test_a_code_that_no_municipality_has(empty: Connection, tmp_path: Path) -> None:
    for code in ("99999", "12345"):
        with pytest.raises(InputError, match="no municipality has this code"):
            read(empty, write(tmp_path, f"{HEADER}\n2025;{code};X;H;;transit;publiek;;5;;\n"))
        empty.rollback()


SITES = """site_id,name,site_type,status,region,nis,nis_date,address,x_31370,y_31370,capakey_list,pitches,pitch_unit,manager,opened,closed,fee_text,source_url,source_date,confidence
wa-bastogne-n4,N4,transit,open,wallonia,82003,2018-01-01,,,,,28,caravan,CPAS de Bastogne,,,,https://example.org/1,2024-05,B
,Ten Ede,residential,planned,flanders,44088,2025-01-01,Ten Ede 1,105000,185000,44088A0001/00A000,16,pitch,Gemeente Merelbeke-Melle,,,,https://example.org/2,2025,A
,Bois,hp,open,wallonia,93056,,,,,,,,Commune de Philippeville,,,,https://example.org/3,2025,A
,Famille,family,open,wallonia,93056,,,,,,1,pitch,Commune,,,,https://example.org/4,2025,A
,X,transit,open,wallonia,93056,,,,,,,,Commune de X,,,,,2025,A
,Y,transit,open,wallonia,93056,,,999999,1,,,,Commune de Y,,,,https://example.org/5,2025,A
wa-bastogne-n4,Z,transit,open,wallonia,93056,,,,,,,,Commune de Z,,,,https://example.org/6,2025,A
,V,transit,open,wallonia,93056,,,,,,,,Commune de V,,,,https://example.org/6,2025,
"""


def test_the_schema_of_the_site_list(empty: Connection, tmp_path: Path) -> None:
    done = read(empty, write(tmp_path, SITES), "sites")
    assert (done.count("new"), done.private_rows, done.unread_columns) == (2, 1, [])
    assert [(one["row"], one["field"]) for one in done.refused] == [
        (4, "site_type"), (6, "source_url"), (7, "x"), (8, "site_id"), (9, "grade"),
    ]  # fmt: skip
    bastogne = find_site(empty, "wa-bastogne-n4")
    assert (bastogne.nis, bastogne.pitches[-1].low, bastogne.pitches[-1].unit) == ("82039", 28, "caravan")
    assert bastogne.precision == "section"
    new = find_site(empty, "44088-ten-ede")
    assert new.position is not None and new.precision == "address"
    assert abs(new.position.lon - 3.727) < 0.05 and abs(new.position.lat - 50.97) < 0.05


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.csv", b"", "empty"),
        ("a.csv", HEADER.encode(), "no rows"),
        ("a.csv", b"gemeente;naam\nGent;x\n", "field year: the column is missing"),
        ("a.csv", b"jaar;year;type\n2025;2025;transit\n", "mean the same"),
        ("a.csv", b"jaar;type;nis\n1800;transit;44021\n", "row 2, field year: no row can be used"),
        ("a.pdf", b"%PDF-1.4", "not read here"),
        ("a.xlsx", b"jaar;type\n2025;transit\n", "no Excel file"),
        ("missing.csv", None, "no such file"),
        ("missing.xlsx", None, "no such file"),
    ],
)
def test_bad_files_say_why_and_write_nothing(
    empty: Connection, tmp_path: Path, name: str, content: bytes | None, says: str
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=says) as caught:
        read(empty, path)
    assert caught.value.remedy
    empty.rollback()
    assert stored(empty) == ""


def test_a_failure_in_the_middle_leaves_nothing(
    empty: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sites.inventory import imports

    first = imports._write_record
    calls: list[int] = []

    def second_fails(*given: Any) -> None:
        calls.append(1)
        if len(calls) == 2:
            raise RuntimeError("the power went")
        first(*given)

    monkeypatch.setattr(imports, "_write_record", second_fails)
    with pytest.raises(RuntimeError):
        read_list(empty, write(tmp_path, LIST), "monitoring")
    empty.commit()
    assert len(calls) == 2 and stored(empty) == ""


def test_windows_1252_and_a_name_instead_of_a_code(empty: Connection, tmp_path: Path) -> None:
    text = "année;commune;nom;type;propriété;gestionnaire;source\n2025;La Louvière;Garocentre;transit;public;Ville;https://example.org\n"
    done = read(empty, write(tmp_path, text, encoding="cp1252"))
    assert done.changes[0].record.site_id == "wa-la-louviere-garocentre"


def test_demo_and_real_never_meet(demo_settings: Settings, empty: Connection, tmp_path: Path) -> None:
    from geodata.database.engine import connect

    real = write(tmp_path, f"{HEADER}\n2025;71016;Genk;H;;transit;publiek;;5;;\n", "real.csv")
    fictional = write(tmp_path, f"{HEADER}\n2025;99001;Duinen;H;;transit;publiek;;5;;https://example.org\n", "demo.csv")
    with pytest.raises(InputError, match="never share a database"):
        read(empty, fictional)
    with connect(demo_settings) as connection:
        with pytest.raises(InputError, match="never share a database"):
            read_list(connection, real, "monitoring", preview=True)
        assert read_list(connection, fictional, "monitoring", preview=True).count("new") == 1


def test_excel(empty: Connection, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append([])
    book.active.append(["Jaar", "NIS-code", "Naam terrein", "Type", "Eigendom", "Standplaatsen", "Bezettingsgraad"])
    book.active.append([2025, 71016, "Horensberg", "Residentieel", "Publiek", 51, "86%"])
    book.active.append([2025, 44021, "=1+1", "Doortrekkers", "Publiek", 12.0, 0.5])
    path = tmp_path / "lijst.xlsx"
    book.save(path)
    done = read(empty, path)
    assert done.count("new") == 1 and done.changes[0].record.occupancy_rate == 0.86
    assert [(one["field"], one["reason"]) for one in done.refused] == [("name", "the site has no name and no address")]
