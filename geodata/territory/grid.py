"""The ground plan of the demo territory: a warped grid of cells over three municipalities at sea.

A cell is a quadrilateral of about 480 x 360 m between streets. Everything else is placed inside cells by bilinear
coordinates (s, t) in 0..1, so that neighbours share their corners and nothing overlaps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Role = Literal[
    "urban", "suburban", "farmland", "industry", "nature", "forest", "recreation", "park", "utility", "reserve"
]

#: South-west corner of the grid, EPSG:31370: in the North Sea, off the coast.
ORIGIN = (25_000.0, 227_000.0)
CELL_U, CELL_V = 480.0, 360.0
#: Columns per municipality and rows at scale 1: about 60 000 parcels.
_COLUMNS, _ROWS = 9, 19


@dataclass(frozen=True)
class Municipality:
    """A fictional municipality: NIS-like code outside the real range, names, region, columns of the grid."""

    nis: str
    name_nl: str
    name_fr: str
    name_de: str
    region: Literal["flanders", "wallonia", "brussels"]
    region_nis: str
    first_column: int
    last_column: int


@dataclass(frozen=True)
class Cell:
    """One cell: position in the grid, municipality, role and corners (south-west, then counter-clockwise)."""

    column: int
    row: int
    nis: str
    role: Role
    corners: Floats

    def at(self, s: Floats | float, t: Floats | float) -> Floats:
        """Points at bilinear coordinates, shape (..., 2)."""
        return bilinear(self.corners, s, t)


@dataclass(frozen=True)
class Plan:
    """The whole ground plan.

    Attributes
    ----------
    nodes : grid corners, shape (columns + 1, rows + 1, 2), EPSG:31370.
    cells : all cells.
    municipalities : the three.
    river_row, motorway_row, railway_column : grid lines they follow.
    """

    nodes: Floats
    cells: tuple[Cell, ...]
    municipalities: tuple[Municipality, ...]
    river_row: float
    motorway_row: int
    railway_column: int

    @property
    def columns(self) -> int:
        """Number of columns of cells."""
        return int(self.nodes.shape[0] - 1)

    @property
    def rows(self) -> int:
        """Number of rows of cells."""
        return int(self.nodes.shape[1] - 1)


def bilinear(corners: Floats, s: Floats | float, t: Floats | float) -> Floats:
    """Points of a quadrilateral (or of n of them, shape (n, 4, 2)) at s (west to east) and t (south to north)."""
    s, t = np.asarray(s, dtype=float)[..., None], np.asarray(t, dtype=float)[..., None]
    sw, se, ne, nw = (corners[..., at, :] for at in range(4))
    out: Floats = sw * (1 - s) * (1 - t) + se * s * (1 - t) + ne * s * t + nw * (1 - s) * t
    return out


def make_plan(rng: np.random.Generator, scale: float) -> Plan:
    """Lay out the territory.

    Parameters
    ----------
    rng : source of all randomness.
    scale : 1 = about 60 000 parcels; the smallest still holds every role.
    """
    columns = max(3, round(_COLUMNS * scale**0.5))
    rows = max(4, round(_ROWS * scale**0.5))
    municipalities = tuple(
        Municipality(*names, first, first + columns - 1)
        for names, first in zip(NAMES, range(0, 3 * columns, columns), strict=True)
    )
    nodes = _nodes(rng, 3 * columns, rows)
    cells: list[Cell] = []
    for municipality in municipalities:
        cells += _cells(rng, municipality, nodes, rows)
    return Plan(
        nodes, tuple(cells), municipalities, rows * 0.38, max(1, round(rows * 0.15)), municipalities[1].first_column + 1
    )


#: Code, names in Dutch, French and German, region and its code.
NAMES: tuple[tuple[str, str, str, str, Literal["flanders", "wallonia", "brussels"], str], ...] = (
    ("99001", "Zeewaarde (fictief)", "Zeewaarde (fictif)", "Zeewaarde (fiktiv)", "flanders", "02000"),
    ("99002", "Hautemer (fictief)", "Hautemer (fictif)", "Hautemer (fiktiv)", "wallonia", "03000"),
    ("99003", "Middenzand (fictief)", "Mi-Sable (fictif)", "Middenzand (fiktiv)", "brussels", "04000"),
)


def _nodes(rng: np.random.Generator, columns: int, rows: int) -> Floats:
    """Grid corners, bent by slow waves and shaken a little, so that no street is straight for long."""
    u, v = np.meshgrid(np.arange(columns + 1) * CELL_U, np.arange(rows + 1) * CELL_V, indexing="ij")
    phase = rng.uniform(0, 2 * np.pi, 4)
    x = u + 130 * np.sin(v / 1100 + phase[0]) + 70 * np.sin((u + v) / 700 + phase[1])
    y = v + 120 * np.sin(u / 1300 + phase[2]) + 60 * np.sin((u - v) / 600 + phase[3])
    shake = rng.normal(0, 18, (2, *u.shape)).clip(-40, 40)
    return np.stack([ORIGIN[0] + x + shake[0], ORIGIN[1] + y + shake[1]], axis=-1)


def _cells(rng: np.random.Generator, municipality: Municipality, nodes: Floats, rows: int) -> list[Cell]:
    """Cells of one municipality, with roles by distance from its centre."""
    places = [
        (column, row)
        for column in range(municipality.first_column, municipality.last_column + 1)
        for row in range(rows)
    ]
    middle = ((municipality.first_column + municipality.last_column) / 2, rows * 0.58)
    distance = [
        np.hypot((column - middle[0]) * CELL_U, (row - middle[1]) * CELL_V) + rng.normal(0, 120)
        for column, row in places
    ]
    order = np.argsort(distance)
    roles = _roles(rng, len(places), dense=municipality.region == "brussels")
    found: list[Cell] = []
    for place, role in zip(order, roles, strict=True):
        column, row = places[int(place)]
        corners = nodes[[column, column + 1, column + 1, column], [row, row, row + 1, row + 1]]
        found.append(Cell(column, row, municipality.nis, role, corners))
    return found


def _roles(rng: np.random.Generator, n: int, *, dense: bool) -> list[Role]:
    """Roles from the centre outwards; each special role appears at least once."""
    urban = max(2, round(n * (0.34 if dense else 0.24)))
    suburban = max(3, round(n * (0.38 if dense else 0.36)))
    inner: list[Role] = ["urban"] * urban
    inner[-1] = "park"
    middle: list[Role] = ["suburban"] * suburban
    middle[-1] = "reserve"
    specials: list[Role] = ["industry", "nature", "recreation", "utility", "forest"]
    outer_count = n - urban - suburban
    outer: list[Role] = [
        specials[at % len(specials)] if at < len(specials) else "farmland" for at in range(outer_count)
    ]
    extra: list[Role] = ["industry", "nature", "forest", "recreation"]
    for at in range(len(specials), outer_count):
        if rng.random() < (0.5 if dense else 0.22):
            outer[at] = extra[int(rng.integers(len(extra)))]
    rng.shuffle(outer)
    rng.shuffle(middle)
    return [*inner, *middle, *outer]
