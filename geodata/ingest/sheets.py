"""Sheets of an Excel workbook (XLSX) as tables: stored values only, no formula is computed and no link followed."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from geodata.errors import InputError

_MAX_UNPACKED = 500 * 1024**2
#: Rows looked through for the header, below a title.
_TITLE_ROWS = 20


def is_workbook(path: Path) -> bool:
    """Is the zip archive a workbook?"""
    try:
        with zipfile.ZipFile(path) as archive:
            return "xl/workbook.xml" in archive.namelist()
    except (zipfile.BadZipFile, OSError):
        return False


def read_sheets(path: Path) -> list[tuple[str, pd.DataFrame]]:
    """Name and rows of every sheet with a header and at least one row below it.

    The header is the first row with two or more cells filled. Cells stay as they are stored: text, number, day or None;
    rows that are empty at the end are left out, others keep their place.

    Raises
    ------
    InputError
        When the workbook is damaged, locked, out of proportion, or holds no table. No cell is ever quoted.
    """
    _check_size(path)
    import openpyxl  # slow to load, and wanted for Excel alone

    found = []
    try:
        with warnings.catch_warnings():
            # The library quotes cells it does not understand.
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
            try:
                for sheet in book.worksheets:
                    rows = _table([list(row) for row in sheet.iter_rows(values_only=True)])
                    if rows is not None:
                        found.append((str(sheet.title), rows))
            finally:
                book.close()
    except InputError:
        raise
    except Exception as error:
        # Whatever the library stumbles over: its message may quote a cell, and a cell may hold a name.
        raise InputError(
            f"the workbook is damaged or locked ({type(error).__name__}); nothing was loaded.",
            "Save it again without a password, or as CSV.",
            file=path,
        ) from None
    if not found:
        raise InputError("the workbook holds no table.", "Give a sheet with a header and rows.", file=path)
    return found


def _check_size(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(one.file_size for one in archive.infolist())
    except zipfile.BadZipFile:
        raise InputError("the workbook is damaged or cut off.", "Save it again.", file=path) from None
    if unpacked > _MAX_UNPACKED:
        raise InputError(
            f"the workbook unpacks to {unpacked / 1e9:.1f} GB, which is out of proportion.",
            "Save the table alone, or as CSV.",
            file=path,
        )


def _table(rows: list[list[Any]]) -> pd.DataFrame | None:
    """Rows below the header; None when there is no header or nothing below it."""
    while rows and not any(map(_filled, rows[-1])):
        rows.pop()
    at = next((index for index, row in enumerate(rows[:_TITLE_ROWS]) if sum(map(_filled, row)) > 1), None)
    if at is None or at + 1 >= len(rows):
        return None
    width = max(len(row) for row in rows[at:])
    body = [row + [None] * (width - len(row)) for row in rows[at + 1 :]]
    frame = pd.DataFrame(body, columns=_titles(rows[at], width), dtype=object)
    return frame.astype(object).where(frame.notna(), None)


def _titles(header: Sequence[Any], width: int) -> list[str]:
    """One name per column: empty ones get a number, a repeated one a mark."""
    names: list[str] = []
    for index in range(width):
        given = str(header[index]).strip() if index < len(header) and header[index] is not None else ""
        name = given or f"column {index + 1}"
        while name in names:
            name += "."
        names.append(name)
    return names


def _filled(value: Any) -> bool:
    return value is not None and str(value).strip() != ""
