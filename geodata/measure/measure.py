"""`measure`: parcels and layers in, one `MeasurementTable` out. Pure: no database, no threshold, no score."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import shapely

from geodata.measure.around import counts, frontage, frontage_reasons
from geodata.measure.inputs import GeometryArray, Layer, Layers, Parcels
from geodata.measure.kernels.inscribed import circles
from geodata.measure.kernels.nearest import within
from geodata.measure.kernels.overlap import shares as kernel_shares
from geodata.measure.kernels.shape import shape
from geodata.measure.kernels.terrain import slope
from geodata.measure.nearest import distance_interval
from geodata.measure.overlap import points_inside, share_under, shares, without_dust
from geodata.measure.reach import reach
from geodata.measure.shapes import Finder, Prepared
from geodata.measure.specs import SCHOOL_LISTS, UNSTATED
from geodata.measure.table import KNOWN_USE, FloatArray, Interval, MeasurementTable, ObjectArray, ReachTable
from geodata.missing import is_none

#: Layers measured as shares of the parcel, by class.
SHARE_LAYERS = (
    "zoning", "plan_rules", "land_use", "flood", "nature", "seveso", "soil", "plan_hp", "competing_plans", "sewer",
    "noise", "undeveloped",
)  # fmt: skip
#: Layers that not every region has: where there is none, nobody misses it.
_REGIONAL = (
    "plan_rules", "plan_hp", "competing_plans", "sewer", "noise", "undeveloped", *(f"schools_{one}" for one in SCHOOL_LISTS),
)  # fmt: skip

#: Classes that may or may not be what a distance or a way asks for: they lower its low end only.
MAYBE = tuple(f"{name}{UNSTATED}" for name in ("primary", "not_stated"))

#: Distance -> (layer, classes that count; empty = all).
DISTANCES: dict[str, tuple[str, tuple[str, ...]]] = {
    # A list that does not state the level counts: the Flemish points of interest name schools only.
    "school": ("schools", ("primary", "not_stated")),
    **{f"school_{one}": (f"schools_{one}", ("primary", "not_stated", *MAYBE)) for one in SCHOOL_LISTS},
    "gp": ("health", ("gp",)),
    "pharmacy": ("health", ("pharmacy",)),
    "shop": ("shops", ()),
    "stop": ("stops", ()),
    "road": ("roads", ("main", "secondary", "local", "service")),
    "main_road": ("roads", ("main", "motorway")),
    "address": ("addresses", ()),
    "sewage_plant": ("nuisance", ("sewage_plant",)),
    "waste_site": ("nuisance", ("waste_site",)),
    "railway": ("nuisance", ("railway",)),
    "motorway": ("nuisance", ("motorway",)),
    "high_voltage": ("nuisance", ("high_voltage",)),
    "seveso_site": ("seveso", ("site",)),
}

#: Distances from which what stands on the parcel itself is left out, and how far beyond its border that still is: a
#: lone house is not its own neighbour, and address points lie on a door or a border.
OWN_M = {"address": 1.0}

#: Uses of a building that mean someone may live or work in it.
_MAIN_USES = ("dwelling", "main")
#: A building of unknown use counts as a main building from this footprint, when an address lies on the parcel.
_MAIN_FOOTPRINT_M2 = 10.0

#: The width of a parcel is found to within this, metres: half the time of a quarter of a metre, and no site asks for more.
WIDTH_M = 0.5

#: Features farther than this from the measured parcels are not read.
HORIZON_M = 15_000.0

Progress = Callable[[str], None]


def measure(parcels: Parcels, layers: Layers, progress: Progress | None = None) -> MeasurementTable:
    """Measure parcels against layers.

    Parameters
    ----------
    parcels : n valid polygons, EPSG:31370.
    layers : what lies around them; a layer that is not given is unknown, never absent.
    progress : called with the name of each step before it starts.

    Returns
    -------
    `MeasurementTable` of length n, in the order of `parcels`.
    """
    step = progress or (lambda _: None)
    plain = shape(parcels.flat)
    shared = [name for name in SHARE_LAYERS if _asked(name, layers)]
    near = {layer for layer, _ in DISTANCES.values() if _asked(layer, layers)}
    covered, unknown = _coverage(parcels, layers, {*shared, *near, "buildings"})
    found = _shares(parcels, layers, shared, step)
    step("buildings")
    built, dwellings, unbuilt = _buildings(parcels, layers, plain.area, unknown)
    step("distances")
    distances = {
        name: _distance(parcels, layers, name) for name, (layer, _) in DISTANCES.items() if _asked(layer, layers)
    }
    step("around")
    width = circles(parcels.flat, tolerance=WIDTH_M).width
    numbers, along = counts(parcels, layers), frontage(parcels, layers["roads"])
    step("reach")
    ways = reach(parcels, layers)
    step("dem")
    slopes = slope(parcels.flat, layers.terrain)
    covered["dem"], unknown["dem"] = _terrain(slopes.mean, layers)
    unknown["frontage"] = frontage_reasons(along, unknown["roads"])
    covered["ownership"], unknown["ownership"] = _ownership(parcels, layers)
    return MeasurementTable(
        parcel_id=parcels.parcel_id,
        capakey=parcels.capakey,
        nis=parcels.nis,
        area_m2=plain.area,
        perimeter_m=plain.perimeter,
        compactness=plain.compactness,
        built_share=built,
        dwellings=dwellings,
        unbuilt_m2=unbuilt,
        slope_deg=slopes.mean,
        slope_max_deg=slopes.steepest,
        owner_class=parcels.owner_class,
        shares=found,
        covered=covered,
        distances=distances,
        width_m=width,
        frontage_m=along,
        vertices=plain.vertices.astype(float),
        parts=plain.parts.astype(float),
        counts=numbers,
        unknown=unknown | ways.unknown,
        **_by_road(ways),
        **_sources(layers, len(parcels)),
    )


def _by_road(ways: ReachTable) -> dict[str, Any]:
    """Columns of the ways along the roads, and of the road at the access."""
    return {
        "reach": ways.metres,
        "minutes": ways.minutes,
        "access_xy": ways.access_xy,
        "access_class": ways.access_class,
        "access_width_m": ways.access_width_m,
    }


def _asked(layer: str, layers: Layers) -> bool:
    """Is a layer measured here?"""
    return layer not in _REGIONAL or layer in layers.items


def _shares(parcels: Parcels, layers: Layers, names: list[str], step: Progress) -> dict[str, dict[str, FloatArray]]:
    """Shares by class, by layer; none where the layer is missing."""
    found: dict[str, dict[str, FloatArray]] = {}
    for name in names:
        step(name)
        found[name] = {} if layers[name].missing else shares(parcels.flat, layers[name])
    return found


def _sources(layers: Layers, count: int) -> dict[str, Any]:
    """Fields of a table of `count` parcels that say what the layers are from: accuracy, dates, datasets."""
    newest = {name: layer.dated for name, layer in layers.items.items() if layer.dated is not None}
    datasets = {name: list(layer.datasets) for name, layer in layers.items.items()}
    return {
        "accuracy_m": {name: layer.accuracy_m for name, layer in layers.items.items()},
        "dates": {name: np.full(count, day, dtype="datetime64[D]") for name, day in newest.items()},
        "newest": newest,
        "datasets": {**datasets, "dem": list(layers.terrain_datasets)},
    }


def _coverage(
    parcels: Parcels, layers: Layers, names: set[str]
) -> tuple[dict[str, FloatArray], dict[str, ObjectArray]]:
    """Share covered and reason by layer, and by plan where a layer is made of several."""
    covered: dict[str, FloatArray] = {}
    unknown: dict[str, ObjectArray] = {}
    for name in sorted(names):
        for layer in (layers[name], *layers[name].each_part()):
            covered[layer.id] = layer.covered(parcels)
            unknown[layer.id] = layer.reasons(covered[layer.id])
    return covered, unknown


def _terrain(steepness: FloatArray, layers: Layers) -> tuple[FloatArray, ObjectArray]:
    """Coverage and reasons of the heights: known where there is a slope."""
    reasons = np.full(len(steepness), None, dtype=object)
    reasons[np.isnan(steepness)] = "no_data" if layers.terrain is not None else "not_loaded"
    return np.where(np.isnan(steepness), 0.0, 1.0), reasons


def _distance(parcels: Parcels, layers: Layers, name: str) -> Interval:
    layer_id, classes = DISTANCES[name]
    layer = layers[layer_id]

    def nearest(classes: tuple[str, ...]) -> Interval:
        features: GeometryArray | Finder = layer.geometry
        if layer.prepared is not None:
            features = layer.prepared.finder(classes)
        elif classes:
            features = layer.geometry[np.isin(layer.classes.astype(str), classes)]
        return distance_interval(
            parcels, features, layer.coverage, loaded=not layer.missing, horizon_m=HORIZON_M, own_m=OWN_M.get(name)
        )

    found = nearest(classes)
    if layer.missing or not layer.class_names.intersection(MAYBE):
        return found
    return Interval(found.low, nearest(tuple(one for one in classes if one not in MAYBE)).high)


def _buildings(
    parcels: Parcels, layers: Layers, area: FloatArray, unknown: dict[str, ObjectArray]
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Built share, main buildings and unbuilt area; NaN where the building layer does not reach."""
    buildings = layers["buildings"]
    if layers.built is None or layers.taken is None:
        built = share_under(parcels.flat, [(buildings, None)])
        taken = share_under(parcels.flat, [(buildings, None), (layers["land_use"], KNOWN_USE)])
    else:
        built, taken = (without_dust(kernel_shares(parcels.flat, one)[:, 0]) for one in (layers.built, layers.taken))
    no_buildings, no_use = (~is_none(unknown[name]) for name in ("buildings", "land_use"))
    dwellings = _main_buildings(parcels, buildings, layers["addresses"])
    built[no_buildings] = np.nan
    dwellings[no_buildings] = np.nan
    unbuilt = area * (1.0 - taken)
    unbuilt[no_buildings | no_use] = np.nan
    return built, dwellings, unbuilt


def _main_buildings(parcels: Parcels, buildings: Layer, addresses: Layer) -> FloatArray:
    """Number of main buildings standing on each parcel (by a point inside the building), shape (n,)."""
    n = len(parcels)
    if buildings.prepared is not None:
        return _main_buildings_prepared(parcels, buildings.prepared, addresses)
    classes = buildings.classes.astype(str)
    main = np.isin(classes, _MAIN_USES)
    open_question = (classes == "unknown") & (shapely.area(buildings.geometry) >= _MAIN_FOOTPRINT_M2)
    if not (main | open_question).any():
        return np.zeros(n)
    parcel, feature = points_inside(parcels.geometry, shapely.point_on_surface(buildings.geometry))
    has_address = np.ones(n, dtype=bool)
    if not addresses.missing:
        with_address, _ = points_inside(parcels.geometry, addresses.geometry)
        reached = addresses.covered(parcels) >= 1.0 - 1e-9
        has_address = ~reached
        has_address[with_address] = True
    counts = main[feature] | (open_question[feature] & has_address[parcel])
    return np.bincount(parcel[counts], minlength=n).astype(float)


def _main_buildings_prepared(parcels: Parcels, buildings: Prepared, addresses: Layer) -> FloatArray:
    """The same from prepared arrays."""
    count, _ = within(parcels.flat, buildings.places(_MAIN_USES), 0.0)
    open_question, _ = within(parcels.flat, buildings.places(("unknown",), least_m2=_MAIN_FOOTPRINT_M2), 0.0)
    if open_question.any() and not addresses.missing:
        has_address = addresses.covered(parcels) < 1.0 - 1e-9
        if addresses.prepared is not None:
            has_address |= within(parcels.flat, addresses.prepared.places(), 0.0)[0] > 0
        open_question = np.where(has_address, open_question, 0)
    return (count + open_question).astype(float)


def _ownership(parcels: Parcels, layers: Layers) -> tuple[FloatArray, ObjectArray]:
    """Coverage and reasons of the owner list: known where a class is listed."""
    known = ~is_none(parcels.owner_class)
    reasons = np.full(len(parcels), None, dtype=object)
    reasons[~known] = "not_loaded" if layers["ownership"].missing else "no_data"
    return known.astype(float), reasons
