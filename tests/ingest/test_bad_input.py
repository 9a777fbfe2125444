"""Bad input: each with a message a planner understands, and nothing half-loaded."""

from __future__ import annotations

import json
import re
import sqlite3
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import shapely
from ingest_samples import Connection, Count, Write, capakey, grb, square

import geodata.ingest as ingest_package
from geodata.errors import InputError, NotFoundError, UsageError
from geodata.ingest import ingest, refused_rows, sentence_of
from geodata.ingest.reasons import REASONS


@pytest.fixture
def refused(database: Connection, count: Count) -> Callable[..., str]:
    """Load a file that must be refused whole; returns the message and checks that nothing was kept."""

    def attempt(path: Path, kind: str = "parcels", error: type[Exception] = InputError, **options: object) -> str:
        before = count("dataset")
        with pytest.raises(error) as caught:
            ingest(database, path, kind, **options)  # type: ignore[arg-type]
        assert count("dataset") == before
        database.rollback()
        return str(caught.value)

    return attempt


def test_missing_file(refused: Callable[..., str], tmp_path: Path) -> None:
    assert "there is no such file" in refused(tmp_path / "nowhere.gpkg")


def test_unknown_kind(refused: Callable[..., str], parcels_file: Callable[..., Path]) -> None:
    message = refused(parcels_file(), "percelen", UsageError)
    assert "percelen is no kind of data" in message and "parcels" in message


def test_wrong_kind_names_what_it_is(refused: Callable[..., str], parcels_file: Callable[..., Path]) -> None:
    message = refused(parcels_file(), "roads")
    assert "looks like parcels" in message and "--as parcels" in message


def test_source_of_another_kind(refused: Callable[..., str], parcels_file: Callable[..., Path]) -> None:
    assert "gives zoning-pras" in refused(parcels_file(), "parcels", UsageError, source="pras")


def test_unknown_fields_are_shown(refused: Callable[..., str], write: Write) -> None:
    message = refused(write("strange.gpkg", {"wat": [1]}, [square(173_000, 170_000)]))
    assert "its fields are: wat" in message and "--source" in message


@pytest.mark.parametrize("part", [0.4, 0.8, 0.97])
def test_truncated_geopackage(refused: Callable[..., str], parcels_file: Callable[..., Path], part: float) -> None:
    path = parcels_file(2_000)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * part)])
    assert "damaged or cut off" in refused(path)


def test_geopackage_with_a_damaged_page(refused: Callable[..., str], parcels_file: Callable[..., Path]) -> None:
    path = parcels_file(2_000)
    whole = bytearray(path.read_bytes())
    middle = len(whole) // 2 // 4096 * 4096
    whole[middle : middle + 4096] = b"\xff" * 4096
    path.write_bytes(bytes(whole))
    assert "damaged" in refused(path)


def test_vrt_named_geopackage(refused: Callable[..., str], tmp_path: Path) -> None:
    path = tmp_path / "parcels.gpkg"
    path.write_text(
        '<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>/etc/passwd</SrcDataSource></OGRVRTLayer>'
        "</OGRVRTDataSource>"
    )
    message = refused(path)
    assert "the name says gpkg" in message and "virtual file (VRT)" in message


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.gml", "<OGRVRTDataSource><!-- gml FeatureCollection --></OGRVRTDataSource>"),
        ("a.gml", "<OGRWFSDataSource><URL>http://localhost/gml</URL></OGRWFSDataSource>"),
        ("a.gml", '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><wfs:FeatureCollection/>'),
        ("a.json", '{"type": "gdal_streamed_alg", "command_line": "gdal vector read x"}'),
        ("a.json", '{"type": "Topology", "objects": {}}'),
        ("a.geojson", "CAPAKEY,x\n1,2\n"),
        ("a.gpkg", "not a database"),
        ("a.csv", "\x00\x01\x02"),
        ("a.exe", "MZ"),
        ("a.gpkg", ""),
    ],
)
def test_content_and_name_must_agree(refused: Callable[..., str], tmp_path: Path, name: str, content: str) -> None:
    path = tmp_path / name
    path.write_text(content)
    assert name in refused(path)


def test_plain_sqlite_is_no_geopackage(refused: Callable[..., str], tmp_path: Path) -> None:
    path = tmp_path / "plain.gpkg"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE x (y int)")
    connection.close()
    assert "without GeoPackage mark" in refused(path)


def test_truncated_geojson(refused: Callable[..., str], write: Write) -> None:
    path = write("parcels.geojson", grb([capakey(1)]), [square(173_000, 170_000)])
    path.write_bytes(path.read_bytes()[:-40])
    assert "damaged or cut off" in refused(path)


def test_truncated_shapefile(refused: Callable[..., str], write: Write) -> None:
    path = write("parcels.shp", grb([capakey(1), capakey(2)]), [square(173_000, 170_000), square(173_020, 170_000)])
    path.write_bytes(path.read_bytes()[:-50])
    assert "damaged or cut off" in refused(path)


def test_archive_that_leaves_its_folder(refused: Callable[..., str], tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../../evil.geojson", "{}")
    assert "outside its folder" in refused(path)
    assert not (tmp_path.parent / "evil.geojson").exists()


def test_archive_out_of_proportion(refused: Callable[..., str], tmp_path: Path) -> None:
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.geojson", b" " * 400_000_000)
    assert path.stat().st_size < 1_000_000
    assert "out of proportion" in refused(path)


def test_truncated_archive(refused: Callable[..., str], tmp_path: Path, parcels_file: Callable[..., Path]) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(parcels_file(), "parcels.gpkg")
    path.write_bytes(path.read_bytes()[:-200])
    assert "damaged or cut off" in refused(path)


def test_unknown_layer(refused: Callable[..., str], parcels_file: Callable[..., Path]) -> None:
    message = refused(parcels_file(), layer="nothing")
    assert "no layer nothing" in message and "Layers: parcels" in message


def test_code_that_is_no_longer_valid(
    municipalities: Path, refused: Callable[..., str], parcels_file: Callable[..., Path]
) -> None:
    message = refused(parcels_file(), error=NotFoundError, covers="71022")
    assert "71022 is no longer valid" in message and "since 2025-01-01 it is 71072 Hasselt" in message


def test_coverage_that_is_not_loaded(
    municipalities: Path, refused: Callable[..., str], parcels_file: Callable[..., Path]
) -> None:
    assert "No municipality with NIS code 11001" in refused(parcels_file(), error=NotFoundError, covers="11001")
    assert "no NIS code, region or file" in refused(parcels_file(), error=UsageError, covers="Leuven")
    assert "No municipality of wallonia" in refused(parcels_file(), error=NotFoundError, covers="wallonia")


def test_every_row_refused_lands_nothing(refused: Callable[..., str], write: Write) -> None:
    message = refused(write("a.gpkg", grb(["nonsense"]), [square(173_000, 170_000)]))
    assert "all 1 rows were refused" in message and "invalid_capakey" in message


def test_bow_tie_empty_and_missing_shapes(database: Connection, write: Write) -> None:
    bow_tie = shapely.Polygon([(0, 0), (20, 20), (20, 0), (0, 20)])
    shapes = [
        shapely.transform(bow_tie, lambda xy: xy + np.array([173_000, 170_000])),
        shapely.Polygon(),
        None,
        shapely.Point(173_000, 170_100),
        square(500_000, 900_000),
        square(173_100, 170_000),
    ]
    path = write("mixed.gpkg", grb([capakey(one) for one in range(6)]), shapes)
    report = ingest(database, path, "parcels")
    assert (report.read, report.loaded, report.repaired, report.refused) == (6, 2, 1, 4)
    assert report.reasons == {
        "empty_geometry": 1, "no_geometry": 1, "outside_belgium": 1, "repaired_geometry": 1,
        "wrong_geometry": 1,
    }  # fmt: skip
    assert report.examples["repaired_geometry"] == [1] and report.examples["wrong_geometry"] == [4]
    rows = database.execute("SELECT capakey, ST_IsValid(geom), round(ST_Area(geom)) FROM parcel ORDER BY 1").fetchall()
    assert rows == [(capakey(0), True, 200), (capakey(5), True, 400)]
    kept = database.execute("SELECT row_number, reason, raw ->> 'capakey' FROM quarantine ORDER BY 1").fetchall()
    assert kept[0] == (2, "empty_geometry", capakey(1)) and len(kept) == 4


def test_a_repaired_row_that_is_refused_does_not_count_as_repaired(database: Connection, write: Write) -> None:
    bow_tie = shapely.Polygon([(173_000, 170_000), (173_020, 170_020), (173_020, 170_000), (173_000, 170_020)])
    path = write("mixed.gpkg", grb(["nonsense", capakey(1), capakey(1)]), [bow_tie, bow_tie, bow_tie])
    report = ingest(database, path, "parcels")
    assert (report.loaded, report.repaired, report.refused) == (1, 1, 2)
    assert report.reasons == {"duplicate_row": 1, "invalid_capakey": 1, "repaired_geometry": 1}
    assert report.examples == {"duplicate_row": [3], "invalid_capakey": [1], "repaired_geometry": [2]}
    refused = refused_rows(database, report.dataset)
    assert [(one.row, one.reason) for one in refused] == [(1, "invalid_capakey"), (3, "duplicate_row")]
    assert refused[0].raw["capakey"] == "NONSENSE"


def test_every_reason_has_a_sentence() -> None:
    """Codes are what the sources of the package name; each is told in words of its own or of its group."""
    folder = Path(ingest_package.__file__).parent
    text = "".join(path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.py")))
    named = set(re.findall(r"""(?:refuse|change)\([^()]*?"([a-z]+(?:_[a-z]+)+)\"""", text))
    assert {"duplicate_row", "private_plot", "nis_recoded", "nis_far_from_place", "unreadable_geometry"} <= named
    assert named <= REASONS.keys()
    assert sentence_of("no_zoning_class") == REASONS["no_value"]
    assert sentence_of("unknown_grade") == REASONS["unknown_word"]


def test_a_folder_named_as_a_file(refused: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "parcels.gpkg").mkdir()
    assert "this is a folder, not a file" in refused(tmp_path / "parcels.gpkg")


def test_a_text_named_geopackage(refused: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "parcels.gpkg").write_text("Dear colleague, please find attached ...")
    message = refused(tmp_path / "parcels.gpkg")
    assert "the name says gpkg, but its content is plain text" in message and "csv" not in message


def test_a_word_that_is_no_coordinate_system(refused: Callable[..., str], parcels_file: Callable[..., Path]) -> None:
    message = refused(parcels_file(), error=UsageError, crs="banana")
    assert "banana is no coordinate system" in message and "EPSG:31370" in message


def test_duplicate_capakey(database: Connection, write: Write) -> None:
    here, there = square(173_000, 170_000), square(173_100, 170_000)
    path = write("twice.gpkg", grb([capakey(1), capakey(1), capakey(1).replace("/", "-")]), [here, here, there])
    report = ingest(database, path, "parcels")
    assert report.loaded == 1
    assert report.reasons == {"duplicate_capakey": 1, "duplicate_row": 1}


def test_capakey_of_another_dataset(
    database: Connection, parcels_file: Callable[..., Path], refused: Callable[..., str]
) -> None:
    first = ingest(database, parcels_file(3), "parcels")
    message = refused(parcels_file(3, "other.gpkg"))
    assert "capakey_in_other_dataset" in message and f"--replace {first.dataset}" in message
    partly = ingest(database, parcels_file(5, "third.gpkg"), "parcels")
    assert (partly.loaded, partly.reasons) == (2, {"capakey_in_other_dataset": 3})
    whole = ingest(database, parcels_file(3, "other.gpkg"), "parcels", replace=first.dataset)
    assert whole.loaded == 3
    assert "no current dataset" in refused(parcels_file(3, "fourth.gpkg"), error=UsageError, replace=first.dataset)


def test_value_the_catalogue_does_not_know(database: Connection, municipalities: Path, write: Write) -> None:
    shapes = [square(173_000, 170_000), square(174_000, 170_000)]
    path = write(
        "flood.gpkg", {"gridcode": [3, 7], "id": [1, 2]}, shapes, layer="overstromingsgevoelige_gebieden_fluviaal"
    )
    report = ingest(database, path, "flood", covers="24062,24086")
    assert (report.loaded, report.reasons) == (1, {"unknown_value": 1})
    # Absence does not count where something stood that could not be read.
    inside, outside, codes = database.execute(
        """SELECT ST_Contains(coverage, ST_SetSRID(ST_Point(173900, 170010), 31370)),
                  ST_Contains(coverage, ST_SetSRID(ST_Point(174010, 170010), 31370)), coverage_nis
           FROM dataset WHERE kind = 'flood'"""
    ).fetchone() or (None, None, None)
    assert (inside, outside, codes) == (True, False, ["24086"])


def test_reports_are_complete_documents(database: Connection, parcels_file: Callable[..., Path]) -> None:
    document = ingest(database, parcels_file(), "parcels").as_dict()
    json.dumps(document)
    wanted = {"dataset", "version", "read", "loaded", "repaired", "refused", "reasons", "crs", "seconds"}
    assert wanted <= document.keys() and {"declared", "used", "how"} <= document["crs"].keys()
