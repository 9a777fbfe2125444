"""How sure the ranks of a stored result are, and the weights under which a candidate would be first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import psycopg

from geodata.errors import NotFoundError, UsageError
from sites.candidates.assessed import assessment_of
from sites.candidates.runs import Run
from sites.suitability.alternatives import Winning, winning_weights
from sites.suitability.robustness import DRAWS, keys_of, smaa_nationwide
from sites.suitability.sureness import other_rankings, tiers, top_of, values_of

Connection = psycopg.Connection[Any]


@dataclass(frozen=True)
class SureRow:
    """One candidate.

    Attributes
    ----------
    rank_low, rank_high : 0 where no interval was made.
    first, top : share of the draws on rank 1, and among the first `Sure.top_of`.
    among : share of the draws among the first so many asked for; None where none was asked for.
    moves : other way of ranking -> rank there less the rank here; only of compatible candidates.
    """

    capakey: str
    rank: int
    rank_low: int
    rank_high: int
    first: float
    top: float
    among: float | None
    moves: dict[str, int]


@dataclass(frozen=True)
class Sure:
    """A result.

    Attributes
    ----------
    rows : candidates in the order of their rank.
    agreement : other way of ranking -> Kendall's tau with the published one, compatible candidates only.
    draws, of : how many draws, and how many places `among` is about.
    top_of : how many places `top` is about.
    """

    rows: tuple[SureRow, ...]
    agreement: dict[str, float]
    draws: int
    of: int | None
    top_of: int


def sure_of(connection: Connection, run: Run, *, limit: int = 20, of: int | None = None) -> Sure:
    """How sure the first ranks are.

    Parameters
    ----------
    limit : candidates listed.
    of : also the share of the draws in which each is among the first so many.

    Raises
    ------
    UsageError
        When a number is out of range.
    """
    if not 1 <= limit <= 500:
        raise UsageError(f"A list holds 1 to 500 candidates, not {limit}.")
    if of is not None and not 1 <= of <= 100_000:
        raise UsageError(f"{of} is no number of places.", "Give a number from 1 to 100000.")
    found = assessment_of(connection, run)
    first, top = _stored(connection, run, found.table.parcel_id)
    ranked = np.flatnonzero(found.rank > 0)
    order = ranked[np.argsort(found.rank[ranked])][:limit]
    among = np.full(len(found), np.nan)
    if of is not None and len(ranked):
        low, high, weights = values_of(found)
        among[ranked] = smaa_nationwide(
            low[ranked], high[ranked], weights, keys=keys_of(found.table.capakey[ranked]), tier=tiers(found)[ranked],
            of=of, seed=run.seed,
        ).top  # fmt: skip
    checks, rows = other_rankings(found)
    place = {int(row): at for at, row in enumerate(rows)}
    return Sure(
        tuple(
            SureRow(
                str(found.table.capakey[row]), int(found.rank[row]), int(found.rank_low[row]), int(found.rank_high[row]),
                float(first[row]), float(top[row]), None if of is None else float(among[row]),
                {one.name: int(one.moves[place[row]]) for one in checks} if row in place else {},
            )
            for row in order.tolist()
        ),
        {one.name: one.agreement for one in checks},
        DRAWS,
        of,
        top_of(len(ranked)),
    )  # fmt: skip


def _stored(connection: Connection, run: Run, parcels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Shares of the draws as the result holds them, in the order of the parcels; NaN where nothing was drawn."""
    rows = connection.execute(
        "SELECT parcel_id, first_share, top_share FROM run_result WHERE run_id = %s AND first_share IS NOT NULL",
        [run.id],
    ).fetchall()
    told = {parcel: (first, top) for parcel, first, top in rows}
    pairs = np.array([told.get(parcel, (np.nan, np.nan)) for parcel in parcels.tolist()], dtype=float).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]


@dataclass(frozen=True)
class Wins:
    """The weights nearest to the published ones under which a candidate is first of its verdict group; None = none are.

    Values that are not known are taken at their middle, so that None says nothing of their ends.
    """

    capakey: str
    rank: int
    published: dict[str, float]
    found: Winning | None
    weights: dict[str, float] | None


def wins(connection: Connection, run: Run, capakey: str) -> Wins:
    """When a candidate would be first.

    Raises
    ------
    NotFoundError
        When the parcel is not part of the result.
    UsageError
        When it is ruled out: no weights lift a constraint that fails.
    """
    found = assessment_of(connection, run)
    at = np.flatnonzero(found.table.capakey == capakey)
    if not len(at):
        raise NotFoundError(f"Parcel {capakey} is not part of this result.", "Check the key.")
    row = int(at[0])
    if found.rank[row] <= 0:
        raise UsageError(f"Parcel {capakey} is ruled out: no weights change that.", "Ask why: standplaats explain.")
    rivals = np.flatnonzero(tiers(found) == tiers(found)[row])
    low, high, weights = values_of(found)
    best = winning_weights(low, high, weights, row, rivals)
    names = [one.criterion.id for one in found.criteria]
    return Wins(
        capakey, int(found.rank[row]), dict(zip(names, weights.tolist(), strict=True)), best,
        None if best is None else dict(zip(names, best.weights.tolist(), strict=True)),
    )  # fmt: skip


__all__ = ["Sure", "SureRow", "Wins", "sure_of", "wins"]
