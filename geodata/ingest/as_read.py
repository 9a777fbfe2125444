"""Rows as they stand in their file, told by a checksum: what stood there before, byte for byte, is not looked at again.

The checksum of a row goes into the database only where the report of its load says nothing of it. So whatever was
refused, repaired, moved to another code or remarked on is looked at anew in every version, and the report of a later
version is the one it would have without this.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np
import pandas as pd
import psycopg
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Connection = psycopg.Connection[Any]
Sums = NDArray[np.int64]

_STEP = 0x9E3779B97F4A7C15


class DifferentError(Exception):
    """Rows that were recognised do not stand for themselves here: the file has to be read whole."""


@dataclass(frozen=True)
class Known:
    """Rows of a version that would be recognised.

    Attributes
    ----------
    dataset : the version.
    sums : checksums of its rows as they stood in the file, sorted; no two are equal.
    """

    dataset: int
    sums: Sums


@dataclass(frozen=True)
class Recognised:
    """Rows of a file that stand in a version before.

    Attributes
    ----------
    known : that version.
    sums : checksums of the rows that were found in the file, sorted.
    """

    known: Known
    sums: Sums

    @property
    def gone(self) -> Sums:
        """Rows of the version before that do not stand in the file."""
        return np.setdiff1d(self.known.sums, self.sums, assume_unique=True)


@dataclass(frozen=True)
class Bytes:
    """Byte strings of a column in parts, each one after the other, as they were read: none is copied.

    Attributes
    ----------
    parts : (bytes, offsets of each of its byte strings and of the end).
    firsts : number of the first byte string of each part, and of all.
    """

    parts: tuple[tuple[NDArray[np.uint8], NDArray[np.int64]], ...]
    firsts: NDArray[np.int64]

    @classmethod
    def of(cls, arrays: Sequence[Any]) -> Bytes:
        """Arrow arrays of byte strings."""
        parts = tuple(map(bytes_of, arrays))
        return cls(parts, np.concatenate([[0], np.cumsum([len(one) for one in arrays])]).astype(np.int64))

    def take(self, at: NDArray[np.int64]) -> tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.int64]]:
        """Bytes, and where each of the byte strings `at` (rising) begins in them and how long it is."""
        first, last = (int(np.searchsorted(self.firsts, at[end], side="right")) - 1 for end in (0, -1))
        if first == last:
            data, ends = self.parts[first]
            inside = at - self.firsts[first]
            return data, ends[inside], ends[inside + 1] - ends[inside]
        found, begins, sizes, ahead = [], [], [], 0
        for part in range(first, last + 1):
            data, ends = self.parts[part]
            inside = at[(at >= self.firsts[part]) & (at < self.firsts[part + 1])] - self.firsts[part]
            if len(inside):
                low, high = int(ends[inside[0]]), int(ends[inside[-1] + 1])
                found.append(data[low:high])
                begins.append(ends[inside] - low + ahead)
                sizes.append(ends[inside + 1] - ends[inside])
                ahead += high - low
        return np.concatenate(found), np.concatenate(begins), np.concatenate(sizes)


def known_rows(connection: Connection, file: str, covers: str | None, replace: int | None) -> Known | None:
    """The version whose rows the file may hold for the most part; None where nothing points to one.

    Parameters
    ----------
    file, covers, replace : name of a file of parcels, its declared coverage, the dataset to be replaced. Its key is not
        known before it is read, and these only point to a version: the caller makes sure that it was the right one.
    """
    if not compiled_here():
        return None
    found = connection.execute(
        """SELECT id FROM dataset WHERE kind = 'parcels' AND current
               AND (id = %(replace)s OR file_name = %(file)s OR coverage_text = %(covers)s)
               AND to_regclass('parcel_' || id) IS NOT NULL
           ORDER BY id = %(replace)s DESC NULLS LAST, file_name = %(file)s DESC, id DESC LIMIT 1""",
        {"replace": replace, "file": file, "covers": covers},
    ).fetchone()
    if found is None:
        return None
    row = connection.execute(
        """SELECT string_agg(int8send(as_read), '') FROM parcel WHERE dataset_id = %s AND as_read IS NOT NULL""",
        found,
        binary=True,
    ).fetchone()
    sums = np.sort(np.frombuffer((row and row[0]) or b"", dtype=">i8").astype(np.int64))
    if not len(sums) or (sums[1:] == sums[:-1]).any():
        return None
    return Known(int(found[0]), sums)


def compiled_here() -> bool:
    """Are loops compiled on this machine?"""
    return find_spec("numba") is not None


def row_sums(batch: Any, fields: Sequence[str]) -> Sums:
    """Checksum of each row over all its columns and their names.

    Parameters
    ----------
    batch : Arrow record batch.
    fields : names of its columns; a last one without name holds the shape.
    """
    # Only here: what compiles takes longer to start than most files to load.
    from geodata.ingest.compiled import checksums, number_checksums

    named = pd.util.hash_array(np.array([*map(str, fields), ""], dtype=object), categorize=False)
    seeds = [int(one) for one in named] + [_STEP] * batch.num_columns
    out: NDArray[np.uint64] = np.zeros(batch.num_rows, dtype=np.uint64)
    for at, column in enumerate(batch.columns):
        seed = np.uint64(seeds[at])
        missing = np.asarray(column.is_null()) if column.null_count else None
        if _is_bytes(column.type):
            data, ends = bytes_of(column)
            checksums(data, ends, seed, out)
        else:
            number_checksums(_numbers(column), seed, out)
        if missing is not None:
            # Nothing is not the same as an empty text or zero.
            out[missing] ^= np.uint64(_STEP)
    return out.view(np.int64)


def found_in(sums: Sums, known: Sums) -> NDArray[np.bool_]:
    """Which checksums stand in a sorted array."""
    place = np.minimum(np.searchsorted(known, sums), len(known) - 1)
    found: NDArray[np.bool_] = known[place] == sums
    return found


def _is_bytes(kind: Any) -> bool:
    return bool(
        pa.types.is_string(kind) or pa.types.is_binary(kind) or pa.types.is_large_string(kind)
        or pa.types.is_large_binary(kind)
    )  # fmt: skip


def bytes_of(array: Any) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Bytes and offsets of an array of texts or byte strings; what is missing is empty."""
    large = pa.types.is_large_string(array.type) or pa.types.is_large_binary(array.type)
    _, offsets, data = array.buffers()
    ends = np.frombuffer(offsets, dtype=np.int64 if large else np.int32)[array.offset : array.offset + len(array) + 1]
    given = np.empty(0, dtype=np.uint8) if data is None else np.frombuffer(data, dtype=np.uint8)
    return given, ends.astype(np.int64)


def _numbers(column: Any) -> NDArray[np.uint64]:
    """Values of a column of fixed size as 64 bits each, zero where there is none."""
    kind = column.type
    if pa.types.is_null(kind):
        return np.zeros(len(column), dtype=np.uint64)
    if pa.types.is_temporal(kind):
        column = column.cast(pa.int32() if kind.bit_width == 32 else pa.int64())
    if pa.types.is_floating(kind):
        filled = pc.fill_null(column.cast(pa.float64()), 0.0)
    else:
        filled = pc.fill_null(column.cast(pa.int64(), safe=False), 0)
    found: NDArray[np.uint64] = np.ascontiguousarray(filled.to_numpy(zero_copy_only=False)).view(np.uint64)
    return found
