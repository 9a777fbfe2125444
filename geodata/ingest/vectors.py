"""Work on whole columns in compiled code where their values allow it, and value by value where they do not."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

_PART = 20_000
#: Values that tell whether a column repeats itself.
_SAMPLE = 10_000
_TEXT, _BYTES = pa.large_string(), pa.large_binary()


def in_parts(test: Callable[[Any], NDArray[Any]], shapes: Any) -> NDArray[Any]:
    """A test or measure of shapes on all processors: the geometry library works outside the interpreter's lock."""
    if len(shapes) < 2 * _PART:
        return test(shapes)
    parts = [shapes[at : at + _PART] for at in range(0, len(shapes), _PART)]
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        return np.concatenate(list(pool.map(test, parts)))


def text_array(values: Any) -> Any | None:
    """Values as an Arrow array when all are texts or missing, trimmed, empty ones as missing; else None."""
    try:
        given = pa.array(values, type=_TEXT, from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError, UnicodeEncodeError):
        return None
    if not isinstance(given, pa.Array):
        given = given.combine_chunks()
    if _clean(given):
        return given
    trimmed = pc.utf8_trim_whitespace(pc.replace_substring(given, "\x00", ""))
    return pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, _TEXT), trimmed)


def _clean(array: Any) -> bool:
    """Is there nothing to take out, to trim or to count as missing?"""
    _, offsets, data = array.buffers()
    ends = np.frombuffer(offsets, dtype=np.int64)[array.offset : array.offset + len(array) + 1]
    sizes = np.diff(ends)
    if not (sizes if not array.null_count else sizes[np.asarray(array.is_valid())]).all():
        return False
    given = np.frombuffer(data or b"", dtype=np.uint8)[ends[0] : ends[-1]]
    # Control characters and spaces are below, and all that is not ASCII above.
    return bool(((given > 0x20) & (given < 0x7F)).all())


class Column:
    """A column that is only picked from and sent: it stays in Arrow, with no Python object per row."""

    def __init__(self, array: Any) -> None:
        self.array = array

    def __len__(self) -> int:
        return len(self.array)

    def __iter__(self) -> Iterator[Any]:
        """Values as Python's, one by one."""
        return iter(self.array.to_pylist())

    def __getitem__(self, which: Any) -> Column:
        """Rows by a slice, a mask or positions."""
        if isinstance(which, slice):
            return Column(self.array[which])
        chosen = np.asarray(which)
        return Column(
            self.array.filter(pa.array(chosen)) if chosen.dtype == bool else self.array.take(pa.array(chosen))
        )


def objects(array: Any) -> NDArray[Any]:
    """An Arrow array of texts or bytes as Python objects, missing ones None."""
    out: NDArray[Any] = array.to_numpy(zero_copy_only=False)
    return out if out.dtype == object else out.astype(object)


def of_series(values: Any) -> NDArray[Any]:
    """Values of a table's column as objects; texts that are often the same, such as codes and dates, as one object."""
    if isinstance(values.dtype, pd.StringDtype) and 0 < values.iloc[:_SAMPLE].nunique() < min(len(values), _SAMPLE) / 2:
        codes, found = pd.factorize(values, use_na_sentinel=True)
        known = np.array([*found.tolist(), np.nan], dtype=object)
        once: NDArray[Any] = known[codes]
        return once
    plain: NDArray[Any] = values.to_numpy(dtype=object)
    return plain


def mapped(values: NDArray[Any], change: Callable[[Any], Any]) -> NDArray[Any]:
    """`change` of every text or None, asked once for each that is different; an object array."""
    codes, found = pd.factorize(values, use_na_sentinel=True)
    answers = np.empty(len(found) + 1, dtype=object)
    for at, one in enumerate(found):
        answers[at] = change(one)
    # Code -1 is a missing value: it takes the last place.
    answers[-1] = change(None) if (codes < 0).any() else None
    out: NDArray[Any] = answers[codes]
    return out


def json_member(key: str, values: Any, as_json: Callable[[Any], str | None]) -> Any:
    """`key` and value of one field of JSON objects, missing where there is no value: an Arrow array of texts."""
    found = _plain_json(values, as_json) if isinstance(values, pd.Series) else None
    if found is not None:
        return pc.binary_join_element_wise(pa.scalar(key, _TEXT), found, pa.scalar("", _TEXT))
    values = np.asarray(values, dtype=object)
    kinds = set(map(type, values))
    if kinds == {int}:
        try:
            found = pc.cast(pa.array(values, type=pa.int64()), _TEXT)
        except (OverflowError, pa.ArrowInvalid):
            found = None
    elif kinds <= {str, type(None)}:
        found = pa.array(mapped(values, lambda one: None if one is None else as_json(one)), type=_TEXT)
    if found is None:
        found = pa.array([as_json(value) for value in values], type=_TEXT)
    return pc.binary_join_element_wise(pa.scalar(key, _TEXT), found, pa.scalar("", _TEXT))


def _plain_json(values: Any, as_json: Callable[[Any], str | None]) -> Any:
    """Whole numbers and texts of a column as JSON without an object per row; None where it holds something else."""
    if values.dtype.kind == "i":
        return pc.cast(pa.array(values.to_numpy()), _TEXT)
    if not isinstance(values.dtype, pd.StringDtype):
        return None
    given = pa.array(values, type=_TEXT, from_pandas=True)
    given = given.combine_chunks() if isinstance(given, pa.ChunkedArray) else given
    coded = given.dictionary_encode()
    written = [None if one is None else as_json(one) for one in coded.dictionary.to_pylist()]
    return pa.array(written, type=_TEXT).take(coded.indices)


def json_objects(members: Sequence[Any]) -> Column:
    """JSON objects of these members as bytes, one per row."""
    # A row without any member must stay a row: where all are null, skipping them would skip the row itself.
    nothing, comma = pa.scalar("", _TEXT), pa.scalar(",", _TEXT)
    inside = pc.utf8_ltrim(pc.binary_join_element_wise(nothing, *members, comma, null_handling="skip"), ",")
    whole = pc.binary_join_element_wise(pa.scalar("{", _TEXT), inside, pa.scalar("}", _TEXT), pa.scalar("", _TEXT))
    return Column(whole.cast(_BYTES))
