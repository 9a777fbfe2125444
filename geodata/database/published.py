"""Schema `published` and the role that reads nothing else: their names, rights and upkeep in one place.

Contract
- `VIEWS` are the views of the schema; a test holds that there are no others.
- The role may select these views, and nothing else: no table, no function of ours, no write. In the private cluster it
  logs in over the socket. On a database of one's own it is a role without login that the account of
  `STANDPLAATS_DATABASE_URL` takes on; where that account may not create roles, `GRANTS` is for the administrator, and
  until it was run nothing is served from there.
- What the catalogue closes is written down in `meta`, which the views read: without it they hold invented data only.
"""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import sql

from geodata.errors import DatabaseError
from geodata.sources.catalogue import catalogue

Connection = psycopg.Connection[Any]

ROLE = "standplaats_published"
SCHEMA = "published"
VIEWS = ("candidate", "constraint_area", "dataset", "hp_site", "municipality", "parcel", "run", "site", "zone")

#: Rights of the role. Nothing is granted on tables that are made later.
_RIGHTS = (
    f"REVOKE ALL ON SCHEMA {SCHEMA} FROM PUBLIC",
    f"REVOKE ALL ON ALL TABLES IN SCHEMA {SCHEMA} FROM {ROLE}",
    f"GRANT USAGE ON SCHEMA {SCHEMA} TO {ROLE}",
    f"GRANT SELECT ON {', '.join(f'{SCHEMA}.{view}' for view in VIEWS)} TO {ROLE}",
    f"ALTER ROLE {ROLE} SET default_transaction_read_only = on",
)


def grants(account: str) -> str:
    """What an administrator runs on a database whose account may not create roles.

    Parameters
    ----------
    account : the role that `STANDPLAATS_DATABASE_URL` names.
    """
    quoted = '"' + account.replace('"', '""') + '"'
    steps = (f"CREATE ROLE {ROLE} NOLOGIN", f"GRANT {ROLE} TO {quoted}", *_RIGHTS)
    return "".join(f"{one};\n" for one in steps)


def write_down_closed(connection: Connection) -> None:
    """Tell the views which sources the catalogue of this program does not give out; commits nothing."""
    closed = sorted(one.id for one in catalogue().values() if not one.redistributable)
    told = "{" + ",".join(closed) + "}"
    connection.execute(
        """INSERT INTO meta (key, value) VALUES ('closed_sources', %s)
           ON CONFLICT (key) DO UPDATE SET value = excluded.value WHERE meta.value <> excluded.value""",
        [told],
    )


def ensure_role(connection: Connection, *, login: bool) -> None:
    """Make the role where it is missing, and give it its rights; safe when several processes do it at once.

    Parameters
    ----------
    connection : as the owner of the schema, in autocommit.
    login : the role connects by itself (private cluster); else the account of `connection` takes it on.

    Raises
    ------
    DatabaseError
        When the account may not; names the command that prints what an administrator has to run.
    """
    with connection.transaction():
        # Roles belong to the whole server, and its databases prepare themselves at the same time.
        connection.execute("SELECT pg_advisory_xact_lock(hashtext('standplaats roles'))")
        try:
            with connection.transaction():
                _make(connection, login)
        except psycopg.errors.InsufficientPrivilege:
            if not may_read(connection):
                raise DatabaseError(
                    f"The role {ROLE} is missing, and this account may not make it.",
                    "Ask the server's administrator to run what `standplaats db grants` prints.",
                ) from None


def _make(connection: Connection, login: bool) -> None:
    found = connection.execute("SELECT rolcanlogin FROM pg_roles WHERE rolname = %s", [ROLE]).fetchone()
    if found is None:
        connection.execute(f"CREATE ROLE {ROLE} {'LOGIN' if login else 'NOLOGIN'}".encode())
    elif login and not found[0]:
        connection.execute(f"ALTER ROLE {ROLE} LOGIN".encode())
    if not login and not _member(connection):
        connection.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(sql.Identifier(ROLE)))
    for right in _RIGHTS:
        connection.execute(right.encode())


def _member(connection: Connection) -> bool:
    row = connection.execute("SELECT pg_has_role(current_user, %s, 'MEMBER')", [ROLE]).fetchone()
    return bool(row and row[0])


def may_read(connection: Connection) -> bool:
    """Did an administrator give the role its rights already, and may this account take it on?"""
    if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE]).fetchone() is None:
        return False
    row = connection.execute(
        "SELECT bool_and(has_table_privilege(%s, %s || '.' || v, 'SELECT')) FROM unnest(%s::text[]) v",
        [ROLE, SCHEMA, list(VIEWS)],
    ).fetchone()
    return bool(row and row[0]) and _member(connection)
