"""A layer as arrays: its shapes as they are, its polygons dissolved per class, and what is searched in them.

Contract: search trees are made once for the whole layer, not for each municipality, and kept beside the arrays where
the layer has a folder. Where the shapes come from is elsewhere.
"""

from __future__ import annotations

import fcntl
import hashlib
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from geodata.errors import InputError
from geodata.measure.flat import FlatPolygons, gather, open_arrays, save_arrays
from geodata.measure.kernels.nearest import PointGrid
from geodata.measure.kernels.segments import Segments
from geodata.measure.tiles import TiledLayer

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Arrays = dict[str, NDArray[Any]]

#: Points are laid in cells made for looking around a parcel so far, metres.
_AROUND_M = 25.0


@dataclass(frozen=True, eq=False)
class Shapes:
    """Shapes of a layer by kind, EPSG:31370, metres; numbers of classes are places in `Prepared.classes`.

    Attributes
    ----------
    polygons, polygon_class : n polygons and the class of each, shape (n,).
    paths, path_ends, path_class : coordinates of m lines (v, 2), their offsets (m + 1,), the class of each (m,).
    points, point_class : k places (k, 2) and the class of each (k,).
    path_value, point_value : a number that the source states of each line and place (`LayerSpec.value`), shape (m,) and
        (k,); NaN = not stated; of lines to the thousandth.
    standing : a point inside each polygon, where things are counted by where they stand; shape (n, 2), else (0, 2).
    """

    polygons: FlatPolygons
    polygon_class: Ints
    paths: Floats
    path_ends: Ints
    path_class: Ints
    path_value: Floats
    points: Floats
    point_class: Ints
    point_value: Floats
    standing: Floats

    def __len__(self) -> int:
        return len(self.polygons) + len(self.path_class) + len(self.point_class)


@dataclass(frozen=True, eq=False)
class Finder:
    """What is near, among some classes of a layer.

    Attributes
    ----------
    points : places, shape (k, 2).
    dots, lines, areas : search trees over the places, the lines and the borders of the polygons.
    """

    points: Floats
    dots: Segments
    lines: Segments
    areas: Segments

    @cached_property
    def tree(self) -> cKDTree:
        """The places as a k-d tree, for searches that leave some out."""
        return cKDTree(self.points, compact_nodes=False, balanced_tree=False)


@dataclass(frozen=True, eq=False)
class Prepared:
    """A layer ready to be measured.

    Attributes
    ----------
    key : name of all that decides its content.
    classes : names of the classes.
    shapes : all shapes as they are.
    tiled : polygons dissolved per class; a class counts only where no polygon of higher precedence lies.
    folder : where what is derived from the shapes is kept; None = in memory only.
    """

    key: str
    classes: tuple[str, ...]
    shapes: Shapes
    tiled: TiledLayer
    folder: Path | None = None
    _made: dict[str, Any] = field(default_factory=dict)

    def of_classes(self, names: Collection[str]) -> FlatPolygons:
        """Polygons of some classes."""
        return self.shapes.polygons.take(self._chosen(self.shapes.polygon_class, names))

    def lines_of(self, names: Collection[str]) -> tuple[Floats, Ints]:
        """Lines of some classes: coordinates and offsets; no names = all."""
        chosen = np.flatnonzero(self._chosen(self.shapes.path_class, names))
        vertex, ends = gather(self.shapes.path_ends, chosen)
        return self.shapes.paths[vertex], ends

    def points_of(self, names: Collection[str]) -> Floats:
        """Places of some classes; no names = all."""
        return self.shapes.points[self._chosen(self.shapes.point_class, names)]

    def finder(self, names: Collection[str] = ()) -> Finder:
        """Search trees over the shapes of some classes; no names = all."""

        def make() -> Arrays:
            points = self.points_of(names)
            polygons = self.of_classes(names) if names else self.shapes.polygons
            trees = {
                "dots": Segments.of(np.concatenate([points, points], axis=1)),
                "lines": Segments.of_lines(*self.lines_of(names)),
                "areas": Segments.of_polygons(polygons),
            }
            arrays: Arrays = {"points": points}
            for name, tree in trees.items():
                for part in _TREE:
                    arrays[f"{name}-{part}"] = np.asarray(getattr(tree, part))
            return arrays

        def read(arrays: Arrays) -> Finder:
            def tree(name: str) -> Segments:
                ends, origin, boxes, levels, widest = (arrays[f"{name}-{part}"] for part in _TREE)
                return Segments(ends, origin, boxes, levels, float(widest))

            return Finder(arrays["points"], tree("dots"), tree("lines"), tree("areas"))

        names_of = ["points", *(f"{name}-{part}" for name in ("dots", "lines", "areas") for part in _TREE)]
        found: Finder = self.kept(f"finder {sorted(names)}", names_of, make, read)
        return found

    def places(self, names: Collection[str] = (), *, least_m2: float = 0.0) -> PointGrid:
        """Places of some classes, and the points on which their polygons stand, laid in cells; no names = all.

        Parameters
        ----------
        least_m2 : polygons of less are left out.
        """

        def make() -> Arrays:
            points = [self.points_of(names)]
            if len(self.shapes.standing):
                large = self._chosen(self.shapes.polygon_class, names) & (self.shapes.polygons.areas >= least_m2)
                points.append(self.shapes.standing[large])
            grid = PointGrid.of(np.concatenate(points), _AROUND_M)
            return {part: getattr(grid, part) for part in _GRID}

        found: PointGrid = self.kept(
            f"places {sorted(names)} {least_m2}", list(_GRID), make, lambda arrays: PointGrid(**arrays)
        )
        return found

    def _chosen(self, numbers: Ints, names: Collection[str]) -> NDArray[np.bool_]:
        """Which shapes are of these classes; of any where no class is named."""
        if not names:
            return np.ones(len(numbers), dtype=bool)
        wanted = np.array([name in names for name in self.classes], dtype=bool)
        return wanted[numbers] if len(self.classes) else np.zeros(0, dtype=bool)

    def kept(self, what: str, names: list[str], make: Callable[[], Arrays], read: Callable[[Arrays], Any]) -> Any:
        """What was derived before, in this process or in an earlier one, else made now and kept.

        Parameters
        ----------
        what : tells it from everything else that is derived from this layer.
        names : names of its arrays.
        make, read : gives the arrays, and makes of arrays what is used.
        """
        if what in self._made:
            return self._made[what]
        if self.folder is None:
            found = read(make())
        else:
            folder = self.folder / f"made-{hashlib.sha256(what.encode()).hexdigest()[:16]}"
            try:
                found = read(open_arrays(folder, names))
            except InputError:
                found = self._made_once(folder, names, make, read)
        self._made[what] = found
        return found

    def _made_once(
        self, folder: Path, names: list[str], make: Callable[[], Arrays], read: Callable[[Arrays], Any]
    ) -> Any:
        """One process makes it, others wait and read it; where it cannot be kept it is in memory only."""
        with suppress(OSError), folder.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            with suppress(InputError):
                return read(open_arrays(folder, names))
            made = make()
            with suppress(OSError):
                save_arrays(folder, made)
            return read(made)
        return read(make())


_TREE = ("ends", "origin", "boxes", "levels", "widest")
_GRID = ("xy", "amounts", "starts", "totals", "frame")
