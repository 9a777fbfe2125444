"""`measure`: parcels and layers in, one `MeasurementTable` out. Pure: no database, no threshold, no score."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import shapely

from geodata.measure.inputs import Layer, Layers, Parcels
from geodata.measure.kernels.overlap import shares as kernel_shares
from geodata.measure.nearest import distance_interval
from geodata.measure.overlap import covered_area, cut, pairs_of, shares
from geodata.measure.table import KNOWN_USE, FloatArray, Interval, MeasurementTable, ObjectArray
from geodata.measure.terrain import mean_slope

#: Layers measured as shares of the parcel, by class.
SHARE_LAYERS = ("zoning", "plan_rules", "land_use", "flood", "nature", "seveso", "soil", "plan_hp")
#: Layers that not every region has: where there is none, nobody misses it.
_REGIONAL = ("plan_rules", "plan_hp")

#: Distance -> (layer, classes that count; empty = all).
DISTANCES: dict[str, tuple[str, tuple[str, ...]]] = {
    # A list that does not state the level counts: the Flemish points of interest name schools only.
    "school": ("schools", ("primary", "not_stated")),
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

#: A share below this is the rounding of a common border, 0..1: a tenth of a square millimetre of a large parcel.
DUST = 1e-9

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
    area = shapely.area(parcels.geometry)
    perimeter = shapely.length(parcels.geometry)
    covered: dict[str, FloatArray] = {}
    unknown: dict[str, ObjectArray] = {}
    shared = [name for name in SHARE_LAYERS if name not in _REGIONAL or name in layers.items]
    for name in sorted({*shared, *(layer for layer, _ in DISTANCES.values()), "buildings"}):
        covered[name] = layers[name].covered(parcels)
        unknown[name] = layers[name].reasons(covered[name])
        for part in layers[name].each_part():
            covered[part.id] = part.covered(parcels)
            unknown[part.id] = part.reasons(covered[part.id])
    found: dict[str, dict[str, FloatArray]] = {}
    for name in shared:
        step(name)
        layer = layers[name]
        found[name] = {} if layer.missing else _shares(parcels, layer, area)
    step("buildings")
    built, dwellings, unbuilt = _buildings(parcels, layers, area, unknown)
    step("distances")
    distances = {name: _distance(parcels, layers, name) for name in DISTANCES}
    step("dem")
    slope = mean_slope(parcels.geometry, layers.terrain)
    covered["dem"] = np.where(np.isnan(slope), 0.0, 1.0)
    unknown["dem"] = np.full(len(parcels), None, dtype=object)
    unknown["dem"][np.isnan(slope)] = "no_data" if layers.terrain is not None else "not_loaded"
    covered["ownership"], unknown["ownership"] = _ownership(parcels, layers)
    return MeasurementTable(
        parcel_id=parcels.parcel_id,
        capakey=parcels.capakey,
        nis=parcels.nis,
        area_m2=area,
        perimeter_m=perimeter,
        compactness=np.clip(4 * np.pi * area / np.maximum(perimeter, 1e-9) ** 2, 0.0, 1.0),
        built_share=built,
        dwellings=dwellings,
        unbuilt_m2=unbuilt,
        slope_deg=slope,
        owner_class=parcels.owner_class,
        shares=found,
        covered=covered,
        distances=distances,
        unknown=unknown,
        accuracy_m={name: layer.accuracy_m for name, layer in layers.items.items()},
        dates={
            name: np.full(len(parcels), layer.dated, dtype="datetime64[D]")
            for name, layer in layers.items.items()
            if layer.dated is not None
        },
        newest={name: layer.dated for name, layer in layers.items.items() if layer.dated is not None},
        datasets={
            **{name: list(layer.datasets) for name, layer in layers.items.items()},
            "dem": list(layers.terrain_datasets),
        },
    )


def _shares(parcels: Parcels, layer: Layer, area: FloatArray) -> dict[str, FloatArray]:
    """Share by class; a class that touches no parcel is absent."""
    if layer.prepared is None:
        return shares(parcels.geometry, layer, area)
    found = _snapped(kernel_shares(parcels.flat, layer.prepared.tiled))
    columns = ((name, found[:, at].copy()) for at, name in enumerate(layer.prepared.classes))
    return {name: share for name, share in columns if (share > 0).any()}


def _snapped(share: FloatArray) -> FloatArray:
    """Shares without the dust of rounding: what touches only is nothing, what covers all is all."""
    whole: FloatArray = np.where(share < DUST, 0.0, np.where(share > 1.0 - DUST, 1.0, share))
    return whole


def _distance(parcels: Parcels, layers: Layers, name: str) -> Interval:
    layer_id, classes = DISTANCES[name]
    layer = layers[layer_id]
    features = layer.geometry
    if classes:
        features = features[np.isin(layer.classes.astype(str), classes)]
    return distance_interval(
        parcels, features, layer.coverage, loaded=not layer.missing, horizon_m=HORIZON_M, own_m=OWN_M.get(name)
    )


def _buildings(
    parcels: Parcels, layers: Layers, area: FloatArray, unknown: dict[str, ObjectArray]
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Built share, main buildings and unbuilt area; NaN where the building layer does not reach."""
    buildings = layers["buildings"]
    if layers.built is None or layers.taken is None:
        built, taken = _built_and_taken(parcels, layers, area)
    else:
        built = _snapped(kernel_shares(parcels.flat, layers.built)[:, 0])
        taken = _snapped(kernel_shares(parcels.flat, layers.taken)[:, 0]) * area
    no_buildings = np.array([reason is not None for reason in unknown["buildings"]], dtype=bool)
    no_use = np.array([reason is not None for reason in unknown["land_use"]], dtype=bool)
    dwellings = _main_buildings(parcels, buildings, layers["addresses"])
    built[no_buildings] = np.nan
    dwellings[no_buildings] = np.nan
    unbuilt = np.maximum(area - taken, 0.0)
    unbuilt[no_buildings | no_use] = np.nan
    return built, dwellings, unbuilt


def _built_and_taken(parcels: Parcels, layers: Layers, area: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Built share and square metres taken by buildings or a known use, from features."""
    n, land_use = len(parcels), layers["land_use"]
    parcel, _, pieces = cut(parcels.geometry, layers["buildings"])
    used = np.isin(land_use.classes.astype(str), KNOWN_USE)
    use_parcel, _, use_pieces = cut(
        parcels.geometry, Layer("land_use", land_use.geometry[used], land_use.classes[used])
    )
    taken = covered_area(np.concatenate([parcel, use_parcel]), np.concatenate([pieces, use_pieces]), n)
    return np.clip(covered_area(parcel, pieces, n) / area, 0.0, 1.0), taken


def _main_buildings(parcels: Parcels, buildings: Layer, addresses: Layer) -> FloatArray:
    """Number of main buildings standing on each parcel (by a point inside the building), shape (n,)."""
    n = len(parcels)
    classes = buildings.classes.astype(str)
    main = np.isin(classes, _MAIN_USES)
    open_question = (classes == "unknown") & (shapely.area(buildings.geometry) >= _MAIN_FOOTPRINT_M2)
    if not (main | open_question).any():
        return np.zeros(n)
    parcel, feature, _ = pairs_of(parcels.geometry, shapely.point_on_surface(buildings.geometry))
    has_address = np.ones(n, dtype=bool)
    if not addresses.missing:
        with_address, _, _ = pairs_of(parcels.geometry, addresses.geometry)
        reached = addresses.covered(parcels) >= 1.0 - 1e-9
        has_address = ~reached
        has_address[with_address] = True
    counts = main[feature] | (open_question[feature] & has_address[parcel])
    return np.bincount(parcel[counts], minlength=n).astype(float)


def _ownership(parcels: Parcels, layers: Layers) -> tuple[FloatArray, ObjectArray]:
    """Coverage and reasons of the owner list: known where a class is listed."""
    known = np.array([owner is not None for owner in parcels.owner_class], dtype=bool)
    reasons = np.full(len(parcels), None, dtype=object)
    reasons[~known] = "not_loaded" if layers["ownership"].missing else "no_data"
    return known.astype(float), reasons
