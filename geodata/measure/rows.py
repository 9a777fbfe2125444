"""A `MeasurementTable` as rows of the table `measurement`, whole columns at a time.

Contract: what holds for most parcels of a batch stands once with the batch (`Common`), a row only says where it differs;
shares of zero are left out; distances are whole millimetres, the lower end rounded down and the upper end up.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from geodata.measure.table import FloatArray, Interval, MeasurementTable

#: Columns that are one number per parcel, as they are called in a `MeasurementTable`; NaN = NULL = unknown.
NUMBERS = (
    "area_m2", "perimeter_m", "compactness", "built_share", "dwellings", "slope_deg", "slope_max_deg", "unbuilt_m2",
    "width_m", "frontage_m", "vertices", "parts", "access_width_m",
)  # fmt: skip
#: Columns in the order they are written.
COLUMNS = (
    "batch_id", "parcel_id", *NUMBERS, "owner_class", "shares", "covered", "unknown", "distance_low_mm",
    "distance_high_mm", "reach_low_mm", "reach_high_mm", "drive_low_ms", "drive_high_ms", "count_low", "count_high",
    "access_x", "access_y", "access_class",
)  # fmt: skip
#: Upper end of a distance where nothing was found: the largest whole number the column holds.
NONE_FOUND = 2**31 - 1
#: The way that is driven; all others are walked, and their time follows from their length.
DRIVEN = "main_road"
MS_PER_MINUTE = 60_000.0


@dataclass(frozen=True)
class Common:
    """What holds for most parcels of a batch.

    Attributes
    ----------
    covered : layer -> share of the parcel inside the declared coverage.
    unknown : layer -> reason code; layers that are known are left out.
    distances, reach, counts : names of the distances, the ways and the numbers, in the order of the arrays in a row.
    """

    covered: dict[str, float]
    unknown: dict[str, str]
    distances: tuple[str, ...]
    reach: tuple[str, ...] = ()
    counts: tuple[str, ...] = ()

    @classmethod
    def of(cls, table: MeasurementTable) -> Common:
        """The most frequent values."""
        covered = {layer: _most(np.round(values, 6)) for layer, values in table.covered.items()}
        unknown = {layer: _most_word(codes) for layer, codes in table.unknown.items()}
        return cls(
            {layer: float(value) for layer, value in covered.items()},
            {layer: code for layer, code in unknown.items() if code is not None},
            tuple(table.distances),
            tuple(table.reach),
            tuple(table.counts),
        )

    def as_dict(self) -> dict[str, Any]:
        """The same as JSON keeps it."""
        arrays = {name: list(getattr(self, name)) for name in ("distances", "reach", "counts")}
        return {"covered": self.covered, "unknown": self.unknown, **arrays}

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Common:
        """The same from JSON."""
        arrays = (tuple(told.get(name, ())) for name in ("distances", "reach", "counts"))
        return cls(dict(told["covered"]), dict(told["unknown"]), *arrays)


def columns_of(table: MeasurementTable, common: Common, batch: int) -> dict[str, Any]:
    """Values of every column by name, as `copy_columns` takes them."""
    return {
        "batch_id": np.full(len(table), batch, dtype=np.int64),
        "parcel_id": table.parcel_id,
        **{name: getattr(table, name) for name in NUMBERS},
        "owner_class": pa.array(table.owner_class, type=pa.large_string(), from_pandas=True),
        "shares": shares_json(table.shares, len(table)),
        "covered": _covered_json(table, common),
        "unknown": _unknown_json(table, common),
        "distance_low_mm": _whole(table.distances, "low", len(table)),
        "distance_high_mm": _whole(table.distances, "high", len(table)),
        "reach_low_mm": _whole(table.reach, "low", len(table)),
        "reach_high_mm": _whole(table.reach, "high", len(table)),
        "drive_low_ms": _driven(table, "low"),
        "drive_high_ms": _driven(table, "high"),
        "count_low": _whole(table.counts, "low", len(table), 1.0),
        "count_high": _whole(table.counts, "high", len(table), 1.0),
        "access_x": table.access_xy[:, 0],
        "access_y": table.access_xy[:, 1],
        "access_class": pa.array(table.access_class, type=pa.large_string(), from_pandas=True),
    }


def shares_json(shares: Mapping[str, Mapping[str, FloatArray]], n: int) -> Any:
    """{layer: {class: share}} of each row as JSON text, zeros and layers without any left out; n strings.

    Only what is there is written: the members of all rows one after the other, and a row is a run of them.
    """
    rows, layers, heads, values = [], [], [], []
    keys: list[str] = []
    for at, classes in enumerate(shares.values()):
        for name, share in classes.items():
            there = np.flatnonzero(share > 0)
            if len(there):
                rows.append(there)
                layers.append(np.full(len(there), at))
                heads.append(np.full(len(there), len(keys)))
                values.append(share[there])
                keys.append(f"{json.dumps(name)}:")
    if not rows:
        return _empty(n)
    row, layer_at, head = np.concatenate(rows), np.concatenate(layers), np.concatenate(heads)
    order = np.argsort(row, kind="stable")
    row, layer_at, head = row[order], layer_at[order], head[order]
    number = pc.cast(pa.array(np.concatenate(values)[order]), pa.large_string())
    new_row = np.append(True, row[1:] != row[:-1])
    new_layer = new_row | np.append(True, layer_at[1:] != layer_at[:-1])
    # What stands before a member: the start of the row, of its layer, or a comma. What ends is written by the next.
    openings = [f"{json.dumps(layer)}:{{" for layer in shares]
    before = pa.array(
        [",", *("{" + one for one in openings), *("}," + one for one in openings)], type=pa.large_string()
    )
    which = np.where(new_row, 1 + layer_at, np.where(new_layer, 1 + len(openings) + layer_at, 0))
    after = pa.array(["", "}}"], type=pa.large_string()).take(pa.array(np.append(new_row[1:], True).astype(np.int8)))
    names = pa.array(keys, type=pa.large_string()).take(pa.array(head))
    members = pc.binary_join_element_wise(before.take(pa.array(which)), names, number, after, _NOTHING)
    return _runs(members, row, n)


def _runs(members: Any, row: NDArray[np.int64], n: int) -> Any:
    """Members of each row (sorted) as one text; `{}` for a row without any."""
    count = np.bincount(row, minlength=n)
    ends = np.frombuffer(members.buffers()[1], dtype=np.int64)[members.offset : members.offset + len(members) + 1]
    lists = pa.LargeListArray.from_arrays(pa.array(np.concatenate([[0], np.cumsum(count)]).astype(np.int64)), members)
    if (count > 0).all():
        firsts = ends[np.concatenate([[0], np.cumsum(count)])]
        return pa.Array.from_buffers(pa.large_string(), n, [None, pa.py_buffer(firsts), members.buffers()[2]])
    joined = pc.binary_join(lists, _NOTHING)
    return pc.if_else(pa.array(count > 0), joined, pa.scalar("{}", pa.large_string()))


def _covered_json(table: MeasurementTable, common: Common) -> Any:
    differing = []
    for layer, values in table.covered.items():
        rounded = np.round(values, 6)
        differs = rounded != common.covered[layer]
        if differs.any():
            differing.append(_pairs(layer, rounded, differs))
    return _object(differing) if differing else _empty(len(table))


def _unknown_json(table: MeasurementTable, common: Common) -> Any:
    """Reasons that differ from the usual one; JSON null = known here."""
    differing = []
    for layer, codes in table.unknown.items():
        usual = common.unknown.get(layer)
        differs = (codes != usual).astype(bool)
        if differs.any():
            words = np.full(len(codes), None, dtype=object)
            words[differs] = ["null" if code is None else json.dumps(code) for code in codes[differs]]
            differing.append(_keyed(layer, pa.array(words, type=pa.large_string())))
    return _object(differing) if differing else _empty(len(table))


def _pairs(name: str, values: FloatArray, there: NDArray[np.bool_]) -> Any:
    """`"name":value` where it is there, null elsewhere."""
    return _keyed(name, pc.cast(pa.array(values, mask=~there), pa.large_string()))


def _keyed(name: str, values: Any) -> Any:
    """`,"name":value`, an empty text where the value is null."""
    joined = pc.binary_join_element_wise(pa.scalar(f',"{name}":', pa.large_string()), values, _NOTHING)
    return pc.fill_null(joined, _NOTHING)


def _object(members: list[Any]) -> Any:
    """Members put together as `{...}`; their first comma goes. (Joining with nulls left out would lose whole rows.)"""
    inside = pc.utf8_slice_codeunits(pc.binary_join_element_wise(*members, _NOTHING), start=1)
    return pc.binary_join_element_wise(
        pa.scalar("{", pa.large_string()), inside, pa.scalar("}", pa.large_string()), _NOTHING
    )


_NOTHING = pa.scalar("", pa.large_string())


def _empty(n: int) -> Any:
    return pa.array(["{}"] * n, type=pa.large_string())


def _driven(table: MeasurementTable, end: str) -> NDArray[np.float64]:
    """Time to the main road, whole milliseconds; NaN where no way was measured."""
    if DRIVEN not in table.minutes:
        return np.full(len(table), np.nan)
    return _whole({DRIVEN: table.minutes[DRIVEN]}, end, len(table), MS_PER_MINUTE)[:, 0].astype(np.float64)


def _whole(intervals: Mapping[str, Interval], end: str, n: int, scale: float = 1000.0) -> NDArray[np.int32]:
    """Ends of intervals as whole numbers (metres as millimetres), shape (n, intervals); certain ones keep equal ends."""
    out = np.empty((n, len(intervals)), dtype=np.int32)
    for at, interval in enumerate(intervals.values()):
        certain = interval.low == interval.high
        values = (interval.low if end == "low" else interval.high) * scale
        rounded = np.where(certain, np.round(values), np.floor(values) if end == "low" else np.ceil(values))
        out[:, at] = np.where(np.isfinite(rounded), np.minimum(rounded, NONE_FOUND - 1), NONE_FOUND)
    return out


def metres_of(names: Sequence[str], low: Sequence[int], high: Sequence[int]) -> dict[str, tuple[float, float | None]]:
    """Distances of one row in metres by name; no upper end where nothing was found."""
    return {
        name: (near / 1000.0, None if far == NONE_FOUND else far / 1000.0)
        for name, near, far in zip(names, low, high, strict=True)
    }


def _most(values: FloatArray) -> float:
    if len(values) and (values == values[0]).all():
        return float(values[0])
    found, counts = np.unique(values, return_counts=True)
    return float(found[np.argmax(counts)]) if len(found) else 1.0


def _most_word(codes: NDArray[Any]) -> str | None:
    if not len(codes):
        return None
    counted: dict[str | None, int] = {code: int((codes == code).sum()) for code in dict.fromkeys(codes.tolist())}
    return max(counted, key=lambda one: counted[one])
