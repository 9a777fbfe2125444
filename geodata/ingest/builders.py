"""From recognised layers to rows of tables: which builder makes them, by the reader the catalogue names.

A builder gets the layer and its source and returns `Work` tables whose shapes are still in the source's CRS.
"""

from __future__ import annotations

import numpy as np

from geodata.ingest.lists import build_schools, check_sites
from geodata.ingest.mapping import map_layer
from geodata.ingest.osm import build_osm
from geodata.ingest.read import RawLayer
from geodata.ingest.report import Refusals
from geodata.ingest.road_register import build_road_register
from geodata.ingest.table import AS_READ, PLACE, TOLD, VALID, Work, nothing, text
from geodata.sources.catalogue import Source
from geodata.sources.zoning_labels import UNRECOGNISED, classify


def main_layer(layers: list[RawLayer], source: Source, file: str) -> RawLayer:
    """The layer of the file that the source describes."""
    return next((one for one in layers if source.matches(one.rows.columns, one.name, file, raster=False)), layers[0])


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
    main = main_layer(layers, source, file)
    for at in main.unreadable:
        refusals.refuse(
            at + 1 if main.numbers is None else int(main.numbers[at]), "unreadable_geometry", "the shape is broken", {}
        )
    if source.reader == "school-list":
        work = build_schools(main, source, refusals)
    elif source.reader == "road-register":
        work = build_road_register(main, layers, source, refusals)
    else:
        work = map_layer(kind, main, source, refusals)
        _as_it_stands(main, work)
    if work.table == "zone":
        _classify(work, refusals)
    if work.table == "site":
        work = check_sites(work, refusals)
    return [work]


def _as_it_stands(layer: RawLayer, work: Work) -> None:
    """What was found out of the rows while they were read."""
    at = work.row - 1 if layer.numbers is None else np.searchsorted(layer.numbers, work.row)
    if layer.valid is not None and work.geometry is not None:
        work.columns[VALID] = layer.valid[at]
    if layer.as_read is not None and work.table == "parcel":
        work.columns[AS_READ] = layer.as_read[at]
        work.columns[TOLD] = np.zeros(len(work), dtype=bool)
        if layer.wkb is not None and work.geometry is not None:
            work.wkb, work.columns[PLACE] = layer.wkb, at


def _classify(work: Work, refusals: Refusals) -> None:
    """Harmonised zoning class from code and labels; what is not in the list stays unrecognised."""
    columns = work.columns
    n = len(work)
    labels_fr, legends = columns.get("label_fr", nothing(n)), columns.pop("legend", nothing(n))
    codes = columns.get("code", nothing(n))
    label, zoning_class = nothing(n), nothing(n)
    # Plans repeat few labels over many areas.
    seen: dict[tuple[str | None, ...], tuple[str, str | None]] = {}
    for index in range(n):
        plan_kind = columns["plan_kind"][index]
        asked = (
            plan_kind,
            text(codes[index]),
            text(columns["label_raw"][index]),
            text(labels_fr[index]),
            text(legends[index]),
        )
        if asked not in seen:
            found = classify(plan_kind, asked[1], [one for one in asked[2:] if one])
            seen[asked] = (found.zoning_class, found.label_normalised or None)
        zoning_class[index], label[index] = seen[asked]
    columns["zoning_class"], columns["label"] = zoning_class, label
    strange = int(np.sum(zoning_class == UNRECOGNISED))
    if strange:
        refusals.notes.append(f"{strange} zones have a label or code that is not in the list: their class is unknown")
