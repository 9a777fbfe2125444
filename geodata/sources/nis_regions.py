"""Which region a municipality lies in, by its NIS code: a table of all codes, never a guess from their digits.

Contract: pure; reads `nis_regions.csv` (the 565 codes of 2025 with province and names, from the official code list;
the region follows from the province) and the changes of 2019 and 2025, so that an older code is found as well.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal

from geodata.sources.nis import successor

Region = Literal["flanders", "wallonia", "brussels"]
_REGIONS: dict[str, Region] = {"flanders": "flanders", "wallonia": "wallonia", "brussels": "brussels"}


@dataclass(frozen=True)
class Place:
    """A municipality of today.

    Attributes
    ----------
    nis : code that holds since 2025.
    region : flanders, wallonia or brussels.
    german_speaking : one of the nine of the German-speaking Community.
    names : name in Dutch and in French.
    """

    nis: str
    region: Region
    german_speaking: bool
    names: dict[str, str]


@cache
def _places() -> dict[str, Place]:
    listed = (resources.files("geodata.sources") / "nis_regions.csv").read_text(encoding="utf-8")
    return {
        row["nis"]: Place(
            nis=row["nis"],
            region=_REGIONS[row["region"]],
            german_speaking=row["german_speaking"] == "1",
            names={"nl": row["name_nl"], "fr": row["name_fr"]},
        )
        for row in csv.DictReader(listed.splitlines())
    }


def place_of(nis: str) -> Place | None:
    """The municipality of a code, old or new; None for a code that Belgium never had since 2018."""
    places = _places()
    today = successor(nis, places)
    return places.get(today) if today is not None else None


@cache
def german_speaking_codes() -> frozenset[str]:
    """Codes of the nine municipalities of the German-speaking Community."""
    return frozenset(place.nis for place in _places().values() if place.german_speaking)
