"""Municipalities by their NIS code, real and fictional: name, region, and whose law holds there."""

from __future__ import annotations

from geodata.errors import NotFoundError
from geodata.settings import Language
from geodata.sources.nis_regions import Place, place_of
from geodata.territory import PLACES
from sites.law import region_of_law
from sites.law.model import LawRegion


def find_place(nis: str) -> Place:
    """The municipality of a code, old or new.

    Raises
    ------
    NotFoundError
        When no municipality has the code.
    """
    found = PLACES.get(nis) or place_of(nis)
    if found is None:
        raise NotFoundError(f"No Belgian municipality has the NIS code {nis}.", "Leuven, for example, has 24062.")
    return found


def law_region_of(nis: str) -> LawRegion:
    """Whose law holds in a municipality.

    Raises
    ------
    NotFoundError
        When no municipality has the code.
    """
    place = find_place(nis)
    return region_of_law(place.region, german_speaking=place.german_speaking)


def place_name(nis: str, language: Language) -> str:
    """Name of a municipality; the Dutch one where the language has none, the code where nobody knows it."""
    place = PLACES.get(nis) or place_of(nis)
    return nis if place is None else place.names.get(language) or place.names["nl"]
