"""One exception class per cause; every message says what happened, what was kept and what to do.

The command line prints `message` and `remedy` and leaves with `exit_code`; the service maps each class to one
HTTP status in `api.errors`. Nothing below the top floor decides how an error is shown.
"""

from __future__ import annotations

from pathlib import Path


class StandplaatsError(Exception):
    """Base of all errors the program raises on purpose.

    Parameters
    ----------
    message : what happened, in a sentence a planner understands.
    remedy : what to do next, or None where there is nothing to do.
    """

    exit_code = 1

    def __init__(self, message: str, remedy: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}" if self.remedy else self.message


class UsageError(StandplaatsError):
    """The command or request itself is off: an unknown kind, a date that is no date."""

    exit_code = 2


class CombinationError(UsageError):
    """Each value of a command or request is right, but not all of them together, or one of several is missing."""


class NotFoundError(StandplaatsError):
    """A parcel, municipality, run or dataset that was asked for is not loaded."""


class ClusterError(StandplaatsError):
    """The private PostgreSQL cluster cannot be found, started or stopped."""


class DatabaseError(StandplaatsError):
    """The database answers, but not as this program needs: wrong database, wrong schema, not reachable."""


class InputError(StandplaatsError):
    """A file or one of its rows cannot be used.

    Parameters
    ----------
    file : the file as the user named it.
    row : 1-based row, where one row is to blame.
    field : the column, where one column is to blame.
    """

    def __init__(
        self,
        message: str,
        remedy: str | None = None,
        *,
        file: Path | str | None = None,
        row: int | None = None,
        field: str | None = None,
    ) -> None:
        where = [str(Path(file).name)] if file is not None else []
        if row is not None:
            where.append(f"row {row}")
        if field is not None:
            where.append(f"field {field}")
        super().__init__(f"{', '.join(where)}: {message}" if where else message, remedy)
        self.file, self.row, self.field = file, row, field


class RuleError(StandplaatsError):
    """A rule, profile or rule pack is refused: a source, grade or date is missing, or an example fails."""
