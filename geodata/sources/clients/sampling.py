"""Services that answer only at a point: control points first, then the places asked for, or a grid over the box.

The layer that comes of it holds a point for every place that gave a value; places without a value are left out and
counted. They mean "not present" only if a control point gave its known value in the same run.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from geodata.sources.catalogue import ControlPoint, Source
from geodata.sources.clients import geojson
from geodata.sources.clients.common import Area, Progress
from geodata.sources.clients.geojson import GeoJsonPage
from geodata.sources.clients.results import Result
from geodata.sources.clients.session import Reply, Session

#: What one place gave: the properties of each thing there.
Sampled: TypeAlias = list[dict[str, Any]]
Ask: TypeAlias = Callable[[float, float], tuple[Reply, Sampled]]

#: A grid has at most so many places: at the pace of a polite client that is some minutes.
MOST_PLACES = 1_000
#: No grid is finer than this, metres.
FINEST = 25.0


def sample_places(source: Source, area: Area, session: Session, at: Ask, progress: Progress | None = None) -> Result:
    """A point layer (EPSG:31370) of what a service gives at the places of an area.

    Raises
    ------
    FetchError
        From the first place that could not be asked: a layer with holes is none.
    """
    alive = control(source, at)
    if alive is False:
        note = "no control point gave its known value: what the service says of other places was not asked"
        return Result((), 0, (note,), dead=True)
    places, step = list(area.points), None
    if not places:
        step = grid_step(area)
        places = list(grid(area, step))
    features: list[dict[str, Any]] = []
    replies: list[Reply] = []
    for number, (x, y) in enumerate(places, 1):
        reply, found = at(x, y)
        replies.append(reply)
        features += [_point(x, y, one, step) for one in found]
        if progress is not None:
            progress(number, len(places), "points")
    spread = f"on a grid of {step:g} m" if step else "at the places asked for"
    note = f"{len(places)} places were asked {spread}; what lies between them was not"
    if not features:
        return Result((), 0, (note,), checked=alive is True)
    crs = "urn:ogc:def:crs:EPSG::31370"
    payload = session.keep_merged(
        f"{source.id}.geojson",
        lambda path: geojson.merge_pages(path, [GeoJsonPage(features, None, crs, {})], crs),
        replies,
        media_type="application/geo+json",
        features=len(features),
    )
    notes = (note,) if alive else (note, "no control point is known: places without a value say nothing")
    return Result((payload,), len(features), notes, checked=alive is True)


def control(source: Source, at: Ask) -> bool | None:
    """Does a control point give its known value? None where the source has none."""
    if not source.control_points:
        return None
    return any(is_expected(at(point.x, point.y)[1], point) for point in source.control_points)


def is_expected(found: Sampled, point: ControlPoint) -> bool:
    """Is the value a control point is known for among what came?"""
    for properties in found:
        for name, value in properties.items():
            here = point.field is None or name.casefold() == point.field.casefold()
            if here and (point.expects == "*" or same_value(value, point.expects)):
                return True
    return point.expects == "*" and bool(found)


def same_value(value: Any, expected: str) -> bool:
    """Is a value the expected one, as text without case and outer blanks, or as a number?"""
    if value is None:
        return False
    text, wanted = str(value).strip().casefold(), expected.strip().casefold()
    if text == wanted:
        return True
    try:
        return float(text) == float(wanted)
    except ValueError:
        return False


def grid_step(area: Area) -> float:
    """Metres between the places of a grid over the box, so that there are not too many; in steps of 5 m."""
    left, bottom, right, top = area.box
    step = math.sqrt(max(0.0, (right - left) * (top - bottom)) / MOST_PLACES)
    return max(FINEST, math.ceil(step / 5) * 5)


def grid(area: Area, step: float) -> Iterator[tuple[float, float]]:
    """Places on whole multiples of the step, so that a second run asks the same; the middle where none fits."""
    left, bottom, right, top = area.box
    columns = range(math.ceil(left / step), math.floor(right / step) + 1)
    rows = range(math.ceil(bottom / step), math.floor(top / step) + 1)
    if not columns or not rows:
        yield ((left + right) / 2, (bottom + top) / 2)
        return
    for row in rows:
        for column in columns:
            yield (column * step, row * step)


def _point(x: float, y: float, properties: dict[str, Any], step: float | None) -> dict[str, Any]:
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [x, y]},
        "properties": {**properties, "sample_step_m": step},
    }
