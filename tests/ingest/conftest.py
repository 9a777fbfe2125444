"""Write small files in the field names of real sources; two municipalities to load them into."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
from ingest_samples import Connection, Write, capakey, grb, square

from geodata.ingest import ingest

_DRIVER = {".gpkg": "GPKG", ".geojson": "GeoJSON", ".shp": "ESRI Shapefile"}


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
    """A file of `n` square parcels in Leuven, 200 in a row."""

    def make(n: int = 3, name: str = "parcels.gpkg", west: float = 173_000.0, first: int = 1) -> Path:
        keys = [capakey(first + index) for index in range(n)]
        return write(name, grb(keys), [square(west + 20 * (at % 200), 170_000.0 + 20 * (at // 200)) for at in range(n)])

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
        found = database.execute(f"SELECT count(*) FROM {table}").fetchone()
        assert found is not None
        return int(found[0])

    return rows


@pytest.fixture
def listed(tmp_path: Path) -> Callable[..., Path]:
    """Write a list as CSV: `listed(header, *rows)`."""

    def make(*lines: str, name: str = "list.csv", encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        path.write_bytes("\n".join(lines).encode(encoding))
        return path

    return make


@pytest.fixture
def parcels(database: Connection, municipalities: Path, parcels_file: Callable[..., Path]) -> list[str]:
    """Four parcels of 20 by 20 metres side by side in Leuven, loaded; their keys."""
    ingest(database, parcels_file(4), "parcels")
    return [capakey(at) for at in range(1, 5)]
