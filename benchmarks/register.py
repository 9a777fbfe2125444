"""A cadastral register made up for timing: parcels in the GRB schema as a GeoPackage, and the borders around them.

Lots of a jittered grid share their corners; each is one ring of nine points, rounded to millimetres, in rows from the
south-west as a register is kept. The same number and seed give the same file.
"""

from __future__ import annotations

from pathlib import Path

import geopandas
import numpy as np
import pyogrio.raw
import shapely
from numpy.typing import NDArray

SEED = 2012
WEST, SOUTH, WIDE, HIGH = 100_000.0, 170_000.0, 34.0, 24.0
#: Municipalities across and up.
ACROSS, UP = 12, 10


def write_register(path: Path, count: int, changed: float = 0.0) -> list[str]:
    """Write `count` parcels; of a share `changed` one corner is moved. Returns the keys of those that then differ.

    A moved corner belongs to one parcel only, so that the list is exact.
    """
    side = int(np.ceil(np.sqrt(count)))
    rings = _rings(side)[:count]
    at = np.arange(count)
    touched: NDArray[np.int64] = np.empty(0, dtype=np.int64)
    if changed:
        touched = np.sort(np.random.default_rng(SEED + 1).choice(count, int(count * changed), replace=False))
        # The middle of the south side, a little inwards.
        rings[touched, 1, 1] += 0.5
    keys = _keys(count)
    column, row = at % side, at // side
    nis = 40_001 + (column * ACROSS // side) + ACROSS * (row * UP // side)
    fields = {
        "UIDN": at + 1,
        "OIDN": at + 1_000_001,
        "CAPAKEY": keys,
        "CANU": np.array([f"{one}A" for one in at % 9_999], dtype=object),
        "NISCODE": nis.astype(str).astype(object),
        "VERSDATUM": np.full(count, "2024-06-30", dtype=object),
        "FISCDATUM": np.full(count, "2025-01-01", dtype=object),
        "OPPERVL": np.round(shapely.area(shapely.polygons(rings)), 2),
    }
    shapes = shapely.multipolygons(shapely.polygons(rings), indices=at)
    path.unlink(missing_ok=True)
    pyogrio.raw.write(
        path, shapely.to_wkb(shapes), list(fields.values()), list(fields), layer="ADP", driver="GPKG",
        geometry_type="MultiPolygon", crs="EPSG:31370",
    )  # fmt: skip
    return [str(key) for key in keys[touched]]


def write_borders(path: Path, count: int) -> None:
    """Write the municipalities the parcels lie in, with borders of some hundred points each."""
    side = int(np.ceil(np.sqrt(count)))
    wide, high = side * WIDE / ACROSS, side * HIGH / UP
    boxes = [
        shapely.box(WEST + wide * at, SOUTH + high * up, WEST + wide * (at + 1), SOUTH + high * (up + 1))
        for up in range(UP)
        for at in range(ACROSS)
    ]
    codes = [str(40_001 + at) for at in range(ACROSS * UP)]
    fields = {"AdMuKey": codes, "NameDUT": codes, "NameFRE": codes, "AdReKey": ["02000"] * len(codes)}
    shapes = shapely.segmentize(np.array(boxes, dtype=object), high / 100)
    frame = geopandas.GeoDataFrame(fields, geometry=geopandas.GeoSeries(shapes, crs="EPSG:31370"))
    frame.to_file(path, driver="GPKG", layer="borders", engine="pyogrio")


def _rings(side: int) -> NDArray[np.float64]:
    """Rings of all lots, shape (side * side, 9, 2): corners and middles of the sides, shared with the neighbours."""
    rng = np.random.default_rng(SEED)
    n = 2 * side + 1
    x, y = np.meshgrid(np.arange(n) * WIDE / 2 + WEST, np.arange(n) * HIGH / 2 + SOUTH)
    x, y = x + rng.uniform(-4, 4, x.shape), y + rng.uniform(-3, 3, y.shape)
    points = np.round(np.stack([x, y], axis=-1), 3)
    steps = ((0, 0), (0, 1), (0, 2), (1, 2), (2, 2), (2, 1), (2, 0), (1, 0), (0, 0))
    corners = [points[up : up + 2 * side - 1 : 2, at : at + 2 * side - 1 : 2] for up, at in steps]
    return np.stack(corners, axis=2).reshape(side * side, 9, 2)


def _keys(count: int) -> NDArray[np.object_]:
    """Keys as they run in a division: section, number."""
    sections = "ABCDEFGHIJ"
    return np.array(
        [f"{40_001 + at // 100_000:05d}{sections[at // 10_000 % 10]}{at % 10_000:04d}/00A000" for at in range(count)],
        dtype=object,
    )
