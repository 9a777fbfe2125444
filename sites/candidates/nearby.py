"""Near misses of a stored result: what stands in the way, and what lies just beyond it.

Counted from the result itself (`sites.suitability.near_misses`) and from what is around: groups of parcels, public sites
that could be extended, and the results of adjoining municipalities. What was not scored is said to be so, never 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg

from geodata.errors import NotFoundError
from geodata.sources.sharing import shared
from sites.candidates.assemblies import count_assemblies
from sites.candidates.assessed import assessment_of
from sites.candidates.basis import basis_of, refuse_owners
from sites.candidates.runs import Run, find_run
from sites.suitability.constraints import unknown_layers
from sites.suitability.near_misses import FEW, NearMisses, Wishes, near_misses
from sites.suitability.score import Assessment
from sites.suitability.states import COMPATIBLE, FAIL, INCOMPATIBLE, NOT_KNOWN

Connection = psycopg.Connection[Any]

#: A parcel so near to the point of a public site may extend it. Our choice: the point of a site is its gate or its middle.
EXTENSION_M = 100.0
#: Borders of municipalities of two regions are drawn apart by up to so much.
_GAP_M = 50.0


@dataclass(frozen=True)
class Adjoining:
    """A municipality beside: compatible candidates that meet the wishes; None = not scored, or not to be told."""

    nis: str
    compatible: int | None


@dataclass(frozen=True)
class Around:
    """Near misses of a run.

    Attributes
    ----------
    own : from the result itself.
    assemblies : groups of parcels that are not ruled out and have the room, whoever owns them; None where no number of
        pitches was asked.
    extensions : CAPAKEYs of parcels near an open public site that nothing rules out but their size; with the site's id.
    adjoining : municipalities beside.
    """

    own: NearMisses
    assemblies: int | None
    extensions: tuple[tuple[str, str], ...]
    adjoining: tuple[Adjoining, ...]

    @property
    def few(self) -> bool:
        """Are there so few compatible candidates that help is wanted?"""
        return self.own.compatible < FEW


def around(connection: Connection, run: Run, wishes: Wishes, *, public: bool = False) -> Around:
    """What would help a municipality in which little is compatible.

    Parameters
    ----------
    public : only published results of other municipalities are told.

    Raises
    ------
    UsageError
        When owners are asked for that may not be told.
    """
    if wishes.owners is not None:
        refuse_owners(basis_of(connection, run, run.as_of))
    found = assessment_of(connection, run)
    missing = [
        unknown_layers(found.constraints, at, found.table) if found.verdict[at] == NOT_KNOWN else []
        for at in range(len(found))
    ]
    groups = None
    if wishes.pitches is not None:
        groups = count_assemblies(connection, run, wishes.pitches, wishes.min_area_m2)
    return Around(
        near_misses(found, wishes, missing),
        groups,
        _extensions(connection, found),
        _adjoining(connection, run, wishes, public),
    )


def _extensions(connection: Connection, found: Assessment) -> tuple[tuple[str, str], ...]:
    """Parcels beside an open public site that only their size rules out, or nothing."""
    rows = connection.execute(
        f"""SELECT p.id, p.capakey, s.site_id FROM parcel p
           JOIN site s ON ST_DWithin(s.geom, p.geom, %s) AND s.status = 'open' AND s.precision IN ('address', 'parcel')
           JOIN dataset d ON d.id = s.dataset_id AND d.current AND {shared("d")}
           WHERE p.id = ANY(%s) ORDER BY p.capakey, s.site_id""".encode(),
        [EXTENSION_M, found.table.parcel_id.tolist()],
    ).fetchall()
    row_of = {int(parcel): at for at, parcel in enumerate(found.table.parcel_id)}
    out: dict[str, str] = {}
    for parcel, key, site in rows:
        at = row_of[parcel]
        failed = [one.constraint.id for one in found.constraints if one.state[at] == FAIL]
        if found.verdict[at] != INCOMPATIBLE or failed == ["usable_area"]:
            out.setdefault(key, site)
    return tuple(out.items())


def _adjoining(connection: Connection, run: Run, wishes: Wishes, public: bool) -> tuple[Adjoining, ...]:
    codes = connection.execute(
        """SELECT DISTINCT n.nis FROM municipality m JOIN dataset d ON d.id = m.dataset_id AND d.current
           JOIN municipality n ON ST_DWithin(n.geom, m.geom, %s) AND n.valid_to IS NULL
           JOIN dataset e ON e.id = n.dataset_id AND e.current
           WHERE m.nis = ANY(%s) AND m.valid_to IS NULL AND NOT n.nis = ANY(%s) ORDER BY 1""",
        [_GAP_M, run.territory, run.territory],
    ).fetchall()
    out = []
    for (nis,) in codes:
        try:
            beside = find_run(connection, territory=[nis], site_type=run.site_type)
        except NotFoundError:
            out.append(Adjoining(nis, None))
            continue
        closed = wishes.owners is not None and not basis_of(connection, beside, run.as_of).told(["ownership"])
        if closed or (public and not beside.published):
            out.append(Adjoining(nis, None))
            continue
        count = connection.execute(
            """SELECT count(*) FROM run_result r JOIN parcel p ON p.id = r.parcel_id
               JOIN measurement m ON m.batch_id = r.batch_id AND m.parcel_id = r.parcel_id
               WHERE r.run_id = %(run)s AND r.verdict = %(good)s AND p.nis = %(nis)s
                 AND (%(pitches)s::int IS NULL OR coalesce(r.pitches_high >= %(pitches)s, true))
                 AND (%(area)s::float8 IS NULL OR p.area_m2 >= %(area)s)
                 AND (%(owners)s::text[] IS NULL OR coalesce(m.owner_class, 'unknown') = ANY(%(owners)s))""",
            {
                "run": beside.id, "good": COMPATIBLE, "nis": nis, "pitches": wishes.pitches, "area": wishes.min_area_m2,
                "owners": None if wishes.owners is None else list(wishes.owners),
            },
        ).fetchone()  # fmt: skip
        out.append(Adjoining(nis, int(count[0]) if count else 0))
    return tuple(out)
