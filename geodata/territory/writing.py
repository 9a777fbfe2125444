"""Write layers in the formats and coordinate systems of the real sources."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import rasterio
import shapely
from numpy.typing import NDArray
from pyproj import Transformer
from rasterio.transform import from_origin

from geodata.ingest.crs import operation_to_storage


def from_storage(crs: str) -> Transformer | None:
    """The very operation ingestion pins, run backwards, so that a demo layer comes back where it was."""
    operation = operation_to_storage(crs)
    return operation.transformer


def in_crs(geometry: Any, crs: str) -> Any:
    """Shapes (EPSG:31370) in another CRS."""
    transformer = from_storage(crs)
    if transformer is None:
        return geometry
    return shapely.transform(
        geometry, lambda xy: np.column_stack(transformer.transform(xy[:, 0], xy[:, 1], direction="INVERSE"))
    )


def write_vector(path: Path, layer: str, columns: Mapping[str, Any], geometry: Any, crs: str, notice: str) -> None:
    """Add one layer to a GeoPackage, marked as fictional in its description.

    Parameters
    ----------
    geometry : shapes in EPSG:31370; they are written in `crs`.
    """
    shapes = in_crs(np.asarray(geometry, dtype=object), crs)
    frame = geopandas.GeoDataFrame(dict(columns), geometry=shapes, crs=crs)
    kind = None
    if not len(frame):
        kind = "MultiPolygon"
    frame.to_file(
        path, layer=layer, driver="GPKG", mode="a" if path.exists() else "w", engine="pyogrio",
        geometry_type=kind, layer_metadata={"description": notice}, layer_options={"DESCRIPTION": notice},
    )  # fmt: skip


def write_attributes(path: Path, layer: str, columns: Mapping[str, Any]) -> None:
    """Add one table without shapes to a GeoPackage."""
    import pandas as pd
    import pyogrio

    pyogrio.write_dataframe(pd.DataFrame(dict(columns)), path, layer=layer, driver="GPKG", append=path.exists())


def write_table(path: Path, rows: Sequence[Mapping[str, Any]], separator: str = ",", marks: int = 0) -> None:
    """Write a table as text, with byte-order marks where the real source has them."""
    text = io.StringIO()
    names = list(rows[0]) if rows else []
    writer = csv.DictWriter(text, names, delimiter=separator, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    path.write_bytes(b"\xef\xbb\xbf" * marks + text.getvalue().encode("utf-8"))


def write_heights(
    path: Path, heights: NDArray[np.float32], west: float, north: float, cell_m: float, notice: str
) -> None:
    """Write a height model as GeoTIFF, EPSG:31370, nodata -9999."""
    values = np.where(np.isnan(heights), -9999.0, heights).astype(np.float32)
    profile = {
        "driver": "GTiff", "width": values.shape[1], "height": values.shape[0], "count": 1, "dtype": "float32",
        "crs": "EPSG:31370", "transform": from_origin(west, north, cell_m, cell_m), "nodata": -9999.0,
        "compress": "deflate", "predictor": 3, "zlevel": 1, "tiled": True,
    }  # fmt: skip
    with rasterio.open(path, "w", **profile) as raster:
        raster.write(values, 1)
        raster.update_tags(DESCRIPTION=notice)


def lon_lat(points: Any) -> NDArray[np.float64]:
    """Longitude and latitude of points (EPSG:31370), shape (n, 2)."""
    places: NDArray[np.float64] = shapely.get_coordinates(in_crs(np.asarray(points, dtype=object), "EPSG:4326"))
    return np.round(places, 7)
