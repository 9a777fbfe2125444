"""Every service of the catalogue that a region needs, at its real address on the protocol server, with made-up contents."""

from __future__ import annotations

import io
import json
import re
import tempfile
import warnings
import zipfile
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import geopandas
import numpy as np
import pyogrio
import rasterio
import shapely
from made_up import PLACES, SHIFT, MadeUp, moved
from osm_pbf import OsmWriter
from protocol_server import Coverage, File, Layer, layer_of
from rasterio.transform import from_origin

from geodata.ingest.osm import _PAIR
from geodata.sources.catalogue import Service, Source, catalogue
from geodata.sources.wanted import needs
from geodata.territory import services as territory_services
from geodata.territory.files import World, make_world
from geodata.territory.hazard_files import write_osm
from geodata.territory.writing import in_crs

#: As the demo territory of the tests is made.
SEED, SCALE = 2012, 0.05
_ENTITIES = ("points", "lines", "multipolygons")


def serve_region(made_up: MadeUp, region: Any, folder: Path) -> list[Layer]:
    """Layers for every source that can be fetched in a region."""
    world = demo_world()
    layers: list[Layer] = []
    for need in needs(region):
        for source in need.fetchable:
            for service in source.services:
                if not any(one.name == source.id for one in layers) or service.protocol != "file":
                    layers += _layers(made_up, world, source, service, region, folder)
    return layers


def demo_world() -> World:
    """The world the demo territory of the tests is made of."""
    return make_world(SEED, SCALE)


def _layers(made_up: MadeUp, world: World, source: Source, service: Service, region: str, folder: Path) -> list[Layer]:
    if source.kind == "dem":
        return [Coverage(service.endpoint, service.layer or "", terrain(world, folder))]
    if source.id == "osm":
        return [File(service.endpoint, _osm(world, folder), name="osm")]
    frame = made_up.frame(source, region)
    if service.protocol == "gtfs":
        return [File(unquote(service.endpoint), _feed(frame), name=source.id)]
    if service.protocol == "atom":
        return _plan_of_municipality(made_up, service, region) if service.endpoint.endswith(".json") else []
    if service.protocol == "file":
        return [
            File(unquote(one.endpoint), _file(frame, source, service), name=source.id)
            for one in _parts(service, region)
        ]
    if service.order_by and service.order_by not in frame.columns:
        frame[service.order_by] = range(1, len(frame) + 1)
    return [layer_of(service, frame)]


def _plan_of_municipality(made_up: MadeUp, service: Service, region: str) -> list[Layer]:
    """The list of files of FPS Finance, and the one zip of the municipality: parcels and buildings in it."""
    root = service.endpoint.partition("/download/")[0]
    address = f"{root}/download/datasets/PP-FiscSit_20250101_shp_31370_{PLACES[region][1]}.zip"
    frames = {
        "Bpn_CaPa": made_up.frame(catalogue()["fps-finance-plan"], region),
        "Bpn_CaBu": made_up.frame(catalogue()["fps-finance-buildings"], region),
    }
    listed = json.dumps({"files": [address]}).encode()
    return [File(service.endpoint, listed, "application/json"), File(address, _zipped(frames))]


def _parts(service: Service, region: str) -> tuple[Service, ...]:
    return service.for_municipalities([PLACES[region][1]])


def _file(frame: geopandas.GeoDataFrame, source: Source, service: Service) -> bytes:
    if service.endpoint.endswith(".zip"):
        return _zipped({service.layer or source.id: frame})
    return str(frame.to_crs(4326).to_json(drop_id=True)).encode()


def _zipped(frames: dict[str, geopandas.GeoDataFrame]) -> bytes:
    """Shapefiles in a zip, as most Belgian downloads are."""
    packed = io.BytesIO()
    with tempfile.TemporaryDirectory() as made, zipfile.ZipFile(packed, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # names of more than ten letters are cut
        for layer, frame in frames.items():
            name = re.sub(r"\W+", "_", layer)
            frame.to_file(Path(made) / f"{name}.shp", driver="ESRI Shapefile", engine="pyogrio")
        for path in sorted(Path(made).iterdir()):
            archive.write(path, path.name)
    return packed.getvalue()


def _feed(frame: geopandas.GeoDataFrame) -> bytes:
    """A GTFS feed in which every stop has a bus on working days."""
    places = frame.geometry.to_crs(4326)
    stops = ["stop_id,stop_name,stop_lat,stop_lon"]
    times = ["trip_id,stop_sequence,stop_id,departure_time"]
    for row, (point, name) in enumerate(zip(places, frame["stop_id"], strict=True)):
        stops.append(f"{name},Stop {row},{point.y:.7f},{point.x:.7f}")
        times.append(f"T1,{row + 1},{name},08:00:00")
    tables = {
        "stops.txt": stops,
        "stop_times.txt": times,
        "trips.txt": ["route_id,service_id,trip_id", "R1,W,T1"],
        "calendar.txt": [
            "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date",
            "W,1,1,1,1,1,0,0,20260105,20260403",
        ],
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, lines in tables.items():
            archive.writestr(name, "\n".join(lines) + "\n")
    return packed.getvalue()


def terrain(world: World, folder: Path) -> Path:
    """The terrain of the demo, moved, as a GeoTIFF."""
    path = folder / "terrain.tif"
    if not path.exists():
        heights, west, north = territory_services.heights(world.plan, world.lines)
        # The real model has cells of one metre.
        values = np.kron(np.where(np.isnan(heights), -9999.0, heights), np.ones((5, 5))).astype(np.float32)
        profile: dict[str, Any] = {
            "driver": "GTiff", "width": values.shape[1], "height": values.shape[0], "count": 1, "dtype": "float32",
            "crs": "EPSG:31370", "transform": from_origin(west + SHIFT[0], north + SHIFT[1], 1.0, 1.0), "nodata": -9999.0,
        }  # fmt: skip
        with rasterio.open(path, "w", **profile) as raster:
            raster.write(values, 1)
    return path


def _osm(world: World, folder: Path) -> Path:
    """The OpenStreetMap features of the demo, moved, as the file that geofabrik gives."""
    target = folder / "belgium-latest.osm.pbf"
    if target.exists():
        return target
    (folder / "osm").mkdir(exist_ok=True)
    file = write_osm(world, folder / "osm")[0]
    writer = OsmWriter()
    for layer in _ENTITIES:
        frame = pyogrio.read_dataframe(file.path, layer=layer).to_crs(31370)
        placed = in_crs(np.array([moved(one) for one in frame.geometry], dtype=object), "EPSG:4326")
        for (_, row), shape in zip(frame.iterrows(), placed, strict=True):
            tags = {
                key: str(value)
                for key, value in row.items()
                if key not in ("osm_id", "other_tags", "geometry") and isinstance(value, str)
            }
            given = row["other_tags"]
            tags |= dict(_PAIR.findall(given if isinstance(given, str) else ""))
            for part in shapely.get_parts(shape):
                if part.geom_type == "Point":
                    writer.point(part.x, part.y, tags)
                else:
                    line = part.exterior if part.geom_type == "Polygon" else part
                    writer.way([(x, y) for x, y in line.coords], tags)
    writer.write(target)
    return target
