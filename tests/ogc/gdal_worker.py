"""GDAL as other programs have it: this module imports nothing of ours, which opens files with few drivers only."""

from __future__ import annotations

from typing import Any

import pyogrio


def call(name: str, address: str, options: dict[str, Any]) -> Any:
    """A function of pyogrio on the served collections."""
    return getattr(pyogrio, name)(f"OAPIF:{address}/ogc", **options)
