"""What is loaded of each source and for which municipalities: the datasets that count, with their age.

Contract: `loaded_datasets` reads only. A dataset is loaded for a municipality when it was asked for it or declares to
cover it; boundaries are when they hold its code. Only what it covers counts by absence. Ages are told against the day given; nothing here asks for today.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from functools import cache
from typing import Any

import psycopg
from psycopg.rows import class_row

from geodata.sources.catalogue import catalogue

Connection = psycopg.Connection[Any]

#: First word of a cadence that is found -> days after which a source is stale: a few rounds of its own, our choice.
_STALE_AFTER = (
    (r"\b(hourly|daily|day)\b", 14),
    (r"\b(weekly|week)\b", 35),
    (r"\b(monthly|month)\b", 92),
    (r"\b(quarterly|quarter)\b", 200),
    (r"\b(half-yearly|twice a year)\b", 280),
    (r"\b(yearly|annual|annually|year|1 january)\b", 430),
)


@dataclass(frozen=True)
class Loaded:
    """A dataset that counts.

    Attributes
    ----------
    codes : municipalities it was asked for or declares to cover, or whose boundaries it holds; None = nothing was said.
    covered : municipalities it covers whole: what it leaves out there is not there.
    covers_parts : it covers an area that is no whole municipality.
    fetched : when its file was fetched.
    checked : when the source was last asked and had nothing new; None where it never was since.
    """

    id: int
    kind: str
    source: str
    version: int
    title: dict[str, str]
    rows: int
    source_date: dt.date | None
    fetched: dt.datetime
    checked: dt.datetime | None
    codes: list[str] | None
    covered: list[str]
    covers_parts: bool
    file_name: str

    @property
    def date(self) -> dt.date:
        """Date of the data: stated by the source, else the day it was fetched, as the clock here shows it."""
        return self.source_date or self.fetched.astimezone().date()

    def age_days(self, today: dt.date) -> int:
        """Days since the source was last asked."""
        return max((today - (self.checked or self.fetched).astimezone().date()).days, 0)

    def stale(self, today: dt.date) -> bool | None:
        """Has the source had time to change more than once since? None where its cadence is not known."""
        source = catalogue().get(self.source)
        limit = stale_after(source.cadence if source else None)
        return None if limit is None else self.age_days(today) > limit

    @property
    def absence_counts(self) -> bool:
        """Does what it leaves out count as not there, wherever it was asked for?"""
        return bool(self.codes) and set(self.codes or ()) <= set(self.covered)

    def as_dict(self, today: dt.date) -> dict[str, Any]:
        """The dataset as JSON writes it."""
        return {
            "dataset": self.id,
            "kind": self.kind,
            "source": self.source,
            "version": self.version,
            "rows": self.rows,
            "date": self.date.isoformat(),
            "source_date": self.source_date.isoformat() if self.source_date else None,
            "fetched": self.fetched.isoformat(),
            "checked": self.checked.isoformat() if self.checked else None,
            "age_days": self.age_days(today),
            "stale": self.stale(today),
            "municipalities": self.codes,
            "absence_counts": self.absence_counts,
        }


@cache
def stale_after(cadence: str | None) -> int | None:
    """Days after which a source of this cadence is stale; None where the cadence says nothing."""
    found = [days for pattern, days in _STALE_AFTER if re.search(pattern, (cadence or "").lower())]
    return min(found, default=None)


def loaded_datasets(connection: Connection) -> list[Loaded]:
    """All datasets that count, in the order they were loaded."""
    with connection.cursor(row_factory=class_row(Loaded)) as cursor:
        return cursor.execute(
            """SELECT d.id, d.kind, d.source, d.version, d.title, d.rows_loaded AS rows, d.source_date, d.fetched,
                      (d.attributes ->> 'checked')::timestamptz AS checked, d.file_name,
                      CASE WHEN d.kind = 'municipalities'
                           THEN (SELECT array_agg(DISTINCT m.nis::text ORDER BY m.nis::text) FROM municipality m
                                 WHERE m.dataset_id = d.id AND m.valid_to IS NULL AND NOT d.generalised)
                           ELSE coalesce(CASE WHEN d.attributes ? 'asked' THEN
                               ARRAY(SELECT jsonb_array_elements_text(d.attributes -> 'asked')) END,
                               d.coverage_nis) END AS codes,
                      coalesce(d.coverage_nis, '{}') AS covered,
                      d.coverage IS NOT NULL AND d.coverage_nis IS NULL AS covers_parts
               FROM dataset d WHERE d.current ORDER BY d.id"""
        ).fetchall()


def mark_asked(connection: Connection, dataset: int, codes: tuple[str, ...]) -> None:
    """Note for which municipalities a dataset was asked, whatever it covers of them; committed."""
    connection.execute(
        "UPDATE dataset SET attributes = attributes || jsonb_build_object('asked', %s::text[]) WHERE id = %s",
        [list(codes), dataset],
    )
    connection.commit()


def mark_checked(connection: Connection, dataset: int, at: dt.datetime) -> None:
    """Note that a source was asked and has nothing new; committed.

    The date of the file stays: law of a day before it may not be read from a later file.
    """
    connection.execute(
        "UPDATE dataset SET attributes = attributes || jsonb_build_object('checked', %s::text) WHERE id = %s",
        [at.isoformat(), dataset],
    )
    connection.commit()
