"""Drawn areas as they come in: GeoJSON text, or a file, checked and brought to EPSG:31370.

GeoJSON is parsed here, without GDAL; GeoPackage, shapefile (also zipped), GML and DXF go through the reader process of
`geodata.ingest`. GeoJSON is lon/lat unless it declares a CRS; a file uses the CRS it declares; one that declares none, as
every DXF, is told by where its coordinates lie, or refused. An answer names the CRS and how it was found. Refused, each
with a message that names what and where: no polygon, more than `MOST` areas, a border that crosses itself, a size beyond
`LARGEST_M2`. Closed lines of a DXF count as polygons. Nothing is stored.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from geodata.errors import InputError
from geodata.ingest.crs import ChosenCrs, choose_crs, operation_to_storage, swap_axes, transform
from geodata.ingest.formats import file_format, own_folder, unpack
from geodata.ingest.read import read_layers
from geodata.ingest.sandbox import ask

#: Areas of one question.
MOST = 20
#: Bytes of a GeoJSON.
LARGEST_TEXT = 5_000_000
#: Bytes of any other file: a register is no drawing.
LARGEST_FILE = 50_000_000
#: Lines and other things of a drawing, of which some may be areas.
_THINGS = 100_000
#: No site is longer, metres, and areas of one drawing lie no farther apart: all that lies around them is read at once.
LONGEST_M, APART_M = 3_000.0, 10_000.0
#: Square metres of one area: a square kilometre, a hundred times the largest Belgian site.
LARGEST_M2 = 1_000_000.0
#: Square metres below which a drawing is a slip of the hand.
SMALLEST_M2 = 1.0
#: Corners of one area.
_CORNERS = 50_000
#: Corners and ends of a line in a drawing this far apart are the same, metres.
_CLOSED_M = 0.01
_DEGREES = "EPSG:4326"
_KINDS = ("gpkg", "shapefile", "gml", "geojson")


@dataclass(frozen=True)
class Drawn:
    """One drawn area.

    Attributes
    ----------
    name : as the drawing calls it, else its number.
    shape : polygon or multipolygon, EPSG:31370, valid.
    crs : CRS it was drawn in, how that is known, and the accuracy of the way from there, metres.
    """

    name: str
    shape: Any
    crs: dict[str, Any]


def read_areas(path: Path) -> list[Drawn]:
    """Areas of a file: GeoJSON, GeoPackage, shapefile (or a zip of one), GML or DXF.

    Raises
    ------
    InputError
        When it cannot be used.
    """
    suffix = path.suffix.lower()
    if path.is_file() and path.stat().st_size > LARGEST_FILE:
        raise InputError(
            f"files of areas are read up to {LARGEST_FILE // 1_000_000} MB.", "Give the areas only.", file=path
        )
    if suffix in (".geojson", ".json") and path.is_file():
        if path.stat().st_size > LARGEST_TEXT:
            raise _too_large(path.name)
        return areas_of_text(path.read_bytes(), path.name)
    if suffix == ".dxf":
        return _checked(*_read_dxf(path), path.name)
    kind = file_format(path)
    if kind == "zip":
        with own_folder() as folder:
            parts = unpack(path, folder)
            return _checked(*_read_vector(parts, path), path.name)
    if kind not in _KINDS:
        raise InputError(
            "no areas are read from files of this kind.", "Give GeoJSON, GeoPackage, shapefile or DXF.", file=path
        )
    return _checked(*_read_vector([path], path), path.name)


def areas_of_text(text: bytes, file: str = "GeoJSON") -> list[Drawn]:
    """Areas of a GeoJSON text.

    Raises
    ------
    InputError
        When it cannot be used.
    """
    if len(text) > LARGEST_TEXT:
        raise _too_large(file)
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise InputError("this is no GeoJSON.", "Export the areas again.", file=file) from None
    return areas_of(document, file)


def areas_of(document: Any, file: str = "GeoJSON") -> list[Drawn]:
    """Areas of a GeoJSON mapping: a geometry, a feature or a collection.

    Raises
    ------
    InputError
        When it cannot be used.
    """
    if not isinstance(document, Mapping):
        raise InputError("this is no GeoJSON.", "Export the areas again.", file=file)
    kind = document.get("type")
    given = document.get("features") if kind == "FeatureCollection" else [document]
    if not isinstance(given, list):
        raise InputError("this is no GeoJSON.", "Export the areas again.", file=file)
    _counted(len(given), file)
    names: list[str] = []
    shapes: list[Any] = []
    for at, one in enumerate(given, 1):
        feature = one if isinstance(one, Mapping) else {}
        geometry = feature.get("geometry") if feature.get("type") == "Feature" else feature
        names.append(_name(feature, at))
        shapes.append(_polygon(geometry, at, file))
    return _checked(names, shapes, _declared(document, file) or _DEGREES, file)


def _too_large(file: str) -> InputError:
    return InputError(
        f"a GeoJSON of more than {LARGEST_TEXT // 1_000_000} MB is not read.", "Give the areas only.", file=file
    )


def _counted(count: int, file: str) -> None:
    if not 1 <= count <= MOST:
        raise InputError(
            f"it holds {count} areas; 1 to {MOST} are judged at once.", "Give fewer, or draw one.", file=file
        )


def _name(feature: Mapping[str, Any], at: int) -> str:
    told = feature.get("properties")
    name = told.get("name") if isinstance(told, Mapping) else None
    return name.strip()[:80] if isinstance(name, str) and name.strip() else str(at)


def _declared(document: Mapping[str, Any], file: str) -> str | None:
    """CRS of the old member `crs`, as many programs still write it."""
    member = document.get("crs")
    if member is None:
        return None
    properties = member.get("properties") if isinstance(member, Mapping) else None
    name = properties.get("name") if isinstance(properties, Mapping) else None
    if not isinstance(name, str):
        raise InputError("its CRS is not named.", "Leave it out for lon/lat, or name it.", file=file, field="crs")
    return "OGC:CRS84" if name.endswith("CRS84") else name


def _polygon(geometry: Any, at: int, file: str) -> Any:
    kind = geometry.get("type") if isinstance(geometry, Mapping) else None
    if kind not in ("Polygon", "MultiPolygon"):
        raise _no_polygon(str(kind) if kind else "nothing", at, file)
    coordinates = geometry.get("coordinates")
    try:
        parts = [coordinates] if kind == "Polygon" else list(coordinates)
        rings = [[_ring(ring) for ring in part] for part in parts]
        if not rings or not all(rings):
            raise ValueError
        polygons = [shapely.Polygon(part[0], part[1:]) for part in rings]
    except (ValueError, TypeError, OverflowError, shapely.errors.GEOSException):
        raise InputError(
            "its coordinates are no rings of a polygon.", "Draw it again.", file=file, row=at, field="coordinates"
        ) from None
    return polygons[0] if len(polygons) == 1 else shapely.MultiPolygon(polygons)


def _ring(ring: Any) -> Any:
    """Corners of a closed ring, shape (n, 2); heights are dropped."""
    xy = np.array([[float(corner[0]), float(corner[1])] for corner in ring])
    if len(xy) < 4 or not np.isfinite(xy).all() or (xy[0] != xy[-1]).any():
        raise ValueError
    return xy


def _no_polygon(kind: str, at: int, file: str) -> InputError:
    return InputError(f"a {kind} where a polygon is needed.", "Draw an area.", file=file, row=at, field="geometry")


def _read_vector(parts: Sequence[Path], path: Path) -> tuple[list[str], list[Any], str | None]:
    """Areas of the layers with shapes: of several layers all, as long as they are few."""
    layers = [one for one in read_layers(parts) if one.geometry is not None and len(one.geometry)]
    if len({one.crs for one in layers}) > 1:
        raise InputError("its layers have different CRS.", "Keep the layer with the areas.", file=path)
    shapes = [shape for one in layers for shape in (one.geometry if one.geometry is not None else ())]
    _counted(len(shapes), path.name)
    names: list[str] = []
    for layer in layers:
        for at in range(len(layer.rows)):
            given = layer.rows.iloc[at].to_dict()
            names.append(
                _name({"properties": {"name": given.get("name", given.get("naam", given.get("nom")))}}, len(names) + 1)
            )
    for at, shape in enumerate(shapes, 1):
        if shape is None or shape.geom_type not in ("Polygon", "MultiPolygon") or shape.is_empty:
            raise _no_polygon("nothing" if shape is None else shape.geom_type, at, path.name)
    return names, shapes, layers[0].crs


def _read_dxf(path: Path) -> tuple[list[str], list[Any], str | None]:
    """Polygons and closed lines of a drawing; whatever else it holds is no area."""
    if not path.is_file():
        raise InputError("there is no such file.", "Check the path.", file=path)
    with path.open("rb") as stream:
        head = stream.read(4096)
    if b"SECTION" not in head and not head.startswith(b"AutoCAD Binary DXF"):
        raise InputError("the name says dxf, but its content is no drawing.", "Export it again as DXF.", file=path)
    found: list[Any] = []

    def take(batch: Any) -> None:
        last = batch.column(batch.num_columns - 1)
        if len(found) > _THINGS:
            raise InputError(f"it holds more than {_THINGS} things.", "Give the areas only.", file=path)
        found.extend(shapely.from_wkb(last.to_numpy(zero_copy_only=False), on_invalid="ignore"))

    ask(path, "layer", take, layer="entities", driver="DXF", options={}, fast=False)
    shapes = [area for one in found if (area := _closed(one)) is not None]
    if not shapes:
        raise InputError("it holds no closed line and no area.", "Close the lines of the area.", file=path)
    _counted(len(shapes), path.name)
    return [str(at) for at in range(1, len(shapes) + 1)], shapes, None


def _closed(shape: Any) -> Any:
    """A polygon as it is, a closed line as a polygon, None of anything else."""
    if shape is None or shape.is_empty:
        return None
    if shape.geom_type in ("Polygon", "MultiPolygon"):
        return shape
    if shape.geom_type != "LineString":
        return None
    xy = shapely.get_coordinates(shape)
    if len(xy) < 4 or float(np.hypot(*(xy[0] - xy[-1]))) > _CLOSED_M:
        return None
    return shapely.Polygon(np.concatenate([xy[:-1], xy[:1]]))


def _checked(names: Sequence[str], shapes: Sequence[Any], declared: str | None, file: str) -> list[Drawn]:
    """Shapes in EPSG:31370 after all checks; places in messages are in the coordinates of the drawing."""
    given = np.array([*shapes, None], dtype=object)[:-1]
    for at, shape in enumerate(given, 1):
        if not shapely.is_valid(shape):
            raise _invalid(shape, at, file)
        if shapely.get_num_coordinates(shape) > _CORNERS:
            raise InputError(f"it has more than {_CORNERS} corners.", "Simplify it.", file=file, row=at)
    chosen = _crs_of(declared, given, file)
    operation = operation_to_storage(chosen.used)
    moved = transform(swap_axes(given) if chosen.swapped else given, operation.transformer)
    crs = {"declared": chosen.declared, "used": chosen.used, "how": chosen.how, "accuracy_m": operation.accuracy_m}
    for at, shape in enumerate(moved, 1):
        area = float(shape.area)
        # A border that touches itself in the drawing may cross itself by a rounding after the way to Lambert 72.
        if not np.isfinite(area) or not shapely.is_valid(shape):
            raise _invalid(shape, at, file)
        if area > LARGEST_M2:
            raise InputError(
                f"it has {area / 10_000:.0f} ha; areas up to {LARGEST_M2 / 10_000:.0f} ha are judged.",
                "Draw the site, not its surroundings.",
                file=file,
                row=at,
            )
        west, south, east, north = shape.bounds
        if max(east - west, north - south) > LONGEST_M:
            raise InputError(
                f"it is {max(east - west, north - south) / 1000:.0f} km long; areas up to {LONGEST_M / 1000:.0f} km are judged.",
                "Draw the site, not its surroundings.",
                file=file,
                row=at,
            )
        if area < SMALLEST_M2:
            raise InputError("it is smaller than a square metre.", "Draw it again.", file=file, row=at)
    boxes = shapely.bounds(np.array(moved, dtype=object))
    if len(boxes) and max(np.ptp(boxes[:, [0, 2]]), np.ptp(boxes[:, [1, 3]])) > APART_M:
        raise InputError(
            f"its areas lie more than {APART_M / 1000:.0f} km apart.", "Ask for those near each other.", file=file
        )
    return [Drawn(name, shape, crs) for name, shape in zip(names, moved, strict=True)]


def _crs_of(declared: str | None, shapes: Any, file: str) -> ChosenCrs:
    """The CRS of the coordinates; the refusal is in the words of someone who drew an area."""
    try:
        return choose_crs(declared, shapes, None, file)
    except InputError:
        west, south = np.nanmedian(shapely.bounds(shapes)[:, :2], axis=0)
        raise InputError(
            f"its coordinates (around {west:.1f}, {south:.1f}) lie in Belgium in no known system.",
            "Give lon/lat, or a file that declares its CRS.",
            file=file,
        ) from None


def _invalid(shape: Any, at: int, file: str) -> InputError:
    """The error of a shape that is not valid, with the place."""
    reason, _, place = str(shapely.is_valid_reason(shape)).partition("[")
    where = ", ".join(place.rstrip("]").split()) or "unknown"
    told = "its border crosses itself" if "intersection" in reason.lower() else "it is no valid polygon"
    return InputError(f"{told} at {where}.", "Draw it again without the crossing.", file=file, row=at)
