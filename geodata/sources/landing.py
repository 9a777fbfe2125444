"""The raw files of one answer as one file that the ingestion reads, under a name that does not change.

Contract: several files of one answer become one dataset version: rows of equal layers are put one after the other,
other layers stand beside them, terrain tiles are laid side by side. An empty answer becomes a file without rows.
"""

from __future__ import annotations

import json
import os
import shutil
import warnings
from collections.abc import Sequence
from pathlib import Path

import geopandas
import pandas as pd
import pyogrio
import rasterio
from rasterio.errors import RasterioError
from rasterio.merge import merge

from geodata.errors import InputError
from geodata.sources.catalogue import Source
from geodata.sources.records import Good, Records, area_name

_RASTERS = (".tif", ".tiff")
#: A GeoPackage holds the hour it was written; equal rows must give equal bytes.
_NO_HOUR = "2000-01-01T00:00:00Z"


def landing_file(records: Records, source: Source, scope: str, good: Good) -> Path:
    """The answer of a source as one file; its date of change is the date it was fetched.

    Raises
    ------
    InputError
        When a fetched file is gone, has changed, or cannot be joined to the others.
    """
    area = area_name(scope)
    folder = records.folder / "landing" / area
    folder.mkdir(parents=True, exist_ok=True)
    paths = [records.path_of(raw) for raw in good.files]
    # The name is what a newer version replaces where no coverage is declared, so that it names the area, too.
    target = folder / f"{source.id}.{area}{_ending(paths)}"
    # A name is the same whatever the ending was the time before: what is left of that would be a second file.
    for old in folder.glob(f"{source.id}.*"):
        old.unlink()
    beside = folder / f".new{target.suffix}"
    beside.unlink(missing_ok=True)
    if not paths:
        _write_empty(beside)
    elif len(paths) == 1:
        _link(paths[0], beside)
    elif target.suffix in _RASTERS:
        _join_rasters(paths, beside)
    else:
        _join_layers(paths, beside)
    os.utime(beside, (good.fetched.timestamp(), good.fetched.timestamp()))
    os.replace(beside, target)
    return target


def _ending(paths: Sequence[Path]) -> str:
    if not paths:
        return ".geojson"
    endings = {path.suffix.lower() for path in paths}
    if len(paths) == 1:
        return paths[0].suffix.lower()
    return ".tif" if endings <= set(_RASTERS) else ".gpkg"


def _write_empty(target: Path) -> None:
    """A layer without rows: with its declared coverage it says that there is none."""
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::31370"}}
    target.write_text(json.dumps({"type": "FeatureCollection", "crs": crs, "features": []}), encoding="utf-8")


def _link(source: Path, target: Path) -> None:
    """The same bytes under another name; a copy where the disk knows no second name."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def _join_layers(paths: Sequence[Path], target: Path) -> None:
    """All layers of several vector files in one GeoPackage."""
    frames: dict[str, list[geopandas.GeoDataFrame]] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": _NO_HOUR})
        try:
            for path in paths:
                for name, _ in pyogrio.list_layers(path):
                    frame = pyogrio.read_dataframe(path, layer=name, force_2d=True, fid_as_index=False)
                    frames.setdefault(str(name), []).append(frame)
            for name, found in frames.items():
                filled = [one for one in found if len(one)] or found[:1]
                systems = {str(getattr(one, "crs", None)) for one in filled}
                if len(systems) > 1:
                    raise InputError(f"its parts are in several coordinate systems ({', '.join(sorted(systems))}).")
                whole = filled[0] if len(filled) == 1 else pd.concat(filled, ignore_index=True)
                pyogrio.write_dataframe(whole, target, layer=name, driver="GPKG", append=target.exists())
        except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, pyogrio.errors.FeatureError) as error:
            raise InputError(f"its parts cannot be joined ({error}).", "Fetch the source again.") from None
        finally:
            pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})


def _join_rasters(paths: Sequence[Path], target: Path) -> None:
    """Terrain tiles of one grid side by side."""
    opened = []
    try:
        opened = [rasterio.open(path, driver="GTiff") for path in paths]
        heights, transform = merge(opened)
        profile = {**opened[0].profile, "width": heights.shape[2], "height": heights.shape[1], "transform": transform}
        with rasterio.open(target, "w", **profile) as raster:
            raster.write(heights)
    except (RasterioError, ValueError) as error:
        raise InputError(f"its tiles cannot be joined ({error}).", "Fetch the source again.") from None
    finally:
        for one in opened:
            one.close()
