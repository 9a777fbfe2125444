"""Opening, reading and noting subsidy files.

Contract: each call is one transaction of the connection it is given, committed at the end where it writes. Money stands
in the stored documents as decimal strings.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from geodata.errors import NotFoundError, UsageError
from sites.law import Project, evaluate, pack_version
from sites.law.model import LANGUAGES
from sites.law.subsidies.document import estimate_document
from sites.law.subsidies.rule import INITIATORS, Initiator

Connection = psycopg.Connection[Any]

#: Who may have a file here: public bodies. A household's aid would be data about people.
PUBLIC_BODIES: tuple[Initiator, ...] = tuple(
    name for name in INITIATORS if name not in ("household", "private", "mediation_body", "other_legal_person")
)
_LONGEST = 2000


@dataclass(frozen=True)
class NewFile:
    """What is asked when a file is opened.

    Attributes
    ----------
    title : name of the project.
    nis : municipality, NIS code, or None.
    site : site of the inventory or its name, or None.
    documents : names of documents; the documents themselves are kept elsewhere.
    """

    title: str
    project: Project
    nis: str | None = None
    site: str | None = None
    documents: Sequence[str] = ()


@dataclass(frozen=True)
class Entry:
    """A note, or the name of a document."""

    kind: str
    text: str
    written: datetime


@dataclass(frozen=True)
class SubsidyFile:
    """A file as stored; see the table `subsidy_file` for the meaning of each field."""

    id: int
    created: datetime
    title: str
    region: str
    nis: str | None
    site: str | None
    site_type: str
    initiator: Initiator
    project: dict[str, Any]
    as_of: date
    rule_pack: str
    verdict: str
    assessment: dict[str, Any]
    entries: tuple[Entry, ...]

    @property
    def notes(self) -> list[Entry]:
        """Notes, oldest first."""
        return [one for one in self.entries if one.kind == "note"]

    @property
    def documents(self) -> list[Entry]:
        """Names of documents, oldest first."""
        return [one for one in self.entries if one.kind == "document"]


def day_of_file(project: Project, as_of: date | None, today: date) -> date:
    """Day whose law a file is judged by: the day asked for, else its latest date, else today."""
    if as_of is not None:
        return as_of
    given = [day for day in project.dates.values() if day is not None]
    return max(given) if given else today


def open_file(connection: Connection, new: NewFile, as_of: date) -> SubsidyFile:
    """Open a file: assess it on its day and keep the answer.

    Raises
    ------
    UsageError
        When no public body applies, or a text is empty or too long.
    """
    project = new.project
    if project.initiator not in PUBLIC_BODIES:
        raise UsageError("A file needs the public body that applies.", f"Initiators: {', '.join(PUBLIC_BODIES)}.")
    title = _text(new.title, "title")
    documents = [_text(name, "document") for name in new.documents]
    found = evaluate(project, as_of)
    answers = {language: estimate_document(found, language) for language in LANGUAGES}
    row = connection.execute(
        """INSERT INTO subsidy_file (title, region, nis, site, site_type, initiator, project, as_of, rule_pack,
               verdict, assessment)
           VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING id""",
        [
            title,
            project.region,
            new.nis,
            new.site,
            project.site_type,
            project.initiator,
            Jsonb(project.model_dump(mode="json")),
            as_of,
            pack_version(),
            found.verdict,
            Jsonb(answers),
        ],
    ).fetchone()
    assert row is not None
    for name in documents:
        _write_entry(connection, row[0], "document", name)
    connection.commit()
    return find_file(connection, row[0])


def add_entry(connection: Connection, file_id: int, *, kind: str, text: str) -> SubsidyFile:
    """Add a note or the name of a document.

    Raises
    ------
    NotFoundError
        When there is no such file.
    UsageError
        When the text is empty or too long.
    """
    find_file(connection, file_id)
    _write_entry(connection, file_id, kind, _text(text, kind))
    connection.commit()
    return find_file(connection, file_id)


def _write_entry(connection: Connection, file_id: int, kind: str, text: str) -> None:
    connection.execute(
        "INSERT INTO subsidy_file_entry (file_id, kind, text) VALUES (%s, %s, %s)", [file_id, kind, text]
    )


def find_file(connection: Connection, file_id: int) -> SubsidyFile:
    """One file.

    Raises
    ------
    NotFoundError
        When there is none of that number.
    """
    found = _read(connection, "WHERE f.id = %(id)s", {"id": file_id})
    if not found:
        raise NotFoundError(f"There is no subsidy file {file_id}.", "List them: standplaats files list.")
    return found[0]


def list_files(connection: Connection, *, region: str | None = None) -> list[SubsidyFile]:
    """Files, newest first; those of one region, or all."""
    return _read(
        connection, "WHERE %(region)s::text IS NULL OR f.region = %(region)s ORDER BY f.id DESC", {"region": region}
    )


def stored_projects(connection: Connection) -> list[tuple[int, Project, date]]:
    """Number, project and day of every file, for the question what other rules would answer."""
    rows = connection.execute("SELECT id, project, as_of FROM subsidy_file ORDER BY id").fetchall()
    return [(row[0], Project.model_validate(row[1]), row[2]) for row in rows]


def _read(connection: Connection, where: str, values: dict[str, Any]) -> list[SubsidyFile]:
    query = f"""SELECT f.id, f.created, f.title, f.region, f.nis, f.site, f.site_type, f.initiator, f.project,
                   f.as_of, f.rule_pack, f.verdict, f.assessment,
                   (SELECT coalesce(jsonb_agg(jsonb_build_array(e.kind, e.text, e.written) ORDER BY e.id), '[]')
                    FROM subsidy_file_entry e WHERE e.file_id = f.id) AS entries
               FROM subsidy_file f {where}"""
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(query, values).fetchall()
    return [
        SubsidyFile(
            **{name: value for name, value in row.items() if name != "entries"},
            entries=tuple(Entry(kind, text, datetime.fromisoformat(when)) for kind, text, when in row["entries"]),
        )
        for row in rows
    ]


def _text(text: str, field: str) -> str:
    cleaned = " ".join(text.split())
    if not cleaned:
        raise UsageError(f"The {field} is empty.", f"Give a {field}.")
    if len(cleaned) > _LONGEST:
        raise UsageError(
            f"The {field} has {len(cleaned)} characters; {_LONGEST} is the most.", "Keep longer texts as documents."
        )
    return cleaned
