"""Narrow rows of measurements: distances as whole millimetres, and what holds for a whole batch kept once with it."""

from geodata.database.migrations.sql import run_sql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql(__file__, "up")


def downgrade() -> None:
    run_sql(__file__, "down")
