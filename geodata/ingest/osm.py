"""OpenStreetMap features, by their tags, into land in use, nuisances and services.

Presence only: what nobody drew is missing. Sites of travellers are never loaded from here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geodata.errors import InputError
from geodata.ingest.osm_base_map import base_map
from geodata.ingest.read import RawLayer
from geodata.ingest.report import Refusals
from geodata.ingest.table import Work, text

_PAIR = re.compile(r'"((?:[^"\\]|\\.)*)"=>"((?:[^"\\]|\\.)*)"')
Tags = dict[str, str]
#: Class of a feature by its tags and dimension (2 area, 1 line, 0 point), None when it has no meaning here.
Choose = Callable[[Tags, int], str | None]

_SCHOOLS = {"school", "kindergarten", "college"}
_FOOD = {"supermarket", "convenience", "greengrocer", "bakery", "butcher"}
_WATER_LANDUSE = {"reservoir", "basin"}
_ROAD_CLASS = {
    "motorway": "motorway",
    "motorway_link": "motorway",
    "trunk": "main",
    "trunk_link": "main",
    "primary": "main",
    "primary_link": "main",
    "secondary": "secondary",
    "secondary_link": "secondary",
    "tertiary": "secondary",
    "tertiary_link": "secondary",
    "unclassified": "local",
    "residential": "local",
    "living_street": "local",
    "service": "service",
    "track": "track",
    "path": "path",
    "footway": "path",
    "cycleway": "path",
    "pedestrian": "path",
    "steps": "path",
    "bridleway": "path",
}
_DWELLINGS = {
    "apartments", "bungalow", "cabin", "detached", "dormitory", "farm", "house", "residential",
    "semidetached_house", "static_caravan", "terrace",
}  # fmt: skip
_ANNEXES = {"carport", "garage", "garages", "greenhouse", "hut", "roof", "shed", "stable"}
#: Keys that decide anything here: a feature without any of them is passed over unread.
_KEYS = (
    "amenity", "area:highway", "building", "healthcare", "highway", "landuse", "leisure", "man_made",
    "natural", "place", "power", "railway", "residential", "shop", "tourism", "waterway",
)  # fmt: skip
_ANY_KEY = '"(?:' + "|".join(_KEYS) + ')"=>'


def land_use(tags: Tags) -> str | None:
    """Class of land in use of an area, None when it is none."""
    amenity, landuse, leisure, natural = (tags.get(key) for key in ("amenity", "landuse", "leisure", "natural"))
    # Inhabited land is never offered as free. What kind of living it is stays out: no private plot is told apart.
    if tags.get("residential") in ("halting_site", "trailer_park"):
        return "inhabited"
    if tags.get("tourism") in ("camp_site", "caravan_site"):
        return "camp_site"
    if amenity in _SCHOOLS or landuse == "education":
        return "school_ground"
    if landuse == "cemetery" or amenity == "grave_yard":
        return "cemetery"
    if natural == "water" or landuse in _WATER_LANDUSE or tags.get("waterway") == "riverbank":
        return "water"
    if amenity == "parking":
        return "car_park"
    if leisure in ("pitch", "sports_centre", "stadium", "track"):
        return "sports_field"
    if landuse == "railway":
        return "rail"
    if tags.get("area:highway") or landuse == "highway":
        return "road"
    if leisure in ("park", "garden", "nature_reserve"):
        return "park"
    if landuse in ("forest",) or natural == "wood":
        return "forest"
    return None


def nuisance(tags: Tags) -> str | None:
    """Class of nuisance of a feature, None when it is none."""
    if tags.get("man_made") == "wastewater_plant":
        return "sewage_plant"
    if tags.get("landuse") == "landfill" or tags.get("amenity") == "waste_transfer_station":
        return "waste_site"
    if tags.get("railway") in ("rail", "light_rail"):
        return "railway"
    if tags.get("highway") in ("motorway", "motorway_link"):
        return "motorway"
    return "high_voltage" if tags.get("power") == "line" else None


def service(tags: Tags) -> str | None:
    """Service a feature offers, None when it is none."""
    amenity, health, shop = tags.get("amenity"), tags.get("healthcare"), tags.get("shop")
    if amenity in ("doctors", "clinic") or health in ("doctor", "clinic", "centre"):
        return "gp"
    if amenity == "pharmacy" or health == "pharmacy":
        return "pharmacy"
    if shop in _FOOD:
        return "shop"
    if tags.get("highway") == "bus_stop" or tags.get("railway") in ("station", "halt", "tram_stop"):
        return "stop"
    return "school" if amenity == "school" else None


def building_use(tags: Tags) -> str | None:
    """Use of a building, None when it is none."""
    value = tags.get("building")
    if value is None or value == "no":
        return None
    if value in _DWELLINGS:
        return "dwelling"
    if value in _ANNEXES:
        return "annex"
    return "unknown" if value == "yes" else "other"


#: Ingest kind -> services it takes from a file.
_SERVICES = {
    "osm": ("gp", "pharmacy", "shop"),
    "health": ("gp", "pharmacy"),
    "shops": ("shop",),
    "stops": ("stop",),
    "schools": ("school",),
}


def build_osm(kind: str, layers: list[RawLayer], refusals: Refusals) -> list[Work]:
    """Tables one OSM file fills for a kind; features without a meaning here are passed over, not refused.

    Raises
    ------
    InputError
        When the kind is not read from OpenStreetMap.
    """
    if kind in ("roads", "buildings"):
        layer, choose, column = (
            ("lines", lambda tags, _: _ROAD_CLASS.get(tags.get("highway", "")), "road_class")
            if kind == "roads"
            else ("multipolygons", lambda tags, _: building_use(tags), "use")
        )
        return [_collect([one for one in layers if one.name == layer], choose, column, refusals)]
    if kind == "base-map":
        return [_collect(layers, base_map, "base_map", refusals)]
    if kind not in _SERVICES:
        raise InputError(f"{kind} are not read from OpenStreetMap.", "Use the official source.")
    wanted = _SERVICES[kind]
    tables = [_collect(layers, lambda tags, _: _one_of(service(tags), wanted), "service", refusals)]
    if kind == "osm":
        area: Choose = lambda tags, dimension: land_use(tags) if dimension == 2 else None  # noqa: E731
        tables.append(_collect(layers, area, "land_use", refusals))
        tables.append(_collect(layers, lambda tags, _: nuisance(tags), "nuisance", refusals))
    return tables


def _one_of(value: str | None, wanted: tuple[str, ...]) -> str | None:
    return value if value in wanted else None


def tags_of(row: Mapping[Any, Any]) -> Tags:
    """All tags of a feature: GDAL's own columns and the rest in `other_tags`."""
    tags = {str(key): str(value) for key, value in row.items() if key != "other_tags" and text(value) is not None}
    for key, value in _PAIR.findall(text(row.get("other_tags")) or ""):
        tags[key.replace('\\"', '"')] = value.replace('\\"', '"')
    return tags


def _worth_reading(layer: RawLayer) -> NDArray[np.bool_]:
    """Features with at least one key that decides anything, shape (n,)."""
    rows = layer.rows
    found = np.zeros(len(rows), dtype=bool)
    if "other_tags" in rows:
        found |= rows["other_tags"].astype(str).str.contains(_ANY_KEY, regex=True).to_numpy(dtype=bool)
    for name in set(_KEYS) & set(rows.columns):
        found |= rows[name].notna().to_numpy(dtype=bool)
    return found


def _collect(layers: list[RawLayer], choose: Choose, what: str, refusals: Refusals) -> Work:
    """All features of one meaning; services become points, areas and lines stay what they are."""
    found: list[tuple[Tags, str, Any, int]] = []
    before = 0
    for layer in layers:
        n, here = len(layer.rows), before
        before += n
        if layer.geometry is None or layer.name == "other_relations":
            continue
        at = np.flatnonzero(_worth_reading(layer))
        dimensions = shapely.get_dimensions(layer.geometry[at])
        # A shape that could not be read has no dimension; what it would have been decides if it is missed.
        dimensions[shapely.is_missing(layer.geometry[at])] = 2 if layer.name == "multipolygons" else 1
        for index, row, dimension in zip(at, layer.rows.iloc[at].to_dict("records"), dimensions, strict=True):
            tags = tags_of(row)
            chosen = choose(tags, int(dimension))
            if chosen is None:
                continue
            shape, row_number = layer.geometry[index], here + int(index) + 1
            if shape is None:
                raw = {"osm": _identity(tags, row_number), what: chosen}
                refusals.refuse(row_number, "unreadable_geometry", "the ring is broken", raw)
            else:
                found.append((tags, chosen, shape, row_number))
    return _as_work(found, what)


def _identity(tags: Tags, row_number: int) -> str:
    return tags.get("osm_id") or tags.get("osm_way_id") or str(row_number)


def _as_work(found: list[tuple[Tags, str, Any, int]], what: str) -> Work:
    def column(value: Callable[[Tags], Any]) -> NDArray[Any]:
        return np.fromiter((value(tags) for tags, _, _, _ in found), dtype=object, count=len(found))

    rows = np.array([row for _, _, _, row in found], dtype=np.int64)
    chosen = np.array([one for _, one, _, _ in found], dtype=object)
    geometry = np.array([shape for _, _, shape, _ in found], dtype=object)
    identity = [_identity(tags, row) for tags, _, _, row in found]
    columns = {"feature_id": np.array(identity, dtype=object), "name": column(lambda tags: tags.get("name"))}
    # A name on inhabited land may be that of a family.
    columns["name"][np.isin(chosen.astype(str), ("inhabited", "built_up"))] = None
    if what == "road_class":
        columns["width_m"] = column(lambda tags: _metres(tags.get("width")))
        columns["surface"] = column(lambda tags: _surface(tags.get("surface")))
        return Work("road", {**columns, "road_class": chosen}, geometry, rows)
    if what == "use":
        return Work("building", {**columns, "use": chosen}, geometry, rows)
    if what == "service":
        columns["language"] = np.full(len(found), None, dtype=object)
        return Work("service_point", {**columns, "service": chosen}, shapely.centroid(geometry), rows)
    return Work(
        "constraint_area",
        {**columns, "theme": np.full(len(found), what, dtype=object), "class": chosen},
        geometry,
        rows,
    )


def _metres(value: str | None) -> float | None:
    match = re.match(r"^\s*(\d+(?:[.,]\d+)?)\s*m?\s*$", value or "")
    return float(match.group(1).replace(",", ".")) if match else None


_PAVED = {
    "paved",
    "asphalt",
    "concrete",
    "concrete:plates",
    "concrete:lanes",
    "paving_stones",
    "sett",
    "cobblestone",
}


def _surface(value: str | None) -> str | None:
    if value is None:
        return None
    return "paved" if value in _PAVED else "unpaved"
