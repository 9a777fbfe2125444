"""Polygons as flat arrays: what the kernels read instead of geometry objects.

Four arrays hold n polygons or multipolygons: coordinates, and three levels of offsets (rings into coordinates, parts
into rings, features into parts). Coordinates are EPSG:31370, metres. Every ring is closed; exteriors run
counter-clockwise and holes clockwise, so that a sum over all edges of a feature needs no other knowledge of its rings.
Arrays are read-only views, also in memory, so that a kernel is compiled once for both. Rings are expected to be valid:
ingest repairs them.
"""

from __future__ import annotations

import mmap
import shutil
import uuid
import weakref
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
import shapely
from numpy.typing import NDArray

from geodata.errors import InputError
from geodata.measure.chunks import threads
from geodata.measure.jit import HAVE_NUMBA, njit

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_NONE = shapely.MultiPolygon()


@dataclass(frozen=True, eq=False)
class FlatPolygons:
    """n polygons or multipolygons, EPSG:31370, metres.

    Attributes
    ----------
    xy : ring coordinates, shape (v, 2); each ring closed (first = last).
    rings : offsets into `xy`, shape (r + 1,).
    parts : offsets into `rings`, shape (p + 1,); the first ring of a part is its exterior, the others are holes.
    features : offsets into `parts`, shape (n + 1,); a feature without parts is empty.

    Raises
    ------
    ValueError : the arrays do not belong together.
    """

    xy: Floats
    rings: Ints
    parts: Ints
    features: Ints

    def __post_init__(self) -> None:
        for field in fields(self):
            kind = np.float64 if field.name == "xy" else np.int64
            array = np.ascontiguousarray(getattr(self, field.name), dtype=kind).view(np.ndarray)
            array = array.view()
            array.flags.writeable = False
            object.__setattr__(self, field.name, array)
        ends = [int(offsets[-1]) if len(offsets) else -1 for offsets in (self.rings, self.parts, self.features)]
        if self.xy.ndim != 2 or ends != [len(self.xy), len(self.rings) - 1, len(self.parts) - 1]:
            raise ValueError(f"Offsets end at {ends}, which does not fit the arrays they point into.")

    def __len__(self) -> int:
        return len(self.features) - 1

    @property
    def nbytes(self) -> int:
        """Bytes of the four arrays."""
        return sum(int(getattr(self, field.name).nbytes) for field in fields(self))

    @cached_property
    def bounds(self) -> Floats:
        """minx, miny, maxx, maxy of each feature, metres, shape (n, 4); NaN where empty."""
        return self._bounds_and_areas[0]

    @cached_property
    def areas(self) -> Floats:
        """Area of each feature, square metres, holes taken off, shape (n,)."""
        return self._bounds_and_areas[1]

    @cached_property
    def starts(self) -> Ints:
        """Offsets of features straight into `xy`, shape (n + 1,)."""
        out: Ints = self.rings[self.parts[self.features]]
        out.flags.writeable = False
        return out

    @cached_property
    def _bounds_and_areas(self) -> tuple[Floats, Floats]:
        if not HAVE_NUMBA:
            shapes = self.to_shapely()
            return shapely.bounds(shapes), shapely.area(shapes)
        bounds, areas = np.empty((len(self), 4)), np.empty(len(self))
        step = 1 << 18
        with ThreadPoolExecutor(threads()) as pool:
            jobs = [
                pool.submit(
                    _measure, self.xy, self.rings, ring_offsets(self), at, min(at + step, len(self)), bounds, areas
                )
                for at in range(0, len(self), step)
            ]
            for job in jobs:
                job.result()
        return bounds, areas

    @classmethod
    def from_shapely(cls, geometries: Iterable[Any]) -> Self:
        """Flat arrays of shapely polygons and multipolygons; None counts as empty, Z is dropped.

        Raises
        ------
        InputError : a geometry is neither polygon nor multipolygon (its row is named).
        """
        shapes = np.array(geometries if isinstance(geometries, np.ndarray) else list(geometries), dtype=object)
        kinds = shapely.get_type_id(shapes)
        empty = shapely.is_empty(shapes) | (kinds == -1)
        odd = np.flatnonzero(~np.isin(kinds, (3, 6)) & ~empty)
        if len(odd):
            raise InputError(
                f"A {shapes[odd[0]].geom_type} where a polygon is needed.",
                "Keep only the polygons of the geometry before it is measured.",
                file="geometries",
                row=int(odd[0]) + 1,
                field="geometry",
            )
        shapes[empty] = _NONE
        shapes = shapely.orient_polygons(shapes)
        full = ~empty
        if not full.any():
            return cls(np.empty((0, 2)), _zeros(1), _zeros(1), _zeros(len(shapes) + 1))
        kind, xy, offsets = shapely.to_ragged_array(shapes[full], include_z=False)
        parts_of = np.zeros(len(shapes), dtype=np.int64)
        parts_of[full] = 1 if kind == shapely.GeometryType.POLYGON else np.diff(offsets[2])
        return cls(xy, offsets[0], offsets[1], offsets_of(parts_of))

    def to_shapely(self) -> NDArray[Any]:
        """Shapely geometries, object array of shape (n,): Polygon for one part, MultiPolygon for several or none."""
        out = np.full(len(self), _NONE, dtype=object)
        if not len(self.rings) - 1:
            return out
        parts = shapely.from_ragged_array(
            shapely.GeometryType.POLYGON, np.array(self.xy), (np.array(self.rings), np.array(self.parts))
        )
        count = np.diff(self.features)
        out[count == 1] = parts[self.features[:-1][count == 1]]
        several = np.flatnonzero(count > 1)
        if len(several):
            chosen, _ = gather(self.features, several)
            out[several] = shapely.multipolygons(
                parts[chosen], indices=np.repeat(np.arange(len(several)), count[several])
            )
        return out

    def take(self, index: Any) -> Self:
        """The features of an index (integers in any order, or a mask), copied."""
        chosen = positions(len(self), index)
        part, features = gather(self.features, chosen)
        ring, parts = gather(self.parts, part)
        vertex, rings = gather(self.rings, ring)
        return type(self)(self.xy[vertex], rings, parts, features)

    def between(self, start: int, stop: int) -> Self:
        """Features start up to stop (not included); coordinates are not copied."""
        features = self.features[start : stop + 1]
        parts = self.parts[features[0] : features[-1] + 1]
        rings = self.rings[parts[0] : parts[-1] + 1]
        return type(self)(self.xy[rings[0] : rings[-1]], rings - rings[0], parts - parts[0], features - features[0])

    @classmethod
    def concatenate(cls, several: Iterable[FlatPolygons]) -> Self:
        """The features of several, one after the other."""
        all_of = list(several)
        if not all_of:
            return cls(np.empty((0, 2)), _zeros(1), _zeros(1), _zeros(1))
        sizes = (
            np.concatenate([np.diff(getattr(one, name)) for one in all_of]) for name in ("rings", "parts", "features")
        )
        return cls(np.concatenate([one.xy for one in all_of]), *(offsets_of(size) for size in sizes))

    def save(self, folder: Path) -> None:
        """Write the arrays; the folder appears whole or not at all, and replaces what was there."""
        save_arrays(folder, {field.name: getattr(self, field.name) for field in fields(self)})

    @classmethod
    def open(cls, folder: Path) -> Self:
        """The arrays of a folder, memory-mapped and read-only.

        Raises
        ------
        InputError : the folder lacks an array or the arrays do not belong together.
        """
        try:
            return cls(**open_arrays(folder, [field.name for field in fields(cls)]))
        except ValueError as cause:
            raise broken(folder) from cause


def flat_lines(geometries: NDArray[Any]) -> tuple[Floats, Ints, Ints]:
    """Lines and multilines as flat arrays: coordinates, offsets of the lines, and the feature of each line.

    Raises
    ------
    InputError : a geometry is no line (its row is named).
    """
    kinds = shapely.get_type_id(geometries)
    odd = np.flatnonzero(~np.isin(kinds, (-1, 1, 5)))
    if len(odd):
        raise InputError(
            f"A {geometries[odd[0]].geom_type} where a line is needed.",
            "Keep only the lines of the layer.",
            file="geometries",
            row=int(odd[0]) + 1,
            field="geometry",
        )
    parts, feature = shapely.get_parts(geometries, return_index=True)
    full = ~shapely.is_empty(parts)
    parts, feature = parts[full], feature[full].astype(np.int64)
    offsets = np.zeros(len(parts) + 1, dtype=np.int64)
    np.cumsum(shapely.get_num_coordinates(parts), out=offsets[1:])
    return shapely.get_coordinates(parts), offsets, feature


def _zeros(count: int) -> Ints:
    """Offsets of nothing."""
    return np.zeros(count, dtype=np.int64)


def offsets_of(sizes: NDArray[Any]) -> Ints:
    """Offsets of runs of the given sizes, shape (k + 1,)."""
    out = np.zeros(len(sizes) + 1, dtype=np.int64)
    np.cumsum(sizes, out=out[1:])
    return out


def positions(count: int, index: Any) -> Ints:
    """An index (integers in any order, or a mask) of `count` items as positions; all of them where it is None."""
    if index is None:
        return np.arange(count, dtype=np.int64)
    given = np.asarray(index)
    found: Ints = np.arange(count, dtype=np.int64)[given if len(given) else given.astype(np.int64)]
    return found


def gather(offsets: Ints, index: Ints) -> tuple[Ints, Ints]:
    """Items of the chosen runs: (their positions, the new offsets)."""
    sizes = offsets[index + 1] - offsets[index]
    new = offsets_of(sizes)
    return np.repeat(offsets[index] - new[:-1], sizes) + np.arange(new[-1]), new


def ring_offsets(polygons: FlatPolygons) -> Ints:
    """Offsets of features straight into `rings`, shape (n + 1,)."""
    out: Ints = polygons.parts[polygons.features]
    out.flags.writeable = False
    return out


def save_arrays(folder: Path, arrays: dict[str, NDArray[Any]]) -> None:
    """Write one .npy per array into a folder that appears whole or not at all."""
    folder = Path(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = folder.with_name(f".{folder.name}-{uuid.uuid4().hex[:12]}")
    beside.mkdir()
    try:
        for name, array in arrays.items():
            np.save(beside / f"{name}.npy", array)
        if folder.exists():
            shutil.rmtree(folder)
        beside.rename(folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def open_arrays(folder: Path, names: Iterable[str]) -> dict[str, NDArray[Any]]:
    """Arrays of a folder, memory-mapped and read-only.

    Raises
    ------
    InputError : one is missing or cannot be read.
    """
    out: dict[str, NDArray[Any]] = {}
    for name in names:
        try:
            mapped = np.load(Path(folder) / f"{name}.npy", mmap_mode="r")
        except (OSError, ValueError, EOFError) as cause:
            raise broken(folder, name) from cause
        if isinstance(mapped.base, mmap.mmap):
            _mapped.add(mapped.base)
        out[name] = mapped.view(np.ndarray)
    return out


#: Files that are mapped into this process.
_mapped: weakref.WeakSet[mmap.mmap] = weakref.WeakSet()


def release_pages() -> None:
    """Give the pages of all mapped arrays back to the system: a run over a country would end with all of them.

    The arrays stay as they are; what is read again comes from the system's cache of files, or from disk.
    """
    if hasattr(mmap, "MADV_DONTNEED"):  # not on Windows
        for one in list(_mapped):
            one.madvise(mmap.MADV_DONTNEED)


def broken(folder: Path, name: str | None = None) -> InputError:
    """The error of a folder of arrays that cannot be used."""
    return InputError(
        "Prepared arrays are missing or damaged; nothing was measured with them.",
        "Delete the folder; it is made anew on the next run.",
        file=folder,
        field=name,
    )


@njit
def _measure(xy: Any, rings: Any, starts: Any, first: Any, last: Any, bounds: Any, areas: Any) -> None:
    """Bounds and signed area of features first..last; `starts` are offsets of features into `rings`."""
    for f in range(first, last):
        x0 = y0 = np.inf
        x1 = y1 = -np.inf
        twice = 0.0
        for r in range(starts[f], starts[f + 1]):
            begin, end = rings[r], rings[r + 1]
            ox, oy = xy[begin, 0], xy[begin, 1]
            for v in range(begin, end):
                x, y = xy[v, 0], xy[v, 1]
                x0, y0, x1, y1 = min(x0, x), min(y0, y), max(x1, x), max(y1, y)
                if v + 1 < end:
                    twice += (x - ox) * (xy[v + 1, 1] - oy) - (xy[v + 1, 0] - ox) * (y - oy)
        areas[f] = 0.5 * twice
        if x0 > x1:
            bounds[f, :] = np.nan
        else:
            bounds[f, 0], bounds[f, 1], bounds[f, 2], bounds[f, 3] = x0, y0, x1, y1
