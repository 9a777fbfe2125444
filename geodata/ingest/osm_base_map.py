"""What the map shows under the layers, from OpenStreetMap: water, green, built-up land and the names of places.

Presence only. No private plot is told apart: land on which caravans stand has no class of its own here.
"""

from __future__ import annotations

from collections.abc import Mapping

_PLACES = ("city", "town", "village", "hamlet", "suburb", "quarter", "neighbourhood", "locality", "isolated_dwelling")
_BUILT_UP = ("residential", "commercial", "retail", "industrial")
_GREEN_LAND = ("forest", "meadow", "grass", "recreation_ground", "village_green", "orchard")


def base_map(tags: Mapping[str, str], dimension: int) -> str | None:
    """Class of a feature on the base map (water, green, built_up, place), None when it is not drawn there.

    Parameters
    ----------
    dimension : 2 area, 1 line, 0 point.
    """
    landuse, natural, leisure = (tags.get(key) for key in ("landuse", "natural", "leisure"))
    if dimension == 0:
        return "place" if tags.get("place") in _PLACES and tags.get("name") else None
    if dimension == 1:
        return "water" if tags.get("waterway") in ("river", "canal", "stream") else None
    if natural == "water" or landuse in ("reservoir", "basin") or tags.get("waterway") == "riverbank":
        return "water"
    if (
        landuse in _GREEN_LAND
        or natural in ("wood", "scrub", "heath")
        or leisure in ("park", "garden", "nature_reserve")
    ):
        return "green"
    return "built_up" if landuse in _BUILT_UP else None
