"""Stored runs that another rule pack would answer otherwise.

Contract: nothing is written. A run keeps the pack it was made with; what is compared is the pack in use with the one
offered, for the run's own region, type of site and day.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from sites.candidates.runs import Run, list_runs
from sites.law.changes import ZoneChange, changed_norms, changed_rules, changed_zones
from sites.law.model import Rule

Connection = psycopg.Connection[Any]
_RULE_ID = re.compile(r"^[a-z-]+\.[a-z]+\.[a-z0-9-]+$")


@dataclass(frozen=True)
class RunChange:
    """A stored run whose answers rest on something that changes.

    Attributes
    ----------
    zones : zoning classes with another answer.
    parcels : parcels of the run that lie, with any share, in one of these classes.
    norms : norms of the region and type of site with other figures.
    constraints : conditions of the set of criteria whose rule changes, as (condition, rule).
    """

    run: Run
    zones: tuple[ZoneChange, ...]
    parcels: int
    norms: tuple[str, ...]
    constraints: tuple[tuple[str, str], ...]

    def as_dict(self) -> dict[str, Any]:
        """The same as the interfaces print it."""
        return {
            "run": self.run.id,
            "territory": self.run.territory,
            "region": self.run.region,
            "site_type": self.run.site_type,
            "as_of": self.run.as_of.isoformat(),
            "rule_pack": self.run.rule_pack,
            "published": self.run.published,
            "zones": [one.as_dict() for one in self.zones],
            "parcels": self.parcels,
            "norms": list(self.norms),
            "constraints": [{"id": name, "rule": rule} for name, rule in self.constraints],
        }


def changed_runs(connection: Connection, old: Sequence[Rule], new: Sequence[Rule]) -> list[RunChange]:
    """Runs whose zoning states, norms or constraints would differ, newest first."""
    found = []
    for run in list_runs(connection):
        zones = changed_zones(old, new, region=run.region, site_type=run.site_type, as_of=run.as_of)
        parcels = _parcels_in(connection, run, [one.zoning_class for one in zones]) if zones else 0
        norms = changed_norms(old, new, region=run.region, site_type=run.site_type, as_of=run.as_of)
        named = [pair for one in run.profile.get("constraints", []) for pair in _named(one["id"], one)]
        differing = set(changed_rules(old, new, [rule for _, rule in named], run.as_of))
        constraints = tuple(dict.fromkeys(pair for pair in named if pair[1] in differing))
        # A class in which no parcel of the run lies changes nothing in it.
        if parcels or norms or constraints:
            found.append(RunChange(run, tuple(zones) if parcels else (), parcels, tuple(norms), constraints))
    return found


def _named(constraint: str, value: Any) -> Iterator[tuple[str, str]]:
    """Rules of the pack that a condition of a set of criteria names."""
    if isinstance(value, dict):
        for key, one in value.items():
            if key in ("rule", "source") and isinstance(one, str) and _RULE_ID.match(one):
                yield constraint, one
            else:
                yield from _named(constraint, one)
    elif isinstance(value, list):
        for one in value:
            yield from _named(constraint, one)


def _parcels_in(connection: Connection, run: Run, classes: list[str]) -> int:
    row = connection.execute(
        """SELECT count(*) FROM run_result r
           JOIN measurement m ON m.batch_id = r.batch_id AND m.parcel_id = r.parcel_id
           WHERE r.run_id = %s AND m.shares -> 'zoning' ?| %s""",
        [run.id, classes],
    ).fetchone()
    return int(row[0]) if row else 0
