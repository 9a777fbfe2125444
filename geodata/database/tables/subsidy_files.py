"""Subsidy files: what was asked, what the rules said then, and what was noted. Rows are only ever added."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from geodata.database.tables.base import column, identity, metadata

subsidy_file = sa.Table(
    "subsidy_file",
    metadata,
    identity(),
    column("created", sa.DateTime(timezone=True), "When the file was opened here.", server_default=sa.func.now()),
    column("title", sa.Text, "Name of the project: a place or a work, never a person."),
    column("region", sa.Text, "Whose law: flanders, wallonia, brussels or german-speaking-community."),
    column("nis", sa.CHAR(5), "Municipality, NIS code; null = not given.", nullable=True),
    column("site", sa.Text, "Site of the inventory, or its name; null = not given.", nullable=True),
    column("site_type", sa.Text, "residential, transit, family, temporary or gathering."),
    column("initiator", sa.Text, "Kind of public body that applies."),
    column("project", JSONB, "The project as given: pitches, cost lines in euros without VAT, valuation, dates, case."),
    column("as_of", sa.Date, "Day whose law was applied: of the file itself, not of today."),
    column("rule_pack", sa.Text, "Version of the rules."),
    column("verdict", sa.Text, "yes, no or unknown."),
    column("assessment", JSONB, "The assessment as it was answered, by language."),
    comment="One application for a subsidy, with the assessment that was made for its own dates.",
)

subsidy_file_entry = sa.Table(
    "subsidy_file_entry",
    metadata,
    identity(),
    column("file_id", sa.BigInteger, "File.", sa.ForeignKey("subsidy_file.id"), index=True),
    column("written", sa.DateTime(timezone=True), "When.", server_default=sa.func.now()),
    column("kind", sa.Text, "note or document."),
    column("text", sa.Text, "The note, or the name of the document; the document itself is kept elsewhere."),
    sa.CheckConstraint("kind IN ('note', 'document')", name="kind"),
    comment="Notes on a file and names of its documents, in the order in which they came.",
)
