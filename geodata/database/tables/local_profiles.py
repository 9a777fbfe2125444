"""Sets of criteria of municipalities, version by version. Rows are only ever added."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from geodata.database.tables.base import column, identity, metadata

local_profile = sa.Table(
    "local_profile",
    metadata,
    identity(),
    column("profile_id", sa.Text, "Name of the set; never that of a published one."),
    column("version", sa.Integer, "Version, from 1: a change is a new version, the earlier ones stay."),
    column("base", sa.Text, "Published set it was made from, with its version."),
    column("nis", ARRAY(sa.CHAR(5)), "Municipalities it is meant for."),
    column("who", sa.Text, "Role of who made it: no name."),
    column("why", sa.Text, "Why, in a sentence."),
    column("made_on", sa.Date, "Day it was made, as its author gives it."),
    column("created_at", sa.DateTime(timezone=True), "When it was stored.", server_default=sa.func.now()),
    column("body", JSONB, "The changes as given (local), and the whole set that results (profile)."),
    sa.UniqueConstraint("profile_id", "version"),
    comment="Sets of criteria of municipalities: published ones with changes that are never milder.",
)
