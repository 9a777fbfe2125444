"""The rows a dataset version kept out, with their reasons: what one corrects in the file before loading it again."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import psycopg

from geodata.errors import NotFoundError


@dataclass(frozen=True)
class RefusedRow:
    """One row of quarantine: its number in the file from 1, the reason code, the detail, what may be kept of it."""

    row: int
    reason: str
    detail: str | None
    raw: dict[str, Any]

    def as_dict(self) -> dict[str, Any]:
        """The same as a dictionary."""
        return asdict(self)


def refused_rows(connection: psycopg.Connection[Any], dataset: int) -> list[RefusedRow]:
    """Rows that were refused when a dataset version was loaded, in the order of the file.

    Raises
    ------
    NotFoundError
        When there is no such dataset.
    """
    if connection.execute("SELECT 1 FROM dataset WHERE id = %s", [dataset]).fetchone() is None:
        raise NotFoundError(f"There is no dataset {dataset}.", "The report of an ingestion names its dataset.")
    rows = connection.execute(
        "SELECT row_number, reason, detail, raw FROM quarantine WHERE dataset_id = %s ORDER BY row_number, reason",
        [dataset],
    ).fetchall()
    return [RefusedRow(*row) for row in rows]
