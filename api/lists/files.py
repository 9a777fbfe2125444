"""A page of a list as a file: GeoJSON (lon/lat), CSV, GeoPackage and Arrow (in the system of the shapes).

Contract: rows are items as JSON has them, shapes beside them (None = not known, or not to be passed on). Every file carries
what has to be named, the notice of demo data, and how many rows there are in all; GeoPackage and Arrow the sources, too.
A GeoPackage is written to a folder that is gone before the answer leaves.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import shapely

from api.lists.columns import SHAPE, Column
from api.ogc import crs
from sites.candidates.exports.readme import SOURCE_COLUMNS, rows_of_sources
from sites.inventory.sheet import csv_table

#: System of the shapes -> its code.
_CODES = {crs.CRS84: "EPSG:4326", crs.LAMBERT_72: "EPSG:31370"}


@dataclass(frozen=True)
class Rows:
    """Rows that go into a file.

    Attributes
    ----------
    name : of the list.
    items, columns, shapes : rows, their columns, and their shapes in `system` (None = a list without places).
    about : what else the list says: count, filters, sources and so on.
    attribution, notice : what goes with whatever is made of it.
    ids : identifiers of the rows, also where they are no field that was asked for.
    """

    name: str
    items: Sequence[Mapping[str, Any]]
    columns: Sequence[Column]
    about: Mapping[str, Any]
    attribution: str
    notice: str | None
    ids: Sequence[Any]
    shapes: Sequence[Any] | None = None
    system: str = crs.LAMBERT_72
    sources: Sequence[Mapping[str, Any]] = field(default_factory=list)


def lonlat(shapes: Sequence[Any], system: str) -> Any:
    """Shapes in lon/lat, outer rings against the clock."""
    told = _array(shapes)
    return shapely.orient_polygons(told if system == crs.CRS84 else crs.from_storage(told, crs.CRS84))


def geojson(rows: Rows) -> bytes:
    """RFC 7946; what belongs to the whole list stands beside `features`."""
    told = shapely.to_geojson(lonlat(_some(rows), rows.system))
    features = [
        {
            "type": "Feature",
            "id": one,
            "geometry": None if text is None else orjson.Fragment(text),
            "properties": {key: value for key, value in item.items() if key != SHAPE},
        }
        for item, one, text in zip(rows.items, rows.ids, told, strict=True)
    ]
    document = {
        "type": "FeatureCollection",
        "name": rows.name,
        **rows.about,
        "attribution": rows.attribution,
        "features": features,
    }
    return orjson.dumps(document)


def csv(rows: Rows) -> bytes:
    """Last come what is to be named, the notice of demo data, and how many rows the whole list has."""
    header = [*(one.name for one in rows.columns), "attribution", "notice", "list_count"]
    end = [rows.attribution, rows.notice, rows.about.get("count")]
    return csv_table(header, [[*(one.of(item) for one in rows.columns), *end] for item in rows.items])


def geopackage(rows: Rows) -> bytes:
    """Layer of the list, and the tables `sources` and `read_me`."""
    import pandas as pd
    import pyogrio

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "list.gpkg"
        _frame(rows).to_file(path, layer=rows.name, driver="GPKG", engine="pyogrio", **_geometry_type(rows))
        told = [{"number": at, "text": one} for at, one in enumerate(_lines(rows), start=1)]
        for name, plain in (("sources", rows_of_sources(rows.sources)), ("read_me", told)):
            columns = list(SOURCE_COLUMNS) if name == "sources" else None
            pyogrio.write_dataframe(pd.DataFrame(plain, columns=columns), path, layer=name, driver="GPKG", append=False)
        return path.read_bytes()


def _frame(rows: Rows) -> Any:
    import geopandas
    import pandas as pd

    types = {"text": "object", "number": "float64", "integer": "Int64", "boolean": "boolean"}
    data = {
        one.name: pd.Series([one.of(item) for item in rows.items], dtype=types[one.kind])
        for one in rows.columns
        if one.name not in ("fid", "geom")
    }
    code = _CODES[rows.system]
    shapes = [None if one is None else _multi(one) for one in _some(rows)]
    return geopandas.GeoDataFrame(data, geometry=geopandas.GeoSeries(shapes, crs=code), crs=code)


def _multi(shape: Any) -> Any:
    return shapely.multipolygons([shape]) if shape.geom_type == "Polygon" else shape


def _geometry_type(rows: Rows) -> dict[str, str]:
    kinds = {_multi(one).geom_type for one in _some(rows) if one is not None}
    return {"geometry_type": kinds.pop()} if len(kinds) == 1 else {"geometry_type": "Unknown"}


def _lines(rows: Rows) -> list[str]:
    """What the file says of itself."""
    out = [rows.notice] if rows.notice else []
    out += [f"{key}: {rows.about[key]}" for key in ("run", "count", "count_kind") if key in rows.about]
    return [*out, f"rows: {len(rows.items)}", *rows.about.get("filters", ()), rows.attribution]


def arrow(rows: Rows) -> bytes:
    """Arrow stream; shapes as WKB (GeoArrow), what belongs to the whole list as JSON in the metadata of its schema."""
    import pyarrow as pa

    kinds = {"text": pa.string(), "number": pa.float64(), "integer": pa.int64(), "boolean": pa.bool_()}
    fields = [pa.field(one.name, kinds[one.kind]) for one in rows.columns]
    values = [pa.array([one.of(item) for item in rows.items], kinds[one.kind]) for one in rows.columns]
    if rows.shapes is not None:
        told = {
            "ARROW:extension:name": "geoarrow.wkb",
            "ARROW:extension:metadata": orjson.dumps({"crs": _CODES[rows.system], "crs_type": "authority_code"}),
        }
        fields.append(pa.field(SHAPE, pa.binary(), metadata=told))
        values.append(pa.array(shapely.to_wkb(_array(rows.shapes)).tolist(), pa.binary()))
    about = {**rows.about, "attribution": rows.attribution}
    schema = pa.schema(fields, metadata={"standplaats": orjson.dumps(about)})
    stream = io.BytesIO()
    with pa.ipc.new_stream(stream, schema) as writer:
        writer.write_batch(pa.record_batch(values, schema=schema))
    return stream.getvalue()


def _some(rows: Rows) -> Sequence[Any]:
    return () if rows.shapes is None else rows.shapes


def _array(shapes: Sequence[Any]) -> Any:
    import numpy as np

    out = np.empty(len(shapes), dtype=object)
    out[:] = shapes
    return out
