"""A result in the place of the stored one: under other weights, or with the findings of a municipality.

The stored result never changes and its rank stands beside every other. What is put in its place is handed to the database
as arrays, so that filters and pages work as they do on the stored result.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from sites.candidates.assessed import assessment_of
from sites.candidates.kept import Kept, key_of
from sites.candidates.runs import Run
from sites.suitability.constraints import unknown_layers
from sites.suitability.findings import Applied, Finding, with_findings
from sites.suitability.reweigh import with_weights
from sites.suitability.score import Assessment
from sites.suitability.sureness import made_sure

#: The stored results, with their own rank a second time.
STORED = "(SELECT q.*, q.rank AS published_rank FROM run_result q)"
_OTHER = """(SELECT q.run_id, q.parcel_id, q.batch_id, q.usable_m2, q.pitches_low, q.pitches_high, q.conditions, q.unknown,
    q.rank AS published_rank, e.verdict, e.so_far, e.score_low, e.score_high, nullif(e.rank, 0) AS rank,
    nullif(e.rank_low, 0) AS rank_low, nullif(e.rank_high, 0) AS rank_high
    FROM run_result q JOIN unnest(%(e_id)s::bigint[], %(e_verdict)s::text[], %(e_so_far)s::text[], %(e_low)s::float8[],
        %(e_high)s::float8[], %(e_rank)s::int[], %(e_best)s::int[], %(e_worst)s::int[])
        AS e(parcel_id, verdict, so_far, score_low, score_high, rank, rank_low, rank_high) ON e.parcel_id = q.parcel_id)"""


@dataclass(frozen=True)
class Instead:
    """What stands in the place of a stored result.

    Attributes
    ----------
    assessment : verdicts, scores and ranks that hold instead.
    tag : tells it from every other one; part of page tokens.
    applied : what each finding did.
    weights : weights that differ from the published ones.
    elsewhere : findings about parcels that are not part of the result.
    """

    assessment: Assessment
    tag: str
    applied: tuple[Applied, ...]
    weights: dict[str, float]
    elsewhere: tuple[Finding, ...] = ()

    @property
    def source(self) -> str:
        """SQL that stands for `run_result`."""
        return _OTHER

    @property
    def values(self) -> dict[str, Any]:
        """Values of that SQL."""
        one = self.assessment
        return {
            "e_id": one.table.parcel_id.tolist(), "e_verdict": one.verdict.tolist(), "e_so_far": one.so_far.tolist(),
            "e_low": one.score_low.tolist(), "e_high": one.score_high.tolist(), "e_rank": one.rank.tolist(),
            "e_best": one.rank_low.tolist(), "e_worst": one.rank_high.tolist(),
        }  # fmt: skip

    @property
    def counts(self) -> dict[str, int]:
        """Parcels by verdict."""
        out: dict[str, int] = {}
        for verdict in self.assessment.verdict.tolist():
            out[verdict] = out.get(verdict, 0) + 1
        return out

    def open_of(self, parcel_id: int) -> tuple[list[str], list[str]]:
        """Conditions and missing layers of one parcel."""
        at = int((self.assessment.table.parcel_id == parcel_id).argmax())
        return self.assessment.open_conditions(at), unknown_layers(
            self.assessment.constraints, at, self.assessment.table
        )


def instead_of(
    connection: psycopg.Connection[Any],
    run: Run,
    *,
    weights: Mapping[str, float] | None = None,
    findings: Sequence[Finding] = (),
) -> Instead | None:
    """What stands in the place of a stored result; None where nothing was asked for.

    Raises
    ------
    UsageError
        When a weight or a finding does not fit the criteria of the result.
    """
    if not weights and not findings:
        return None
    told = [sorted((weights or {}).items()), [one.model_dump(mode="json") for one in findings]]
    tag = hashlib.blake2b(json.dumps(told).encode(), digest_size=6).hexdigest()
    # A thousand draws take a second of a processor, and a list asks for its next page at once.
    return _kept.get(key_of(connection, run.id, tag), lambda: _made(connection, run, weights or {}, findings, tag))


_kept: Kept[Instead] = Kept(8)


def _made(
    connection: psycopg.Connection[Any], run: Run, weights: Mapping[str, float], findings: Sequence[Finding], tag: str
) -> Instead:
    found = assessment_of(connection, run)
    applied: tuple[Applied, ...] = ()
    elsewhere: tuple[Finding, ...] = ()
    if weights:
        found = with_weights(found, weights)
    if findings:
        with_them = with_findings(found, findings)
        found, applied, elsewhere = with_them.assessment, with_them.applied, with_them.elsewhere
    found, _ = made_sure(found, run.seed)
    return Instead(found, tag, applied, dict(weights), elsewhere)
