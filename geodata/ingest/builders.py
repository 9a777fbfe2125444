"""From a recognised layer to rows of tables: one builder per reader, each a plain function.

A builder gets the layer and its source and returns `Work` tables whose shapes are still in the source's CRS.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geodata.errors import InputError
from geodata.ingest.formats import RawLayer
from geodata.ingest.osm import build_osm
from geodata.ingest.report import Refusals
from geodata.ingest.table import Work, map_columns, other_fields, parse_day, plain, points_of, text
from geodata.sources.catalogue import Source
from geodata.sources.zoning_labels import classify

#: Ingest kind -> (table, geometry kind).
TARGETS: dict[str, tuple[str, str]] = {
    "municipalities": ("municipality", "polygon"),
    "parcels": ("parcel", "polygon"),
    "zoning-gewestplan": ("zone", "polygon"),
    "zoning-rup": ("zone", "polygon"),
    "zoning-pds": ("zone", "polygon"),
    "zoning-pras": ("zone", "polygon"),
    "plan-hp": ("constraint_area", "polygon"),
    "flood": ("constraint_area", "polygon"),
    "nature": ("constraint_area", "polygon"),
    "seveso": ("constraint_area", "polygon"),
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
}

#: Columns a table takes beside geometry; anything else of the map is dropped.
TABLE_COLUMNS: dict[str, tuple[str, ...]] = {
    "municipality": ("nis", "valid_from", "valid_to", "name_nl", "name_fr", "name_de", "region", "province_nis", "german_speaking"),
    "parcel": ("capakey", "nis", "nis_how", "canu", "area_m2", "official_area_m2", "ref_date", "attributes"),
    "zone": ("plan_kind", "plan_id", "feature_id", "code", "label_raw", "label", "zoning_class", "name", "link", "attributes"),
    "constraint_area": ("theme", "class", "feature_id", "name", "attributes"),
    "building": ("feature_id", "use", "attributes"),
    "address": ("feature_id", "street", "number", "postcode", "municipality"),
    "road": ("feature_id", "road_class", "name", "width_m", "surface", "attributes"),
    "service_point": ("feature_id", "service", "name", "language", "level", "attributes"),
    "site": ("site_id", "name", "site_type", "status", "nis", "nis_date", "address", "pitches", "pitch_unit", "manager", "opened", "closed", "source_url", "source_date", "grade", "precision", "attributes"),
    "ownership": ("capakey", "owner_class", "evidence", "lease_until"),
}  # fmt: skip

OWNER_CLASSES = (
    "municipality", "cpas_ocmw", "province", "region", "federal", "housing_company", "intermunicipal",
    "church_fabric", "autonomous_municipal_company", "water_manager", "rail_manager", "private", "unknown",
)  # fmt: skip
_PRIVATE_MANAGER = ("private", "privé", "particulier", "family", "familie")


def build(kind: str, layers: list[RawLayer], source: Source, refusals: Refusals, file: str) -> list[Work]:
    """Rows of every table the file fills.

    Parameters
    ----------
    kind : ingest kind asked for.
    layers : layers of the file; the readers of registers use several.
    source : recognised source.
    refusals : collects what is kept out.
    file : name for messages.
    """
    if source.reader == "osm":
        return build_osm(kind, layers, refusals)
    main = next(
        (one for one in layers if source.matches(one.rows.columns, one.name, file, raster=False)), layers[0]
    )
    special: dict[str, Callable[[RawLayer], Work]] = {
        "school-list": lambda layer: _schools(layer, source, refusals),
        "road-register": lambda layer: _road_register(layer, layers, source),
        "ownership": lambda layer: _ownership(layer, source, refusals, file),
    }
    make = special.get(source.reader, lambda layer: _plain(kind, layer, source))
    work = make(main)
    dropped = len(main.rows) - int(_kept(main, source).sum())
    if dropped:
        wanted = ", ".join(f"{name} {' or '.join(values)}" for name, values in source.keep.items())
        refusals.notes.append(f"{dropped} rows were left out: only those with {wanted} are read")
    if work.table == "zone":
        _classify(work)
    if work.table == "site":
        work = _sites(work, refusals)
    return [work]


def _plain(kind: str, layer: RawLayer, source: Source) -> Work:
    """A layer whose fields map one to one; rows of other values of a `keep` field are dropped and counted."""
    table, _ = TARGETS[kind]
    kept = _kept(layer, source)
    layer = RawLayer(
        layer.name, layer.rows[kept].reset_index(drop=True), None if layer.geometry is None else layer.geometry[kept], layer.crs
    )
    columns = map_columns(layer, source)
    if "attributes" in TABLE_COLUMNS[table]:
        columns["attributes"] = other_fields(layer, source)
    geometry = layer.geometry
    if geometry is None and "lon" in columns:
        geometry = points_of(columns)
    rows = np.flatnonzero(kept) + 1
    if "feature_id" in TABLE_COLUMNS[table]:
        given = columns.get("feature_id", np.full(len(rows), None, dtype=object))
        named = [text(value) or str(row) for value, row in zip(given, rows, strict=True)]
        columns["feature_id"] = np.array(named, dtype=object)
    return Work(table, columns, geometry, rows)


def _kept(layer: RawLayer, source: Source) -> NDArray[np.bool_]:
    keep = np.ones(len(layer.rows), dtype=bool)
    lower = {str(name).lower(): name for name in layer.rows.columns}
    for name, wanted in source.keep.items():
        if name.lower() in lower:
            keep &= layer.rows[lower[name.lower()]].astype(str).isin(wanted).to_numpy()
    return keep


def _classify(work: Work) -> None:
    """Harmonised zoning class from code and labels; what is not in the list stays unrecognised."""
    columns = work.columns
    n = len(work)
    empty = np.full(n, None, dtype=object)
    second = columns.get("label_fr", empty)
    names = columns.get("name", empty)
    label, zoning_class = np.empty(n, dtype=object), np.empty(n, dtype=object)
    for index in range(n):
        labels = [text(columns["label_raw"][index]), text(second[index])]
        plan_kind = columns["plan_kind"][index]
        if plan_kind in ("rup", "bpa"):
            labels.append(text(names[index]))
        found = classify(plan_kind, text(columns["code"][index]), [one for one in labels if one])
        zoning_class[index], label[index] = found.zoning_class, found.label_normalised or None
    columns["zoning_class"], columns["label"] = zoning_class, label


def _schools(layer: RawLayer, source: Source, refusals: Refusals) -> Work:
    """The school list has one row per site and level: one point per site, primary when any level is."""
    work = _plain("schools", layer, source)
    columns = work.columns
    order: dict[str, int] = {}
    levels: dict[str, set[str]] = {}
    for index, site in enumerate(columns["feature_id"]):
        order.setdefault(site, index)
        levels.setdefault(site, set()).add(columns["level"][index] or "other")
    first = np.zeros(len(work), dtype=bool)
    first[list(order.values())] = True
    refusals.notes.append(f"{len(work)} rows are {int(first.sum())} sites: one row per site and level")
    kept = work.keep(first)
    rank = ("primary", "secondary", "other")
    kept.columns["level"] = np.array(
        [next(name for name in rank if name in levels[site]) for site in kept.columns["feature_id"]], dtype=object
    )
    return kept


def _road_register(layer: RawLayer, layers: list[RawLayer], source: Source) -> Work:
    """Wegenregister: width and surface are tables of their own; -8 (unknown) and -9 (not applicable) are no widths."""
    work = _plain("roads", layer, source)
    columns = work.columns
    widths = _register_values(layers, "BREEDTE", lambda values: min(value for value in values if value > 0))
    surfaces = _register_values(layers, "TYPE", lambda values: values[0], table="wegverharding")
    keys = [text(value) for value in columns["feature_id"]]
    columns["width_m"] = np.array([widths.get(key or "") for key in keys], dtype=object)
    # Code list of the register: 1 paved, 2 unpaved.
    paved = {1.0: "paved", 2.0: "unpaved"}
    columns["surface"] = np.array([paved.get(surfaces.get(key or "", 0.0)) for key in keys], dtype=object)
    main = np.array([text(value) for value in columns.pop("category")], dtype=object)
    upgraded = np.isin(main.astype(str), ["H", "PI", "PII", "EHW", "VHW", "RW"]) & (columns["road_class"] != "motorway")
    columns["road_class"] = np.where(upgraded, "main", columns["road_class"]).astype(object)
    return work


def _register_values(
    layers: list[RawLayer], field: str, pick: Callable[[list[float]], float], table: str = "wegbreedte"
) -> dict[str, float]:
    """Positive values of one attribute table by segment."""
    for layer in layers:
        lower = {str(name).lower(): name for name in layer.rows.columns}
        if table in layer.name.lower() and "ws_oidn" in lower and field.lower() in lower:
            found: dict[str, list[float]] = {}
            pairs = zip(layer.rows[lower["ws_oidn"]], layer.rows[lower[field.lower()]], strict=True)
            for segment, value in pairs:
                number = pd.to_numeric(str(value), errors="coerce")
                if number > 0:
                    found.setdefault(text(segment) or "", []).append(float(number))
            return {segment: pick(values) for segment, values in found.items()}
    return {}


def _ownership(layer: RawLayer, source: Source, refusals: Refusals, file: str) -> Work:
    """Owner classes by parcel. Only these columns go on: a name of a person must not even reach quarantine."""
    columns = map_columns(layer, source)
    if "capakey" not in columns:
        raise InputError("there is no column CAPAKEY.", "Add one with the key of each parcel.", file=file)
    work = Work("ownership", columns, None, np.arange(1, len(layer.rows) + 1))
    columns["capakey"] = np.array([(text(key) or "").upper().replace("-", "/") for key in columns["capakey"]], dtype=object)
    columns["owner_class"] = np.array([(text(one) or "unknown").lower() for one in columns["owner_class"]], dtype=object)
    columns["evidence"] = np.array([text(one) or "municipal_list" for one in columns["evidence"]], dtype=object)
    columns["lease_until"] = np.array([parse_day(one) for one in columns["lease_until"]], dtype=object)
    known = np.isin(columns["owner_class"].astype(str), OWNER_CLASSES)
    work = work.refuse(~known, "unknown_owner_class", f"classes are: {', '.join(OWNER_CLASSES)}", refusals)
    repeated = pd.Series(work.columns["capakey"]).duplicated().to_numpy()
    return work.refuse(repeated, "duplicate_capakey", "the parcel is listed twice", refusals)


def _sites(work: Work, refusals: Refusals) -> Work:
    """Public sites only: no evidence of a public manager, no site; private plots are never stored."""
    columns = work.columns
    manager = [text(value) for value in columns["manager"]]
    without = np.array([not one for one in manager], dtype=bool)
    private = np.array([bool(one) and any(word in one.lower() for word in _PRIVATE_MANAGER) for one in manager], dtype=bool)
    family = np.array([text(value) == "family" for value in columns["site_type"]], dtype=bool)
    columns["pitches"] = np.array([_whole(value) for value in columns["pitches"]], dtype=object)
    columns["nis_date"] = np.array([parse_day(value) for value in columns["nis_date"]], dtype=object)
    columns["precision"] = np.array([text(value) or "address" for value in columns["precision"]], dtype=object)
    columns["grade"] = np.array([text(value) or "U" for value in columns["grade"]], dtype=object)
    for name in ("site_id", "name", "site_type", "status", "nis", "address", "pitch_unit", "manager", "opened", "closed", "source_url", "source_date"):
        columns[name] = np.array([text(value) for value in columns[name]], dtype=object)
    private |= family
    work = work.refuse(without, "no_public_manager", "there is no evidence of a public manager", refusals)
    return work.refuse(private[~without], "private_plot", "private plots are not stored", refusals)


def _whole(value: Any) -> int | None:
    number = pd.to_numeric(str(plain(value)), errors="coerce")
    return None if np.isnan(number) else int(number)

