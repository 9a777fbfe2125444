"""`MeasurementTable`: what was measured for n parcels, as plain NumPy arrays.

The shape in which measurements leave the ground floor. It holds no score and no threshold. Unknown is NaN
(numbers) or None (words), with a reason code per layer in `unknown`; a share of 0 means "absent" only where
`covered` says that the layer was looked at.
"""

from __future__ import annotations

from dataclasses import MISSING, dataclass, field, fields, replace
from datetime import date
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

#: Land in use that cannot be laid out; car parks and sports fields are judged apart.
KNOWN_USE = ("inhabited", "camp_site", "school_ground", "cemetery", "water", "road", "rail", "industry")

#: Fields that hold intervals by name.
INTERVALS = ("distances", "reach", "minutes", "counts")

#: Numbers that older batches do not have.
_ADDED = ("slope_max_deg", "width_m", "frontage_m", "vertices", "parts", "access_width_m")

FloatArray = NDArray[np.float64]
ObjectArray = NDArray[Any]

#: Why a layer has no answer for a parcel.
Reason = Literal[
    "not_loaded",
    "no_coverage_declared",
    "outside_coverage",
    "partly_covered",
    "near_edge",
    "no_data",
    "border",
    "later_date",
]


@dataclass(frozen=True)
class Interval:
    """Lower and upper bound per parcel, metres; `high` is inf where nothing was found in the whole layer.

    low == high where the distance is certain. A distance is certain only if it is shorter than the distance to
    the edge of the area its layer declares to cover; otherwise something nearer may lie outside.
    """

    low: FloatArray
    high: FloatArray


@dataclass(frozen=True)
class ReachTable:
    """Reach of n parcels along the roads.

    Attributes
    ----------
    metres, minutes : target -> bounds of the way from the border of the parcel to the nearest target, shape (n,) each:
        school, care, shop and stop on foot, main_road by vehicle.
    reasons : target -> reason code where nothing is known of the way, else None.
    access_xy : where the parcel joins the roads, EPSG:31370, NaN = nowhere, shape (n, 2).
    access_m : metres from the border of the parcel to it, inf = nowhere.
    access_class, access_width_m, access_reasons : class (str) and carriageway width, metres, of the road at that place;
        None and NaN = not known or not stated; reason code where neither is known, else None.
    """

    metres: dict[str, Interval]
    minutes: dict[str, Interval]
    reasons: dict[str, ObjectArray]
    access_xy: FloatArray
    access_m: FloatArray
    access_class: ObjectArray
    access_width_m: FloatArray
    access_reasons: ObjectArray

    @property
    def unknown(self) -> dict[str, ObjectArray]:
        """Reasons by the names of a table of measurements: access, reach:school ..."""
        return {"access": self.access_reasons, **{f"reach:{name}": one for name, one in self.reasons.items()}}


@dataclass(frozen=True)
class MeasurementTable:
    """Measurements of n parcels; every array has length n.

    Attributes
    ----------
    parcel_id, capakey, nis : keys of the parcels.
    area_m2, perimeter_m : square metres and metres, EPSG:31370.
    compactness : 4 pi area / perimeter squared, 0..1.
    built_share : share under buildings, 0..1; NaN = unknown (no building layer for the parcel).
    dwellings : number of main buildings that stand on the parcel; NaN = unknown.
    unbuilt_m2 : area outside buildings and outside land with a known use; NaN = unknown.
    slope_deg, slope_max_deg : mean slope, and that of the steepest cell, degrees; NaN = unknown.
    owner_class : class of owner (str) or None.
    shares : layer -> class -> share of the parcel, 0..1.
    covered : layer -> share of the parcel inside the declared coverage, 0..1.
    distances : service, road or nuisance -> interval in metres from the parcel's border.
    unknown : layer, or figure that needs more than its layer on the parcel ("reach:NAME", "frontage", "access") -> reason code (str)
        or None where it is known.
    accuracy_m : layer -> accuracy of the coordinate operation the layer came through, metres.
    dates : layer -> date of the newest dataset measured against, per parcel; of an earlier day it says nothing.
    datasets : layer -> ids of the dataset versions measured against.
    newest : layer -> the same date for all of the municipality, as it was measured; empty where it was read back.
    width_m : diameter of the largest circle that fits into the parcel, metres.
    frontage_m : metres of the border along a road; NaN = unknown.
    vertices, parts : corners of the outline with its holes, and number of separate pieces.
    reach, minutes : target -> interval of the way along the roads, metres and minutes.
    counts : name -> interval of a number within a radius of the border, such as addresses_250m.
    access_xy : where the parcel joins the roads, EPSG:31370, shape (n, 2); NaN = nowhere, or no roads are loaded.
    access_class : class of the road at that place (str), or None = not known.
    access_width_m : width of its carriageway, metres; NaN = not known, or stated by no source.
    """

    parcel_id: NDArray[np.int64]
    capakey: ObjectArray
    nis: ObjectArray
    area_m2: FloatArray
    perimeter_m: FloatArray
    compactness: FloatArray
    built_share: FloatArray
    dwellings: FloatArray
    unbuilt_m2: FloatArray
    slope_deg: FloatArray
    owner_class: ObjectArray
    shares: dict[str, dict[str, FloatArray]] = field(default_factory=dict)
    covered: dict[str, FloatArray] = field(default_factory=dict)
    distances: dict[str, Interval] = field(default_factory=dict)
    unknown: dict[str, ObjectArray] = field(default_factory=dict)
    accuracy_m: dict[str, float] = field(default_factory=dict)
    dates: dict[str, NDArray[np.datetime64]] = field(default_factory=dict)
    datasets: dict[str, list[int]] = field(default_factory=dict)
    newest: dict[str, date] = field(default_factory=dict)
    slope_max_deg: FloatArray = field(default_factory=lambda: np.empty(0))
    width_m: FloatArray = field(default_factory=lambda: np.empty(0))
    frontage_m: FloatArray = field(default_factory=lambda: np.empty(0))
    vertices: FloatArray = field(default_factory=lambda: np.empty(0))
    parts: FloatArray = field(default_factory=lambda: np.empty(0))
    reach: dict[str, Interval] = field(default_factory=dict)
    minutes: dict[str, Interval] = field(default_factory=dict)
    counts: dict[str, Interval] = field(default_factory=dict)
    access_xy: FloatArray = field(default_factory=lambda: np.empty((0, 2)))
    access_class: ObjectArray = field(default_factory=lambda: np.empty(0, dtype=object))
    access_width_m: FloatArray = field(default_factory=lambda: np.empty(0))

    def __post_init__(self) -> None:
        # What was not measured (an older batch, a table made by hand) is unknown, not absent.
        for name in _ADDED:
            if len(getattr(self, name)) != len(self):
                object.__setattr__(self, name, np.full(len(self), np.nan))
        if len(self.access_class) != len(self):
            object.__setattr__(self, "access_class", np.full(len(self), None, dtype=object))
        if len(self.access_xy) != len(self):
            object.__setattr__(self, "access_xy", np.full((len(self), 2), np.nan))

    def __len__(self) -> int:
        return len(self.parcel_id)

    def part(self, start: int, stop: int) -> MeasurementTable:
        """Rows `start` to `stop`, as views."""
        at = slice(start, stop)
        changed: dict[str, Any] = {
            "shares": {layer: {name: one[at] for name, one in of.items()} for layer, of in self.shares.items()},
            "covered": {layer: one[at] for layer, one in self.covered.items()},
            **{
                kind: {name: Interval(one.low[at], one.high[at]) for name, one in getattr(self, kind).items()}
                for kind in INTERVALS
            },
            "unknown": {layer: one[at] for layer, one in self.unknown.items()},
            "dates": {layer: one[at] for layer, one in self.dates.items()},
            **{name: getattr(self, name)[at] for name in (*_ADDED, "access_class", "access_xy")},
        }
        arrays = {
            one.name: getattr(self, one.name)[at]
            for one in fields(self)
            if one.default is MISSING and one.default_factory is MISSING
        }
        return replace(self, **arrays, **changed)
