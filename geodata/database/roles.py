"""Roles of the database: the owner writes, the service reads as a role that cannot write.

`roles.sql` holds both and their grants; the role of the OGC interface, which knows one schema only, is `published`'s. A server that refuses to make roles is no obstacle: the service then reads in
read-only transactions, and `standplaats doctor` and `/readyz` say so. Roles keep mistakes of the program from writing; whoever
can run SQL of their own may take the owner's role back, so a login that is a member of the reading role alone is safer still.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Literal

import psycopg

READER = "standplaats_read"
#: How the service is kept from writing.
Guard = Literal["role", "read-only transactions"]

_SCRIPT = Path(__file__).with_name("roles.sql")
#: Takes the reading role where this login may have it and it may read; no row elsewhere.
TAKE_READER = """SELECT set_config('role', rolname, false) FROM pg_roles
    WHERE rolname = %s AND pg_has_role(rolname, 'MEMBER') AND has_table_privilege(rolname, 'alembic_version', 'SELECT')"""
#: For an administrator, where the owner may not make roles; `{owner}` is the role of the database's address.
REMEDY = "CREATE ROLE standplaats_read NOLOGIN; GRANT standplaats_read TO {owner};"


def ensure(connection: psycopg.Connection[Any], revision: str) -> bool:
    """Make the roles and their grants as `roles.sql` says, unless that was done for this schema; False when refused.

    Parameters
    ----------
    connection : of the owner, in autocommit.
    revision : schema revision, after which new grants may be due.
    """
    script = _SCRIPT.read_text(encoding="utf-8")
    done = f"{revision} {hashlib.sha256(script.encode()).hexdigest()[:16]}"
    row = connection.execute("SELECT value FROM meta WHERE key = 'roles'").fetchone()
    if row is not None and row[0] == done and _can_take(connection):
        return True
    try:
        with connection.transaction():
            connection.execute(script.encode())
            connection.execute(
                "INSERT INTO meta (key, value) VALUES ('roles', %s) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                [done],
            )
    except psycopg.errors.InsufficientPrivilege:
        return False
    return True


def guard_of(current_role: str) -> Guard:
    """How a connection of the service with this current role is kept from writing."""
    return "role" if current_role == READER else "read-only transactions"


def _can_take(connection: psycopg.Connection[Any]) -> bool:
    """Is the role there? A server restored from a dump of one database has none of its roles."""
    found = connection.execute(
        "SELECT 1 FROM pg_roles WHERE rolname = %s AND pg_has_role(rolname, 'MEMBER')", [READER]
    ).fetchone()
    return found is not None
