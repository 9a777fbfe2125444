"""Columns as PostgreSQL's binary COPY wants them: whole columns at once, joined row by row in compiled code.

A field on the wire is its length (4 bytes, -1 = NULL) and its bytes. Each column becomes arrays of byte strings, one
item per row, that are joined across; what is equal in all rows is a single item.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

_EPOCH = date(2000, 1, 1).toordinal()
_EPOCH_UNIX = _EPOCH - date(1970, 1, 1).toordinal()
#: Byte strings, one per row (a `pyarrow` array), or one for all rows (a scalar).
Pieces = list[Any]


@dataclass(frozen=True)
class Joined:
    """A column of byte strings in pieces that follow each other in every row; no NULLs.

    Attributes
    ----------
    pieces : arrays of n byte strings, or scalars.
    sizes : length of the whole in each row, shape (n,).
    """

    pieces: Pieces
    sizes: NDArray[np.int64]


def join(pieces: Pieces) -> Any:
    """Pieces joined across: one array of byte strings, one per row."""
    return pc.binary_join_element_wise(*pieces, pa.scalar(b"", pa.large_binary()))


def encode(columns: Sequence[tuple[str, Any]]) -> pa.Buffer:
    """Rows on the wire.

    Parameters
    ----------
    columns : (PostgreSQL type, values) of each column, all of length n.
    """
    pieces: Pieces = [constant(struct.pack(">h", len(columns)))]
    for kind, values in columns:
        pieces += field(kind, values)
    return data_of(join(pieces))


def data_of(array: Any) -> pa.Buffer:
    """The bytes of an array of byte strings, one after the other."""
    _, offsets, data = array.buffers()
    ends = np.frombuffer(offsets, dtype=np.int64)
    first, last = ends[array.offset], ends[array.offset + len(array)]
    return pa.py_buffer(b"") if data is None else data.slice(int(first), int(last - first))


def field(kind: str, values: Any) -> Pieces:
    """Length and bytes of one column."""
    if isinstance(values, Joined):
        return [_lengths(values.sizes), *values.pieces]
    if kind in _FIXED:
        return _fixed(*_FIXED[kind], values)
    if kind == "int4[]":
        return _arrays(values)
    given = values if isinstance(values, pa.Array) else pa.array(values, type=_ARROW[kind], from_pandas=True)
    given = given.cast(pa.large_binary()) if given.type != pa.large_binary() else given
    sizes = np.diff(np.frombuffer(given.buffers()[1], dtype=np.int64)[given.offset : given.offset + len(given) + 1])
    version: Pieces = []
    missing = np.asarray(given.is_null()) if given.null_count else None
    if kind == "jsonb":
        # The leading 1 is the version of the jsonb format.
        version = [constant(b"\x01")] if missing is None else [_marks(~missing)]
        sizes = sizes + 1
    if missing is None:
        return [_lengths(sizes), *version, given]
    return [_lengths(np.where(missing, -1, sizes)), *version, pc.fill_null(given, pa.scalar(b"", pa.large_binary()))]


def constant(value: bytes) -> Any:
    """One byte string for all rows."""
    return pa.scalar(value, pa.large_binary())


def strings(data: Any, ends: NDArray[np.int64]) -> Any:
    """Byte strings that lie one after the other in `data`; `ends` holds n + 1 offsets from 0."""
    return pa.Array.from_buffers(pa.large_binary(), len(ends) - 1, [None, pa.py_buffer(ends), pa.py_buffer(data)])


def _lengths(sizes: NDArray[np.int64]) -> Any:
    """Lengths of a column: one item where all are equal."""
    if len(sizes) and (sizes == sizes[0]).all():
        return constant(struct.pack(">i", int(sizes[0])))
    return strings(sizes.astype(">i4"), np.arange(0, 4 * len(sizes) + 1, 4, dtype=np.int64))


def _marks(there: NDArray[np.bool_]) -> Any:
    ends = np.concatenate([[0], np.cumsum(there)]).astype(np.int64)
    return strings(np.ones(int(ends[-1]), dtype=np.uint8), ends)


def _fixed(kind: str, plain: Callable[[Any], Any], values: Any) -> Pieces:
    """A column of fixed size: without gaps length and value in one, else the gaps are left out of the values."""
    wire = np.dtype(kind)
    if isinstance(values, np.ndarray) and values.dtype.kind in "fiub":
        gaps = np.isnan(values) if values.dtype.kind == "f" else None
        missing = gaps if gaps is not None and gaps.any() else None
        numbers = (values if missing is None else values[~missing]).astype(wire)
    else:
        numbers, missing = _plain(kind, plain, values)
        numbers = numbers.astype(wire)
    if missing is None:
        packed = np.empty(len(numbers), dtype=[("size", ">i4"), ("value", wire)])
        packed["size"], packed["value"] = wire.itemsize, numbers
        step = packed.itemsize
        return [strings(packed, np.arange(0, step * len(packed) + 1, step, dtype=np.int64))]
    ends = np.concatenate([[0], np.cumsum(~missing)]).astype(np.int64) * wire.itemsize
    return [_lengths(np.where(missing, -1, wire.itemsize)), strings(numbers, ends)]


def _plain(kind: str, plain: Callable[[Any], Any], values: Any) -> tuple[NDArray[Any], NDArray[np.bool_] | None]:
    """Values that are there as numbers, and which are missing (None = none is): in compiled code where it can."""
    try:
        given = pa.array(values, type=_PLAIN[kind, plain is _day], from_pandas=False)
    except (pa.ArrowException, OverflowError):
        gaps = np.fromiter((value is None for value in values), dtype=bool, count=len(values))
        return np.array([plain(value) for value in values if value is not None]), gaps if gaps.any() else None
    there = given.drop_null() if given.null_count else given
    missing = np.asarray(given.is_null()) if given.null_count else None
    if plain is _day:
        return there.cast(pa.int32()).to_numpy() - _EPOCH_UNIX, missing
    return there.to_numpy(zero_copy_only=False), missing


def _day(value: date) -> int:
    return value.toordinal() - _EPOCH


def _arrays(values: NDArray[np.int32]) -> Pieces:
    """A column of arrays of equal length without NULLs, shape (n, k)."""
    count = values.shape[1]
    head = struct.pack(">iii", 1 if count else 0, 0, _INT4)
    if count:
        head += struct.pack(">ii", count, 1)
    packed = np.empty((len(values), count), dtype=[("size", ">i4"), ("value", ">i4")])
    packed["size"], packed["value"] = 4, values
    size = constant(struct.pack(">i", len(head) + 8 * count) + head)
    ends = np.arange(len(values) + 1, dtype=np.int64) * 8 * count
    return [size, strings(packed, ends)] if count else [size]


#: Number of the type int4 in PostgreSQL's catalogue.
_INT4 = 23
#: PostgreSQL type -> bytes on the wire and what brings a value to them.
_FIXED: Mapping[str, tuple[str, Callable[[Any], Any]]] = {
    "int8": (">i8", int),
    "int4": (">i4", int),
    "float8": (">f8", float),
    "bool": ("?", bool),
    "date": (">i4", _day),
}
#: (bytes on the wire, is it a day) -> type in which values are brought together.
_PLAIN = {
    (">i8", False): pa.int64(), (">i4", False): pa.int32(), (">f8", False): pa.float64(), ("?", False): pa.bool_(),
    (">i4", True): pa.date32(),
}  # fmt: skip
_ARROW = {"text": pa.large_string(), "bytea": pa.large_binary(), "jsonb": pa.large_binary()}
