"""The report of one ingestion: the same figures on the command line, in JSON and in the dataset row."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Refusals:
    """Rows kept out or repaired, with their reasons.

    Attributes
    ----------
    rows : (row number from 1, reason code, detail, attributes) of each refused row.
    repaired : reason code -> number of rows that landed after a repair.
    notes : remarks for the reader.
    holes : places (EPSG:31370) of rows that were kept out although something is there.
    """

    rows: list[tuple[int, str, str, dict[str, Any]]] = field(default_factory=list)
    repaired: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)
    holes: list[Any] = field(default_factory=list)

    def refuse(self, row: int, reason: str, detail: str, raw: dict[str, Any]) -> None:
        """Keep one row out."""
        self.rows.append((row, reason, detail, raw))

    @property
    def reasons(self) -> dict[str, int]:
        """Refused and repaired rows by reason."""
        return dict(sorted((Counter(row[1] for row in self.rows) + self.repaired).items()))


@dataclass(frozen=True)
class IngestReport:
    """What one ingestion did."""

    dataset: int
    kind: str
    source: str
    title: str
    version: int
    read: int
    loaded: int
    repaired: int
    refused: int
    reasons: dict[str, int]
    crs_declared: str | None
    crs_used: str | None
    crs_how: str | None
    accuracy_m: float | None
    covers: str | None
    already_loaded: bool
    seconds: float
    notes: list[str]

    def as_dict(self) -> dict[str, Any]:
        """The `ingest report` document."""
        return {
            "dataset": self.dataset,
            "kind": self.kind,
            "source": self.source,
            "title": self.title,
            "version": self.version,
            "read": self.read,
            "loaded": self.loaded,
            "repaired": self.repaired,
            "refused": self.refused,
            "reasons": self.reasons,
            "crs": {
                "declared": self.crs_declared,
                "used": self.crs_used,
                "how": self.crs_how,
                "accuracy_m": self.accuracy_m,
            },
            "covers": self.covers,
            "already_loaded": self.already_loaded,
            "seconds": self.seconds,
            "notes": self.notes,
        }
