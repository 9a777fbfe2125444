"""The yearly sheet of a municipality: written with what is known, read back as that year's record.

Contract: one row per public site of the municipality that is not closed or dropped, prefilled (`prefill`). Headers come
in the language asked for and are read back in any of the four. Private land has no row. Read back, the source is the
return itself; a row in which nothing was filled in and nothing confirmed is refused.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg

from geodata.errors import NotFoundError
from sites.inventory.current import all_sites
from sites.inventory.imports import Preview, read_list
from sites.inventory.prefill import COLUMNS, goes_on, prefilled
from sites.inventory.sheet import write_table
from sites.law.model import Language


def write_return(connection: psycopg.Connection[Any], nis: str, year: int, path: Path, language: Language) -> int:
    """Write the sheet of a municipality for a year (CSV or XLSX by extension); returns its rows.

    Raises
    ------
    NotFoundError
        When the municipality has no public site in the inventory.
    """
    found = [one for one in all_sites(connection) if one.nis == nis and goes_on(one)]
    if not found:
        raise NotFoundError(
            f"The inventory knows no public site in {nis}.", "Import a list first, or check the NIS code."
        )
    rows = [list(prefilled(site, year, language).values()) for site in found]
    write_table(path, [header[language] for header in COLUMNS.values()], rows, f"{nis} {year}")
    return len(rows)


def read_return(connection: psycopg.Connection[Any], path: Path, *, preview: bool = False) -> Preview:
    """Read a filled-in sheet back as its year's record; see `imports.read_list`."""
    return read_list(connection, path, "return", preview=preview)
