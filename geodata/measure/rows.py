"""A `MeasurementTable` as rows of the table `measurement`, whole columns at a time.

Contract: what holds for most parcels of a batch stands once with the batch (`Common`), a row only says where it differs;
shares of zero are left out; distances are whole millimetres, the lower end rounded down and the upper end up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from geodata.measure.table import FloatArray, Interval, MeasurementTable

#: Columns that are one number per parcel, as they are called in a `MeasurementTable`; NaN = NULL = unknown.
NUMBERS = ("area_m2", "perimeter_m", "compactness", "built_share", "dwellings", "slope_deg", "unbuilt_m2")
#: Columns in the order they are written.
COLUMNS = (
    "batch_id", "parcel_id", *NUMBERS, "owner_class", "shares", "covered", "unknown", "distance_low_mm",
    "distance_high_mm",
)  # fmt: skip
#: Upper end of a distance where nothing was found: the largest whole number the column holds.
NONE_FOUND = 2**31 - 1


@dataclass(frozen=True)
class Common:
    """What holds for most parcels of a batch.

    Attributes
    ----------
    covered : layer -> share of the parcel inside the declared coverage.
    unknown : layer -> reason code; layers that are known are left out.
    distances : names of the distances, in the order of the arrays in a row.
    """

    covered: dict[str, float]
    unknown: dict[str, str]
    distances: tuple[str, ...]

    @classmethod
    def of(cls, table: MeasurementTable) -> Common:
        """The most frequent values."""
        covered = {layer: _most(np.round(values, 6)) for layer, values in table.covered.items()}
        unknown = {layer: _most_word(codes) for layer, codes in table.unknown.items()}
        return cls(
            {layer: float(value) for layer, value in covered.items()},
            {layer: code for layer, code in unknown.items() if code is not None},
            tuple(table.distances),
        )

    def as_dict(self) -> dict[str, Any]:
        """The same as JSON keeps it."""
        return {"covered": self.covered, "unknown": self.unknown, "distances": list(self.distances)}

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Common:
        """The same from JSON."""
        return cls(dict(told["covered"]), dict(told["unknown"]), tuple(told["distances"]))


def columns_of(table: MeasurementTable, common: Common, batch: int) -> dict[str, Any]:
    """Values of every column by name, as `copy_columns` takes them."""
    return {
        "batch_id": np.full(len(table), batch, dtype=np.int64),
        "parcel_id": table.parcel_id,
        **{name: _number(getattr(table, name)) for name in NUMBERS},
        "owner_class": pa.array(table.owner_class, type=pa.large_string(), from_pandas=True),
        "shares": shares_json(table.shares, len(table)),
        "covered": _covered_json(table, common),
        "unknown": _unknown_json(table, common),
        "distance_low_mm": _millimetres(table.distances, "low", len(table)),
        "distance_high_mm": _millimetres(table.distances, "high", len(table)),
    }


def _number(values: FloatArray) -> Any:
    """A column of numbers; NaN is NULL."""
    missing = np.isnan(values)
    if not missing.any():
        return values
    return [None if gone else value for value, gone in zip(values.tolist(), missing, strict=True)]


def shares_json(shares: Mapping[str, Mapping[str, FloatArray]], n: int) -> Any:
    """{layer: {class: share}} of each row as JSON text, zeros and layers without any left out; n strings."""
    outer = []
    for layer, classes in shares.items():
        inner = [_pairs(name, values, values > 0) for name, values in classes.items() if (values > 0).any()]
        if inner:
            joined = _object(inner)
            outer.append(_keyed(layer, pc.if_else(pc.equal(joined, "{}"), pa.scalar(None, pa.large_string()), joined)))
    return _object(outer) if outer else _empty(n)


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
        differs = np.array([code != usual for code in codes], dtype=bool)
        if differs.any():
            words = ["null" if code is None else f'"{code}"' for code in codes]
            differing.append(_keyed(layer, pa.array(words, type=pa.large_string(), mask=~differs)))
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


def _millimetres(distances: Mapping[str, Interval], end: str, n: int) -> NDArray[np.int32]:
    """Distances as whole millimetres, shape (n, distances); certain ones keep equal ends."""
    out = np.empty((n, len(distances)), dtype=np.int32)
    for at, interval in enumerate(distances.values()):
        certain = interval.low == interval.high
        values = (interval.low if end == "low" else interval.high) * 1000.0
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
    found, counts = np.unique(values, return_counts=True)
    return float(found[np.argmax(counts)]) if len(found) else 1.0


def _most_word(codes: NDArray[Any]) -> str | None:
    counted: dict[str | None, int] = {}
    for code in codes:
        counted[code] = counted.get(code, 0) + 1
    return max(counted, key=lambda one: counted[one]) if counted else None
