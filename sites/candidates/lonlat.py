"""Shapes between EPSG:31370 and lon/lat, by the one pinned operation, as GeoJSON has them."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import shapely
from pyproj.enums import TransformDirection

from geodata.ingest.crs import operation_to_storage

_LONLAT = "EPSG:4326"
#: Decimals of lon/lat in an answer: about a centimetre.
_DECIMALS = 7


def to_lonlat(shape: Any) -> Any:
    """A shape of EPSG:31370 in lon/lat."""
    transformer = operation_to_storage(_LONLAT).transformer
    assert transformer is not None  # lon/lat is not the system of storage

    def moved(xy: Any) -> Any:
        lon, lat = transformer.transform(xy[:, 0], xy[:, 1], direction=TransformDirection.INVERSE)
        return np.round(np.column_stack([lon, lat]), _DECIMALS)

    return shapely.transform(shape, moved)


def geojson(shape: Any) -> dict[str, Any]:
    """GeoJSON geometry, lon/lat, of a shape of EPSG:31370."""
    out: dict[str, Any] = json.loads(shapely.to_geojson(to_lonlat(shape)))
    return out
