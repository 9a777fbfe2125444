"""Buildings and addresses of the demo territory."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geodata.territory.grid import Floats, bilinear
from geodata.territory.parcels import Parcels

#: Share of lots that stand empty.
_EMPTY = {"urban": 0.07, "suburban": 0.12, "reserve": 0.9}

STREETS_NL = ("Duinenstraat", "Garnaalweg", "Vissersplein", "Molenveld", "Kerkstraat", "Zeelaan", "Boterbloemstraat",
              "Schoolstraat", "Schelpenpad", "Havenlaan", "Polderdreef", "Vuurtorenstraat")  # fmt: skip
STREETS_FR = ("Rue des Dunes", "Rue du Phare", "Place du Marché", "Chemin du Moulin", "Rue de l'Église", "Avenue de la Mer",
              "Rue des Bouleaux", "Rue de l'École", "Sentier des Coquillages", "Avenue du Port", "Drève des Polders",
              "Rue du Canal")  # fmt: skip


@dataclass(frozen=True)
class Built:
    """Buildings and the addresses at them.

    Attributes
    ----------
    geometry : footprints, shape (m,).
    main : True for main buildings, False for sheds and garages.
    parcel : index of the parcel each stands on.
    nis : municipality of each.
    address_point : one per main building, shape (k,); address_parcel, street index and number beside it.
    """

    geometry: NDArray[np.object_]
    main: NDArray[np.bool_]
    parcel: NDArray[np.int64]
    nis: NDArray[np.object_]
    address_point: NDArray[np.object_]
    address_parcel: NDArray[np.int64]
    street: NDArray[np.int64]
    number: NDArray[np.int64]


def make_buildings(rng: np.random.Generator, parcels: Parcels) -> Built:
    """Dwellings with sheds on most lots, farms, halls, schools, chalets on HP sites; open land stays open."""
    use, role = np.array(parcels.use), np.array(parcels.role)
    nis = np.array(parcels.nis, dtype=object)
    quads = np.stack(parcels.quad)
    area = shapely.area(np.array(parcels.geometry, dtype=object))
    draw = rng.random(len(use))
    empty = np.array([_EMPTY.get(one, 0.1) for one in role])
    lots = np.flatnonzero((use == "lot") & (draw > empty) & (area > 90))
    whole = np.isin(use, ["farmyard", "school", "plant"]) | ((role == "industry") & (use == "field") & (draw < 0.75))
    large = np.flatnonzero(whole)
    houses = _rectangles(rng, quads[lots], (0.08, 0.16), (0.80, 0.92), (0.12, 0.2), (0.42, 0.55))
    with_shed = lots[rng.random(len(lots)) < 0.35]
    sheds = _rectangles(rng, quads[with_shed], (0.1, 0.2), (0.35, 0.5), (0.78, 0.82), (0.9, 0.94))
    halls = _rectangles(rng, quads[large], (0.15, 0.25), (0.6, 0.75), (0.2, 0.3), (0.5, 0.7))
    chalets, chalet_parcel = _chalets(rng, parcels)
    footprints = np.concatenate([houses, sheds, halls, chalets])
    on = np.concatenate([lots, with_shed, large, chalet_parcel])
    main = np.concatenate(
        [np.ones(len(lots), bool), np.zeros(len(with_shed), bool), np.ones(len(large) + len(chalets), bool)]
    )
    geometry = shapely.polygons(footprints)
    inside = shapely.covers(np.array(parcels.geometry, dtype=object)[on], geometry)
    geometry, on, main = geometry[inside], on[inside], main[inside]
    at = np.flatnonzero(main)
    points = shapely.point_on_surface(geometry[at])
    cells = np.array(parcels.cell)[on[at]]
    return Built(geometry, main, on, nis[on], points, on[at], (cells * 7) % 12, _numbers(cells))


def _rectangles(
    rng: np.random.Generator, quads: Floats, s0: tuple[float, float], s1: tuple[float, float],
    t0: tuple[float, float], t1: tuple[float, float],
) -> Floats:  # fmt: skip
    """One rectangle in each lot between random bilinear bounds, shape (n, 4, 2)."""
    n = len(quads)
    left, right = rng.uniform(*s0, n), rng.uniform(*s1, n)
    front, back = rng.uniform(*t0, n), rng.uniform(*t1, n)
    return np.stack(
        [bilinear(quads, s, t) for s, t in ((left, front), (right, front), (right, back), (left, back))], axis=1
    )


def _chalets(rng: np.random.Generator, parcels: Parcels) -> tuple[Floats, NDArray[np.int64]]:
    """Rows of small chalets on HP parcels."""
    found, on = [], []
    for at in [index for index, use in enumerate(parcels.use) if use == "hp"]:
        for s in np.linspace(0.1, 0.85, 7):
            for t in np.linspace(0.12, 0.82, 4):
                if rng.random() < 0.7:
                    found.append(
                        bilinear(
                            parcels.quad[at], np.array([s, s + 0.05, s + 0.05, s]), np.array([t, t, t + 0.06, t + 0.06])
                        )
                    )
                    on.append(at)
    return np.array(found).reshape(-1, 4, 2), np.array(on, dtype=np.int64)


def _numbers(cells: NDArray[np.int64]) -> NDArray[np.int64]:
    """House numbers that count up within each cell."""
    order = np.argsort(cells, kind="stable")
    _, start, count = np.unique(cells[order], return_index=True, return_counts=True)
    numbers = np.empty(len(cells), dtype=np.int64)
    numbers[order] = np.arange(len(cells)) - np.repeat(start, count) + 1
    return numbers
