"""A stored run as files that other programs open: GeoPackage, GeoJSON, CSV, XLSX.

Contract: `gather` reads rows of a run and its groups of parcels, `write` puts them into a file by its extension, whole or
not at all; `as_bytes` gives the same file to be sent. Every row carries verdict, conditions, unknowns, interval, run, and
the days of law and data; every file its sources with their licences and what each column holds. Of a source that may not
be passed on, shape, zone and owner are left out (`geodata.sources.sharing`).
"""

from __future__ import annotations

from pathlib import Path

from geodata.errors import UsageError
from sites.candidates.exports.geofiles import geojson_bytes, geopackage_bytes
from sites.candidates.exports.rows import Export, gather
from sites.candidates.exports.tables import csv_bytes
from sites.candidates.exports.workbook import workbook_bytes
from sites.inventory.sheet import write_bytes

#: Extension -> media type.
FORMATS = {
    "gpkg": "application/geopackage+sqlite3",
    "geojson": "application/geo+json",
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_WRITERS = {"gpkg": geopackage_bytes, "geojson": geojson_bytes, "csv": csv_bytes, "xlsx": workbook_bytes}


def format_of(path: Path) -> str:
    """Format of a file by its extension.

    Raises
    ------
    UsageError
        When the extension is none of `FORMATS`.
    """
    kind = path.suffix.lower().removeprefix(".")
    if kind not in FORMATS:
        raise UsageError(
            f"{path.name}: this kind of file is not written.", f"Use one of: {', '.join('.' + one for one in FORMATS)}."
        )
    return kind


def as_bytes(export: Export, kind: str) -> bytes:
    """The file in one of `FORMATS`.

    Raises
    ------
    UsageError
        When there are more rows than a spreadsheet holds.
    """
    return _WRITERS[kind](export)


def write(export: Export, path: Path) -> int:
    """Write the file, whole or not at all; returns the number of rows.

    Raises
    ------
    UsageError
        When the extension is none of `FORMATS`.
    StandplaatsError
        When the file cannot be written.
    """
    write_bytes(path, as_bytes(export, format_of(path)))
    return len(export.rows)


__all__ = ["FORMATS", "Export", "as_bytes", "format_of", "gather", "write"]
