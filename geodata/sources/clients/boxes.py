"""Boxes as services want them: in their CRS, in their axis order, cut into tiles."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache

from pyproj import CRS, Transformer

from geodata.sources.clients.common import Box

STORAGE = "EPSG:31370"


def box_in(box: Box, crs: str) -> Box:
    """A box of EPSG:31370 in another CRS (x, y): never smaller than the area it stands for.

    The sides are followed at 21 places each; a metre is added where they had to be turned.
    """
    if _code(crs) == _code(STORAGE):
        return box
    left, bottom, right, top = box
    found = _to(crs).transform_bounds(left - 1, bottom - 1, right + 1, top + 1, densify_pts=21)
    return (float(found[0]), float(found[1]), float(found[2]), float(found[3]))


def point_in(x: float, y: float, crs: str) -> tuple[float, float]:
    """A point of EPSG:31370 in another CRS (x, y)."""
    if _code(crs) == _code(STORAGE):
        return (x, y)
    found = _to(crs).transform(x, y)
    return (float(found[0]), float(found[1]))


def in_axis_order(box: Box, order: str) -> Box:
    """The box as latitude first, where the service wants that."""
    left, bottom, right, top = box
    return (bottom, left, top, right) if order == "latlon" else box


def urn(crs: str) -> str:
    """A CRS as WFS 2.0 names it."""
    return f"urn:ogc:def:crs:EPSG::{_code(crs)}"


def uri(crs: str) -> str:
    """A CRS as the OGC APIs and WCS name it."""
    return f"http://www.opengis.net/def/crs/EPSG/0/{_code(crs)}"


def wkid(crs: str) -> int:
    """A CRS as ArcGIS names it."""
    return _code(crs)


def is_geographic(crs: str) -> bool:
    """Are its coordinates degrees?"""
    return bool(CRS.from_user_input(crs).is_geographic)


def tiles(box: Box, size: float) -> Iterator[Box]:
    """The box in tiles of at most `size`, row by row from the lower left; neighbours share their edge."""
    left, bottom, right, top = box
    columns, rows = max(1, math.ceil((right - left) / size)), max(1, math.ceil((top - bottom) / size))
    for row in range(rows):
        for column in range(columns):
            yield (
                left + column * size,
                bottom + row * size,
                min(right, left + (column + 1) * size),
                min(top, bottom + (row + 1) * size),
            )


def quarters(box: Box) -> tuple[Box, Box, Box, Box]:
    """The four quarters of a box."""
    left, bottom, right, top = box
    x, y = (left + right) / 2, (bottom + top) / 2
    return (left, bottom, x, y), (x, bottom, right, y), (left, y, x, top), (x, y, right, top)


def words(box: Box) -> str:
    """A box as services read it, to the millimetre or to ten decimals of a degree."""
    return ",".join(format(value, ".3f" if max(map(abs, box)) > 400 else ".10f") for value in box)


@cache
def _to(crs: str) -> Transformer:
    return Transformer.from_crs(STORAGE, crs, always_xy=True)


@cache
def _code(crs: str) -> int:
    code = CRS.from_user_input(crs).to_epsg(min_confidence=25)
    if code is None:
        raise ValueError(f"{crs} has no EPSG code")
    return int(code)
