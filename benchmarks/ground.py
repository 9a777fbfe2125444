"""A piece of land for benchmarks, as flat arrays: irregular parcels and four layers, the same for the same seed.

Parcels share their borders, are lognormal in size and have 12 corners; some have a hole, some two parts. Layers are
zones that cover everything (20 classes), flood areas that overlap each other (3 classes, up to 12 000 corners), nature
areas (10 000 corners at most, with holes) and circles around plants. Coordinates are EPSG:31370, rounded to mm.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geodata.measure.flat import FlatPolygons, Floats, Ints, offsets_of

CORNER = (100_000.0, 160_000.0)
#: Mean side of a parcel, metres: about 3 300 square metres each.
SIDE = 57.0


@dataclass(frozen=True)
class Ground:
    """A layer: polygons, the class of each, and the number of classes."""

    polygons: FlatPolygons
    kinds: Ints
    classes: int


def parcels(count: int, seed: int = 2012) -> FlatPolygons:
    """About `count` parcels; every 33rd has a hole, every 50th a second part."""
    draw = np.random.default_rng(seed)
    side = max(2, round(np.sqrt(count)))
    xy = np.round(_mesh(draw, side, side, SIDE, 0.6, 3), 3)
    hole = np.round(xy.mean(axis=1)[:, None, :] + 0.15 * (xy[:, ::-3] - xy.mean(axis=1)[:, None, :]), 3)
    order = _by_block(xy[:, 0])
    has_hole, second = np.zeros(len(xy), bool), np.zeros(len(xy), bool)
    has_hole[::33] = True
    # A parcel gives itself away as second part of the one two places before it in its row.
    second[2::50] = True
    second &= np.arange(len(xy)) % side >= 2
    leads = np.zeros(len(xy), bool)
    leads[np.flatnonzero(second) - 2] = True
    rings, ring_count, part_count = [], [], []
    for p in order[~second[order]].tolist():
        mine = [p, p + 2] if leads[p] else [p]
        part_count.append(len(mine))
        for q in mine:
            rings.append(xy[q])
            ring_count.append(2 if has_hole[q] else 1)
            if has_hole[q]:
                rings.append(hole[q])
    return _flat(rings, ring_count, part_count)


def layers(count: int, seed: int = 2012) -> dict[str, Ground]:
    """Layers for the land of `count` parcels, by name."""
    draw = np.random.default_rng(seed + 1)
    extent = max(2, round(np.sqrt(count))) * SIDE
    return {
        "zoning": _zones(draw, count, extent),
        "flood": _areas(draw, max(30, count * 3 // 100), extent, 12_000, 3, spread=1.2, median=55),
        "nature": _areas(draw, max(10, count * 3 // 1000), extent, 10_000, 4, spread=1.1, median=320),
        "plants": _circles(draw, max(5, count * 3 // 10_000), extent),
    }


def _mesh(draw: np.random.Generator, columns: int, rows: int, side: float, spread: float, steps: int) -> Floats:
    """Rings of a bent mesh, counter-clockwise and closed, shape (columns * rows, 4 * steps + 1, 2)."""
    wide, tall = draw.lognormal(0, spread, columns), draw.lognormal(0, spread, rows)
    xs = np.concatenate(([0.0], np.cumsum(wide / wide.sum() * columns * side)))
    ys = np.concatenate(([0.0], np.cumsum(tall / tall.sum() * rows * side)))
    # Corners may leave their place by a fifth of the narrowest neighbour; so may the points between them.
    slack_x = 0.2 * np.minimum(np.append(np.diff(xs), np.inf), np.insert(np.diff(xs), 0, np.inf))
    slack_y = 0.2 * np.minimum(np.append(np.diff(ys), np.inf), np.insert(np.diff(ys), 0, np.inf))
    shape = (rows + 1, columns + 1)
    cx = xs + slack_x * draw.uniform(-1, 1, shape)
    cy = ys[:, None] + slack_y[:, None] * draw.uniform(-1, 1, shape)
    corner = np.stack([cx, cy], axis=-1)
    part = (np.arange(steps) / steps)[:, None]
    # Less near the corners, where two borders meet.
    bend = 0.5 * np.sin(np.pi * part[1:, 0])
    east = corner[:, :-1, None] + part * (corner[:, 1:, None] - corner[:, :-1, None])
    north = corner[:-1, :, None] + part * (corner[1:, :, None] - corner[:-1, :, None])
    east[:, :, 1:, 1] += bend * slack_y[:, None, None] * draw.uniform(-1, 1, east[:, :, 1:, 1].shape)
    north[:, :, 1:, 0] += bend * slack_x[None, :, None] * draw.uniform(-1, 1, north[:, :, 1:, 0].shape)
    back_west, back_south = east[1:, :, :0:-1], north[:, :-1, :0:-1]
    ring = np.concatenate(
        [
            east[:-1],
            north[:, 1:],
            corner[1:, 1:, None],
            back_west,
            corner[1:, :-1, None],
            back_south,
            corner[:-1, :-1, None],
        ],
        axis=2,
    )
    return ring.reshape(columns * rows, -1, 2) + np.array(CORNER)


def _by_block(at: Floats) -> NDArray[np.int64]:
    """Order of points by blocks of 2 km, as a register is ordered by its municipalities."""
    block = np.floor(at / 2000.0)
    return np.lexsort((np.arange(len(at)), block[:, 0], block[:, 1]))


def _zones(draw: np.random.Generator, count: int, extent: float) -> Ground:
    """Zones of 48 corners that cover the land, twenty classes."""
    side = max(2, round(np.sqrt(count / 50)))
    xy = np.round(_mesh(draw, side, side, extent / side, 0.5, 12), 3)
    return Ground(_flat(list(xy), [1] * len(xy), [1] * len(xy)), draw.integers(0, 20, len(xy)), 20)


def _areas(
    draw: np.random.Generator, count: int, extent: float, most: int, classes: int, *, spread: float, median: float
) -> Ground:
    """Areas with a rough border, most of few corners and some of many; every fourth has a hole."""
    corners = np.clip(draw.lognormal(np.log(median), spread, count), 8, most).astype(int)
    corners[0] = most
    rings, ring_count = [], []
    for k, n in enumerate(corners.tolist()):
        centre = np.array(CORNER) + draw.uniform(0, extent, 2)
        turn = 2 * np.pi * np.arange(n) / n
        rough = sum(draw.normal(0, 0.25 / f) * np.cos(f * turn + draw.uniform(0, 7)) for f in (2, 3, 5, 8, 13, 21, 34))
        radius = 4 * n**0.65 * np.clip(1 + rough + draw.normal(0, 0.01, n), 0.4, 2)
        around = radius[:, None] * np.stack([np.cos(turn), np.sin(turn)], axis=1)
        rings.append(_closed(np.round(centre + around, 3)))
        ring_count.append(1)
        if k % 4 == 0:
            rings.append(_closed(np.round(centre + 0.3 * around[::-1], 3)))
            ring_count[-1] = 2
    return Ground(_flat(rings, ring_count, [1] * count), draw.integers(0, classes, count), classes)


def _circles(draw: np.random.Generator, count: int, extent: float) -> Ground:
    """Circles of 65 corners and 200 to 2 000 m, one class."""
    turn = 2 * np.pi * np.arange(65) / 65
    unit = np.stack([np.cos(turn), np.sin(turn)], axis=1)
    centres, radii = np.array(CORNER) + draw.uniform(0, extent, (count, 2)), draw.uniform(200, 2000, count)
    rings = [_closed(np.round(c + r * unit, 3)) for c, r in zip(centres, radii, strict=True)]
    return Ground(_flat(rings, [1] * count, [1] * count), np.zeros(count, np.int64), 1)


def _closed(ring: Floats) -> Floats:
    return np.concatenate([ring, ring[:1]])


def _flat(rings: list[Floats], ring_count: list[int], part_count: list[int]) -> FlatPolygons:
    sizes = np.array([len(ring) for ring in rings])
    return FlatPolygons(
        np.concatenate(rings), offsets_of(sizes), offsets_of(np.array(ring_count)), offsets_of(np.array(part_count))
    )
