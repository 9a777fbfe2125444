"""A working table of one ingestion: canonical columns, shapes and the row numbers of the source."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geodata.errors import InputError
from geodata.ingest.formats import RawLayer
from geodata.ingest.report import Refusals
from geodata.measure.inputs import GeometryArray
from geodata.sources.catalogue import Source

#: Reason codes of geometry, with what they mean.
GEOMETRY_REASONS = {
    "no_geometry": "the row has no shape",
    "empty_geometry": "the shape is empty",
    "wrong_geometry": "the shape is of another kind than the layer's",
    "not_repairable": "the shape crosses itself and nothing is left after repair",
    "outside_belgium": "the shape lies outside Belgium and its waters",
}
_DIMENSION = {"polygon": 2, "line": 1, "point": 0}


@dataclass
class Work:
    """Rows on their way to one table.

    Attributes
    ----------
    table : target table.
    columns : canonical column -> values, each of length n.
    geometry : shapes, EPSG:31370 after `project`; None for tables without shapes.
    row : row number in the source, from 1.
    """

    table: str
    columns: dict[str, NDArray[Any]]
    geometry: GeometryArray | None
    row: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.row)

    def keep(self, which: NDArray[np.bool_]) -> Work:
        """The rows where `which` is True."""
        geometry = None if self.geometry is None else self.geometry[which]
        columns = {name: values[which] for name, values in self.columns.items()}
        return Work(self.table, columns, geometry, self.row[which])

    def refuse(self, which: NDArray[np.bool_], reason: str, detail: str, refusals: Refusals) -> Work:
        """Keep out the rows where `which` is True, with a reason; returns the others."""
        for index in np.flatnonzero(which):
            raw = {name: plain(values[index]) for name, values in self.columns.items()}
            refusals.refuse(int(self.row[index]), reason, detail, raw)
        return self.keep(~which) if which.any() else self


def plain(value: Any) -> Any:
    """A value as JSON can hold it."""
    if value is None or (isinstance(value, float) and np.isnan(value)) or value is pd.NaT:
        return None
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, str | int | float | bool):
        return value
    return str(value)


def text(value: Any) -> str | None:
    """A value as trimmed text; None when there is none."""
    value = plain(value)
    if value is None:
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip() or None


def map_columns(layer: RawLayer, source: Source) -> dict[str, NDArray[Any]]:
    """Canonical columns of a layer after the source's field and value maps.

    Raw names match without case. A value map with `*` has a default; without it an unmapped value becomes None.
    """
    lower = {str(name).lower(): name for name in layer.rows.columns}
    n = len(layer.rows)
    out: dict[str, NDArray[Any]] = {}
    for canonical, raw_names in source.fields.items():
        raw = next((lower[name.lower()] for name in raw_names if name.lower() in lower), None)
        values = layer.rows[raw].to_numpy(dtype=object) if raw is not None else np.full(n, None, dtype=object)
        mapping = source.values.get(canonical)
        if mapping is not None:
            default = mapping.get("*")
            values = np.array([mapping.get(text(value) or "", default) for value in values], dtype=object)
        out[canonical] = values
    for canonical, constant in source.constants.items():
        out[canonical] = np.full(n, constant, dtype=object)
    return out


def other_fields(layer: RawLayer, source: Source) -> NDArray[Any]:
    """Fields the map does not use, as a dictionary per row."""
    used = {name.lower() for names in source.fields.values() for name in names}
    names = [name for name in layer.rows.columns if str(name).lower() not in used]
    columns = [layer.rows[name].to_numpy(dtype=object) for name in names]
    out = np.empty(len(layer.rows), dtype=object)
    for index in range(len(out)):
        found = {str(name): plain(values[index]) for name, values in zip(names, columns, strict=True)}
        out[index] = {name: value for name, value in found.items() if value is not None}
    return out


def points_of(columns: dict[str, NDArray[Any]]) -> GeometryArray:
    """Points from the columns `lon` and `lat` (x and y of the source's CRS), which are taken out; None where empty."""
    x = pd.to_numeric(pd.Series(columns.pop("lon")).astype(str).str.replace(",", "."), errors="coerce").to_numpy()
    y = pd.to_numeric(pd.Series(columns.pop("lat")).astype(str).str.replace(",", "."), errors="coerce").to_numpy()
    found = shapely.points(x, y)
    found[np.isnan(x) | np.isnan(y)] = None
    return found


def check_geometry(work: Work, kind: str, refusals: Refusals, outside: Callable[[GeometryArray], Any]) -> Work:
    """Keep rows with a usable shape: present, valid (repaired where possible), of the right kind, in Belgium.

    Parameters
    ----------
    kind : polygon, line, point or any.
    outside : which shapes lie outside the territory.
    """
    if work.geometry is None:
        return work
    for reason, which in (
        ("no_geometry", lambda g: shapely.is_missing(g)),
        ("empty_geometry", lambda g: shapely.is_empty(g)),
    ):
        work = work.refuse(which(work.geometry), reason, GEOMETRY_REASONS[reason], refusals)
    geometry: Any = work.geometry
    bad = ~shapely.is_valid(geometry)
    if bad.any():
        geometry = geometry.copy()
        geometry[bad] = shapely.make_valid(geometry[bad])
        work.geometry = geometry
    if kind != "any":
        work.geometry = shapely.force_2d(_parts_of(geometry, _DIMENSION[kind], bad))
        empty = shapely.is_empty(work.geometry)
        lost = empty & bad
        rows = work.refuse(lost, "not_repairable", GEOMETRY_REASONS["not_repairable"], refusals)
        bad, empty, work = bad[~lost], empty[~lost], rows
        rows = work.refuse(empty, "wrong_geometry", GEOMETRY_REASONS["wrong_geometry"], refusals)
        bad, work = bad[~empty], rows
    if bad.any():
        refusals.repaired["repaired_geometry"] += int(bad.sum())
    if work.geometry is None:
        return work
    return work.refuse(outside(work.geometry), "outside_belgium", GEOMETRY_REASONS["outside_belgium"], refusals)


def _parts_of(geometry: GeometryArray, dimension: int, repaired: NDArray[np.bool_]) -> GeometryArray:
    """Shapes reduced to parts of one dimension, as multi-shapes for lines and polygons."""
    out = geometry.copy()
    wrong = shapely.get_dimensions(out) != dimension
    mixed = shapely.get_type_id(out) == 7
    for index in np.flatnonzero(mixed | repaired):
        parts = shapely.get_parts(shapely.get_parts(out[index]))
        parts = parts[shapely.get_dimensions(parts) == dimension]
        out[index] = shapely.union_all(parts) if len(parts) else shapely.Polygon()
    out[wrong & ~mixed & ~repaired] = shapely.Polygon()
    if dimension == 0:
        several = shapely.get_type_id(out) == 4
        out[several] = shapely.centroid(out[several])
        return out
    single = shapely.get_type_id(out) == (3 if dimension == 2 else 1)
    make = shapely.multipolygons if dimension == 2 else shapely.multilinestrings
    if single.any():
        out[single] = make(out[single], indices=np.arange(int(single.sum())))
    return out


def parse_day(value: Any) -> date | None:
    """A day from what sources write: ISO date or time, YYYYMMDD, or a timestamp; None when it is none."""
    found = text(value)
    if found is None:
        return None
    digits = found[:8] if found[:8].isdigit() and len(found) >= 8 else None
    try:
        return date.fromisoformat(f"{digits[:4]}-{digits[4:6]}-{digits[6:]}" if digits else found[:10])
    except ValueError:
        return None


def require(work: Work, column: str, file: str) -> None:
    """Fail when a column without which nothing can be loaded is empty throughout.

    Raises
    ------
    InputError
        Naming the column.
    """
    if len(work) and all(text(value) is None for value in work.columns.get(column, [None])):
        raise InputError("no row has a value here; nothing was loaded.", "Check the fields of the file.", file=file, field=column)
