"""The rows as GeoPackage (EPSG:31370, with styles of QGIS inside) and as GeoJSON (lon/lat, RFC 7946).

GeoPackage layers: `candidates`, `assemblies`, and the tables `sources`, `read_me` and `layer_styles`. GeoJSON is one
collection of parcels and groups; what belongs to the whole file stands beside `features`. A shape that may not be passed on
is null.
"""

from __future__ import annotations

import json
import sqlite3
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas
import pandas as pd
import pyogrio
import shapely

from sites.candidates.exports.columns import Column
from sites.candidates.exports.readme import attribution, lines, source_rows
from sites.candidates.exports.rows import Export
from sites.candidates.exports.styles import qml, sld
from sites.candidates.lonlat import to_lonlat

#: As QGIS makes it when a style is saved into a GeoPackage.
_STYLES = """CREATE TABLE layer_styles (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT(256),
    f_table_schema TEXT(256), f_table_name TEXT(256), f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT,
    styleSLD TEXT, useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30),
    update_time DATETIME DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')))"""
_TYPES = {"text": "object", "number": "float64", "integer": "Int64"}


def geopackage_bytes(export: Export) -> bytes:
    """The GeoPackage."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "candidates.gpkg"
        layers = {"candidates": (export.rows, export.shapes), "assemblies": (export.groups, export.group_shapes)}
        for name, (rows, shapes) in layers.items():
            _frame(export.columns, rows, shapes).to_file(
                path, layer=name, driver="GPKG", engine="pyogrio", geometry_type="MultiPolygon", mode="a" if path.exists() else "w"
            )  # fmt: skip
        told = [{"number": at, "text": one} for at, one in enumerate(lines(export), start=1)]
        told += [
            {"number": at, "text": f"{one.name}: {one.title}"}
            for at, one in enumerate(export.columns, start=len(told) + 1)
        ]
        for name, plain in (("sources", source_rows(export)), ("read_me", told)):
            _table(path, name, plain)
        _styles(path, export)
        return path.read_bytes()


def _frame(columns: Sequence[Column], rows: Sequence[dict[str, Any]], shapes: Sequence[Any]) -> Any:
    """Rows with their shapes; each column of one type, also where it is empty."""
    data = {one.name: pd.Series([row[one.name] for row in rows], dtype=_TYPES[one.kind]) for one in columns}
    whole = [None if one is None else _multi(one) for one in shapes]
    return geopandas.GeoDataFrame(data, geometry=geopandas.GeoSeries(whole, crs="EPSG:31370"), crs="EPSG:31370")


def _multi(shape: Any) -> Any:
    return shapely.multipolygons([shape]) if shape.geom_type == "Polygon" else shape


def _table(path: Path, name: str, rows: Sequence[dict[str, Any]]) -> None:
    pyogrio.write_dataframe(pd.DataFrame(rows), path, layer=name, driver="GPKG", append=False)


def _styles(path: Path, export: Export) -> None:
    """The table QGIS looks for when it opens a layer; each layer has a style that is used without asking."""
    with sqlite3.connect(path) as database:
        database.execute(_STYLES)
        for name, outline in (("candidates", 0.3), ("assemblies", 0.7)):
            database.execute(
                """INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName,
                   styleQML, styleSLD, useAsDefault, description, owner) VALUES ('', '', ?, 'geom', ?, ?, ?, 1, ?, '')""",
                [name, name, qml(export.columns, export.translate, outline_mm=outline), sld(name, export.translate), "verdict"],
            )  # fmt: skip
        database.execute(
            """INSERT INTO gpkg_contents (table_name, data_type, identifier, description, last_change)
               VALUES ('layer_styles', 'attributes', 'layer_styles', '', strftime('%Y-%m-%dT%H:%M:%fZ','now'))"""
        )
    database.close()


def geojson_bytes(export: Export) -> bytes:
    """The GeoJSON."""
    features = [
        {
            "type": "Feature",
            "id": row["id"],
            "geometry": None if shape is None else _geometry(shape),
            "properties": {one.name: row[one.name] for one in export.columns},
        }
        for rows, shapes in ((export.rows, export.shapes), (export.groups, export.group_shapes))
        for row, shape in zip(rows, shapes, strict=True)
    ]
    document = {
        "type": "FeatureCollection",
        "name": "candidates",
        "attribution": attribution(export),
        "read_me": lines(export),
        "columns": {one.name: one.title for one in export.columns},
        "sources": source_rows(export),
        "features": features,
    }
    return json.dumps(document, ensure_ascii=False, allow_nan=False).encode() + b"\n"


def _geometry(shape: Any) -> dict[str, Any]:
    """Lon/lat, outer rings against the clock as RFC 7946 asks."""
    out: dict[str, Any] = json.loads(shapely.to_geojson(shapely.orient_polygons(to_lonlat(shape))))
    return out
