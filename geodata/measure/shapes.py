"""A layer as arrays: its shapes as they are, and its polygons dissolved per class. Pure: where they come from is elsewhere."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geodata.measure.flat import FlatPolygons
from geodata.measure.tiles import TiledLayer

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Shapes:
    """Shapes of a layer by kind, EPSG:31370, metres; numbers of classes are places in `Prepared.classes`.

    Attributes
    ----------
    polygons, polygon_class : n polygons and the class of each, shape (n,).
    paths, path_ends, path_class : coordinates of m lines (v, 2), their offsets (m + 1,), the class of each (m,).
    points, point_class : k places (k, 2) and the class of each (k,).
    """

    polygons: FlatPolygons
    polygon_class: Ints
    paths: Floats
    path_ends: Ints
    path_class: Ints
    points: Floats
    point_class: Ints

    def __len__(self) -> int:
        return len(self.polygons) + len(self.path_class) + len(self.point_class)


@dataclass(frozen=True, eq=False)
class Prepared:
    """A layer ready to be measured.

    Attributes
    ----------
    key : name of all that decides its content.
    classes : names of the classes.
    shapes : all shapes as they are.
    tiled : polygons dissolved per class; a class counts only where no polygon of higher precedence lies.
    """

    key: str
    classes: tuple[str, ...]
    shapes: Shapes
    tiled: TiledLayer

    def of_classes(self, names: Collection[str]) -> FlatPolygons:
        """Polygons of some classes."""
        wanted = np.array([name in names for name in self.classes], dtype=bool)
        chosen = wanted[self.shapes.polygon_class] if len(self.classes) else np.empty(0, dtype=bool)
        return self.shapes.polygons.take(chosen)
