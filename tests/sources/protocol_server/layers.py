"""What the server serves: layers at addresses, each answering the questions of its protocol."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import rasterio
import shapely
from rasterio.io import MemoryFile
from rasterio.windows import from_bounds

from geodata.ingest.crs import operation_to_storage
from geodata.territory.writing import in_crs
from protocol_server import answers

Params = Mapping[str, str]


@dataclass
class Answer:
    """One answer before a fault is laid over it."""

    body: bytes
    media_type: str = "application/json"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


class Layer:
    """Something that answers at an address and below it."""

    endpoint: str
    name: str

    def fits(self, path: str, params: Params) -> bool:
        """Is a request, given as HOST/PATH and its parameters (names in lower case), one for this layer?"""
        raise NotImplementedError

    def answer(self, path: str, params: Params, faults: set[str], base: str) -> Answer:
        """The answer; `faults` are those that change its content."""
        raise NotImplementedError

    @property
    def address(self) -> str:
        """HOST/PATH of the endpoint, without what follows a `?`."""
        return self.endpoint.partition("://")[2].partition("?")[0].rstrip("/")


@dataclass
class Vector(Layer):
    """A layer of features.

    Parameters
    ----------
    protocol : wfs, ogc-api, arcgis-rest or wms.
    frame : features in EPSG:31370; its columns are the real field names.
    id_field : column that names a feature; without it the position does.
    limit : features a page holds at most, whatever is asked.
    counts : False where the service does not know its total (`numberMatched="unknown"`).
    crs : systems offered; another one asked for is an error.
    aliases : column -> alias, as /identify shows them.
    """

    endpoint: str
    protocol: str
    name: str
    frame: geopandas.GeoDataFrame
    id_field: str | None = None
    limit: int = 10_000
    counts: bool = True
    aliases: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for ending in ("/query", "/identify"):
            self.endpoint = self.endpoint.removesuffix(ending)
        if self.protocol == "arcgis-rest" and self.endpoint.endswith("MapServer"):
            self.endpoint += f"/{self.name}"
        if self.protocol == "ogc-api" and not self.endpoint.rstrip("/").endswith("/items"):
            self.endpoint = self.endpoint.rstrip("/") + f"/collections/{self.name}/items"

    def fits(self, path: str, params: Params) -> bool:
        if self.protocol in ("wfs", "wms"):
            asked = params.get("typenames") or params.get("typename") or params.get("query_layers")
            return path == self.address and asked == self.name
        if self.protocol == "ogc-api":
            return path == self.address
        root = self.address.rpartition("/")[0]
        if path == f"{root}/identify":
            return params.get("layers", "").rpartition(":")[2] == self.name
        return path in (self.address, f"{self.address}/query")

    def answer(self, path: str, params: Params, faults: set[str], base: str) -> Answer:
        return answers.ANSWERS[self.protocol](self, path, params, faults, base)

    def select(
        self, box: tuple[float, float, float, float] | None, crs: str, faults: set[str]
    ) -> geopandas.GeoDataFrame:
        """Features that touch a box given in a CRS (x, y), in the layer's own order and system."""
        if "empty" in faults:
            return self.frame.iloc[:0]
        if box is None:
            return self.frame
        shape = to_storage(shapely.box(*box), crs)
        return self.frame[shapely.intersects(self.frame.geometry.to_numpy(), shape)]

    def shapes(self, rows: geopandas.GeoDataFrame, crs: str) -> Any:
        """Shapes of rows in a CRS, as an array."""
        return np.asarray(in_crs(rows.geometry.to_numpy(), crs), dtype=object)

    def ids(self, rows: geopandas.GeoDataFrame) -> list[Any]:
        """What names each row."""
        return [plain(one) for one in (rows[self.id_field] if self.id_field else rows.index)]

    def properties(self, rows: geopandas.GeoDataFrame) -> list[dict[str, Any]]:
        """Attributes of each row."""
        bare = pd.DataFrame(rows.drop(columns=rows.geometry.name))
        return [{name: plain(value) for name, value in one.items()} for one in bare.to_dict("records")]


@dataclass
class Coverage(Layer):
    """A raster that a WCS cuts boxes from; answered as multipart/related, as in Flanders."""

    endpoint: str
    name: str
    path: Path
    multipart: bool = True

    def fits(self, path: str, params: Params) -> bool:
        return path == self.address and params.get("coverageid") == self.name

    def answer(self, path: str, params: Params, faults: set[str], base: str) -> Answer:
        (left, right), (bottom, top) = answers.subsets(params)
        with rasterio.open(self.path) as raster:
            bounds = raster.bounds
            box = (max(left, bounds.left), max(bottom, bounds.bottom), min(right, bounds.right), min(top, bounds.top))
            if "empty" in faults or box[0] >= box[2] or box[1] >= box[3]:
                said = answers.ows_exception("InvalidSubsetting", "the subset does not intersect the coverage")
                return Answer(said, "application/xml", 404)
            window = from_bounds(*box, transform=raster.transform).round_offsets().round_lengths()
            profile = {**raster.profile, "transform": raster.window_transform(window), "driver": "GTiff"}
            profile |= {"width": int(window.width), "height": int(window.height), "tiled": False, "compress": None}
            for name in ("blockxsize", "blockysize"):
                profile.pop(name, None)
            with MemoryFile() as memory:
                with memory.open(**profile) as cut:
                    cut.write(raster.read(window=window))
                tiff = memory.read()
        return answers.multipart(tiff) if self.multipart else Answer(tiff, "image/tiff")


@dataclass
class Recorded(Layer):
    """Bytes recorded from a real service, for any question with a first page; later pages are empty."""

    endpoint: str
    content: bytes | Path
    media_type: str
    name: str = ""
    empty: bytes = b'{"type":"FeatureCollection","features":[],"numberReturned":0}'

    def fits(self, path: str, params: Params) -> bool:
        return path == self.address

    def answer(self, path: str, params: Params, faults: set[str], base: str) -> Answer:
        later = params.get("startindex", "0") not in ("", "0")
        body = self.empty if later or "empty" in faults else content_of(self.content)
        return Answer(body, self.media_type)


@dataclass
class File(Layer):
    """A file to download, or a whole answer such as a feed."""

    endpoint: str
    content: bytes | Path
    media_type: str = "application/octet-stream"
    changed: datetime = datetime(2025, 1, 1, tzinfo=UTC)
    validators: bool = True
    name: str = ""

    def fits(self, path: str, params: Params) -> bool:
        return path == self.address

    def answer(self, path: str, params: Params, faults: set[str], base: str) -> Answer:
        body = content_of(self.content)
        headers = {"Accept-Ranges": "bytes"}
        if self.validators:
            headers["ETag"] = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
            headers["Last-Modified"] = format_datetime(self.changed, usegmt=True)
        return Answer(body, self.media_type, headers=headers)


@dataclass
class Says(Layer):
    """Answers as a function of the request says, for what no other layer does."""

    endpoint: str
    says: Callable[[str, Params], Answer]
    name: str = ""

    def fits(self, path: str, params: Params) -> bool:
        return path == self.address

    def answer(self, path: str, params: Params, faults: set[str], base: str) -> Answer:
        return self.says(path, params)


def layer_of(service: Any, frame: geopandas.GeoDataFrame, id_field: str | None = None) -> Vector:
    """A layer exactly where and as a service of the catalogue names it."""
    return Vector(
        service.endpoint, service.protocol, service.layer or "0", frame, id_field=id_field or service.order_by
    )


def to_storage(shape: Any, crs: str) -> Any:
    """A shape in EPSG:31370, by the operation the ingestion pins."""
    transformer = operation_to_storage(crs).transformer
    if transformer is None:
        return shape
    return shapely.transform(shape, lambda xy: np.column_stack(transformer.transform(xy[:, 0], xy[:, 1])))


def content_of(content: bytes | Path) -> bytes:
    """The bytes, wherever they are."""
    return content if isinstance(content, bytes) else content.read_bytes()


def plain(value: Any) -> Any:
    """A value as JSON knows it."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or (isinstance(value, float) and value != value) or value is pd.NaT:
        return None
    return value if isinstance(value, (str, int, float, bool)) else str(value)
