"""What a municipality has of what it needs, what is missing, and who has it.

Contract: reads the database and the records; asks nobody. `today` is given, so that an age is the same for all rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import psycopg

from geodata.measure.specs import Region
from geodata.sources.loaded import Loaded, loaded_datasets
from geodata.sources.records import Record, Records
from geodata.sources.wanted import Need, needs

Connection = psycopg.Connection[Any]
State = Literal["loaded", "no_coverage", "failed", "empty_suspicious", "missing", "by_hand"]


@dataclass(frozen=True)
class Standing:
    """One need of one municipality.

    Attributes
    ----------
    state : `no_coverage` = loaded without saying where absence means none; `by_hand` = only the municipality has it.
    datasets : what meets the need here.
    absence : does what they leave out here count as not there? `partly` = only on the parcels that were asked.
    last : the last attempt to fetch one of its sources here, where it failed or is doubted.
    """

    municipality: str
    need: Need
    state: State
    datasets: tuple[Loaded, ...]
    last: Record | None

    @property
    def absence(self) -> Literal["counts", "partly", "unknown"]:
        """Does what is loaded here say what is not there?"""
        if any(self.municipality in one.covered for one in self.datasets):
            return "counts"
        return "partly" if any(one.covers_parts for one in self.datasets) else "unknown"

    @property
    def silent(self) -> bool:
        """Is a measured layer loaded here whose silence means nothing?"""
        told = self.need.layer not in ("municipalities", "parcels", "dem") and not self.need.by_hand
        return self.need.needed and told and self.state == "loaded" and self.absence == "unknown"

    @property
    def missing(self) -> bool:
        """Does a measured layer lack this, although somebody publishes it?"""
        return self.need.needed and self.state not in ("loaded", "by_hand")

    def as_dict(self, today: date) -> dict[str, Any]:
        """The standing as JSON writes it."""
        return {
            "municipality": self.municipality,
            "layer": self.need.layer,
            "one_of": list(self.need.group),
            "needed": self.need.needed,
            "state": self.state,
            "absence": self.absence,
            "datasets": [one.as_dict(today) for one in self.datasets],
            "sources": [one.id for one in self.need.known],
            "who_has_it": self.need.who_has_it(),
            "fetchable": bool(self.need.fetchable),
            "last_attempt": None if self.last is None else _attempt(self.last),
        }


def standing(connection: Connection, records: Records, regions: dict[str, Region]) -> list[Standing]:
    """All needs of municipalities.

    Parameters
    ----------
    regions : NIS code -> its region.
    """
    datasets = loaded_datasets(connection)
    latest = {(one.source, one.scope): one for one in records.all()}
    return [
        _standing(code, need, datasets, list(latest.values()))
        for code, region in regions.items()
        for need in needs(region)
    ]


def _standing(code: str, need: Need, datasets: list[Loaded], records: list[Record]) -> Standing:
    fitting = [one for one in datasets if need.met_by(one.kind, one.source)]
    here = tuple(one for one in fitting if code in (one.codes or ()))
    names = {one.id for one in need.known}
    tried = [one for one in records if one.source in names and _about(one, code)]
    newest = max(tried, key=lambda one: one.at, default=None)
    doubted = newest if newest is not None and newest.status in ("failed", "empty_suspicious") else None
    state: State
    if here:
        state = "loaded"
    elif need.by_hand:
        state = "by_hand"
    elif any(one.codes is None for one in fitting):
        state = "no_coverage"
    elif doubted is not None:
        state = "failed" if doubted.status == "failed" else "empty_suspicious"
    else:
        state = "missing"
    return Standing(code, need, state, here or tuple(one for one in fitting if one.codes is None), doubted)


def _about(record: Record, code: str) -> bool:
    return not record.scope[:1].isdigit() or code in record.scope.split(",")


def _attempt(record: Record) -> dict[str, Any]:
    return {
        "source": record.source,
        "status": record.status,
        "at": record.at.isoformat(),
        "cause": record.cause,
        "reason": record.reason,
        "remedy": record.remedy,
    }
