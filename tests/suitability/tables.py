"""Measurement tables made by hand or by chance, for tests of what follows from them."""

from __future__ import annotations

from typing import Any

import numpy as np

from geodata.measure.measure import DISTANCES
from geodata.measure.table import Interval, MeasurementTable

LAYERS = (
    "zoning", "plan_rules", "buildings", "addresses", "land_use", "flood", "nature", "seveso", "soil", "nuisance", "schools",
    "schools_nl", "schools_fr", "schools_de", "health", "shops", "stops", "roads", "ownership", "dem", "plan_hp",
)  # fmt: skip
CLASSES: dict[str, tuple[str, ...]] = {
    "zoning": ("residential", "agriculture", "public_utility", "nature", "unrecognised"),
    "land_use": ("school_ground", "cemetery", "car_park", "sports_field", "water", "park"),
    "flood": ("A", "B", "C", "D", "low", "medium", "high"),
    "nature": ("natura2000", "ven"),
    "seveso": ("site", "consultation"),
    "soil": ("clean", "investigate", "polluted"),
    "plan_hp": ("phase1", "phase_unknown"),
    "plan_rules": ("subdivision", "sol"),
}
#: Classes of layers that not every region has; drawn apart from the others.
FURTHER: dict[str, tuple[str, ...]] = {
    "competing_plans": ("sar", "landscape"),
    "sewer": ("collective", "individual"),
    "noise": ("lden_50", "lden_55", "lden_60"),
    "undeveloped": ("registered", "not_built"),
}
#: Ways along the network with the layers they need, and numbers around the parcel with theirs.
WAYS = {
    "school": "schools", "school_nl": "schools_nl", "school_fr": "schools_fr", "school_de": "schools_de", "care": "health", "shop": "shops", "stop": "stops", "main_road": "roads",
}  # fmt: skip
COUNTS = {
    "addresses_100m": "addresses",
    "addresses_250m": "addresses",
    "shops_1000m": "shops",
    "departures_500m": "stops",
}


def one_good(**changes: Any) -> MeasurementTable:
    """One parcel about which everything is known and nothing speaks against it."""
    near = dict.fromkeys(DISTANCES, 50.0) | dict.fromkeys(
        ("sewage_plant", "waste_site", "railway", "motorway", "high_voltage", "seveso_site"), 5000.0
    )
    values: dict[str, Any] = {
        "area_m2": 6000.0, "perimeter_m": 320.0, "compactness": 0.78, "built_share": 0.0, "dwellings": 0.0,
        "unbuilt_m2": 6000.0, "slope_deg": 0.5, "owner_class": "municipality", "width_m": 60.0, "frontage_m": 30.0,
        "access_class": "secondary", "access_width_m": 7.0,
    }  # fmt: skip
    reach = {name: (80.0, 80.0) for name in WAYS}
    minutes = {"main_road": (0.4, 0.4)}
    counts = dict.fromkeys(COUNTS, (80.0, 80.0))
    shares: dict[str, dict[str, float]] = {"zoning": {"residential": 1.0}, "soil": {"clean": 1.0}}
    covered = dict.fromkeys((*LAYERS, *FURTHER), 1.0)
    distances = {name: (metres, metres) for name, metres in near.items()}
    unknown: dict[str, str | None] = dict.fromkeys((*LAYERS, *FURTHER))
    accuracy: dict[str, float] = {}
    for name, value in changes.items():
        target = {
            "shares": shares, "covered": covered, "distances": distances, "unknown": unknown, "reach": reach,
            "minutes": minutes, "counts": counts,
        }.get(name)  # fmt: skip
        if target is not None:
            target.update(value)  # type: ignore[attr-defined]
        elif name == "accuracy_m":
            accuracy.update(value)
        else:
            values[name] = value
    return MeasurementTable(
        parcel_id=np.array([1]),
        capakey=np.array(["99101A0001/00A000"], dtype=object),
        nis=np.array(["99001"], dtype=object),
        **{
            name: np.array([value], dtype=object if name in ("owner_class", "access_class") else float)
            for name, value in values.items()
        },
        shares={
            layer: {name: np.array([share]) for name, share in classes.items()} for layer, classes in shares.items()
        },
        covered={name: np.array([share]) for name, share in covered.items()},
        **{
            field: {name: Interval(np.array([low]), np.array([high])) for name, (low, high) in given.items()}
            for field, given in (("distances", distances), ("reach", reach), ("minutes", minutes), ("counts", counts))
        },
        unknown={name: np.array([reason], dtype=object) for name, reason in unknown.items()},
        accuracy_m=accuracy,
    )


def large(**changes: Any) -> MeasurementTable:
    """The same with room for any type of site."""
    return one_good(**{"area_m2": 50_000.0, "unbuilt_m2": 50_000.0, "perimeter_m": 900.0, **changes})


def by_chance(seed: int, n: int = 40) -> MeasurementTable:
    """n parcels with every kind of gap, from a seed."""
    rng = np.random.default_rng(seed)
    area = rng.lognormal(7.5, 1.2, n)
    gone = {layer: rng.random(n) < 0.08 for layer in LAYERS}
    reasons = {
        layer: np.where(lost, rng.choice(["not_loaded", "outside_coverage"], n), None) for layer, lost in gone.items()
    }
    shares = _shares(rng, n, CLASSES, gone)
    aside = np.random.default_rng([seed, 1])
    lost = {layer: aside.random(n) < 0.08 for layer in FURTHER}
    shares |= _shares(aside, n, FURTHER, lost)
    gone |= lost
    reasons |= {layer: np.where(one, "not_loaded", None) for layer, one in lost.items()}
    built = np.where(gone["buildings"], np.nan, np.where(rng.random(n) < 0.5, 0.0, rng.random(n)))
    distances = {}
    for name, (layer, _) in DISTANCES.items():
        low = rng.lognormal(6, 1.4, n)
        high = np.where(rng.random(n) < 0.8, low, np.where(rng.random(n) < 0.5, low * 2, np.inf))
        distances[name] = Interval(np.where(gone[layer], 0.0, low), np.where(gone[layer], np.inf, high))
    reach, minutes, counts = _ways(rng, n, gone, distances)
    no_area = gone["buildings"] | gone["land_use"]
    owners = np.array([None, "municipality", "private", "region", "cpas_ocmw"], dtype=object)
    return MeasurementTable(
        parcel_id=np.arange(n),
        capakey=np.array([f"99101A{at:04d}/00A000" for at in range(n)], dtype=object),
        nis=np.full(n, "99001", dtype=object),
        area_m2=area,
        perimeter_m=4 * np.sqrt(area),
        compactness=rng.random(n),
        built_share=built,
        dwellings=np.where(gone["buildings"], np.nan, rng.integers(0, 3, n) * (rng.random(n) < 0.4)),
        unbuilt_m2=np.where(no_area, np.nan, area * rng.random(n)),
        slope_deg=np.where(gone["dem"], np.nan, rng.exponential(2.5, n)),
        owner_class=owners[rng.integers(len(owners), size=n)],
        shares=shares,
        covered={layer: np.where(lost, 0.0, 1.0) for layer, lost in gone.items()},
        distances=distances,
        reach=reach,
        minutes=minutes,
        counts=counts,
        width_m=np.where(rng.random(n) < 0.1, np.nan, np.sqrt(area) * rng.random(n)),
        frontage_m=np.where(gone["roads"], np.nan, np.where(rng.random(n) < 0.3, 0.0, 60.0 * rng.random(n))),
        **_access(aside, gone["roads"]),
        unknown=reasons,
        accuracy_m={"zoning": 0.5, "flood": 0.0, "land_use": 1.0},
    )


def _access(rng: np.random.Generator, no_roads: Any) -> dict[str, Any]:
    """Class and width of the road at the access, each with gaps; of some roads the class says nothing."""
    n = len(no_roads)
    classes = np.array(["main", "secondary", "local", "service", "track", "motorway", None], dtype=object)
    return {
        "access_class": np.where(no_roads, None, classes[rng.integers(len(classes), size=n)]),
        "access_width_m": np.where(no_roads | (rng.random(n) < 0.4), np.nan, rng.uniform(2.0, 9.0, n)),
    }


def _shares(
    rng: np.random.Generator, n: int, several: dict[str, tuple[str, ...]], gone: dict[str, Any]
) -> dict[str, dict[str, Any]]:
    """Shares of classes that do not overlap; none where a layer is gone."""
    shares: dict[str, dict[str, Any]] = {}
    for layer, classes in several.items():
        left = np.ones(n)
        shares[layer] = {}
        for name in classes:
            part = np.where(rng.random(n) < 0.25, rng.random(n), 0.0) * left
            shares[layer][name] = np.where(gone[layer], 0.0, part)
            left = left - part
    return shares


def _ways(
    rng: np.random.Generator, n: int, gone: dict[str, Any], distances: dict[str, Interval]
) -> tuple[dict[str, Interval], dict[str, Interval], dict[str, Interval]]:
    """Ways longer than the straight line, and numbers around; each with every kind of gap."""
    straight = {**distances, "care": distances["gp"]}
    reach: dict[str, Interval] = {}
    for name, layer in WAYS.items():
        lost = gone[layer] | gone["roads"]
        low = straight[name].low * rng.uniform(1.0, 1.8, n)
        high = np.where(rng.random(n) < 0.8, low, np.where(rng.random(n) < 0.5, low * 2, np.inf))
        reach[name] = Interval(np.where(lost, 0.0, low), np.where(lost, np.inf, high))
    way = reach["main_road"]
    counts = {}
    for name, layer in COUNTS.items():
        number = np.floor(rng.lognormal(2.5, 1.2, n))
        certain = rng.random(n) < 0.8
        counts[name] = Interval(np.where(gone[layer], 0.0, number), np.where(gone[layer] | ~certain, np.inf, number))
    return reach, {"main_road": Interval(way.low / 800.0, way.high / 800.0)}, counts
