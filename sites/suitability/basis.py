"""What a figure rests on: the layers behind a constraint or a criterion, and what is known of their datasets."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from geodata.measure.measure import DISTANCES
from geodata.measure.specs import SCHOOL_LISTS
from sites.suitability.criteria import CriterionResult
from sites.suitability.model import Occupation, UsableArea
from sites.suitability.results import ConstraintResult

#: Figure of a criterion -> layers behind it.
LAYERS_OF: dict[str, tuple[str, ...]] = {
    **{name: (layer,) for name, (layer, _) in DISTANCES.items()},
    "reach:school": ("schools", "roads"),
    **{f"reach:school_{one}": (f"schools_{one}", "roads") for one in SCHOOL_LISTS},
    "reach:care": ("health", "roads"),
    "reach:shop": ("shops", "roads"),
    "reach:stop": ("stops", "roads"),
    "reach:main_road": ("roads",),
    "minutes:main_road": ("roads",),
    "counts:addresses_100m": ("addresses",),
    "counts:addresses_250m": ("addresses",),
    "counts:shops_1000m": ("shops",),
    "counts:departures_500m": ("stops",),
    "share:land_use:car_park": ("land_use",),
    "share:noise:lden_55+lden_60+lden_65+lden_70+lden_75": ("noise",),
    "share:sewer:collective": ("sewer",),
    "share:undeveloped:registered": ("undeveloped",),
    "share:undeveloped:not_built": ("undeveloped",),
    "spread:site": ("sites",),
    "usable_area": ("parcels", "buildings", "land_use", "addresses"),
    "compactness": ("parcels",),
    "width": ("parcels",),
    "frontage": ("parcels", "roads"),
    "access_width": ("parcels", "roads"),
    "access_class": ("parcels", "roads"),
    "slope": ("dem",),
    "owner_class": ("ownership",),
}


class Basis(Protocol):
    """The datasets behind each layer, as whoever asks for an explanation knows them."""

    def ids(self, layers: Iterable[str]) -> list[int]:
        """Numbers of the datasets of these layers."""

    def stale(self, layers: Iterable[str]) -> bool | None:
        """Is one of them stale? None = not known."""

    def told(self, layers: Iterable[str]) -> bool:
        """May be told which class, zone or owner they hold?"""


class _Unknown:
    """Nothing is known of the datasets, as where measurements were made by hand."""

    def ids(self, layers: Iterable[str]) -> list[int]:
        return []

    def stale(self, layers: Iterable[str]) -> bool | None:
        return None

    def told(self, layers: Iterable[str]) -> bool:
        return True


UNKNOWN_BASIS: Basis = _Unknown()


def layers_behind(result: ConstraintResult | CriterionResult) -> tuple[str, ...]:
    """Layers a figure is made of; plans that are parts of a layer count with it."""
    if isinstance(result, ConstraintResult):
        if isinstance(result.constraint, UsableArea):
            return tuple(dict.fromkeys((*LAYERS_OF["usable_area"], *result.layers)))
        # A main building is told by its address.
        houses = ("addresses",) if isinstance(result.constraint, Occupation) else ()
        return (*(one for one in result.layers if ":" not in one), *houses)
    named = (LAYERS_OF[one] for one in result.criterion.measures)
    return tuple(dict.fromkeys(layer for several in named for layer in several))
