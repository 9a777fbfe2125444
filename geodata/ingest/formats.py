"""Open a file: its first bytes and its extension must agree, then one driver reads it.

Formats are recognised, never named by the user. Nothing here follows a reference to another file or address.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyogrio
import shapely

from geodata.errors import InputError
from geodata.measure.inputs import GeometryArray

#: Extension -> format.
_EXTENSIONS = {
    ".gpkg": "gpkg",
    ".shp": "shapefile",
    ".geojson": "geojson",
    ".json": "geojson",
    ".gml": "gml",
    ".xml": "gml",
    ".csv": "csv",
    ".txt": "csv",
    ".tif": "geotiff",
    ".tiff": "geotiff",
    ".pbf": "osm",
    ".osm": "osm",
    ".zip": "zip",
}
_DRIVER = {"gpkg": "GPKG", "shapefile": "ESRI Shapefile", "geojson": "GeoJSON", "gml": "GML", "osm": "OSM"}
#: An archive that unpacks to more than this is refused.
_MAX_UNPACKED = 8 * 1024**3


@dataclass(frozen=True)
class RawLayer:
    """One layer as read.

    Attributes
    ----------
    name : name of the layer, or of the file.
    rows : attributes, one row per feature, shape (n, fields).
    geometry : shapes, shape (n,), None where a row has none; None when the layer has no geometry at all.
    crs : CRS the file declares, None when it declares none.
    unreadable : rows the driver could not read.
    """

    name: str
    rows: pd.DataFrame
    geometry: GeometryArray | None
    crs: str | None
    unreadable: int = 0
    notes: list[str] = field(default_factory=list)


def file_format(path: Path) -> str:
    """Format of a file by its first bytes.

    Raises
    ------
    InputError
        When the file is missing, of no known format, or named as another one.
    """
    if not path.is_file():
        raise InputError("there is no such file.", "Check the path.", file=path)
    expected = _EXTENSIONS.get(path.suffix.lower())
    if expected is None:
        known = ", ".join(sorted(_EXTENSIONS))
        raise InputError(f"files named *{path.suffix} are not read.", f"Known: {known}.", file=path)
    with path.open("rb") as stream:
        head = stream.read(8192)
    actual = _by_magic(head)
    if actual != expected:
        told = f"it is {actual}" if actual else "its content is of no known format"
        raise InputError(
            f"the name says {expected}, but {told}; nothing was read.", "Rename it or export it again.", file=path
        )
    return actual


def _by_magic(head: bytes) -> str | None:
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if head.startswith(b"SQLite format 3\x00"):
        return "gpkg" if head[68:72] in (b"GPKG", b"GP10", b"GP11") else "sqlite"
    if head.startswith(b"\x00\x00\x27\x0a"):
        return "shapefile"
    if head[:4] in (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+"):
        return "geotiff"
    if head.startswith(b"PK\x03\x04"):
        return "zip"
    if b"OSMHeader" in head[:64] or b"<osm " in text[:512]:
        return "osm"
    if text.startswith(b"<"):
        return _xml(text)
    if text.startswith((b"{", b"[")):
        return "geojson" if b'"' in text else None
    return "csv" if head and b"\x00" not in head else None


def _xml(text: bytes) -> str | None:
    if b"VRTDataset" in text or b"OGRVRT" in text:
        return "a virtual file (VRT) that points to other files"
    return "gml" if b"gml" in text.lower() or b"FeatureCollection" in text else None


def unpack(path: Path, folder: Path) -> Path:
    """The one readable file of an archive, unpacked into a folder.

    Raises
    ------
    InputError
        When the archive is damaged, too large, leaves its folder, or holds no or several readable files.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = [one for one in archive.infolist() if not one.is_dir()]
            if sum(one.file_size for one in members) > _MAX_UNPACKED:
                raise InputError("the archive unpacks to more than 8 GB.", "Unpack it by hand.", file=path)
            for one in members:
                target = (folder / one.filename).resolve()
                if not target.is_relative_to(folder.resolve()):
                    raise InputError("the archive writes outside its folder.", "Do not use it.", file=path)
            archive.extractall(folder)
    except zipfile.BadZipFile:
        raise InputError("the archive is damaged.", "Fetch it again.", file=path) from None
    stops = list(folder.rglob("stops.txt"))
    readable = stops or [
        one for one in folder.rglob("*") if _EXTENSIONS.get(one.suffix.lower()) in ("gpkg", "shapefile", "geojson", "gml")
    ]
    if len(readable) != 1:
        names = ", ".join(sorted(one.name for one in readable)[:6]) or "none"
        raise InputError(
            f"the archive holds {len(readable)} readable files ({names}), not one.", "Unpack it and name one.", file=path
        )
    return readable[0]


def read_layers(path: Path, layer: str | None = None) -> list[RawLayer]:
    """All layers of a vector file or table, or the one named.

    Raises
    ------
    InputError
        When the file is damaged or has no such layer.
    """
    kind = file_format(path)
    if kind == "csv":
        return [_read_table(path)]
    source = f"{path}"
    options: dict[str, Any] = {"WRITE_GFS": "NO"} if kind == "gml" else {}
    try:
        names = [str(name) for name, _ in pyogrio.list_layers(source)]
    except pyogrio.errors.DataSourceError as error:
        raise _damaged(path, error) from None
    if layer is not None:
        if layer not in names:
            raise InputError(f"there is no layer {layer}.", f"Layers: {', '.join(names)}.", file=path)
        names = [layer]
    found = []
    for name in names:
        try:
            found.append(_read_layer(path, kind, name, options))
        except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, pyogrio.errors.FeatureError) as error:
            raise _damaged(path, error) from None
    return found


def _damaged(path: Path, error: Exception) -> InputError:
    reason = str(error).splitlines()[0] if str(error) else "no reason given"
    return InputError(
        f"the file is damaged or cut off ({reason}); nothing was loaded.", "Fetch or export it again.", file=path
    )


def _read_layer(path: Path, kind: str, name: str, options: dict[str, Any]) -> RawLayer:
    meta, _, wkb, columns = pyogrio.raw.read(f"{path}", layer=name, force_2d=True, **options)
    info_driver = pyogrio.read_info(f"{path}", layer=name, **options)["driver"]
    if info_driver != _DRIVER[kind]:
        raise InputError(f"the file opens as {info_driver}, not as {_DRIVER[kind]}.", file=path)
    rows = pd.DataFrame({field: values for field, values in zip(meta["fields"], columns, strict=True)})
    geometry = None
    unreadable = 0
    if wkb is not None:
        geometry = shapely.from_wkb(wkb, on_invalid="ignore")
        unreadable = int(sum(one is not None for one in wkb) - np.sum(~shapely.is_missing(geometry)))
        if not len(rows.columns):
            rows = pd.DataFrame(index=range(len(geometry)))
    elif not len(rows.columns):
        rows = pd.DataFrame(index=range(0))
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


def checksum_parts(path: Path) -> list[Path]:
    """The files that make up a source: a shapefile is several."""
    if path.suffix.lower() != ".shp":
        return [path]
    parts = [path.with_suffix(suffix) for suffix in (".shp", ".dbf", ".shx", ".prj", ".cpg")]
    return [one for one in parts if one.exists()]

