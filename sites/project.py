"""The project file: what a municipality knows itself, kept by it in one file until there are accounts.

Contract: YAML, read and written whole; a file that breaks a rule is refused with its place, and nothing of it counts. It
holds local findings and surveys of the need. Nothing is ever taken out or changed by this program: what is entered later
counts, what was there before stays. Places, not people: roles, no names.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from geodata.errors import InputError
from sites.need.surveys import Survey
from sites.suitability.findings import Finding

#: Larger files are none of ours.
MOST_BYTES = 5_000_000
_HEAD = (
    "# Project file of Standplaats: local findings and surveys. Add to it with: standplaats findings add, need enter.\n"
)


class Project(BaseModel):
    """Everything in a project file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: int = Field(default=1, ge=1, le=1)
    findings: tuple[Finding, ...] = ()
    surveys: tuple[Survey, ...] = ()


def read_project(path: Path) -> Project:
    """A project from its file.

    Raises
    ------
    InputError
        When the file is missing, too large, no YAML, or breaks a rule; names the entry and the field.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise InputError("is larger than 5 MB.", "Split it, or check that it is a project file.", file=path)
        told = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"cannot be read ({error}).", "Name a project file, or make one: standplaats findings add.", file=path
        ) from error
    except yaml.YAMLError as error:
        raise InputError(f"is no YAML ({' '.join(str(error).split())}).", "Mend the line named.", file=path) from error
    return project_of(told or {}, path)


def project_of(told: object, path: Path | None = None) -> Project:
    """A project from plain data.

    Raises
    ------
    InputError
        When it breaks a rule; names the entry and the field.
    """
    try:
        return Project.model_validate(told)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(one + 1) if isinstance(one, int) else one for one in first["loc"]) or "the file"
        raise InputError(
            f"{where}: {first['msg']}.", "Mend it; nothing of the file counts until then.", file=path
        ) from None


def write_project(path: Path, project: Project) -> None:
    """Write a project whole or not at all."""
    told = project.model_dump(mode="json", exclude_none=True)
    text = _HEAD + yaml.safe_dump(told, allow_unicode=True, sort_keys=False, width=110)
    handle, beside = tempfile.mkstemp(dir=path.resolve().parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(beside).chmod(path.stat().st_mode & 0o777 if path.exists() else 0o644)
        Path(beside).replace(path)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise


def add(path: Path, *, finding: Finding | None = None, survey: Survey | None = None) -> Project:
    """Add an entry to a file, which is made where there is none; returns all of it.

    Raises
    ------
    InputError
        When the file there is no project file.
    """
    before = read_project(path) if path.exists() else Project()
    after = Project(
        findings=(*before.findings, *([finding] if finding else [])),
        surveys=(*before.surveys, *([survey] if survey else [])),
    )
    write_project(path, after)
    return after
