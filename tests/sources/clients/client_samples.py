"""A clock that only sleeping moves, small layers in the field names of real ones, catalogue entries for them."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pyogrio
import shapely

from geodata.sources.catalogue import ControlPoint, Service, Source
from geodata.sources.clients import Area, Fetched


class Clock:
    """Time that passes only by sleeping."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def parcel_frame(count: int) -> gpd.GeoDataFrame:
    shapes = [shapely.box(170_000 + 30 * n, 171_000, 170_020 + 30 * n, 171_050) for n in range(count)]
    if count > 20:
        shapes[19] = shapes[19].difference(shapely.box(170_575, 171_010, 170_580, 171_020))
    keys = [f"24062A{n:04d}/00_000" for n in range(1, count + 1)]
    fields = {"OIDN": range(1, count + 1), "CAPAKEY": keys, "NISCODE": "24062", "LBLBHRDR": "AAPD é & <x>"}
    return gpd.GeoDataFrame(fields, geometry=shapes, crs="EPSG:31370")


def source_of(*services: Service, control: list[ControlPoint] | None = None, **given: object) -> Source:
    """A catalogue entry for a test."""
    words: dict[str, object] = {
        "id": "test-layer",
        "kind": "parcels",
        "title": dict.fromkeys(("nl", "fr", "de", "en"), "Test"),
        "provider": "Test",
        "licence": "CC0",
        "redistributable": True,
        "region": "flanders",
        "grade": "C",
        "recognise": {"fields": ["CAPAKEY"]},
        "native_crs": "EPSG:31370",
        "services": list(services),
        "control_points": control or [],
    }
    return Source.model_validate(words | given)


ALL = Area((169_000.0, 170_000.0, 172_000.0, 172_000.0), ("24062",))
NOTHING = Area((150_000.0, 150_000.0, 151_000.0, 151_000.0))
HERE = ControlPoint(x=170_010, y=171_025, field="NISCODE", expects="24062")

WFS_GML = Service(
    endpoint="https://geo.example.be/GRB/wfs", protocol="wfs", layer="GRB:ADP", paging="startIndex",
    page_size=10, ask_crs="EPSG:31370", output_format="GML",
)  # fmt: skip
WFS_JSON = WFS_GML.model_copy(update={"endpoint": "https://map.example.be/wfs", "output_format": "application/json"})
OGC = Service(
    endpoint="https://geo.example.be/GRB/ogc/features/v1/collections/ADP/items", protocol="ogc-api", layer="ADP",
    paging="next-link", page_size=10, ask_crs="EPSG:31370", output_format="geojson",
)  # fmt: skip
REST = Service(
    endpoint="https://arc.example.be/arcgis/rest/services/CADMAP/MapServer/0/query", protocol="arcgis-rest",
    layer="0", paging="resultOffset", page_size=10, order_by="OIDN", ask_crs="EPSG:31370",
)  # fmt: skip
SERVICES = {"wfs-gml": WFS_GML, "wfs-json": WFS_JSON, "ogc": OGC, "rest": REST}


def rows_of(got: Fetched) -> gpd.GeoDataFrame:
    parts = [pyogrio.read_dataframe(one.path, WRITE_GFS="NO") if one.path.suffix == ".gml" else pyogrio.read_dataframe(one.path) for one in got.payloads]  # fmt: skip
    assert sum(len(one) for one in parts) == got.features
    return gpd.GeoDataFrame(np.concatenate([one.to_numpy() for one in parts]), columns=parts[0].columns)


def same_as(got: Fetched, frame: gpd.GeoDataFrame) -> None:
    """Every feature once, with its shape and its attributes."""
    rows = rows_of(got)
    assert sorted(int(one) for one in rows["OIDN"]) == sorted(int(one) for one in frame["OIDN"])
    mine = dict(zip((int(one) for one in rows["OIDN"]), rows.itertuples(), strict=True))
    for row in frame.itertuples():
        other = mine[int(row.OIDN)]
        assert other.CAPAKEY == row.CAPAKEY and other.LBLBHRDR == row.LBLBHRDR
        assert shapely.equals_exact(shapely.normalize(other.geometry), shapely.normalize(row.geometry), 1e-6)
