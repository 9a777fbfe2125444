"""Layer tables: parcels, zones, hazards, buildings, services, roads, owners, heights, sites."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from geodata.database.tables.base import (
    column,
    dataset_reference,
    fingerprint,
    geometries,
    identity,
    metadata,
    spatial_indexes,
)


def _attributes() -> sa.Column[object]:
    return column("attributes", JSONB, "Other fields of the source, as read.", server_default="{}")


def _feature() -> sa.Column[object]:
    return column("feature_id", sa.Text, "Identifier in the source, or the row number.")


parcel = sa.Table(
    "parcel",
    metadata,
    identity(),
    column(
        "dataset_id",
        sa.BigInteger,
        "Dataset version the row was loaded with.",
        sa.ForeignKey("dataset.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    column("capakey", sa.Text, "Cadastral key; its first five digits are a division, not a NIS code."),
    column("nis", sa.CHAR(5), "Municipality on the date of the data; null = none found.", nullable=True),
    column("nis_how", sa.Text, "attribute, boundary, or border (near a generalised border)."),
    column("canu", sa.Text, "Parcel number as printed.", nullable=True),
    column("area_m2", sa.Float, "Drawn area, square metres."),
    column("official_area_m2", sa.Float, "Area in the register where the source gives it.", nullable=True),
    column("ref_date", sa.Date, "Date of the parcel state.", nullable=True),
    _attributes(),
    *geometries("MULTIPOLYGON", "Parcel"),
    fingerprint(),
    column(
        "as_read",
        sa.BigInteger,
        "Checksum of the row as it stood in its file; null = the report says something of it, so that it is looked at "
        "again.",
        nullable=True,
    ),
    sa.UniqueConstraint("capakey", "dataset_id"),
    # A whole register has a table of its own, which is filled before it is indexed and goes as a whole.
    postgresql_partition_by="LIST (dataset_id)",
    comment="Cadastral parcels of each dataset version.",
)
# Tiles find parcels by `geom`, too: a second index of shapes would take a tenth of a load.
spatial_indexes(parcel, "geom")
sa.Index("ix_parcel_nis", parcel.c.nis)

zone = sa.Table(
    "zone",
    metadata,
    identity(),
    dataset_reference(),
    column("plan_kind", sa.Text, "gewestplan, rup, bpa, pds or pras."),
    column("plan_id", sa.Text, "Identifier of the plan.", nullable=True),
    _feature(),
    column("code", sa.Text, "Code of the zone in its source.", nullable=True),
    column("label_raw", sa.Text, "Label exactly as read.", nullable=True),
    column("label", sa.Text, "Label repaired: encoding, spaces, article prefix.", nullable=True),
    column("zoning_class", sa.Text, "Harmonised class; unrecognised leads to unknown."),
    column("name", sa.Text, "Name of the plan.", nullable=True),
    column("link", sa.Text, "Official sheet.", nullable=True),
    _attributes(),
    *geometries("MULTIPOLYGON", "Zone"),
    fingerprint(),
    comment="Legal destinations of land, one row per plan area.",
)
spatial_indexes(zone)

constraint_area = sa.Table(
    "constraint_area",
    metadata,
    identity(),
    dataset_reference(),
    column("theme", sa.Text, "flood, nature, seveso, soil, noise, plan_hp, land_use or nuisance."),
    column("class", sa.Text, "Class within the theme, such as D, phase1 or cemetery."),
    _feature(),
    column("name", sa.Text, "Name in the source.", nullable=True),
    _attributes(),
    *geometries("GEOMETRY", "Area, line or point"),
    fingerprint(),
    comment="Hazards, protected areas, HP sites, land in use and nuisances.",
)
spatial_indexes(constraint_area)
sa.Index("ix_constraint_area_theme", constraint_area.c.theme, constraint_area.c["class"])

building = sa.Table(
    "building",
    metadata,
    identity(),
    dataset_reference(),
    _feature(),
    column("use", sa.Text, "dwelling, main, annex, other or unknown."),
    _attributes(),
    *geometries("MULTIPOLYGON", "Footprint"),
    fingerprint(),
    comment="Building footprints.",
)
spatial_indexes(building)

address = sa.Table(
    "address",
    metadata,
    identity(),
    dataset_reference(),
    _feature(),
    column("street", sa.Text, "Street name.", nullable=True),
    column("number", sa.Text, "House number.", nullable=True),
    column("postcode", sa.Text, "Postal code.", nullable=True),
    column("municipality", sa.Text, "Municipality as written.", nullable=True),
    *geometries("POINT", "Address point"),
    fingerprint(),
    comment="Address points: places, never the people who live there.",
)
spatial_indexes(address)

service_point = sa.Table(
    "service_point",
    metadata,
    identity(),
    dataset_reference(),
    _feature(),
    column("service", sa.Text, "school, gp, pharmacy, shop or stop."),
    column("name", sa.Text, "Name.", nullable=True),
    column("language", sa.Text, "Language of a school: nl, fr, de.", nullable=True),
    column("level", sa.Text, "Level of a school: primary, secondary, other; null = not stated.", nullable=True),
    _attributes(),
    *geometries("POINT", "Service point"),
    fingerprint(),
    comment="Schools, doctors, pharmacies, food shops and public-transport stops.",
)
spatial_indexes(service_point)
sa.Index("ix_service_point_service", service_point.c.service)

road = sa.Table(
    "road",
    metadata,
    identity(),
    dataset_reference(),
    _feature(),
    column("road_class", sa.Text, "motorway, main, secondary, local, service, track, path or unknown."),
    column("name", sa.Text, "Street name.", nullable=True),
    column("width_m", sa.Float, "Carriageway width, metres; null = not stated (never -8).", nullable=True),
    column("surface", sa.Text, "paved or unpaved; null = not stated.", nullable=True),
    _attributes(),
    *geometries("MULTILINESTRING", "Road axis"),
    fingerprint(),
    comment="Road axes.",
)
spatial_indexes(road)

ownership = sa.Table(
    "ownership",
    metadata,
    identity(),
    dataset_reference(),
    column("capakey", sa.Text, "Parcel."),
    column("owner_class", sa.Text, "Class with the largest public share; private only where no owner is public."),
    column("evidence", sa.Text, "municipal_list, matrix_extract or proxy."),
    column("lease_until", sa.Date, "End of an existing lease.", nullable=True),
    column(
        "right_type",
        sa.Text,
        "full_ownership, bare_ownership, usufruct, emphyteusis, superficies or lease: the right of that class; "
        "null = not stated.",
        nullable=True,
    ),
    column(
        "other_rights",
        sa.Text,
        "Rights of others on the parcel, separated by commas; null = none stated.",
        nullable=True,
    ),
    column("lease", sa.Boolean, "Whether there is a lease; null = unknown.", nullable=True),
    column("owners", sa.Integer, "Number of owners in the list.", nullable=True),
    column("public_share", sa.Float, "Share of public owners, 0..1; null = cannot be told.", nullable=True),
    column(
        "matched_by", sa.Text, "key, geometry, or null where no parcel that was loaded then was found.", nullable=True
    ),
    fingerprint(),
    sa.UniqueConstraint("dataset_id", "capakey"),
    comment="Class of owner and rights by parcel, from lists of the municipality itself; no name of any owner.",
)
sa.Index("ix_ownership_capakey", ownership.c.capakey)

dem_tile = sa.Table(
    "dem_tile",
    metadata,
    identity(),
    dataset_reference(),
    column("origin_x", sa.Float, "West edge, EPSG:31370."),
    column("origin_y", sa.Float, "North edge, EPSG:31370."),
    column("cell_m", sa.Float, "Cell size, metres."),
    column("width", sa.Integer, "Columns."),
    column("height", sa.Integer, "Rows."),
    column("heights", sa.LargeBinary, "float32 metres, row by row from the north, zlib; NaN = no data."),
    sa.Index("ix_dem_tile_place", "dataset_id", "origin_x", "origin_y"),
    comment="Terrain heights, in square blocks of a regular grid.",
)

site = sa.Table(
    "site",
    metadata,
    identity(),
    dataset_reference(),
    column("site_id", sa.Text, "Identifier of the site."),
    column("name", sa.Text, "Name or street."),
    column("site_type", sa.Text, "residential, transit, family, temporary or gathering."),
    column("status", sa.Text, "open, planned, closed or dropped."),
    column("nis", sa.CHAR(5), "Municipality.", nullable=True),
    column("nis_date", sa.Date, "Date of that code.", nullable=True),
    column("address", sa.Text, "Address.", nullable=True),
    column("pitches", sa.Integer, "Capacity in the unit named beside it.", nullable=True),
    column("pitch_unit", sa.Text, "pitch, caravan, place or household: not one unit.", nullable=True),
    column("manager", sa.Text, "Public manager; a row without evidence of one is no site."),
    column("opened", sa.Text, "Opening, as precisely as known.", nullable=True),
    column("closed", sa.Text, "Closing, as precisely as known.", nullable=True),
    column("source_url", sa.Text, "Source.", nullable=True),
    column("source_date", sa.Text, "Date of the source.", nullable=True),
    column("grade", sa.Text, "Grade of the source: A, B, C or U."),
    column("precision", sa.Text, "address, parcel, section or municipality."),
    _attributes(),
    *geometries("POINT", "Site"),
    fingerprint(),
    sa.UniqueConstraint("dataset_id", "site_id"),
    comment="Existing, planned and closed public sites.",
)
spatial_indexes(site)
