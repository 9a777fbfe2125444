"""Scenarios: a regional figure divided over municipalities by a key somebody names.

A key (inhabitants, area, an agreement between municipalities) is a choice, not a finding. So the result carries the name
of the scenario, of the key and its source, and is never called a need of a municipality.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from geodata.errors import InputError, NotFoundError, UsageError
from sites.places import find_place, law_region_of


@dataclass(frozen=True)
class Scenario:
    """A division by a key.

    Attributes
    ----------
    name, key, source : what it is called, what is divided by, and where the key is from.
    shares : NIS code -> (low, high) pitches, not rounded; they sum to what was divided.
    """

    name: str
    key: str
    source: str
    place: str
    site_type: str
    low: float
    high: float
    shares: dict[str, tuple[float, float]]


def divide(
    low: float | None,
    high: float | None,
    weights: Mapping[str, float],
    *,
    name: str,
    key: str,
    source: str,
    place: str,
    site_type: str,
) -> Scenario:
    """Divide a range over municipalities in proportion to their weights.

    Raises
    ------
    UsageError
        When the scenario, its key or the source of the key has no name, there is nothing to divide, or the weights are
        negative, infinite or all zero.
    """
    for what, text in (("name", name), ("key", key), ("source of the key", source)):
        if not text.strip():
            raise UsageError(f"A scenario needs a {what}.", "Say what it is called, what it divides by and where from.")
    if low is None or high is None:
        raise UsageError(
            f"No range of the need of {place} was found for this type of site.", "Give one: --low and --high."
        )
    total = math.fsum(weights.values())
    if not total > 0 or not math.isfinite(total) or min(weights.values()) < 0:
        raise UsageError("The key has no positive weight.", "Give a number of 0 or more for each municipality.")
    shares = {nis: (low * weight / total, high * weight / total) for nis, weight in sorted(weights.items())}
    return Scenario(name, key, source, place, site_type, low, high, shares)


def read_key(path: Path, region: str | None = None) -> dict[str, float]:
    """Weights from a CSV with the columns `nis` and `weight`.

    Parameters
    ----------
    region : all municipalities must lie where its law holds; None = anywhere.

    Raises
    ------
    InputError
        When a column or a figure is missing, a code is none or stands twice; names file, row and field.
    """
    out: dict[str, float] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file, delimiter=_delimiter(path))
            for field in ("nis", "weight"):
                if field not in (rows.fieldnames or ()):
                    raise InputError(
                        f"the column {field} is missing.", "Columns: nis,weight.", file=path, row=1, field=field
                    )
            for number, row in enumerate(rows, start=2):
                nis = (row["nis"] or "").strip()
                out[_checked(nis, out, region, path, number)] = _weight(row["weight"], path, number)
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot be read ({error}).", "Save it as CSV in UTF-8.", file=path) from error
    if not out:
        raise InputError("holds no municipality.", "One row each: nis,weight.", file=path)
    return out


def _delimiter(path: Path) -> str:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return ";" if ";" in file.readline() else ","


def _checked(nis: str, seen: Mapping[str, float], region: str | None, path: Path, row: int) -> str:
    try:
        code = find_place(nis).nis if nis.isdigit() else None
    except NotFoundError:
        code = None
    if code is None and nis not in seen:
        raise InputError(
            f"{nis or 'nothing'} is no NIS code.", "Five digits, such as 24062.", file=path, row=row, field="nis"
        )
    if nis in seen:
        raise InputError(f"{nis} stands twice.", "Keep one row for each municipality.", file=path, row=row, field="nis")
    if region is not None and law_region_of(nis) != region:
        raise InputError(f"{nis} does not lie in {region}.", "Take the row out.", file=path, row=row, field="nis")
    return nis


def _weight(text: str | None, path: Path, row: int) -> float:
    try:
        value = float((text or "").replace(",", "."))
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or value < 0:
        raise InputError(f"{text!r} is no weight.", "A number of 0 or more.", file=path, row=row, field="weight")
    return value
