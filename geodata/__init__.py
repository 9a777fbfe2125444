"""Ground floor: what lies where (database, sources, ingestion, layers, measurement)."""

from geodata import gdal_drivers

# Whoever loads the vector reader after this gets it with few drivers; loading it takes longer than most commands do.
gdal_drivers.restrict()
