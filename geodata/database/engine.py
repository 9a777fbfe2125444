"""Connections to the selected database: private cluster or given address, made and migrated when needed.

Demo and real data never share a database: each carries a marker, and a connection to the wrong one is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import psycopg
import sqlalchemy
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from geodata.database.cluster import Cluster
from geodata.database.roles import ensure
from geodata.errors import ClusterError, DatabaseError
from geodata.settings import Settings

MIGRATIONS = Path(__file__).parent / "migrations"
_T = TypeVar("_T")

#: Databases this process has found ready, so that a second connection asks nothing.
_ready: set[str] = set()


def conninfo(settings: Settings) -> str:
    """libpq connection string of the selected database, which exists and carries the newest schema afterwards.

    Raises
    ------
    ClusterError
        When the private cluster cannot be started.
    DatabaseError
        When a given database cannot be reached, has no PostGIS, or holds the other territory.
    """
    target = _address(settings)
    if target not in _ready or settings.database_url is None:
        if settings.database_url is None:
            Cluster(settings.home).ensure_running()
        if target not in _ready:
            _prepare(target, "demo" if settings.demo else "real")
            _ready.add(target)
    return target


def _address(settings: Settings) -> str:
    if settings.database_url is None:
        return Cluster(settings.home).conninfo(settings.database)
    try:
        given = conninfo_to_dict(settings.database_url)
    except psycopg.ProgrammingError:
        raise DatabaseError(
            "STANDPLAATS_DATABASE_URL is no database address.",
            "Write it as postgresql://user@host:5432/name.",
        ) from None
    name = str(given.get("dbname") or given.get("user") or "standplaats")
    if settings.demo:
        name += "_demo"
    return make_conninfo(settings.database_url, dbname=name, application_name="standplaats")


def _reachable(work: Callable[[], _T], target: str) -> _T:
    """Run `work`, turning a refused connection into a sentence without its password."""
    try:
        return work()
    except psycopg.OperationalError as error:
        parts = conninfo_to_dict(target)
        where = f"{parts.get('dbname')} on {parts.get('host') or 'this machine'}"
        reason = str(error).strip().splitlines()[-1] if str(error).strip() else "no answer"
        password = parts.get("password")
        if password:
            reason = reason.replace(str(password), "***")
        raise DatabaseError(
            f"The database {where} cannot be reached: {reason}", "Check STANDPLAATS_DATABASE_URL and the server."
        ) from None


def failure(error: psycopg.Error) -> DatabaseError:
    """What a database that fails in the middle means to the one who asked; nothing of the open step was kept."""
    if isinstance(error, psycopg.errors.DiskFull):
        return DatabaseError(
            "The disk of the database is full; nothing of this step was kept.",
            "Make room, or set STANDPLAATS_HOME to a larger disk, and run the command again.",
        )
    if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        return DatabaseError("The database stopped answering; nothing of this step was kept.", "Run the command again.")
    told = error.diag.message_primary or "no reason given"
    return DatabaseError(f"The database refused a step ({told}); nothing of it was kept.", "Report this.")


def _prepare(target: str, territory: str) -> None:
    """Create, extend, mark and migrate the database; safe when several processes do it at once."""
    _create_if_missing(target)
    with _reachable(lambda: psycopg.connect(target, autocommit=True), target) as connection:
        connection.execute("SELECT pg_advisory_lock(hashtext('standplaats schema'))")
        _ensure_postgis(connection)
        _check_marker(connection, territory)
        migrate(target)
        connection.execute("INSERT INTO meta (key, value) VALUES ('territory', %s) ON CONFLICT DO NOTHING", [territory])
        ensure(connection, own_revision())
        connection.execute("SELECT pg_advisory_unlock(hashtext('standplaats schema'))")


def _create_if_missing(target: str) -> None:
    try:
        psycopg.connect(target).close()
        return
    except psycopg.OperationalError as error:
        if "does not exist" not in str(error):
            return
    name = str(conninfo_to_dict(target)["dbname"])
    server = make_conninfo(target, dbname="postgres")
    with _reachable(lambda: psycopg.connect(server, autocommit=True), target) as connection:
        try:
            connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
        except (psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
            return
        except psycopg.errors.InsufficientPrivilege:
            raise DatabaseError(
                f"The database {name} does not exist, and this role may not create it.",
                f"Ask the server's administrator to create {name} with the extension postgis.",
            ) from None


def _ensure_postgis(connection: psycopg.Connection[Any]) -> None:
    try:
        connection.execute("SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS postgis")
    except psycopg.Error:
        raise DatabaseError(
            "This database has no PostGIS, and this role may not add it.",
            "Ask the server's administrator for: CREATE EXTENSION postgis.",
        ) from None


def _check_marker(connection: psycopg.Connection[Any], territory: str) -> None:
    """Refuse a database that holds the other territory, or tables of another program."""
    exists = connection.execute("SELECT to_regclass('public.meta')").fetchone()
    if exists is None or exists[0] is None:
        foreign = connection.execute(
            """SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
               WHERE n.nspname = 'public' AND c.relkind = 'r' AND c.relname <> 'spatial_ref_sys'"""
        ).fetchone()
        if foreign and foreign[0]:
            raise DatabaseError(
                "This database already holds tables of another program.", "Give Standplaats a database of its own."
            )
        return
    row = connection.execute("SELECT value FROM meta WHERE key = 'territory'").fetchone()
    if row is not None and row[0] != territory:
        raise DatabaseError(
            f"This database holds {row[0]} data, and {territory} data was asked for; they never meet.",
            "Use --demo for the demo database only, and another database for real data.",
        )


def migrate(target: str, revision: str = "head") -> None:
    """Bring a database to a revision of the schema, up or down.

    Raises
    ------
    DatabaseError
        When its schema is newer than this program.
    """
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    engine = sqlalchemy.create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(target))
    try:
        with engine.begin() as connection:
            current = MigrationContext.configure(connection).get_current_revision()
            if current is not None and current not in known:
                raise DatabaseError(
                    f"The database has schema {current}, which is newer than this program.", "Update Standplaats."
                )
            config.attributes["connection"] = connection
            # Revisions are numbered, so that their names sort.
            if current is not None and (revision == "base" or revision < current):
                command.downgrade(config, revision)
            elif revision != "base":
                command.upgrade(config, revision)
    finally:
        engine.dispose()


@cache
def own_revision() -> str:
    """Schema revision of this program."""
    return str(ScriptDirectory(str(MIGRATIONS)).get_current_head())


def check_revision(found: str | None) -> None:
    """Refuse a schema that is not this program's.

    Raises
    ------
    DatabaseError
        Says which of the two is older.
    """
    own = own_revision()
    if found == own:
        return
    # Revisions are numbered, so that their names sort.
    newer = found is not None and found > own
    raise DatabaseError(
        f"The database has schema {found or 'none'}, and this program has {own}.",
        "Update Standplaats." if newer else "Run: standplaats db migrate.",
    )


def revision(target: str) -> str | None:
    """Schema revision of a database, None before the first."""
    engine = sqlalchemy.create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(target))
    try:
        with engine.connect() as connection:
            found: str | None = MigrationContext.configure(connection).get_current_revision()
            return found
    finally:
        engine.dispose()


def connect(settings: Settings) -> psycopg.Connection[Any]:
    """A connection to the selected database; closed and rolled back by `with`, committed by the caller."""
    target = conninfo(settings)
    return _reachable(lambda: psycopg.connect(target, autocommit=False), target)


@contextmanager
def look(settings: Settings) -> Iterator[psycopg.Connection[Any]]:
    """A connection that only reads, to a database as it is: nothing is started, made or migrated.

    Raises
    ------
    ClusterError
        When the private cluster does not run.
    DatabaseError
        When the database does not answer.
    """
    if settings.database_url is None and not Cluster(settings.home).status().running:
        raise ClusterError("The private database does not run.", "Run: standplaats db start.")
    target = _address(settings)
    options = {"connect_timeout": "10", "options": "-c default_transaction_read_only=on"}
    opened = _reachable(lambda: psycopg.connect(make_conninfo(target, **options)), target)
    with opened as connection:
        yield connection
        connection.rollback()


def sqlalchemy_engine(settings: Settings) -> sqlalchemy.Engine:
    """SQLAlchemy engine of the selected database, for readers that want one (geopandas, notebooks)."""
    target = conninfo(settings)
    return sqlalchemy.create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(target))
