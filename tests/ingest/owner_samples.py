"""What the tests of owner lists share: a key, names that may appear nowhere, the header of a list, and what is stored."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
from ingest_samples import Connection, capakey

PERSONS = ("Peeters", "Wuyts", "Évrard", "Schmitz", "Vandenbrande")
KEY = capakey(1)


def rows_of(database: Connection, *names: str) -> list[tuple[Any, ...]]:
    """Columns of the current list, by key."""
    return database.execute(
        f"""SELECT {", ".join(names)} FROM ownership o JOIN dataset d ON d.id = o.dataset_id AND d.current
            ORDER BY o.capakey"""
    ).fetchall()


def everything(database: Connection) -> str:
    """Every row of every table, as text."""
    tables = database.execute(
        """SELECT c.oid::regclass::text FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
           AND c.relname NOT IN ('spatial_ref_sys')"""
    ).fetchall()
    return "\n".join(
        row[0]
        for (table,) in tables
        for row in database.execute(f"SELECT t::text FROM {table} t").fetchall()  # names of our own tables
    )


#: Header of a list with all it may hold.
HEADER = "CAPAKEY;Eigenaar;Aandeel;Zakelijk recht;Verhuurd;Einde huur;Opmerking"


def workbook(path: Path, sheets: dict[str, list[list[Any]]]) -> Path:
    """Write a workbook."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path
