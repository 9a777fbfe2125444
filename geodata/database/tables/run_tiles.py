"""What the tiles of a run show, made with the run: candidates with their groups, and totals as bytes."""

from __future__ import annotations

import sqlalchemy as sa
from geoalchemy2 import Geometry
from sqlalchemy.dialects.postgresql import ARRAY

from geodata.database.tables.base import column, criterion_values, metadata, spatial_indexes

run_candidate = sa.Table(
    "run_candidate",
    metadata,
    column("run_id", sa.Text, "Run.", sa.ForeignKey("run.id", ondelete="CASCADE"), primary_key=True),
    column("number", sa.Integer, "Number within the run, from 1.", primary_key=True, autoincrement=False),
    column("source", sa.Text, "parcel or assembly."),
    column("capakeys", ARRAY(sa.Text), "Cadastral keys of its parcels."),
    column("dataset_ids", ARRAY(sa.BigInteger), "Dataset versions its parcels are from."),
    column("nis", sa.CHAR(5), "Municipality with the largest part; null = none found.", nullable=True),
    column("area_m2", sa.Float, "Drawn area, square metres."),
    column("owner_class", sa.Text, "Class of owner of a parcel; null = unknown, or a group.", nullable=True),
    column("verdict", sa.Text, "compatible, needs_derogation or unknown."),
    column("so_far", sa.Text, "Verdict on what is known."),
    column("rank", sa.Integer, "Place in the list; of a group, the place it would have.", nullable=True),
    column("score_low", sa.Float, "Score with every unknown criterion at its worst."),
    column("score_high", sa.Float, "Score with every unknown criterion at its best."),
    column("pitches_low", sa.Integer, "Pitches, low estimate.", nullable=True),
    column("pitches_high", sa.Integer, "Pitches, high estimate.", nullable=True),
    column("unknown_count", sa.Integer, "Layers that are missing for it."),
    column("variants", sa.Integer, "Groups like this one that are not listed; null for a parcel.", nullable=True),
    *criterion_values(),
    column(
        "geom_3857",
        Geometry("MULTIPOLYGON", srid=3857, spatial_index=False),
        "Shape, EPSG:3857, for tiles only: never measured.",
    ),
    comment="Candidates of a run as tiles show them, groups of parcels included; made with the run.",
)
spatial_indexes(run_candidate, "geom_3857")

run_tile = sa.Table(
    "run_tile",
    metadata,
    column("run_id", sa.Text, "Run.", sa.ForeignKey("run.id", ondelete="CASCADE"), primary_key=True),
    column("layer", sa.Text, "parcels or candidates.", primary_key=True),
    column("z", sa.SmallInteger, "Zoom.", primary_key=True, autoincrement=False),
    column("x", sa.Integer, "Column.", primary_key=True, autoincrement=False),
    column("y", sa.Integer, "Row, from the north.", primary_key=True, autoincrement=False),
    column("left_out", sa.Integer, "Features summed up instead of drawn."),
    column("body", sa.LargeBinary, "Mapbox vector tile, gzip."),
    comment="Tiles of totals of a run, made with it, for zooms at which parcels are too many.",
)
