"""Small files in the field names of real sources, and two municipalities to load them into."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import psycopg
import pytest
import shapely

from geodata.ingest import ingest

Connection = psycopg.Connection[Any]
Write = Callable[..., Path]

_DRIVER = {".gpkg": "GPKG", ".geojson": "GeoJSON", ".shp": "ESRI Shapefile"}


def square(x: float, y: float, size: float = 20.0) -> shapely.Polygon:
    """A square in EPSG:31370 by its south-west corner."""
    return shapely.box(x, y, x + size, y + size)


def capakey(number: int) -> str:
    """A well-formed key."""
    return f"24062A{number:04d}/00A000"


def grb(keys: list[str], nis: str | None = "24062", day: str | None = "2025-01-01") -> dict[str, list[Any]]:
    """Attributes of GRB parcels."""
    return {
        "CAPAKEY": keys,
        "CANU": [f"{index}A" for index, _ in enumerate(keys)],
        "NISCODE": [nis] * len(keys),
        "FISCDATUM": [day] * len(keys),
    }


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a vector file by its extension: `write(name, fields, shapes, crs=..., layer=...)`."""

    def make(
        name: str,
        fields: dict[str, list[Any]],
        shapes: list[Any],
        *,
        crs: str | None = "EPSG:31370",
        layer: str | None = None,
    ) -> Path:
        path = tmp_path / name
        frame = gpd.GeoDataFrame(fields, geometry=gpd.GeoSeries(shapes, crs=crs))
        options: dict[str, Any] = {"layer": layer} if layer else {}
        frame.to_file(path, driver=_DRIVER[path.suffix], engine="pyogrio", **options)
        return path

    return make


@pytest.fixture
def parcels_file(write: Write) -> Callable[..., Path]:
    """A file of `n` square parcels side by side in Leuven."""

    def make(n: int = 3, name: str = "parcels.gpkg", west: float = 173_000.0, first: int = 1) -> Path:
        keys = [capakey(first + index) for index in range(n)]
        return write(name, grb(keys), [square(west + 20 * index, 170_000.0) for index in range(n)])

    return make


@pytest.fixture
def municipalities(database: Connection, write: Write) -> Path:
    """Leuven and Oud-Heverlee as two squares of ten kilometres, loaded as the generalised source."""
    path = write(
        "municipalities.gpkg",
        {
            "nis": ["24062", "24086"],
            "name_fr": ["Louvain", "Oud-Heverlee"],
            "name_nl": ["Leuven", "Oud-Heverlee"],
            "region_nis": ["02000", "02000"],
            "province_nis": ["20001", "20001"],
            "valid_from": ["1977-01-01", "1977-01-01"],
        },
        [square(170_000.0, 165_000.0, 10_000.0), square(170_000.0, 155_000.0, 10_000.0)],
        layer="municipalities_2025",
    )
    ingest(database, path, "municipalities")
    return path


@pytest.fixture
def count(database: Connection) -> Callable[[str], int]:
    """Rows of a table."""

    def rows(table: str) -> int:
        found = database.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608
        assert found is not None
        return int(found[0])

    return rows
