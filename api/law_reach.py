"""What a draft call would reach in the selected database, as a document."""

from __future__ import annotations

from typing import Any

import psycopg

from geodata.settings import Language
from sites.candidates.reach import reach_of, sites_meeting
from sites.inventory import Wanted, all_sites
from sites.law.scenario import draft_call, projects_paid
from sites.law.subsidies.money import text
from sites.law.subsidies.rule import SubsidyRule


def reach_view(connection: psycopg.Connection[Any] | None, rule: SubsidyRule, language: Language) -> dict[str, Any]:
    """Candidates, municipalities and existing sites that meet a draft, and how many projects its envelope pays.

    Parameters
    ----------
    connection : on the selected database; None = there is none, and what it would tell is null.
    rule : draft, as read by `sites.law.scenario.read_drafts`.

    Returns
    -------
    Null under `candidates`, `municipalities` and `road` where nothing is scored, under `sites` where none is known;
    `unknown` names what nobody can tell. Areas in m², money as decimal strings.
    """
    call = draft_call(rule)
    reach = reach_of(connection, call) if connection is not None else None
    wanted = Wanted(regions=[str(rule.region)], types=[call.site_type], statuses=["open"])
    listed = all_sites(connection, wanted)
    paid = projects_paid(call)
    scored = reach is not None and bool(reach.runs)
    unknown = [name for name, here in (("runs", scored), ("sites", bool(listed))) if not here]
    values = rule.values
    return {
        "rule": rule.id,
        "title": rule.title[language],
        "status": rule.status,
        "region": rule.region,
        "site_type": call.site_type,
        "asked": {
            "caravans": call.min_caravans,
            "area_m2": call.min_area_m2,
            "road_access": call.road_access,
            "all_year": call.all_year,
        },
        "pays": {
            "rates": {name: None if rate is None else float(rate) for name, rate in values.rates.items()},
            "caps": None if values.caps is None else [
                {"kind": cap.kind, "cost_types": cap.cost_types, "amount": text(cap.amount)} for cap in values.caps
            ],
            "envelope": text(values.envelope),
        },
        "runs": [
            {
                "municipality": run["nis"],
                "run": run["id"],
                "as_of": run["as_of"].isoformat(),
                "data_date": run["data_date"].isoformat(),
                "rule_pack": run["rule_pack"],
            }
            for run in (reach.runs if reach is not None else ())
        ],
        "candidates": reach.candidates(call.road_access) if reach is not None and scored else None,
        "municipalities": reach.municipalities(call.road_access) if reach is not None and scored else None,
        "road": reach.road if reach is not None and scored else None,
        "sites": sites_meeting(call, listed) if listed else None,
        "projects": {"low": paid.low, "high": paid.high, "missing": list(paid.missing)},
        "unknown": [*unknown, *paid.missing],
    }  # fmt: skip
