"""What is loaded and which territory it is about: datasets, municipalities by date, refused rows."""

from __future__ import annotations

import sqlalchemy as sa
from geoalchemy2 import Geometry
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from geodata.database.tables.base import (
    column,
    dataset_reference,
    geometries,
    identity,
    metadata,
    spatial_indexes,
)

meta = sa.Table(
    "meta",
    metadata,
    sa.Column("key", sa.Text, primary_key=True, comment="Name of the fact, such as territory."),
    column("value", sa.Text, "The fact, such as real or demo."),
    comment="Facts about this database; the row territory keeps demo and real data apart.",
)

dataset = sa.Table(
    "dataset",
    metadata,
    identity(),
    column("kind", sa.Text, "Ingest kind, such as parcels or zoning-pds."),
    column("source", sa.Text, "Catalogue entry the file was recognised as."),
    column("key", sa.Text, "What a newer version replaces: kind, source and scope."),
    column("version", sa.Integer, "Counts up within the key, from 1.", server_default="1"),
    column("title", JSONB, "Title by language (nl, fr, de, en)."),
    column("provider", sa.Text, "Who publishes the data."),
    column("licence", sa.Text, "Licence as stated by the provider."),
    column("redistributable", sa.Boolean, "May the data leave this server in tiles and exports?"),
    column("region", sa.Text, "flanders, wallonia, brussels or belgium.", nullable=True),
    column("fetched", sa.DateTime(timezone=True), "When the file was fetched (its modification time)."),
    column("source_date", sa.Date, "Date of the data as stated by the source.", nullable=True),
    column("sha256", sa.Text, "Checksum of the file as read."),
    column("file_name", sa.Text, "Name of the file as read, without folder."),
    column("rows_read", sa.Integer, "Rows in the file.", server_default="0"),
    column("rows_loaded", sa.Integer, "Rows that landed.", server_default="0"),
    column("rows_repaired", sa.Integer, "Rows whose geometry was repaired before landing.", server_default="0"),
    column("rows_refused", sa.Integer, "Rows kept out; see quarantine.", server_default="0"),
    column("reasons", JSONB, "Refused and repaired rows by reason.", server_default="{}"),
    column("crs_declared", sa.Text, "CRS the file declares.", nullable=True),
    column("crs_used", sa.Text, "CRS the coordinates were read in.", nullable=True),
    column("crs_how", sa.Text, "declared, detected or not applicable.", nullable=True),
    column("transformation", sa.Text, "The pinned operation to EPSG:31370.", nullable=True),
    column("accuracy_m", sa.Float, "Accuracy of that operation in metres; 0 when none was needed.", nullable=True),
    column(
        "coverage",
        Geometry("MULTIPOLYGON", srid=31370, spatial_index=False),
        "Area the dataset declares to cover; null = absence means unknown.",
        nullable=True,
    ),
    column("coverage_nis", ARRAY(sa.Text), "Municipalities declared as covered.", nullable=True),
    column("coverage_text", sa.Text, "The declaration as given.", nullable=True),
    column("coverage_accuracy_m", sa.Float, "How far the coverage border may be off, metres.", server_default="0"),
    column("generalised", sa.Boolean, "Simplified geometry: never used for areas.", server_default="false"),
    column("fictional", sa.Boolean, "Fictional demo data.", server_default="false"),
    column("current", sa.Boolean, "The version that counts.", server_default="false"),
    column("loaded_at", sa.DateTime(timezone=True), "When the version landed.", server_default=sa.func.now()),
    column("attributes", JSONB, "Other facts of the file, such as layer names.", server_default="{}"),
    column(
        "previous_id",
        sa.BigInteger,
        "Version whose place it took, kept so that it can be brought back at once; null = none is kept.",
        sa.ForeignKey("dataset.id", ondelete="SET NULL"),
        nullable=True,
        index=True,
    ),
    sa.Index("uq_dataset_current", "key", unique=True, postgresql_where=sa.text("current")),
    sa.Index("ix_dataset_kind_current", "kind", postgresql_where=sa.text("current")),
    sa.UniqueConstraint("key", "version"),
    comment="One row per dataset version: source, licence, checksum, counts and declared coverage.",
)

dataset_change = sa.Table(
    "dataset_change",
    metadata,
    identity(),
    dataset_reference(),
    column("feature", sa.Text, "CAPAKEY of a parcel, else the identifier of the feature in its source."),
    column("change", sa.Text, "added, changed or removed."),
    column(
        "place",
        Geometry("GEOMETRY", srid=31370, spatial_index=False),
        "Where: the shape before and after together, EPSG:31370, metres; null = a table without shapes.",
        nullable=True,
    ),
    sa.CheckConstraint("change IN ('added', 'changed', 'removed')", name="change"),
    comment="Features in which a version differs from the one before: what has to be measured anew.",
)

municipality = sa.Table(
    "municipality",
    metadata,
    identity(),
    dataset_reference(),
    column("nis", sa.CHAR(5), "NIS code, five characters."),
    column("valid_from", sa.Date, "First day of the municipality with this code and extent."),
    column("valid_to", sa.Date, "Last day; null = still valid.", nullable=True),
    column("name_nl", sa.Text, "Dutch name.", nullable=True),
    column("name_fr", sa.Text, "French name.", nullable=True),
    column("name_de", sa.Text, "German name.", nullable=True),
    column("region", sa.Text, "flanders, wallonia or brussels."),
    column("province_nis", sa.CHAR(5), "NIS code of the province.", nullable=True),
    column("german_speaking", sa.Boolean, "One of the nine of the German-speaking Community."),
    *geometries("MULTIPOLYGON", "Territory"),
    sa.UniqueConstraint("dataset_id", "nis", "valid_from"),
    comment="Municipalities with their dates: a NIS code means nothing without one.",
)
spatial_indexes(municipality)
sa.Index("ix_municipality_nis", municipality.c.nis)

nis_change = sa.Table(
    "nis_change",
    metadata,
    identity(),
    column("old_nis", sa.CHAR(5), "Code before the change."),
    column("old_name", sa.Text, "Name before the change."),
    column("new_nis", sa.CHAR(5), "Code after the change."),
    column("new_name", sa.Text, "Name after the change."),
    column("relationship", sa.Text, "merger, recode or keeps code."),
    column("partial_transfer", sa.Boolean, "A small area changed hands in the same reform."),
    column("valid_from", sa.Date, "First day of the new code."),
    column("note", sa.Text, "Remark.", nullable=True),
    sa.UniqueConstraint("old_nis", "new_nis", "valid_from"),
    comment="Changes of NIS codes of 2019 and 2025, so that an old code finds its successor.",
)

quarantine = sa.Table(
    "quarantine",
    metadata,
    identity(),
    dataset_reference(),
    column("row_number", sa.Integer, "Row in the file, from 1."),
    column("reason", sa.Text, "Reason code, as counted in the report."),
    column("detail", sa.Text, "What is wrong, in words.", nullable=True),
    column("raw", JSONB, "Attributes of the row as read."),
    comment="Rows kept out of a layer, with the reason: nothing is dropped silently.",
)
