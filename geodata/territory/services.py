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

#: Departures of a weekday at the stops, one after the other; nothing = not stated.
_DEPARTURES = ("62", "34", "18", "0", "41", "11", "", "26")

_BLOCKS = {"urban": (5, 4), "suburban": (4, 3), "reserve": (3, 2)}


@dataclass(frozen=True)
class Road:
    """A road segment: class, street index, municipality, line in EPSG:31370."""

    road_class: str
    street: int
    nis: str
    geometry: Any


def make_roads(plan: Plan) -> list[Road]:
    """The grid as through roads, every fourth a main road; streets within built-up cells join them.

    Roads have a corner wherever another one joins or crosses them, as in the registers, so that one can turn there.
    """
    blocks = {(cell.column, cell.row): _BLOCKS.get(cell.role, (1, 1)) for cell in plan.cells}
    roads: list[Road] = []
    for cell in plan.cells:
        across, up = blocks[cell.column, cell.row]
        below, _ = blocks.get((cell.column, cell.row - 1), (1, 1))
        _, before = blocks.get((cell.column - 1, cell.row), (1, 1))
        if cell.row != plan.motorway_row:
            along = _corners(across, below)
            roads.append(_road("main" if cell.row % 5 == 2 else "secondary", cell, cell.at(along, 0.0 * along)))
        if cell.column != plan.railway_column:
            along = _corners(up, before)
            roads.append(_road("main" if cell.column % 6 == 3 else "secondary", cell, cell.at(0.0 * along, along)))
        for at in range(1, across):
            along = _corners(up)
            roads.append(_road("local", cell, cell.at(np.full(len(along), at / across), along)))
        for at in range(1, up):
            along = _corners(across)
            roads.append(_road("local", cell, cell.at(along, np.full(len(along), at / up))))
    return roads


def _corners(*blocks: int) -> Floats:
    """Where along a side of a cell the streets of so many blocks begin, with both ends, 0..1."""
    return np.unique(np.concatenate([np.arange(count + 1) / count for count in blocks]))


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


def stops(plan: Plan) -> list[tuple[str, Any, str]]:
    """A stop on every third crossing of through roads: municipality, place, and departures of a weekday.

    Some have none, and of some they are not stated.
    """
    found = []
    for cell in plan.cells:
        if (cell.column + cell.row) % 3 == 0:
            departures = _DEPARTURES[(2 * cell.column + cell.row) % len(_DEPARTURES)]
            found.append((cell.nis, shapely.Point(cell.corners[0] + 4.0), departures))
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
    small = use == "public_small"
    out[small] = "municipality"
    nature = np.isin(np.array(parcels.role), ["nature", "forest"])
    out[nature] = "region"
    return out, listed | public | small | nature


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
