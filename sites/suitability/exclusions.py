"""Land that never counts as usable, by layer and class: what is cut out of a parcel before its area is measured.

Pure. `exclusion_set` follows from the constraints of a profile and the law of the day: classes that fail wherever they
lie, zones in which no site may come, and land in use. A class that counts on other land only, or is exempt somewhere, is
left in: to cut out all of it would make land smaller than it surely is.
"""

from __future__ import annotations

from datetime import date

from geodata.measure.table import KNOWN_USE
from geodata.sources.zoning_labels import zoning_classes
from sites.law import zoning_outcome
from sites.suitability.kinds import ClassShare, Occupation, Zoning
from sites.suitability.model import Profile


def exclusion_set(profile: Profile, as_of: date, law_region: str | None = None) -> dict[str, tuple[str, ...]]:
    """Layer -> classes whose land is not usable, both sorted; the same inputs give the same set.

    Parameters
    ----------
    as_of : day whose law applies.
    law_region : whose law, where it is not the region's (German-speaking Community).
    """
    law = law_region or profile.region
    found: dict[str, set[str]] = {}
    for one in profile.constraints:
        if isinstance(one, Occupation):
            found.setdefault("land_use", set()).update(KNOWN_USE)
        elif isinstance(one, Zoning):
            found.setdefault("zoning", set()).update(
                name
                for name in zoning_classes()
                if zoning_outcome(law, site_type=profile.site_type, zoning_class=name, as_of=as_of).state == "fail"
            )
        elif isinstance(one, ClassShare) and not one.where and not one.exempt:
            everywhere = {name for name, state in one.classes.items() if state == "fail"}
            for scoped in one.scoped:
                everywhere -= {name for name, state in scoped.classes.items() if state != "fail"}
            found.setdefault(one.layer, set()).update(everywhere)
    return {layer: tuple(sorted(found[layer])) for layer in sorted(found) if found[layer]}
