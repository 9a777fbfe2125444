"""Terrain heights: a GeoTIFF cut into blocks of 256 x 256 cells for the database."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from rasterio.errors import RasterioIOError
from rasterio.windows import Window

from geodata.errors import InputError
from geodata.ingest.crs import EXTENTS, STORAGE, short_name
from geodata.ingest.sandbox import ask

BLOCK = 256
#: Columns of a block, in the order of its values.
BLOCK_COLUMNS = ("origin_x", "origin_y", "cell_m", "width", "height", "heights")


@dataclass(frozen=True)
class Terrain:
    """A raster of heights, cut: rows ready for `dem_tile`, and what was declared of its CRS."""

    blocks: list[tuple[float, float, float, int, int, bytes]]
    cells: int
    known: int
    crs_declared: str | None
    crs_how: str


def read_terrain(path: Path, forced_crs: str | None) -> Terrain:
    """`cut_terrain`, done by the reader process."""
    blocks: list[Any] = []
    head = ask(
        path, "terrain", lambda batch: blocks.extend(zip(*batch.to_pydict().values(), strict=True)), crs=forced_crs
    )
    return Terrain(blocks, head["cells"], head["known"], head["declared"], head["how"])


def cut_terrain(path: Path, forced_crs: str | None) -> Terrain:
    """Blocks of a height raster: west, north, cell (metres), columns, rows, packed float32.

    Blocks without any height are left out.

    Raises
    ------
    InputError
        When the raster is damaged, turned, has several bands, or is not in EPSG:31370.
    """
    try:
        with rasterio.open(path, driver="GTiff") as raster:
            declared = short_name(raster.crs.to_wkt()) if raster.crs else None
            how = _check(raster, declared, forced_crs, path)
            return Terrain(*_cut(raster), declared, how)
    except RasterioIOError as error:
        raise InputError(
            f"the raster is damaged or cut off ({str(error).splitlines()[0]}); nothing was loaded.",
            "Fetch it again.",
            file=path,
        ) from None


def _check(raster: Any, declared: str | None, forced: str | None, path: Path) -> str:
    step = raster.transform
    if raster.count != 1 or step.b or step.d or step.a <= 0 or abs(step.a + step.e) > 1e-6 * step.a:
        raise InputError("a height model has one band of square cells, north up.", "Convert it first.", file=path)
    box, (west, south, east, north) = raster.bounds, EXTENTS[STORAGE]
    inside = box.left < east and box.right > west and box.bottom < north and box.top > south
    if forced not in (None, STORAGE) or not inside or (declared not in (None, STORAGE) and forced is None):
        raise InputError(
            f"heights are read in {STORAGE} only; this raster is in {declared or 'an unknown CRS'}.",
            "Reproject it, for example with gdalwarp -t_srs EPSG:31370.",
            file=path,
        )
    if declared is None:
        return "detected by extent: none was declared"
    return "declared"


def _cut(raster: Any) -> tuple[list[tuple[float, float, float, int, int, bytes]], int, int]:
    blocks, known = [], 0
    cell, west, north = float(raster.transform.a), raster.bounds.left, raster.bounds.top
    for row in range(0, raster.height, BLOCK):
        for column in range(0, raster.width, BLOCK):
            width, height = min(BLOCK, raster.width - column), min(BLOCK, raster.height - row)
            heights = raster.read(1, window=Window(column, row, width, height), masked=True)
            values = np.ma.filled(heights.astype(np.float32), np.nan)
            here = int(np.isfinite(values).sum())
            if here:
                known += here
                packed = zlib.compress(np.ascontiguousarray(values).tobytes(), 4)
                blocks.append((west + column * cell, north - row * cell, cell, width, height, packed))
    return blocks, raster.width * raster.height, known
