"""River, flood classes, nature, Seveso, soil, HP sites and nuisances of the demo territory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from geodata.territory.grid import Plan
from geodata.territory.parcels import Parcels

#: Half-widths of the river and of its flood classes, metres.
RIVER_M, HIGH_M, MEDIUM_M, LOW_M = 9.0, 45.0, 80.0, 130.0


@dataclass(frozen=True)
class Lines:
    """River, motorway and railway as lines, EPSG:31370."""

    river: Any
    motorway: Any
    railway: Any


def make_lines(plan: Plan) -> Lines:
    """The river winds through the middle; motorway and railway follow grid lines that leave room for them."""
    u = np.arange(plan.columns + 1)
    row = plan.river_row + 0.55 * np.sin(u / 2.1)
    low = np.clip(np.floor(row).astype(int), 0, plan.rows - 1)
    share = (row - low)[:, None]
    river = plan.nodes[u, low] * (1 - share) + plan.nodes[u, low + 1] * share
    return Lines(
        shapely.LineString(river),
        shapely.LineString(plan.nodes[:, plan.motorway_row]),
        shapely.LineString(plan.nodes[plan.railway_column]),
    )


def flood_bands(lines: Lines, territory: Any) -> list[tuple[str, Any]]:
    """Flood classes as rings around the river: high, medium, low."""
    rings = [lines.river.buffer(width, quad_segs=4) for width in (HIGH_M, MEDIUM_M, LOW_M)]
    shapes = [rings[0], rings[1].difference(rings[0]), rings[2].difference(rings[1])]
    names = ("high", "medium", "low")
    return [(name, shapely.intersection(shape, territory)) for name, shape in zip(names, shapes, strict=True)]


def hollows(rng: np.random.Generator, territory: Any, count: int = 12) -> list[Any]:
    """Places where rain gathers: round spots of 15 to 60 m inside a territory."""
    west, south, east, north = territory.bounds
    spots = shapely.points(rng.uniform(west, east, 6 * count), rng.uniform(south, north, 6 * count))
    inside = spots[shapely.contains(territory, spots)][:count]
    return [spot.buffer(radius) for spot, radius in zip(inside, rng.uniform(15, 60, len(inside)), strict=True)]


def nature_areas(plan: Plan) -> dict[str, list[Any]]:
    """Protected nature by municipality: the nature cells, a little smaller than the cell."""
    found: dict[str, list[Any]] = {one.nis: [] for one in plan.municipalities}
    for cell in plan.cells:
        if cell.role == "nature":
            found[cell.nis].append(shapely.Polygon(cell.corners).buffer(-20))
    return found


def seveso(parcels: Parcels, nis: str) -> list[tuple[str, Any]]:
    """One establishment with its consultation zone, on the first industrial parcel of a municipality."""
    for at, role in enumerate(parcels.role):
        if role == "industry" and parcels.nis[at] == nis:
            site = parcels.geometry[at]
            return [("site", site), ("zone", site.buffer(350, quad_segs=6).difference(site))]
    return []


def soil_findings(rng: np.random.Generator, parcels: Parcels, nis: str) -> list[tuple[int, str]]:
    """Parcels in a soil register: (parcel index, finding). Most parcels have none on record."""
    found = []
    for at in np.flatnonzero(np.array(parcels.nis) == nis):
        role, use = parcels.role[at], parcels.use[at]
        chance = 0.8 if role == "industry" else 0.3 if use in ("open", "public_open") else 0.004
        if rng.random() < chance:
            draws = (
                ("polluted", "investigate", "clean")
                if role == "industry"
                else ("clean", "clean", "clean", "investigate")
            )
            found.append((int(at), draws[int(rng.integers(len(draws)))]))
    return found


def hp_sites(plan: Plan) -> list[tuple[str | None, str, Any]]:
    """HP sites of the Walloon municipality: phase 1 (in the flood plain), phase 2, phase not known."""
    nis = plan.municipalities[1].nis
    cells = [cell for cell in plan.cells if cell.nis == nis and cell.role == "recreation"]
    phases: tuple[tuple[str | None, str], ...] = (
        ("2", "Domaine des Mouettes"),
        ("1", "Camping du Ruisseau"),
        (None, "Parc des Dunes"),
    )
    found = []
    for at, (phase, name) in enumerate(phases):
        cell = cells[at % len(cells)]
        share = len([one for one in range(3) if one % len(cells) == at % len(cells)])
        part = (at // len(cells)) / share
        box = cell.at(np.array([part, part + 1 / share, part + 1 / share, part]), np.array([0.02, 0.02, 0.98, 0.98]))
        found.append((phase, f"{name} (fictif)", shapely.Polygon(box)))
    return found
