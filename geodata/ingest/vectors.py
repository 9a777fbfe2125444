"""Work on whole columns in compiled code where their values allow it, and value by value where they do not."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

_PART = 20_000
_TEXT, _BYTES = pa.large_string(), pa.large_binary()


def in_parts(test: Callable[[Any], NDArray[np.bool_]], shapes: Any) -> NDArray[np.bool_]:
    """A test of shapes on all processors: the geometry library works outside the interpreter's lock."""
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
    trimmed = pc.utf8_trim_whitespace(pc.replace_substring(given, "\x00", ""))
    return pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, _TEXT), trimmed)


def objects(array: Any) -> NDArray[Any]:
    """An Arrow array of texts or bytes as Python objects, missing ones None."""
    out: NDArray[Any] = array.to_numpy(zero_copy_only=False)
    return out if out.dtype == object else out.astype(object)


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


def json_member(key: str, values: NDArray[Any], as_json: Callable[[Any], str | None]) -> Any:
    """`key` and value of one field of JSON objects, missing where there is no value: an Arrow array of texts."""
    found: Any = None
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


def json_objects(members: Sequence[Any]) -> NDArray[Any]:
    """JSON objects of these members as bytes, one per row."""
    # A row without any member must stay a row: where all are null, skipping them would skip the row itself.
    nothing, comma = pa.scalar("", _TEXT), pa.scalar(",", _TEXT)
    inside = pc.utf8_ltrim(pc.binary_join_element_wise(nothing, *members, comma, null_handling="skip"), ",")
    whole = pc.binary_join_element_wise(pa.scalar("{", _TEXT), inside, pa.scalar("}", _TEXT), pa.scalar("", _TEXT))
    return objects(whole.cast(_BYTES))
