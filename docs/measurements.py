"""The page of measurements: what is stored of a parcel, in which unit, and what stands for unknown."""

from __future__ import annotations

import typing

from geodata.database.tables import metadata
from geodata.measure.measure import DISTANCES, OWN_M, SHARE_LAYERS
from geodata.measure.rows import COLUMNS
from geodata.measure.table import Reason
from sites.suitability.titles import LAYERS

#: Reason code -> what it means.
REASONS = {
    "not_loaded": "a source of the layer is not loaded",
    "no_coverage_declared": "loaded, but nobody declared where absence means none",
    "outside_coverage": "the parcel lies outside what the layer declares to cover",
    "partly_covered": "a part of the parcel lies outside; the share that is covered is stored",
    "no_data": "covered, but the source has no value for the parcel",
    "border": "the municipality was found near a generalised border and may be wrong",
    "later_date": "the map is of a later day than the one asked about",
}


def page(note: str) -> str:
    """Text of the page."""
    table = metadata.tables["measurement"]
    lines = [
        "# Measurements", "", note, "",
        "One row per parcel and batch in the table `measurement`; a batch is one municipality against named dataset",
        "versions (table `batch`). Only measurements are stored: no threshold, no verdict, no score. All geometry is",
        "EPSG:31370, metres. What is unknown is null or has a reason; it is never zero.", "",
        "| column | what it is |", "|---|---|",
    ]  # fmt: skip
    lines += [f"| `{name}` | {table.c[name].comment} |" for name in COLUMNS]
    lines += ["", "## Shares", "", "`shares` holds, by layer and class, the part of the parcel under the class, 0..1.",
              "Features of one class that overlap count once; of plans that replace each other only the highest counts.", ""]  # fmt: skip
    lines += [f"- `{name}`: {LAYERS.get(name, name)}" for name in SHARE_LAYERS]
    lines += ["", "## Distances", "", "From the border of the parcel, in the order of `batch.common`. A distance is certain (both ends equal)",
              "only if it is shorter than the distance to the edge of what the layer covers.", "",
              "| name | layer | classes |", "|---|---|---|"]  # fmt: skip
    for name, (layer, classes) in DISTANCES.items():
        own = f"; not what lies on the parcel or within {OWN_M[name]:g} m" if name in OWN_M else ""
        lines.append(f"| `{name}` | {layer} | {', '.join(classes) or 'all'}{own} |")
    lines += ["", "## Reasons", "", "| code | meaning |", "|---|---|"]
    lines += [f"| `{code}` | {REASONS[code]} |" for code in typing.get_args(Reason)]
    return "\n".join(lines) + "\n"
