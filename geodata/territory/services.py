"""Roads, schools, care, shops, stops, owners, terrain and existing sites of the demo territory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geodata.territory.built import STREETS_FR, STREETS_NL
from geodata.territory.grid import Cell, Floats, Plan
from geodata.territory.parcels import Parcels

_BLOCKS = {"urban": (5, 4), "suburban": (4, 3), "reserve": (3, 2)}


@dataclass(frozen=True)
class Road:
    """A road segment: class, street index, municipality, line in EPSG:31370."""

    road_class: str
    street: int
    nis: str
    geometry: Any


def make_roads(plan: Plan) -> list[Road]:
    """The grid as through roads, every fourth a main road; streets within built-up cells join them."""
    roads: list[Road] = []
    for cell in plan.cells:
        south, west = cell.corners[[0, 1]], cell.corners[[0, 3]]
        if cell.row != plan.motorway_row:
            roads.append(_road("main" if cell.row % 5 == 2 else "secondary", cell, south))
        if cell.column != plan.railway_column:
            roads.append(_road("main" if cell.column % 6 == 3 else "secondary", cell, west))
        across, up = _BLOCKS.get(cell.role, (1, 1))
        for at in range(1, across):
            roads.append(_road("local", cell, cell.at(np.array([at / across, at / across]), np.array([0.0, 1.0]))))
        for at in range(1, up):
            roads.append(_road("local", cell, cell.at(np.array([0.0, 1.0]), np.array([at / up, at / up]))))
    return roads


def _road(road_class: str, cell: Cell, points: Floats) -> Road:
    return Road(road_class, (cell.column * 5 + cell.row * 3) % 12, cell.nis, shapely.LineString(points))


def street_name(index: int, nis: str) -> str:
    """Street name in the language of the municipality."""
    return STREETS_NL[index] if nis == "99001" else STREETS_FR[index]


def service_points(rng: np.random.Generator, plan: Plan, share: float, roles: tuple[str, ...]) -> list[tuple[str, Any]]:
    """Points beside streets of some cells: (municipality, point); at least one in each municipality."""
    found = []
    for one in plan.municipalities:
        cells = [cell for cell in plan.cells if cell.nis == one.nis and cell.role in roles]
        chosen = rng.choice(len(cells), size=max(1, round(len(cells) * share)), replace=False)
        for at in chosen:
            s, t = rng.uniform(0.05, 0.95), rng.choice([0.004, 0.996])
            found.append((one.nis, shapely.Point(cells[int(at)].at(s, t))))
    return found


def stops(plan: Plan) -> list[tuple[str, Any]]:
    """A stop on every third crossing of through roads."""
    found = []
    for cell in plan.cells:
        if (cell.column + cell.row) % 3 == 0:
            found.append((cell.nis, shapely.Point(cell.corners[0] + 4.0)))
    return found


def owners(rng: np.random.Generator, parcels: Parcels) -> tuple[NDArray[np.object_], NDArray[np.bool_]]:
    """Owner class of each parcel and whether it is on a list at all."""
    use = np.array(parcels.use)
    n = len(use)
    out = np.full(n, "private", dtype=object)
    listed = rng.random(n) < 0.35
    public = np.isin(use, ["public_open", "school", "cemetery", "car_park", "sports", "plant"])
    classes = np.array(
        ["municipality", "municipality", "cpas_ocmw", "housing_company", "province", "church_fabric"], dtype=object
    )
    out[public] = classes[rng.integers(len(classes), size=int(public.sum()))]
    nature = np.isin(np.array(parcels.role), ["nature", "forest"])
    out[nature] = "region"
    return out, listed | public | nature


def heights(plan: Plan, lines: Any, cell_m: float = 5.0) -> tuple[NDArray[np.float32], float, float]:
    """Terrain: gentle waves, steeper to the river, a strip without data in the far corner.

    Returns
    -------
    Heights in metres, shape (rows, columns), north up; west and north edge (EPSG:31370).
    """
    bounds = shapely.total_bounds(shapely.LineString(plan.nodes.reshape(-1, 2)))
    west, south, east, north = (float(value) for value in bounds + np.array([-100, -100, 100, 100]))
    x = west + (np.arange(int((east - west) / cell_m)) + 0.5) * cell_m
    y = north - (np.arange(int((north - south) / cell_m)) + 0.5) * cell_m
    river = np.interp(x, *shapely.get_coordinates(lines.river).T)
    across = np.abs(y[:, None] - river[None, :])
    valley = 22.0 * (1 - np.exp(-((across / 420.0) ** 2)))
    waves = 6.0 * np.sin(x / 900)[None, :] * np.cos(y / 700)[:, None]
    found = (20.0 + valley + waves).astype(np.float32)
    # Whole centimetres compress well and are finer than any survey.
    found = np.round(found, 2)
    found[:8, :8] = np.nan
    return found, west, north


def existing_sites(plan: Plan, parcels: Parcels) -> list[dict[str, Any]]:
    """A few fictional public sites: open, planned and closed."""
    rows = []
    for at, ((nis, site_type, status, pitches, name), index) in enumerate(site_parcels(parcels), start=1):
        point = shapely.point_on_surface(parcels.geometry[index])
        rows.append(
            {
                "site_id": f"demo-{at}", "name": name, "site_type": site_type, "status": status,
                "region": next(one.region for one in plan.municipalities if one.nis == nis), "nis": nis,
                "nis_date": "2025-01-01", "address": name, "x_31370": round(point.x, 1), "y_31370": round(point.y, 1),
                "capakey_list": "", "pitches": pitches, "pitch_unit": "pitch", "manager": "gemeente / commune (fictief)",
                "opened": "2015" if status != "planned" else "", "closed": "2020" if status == "closed" else "",
                "fee_text": "", "source_url": "", "source_date": "2026", "confidence": "C", "precision": "parcel",
            }
        )  # fmt: skip
    return rows


def site_parcels(parcels: Parcels) -> list[tuple[tuple[str, str, str, int, str], int]]:
    """The sites of the demo (municipality, type, status, pitches, name) and the parcel each lies on."""
    wishes = (
        ("99001", "residential", "open", 12, "Woonwagenterrein Duinen (fictief)"),
        ("99001", "transit", "planned", 15, "Doortrekkersterrein Haven (fictief)"),
        ("99002", "transit", "open", 20, "Aire d'accueil du Phare (fictif)"),
        ("99002", "residential", "closed", 8, "Terrain des Dunes (fictif)"),
        ("99003", "residential", "open", 6, "Terrain du Canal (fictif)"),
    )
    found = []
    taken: dict[str, int] = {}
    for wish in wishes:
        nis = wish[0]
        places = [index for index, use in enumerate(parcels.use) if use == "sports" and parcels.nis[index] == nis]
        skip = taken.get(nis, 0)
        taken[nis] = skip + 1
        found.append((wish, places[skip % len(places)]))
    return found
