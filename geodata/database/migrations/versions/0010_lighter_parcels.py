"""A lighter table of parcels: one index of shapes, and a checksum of each row as it stood in its file."""

from geodata.database.migrations.sql import run_sql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql(__file__, "up")


def downgrade() -> None:
    run_sql(__file__, "down")
