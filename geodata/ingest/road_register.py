"""Wegenregister: one class from two code lists, width and surface from tables of their own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from geodata.ingest.mapping import map_layer
from geodata.ingest.read import RawLayer
from geodata.ingest.report import Refusals
from geodata.ingest.table import Work, nothing, texts
from geodata.sources.catalogue import Source

#: Road category (old and new code lists) -> class of an ordinary carriageway; the rest is local.
_MAIN = ("H", "EHW", "VHW", "RW")
_SECONDARY = ("IW",)
#: Surface codes: 1 fixed, 2 loose; -8 unknown and -9 not applicable are no surface.
_SURFACE = {1.0: "paved", 2.0: "unpaved"}


def build_road_register(layer: RawLayer, layers: list[RawLayer], source: Source, refusals: Refusals) -> Work:
    """Road segments with class, width and surface.

    The catalogue maps the shape code (MORF); where that says `ordinary`, the category (WEGCAT) decides.
    Width is the narrowest stated one, surface the worst; -8 and -9 are numbers in the file, no widths.
    """
    work = map_layer("roads", layer, source, refusals)
    columns = work.columns
    keys = texts(columns["feature_id"])
    widths = _narrowest(layers, "wegbreedte", "BREEDTE", np.min)
    surfaces = _narrowest(layers, "wegverharding", "TYPE", np.max)
    columns["width_m"] = np.array([widths.get(key) for key in keys], dtype=object)
    columns["surface"] = np.array([_SURFACE.get(surfaces.get(key, 0.0)) for key in keys], dtype=object)
    categories = texts(columns.pop("category", nothing(len(work))))
    ordinary = columns["road_class"] == "ordinary"
    columns["road_class"][ordinary] = [_of_category(one) for one in categories[ordinary]]
    if not widths:
        refusals.notes.append("no table of widths (AttWegbreedte) beside the segments: widths are unknown")
    return work


def _of_category(category: str | None) -> str:
    if category is None:
        return "local"
    if category in _MAIN or category.startswith("P"):
        return "main"
    return "secondary" if category in _SECONDARY or category.startswith("S") else "local"


def _narrowest(layers: list[RawLayer], table: str, field: str, pick: Any) -> dict[str, float]:
    """One positive value of an attribute table by segment."""
    found: dict[str, float] = {}
    for layer in layers:
        lower = {str(name).lower(): name for name in layer.rows.columns}
        if table not in layer.name.lower() or not {"ws_oidn", field.lower()} <= lower.keys():
            continue
        segment = texts(layer.rows[lower["ws_oidn"]].to_numpy(dtype=object))
        values = pd.to_numeric(layer.rows[lower[field.lower()]], errors="coerce").to_numpy(dtype=float)
        stated = values > 0
        for key, group in pd.Series(values[stated]).groupby(segment[stated]):
            value = float(pick(group.to_numpy()))
            found[str(key)] = float(pick(np.array([value, found.get(str(key), value)])))
    return found
