"""Downloaded files: whole, of the kind their name says, and named so that the ingestion knows them."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from urllib.parse import unquote, urlsplit

from geodata.sources.clients.common import TruncatedError, WrongContentError
from geodata.sources.clients.content import head_of, parse_xml, read_json, refuse_page, safe_parser
from geodata.zips import DAMAGED_ZIP

#: Endings a downloaded file may have.
ENDINGS = (".osm.pbf", ".pbf", ".zip", ".gpkg", ".geojson", ".json", ".gml", ".xml", ".csv", ".txt", ".tif", ".xlsx")

#: An archive is refused that unpacks to more than this, bytes, and grows more than so many times.
LEAST_SUSPECT = 1 << 30
MOST_GROWTH = 200


def checked_name(path: Path, headers: dict[str, str], url: str) -> str:
    """Name of a finished download, after a look at whether it is whole.

    Raises
    ------
    WrongContentError
        When it is a web page, or its content is of another kind than its name.
    TruncatedError
        When it breaks off.
    """
    name = _told_name(headers, url)
    head = refuse_page(path, "a file")
    kind = _kind(head)
    ending = ending_of(name)
    if ending is None:
        ending = {"zip": ".zip", "pbf": ".osm.pbf", "tiff": ".tif", "sqlite": ".gpkg", "json": ".geojson"}.get(
            kind, ".gml" if kind == "xml" else ".csv"
        )
        name += ending
    expected = {".pbf": "pbf", ".osm.pbf": "pbf", ".zip": "zip", ".xlsx": "zip", ".gpkg": "sqlite", ".tif": "tiff"}
    expected |= {".geojson": "json", ".json": "json", ".gml": "xml", ".xml": "xml"}
    if ending in expected and kind != expected[ending]:
        raise WrongContentError(f"{name} holds something else ({kind or 'nothing that is known'}).")
    _check_whole(path, kind)
    return name


def ending_of(name: str) -> str | None:
    """The ending of a file's name, when it is one that is read."""
    return next((ending for ending in ENDINGS if name.lower().endswith(ending)), None)


def _told_name(headers: dict[str, str], url: str) -> str:
    given = re.search(r'filename="?([^";]+)"?', headers.get("content-disposition", ""))
    if given and ending_of(given.group(1)):
        return Path(given.group(1)).name
    parts = [unquote(part) for part in urlsplit(url).path.split("/") if part]
    name = parts[-1] if parts else "file"
    # `…/exports/geojson` names the format where others name the file.
    if len(parts) > 1 and f".{name.lower()}" in ENDINGS:
        return f"{parts[-3] if len(parts) > 2 and parts[-2] == 'exports' else parts[-2]}.{name.lower()}"
    return name


def _kind(head: bytes) -> str:
    if head[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        return "zip"
    if head.startswith(b"SQLite format 3\x00"):
        return "sqlite"
    if head[:4] in (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+"):
        return "tiff"
    if b"OSMHeader" in head[:64]:
        return "pbf"
    if head.startswith((b"{", b"[")):
        return "json"
    return "xml" if head.startswith(b"<") else ""


def _check_whole(path: Path, kind: str) -> None:
    if kind == "zip":
        _check_zip(path)
    elif kind == "json":
        read_json(path)
    elif kind == "xml":
        parse_xml(safe_parser(), path)
    elif kind == "sqlite":
        _check_sqlite(path)
    elif kind == "pbf":
        _check_pbf(path)


def _check_zip(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(one.file_size for one in archive.infolist())
            if unpacked > max(LEAST_SUSPECT, MOST_GROWTH * path.stat().st_size):
                raise WrongContentError(f"the archive unpacks to {unpacked / 1e9:.0f} GB, which is out of proportion.")
            broken = archive.testzip()
    except DAMAGED_ZIP as error:
        raise TruncatedError(f"the archive is damaged or breaks off ({error}).") from None
    if broken is not None:
        raise TruncatedError(f"{broken} in the archive is damaged.")


def _check_sqlite(path: Path) -> None:
    head = head_of(path)
    page = int.from_bytes(head[16:18], "big")
    wanted = (65536 if page == 1 else page) * int.from_bytes(head[28:32], "big")
    # The page count holds only when the version that wrote last wrote it.
    if head[24:28] == head[92:96] and path.stat().st_size < wanted:
        raise TruncatedError(f"{path.stat().st_size} of {wanted} bytes of the database are there.")


def _check_pbf(path: Path) -> None:
    """Step over the blocks: each begins with the length of its header, which tells the length of its body."""
    size = path.stat().st_size
    with path.open("rb") as stream:
        at = 0
        while at < size:
            stream.seek(at)
            length = int.from_bytes(stream.read(4), "big")
            header = stream.read(length) if 0 < length <= 65536 else b""
            body = _datasize(header)
            if len(header) != length or body is None:
                raise TruncatedError("the OpenStreetMap file breaks off or is damaged.")
            at += 4 + length + body
    if at != size:
        raise TruncatedError("the OpenStreetMap file breaks off.")


def _datasize(header: bytes) -> int | None:
    """Field 3 (`datasize`) of a block header, a small protocol-buffer message."""
    at = 0
    while at < len(header):
        tag, at = _varint(header, at)
        if tag >> 3 == 3 and tag & 7 == 0:
            return _varint(header, at)[0]
        if tag & 7 == 2:
            length, at = _varint(header, at)
            at += length
        elif tag & 7 == 0:
            at = _varint(header, at)[1]
        else:
            return None
    return None


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(data):
        value |= (data[at] & 0x7F) << shift
        at += 1
        if data[at - 1] < 0x80:
            break
        shift += 7
    return value, at
