"""What is added to the packaged inventory, year by year: imports, records of sites, private totals by municipality."""

from __future__ import annotations

import sqlalchemy as sa
from geoalchemy2 import Geometry

from geodata.database.tables.base import column, identity, metadata, spatial_indexes

inventory_import = sa.Table(
    "inventory_import",
    metadata,
    identity(),
    column("kind", sa.Text, "monitoring, sites or return."),
    column("file_name", sa.Text, "Name of the file as read, without folder."),
    column("sha256", sa.Text, "Checksum of the file as read."),
    column("imported_at", sa.DateTime(timezone=True), "When.", server_default=sa.func.now()),
    column("rows_read", sa.Integer, "Rows in the file."),
    column("rows_new", sa.Integer, "Records of a site and year that were not there."),
    column("rows_changed", sa.Integer, "Records that replaced an earlier one of the same site and year."),
    column("rows_unchanged", sa.Integer, "Records that were there already."),
    column("rows_refused", sa.Integer, "Rows kept out."),
    column("rows_private", sa.Integer, "Private rows: only counted by municipality."),
    comment="One file read into the inventory; an import that changes nothing leaves no row.",
)

inventory_record = sa.Table(
    "inventory_record",
    metadata,
    identity(),
    column(
        "import_id",
        sa.BigInteger,
        "Import the record came with.",
        sa.ForeignKey("inventory_import.id"),
        index=True,
    ),
    column("site_id", sa.Text, "Site of the packaged inventory, or an identifier of its own."),
    column("year", sa.Integer, "Year the record is about; of an undated source the year it was read."),
    column("nis", sa.CHAR(5), "Municipality, code of 2025."),
    column("municipality", sa.Text, "Name of the municipality."),
    column("name", sa.Text, "Name of the site."),
    column("site_type", sa.Text, "residential, transit, temporary or gathering."),
    column("status", sa.Text, "open, planned, not_built, closed, dropped or unknown."),
    column("address", sa.Text, "Address of the public site.", nullable=True),
    column("manager", sa.Text, "Public manager; null = public, but not named.", nullable=True),
    column("pitches", sa.Integer, "Capacity in the unit named beside it.", nullable=True),
    column("pitch_unit", sa.Text, "pitch, caravan, dwelling, household, family or place: not one unit."),
    column("occupied", sa.Integer, "Pitches in use; null = not told or under 10.", nullable=True),
    column("occupancy_rate", sa.Float, "Share in use, 0..1; null = not told or suppressed.", nullable=True),
    column("occupancy_suppressed", sa.Boolean, "Occupancy under 10: neither count nor rate was kept."),
    column("opened", sa.Text, "Opening, as precisely as known.", nullable=True),
    column("closed", sa.Text, "Closing, as precisely as known.", nullable=True),
    column("fee_text", sa.Text, "Price in words.", nullable=True),
    column("source_url", sa.Text, "Page; null = the return or the file itself, see the import.", nullable=True),
    column("source_date", sa.Text, "Date of the source, or undated."),
    column("grade", sa.Text, "Grade of the source: A, B, C or U."),
    column("precision", sa.Text, "Precision of the point; null without a point.", nullable=True),
    column("x", sa.Float, "Point, EPSG:31370, metres.", nullable=True),
    column("y", sa.Float, "Point, EPSG:31370, metres.", nullable=True),
    column("lon", sa.Float, "Point, degrees, WGS 84.", nullable=True),
    column("lat", sa.Float, "Point, degrees, WGS 84.", nullable=True),
    column("current", sa.Boolean, "The record that counts for the site and year; earlier ones are kept."),
    sa.Index("uq_inventory_record_current", "site_id", "year", unique=True, postgresql_where=sa.text("current")),
    sa.Index("ix_inventory_record_nis", "nis"),
    sa.CheckConstraint("occupied >= 10", name="occupied"),
    sa.CheckConstraint(
        "NOT occupancy_suppressed OR (occupied IS NULL AND occupancy_rate IS NULL)", name="occupancy_suppressed"
    ),
    comment="What a list or a return says of a public site for a year; nothing is overwritten.",
)

inventory_private_total = sa.Table(
    "inventory_private_total",
    metadata,
    identity(),
    column(
        "import_id",
        sa.BigInteger,
        "Import the total came with.",
        sa.ForeignKey("inventory_import.id"),
        index=True,
    ),
    column("nis", sa.CHAR(5), "Municipality, code of 2025."),
    column("municipality", sa.Text, "Name of the municipality."),
    column("year", sa.Integer, "Year the total is about."),
    column("private_sites", sa.Integer, "Private sites in the list: their number and nothing else."),
    column("source_url", sa.Text, "Page; null = the file itself, see the import.", nullable=True),
    column("grade", sa.Text, "Grade of the source: A, B, C or U."),
    column("current", sa.Boolean, "The total that counts for the municipality and year."),
    sa.Index("uq_inventory_private_total_current", "nis", "year", unique=True, postgresql_where=sa.text("current")),
    comment="Private sites by municipality and year: totals only, never a place.",
)

inventory_site = sa.Table(
    "inventory_site",
    metadata,
    sa.Column("site_id", sa.Text, primary_key=True, comment="Identifier of the site."),
    column("name", sa.Text, "Name or street."),
    column("site_type", sa.Text, "residential, transit, temporary or gathering: never a private family site."),
    column("status", sa.Text, "open, planned, not_built, closed, dropped or unknown."),
    column("status_date", sa.Text, "Date of that status, as precisely as known.", nullable=True),
    column("nis", sa.CHAR(5), "Municipality, code of 2025; null = the source names none.", nullable=True),
    column("municipality", sa.Text, "Name of the municipality.", nullable=True),
    column("region", sa.Text, "Whose law: flanders, wallonia, brussels or german-speaking-community."),
    column("manager", sa.Text, "Public manager; null = public, but not named.", nullable=True),
    column("place", sa.Text, "Place in words.", nullable=True),
    column("pitches_low", sa.Integer, "Capacity at least, in the unit beside it.", nullable=True),
    column("pitches_high", sa.Integer, "Capacity at most, in the unit beside it.", nullable=True),
    column("pitch_unit", sa.Text, "pitch, caravan, dwelling, household, family or place: not one unit.", nullable=True),
    column("precision", sa.Text, "Precision of the point: address, parcel, section, municipality or none."),
    column("source_url", sa.Text, "Page of the status; null = no page bears it.", nullable=True),
    column("grade", sa.Text, "Grade of that source: A, B, C or U."),
    column("origin", sa.Text, "inventory, import or demo."),
    sa.Column(
        "geom",
        Geometry("POINT", srid=31370, spatial_index=False),
        comment="Site, EPSG:31370, metres; null = no point is known.",
    ),
    sa.Column(
        "geom_3857",
        Geometry("POINT", srid=3857, spatial_index=False),
        comment="Site, EPSG:3857, for tiles only: never measured.",
    ),
    comment="Public sites of the inventory and of what is loaded, written anew whenever they differ.",
)
spatial_indexes(inventory_site)
