"""One layer to one table by the catalogue: raw fields to columns, raw values to ours."""

from __future__ import annotations

import json
from dataclasses import replace
from json.encoder import encode_basestring as _quoted
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geodata.ingest.read import RawLayer
from geodata.ingest.report import Refusals
from geodata.ingest.table import Work, nothing, plain, texts
from geodata.ingest.vectors import json_member, json_objects, of_series
from geodata.measure.inputs import GeometryArray
from geodata.missing import is_none
from geodata.sources.catalogue import Source

#: Ingest kind -> (table, geometry kind).
TARGETS: dict[str, tuple[str, str]] = {
    "municipalities": ("municipality", "polygon"),
    "parcels": ("parcel", "polygon"),
    "zoning-gewestplan": ("zone", "polygon"),
    "zoning-rup": ("zone", "polygon"),
    "zoning-pds": ("zone", "polygon"),
    "zoning-pras": ("zone", "polygon"),
    "plan-rules": ("constraint_area", "polygon"),
    "plan-hp": ("constraint_area", "polygon"),
    "flood": ("constraint_area", "polygon"),
    "nature": ("constraint_area", "polygon"),
    "seveso": ("constraint_area", "any"),
    "soil": ("constraint_area", "polygon"),
    "noise": ("constraint_area", "polygon"),
    "buildings": ("building", "polygon"),
    "addresses": ("address", "point"),
    "roads": ("road", "line"),
    "schools": ("service_point", "point"),
    "health": ("service_point", "point"),
    "shops": ("service_point", "point"),
    "stops": ("service_point", "point"),
    "sites": ("site", "point"),
    "ownership": ("ownership", "none"),
    # Areas, lines or points with a theme of their own; most are shown only.
    **dict.fromkeys(
        (
            "plan-overlays", "campings", "flood-advice", "signal-areas", "flood-history", "runoff", "habitat", "forest",
            "karst", "rockfall", "catchment", "heritage", "pre-emption", "brownfields", "undeveloped-land", "sewer",
            "slag-heaps", "sectors", "population", "base-map",
        ),
        ("constraint_area", "any"),
    ),
}  # fmt: skip
#: Smaller counts of persons could point to a household: they are left out.
SMALLEST_COUNT = 10

#: Columns a table takes beside geometry; anything else of the map is dropped.
TABLE_COLUMNS: dict[str, tuple[str, ...]] = {
    "municipality": (
        "nis", "valid_from", "valid_to", "name_nl", "name_fr", "name_de", "region", "province_nis",
        "german_speaking",
    ),
    "parcel": ("capakey", "nis", "nis_how", "canu", "area_m2", "official_area_m2", "ref_date", "attributes"),
    "zone": (
        "plan_kind", "plan_id", "feature_id", "code", "label_raw", "label", "zoning_class", "name", "link",
        "attributes",
    ),
    "constraint_area": ("theme", "class", "feature_id", "name", "attributes"),
    "building": ("feature_id", "use", "attributes"),
    "address": ("feature_id", "street", "number", "postcode", "municipality"),
    "road": ("feature_id", "road_class", "name", "width_m", "surface", "attributes"),
    "service_point": ("feature_id", "service", "name", "language", "level", "attributes"),
    "site": (
        "site_id", "name", "site_type", "status", "nis", "nis_date", "address", "pitches", "pitch_unit",
        "manager", "opened", "closed", "source_url", "source_date", "grade", "precision", "attributes",
    ),
    "ownership": (
        "capakey", "owner_class", "evidence", "lease_until", "right_type", "other_rights", "lease", "owners",
        "public_share", "matched_by",
    ),
    "dem_tile": ("origin_x", "origin_y", "cell_m", "width", "height", "heights"),
}  # fmt: skip


def map_layer(kind: str, layer: RawLayer, source: Source, refusals: Refusals) -> Work:
    """A layer whose fields map one to one; rows with other values of a `keep` field are passed over."""
    table, _ = TARGETS[kind]
    kept = _kept(layer, source)
    # A shape that cannot even be read is refused by the caller; its row goes no further.
    kept[list(layer.unreadable)] = False
    passed = len(kept) - int(kept.sum()) - len(layer.unreadable)
    if passed:
        wanted = ", ".join(f"{name} {' or '.join(values)}" for name, values in source.keep.items())
        refusals.notes.append(f"{passed} rows were left out: only those with {wanted} are read")
    layer = replace(layer.take(kept), numbers=layer.numbers) if not kept.all() else layer
    columns = map_columns(layer, source)
    if "attributes" in TABLE_COLUMNS[table]:
        columns["attributes"] = extra_fields(layer, source)
    geometry = layer.geometry
    if geometry is None and "lon" in columns:
        geometry = points_of(columns)
    rows = np.flatnonzero(kept) + 1 if layer.numbers is None else layer.numbers[kept]
    if "feature_id" in TABLE_COLUMNS[table]:
        given = texts(columns.get("feature_id", nothing(len(rows))))
        missing = is_none(given)
        given[missing] = rows[missing].astype(str)
        columns["feature_id"] = given
    return Work(table, columns, geometry, rows)


def _kept(layer: RawLayer, source: Source) -> NDArray[np.bool_]:
    keep = np.ones(len(layer.rows), dtype=bool)
    lower = {str(name).lower(): name for name in layer.rows.columns}
    for name, wanted in source.keep.items():
        if name.lower() in lower:
            keep &= np.isin(texts(layer.rows[lower[name.lower()]].to_numpy(dtype=object)).astype(str), wanted)
    return keep


def map_columns(layer: RawLayer, source: Source) -> dict[str, NDArray[Any]]:
    """Canonical columns of a layer after the source's field and value maps.

    Raw names match without case, the first that is there counts. A value map with `*` has a default; without
    it an unknown value becomes None and stands in the column `unmapped`.
    """
    lower = {str(name).lower(): name for name in layer.rows.columns}
    n = len(layer.rows)
    out: dict[str, NDArray[Any]] = {}
    unmapped = nothing(n)
    for canonical, raw_names in source.fields.items():
        raw = next((lower[name.lower()] for name in raw_names if name.lower() in lower), None)
        values = of_series(layer.rows[raw]) if raw is not None else nothing(n)
        mapping = source.values.get(canonical)
        if mapping is not None:
            given = texts(values)
            folded = {key.casefold(): value for key, value in mapping.items()}
            known = {value: folded.get((value or "").casefold(), folded.get("*")) for value in set(given)}
            values = np.fromiter((known[value] for value in given), dtype=object, count=n)
            lost = is_none(values) & ~is_none(given)
            unmapped[lost] = [f"{canonical} = {value}" for value in given[lost]]
        out[canonical] = values
    for canonical, constant in source.constants.items():
        out[canonical] = np.full(n, constant, dtype=object)
    out["unmapped"] = unmapped
    return out


def extra_fields(layer: RawLayer, source: Source) -> Any:
    """The further fields a source is known to need, as JSON bytes per row.

    Only fields the catalogue names: what else stands in a file may be about persons.
    """
    lower = {str(name).lower(): name for name in layer.rows.columns}
    names = [lower[name.lower()] for name in source.extra if name.lower() in lower]
    counts = {name.lower() for name in source.counts}
    parts = []
    for name in names:
        key = f"{_quoted(str(name))}:"
        values: Any = layer.rows[name]
        if name.lower() in counts:
            values = _large_enough(values.to_numpy(dtype=object))
        parts.append(json_member(key, values, _as_json))
    if not parts:
        return np.full(len(layer.rows), b"{}", dtype=object)
    return json_objects(parts)


def _large_enough(values: NDArray[Any]) -> NDArray[Any]:
    """Counts of persons, None where they are too small to be kept or no number."""
    numbers = pd.to_numeric(pd.Series(values), errors="coerce").to_numpy()
    kept = values.copy()
    kept[~(numbers >= SMALLEST_COUNT)] = None
    return kept


def _as_json(value: Any) -> str | None:
    """One value as JSON text; None when there is none."""
    if type(value) is str:
        return _quoted(value.replace("\x00", ""))
    if type(value) is int:
        return str(value)
    value = plain(value)
    return None if value is None else json.dumps(value, ensure_ascii=False)


def points_of(columns: dict[str, NDArray[Any]]) -> GeometryArray:
    """Points from the columns `lon` and `lat` (x and y of the source's CRS), taken out; None where empty."""
    x = pd.to_numeric(pd.Series(columns.pop("lon")).astype(str).str.replace(",", "."), errors="coerce").to_numpy()
    y = pd.to_numeric(pd.Series(columns.pop("lat")).astype(str).str.replace(",", "."), errors="coerce").to_numpy()
    found: GeometryArray = shapely.points(x, y)
    found[np.isnan(x) | np.isnan(y) | ((x == 0) & (y == 0))] = None
    return found
