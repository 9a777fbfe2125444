"""Which parcels lie beside each other, and how many metres of border they share.

Two parcels are neighbours where at least `LEAST` metres of the border of each lie within `TOLERANCE` of the border of the
other. A parcel that touches another at a corner only is none, and neither is one across a strip that is no parcel (a road,
a water course) and is wider than the tolerance. Pure: flat arrays in, flat arrays out; EPSG:31370, metres.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geodata.measure.flat import FlatPolygons, Floats, Ints, offsets_of
from geodata.measure.jit import HAVE_NUMBA
from geodata.measure.kernels.adjacency import shared_borders

#: Metres two drawings of one border may be apart. Of the 715 real parcels at Leuven, 1 195 pairs meet within a
#: centimetre, none lies between a centimetre and 20 cm, two between 20 and 50 cm, and lanes and ditches start there
#: (13 pairs between 0.5 and 1 m, 205 from 1 to 5 m). Plans of different sheets and regions fit less well than that.
TOLERANCE = 0.5
#: Metres of shared border: a caravan with its car passes through three metres. At either end of a border the parcels lie
#: within the tolerance of each other for that much more, which the metres of a pair hold as well; two that meet at a
#: corner only share no more than that.
LEAST = 3.0 + 2.0 * TOLERANCE

#: Segments of a quarter circle around a corner, where shapely stands in for the kernel.
_ROUND = 32


@dataclass(frozen=True, eq=False)
class Adjacency:
    """Pairs of neighbours among n parcels.

    Attributes
    ----------
    count : n.
    first, second : numbers of the parcels of each pair, the lower one first, in that order; shape (pairs,).
    metres : border within the tolerance of the other, shape (pairs,): what they share, and the tolerance at either end.
    """

    count: int
    first: Ints
    second: Ints
    metres: Floats

    def __len__(self) -> int:
        return len(self.first)

    def lists(self) -> tuple[Ints, Ints, Floats]:
        """Neighbours of each parcel: offsets, shape (n + 1,), their numbers in rising order, and the metres shared."""
        one = np.concatenate([self.first, self.second])
        other = np.concatenate([self.second, self.first])
        order = np.lexsort((other, one))
        ends = offsets_of(np.bincount(one, minlength=self.count))
        return ends, other[order], np.concatenate([self.metres, self.metres])[order]


def adjacency(
    polygons: FlatPolygons, *, tolerance: float = TOLERANCE, least: float = LEAST, workers: int | None = None
) -> Adjacency:
    """Neighbours among parcels.

    Parameters
    ----------
    polygons : valid polygons, EPSG:31370, metres; an empty one has no neighbour.
    tolerance : metres between two borders that count as one; more than 0.
    least : metres of shared border from which two parcels are neighbours; more than 0.
    workers : threads; the number of processors where None.

    Raises
    ------
    ValueError : tolerance or least is not above 0.
    """
    if not (tolerance > 0 and least > 0):
        raise ValueError(f"Tolerance {tolerance} m and least border {least} m must be above 0.")
    way = shared_borders if HAVE_NUMBA else by_shapely
    return Adjacency(len(polygons), *way(polygons, tolerance, least, workers))


def by_shapely(
    polygons: FlatPolygons, tolerance: float, least: float, workers: int | None = None
) -> tuple[Ints, Ints, Floats]:
    """The same by shapely: the oracle of the kernel, and its stand-in where numba is absent.

    Round corners are drawn with short sides, so lengths are up to a thousandth of the tolerance shorter per corner.
    """
    shapes: Any = polygons.to_shapely()
    tree = shapely.STRtree(shapes)
    one, other = tree.query(shapes, predicate="dwithin", distance=tolerance)
    one, other = one[one < other].astype(np.int64), other[one < other].astype(np.int64)
    border = shapely.boundary(shapes)
    around = shapely.buffer(border, tolerance, quad_segs=_ROUND)
    mine = shapely.length(shapely.intersection(border[one], around[other]))
    yours = shapely.length(shapely.intersection(border[other], around[one]))
    metres = np.minimum(mine, yours)
    kept = np.flatnonzero(metres >= least)
    kept = kept[np.lexsort((other[kept], one[kept]))]
    return one[kept], other[kept], metres[kept]


def joined(shapes: Sequence[BaseGeometry] | NDArray[Any]) -> BaseGeometry:
    """Neighbours as one shape, EPSG:31370; gaps and overlaps within `TOLERANCE` are closed."""
    whole = shapely.union_all(shapes)
    if len(shapes) > 1 and shapely.get_num_geometries(whole) > 1:
        half = TOLERANCE / 2.0 + 1e-3
        wider = shapely.union_all(shapely.buffer(shapes, half, join_style="mitre"))
        whole = shapely.union(whole, shapely.buffer(wider, -half, join_style="mitre"))
    parts = shapely.get_parts(whole)
    # Where borders nearly meet, a union may leave lines beside the areas.
    return shapely.union_all(parts[shapely.get_dimensions(parts) == 2])
