"""Mapped arrays give their pages back and read the same afterwards."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from geodata.measure import flat

_TOLD = Path("/proc/self/smaps_rollup")


def _mapped_bytes() -> int:
    return next(1024 * int(line.split()[1]) for line in _TOLD.read_text().splitlines() if line.startswith("Pss_File:"))


def test_pages_are_given_back_and_read_again(tmp_path: Path) -> None:
    there = np.arange(4_000_000, dtype=np.float64)
    np.save(tmp_path / "xy.npy", there)
    mapped = flat.open_arrays(tmp_path, ["xy"])["xy"]
    assert mapped.sum() == there.sum()
    read = _mapped_bytes()
    flat.release_pages()
    assert read - _mapped_bytes() > 0.9 * there.nbytes
    assert np.array_equal(mapped, there)
