"""What the tiles of a result show: values of the criteria, candidates with their groups, totals as bytes."""

from geodata.database.migrations.sql import run_sql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql(__file__, "up")


def downgrade() -> None:
    run_sql(__file__, "down")
