"""What stands or is planned on a parcel, in words: main buildings with the land kept for them, public sites.

Contract: pure. Each function gives messages for translation; nothing here judges.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from geodata.measure.table import MeasurementTable
from sites.suitability.messages import Message
from sites.suitability.model import Occupation

HOUSES = {
    "one": "1 main building stands here, {share} is built up; the part kept for it, {kept}, is not counted as usable",
    "several": "{count} main buildings stand here, {share} is built up; the part kept for them, {kept}, "
    "is not counted as usable",
    "one_alone": "1 main building stands here; the part kept for it, {kept}, is not counted as usable",
    "several_alone": "{count} main buildings stand here; the part kept for them, {kept}, is not counted as usable",
    "built": "{share} is built up; that part is not counted as usable",
}
#: A built share that would be printed as nought is not told.
_TOLD_SHARE = 0.0005

SITE_STATUS = {
    "open": "An open {kind} lies here: {name}.",
    "planned": "A planned {kind} lies here: {name}.",
    "closed": "A closed {kind} lies here: {name}.",
    "dropped": "A {kind} was planned here and the plan was dropped: {name}.",
}
SITE_KINDS = {
    "residential": "residential site",
    "transit": "transit site",
    "family": "family site",
    "temporary": "temporary area",
    "gathering": "gathering site",
}


def standing(table: MeasurementTable, index: int, occupation: Occupation) -> Message | None:
    """What stands on a parcel and how much land is kept apart for it; None where nothing does or nothing is known."""
    count, built = float(table.dwellings[index]), float(table.built_share[index])
    share = ("share", built)
    told = bool(built >= _TOLD_SHARE)
    if not count > 0:
        return Message(HOUSES["built"], {"share": share}) if told else None
    kept = count * occupation.garden.value
    if not np.isnan(table.unbuilt_m2[index]):
        kept = min(kept, float(table.unbuilt_m2[index]))
    name = ("one" if count == 1 else "several") + ("" if told else "_alone")
    return Message(HOUSES[name], {"count": int(count), "share": share, "kept": ("m2", kept)})


def lies_here(site: Mapping[str, Any]) -> Message:
    """One public site on a parcel, as the inventory loaded for the run's database has it.

    Parameters
    ----------
    site : with `name`, `site_type` and `status`.
    """
    kind = Message(SITE_KINDS.get(site["site_type"], str(site["site_type"])))
    return Message(SITE_STATUS[site["status"]], {"kind": kind, "name": site["name"]})
