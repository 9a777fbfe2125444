"""WCS 2.0.1: heights of a box in tiles of bounded size, put together into one GeoTIFF.

The answer is a TIFF, or multipart/related with a TIFF in it. Cells without a value stay without one. Fine models
are averaged to 5 m on the way: slopes of land are read from that, and a municipality stays a file of some megabytes.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.errors import RasterioError
from rasterio.io import MemoryFile
from rasterio.transform import from_origin

from geodata.sources.catalogue import Service, Source
from geodata.sources.clients.boxes import STORAGE, box_in, tiles, uri, wkid
from geodata.sources.clients.common import (
    Area,
    Box,
    FetchError,
    Progress,
    ProtocolError,
    TruncatedError,
    WrongContentError,
)
from geodata.sources.clients.content import raise_exception_report, refuse_page
from geodata.sources.clients.results import Result, nothing_came
from geodata.sources.clients.session import Reply, Session

#: Cells of one tile along a side: the service in Flanders gives no more than 2000.
TILE_CELLS = 2_000
#: Cells finer than this are averaged, metres.
MERGED_CELL = 5.0
#: More cells than this are refused: the box is no municipality.
MOST_CELLS = 100_000_000
_NODATA = -9999.0
_OUTSIDE = re.compile(r"InvalidSubsetting|does not intersect|outside", re.IGNORECASE)

Heights = NDArray[np.float32]


def read(source: Source, service: Service, area: Area, session: Session, progress: Progress | None = None) -> Result:
    """Heights of the box as one GeoTIFF.

    Raises
    ------
    FetchError
        A subclass for the cause.
    """
    crs = service.ask_crs or source.native_crs or STORAGE
    native = cell_of(service)
    factor = max(1, math.floor(MERGED_CELL / native + 1e-9))
    cell = native * factor
    box = _snapped(box_in(area.box, crs), cell)
    width, height = round((box[2] - box[0]) / cell), round((box[3] - box[1]) / cell)
    if width * height > MOST_CELLS:
        raise FetchError(f"the box has {width} x {height} cells, which is too many.", url=service.endpoint)
    merged = np.full((height, width), np.nan, dtype=np.float32)
    side = max(cell, TILE_CELLS * native // cell * cell)
    asked = list(tiles(box, side))
    replies: list[Reply] = []
    for number, tile in enumerate(asked, 1):
        got = _tile(source, service, session, crs, tile, native)
        if got is not None:
            replies.append(got[0])
            _place(merged, _averaged(got[1], factor), box, tile, cell)
        if progress is not None:
            progress(number, len(asked), "tiles")
    known = int(np.isfinite(merged).sum())
    if not replies or not known:
        return nothing_came()
    payload = session.keep_merged(
        f"{source.id}.{service.layer}.tif",
        lambda path: _write(path, merged, box, cell, crs),
        replies,
        media_type="image/tiff",
        features=None,
    )
    averaged = f", averaged from {native:g} m" if factor > 1 else ""
    return Result((payload,), None, (f"{known} of {width * height} cells of {cell:g} m have a height{averaged}",))


def cell_of(service: Service) -> float:
    """Side of a native cell in metres, as the coverage's name says it (`DHMVII_DTM_1m`); 1 where it does not."""
    found = re.search(r"_(\d+(?:\.\d+)?)m$", service.layer or "", re.IGNORECASE)
    return float(found.group(1)) if found else 1.0


def tiff_part(body: bytes, content_type: str) -> bytes:
    """The TIFF of an answer, out of its parts where it has several.

    Raises
    ------
    TruncatedError
        When the last part is not closed.
    WrongContentError
        When no part is a TIFF.
    """
    if _is_tiff(body):
        return body
    named = re.search(r'boundary="?([^";]+)"?', content_type)
    first = re.match(rb"\s*--([^\r\n]+)\r?\n", body)
    if not named and not first:
        raise WrongContentError(f"the answer is no raster; it begins with {body[:40]!r}.")
    boundary = named.group(1).encode() if named else first.group(1) if first else b""
    mark = rb"(?:^|\r?\n)--" + re.escape(boundary)
    if re.search(mark + rb"--[ \t]*(?:\r?\n|$)", body) is None:
        raise TruncatedError("the last part of the answer is not closed.")
    for part in re.split(mark + rb"(?:--)?[ \t]*(?:\r?\n|$)", body):
        content = re.split(rb"\r?\n\r?\n", part, maxsplit=1)
        if len(content) == 2 and _is_tiff(content[1]):
            return content[1]
    raise WrongContentError("no part of the answer is a TIFF.")


def _is_tiff(body: bytes) -> bool:
    return body[:4] in (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")


def _tile(
    source: Source, service: Service, session: Session, crs: str, tile: Box, native: float
) -> tuple[Reply, Heights] | None:
    """Heights of one tile, None where the coverage does not reach."""
    left, bottom, right, top = tile
    params: list[tuple[str, str | int | float]] = [
        ("service", "WCS"),
        ("version", "2.0.1"),
        ("request", "GetCoverage"),
        ("coverageId", service.layer or ""),
        ("format", "image/tiff"),
        ("subset", f"x({left:.3f},{right:.3f})"),
        ("subset", f"y({bottom:.3f},{top:.3f})"),
        ("subsettingCrs", uri(crs)),
    ]

    def read_heights(path: Path, headers: dict[str, str]) -> Heights:
        head = refuse_page(path, "a raster")
        if head.startswith(b"<"):
            raise_exception_report(path, "a raster")
        return _heights(tiff_part(path.read_bytes(), headers.get("content-type", "")), tile, crs, native)

    try:
        return session.ask(service.endpoint, params, read=read_heights, name=f"{source.id}.tile")
    except FetchError as error:
        if _OUTSIDE.search(error.message + getattr(error, "detail", "")):
            return None
        raise


def _heights(tiff: bytes, tile: Box, crs: str, native: float) -> Heights:
    """The cells of a tile on its own grid; NaN where there is no height.

    Raises
    ------
    TruncatedError
        When cells cannot be read.
    ProtocolError
        When the raster is of another place, size of cell or system than was asked.
    """
    left, bottom, right, top = tile
    rows, columns = round((top - bottom) / native), round((right - left) / native)
    found: Heights = np.full((rows, columns), np.nan, dtype=np.float32)
    with _opened(tiff) as raster:
        step = raster.transform
        if raster.crs is not None and raster.crs.to_epsg() not in (None, wkid(crs)):
            raise ProtocolError(f"the raster came in {raster.crs}, not in {crs}.")
        if step.b or step.d or abs(step.a - native) > 1e-3 * native or abs(step.e + native) > 1e-3 * native:
            raise ProtocolError(f"the raster has cells of {step.a:g} x {-step.e:g}, not of {native:g} m.")
        row, column = round((top - step.f) / native), round((step.c - left) / native)
        try:
            band = raster.read(1, masked=True)
        except RasterioError as error:
            raise TruncatedError(f"the raster breaks off ({error}).") from None
    values = np.ma.filled(band.astype(np.float32), np.nan)
    values[values <= _NODATA] = np.nan
    _paste(found, values, row, column)
    return found


@contextmanager
def _opened(tiff: bytes) -> Iterator[Any]:
    try:
        with MemoryFile(tiff) as memory, memory.open(driver="GTiff") as raster:
            yield raster
    except RasterioError as error:
        raise TruncatedError(f"the raster is damaged or breaks off ({error}).") from None


def _paste(target: Heights, values: Heights, row: int, column: int) -> None:
    """Lay values over a target where they meet."""
    top, left = max(0, row), max(0, column)
    bottom, right = min(target.shape[0], row + values.shape[0]), min(target.shape[1], column + values.shape[1])
    if bottom > top and right > left:
        target[top:bottom, left:right] = values[top - row : bottom - row, left - column : right - column]


def _averaged(values: Heights, factor: int) -> Heights:
    """Means of blocks of cells; a block has a height when at least half of its cells have one."""
    if factor == 1:
        return values
    rows, columns = values.shape[0] // factor, values.shape[1] // factor
    blocks = values[: rows * factor, : columns * factor].reshape(rows, factor, columns, factor)
    known = np.isfinite(blocks).sum(axis=(1, 3))
    total = np.nansum(blocks.astype(np.float64), axis=(1, 3))
    enough = known * 2 >= factor * factor
    return np.where(enough, total / np.maximum(known, 1), np.nan).astype(np.float32)


def _place(merged: Heights, values: Heights, box: Box, tile: Box, cell: float) -> None:
    _paste(merged, values, round((box[3] - tile[3]) / cell), round((tile[0] - box[0]) / cell))


def _snapped(box: Box, cell: float) -> Box:
    """The box on whole multiples of the cell, never smaller."""
    left, bottom, right, top = box
    return (
        math.floor(left / cell) * cell,
        math.floor(bottom / cell) * cell,
        math.ceil(right / cell) * cell,
        math.ceil(top / cell) * cell,
    )


def _write(path: Path, merged: Heights, box: Box, cell: float, crs: str) -> None:
    profile = {
        "driver": "GTiff",
        "width": merged.shape[1],
        "height": merged.shape[0],
        "count": 1,
        "dtype": "float32",
        "crs": crs,
        "transform": from_origin(box[0], box[3], cell, cell),
        "nodata": _NODATA,
        "compress": "deflate",
        "tiled": True,
        "blockxsize": 256,
        "blockysize": 256,
    }
    with rasterio.open(path, "w", **profile) as raster:
        raster.write(np.where(np.isfinite(merged), merged, np.float32(_NODATA)), 1)
