"""Drawn areas: judged like the parcel they lie on, refused with a place where they cannot be; nothing is kept."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import psycopg
import pyogrio
import pytest
import shapely
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st

from api.app import create_app
from api.i18n import translator
from geodata.errors import InputError
from geodata.measure.stored import load_table
from geodata.settings import LANGUAGES, Settings
from sites.candidates.assessed import assess_again
from sites.candidates.drawn import areas_document, judge, place
from sites.candidates.drawn_shapes import LARGEST_TEXT, MOST, Drawn, areas_of, areas_of_text, read_areas
from sites.candidates.lonlat import geojson, to_lonlat
from sites.candidates.runs import find_run

Connection = psycopg.Connection[Any]
SQUARE = shapely.box(171_000, 172_000, 171_060, 172_080)
OWN_CRS = {"declared": "EPSG:31370", "used": "EPSG:31370", "how": "declared", "accuracy_m": 0.0}


def polygon(shape: Any) -> dict[str, Any]:
    """GeoJSON in lon/lat of a shape in EPSG:31370."""
    return geojson(shape)


def collection(*shapes: Any, **members: Any) -> dict[str, Any]:
    features = [{"type": "Feature", "properties": {}, "geometry": polygon(shape)} for shape in shapes]
    return {"type": "FeatureCollection", "features": features, **members}


def drawn(shape: Any) -> Drawn:
    return Drawn("1", shape, OWN_CRS)


@pytest.fixture
def parcel(demo_connection: Connection) -> dict[str, Any]:
    """The best parcel of the demo with its shape."""
    row = demo_connection.execute(
        """SELECT p.id, p.capakey, p.nis, ST_AsBinary(p.geom), n.id FROM run n JOIN run_result r ON r.run_id = n.id
           JOIN parcel p ON p.id = r.parcel_id
           WHERE n.site_type = 'residential' AND n.territory = '{99001}' AND r.rank = 1"""
    ).fetchone()
    assert row is not None
    return {"id": row[0], "capakey": row[1], "nis": row[2], "shape": shapely.from_wkb(bytes(row[3])), "run": row[4]}


# Reading.


def test_lon_lat_comes_back_to_the_centimetre() -> None:
    for one in (
        polygon(SQUARE),
        collection(SQUARE),
        {"type": "Feature", "properties": None, "geometry": polygon(SQUARE)},
    ):
        (area,) = areas_of(one)
        assert shapely.hausdorff_distance(area.shape, SQUARE) < 0.05
        assert area.crs["used"] == "EPSG:4326" and area.crs["how"] == "declared" and area.name == "1"


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**9))
def test_the_way_to_lon_lat_and_back_loses_nothing(seed: int) -> None:
    rng = np.random.default_rng(seed)
    turn = np.sort(rng.uniform(0, 2 * np.pi, int(rng.integers(3, 40))))
    radius = rng.uniform(20, 200, len(turn))
    shape = shapely.Polygon(np.column_stack([np.cos(turn), np.sin(turn)]) * radius[:, None] + rng.uniform(5e4, 2e5, 2))
    if not shape.is_valid or shape.area < 1:
        return
    back = areas_of(polygon(shape))[0].shape
    assert back.area == pytest.approx(shape.area, rel=1e-3, abs=0.02 * shape.length)
    assert shapely.hausdorff_distance(back, shape) < 0.05


def test_a_declared_crs_is_used_and_an_impossible_one_is_told() -> None:
    own = json.loads(shapely.to_geojson(SQUARE))
    named = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::31370"}}
    (area,) = areas_of({**own, "crs": named})
    assert area.shape.equals(SQUARE) and area.crs["declared"] == "EPSG:31370"
    (found,) = areas_of(own)
    assert found.shape.equals(SQUARE)
    assert found.crs["used"] == "EPSG:31370" and found.crs["how"].startswith("detected by extent")


BOW = {"type": "Polygon", "coordinates": [[[4.70, 50.88], [4.71, 50.89], [4.71, 50.88], [4.70, 50.89], [4.70, 50.88]]]}
REFUSED = [
    ([], "this is no GeoJSON"),
    ({"type": "FeatureCollection", "features": []}, "it holds 0 areas"),
    ({"type": "FeatureCollection", "features": {}}, "this is no GeoJSON"),
    ({"type": "FeatureCollection", "features": [None]}, "row 1, field geometry: a nothing where a polygon is needed"),
    ({"type": "Point", "coordinates": [4.7, 50.8]}, "a Point where a polygon is needed"),
    ({"type": "Polygon", "coordinates": []}, "no rings of a polygon"),
    ({"type": "Polygon", "coordinates": [[[4.7, 50.8], [4.8, 50.8], [4.7, 50.8]]]}, "no rings of a polygon"),
    ({"type": "Polygon", "coordinates": [[[4.7, 50.8], [4.8, 50.8], [4.8, 50.9], [4.7, 50.9]]]}, "no rings"),
    ({"type": "Polygon", "coordinates": [[["a", "b"]] * 4]}, "no rings of a polygon"),
    ({"type": "Polygon", "coordinates": [[[float("nan"), 50.8]] * 4]}, "no rings of a polygon"),
    ({"type": "Polygon", "coordinates": "x"}, "no rings of a polygon"),
    ({"type": "MultiPolygon", "coordinates": 3}, "no rings of a polygon"),
    (BOW, "its border crosses itself at 4.705, 50.885"),
    ({**BOW, "crs": {"type": "name"}}, "its CRS is not named"),
    (polygon(shapely.box(171_000, 172_000, 173_000, 173_000)), "it has 200 ha; areas up to 100 ha are judged"),
    (polygon(shapely.box(171_000, 172_000, 171_000.5, 172_000.5)), "smaller than a square metre"),
    (
        {"type": "Polygon", "coordinates": [[[-70, 40], [-70, 41], [-71, 41], [-70, 40]]]},
        "lie in Belgium in no known system",
    ),
]


@pytest.mark.parametrize(("document", "told"), REFUSED, ids=[told for _, told in REFUSED])
def test_what_is_no_area_is_refused_with_the_reason(document: Any, told: str) -> None:
    with pytest.raises(InputError) as refused:
        areas_of(document)
    assert told in refused.value.message
    assert refused.value.remedy


def test_the_second_of_two_areas_is_named() -> None:
    two = collection(SQUARE, SQUARE)
    two["features"][1]["geometry"] = BOW
    with pytest.raises(InputError, match="row 2: its border crosses itself"):
        areas_of(two)


def test_many_areas_and_much_text_are_refused() -> None:
    assert len(areas_of(collection(*[SQUARE] * MOST))) == MOST
    with pytest.raises(InputError, match=f"it holds {MOST + 1} areas"):
        areas_of(collection(*[SQUARE] * (MOST + 1)))
    with pytest.raises(InputError, match="more than 5 MB"):
        areas_of_text(b" " * (LARGEST_TEXT + 1))
    for text in (b"", b"{", b"\xff\xfe", b"[" * 100_000):
        with pytest.raises(InputError, match="this is no GeoJSON"):
            areas_of_text(text)


def write(path: Path, shapes: list[Any], crs: str | None = "EPSG:31370", driver: str | None = None) -> Path:
    frame = geopandas.GeoDataFrame({"name": [f"area {at}" for at in range(len(shapes))]}, geometry=shapes, crs=crs)
    pyogrio.write_dataframe(frame, path, driver=driver)
    return path


def test_files_are_read_by_their_own_crs(tmp_path: Path) -> None:
    gpkg = write(tmp_path / "a.gpkg", [SQUARE])
    moved = geopandas.GeoSeries([SQUARE], crs="EPSG:31370").to_crs("EPSG:3812")
    other = write(tmp_path / "b.gpkg", list(moved), "EPSG:3812")
    shape = write(tmp_path / "c.shp", [SQUARE, shapely.box(171_100, 172_000, 171_150, 172_050)])
    packed = tmp_path / "c.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for part in tmp_path.glob("c.*"):
            if part.suffix != ".zip":
                archive.write(part, part.name)
    text = tmp_path / "d.geojson"
    text.write_text(json.dumps(polygon(SQUARE)))
    for path in (gpkg, other, shape, packed, text):
        areas = read_areas(path)
        assert shapely.hausdorff_distance(areas[0].shape, SQUARE) < 0.05, path.name
    assert [one.name for one in read_areas(packed)] == ["area 0", "area 1"]
    assert read_areas(other)[0].crs["used"] == "EPSG:3812"


DXF = "0\nSECTION\n2\nENTITIES\n{}0\nENDSEC\n0\nEOF\n"


def polyline(corners: list[tuple[float, float]], closed: bool) -> str:
    points = "".join(f"10\n{x}\n20\n{y}\n" for x, y in corners)
    return f"0\nLWPOLYLINE\n8\n0\n90\n{len(corners)}\n70\n{int(closed)}\n{points}"


def test_closed_lines_of_a_drawing_are_areas(tmp_path: Path) -> None:
    corners = [(171_000.0, 172_000.0), (171_060.0, 172_000.0), (171_060.0, 172_080.0), (171_000.0, 172_080.0)]
    path = tmp_path / "plan.dxf"
    path.write_text(
        DXF.format(polyline(corners, True) + polyline([(171_200.0, 172_000.0), (171_260.0, 172_050.0)], False))
    )
    (area,) = read_areas(path)
    assert area.shape.equals(SQUARE)
    assert area.crs["used"] == "EPSG:31370" and area.crs["declared"] is None
    path.write_text(DXF.format(polyline([(x - 171_000, y - 172_000) for x, y in corners], True)))
    with pytest.raises(InputError, match="lie in Belgium in no known system"):
        read_areas(path)
    path.write_text(DXF.format(polyline(corners, False)))
    with pytest.raises(InputError, match="no closed line and no area"):
        read_areas(path)
    path.write_bytes(b"\x89PNG no drawing")
    with pytest.raises(InputError, match="its content is no drawing"):
        read_areas(path)


def test_files_that_hold_no_area_are_refused(tmp_path: Path) -> None:
    lines = write(tmp_path / "lines.gpkg", [shapely.LineString([(171_000, 172_000), (171_060, 172_080)])])
    with pytest.raises(InputError, match="a LineString where a polygon is needed"):
        read_areas(lines)
    table = tmp_path / "a.csv"
    table.write_text("x;y\n1;2\n")
    with pytest.raises(InputError, match="no areas are read from files of this kind"):
        read_areas(table)
    for name in ("gone.geojson", "gone.dxf", "gone.gpkg"):
        with pytest.raises(InputError, match="there is no such file"):
            read_areas(tmp_path / name)


def test_a_register_is_no_drawing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "a.gpkg", [SQUARE])
    assert len(read_areas(path)) == 1
    monkeypatch.setattr("sites.candidates.drawn_shapes.LARGEST_FILE", 1000)
    with pytest.raises(InputError, match="are read up to 0 MB"):
        read_areas(path)
    many = write(tmp_path / "b.geojson", [SQUARE] * (MOST + 1), driver="GeoJSON")
    monkeypatch.undo()
    with pytest.raises(InputError, match=f"it holds {MOST + 1} areas"):
        read_areas(many)


# Judging, in a real database.


def test_a_drawing_of_a_whole_parcel_is_judged_like_the_parcel(
    demo_connection: Connection, parcel: dict[str, Any]
) -> None:
    run = find_run(demo_connection, run_id=parcel["run"])
    table = load_table(demo_connection, run.batches, parcel["id"])
    own = assess_again(demo_connection, run, table)
    (judged,) = judge(demo_connection, [drawn(parcel["shape"])], "residential", run.as_of)
    found = judged.assessment
    assert judged.nis == parcel["nis"]
    assert found.verdict[0] == own.verdict[0] and found.so_far[0] == own.so_far[0]
    for mine, theirs in zip(found.constraints, own.constraints, strict=True):
        assert mine.state[0] == theirs.state[0], mine.constraint.id
    assert found.usable_m2[0] == pytest.approx(own.usable_m2[0], abs=1.0)
    # Stored distances are rounded to the millimetre.
    assert found.score_low[0] == pytest.approx(own.score_low[0], abs=1e-4)
    assert found.score_high[0] == pytest.approx(own.score_high[0], abs=1e-4)


def test_part_of_a_parcel_is_measured_as_it_is_drawn(demo_connection: Connection, parcel: dict[str, Any]) -> None:
    west, south, east, north = parcel["shape"].bounds
    half = shapely.intersection(parcel["shape"], shapely.box(west, south, (west + east) / 2, north))
    (placed,) = place(demo_connection, [drawn(half)])
    assert placed.parcels[0][0] == parcel["capakey"] and placed.parcels[0][1] == pytest.approx(1.0, abs=1e-6)
    assert placed.municipalities == {parcel["nis"]: pytest.approx(1.0, abs=1e-6)}
    (judged,) = judge(demo_connection, [drawn(half)], "residential", date.today())
    assert judged.assessment.table.area_m2[0] == pytest.approx(half.area)


def test_an_area_over_a_border_of_regions_is_judged_by_no_single_law(demo_connection: Connection) -> None:
    row = demo_connection.execute(
        """SELECT a.nis, b.nis, ST_AsBinary(ST_Intersection(a.geom, b.geom)) FROM municipality a
           JOIN dataset d ON d.id = a.dataset_id AND d.current, municipality b JOIN dataset e ON e.id = b.dataset_id
           AND e.current WHERE a.nis < b.nis AND ST_Intersects(a.geom, b.geom)
           AND ST_Length(ST_Intersection(a.geom, b.geom)) > 100 LIMIT 1"""
    ).fetchone()
    assert row is not None
    at = shapely.from_wkb(bytes(row[2])).interpolate(0.5, normalized=True)
    (placed,) = place(demo_connection, [drawn(at.buffer(40))])
    assert set(placed.municipalities) == {row[0], row[1]}
    assert sum(placed.municipalities.values()) == pytest.approx(1.0, abs=0.01)
    assert list(placed.municipalities.values()) == sorted(placed.municipalities.values(), reverse=True)
    for inside in (at.buffer(40), shapely.union(at.buffer(40), at.buffer(300))):
        with pytest.raises(InputError, match=r"row 1: it lies under the law of several regions\."):
            judge(demo_connection, [drawn(inside)], "residential", date.today())
    # A border that is touched by the accuracy of the drawing alone changes nothing.
    whole = demo_connection.execute(
        "SELECT ST_AsBinary(geom) FROM municipality WHERE nis = %s LIMIT 1", [row[0]]
    ).fetchone()
    assert whole is not None
    kept = shapely.intersection(at.buffer(40), shapely.from_wkb(bytes(whole[0]))).buffer(0.1)
    (judged,) = judge(demo_connection, [drawn(kept)], "residential", date.today())
    assert judged.nis == row[0]


def test_areas_of_several_municipalities_keep_their_order(demo_connection: Connection) -> None:
    shapes = [
        shapely.from_wkb(bytes(row[0]))
        for nis in ("99003", "99001", "99003")
        for row in demo_connection.execute(
            "SELECT ST_AsBinary(geom) FROM parcel WHERE nis = %s AND area_m2 > 2000 ORDER BY area_m2 LIMIT 1", [nis]
        ).fetchall()
    ]
    areas = [drawn(shape) for shape in shapes]
    told = areas_document(demo_connection, areas, "transit", date.today(), translator("en"), today=date.today())
    assert [one["municipality"] for one in told["items"]] == ["99003", "99001", "99003"]
    assert [one["id"] for one in told["items"]] == ["drawn-1", "drawn-2", "drawn-3"]


def test_what_lies_elsewhere_is_refused(demo_connection: Connection) -> None:
    with pytest.raises(InputError, match="row 2: it lies in no municipality that is loaded"):
        inside = demo_connection.execute("SELECT ST_AsBinary(geom) FROM parcel LIMIT 1").fetchone()
        assert inside is not None
        place(demo_connection, [drawn(shapely.from_wkb(bytes(inside[0]))), drawn(SQUARE)])


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_answer_names_all_it_rests_on_and_stores_nothing(
    demo_connection: Connection, parcel: dict[str, Any], language: Any
) -> None:
    counts = "SELECT (SELECT count(*) FROM batch), (SELECT count(*) FROM measurement), (SELECT count(*) FROM run)"
    before = demo_connection.execute(counts).fetchone()
    day = date.today()
    told = areas_document(
        demo_connection, [drawn(parcel["shape"])], "residential", day, translator(language), today=day
    )
    assert demo_connection.execute(counts).fetchone() == before
    (one,) = told["items"]
    assert told["as_of"] == day.isoformat() and told["rule_pack"] and told["run"] is None
    assert one["profile"].startswith("flanders-residential ")
    assert {"zoning", "flood", "roads"} <= {layer for source in one["sources"] for layer in source["layers"]}
    assert one["capakeys"] == [] and one["source"] == "drawn" and one["rank"] is None
    explained = one["explanation"]
    assert explained["run"] is None and explained["id"] == "drawn-1" and explained["capakeys"] == []
    for end in ("low", "high"):
        assert sum(part["contribution"][end] for part in explained["criteria"]) == pytest.approx(
            one["score"][end], abs=1e-9
        )
    assert len(explained["text"]) > 40
    assert (
        shapely.hausdorff_distance(shapely.from_geojson(json.dumps(one["geometry"])), to_lonlat(parcel["shape"])) < 1e-6
    )


def test_the_command_and_the_service_say_the_same(
    demo_settings: Settings, program: Callable[..., str], parcel: dict[str, Any], tmp_path: Path
) -> None:
    path = tmp_path / "area.geojson"
    path.write_text(json.dumps(collection(parcel["shape"])))
    told = json.loads(program("explain", "--demo", "--area", path, "--json"))
    with TestClient(create_app(demo_settings)) as client:
        answer = client.post("/api/v1/areas?lang=en", content=path.read_bytes())
        assert answer.status_code == 200, answer.text
        assert answer.json() == told
        crossed = client.post("/api/v1/areas?lang=nl", json=BOW)
        assert crossed.status_code == 422 and "kruist zichzelf bij 4.705, 50.885" in crossed.json()["detail"]
        assert client.post("/api/v1/areas", content=b"x" * (LARGEST_TEXT + 10)).status_code == 413
        assert client.post("/api/v1/areas?type=unheard", json=BOW).status_code == 400
    shown = program("explain", "--demo", "--area", path)
    assert "drawn-1" in shown and "99001" in shown


def test_parcels_and_an_area_are_not_asked_at_once(program: Callable[..., str], tmp_path: Path) -> None:
    assert "What is to be explained?" in program("explain", "--demo", code=2)
    both = program("explain", "--demo", "99101A0001-00A000", "--area", tmp_path / "x.geojson", code=2)
    assert "What is to be explained?" in both


def test_a_drawn_area_is_compared_and_exported_beside_parcels(
    demo_connection: Connection, program: Callable[..., str], tmp_path: Path
) -> None:
    """The drawing of a whole parcel says in every column and line what the parcel says, but its place in the list."""
    run = find_run(demo_connection, territory=["99001"], site_type="residential")
    row = demo_connection.execute(
        """SELECT p.capakey, ST_AsBinary(p.geom) FROM run_result r JOIN parcel p ON p.id = r.parcel_id
           WHERE r.run_id = %s AND r.rank = 1""",
        [run.id],
    ).fetchone()
    assert row is not None
    key, shape = row[0], shapely.from_wkb(bytes(row[1]))
    file = tmp_path / "area.geojson"
    file.write_text(json.dumps(geojson(shape)), encoding="utf-8")
    found = json.loads(program("compare", "--demo", key, "--area", file, "--json"))
    assert found["names"] == [key, "drawn-1"] and found["count"] == 2
    lines = {one["id"]: one for one in found["lines"]}
    assert lines["rank"]["texts"][1] == "–"
    assert lines["verdict"]["values"][0] == lines["verdict"]["values"][1]
    assert lines["area_m2"]["values"][0] == pytest.approx(lines["area_m2"]["values"][1], rel=1e-4)
    assert "cannot be compared" in program("compare", "--demo", "--area", file, code=2)
    out = tmp_path / "candidates.csv"
    program("export", "--demo", "-m", "99001", "--area", file, "-o", out)
    rows = list(csv.DictReader(io.StringIO(out.read_text(encoding="utf-8-sig"))))
    drawn_row = next(one for one in rows if one["source"] == "drawn")
    own = next(one for one in rows if one["source"] == "parcel" and one["capakeys"] == key)
    assert (
        drawn_row["id"] == "drawn-1" and drawn_row["capakeys"] == key and not drawn_row["rank"] and not drawn_row["run"]
    )
    for name in ("verdict", "so_far", "pitches_low", "pitches_high", "zone", "owner", "profile", "as_of"):
        assert drawn_row[name] == own[name], name
    assert float(drawn_row["score_low"]) == pytest.approx(float(own["score_low"]), abs=0.02)
    parts = [
        float(value) for name, value in drawn_row.items() if name.startswith("contribution_") and name.endswith("_low")
    ]
    assert sum(parts) == pytest.approx(float(drawn_row["score_low"]), abs=1e-6)
    for kind in ("gpkg", "geojson", "xlsx"):
        program("export", "--demo", "-m", "99001", "--area", file, "-o", tmp_path / f"candidates.{kind}")
    frame = pyogrio.read_dataframe(tmp_path / "candidates.gpkg", layer="candidates")
    mine = frame[frame["source"] == "drawn"]
    assert len(mine) == 1 and mine.geometry.iloc[0].symmetric_difference(shape).area < 1.0
    # An area under other criteria does not stand beside these.
    elsewhere = demo_connection.execute("SELECT ST_AsBinary(geom) FROM parcel WHERE nis = '99003' LIMIT 1").fetchone()
    assert elsewhere is not None
    file.write_text(json.dumps(geojson(shapely.from_wkb(bytes(elsewhere[0])))), encoding="utf-8")
    assert "judged by" in program("export", "--demo", "-m", "99001", "--area", file, "-o", out, code=2)
