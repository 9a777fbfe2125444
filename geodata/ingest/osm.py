"""OpenStreetMap features, by their tags, into land in use, nuisances and services.

Presence only: what nobody drew is missing. Sites of travellers are never loaded from here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import shapely

from geodata.ingest.formats import RawLayer
from geodata.ingest.report import Refusals
from geodata.ingest.table import Work, text

_PAIR = re.compile(r'"((?:[^"\\]|\\.)*)"=>"((?:[^"\\]|\\.)*)"')
Tags = dict[str, str]

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


def land_use(tags: Tags) -> str | None:
    """Class of land in use of an area, None when it is none."""
    amenity, landuse, leisure, natural = (tags.get(key) for key in ("amenity", "landuse", "leisure", "natural"))
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


#: Ingest kind -> services it takes from a file.
_SERVICES = {
    "osm": ("gp", "pharmacy", "shop"),
    "health": ("gp", "pharmacy"),
    "shops": ("shop",),
    "stops": ("stop",),
    "schools": ("school",),
}


def build_osm(kind: str, layers: list[RawLayer], refusals: Refusals) -> list[Work]:
    """Tables one OSM file fills for a kind; features without a meaning here are passed over, not refused."""
    unreadable = sum(layer.unreadable for layer in layers)
    if unreadable:
        refusals.repaired["unreadable_geometry"] += unreadable
        refusals.notes.append(f"{unreadable} features with broken rings could not be read and were left out")
    if kind == "roads":
        return [_roads(layers)]
    tables = [_collect(layers, lambda tags, _: service(tags) if service(tags) in _SERVICES[kind] else None, "service")]
    if kind == "osm":
        area: Callable[[Tags, int], str | None] = lambda tags, dimension: land_use(tags) if dimension == 2 else None  # noqa: E731
        tables.append(_collect(layers, area, "land_use"))
        tables.append(_collect(layers, lambda tags, _: nuisance(tags), "nuisance"))
    return tables


def tags_of(row: dict[str, Any]) -> Tags:
    """All tags of a feature: GDAL's own columns and the rest in `other_tags`."""
    tags = {key: str(value) for key, value in row.items() if key != "other_tags" and text(value) is not None}
    for key, value in _PAIR.findall(text(row.get("other_tags")) or ""):
        tags[key.replace('\\"', '"')] = value.replace('\\"', '"')
    return tags


def _collect(layers: list[RawLayer], choose: Callable[[Tags, int], str | None], what: str) -> Work:
    """All features of one meaning; services become points, areas and lines stay what they are."""
    found: list[tuple[str, str, str | None, Any, int]] = []
    row_number = 0
    for layer in layers:
        if layer.geometry is None or layer.name == "other_relations":
            row_number += len(layer.rows)
            continue
        dimensions = shapely.get_dimensions(layer.geometry)
        for index, row in enumerate(layer.rows.to_dict("records")):
            row_number += 1
            if dimensions[index] < 0:
                continue
            tags = tags_of(row)
            chosen = choose(tags, int(dimensions[index]))
            if chosen is not None:
                identity = tags.get("osm_id") or tags.get("osm_way_id") or str(row_number)
                found.append((identity, chosen, tags.get("name"), layer.geometry[index], row_number))
    columns = {
        "feature_id": np.array([one[0] for one in found], dtype=object),
        "name": np.array([one[2] for one in found], dtype=object),
        "attributes": np.array([{} for _ in found], dtype=object),
    }
    chosen_values = np.array([one[1] for one in found], dtype=object)
    geometry = np.array([one[3] for one in found], dtype=object)
    rows = np.array([one[4] for one in found], dtype=np.int64)
    if what == "service":
        columns["service"] = chosen_values
        return Work("service_point", columns, shapely.centroid(geometry), rows)
    columns["theme"] = np.full(len(found), what, dtype=object)
    columns["class"] = chosen_values
    return Work("constraint_area", columns, geometry, rows)


def _roads(layers: list[RawLayer]) -> Work:
    """Roads of an OSM file, for regions or neighbours without a register."""
    lines = next(layer for layer in layers if layer.name == "lines")
    geometry: Any = lines.geometry
    records = [tags_of(row) for row in lines.rows.to_dict("records")]
    keep = np.array([tags.get("highway") in _ROAD_CLASS for tags in records], dtype=bool)
    chosen = [tags for tags, kept in zip(records, keep, strict=True) if kept]
    columns = {
        "feature_id": np.array([tags.get("osm_id", "") for tags in chosen], dtype=object),
        "road_class": np.array([_ROAD_CLASS[tags["highway"]] for tags in chosen], dtype=object),
        "name": np.array([tags.get("name") for tags in chosen], dtype=object),
        "width_m": np.array([_metres(tags.get("width")) for tags in chosen], dtype=object),
        "surface": np.array([_surface(tags.get("surface")) for tags in chosen], dtype=object),
        "attributes": np.array([{} for _ in chosen], dtype=object),
    }
    return Work("road", columns, geometry[keep], np.flatnonzero(keep) + 1)


def _metres(value: str | None) -> float | None:
    match = re.match(r"^\s*(\d+(?:[.,]\d+)?)\s*m?\s*$", value or "")
    return float(match.group(1).replace(",", ".")) if match else None


def _surface(value: str | None) -> str | None:
    if value is None:
        return None
    return "paved" if value in ("paved", "asphalt", "concrete", "paving_stones", "sett", "concrete:plates") else "unpaved"
