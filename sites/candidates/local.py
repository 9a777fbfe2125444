"""Findings of a municipality against a stored result: what each of them does, and the list that holds with them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg

from geodata.errors import NotFoundError
from sites.candidates.assessed import assessment_of
from sites.candidates.runs import Run, find_run
from sites.suitability.findings import Finding, with_findings

Connection = psycopg.Connection[Any]


def check_findings(
    connection: Connection, findings: Sequence[Finding], *, run_id: str | None = None, site_type: str = "residential"
) -> list[dict[str, Any]]:
    """What each finding does, in the order they were entered.

    Parameters
    ----------
    run_id : result to check against; None = the current one of each municipality.

    Returns
    -------
    Per finding: capakey, kind, about, state, measured, effect, and verdict before and after all findings together; effect
    and verdicts are None where the parcel is not part of the result.

    Raises
    ------
    NotFoundError
        When there is no such result, or none of a parcel's municipality.
    """
    out: list[dict[str, Any] | None] = [None] * len(findings)
    for run, places in _runs(connection, findings, run_id, site_type):
        before = assessment_of(connection, run)
        found = with_findings(before, [findings[at] for at in places])
        done = {id(one.finding): one for one in found.applied}
        for at in places:
            one, applied = findings[at], done.get(id(findings[at]))
            told: dict[str, Any] = {
                "capakey": one.capakey, "kind": one.kind, "about": one.about, "state": one.state, "measured": None,
                "effect": None, "before": None, "before_so_far": None, "after": None, "after_so_far": None,
                "run": run.id,
            }  # fmt: skip
            if applied is not None:
                row, after = applied.index, found.assessment
                told |= {
                    "measured": applied.measured, "effect": applied.effect,
                    "before": str(before.verdict[row]), "before_so_far": str(before.so_far[row]),
                    "after": str(after.verdict[row]), "after_so_far": str(after.so_far[row]),
                }  # fmt: skip
            out[at] = told
    return [one for one in out if one is not None]


def _runs(
    connection: Connection, findings: Sequence[Finding], run_id: str | None, site_type: str
) -> list[tuple[Run, list[int]]]:
    """Results with the places of the findings that belong to each."""
    if run_id is not None:
        return [(find_run(connection, run_id=run_id), list(range(len(findings))))]
    keys = [one.capakey for one in findings]
    rows = connection.execute(
        """SELECT p.capakey, p.nis FROM parcel p JOIN dataset d ON d.id = p.dataset_id AND d.current
           WHERE p.capakey = ANY(%s) AND p.nis IS NOT NULL""",
        [keys],
    ).fetchall()
    nis_of = dict(rows)
    missing = next((key for key in keys if key not in nis_of), None)
    if missing is not None:
        raise NotFoundError(
            f"Parcel {missing} is not loaded.", "Check the key, or load the parcels of its municipality."
        )
    places: dict[str, list[int]] = {}
    for at, key in enumerate(keys):
        places.setdefault(nis_of[key], []).append(at)
    return [
        (find_run(connection, territory=[nis], site_type=site_type), several) for nis, several in places.items()
    ]  # fmt: skip
