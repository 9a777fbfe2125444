"""Files nobody should be able to do harm with: each is made here, with what must be said of it.

`CORPUS` holds (what it is, how it is made, what is said): a pattern of the refusal, or the rows that land and the
reasons of those that do not. Makers get an empty folder and return the path to load.
"""

from __future__ import annotations

import os
import sqlite3
import stat
import struct
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import rasterio
import shapely
from ingest_samples import capakey, grb, square
from rasterio.transform import from_origin


@dataclass(frozen=True)
class Landed:
    """What lands of a file that is taken: rows, and reasons of those that are kept out or repaired."""

    rows: int
    reasons: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """One file of the corpus."""

    name: str
    make: Callable[[Path], Path]
    said: str | Landed
    kind: str = "parcels"


def parcels(folder: Path, shapes: list[Any], name: str = "parcels.gpkg", crs: str | None = "EPSG:31370") -> Path:
    """Parcels in the GRB schema with these shapes."""
    path = folder / name
    driver = {".gpkg": "GPKG", ".geojson": "GeoJSON", ".shp": "ESRI Shapefile"}[path.suffix]
    fields = grb([capakey(at + 1) for at in range(len(shapes))])
    gpd.GeoDataFrame(fields, geometry=gpd.GeoSeries(shapes, crs=crs)).to_file(path, driver=driver, engine="pyogrio")
    return path


def raw_parcels(folder: Path, wkb: list[bytes], declared: str = "GEOMETRY") -> Path:
    """Parcels whose shapes are given as bytes, so that they may be of kinds no writer here offers."""
    path = parcels(folder, GOOD[: len(wkb)])
    with sqlite3.connect(path) as connection:
        triggers = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in triggers:
            connection.execute(f'DROP TRIGGER "{name}"')
        connection.execute("DELETE FROM gpkg_extensions")
        connection.execute("DROP TABLE rtree_parcels_geom")
        connection.execute("UPDATE gpkg_geometry_columns SET geometry_type_name = ?, z = 2, m = 2", [declared])
        for at, shape in enumerate(wkb):
            blob = b"GP\x00\x01" + struct.pack("<i", 31370) + shape
            connection.execute("UPDATE parcels SET geom = ? WHERE fid = ?", [blob, at + 1])
    connection.close()
    return path


HERE = square(173_000, 170_000)
GOOD = [square(173_000 + 20 * at, 170_000) for at in range(300)]


def cut(name: str, part: float) -> Callable[[Path], Path]:
    """A file of which only a part is there."""

    def make(folder: Path) -> Path:
        path = parcels(folder, GOOD, name)
        path.write_bytes(path.read_bytes()[: int(path.stat().st_size * part)])
        return path

    return make


def text(name: str, content: str | bytes) -> Callable[[Path], Path]:
    """A file with this content."""

    def make(folder: Path) -> Path:
        path = folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return make


def archive(fill: Callable[[zipfile.ZipFile, Path], None]) -> Callable[[Path], Path]:
    """A zip filled by `fill`."""

    def make(folder: Path) -> Path:
        path = folder / "parcels.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as opened:
            fill(opened, folder)
        return path

    return make


def _link(opened: zipfile.ZipFile, folder: Path) -> None:
    entry = zipfile.ZipInfo("parcels.gpkg")
    entry.create_system, entry.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    opened.writestr(entry, "/etc/passwd")


def _nested(opened: zipfile.ZipFile, folder: Path) -> None:
    inner = folder / "inner.zip"
    with zipfile.ZipFile(inner, "w") as one:
        one.write(parcels(folder, [HERE]), "parcels.gpkg")
    opened.write(inner, "inner.zip")


def _two_files(opened: zipfile.ZipFile, folder: Path) -> None:
    opened.write(parcels(folder, [HERE]), "a.gpkg")
    opened.write(parcels(folder, [HERE]), "b.gpkg")


def _cut_archive(folder: Path) -> Path:
    path = archive(lambda opened, at: opened.write(parcels(at, GOOD), "parcels.gpkg"))(folder)
    path.write_bytes(path.read_bytes()[:-100])
    return path


def _lying_archive(folder: Path) -> Path:
    """An archive whose content is not what its directory says."""
    path = archive(lambda opened, at: opened.write(parcels(at, GOOD), "parcels.gpkg"))(folder)
    whole = bytearray(path.read_bytes())
    whole[200:260] = bytes(60)
    path.write_bytes(bytes(whole))
    return path


_GML = """<?xml version="1.0" encoding="UTF-8"?>{before}
<ogr:FeatureCollection xmlns:ogr="http://ogr.maptools.org/" xmlns:gml="http://www.opengis.net/gml"
  xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" {attributes}>
<gml:featureMember><ogr:ADP gml:id="a"><ogr:geometryProperty>{shape}</ogr:geometryProperty>
<ogr:CAPAKEY>{key}</ogr:CAPAKEY><ogr:CANU>1A</ogr:CANU><ogr:NISCODE>24062</ogr:NISCODE>
<ogr:FISCDATUM>2025-01-01</ogr:FISCDATUM></ogr:ADP></gml:featureMember></ogr:FeatureCollection>
"""
_GML_SQUARE = (
    '<gml:Polygon srsName="EPSG:31370"><gml:outerBoundaryIs><gml:LinearRing><gml:coordinates>173000,170000 '
    "173020,170000 173020,170020 173000,170020 173000,170000</gml:coordinates></gml:LinearRing>"
    "</gml:outerBoundaryIs></gml:Polygon>"
)


def gml(before: str = "", attributes: str = "", shape: str = _GML_SQUARE, key: str = capakey(1)) -> str:
    """One parcel as GML 2."""
    return _GML.format(before=before, attributes=attributes, shape=shape, key=key)


_LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha">' + "".join(
    f'<!ENTITY {name} "{10 * f"&{before};"}">' for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
_VRT = "<OGRVRTDataSource><OGRVRTLayer name='a'><SrcDataSource>/etc/passwd</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>"
_RASTER_VRT = "<VRTDataset rasterXSize='1' rasterYSize='1'><VRTRasterBand><SimpleSource><SourceFilename>/etc/passwd</SourceFilename></SimpleSource></VRTRasterBand></VRTDataset>"


def _terrain(folder: Path) -> Path:
    path = folder / "heights.tif"
    heights = np.arange(256 * 256, dtype=np.float32).reshape(256, 256)
    with rasterio.open(
        path, "w", driver="GTiff", width=256, height=256, count=1, dtype="float32", crs="EPSG:31370",
        transform=from_origin(150_000, 170_000, 5, 5), tiled=True, compress="deflate",
    ) as raster:  # fmt: skip
        raster.write(heights, 1)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    return path


def _point_raster(folder: Path) -> Path:
    """A raster that says it is larger than any memory."""
    path = folder / "heights.tif"
    with rasterio.open(
        path, "w", driver="GTiff", width=400_000, height=400_000, count=1, dtype="float32", crs="EPSG:31370",
        transform=from_origin(150_000, 170_000, 0.1, 0.1), tiled=True, SPARSE_OK="TRUE", BIGTIFF="YES",
        blockxsize=65_536, blockysize=65_536, nodata=-9999,
    ):  # fmt: skip
        pass
    return path


def _view_and_trigger(folder: Path) -> Path:
    """A GeoPackage that would like to write when it is read."""
    path = parcels(folder, GOOD[:3])
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE VIEW other AS SELECT * FROM parcels")
        connection.execute("CREATE TABLE log (t)")
        connection.execute(
            "CREATE TRIGGER eat AFTER INSERT ON gpkg_contents BEGIN DELETE FROM parcels; INSERT INTO log VALUES (1); END"
        )
    connection.close()
    return path


def _in_shape(folder: Path, change: Callable[[Any], Any]) -> Path:
    return parcels(folder, [shapely.transform(HERE, change)])


def _curve(kind: int) -> bytes:
    """A circle of 10 m as WKB: a curve polygon (10) of one circular string, or that string alone (8)."""
    centre = (173_010.0, 170_010.0)
    points = [(centre[0] + dx, centre[1] + dy) for dx, dy in ((10, 0), (0, 10), (-10, 0), (0, -10), (10, 0))]
    string = struct.pack("<BII", 1, 8, len(points)) + b"".join(struct.pack("<dd", *one) for one in points)
    return string if kind == 8 else struct.pack("<BII", 1, kind, 1) + string


def _numbers(*values: tuple[float, float]) -> bytes:
    """A polygon of one ring with these coordinates, whatever they are."""
    ring = b"".join(struct.pack("<dd", *one) for one in values)
    return struct.pack("<BIII", 1, 3, 1, len(values)) + ring


def _many_layers(folder: Path) -> Path:
    path = folder / "parcels.gpkg"
    for layer in ("a", "b"):
        frame = gpd.GeoDataFrame({"wat": [1]}, geometry=gpd.GeoSeries([HERE], crs="EPSG:31370"))
        frame.to_file(path, layer=layer, driver="GPKG", engine="pyogrio", mode="a" if path.exists() else "w")
    return path


def _fields(folder: Path, extra: dict[str, str], name: str = "parcels.geojson") -> Path:
    import json

    properties = {"CAPAKEY": capakey(1), "CANU": "1A", "NISCODE": "24062", "FISCDATUM": "2025-01-01", **extra}
    feature = {"type": "Feature", "properties": properties, "geometry": shapely.geometry.mapping(HERE)}
    path = folder / name
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    return path


def _fifo(folder: Path) -> Path:
    os.mkfifo(folder / "parcels.gpkg")
    return folder / "parcels.gpkg"


def _linked(target: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        (folder / "parcels.gpkg").symlink_to(target)
        return folder / "parcels.gpkg"

    return make


def _folder(folder: Path) -> Path:
    (folder / "parcels.gpkg").mkdir()
    return folder / "parcels.gpkg"


def _pbf(folder: Path) -> Path:
    blob = struct.pack(">I", 14) + b"\x0a\x09OSMHeader\x18\x7f" + b"\x00" * 20
    return text("village.osm.pbf", blob)(folder)


def _bow_tie(folder: Path) -> Path:
    return parcels(folder, [shapely.Polygon([(173_000, 170_000), (173_020, 170_020), (173_020, 170_000), (173_000, 170_020)])])  # fmt: skip


def _touching(folder: Path) -> Path:
    """A ring that touches itself in one point: two squares drawn in one go."""
    ring = [(0, 0), (10, 0), (10, 10), (20, 10), (20, 20), (10, 20), (10, 10), (0, 10)]
    return parcels(folder, [shapely.Polygon([(173_000 + x, 170_000 + y) for x, y in ring])])


def _flat(folder: Path) -> Path:
    return parcels(folder, [HERE, shapely.Polygon([(173_100, 170_000), (173_120, 170_000), (173_100, 170_000)])])


def _same_twice(folder: Path) -> Path:
    return parcels(folder, [shapely.MultiPolygon([HERE, HERE])])


CORPUS: tuple[Case, ...] = (
    Case("GeoPackage cut off", cut("parcels.gpkg", 0.5), "damaged or cut off"),
    Case("GeoJSON cut off", cut("parcels.geojson", 0.7), "damaged or cut off"),
    Case("shapefile cut off", cut("parcels.shp", 0.6), "damaged or cut off"),
    Case("GML cut off", text("parcels.gml", gml()[:-120]), "damaged or cut off"),
    Case("raster cut off", _terrain, "damaged or cut off", "dem"),
    Case("OSM file cut off", _pbf, "damaged or cut off|holds no layer|cannot be read", "osm"),
    Case("zip cut off", _cut_archive, "damaged or cut off"),
    Case("zip with another content than it lists", _lying_archive, "damaged or cut off"),
    Case("GML in another encoding than it says", text("parcels.gml", gml(key="Liège").encode("latin-1")), "damaged or cut off"),
    Case("mixed kinds of shapes", lambda at: parcels(at, [HERE, shapely.Point(173_100, 170_000), shapely.LineString([(173_000, 170_000), (173_010, 170_000)])]), Landed(1, {"wrong_geometry": 2})),
    Case("shapes with heights", lambda at: parcels(at, [shapely.force_3d(HERE, 40.0)]), Landed(1)),
    Case("shapes with measures", lambda at: raw_parcels(at, [struct.pack("<BIII", 1, 2003, 1, 5) + b"".join(struct.pack("<ddd", x, y, 7.0) for x, y in HERE.exterior.coords)]), Landed(1)),
    Case("curves", lambda at: raw_parcels(at, [_curve(10)], "CURVEPOLYGON"), Landed(1)),
    Case("a curved line as a parcel", lambda at: raw_parcels(at, [_curve(8), HERE.wkb]), Landed(1, {"wrong_geometry": 1})),
    Case("across the antimeridian", lambda at: parcels(at, [shapely.box(-179.9, 50, 179.9, 51)], crs="EPSG:4326"), "lie in Belgium in none of"),
    Case("huge coordinates", lambda at: raw_parcels(at, [_numbers((1e300, 1e300), (2e300, 1e300), (2e300, 2e300), (1e300, 1e300))]), "lie in Belgium in none of"),
    Case("coordinates that are no numbers", lambda at: raw_parcels(at, [HERE.wkb, _numbers((np.nan, np.nan), (173_000, 1), (np.nan, 2), (np.nan, np.nan))]), Landed(1, {"unreadable_geometry": 1})),
    Case("coordinates without end", lambda at: raw_parcels(at, [HERE.wkb, _numbers((np.inf, 0), (0, np.inf), (1, 1), (np.inf, 0))]), Landed(1, {"bad_coordinates": 1})),
    Case("zip bomb", archive(lambda opened, _: opened.writestr("parcels.geojson", b" " * 300_000_000)), "out of proportion"),
    Case("zip in a zip", archive(_nested), "holds 0 readable files"),
    Case("zip of two files", archive(_two_files), r"holds 2 readable files \(a.gpkg, b.gpkg\)"),
    Case("path out of the zip", archive(lambda opened, _: opened.writestr("../../evil.geojson", "{}")), "outside its folder"),
    Case("absolute path in a zip", archive(lambda opened, _: opened.writestr("/tmp/evil.geojson", "{}")), "outside its folder"),
    Case("link in a zip", archive(_link), "outside its folder"),
    Case("entity bomb", text("parcels.gml", gml(before=_LAUGHS + "]>", key="&i;")), "document type"),
    Case("external entity", text("parcels.gml", gml(before='<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>', key="&a;")), "document type"),
    Case("entity behind a long comment", text("parcels.gml", gml(before=f'<!--{" " * 9_000}--><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>', key="&a;")), "document type|another kind"),
    Case("GML that points elsewhere", text("parcels.gml", gml(shape='<gml:Polygon xlink:href="file:///etc/passwd#a"/>')), "all 1 rows were refused|lie in Belgium"),
    Case("GML in UTF-16", text("parcels.gml", gml().replace("UTF-8", "UTF-16").encode("utf-16")), "no known format"),
    Case("virtual file named GeoPackage", text("parcels.gpkg", _VRT), "virtual file"),
    Case("virtual file named GeoJSON", text("parcels.geojson", _VRT), "virtual file"),
    Case("virtual raster named TIFF", text("heights.tif", _RASTER_VRT), "virtual file", "dem"),
    Case("GeoJSON that is an algorithm", text("parcels.geojson", '{"type": "gdal_streamed_alg", "command_line": "gdal vector pipeline ! read /etc/passwd"}'), "JSON without features"),
    Case("path into a zip", lambda at: Path("/vsizip/" + str(_cut_archive(at)) + "/parcels.gpkg"), "there is no such file"),
    Case("path into the network", lambda _: Path("/vsicurl/http://127.0.0.1:9/parcels.gpkg"), "there is no such file"),
    Case("path into memory", lambda _: Path("/vsimem/parcels.gpkg"), "there is no such file"),
    Case("view and trigger", _view_and_trigger, Landed(3)),
    Case("a raster of 600 GB that holds nothing", _point_raster, "needs more than|holds no height|longer than|damaged", "dem"),
    Case("empty file", text("parcels.gpkg", b""), "the file is empty"),
    Case("folder", _folder, "a folder, not a file"),
    Case("device", _linked("/dev/zero"), "a device or a pipe"),
    Case("pipe", _fifo, "a device or a pipe"),
    Case("link to nowhere", _linked("/nowhere/parcels.gpkg"), "the link leads nowhere"),
    Case("layers of which none fits", _many_layers, "no known source of parcels; its fields are: wat"),
    Case("fields that differ in case only", lambda at: _fields(at, {"capakey": "x", "CapaKey": "y"}), "all 1 rows were refused"),
    Case("field named like a command", lambda at: _fields(at, {'"; DROP TABLE parcel; --': "x", "%s %(a)s {0}": "y"}), Landed(1)),
    Case("a hundred thousand columns", text("list.csv", ",".join(f"c{at}" for at in range(100_000)) + "\n" + "1," * 99_999 + "1\n"), "no known source of schools", "schools"),
    Case("table whose rows do not fit", text("list.csv", "a;b\n1;2;3;4;5\n1;2\n1;2;3;4;5;6;7\n"), "cannot be read|no known source", "schools"),
    Case("ring that crosses itself", _bow_tie, Landed(1, {"repaired_geometry": 1})),
    Case("ring that touches itself", _touching, Landed(1, {"repaired_geometry": 1})),
    Case("parcel without area", _flat, Landed(1, {"not_repairable": 1})),
    Case("the same ring twice", _same_twice, Landed(1, {"repaired_geometry": 1})),
    Case("latitude before longitude", lambda at: parcels(at, [shapely.box(50.85, 4.35, 50.851, 4.351)], crs="EPSG:4326"), Landed(1)),
    Case("no CRS, not in Belgium", lambda at: parcels(at, [square(5_000_000, 9_000_000)], crs=None), "lie in Belgium in none of"),
)  # fmt: skip
