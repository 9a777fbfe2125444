"""The rows as XLSX with live formulas: whoever changes a weight or a state sees what becomes of the score.

Sheets: `candidates` and `assemblies` (words in row 1, column names in row 2, rows from row 3), `weights`, `sources`,
`read me`. Contributions and scores are formulas on the values of the row and the normalised weights; where a state is
`fail` there is no score. Beside them stand, as figures, the scores of the run under the published weights. Text that looks
like a formula is written as text.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import Any

from geodata.errors import UsageError
from sites.candidates.exports.columns import Column
from sites.candidates.exports.readme import COLUMN, MEANING, SOURCE_COLUMNS, lines, source_rows
from sites.candidates.exports.rows import Export
from sites.suitability import Message
from sites.suitability.titles import criterion_title

#: More rows with a hundred columns each make a file that a spreadsheet program opens slowly or not at all.
MOST_ROWS = 10_000
FIRST_ROW = 3
#: Rows of the sheet `weights`.
WEIGHT_ROW, NORMAL_ROW = 3, 4
#: Colours of verdicts, as on maps made with the file; dark enough a text stands on each.
FILLS = {"compatible": "BFE5DA", "needs_derogation": "F7DFA8", "unknown": "CDE7F7", "incompatible": "DDDDDD"}
_HEAD_FILL, _CODE_COLOUR, _EDIT_FILL = "0B5C58", "56605E", "FFF3C4"
#: Titles of the sheet `weights`, and of the scores of the run.
WEIGHT, NORMALISED, UNIT, WHOSE, RANGE = (
    "Weight (change it here)", "Weight, normalised", "Unit", "Whose threshold", "Value at each figure",
)  # fmt: skip
RUN_LOW, RUN_HIGH = "Score of the result, low (published weights)", "Score of the result, high (published weights)"
CHANGED = (
    "Scores in the column “score” follow the weights of the sheet weights; those of the result stand beside them. "
    "Verdict and rank are those of the result and do not follow."
)
_KINDS = {"official": "official", "foreign_norm": "yardstick of another country", "our_choice": "our choice"}


def sentences() -> list[str]:
    """Every text of this module that needs a translation."""
    return [WEIGHT, NORMALISED, UNIT, WHOSE, RANGE, RUN_LOW, RUN_HIGH, CHANGED]


def workbook_bytes(export: Export) -> bytes:
    """The workbook.

    Raises
    ------
    UsageError
        When there are more rows than `MOST_ROWS`.
    """
    if len(export.rows) > MOST_ROWS:
        raise UsageError(
            f"An Excel file holds up to {MOST_ROWS} candidates, not {len(export.rows)}.",
            "Ask for fewer verdicts or a larger area, or write a GeoPackage or CSV.",
        )
    import openpyxl  # slow to load, and wanted for Excel alone

    book = openpyxl.Workbook()
    book.calculation.fullCalcOnLoad = True
    book.properties.title, book.properties.creator = f"Standplaats {export.run.id}", "Standplaats"
    sheet = book.active
    sheet.title = "candidates"
    _fill(sheet, export, export.rows)
    _fill(book.create_sheet("assemblies"), export, export.groups)
    _weights(book.create_sheet("weights"), export)
    _sources(book.create_sheet("sources"), export)
    _read_me(book.create_sheet("read me"), export)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _columns(export: Export) -> list[Column]:
    """Columns of the export, with the scores of the run as figures behind the live ones."""
    out = []
    for one in export.columns:
        out.append(one)
        if one.name == "score_high":
            out.append(Column("run_score_low", export.translate.render(Message(RUN_LOW)), "number"))
            out.append(Column("run_score_high", export.translate.render(Message(RUN_HIGH)), "number"))
    return out


def _fill(sheet: Any, export: Export, rows: Sequence[dict[str, Any]]) -> None:
    """Header in words and in names, then the rows with their formulas."""
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter

    columns = _columns(export)
    letter = {one.name: get_column_letter(at) for at, one in enumerate(columns, start=1)}
    sheet.append([one.title for one in columns])
    sheet.append([one.name for one in columns])
    formulas = _Formulas(export, letter)
    fills = {name: PatternFill("solid", fgColor=colour) for name, colour in FILLS.items()}
    # The style of a column is made once: a style per cell takes longer than all else together.
    styles = []
    for at, one in enumerate(columns, start=1):
        cell = sheet.cell(FIRST_ROW, at)
        cell.number_format = _number_format(one)
        styles.append(cell._style)
    for number, row in enumerate(rows, start=FIRST_ROW):
        told = row | {"run_score_low": row["score_low"], "run_score_high": row["score_high"]} | formulas.of(number)
        for at, one in enumerate(columns, start=1):
            cell = sheet.cell(number, at)
            _put(cell, told[one.name], live=one.name in formulas.names)
            cell._style = styles[at - 1]
        sheet[f"{letter['verdict_text']}{number}"].fill = fills[row["verdict"]]
    for at, one in enumerate(columns, start=1):
        head, code = sheet.cell(1, at), sheet.cell(2, at)
        head.font, head.fill = Font(bold=True, color="FFFFFF"), PatternFill("solid", fgColor=_HEAD_FILL)
        head.alignment = Alignment(wrap_text=True, vertical="top")
        code.font = Font(size=8, color=_CODE_COLOUR)
        sheet.column_dimensions[letter[one.name]].width = _width(one, rows)
    sheet.row_dimensions[1].height = 58
    sheet.freeze_panes = f"B{FIRST_ROW}"
    sheet.auto_filter.ref = f"A2:{get_column_letter(len(columns))}{max(len(rows) + 2, 2)}"
    sheet.sheet_view.zoomScale = 90


class _Formulas:
    """Formulas of one row: contributions, and the score where no state is `fail`."""

    def __init__(self, export: Export, letter: dict[str, str]) -> None:
        from openpyxl.utils import get_column_letter

        self.criteria = [one.id for one in export.profile.criteria]
        self.weight = {name: get_column_letter(at) for at, name in enumerate(self.criteria, start=2)}
        self.letter = letter
        states = [letter[f"state_{one.id}"] for one in export.profile.constraints]
        self.first_state, self.last_state = states[0], states[-1]
        self.names = {"score_low", "score_high"} | {
            f"contribution_{name}_{end}" for name in self.criteria for end in ("low", "high")
        }

    def of(self, row: int) -> dict[str, str]:
        first, last = self.weight[self.criteria[0]], self.weight[self.criteria[-1]]
        weights = f"weights!${first}${NORMAL_ROW}:${last}${NORMAL_ROW}"
        states = f"{self.first_state}{row}:{self.last_state}{row}"
        out = {}
        for end in ("low", "high"):
            cells = [f"{self.letter[f'value_{name}_{end}']}{row}" for name in self.criteria]
            out[f"score_{end}"] = f'=IF(COUNTIF({states},"fail")>0,"",SUMPRODUCT({cells[0]}:{cells[-1]},{weights}))'
            for name, cell in zip(self.criteria, cells, strict=True):
                out[f"contribution_{name}_{end}"] = f"={cell}*weights!${self.weight[name]}${NORMAL_ROW}"
        return out


def _put(cell: Any, value: Any, *, live: bool = False) -> None:
    """A value in a cell; a text that begins like a formula stays a text."""
    cell.value = None if value == "" else value
    if not live and cell.data_type == "f":
        cell.data_type = "s"


def _number_format(column: Column) -> str:
    if column.kind != "number":
        return "General"
    if column.name.endswith("m2"):
        return "#,##0"
    return "0.000" if column.name.startswith(("value", "contribution", "score", "run_score")) else "0.0##"


def _width(column: Column, rows: Sequence[dict[str, Any]]) -> float:
    if column.kind != "text":
        return 13.0
    longest = max((len(str(row.get(column.name) or "")) for row in rows[:200]), default=0)
    return float(min(48, max(11, longest + 2)))


def _weights(sheet: Any, export: Export) -> None:
    """Weights across, one column per criterion, so that a row of values can be multiplied with them."""
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter

    render = export.translate.render
    criteria = export.profile.criteria
    last = get_column_letter(len(criteria) + 1)
    sheet.append(["", *(render(criterion_title(one.id)) for one in criteria)])
    sheet.append(["", *(one.id for one in criteria)])
    sheet.append([render(Message(WEIGHT)), *(one.weight for one in criteria)])
    total = f"SUM($B${WEIGHT_ROW}:${last}${WEIGHT_ROW})"
    letters = [get_column_letter(at) for at in range(2, len(criteria) + 2)]
    sheet.append([render(Message(NORMALISED)), *(f"={one}{WEIGHT_ROW}/{total}" for one in letters)])
    sheet.append([render(Message(UNIT)), *(one.unit for one in criteria)])
    sheet.append([render(Message(RANGE)), *(_function(one) for one in criteria)])
    sheet.append([render(Message(WHOSE)), *(render(Message(_KINDS[one.kind])) for one in criteria)])
    sheet.append(["", *(one.source for one in criteria)])
    for one in (*sheet[1], *(row[0] for row in sheet.iter_rows(min_row=3))):
        one.font = Font(bold=True)
    for one in sheet[2]:
        one.font = Font(size=8, color=_CODE_COLOUR)
    for cell in sheet[WEIGHT_ROW][1:]:
        cell.fill = PatternFill("solid", fgColor=_EDIT_FILL)
    for cell in sheet[NORMAL_ROW][1:]:
        cell.number_format = "0.0000"
    for row in sheet.iter_rows():
        for cell in row:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    sheet.column_dimensions["A"].width = 28
    for one in letters:
        sheet.column_dimensions[one].width = 20
    sheet.freeze_panes = "B3"
    sheet.append([])
    sheet.append([render(Message(CHANGED))])


def _function(criterion: Any) -> str:
    """A value function as its breakpoints: `300: 1; 2000: 0`."""
    pairs: Iterable[tuple[Any, float]] = criterion.points or criterion.values.items()
    return "; ".join(f"{x:g}: {y:g}" if isinstance(x, float) else f"{x}: {y:g}" for x, y in pairs)


def _sources(sheet: Any, export: Export) -> None:
    from openpyxl.styles import Font

    sheet.append([export.translate.render(Message(one)) for one in SOURCE_COLUMNS.values()])
    for row in source_rows(export):
        at = sheet.max_row + 1
        for column, value in enumerate(row.values(), start=1):
            _put(sheet.cell(at, column), value)
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for letter, width in zip("ABCDEFGHIJ", (10, 42, 34, 9, 12, 40, 52, 12, 10, 30), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.freeze_panes = "B2"


def _read_me(sheet: Any, export: Export) -> None:
    """Sentences, then what each column holds."""
    from openpyxl.styles import Alignment, Font

    for line in [*lines(export), export.translate.render(Message(CHANGED)), ""]:
        sheet.append([None, line])
        sheet.cell(sheet.max_row, 2).alignment = Alignment(wrap_text=True, vertical="top")
    sheet.append([export.translate.render(Message(COLUMN)), export.translate.render(Message(MEANING))])
    for cell in sheet[sheet.max_row]:
        cell.font = Font(bold=True)
    for one in _columns(export):
        sheet.append([one.name, one.title])
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 30, 110
