"""All tables as SQLAlchemy metadata: the reading copy of the schema that the migrations build.

A test compares this metadata with a freshly migrated database, so neither can drift from the other.
Geometry is stored in EPSG:31370 (metres); `geom_3857` is the copy that tiles are cut from.
"""

from geodata.database.tables.base import metadata
from geodata.database.tables.catalogue import dataset, dataset_change, meta, municipality, nis_change, quarantine
from geodata.database.tables.inventory import (
    inventory_import,
    inventory_private_total,
    inventory_record,
    inventory_site,
)
from geodata.database.tables.layers import (
    address,
    building,
    constraint_area,
    dem_tile,
    ownership,
    parcel,
    road,
    service_point,
    site,
    zone,
)
from geodata.database.tables.local_profiles import local_profile
from geodata.database.tables.results import batch, measurement, run, run_result
from geodata.database.tables.run_tiles import run_candidate, run_tile
from geodata.database.tables.subsidy_files import subsidy_file, subsidy_file_entry

__all__ = [
    "address",
    "batch",
    "building",
    "constraint_area",
    "dataset",
    "dataset_change",
    "dem_tile",
    "inventory_import",
    "inventory_private_total",
    "inventory_record",
    "inventory_site",
    "local_profile",
    "measurement",
    "meta",
    "metadata",
    "municipality",
    "nis_change",
    "ownership",
    "parcel",
    "quarantine",
    "road",
    "run",
    "run_candidate",
    "run_result",
    "run_tile",
    "service_point",
    "site",
    "subsidy_file",
    "subsidy_file_entry",
    "zone",
]
