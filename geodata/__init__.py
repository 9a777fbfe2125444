"""Ground floor: what lies where (database, sources, ingestion, layers, measurement)."""

from geodata import gdal_drivers

gdal_drivers.restrict()
