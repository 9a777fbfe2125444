"""Alembic environment: runs on the connection handed over by `geodata.database.engine`."""

from __future__ import annotations

from alembic import context

from geodata.database.tables import metadata


def run_migrations() -> None:
    """Migrate the database behind the connection in `config.attributes['connection']`."""
    connection = context.config.attributes["connection"]
    context.configure(connection=connection, target_metadata=metadata, compare_type=True)
    with context.begin_transaction():
        context.run_migrations()


run_migrations()
