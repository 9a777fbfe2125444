"""The report of one ingestion: the same figures on the command line, in JSON and in the dataset row."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

#: Rows named per reason.
EXAMPLES = 5


@dataclass
class Refusals:
    """Rows kept out or repaired, with their reasons.

    Attributes
    ----------
    rows : (row number from 1, reason code, detail, attributes) of each refused row.
    repaired : row numbers of rows that landed with a repaired shape.
    changed : reason code -> row numbers of rows that landed with another value than they give, which is no repair.
    notes : remarks for the reader.
    holes : places (EPSG:31370) of rows that were kept out although something is there.
    """

    rows: list[tuple[int, str, str, dict[str, Any]]] = field(default_factory=list)
    repaired: list[int] = field(default_factory=list)
    changed: dict[str, list[int]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    holes: list[Any] = field(default_factory=list)

    def refuse(self, row: int, reason: str, detail: str, raw: dict[str, Any]) -> None:
        """Keep one row out."""
        self.rows.append((row, reason, detail, raw))

    def change(self, reason: str, rows: Iterable[int]) -> None:
        """Rows that go on with a value other than the one they give."""
        self.changed.setdefault(reason, []).extend(int(row) for row in rows)

    @property
    def by_reason(self) -> dict[str, list[int]]:
        """Row numbers of refused, repaired and changed rows by reason, in the order of the reasons."""
        found: dict[str, list[int]] = {}
        for row, reason, _, _ in self.rows:
            found.setdefault(reason, []).append(row)
        for reason, changed in (*self.changed.items(), ("repaired_geometry", self.repaired)):
            if changed:
                found.setdefault(reason, []).extend(changed)
        return {reason: sorted(found[reason]) for reason in sorted(found)}

    @property
    def reasons(self) -> dict[str, int]:
        """Number of refused, repaired and changed rows by reason."""
        return {reason: len(rows) for reason, rows in self.by_reason.items()}

    @property
    def examples(self) -> dict[str, list[int]]:
        """The first rows of each reason, so that one can look them up in the file."""
        return {reason: rows[:EXAMPLES] for reason, rows in self.by_reason.items()}


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
    examples: dict[str, list[int]]

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
            "examples": self.examples,
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
