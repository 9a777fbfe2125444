"""What a file really is: its first bytes and its name must agree, and it must be whole.

Formats are recognised, never named by the user. Nothing here follows a reference to another file or address.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import sqlite3
import stat
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from xml.parsers import expat

import psutil

from geodata.errors import InputError
from geodata.ingest.sheets import is_workbook
from geodata.zips import DAMAGED_ZIP

#: Extension -> format.
EXTENSIONS = {
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
    ".xlsx": "xlsx",
}
#: How a format is told where the name says another; what has no zero byte and no mark is plain text.
_TOLD = {
    "csv": "its content is plain text, such as a table or a letter",
    "zip": "its content is a zip archive",
    "xlsx": "its content is an Excel workbook",
    "shapefile": "its content is a shapefile",
    "gpkg": "its content is a GeoPackage",
}
#: An archive that unpacks to more than this, or that grows more than a hundredfold, is refused.
_MAX_UNPACKED = 8 * 1024**3
_MAX_GROWTH = 100
_HEAD = 8192
_SHAPEFILE_PARTS = (".shp", ".dbf", ".shx", ".prj", ".cpg")


def file_format(path: Path) -> str:
    """Format of a file by its first bytes.

    Raises
    ------
    InputError
        When the file is missing, of no known format, named as another one, or cut off.
    """
    if path.is_dir():
        raise InputError("this is a folder, not a file.", "Name the file inside it, or pack it as a zip.", file=path)
    if path.is_symlink() and not path.exists():
        raise InputError("the link leads nowhere.", "Name the file itself.", file=path)
    if path.exists() and not path.is_file():
        raise InputError("this is a device or a pipe, not a file.", "Name an ordinary file.", file=path)
    if not path.is_file():
        raise InputError("there is no such file.", "Check the path.", file=path)
    expected = EXTENSIONS.get(path.suffix.lower())
    if expected is None:
        known = ", ".join(sorted(EXTENSIONS))
        raise InputError(f"files named *{path.suffix} are not read.", f"Known: {known}.", file=path)
    try:
        with path.open("rb") as stream:
            head = stream.read(_HEAD)
    except OSError as error:
        raise unreadable(path, error) from error
    if not head:
        raise InputError("the file is empty.", "Fetch or export it again.", file=path)
    actual = _by_magic(head)
    if actual == "zip" and is_workbook(path):
        actual = "xlsx"
    if actual != expected:
        told = _TOLD.get(actual, f"it is {actual}") if actual else "its content is of no known format"
        raise InputError(
            f"the name says {expected}, but {told}; nothing was read.",
            "Rename it or export it again.",
            file=path,
        )
    if actual == "gpkg":
        stamp = path.stat()
        _check_gpkg(path, head, stamp.st_mtime_ns, stamp.st_size)
    elif actual == "shapefile":
        _check_shapefile(path, head)
    elif head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        stamp = path.stat()
        _check_xml(path, stamp.st_mtime_ns, stamp.st_size)
    return actual


def _by_magic(head: bytes) -> str | None:
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if head.startswith(b"SQLite format 3\x00"):
        return "gpkg" if head[68:72] in (b"GPKG", b"GP10", b"GP11") else "an SQLite database without GeoPackage mark"
    if head.startswith(b"\x00\x00\x27\x0a"):
        return "shapefile"
    if head[:4] in (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+"):
        return "geotiff"
    if head.startswith(b"PK\x03\x04") or head.startswith(b"PK\x05\x06"):
        return "zip"
    if b"OSMHeader" in head[:64]:
        return "osm"
    if text.startswith(b"<"):
        return _xml(text)
    if text.startswith((b"{", b"[")):
        return _json(text)
    return "csv" if head and b"\x00" not in head else None


def _xml(text: bytes) -> str | None:
    """Format by the root element: the only one a GML reader needs, and no reference a driver could follow."""
    if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
        return "XML with a document type, which may point to other files"
    without = re.sub(rb"<\?.*?\?>|<!--.*?-->", b"", text, flags=re.DOTALL).lstrip()
    root = re.match(rb"<(?:[\w.-]+:)?([\w.-]+)", without)
    name = root.group(1).decode() if root else ""
    if name in ("VRTDataset", "OGRVRTDataSource"):
        return "a virtual file (VRT) that points to other files"
    if name == "osm":
        return "osm"
    return "gml" if name.endswith("FeatureCollection") else f"XML of another kind ({name or 'no element'})"


def _json(text: bytes) -> str | None:
    if re.search(rb'"type"\s*:\s*"Topology"', text):
        return "TopoJSON, which is not read"
    if re.search(rb'"type"\s*:\s*"Feature', text):
        return "geojson"
    return "JSON without features"


@lru_cache(maxsize=16)
def _check_gpkg(path: Path, head: bytes, changed: int, size: int) -> None:
    """Refuse a GeoPackage that is cut off or damaged: GDAL would give the rows it can reach and no error.

    One load asks several times; an unchanged file is checked once.
    """
    page = int.from_bytes(head[16:18], "big")
    page = 65536 if page == 1 else page
    # The page count in the header counts only when written by the version that wrote last.
    pages = int.from_bytes(head[28:32], "big") if head[24:28] == head[92:96] else 0
    if size < page * pages:
        raise damaged(path, f"{size} of {page * pages} bytes are there")
    try:
        connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)
        try:
            found = connection.execute("PRAGMA quick_check(1)").fetchone()
        finally:
            connection.close()
    except sqlite3.DatabaseError as error:
        raise damaged(path, str(error)) from None
    if found is None or found[0] != "ok":
        raise damaged(path, "the database inside is damaged")


@lru_cache(maxsize=16)
def _check_xml(path: Path, changed: int, size: int) -> None:
    """Refuse XML that is cut off, or that holds a document type anywhere: GDAL would give the rows before the damage.

    Nothing is kept of it and nothing it names is followed.
    """

    def refuse(*_: object) -> None:
        raise InputError(
            "it holds a document type, which may point to other files; nothing was read.", "Export it again.", file=path
        )

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    try:
        with path.open("rb") as stream:
            parser.ParseFile(stream)
    except expat.ExpatError as error:
        raise damaged(path, str(error)) from None


def _check_shapefile(path: Path, head: bytes) -> None:
    """Refuse a shapefile that is cut off or lies alone."""
    wanted = 2 * int.from_bytes(head[24:28], "big")
    if path.stat().st_size < wanted:
        raise damaged(path, f"{path.stat().st_size} of {wanted} bytes are there")
    if not path.with_suffix(".shx").exists():
        raise InputError("its index (.shx) is not beside it.", "Keep .shp, .shx, .dbf and .prj together.", file=path)


def damaged(path: Path, reason: str) -> InputError:
    """The error of a file that is cut off or broken."""
    return InputError(
        f"the file is damaged or cut off ({reason}); nothing was loaded.",
        "Fetch or export it again.",
        file=path,
    )


def unreadable(path: Path, error: OSError) -> InputError:
    """The error of a file that the system does not hand out."""
    return InputError(
        f"the file cannot be read ({error.strerror or type(error).__name__}); nothing was loaded.",
        "Check that it is still there, its permissions and the disk.",
        file=path,
    )


@contextmanager
def own_folder() -> Iterator[Path]:
    """A temporary folder; those of processes that were killed are cleared away on the way."""
    prefix = "standplaats-ingest-"
    for left in Path(tempfile.gettempdir()).glob(f"{prefix}*"):
        owner = left.name.removeprefix(prefix).partition("-")[0]
        if owner.isdigit() and not psutil.pid_exists(int(owner)):
            shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=f"{prefix}{os.getpid()}-") as folder:
        yield Path(folder)


def unpack(path: Path, folder: Path) -> list[Path]:
    """The readable file of an archive, or all shapefiles and tables of one, unpacked into a folder.

    Raises
    ------
    InputError
        When the archive is damaged, too large, leaves its folder, or holds no or several readable files.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            _check_members(path, archive, folder)
            archive.extractall(folder)
    except DAMAGED_ZIP as error:
        raise damaged(path, str(error).splitlines()[0] if str(error) else "no reason given") from None
    files = sorted(one for one in folder.rglob("*") if one.is_file())
    stops = [one for one in files if one.name == "stops.txt"]
    if len(stops) == 1:
        return stops
    readable = [one for one in files if EXTENSIONS.get(one.suffix.lower()) in ("gpkg", "shapefile", "geojson", "gml")]
    if len(readable) == 1:
        return readable
    if readable and all(one.suffix.lower() == ".shp" for one in readable):
        tables = [one for one in files if one.suffix.lower() == ".dbf" and not one.with_suffix(".shp").exists()]
        return readable + tables
    names = ", ".join(one.name for one in readable[:6]) or "none"
    raise InputError(
        f"the archive holds {len(readable)} readable files ({names}), not one.",
        "Unpack it and name one.",
        file=path,
    )


def _check_members(path: Path, archive: zipfile.ZipFile, folder: Path) -> None:
    members = archive.infolist()
    unpacked = sum(one.file_size for one in members)
    if unpacked > _MAX_UNPACKED or unpacked > _MAX_GROWTH * max(path.stat().st_size, 1 << 20):
        raise InputError(
            f"the archive unpacks to {unpacked / 1e9:.1f} GB, which is out of proportion.",
            "Unpack it by hand if you trust it.",
            file=path,
        )
    for one in members:
        target = (folder / one.filename).resolve()
        link = stat.S_ISLNK(one.external_attr >> 16)
        if link or not target.is_relative_to(folder.resolve()):
            raise InputError(
                "the archive writes outside its folder; nothing was unpacked.", "Do not use it.", file=path
            )


def checksum(paths: Iterable[Path]) -> str:
    """sha256 over files, with all parts of a shapefile."""
    digest = hashlib.sha256()
    for path in paths:
        parts = [path]
        if path.suffix.lower() == ".shp":
            parts = [one for one in (path.with_suffix(suffix) for suffix in _SHAPEFILE_PARTS) if one.exists()]
        for part in parts:
            with part.open("rb") as stream:
                while chunk := stream.read(1 << 20):
                    digest.update(chunk)
    return digest.hexdigest()
