"""Parcels of the demo territory: blocks between streets, lots in blocks, fields, and the odd shapes of real cadastres."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geodata.territory.grid import Cell, Floats, Plan, bilinear

#: Blocks across and up a cell, street half-width as a share of the cell, mean lot front (m), share of empty lots.
_BUILT_UP = {"urban": (5, 4, 11.0, 0.07), "suburban": (4, 3, 18.0, 0.12), "reserve": (3, 2, 40.0, 0.85)}
#: What a whole block may be instead of lots, with its probability in built-up cells.
_BLOCK_USES = (
    ("open", 0.035),
    ("public_open", 0.020),
    ("school", 0.005),
    ("cemetery", 0.006),
    ("car_park", 0.010),
    ("sports", 0.012),
)
#: Square metres of land that is parted in three narrow parcels: least, room to spare, most (no third is enough alone).
_TOGETHER_M2 = (3_200.0, 4_200.0, 8_000.0)
_FIELDS = {"farmland": (4, 3), "forest": (2, 2), "nature": (2, 2), "industry": (4, 2), "recreation": (3, 2),
           "utility": (3, 2), "park": (2, 1)}  # fmt: skip


@dataclass
class Parcels:
    """All parcels as arrays of equal length n.

    Attributes
    ----------
    geometry : polygons, EPSG:31370.
    quad : corners of the lot (south-west, counter-clockwise), shape (n, 4, 2); the lot fronts on its t = 0 side.
    nis : municipality.
    role : role of the cell.
    use : lot, field, or what the block is (school, cemetery, car_park, sports, open, public_open, plant, hp), or
        public_small: three narrow parcels of the municipality side by side, each too small for a site.
    cell : index of the cell.
    """

    geometry: list[shapely.Polygon] = field(default_factory=list)
    quad: list[Floats] = field(default_factory=list)
    nis: list[str] = field(default_factory=list)
    role: list[str] = field(default_factory=list)
    use: list[str] = field(default_factory=list)
    cell: list[int] = field(default_factory=list)

    def add(self, quads: Floats, cell: Cell, index: int, use: str) -> None:
        """Add n quadrilaterals, shape (n, 4, 2)."""
        self.geometry.extend(shapely.polygons(quads))
        self.quad.extend(quads)
        n = len(quads)
        self.nis += [cell.nis] * n
        self.role += [cell.role] * n
        self.use += [use] * n
        self.cell += [index] * n

    def __len__(self) -> int:
        return len(self.geometry)


def make_parcels(rng: np.random.Generator, plan: Plan) -> Parcels:
    """Fill every cell with parcels."""
    out = Parcels()
    owed = {one.nis: ["school", "car_park", "cemetery", "sports", "school"] for one in plan.municipalities}
    for index, cell in enumerate(plan.cells):
        inner = _inside_streets(plan, cell)
        if cell.role in _BUILT_UP:
            _built_up(rng, out, cell, index, inner, owed[cell.nis])
        else:
            _open_land(rng, out, cell, index, inner)
    _odd_shapes(rng, out)
    _small_ones_together(out, plan)
    return out


def _inside_streets(plan: Plan, cell: Cell) -> Floats:
    """The cell without half of the streets around it; wider beside motorway and railway. Shape (4, 2)."""
    south = 22.0 if cell.row == plan.motorway_row else 6.0
    north = 22.0 if cell.row + 1 == plan.motorway_row else 6.0
    west = 13.0 if cell.column == plan.railway_column else 6.0
    east = 13.0 if cell.column + 1 == plan.railway_column else 6.0
    s0, s1 = west / 480, 1 - east / 480
    t0, t1 = south / 360, 1 - north / 360
    return cell.at(np.array([s0, s1, s1, s0]), np.array([t0, t0, t1, t1]))


def _built_up(rng: np.random.Generator, out: Parcels, cell: Cell, index: int, inner: Floats, owed: list[str]) -> None:
    """Blocks of lots; `owed` are uses every municipality must have, placed before chance decides."""
    across, up, front, _ = _BUILT_UP[cell.role]
    uses, chances = zip(*_BLOCK_USES, strict=True)
    for column in range(across):
        for row in range(up):
            gap_s, gap_t = 4.5 / 480, 4.5 / 360
            s0 = column / across + (gap_s if column else 0)
            s1 = (column + 1) / across - (gap_s if column < across - 1 else 0)
            t0 = row / up + (gap_t if row else 0)
            t1 = (row + 1) / up - (gap_t if row < up - 1 else 0)
            block = bilinear(inner, np.array([s0, s1, s1, s0]), np.array([t0, t0, t1, t1]))
            draw = rng.random() - np.cumsum(chances)
            use = uses[int(np.flatnonzero(draw < 0)[0])] if (draw < 0).any() else "lot"
            if owed and cell.role == "urban" and column % 2 == 1 and row % 2 == 1:
                use = owed.pop()
            if cell.role == "reserve":
                use = "public_open" if (column + row) % 3 == 0 else "open"
            if use == "lot":
                _lots(rng, out, cell, index, block, front)
            else:
                pieces = int(rng.integers(1, 3)) if use in ("open", "public_open") else 1
                out.add(_strips(block, np.linspace(0, 1, pieces + 1)), cell, index, use)


def _lots(rng: np.random.Generator, out: Parcels, cell: Cell, index: int, block: Floats, front: float) -> None:
    """Two rows of lots, back to back; each fronts on its own street. Widths are log-normal."""
    width = float(np.linalg.norm(block[1] - block[0]))
    for south in (True, False):
        count = max(2, round(width / (front * 1.08)))
        shares = rng.lognormal(0, 0.42, count)
        cuts = np.concatenate([[0], np.cumsum(shares) / shares.sum()])
        half = bilinear(block, np.array([0, 1, 1, 0]), np.array([0, 0, 0.5, 0.5]) + (0 if south else 0.5))
        if not south:
            half = half[[2, 3, 0, 1]]
        out.add(_strips(half, cuts), cell, index, "lot")


def _strips(quad: Floats, cuts: Floats) -> Floats:
    """A quadrilateral cut across at the given shares, shape (len(cuts) - 1, 4, 2)."""
    near = bilinear(quad, cuts, np.zeros_like(cuts))
    far = bilinear(quad, cuts, np.ones_like(cuts))
    return np.stack([near[:-1], near[1:], far[1:], far[:-1]], axis=1)


def _open_land(rng: np.random.Generator, out: Parcels, cell: Cell, index: int, inner: Floats) -> None:
    across, up = _FIELDS[cell.role]
    use = {"utility": "plant", "recreation": "hp"}.get(cell.role, "field")
    columns = np.concatenate([[0], np.sort(rng.uniform(0.2, 0.8, across - 1)), [1]]) if across > 1 else np.array([0, 1])
    for at in range(across):
        strip = _strips(inner, columns)[at]
        levels = np.linspace(0, 1, up + 1)
        levels[1:-1] += rng.uniform(-0.1, 0.1, max(0, up - 1))
        turned = strip[[1, 2, 3, 0]]
        fields = _strips(turned, levels)
        out.add(fields, cell, index, use if (use != "plant" or at == 0) else "public_open")


def _odd_shapes(rng: np.random.Generator, out: Parcels) -> None:
    """L-shaped fields, fields with a hole, and parcels of two parts, as real cadastres have them."""
    fields = [at for at, use in enumerate(out.use) if use == "field"]
    rng.shuffle(fields)
    for number, at in enumerate(fields[: max(6, len(fields) // 4)]):
        low, high = (0.0, 0.3) if number % 3 else (0.42, 0.58)
        corner = bilinear(out.quad[at], np.array([low, high, high, low]), np.array([low, low, high, high]))
        farmyard = shapely.Polygon(corner)
        out.geometry[at] = shapely.difference(out.geometry[at], farmyard)
        out.geometry.append(farmyard)
        out.quad.append(corner)
        out.nis.append(out.nis[at])
        out.role.append(out.role[at])
        out.cell.append(out.cell[at])
        out.use.append("farmyard")
    lots = [
        at
        for at in range(len(out.use) - 3)
        if out.use[at] == out.use[at + 2] == "lot" and out.cell[at] == out.cell[at + 2]
    ]
    gone = []
    for at in rng.choice(lots, size=min(len(lots), max(3, len(lots) // 1500)), replace=False):
        pair = shapely.union_all([out.geometry[at], out.geometry[at + 2]])
        if pair.geom_type == "MultiPolygon" and at + 2 not in gone and at not in gone:
            out.geometry[at] = pair
            gone.append(int(at) + 2)
    for at in sorted(gone, reverse=True):
        columns: tuple[list[Any], ...] = (out.geometry, out.quad, out.nis, out.role, out.use, out.cell)
        for column in columns:
            del column[at]


def _small_ones_together(out: Parcels, plan: Plan) -> None:
    """One piece of open land in each municipality is three narrow parcels: none is enough for a site, all are.

    Nothing is drawn by chance here, so that the rest of the territory stays as it is without them.
    """
    for nis in sorted(set(out.nis)):
        mine = [at for at in range(len(out)) if out.nis[at] == nis]
        middle = np.mean([out.quad[at].mean(axis=0) for at in mine], axis=0)
        least, good, most = _TOGETHER_M2
        wanted = [
            (
                out.role[at] != "urban",
                out.geometry[at].area < good,
                float(np.linalg.norm(out.quad[at].mean(axis=0) - middle)),
                at,
            )
            for at in mine
            if out.use[at] in ("open", "public_open") and least <= out.geometry[at].area <= most
        ]
        if wanted:
            at = min(wanted)[-1]
            strips = _strips(out.quad[at], np.linspace(0, 1, 4))
            out.geometry[at], out.quad[at], out.use[at] = shapely.Polygon(strips[0]), strips[0], "public_small"
            out.add(strips[1:], plan.cells[out.cell[at]], out.cell[at], "public_small")


def capakeys(parcels: Parcels) -> NDArray[np.object_]:
    """CAPAKEYs: a fictional division (never the NIS code), a section by cell, a number, exponent and power."""
    counters: dict[tuple[str, str], int] = {}
    keys = np.empty(len(parcels), dtype=object)
    for at in range(len(parcels)):
        cell, nis = parcels.cell[at], parcels.nis[at]
        division = f"99{int(nis[-1]) * 100 + cell % 4 + 1:03d}"
        section = "ABCDEFGHKLMN"[(cell // 4) % 12]
        number = counters.get((division, section), 0)
        counters[(division, section)] = number + 1
        exponent = "_ABCDEFGHKLMNPRSTVWXYZ"[number % 22]
        keys[at] = f"{division}{section}{number // 22 % 10000:04d}/00{exponent}{number % 22:03d}"
    return keys
