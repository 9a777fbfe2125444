"""What was measured and what was concluded: batches of measurements, runs and their results."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from geodata.database.tables.base import column, criterion_values, identity, metadata

batch = sa.Table(
    "batch",
    metadata,
    identity(),
    column("nis", sa.CHAR(5), "Municipality that was measured: one batch is one partition."),
    column("measured_at", sa.DateTime(timezone=True), "When.", server_default=sa.func.now()),
    column("datasets", JSONB, "Dataset versions measured against, by layer."),
    column("digest", sa.Text, "Checksum of the dataset versions: equal digest, nothing to redo."),
    column("parcels", sa.Integer, "Parcels measured."),
    column("current", sa.Boolean, "The batch that counts for the municipality."),
    column(
        "common",
        JSONB,
        "What holds for every row that says nothing else: covered and unknown by layer; names of the distances, ways and "
        "numbers in the order of the arrays.",
    ),
    sa.Index("uq_batch_current", "nis", unique=True, postgresql_where=sa.text("current")),
    comment="One measuring of one municipality against named dataset versions.",
)

measurement = sa.Table(
    "measurement",
    metadata,
    # No foreign keys: they cost half of the time of a COPY. Triggers on the tables of batches and parcels do the same.
    column("batch_id", sa.BigInteger, "Batch.", primary_key=True),
    column("parcel_id", sa.BigInteger, "Parcel.", primary_key=True),
    column("area_m2", sa.Float, "Drawn area, square metres."),
    column("perimeter_m", sa.Float, "Perimeter, metres."),
    column("compactness", sa.Float, "4 pi area / perimeter squared, 0..1."),
    column("built_share", sa.Float, "Share covered by buildings, 0..1; null = unknown.", nullable=True),
    column("dwellings", sa.Integer, "Main buildings standing on the parcel; null = unknown.", nullable=True),
    column("slope_deg", sa.Float, "Mean slope, degrees; null = unknown.", nullable=True),
    column("slope_max_deg", sa.Float, "Slope of the steepest cell, degrees; null = unknown.", nullable=True),
    column("owner_class", sa.Text, "Class of owner; null = unknown.", nullable=True),
    column("unbuilt_m2", sa.Float, "Square metres outside buildings and land in use; null = unknown.", nullable=True),
    column("shares", JSONB, "Share of the parcel by layer and class, 0..1; what is 0 is left out."),
    column(
        "covered",
        JSONB,
        "Share of the parcel inside the declared coverage, 0..1, by layer, where it is not that of batch.common.",
    ),
    column("unknown", JSONB, "Reason code by layer where it is not that of batch.common; JSON null = known here."),
    column(
        "distance_low_mm",
        ARRAY(sa.Integer),
        "Lower end of each distance from the border of the parcel, millimetres, named by batch.common.",
    ),
    column(
        "distance_high_mm",
        ARRAY(sa.Integer),
        "Upper end of each distance, millimetres, equal to the lower where it is certain; 2147483647 = none found.",
    ),
    column(
        "width_m",
        sa.Float,
        "Diameter of a circle that fits into the parcel, metres; the largest is at most 0.5 m wider.",
        nullable=True,
    ),
    column("frontage_m", sa.Float, "Metres of the border along a road; null = unknown.", nullable=True),
    column("vertices", sa.Integer, "Corners of the outline, holes included.", nullable=True),
    column("parts", sa.Integer, "Separate pieces of the parcel.", nullable=True),
    column(
        "reach_low_mm",
        ARRAY(sa.Integer),
        "Lower end of each way along the roads, millimetres, named by batch.common.",
        server_default="{}",
    ),
    column(
        "reach_high_mm",
        ARRAY(sa.Integer),
        "Upper end of each way, millimetres, equal to the lower where it is certain; 2147483647 = none found.",
        server_default="{}",
    ),
    column("drive_low_ms", sa.Integer, "Least time to a main road, milliseconds; null = not measured.", nullable=True),
    column(
        "drive_high_ms",
        sa.Integer,
        "Most time to a main road, milliseconds; 2147483647 = none found, null = not measured.",
        nullable=True,
    ),
    column(
        "count_low",
        ARRAY(sa.Integer),
        "Lower end of each number within a radius, named by batch.common.",
        server_default="{}",
    ),
    column(
        "count_high",
        ARRAY(sa.Integer),
        "Upper end of each number within a radius; 2147483647 = no upper end is known.",
        server_default="{}",
    ),
    column(
        "access_x", sa.Float, "Where the parcel joins the roads, EPSG:31370, metres; null = nowhere.", nullable=True
    ),
    column(
        "access_y", sa.Float, "Where the parcel joins the roads, EPSG:31370, metres; null = nowhere.", nullable=True
    ),
    column(
        "access_class", sa.Text, "Class of the road where the parcel joins the roads; null = not known.", nullable=True
    ),
    column(
        "access_width_m",
        sa.Float,
        "Carriageway width of that road, metres; null = not known, or stated by no source.",
        nullable=True,
    ),
    sa.Index("ix_measurement_parcel_id", "parcel_id"),
    comment="What was computed for a parcel: no score, no opinion.",
)

run = sa.Table(
    "run",
    metadata,
    sa.Column("id", sa.Text, primary_key=True, comment="Identifier, stable for the same inputs."),
    column("created", sa.DateTime(timezone=True), "When.", server_default=sa.func.now()),
    column("territory", ARRAY(sa.Text), "Municipalities ranked together, NIS codes."),
    column("region", sa.Text, "Whose law."),
    column("site_type", sa.Text, "residential, transit, family, temporary or gathering."),
    column("profile_id", sa.Text, "Set of criteria."),
    column("profile_version", sa.Text, "Version of that set."),
    column("profile", JSONB, "The set as used."),
    column("rule_pack", sa.Text, "Version of the rules."),
    column("as_of", sa.Date, "Day whose law was applied."),
    column("data_date", sa.Date, "Newest date of the data."),
    column("datasets", JSONB, "Dataset versions by layer."),
    column("batches", ARRAY(sa.BigInteger), "Batches of measurements used."),
    column("withheld", ARRAY(sa.Text), "Layers left out because they may not be told.", server_default="{}"),
    column("seed", sa.Integer, "Seed of every random draw."),
    column("counts", JSONB, "Parcels by verdict."),
    column("published", sa.Boolean, "Released by the municipality.", server_default="false"),
    column("sequence", sa.BigInteger, "Order of runs.", sa.Identity(always=False)),
    column(
        "groups_found",
        sa.Integer,
        "Groups of parcels found, of which run_candidate holds the best; null = none were looked for.",
        nullable=True,
    ),
    column(
        "current_since",
        sa.DateTime(timezone=True),
        "When it was last asked for as the result of that day; null = only ever asked for another day.",
        nullable=True,
    ),
    comment="One scoring: territory, set of criteria, rules, day and data, all pinned.",
)

run_result = sa.Table(
    "run_result",
    metadata,
    column("run_id", sa.Text, "Run.", sa.ForeignKey("run.id", ondelete="CASCADE"), primary_key=True),
    column("parcel_id", sa.BigInteger, "Parcel.", primary_key=True),
    column("batch_id", sa.BigInteger, "Batch whose measurement was used.", sa.ForeignKey("batch.id")),
    column("verdict", sa.Text, "compatible, needs_derogation, incompatible or unknown."),
    column("so_far", sa.Text, "Verdict on what is known."),
    column("usable_m2", sa.Float, "Usable area, square metres; null = unknown.", nullable=True),
    column("pitches_low", sa.Integer, "Pitches, low estimate.", nullable=True),
    column("pitches_high", sa.Integer, "Pitches, high estimate.", nullable=True),
    column("score_low", sa.Float, "Score with every unknown criterion at its worst."),
    column("score_high", sa.Float, "Score with every unknown criterion at its best."),
    column("rank", sa.Integer, "Place in the list; null for incompatible.", nullable=True),
    column("rank_low", sa.Integer, "Best place in nine draws of ten, by weights and unknowns.", nullable=True),
    column("rank_high", sa.Integer, "Worst place in nine draws of ten, by weights and unknowns.", nullable=True),
    column("conditions", ARRAY(sa.Text), "Constraints that are conditional or need a derogation."),
    column("unknown", ARRAY(sa.Text), "Layers that are missing for this parcel."),
    column(
        "left_low_m2",
        sa.Float,
        "Square metres left outside buildings, land in use and excluded land, at least; null = not measured.",
        nullable=True,
    ),
    column("left_high_m2", sa.Float, "The same at most; equal where every layer is known.", nullable=True),
    column(
        "first_share",
        sa.Float,
        "Share of the draws of weights and unknowns in which it ranks first, 0..1; null = not drawn.",
        nullable=True,
    ),
    column(
        "top_share",
        sa.Float,
        "Share of the draws in which it is among the first ten (of over 100 000 ranked: the first 1 000), 0..1; null = not drawn.",
        nullable=True,
    ),
    *criterion_values("; null for incompatible"),
    sa.Index("ix_run_result_rank", "run_id", "rank"),
    sa.Index("ix_run_result_parcel_id", "parcel_id"),
    comment="Verdict, score and rank of a parcel in a run; written once, never changed.",
)
