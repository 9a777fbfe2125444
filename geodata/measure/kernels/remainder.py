"""What is left of a parcel when areas are taken away: for all parcels the square metres, for a few the geometry.

The caller says which polygons are taken away, this module knows no rule and no profile. All of them count as one class:
where they overlap, the ground is taken away once. Square metres are the parcel's area less the exact overlap
(`kernels.overlap`); the geometry is made by shapely for the parcels asked for. EPSG:31370, metres.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Self

import numpy as np
import shapely
from numpy.typing import NDArray

from geodata.measure.flat import FlatPolygons, Floats, positions
from geodata.measure.jit import HAVE_NUMBA
from geodata.measure.kernels import oracle
from geodata.measure.kernels.overlap import shares
from geodata.measure.tiles import TiledLayer, prepare


@dataclass(frozen=True, eq=False)
class ExclusionSet:
    """Polygons that are taken away together.

    Attributes
    ----------
    polygons : valid polygons, EPSG:31370, metres; they may overlap.
    prepared : the same as one class (`prepare(polygons, zeros, 1)`), where the caller keeps it; made when first needed
        where None.
    """

    polygons: FlatPolygons
    prepared: TiledLayer | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if self.prepared is not None and self.prepared.classes != 1:
            raise ValueError(f"Exclusions are prepared as one class, not as {self.prepared.classes}.")

    @classmethod
    def of(cls, *layers: FlatPolygons | Iterable[FlatPolygons]) -> Self:
        """The polygons of several layers (of a layer with classes the caller takes those it wants)."""
        several = [layer if isinstance(layer, FlatPolygons) else FlatPolygons.concatenate(layer) for layer in layers]
        return cls(FlatPolygons.concatenate(several))

    @cached_property
    def layer(self) -> TiledLayer:
        """The polygons dissolved and cut into tiles, as one class."""
        return self.prepared or prepare(self.polygons, np.zeros(len(self.polygons), np.int64), 1)

    @cached_property
    def _shapes(self) -> tuple[NDArray[Any], shapely.STRtree]:
        shapes = self.polygons.to_shapely()
        return shapes, shapely.STRtree(shapes)


@dataclass(frozen=True, eq=False)
class Remainder:
    """What is left of n parcels.

    Attributes
    ----------
    taken_share : share of the parcel under the exclusions, 0..1; NaN for a parcel without area.
    area : square metres left, 0 or more; NaN for a parcel without area.
    """

    taken_share: Floats
    area: Floats


def remainder(
    parcels: FlatPolygons, exclusion_set: ExclusionSet, index: Any = None, *, workers: int | None = None
) -> Remainder:
    """Area left of each parcel. With the buildings as exclusions these are built share and unbuilt square metres.

    Parameters
    ----------
    parcels : valid polygons, EPSG:31370, metres.
    exclusion_set : what is taken away; the caller knows whether its layers cover the parcels.
    index : which parcels (integers or a mask), in this order; all where None. Equal to the same rows of a full run.
    workers : threads; the number of processors where None.
    """
    chosen = positions(len(parcels), index)
    if HAVE_NUMBA:
        taken = shares(parcels, exclusion_set.layer, chosen, workers=workers)[:, 0]
    else:
        kinds = np.zeros(len(exclusion_set.polygons), np.int64)
        taken = oracle.shares(parcels.take(chosen), exclusion_set.polygons, kinds, 1, workers=workers)[:, 0]
    return Remainder(taken, parcels.areas[chosen] * (1.0 - taken))


def remainder_geometry(parcels: FlatPolygons, exclusion_set: ExclusionSet, index: Any) -> NDArray[Any]:
    """Geometry left of a few parcels, object array of polygons and multipolygons, empty where nothing is left.

    Parameters
    ----------
    index : which parcels (integers or a mask), in this order.
    """
    chosen = positions(len(parcels), index)
    mine = parcels.take(chosen).to_shapely()
    shapes, tree = exclusion_set._shapes
    parcel, which = tree.query(mine, predicate="intersects")
    out = np.empty(len(mine), dtype=object)
    for k, one in enumerate(mine):
        near = shapes[which[parcel == k]]
        out[k] = _polygons(shapely.difference(one, oracle.joined_near(near, one)) if len(near) else one)
    return out


def _polygons(shape: Any) -> Any:
    """The polygons of what is left; lines and points where borders touch are no ground."""
    if shape.geom_type in ("Polygon", "MultiPolygon"):
        return shape
    return shapely.multipolygons([part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"])
