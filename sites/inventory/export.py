"""The inventory as a file: CSV, XLSX, GeoJSON or GeoPackage, by the extension.

Contract: public sites only, one row each, with the page, date and grade of status and pitches beside them; GeoJSON
carries every fact. Points are EPSG:31370 in GeoPackage and columns, lon/lat in GeoJSON. Written whole or not at all.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas
import shapely

from geodata.errors import UsageError
from sites.inventory.features import collection
from sites.inventory.model import AmountFact, Site
from sites.inventory.sheet import write_bytes, write_table
from sites.inventory.text import describe
from sites.law.model import Language

FORMATS = (".csv", ".xlsx", ".geojson", ".gpkg")


def export(found: Sequence[Site], path: Path, language: Language, year: int | None = None) -> int:
    """Write sites to a file; returns their number.

    Raises
    ------
    UsageError
        When the extension is none of `FORMATS`.
    StandplaatsError
        When the file cannot be written.
    """
    kind = path.suffix.lower()
    if kind not in FORMATS:
        raise UsageError(f"{path.name}: this kind of file is not written.", f"Use one of: {', '.join(FORMATS)}.")
    if kind == ".geojson":
        text = json.dumps(collection(found, language, year), ensure_ascii=False, indent=1)
        write_bytes(path, text.encode() + b"\n")
    elif kind == ".gpkg":
        write_bytes(path, _gpkg(found, language, year))
    else:
        rows = [flat(one, language, year) for one in found]
        header = list(rows[0]) if rows else ["site_id"]
        write_table(path, header, [list(row.values()) for row in rows], "inventory")
    return len(found)


def flat(site: Site, language: Language, year: int | None = None) -> dict[str, Any]:
    """One row of a table, in the columns of the site list plus what a reader needs to check it."""
    status = site.status_in(year)
    pitches = site.capacity
    manager = [*site.designated_by, *site.manager][-1]
    point = site.position
    return {
        "site_id": site.id,
        "name": site.name,
        "site_type": site.site_type[-1].value,
        "status": status.value if status else None,
        "status_date": status.date if status else None,
        "region": site.region,
        "municipality": site.municipality,
        "nis": site.nis,
        "nis_date": "2025-01-01" if site.nis else None,
        "address": site.place[-1].value if site.place else None,
        "x_31370": point.x if point else None,
        "y_31370": point.y if point else None,
        "precision": site.precision,
        "pitches": _single(pitches),
        "pitches_low": pitches.low if pitches else None,
        "pitches_high": pitches.high if pitches else None,
        "pitch_unit": pitches.unit if pitches else None,
        "pitches_all": "; ".join(f"{describe(one, language)} ({one.date}, {one.source})" for one in site.pitches),
        "manager": describe(manager, language),
        "fee_text": "; ".join(describe(one, language) for one in site.price),
        "source_url": (status or site.status[-1]).source,
        "source_date": (status or site.status[-1]).date,
        "confidence": (status or site.status[-1]).grade,
        "fictional": site.origin == "demo",
    }


def _single(amount: AmountFact | None) -> int | None:
    if amount is None or amount.low is None or amount.low != amount.high:
        return None
    return int(amount.low)


def _gpkg(found: Sequence[Site], language: Language, year: int | None) -> bytes:
    points = [shapely.Point(one.position.x, one.position.y) if one.position else None for one in found]
    frame = geopandas.GeoDataFrame([flat(one, language, year) for one in found], geometry=points, crs=31370)
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "inventory.gpkg"
        frame.to_file(target, layer="inventory", driver="GPKG", engine="pyogrio", geometry_type="Point")
        return target.read_bytes()
