"""A working table of one ingestion: canonical columns, shapes and the row numbers of the source."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geodata.ingest.as_read import Bytes
from geodata.ingest.report import Refusals
from geodata.ingest.vectors import in_parts, objects, text_array
from geodata.measure.inputs import GeometryArray
from geodata.missing import is_none

#: Reason codes of geometry, with what they mean.
GEOMETRY_REASONS = {
    "no_geometry": "the row has no shape",
    "empty_geometry": "the shape is empty",
    "wrong_geometry": "the shape is of another kind than the layer's",
    "bad_coordinates": "a coordinate of the shape is no number",
    "not_repairable": "the shape crosses itself and nothing is left after repair",
    "outside_belgium": "the shape lies outside Belgium and its waters",
}
#: Working column: the shape of the row was repaired.
REPAIRED = "_repaired"
#: Working column: the shape is valid as read, where that was found out while reading.
VALID = "_valid"
#: Working column: checksum of the row as it stands in the file.
AS_READ = "as_read"
#: Working column: the report says something of the row.
TOLD = "_told"
#: Working column: place of the shape of the row in `Work.wkb`.
PLACE = "_place"
_WORKING = ("attributes", "_bad", REPAIRED, VALID, AS_READ, TOLD, PLACE)
#: An area narrower than this is a sliver, metres.
SLIVER_M = 0.1
_DIMENSION = {"polygon": 2, "line": 1, "point": 0}


#: Columns without which a row means nothing, with what a missing one is called.
REQUIRED: dict[str, tuple[str, ...]] = {
    "municipality": ("nis", "region"),
    "parcel": ("capakey",),
    "zone": ("plan_kind", "zoning_class"),
    "constraint_area": ("theme", "class"),
    "building": ("use",),
    "road": ("road_class",),
    "service_point": ("service",),
    "ownership": ("capakey", "owner_class"),
    "site": ("site_id", "name", "site_type", "status", "manager"),
}
#: Of these tables only these columns may reach quarantine: a free text can hold the name of a person.
QUARANTINED: dict[str, tuple[str, ...]] = {
    "ownership": ("capakey",),
    "site": ("site_id", "site_type", "status", "nis"),
}


@dataclass
class Work:
    """Rows on their way to one table.

    Attributes
    ----------
    table : target table.
    columns : canonical column -> values, each of length n; `unmapped` holds values no map knows.
    geometry : shapes, EPSG:31370 after projection; None for tables without shapes.
    row : row number in the source, from 1.
    wkb : shapes as they stand in the file, where they are the same as `geometry` but for those repaired.
    """

    table: str
    columns: dict[str, NDArray[Any]]
    geometry: GeometryArray | None
    row: NDArray[np.int64]
    wkb: Bytes | None = None

    def __len__(self) -> int:
        return len(self.row)

    def keep(self, which: NDArray[np.bool_]) -> Work:
        """The rows where `which` is True."""
        geometry = None if self.geometry is None else self.geometry[which]
        columns = {name: values[which] for name, values in self.columns.items()}
        return Work(self.table, columns, geometry, self.row[which], self.wkb)

    def tell(self, which: NDArray[Any]) -> None:
        """The report says something of these rows (a mask or positions)."""
        if TOLD in self.columns:
            self.columns[TOLD][which] = True

    def refuse(
        self, which: NDArray[np.bool_], reason: str, detail: str, refusals: Refusals, *, hole: bool = False
    ) -> Work:
        """Keep out the rows where `which` is True, with a reason; returns the others.

        `hole`: something is there that could not be read, so absence must not count at that place.
        """
        if not which.any():
            return self
        allowed = QUARANTINED.get(self.table)
        names = [name for name in self.columns if allowed is None or name in allowed]
        names = [name for name in names if name not in _WORKING]
        for index in np.flatnonzero(which):
            raw = {name: plain(self.columns[name][index]) for name in names}
            refusals.refuse(int(self.row[index]), reason, detail, raw)
        if hole and self.geometry is not None:
            refusals.holes.extend(self.geometry[which])
        return self.keep(~which)


def plain(value: Any) -> Any:
    """A value as JSON can hold it."""
    if value is None or (isinstance(value, float) and np.isnan(value)) or value is pd.NaT:
        return None
    if isinstance(value, np.datetime64):
        return None if np.isnat(value) else str(value)
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, str):
        return value.replace("\x00", "")
    if isinstance(value, int | float | bool | list | dict):
        return value
    return str(value)


def text(value: Any) -> str | None:
    """A value as trimmed text; None when there is none."""
    if type(value) is str:
        return value.replace("\x00", "").strip() or None
    value = plain(value)
    if value is None:
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip() or None


def texts(values: Any) -> NDArray[Any]:
    """`text` of every value, an object array."""
    whole = text_array(values)
    if whole is not None:
        return objects(whole)
    return np.fromiter((text(value) for value in values), dtype=object, count=len(values))


def nothing(n: int) -> NDArray[Any]:
    """An object array of n times None."""
    return np.full(n, None, dtype=object)


def check_geometry(work: Work, kind: str, refusals: Refusals, outside: Callable[[GeometryArray], Any]) -> Work:
    """Keep rows with a usable shape: present, valid (repaired where possible), of the right kind, in Belgium.

    Parameters
    ----------
    kind : polygon, line, point or any.
    outside : which shapes lie outside the territory.
    """
    if work.geometry is None:
        return work
    for reason, test in (("no_geometry", shapely.is_missing), ("empty_geometry", shapely.is_empty)):
        work = work.refuse(in_parts(test, work.geometry), reason, GEOMETRY_REASONS[reason], refusals)
    valid = work.columns.pop(VALID, None)
    work, bad = _finite(work, ~(in_parts(shapely.is_valid, work.geometry) if valid is None else valid), refusals)
    before: Any = work.geometry
    shapes = before
    if bad.any():
        shapes = before.copy()
        shapes[bad] = _repaired(before[bad])
        _tell_repairs(before[bad], shapes[bad], refusals)
    if kind != "any":
        shapes = _parts_of(shapes, _DIMENSION[kind])
    work.geometry = shapes
    empty = in_parts(shapely.is_empty, shapes)
    if empty.any():
        # What cannot be used is still there: its place is remembered as it was drawn.
        lost, wrong = empty & bad, empty & ~bad
        work.geometry = np.where(empty, shapely.envelope(before), shapes)
        work.columns["_bad"] = bad
        rest = work.refuse(lost, "not_repairable", GEOMETRY_REASONS["not_repairable"], refusals, hole=True)
        wrong = wrong[~lost]
        work = rest.refuse(wrong, "wrong_geometry", GEOMETRY_REASONS["wrong_geometry"], refusals, hole=True)
        bad = work.columns.pop("_bad")
    if bad.any():
        work.columns[REPAIRED] = bad
        work.tell(bad)
    left: Any = work.geometry
    if kind == "polygon":
        work.tell(_tell_slivers(left, refusals))
    return work.refuse(outside(left), "outside_belgium", GEOMETRY_REASONS["outside_belgium"], refusals)


def _tell_repairs(before: GeometryArray, after: GeometryArray, refusals: Refusals) -> None:
    """Remark on what repair did to the drawn area; lines and points have none."""
    areas = shapely.area(before)
    change = np.abs(shapely.area(after) - areas)
    worst = float(np.max(np.divide(change, areas, out=np.zeros_like(change), where=areas > 0)))
    one = "1 shape was" if len(before) == 1 else f"{len(before)} shapes were"
    refusals.notes.append(f"{one} repaired: areas changed by {change.sum():.1f} m2 in all, by {worst:.1%} at most")


def _tell_slivers(shapes: GeometryArray, refusals: Refusals) -> NDArray[np.bool_]:
    """Remark on areas that are only the gap between two lines; they are kept, for the register has them."""
    edge = in_parts(shapely.length, shapes)
    width = np.divide(2 * in_parts(shapely.area, shapes), edge, out=np.zeros_like(edge), where=edge > 0)
    narrow: NDArray[np.bool_] = width < SLIVER_M
    slivers = int(narrow.sum())
    if slivers:
        refusals.notes.append(f"{slivers} areas are narrower than {SLIVER_M * 100:.0f} cm")
    return narrow


def _finite(work: Work, bad: NDArray[np.bool_], refusals: Refusals) -> tuple[Work, NDArray[np.bool_]]:
    """The rows whose coordinates are all numbers, and which of these are not valid; no other can be repaired."""
    geometry: Any = work.geometry
    suspects = np.flatnonzero(bad)
    xy, row = shapely.get_coordinates(geometry[suspects], return_index=True)
    lost = np.zeros(len(work), dtype=bool)
    lost[suspects[row[~np.isfinite(xy).all(axis=1)]]] = True
    return work.refuse(lost, "bad_coordinates", GEOMETRY_REASONS["bad_coordinates"], refusals), bad[~lost]


def _repaired(geometry: GeometryArray) -> GeometryArray:
    """Valid shapes, reduced to the parts of their own dimension: a repair may leave lines beside polygons."""
    fixed: GeometryArray = shapely.make_valid(geometry)
    for index in np.flatnonzero(shapely.get_type_id(fixed) == 7):
        fixed[index] = _only(fixed[index], int(shapely.get_dimensions(fixed[index])))
    return fixed


def _only(geometry: Any, dimension: int) -> Any:
    parts = shapely.get_parts(shapely.get_parts(geometry))
    parts = parts[shapely.get_dimensions(parts) == dimension]
    return shapely.union_all(parts) if len(parts) else shapely.Polygon()


def _parts_of(geometry: GeometryArray, dimension: int) -> GeometryArray:
    """Shapes reduced to parts of one dimension, as multi-shapes; empty where there are none."""
    out = geometry.copy()
    kinds = shapely.get_type_id(out)
    for index in np.flatnonzero(kinds == 7):
        out[index] = _only(out[index], dimension)
    out[shapely.get_dimensions(out) != dimension] = shapely.Polygon()
    kinds = shapely.get_type_id(out)
    if dimension == 0:
        several = kinds == 4
        out[several] = shapely.centroid(out[several])
        return out
    single = (kinds == (3 if dimension == 2 else 1)) & ~shapely.is_empty(out)
    make = shapely.multipolygons if dimension == 2 else shapely.multilinestrings
    if single.any():
        out[single] = make(out[single], indices=np.arange(int(single.sum())))
    return out


def check_required(work: Work, refusals: Refusals) -> Work:
    """Keep rows whose required columns have a value; values no map knows are refused by name."""
    unmapped = work.columns.get("unmapped")
    for name in REQUIRED.get(work.table, ()):
        empty = is_none(work.columns.get(name, nothing(len(work))))
        if unmapped is not None and len(work):
            strange = empty & ~is_none(work.columns["unmapped"])
            shown = ", ".join(sorted(set(work.columns["unmapped"][strange]))[:5])
            work = work.refuse(strange, "unknown_value", f"the catalogue does not know {shown}", refusals, hole=True)
            empty = is_none(work.columns.get(name, nothing(len(work))))
        work = work.refuse(empty, f"no_{name}", f"the row has no {name}", refusals, hole=True)
    return work


def parse_day(value: Any) -> date | None:
    """A day from what sources write: ISO date or time, YYYYMMDD, DD/MM/YYYY, a timestamp; None if none."""
    found = (text(value) or "").replace("/", "-")
    match = re.match(r"(\d{4})-?(\d{2})-?(\d{2})(?!\d)", found)
    backward = re.match(r"(\d{2})-(\d{2})-(\d{4})(?!\d)", found)
    parts = match.groups() if match else tuple(reversed(backward.groups())) if backward else None
    try:
        return date(*map(int, parts)) if parts else None
    except ValueError:
        return None
