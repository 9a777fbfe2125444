"""Tables that people send: CSV and XLSX, read as text by canonical column, written whole or not at all.

Contract: headers are recognised in Dutch, French, German and English; columns nobody knows are named, not read. XLSX is
read without formulas or links (stored values only) and refused when it unpacks to more than it should.
"""

from __future__ import annotations

import csv
import io
import os
import re
import tempfile
import unicodedata
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from geodata.errors import InputError, StandplaatsError
from geodata.ingest.read import read_layers

_MAX_ROWS = 20_000
_MAX_UNPACKED = 100 * 1024**2

#: Canonical column -> headers it is known by, folded by `fold`.
HEADERS: dict[str, tuple[str, ...]] = {
    "year": ("year", "jaar", "referentiejaar", "annee", "jahr"),
    "nis": ("nis", "niscode", "ins", "codeins", "nisgemeente", "municipalitynis"),
    "municipality": ("municipality", "gemeente", "gemeentenaam", "naamgemeente", "commune", "gemeinde"),
    "site_id": ("siteid", "terreinid", "idterrein", "idterrain", "gelandeid"),
    "name": ("name", "naam", "sitename", "naamterrein", "naamvanhetterrein", "terrein", "nom", "nomduterrain", "terrain",
             "nomdusite", "nameort", "nameplatz", "namedesgelandes", "gelande"),
    "address": ("address", "adres", "adresse", "straat", "ligging", "rue", "anschrift"),
    "site_type": ("type", "sitetype", "typeterrein", "soortterrein", "soort", "typedeterrain", "art", "artdesgelandes"),
    "status": ("status", "toestand", "statut", "stand"),
    "ownership": ("ownership", "eigendom", "eigenaar", "publiekprivaat", "openbaarprivaat", "publiekofprivaat",
                  "openbaarofprivaat", "propriete", "publicprive", "eigentum"),
    "manager": ("manager", "beheerder", "beheer", "gestionnaire", "verwalter", "trager"),
    "pitches": ("pitchestotal", "pitches", "aantalstandplaatsen", "standplaatsen", "totaalaantalstandplaatsen",
                "standplaatsentotaal", "nombredemplacements", "emplacements", "anzahlstellplatze", "stellplatze"),
    "pitch_unit": ("pitchunit", "eenheid", "unite", "einheit"),
    "occupied": ("pitchesoccupied", "bezet", "bezettestandplaatsen", "aantalbezettestandplaatsen", "standplaatsenbezet",
                 "emplacementsoccupes", "belegtestellplatze"),
    "rate": ("occupancyrate", "bezettingsgraad", "bezetting", "tauxdoccupation", "auslastung", "belegung"),
    "opened": ("opened", "geopend", "ouvert", "eroffnet"),
    "closed": ("closed", "gesloten", "ferme", "geschlossen"),
    "fee_text": ("feetext", "prijs", "prix", "preis"),
    "source_url": ("sourceurl", "bron", "bronurl", "source", "quelle", "url"),
    "source_date": ("sourcedate", "brondatum", "datesource", "datumderquelle"),
    "grade": ("confidence", "grade", "betrouwbaarheid", "fiabilite"),
    "precision": ("precision", "nauwkeurigheid", "genauigkeit"),
    "confirmed": ("confirmed", "bevestigd", "confirme", "bestatigt"),
    "x": ("x31370", "x", "lambertx"),
    "y": ("y31370", "y", "lamberty"),
}  # fmt: skip
_KNOWN = {alias: name for name, aliases in HEADERS.items() for alias in aliases}
#: Beginnings that a spreadsheet takes for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
#: Columns of the schema that are known and left unread: parcels of a site are not stored.
_UNREAD = ("capakeylist", "region", "gewest", "nisdate")


@dataclass(frozen=True)
class Sheet:
    """A table as read.

    Attributes
    ----------
    rows : canonical column -> text, one per row; empty rows left out.
    numbers : row numbers in the file; 1 is the header.
    columns : canonical columns that are there.
    unread : headers nobody knows.
    """

    rows: list[dict[str, str]]
    numbers: list[int]
    columns: frozenset[str]
    unread: list[str]


def fold(text: str) -> str:
    """A header in plain small letters and digits."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]", "", plain)


def canonical(title: str) -> str | None:
    """The column a header means; None where nobody knows it."""
    return _KNOWN.get(fold(title))


def read_sheet(path: Path, required: Sequence[str]) -> Sheet:
    """Read a CSV or XLSX file.

    Raises
    ------
    InputError
        When the file is missing, damaged, of another kind, empty, too long, or lacks a required column; when two
        columns mean the same.
    """
    table = _read_xlsx(path) if path.suffix.lower() == ".xlsx" else _read_csv(path)
    header, body = table[0], table[1:]
    at: dict[str, int] = {}
    unread = []
    for index, title in enumerate(header):
        name = canonical(title)
        if name is None:
            if title.strip() and fold(title) not in _UNREAD:
                unread.append(title.strip())
            continue
        if name in at:
            raise InputError(f"the columns {header[at[name]]} and {title} mean the same.", "Keep one.", file=path)
        at[name] = index
    for name in required:
        if name not in at:
            shown = ", ".join(HEADERS[name][:3])
            raise InputError("the column is missing.", f"Known headers: {shown}.", file=path, field=name)
    rows, numbers = [], []
    for number, line in enumerate(body, start=2):
        row = {name: _meant(line[index].strip()) if index < len(line) else "" for name, index in at.items()}
        if any(row.values()):
            rows.append(row)
            numbers.append(number)
    if not rows:
        raise InputError("the table has no rows.", "Give one row per site.", file=path)
    if len(rows) > _MAX_ROWS:
        raise InputError(f"the table has more than {_MAX_ROWS} rows.", "Split it.", file=path)
    return Sheet(rows, numbers, frozenset(at), unread)


def _read_csv(path: Path) -> list[list[str]]:
    if path.suffix.lower() not in (".csv", ".txt"):
        if not path.is_file():
            raise InputError("there is no such file.", "Check the path.", file=path)
        raise InputError(f"files named *{path.suffix} are not read here.", "Give a CSV or XLSX file.", file=path)
    frame = read_layers([path])[0].rows
    return [[str(one) for one in frame.columns], *(["" if one is None else str(one) for one in row] for row in
                                                   frame.itertuples(index=False))]  # fmt: skip


def _read_xlsx(path: Path) -> list[list[str]]:
    """First sheet with cells, as text. Stored values only: no formula is computed and no link followed."""
    if not path.is_file():
        raise InputError("there is no such file.", "Check the path.", file=path)
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(one.file_size for one in archive.infolist()) > _MAX_UNPACKED:
                raise InputError("the file unpacks to more than 100 MB.", "Send the table alone.", file=path)
    except zipfile.BadZipFile:
        raise InputError("the name says XLSX, but it is no Excel file.", "Export it again.", file=path) from None
    import openpyxl  # slow to load, and wanted for Excel alone

    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
        lines: list[list[str]] = []
        for sheet in book.worksheets:
            lines = [[_cell(one) for one in row] for row in sheet.iter_rows(values_only=True, max_row=_MAX_ROWS + 2)]
            while lines and not any(lines[0]):
                lines.pop(0)
            if lines:
                break
        book.close()
    except (KeyError, ValueError, OSError, TypeError, zipfile.BadZipFile) as error:
        raise InputError(
            f"the Excel file is damaged ({type(error).__name__}).", "Export it again.", file=path
        ) from None
    if not lines:
        raise InputError("the file holds no table.", "Give a sheet with a header and rows.", file=path)
    return lines


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if hasattr(value, "date") and callable(value.date):
        return str(value.date().isoformat())
    return str(value)


def write_table(path: Path, header: Sequence[str], rows: Sequence[Sequence[Any]], title: str) -> None:
    """Write CSV or XLSX by the extension, whole or not at all.

    Text that a spreadsheet would take for a formula is written as text.

    Raises
    ------
    StandplaatsError
        When the folder cannot be written to.
    """
    data = _xlsx_bytes(header, rows, title) if path.suffix.lower() == ".xlsx" else csv_table(header, rows)
    write_bytes(path, data)


def write_bytes(path: Path, data: bytes) -> None:
    """Put a file in place, whole or not at all.

    Raises
    ------
    StandplaatsError
        When the folder cannot be written to.
    """
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}", delete=False) as temporary:
            temporary.write(data)
        # mkstemp makes the file private; these files are made to be sent.
        os.chmod(temporary.name, 0o644)
        os.replace(temporary.name, path)
    except OSError as error:
        raise StandplaatsError(
            f"{path} cannot be written: {error.strerror}.", "Choose a folder you may write to."
        ) from None


def csv_table(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> bytes:
    """A table as CSV, UTF-8; text that a spreadsheet would take for a formula is written as text."""
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(header)
    writer.writerows([[_harmless(one) for one in row] for row in rows])
    # Excel reads UTF-8 only with the mark.
    return b"\xef\xbb\xbf" + stream.getvalue().encode()


def _harmless(value: Any) -> Any:
    if isinstance(value, str) and value[:1] in _FORMULA:
        return "'" + value
    return "" if value is None else value


def _meant(text: str) -> str:
    """A cell without the mark that `_harmless` set before it."""
    return text[1:] if text[:1] == "'" and text[1:2] in _FORMULA else text


def _xlsx_bytes(header: Sequence[str], rows: Sequence[Sequence[Any]], title: str) -> bytes:
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = title[:31]
    sheet.append(list(header))
    for row in rows:
        sheet.append(list(row))
        for cell in sheet[sheet.max_row]:
            if cell.data_type == "f":
                cell.data_type = "s"
    for cell in sheet[1]:
        cell.font = openpyxl.styles.Font(bold=True)
    for letter, values in zip(
        (cell.column_letter for cell in sheet[1]), zip(header, *rows, strict=False), strict=False
    ):
        sheet.column_dimensions[letter].width = min(60, 3 + max(len(str(one or "")) for one in values))
    sheet.freeze_panes = "A2"
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()
