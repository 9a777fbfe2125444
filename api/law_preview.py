"""What another rule pack would change here: in the rules, in stored runs and in stored subsidy files.

Contract: looks only; a database that does not exist yet is not made, and one that does not answer is named as not
looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg

from geodata.database.cluster import Cluster
from geodata.database.engine import connect
from geodata.errors import StandplaatsError
from geodata.settings import Settings
from sites.candidates.law_changes import changed_runs
from sites.law.changes import AssessmentChange, changed_assessments, rule_changes
from sites.law.loader import LoadedPack, pack_version, rules
from sites.law.model import Rule
from sites.law.subsidies.money import Euros
from sites.subsidy_files import stored_projects


def preview(settings: Settings, offered: LoadedPack) -> dict[str, Any]:
    """Changes a pack would make against the pack in use."""
    old, new = rules(), offered.rules
    changes = rule_changes(old, new)
    counts = {what: sum(one.what == what for one in changes) for what in ("new", "changed", "ended", "removed")}
    answers: dict[str, Any] = {"runs": [], "files": [], "looked_at": [], "not_looked_at": []}
    if changes:
        for one in databases(settings):
            name = "demo" if one.demo else "real"
            try:
                with connect(one) as connection:
                    found = _answers(connection, old, new, name)
            except (StandplaatsError, psycopg.Error) as error:
                reason = error.message if isinstance(error, StandplaatsError) else "no answer"
                answers["not_looked_at"].append({"database": name, "reason": reason})
                continue
            answers["looked_at"].append(name)
            for key, items in found.items():
                answers[key] += items
    return {
        "in_use": pack_version(),
        "offered": offered.version,
        "older": _number(offered.version) < _number(pack_version()),
        "counts": counts,
        "rules": [one.as_dict() for one in changes],
        "drafts": [rule.id for rule in offered.drafts],
        "answers": answers,
    }


def databases(settings: Settings) -> list[Settings]:
    """Databases of this installation that exist, real one first; a given address counts as it is given."""
    if settings.database_url is not None:
        return [settings]
    cluster = Cluster(settings.home)
    if not (cluster.data / "PG_VERSION").is_file():
        return []
    both = [settings.model_copy(update={"demo": demo}) for demo in (False, True)]
    try:
        cluster.ensure_running()
        with psycopg.connect(cluster.conninfo("postgres")) as connection:
            names = {row[0] for row in connection.execute("SELECT datname FROM pg_database")}
    except (StandplaatsError, psycopg.Error):
        return both
    return [one for one in both if one.database in names]


def _answers(
    connection: psycopg.Connection[Any], old: Sequence[Rule], new: Sequence[Rule], name: str
) -> dict[str, list[dict[str, Any]]]:
    runs = [{"database": name, **one.as_dict()} for one in changed_runs(connection, old, new)]
    stored = stored_projects(connection)
    changed = changed_assessments(old, new, [(project, as_of) for _, project, as_of in stored])
    files = [{"database": name, "file": stored[one.index][0], **_file(one)} for one in changed]
    return {"runs": runs, "files": files}


def _file(change: AssessmentChange) -> dict[str, Any]:
    def side(which: str) -> dict[str, Any] | None:
        found = getattr(change, which)
        if found is None:
            return None
        total: Euros = found.total
        return {"verdict": found.verdict, "total": total.as_dict(), "regimes": [one.rule.id for one in found.regimes]}

    return {"as_of": change.as_of.isoformat(), "what": list(change.what), "old": side("old"), "new": side("new")}


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.partition("+")[0].split("."))
