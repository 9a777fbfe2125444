"""Read the layers of a file that was recognised: vector layers by one named driver each, tables as text."""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyogrio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError, FeatureError

from geodata.errors import InputError
from geodata.ingest.formats import damaged, file_format
from geodata.measure.inputs import GeometryArray

_DRIVER = {"gpkg": "GPKG", "shapefile": "ESRI Shapefile", "geojson": "GeoJSON", "gml": "GML", "osm": "OSM"}
#: A schema is never fetched, and no helper file is written beside the source.
_OPTIONS: dict[str, dict[str, Any]] = {"gml": {"WRITE_GFS": "NO", "DOWNLOAD_SCHEMA": "NO"}}


@dataclass(frozen=True)
class RawLayer:
    """One layer as read.

    Attributes
    ----------
    name : name of the layer, or of the file.
    rows : attributes, one row per feature, shape (n, fields).
    geometry : shapes, shape (n,), None where a row has none; None when the layer has no geometry at all.
    crs : CRS the file declares, None when it declares none.
    unreadable : positions of rows whose shape could not be read.
    """

    name: str
    rows: pd.DataFrame
    geometry: GeometryArray | None
    crs: str | None
    unreadable: tuple[int, ...] = ()

    def take(self, which: Any) -> RawLayer:
        """The rows where `which` is True."""
        geometry = None if self.geometry is None else self.geometry[which]
        return RawLayer(self.name, self.rows[which].reset_index(drop=True), geometry, self.crs)


def read_layers(paths: Sequence[Path], layer: str | None = None) -> list[RawLayer]:
    """All layers of the files of one source, or the one named and the tables without shapes that go with it.

    Raises
    ------
    InputError
        When a file is damaged or there is no such layer.
    """
    found = [one for path in paths for one in _read_file(path, layer)]
    if layer is not None and not any(one.name == layer for one in found):
        names = ", ".join(name for path in paths for name in _layer_names(path))
        raise InputError(f"there is no layer {layer}.", f"Layers: {names}.", file=paths[0])
    return found


def read_tables_beside(path: Path) -> list[RawLayer]:
    """Tables without shapes in the folder of a shapefile: registers keep widths and surfaces there."""
    tables = [one for one in sorted(path.parent.glob("*.dbf")) if not one.with_suffix(".shp").exists()]
    return [_read_layer(one, "shapefile", one.stem) for one in tables]


def _read_file(path: Path, layer: str | None) -> list[RawLayer]:
    if path.suffix.lower() == ".dbf":
        return [_read_layer(path, "shapefile", path.stem)]
    kind = file_format(path)
    if kind == "csv":
        return [_read_table(path)]
    names = _layer_names(path)
    if layer is not None and layer not in names and len(names) == 1 and path.suffix.lower() == ".shp":
        return []
    wanted = [layer] if layer in names else names
    return [_read_layer(path, kind, name) for name in wanted if name is not None]


def _layer_names(path: Path) -> list[str]:
    if path.suffix.lower() in (".dbf", ".csv", ".txt"):
        return [path.stem]
    try:
        with warnings.catch_warnings():
            # Measures along a line (M) are dropped on purpose; GDAL would tell each time.
            warnings.filterwarnings("ignore", message="Measured", category=UserWarning)
            return [str(name) for name, _ in pyogrio.list_layers(path)]
    except DataSourceError as error:
        raise damaged(path, _first_line(error)) from None


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else "no reason given"


def _read_layer(path: Path, kind: str, name: str) -> RawLayer:
    options = _OPTIONS.get(kind, {})
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            info = pyogrio.read_info(path, layer=name, **options)
            if info["driver"] != _DRIVER[kind]:
                raise InputError(f"the file opens as {info['driver']}, not as {_DRIVER[kind]}.", file=path)
            meta, _, wkb, columns = pyogrio.raw.read(path, layer=name, force_2d=True, **options)
    except (DataSourceError, DataLayerError, FeatureError) as error:
        raise damaged(path, _first_line(error)) from None
    # Differences against OpenStreetMap repeat the fields of the register behind this mark.
    names = [str(field).removeprefix("original:") for field in meta["fields"]]
    rows = pd.DataFrame(dict(zip(names, columns, strict=True)))
    geometry = None
    unreadable: tuple[int, ...] = ()
    if wkb is not None:
        geometry = shapely.from_wkb(wkb, on_invalid="ignore")
        there = np.array([one is not None for one in wkb], dtype=bool)
        unreadable = tuple(int(at) for at in np.flatnonzero(there & shapely.is_missing(geometry)))
        if not len(rows.columns):
            rows = pd.DataFrame(index=range(len(geometry)))
    expected = int(info["features"])
    if 0 <= expected != len(rows):
        raise damaged(path, f"{len(rows)} of {expected} rows can be read")
    crs = meta["crs"]
    if kind == "geojson" and not _geojson_declares_crs(path):
        crs = None
    return RawLayer(name, rows, geometry, crs, unreadable)


def _geojson_declares_crs(path: Path) -> bool:
    """GDAL reads a GeoJSON without `crs` as WGS 84; three real Belgian files of that kind hold Lambert 72."""
    with path.open("rb") as stream:
        head = stream.read(65536)
        stream.seek(0, io.SEEK_END)
        stream.seek(max(0, stream.tell() - 4096))
        return b'"crs"' in head or b'"crs"' in stream.read()


def _read_table(path: Path) -> RawLayer:
    """A table of text: any of `,` `;` tab `|`, UTF-8 with any number of byte-order marks, or Windows-1252."""
    data = path.read_bytes()
    while data.startswith(b"\xef\xbb\xbf"):
        data = data[3:]
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    header = text.partition("\n")[0]
    separator = max(",;\t|", key=header.count)
    try:
        rows = pd.read_csv(io.StringIO(text), sep=separator, dtype=str, keep_default_na=False)
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise InputError(
            f"the table cannot be read: {str(error).strip()}.", "Check its separators and quotes.", file=path
        ) from None
    rows.columns = pd.Index([str(name).strip().strip("\ufeff").strip('"') for name in rows.columns])
    return RawLayer(path.stem, rows, None, None)
