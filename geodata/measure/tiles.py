"""Layers prepared for overlap: the polygons of each class dissolved and cut into square tiles, as flat edges.

A layer is prepared once per dataset version, in threads, and kept as memory-mapped arrays that are safe to delete.
Tiles lie on one grid for all layers (corner at 0, 0 of EPSG:31370), so a tile made anew after a change is equal to the
same tile of a full run to the last bit. What an edge means is told in `geodata.measure.kernels.cutting`.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from itertools import pairwise
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geodata.errors import InputError
from geodata.measure.chunks import threads
from geodata.measure.flat import (
    FlatPolygons,
    Floats,
    Ints,
    broken,
    offsets_of,
    open_arrays,
    ring_offsets,
    save_arrays,
)
from geodata.measure.kernels.cutting import cut
from geodata.measure.kernels.dissolving import dissolve

SIZE = 500.0
"""Side of a tile, metres."""

_MOST_TILES = 1 << 26

Progress = Callable[[float], None]
"""Told the part done, 0..1."""


@dataclass(frozen=True, eq=False)
class TiledLayer:
    """A prepared layer; arrays are read-only.

    Attributes
    ----------
    grid : column and row of the first tile, columns, rows, number of classes; shape (5,).
    size : side of a tile, metres.
    tiles : offsets of tiles (row by row) into pieces, shape (columns * rows + 1,).
    piece_class : class of each piece, 0..classes - 1, rising within a tile, shape (k,).
    pieces : offsets into `edges`, shape (2 k + 1,): a piece's top edges, then its bottom edges.
    boxes : box of each piece, metres from the lower left corner of its tile, shape (k, 4).
    edges : left x, left y, right x, right y of each edge, metres from the same corner, each half of a piece sorted by
        left x, shape (m, 4).
    """

    grid: Ints
    size: float
    tiles: Ints
    piece_class: Ints
    pieces: Ints
    boxes: Floats
    edges: Floats

    def __post_init__(self) -> None:
        for name in ("grid", "tiles", "piece_class", "pieces", "boxes", "edges"):
            kind = np.float64 if name in ("boxes", "edges") else np.int64
            array = np.ascontiguousarray(getattr(self, name), dtype=kind).view(np.ndarray).view()
            array.flags.writeable = False
            object.__setattr__(self, name, array)
        ends = [len(self.grid), len(self.tiles), int(self.tiles[-1]), len(self.pieces), int(self.pieces[-1])]
        k = len(self.piece_class)
        if ends != [5, int(self.grid[2] * self.grid[3]) + 1, k, 2 * k + 1, len(self.edges)] or len(self.boxes) != k:
            raise ValueError(f"Offsets {ends} do not fit the arrays they point into.")

    def __len__(self) -> int:
        return len(self.piece_class)

    @property
    def classes(self) -> int:
        """Number of classes."""
        return int(self.grid[4])

    @property
    def nbytes(self) -> int:
        """Bytes of the arrays."""
        return sum(int(getattr(self, field.name).nbytes) for field in fields(self) if field.name != "size")

    def areas(self) -> Floats:
        """Area of the union of each class, square metres, shape (classes,)."""
        x0, y0, x1, y1 = self.edges.T
        under = np.concatenate(([0.0], np.cumsum((x1 - x0) * (y0 + y1) * 0.5))) if len(self.edges) else np.zeros(1)
        sums = np.diff(under[self.pieces])
        return np.bincount(self.piece_class, weights=sums[0::2] - sums[1::2], minlength=self.classes).astype(float)

    def save(self, folder: Path) -> None:
        """Write the arrays; the folder appears whole or not at all, and replaces what was there."""
        arrays = {field.name: np.asarray(getattr(self, field.name)) for field in fields(self)}
        save_arrays(folder, arrays)

    @classmethod
    def open(cls, folder: Path) -> Self:
        """The layer of a folder, memory-mapped and read-only.

        Raises
        ------
        InputError : the folder lacks an array or the arrays do not belong together.
        """
        arrays: dict[str, Any] = open_arrays(folder, [field.name for field in fields(cls)])
        try:
            return cls(**{**arrays, "size": float(arrays["size"])})
        except (ValueError, IndexError, TypeError) as cause:
            raise broken(folder) from cause


def prepare(
    polygons: FlatPolygons,
    kinds: ArrayLike,
    classes: int | None = None,
    *,
    precedence: ArrayLike | None = None,
    size: float = SIZE,
    tiles: ArrayLike | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> TiledLayer:
    """Dissolve polygons per class and cut them into tiles.

    Parameters
    ----------
    polygons : valid polygons, EPSG:31370, metres; they may overlap.
    kinds : class of each polygon, 0..classes - 1, shape (n,).
    classes : number of classes; the highest in `kinds` + 1 where None.
    precedence : level of each polygon: a class is covered only where no polygon of a higher level lies.
    size : side of a tile, metres.
    tiles : columns and rows of the only tiles to make, shape (t, 2), see `tiles_of`; all where None.
    workers : threads; the number of processors where None.
    progress : told how far it is.

    Raises
    ------
    InputError : a class is out of range, or the extent is too large to be in metres of EPSG:31370.
    """
    # Copies: arrays that are sometimes read-only would be compiled for twice.
    kind = np.array(kinds, dtype=np.int64)
    count = int(kind.max(initial=-1)) + 1 if classes is None else classes
    _check(polygons, kind, count)
    level = np.array(np.zeros(len(kind)) if precedence is None else precedence, dtype=np.int64)
    joint = bool(len(level) and level.min() != level.max())
    chosen = None if tiles is None else np.asarray(tiles, dtype=np.int64).reshape(-1, 2)
    grid = _grid_of(polygons, size, chosen, count)
    if chosen is not None:
        near = _near(polygons, grid, size)
        polygons, kind, level = polygons.take(near), kind[near], level[near]
    if not len(polygons) or not grid[2]:
        return _empty(grid, size)
    wanted = np.ones(int(grid[2] * grid[3]), np.uint8)
    if chosen is not None:
        wanted[:] = 0
        wanted[(chosen[:, 1] - grid[1]) * grid[2] + chosen[:, 0] - grid[0]] = 1
    several = threads(workers)
    tell = progress or (lambda part: None)
    with ThreadPoolExecutor(several) as pool:
        offsets, edges, owners = _cut(pool, several, polygons, grid, size, wanted)
        tell(0.3)
        pieces = _dissolve(pool, offsets, edges, owners, kind, level, joint, lambda part: tell(0.3 + 0.7 * part))
    found, piece_class, tops, bottoms, boxes, per_tile = pieces
    sizes = np.stack([tops, bottoms], axis=1).ravel()
    return TiledLayer(grid, size, offsets_of(per_tile), piece_class, offsets_of(sizes), boxes, found)


def tiles_of(bounds: ArrayLike, size: float = SIZE) -> Ints:
    """Columns and rows of all tiles that boxes touch, each once, shape (t, 2).

    Parameters
    ----------
    bounds : minx, miny, maxx, maxy in metres, shape (n, 4); NaN is left out.
    """
    boxes = np.asarray(bounds, dtype=float).reshape(-1, 4)
    boxes = boxes[~np.isnan(boxes[:, 0])]
    low, high = np.floor(boxes[:, :2] / size).astype(np.int64), np.floor(boxes[:, 2:] / size).astype(np.int64)
    wide, tall = high[:, 0] - low[:, 0] + 1, high[:, 1] - low[:, 1] + 1
    box = np.repeat(np.arange(len(boxes)), wide * tall)
    at = np.arange(len(box)) - offsets_of(wide * tall)[box]
    found: Ints = np.unique(np.stack([low[box, 0] + at % wide[box], low[box, 1] + at // wide[box]], axis=1), axis=0)
    return found


def replaced(layer: TiledLayer, patch: TiledLayer, tiles: ArrayLike) -> TiledLayer:
    """The layer with the given tiles (columns and rows) taken from the patch; the grid grows where it must.

    Raises
    ------
    ValueError : the two are not of the same tile size or classes.
    """
    if layer.size != patch.size or layer.classes != patch.classes:
        raise ValueError("A layer and its patch have the same tile size and classes.")
    grid = _around(layer.grid, patch.grid)
    chosen = np.asarray(tiles, dtype=np.int64).reshape(-1, 2) - grid[:2]
    inside = ((chosen >= 0) & (chosen < grid[2:4])).all(axis=1)
    new = np.zeros(int(grid[2] * grid[3]), bool)
    new[chosen[inside, 1] * grid[2] + chosen[inside, 0]] = True
    old_first, old_count = _spread(layer, grid)
    new_first, new_count = _spread(patch, grid)
    per_tile = np.where(new, new_count, old_count)
    # Pieces of both behind one another, those of the patch last.
    first = np.where(new, new_first + len(layer), old_first)
    order, _ = _runs(first, per_tile)
    sizes = np.concatenate([np.diff(layer.pieces), np.diff(patch.pieces)]).reshape(-1, 2)[order]
    starts = np.concatenate([layer.pieces[:-1:2], patch.pieces[:-1:2] + len(layer.edges)])[order]
    rows, _ = _runs(starts, sizes.sum(axis=1))
    edges = _rows_of(layer.edges, patch.edges, rows)
    return TiledLayer(
        grid,
        layer.size,
        offsets_of(per_tile),
        np.concatenate([layer.piece_class, patch.piece_class])[order],
        offsets_of(sizes.ravel()),
        np.concatenate([layer.boxes, patch.boxes])[order],
        edges,
    )


def redissolved(
    layer: TiledLayer,
    polygons: FlatPolygons,
    kinds: ArrayLike,
    bounds: ArrayLike,
    *,
    precedence: ArrayLike | None = None,
    workers: int | None = None,
) -> TiledLayer:
    """The layer after a change: only tiles that the boxes touch are made anew.

    Parameters
    ----------
    polygons, kinds, precedence : all polygons as they are now.
    bounds : boxes of every polygon that came, went or changed, in its old and in its new shape, shape (n, 4).
    """
    tiles = tiles_of(bounds, layer.size)
    patch = prepare(
        polygons, kinds, layer.classes, precedence=precedence, size=layer.size, tiles=tiles, workers=workers
    )
    return replaced(layer, patch, tiles)


def _check(polygons: FlatPolygons, kinds: Ints, classes: int) -> None:
    """Refuse classes that do not belong to the polygons or are out of range."""
    if len(kinds) != len(polygons):
        raise ValueError(f"{len(polygons)} polygons with {len(kinds)} classes.")
    odd = np.flatnonzero((kinds < 0) | (kinds >= classes))
    if len(odd):
        raise InputError(
            f"Class {kinds[odd[0]]} is not one of 0..{classes - 1}.",
            "Number the classes of the layer from 0.",
            file="layer",
            row=int(odd[0]) + 1,
            field="class",
        )


def _grid_of(polygons: FlatPolygons, size: float, chosen: Ints | None, classes: int) -> Ints:
    """First column and row, columns, rows, classes."""
    if chosen is not None:
        low, high = (chosen.min(axis=0), chosen.max(axis=0)) if len(chosen) else (np.zeros(2), np.full(2, -1))
    else:
        bounds = polygons.bounds[~np.isnan(polygons.bounds[:, 0])]
        if not len(bounds):
            return np.array([0, 0, 0, 0, classes])
        low, high = np.floor(bounds[:, :2].min(axis=0) / size), np.floor(bounds[:, 2:].max(axis=0) / size)
    wide = high - low + 1
    if not float(wide[0]) * float(wide[1]) <= _MOST_TILES:
        raise InputError(
            f"The layer spans {wide[0] * size:.0f} by {wide[1] * size:.0f} metres, far more than Belgium.",
            "Check the CRS of the layer: EPSG:31370 is needed.",
            file="layer",
            field="geometry",
        )
    return np.array([*low, *wide, classes]).astype(np.int64)


def _near(polygons: FlatPolygons, grid: Ints, size: float) -> NDArray[np.int64]:
    """Polygons whose box touches the grid, in their order."""
    x0, y0, x1, y1 = grid[0] * size, grid[1] * size, (grid[0] + grid[2]) * size, (grid[1] + grid[3]) * size
    box = polygons.bounds
    return np.flatnonzero((box[:, 0] <= x1) & (box[:, 2] >= x0) & (box[:, 1] <= y1) & (box[:, 3] >= y0))


def _empty(grid: Ints, size: float) -> TiledLayer:
    """A layer without pieces."""
    tiles = np.zeros(int(grid[2] * grid[3]) + 1, np.int64)
    nothing = np.empty((0, 4))
    return TiledLayer(grid, size, tiles, tiles[:0], tiles[:1], nothing, nothing)


def _cut(
    pool: ThreadPoolExecutor, several: int, polygons: FlatPolygons, grid: Ints, size: float, wanted: NDArray[np.uint8]
) -> tuple[Ints, Floats, Ints]:
    """Edges by tile: count per block of polygons, then each block writes where its turn is."""
    starts = ring_offsets(polygons)
    cuts = np.searchsorted(polygons.starts, np.linspace(0, len(polygons.xy), several + 1))
    cuts[0], cuts[-1] = 0, len(polygons)
    cursors = np.zeros((several, len(wanted)), np.int64)
    place = np.ascontiguousarray(grid[:4])
    nothing, nobody = np.empty((0, 4)), np.empty(0, np.int64)

    def walk(block: int, fill: bool, edges: Floats, owners: Ints) -> None:
        first, last = int(cuts[block]), int(cuts[block + 1])
        cut(polygons.xy, polygons.rings, starts, first, last, place, size, wanted, cursors[block], fill, edges, owners)

    list(pool.map(lambda block: walk(block, False, nothing, nobody), range(several)))
    offsets = offsets_of(cursors.sum(axis=0))
    before = np.cumsum(cursors, axis=0) - cursors
    cursors[:] = offsets[:-1] + before
    edges, owners = np.empty((int(offsets[-1]), 4)), np.empty(int(offsets[-1]), np.int64)
    list(pool.map(lambda block: walk(block, True, edges, owners), range(several)))
    return offsets, edges, owners


def _dissolve(
    pool: ThreadPoolExecutor,
    offsets: Ints,
    edges: Floats,
    owners: Ints,
    kinds: Ints,
    levels: Ints,
    joint: bool,
    tell: Progress,
) -> tuple[NDArray[Any], ...]:
    """Blocks of tiles of like size, dissolved in threads and joined in order."""
    blocks = max(1, min(len(offsets) - 1, max(len(edges) // 50_000, min(8, len(edges) // 3000))))
    cuts = np.searchsorted(offsets, np.linspace(0, len(edges), blocks + 1))
    cuts[0], cuts[-1] = 0, len(offsets) - 1
    cuts = np.maximum.accumulate(cuts)
    jobs = [
        pool.submit(dissolve, offsets, int(a), int(b), edges, owners, kinds, levels, joint) for a, b in pairwise(cuts)
    ]
    done = []
    for job in jobs:
        done.append(job.result())
        tell(len(done) / len(jobs))
    return tuple(np.concatenate(part) for part in zip(*done, strict=True))


def _around(one: Ints, other: Ints) -> Ints:
    """The grid that holds both."""
    full = [grid for grid in (one, other) if grid[2] and grid[3]]
    if not full:
        return one
    low = np.min([grid[:2] for grid in full], axis=0)
    high = np.max([grid[:2] + grid[2:4] for grid in full], axis=0)
    return np.array([*low, *(high - low), one[4]], dtype=np.int64)


def _spread(layer: TiledLayer, grid: Ints) -> tuple[Ints, Ints]:
    """First piece and number of pieces of each tile of a larger grid."""
    first, count = np.zeros((int(grid[3]), int(grid[2])), np.int64), np.zeros((int(grid[3]), int(grid[2])), np.int64)
    columns, rows = int(layer.grid[2]), int(layer.grid[3])
    if columns and rows:
        x, y = (layer.grid[:2] - grid[:2]).tolist()
        first[y : y + rows, x : x + columns] = layer.tiles[:-1].reshape(rows, columns)
        count[y : y + rows, x : x + columns] = np.diff(layer.tiles).reshape(rows, columns)
    return first.ravel(), count.ravel()


def _runs(first: Ints, count: Ints) -> tuple[Ints, Ints]:
    """Positions of runs with a start and a length each, and their offsets."""
    offsets = offsets_of(count)
    return np.repeat(first - offsets[:-1], count) + np.arange(offsets[-1]), offsets


def _rows_of(one: Floats, other: Floats, rows: Ints) -> Floats:
    """Rows of two tables laid behind one another, without joining them first."""
    out = np.empty((len(rows), 4))
    mine = rows < len(one)
    out[mine] = one[rows[mine]]
    out[~mine] = other[rows[~mine] - len(one)]
    return out
