"""Shapes, keys and attributes of small test files, in EPSG:31370 and in the field names of real sources."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import shapely

Connection = psycopg.Connection[Any]
Write = Callable[..., Path]
Count = Callable[[str], int]


def square(x: float, y: float, size: float = 20.0) -> shapely.Polygon:
    """A square in EPSG:31370 by its south-west corner."""
    return shapely.box(x, y, x + size, y + size)


def capakey(number: int) -> str:
    """A well-formed key, another one for each number below 260 000."""
    return f"24062{chr(65 + number // 10_000)}{number % 10_000:04d}/00A000"


def grb(keys: list[str], nis: str | None = "24062", day: str | None = "2025-01-01") -> dict[str, list[Any]]:
    """Attributes of GRB parcels."""
    return {
        "CAPAKEY": keys,
        "CANU": [f"{index}A" for index, _ in enumerate(keys)],
        "NISCODE": [nis] * len(keys),
        "FISCDATUM": [day] * len(keys),
    }
