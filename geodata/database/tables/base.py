"""Shared pieces of the table definitions: metadata, column helper, geometry and dataset columns."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from geoalchemy2 import Geometry
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import TypeEngine

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def column(
    name: str, kind: TypeEngine[Any] | type[TypeEngine[Any]], comment: str, *args: Any, **options: Any
) -> sa.Column[Any]:
    """A commented column, NOT NULL unless `nullable=True` is given."""
    options.setdefault("nullable", False)
    return sa.Column(name, kind, *args, comment=comment, **options)


def identity() -> sa.Column[Any]:
    """Surrogate primary key filled by the database."""
    return sa.Column("id", sa.BigInteger, sa.Identity(always=False), primary_key=True, comment="Key of the row.")


def dataset_reference() -> sa.Column[Any]:
    """Every layer row belongs to one dataset version and goes with it."""
    return column(
        "dataset_id",
        sa.BigInteger,
        "Dataset version the row was loaded with.",
        sa.ForeignKey("dataset.id", ondelete="CASCADE"),
        index=True,
    )


def criterion_values(exception: str = "") -> tuple[sa.Column[Any], sa.Column[Any]]:
    """Values of the criteria, compact, in the order of the set of criteria."""
    return (
        column(
            "value_low",
            ARRAY(sa.SmallInteger),
            "Value of each criterion at its worst, ten-thousandths, in the order of the profile" + exception + ".",
            nullable=True,
        ),
        column(
            "value_high",
            ARRAY(sa.SmallInteger),
            "The same at its best; null where every value is certain.",
            nullable=True,
        ),
    )


def fingerprint() -> sa.Column[Any]:
    """What tells two versions of a feature apart."""
    return column(
        "fingerprint",
        sa.BigInteger,
        "Checksum of the row as it landed: equal in two versions, unchanged.",
        nullable=True,
    )


def geometries(kind: str, what: str) -> tuple[sa.Column[Any], sa.Column[Any]]:
    """`geom` (EPSG:31370, GiST) and `geom_3857` (EPSG:3857, GiST) of one geometry kind."""
    return (
        column(
            "geom",
            Geometry(kind, srid=31370, spatial_index=False),
            f"{what}, EPSG:31370, metres.",
        ),
        column(
            "geom_3857",
            Geometry(kind, srid=3857, spatial_index=False),
            f"{what}, EPSG:3857, for tiles only: never measured.",
        ),
    )


def spatial_indexes(table: sa.Table, *columns: str) -> None:
    """GiST indexes on both geometry copies of a layer table, or on the columns named."""
    for name in columns or ("geom", "geom_3857"):
        sa.Index(f"ix_{table.name}_{name}", table.c[name], postgresql_using="gist")
