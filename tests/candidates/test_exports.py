"""Exports: each file is opened again by another program, and tells what the run says; nothing closed is in one."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import openpyxl
import psycopg
import pyogrio
import pytest
import shapely

from api.i18n import translator
from geodata.errors import StandplaatsError, UsageError
from geodata.settings import LANGUAGES, Language
from geodata.sources import sharing
from sites.candidates.assessed import assessment_of
from sites.candidates.exports import FORMATS, Export, as_bytes, format_of, gather, readme, workbook, write
from sites.candidates.exports import columns as column_words
from sites.candidates.exports import rows as rows_of_run
from sites.candidates.exports.styles import LOOKS
from sites.candidates.query import VERDICTS, CandidateQuery
from sites.candidates.runs import Run, find_run
from sites.candidates.search import find_candidates
from sites.suitability import Assessment
from sites.suitability.findings import Finding

Connection = psycopg.Connection[Any]
NIS = ("99001", "99002", "99003")
WISH = CandidateQuery(pitches=12)
ALL = CandidateQuery(verdicts=VERDICTS)


def run_of(connection: Connection, nis: str, site_type: str = "residential") -> Run:
    return find_run(connection, territory=[nis], site_type=site_type)


def exported(connection: Connection, nis: str = "99001", query: CandidateQuery = ALL, **more: Any) -> Export:
    return gather(connection, run_of(connection, nis), query, translator("en"), notice="Invented.", **more)


@pytest.fixture
def whole(demo_connection: Connection) -> Export:
    return exported(demo_connection)


@pytest.mark.parametrize("nis", NIS)
def test_rows_are_those_of_the_list_and_sum_to_the_score(demo_connection: Connection, nis: str) -> None:
    found = exported(demo_connection, nis, WISH)
    run, token, listed = found.run, None, []
    while True:
        page = find_candidates(demo_connection, run, CandidateQuery(pitches=12, limit=7, token=token))
        listed += page["items"]
        token = page["next"]
        if token is None:
            break
    assert [row["id"] for row in found.rows] == [item["id"] for item in listed] and len(listed) > 7
    for row, item in zip(found.rows, listed, strict=True):
        assert (row["verdict"], row["so_far"], row["rank"]) == (item["verdict"], item["so_far"], item["rank"])
        assert [row["rank_low"], row["rank_high"]] == item["rank_interval"]
        assert (row["score_low"], row["score_high"]) == (item["score"]["low"], item["score"]["high"])
    for row in (*found.rows, *found.groups):
        for end in ("low", "high"):
            parts = [row[f"contribution_{one.id}_{end}"] for one in found.profile.criteria]
            assert sum(parts) == pytest.approx(row[f"score_{end}"], abs=1e-9)
        assert (row["conditions"] == "") == (not {"conditional", "derogation"} & states(found, row))
        assert (row["unknowns"] == "") == ("unknown" not in states(found, row))


def states(found: Export, row: dict[str, Any]) -> set[str]:
    return {row[f"state_{one.id}"] for one in found.profile.constraints}


def test_groups_are_told_like_parcels(demo_connection: Connection) -> None:
    found = [one for nis in NIS for one in exported(demo_connection, nis, WISH).groups]
    assert found
    for row in found:
        assert row["source"] == "assembly" and 2 <= len(row["capakeys"].split(";")) <= 6
        assert row["verdict"] != "incompatible" and row["score_low"] <= row["score_high"]


def test_a_failed_constraint_has_no_score(whole: Export) -> None:
    failed = [row for row in whole.rows if "fail" in states(whole, row)]
    assert failed and all(row["verdict"] == "incompatible" for row in failed)
    assert all(row["score_low"] is row["score_high"] is row["rank"] is None for row in failed)


def test_geopackage_opens_elsewhere(whole: Export, tmp_path: Path) -> None:
    path = tmp_path / "list.gpkg"
    assert write(whole, path) == len(whole.rows)
    assert {str(name) for name in pyogrio.list_layers(path)[:, 0]} == {
        "candidates", "assemblies", "sources", "read_me", "layer_styles",
    }  # fmt: skip
    info = pyogrio.read_info(path, layer="candidates")
    assert info["crs"] == "EPSG:31370" and info["features"] == len(whole.rows)
    assert info["geometry_type"] == "MultiPolygon"
    read = pyogrio.read_dataframe(path, layer="candidates")
    assert list(read.columns) == [*(one.name for one in whole.columns), "geometry"]
    assert read["score_low"].isna().sum() == sum(row["score_low"] is None for row in whole.rows)
    assert read["area_m2"].to_numpy() == pytest.approx(read.geometry.area.to_numpy(), rel=1e-6)
    assert len(pyogrio.read_dataframe(path, layer="sources")) == len(whole.sources)
    told = list(pyogrio.read_dataframe(path, layer="read_me")["text"])
    assert told[0] == "Invented." and any("Draft" in line for line in told)


@pytest.mark.skipif(shutil.which("ogrinfo") is None, reason="ogrinfo is not installed")
@pytest.mark.parametrize("kind", ["gpkg", "geojson"])
def test_ogrinfo_reads_it(whole: Export, tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"list.{kind}"
    write(whole, path)
    told = subprocess.run(
        ["ogrinfo", "-ro", "-so", str(path), "candidates"], capture_output=True, text=True, check=True
    ).stdout  # fmt: skip
    count = len(whole.rows) + (len(whole.groups) if kind == "geojson" else 0)
    assert f"Feature Count: {count}" in told
    assert ('ID["EPSG",31370]' if kind == "gpkg" else 'ID["EPSG",4326]') in told


def test_styles_of_qgis_are_inside(whole: Export, tmp_path: Path) -> None:
    path = tmp_path / "list.gpkg"
    write(whole, path)
    with sqlite3.connect(path) as database:
        rows = database.execute(
            "SELECT f_table_name, f_geometry_column, styleQML, styleSLD, useAsDefault FROM layer_styles"
        ).fetchall()
        columns = database.execute(
            "SELECT column_name FROM gpkg_geometry_columns WHERE table_name = 'candidates'"
        ).fetchone()
        # Every row is picked by exactly one rule.
        for one in whole.rows:
            picked = [look for look in LOOKS if database.execute(
                f"SELECT 1 FROM candidates WHERE id = ? AND {look.where}", [one["id"]]
            ).fetchone()]  # fmt: skip
            assert [look.verdict for look in picked] == [one["verdict"]]
    assert [row[0] for row in rows] == ["candidates", "assemblies"]
    assert all(row[1] == columns[0] and row[4] == 1 for row in rows)
    for _, _, qml, sld, _ in rows:
        style = ElementTree.fromstring(qml.partition(">")[2])
        symbols = {one.get("name") for one in style.findall("./renderer-v2/symbols/symbol")}
        rules = style.findall("./renderer-v2/rules/rule")
        assert [one.get("symbol") for one in rules] == sorted(symbols) and len(rules) == len(LOOKS)
        patterns = [
            one.get("class")
            for one in style.iter("layer")
            if one.get("class") in ("LinePatternFill", "PointPatternFill")
        ]
        assert len(patterns) == len(LOOKS) - 1
        assert {one.get("field") for one in style.iter("alias")} == {one.name for one in whole.columns}
        assert ElementTree.fromstring(sld).tag.endswith("StyledLayerDescriptor")


def test_geojson_is_lon_lat_with_rings_against_the_clock(demo_connection: Connection) -> None:
    found = exported(demo_connection, query=WISH)
    told = json.loads(as_bytes(found, "geojson"))
    assert told["type"] == "FeatureCollection" and "crs" not in told
    assert told["attribution"] and len(told["sources"]) == len(found.sources)
    assert [one["id"] for one in told["features"]] == [row["id"] for row in (*found.rows, *found.groups)]
    for one in told["features"]:
        shape = shapely.geometry.shape(one["geometry"])
        west, south, east, north = shape.bounds
        assert 2 < west < east < 7 and 49 < south < north < 52
        assert all(part.exterior.is_ccw for part in shapely.get_parts(shape))


def test_csv_is_read_back(whole: Export) -> None:
    data = as_bytes(whole, "csv")
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
    assert len(rows) == len(whole.rows) + len(whole.groups)
    for text, row in zip(rows, (*whole.rows, *whole.groups), strict=True):
        assert text["score_low"] == ("" if row["score_low"] is None else repr(row["score_low"]))
        assert text["attribution"] and text["notice"] == "Invented." and text["as_of"] == row["as_of"]


def test_no_text_becomes_a_formula(whole: Export) -> None:
    whole.rows[0]["conditions"] = '=HYPERLINK("http://x")'
    first = next(csv.DictReader(io.StringIO(as_bytes(whole, "csv").decode("utf-8-sig"))))
    assert first["conditions"].startswith("'=")
    sheet = openpyxl.load_workbook(io.BytesIO(as_bytes(whole, "xlsx")))["candidates"]
    at = [cell.value for cell in sheet[2]].index("conditions") + 1
    assert sheet.cell(3, at).data_type == "s"


class Engine:
    """Computes the formulas of the workbook again, from its cells alone."""

    def __init__(self, data: bytes) -> None:
        self.book = openpyxl.load_workbook(io.BytesIO(data))

    def cells(self, sheet: str, area: str) -> list[Any]:
        found = self.book[sheet][area.replace("$", "")]
        rows = found if isinstance(found, tuple) else ((found,),)
        return [self.value(sheet, cell.coordinate) for row in rows for cell in row]

    def value(self, sheet: str, at: str) -> Any:
        shown = self.book[sheet][at].value
        if self.book[sheet][at].data_type != "f":
            return shown
        formula = shown[1:]
        if test := re.fullmatch(r'IF\(COUNTIF\((.+?),"fail"\)>0,"",SUMPRODUCT\((.+?),weights!(.+?)\)\)', formula):
            if self.cells(sheet, test[1]).count("fail"):
                return ""
            pairs = zip(self.cells(sheet, test[2]), self.cells("weights", test[3]), strict=True)
            return sum(value * weight for value, weight in pairs)
        if test := re.fullmatch(r"([A-Z]+\d+)\*weights!(\S+)", formula):
            return self.cells(sheet, test[1])[0] * self.cells("weights", test[2])[0]
        if test := re.fullmatch(r"([A-Z]+\d+)/SUM\((.+)\)", formula):
            return self.cells(sheet, test[1])[0] / sum(self.cells(sheet, test[2]))
        raise AssertionError(f"{sheet}!{at}: {formula}")

    def rows(self, sheet: str) -> list[dict[str, Any]]:
        names = [cell.value for cell in self.book[sheet][2]]
        letters = [cell.column_letter for cell in self.book[sheet][2]]
        return [
            {name: self.value(sheet, f"{letter}{at}") for name, letter in zip(names, letters, strict=True)}
            for at in range(3, self.book[sheet].max_row + 1)
        ]


@pytest.mark.parametrize("nis", NIS)
def test_a_spreadsheet_computes_the_same_scores(demo_connection: Connection, nis: str) -> None:
    found = exported(demo_connection, nis)
    found.rows[:] = found.rows[:40] + found.rows[-20:]
    engine = Engine(as_bytes(found, "xlsx"))
    assert engine.book.sheetnames == ["candidates", "assemblies", "weights", "sources", "read me"]
    assert engine.book["candidates"].freeze_panes == "B3"
    weights = engine.cells(
        "weights", f"B4:{engine.book['weights'].cell(4, engine.book['weights'].max_column).coordinate}"
    )
    assert sum(weights) == pytest.approx(1, abs=1e-12)
    for sheet, rows in (("candidates", found.rows), ("assemblies", found.groups)):
        computed = engine.rows(sheet) if rows else []
        assert len(computed) == len(rows)
        for told, row in zip(computed, rows, strict=True):
            for name in ("score_low", "score_high"):
                if row[name] is None:
                    assert told[name] == "" and "fail" in states(found, told)
                else:
                    assert told[name] == pytest.approx(row[name], abs=1e-9)
                # A workbook keeps sixteen digits.
                stored = told[f"run_{name}"]
                assert stored is None if row[name] is None else stored == pytest.approx(row[name], abs=1e-12)
            assert isinstance(told["area_m2"], float | int) and told["verdict"] == row["verdict"]


def test_other_weights_move_the_live_score_and_not_the_one_of_the_run(demo_connection: Connection) -> None:
    found = exported(demo_connection, query=WISH)
    engine = Engine(as_bytes(found, "xlsx"))
    before = engine.rows("candidates")[0]
    sheet = engine.book["weights"]
    name = sheet["B2"].value
    for at in range(3, sheet.max_column + 1):
        sheet.cell(3, at).value = 0
    after = engine.rows("candidates")[0]
    assert after["score_low"] == pytest.approx(after[f"value_{name}_low"], abs=1e-12)
    assert after["run_score_low"] == before["run_score_low"] == pytest.approx(found.rows[0]["score_low"], abs=1e-12)


def test_findings_stand_beside_what_was_measured(demo_connection: Connection) -> None:
    run = run_of(demo_connection, "99001")
    whole = assessment_of(demo_connection, run)
    key = next(row["capakeys"] for row in exported(demo_connection).rows if row["verdict"] == "compatible")
    hazard = next(
        str(whole.table.capakey[at]) for one in whole.constraints if one.constraint.id == "flood"
        for at in range(len(whole)) if one.state[at] == 3
    )  # fmt: skip
    about = {"reason": "Seen there.", "evidence": "Visit", "date": "2026-11-20", "role": "municipal_planner"}
    findings = [
        Finding(capakey=key, kind="exclude", **about),
        Finding(capakey=hazard, kind="contest", about="flood", state="pass", **about),
    ]
    found = exported(demo_connection, query=CandidateQuery(), findings=findings)
    told = {row["capakeys"]: row for row in found.rows}
    assert (told[key]["verdict"], told[key]["verdict_entered"]) == ("compatible", "incompatible")
    assert "Seen there." in told[key]["entered"] and told[key]["rank"] and told[key]["rank_entered"] is None
    # A hazard can be disputed, not overridden; its parcel is listed although it is ruled out.
    assert told[hazard]["state_flood"] == "fail" and told[hazard]["verdict_entered"] == "incompatible"
    assert "disputed" in told[hazard]["entered"]
    assert all(row["entered"] is None for name, row in told.items() if name not in (key, hazard))


def test_what_may_not_be_passed_on_is_in_no_file(demo_connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = exported(demo_connection, query=WISH)
    zones = {str(row["zone"]) for row in shown.rows} - {"None"}
    steps = {row["conditions"] for row in shown.rows} - {""}
    assert zones and all(row["owner"] for row in shown.rows) and None not in shown.shapes
    for module in (sharing, rows_of_run):
        monkeypatch.setattr(module, "shared", lambda alias: f"({alias}.id IS NULL)")
    found = exported(demo_connection, query=WISH)
    assert found.shapes == [None] * len(shown.rows) and set(found.group_shapes) <= {None}
    assert all(row["owner"] is row["zone"] is None for row in (*found.rows, *found.groups))
    assert [row["score_low"] for row in found.rows] == [row["score_low"] for row in shown.rows]
    assert all(" · " not in row["conditions"] for row in found.rows) and any(" · " in one for one in steps)
    for kind in ("geojson", "csv"):
        text = as_bytes(found, kind).decode()
        assert "coordinates" not in text and not [zone for zone in zones if zone in text]


def test_a_result_that_would_come_out_otherwise_is_refused(
    demo_connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    def other(connection: Connection, run: Run) -> Assessment:
        found = assessment_of(connection, run)
        return replace(found, score_low=found.score_low / 2)

    monkeypatch.setattr(rows_of_run, "assessment_of", other)
    with pytest.raises(UsageError, match="another version"):
        exported(demo_connection)


def test_a_file_is_written_whole_or_not_at_all(whole: Export, tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        format_of(tmp_path / "list.pdf")
    with pytest.raises(StandplaatsError):
        write(whole, tmp_path / "nowhere" / "list.csv")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_are_there_in_every_language(demo_connection: Connection, language: Language) -> None:
    texts = [*column_words.plain_titles(), *readme.sentences(), *workbook.sentences()]
    if language != "en":
        translate = translator(language)
        same = {
            "Result",
            "Source",
            "Version",
            "Date",
            "Zone",
            "Licence",
            "{criterion}: contribution, low",
            "{constraint}: figure",
        }
        assert [text for text in texts if translate(text) == text and text not in same] == []
    found = gather(demo_connection, run_of(demo_connection, "99001"), WISH, translator(language))
    told = json.loads(as_bytes(found, "geojson"))
    assert len({*told["columns"].values()}) == len(told["columns"]), "two columns have the same title"


def test_the_command_writes_each_format(program: Callable[..., str], demo_settings: Any, tmp_path: Path) -> None:
    for kind in FORMATS:
        path = tmp_path / f"list.{kind}"
        told = program(
            "export",
            "--demo",
            "--municipality",
            "99002",
            "--type",
            "transit",
            "--pitches",
            10,
            "-o",
            path,
            "--lang",
            "en",
        )
        assert path.stat().st_size > 1000 and "candidates" in told
    assert "kind of file" in program("export", "--demo", "-m", "99002", "-o", tmp_path / "list.doc", code=2)
