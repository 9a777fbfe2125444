"""Shape of parcels: area, perimeter, compactness, corners and parts, inscribed circle and rectangle, road frontage.

Everything is a number per parcel, from flat arrays; coordinates are EPSG:31370, metres. An empty parcel has NaN (counts:
0). The width of the largest circle and rectangle is a value found and a value never exceeded, see `kernels.inscribed`;
metres of border along a road are told in `kernels.frontage`. Both can be reached from here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from geodata.measure.chunks import in_chunks
from geodata.measure.flat import FlatPolygons, Floats, Ints, positions, ring_offsets
from geodata.measure.jit import HAVE_NUMBA, njit
from geodata.measure.kernels.frontage import LINE_REACH, SURFACE_REACH, line_frontage, surface_frontage
from geodata.measure.kernels.inscribed import Inscribed, circles, rectangles

__all__ = [
    "LINE_REACH",
    "SURFACE_REACH",
    "Inscribed",
    "Shape",
    "circles",
    "line_frontage",
    "rectangles",
    "shape",
    "surface_frontage",
]


@dataclass(frozen=True, eq=False)
class Shape:
    """Plain measures of n parcels.

    Attributes
    ----------
    area : square metres, holes taken off; NaN where empty.
    perimeter : metres of border, those of holes too; NaN where empty.
    compactness : 4 pi area / perimeter squared, 0..1 (a circle has 1, a square 0.785); NaN where there is no border.
    vertices : corners of all rings, the closing one not counted.
    parts : separate polygons.
    """

    area: Floats
    perimeter: Floats
    compactness: Floats
    vertices: Ints
    parts: Ints


def shape(polygons: FlatPolygons, index: Any = None, *, workers: int | None = None) -> Shape:
    """Plain measures of each parcel.

    Parameters
    ----------
    polygons : valid polygons, EPSG:31370, metres.
    index : which parcels (integers or a mask), in this order; all where None. Equal to the same rows of a full run.
    workers : threads; the number of processors where None.
    """
    chosen = positions(len(polygons), index)
    starts = ring_offsets(polygons)
    parts = polygons.features[chosen + 1] - polygons.features[chosen]
    rings = starts[chosen + 1] - starts[chosen]
    vertices = polygons.starts[chosen + 1] - polygons.starts[chosen] - rings
    perimeter = np.full(len(chosen), np.nan)
    if HAVE_NUMBA:
        given = (polygons.xy, polygons.rings, starts)
        in_chunks(
            lambda first, last: _perimeters(*given, chosen[first:last], perimeter[first:last]),
            len(chosen),
            workers,
            8192,
        )
    else:
        perimeter[:] = shapely.length(polygons.take(chosen).to_shapely())
        perimeter[parts == 0] = np.nan
    area = np.where(parts > 0, polygons.areas[chosen], np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        compact = np.clip(4.0 * np.pi * area / perimeter**2, 0.0, 1.0)
    return Shape(area, perimeter, compact, vertices, parts)


@njit
def _perimeters(xy: Any, rings: Any, starts: Any, chosen: Any, out: Any) -> None:
    """Length of all rings of the chosen parcels; what is empty stays as it is."""
    for k in range(len(chosen)):
        p = chosen[k]
        if starts[p] == starts[p + 1]:
            continue
        total = 0.0
        for r in range(starts[p], starts[p + 1]):
            for v in range(rings[r], rings[r + 1] - 1):
                dx, dy = xy[v + 1, 0] - xy[v, 0], xy[v + 1, 1] - xy[v, 1]
                total += np.sqrt(dx * dx + dy * dy)
        out[k] = total
