"""The page of measurements: what is stored of a parcel, in which unit, and what stands for unknown."""

from __future__ import annotations

import typing

from geodata.database.tables import metadata
from geodata.measure.around import COUNTS
from geodata.measure.kernels.roads import WALKING_KMH
from geodata.measure.measure import DISTANCES, OWN_M, SHARE_LAYERS
from geodata.measure.reach import ACCESS_M, HORIZON_M, TARGETS
from geodata.measure.rows import COLUMNS
from geodata.measure.table import Reason
from sites.suitability.titles import LAYERS

#: Reason code -> what it means.
REASONS = {
    "not_loaded": "a source of the layer is not loaded",
    "no_coverage_declared": "loaded, but nobody declared where absence means none",
    "outside_coverage": "the parcel lies outside what the layer declares to cover",
    "partly_covered": "a part of the parcel lies outside; the share that is covered is stored",
    "near_edge": "the parcel is covered, but what lies just beyond its border is not",
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
    lines += ["", "## Ways along the roads", "", "Metres from the border of the parcel to the nearest target along the roads, with the legs off the road; the time of a",
              f"walk is its length at {WALKING_KMH:g} km/h, that of the drive is stored. Roads and targets must both be known as far as a",
              f"shorter way could come from, else it is an interval; what is farther than {HORIZON_M / 1000:g} km has no upper end. A parcel with",
              f"no road within {ACCESS_M:g} m has the reason `no_data` under `reach:NAME`.", "",
              "| name | layer | classes | how |", "|---|---|---|---|"]  # fmt: skip
    for name, way in TARGETS.items():
        served = "; with departures on a weekday" if way.departures else ""
        lines.append(
            f"| `{name}` | {way.layer} | {', '.join(way.classes) or 'all'}{served} | {'by vehicle' if way.by_road else 'on foot'} |"
        )
    lines += ["", "## Numbers within a radius", "", "Of places no farther than this from the border of the parcel; certain where the whole radius is covered.", "",
              "| name | layer | metres | what |", "|---|---|---|---|"]  # fmt: skip
    for name, one in COUNTS.items():
        own = f"; not what lies on the parcel or within {one.own_m:g} m" if one.own_m is not None else ""
        what = "sum of the departures on a weekday" if one.valued else "places"
        lines.append(f"| `{name}` | {one.layer} | {one.radius_m:g} | {what}{own} |")
    lines += ["", "## Reasons", "", "| code | meaning |", "|---|---|"]
    lines += [f"| `{code}` | {REASONS[code]} |" for code in typing.get_args(Reason)]
    return "\n".join(lines) + "\n"
