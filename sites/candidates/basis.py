"""The datasets a run, and one parcel of it, rests on."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import psycopg

from geodata.errors import UsageError
from geodata.sources.sharing import Basis, basis
from sites.candidates.runs import Run

Connection = psycopg.Connection[Any]


def basis_of(
    connection: Connection,
    run: Run,
    today: date,
    *,
    codes: Iterable[str] | None = None,
    parcel: tuple[int, int] | None = None,
    addresses: Iterable[int] = (),
) -> Basis:
    """What a run rests on.

    Parameters
    ----------
    codes : municipalities the answer is about; those of the run if None.
    parcel : the one parcel it is about, and the dataset it is from.
    addresses : datasets of addresses that name its places, which may be newer than the run.
    """
    named = sorted(run.territory if codes is None else codes)
    layers = {layer: list(ids) for layer, ids in run.datasets.items()}
    if parcel is not None:
        layers["parcels"] = [parcel[1]]
    layers["municipalities"] = boundaries_of(connection, named)
    layers["addresses"] = [*layers.get("addresses", ()), *addresses]
    region = "wallonia" if run.region == "german-speaking-community" else run.region
    return basis(connection, layers, today, codes=named, parcel=None if parcel is None else parcel[0], region=region)


def boundaries_of(connection: Connection, codes: Iterable[str]) -> list[int]:
    """Datasets of boundaries that hold these municipalities."""
    rows = connection.execute(
        """SELECT DISTINCT m.dataset_id FROM municipality m JOIN dataset d ON d.id = m.dataset_id AND d.current
           WHERE m.nis = ANY(%s) AND m.valid_to IS NULL ORDER BY 1""",
        [list(codes)],
    ).fetchall()
    return [row[0] for row in rows]


def refuse_owners(found: Basis) -> None:
    """A list of the parcels of one class of owner would tell the class.

    Raises
    ------
    UsageError
        When the classes of owner may not be told.
    """
    if not found.told(["ownership"]):
        raise UsageError(
            "The list of owners may not be passed on, so nothing can be listed by owner.",
            "Leave the owner out, or load the list as one that may be passed on.",
        )


def refuse_zones(found: Basis) -> None:
    """A list of the parcels of one zone would tell the zone.

    Raises
    ------
    UsageError
        When the plan may not be told.
    """
    if not found.told(["zoning"]):
        raise UsageError(
            "The zoning plan may not be passed on, so nothing can be listed by zone.",
            "Leave the zone out; it counts in the verdict all the same.",
        )
