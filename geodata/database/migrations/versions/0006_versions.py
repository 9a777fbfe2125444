"""Versions: what a new one changed and which one it replaced; a whole register of parcels has a table of its own."""

from geodata.database.migrations.sql import run_sql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql(__file__, "up")


def downgrade() -> None:
    run_sql(__file__, "down")
