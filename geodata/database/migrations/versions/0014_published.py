"""Schema `published`: the only rows that leave by the OGC interface, behind a role that reads nothing else."""

from geodata.database.migrations.sql import run_sql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql(__file__, "up")


def downgrade() -> None:
    run_sql(__file__, "down")
