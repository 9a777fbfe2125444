"""What `standplaats doctor` looks at: is this installation fit to serve? It reads, and changes and starts nothing.

`examine` gives findings in a fixed order, each `ok`, `warning` or `failed`, with a sentence and, where there is something to
do, a remedy. Without a database that answers, what needs one is left out: the first finding says why.
"""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import psycopg
from babel.numbers import format_decimal

from api.app import STATIC
from api.i18n import Translator
from api.told import tell
from geodata.database import published, roles
from geodata.database.engine import check_revision, look
from geodata.errors import StandplaatsError
from geodata.settings import Settings
from geodata.sources.loaded import loaded_datasets

State = Literal["ok", "warning", "failed"]
#: Bytes free below which nothing more can be loaded, and below which somebody should look: our choice.
LITTLE_SPACE, SOME_SPACE = 2**30, 5 * 2**30
#: Connections that commands, timers and an administrator need beside the service: our choice.
BESIDE = 5
#: Seconds between the clocks of the database and of this machine: our choice.
CLOCKS_APART = 60.0
#: The oldest versions with which the program was tried.
TRIED_POSTGRESQL, TRIED_POSTGIS = 15, (3, 3)


@dataclass(frozen=True)
class Finding:
    """One thing looked at; `facts` are its figures, for programs."""

    id: str
    state: State
    text: str
    remedy: str | None = None
    facts: dict[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """The finding as JSON writes it."""
        return asdict(self)


def examine(settings: Settings, translate: Translator, *, now: dt.datetime) -> list[Finding]:
    """All findings about an installation.

    Parameters
    ----------
    settings : which database, how many workers with how many connections, where data is kept.
    now : the time by the clock of this machine, with its zone.
    """
    found = [*_here(settings, translate)]
    try:
        with look(settings) as connection:
            return [*_database(settings, connection, translate, now), *found]
    except StandplaatsError as error:
        remedy = tell(translate, error.remedy) if error.remedy else None
        return [Finding("database", "failed", tell(translate, error.message), remedy), *found]


def _here(settings: Settings, translate: Translator) -> Iterator[Finding]:
    """What is seen without a database."""
    free = shutil.disk_usage(next(one for one in (settings.home, *settings.home.parents) if one.exists())).free
    size = format_decimal(free / 2**30, "#,##0.0", translate.language)
    text = translate("{size} GiB are free where data is kept ({folder}).").format(size=size, folder=settings.home)
    state: State = "failed" if free < LITTLE_SPACE else "warning" if free < SOME_SPACE else "ok"
    remedy = None if state == "ok" else translate("Make room, or set STANDPLAATS_HOME to a larger disk.")
    yield Finding("disk", state, text, remedy, {"free_bytes": free})
    yield _page(STATIC, translate)


def _page(folder: Path, translate: Translator) -> Finding:
    if (folder / "index.html").is_file():
        return Finding("page", "ok", translate("The page is built."))
    remedy = translate("Start once with ./standplaats, which builds it.")
    return Finding("page", "failed", translate("The page is not built: only programs can use the service."), remedy)


def _database(
    settings: Settings, connection: psycopg.Connection[Any], translate: Translator, now: dt.datetime
) -> Iterator[Finding]:
    """What a database that answers shows; stops at a schema that is not this program's."""
    yield Finding("database", "ok", translate("The database answers."))
    yield _versions(connection, translate)
    schema = _schema(connection, translate)
    yield schema
    yield _connections(settings, connection, translate)
    yield _clock(connection, translate, now)
    if schema.state == "ok":
        yield from _roles(connection, translate)
        yield _sources(connection, translate, now)


def _versions(connection: psycopg.Connection[Any], translate: Translator) -> Finding:
    server = connection.info.server_version
    row = connection.execute("SELECT extversion FROM pg_extension WHERE extname = 'postgis'").fetchone()
    if row is None:
        text = translate("This database has no PostGIS.")
        return Finding(
            "postgis", "failed", text, translate("Ask the server's administrator for: CREATE EXTENSION postgis.")
        )
    facts = {"postgresql": f"{server // 10000}.{server % 10000}", "postgis": row[0]}
    text = translate("PostgreSQL {postgresql} with PostGIS {postgis}.").format(**facts)
    major, minor = (int(part) for part in row[0].split(".")[:2])
    if server // 10000 < TRIED_POSTGRESQL or (major, minor) < TRIED_POSTGIS:
        remedy = translate("Older than what was tried: PostgreSQL {postgresql}, PostGIS {postgis}.")
        postgis = ".".join(map(str, TRIED_POSTGIS))
        return Finding("postgis", "warning", text, remedy.format(postgresql=TRIED_POSTGRESQL, postgis=postgis), facts)
    return Finding("postgis", "ok", text, None, facts)


def _schema(connection: psycopg.Connection[Any], translate: Translator) -> Finding:
    there = connection.execute("SELECT to_regclass('public.alembic_version')").fetchone()
    row = None
    if there is not None and there[0] is not None:
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    found = row[0] if row else None
    try:
        check_revision(found)
    except StandplaatsError as error:
        remedy = tell(translate, error.remedy) if error.remedy else None
        return Finding("schema", "failed", tell(translate, error.message), remedy, {"schema": found})
    return Finding(
        "schema",
        "ok",
        translate("The schema is this program's: {schema}.").format(schema=found),
        None,
        {"schema": found},
    )


def _connections(settings: Settings, connection: psycopg.Connection[Any], translate: Translator) -> Finding:
    """Could every worker fill its pools? Threads, event loop, and the collections of `/ogc`."""
    row = connection.execute(
        """SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int,
                  (SELECT rolconnlimit FROM pg_roles WHERE rolname = session_user)"""
    ).fetchone()
    assert row is not None
    most = min(row[0], row[1]) if row[1] >= 0 else row[0]
    wanted = settings.workers * (settings.connections + 2 * settings.async_connections)
    facts = {"workers": settings.workers, "wanted": wanted, "beside": BESIDE, "allowed": most}
    text = translate(
        "Connections: the service may open {wanted} (processes: {workers}), commands {beside}; the server allows {allowed}."
    )
    if wanted + BESIDE <= most:
        return Finding("connections", "ok", text.format(**facts), None, facts)
    remedy = translate("Fewer workers or connections (STANDPLAATS_CONNECTIONS), or more max_connections on the server.")
    return Finding("connections", "failed", text.format(**facts), remedy, facts)


def _clock(connection: psycopg.Connection[Any], translate: Translator, now: dt.datetime) -> Finding:
    """Deadlines and the law of a day hang on the clock."""
    row = connection.execute("SELECT clock_timestamp()").fetchone()
    assert row is not None
    # A database far away answers late; that is no wrong clock.
    apart = abs((row[0] - now).total_seconds())
    facts = {"seconds_apart": round(apart, 1)}
    if apart <= CLOCKS_APART:
        return Finding("clock", "ok", translate("The clocks of this machine and of the database agree."), None, facts)
    text = translate("The clocks of this machine and of the database are {seconds} seconds apart.")
    remedy = translate("Let both follow a time server: the law and the deadlines of a day depend on it.")
    return Finding("clock", "failed", text.format(seconds=round(apart)), remedy, facts)


def _roles(connection: psycopg.Connection[Any], translate: Translator) -> Iterator[Finding]:
    if connection.execute(roles.TAKE_READER, [roles.READER]).fetchone() is not None:
        connection.rollback()
        yield Finding(
            "guard", "ok", translate("The service reads as a role that cannot write."), None, {"guard": "role"}
        )
    else:
        owner = connection.info.user
        remedy = translate("An administrator of the server can run: {statements}")
        text = translate("The service reads in read-only transactions, for the role that cannot write is missing.")
        facts = {"guard": "read-only transactions"}
        yield Finding("guard", "warning", text, remedy.format(statements=roles.REMEDY.format(owner=owner)), facts)
    if published.may_read(connection):
        yield Finding("published", "ok", translate("The role that reads what is published at /ogc is there."))
        return
    text = translate("The role that reads what is published at /ogc is missing; the service makes it where it may.")
    remedy = translate(
        "Start the service once; if it stays so, an administrator runs what `standplaats db grants` prints."
    )
    yield Finding("published", "warning", text, remedy)


def _sources(connection: psycopg.Connection[Any], translate: Translator, now: dt.datetime) -> Finding:
    loaded, today = loaded_datasets(connection), now.astimezone().date()
    stale = sorted({one.source for one in loaded if one.stale(today)})
    facts = {"loaded": len(loaded), "stale": stale}
    if not loaded:
        text, remedy = translate("Nothing is loaded yet."), translate("Begin: standplaats start --municipality NIS.")
        return Finding("sources", "warning", text, remedy, facts)
    newest = max(one.fetched for one in loaded)
    if newest > now + dt.timedelta(seconds=CLOCKS_APART):
        text = translate("A dataset was loaded later than the clock of this machine says it is.")
        return Finding("sources", "failed", text, translate("Set the clock of this machine."), facts)
    if stale:
        text = translate("{stale} of {loaded} datasets come from sources that had time to change: {names}.")
        told = text.format(stale=len(stale), loaded=len(loaded), names=", ".join(stale))
        return Finding(
            "sources",
            "warning",
            told,
            translate("See standplaats sources status; standplaats update asks again."),
            facts,
        )
    text = translate("{loaded} datasets are loaded, and none is older than its source allows.")
    return Finding("sources", "ok", text.format(loaded=len(loaded)), None, facts)
