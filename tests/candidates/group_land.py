"""Small parcels in rows with measurements made by chance, for tests of groups of parcels."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import shapely

from geodata.measure.adjacency import Adjacency, adjacency
from geodata.measure.flat import FlatPolygons
from geodata.measure.measure import DISTANCES
from geodata.measure.table import Interval, MeasurementTable
from sites.suitability import Assessment, assess, load_profile

AS_OF = date(2026, 11, 24)
LAYERS = (
    "zoning", "plan_rules", "buildings", "addresses", "land_use", "flood", "nature", "seveso", "soil", "nuisance",
    "schools", "schools_nl", "schools_fr", "schools_de", "health", "shops", "stops", "roads", "ownership", "dem", "plan_hp", "competing_plans", "sewer", "noise", "undeveloped",
)  # fmt: skip
OWNERS = ("municipality", "cpas_ocmw", "region", "private", "housing_company", None)


@dataclass(frozen=True)
class Land:
    """Parcels with what was measured and concluded of them, and who lies beside whom."""

    shapes: list[Any]
    assessment: Assessment
    beside: Adjacency

    def neighbours(self) -> set[tuple[int, int]]:
        """Pairs in both directions."""
        pairs = zip(self.beside.first.tolist(), self.beside.second.tolist(), strict=True)
        return {pair for a, b in pairs for pair in ((a, b), (b, a))}


def small_parcels(seed: int, side: int = 7, region: str = "flanders", *, gaps: float = 0.12) -> Land:
    """Parcels of 400 to 1 600 m2 in a grid with lanes, of which some fail, are unknown or owe something.

    Parameters
    ----------
    gaps : chance that nothing is known of a layer.
    """
    rng = np.random.default_rng(seed)
    wide, tall = np.cumsum(rng.uniform(20, 40, side + 1)), np.cumsum(rng.uniform(20, 40, side + 1))
    lane = 5.0 * np.cumsum(rng.random(side + 1) < 0.25)
    shapes = [
        shapely.box(wide[i] + lane[i], tall[j], wide[i + 1] + lane[i], tall[j + 1])
        for i in range(side)
        for j in range(side)
    ]
    table = measured(rng, shapes, gaps)
    assessment = assess(table, load_profile(region, "residential"), as_of=AS_OF)
    return Land(shapes, assessment, adjacency(FlatPolygons.from_shapely(shapes)))


def strip_of(owners: list[str | None]) -> Land:
    """Parcels of 990 m2 in a row, about which all is known and which differ by their owner only."""
    n = len(owners)
    shapes = [shapely.box(30 * at, 0, 30 * at + 30, 33) for at in range(n)]
    made = measured(np.random.default_rng(0), shapes, 0.0)
    far = {name for name, one in made.distances.items() if one.low[0] >= 3000}
    table = replace(
        made,
        unbuilt_m2=made.area_m2.copy(),
        slope_deg=np.full(n, 0.5),
        nis=np.full(n, "99001", dtype=object),
        owner_class=np.array([*owners, None], dtype=object)[:-1],
        shares={"zoning": {"residential": np.ones(n)}, "soil": {"clean": np.ones(n)}},
        distances={
            name: Interval(*(np.full(n, 4000.0 if name in far else 12.0) for _ in range(2))) for name in made.distances
        },
    )
    assessment = assess(table, load_profile("flanders", "residential"), as_of=AS_OF)
    return Land(shapes, assessment, adjacency(FlatPolygons.from_shapely(shapes)))


def measured(rng: np.random.Generator, shapes: list[Any], gaps: float) -> MeasurementTable:
    """Measurements by chance; areas and perimeters are those of the shapes."""
    n = len(shapes)
    area, perimeter = shapely.area(shapes), shapely.length(shapes)
    gone = {layer: rng.random(n) < gaps * (layer in ("flood", "buildings", "soil", "ownership")) for layer in LAYERS}
    flooded = (rng.random(n) < 0.1) & ~gone["flood"]
    drawn = rng.random(n)
    distances = {}
    for name, (layer, _) in DISTANCES.items():
        far = layer in ("nuisance", "seveso") or name in ("motorway", "railway")
        low = rng.uniform(3000, 5000, n) if far else rng.uniform(5, 15 if name == "road" else 900, n)
        if name == "road":
            low = np.where(rng.random(n) < 0.3, rng.uniform(21, 160, n), low)
        distances[name] = Interval(low, low.copy())
    return MeasurementTable(
        parcel_id=np.arange(n) + 1,
        capakey=np.array([f"99101A{at:04d}/00A000" for at in range(n)], dtype=object),
        nis=np.where(np.arange(n) < n // 2, "99001", "99004").astype(object),
        area_m2=area,
        perimeter_m=perimeter,
        compactness=4 * np.pi * area / perimeter**2,
        built_share=np.where(gone["buildings"], np.nan, 0.0),
        dwellings=np.where(gone["buildings"], np.nan, 0.0),
        unbuilt_m2=np.where(gone["buildings"], np.nan, area * rng.uniform(0.6, 1.0, n)),
        slope_deg=rng.exponential(1.0, n),
        owner_class=np.where(
            gone["ownership"], None, np.array(OWNERS, dtype=object)[rng.integers(len(OWNERS), size=n)]
        ),
        shares={
            "zoning": {"residential": (drawn < 0.7).astype(float), "public_utility": (drawn >= 0.7).astype(float)},
            "soil": {"clean": ((rng.random(n) < 0.6) & ~gone["soil"]).astype(float)},
            "flood": {"D": np.where(flooded, 0.5, 0.0)},
        },
        covered={layer: np.where(lost, 0.0, 1.0) for layer, lost in gone.items()},
        distances=distances,
        unknown={layer: np.where(lost, "not_loaded", None) for layer, lost in gone.items()},
    )
