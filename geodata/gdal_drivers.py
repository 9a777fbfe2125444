"""Keep every GDAL vector driver the program does not need switched off.

A file is data from outside: a driver that follows references to other files or to the network (VRT, WFS, HTTP,
GDALG) must never see it. GDAL reads the list once, when it is loaded; rasters are opened with their driver named.
"""

from __future__ import annotations

import os
import sys
import warnings
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

#: The vector reader.
_READER = "pyogrio"
#: Drivers in use; everything else is switched off.
ALLOWED = ("DXF", "ESRI Shapefile", "GML", "GPKG", "GeoJSON", "MEM", "OSM")

_SWITCHED_OFF = (
    "ADBC,AIVector,AVCBin,AVCE00,AmigoCloud,CSV,CSW,Carto,DGN,EDIGEO,EEDA,ESRIJSON,Elasticsearch,FlatGeobuf,"
    "GDALG,GPSBabel,GPX,GTFS,GeoJSONSeq,GeoRSS,HTTP,Idrisi,JML,JSONFG,KML,LIBKML,LVBAG,MBTiles,MVT,MapInfo File,"
    "MapML,MiraMonVector,NGW,OAPIF,ODS,OGCAPI,OGR_GMT,OGR_PDS,OGR_VRT,OpenFileGDB,PCIDSK,PDF,PDS4,PGDUMP,PLSCENES,"
    "PMTiles,S57,SQLite,SXF,Selafin,TopoJSON,VDV,VFK,VICAR,WAsP,WFS,XLSX"
)


def restrict() -> None:
    """See to it that the vector reader loads with these drivers only, and without network, whoever loads it first.

    Called when `geodata` is imported; the reader itself is loaded when it is needed.
    """
    os.environ["PROJ_NETWORK"] = "OFF"
    os.environ["CPL_VSIL_CURL_ALLOWED_EXTENSIONS"] = ".none"
    os.environ.pop("GDAL_DRIVER_PATH", None)
    # The national grid is not at hand and never fetched: the accuracy of what is used is kept with each dataset.
    warnings.filterwarnings("ignore", message="Best transformation is not available", category=UserWarning)
    if not any(isinstance(one, _Finder) for one in sys.meta_path):
        sys.meta_path.insert(0, _Finder())


class _Finder(MetaPathFinder):
    """Finds the reader as everybody else would, and has it loaded by `_Loader`."""

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        if fullname != _READER:
            return None
        others = (one for one in sys.meta_path if one is not self)
        found = (one.find_spec(fullname, path, target) for one in others)
        spec = next((one for one in found if one is not None), None)
        if spec is not None and spec.loader is not None:
            spec.loader = _Loader(spec.loader)
        return spec


class _Loader(Loader):
    """Loads a module while the list of drivers stands in the environment: loading it is what applies the list."""

    def __init__(self, inner: Loader) -> None:
        self._inner = inner

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._inner.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        os.environ["GDAL_SKIP"] = _SWITCHED_OFF
        try:
            self._inner.exec_module(module)
        finally:
            # Other libraries carry a GDAL of their own, with other drivers.
            del os.environ["GDAL_SKIP"]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)
