"""Sets of criteria of municipalities, kept version by version: nothing is changed or taken away.

Contract: `add_profile` is one transaction, committed at the end; the others only read. What is stored holds the changes as
they were given and the whole set that resulted, so that an earlier version can be used after the published one moved on.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from geodata.errors import NotFoundError, UsageError
from sites.suitability import Profile, profiles
from sites.suitability.local import LocalProfile, differences, resolve_local

Connection = psycopg.Connection[Any]


@dataclass(frozen=True)
class Stored:
    """One version of a local set; see the table `local_profile` for the meaning of each field."""

    profile_id: str
    version: int
    base: str
    nis: list[str]
    who: str
    why: str
    made_on: date
    created_at: datetime
    body: dict[str, Any]

    @property
    def profile(self) -> Profile:
        """The whole set of criteria."""
        return Profile.model_validate(self.body["profile"])

    def summary(self) -> dict[str, Any]:
        """What a list shows."""
        return {
            "id": self.profile_id,
            "version": self.version,
            "base": self.base,
            "municipalities": self.nis,
            "who": self.who,
            "why": self.why,
            "date": self.made_on.isoformat(),
            "stored": self.created_at.isoformat(timespec="seconds"),
        }


_SELECT = "SELECT profile_id, version, base, nis, who, why, made_on, created_at, body FROM local_profile"


def published(profile_id: str) -> Profile:
    """A published set of criteria.

    Raises
    ------
    NotFoundError
        When there is none of that name.
    """
    for one in profiles():
        if one.id == profile_id:
            return one
    names = ", ".join(one.id for one in profiles())
    raise NotFoundError(f"There is no published set of criteria {profile_id}.", f"Use one of: {names}.")


def add_profile(connection: Connection, local: LocalProfile) -> Stored:
    """Store a local set as a new version of its name.

    Raises
    ------
    NotFoundError
        When its base is not published.
    UsageError
        When its name is that of a published set, belongs to other municipalities, or it says what is stored already.
    RuleError
        When it is milder than its base anywhere; names field and remedy.
    """
    if any(one.id == local.id for one in profiles()):
        raise UsageError(f"{local.id} is a published set of criteria.", "Give the set a name of its own.")
    base = published(local.base)
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(hashtext('local_profile'), hashtext(%s))", [local.id])
        before = list_versions(connection, local.id)
        _fits(local, before)
        version = before[-1].version + 1 if before else 1
        made = resolve_local(base, local, version)
        connection.execute(
            """INSERT INTO local_profile (profile_id, version, base, nis, who, why, made_on, body)
               VALUES (%s, %s, %s, %s, %s, %s, %s, %s)""",
            [
                local.id, version, made.base, sorted(set(local.nis)), local.who, local.why, local.date,
                Jsonb({"local": local.model_dump(mode="json"), "profile": made.model_dump(mode="json")}),
            ],
        )  # fmt: skip
    connection.commit()
    return find_profile(connection, local.id, version)


def _fits(local: LocalProfile, before: list[Stored]) -> None:
    if not before:
        return
    last = before[-1]
    if sorted(set(local.nis)) != last.nis:
        raise UsageError(
            f"{local.id} is the set of {', '.join(last.nis)}.", "Give the set of other municipalities another name."
        )
    if local.model_dump(mode="json") == last.body["local"]:
        raise UsageError(
            f"{local.id} version {last.version} says the same.", "Change something, with who, why and when."
        )


def list_versions(connection: Connection, profile_id: str | None = None) -> list[Stored]:
    """All versions, by name and number; of one set if named."""
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(
            f"{_SELECT} WHERE %(id)s::text IS NULL OR profile_id = %(id)s ORDER BY profile_id, version",
            {"id": profile_id},
        ).fetchall()
    return [Stored(**row) for row in rows]


def find_profile(connection: Connection, profile_id: str, version: int | None = None) -> Stored:
    """A version of a local set; the newest if none is named.

    Raises
    ------
    NotFoundError
        When there is none.
    """
    found = [one for one in list_versions(connection, profile_id) if version in (None, one.version)]
    if not found:
        named = profile_id if version is None else f"{profile_id} version {version}"
        raise NotFoundError(f"There is no local set of criteria {named}.", "List them: standplaats profiles list.")
    return found[-1]


def profile_for(connection: Connection, profile_id: str, version: int | None = None) -> Profile:
    """A published or local set by its name: what a result is made with.

    Raises
    ------
    NotFoundError
        When there is none.
    """
    known = next((one for one in profiles() if one.id == profile_id), None)
    return known if known is not None else find_profile(connection, profile_id, version).profile


def changes_of(stored: Stored) -> list[dict[str, Any]]:
    """What differs from the published set of today: place, before, after."""
    return differences(published(stored.base.rpartition(" ")[0]), stored.profile)
