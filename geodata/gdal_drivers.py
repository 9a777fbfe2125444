"""Keep every GDAL vector driver the program does not need switched off.

A file is data from outside: a driver that follows references to other files or to the network (VRT, WFS, HTTP,
GDALG) must never see it. GDAL reads the list once, when it is loaded; rasters are opened with their driver named.
"""

from __future__ import annotations

import importlib
import os
import warnings

#: Drivers in use; everything else is switched off.
ALLOWED = ("DXF", "ESRI Shapefile", "GML", "GPKG", "GeoJSON", "MEM", "OSM")

_SWITCHED_OFF = (
    "ADBC,AIVector,AVCBin,AVCE00,AmigoCloud,CSV,CSW,Carto,DGN,EDIGEO,EEDA,ESRIJSON,Elasticsearch,FlatGeobuf,"
    "GDALG,GPSBabel,GPX,GTFS,GeoJSONSeq,GeoRSS,HTTP,Idrisi,JML,JSONFG,KML,LIBKML,LVBAG,MBTiles,MVT,MapInfo File,"
    "MapML,MiraMonVector,NGW,OAPIF,ODS,OGCAPI,OGR_GMT,OGR_PDS,OGR_VRT,OpenFileGDB,PCIDSK,PDF,PDS4,PGDUMP,PLSCENES,"
    "PMTiles,S57,SQLite,SXF,Selafin,TopoJSON,VDV,VFK,VICAR,WAsP,WFS,XLSX"
)


def restrict() -> None:
    """Load the vector reader with these drivers only, and without network; called when `geodata` is imported."""
    os.environ["PROJ_NETWORK"] = "OFF"
    os.environ["CPL_VSIL_CURL_ALLOWED_EXTENSIONS"] = ".none"
    os.environ.pop("GDAL_DRIVER_PATH", None)
    os.environ["GDAL_SKIP"] = _SWITCHED_OFF
    try:
        importlib.import_module("pyogrio")  # loading it is what applies the list
    finally:
        # Other libraries carry a GDAL of their own, with other drivers.
        del os.environ["GDAL_SKIP"]
    # The national grid is not at hand and never fetched: the accuracy of what is used is kept with each dataset.
    warnings.filterwarnings("ignore", message="Best transformation is not available", category=UserWarning)
