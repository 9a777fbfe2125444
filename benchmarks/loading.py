"""Load a file of parcels: our ingestion against geopandas."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import geopandas
from geoalchemy2 import Geometry
from sqlalchemy import text

from geodata.database.engine import connect, sqlalchemy_engine
from geodata.ingest import ingest
from geodata.settings import Settings
from geodata.territory import DemoFile, generate


def prepare(settings: Settings, folder: Path, scale: float) -> DemoFile:
    """Generate and load the demo; returns its largest file of parcels."""
    files = generate(folder, seed=2012, scale=scale)
    with connect(settings) as connection:
        for file in files:
            ingest(connection, file.path, file.kind, covers=file.covers, layer=file.layer)
    return max((file for file in files if file.kind == "parcels"), key=lambda one: one.path.stat().st_size)


def candidates(settings: Settings, file: DemoFile) -> dict[str, Callable[[], int]]:
    """Ways to load the file, ours first. Ours also checks, repairs, keeps a 3857 copy and both indexes."""
    engine = sqlalchemy_engine(settings)

    def ours() -> int:
        with connect(settings) as connection:
            # A version that landed is not loaded again: the run would measure a checksum.
            connection.execute(
                "UPDATE dataset SET sha256 = sha256 || '-' WHERE current AND file_name = %s", [file.path.name]
            )
            connection.commit()
            return ingest(connection, file.path, file.kind, covers=file.covers).loaded

    def with_geopandas() -> int:
        frame = geopandas.read_file(file.path, engine="pyogrio")
        frame.to_postgis("bench_parcels", engine, if_exists="replace")
        return len(frame)

    def the_same_with_geopandas() -> int:
        frame = geopandas.read_file(file.path, engine="pyogrio")
        frame["geometry"] = frame.geometry.make_valid()
        frame["area_m2"] = frame.geometry.area
        frame["geom_3857"] = frame.geometry.to_crs(3857)
        frame = frame.drop_duplicates("CAPAKEY")
        frame.to_postgis("bench_parcels", engine, if_exists="replace", dtype={"geom_3857": Geometry(srid=3857)})
        with engine.begin() as connection:
            connection.execute(text('CREATE INDEX ON bench_parcels ("CAPAKEY")'))
        return len(frame)

    return {
        "standplaats ingest": ours,
        "geopandas.read_file + to_postgis": with_geopandas,
        "the same with check, repair, area, 3857 copy": the_same_with_geopandas,
    }
