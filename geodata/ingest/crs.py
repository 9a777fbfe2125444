"""Which CRS a file really uses, and the one pinned operation that brings it to EPSG:31370.

A declaration is believed only when the coordinates can lie in it; a missing one is detected by extent. What
fits no Belgian system is refused. The network is never asked for grids: the best operation at hand is used,
and its accuracy is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError
from pyproj.transformer import TransformerGroup

from geodata.errors import InputError, UsageError
from geodata.ingest.vectors import in_parts
from geodata.measure.inputs import GeometryArray

STORAGE = "EPSG:31370"
TILES = "EPSG:3857"
#: Half the width of the world in EPSG:3857, metres: tiles are counted from its corner.
HALF_WORLD = 20_037_508.342789244

#: CRS -> box in which Belgium and its waters lie: west, south, east, north.
EXTENTS: dict[str, tuple[float, float, float, float]] = {
    "EPSG:31370": (0, 18_000, 300_000, 262_000),
    "EPSG:3812": (500_000, 518_000, 800_000, 762_000),
    "EPSG:4326": (2.0, 49.4, 6.5, 51.9),
    "EPSG:3857": (220_000, 6_330_000, 725_000, 6_790_000),
    "EPSG:3035": (3_740_000, 2_930_000, 4_080_000, 3_250_000),
}
_SAME = {"EPSG:4258": "EPSG:4326", "OGC:CRS84": "EPSG:4326"}


@dataclass(frozen=True)
class ChosenCrs:
    """How the coordinates of a file are read.

    Attributes
    ----------
    declared : what the file says, None when it says nothing.
    used : what is used.
    how : why.
    swapped : coordinates come as latitude, longitude.
    """

    declared: str | None
    used: str
    how: str
    swapped: bool = False


@dataclass(frozen=True)
class Operation:
    """One pinned coordinate operation to EPSG:31370; accuracy in metres, 0 when nothing is changed."""

    transformer: Transformer | None
    description: str
    accuracy_m: float


def known_crs(crs: str) -> None:
    """Refuse a word of `--crs` that names no coordinate system.

    Raises
    ------
    UsageError
        Naming it.
    """
    try:
        CRS.from_user_input(crs)
    except CRSError:
        raise UsageError(
            f"{crs} is no coordinate system.",
            "Name it by its code, such as EPSG:31370 (Belgian Lambert 72), EPSG:3812 or EPSG:4326.",
        ) from None


def short_name(crs: str | None) -> str | None:
    """`EPSG:n` of a CRS given as code or WKT; its name when it has no code."""
    if crs is None:
        return None
    try:
        parsed = CRS.from_user_input(crs)
    except CRSError:
        return crs[:60]
    code = parsed.to_epsg(min_confidence=25)
    return f"EPSG:{code}" if code else parsed.name


def choose_crs(declared: str | None, geometry: GeometryArray, forced: str | None, file: str) -> ChosenCrs:
    """The CRS the coordinates are really in.

    Parameters
    ----------
    declared : CRS of the file, None when it declares none.
    geometry : shapes as read.
    forced : `--crs` of the user.
    file : name for messages.

    Raises
    ------
    InputError
        When the coordinates lie in no Belgian system, or not in the forced one.
    """
    said = short_name(declared)
    x, y = _middle(geometry)
    if forced is not None:
        used = short_name(forced) or forced
        if np.isfinite(x) and not _fits(used, x, y):
            raise InputError(
                f"the coordinates (around {x:.1f}, {y:.1f}) do not lie in Belgium in {used}.",
                "Check --crs.",
                file=file,
            )
        return ChosenCrs(said, used, "given with --crs")
    if not np.isfinite(x):
        return ChosenCrs(said, said or STORAGE, "declared" if said else "not applicable: no coordinates")
    if said is not None and _fits(said, x, y):
        return ChosenCrs(said, said, "declared")
    for code in EXTENTS:
        if _fits(code, x, y):
            why = f"{said} was declared, but is impossible for these coordinates" if said else "none was declared"
            return ChosenCrs(said, code, f"detected by extent: {why}")
    if _fits("EPSG:4326", y, x):
        why = "latitude comes before longitude"
        return ChosenCrs(said, "EPSG:4326", f"detected by extent: {why}", swapped=True)
    told = f"it declares {said}" if said else "it declares no CRS"
    raise InputError(
        f"{told}, and the coordinates (around {x:.1f}, {y:.1f}) lie in Belgium in none of "
        f"{', '.join(EXTENTS)}; nothing was loaded.",
        "Check that the file is Belgian, or name its CRS with --crs EPSG:....",
        file=file,
    )


#: So many shapes, evenly from the whole file, tell where it lies.
_ENOUGH = 50_000


def _middle(geometry: GeometryArray) -> tuple[float, float]:
    """Median corner of the shapes, of every n-th where they are many: a few stray ones do not decide."""
    bounds = shapely.bounds(geometry[:: max(len(geometry) // _ENOUGH, 1)])
    bounds = bounds[np.isfinite(bounds).all(axis=1)] if len(bounds) else bounds
    if not len(bounds):
        return float("nan"), float("nan")
    return float(np.median(bounds[:, 0])), float(np.median(bounds[:, 1]))


def _fits(crs: str, x: float, y: float) -> bool:
    box = EXTENTS.get(_SAME.get(crs, crs))
    if box is None:
        # Another declared CRS: believe it when its way to Lambert 72 ends in Belgium.
        try:
            operation = operation_to_storage(crs)
        except InputError:
            return False
        if operation.transformer is None:
            return False
        x, y = operation.transformer.transform(x, y)
        box = EXTENTS[STORAGE]
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]


@cache
def operation_to_storage(crs: str) -> Operation:
    """The best operation at hand from a CRS to EPSG:31370.

    Raises
    ------
    InputError
        When there is none.
    """
    if crs == STORAGE:
        return Operation(None, "none needed", 0.0)
    return _best(crs, STORAGE)


@cache
def to_tiles() -> Transformer:
    """Operation from EPSG:31370 to EPSG:3857, for the copy that tiles are cut from."""
    transformer = _best(STORAGE, TILES).transformer
    if transformer is None:
        raise InputError("no operation leads from EPSG:31370 to EPSG:3857.")
    return transformer


def _best(source: str, target: str) -> Operation:
    try:
        group = TransformerGroup(source, target, always_xy=True)
    except CRSError:
        raise InputError(f"{source} is no CRS that is known.", "Name one with --crs, such as EPSG:31370.") from None
    ready = [one for one in group.transformers if one.accuracy is not None and one.accuracy >= 0]
    if not ready:
        raise InputError(f"no operation leads from {source} to {target}.", "Give the file in EPSG:31370.")
    best = min(ready, key=lambda one: one.accuracy)
    return Operation(best, best.description, float(best.accuracy))


def transform(geometry: GeometryArray, transformer: Transformer | None) -> GeometryArray:
    """Shapes in the target CRS; the same array when nothing has to change."""
    if transformer is None or not len(geometry):
        return geometry
    moved: GeometryArray = shapely.transform(
        geometry, lambda xy: np.column_stack(transformer.transform(xy[:, 0], xy[:, 1]))
    )
    return moved


def swap_axes(geometry: GeometryArray) -> GeometryArray:
    """Shapes with x and y exchanged."""
    swapped: GeometryArray = shapely.transform(geometry, lambda xy: xy[:, ::-1])
    return swapped


def outside_belgium(geometry: GeometryArray) -> NDArray[np.bool_]:
    """Which shapes (EPSG:31370) lie outside the box of Belgium and its waters; shape (n,)."""
    west, south, east, north = EXTENTS[STORAGE]
    bounds: NDArray[np.float64] = in_parts(shapely.bounds, geometry)
    with np.errstate(invalid="ignore"):
        return (bounds[:, 0] < west) | (bounds[:, 1] < south) | (bounds[:, 2] > east) | (bounds[:, 3] > north)
