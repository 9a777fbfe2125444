"""Mean slope of parcels from a height grid, weighted by the exact share of each cell."""

from __future__ import annotations

import geopandas
import numpy as np
from exactextract import exact_extract
from exactextract.raster import NumPyRasterSource
from numpy.typing import NDArray
from pyproj import CRS

from geodata.measure.inputs import GeometryArray, HeightGrid
from geodata.measure.table import FloatArray

_LAMBERT_72 = CRS.from_epsg(31370).to_wkt()
#: At least this share of a parcel must have heights, else its slope is unknown.
_MIN_KNOWN = 0.95


def slope_degrees(grid: HeightGrid) -> NDArray[np.float32]:
    """Slope per cell in degrees from central differences; NaN beside cells without data."""
    down, right = np.gradient(grid.heights.astype(np.float64), grid.cell_m)
    degrees: NDArray[np.float32] = np.degrees(np.arctan(np.hypot(down, right))).astype(np.float32)
    return degrees


def mean_slope(parcels: GeometryArray, grid: HeightGrid | None) -> FloatArray:
    """Mean slope in degrees per parcel, shape (n,); NaN where heights are missing.

    Parameters
    ----------
    parcels : polygons, EPSG:31370.
    grid : terrain, or None when none is loaded.
    """
    out = np.full(len(parcels), np.nan)
    if grid is None or not len(parcels) or min(grid.heights.shape) < 2:
        return out
    slope = slope_degrees(grid)
    rows, columns = slope.shape
    east, south = grid.west + columns * grid.cell_m, grid.north - rows * grid.cell_m
    raster = NumPyRasterSource(slope, grid.west, south, east, grid.north, nodata=np.nan, srs_wkt=_LAMBERT_72)
    frame = geopandas.GeoDataFrame({"row": np.arange(len(parcels))}, geometry=parcels, crs=_LAMBERT_72)
    found = exact_extract(
        raster, frame, ["mean", "count"], include_cols=["row"], output="pandas", strategy="raster-sequential"
    )
    known = found["count"].to_numpy() * grid.cell_m**2 / frame.area.to_numpy()[found["row"].to_numpy()]
    mean = found["mean"].to_numpy(dtype=float)
    out[found["row"].to_numpy()] = np.where(known >= _MIN_KNOWN, mean, np.nan)
    return out
