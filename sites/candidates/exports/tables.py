"""The rows as CSV: UTF-8, one row per candidate; text that a spreadsheet would take for a formula is written as text."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from sites.candidates.exports.readme import attribution
from sites.candidates.exports.rows import Export
from sites.inventory.sheet import write_table


def csv_bytes(export: Export) -> bytes:
    """Parcels, then groups of parcels; the last columns carry what is to be named and the notice of demo data."""
    header = [one.name for one in export.columns] + ["attribution", "notice"]
    end = [attribution(export), export.notice]
    rows: list[list[Any]] = [
        [row[one.name] for one in export.columns] + end for row in (*export.rows, *export.groups)
    ]  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "candidates.csv"
        write_table(path, header, rows, "candidates")
        return path.read_bytes()
