"""Run the plain SQL file beside a migration: SQL stays readable, Alembic keeps the order."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from alembic import op


def run_sql(migration: str, direction: Literal["up", "down"]) -> None:
    """Execute `<migration>.<direction>.sql`, in the transaction Alembic opened.

    Parameters
    ----------
    migration : `__file__` of the migration.
    direction : which of the two files.
    """
    script = Path(migration).with_suffix(f".{direction}.sql").read_text(encoding="utf-8")
    # The driver's own connection: the file holds many statements and no bound parameters.
    driver = op.get_bind().connection.driver_connection
    if driver is None:
        raise RuntimeError("the migration connection is closed")
    with driver.cursor() as cursor:
        cursor.execute(script.encode("utf-8"))
